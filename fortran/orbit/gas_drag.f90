! SPDX-License-Identifier: BSD-3-Clause
!> Quadratic gas drag a = -(3/8)(rho C_D/(rho_body R)) |v - v_gas| (v - v_gas), and ablation.
!!
!! Ablation dm/dt = -C_H rho S |v - v_gas|^3/(2 zeta) (Opik 1958) makes the radius R = f R_0 shrink,
!! f' = -(C_H/(3 zeta C_D)) K rho |v - v_gas|^3, and the drag grow as 1/f.
module gas_drag
   use kinds, only: dp
   use atmosphere, only: set_density, set_wind
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: add_gas_drag

contains

   !> Coefficient n of the drag, and n + 1 of the radius of the body.
   pure subroutine add_gas_drag(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: sx, sy, sz
      integer :: k, l
      call set_density(o, b, n)
      call set_wind(o, b, n)
      call set_speed(b, n)
      call set_coefficient(o, b, n)
      sx = 0.0_dp
      sy = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            sx(l) = sx(l) + b%d(l, k)*b%gu(l, n - k)
            sy(l) = sy(l) + b%d(l, k)*b%gv(l, n - k)
         end do
      end do
      b%ax = b%ax - sx
      b%ay = b%ay - sy
      if (b%planar) return
      sz = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            sz(l) = sz(l) + b%d(l, k)*b%gw(l, n - k)
         end do
      end do
      b%az = b%az - sz
   end subroutine add_gas_drag

   !> Coefficient n of the speed in the gas and its square.
   pure subroutine set_speed(b, n)
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: square, root
      integer :: k, l
      square = 0.0_dp
      root = 0.0_dp
      do k = 0, (n - 1)/2
         !$omp simd
         do l = 1, n_lane
            square(l) = square(l) + b%gu(l, k)*b%gu(l, n - k)
            root(l) = root(l) + b%gv(l, k)*b%gv(l, n - k)
         end do
      end do
      square = square + root
      if (.not. b%planar) then
         do k = 0, (n - 1)/2
            !$omp simd
            do l = 1, n_lane
               square(l) = square(l) + b%gw(l, k)*b%gw(l, n - k)
            end do
         end do
      end if
      square = 2.0_dp*square
      if (n == 0) square = 0.0_dp
      if (mod(n, 2) == 0) square = square + b%gu(:, n/2)**2 + b%gv(:, n/2)**2 + b%gw(:, n/2)**2
      b%s2(:, n) = square
      if (n == 0) then
         ! a body at rest in the gas: its speed has no series, and no drag either
         b%s(:, 0) = sqrt(square)
         b%one_s = 0.0_dp
         where (square > tiny(1.0_dp)) b%one_s = 1.0_dp/b%s(:, 0)
         return
      end if
      root = 0.0_dp
      do k = 1, (n - 1)/2
         !$omp simd
         do l = 1, n_lane
            root(l) = root(l) + b%s(l, k)*b%s(l, n - k)
         end do
      end do
      root = 2.0_dp*root
      if (mod(n, 2) == 0) root = root + b%s(:, n/2)**2
      b%s(:, n) = 0.5_dp*(square - root)*b%one_s
   end subroutine set_speed

   !> Coefficient n of K rho s/f, and n + 1 of f.
   pure subroutine set_coefficient(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: total
      integer :: k, l
      total = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            total(l) = total(l) + b%rho(l, k)*b%s(l, n - k)
         end do
      end do
      b%ks(:, n) = total
      if (o%linear_decay .and. n > 0) then
         b%d(:, n) = total - b%wane*b%ks(:, n - 1)
      else
         b%d(:, n) = total
      end if
      if (o%ablation == 0.0_dp) return

      ! d is K rho s up to here; f' = -ablation K rho s^3, g = 1/f, and then d = K rho s g
      b%kd(:, n) = b%d(:, n)
      total = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            total(l) = total(l) + b%kd(l, k)*b%s2(l, n - k)
         end do
      end do
      b%f(:, n + 1) = -o%ablation*total/real(n + 1, dp)
      if (n == 0) then
         b%g(:, 0) = 1.0_dp/b%f(:, 0)
      else
         total = 0.0_dp
         do k = 1, n
            !$omp simd
            do l = 1, n_lane
               total(l) = total(l) + b%f(l, k)*b%g(l, n - k)
            end do
         end do
         b%g(:, n) = -total*b%g(:, 0)
      end if
      total = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            total(l) = total(l) + b%kd(l, k)*b%g(l, n - k)
         end do
      end do
      b%d(:, n) = total
   end subroutine set_coefficient
end module gas_drag
