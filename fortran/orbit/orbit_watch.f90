! SPDX-License-Identifier: BSD-3-Clause
!> What happens during a step: impact, pericentre, escape, e-levels, passages of the equator.
!!
!! All lanes are looked at together, from the state and its derivative at both ends of the step;
!! where something may have happened, the lane is searched on its own on the series of the step, so
!! that events are located to round-off whatever the step.
module orbit_watch
   use kinds, only: dp
   use atmosphere, only: gas_axis
   use elements, only: eccentricity2, inertial_velocity
   use lanes, only: block_t, n_lane, position_and_velocity
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: ends_t, start_of_step, end_of_step, look_along, find_events, comes_back, pericentre, &
             crossing, extremum, sought, osculating_e2, element_turn

   integer, parameter, public :: n_level = 4
   !> Squares of the eccentricities whose passages are timed: 0.99, exp(-1/2), exp(-1), exp(-2).
   real(dp), parameter, public :: level(n_level) = [0.9801_dp, exp(-1.0_dp), exp(-2.0_dp), &
                                                    exp(-4.0_dp)]

   ! What `crossing` looks for.
   integer, parameter, public :: seek_distance = 1   !< r^2 [AU2]
   integer, parameter, public :: seek_level = 2      !< e^2 [1]
   integer, parameter, public :: seek_height = 3     !< height above the gas's equator [AU]
   integer, parameter, public :: seek_radius = 4     !< radius of the body over its first one [1]
   integer, parameter, public :: seek_apsis = 5      !< r v [AU2 yr-1]

   real(dp), parameter, public :: far = 2.0_dp       !< escape is beyond this many r_Hill [1]

   !> A cubic goes 4/27 of (|slope| + |slope|) h beyond its ends at most, others a little further.
   real(dp), parameter :: overshoot = 0.2_dp

   !> A step as seen from one of its ends, per lane.
   type :: ends_t
      real(dp), dimension(n_lane) :: x, y, z, u, v, w   !< [AU], [AU yr-1]
      real(dp), dimension(n_lane) :: r2, rv, drv        !< r^2 [AU2], r v [AU2 yr-1] and its rate
      real(dp), dimension(n_lane) :: e2, de2            !< e^2 [1] and its rate [yr-1]
      real(dp), dimension(n_lane) :: s      !< speed in the gas by its series (Taylor) [AU yr-1]
   end type ends_t

