! SPDX-License-Identifier: BSD-3-Clause
!> Gravity of the planet, -GM r/r^3, and the powers of the distance that other forces share.
!!
!! Coefficient n of a product a b is sum_k a_k b_(n-k). All but its ends, k = 0 and n, are known
!! before order n begins: the middles of all sums are taken in one loop, which keeps the vector
!! units busy, and the ends are added as they come to be known. Terms k and n - k are taken at once,
!! for they are made of the same coefficients and in squares are the same; k = n/2 stands alone.
module central
   use kinds, only: dp
   use lanes, only: block_t, cauchy, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: set_central

contains

   !> Coefficient n of -GM r/r^3, to which other forces add theirs, and of r, r^-3, r^2 on the way.
   !!
   !! r r = x x + y y + z z and r (r^-3)' = -3 r' r^-3: n r_0 c_n = -sum_k (n + 2k) r_k c_(n-k).
   pure subroutine set_central(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: rr, rc, cx, cy
      real(dp) :: alone, n1, wk, wm, r, c
      integer :: k, l, m
      if (n == 0) then
         call begin_central(o, b)
         return
      end if
      n1 = 1.0_dp/real(n, dp)
      m = n/2
      alone = merge(1.0_dp, 0.0_dp, mod(n, 2) == 0)
      wm = alone*real(2*n, dp)
      !$omp simd
      do l = 1, n_lane
         rr(l) = 0.5_dp*alone*(b%x(l, m)**2 + b%y(l, m)**2 - b%r(l, m)**2)
         rc(l) = wm*b%r(l, m)*b%r_3(l, m)
         cx(l) = alone*b%x(l, m)*b%r_3(l, m)
         cy(l) = alone*b%y(l, m)*b%r_3(l, m)
      end do
      do k = (n - 1)/2, 1, -1             ! the latest coefficients last
         m = n - k
         wk = real(n + 2*k, dp)
         wm = real(n + 2*m, dp)
         !$omp simd
         do l = 1, n_lane
            rr(l) = rr(l) + b%x(l, k)*b%x(l, m) + b%y(l, k)*b%y(l, m) - b%r(l, k)*b%r(l, m)
            rc(l) = rc(l) + wk*b%r(l, k)*b%r_3(l, m) + wm*b%r(l, m)*b%r_3(l, k)
            cx(l) = cx(l) + b%x(l, k)*b%r_3(l, m) + b%x(l, m)*b%r_3(l, k)
            cy(l) = cy(l) + b%y(l, k)*b%r_3(l, m) + b%y(l, m)*b%r_3(l, k)
         end do
      end do
      if (.not. b%planar) rr = rr + 0.5_dp*cauchy(b%z, b%z, 0, n)
      !$omp simd private(r, c)
      do l = 1, n_lane
         r = b%one_r(l)*(rr(l) + (b%x(l, 0)*b%x(l, n) + b%y(l, 0)*b%y(l, n)))
         c = -b%one_r(l)*(n1*rc(l) + 3.0_dp*b%r_3(l, 0)*r)
         b%r(l, n) = r
         b%r_3(l, n) = c
         b%ax(l) = -o%gm*(cx(l) + b%x(l, n)*b%r_3(l, 0) + b%x(l, 0)*c)
         b%ay(l) = -o%gm*(cy(l) + b%y(l, n)*b%r_3(l, 0) + b%y(l, 0)*c)
      end do
      if (.not. b%planar) b%az = -o%gm*cauchy(b%z, b%r_3, 0, n)
      if (o%needs_r2) b%r2(:, n) = cauchy(b%r, b%r, 0, n)
   end subroutine set_central

   !> -GM r/r^3 itself.
   pure subroutine begin_central(o, b)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      b%r2(:, 0) = b%x(:, 0)**2 + b%y(:, 0)**2 + b%z(:, 0)**2
      b%r(:, 0) = sqrt(b%r2(:, 0))
      b%one_r = 1.0_dp/b%r(:, 0)
      b%r_3(:, 0) = b%one_r**3
      b%ax = -o%gm*b%r_3(:, 0)*b%x(:, 0)
      b%ay = -o%gm*b%r_3(:, 0)*b%y(:, 0)
      b%az = -o%gm*b%r_3(:, 0)*b%z(:, 0)
   end subroutine begin_central
end module central
