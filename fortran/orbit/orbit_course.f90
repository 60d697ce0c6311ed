! SPDX-License-Identifier: BSD-3-Clause
!> The course of one trajectory: what is remembered of it, and what it comes to.
module orbit_course
   use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_quiet_nan
   use kinds, only: dp
   use constants, only: au, pi, year
   use atmosphere, only: gas_axis
   use elements, only: energy, inclination, inertial_velocity, semi_major_axis
   use lanes, only: block_t, position_and_velocity
   use orbit_model, only: orbit_t
   use orbit_watch, only: ends_t, level_touched, pericentre, crossing, n_level, level, &
                          seek_distance, seek_level, seek_height, seek_radius, osculating_e2, &
                          element_turn
   implicit none
   private
   public :: course_t, log_t, begin_course, watch_step, end_course, break_course, &
             take_samples, radius_left

   ! Rows of a start: x, y, z [km], u, v, w [AU yr-1], tau_gas, t_gas [yr].
   integer, parameter, public :: n_start = 8
   ! Rows of a result.
   integer, parameter, public :: n_result = 21
   integer, parameter, public :: i_outcome = 1
   integer, parameter, public :: i_lifetime = 2       !< time of fall or of the end of ablation [yr]
   integer, parameter, public :: i_e_end = 3          !< osculating eccentricity [1]
   integer, parameter, public :: i_tau = 4            !< and 2 more: exp(-1/2), exp(-1), exp(-2) [yr]
   integer, parameter, public :: i_delta_energy = 7   !< energy given up [J kg-1]
   integer, parameter, public :: i_r_min = 8          !< [km]
   integer, parameter, public :: i_revolutions = 9    !< swept longitude over 2 pi [1]
   integer, parameter, public :: i_n_step = 10
   integer, parameter, public :: i_state = 11         !< and 5 more: x, y, z [km], vx, vy, vz [km s-1]
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
   real(dp), parameter :: far = 2.0_dp                    !< escape is beyond this many r_Hill [1]

   !> What is remembered of a trajectory.
   type :: course_t
      integer :: case = 0                    !< 0 = none
      integer :: fate = goes_on              !< outcome once it is known
      integer :: n_step = 0
      integer :: turns = 0                   !< passages of y = 0, x > 0, those backward negative
      real(dp) :: longitude = 0.0_dp         !< at the start [rad]
      real(dp) :: energy = 0.0_dp            !< at the start [AU2 yr-2]
      real(dp) :: r_min = 0.0_dp             !< [AU]
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
      b%f(l, 0) = 1.0_dp
      b%tau_gas(l) = start(7)
      b%t_gas(l) = start(8)
      c%case = case
      c%longitude = atan2(r(2), r(1))
      c%energy = energy(o%gm_planet, r, inertial_velocity(r, v, element_turn(o)))
      c%r_min = norm2(r)
   end subroutine begin_course

   !> Look for events in the step of lane l, which is cut where the body falls or is consumed.
   pure subroutine watch_step(o, b, l, h, a, z, c, over, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(inout) :: h              !< length of the step [yr]
      type(ends_t), intent(in) :: a, z          !< both ends of the step
      type(course_t), intent(inout) :: c
      logical, intent(out) :: over              !< the body has fallen or is consumed
      type(log_t), intent(inout), optional :: log
      real(dp) :: r(3), v(3), e2_end
      c%n_step = c%n_step + 1
      e2_end = z%e2(l)
      call watch_distance(o, b, l, h, a, z, c, log)
      if (o%ablation > 0.0_dp) call watch_radius(o, b, l, h, c)
      if (c%fate /= goes_on) then
         call position_and_velocity(b, l, h, r, v)
         e2_end = osculating_e2(o, r, v)
      end if
      ! most steps pass no level and have no extremum of e
      if (c%fate /= goes_on .or. nint(a%above(l)) /= nint(z%above(l)) &
          .or. a%de2(l)*z%de2(l) < 0.0_dp) call watch_levels(o, b, l, h, a, z, e2_end, c, log)
      if (c%fate == goes_on) r = [z%x(l), z%y(l), z%z(l)]
      call count_turn(a%x(l), a%y(l), r(1), r(2), c%turns)
      over = c%fate /= goes_on
      if (present(log) .and. .not. over) call watch_equator(o, b, l, h, log)
   end subroutine watch_step

   !> Impact, pericentre and escape.
   pure subroutine watch_distance(o, b, l, h, a, z, c, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(inout) :: h
      type(ends_t), intent(in) :: a, z
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      real(dp) :: r(3), v(3), t_p, lowest, surface, edge, inside
      surface = o%radius**2
      inside = merge(h, 0.0_dp, z%r2(l) < surface)   ! a time below the surface; 0 = none
      if (a%rv(l) < 0.0_dp .and. z%rv(l) >= 0.0_dp) then
         ! r^2 lies above its tangents at both ends
         lowest = (z%r2(l) - a%r2(l) - 2.0_dp*z%rv(l)*h)/(2.0_dp*(a%rv(l) - z%rv(l)))
         lowest = a%r2(l) + 2.0_dp*a%rv(l)*lowest
         if (lowest < c%r_min**2 .or. present(log)) then
            t_p = pericentre(o, b, l, h, a%rv(l), z%rv(l))
            call position_and_velocity(b, l, t_p, r, v)
            c%r_min = min(c%r_min, norm2(r))
            if (dot_product(r, r) < surface) inside = t_p
            if (inside == 0.0_dp) call note(log, event_pericentre, b%t(l) + t_p)
         end if
      end if
      if (inside > 0.0_dp) then
         h = crossing(o, b, l, seek_distance, surface, 0.0_dp, inside)
         c%fate = captured   ! or before that: end_course decides
         c%r_min = o%radius
         call note(log, event_impact, b%t(l) + h)
         return
      end if
      c%r_min = min(c%r_min, sqrt(z%r2(l)))
      edge = (far*o%r_hill)**2
      if (a%r2(l) < edge .and. z%r2(l) >= edge) then
         c%t_escape = b%t(l) + crossing(o, b, l, seek_distance, edge, 0.0_dp, h)
         call note(log, event_escape, c%t_escape)
      end if
   end subroutine watch_distance

   !> The end of a body that ablates.
   pure subroutine watch_radius(o, b, l, h, c)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(inout) :: h
      type(course_t), intent(inout) :: c
      real(dp) :: t
      t = crossing(o, b, l, seek_radius, consumed, 0.0_dp, h)
      if (t <= 0.0_dp .or. t >= h) return
      h = t
      c%fate = ablated
   end subroutine watch_radius

   !> Passages of the e-levels downward.
   pure subroutine watch_levels(o, b, l, h, a, z, e2_end, c, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: h, e2_end
      type(ends_t), intent(in) :: a, z
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      integer, parameter :: n_look = 16
      real(dp) :: r(3), v(3), e2, before, t0, t1
      integer :: k, i
      do k = 1, n_level
         if (a%e2(l) > level(k) .and. e2_end <= level(k)) then
            call pass_level(k, b%t(l) + crossing(o, b, l, seek_level, level(k), 0.0_dp, h), c, log)
         else if ((a%e2(l) > level(k)) .eqv. (e2_end > level(k))) then
            if (c%fate /= goes_on) cycle
            if (.not. level_touched(a, z, l, k, h)) cycle
            ! there and back within the step: look where
            before = a%e2(l)
            t0 = 0.0_dp
            do i = 1, n_look
               t1 = h*real(i, dp)/real(n_look, dp)
               call position_and_velocity(b, l, t1, r, v)
               e2 = osculating_e2(o, r, v)
               if (before > level(k) .and. e2 <= level(k)) then
                  call pass_level(k, b%t(l) + crossing(o, b, l, seek_level, level(k), t0, t1), c, log)
               end if
               before = e2
               t0 = t1
            end do
         end if
      end do
   end subroutine watch_levels

   !> Note a passage of level k downward at t.
   pure subroutine pass_level(k, t, c, log)
      integer, intent(in) :: k
      real(dp), intent(in) :: t              !< [yr]
      type(course_t), intent(inout) :: c
      type(log_t), intent(inout), optional :: log
      c%t_level(k) = t
      c%t_099(k) = c%t_level(1)
      call note(log, event_level + k, t)
   end subroutine pass_level

   !> Whether longitude 0 (y = 0, x > 0) is passed from (x0, y0) to (x1, y1).
   pure subroutine count_turn(x0, y0, x1, y1, turns)
      real(dp), intent(in) :: x0, y0, x1, y1
      integer, intent(inout) :: turns
      if ((y0 < 0.0_dp) .eqv. (y1 < 0.0_dp)) return
      if (x0 - y0*(x1 - x0)/(y1 - y0) <= 0.0_dp) return
      turns = turns + merge(1, -1, y1 > y0)
   end subroutine count_turn

   !> Passages of the equator of the gas.
   pure subroutine watch_equator(o, b, l, h, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: h
      type(log_t), intent(inout), optional :: log
      real(dp) :: r0(3), r1(3), v(3), t
      call position_and_velocity(b, l, 0.0_dp, r0, v)
      call position_and_velocity(b, l, h, r1, v)
      if (dot_product(r0, gas_axis(o, b%t(l)))*dot_product(r1, gas_axis(o, b%t(l) + h)) < 0.0_dp) then
         t = crossing(o, b, l, seek_height, 0.0_dp, 0.0_dp, h)
         call note(log, event_node, b%t(l) + t)
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

   !> The outcome of the trajectory in lane l, which ends tau after the start of the step.
   pure subroutine end_course(o, b, l, tau, c, x)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: tau
      type(course_t), intent(in) :: c
      real(dp), intent(out) :: x(n_result)
      real(dp) :: r(3), v(3), velocity(3), e, swept, none
      integer :: k, outcome
      none = ieee_value(none, ieee_quiet_nan)
      call position_and_velocity(b, l, tau, r, v)
      velocity = inertial_velocity(r, v, element_turn(o))
      e = sqrt(osculating_e2(o, r, v))
      outcome = c%fate
      if (outcome == captured) then
         if (e >= o%c%e_captured) outcome = fell_before_capture
      else if (outcome == goes_on) then
         outcome = escaped
         if (norm2(r) <= far*o%r_hill) then
            outcome = merge(captured, undecided, e < o%c%e_captured)
         end if
      end if
      x = none
      x(i_outcome) = real(outcome, dp)
      x(i_t_end) = b%t(l) + tau
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
      x(i_r_min) = c%r_min*km
      swept = modulo(atan2(r(2), r(1)), 2.0_dp*pi) - modulo(c%longitude, 2.0_dp*pi)
      x(i_revolutions) = abs(real(c%turns, dp) + swept/(2.0_dp*pi))
      x(i_n_step) = real(c%n_step, dp)
      x(i_state:i_state + 2) = r*km
      x(i_state + 3:i_state + 5) = v*km_s
      if (c%t_escape > 0.0_dp) x(i_t_escape) = c%t_escape
      x(i_a_end) = semi_major_axis(o%gm_planet, r, velocity)*km
      x(i_i_end) = inclination(r, inertial_velocity(r, v, o%omega), gas_axis(o, x(i_t_end)))*180/pi
      x(i_radius_end) = o%c%body_radius
      if (o%ablation > 0.0_dp) x(i_radius_end) = o%c%body_radius*radius_left(b, l, tau)
   end subroutine end_course

   !> Radius of the body over its first one, tau after the start of the step [1].
   pure real(dp) function radius_left(b, l, tau)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: tau
      integer :: k
      radius_left = b%f(l, b%degree)
      do k = b%degree - 1, 0, -1
         radius_left = radius_left*tau + b%f(l, k)
      end do
   end function radius_left

   !> The result of a trajectory that the numerics could not follow to its end.
   pure subroutine break_course(c, x)
      type(course_t), intent(in) :: c
      real(dp), intent(out) :: x(n_result)
      x = ieee_value(x, ieee_quiet_nan)
      x(i_outcome) = real(broken, dp)
      x(i_n_step) = real(c%n_step, dp)
   end subroutine break_course

   !> Samples that fall into the step of lane l, spaced evenly in steps over the trajectory.
   pure subroutine take_samples(o, b, l, h, c, sample)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
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
         call position_and_velocity(b, l, tau, r, v)
         velocity = inertial_velocity(r, v, element_turn(o))
         c%n_taken = c%n_taken + 1
         sample(1, c%n_taken) = b%t(l) + tau
         sample(2:4, c%n_taken) = r*km
         sample(5:7, c%n_taken) = v*km_s
         sample(8, c%n_taken) = sqrt(osculating_e2(o, r, v))
         sample(9, c%n_taken) = energy(o%gm_planet, r, velocity)*j_kg
      end do
   end subroutine take_samples
end module orbit_course
