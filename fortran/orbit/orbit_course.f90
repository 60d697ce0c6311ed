! SPDX-License-Identifier: BSD-3-Clause
!> The course of one trajectory: what is remembered of it, and what it comes to.
module orbit_course
   use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_quiet_nan
   use kinds, only: dp
   use constants, only: au, pi, year
   use arc, only: arc_t, n_state, position_and_velocity, state_at
   use atmosphere, only: gas_axis
   use elements, only: energy, inclination, inertial_velocity, semi_major_axis
   use hill_region, only: is_bound
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   use orbit_watch, only: ends_t, between_t, look_along, pericentre, crossing, first_guess, &
                          extremum, sought, n_level, level, level_q, far, seek_distance, &
                          seek_level, seek_height, seek_radius, seek_apsis, osculating_e2, &
                          element_turn
   implicit none
   private
   public :: course_t, log_t, begin_course, watch_step, count_turns, &
             end_course, break_course, take_samples

   ! Rows of a start: x, y, z [km], u, v, w [AU yr-1], tau_gas, t_gas [yr].
   integer, parameter, public :: n_start = 8
   ! Rows of a result.
   integer, parameter, public :: n_result = 21
   integer, parameter, public :: i_outcome = 1
   integer, parameter, public :: i_lifetime = 2       !< time of fall or of the end of ablation [yr]
   integer, parameter, public :: i_e_end = 3          !< osculating eccentricity [1]
   integer, parameter, public :: i_tau = 4            !< and 2 more: e^(-1/2), e^-1, e^-2 [yr]
   integer, parameter, public :: i_delta_energy = 7   !< energy given up [J kg-1]
   integer, parameter, public :: i_r_min = 8          !< [km]
   integer, parameter, public :: i_revolutions = 9    !< swept longitude over 2 pi [1]
   integer, parameter, public :: i_n_step = 10
   integer, parameter, public :: i_state = 11         !< and 5 more: place [km], velocity [km s-1]
   integer, parameter, public :: i_t_end = 17         !< [yr]
   integer, parameter, public :: i_t_escape = 18      !< last passage of 2 r_Hill outward [yr]
   integer, parameter, public :: i_a_end = 19         !< osculating semi-major axis [km]
   integer, parameter, public :: i_i_end = 20         !< inclination to the gas's equator [deg]
   integer, parameter, public :: i_radius_end = 21    !< of the body [km]
   ! Outcomes.
   integer, parameter, public :: escaped = 0, captured = 1, fell_before_capture = 2, &
                                 undecided = 3, ablated = 4, broken = 5
   ! Rows of a sample: t [yr], x, y, z [km], vx, vy, vz [km s-1], e [1], energy [J kg-1].
   integer, parameter, public :: n_sample_row = 9
   ! Kinds of events in a log; passages of level k downward are event_level + k.
   integer, parameter, public :: event_impact = 1, event_pericentre = 2, event_escape = 3, &
                                 event_node = 4, event_level = 4

   integer, parameter :: goes_on = -1
   real(dp), parameter :: km = au/1.0e3_dp                !< kilometres in an AU
   real(dp), parameter :: km_s = km/year                  !< [km s-1] in an AU yr-1
   real(dp), parameter :: j_kg = (au/year)**2             !< [J kg-1] in an AU2 yr-2
   real(dp), parameter :: consumed = 1.0e-2_dp            !< radius left of an ablated body [1]

   !> What is remembered of a trajectory.
   type :: course_t
      integer :: case = 0                    !< 0 = none
      integer :: fate = goes_on              !< outcome once it is known
      integer :: n_step = 0
      integer :: turns = 0                   !< passages of y = 0, x > 0, those backward negative
      real(dp) :: longitude = 0.0_dp         !< at the start [rad]
      real(dp) :: energy = 0.0_dp            !< at the start [AU2 yr-2]
      real(dp) :: r2_min = 0.0_dp            !< least squared distance so far [AU2]
      real(dp) :: t_escape = 0.0_dp          !< last passage of 2 r_Hill outward [yr], 0 = none
      real(dp) :: t_level(n_level) = 0.0_dp  !< last passage of each e-level downward [yr], 0 = none
      real(dp) :: t_099(n_level) = 0.0_dp    !< last passage of e = 0.99 before that [yr], 0 = none
      integer :: n_total = 0                 !< steps of the whole trajectory, for samples
      integer :: n_taken = 0                 !< samples taken
      real(dp) :: h = 0.0_dp                 !< step to try next [yr]
      real(dp) :: error = 1.0_dp             !< of the last step over the tolerance [1]
   end type course_t

   !> Events of one trajectory, in the order in which they were found.
   type :: log_t
      integer :: n = 0
      integer, allocatable :: kind(:)
      real(dp), allocatable :: t(:)          !< [yr]
   end type log_t

