! SPDX-License-Identifier: BSD-3-Clause
!> All forces of a run added up. A new force is a file with a routine like these, and a line here.
module forces
   use central, only: set_central
   use gas_drag, only: add_gas_drag
   use lanes, only: block_t
   use orbit_model, only: orbit_t, mode_hill, mode_cr3bp
   use radiation_pressure, only: add_sunlight
   use solar_tide, only: add_hill, add_sun
   implicit none
   private
   public :: set_acceleration

contains

   !> Coefficient n of the acceleration from coefficients 0 to n of position and velocity.
   !!
   !! With n = 0 this is the acceleration itself.
   pure subroutine set_acceleration(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      call set_central(o, b, n)
      if (o%mode == mode_hill) then
         call add_hill(o, b, n)
         call add_sunlight(o, b, n)
      else if (o%mode == mode_cr3bp) then
         call add_sun(o, b, n)
      end if
      if (b%gas) call add_gas_drag(o, b, n)
   end subroutine set_acceleration
end module forces
