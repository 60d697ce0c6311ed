! SPDX-License-Identifier: BSD-3-Clause
!> The step of one trajectory: its series side by side, to be looked at wherever one likes.
module arc
   use kinds, only: dp
   use lanes, only: block_t, cubed, max_order, n_lane, n_rest
   implicit none
   private
   public :: arc_t, take_arc, state_at, states_at, position_and_velocity

   integer, parameter, public :: n_state = 8   !< x, y, z, u, v, w, radius over the first, nothing

   type :: arc_t
      real(dp) :: c(n_state, 0:max_order)      !< coefficients
      real(dp) :: rest(n_state, n_rest)        !< as in block_t
      real(dp) :: t                            !< time at its start [yr]
      real(dp) :: near_a, near_b, known        !< as in block_t
      integer :: degree
      logical :: planar                        !< z = w = 0
   end type arc_t

contains

   !> The step of lane l.
   pure subroutine take_arc(b, l, ablates, p)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      logical, intent(in) :: ablates           !< the radius has a series
      type(arc_t), intent(out) :: p
      integer :: k
      p%degree = b%degree
      p%planar = b%planar
      p%t = b%t(l)
      p%near_a = b%near_a(l)
      p%near_b = b%near_b(l)
      p%known = b%known(l)
      do k = 0, b%degree
         p%c(3, k) = 0.0_dp
         p%c(6:, k) = 0.0_dp
         p%c(1, k) = b%x(l, k)
         p%c(2, k) = b%y(l, k)
         p%c(4, k) = b%u(l, k)
         p%c(5, k) = b%v(l, k)
      end do
      do k = 1, n_rest
         p%rest(3, k) = 0.0_dp
         p%rest(6:, k) = 0.0_dp
         p%rest(1, k) = b%rest(l, k, 1)
         p%rest(2, k) = b%rest(l, k, 2)
         p%rest(4, k) = b%rest(l, k, 4)
         p%rest(5, k) = b%rest(l, k, 5)
      end do
      if (.not. b%planar) then
         p%c(3, :b%degree) = b%z(l, :b%degree)
         p%c(6, :b%degree) = b%w(l, :b%degree)
         p%rest(3, :) = b%rest(l, :, 3)
         p%rest(6, :) = b%rest(l, :, 6)
      end if
      if (ablates) then
         p%c(7, :b%degree) = b%f(l, :b%degree)
         p%rest(7, :) = b%rest(l, :, 7)
      end if
   end subroutine take_arc

   !> State at tau after its start [AU], [AU yr-1], [1].
   !!
   !! Even and odd powers side by side: half the way from the last coefficient to the first.
   pure function state_at(p, tau) result(y)
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: tau
      real(dp) :: y(n_state)
      real(dp), dimension(n_state) :: even, odd
      real(dp) :: over, tau2
      integer :: i, k, n
      n = p%degree
      over = over_q(p, tau)
      tau2 = tau**2
      even = p%rest(:, n_rest)
      odd = p%rest(:, n_rest - 1)
      do k = n_rest - 2, 2, -2
         !$omp simd
         do i = 1, n_state
            even(i) = even(i)*tau2 + p%rest(i, k)
            odd(i) = odd(i)*tau2 + p%rest(i, k - 1)
         end do
      end do
      even = p%c(:, n) - over*(even*tau + odd)
      odd = p%c(:, n - 1)
      do k = n - 2, 1, -2
         !$omp simd
         do i = 1, n_state
            even(i) = even(i)*tau2 + p%c(i, k)
            odd(i) = odd(i)*tau2 + p%c(i, k - 1)
         end do
      end do
      if (mod(n, 2) == 0) then
         y = (even*tau2 + p%c(:, 0)) + tau*odd
      else
         y = even*tau + odd
      end if
   end function state_at

   !> Position and velocity at n_lane times since its start, one per lane of a vector.
   pure subroutine states_at(p, t, y)
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: t(n_lane)          !< [yr]
      real(dp), intent(out) :: y(n_lane, 6)      !< [AU], [AU yr-1]
      real(dp), dimension(n_lane) :: over, t2, s, odd
      integer :: i, j, k, n
      n = p%degree
      t2 = t**2
      over = over_q(p, t)
      y = 0.0_dp
      do j = 1, 6
         if (p%planar .and. (j == 3 .or. j == 6)) cycle
         s = 0.0_dp
         do k = n_rest, 1, -1
            s = s*t + p%rest(j, k)
         end do
         s = p%c(j, n) - over*s
         odd = p%c(j, n - 1)
         do k = n - 2, 1, -2
            !$omp simd
            do i = 1, n_lane
               s(i) = s(i)*t2(i) + p%c(j, k)
               odd(i) = odd(i)*t2(i) + p%c(j, k - 1)
            end do
         end do
         if (mod(n, 2) == 0) then
            y(:, j) = s*t2 + p%c(j, 0) + odd*t
         else
            y(:, j) = s*t + odd
         end if
      end do
   end subroutine states_at

   !> tau over q, by which the rest of a series is taken; 0 where there is none [yr].
   elemental real(dp) function over_q(p, tau)
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: tau                !< [yr]
      over_q = p%known*tau/(1.0_dp - tau*(p%near_a - tau*p%near_b))**cubed
   end function over_q

   !> Position and velocity at tau after its start [AU], [AU yr-1].
   pure subroutine position_and_velocity(p, tau, r, v)
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: tau
      real(dp), intent(out) :: r(3), v(3)
      real(dp) :: y(n_state)
      y = state_at(p, tau)
      r = y(1:3)
      v = y(4:6)
   end subroutine position_and_velocity
end module arc