contains

   !> Put the start of a case into lane l.
   pure subroutine begin_course(o, b, l, case, start, c)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: l, case
      real(dp), intent(in) :: start(n_start)
      type(course_t), intent(out) :: c
      real(dp) :: r(3), v(3)
      r = start(1:3)/km
      v = start(4:6)
      b%t(l) = 0.0_dp
      b%x(l, 0) = r(1)
      b%y(l, 0) = r(2)
      b%z(l, 0) = r(3)
      b%u(l, 0) = v(1)
      b%v(l, 0) = v(2)
      b%w(l, 0) = v(3)
      b%lost(l, :) = 0.0_dp
      b%f(l, 0) = 1.0_dp
      b%tau_gas(l) = start(7)
      b%t_gas(l) = start(8)
      c%case = case
      c%longitude = atan2(r(2), r(1))
      c%energy = energy(o%gm_planet, r, inertial_velocity(r, v, element_turn(o)))
      c%r2_min = dot_product(r, r)
   end subroutine begin_course

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
      real(dp) :: r(3), v(3), e2_end
      e2_end = z%e2(l)
      call watch_distance(o, p, l, h, a, z, m, c, log)
      if (o%ablation > 0.0_dp) call watch_radius(o, p, h, c)
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
   pure subroutine watch_distance(o, p, l, h, a, z, m, c, log)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l
      real(dp), intent(inout) :: h
      type(ends_t), intent(in) :: a, z
      type(between_t), intent(in) :: m
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      real(dp), dimension(0:3) :: t, r2, rv
      real(dp) :: surface, edge
      integer :: n, k
      surface = o%radius**2
      edge = (far*o%r_hill)**2
      call find_apsides(o, p, l, h, a, z, m, edge, c%r2_min, present(log), t, n)
      r2(0) = a%r2(l)
      rv = 0.0_dp
      rv(0) = a%rv(l)
      do k = 1, n - 1
         r2(k) = sought(o, p, seek_distance, t(k))
      end do
      r2(n) = z%r2(l)
      rv(n) = z%rv(l)
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
            k = findloc(rv*a%rv(l) < 0.0_dp, .true., 1)
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
      real(dp) :: t(0:most), e2(0:most), rv(n_lane), at
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
         if (.not. present(log)) exit           ! too dear for a million cases
         if ((e2(i) - e2(i - 1))*(e2(i + 1) - e2(i)) > 0.0_dp) cycle
         if (all(abs(level - e2(i)) > abs(e2(i + 1) - e2(i)) + abs(e2(i) - e2(i - 1)))) cycle
         t(i) = extremum(o, p, seek_level, t(i - 1), t(i + 1), e2(i) > e2(i - 1))
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

   !> The outcome of a trajectory, which ends tau after the start of the step.
   pure subroutine end_course(o, p, tau, c, x)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: tau
      type(course_t), intent(in) :: c
      real(dp), intent(out) :: x(n_result)
      real(dp) :: y(n_state), r(3), v(3), velocity(3), e, swept, none
      integer :: k, outcome
      none = ieee_value(none, ieee_quiet_nan)
      y = state_at(p, tau)
      r = y(1:3)
      v = y(4:6)
      velocity = inertial_velocity(r, v, element_turn(o))
      e = sqrt(osculating_e2(o, r, v))
      outcome = c%fate
      if (outcome == captured) then
         if (e >= o%c%e_captured) outcome = fell_before_capture
      else if (outcome == goes_on) then
         outcome = merge(undecided, escaped, norm2(r) <= far*o%r_hill)
         if (e < o%c%e_captured .and. is_bound(o, r, v)) outcome = captured
      end if
      x = none
      x(i_outcome) = real(outcome, dp)
      x(i_t_end) = p%t + tau
      if (c%fate /= goes_on) x(i_lifetime) = x(i_t_end)
      x(i_e_end) = e
      do k = 2, n_level
         if (outcome /= captured) cycle
         if (c%t_level(k) > 0.0_dp .and. c%t_099(k) > 0.0_dp) then
            x(i_tau + k - 2) = c%t_level(k) - c%t_099(k)
         end if
      end do
      if (outcome == captured .or. outcome == fell_before_capture) then
         x(i_delta_energy) = (c%energy - energy(o%gm_planet, r, velocity))*j_kg
      end if
      x(i_r_min) = sqrt(c%r2_min)*km
      swept = modulo(atan2(r(2), r(1)), 2.0_dp*pi) - modulo(c%longitude, 2.0_dp*pi)
      x(i_revolutions) = abs(real(c%turns, dp) + swept/(2.0_dp*pi))
      x(i_n_step) = real(c%n_step, dp)
      x(i_state:i_state + 2) = r*km
      x(i_state + 3:i_state + 5) = v*km_s
      if (c%t_escape > 0.0_dp) x(i_t_escape) = c%t_escape
      x(i_a_end) = semi_major_axis(o%gm_planet, r, velocity)*km
      x(i_i_end) = inclination(r, inertial_velocity(r, v, o%omega), gas_axis(o, x(i_t_end)))*180/pi
      x(i_radius_end) = o%c%body_radius
      if (o%ablation > 0.0_dp) x(i_radius_end) = o%c%body_radius*y(7)
   end subroutine end_course

   !> The result of a trajectory that the numerics could not follow to its end.
   pure subroutine break_course(c, x)
      type(course_t), intent(in) :: c
      real(dp), intent(out) :: x(n_result)
      x = ieee_value(x, ieee_quiet_nan)
      x(i_outcome) = real(broken, dp)
      x(i_n_step) = real(c%n_step, dp)
   end subroutine break_course

   !> Samples that fall into a step, spaced evenly in steps over the trajectory.
   pure subroutine take_samples(o, p, h, c, sample)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: h                    !< length of the step [yr]
      type(course_t), intent(inout) :: c
      real(dp), intent(inout) :: sample(:, :)      !< (n_sample_row, n_sample)
      real(dp) :: place, tau, r(3), v(3), velocity(3)
      integer :: n
      n = size(sample, 2)
      do while (c%n_taken < n)
         place = real(c%n_total, dp)*real(c%n_taken, dp)/real(max(n - 1, 1), dp)
         if (c%n_taken == n - 1) place = real(c%n_total, dp)
         if (place > real(c%n_step, dp)) exit
         tau = h*(place - real(c%n_step - 1, dp))
         if (c%n_taken == n - 1) tau = h
         call position_and_velocity(p, tau, r, v)
         velocity = inertial_velocity(r, v, element_turn(o))
         c%n_taken = c%n_taken + 1
         sample(1, c%n_taken) = p%t + tau
         sample(2:4, c%n_taken) = r*km
         sample(5:7, c%n_taken) = v*km_s
         sample(8, c%n_taken) = sqrt(osculating_e2(o, r, v))
         sample(9, c%n_taken) = energy(o%gm_planet, r, velocity)*j_kg
      end do
   end subroutine take_samples
end module orbit_course
