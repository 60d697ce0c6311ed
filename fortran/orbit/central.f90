! SPDX-License-Identifier: BSD-3-Clause
!> Gravity of the planet, -GM r/r^3, and the powers of the distance that other forces share.
module central
   use kinds, only: dp
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: set_distance, add_central

contains

   !> Coefficient n of r^2, r and r^-3.
   pure subroutine set_distance(b, n)
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: square, root, cube, slope
      integer :: k, l
      if (n == 0) then
         b%r2(:, 0) = b%x(:, 0)**2 + b%y(:, 0)**2 + b%z(:, 0)**2
         b%r(:, 0) = sqrt(b%r2(:, 0))
         b%one_r = 1.0_dp/b%r(:, 0)
         b%one_r2 = b%one_r**2
         b%r_3(:, 0) = b%one_r2*b%one_r
         return
      end if
      square = 0.0_dp
      root = 0.0_dp
      do k = 0, (n - 1)/2
         !$omp simd
         do l = 1, n_lane
            square(l) = square(l) + b%x(l, k)*b%x(l, n - k)
            root(l) = root(l) + b%y(l, k)*b%y(l, n - k)
         end do
      end do
      square = square + root
      if (.not. b%planar) then
         do k = 0, (n - 1)/2
            !$omp simd
            do l = 1, n_lane
               square(l) = square(l) + b%z(l, k)*b%z(l, n - k)
            end do
         end do
      end if
      square = 2.0_dp*square
      if (mod(n, 2) == 0) square = square + b%x(:, n/2)**2 + b%y(:, n/2)**2 + b%z(:, n/2)**2
      b%r2(:, n) = square

      ! r r = r^2, and r^2 (r^-3)' = -3/2 (r^2)' r^-3
      root = 0.0_dp
      do k = 1, (n - 1)/2
         !$omp simd
         do l = 1, n_lane
            root(l) = root(l) + b%r(l, k)*b%r(l, n - k)
         end do
      end do
      root = 2.0_dp*root
      if (mod(n, 2) == 0) root = root + b%r(:, n/2)**2
      b%r(:, n) = 0.5_dp*(square - root)*b%one_r

      b%kr2(:, n) = real(n, dp)*square
      cube = 0.0_dp
      slope = 0.0_dp
      do k = 1, n
         !$omp simd
         do l = 1, n_lane
            cube(l) = cube(l) + b%r2(l, k)*b%r_3(l, n - k)
            slope(l) = slope(l) + b%kr2(l, k)*b%r_3(l, n - k)
         end do
      end do
      b%r_3(:, n) = -(cube + slope*(0.5_dp/real(n, dp)))*b%one_r2
   end subroutine set_distance

   !> Coefficient n of -GM r/r^3.
   pure subroutine add_central(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: sx, sy, sz
      integer :: k, l
      sx = 0.0_dp
      sy = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            sx(l) = sx(l) + b%r_3(l, k)*b%x(l, n - k)
            sy(l) = sy(l) + b%r_3(l, k)*b%y(l, n - k)
         end do
      end do
      b%ax = b%ax - o%gm*sx
      b%ay = b%ay - o%gm*sy
      if (b%planar) return
      sz = 0.0_dp
      do k = 0, n
         !$omp simd
         do l = 1, n_lane
            sz(l) = sz(l) + b%r_3(l, k)*b%z(l, n - k)
         end do
      end do
      b%az = b%az - o%gm*sz
   end subroutine add_central
end module central
