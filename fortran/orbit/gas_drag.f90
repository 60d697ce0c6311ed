! SPDX-License-Identifier: BSD-3-Clause
!> Quadratic gas drag a = -(3/8)(rho C_D/(rho_body R)) |v - v_gas| (v - v_gas), and ablation.
!!
!! Ablation dm/dt = -C_H rho S |v - v_gas|^3/(2 zeta) (Opik 1958) makes the radius R = f R_0 shrink,
!! f' = -(C_H/(3 zeta C_D)) K rho |v - v_gas|^3, and the drag grow as 1/f.
module gas_drag
   use kinds, only: dp
   use atmosphere, only: set_exponent, set_wind
   use lanes, only: block_t, cauchy, n_lane
   use orbit_model, only: orbit_t
   use standstill, only: leave_rest
   implicit none
   private
   public :: add_gas_drag

   !> A body slower in the gas than this share of the circular speed is at rest in it.
   real(dp), parameter :: slow = 1.0e-11_dp
   !> There is no gas where its density is less than exp(this) of that which K stands for: exp is
   !! slow where it gives 0, and so is work with numbers near the least.
   real(dp), parameter :: thinnest = -300.0_dp

contains

   !> Coefficient n of the drag, and n + 1 of the radius of the body.
   !!
   !! Middles of all sums first, two terms at a time, then their ends, as in module central: density
   !! from its exponent, rho' = E' rho; velocity and speed in the gas, s s = u u + v v + w w;
   !! K rho s; the drag.
   pure subroutine add_gas_drag(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: er, ss, rs, du, dv
      real(dp) :: alone, n1, e, rho, gu, gv, s, d
      integer :: k, l, m
      if (n <= 2 .or. .not. o%simple_gas) then
         call set_exponent(o, b, n)
         call set_wind(o, b, n)
      end if
      if (n == 0) then
         call begin_gas_drag(o, b)
         return
      end if
      n1 = 1.0_dp/real(n, dp)
      m = n/2
      alone = merge(1.0_dp, 0.0_dp, mod(n, 2) == 0)
      !$omp simd
      do l = 1, n_lane
         er(l) = alone*b%ne(l, m)*b%rho(l, m)
         rs(l) = alone*b%s(l, m)*b%rho(l, m)
         ss(l) = 0.5_dp*alone*(b%gu(l, m)**2 + b%gv(l, m)**2 - b%s(l, m)**2)
         du(l) = alone*b%gu(l, m)*b%d(l, m)
         dv(l) = alone*b%gv(l, m)*b%d(l, m)
      end do
      do k = (n - 1)/2, 1, -1             ! the latest coefficients last
         m = n - k
         !$omp simd
         do l = 1, n_lane
            er(l) = er(l) + b%ne(l, k)*b%rho(l, m) + b%ne(l, m)*b%rho(l, k)
            rs(l) = rs(l) + b%s(l, k)*b%rho(l, m) + b%s(l, m)*b%rho(l, k)
            ss(l) = ss(l) + b%gu(l, k)*b%gu(l, m) + b%gv(l, k)*b%gv(l, m) - b%s(l, k)*b%s(l, m)
            du(l) = du(l) + b%gu(l, k)*b%d(l, m) + b%gu(l, m)*b%d(l, k)
            dv(l) = dv(l) + b%gv(l, k)*b%d(l, m) + b%gv(l, m)*b%d(l, k)
         end do
      end do
      if (.not. b%planar) then
         b%gw(:, n) = b%w(:, n) - b%wind_w
         ss = ss + 0.5_dp*cauchy(b%gw, b%gw, 0, n)
      end if
      !$omp simd private(e, rho, gu, gv, s, d)
      do l = 1, n_lane
         e = b%e(l) - o%one_h*b%r(l, n)
         rho = n1*er(l) + e*b%rho(l, 0)
         gu = b%u(l, n) - b%wind_u(l)
         gv = b%v(l, n) - b%wind_v(l)
         s = b%one_s(l)*(ss(l) + (b%gu(l, 0)*gu + b%gv(l, 0)*gv))
         d = rs(l) + b%s(l, 0)*rho + s*b%rho(l, 0)
         b%ax(l) = b%ax(l) - (du(l) + gu*b%d(l, 0) + b%gu(l, 0)*d)
         b%ay(l) = b%ay(l) - (dv(l) + gv*b%d(l, 0) + b%gv(l, 0)*d)
         b%ne(l, n) = real(n, dp)*e
         b%rho(l, n) = rho
         b%gu(l, n) = gu
         b%gv(l, n) = gv
         b%s(l, n) = s
         b%d(l, n) = d
      end do
      if (o%linear_decay .or. o%ablation > 0.0_dp .or. b%some_at_rest) then
         du = b%d(:, n)
         call set_coefficient(o, b, n)
         du = b%d(:, n) - du
         b%ax = b%ax - b%gu(:, 0)*du
         b%ay = b%ay - b%gv(:, 0)*du
      end if
      if (.not. b%planar) b%az = b%az - cauchy(b%gw, b%d, 0, n)
   end subroutine add_gas_drag

   !> The drag itself.
   pure subroutine begin_gas_drag(o, b)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer :: l
      b%ne(:, 0) = b%e - o%one_h*b%r(:, 0)
      b%gu(:, 0) = b%u(:, 0) - b%wind_u
      b%gv(:, 0) = b%v(:, 0) - b%wind_v
      b%gw(:, 0) = b%w(:, 0) - b%wind_w
      !$omp simd
      do l = 1, n_lane
         b%rho(l, 0) = o%drag*b%thin(l)*exp(max(b%ne(l, 0), thinnest)) &
                       *merge(1.0_dp, 0.0_dp, b%ne(l, 0) > thinnest)
         b%s2(l, 0) = b%gu(l, 0)**2 + b%gv(l, 0)**2 + b%gw(l, 0)**2
         b%s(l, 0) = sqrt(b%s2(l, 0))
         b%one_s(l) = 1.0_dp/max(b%s(l, 0), tiny(1.0_dp))
      end do
      b%some_at_rest = any(b%s2(:, 0) <= slow**2*o%gm_planet*b%one_r)
      b%at_rest = .false.
      if (b%some_at_rest) then
         b%at_rest = b%s2(:, 0) <= slow**2*o%gm_planet*b%one_r
         where (b%at_rest) b%s(:, 0) = 0.0_dp
         where (b%at_rest) b%one_s = 1.0_dp
      end if
      b%d(:, 0) = b%rho(:, 0)*b%s(:, 0)
      call set_coefficient(o, b, 0)
      b%ax = b%ax - b%d(:, 0)*b%gu(:, 0)
      b%ay = b%ay - b%d(:, 0)*b%gv(:, 0)
      b%az = b%az - b%d(:, 0)*b%gw(:, 0)
   end subroutine begin_gas_drag

   !> Coefficient n of K rho s/f from that of K rho s, and n + 1 of f.
   pure subroutine set_coefficient(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      b%ks(:, n) = b%d(:, n)
      if (b%some_at_rest .and. n > 0) call leave_rest(b, n)
      b%d(:, n) = b%ks(:, n)
      if (o%linear_decay .and. n > 0) b%d(:, n) = b%d(:, n) - b%wane*b%ks(:, n - 1)
      if (o%ablation == 0.0_dp) return

      ! d is K rho s up to here; f' = -ablation K rho s^3, g = 1/f, and then d = K rho s g
      b%kd(:, n) = b%d(:, n)
      if (n > 0) b%s2(:, n) = cauchy(b%s, b%s, 0, n)
      b%f(:, n + 1) = -o%ablation*cauchy(b%kd, b%s2, 0, n)/real(n + 1, dp)
      if (n == 0) then
         b%g(:, 0) = 1.0_dp/b%f(:, 0)
      else
         b%g(:, n) = -cauchy(b%f, b%g, 1, n)*b%g(:, 0)
      end if
      b%d(:, n) = cauchy(b%kd, b%g, 0, n)
   end subroutine set_coefficient
end module gas_drag
