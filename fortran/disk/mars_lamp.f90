! SPDX-License-Identifier: BSD-3-Clause
!> Mars as the lamp: surface temperature T_M(t) and effective emitted flux L/(4 pi R^2).
module mars_lamp
   use kinds, only: dp
   use constants, only: sigma_sb
   use disk_config, only: disk_config_t
   use interpolation, only: pchip, pchip_slopes, locate
   use status, only: status_t, fail, status_bad_input, text
   implicit none
   private
   public :: lamp_t, make_lamp, lamp_temperature, lamp_flux, lamp_time_at, lamp_next_knot, &
             lamp_range

   type :: lamp_t
      character(len=16) :: driver = ''
      real(dp) :: t0 = 0.0_dp          !< temperature at the start [K]
      real(dp) :: heat = 1.0_dp        !< D rho c_p of the cooling layer [J m-2 K-1]
      real(dp) :: t_floor = 0.0_dp     !< [K]
      real(dp) :: f_lim = huge(1.0_dp) !< limit of the emitted flux [W m-2]
      real(dp) :: t_lim = 0.0_dp       !< temperature below which the limit is off [K]
      real(dp) :: time_lim = 0.0_dp    !< time at which it is reached, 0 = from the start [s]
      real(dp), allocatable :: time(:), temperature(:), slope(:)   !< table [s], [K], [K s-1]
   end type lamp_t

