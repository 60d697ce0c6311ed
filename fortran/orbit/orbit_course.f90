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
   use orbit_watch, only: far, n_level
   use osculating, only: element_turn, osculating_e2
   implicit none
   private
   public :: course_t, begin_course, end_course, break_course, take_samples

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

   integer, parameter, public :: goes_on = -1
   real(dp), parameter :: km = au/1.0e3_dp                !< kilometres in an AU
   real(dp), parameter :: km_s = km/year                  !< [km s-1] in an AU yr-1
   real(dp), parameter :: j_kg = (au/year)**2             !< [J kg-1] in an AU2 yr-2

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
      real(dp) :: t_total = 0.0_dp           !< and its end [yr]
      integer :: n_taken = 0                 !< samples taken
      real(dp) :: h = 0.0_dp                 !< step to try next [yr]
      real(dp) :: error = 1.0_dp             !< of the last step over the tolerance [1]
   end type course_t

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

   !> Samples that fall into a step. Four fifths are spaced evenly in steps, which are many where
   !! the body is fast, and a fifth in time, for a far step is long.
   pure subroutine take_samples(o, p, h, c, sample)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: h                    !< length of the step [yr]
      type(course_t), intent(inout) :: c
      real(dp), intent(inout) :: sample(:, :)      !< (n_sample_row, n_sample)
      real(dp), parameter :: by_time = 0.2_dp
      real(dp) :: per_step, per_time, here, step, place, tau, r(3), v(3), velocity(3)
      integer :: n
      n = size(sample, 2)
      per_step = 1.0_dp/real(max(c%n_total, 1), dp)
      per_time = 0.0_dp
      if (c%t_total > 0.0_dp) then                        ! or nobody knows when it broke off
         per_step = (1.0_dp - by_time)*per_step
         per_time = by_time/c%t_total
      end if
      here = per_step*real(c%n_step - 1, dp) + per_time*p%t
      step = per_step + per_time*h
      do while (c%n_taken < n)
         place = real(c%n_taken, dp)/real(max(n - 1, 1), dp)
         tau = h*(place - here)/step
         if (c%n_step == c%n_total) tau = merge(h, min(tau, h), c%n_taken == n - 1)
         if (tau > h) exit
         tau = max(tau, 0.0_dp)
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
