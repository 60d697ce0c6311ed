! SPDX-License-Identifier: BSD-3-Clause
!> Taylor integration of any order (Jorba & Zou 2005, Experimental Mathematics 14, 99).
module taylor
   use kinds, only: dp
   use forces, only: set_acceleration
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: taylor_series, taylor_step_size

   !> A body slower than this share of the squared circular speed counts as that fast.
   real(dp), parameter :: at_rest = 1.0e-6_dp

contains

   !> Series of the solution about the start of the step, to the order of the run.
   pure subroutine taylor_series(o, b)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp) :: over
      integer :: n, l
      do n = 0, o%order - 1
         call set_acceleration(o, b, n)
         over = 1.0_dp/real(n + 1, dp)
         !$omp simd
         do l = 1, n_lane
            b%x(l, n + 1) = over*b%u(l, n)
            b%y(l, n + 1) = over*b%v(l, n)
            b%z(l, n + 1) = over*b%w(l, n)
            b%u(l, n + 1) = over*b%ax(l)
            b%v(l, n + 1) = over*b%ay(l)
            b%w(l, n + 1) = over*b%az(l)
         end do
      end do
      b%degree = o%order
   end subroutine taylor_series

   !> Step at which the last two terms of position and velocity are rtol of the whole [yr].
   !! No step is longer than it takes to go as far as the planet is: half-turns must not be missed.
   pure subroutine taylor_step_size(o, b, h)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      real(dp), intent(out) :: h(n_lane)
      real(dp), dimension(n_lane) :: r2, v2, last, before, share
      integer :: n, l
      n = o%order
      !$omp simd
      do l = 1, n_lane
         r2(l) = b%x(l, 0)**2 + b%y(l, 0)**2 + b%z(l, 0)**2
         v2(l) = b%u(l, 0)**2 + b%v(l, 0)**2 + b%w(l, 0)**2 + at_rest*o%gm_planet/sqrt(r2(l))
         last(l) = max((b%x(l, n)**2 + b%y(l, n)**2 + b%z(l, n)**2)/r2(l), &
                       (b%u(l, n)**2 + b%v(l, n)**2 + b%w(l, n)**2)/v2(l))
         before(l) = max((b%x(l, n - 1)**2 + b%y(l, n - 1)**2 + b%z(l, n - 1)**2)/r2(l), &
                         (b%u(l, n - 1)**2 + b%v(l, n - 1)**2 + b%w(l, n - 1)**2)/v2(l))
      end do
      ! (rtol/|x_n|)^(1/n), the smaller of two orders: one coefficient may happen to vanish
      share = max(last, tiny(1.0_dp))
      last = 0.5_dp*log(share)
      share = max(before, tiny(1.0_dp))
      before = 0.5_dp*log(share)
      do l = 1, n_lane        ! terms so large near a singularity that their squares overflow
         if (last(l) > 350.0_dp) last(l) = largest_term(b, l, n, r2(l), v2(l))
         if (before(l) > 350.0_dp) before(l) = largest_term(b, l, n - 1, r2(l), v2(l))
      end do
      h = sqrt(r2/v2)
      h = min(h, exp(min((log(o%rtol) - last)/real(n, dp), (log(o%rtol) - before)/real(n - 1, dp))))
   end subroutine taylor_step_size

   !> Logarithm of coefficient n of position and velocity of lane l, over the whole.
   pure real(dp) function largest_term(b, l, n, r2, v2)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l, n
      real(dp), intent(in) :: r2, v2
      largest_term = log(max(maxval(abs([b%x(l, n), b%y(l, n), b%z(l, n)]))/sqrt(r2), &
                             maxval(abs([b%u(l, n), b%v(l, n), b%w(l, n)]))/sqrt(v2)))
   end function largest_term
end module taylor
