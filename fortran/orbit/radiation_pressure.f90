! SPDX-License-Identifier: BSD-3-Clause
!> Radiation pressure on small bodies, beta = radiation over gravity (Burns et al. 1979, eq. 19).
!!
!! Light of the planet falls off as its gravity does: the body feels GM (1 - beta), which
!! orbit_model puts into the gm of module central. The Sun's is here in Hill's approximation, and in
!! module solar_tide in the full problem.
module radiation_pressure
   use lanes, only: block_t
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: add_sunlight

contains

   !> Coefficient n of the Sun's push at the distance of the planet, beta GM_sun/a^2 along x.
   pure subroutine add_sunlight(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      if (n == 0) b%ax = b%ax + o%beta_star*o%gm_star/o%a_star**2
   end subroutine add_sunlight
end module radiation_pressure
