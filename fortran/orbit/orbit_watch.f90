! SPDX-License-Identifier: BSD-3-Clause
!> What happens during a step: impact, pericentre, escape, e-levels, passages of the equator.
!!
!! All lanes are looked at together, from the state and its derivative at both ends of the step;
!! where something may have happened, the lane is searched on its own on the series of the step, so
!! that events are located to round-off whatever the step.
module orbit_watch
   use kinds, only: dp
   use arc, only: arc_t, n_state, position_and_velocity, state_at
   use atmosphere, only: gas_axis
   use elements, only: eccentricity2, inertial_velocity
   use lanes, only: block_t, cubed, n_lane, n_rest
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: ends_t, between_t, start_of_step, end_of_step, look_along, find_events, first_guess, &
             pericentre, crossing, extremum, sought, osculating_e2, element_turn

   integer, parameter, public :: n_level = 4
   !> Squares of the eccentricities whose passages are timed: 0.99, exp(-1/2), exp(-1), exp(-2).
   real(dp), parameter, public :: level(n_level) = [0.9801_dp, exp(-1.0_dp), exp(-2.0_dp), &
                                                    exp(-4.0_dp)]
   !> The same as q = e^2/(1 + e^2): far away e goes up to hundreds, and q is 1.
   real(dp), parameter, public :: level_q(n_level) = level/(1.0_dp + level)

   ! What `crossing` looks for.
   integer, parameter, public :: seek_distance = 1   !< r^2 [AU2]
   integer, parameter, public :: seek_level = 2      !< e^2 [1]
   integer, parameter, public :: seek_height = 3     !< height above the gas's equator [AU]
   integer, parameter, public :: seek_radius = 4     !< radius of the body over its first one [1]
   integer, parameter, public :: seek_apsis = 5      !< r v [AU2 yr-1]

   real(dp), parameter, public :: far = 2.0_dp       !< escape is beyond this many r_Hill [1]

   !> What happens between the ends of a step is told by a cubic, to this share of its slopes.
   real(dp), parameter :: nearly = 0.03_dp

   !> A step as seen from one of its ends, per lane.
   type :: ends_t
      real(dp), dimension(n_lane) :: x, y, z, u, v, w   !< [AU], [AU yr-1]
      real(dp), dimension(n_lane) :: r2, rv, drv        !< r^2 [AU2], r v [AU2 yr-1] and its rate
      real(dp), dimension(n_lane) :: e2, de2            !< e^2 [1] and its rate [yr-1]
      real(dp), dimension(n_lane, 6) :: lost            !< at the end, of x ... w by rounding
   end type ends_t

   !> What may happen during a step, per lane.
   type :: between_t
      real(dp), dimension(n_lane) :: q_low, q_high         !< range of e^2/(1 + e^2) by a cubic [1]
      real(dp), dimension(n_lane) :: rate_low, rate_high   !< range of r'/r by a cubic [yr-1]
      real(dp), dimension(n_lane) :: tip     !< what r^2 cannot pass on its way to an apsis [AU2]
      real(dp), dimension(n_lane) :: near    !< e-levels in their range
      real(dp), dimension(n_lane) :: clear   !< how far from all else that must be looked at closely
      real(dp), dimension(n_lane) :: turn    !< passages of longitude 0 on a short way, +-1
      real(dp), dimension(n_lane) :: short   !< > 0 where the way is
   end type between_t

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
      call derive(o, a, b%u(:, 1), b%v(:, 1), b%w(:, 1))
   end subroutine start_of_step

   !> The step's end at h, from the series.
   pure subroutine end_of_step(o, b, h, a)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      real(dp), intent(in) :: h(n_lane)   !< [yr]
      type(ends_t), intent(out) :: a
      real(dp), dimension(n_lane) :: au, av, aw, x, y, z, u, v, w, over
      integer :: k, l
      over = b%known*h/(1.0_dp - h*(b%near_a - h*b%near_b))**cubed
      x = b%x(:, b%degree) - over*rest_at(b%rest(:, :, 1), h)
      y = b%y(:, b%degree) - over*rest_at(b%rest(:, :, 2), h)
      z = 0.0_dp
      u = b%u(:, b%degree) - over*rest_at(b%rest(:, :, 4), h)
      v = b%v(:, b%degree) - over*rest_at(b%rest(:, :, 5), h)
      w = 0.0_dp
      au = 0.0_dp
      av = 0.0_dp
      aw = 0.0_dp
      do k = b%degree - 1, 1, -1
         !$omp simd
         do l = 1, n_lane
            au(l) = au(l)*h(l) + u(l)
            av(l) = av(l)*h(l) + v(l)
            x(l) = x(l)*h(l) + b%x(l, k)
            y(l) = y(l)*h(l) + b%y(l, k)
            u(l) = u(l)*h(l) + b%u(l, k)
            v(l) = v(l)*h(l) + b%v(l, k)
         end do
      end do
      if (.not. b%planar) then
         z = b%z(:, b%degree) - over*rest_at(b%rest(:, :, 3), h)
         w = b%w(:, b%degree) - over*rest_at(b%rest(:, :, 6), h)
         do k = b%degree - 1, 1, -1
            !$omp simd
            do l = 1, n_lane
               aw(l) = aw(l)*h(l) + w(l)
               z(l) = z(l)*h(l) + b%z(l, k)
               w(l) = w(l)*h(l) + b%w(l, k)
            end do
         end do
         aw = aw*h + w
      end if
      au = au*h + u
      av = av*h + v
      call add_change(b%x(:, 0), h*x, b%lost(:, 1), a%x, a%lost(:, 1))
      call add_change(b%y(:, 0), h*y, b%lost(:, 2), a%y, a%lost(:, 2))
      call add_change(b%z(:, 0), h*z, b%lost(:, 3), a%z, a%lost(:, 3))
      call add_change(b%u(:, 0), h*u, b%lost(:, 4), a%u, a%lost(:, 4))
      call add_change(b%v(:, 0), h*v, b%lost(:, 5), a%v, a%lost(:, 5))
      call add_change(b%w(:, 0), h*w, b%lost(:, 6), a%w, a%lost(:, 6))
      call derive(o, a, au, av, aw)
   end subroutine end_of_step

   !> What a change makes of its start, and what is lost by rounding it (Knuth 1969, section 4.2.2),
   !! with what was lost before.
   pure subroutine add_change(start, change, lost_before, end, lost)
      real(dp), dimension(n_lane), intent(in) :: start, change, lost_before
      real(dp), dimension(n_lane), intent(out) :: end, lost
      real(dp) :: c, back
      integer :: l
      !$omp simd private(c, back)
      do l = 1, n_lane
         c = change(l) + lost_before(l)
         end(l) = start(l) + c
         back = end(l) - start(l)
         lost(l) = (start(l) - (end(l) - back)) + (c - back)
      end do
   end subroutine add_change

   !> q times a series beyond its degree n, over h^(n + 1).
   pure function rest_at(rest, h) result(total)
      real(dp), intent(in) :: rest(n_lane, n_rest), h(n_lane)
      real(dp) :: total(n_lane)
      integer :: k
      total = rest(:, n_rest)
      do k = n_rest - 1, 1, -1
         total = total*h + rest(:, k)
      end do
   end function rest_at

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

   !> What may happen during a step, from both of its ends.
   pure subroutine find_events(o, a, z, h, m)
      type(orbit_t), intent(in) :: o
      type(ends_t), intent(in) :: a, z          !< both ends of the step
      real(dp), intent(in) :: h(n_lane)         !< length of the step [yr]
      type(between_t), intent(out) :: m
      real(dp), dimension(n_lane) :: f0, f1, slope0, slope1
      real(dp) :: apsis, impact, escape, outside, edge2
      integer :: k, l
      edge2 = (far*o%r_hill)**2
      !$omp simd
      do l = 1, n_lane
         f0(l) = a%e2(l)/(1.0_dp + a%e2(l))
         f1(l) = z%e2(l)/(1.0_dp + z%e2(l))
         slope0(l) = a%de2(l)/(1.0_dp + a%e2(l))**2
         slope1(l) = z%de2(l)/(1.0_dp + z%e2(l))**2
      end do
      call find_range(f0, f1, slope0, slope1, h, m%q_low, m%q_high)
      !$omp simd
      do l = 1, n_lane
         f0(l) = a%rv(l)/a%r2(l)
         f1(l) = z%rv(l)/z%r2(l)
         slope0(l) = a%drv(l)/a%r2(l) - 2.0_dp*f0(l)**2
         slope1(l) = z%drv(l)/z%r2(l) - 2.0_dp*f1(l)**2
      end do
      call find_range(f0, f1, slope0, slope1, h, m%rate_low, m%rate_high)
      call bound_apsis(a, z, h, m%tip)
      !$omp simd private(apsis, impact, escape, outside)
      do l = 1, n_lane
         m%near(l) = 0.0_dp
         do k = 1, n_level
            m%near(l) = m%near(l) + merge(1.0_dp, 0.0_dp, m%q_low(l) <= level_q(k) .and. &
                                                          level_q(k) <= m%q_high(l))
         end do
         ! an apocentre within the edge, or on a way outside of it, has no news
         outside = min(a%r2(l), z%r2(l)) - edge2
         apsis = max(m%rate_low(l), -m%rate_high(l), &
                     min(a%rv(l), -z%rv(l), max(edge2 - m%tip(l), outside)))
         impact = z%r2(l) - o%radius**2
         escape = max(a%r2(l) - edge2, edge2 - z%r2(l))
         m%clear(l) = min(apsis, impact, escape)
      end do
      call find_turns(a, z, h, m%turn, m%short)
   end subroutine find_events

   !> Passages of longitude 0 where the way is short.
   !!
   !! A way that leaves the origin on the other side than the straight line does is longer than from
   !! its start to the origin and on to its end. Any other passes longitude 0 as the line does.
   pure subroutine find_turns(a, z, h, turn, short)
      type(ends_t), intent(in) :: a, z                      !< both ends of the step
      real(dp), intent(in) :: h(n_lane)                     !< length of the step [yr]
      real(dp), intent(out) :: turn(n_lane), short(n_lane)
      real(dp), parameter :: faster = 1.5_dp                ! than at the ends it never is
      real(dp) :: rho0, rho1, way, up, cross
      integer :: l
      !$omp simd private(rho0, rho1, way, up, cross)
      do l = 1, n_lane
         rho0 = a%x(l)**2 + a%y(l)**2
         rho1 = z%x(l)**2 + z%y(l)**2
         way = (faster*h(l))**2*max(a%u(l)**2 + a%v(l)**2, z%u(l)**2 + z%v(l)**2)
         short(l) = rho0 + rho1 + 2.0_dp*min(rho0, rho1) - way
         up = merge(1.0_dp, 0.0_dp, z%y(l) >= 0.0_dp) - merge(1.0_dp, 0.0_dp, a%y(l) >= 0.0_dp)
         ! the line passes y = 0 at x = cross/(y1 - y0)
         cross = a%x(l)*z%y(l) - a%y(l)*z%x(l)
         turn(l) = merge(up, 0.0_dp, up*cross > 0.0_dp)
      end do
   end subroutine find_turns

   !> Least and greatest value, or a little beyond, of the cubics with given ends and slopes.
   pure subroutine find_range(f0, f1, slope0, slope1, h, low, high)
      real(dp), dimension(n_lane), intent(in) :: f0, f1           !< at both ends
      real(dp), dimension(n_lane), intent(in) :: slope0, slope1   !< there [yr-1]
      real(dp), dimension(n_lane), intent(in) :: h                !< length of the step [yr]
      real(dp), dimension(n_lane), intent(out) :: low, high
      real(dp) :: d0, d1, c2, c3, q, xa, xb, fa, fb, fm, margin
      integer :: l
      !$omp simd private(d0, d1, c2, c3, q, xa, xb, fa, fb, fm, margin)
      do l = 1, n_lane
         ! f0 + d0 x + c2 x^2 + c3 x^3; its slope is 0 at q/(3 c3) and d0/q, which is a root without
         ! cancellation. Where it is 0 nowhere, any x from 0 to 1 will do.
         d0 = h(l)*slope0(l)
         d1 = h(l)*slope1(l)
         c2 = 3.0_dp*(f1(l) - f0(l)) - 2.0_dp*d0 - d1
         c3 = d0 + d1 - 2.0_dp*(f1(l) - f0(l))
         q = -(c2 + sign(sqrt(max(c2**2 - 3.0_dp*d0*c3, 0.0_dp)), c2))
         xa = min(max(q/sign(max(3.0_dp*abs(c3), tiny(c3)), c3), 0.0_dp), 1.0_dp)
         xb = min(max(d0/sign(max(abs(q), tiny(q)), q), 0.0_dp), 1.0_dp)
         fa = f0(l) + xa*(d0 + xa*(c2 + xa*c3))
         fb = f0(l) + xb*(d0 + xb*(c2 + xb*c3))
         fm = f0(l) + 0.125_dp*(4.0_dp*d0 + 2.0_dp*c2 + c3)
         margin = nearly*(abs(d0) + abs(d1))
         xa = margin*(4.0_dp*xa*(1.0_dp - xa))**2
         xb = margin*(4.0_dp*xb*(1.0_dp - xb))**2
         low(l) = min(f0(l), f1(l), fa - xa, fb - xb, fm - margin)
         high(l) = max(f0(l), f1(l), fa + xa, fb + xb, fm + margin)
      end do
   end subroutine find_range

   !> What r^2 cannot pass on the way to an apsis and from it.
   !!
   !! A curve that bends one way stays on one side of its tangents: no farther than where those at
   !! both ends meet. One that bends both ways may come down to 0, or go up as at the start.
   pure subroutine bound_apsis(a, z, h, tip)
      type(ends_t), intent(in) :: a, z       !< both ends of the step
      real(dp), intent(in) :: h(n_lane)      !< length of the step [yr]
      real(dp), intent(out) :: tip(n_lane)   !< [AU2]
      real(dp) :: t, change, bend, any_way
      integer :: l
      !$omp simd private(t, change, bend, any_way)
      do l = 1, n_lane
         change = 2.0_dp*(z%rv(l) - a%rv(l))
         t = (a%r2(l) - z%r2(l) + 2.0_dp*z%rv(l)*h(l))/sign(max(abs(change), tiny(t)), change)
         tip(l) = a%r2(l) + 2.0_dp*a%rv(l)*min(max(t, 0.0_dp), h(l))
         bend = merge(min(a%drv(l), z%drv(l)), -max(a%drv(l), z%drv(l)), a%rv(l) < 0.0_dp)
         any_way = merge(0.0_dp, a%r2(l) + 2.0_dp*a%rv(l)*h(l), a%rv(l) < 0.0_dp)
         tip(l) = merge(tip(l), any_way, bend > 0.0_dp)
      end do
   end subroutine bound_apsis

   !> r v and e^2 at n_lane times in a step, one per lane of a vector.
   pure subroutine look_along(o, p, t, rv, e2)
      type(orbit_t), intent(in) :: o
      type(arc_t), intent(in) :: p
      real(dp), intent(in) :: t(n_lane)                    !< since the start of the step [yr]
      real(dp), intent(out) :: rv(n_lane), e2(n_lane)      !< [AU2 yr-1], [1]
      type(ends_t) :: a
      real(dp), dimension(n_lane) :: over, t2, s, odd
      real(dp), parameter :: none(n_lane) = 0.0_dp
      real(dp) :: y(n_lane, 6)
      integer :: i, j, k, n
      n = p%degree
      t2 = t**2
      over = p%known*t/(1.0_dp - t*(p%near_a - t*p%near_b))**cubed
      y = 0.0_dp
      do j = 1, 6
         if (p%planar .and. (j == 3 .or. j == 6)) cycle
         s = 0.0_dp
         do k = n_rest, 1, -1
            s = s*t + p%rest(j, k)
         end do
         s = p%c(j, n) - over*s
         odd = p%c(j, n - 1)
         do k = n - 2, 1, -2                    ! even and odd powers side by side
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
      if (fa*fb >= 0.0_dp) return
      noise = 4.0_dp*epsilon(f)*max(abs(target), abs(fa), abs(fb))
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
