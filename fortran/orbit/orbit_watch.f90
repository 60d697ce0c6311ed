! SPDX-License-Identifier: BSD-3-Clause
!> Whether anything happens during a step: impact, pericentre, escape, e-levels, a turn.
!!
!! All lanes are looked at together, from the state and its derivative at both ends of the step.
!! Where something may have happened, module step_events looks for it on the series of the step.
module orbit_watch
   use kinds, only: dp
   use lanes, only: n_lane
   use orbit_model, only: orbit_t
   use step_ends, only: ends_t
   implicit none
   private
   public :: between_t, find_events

   integer, parameter, public :: n_level = 4
   !> Squares of the eccentricities whose passages are timed: 0.99, exp(-1/2), exp(-1), exp(-2).
   real(dp), parameter, public :: level(n_level) = [0.9801_dp, exp(-1.0_dp), exp(-2.0_dp), &
                                                    exp(-4.0_dp)]
   !> Far away e goes up to hundreds: q = e^2/sqrt(1 + (e^2/most_e2)^2) is not more than this.
   real(dp), parameter :: most_e2 = 4.0_dp
   !> The levels as q.
   real(dp), parameter, public :: level_q(n_level) = level/sqrt(1.0_dp + (level/most_e2)**2)

   real(dp), parameter, public :: far = 2.0_dp       !< escape is beyond this many r_Hill [1]

   !> What happens between the ends of a step is told by a cubic, to this share of its slopes.
   real(dp), parameter :: nearly = 0.03_dp

   !> What may happen during a step, per lane.
   type :: between_t
      real(dp), dimension(n_lane) :: q_low, q_high         !< range of q by a cubic [1]
      real(dp), dimension(n_lane) :: rate_low, rate_high   !< range of r'/r by a cubic [yr-1]
      real(dp), dimension(n_lane) :: tip     !< what r^2 cannot pass on its way to an apsis [AU2]
      real(dp), dimension(n_lane) :: near    !< e-levels in their range
      real(dp), dimension(n_lane) :: clear   !< how far from all else that must be looked at closely
      real(dp), dimension(n_lane) :: turn    !< passages of longitude 0 on a short way, +-1
      real(dp), dimension(n_lane) :: short   !< > 0 where the way is
   end type between_t

contains

   !> What may happen during a step, from both of its ends.
   pure subroutine find_events(o, a, z, h, m)
      type(orbit_t), intent(in) :: o
      type(ends_t), intent(in) :: a, z          !< both ends of the step
      real(dp), intent(in) :: h(n_lane)         !< length of the step [yr]
      type(between_t), intent(out) :: m
      real(dp), dimension(n_lane) :: f0, f1, slope0, slope1
      real(dp) :: apsis, impact, escape, outside, edge2, over
      integer :: k, l
      edge2 = (far*o%r_hill)**2
      !$omp simd private(over)
      do l = 1, n_lane
         over = 1.0_dp/sqrt(1.0_dp + (a%e2(l)/most_e2)**2)
         f0(l) = a%e2(l)*over
         slope0(l) = a%de2(l)*over**3
         over = 1.0_dp/sqrt(1.0_dp + (z%e2(l)/most_e2)**2)
         f1(l) = z%e2(l)*over
         slope1(l) = z%de2(l)*over**3
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
end module orbit_watch
