! SPDX-License-Identifier: BSD-3-Clause
!> What happens to a trajectory in a step, and when; what is remembered of that.
!!
!! Events are located on the series of the step, to round-off.
module step_events
   use kinds, only: dp
   use arc, only: arc_t, position_and_velocity
   use arc_search, only: look_along, pericentre, crossing, first_guess, extremum, sought, &
                         seek_distance, seek_level, seek_height, seek_radius, seek_apsis
   use atmosphere, only: gas_axis
   use lanes, only: n_lane
   use orbit_course, only: course_t, ablated, captured, goes_on
   use orbit_model, only: orbit_t
   use orbit_watch, only: between_t, far, level, level_q, n_level
   use osculating, only: osculating_e2
   use step_ends, only: ends_t
   implicit none
   private
   public :: log_t, watch_step, count_turns

   ! Kinds of events in a log; passages of level k downward are event_level + k.
   integer, parameter, public :: event_impact = 1, event_pericentre = 2, event_escape = 3, &
                                 event_node = 4, event_level = 4

   real(dp), parameter :: consumed = 1.0e-2_dp            !< radius left of an ablated body [1]

   !> Events of one trajectory, in the order in which they were found.
   type :: log_t
      integer :: n = 0
      integer, allocatable :: kind(:)
      real(dp), allocatable :: t(:)          !< [yr]
   end type log_t

