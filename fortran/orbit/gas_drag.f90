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

contains

   !> Coefficient n of the drag, and n + 1 of the radius of the body.
   !!
   !! Middles of all sums first, then their ends, as in module central: density from its exponent,
   !! rho' = E' rho; speed in the gas, s s = s^2; K rho s; the drag.
   pure subroutine add_gas_drag(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: er, uu, vv, ss, rs, du, dv, ww, dw
      integer :: k, l, m
      call set_exponent(o, b, n)
      call set_wind(o, b, n)
      if (n == 0) then
         b%rho(:, 0) = o%drag*b%thin*exp(b%ne(:, 0))
         b%s2(:, 0) = b%gu(:, 0)**2 + b%gv(:, 0)**2 + b%gw(:, 0)**2
         b%at_rest = b%s2(:, 0) <= slow**2*o%gm_planet*b%one_r
         b%some_at_rest = any(b%at_rest)
         b%s(:, 0) = merge(0.0_dp, sqrt(b%s2(:, 0)), b%at_rest)
         b%one_s = 1.0_dp/merge(1.0_dp, b%s(:, 0), b%at_rest)
         b%ks(:, 0) = b%rho(:, 0)*b%s(:, 0)
         call set_coefficient(o, b, 0)
         b%ax = b%ax - b%d(:, 0)*b%gu(:, 0)
         b%ay = b%ay - b%d(:, 0)*b%gv(:, 0)
         b%az = b%az - b%d(:, 0)*b%gw(:, 0)
         return
      end if
      er = 0.0_dp; uu = 0.0_dp; vv = 0.0_dp; ss = 0.0_dp; rs = 0.0_dp; du = 0.0_dp; dv = 0.0_dp
      do k = 1, n - 1
         m = n - k
         !$omp simd
         do l = 1, n_lane
            er(l) = er(l) + b%ne(l, k)*b%rho(l, m)
            rs(l) = rs(l) + b%s(l, k)*b%rho(l, m)
            uu(l) = uu(l) + b%gu(l, k)*b%gu(l, m)
            vv(l) = vv(l) + b%gv(l, k)*b%gv(l, m)
            ss(l) = ss(l) + b%s(l, k)*b%s(l, m)
            du(l) = du(l) + b%gu(l, k)*b%d(l, m)
            dv(l) = dv(l) + b%gv(l, k)*b%d(l, m)
         end do
      end do
      ww = 0.0_dp
      dw = 0.0_dp
      if (.not. b%planar) then
         do k = 1, n - 1
            m = n - k
            !$omp simd
            do l = 1, n_lane
               ww(l) = ww(l) + b%gw(l, k)*b%gw(l, m)
               dw(l) = dw(l) + b%gw(l, k)*b%d(l, m)
            end do
         end do
      end if
      !$omp simd
      do l = 1, n_lane
         b%rho(l, n) = (er(l) + b%ne(l, n)*b%rho(l, 0))/real(n, dp)
         b%s2(l, n) = uu(l) + vv(l) + ww(l) + 2.0_dp*(b%gu(l, 0)*b%gu(l, n) &
                      + b%gv(l, 0)*b%gv(l, n) + b%gw(l, 0)*b%gw(l, n))
         b%s(l, n) = 0.5_dp*b%one_s(l)*(b%s2(l, n) - ss(l))
         b%ks(l, n) = rs(l) + b%s(l, 0)*b%rho(l, n) + b%s(l, n)*b%rho(l, 0)
      end do
      if (o%linear_decay .or. o%ablation > 0.0_dp .or. b%some_at_rest) then
         call set_coefficient(o, b, n)
      else
         b%d(:, n) = b%ks(:, n)
      end if
      !$omp simd
      do l = 1, n_lane
         b%ax(l) = b%ax(l) - (du(l) + b%gu(l, 0)*b%d(l, n) + b%gu(l, n)*b%d(l, 0))
         b%ay(l) = b%ay(l) - (dv(l) + b%gv(l, 0)*b%d(l, n) + b%gv(l, n)*b%d(l, 0))
         b%az(l) = b%az(l) - (dw(l) + b%gw(l, 0)*b%d(l, n) + b%gw(l, n)*b%d(l, 0))
      end do
   end subroutine add_gas_drag

   !> Coefficient n of K rho s/f from that of K rho s, and n + 1 of f.
   pure subroutine set_coefficient(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      if (b%some_at_rest .and. n > 0) call leave_rest(b, n)
      b%d(:, n) = b%ks(:, n)
      if (o%linear_decay .and. n > 0) b%d(:, n) = b%d(:, n) - b%wane*b%ks(:, n - 1)
      if (o%ablation == 0.0_dp) return

      ! d is K rho s up to here; f' = -ablation K rho s^3, g = 1/f, and then d = K rho s g
      b%kd(:, n) = b%d(:, n)
      b%f(:, n + 1) = -o%ablation*cauchy(b%kd, b%s2, 0, n)/real(n + 1, dp)
      if (n == 0) then
         b%g(:, 0) = 1.0_dp/b%f(:, 0)
      else
         b%g(:, n) = -cauchy(b%f, b%g, 1, n)*b%g(:, 0)
      end if
      b%d(:, n) = cauchy(b%kd, b%g, 0, n)
   end subroutine set_coefficient
end module gas_drag
