! SPDX-License-Identifier: BSD-3-Clause
!> Leapfrog with fixed step for gravity and Hill's terms, Runge-Kutta of order 4 for the drag.
!!
!! Section 5.3 of the capture thesis: positions by eq. 5.26, velocities by eq. 5.27, solved for the
!! velocity at the end because the Coriolis term depends on it. `leapfrog` has the right closed
!! form; `printed` has eqs. 5.28 and 5.29 as they stand there, which do not solve Hill's equations
!! (they are not even dimensionally right, so that they need AU and years).
module leapfrog
   use kinds, only: dp
   use forces, only: set_acceleration
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t, printed_method
   implicit none
   private
   public :: leapfrog_step

   !> Velocity, acceleration and the share of the drag in it.
   type :: motion_t
      real(dp), dimension(n_lane, 3) :: v, a, drag
   end type motion_t

contains

   !> One step of every lane; the block holds the cubics through both ends.
   pure subroutine leapfrog_step(o, b, h)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: h(n_lane)           !< step [yr]
      real(dp), dimension(n_lane, 3) :: r0, v0, r1, v1, mean, g0, g1, a1
      type(motion_t) :: start, at_end
      integer :: k
      r0 = reshape([b%x(:, 0), b%y(:, 0), b%z(:, 0)], [n_lane, 3])
      v0 = reshape([b%u(:, 0), b%v(:, 0), b%w(:, 0)], [n_lane, 3])
      call evaluate(o, b, r0, v0, start)
      call mean_drag(o, b, h, r0, v0, start, mean)
      do k = 1, 3
         r1(:, k) = r0(:, k) + h*v0(:, k) + 0.5_dp*h**2*start%a(:, k)
      end do
      g0 = attraction(o, r0)
      g1 = attraction(o, r1)
      if (o%method == printed_method) then
         call printed_velocity(o%omega, h, r0, v0, r1, g0, g1, mean, v1)
      else
         call right_velocity(o%omega, h, r0, v0, r1, g0, g1, mean, v1)
      end if
      call evaluate(o, b, r1, v1, at_end)
      a1 = at_end%a
      call put_cubic(b%x, r0(:, 1), v0(:, 1), r1(:, 1), v1(:, 1), h)
      call put_cubic(b%y, r0(:, 2), v0(:, 2), r1(:, 2), v1(:, 2), h)
      call put_cubic(b%z, r0(:, 3), v0(:, 3), r1(:, 3), v1(:, 3), h)
      call put_cubic(b%u, v0(:, 1), start%a(:, 1), v1(:, 1), a1(:, 1), h)
      call put_cubic(b%v, v0(:, 2), start%a(:, 2), v1(:, 2), a1(:, 2), h)
      call put_cubic(b%w, v0(:, 3), start%a(:, 3), v1(:, 3), a1(:, 3), h)
      b%degree = 3
   end subroutine leapfrog_step

   !> Acceleration at a state, and the drag in it.
   pure subroutine evaluate(o, b, r, v, m)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: r(n_lane, 3), v(n_lane, 3)
      type(motion_t), intent(out) :: m
      b%x(:, 0) = r(:, 1); b%y(:, 0) = r(:, 2); b%z(:, 0) = r(:, 3)
      b%u(:, 0) = v(:, 1); b%v(:, 0) = v(:, 2); b%w(:, 0) = v(:, 3)
      call set_acceleration(o, b, 0)
      m%v = v
      m%a = reshape([b%ax, b%ay, b%az], [n_lane, 3])
      m%drag = 0.0_dp
      if (b%gas) then
         m%drag(:, 1) = -b%d(:, 0)*b%gu(:, 0)
         m%drag(:, 2) = -b%d(:, 0)*b%gv(:, 0)
         m%drag(:, 3) = -b%d(:, 0)*b%gw(:, 0)
      end if
   end subroutine evaluate

   !> Mean drag over the step: the drag's part of a Runge-Kutta step of all forces.
   !!
   !! With the drag alone in the stages the whole would be of first order.
   pure subroutine mean_drag(o, b, h, r, v, first, mean)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: h(n_lane), r(n_lane, 3), v(n_lane, 3)
      type(motion_t), intent(in) :: first
      real(dp), intent(out) :: mean(n_lane, 3)
      type(motion_t) :: m
      real(dp) :: share(n_lane, 3)
      real(dp), parameter :: place(3) = [0.5_dp, 0.5_dp, 1.0_dp]
      real(dp), parameter :: weight(3) = [2.0_dp, 2.0_dp, 1.0_dp]
      integer :: i
      mean = first%drag
      m = first
      do i = 1, 3
         share = spread(place(i)*h, 2, 3)
         call evaluate(o, b, r + share*m%v, v + share*m%a, m)
         mean = mean + weight(i)*m%drag
      end do
      mean = mean/6.0_dp
   end subroutine mean_drag

   !> Attraction of the planet.
   pure function attraction(o, r) result(g)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: r(n_lane, 3)
      real(dp) :: g(n_lane, 3), cube(n_lane)
      cube = sqrt(r(:, 1)**2 + r(:, 2)**2 + r(:, 3)**2)**3
      g = -o%gm*r/spread(cube, 2, 3)
   end function attraction

   !> Eq. 5.27 solved for the velocity at the end.
   pure subroutine right_velocity(w, h, r0, v0, r1, g0, g1, drag, v1)
      real(dp), intent(in) :: w, h(n_lane)
      real(dp), dimension(n_lane, 3), intent(in) :: r0, v0, r1, g0, g1, drag
      real(dp), intent(out) :: v1(n_lane, 3)
      real(dp) :: d(n_lane)
      d = 2.0_dp*h**2*w**2 + 2.0_dp
      v1(:, 1) = (3.0_dp*h*w**2*(r1(:, 1) + r0(:, 1)) + h**2*w*(g1(:, 2) + g0(:, 2) &
                  + 2.0_dp*drag(:, 2)) + h*(g1(:, 1) + g0(:, 1) + 2.0_dp*drag(:, 1)) &
                  + 4.0_dp*h*w*v0(:, 2) + (2.0_dp - 2.0_dp*h**2*w**2)*v0(:, 1))/d
      v1(:, 2) = (-3.0_dp*h**2*w**3*(r1(:, 1) + r0(:, 1)) + h*(g1(:, 2) + g0(:, 2) &
                  + 2.0_dp*drag(:, 2)) - h**2*w*(g1(:, 1) + g0(:, 1) + 2.0_dp*drag(:, 1)) &
                  + (2.0_dp - 2.0_dp*h**2*w**2)*v0(:, 2) - 4.0_dp*h*w*v0(:, 1))/d
      v1(:, 3) = v0(:, 3) + h*(0.5_dp*(g0(:, 3) + g1(:, 3)) - 0.5_dp*w**2*(r0(:, 3) + r1(:, 3)) &
                               + drag(:, 3))
   end subroutine right_velocity

   !> Eqs. 5.28 and 5.29 of the thesis as printed, numbers in AU and years.
   pure subroutine printed_velocity(w, h, r0, v0, r1, g0, g1, drag, v1)
      real(dp), intent(in) :: w, h(n_lane)
      real(dp), dimension(n_lane, 3), intent(in) :: r0, v0, r1, g0, g1, drag
      real(dp), intent(out) :: v1(n_lane, 3)
      real(dp) :: d(n_lane)
      d = 2.0_dp*h**2*w**3 + 2.0_dp
      v1(:, 1) = (3.0_dp*h*w**2*r1(:, 1) + h**2*w*(g1(:, 2) + g0(:, 2) + 2.0_dp*drag(:, 2)) &
                  + h*g1(:, 1) + 3.0_dp*h*w**2*r0(:, 1) + 4.0_dp*h*w*v0(:, 2) &
                  + (2.0_dp - 2.0_dp*h**2*w**2)*v0(:, 1) + h*g0(:, 1) + 2.0_dp*h*drag(:, 1))/d
      v1(:, 2) = -(3.0_dp*h**2*w**4*r1(:, 1) + h*(-g1(:, 2) - g0(:, 2) - 2.0_dp*drag(:, 2)) &
                   + h**2*w**2*g1(:, 1) + 3.0_dp*h**2*w**4*r0(:, 1) &
                   + (2.0_dp*h**2*w**3 - 2.0_dp)*v0(:, 2) &
                   + (2.0_dp*h*w**2 + 2.0_dp*h*w)*v0(:, 1) &
                   + (h**2*g0(:, 1) + 2.0_dp*h**2*drag(:, 1))*w**2)/d
      v1(:, 3) = 0.0_dp
   end subroutine printed_velocity

   !> Cubic with given values and slopes at both ends, as a series.
   pure subroutine put_cubic(c, y0, s0, y1, s1, h)
      real(dp), intent(inout) :: c(n_lane, 0:*)
      real(dp), dimension(n_lane), intent(in) :: y0, s0, y1, s1, h
      c(:, 0) = y0
      c(:, 1) = s0
      c(:, 2) = (3.0_dp*(y1 - y0)/h - 2.0_dp*s0 - s1)/h
      c(:, 3) = (s0 + s1 - 2.0_dp*(y1 - y0)/h)/h**2
   end subroutine put_cubic
end module leapfrog
