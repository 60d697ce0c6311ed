! SPDX-License-Identifier: BSD-3-Clause
!> Runge-Kutta method of order 8 with dense output of order 7 (Hairer, Norsett & Wanner 1993).
module dop853
   use kinds, only: dp
   use constants, only: au
   use atmosphere, only: set_fading
   use dop853_tableau, only: matrix, node, error5, error3, dense1, dense2, dense3, dense4, &
                             n_stage, n_all
   use forces, only: set_acceleration
   use lanes, only: block_t, n_lane
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: dop853_step, dop853_first_step

   integer, parameter :: n_y = 7              !< x, y, z, u, v, w, radius of the body
   integer, parameter :: degree = 7           !< of the dense output
   real(dp), parameter :: safety = 0.9_dp, shrink = 1.0_dp/3.0_dp, grow = 6.0_dp

contains

   !> First step to try, a small share of the dynamical time [yr].
   pure real(dp) function dop853_first_step(o, start)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: start(:)        !< x, y, z [km], ...
      real(dp) :: r
      r = norm2(start(1:3))*1.0e3_dp/au
      dop853_first_step = 1.0e-2_dp*sqrt(r**3/o%gm_planet)
   end function dop853_first_step

   !> One step of every lane; the block holds its dense output as series where it was accepted.
   pure subroutine dop853_step(o, b, h, next, error, accepted)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: h(n_lane)           !< step [yr]
      real(dp), intent(inout) :: next(n_lane)     !< step to try next [yr]
      real(dp), intent(inout) :: error(n_lane)    !< error over the tolerance [1]
      logical, intent(out) :: accepted(n_lane)
      real(dp) :: y(n_lane, n_y), k(n_lane, n_y, n_all), stage(n_lane, n_y), t(n_lane)
      integer :: i
      t = b%t
      call get(b, y)
      do i = 1, n_all
         stage = y
         call add_stages(i, h, k, stage)
         b%t = t + merge(node(min(i, n_all)), 0.0_dp, i > 1)*h
         call rate(o, b, stage, k(:, :, i))
         if (i == n_stage + 1) call estimate(o, h, y, stage, k, error)
      end do
      b%t = t
      accepted = error <= 1.0_dp .or. o%dt > 0.0_dp
      next = h*min(grow, max(shrink, safety*max(error, 1.0e-30_dp)**(-0.125_dp)))
      call put_dense(b, h, y, k)
      call set_fading(o, b)
   end subroutine dop853_step

   !> stage = y + h sum_j matrix(i, j) k_j.
   pure subroutine add_stages(i, h, k, stage)
      integer, intent(in) :: i
      real(dp), intent(in) :: h(n_lane), k(n_lane, n_y, n_all)
      real(dp), intent(inout) :: stage(n_lane, n_y)
      real(dp) :: a
      integer :: j, m
      do j = 1, i - 1
         a = matrix(i, j)
         if (a == 0.0_dp) cycle
         do m = 1, n_y
            stage(:, m) = stage(:, m) + a*h*k(:, m, j)
         end do
      end do
   end subroutine add_stages

   !> Derivative of a state at the block's time.
   pure subroutine rate(o, b, y, f)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: y(n_lane, n_y)
      real(dp), intent(out) :: f(n_lane, n_y)
      b%x(:, 0) = y(:, 1); b%y(:, 0) = y(:, 2); b%z(:, 0) = y(:, 3)
      b%u(:, 0) = y(:, 4); b%v(:, 0) = y(:, 5); b%w(:, 0) = y(:, 6)
      b%f(:, 0) = y(:, 7)
      b%f(:, 1) = 0.0_dp
      call set_fading(o, b)
      call set_acceleration(o, b, 0)
      f(:, 1:3) = y(:, 4:6)
      f(:, 4) = b%ax
      f(:, 5) = b%ay
      f(:, 6) = b%az
      f(:, 7) = b%f(:, 1)
   end subroutine rate

   !> Error of the step over the tolerance, relative to the distance and the speed.
   pure subroutine estimate(o, h, y, y_new, k, error)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: h(n_lane), y(n_lane, n_y), y_new(n_lane, n_y), k(n_lane, n_y, n_all)
      real(dp), intent(out) :: error(n_lane)
      real(dp), dimension(n_lane) :: scale, e5, e3, fifth, third
      integer :: m, j, first
      fifth = 0.0_dp
      third = 0.0_dp
      do m = 1, 6
         first = merge(1, 4, m <= 3)
         scale = sqrt(max(sum(y(:, first:first + 2)**2, 2), sum(y_new(:, first:first + 2)**2, 2)))
         scale = o%rtol*max(scale, tiny(1.0_dp))
         e5 = 0.0_dp
         e3 = 0.0_dp
         do j = 1, n_stage + 1
            e5 = e5 + error5(j)*k(:, m, j)
            e3 = e3 + error3(j)*k(:, m, j)
         end do
         fifth = fifth + (e5/scale)**2
         third = third + (e3/scale)**2
      end do
      error = h*fifth/sqrt(max((fifth + 0.01_dp*third)*6.0_dp, tiny(1.0_dp)))
   end subroutine estimate

   !> Dense output as a series in the time since the start of the step.
   pure subroutine put_dense(b, h, y, k)
      type(block_t), intent(inout) :: b
      real(dp), intent(in) :: h(n_lane), y(n_lane, n_y), k(n_lane, n_y, n_all)
      real(dp) :: c(n_lane, 0:degree, n_y), row(n_lane, degree), p(n_lane, 0:degree), step(n_lane)
      integer :: m, j, i
      do m = 1, n_y
         row(:, 1) = 0.0_dp
         do j = 1, n_stage
            row(:, 1) = row(:, 1) + h*matrix(n_stage + 1, j)*k(:, m, j)
         end do
         row(:, 2) = h*k(:, m, 1) - row(:, 1)
         row(:, 3) = 2.0_dp*row(:, 1) - h*(k(:, m, n_stage + 1) + k(:, m, 1))
         row(:, 4:7) = 0.0_dp
         do j = 1, n_all
            row(:, 4) = row(:, 4) + dense1(j)*k(:, m, j)*h
            row(:, 5) = row(:, 5) + dense2(j)*k(:, m, j)*h
            row(:, 6) = row(:, 6) + dense3(j)*k(:, m, j)*h
            row(:, 7) = row(:, 7) + dense4(j)*k(:, m, j)*h
         end do
         ! x (r1 + (1 - x)(r2 + x (r3 + (1 - x)(r4 + x (r5 + (1 - x)(r6 + x r7)))))) in powers of x
         p = 0.0_dp
         do i = degree, 1, -1
            p(:, 0) = p(:, 0) + row(:, i)
            if (mod(i, 2) == 1) then
               p(:, 1:) = p(:, :degree - 1)
               p(:, 0) = 0.0_dp
            else
               p(:, 1:) = p(:, 1:) - p(:, :degree - 1)
            end if
         end do
         c(:, :, m) = p
         c(:, 0, m) = y(:, m)
      end do
      step = 1.0_dp
      do i = 0, degree
         b%x(:, i) = c(:, i, 1)/step
         b%y(:, i) = c(:, i, 2)/step
         b%z(:, i) = c(:, i, 3)/step
         b%u(:, i) = c(:, i, 4)/step
         b%v(:, i) = c(:, i, 5)/step
         b%w(:, i) = c(:, i, 6)/step
         b%f(:, i) = c(:, i, 7)/step
         step = step*h
      end do
      b%degree = degree
   end subroutine put_dense

   pure subroutine get(b, y)
      type(block_t), intent(in) :: b
      real(dp), intent(out) :: y(n_lane, n_y)
      y(:, 1) = b%x(:, 0); y(:, 2) = b%y(:, 0); y(:, 3) = b%z(:, 0)
      y(:, 4) = b%u(:, 0); y(:, 5) = b%v(:, 0); y(:, 6) = b%w(:, 0)
      y(:, 7) = b%f(:, 0)
   end subroutine get
end module dop853