contains

   !> The step's beginning, from coefficients 0 and 1 of the series.
   pure subroutine start_of_step(o, b, a)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      type(ends_t), intent(out) :: a
      a%x = b%x(:, 0)
      a%y = b%y(:, 0)
      a%z = b%z(:, 0)
      a%u = b%u(:, 0)
      a%v = b%v(:, 0)
      a%w = b%w(:, 0)
      a%s = b%s(:, 0)
      call derive(o, a, b%u(:, 1), b%v(:, 1), b%w(:, 1))
   end subroutine start_of_step

   !> The step's end at h, from the series.
   pure subroutine end_of_step(o, b, h, a)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      real(dp), intent(in) :: h(n_lane)   !< [yr]
      type(ends_t), intent(out) :: a
      real(dp), dimension(n_lane) :: au, av, aw, x, y, z, u, v, w, s
      integer :: k, l
      x = b%x(:, b%degree)
      y = b%y(:, b%degree)
      z = b%z(:, b%degree)
      u = b%u(:, b%degree)
      v = b%v(:, b%degree)
      w = b%w(:, b%degree)
      au = 0.0_dp
      av = 0.0_dp
      aw = 0.0_dp
      s = 0.0_dp
      do k = b%degree - 1, 0, -1
         !$omp simd
         do l = 1, n_lane
            au(l) = au(l)*h(l) + u(l)
            av(l) = av(l)*h(l) + v(l)
            x(l) = x(l)*h(l) + b%x(l, k)
            y(l) = y(l)*h(l) + b%y(l, k)
            u(l) = u(l)*h(l) + b%u(l, k)
            v(l) = v(l)*h(l) + b%v(l, k)
            s(l) = s(l)*h(l) + b%s(l, k)
         end do
      end do
      if (.not. b%planar) then
         do k = b%degree - 1, 0, -1
            !$omp simd
            do l = 1, n_lane
               aw(l) = aw(l)*h(l) + w(l)
               z(l) = z(l)*h(l) + b%z(l, k)
               w(l) = w(l)*h(l) + b%w(l, k)
            end do
         end do
      end if
      a%x = x
      a%y = y
      a%z = z
      a%u = u
      a%v = v
      a%w = w
      a%s = s
      call derive(o, a, au, av, aw)
   end subroutine end_of_step

   !> r^2, r v, e^2 and d(e^2)/dt from the state and the acceleration.
   pure subroutine derive(o, a, au, av, aw)
      type(orbit_t), intent(in) :: o
      type(ends_t), intent(inout) :: a
      real(dp), dimension(n_lane), intent(in) :: au, av, aw   !< [AU yr-2]
      real(dp) :: turn, u, v, bu, bv, v2, va, one_r, over, ex, ey, ez, dex, dey, dez, s, p, q
      integer :: l
      turn = element_turn(o)
      over = 1.0_dp/o%gm_planet
      !$omp simd
      do l = 1, n_lane
         a%r2(l) = a%x(l)**2 + a%y(l)**2 + a%z(l)**2
         a%rv(l) = a%x(l)*a%u(l) + a%y(l)*a%v(l) + a%z(l)*a%w(l)
         a%drv(l) = a%u(l)**2 + a%v(l)**2 + a%w(l)**2 &
                    + a%x(l)*au(l) + a%y(l)*av(l) + a%z(l)*aw(l)
         ! velocity of the elements, in components along the turning axes, and the rate of those
         u = a%u(l) - turn*a%y(l)
         v = a%v(l) + turn*a%x(l)
         bu = au(l) - turn*a%v(l)
         bv = av(l) + turn*a%u(l)
         v2 = u**2 + v**2 + a%w(l)**2
         va = u*bu + v*bv + a%w(l)*aw(l)
         one_r = 1.0_dp/sqrt(a%r2(l))
         ! e = ((v^2 - GM/r) r - (r v) v)/GM, and the rate of its components: r' is the velocity in
         ! the frame, r v the same with either velocity, d(v^2 - GM/r)/dt = 2 v a + GM (r v)/r^3
         s = v2*over - one_r
         ex = s*a%x(l) - over*a%rv(l)*u
         ey = s*a%y(l) - over*a%rv(l)*v
         ez = s*a%z(l) - over*a%rv(l)*a%w(l)
         p = 2.0_dp*over*va + a%rv(l)*one_r**3
         q = over*a%drv(l)
         dex = p*a%x(l) + s*a%u(l) - q*u - over*a%rv(l)*bu
         dey = p*a%y(l) + s*a%v(l) - q*v - over*a%rv(l)*bv
         dez = p*a%z(l) + (s - q)*a%w(l) - over*a%rv(l)*aw(l)
         a%e2(l) = ex**2 + ey**2 + ez**2
         a%de2(l) = 2.0_dp*(ex*dex + ey*dey + ez*dez)
      end do
   end subroutine derive

   !> What may happen during the step: the number of e-levels that lie in its range, or hardly
   !! beyond, and how far it is from all else that is to be looked at closely, <= 0 if it is not.
   pure subroutine find_events(o, a, z, h, near, clear)
      type(orbit_t), intent(in) :: o
      type(ends_t), intent(in) :: a, z          !< both ends of the step
      real(dp), intent(in) :: h(n_lane)         !< length of the step [yr]
      real(dp), intent(out) :: near(n_lane), clear(n_lane)
      real(dp) :: low, high, margin, apsis, turn, impact, escape, edge2
      integer :: k, l
      edge2 = (far*o%r_hill)**2
      !$omp simd private(low, high, margin, apsis, turn, impact, escape)
      do l = 1, n_lane
         margin = overshoot*h(l)*(abs(a%de2(l)) + abs(z%de2(l)))
         low = min(a%e2(l), z%e2(l)) - margin
         high = max(a%e2(l), z%e2(l)) + margin
         near(l) = 0.0_dp
         do k = 1, n_level
            near(l) = near(l) + merge(1.0_dp, 0.0_dp, low <= level(k) .and. level(k) <= high)
         end do
         apsis = min(a%rv(l)*z%rv(l), &
                     room(a%rv(l), z%rv(l), h(l)*(abs(a%drv(l)) + abs(z%drv(l)))))
         turn = min(a%y(l)*z%y(l), &      ! with y' of one sign it does not turn back
                    max(a%v(l)*z%v(l), room(a%y(l), z%y(l), h(l)*(abs(a%v(l)) + abs(z%v(l))))))
         impact = z%r2(l) - o%radius**2
         escape = max(a%r2(l) - edge2, edge2 - z%r2(l))
         clear(l) = min(apsis, turn, impact, escape)
      end do
   end subroutine find_events

   !> Positive if a function is so far from 0 at both ends of a step that `comes_back` is false.
   pure real(dp) function room(f0, f1, reach)
      real(dp), intent(in) :: f0, f1           !< at both ends
      real(dp), intent(in) :: reach            !< length of the step times the slopes there
      room = min(abs(f0), abs(f1)) - overshoot*reach
   end function room

   !> r v and e^2 in lane l at n_lane times in a step, one per lane of a vector.
   pure subroutine look_along(o, b, l, t, rv, e2)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: t(n_lane)                    !< since the start of the step [yr]
      real(dp), intent(out) :: rv(n_lane), e2(n_lane)      !< [AU2 yr-1], [1]
      type(ends_t) :: a
      real(dp), dimension(n_lane) :: x, y, z, u, v, w
      real(dp), parameter :: none(n_lane) = 0.0_dp
      integer :: k, i
      x = 0.0_dp; y = 0.0_dp; z = 0.0_dp; u = 0.0_dp; v = 0.0_dp; w = 0.0_dp
      do k = b%degree, 0, -1
         !$omp simd
         do i = 1, n_lane
            x(i) = x(i)*t(i) + b%x(l, k)
            y(i) = y(i)*t(i) + b%y(l, k)
            z(i) = z(i)*t(i) + b%z(l, k)
            u(i) = u(i)*t(i) + b%u(l, k)
            v(i) = v(i)*t(i) + b%v(l, k)
            w(i) = w(i)*t(i) + b%w(l, k)
         end do
      end do
      a%x = x; a%y = y; a%z = z; a%u = u; a%v = v; a%w = w
      call derive(o, a, none, none, none)
      rv = a%rv
      e2 = a%e2
   end subroutine look_along

   !> Whether a function that is on the same side of 0 at both ends of a step may have passed it and
   !! come back: the cubic with its values and slopes does, or nearly.
   pure logical function comes_back(f0, f1, slope0, slope1, h)
      real(dp), intent(in) :: f0, f1           !< at both ends
      real(dp), intent(in) :: slope0, slope1   !< [yr-1]
      real(dp), intent(in) :: h                !< length of the step [yr]
      real(dp), parameter :: nearly = 0.03_dp
      real(dp) :: c0, c1, c2, c3, reach, root, x
      comes_back = .false.
      reach = h*(abs(slope0) + abs(slope1))
      if (room(f0, f1, reach) > 0.0_dp) return
      ! cubic c0 + c1 x + c2 x^2 + c3 x^3 that is positive at the ends, and its minimum
      c0 = abs(f0)
      c1 = sign(h, f0)*slope0
      c2 = 3.0_dp*(abs(f1) - abs(f0)) - sign(h, f0)*(2.0_dp*slope0 + slope1)
      c3 = abs(f1) - c0 - c1 - c2
      root = c2**2 - 3.0_dp*c1*c3
      if (root <= 0.0_dp) return
      root = sqrt(root)
      ! root of the slope c1 + 2 c2 x + 3 c3 x^2 at which it rises, without cancellation
      if (c2 > 0.0_dp) then
         x = -c1/(c2 + root)
      else if (c3 > 0.0_dp) then
         x = (root - c2)/(3.0_dp*c3)
      else
         return
      end if
      if (x <= 0.0_dp .or. x >= 1.0_dp) return
      comes_back = c0 + x*(c1 + x*(c2 + x*c3)) < nearly*reach
   end function comes_back

   !> Time of the pericentre in the step of lane l, where r v passes 0 upward [yr].
   !!
   !! Newton's method with d(rv)/dt = v^2 - GM/r, all but exact near the planet.
   pure real(dp) function pericentre(o, b, l, h, rv0, rv1)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: h            !< length of the step [yr]
      real(dp), intent(in) :: rv0, rv1     !< r v at both ends [AU2 yr-1]
      real(dp) :: r(3), v(3), rv, slope, low, high
      integer :: i
      low = 0.0_dp
      high = h
      pericentre = h*rv0/(rv0 - rv1)
      do i = 1, 6
         call position_and_velocity(b, l, pericentre, r, v)
         rv = dot_product(r, v)
         if (rv < 0.0_dp) low = pericentre
         if (rv > 0.0_dp) high = pericentre
         slope = dot_product(v, v) - o%gm/sqrt(dot_product(r, r))
         if (.not. slope*h > abs(rv)) exit              ! on a circle it would be 0
         pericentre = pericentre - rv/slope
         if (.not. (pericentre > low .and. pericentre < high)) exit
         if (abs(rv) <= 1.0e-9_dp*h*slope) return
      end do
      pericentre = crossing(o, b, l, seek_apsis, 0.0_dp, low, high)
   end function pericentre

   !> Time at which what is sought passes `target`, which it does between low and high [yr].
   !!
   !! False position with the weights of Anderson & Bjorck (1973), to round-off.
   pure real(dp) function crossing(o, b, l, what, target, low, high)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l, what
      real(dp), intent(in) :: target, low, high
      real(dp) :: x0, x1, f0, f1, x, f, factor, change
      integer :: i
      x0 = low
      x1 = high
      f0 = sought(o, b, l, what, x0) - target
      f1 = sought(o, b, l, what, x1) - target
      crossing = merge(x0, x1, abs(f0) < abs(f1))
      if (f0*f1 >= 0.0_dp) return
      do i = 1, 100
         x = x1 - f1*(x1 - x0)/(f1 - f0)
         if (mod(i, 8) == 0) x = 0.5_dp*(x0 + x1)
         f = sought(o, b, l, what, x) - target
         if (f*f1 < 0.0_dp) then
            x0 = x1
            f0 = f1
         else
            factor = 1.0_dp - f/f1
            if (factor <= 0.0_dp) factor = 0.5_dp
            f0 = factor*f0
         end if
         change = abs(x - x1)
         x1 = x
         f1 = f
         if (f == 0.0_dp .or. min(change, abs(x1 - x0)) <= epsilon(high)*high) exit
      end do
      crossing = x1
   end function crossing

   !> Time of the extremum of what is sought between low and high, by golden section [yr].
   pure real(dp) function extremum(o, b, l, what, low, high, highest)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l, what
      real(dp), intent(in) :: low, high
      logical, intent(in) :: highest             !< a maximum, not a minimum
      real(dp), parameter :: golden = 0.381966011250105_dp
      real(dp) :: x0, x1, xa, xb, fa, fb
      integer :: i
      x0 = low
      x1 = high
      xa = x0 + golden*(x1 - x0)
      xb = x1 - golden*(x1 - x0)
      fa = sought(o, b, l, what, xa)
      fb = sought(o, b, l, what, xb)
      do i = 1, 40                               ! an extremum is known to half the digits
         if ((fa < fb) .neqv. highest) then
            x1 = xb
            xb = xa
            fb = fa
            xa = x0 + golden*(x1 - x0)
            fa = sought(o, b, l, what, xa)
         else
            x0 = xa
            xa = xb
            fa = fb
            xb = x1 - golden*(x1 - x0)
            fb = sought(o, b, l, what, xb)
         end if
      end do
      extremum = 0.5_dp*(x0 + x1)
   end function extremum

   !> Value of what is sought in lane l at tau after the start of the step.
   pure real(dp) function sought(o, b, l, what, tau)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l, what
      real(dp), intent(in) :: tau
      real(dp) :: r(3), v(3)
      integer :: k
      if (what == seek_radius) then
         sought = b%f(l, b%degree)
         do k = b%degree - 1, 0, -1
            sought = sought*tau + b%f(l, k)
         end do
         return
      end if
      call position_and_velocity(b, l, tau, r, v)
      select case (what)
      case (seek_distance); sought = dot_product(r, r)
      case (seek_apsis); sought = dot_product(r, v)
      case (seek_level); sought = osculating_e2(o, r, v)
      case default; sought = dot_product(r, gas_axis(o, b%t(l) + tau))
      end select
   end function sought

   !> e^2 in the frame of the run's elements.
   pure real(dp) function osculating_e2(o, r, v)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: r(3), v(3)
      osculating_e2 = eccentricity2(o%gm_planet, r, inertial_velocity(r, v, element_turn(o)))
   end function osculating_e2

   !> Rate at which the frame of the elements turns against that of the velocities [yr-1].
   pure real(dp) function element_turn(o)
      type(orbit_t), intent(in) :: o
      element_turn = merge(o%omega, 0.0_dp, o%inertial_elements)
   end function element_turn
end module orbit_watch
