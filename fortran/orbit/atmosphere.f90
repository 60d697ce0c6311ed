! SPDX-License-Identifier: BSD-3-Clause
!> Density of the primordial atmosphere, rho = rho_ref exp(E), and its wind.
!!
!! Exponential E = -(r - r_ref)/H; isothermal E = (r_ref^2/H)(1/r - 1/r_ref) (eq. 4.1 of the capture
!! thesis); disk E = -(r - r_ref)/H - h^2/H_z^2 with the height h above the gas's equator and
!! H_z = sqrt(2) c_s/Omega_K(r) (eqs. 4.5, 4.6). The gas may fade, exp(-t/tau) or 1 - t/tau.
module atmosphere
   use kinds, only: dp
   use lanes, only: block_t, cauchy, n_lane, power
   use orbit_model, only: orbit_t, gas_disk, gas_isothermal, inertial_gas, rotating_gas
   implicit none
   private
   public :: set_fading, set_exponent, set_wind, gas_axis

contains

   !> Axis of the gas at time t: fixed among the stars, so it turns backward in the frame [1].
   pure function gas_axis(o, t) result(axis)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: t   !< [yr]
      real(dp) :: axis(3)
      axis = [o%sin_tilt*cos(o%node - o%omega*t), o%sin_tilt*sin(o%node - o%omega*t), o%cos_tilt]
   end function gas_axis

   !> How much gas is left at the start of the step, and how it goes on.
   pure subroutine set_fading(o, b)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp) :: left
      integer :: l
      b%thin = 1.0_dp
      b%fade = 0.0_dp
      b%wane = 0.0_dp
      do l = 1, n_lane
         if (b%tau_gas(l) <= 0.0_dp .or. b%t(l) < b%t_gas(l)) cycle
         if (o%linear_decay) then
            ! at the very knot at which the step has ended: not what rounding leaves of 1 - t/tau
            left = 0.0_dp
            if (b%t(l) < b%t_gas(l) + b%tau_gas(l)) then
               left = max(1.0_dp - (b%t(l) - b%t_gas(l))/b%tau_gas(l), 0.0_dp)
            end if
            b%thin(l) = left
            if (left > 0.0_dp) b%wane(l) = 1.0_dp/(b%tau_gas(l)*left)
         else
            b%thin(l) = exp(-(b%t(l) - b%t_gas(l))/b%tau_gas(l))
            b%fade(l) = 1.0_dp/b%tau_gas(l)
         end if
      end do
   end subroutine set_fading

   !> Coefficient n of the axis of the gas and of the height above its equator.
   pure subroutine set_axis(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      integer :: l
      real(dp) :: axis(3)
      if (.not. o%needs_axis) then
         b%nx(:, n) = 0.0_dp
         b%ny(:, n) = 0.0_dp
         b%h(:, n) = b%z(:, n)
         return
      end if
      if (n == 0) then
         do l = 1, n_lane
            axis = gas_axis(o, b%t(l))
            b%nx(l, 0) = axis(1)
            b%ny(l, 0) = axis(2)
         end do
      else
         b%nx(:, n) = o%omega*b%ny(:, n - 1)/real(n, dp)
         b%ny(:, n) = -o%omega*b%nx(:, n - 1)/real(n, dp)
      end if
      b%h(:, n) = cauchy(b%nx, b%x, 0, n) + cauchy(b%ny, b%y, 0, n) + o%cos_tilt*b%z(:, n)
   end subroutine set_axis

   !> Coefficient n of the exponent E of the density but for its part -r/H.
   pure subroutine set_exponent(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      if (o%needs_axis .or. o%atmosphere == gas_disk) call set_axis(o, b, n)
      b%e = 0.0_dp
      if (n == 0) b%e = o%exponent0
      if (n == 1) b%e = -b%fade
      if (o%atmosphere == gas_isothermal) then
         b%e = b%e + o%isothermal*cauchy(b%r2, b%r_3, 0, n)   ! 1/r = r^2 r^-3
      else if (o%atmosphere == gas_disk) then
         b%h2(:, n) = cauchy(b%h, b%h, 0, n)
         b%e = b%e - o%flattening*cauchy(b%h2, b%r_3, 0, n)
      end if
   end subroutine set_exponent

   !> Coefficient n of the velocity of the gas [AU yr-1].
   pure subroutine set_wind(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      b%wind_u = 0.0_dp
      b%wind_v = 0.0_dp
      b%wind_w = 0.0_dp
      if (o%gas /= inertial_gas .and. o%gas /= rotating_gas) return
      ! what is at rest among the stars turns backward in the frame
      b%wind_u = o%omega*b%y(:, n)
      b%wind_v = -o%omega*b%x(:, n)
      if (o%gas == inertial_gas) return

      ! turning rate spin r^-3/2
      if (n == 0) then
         b%turn(:, 0) = o%spin*sqrt(b%r_3(:, 0))
      else
         b%turn(:, n) = power(b%r, b%turn, -1.5_dp, n)*b%one_r
      end if
      ! turn (axis x r)
      call axis_cross_position(o, b, n)
      b%wind_u = b%wind_u + cauchy(b%turn, b%cx, 0, n)
      b%wind_v = b%wind_v + cauchy(b%turn, b%cy, 0, n)
      b%wind_w = cauchy(b%turn, b%cz, 0, n)
   end subroutine set_wind

   !> Coefficient n of axis x r [AU].
   pure subroutine axis_cross_position(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      b%cx(:, n) = -o%cos_tilt*b%y(:, n)
      b%cy(:, n) = o%cos_tilt*b%x(:, n)
      b%cz(:, n) = 0.0_dp
      if (.not. o%needs_axis) return
      b%cx(:, n) = b%cx(:, n) + cauchy(b%ny, b%z, 0, n)
      b%cy(:, n) = b%cy(:, n) - cauchy(b%nx, b%z, 0, n)
      b%cz(:, n) = cauchy(b%nx, b%y, 0, n) - cauchy(b%ny, b%x, 0, n)
   end subroutine axis_cross_position
end module atmosphere
