! SPDX-License-Identifier: BSD-3-Clause
!> Bodies at rest in the gas: there the speed has a kink, which no series of it goes across.
!!
!! The drag is smooth on either side. A step therefore ends where the body comes to rest, and the
!! next one has its own recurrence for the speed, which grows from 0.
module standstill
   use kinds, only: dp
   use lanes, only: block_t, n_lane, series_at
   use orbit_model, only: orbit_t, static_gas
   implicit none
   private
   public :: leave_rest, stop_at_rest

   !> Where a body comes to rest in a step, it is so much slower on the way than at one of the ends;
   !! where it turns around the planet it is not.
   real(dp), parameter :: slower = 0.5_dp
   !> Gas that takes no more than this share of a velocity in a step is not felt.
   real(dp), parameter :: nothing = 1.0e-20_dp

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
   pure subroutine stop_at_rest(o, b, u, v, w, moves, h)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      real(dp), dimension(n_lane), intent(in) :: u, v, w   !< velocity at the end [AU yr-1]
      logical, intent(in) :: moves(n_lane)   !< there is a body
      real(dp), intent(inout) :: h(n_lane)   !< step [yr]
      real(dp), dimension(n_lane) :: gu, gv, gw, ahead, g02, g12, t, felt
      logical :: turned(n_lane)
      integer :: k, l
      gu = u
      gv = v
      gw = w
      if (o%gas /= static_gas) call velocity_at(b, h, gu, gv, gw)
      g02 = b%gu(:, 0)**2 + b%gv(:, 0)**2 + b%gw(:, 0)**2
      g12 = gu**2 + gv**2 + gw**2
      ahead = gu*b%gu(:, 0) + gv*b%gv(:, 0) + gw*b%gw(:, 0)
      turned = ahead <= 0.0_dp .and. 2.0_dp*ahead**2 >= g02*g12     ! by more than 135 degrees
      if (.not. any(turned .and. moves)) return
      felt = 0.0_dp                                         ! drag over velocity, at most, times h
      do k = b%degree - 1, 0, -1
         felt = (felt + abs(b%d(:, k)))*h
      end do
      turned = turned .and. felt > nothing
      if (.not. any(turned .and. moves)) return
      t = h*sqrt(g02)/max(sqrt(g02) + sqrt(g12), tiny(h))   ! there, were it linear in time
      call velocity_at(b, t, gu, gv, gw)
      turned = turned .and. gu**2 + gv**2 + gw**2 <= slower**2*max(g02, g12)
      do l = 1, n_lane
         if (turned(l) .and. moves(l) .and. .not. b%at_rest(l)) call shorten(b, l, t(l), h(l))
      end do
   end subroutine stop_at_rest

   !> Velocities in the gas at times of the step, nearly: without the rests of their series.
   pure subroutine velocity_at(b, t, gu, gv, gw)
      type(block_t), intent(in) :: b
      real(dp), dimension(n_lane), intent(in) :: t               !< [yr]
      real(dp), dimension(n_lane), intent(out) :: gu, gv, gw     !< [AU yr-1]
      integer :: k, l
      gu = 0.0_dp
      gv = 0.0_dp
      gw = 0.0_dp
      do k = b%degree - 1, 0, -1
         !$omp simd
         do l = 1, n_lane
            gu(l) = gu(l)*t(l) + b%gu(l, k)
            gv(l) = gv(l)*t(l) + b%gv(l, k)
         end do
      end do
      if (b%planar) return
      do k = b%degree - 1, 0, -1
         gw = gw*t + b%gw(:, k)
      end do
   end subroutine velocity_at

   !> Shorten the step of lane l to the least speed in the gas, if that is all but none.
   !!
   !! Gauss-Newton for g(t) = 0.
   pure subroutine shorten(b, l, guess, h)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: guess                 !< of the time [yr]
      real(dp), intent(inout) :: h
      real(dp), parameter :: little = 1.0e-2_dp     ! of the speed at the start; more is no rest
      integer, parameter :: few = 3                 ! steps, in which it is as little
      real(dp) :: t, step, g0(3), g(3), dg(3)
      integer :: i
      g0 = [b%gu(l, 0), b%gv(l, 0), b%gw(l, 0)]
      t = guess
      do i = 1, 20
         call velocity_in_gas(b, l, t, g, dg)
         if (i > few .and. norm2(g) > little*norm2(g0)) return
         step = dot_product(g, dg)/max(dot_product(dg, dg), tiny(1.0_dp))
         t = t - step
         if (.not. abs(step) > epsilon(h)*h) exit
      end do
      if (t > 0.0_dp .and. t < h) h = t
   end subroutine shorten

   !> Velocity of lane l in the gas at t since the start of the step, and its rate.
   pure subroutine velocity_in_gas(b, l, t, g, dg)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: t                     !< [yr]
      real(dp), intent(out) :: g(3), dg(3)          !< [AU yr-1], [AU yr-2]
      integer :: k
      dg = 0.0_dp
      do k = b%degree - 1, 1, -1
         dg = dg*t + real(k, dp)*[b%gu(l, k), b%gv(l, k), b%gw(l, k)]
      end do
      g = [series_at(b, l, b%gu, b%degree - 1, t), series_at(b, l, b%gv, b%degree - 1, t), &
           series_at(b, l, b%gw, b%degree - 1, t)]
   end subroutine velocity_in_gas
end module standstill
