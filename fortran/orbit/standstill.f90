! SPDX-License-Identifier: BSD-3-Clause
!> Bodies at rest in the gas: there the speed has a kink, which no series of it goes across.
!!
!! The drag is smooth on either side. A step therefore ends where the body comes to rest, and the
!! next one has its own recurrence for the speed, which grows from 0.
module standstill
   use kinds, only: dp
   use lanes, only: block_t, n_lane
   implicit none
   private
   public :: leave_rest, stop_at_rest

contains

   !> Coefficient n of the speed of bodies that start at rest in the gas, and of K rho s.
   !!
   !! s = |v'| tau + ...: coefficient n + 1 of s s = s^2, where the velocity has no coefficient 0.
   pure subroutine leave_rest(b, n)
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp) :: c
      integer :: k, l, m
      do l = 1, n_lane
         if (.not. b%at_rest(l)) cycle
         c = 0.0_dp
         do k = 1, n
            m = n + 1 - k
            c = c + b%gu(l, k)*b%gu(l, m) + b%gv(l, k)*b%gv(l, m) + b%gw(l, k)*b%gw(l, m)
         end do
         do k = 2, n - 1
            c = c - b%s(l, k)*b%s(l, n + 1 - k)
         end do
         if (n == 1) then
            b%s(l, 1) = sqrt(c)
         else if (b%s(l, 1) > 0.0_dp) then
            b%s(l, n) = 0.5_dp*c/b%s(l, 1)
         else
            b%s(l, n) = 0.0_dp
         end if
         b%ks(l, n) = 0.0_dp
         do k = 1, n
            b%ks(l, n) = b%ks(l, n) + b%s(l, k)*b%rho(l, n - k)
         end do
      end do
   end subroutine leave_rest

   !> End steps where the body comes to rest in the gas: the speed turns round there, but its series
   !! goes on below 0.
   pure subroutine stop_at_rest(b, speed, h)
      type(block_t), intent(in) :: b
      real(dp), intent(in) :: speed(n_lane)  !< at the end of the step, by its series [AU yr-1]
      real(dp), intent(inout) :: h(n_lane)   !< step [yr]
      integer :: l
      do l = 1, n_lane
         if (speed(l) < 0.0_dp) call shorten(b, l, h(l))
      end do
   end subroutine stop_at_rest

   !> Shorten the step of lane l to the least speed in the gas, if that is all but none.
   pure subroutine shorten(b, l, h)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(inout) :: h
      real(dp), parameter :: little = 1.0e-2_dp     ! more is a series of the speed that diverges
      real(dp) :: low, t, s, g0(3), g(3), dg(3)
      integer :: i, k
      call velocity_in_gas(b, l, 0.0_dp, g0, dg)
      call velocity_in_gas(b, l, h, g, dg)
      if (dot_product(g0, g) > 0.0_dp) return       ! the velocity has not turned round
      low = 0.0_dp
      t = h
      do i = 1, 12                                  ! near where the series of the speed passes 0
         s = 0.0_dp
         do k = b%degree - 1, 0, -1
            s = s*(0.5_dp*(low + t)) + b%s(l, k)
         end do
         if (s < 0.0_dp) then
            t = 0.5_dp*(low + t)
         else
            low = 0.5_dp*(low + t)
         end if
      end do
      do i = 1, 4                                   ! from there to the least speed: Gauss-Newton
         call velocity_in_gas(b, l, t, g, dg)
         t = t - dot_product(g, dg)/max(dot_product(dg, dg), tiny(1.0_dp))
      end do
      call velocity_in_gas(b, l, t, g, dg)
      if (t > 0.0_dp .and. t < h .and. norm2(g) < little*norm2(g0)) h = t
   end subroutine shorten

   !> Velocity of lane l in the gas at t since the start of the step, and its rate.
   pure subroutine velocity_in_gas(b, l, t, g, dg)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: t                     !< [yr]
      real(dp), intent(out) :: g(3), dg(3)          !< [AU yr-1], [AU yr-2]
      integer :: k
      g = 0.0_dp
      dg = 0.0_dp
      do k = b%degree - 1, 0, -1
         dg = dg*t + g
         g = g*t + [b%gu(l, k), b%gv(l, k), b%gw(l, k)]
      end do
   end subroutine velocity_in_gas
end module standstill
