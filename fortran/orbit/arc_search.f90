! SPDX-License-Identifier: BSD-3-Clause
!> When something happens in the step of one trajectory, to round-off whatever its length.
module arc_search
   use kinds, only: dp
   use arc, only: arc_t, n_state, position_and_velocity, state_at, states_at
   use atmosphere, only: gas_axis
   use lanes, only: n_lane
   use orbit_model, only: orbit_t
   use osculating, only: osculating_e2
   use step_ends, only: ends_t, derive
   implicit none
   private
   public :: look_along, first_guess, pericentre, crossing, extremum, sought

   ! What `crossing` looks for.
   integer, parameter, public :: seek_distance = 1   !< r^2 [AU2]
   integer, parameter, public :: seek_level = 2      !< e^2 [1]
   integer, parameter, public :: seek_height = 3     !< height above the gas's equator [AU]
   integer, parameter, public :: seek_radius = 4     !< radius of the body over its first one [1]
   integer, parameter, public :: seek_apsis = 5      !< r v [AU2 yr-1]

contains

   !> r v and e^2 at n_lane times in a step, one per lane of a vector.
   pure subroutine look_along(o, p, t, rv, e2)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: t(n_lane)                    !< since the start of the step [yr]
      real(dp), intent(out) :: rv(n_lane), e2(n_lane)      !< [AU2 yr-1], [1]
      type(ends_t) :: a
      real(dp), parameter :: none(n_lane) = 0.0_dp
      real(dp) :: y(n_lane, 6)
      call states_at(p, t, y)
      a%x = y(:, 1); a%y = y(:, 2); a%z = y(:, 3)
      a%u = y(:, 4); a%v = y(:, 5); a%w = y(:, 6)
      call derive(o, a, none, none, none)
      rv = a%rv
      e2 = a%e2
   end subroutine look_along

   !> Time at which a function passes 0 in a step, nearly: the cubic t(f) with its ends and slopes.
   pure real(dp) function first_guess(f0, f1, slope0, slope1, h)
      real(dp), intent(in) :: f0, f1           !< at both ends, of different signs
      real(dp), intent(in) :: slope0, slope1   !< of the sign of f1 - f0 [yr-1]
      real(dp), intent(in) :: h                !< length of the step [yr]
      real(dp), parameter :: monotone = 3.0_dp
      real(dp) :: x, d0, d1
      x = f0/(f0 - f1)
      d0 = (f1 - f0)/sign(max(abs(h*slope0), abs(f1 - f0)/monotone), f1 - f0)
      d1 = (f1 - f0)/sign(max(abs(h*slope1), abs(f1 - f0)/monotone), f1 - f0)
      first_guess = h*x*(d0*(1.0_dp - x)**2 + x*(3.0_dp - 2.0_dp*x) - d1*x*(1.0_dp - x))
   end function first_guess

   !> Time of the pericentre in a step, where r v passes 0 upward [yr].
   !!
   !! Newton's method with d(rv)/dt = v^2 - GM/r, and what other forces add to that at both ends.
   pure real(dp) function pericentre(o, p, l, a, z, h)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: l             !< lane
      type(ends_t), intent(in) :: a, z     !< both ends of the step
      real(dp), intent(in) :: h            !< its length [yr]
      real(dp) :: r(3), v(3), rv, slope, low, high, f_low, f_high, more0, more1, x
      integer :: i
      low = 0.0_dp
      high = h
      f_low = a%rv(l)
      f_high = z%rv(l)
      more0 = a%drv(l) - (a%u(l)**2 + a%v(l)**2 + a%w(l)**2 - o%gm/sqrt(a%r2(l)))
      more1 = z%drv(l) - (z%u(l)**2 + z%v(l)**2 + z%w(l)**2 - o%gm/sqrt(z%r2(l)))
      pericentre = first_guess(f_low, f_high, a%drv(l), z%drv(l), h)
      do i = 1, 6
         call position_and_velocity(p, pericentre, r, v)
         rv = dot_product(r, v)
         if (rv < 0.0_dp) then
            low = pericentre
            f_low = rv
         else if (rv > 0.0_dp) then
            high = pericentre
            f_high = rv
         end if
         x = pericentre/h
         slope = dot_product(v, v) - o%gm/sqrt(dot_product(r, r)) + (more0 + x*(more1 - more0))
         if (.not. slope*h > abs(rv)) exit              ! on a circle it would be 0
         pericentre = pericentre - rv/slope
         if (.not. (pericentre > low .and. pericentre < high)) exit
         if (abs(rv) <= 1.0e-8_dp*h*slope) return
      end do
      pericentre = crossing(o, p, seek_apsis, 0.0_dp, low, high, f_low, f_high)
   end function pericentre

   !> Time at which what is sought passes `target`, which it does between low and high [yr].
   !!
   !! Inverse quadratic interpolation or bisection (Chandrupatla 1997, Adv. Eng. Softw. 28, 145), to
   !! round-off of the time or of what is sought.
   pure real(dp) function crossing(o, p, what, target, low, high, f_low, f_high, guess)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: what
      real(dp), intent(in) :: target, low, high
      real(dp), intent(in) :: f_low, f_high        !< what is sought at low and high
      real(dp), intent(in), optional :: guess      !< of the time
      real(dp) :: a, b, c, fa, fb, fc, x, f, t, step, xi, phi, least, noise
      integer :: i
      a = low
      b = high
      fa = f_low - target
      fb = f_high - target
      crossing = merge(a, b, abs(fa) < abs(fb))
      if (.not. (min(fa, fb) < 0.0_dp .and. max(fa, fb) > 0.0_dp)) return
      noise = 4.0_dp*epsilon(f)*max(abs(target), min(abs(fa), abs(fb)))
      t = fa/(fa - fb)
      if (present(guess)) t = (guess - low)/(high - low)
      do i = 1, 100
         least = epsilon(high)*high/abs(b - a)
         t = min(max(t, least), 1.0_dp - least)
         step = t*(b - a)
         x = a + step
         f = sought(o, p, what, x) - target
         if ((f > 0.0_dp) .eqv. (fa > 0.0_dp)) then   ! a new end on this side
            c = a
            fc = fa
         else
            c = b
            b = a
            fc = fb
            fb = fa
         end if
         a = x
         fa = f
         crossing = merge(a, b, abs(fa) < abs(fb))
         if (i == 1) step = b - a                       ! the first one may be short for no reason
         if (abs(f) <= noise .or. min(abs(step), abs(b - a)) <= 2.0_dp*epsilon(high)*high) exit
         t = 0.5_dp
         xi = (a - b)/(c - b)
         phi = (fa - fb)/(fc - fb)
         if (phi**2 < xi .and. (1.0_dp - phi)**2 < 1.0_dp - xi) then
            t = fa/(fb - fa)*(fc/(fb - fc)) + (c - a)/(b - a)*(fa/(fc - fa))*(fb/(fc - fb))
         end if
      end do
   end function crossing

   !> Time of the extremum of what is sought between low and high, by golden section [yr].
   pure real(dp) function extremum(o, p, what, low, high, highest)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: what
      real(dp), intent(in) :: low, high
      logical, intent(in) :: highest             !< a maximum, not a minimum
      real(dp), parameter :: golden = 0.381966011250105_dp
      real(dp) :: x0, x1, xa, xb, fa, fb
      integer :: i
      x0 = low
      x1 = high
      xa = x0 + golden*(x1 - x0)
      xb = x1 - golden*(x1 - x0)
      fa = sought(o, p, what, xa)
      fb = sought(o, p, what, xb)
      do i = 1, 40                               ! an extremum is known to half the digits
         if ((fa < fb) .neqv. highest) then
            x1 = xb
            xb = xa
            fb = fa
            xa = x0 + golden*(x1 - x0)
            fa = sought(o, p, what, xa)
         else
            x0 = xa
            xa = xb
            fa = fb
            xb = x1 - golden*(x1 - x0)
            fb = sought(o, p, what, xb)
         end if
      end do
      extremum = 0.5_dp*(x0 + x1)
   end function extremum

   !> Value of what is sought at tau after the start of the step.
   pure real(dp) function sought(o, p, what, tau)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      integer, intent(in) :: what
      real(dp), intent(in) :: tau
      real(dp) :: y(n_state)
      y = state_at(p, tau)
      select case (what)
      case (seek_distance); sought = dot_product(y(1:3), y(1:3))
      case (seek_apsis); sought = dot_product(y(1:3), y(4:6))
      case (seek_level); sought = osculating_e2(o, y(1:3), y(4:6))
      case (seek_radius); sought = y(7)
      case default; sought = dot_product(y(1:3), gas_axis(o, p%t + tau))
      end select
   end function sought
end module arc_search
