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
            b%u(l, n + 1) = over*b%ax(l)
            b%v(l, n + 1) = over*b%ay(l)
         end do
         if (.not. b%planar) then
            b%z(:, n + 1) = over*b%w(:, n)
            b%w(:, n + 1) = over*b%az
         end if
      end do
      b%degree = o%order
   end subroutine taylor_series

   !> Step at which the last two terms of position and velocity are rtol of the whole [yr].
   !! No step is longer than it takes to go as far as the planet is: half-turns must not be missed.
   pure subroutine taylor_step_size(o, b, h)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      real(dp), intent(out) :: h(n_lane)
      real(dp) :: last, before, log_rtol, one_v
      integer :: n, l
      n = o%order
      log_rtol = log(o%rtol)
      !$omp simd private(last, before, one_v)
      do l = 1, n_lane
         one_v = 1.0_dp/sqrt(b%u(l, 0)**2 + b%v(l, 0)**2 + b%w(l, 0)**2 &
                             + at_rest*o%gm_planet*b%one_r(l))
         ! (rtol/|x_n|)^(1/n), the smaller of two orders: one coefficient may happen to vanish
         last = max(length(b%x(l, n), b%y(l, n), b%z(l, n))*b%one_r(l), &
                    length(b%u(l, n), b%v(l, n), b%w(l, n))*one_v, tiny(1.0_dp))
         before = max(length(b%x(l, n - 1), b%y(l, n - 1), b%z(l, n - 1))*b%one_r(l), &
                      length(b%u(l, n - 1), b%v(l, n - 1), b%w(l, n - 1))*one_v, tiny(1.0_dp))
         h(l) = exp(min((log_rtol - log(last))/real(n, dp), &
                        (log_rtol - log(before))/real(n - 1, dp)))
         h(l) = min(h(l), b%r(l, 0)*one_v)
      end do
   end subroutine taylor_step_size

   !> Length of a vector, at most; near a singularity the squares of its components might overflow.
   pure real(dp) function length(x, y, z)
      real(dp), intent(in) :: x, y, z
      length = abs(x) + abs(y) + abs(z)
   end function length
end module taylor
