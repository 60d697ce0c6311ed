! SPDX-License-Identifier: BSD-3-Clause
!> Single formulas of the capture problem for many sets of arguments, for who wants no run.
!!
!! A formula calls the routine that a trajectory calls, with the parameters of a problem that was
!! built.
module orbit_physics
   use kinds, only: dp
   use atmosphere, only: set_fading, set_exponent
   use constants, only: au
   use forces, only: set_acceleration
   use lanes, only: block_t, new_block, n_lane
   use orbit_model, only: orbit_t, set_dynamics, no_gas
   use status, only: status_t, fail, status_internal, text
   implicit none
   private
   public :: orbit_formulas

   ! Arguments -> values
   integer, parameter :: f_density = 1    !< x, y, z [km], t, tau_gas, t_gas [yr] -> gas [kg m-3]
   integer, parameter :: f_points = 2     !< GM [m3 s-2], a_sun [AU], omega [s-1], 0 = from a_sun ->
                                          !< r_Hill, x of L1, x of L2 [km], omega [yr-1]
   integer, parameter :: n_in(2) = [6, 3]
   integer, parameter :: n_out(2) = [1, 4]
   real(dp), parameter :: km = 1.0e3_dp/au   ! [AU]

contains

   !> Formula `what` for all columns of x (arguments, set) into those of y (values, set).
   subroutine orbit_formulas(o, what, x, y, s)
      type(orbit_t), intent(in) :: o
      integer, intent(in) :: what
      real(dp), intent(in) :: x(:, :)
      real(dp), intent(out) :: y(:, :)
      type(status_t), intent(inout) :: s
      type(orbit_t) :: other
      integer :: i
      y = 0.0_dp
      if (what < 1 .or. what > size(n_in)) then
         call fail(s, status_internal, 'there is no formula '//text(what))
         return
      end if
      if (size(x, 1) /= n_in(what) .or. size(y, 1) /= n_out(what)) then
         call fail(s, status_internal, 'wrong number of arguments of formula '//text(what))
         return
      end if
      select case (what)
      case (f_density)
         if (o%atmosphere /= no_gas) call densities(o, x, y(1, :))
      case (f_points)
         do i = 1, size(x, 2)
            other = o
            other%c%gm = x(1, i)
            other%c%a_sun = x(2, i)
            other%c%omega = x(3, i)
            call set_dynamics(other)
            y(:, i) = [[other%r_hill, other%x_l1, other%x_l2]/km, other%omega_star]
         end do
      end select
   end subroutine orbit_formulas

   !> Density of the gas at places (3, n) and times, a block of lanes at a time [kg m-3].
   subroutine densities(o, x, rho)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: x(:, :)
      real(dp), intent(out) :: rho(:)
      real(dp), allocatable, target :: memory(:)
      type(block_t), pointer :: b
      integer :: first, l, i
      call new_block(memory, b)
      b%gas = .false.                 ! the density alone is asked for, not the drag
      b%planar = .false.
      do first = 1, size(rho), n_lane
         do l = 1, n_lane
            i = min(first + l - 1, size(rho))
            b%x(l, 0) = x(1, i)*km
            b%y(l, 0) = x(2, i)*km
            b%z(l, 0) = x(3, i)*km
            b%t(l) = x(4, i)
            b%tau_gas(l) = x(5, i)
            b%t_gas(l) = x(6, i)
         end do
         b%u(:, 0) = 0.0_dp
         b%v(:, 0) = 0.0_dp
         b%w(:, 0) = 0.0_dp
         call set_acceleration(o, b, 0)   ! for the powers of the distance
         call set_fading(o, b)
         call set_exponent(o, b, 0)
         do l = 1, min(n_lane, size(rho) - first + 1)
            rho(first + l - 1) = o%c%rho_ref*b%thin(l)*exp(b%e(l) - o%one_h*b%r(l, 0))
         end do
      end do
   end subroutine densities
end module orbit_physics