contains

   !> Look for events in a step, that of lane l, which is cut where the body falls or is consumed.
   pure subroutine watch_step(o, p, l, h, a, z, m, near, c, over, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l
      real(dp), intent(inout) :: h              !< length of the step [yr]
      type(ends_t), intent(in) :: a, z          !< both ends of the step
      type(between_t), intent(in) :: m
      logical, intent(in) :: near               !< an e-level may be passed
      type(course_t), intent(inout) :: c
      logical, intent(out) :: over              !< the body has fallen or is consumed
      type(log_t), intent(inout), optional :: log
      real(dp) :: r(3), v(3), e2_end, whole
      e2_end = z%e2(l)
      whole = h
      if (o%ablation > 0.0_dp) call watch_radius(o, p, h, c)
      call watch_distance(o, p, l, whole, a, z, m, h, c, log)
      over = c%fate /= goes_on
      if (over) then
         call position_and_velocity(p, h, r, v)
         e2_end = osculating_e2(o, r, v)
      end if
      if (near .or. over .or. present(log)) then
         call watch_levels(o, p, l, h, a, z, m, e2_end, over, c, log)
      end if
      if (present(log) .and. .not. over) call watch_equator(o, p, h, log)
   end subroutine watch_step

   !> Impact, pericentre and escape.
   pure subroutine watch_distance(o, p, l, whole, a, z, m, h, c, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l
      real(dp), intent(in) :: whole             !< length of the step from a to z [yr]
      type(ends_t), intent(in) :: a, z
      type(between_t), intent(in) :: m
      real(dp), intent(inout) :: h              !< what there is of it [yr]
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      real(dp), dimension(0:3) :: t, r2, rv
      real(dp) :: surface, edge
      integer :: n, k
      surface = o%radius**2
      edge = (far*o%r_hill)**2
      call find_apsides(o, p, l, whole, a, z, m, edge, c%r2_min, present(log), t, n)
      r2(0) = a%r2(l)
      rv = 0.0_dp
      rv(0) = a%rv(l)
      do k = 1, n - 1
         r2(k) = sought(o, p, seek_distance, t(k))
      end do
      r2(n) = z%r2(l)
      rv(n) = z%rv(l)
      if (h < whole) then                               ! the body has ended before
         n = count(t(:n - 1) < h)
         t(n) = h
         r2(n) = sought(o, p, seek_distance, h)
         rv(n) = sought(o, p, seek_apsis, h)
      end if
      do k = 1, n                                       ! from one to the next it goes in or out
         if (r2(k) < surface) then
            h = distance_passed(o, p, surface, t(k - 1:k), r2(k - 1:k), rv(k - 1:k))
            c%fate = captured   ! or before that: end_course decides
            c%r2_min = surface
            call note(log, event_impact, p%t + h)
            return
         end if
         if (r2(k - 1) < edge .and. r2(k) >= edge) then
            c%t_escape = p%t + distance_passed(o, p, edge, t(k - 1:k), r2(k - 1:k), rv(k - 1:k))
            call note(log, event_escape, c%t_escape)
         end if
         if (k < n .and. r2(k) < r2(k - 1)) call note(log, event_pericentre, p%t + t(k))
         c%r2_min = min(c%r2_min, r2(k))
      end do
   end subroutine watch_distance

   !> Time at which r^2 passes `target` on a way out or in [yr].
   pure real(dp) function distance_passed(o, p, target, t, r2, rv)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: target                     !< [AU2]
      real(dp), dimension(2), intent(in) :: t, r2, rv    !< at both ends [yr], [AU2], [AU2 yr-1]
      real(dp) :: guess
      guess = t(1) + first_guess(r2(1) - target, r2(2) - target, 2.0_dp*rv(1), 2.0_dp*rv(2), &
                                 t(2) - t(1))
      distance_passed = crossing(o, p, seek_distance, target, t(1), t(2), r2(1), r2(2), guess)
   end function distance_passed

   !> The step's start, the apsides in it that matter, and its end.
   pure subroutine find_apsides(o, p, l, h, a, z, m, edge, least, all, t, n)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l
      real(dp), intent(in) :: h
      type(ends_t), intent(in) :: a, z
      type(between_t), intent(in) :: m
      real(dp), intent(in) :: edge              !< squared distance of the escape [AU2]
      real(dp), intent(in) :: least             !< the smallest so far [AU2]
      logical, intent(in) :: all                !< every pericentre matters
      real(dp), intent(out) :: t(0:3)           !< [yr]
      integer, intent(out) :: n                 !< of the step's end
      integer, parameter :: n_look = 2*n_lane
      real(dp) :: low
      real(dp), dimension(n_lane) :: t_look, rv, e2
      integer :: i, k
      n = 1
      t(0) = 0.0_dp
      if (a%rv(l) < 0.0_dp .and. z%rv(l) >= 0.0_dp) then
         low = m%tip(l) - 0.1_dp*(a%r2(l) - m%tip(l))
         if (all .or. low < least .or. low < edge .and. edge <= z%r2(l)) then
            t(1) = pericentre(o, p, l, a, z, h)
            n = 2
         end if
      else if (a%rv(l) >= 0.0_dp .and. z%rv(l) < 0.0_dp) then
         if (min(a%r2(l), z%r2(l)) < edge .and. m%tip(l) > edge) then
            t(1) = crossing(o, p, seek_apsis, 0.0_dp, 0.0_dp, h, a%rv(l), z%rv(l))
            n = 2
         end if
      else if (m%rate_low(l) < 0.0_dp .and. m%rate_high(l) > 0.0_dp) then
         do i = 1, n_look, n_lane
            t_look = h*[(real(k, dp)/real(n_look, dp), k = i, i + n_lane - 1)]
            call look_along(o, p, t_look, rv, e2)
            k = findloc((rv < 0.0_dp) .neqv. (a%rv(l) < 0.0_dp), .true., 1)
            if (k == 0) cycle
            t(1) = crossing(o, p, seek_apsis, 0.0_dp, 0.0_dp, t_look(k), a%rv(l), rv(k))
            t(2) = crossing(o, p, seek_apsis, 0.0_dp, t_look(k), h, rv(k), z%rv(l))
            n = 3
            exit
         end do
      end if
      t(n) = h
   end subroutine find_apsides

   !> The end of a body that ablates.
   pure subroutine watch_radius(o, p, h, c)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(inout) :: h
      type(course_t), intent(inout) :: c
      real(dp) :: t
      t = crossing(o, p, seek_radius, consumed, 0.0_dp, h, p%c(7, 0), sought(o, p, seek_radius, h))
      if (t <= 0.0_dp .or. t >= h) return
      h = t
      c%fate = ablated
   end subroutine watch_radius

   !> Passages of the e-levels downward.
   pure subroutine watch_levels(o, p, l, h, a, z, m, e2_end, over, c, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l
      real(dp), intent(in) :: h, e2_end
      type(ends_t), intent(in) :: a, z
      type(between_t), intent(in) :: m
      logical, intent(in) :: over               !< h is not where z is
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      logical, dimension(n_level) :: search, once
      real(dp) :: f0, f1, e2_ends(2), guess(n_level)
      integer :: k
      e2_ends = [a%e2(l), e2_end]
      search = over .or. present(log)
      once = .false.                                        ! and downward
      do k = 1, n_level
         if (over) exit
         f0 = a%e2(l) - level(k)
         f1 = e2_end - level(k)
         if ((f0 > 0.0_dp) .eqv. (f1 > 0.0_dp)) then
            search(k) = search(k) .or. m%q_low(l) <= level_q(k) .and. level_q(k) <= m%q_high(l)
         else if (min(a%de2(l)*(f1 - f0), z%de2(l)*(f1 - f0)) < 0.0_dp) then
            search(k) = .true.
         else if (f0 > 0.0_dp) then
            once(k) = .true.
            guess(k) = first_guess(f0, f1, a%de2(l), z%de2(l), h)
            if (search(k)) cycle
            call pass_level(k, p%t + passage(o, p, h, k, e2_ends, guess(k)), c, log)
         end if
      end do
      ! e = 0.99 there and back has no news: it is passed again before any other level
      if (.not. present(log) .and. .not. any(search(2:)) .and. minval(e2_ends) > level(1)) return
      if (any(search)) call search_levels(o, p, h, search, once, e2_ends, guess, c, log)
   end subroutine watch_levels

   !> Time in a step at which level k is passed, once [yr].
   pure real(dp) function passage(o, p, h, k, e2_ends, guess)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: h, guess          !< [yr]
      integer, intent(in) :: k
      real(dp), intent(in) :: e2_ends(2)        !< at both ends
      passage = crossing(o, p, seek_level, level(k), 0.0_dp, h, e2_ends(1), e2_ends(2), guess)
   end function passage

   !> Passages downward of some levels, between points of the step and the extrema of e near them.
   pure subroutine search_levels(o, p, h, search, expected, e2_ends, guess, c, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: h
      logical, intent(inout) :: search(n_level)   !< which
      logical, intent(in) :: expected(n_level)    !< to be passed once
      real(dp), intent(in) :: e2_ends(2)
      real(dp), intent(in) :: guess(n_level)      !< when [yr]
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      integer, parameter :: most = 4*n_lane
      real(dp) :: t(0:most), e2(0:most), rv(n_lane), beyond(n_level), before, after, &
                  reach, at
      logical :: once(n_level)
      integer :: i, j, k, m, n_look
      n_look = merge(most, most/2, present(log))
      t(0) = 0.0_dp
      e2(0) = e2_ends(1)
      do i = 1, n_look, n_lane
         t(i:i + n_lane - 1) = h*[(real(k, dp)/real(n_look, dp), k = i, i + n_lane - 1)]
         call look_along(o, p, t(i:i + n_lane - 1), rv, e2(i:i + n_lane - 1))
      end do
      do i = 1, n_look - 1                      ! points that are extrema move to those of e
         before = e2(i) - e2(i - 1)
         after = e2(i + 1) - e2(i)
         if (before*after > 0.0_dp) cycle
         ! the parabola goes on by (before + after)^2/(8 |before - after|): is there a level?
         beyond = (level - e2(i))*sign(1.0_dp, before - after)
         reach = 0.5_dp*(before + after)**2/max(abs(before - after), tiny(reach)) &
                 + 0.02_dp*(abs(before) + abs(after))
         if (.not. any(search .and. beyond >= 0.0_dp .and. beyond <= reach)) cycle
         t(i) = extremum(o, p, seek_level, t(i - 1), t(i + 1), before > after)
         e2(i) = sought(o, p, seek_level, t(i))
      end do
      search = search .and. minval(e2(:n_look)) <= level .and. maxval(e2(:n_look)) > level
      if (.not. any(search)) return
      do k = 1, n_level                         ! one passage is sought as where nobody looks closer
         once(k) = count((e2(:n_look - 1) > level(k)) .neqv. (e2(1:n_look) > level(k))) == 1
      end do
      do i = 1, n_look
         do k = 1, n_level
            if (.not. (search(k) .and. e2(i - 1) > level(k) .and. e2(i) <= level(k))) cycle
            j = merge(0, i - 1, once(k))
            m = merge(n_look, i, once(k))
            if (once(k) .and. expected(k)) then
               at = passage(o, p, h, k, e2_ends, guess(k))
            else
               at = crossing(o, p, seek_level, level(k), t(j), t(m), e2(j), e2(m))
            end if
            call pass_level(k, p%t + at, c, log)
         end do
      end do
   end subroutine search_levels

   !> Note a passage of level k downward at t.
   pure subroutine pass_level(k, t, c, log)
      integer, intent(in) :: k
      real(dp), intent(in) :: t              !< [yr]
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      c%t_level(k) = t
      if (c%t_level(1) <= t) c%t_099(k) = c%t_level(1)
      call note(log, event_level + k, t)
   end subroutine pass_level

   !> Passages of longitude 0 between two points of the step, halved until the way is short against
   !! the distance from the axis.
   !!
   !! A series that diverges in a fixed step too long for it is noise, of which no piece is short:
   !! `pieces` bounds the work.
   pure recursive subroutine count_turns(p, t0, t1, start, end, pieces, turns)
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: t0, t1             !< [yr]
      real(dp), intent(in) :: start(2), end(2)   !< x and y [AU]
      integer, intent(inout) :: pieces           !< that it may still be cut into
      integer, intent(inout) :: turns
      real(dp) :: r(3), v(3), middle
      pieces = pieces - 1
      if (pieces < 0 .or. &
          .not. 4.0_dp*sum((end - start)**2) >= min(sum(start**2), sum(end**2))) then
         if ((start(2) < 0.0_dp) .eqv. (end(2) < 0.0_dp)) return
         if (start(1) + end(1) > 0.0_dp) turns = turns + merge(1, -1, end(2) > start(2))
         return
      end if
      middle = 0.5_dp*(t0 + t1)
      call position_and_velocity(p, middle, r, v)
      call count_turns(p, t0, middle, start, r(:2), pieces, turns)
      call count_turns(p, middle, t1, r(:2), end, pieces, turns)
   end subroutine count_turns

   !> Passages of the equator of the gas.
   pure subroutine watch_equator(o, p, h, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: h
      type(log_t), intent(inout), optional :: log
      real(dp) :: r(3), v(3), above(2), t
      call position_and_velocity(p, 0.0_dp, r, v)
      above(1) = dot_product(r, gas_axis(o, p%t))
      call position_and_velocity(p, h, r, v)
      above(2) = dot_product(r, gas_axis(o, p%t + h))
      if (above(1)*above(2) < 0.0_dp) then
         t = crossing(o, p, seek_height, 0.0_dp, 0.0_dp, h, above(1), above(2))
         call note(log, event_node, p%t + t)
      end if
   end subroutine watch_equator

   pure subroutine note(log, kind, t)
      type(log_t), intent(inout), optional :: log
      integer, intent(in) :: kind
      real(dp), intent(in) :: t
      if (.not. present(log)) return
      log%n = log%n + 1
      if (log%n > size(log%kind)) return
      log%kind(log%n) = kind
      log%t(log%n) = t
   end subroutine note
end module step_events
