! SPDX-License-Identifier: BSD-3-Clause
!> Gravity of the planet, -GM r/r^3, and the powers of the distance that other forces share.
!!
!! Coefficient n of a product a b is sum_k a_k b_(n-k). All but its ends, k = 0 and n, are known
!! before order n begins: the sums over the middle are taken in one loop, which keeps the vector
!! units busy, and the ends are added in the order in which they come to be known.
module central
   use kinds, only: dp
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: add_central

contains

   !> Coefficient n of -GM r/r^3, and of r^2, r and r^-3 on the way.
   !!
   !! r r = r^2 and r (r^-3)' = -3 r' r^-3.
   pure subroutine add_central(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: xx, yy, rr, rc, kc, cx, cy, zz, cz
      integer :: k, l, m
      if (n == 0) then
         b%r2(:, 0) = b%x(:, 0)**2 + b%y(:, 0)**2 + b%z(:, 0)**2
         b%r(:, 0) = sqrt(b%r2(:, 0))
         b%one_r = 1.0_dp/b%r(:, 0)
         b%r_3(:, 0) = b%one_r**3
         b%ax = b%ax - o%gm*b%r_3(:, 0)*b%x(:, 0)
         b%ay = b%ay - o%gm*b%r_3(:, 0)*b%y(:, 0)
         b%az = b%az - o%gm*b%r_3(:, 0)*b%z(:, 0)
         return
      end if
      xx = 0.0_dp; yy = 0.0_dp; rr = 0.0_dp; rc = 0.0_dp; kc = 0.0_dp; cx = 0.0_dp; cy = 0.0_dp
      do k = 1, n - 1
         m = n - k
         !$omp simd
         do l = 1, n_lane
            xx(l) = xx(l) + b%x(l, k)*b%x(l, m)
            yy(l) = yy(l) + b%y(l, k)*b%y(l, m)
            rr(l) = rr(l) + b%r(l, k)*b%r(l, m)
            rc(l) = rc(l) + b%r(l, k)*b%r_3(l, m)
            kc(l) = kc(l) + b%kr(l, k)*b%r_3(l, m)
            cx(l) = cx(l) + b%x(l, k)*b%r_3(l, m)
            cy(l) = cy(l) + b%y(l, k)*b%r_3(l, m)
         end do
      end do
      zz = 0.0_dp
      cz = 0.0_dp
      if (.not. b%planar) then
         do k = 1, n - 1
            m = n - k
            !$omp simd
            do l = 1, n_lane
               zz(l) = zz(l) + b%z(l, k)*b%z(l, m)
               cz(l) = cz(l) + b%z(l, k)*b%r_3(l, m)
            end do
         end do
      end if
      !$omp simd
      do l = 1, n_lane
         b%r2(l, n) = xx(l) + yy(l) + zz(l) &
                      + 2.0_dp*(b%x(l, 0)*b%x(l, n) + b%y(l, 0)*b%y(l, n) + b%z(l, 0)*b%z(l, n))
         b%r(l, n) = 0.5_dp*b%one_r(l)*(b%r2(l, n) - rr(l))
         b%kr(l, n) = real(n, dp)*b%r(l, n)
         rc(l) = rc(l) + b%r(l, n)*b%r_3(l, 0)
         kc(l) = kc(l) + b%kr(l, n)*b%r_3(l, 0)
         b%r_3(l, n) = -b%one_r(l)*(rc(l) + (2.0_dp/real(n, dp))*kc(l))
         b%ax(l) = b%ax(l) - o%gm*(cx(l) + b%x(l, 0)*b%r_3(l, n) + b%x(l, n)*b%r_3(l, 0))
         b%ay(l) = b%ay(l) - o%gm*(cy(l) + b%y(l, 0)*b%r_3(l, n) + b%y(l, n)*b%r_3(l, 0))
         b%az(l) = b%az(l) - o%gm*(cz(l) + b%z(l, 0)*b%r_3(l, n) + b%z(l, n)*b%r_3(l, 0))
      end do
   end subroutine add_central
end module central
