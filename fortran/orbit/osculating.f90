! SPDX-License-Identifier: BSD-3-Clause
!> Osculating elements in the frame that the run asks for: among the stars, or turning as published.
module osculating
   use kinds, only: dp
   use elements, only: eccentricity2, inertial_velocity
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: osculating_e2, element_turn

contains

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
end module osculating