contains

   !> Build the lamp; time and temperature are the table of driver = 'table' (size 0 otherwise).
   subroutine make_lamp(c, time, temperature, lamp, s)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: time(:), temperature(:)   !< [s], [K]
      type(lamp_t), intent(out) :: lamp
      type(status_t), intent(inout) :: s
      lamp%driver = c%driver
      lamp%t0 = c%t0
      lamp%heat = c%layer_depth*c%layer_rho*c%layer_cp
      lamp%t_floor = c%t_floor
      if (c%f_lim > 0.0_dp) lamp%f_lim = c%f_lim
      select case (c%driver)
      case ('hotspot')
         lamp%t0 = (c%f_hot*c%t_hot**4 + (1.0_dp - c%f_hot)*c%t_bg**4)**0.25_dp
         lamp%driver = 'slab'
      case ('table')
         if (size(time) < 2) then
            call fail(s, status_bad_input, 'mars.table: the table has fewer than 2 rows')
            return
         end if
         lamp%time = time
         lamp%temperature = temperature
         allocate (lamp%slope(size(time)))
         call pchip_slopes(time, temperature, lamp%slope)
         lamp%t0 = lamp_temperature(lamp, 0.0_dp)
         if (time(1) > 0.0_dp) call fail(s, status_bad_input, &
            'mars.table: starts at t = '//text(time(1))//' s, after the start of the run')
      end select
      lamp%t_lim = lamp%t0
      if (lamp%f_lim < sigma_sb*lamp%t0**4) then
         lamp%t_lim = (lamp%f_lim/sigma_sb)**0.25_dp
         lamp%time_lim = lamp_time_at(lamp, lamp%t_lim)
      end if
   end subroutine make_lamp

   !> T_M(t) [K].
   pure real(dp) function lamp_temperature(lamp, t) result(temperature)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: t   !< time since the start [s]
      real(dp) :: flux
      select case (lamp%driver)
      case ('slab')
         ! heat dT/dt = -min(sigma T^4, f_lim)
         if (t < lamp%time_lim) then
            temperature = lamp%t0 - lamp%f_lim*t/lamp%heat
         else
            temperature = (lamp%t_lim**(-3) + 3.0_dp*sigma_sb*(t - lamp%time_lim)/lamp%heat) &
                          **(-1.0_dp/3.0_dp)
         end if
      case ('linear')
         flux = min(sigma_sb*lamp%t0**4, lamp%f_lim)
         temperature = lamp%t0 - flux*t/lamp%heat
      case ('table')
         temperature = pchip(lamp%time, lamp%temperature, lamp%slope, t)
      case default
         temperature = lamp%t0
      end select
      if (lamp%driver /= 'table') temperature = max(temperature, min(lamp%t_floor, lamp%t0))
   end function lamp_temperature

   !> Emitted flux L/(4 pi R^2) = min(sigma T^4, f_lim) [W m-2].
   pure real(dp) function lamp_flux(lamp, temperature) result(flux)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: temperature   !< [K]
      flux = min(sigma_sb*temperature**4, lamp%f_lim)
   end function lamp_flux

   !> First time at which T_M <= target, or huge() when never [s].
   pure real(dp) function lamp_time_at(lamp, target) result(t)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: target   !< [K]
      real(dp) :: flux
      integer :: k
      t = huge(1.0_dp)
      if (lamp%t0 <= target) then
         t = 0.0_dp
         return
      end if
      if (lamp%driver /= 'table' .and. target < lamp%t_floor) return
      if (target <= 0.0_dp) return
      select case (lamp%driver)
      case ('slab')
         if (target >= lamp%t_lim) then
            t = (lamp%t0 - target)*lamp%heat/lamp%f_lim
         else
            t = lamp%time_lim + (target**(-3) - lamp%t_lim**(-3))*lamp%heat/(3.0_dp*sigma_sb)
         end if
      case ('linear')
         flux = min(sigma_sb*lamp%t0**4, lamp%f_lim)
         t = (lamp%t0 - target)*lamp%heat/flux
      case ('table')
         do k = 2, size(lamp%time)
            if (lamp%temperature(k) > target .or. lamp%time(k) <= 0.0_dp) cycle
            t = passage(lamp, max(lamp%time(k - 1), 0.0_dp), lamp%time(k), target)
            return
         end do
         t = huge(1.0_dp)
      end select
   end function lamp_time_at

   !> Time from low to high, between two knots of a table, at which T_M has passed the target [s].
   pure real(dp) function passage(lamp, low, high, target) result(t)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: low, high   !< [s]
      real(dp), intent(in) :: target      !< [K]
      real(dp) :: a, b
      logical :: above
      above = lamp_temperature(lamp, low) > target
      a = low
      b = high
      do                                  ! T_M is monotone there: one passage, by bisection
         t = 0.5_dp*(a + b)
         if (t <= a .or. t >= b) exit
         if ((lamp_temperature(lamp, t) > target) .eqv. above) then
            a = t
         else
            b = t
         end if
      end do
      t = b
   end function passage

   !> First time after t at which T_M(t) or the flux is not smooth, or huge() [s]: a step boundary.
   pure real(dp) function lamp_next_knot(lamp, t) result(knot)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: t   !< [s]
      real(dp) :: floor_time, limit, crossing
      integer :: k
      knot = huge(1.0_dp)
      if (lamp%driver == 'table') then
         k = locate(lamp%time, t)
         if (lamp%time(k + 1) <= t) return
         knot = lamp%time(k + 1)
         limit = lamp%f_lim**0.25_dp/sigma_sb**0.25_dp
         if ((lamp_temperature(lamp, t) > limit) .neqv. (lamp_temperature(lamp, knot) > limit)) then
            crossing = passage(lamp, t, knot, limit)
            if (crossing > t) knot = crossing
         end if
         return
      end if
      if (lamp%time_lim > t) knot = lamp%time_lim
      if (lamp%t_floor > 0.0_dp) then
         floor_time = lamp_time_at(lamp, lamp%t_floor)
         if (floor_time > t) knot = min(knot, floor_time)
      end if
   end function lamp_next_knot

   !> Smallest and largest T_M between the start and t_stop [K].
   pure subroutine lamp_range(lamp, t_stop, t_min, t_max)
      type(lamp_t), intent(in) :: lamp
      real(dp), intent(in) :: t_stop   !< [s]
      real(dp), intent(out) :: t_min, t_max
      real(dp) :: a
      integer :: k
      a = lamp_temperature(lamp, t_stop)
      t_min = min(lamp%t0, a)
      t_max = max(lamp%t0, a)
      if (lamp%driver /= 'table') return
      do k = 1, size(lamp%time)
         if (lamp%time(k) <= 0.0_dp .or. lamp%time(k) >= t_stop) cycle
         t_min = min(t_min, lamp%temperature(k))
         t_max = max(t_max, lamp%temperature(k))
      end do
   end subroutine lamp_range
end module mars_lamp
