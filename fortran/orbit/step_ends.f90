! SPDX-License-Identifier: BSD-3-Clause
!> Both ends of a step, of all lanes together: state, distance, eccentricity and their rates.
module step_ends
   use kinds, only: dp
   use lanes, only: block_t, cubed, n_lane, n_rest
   use orbit_model, only: orbit_t
   use osculating, only: element_turn
   implicit none
   private
   public :: ends_t, start_of_step, end_of_step, derive

   !> A step as seen from one of its ends, per lane.
   type :: ends_t
      real(dp), dimension(n_lane) :: x, y, z, u, v, w   !< [AU], [AU yr-1]
      real(dp), dimension(n_lane) :: r2, rv, drv        !< r^2 [AU2], r v [AU2 yr-1] and its rate
      real(dp), dimension(n_lane) :: e2, de2            !< e^2 [1] and its rate [yr-1]
      real(dp), dimension(n_lane, 6) :: lost            !< at the end, of x ... w by rounding
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
      call derive(o, a, b%u(:, 1), b%v(:, 1), b%w(:, 1))
      ! at an apsis: in which direction it goes on
      a%rv = merge(sign(tiny(a%rv), a%drv), a%rv, abs(a%rv) < tiny(a%rv))
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
end module step_ends
