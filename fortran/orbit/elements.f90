! SPDX-License-Identifier: BSD-3-Clause
!> Osculating two-body elements of one body.
!!
!! Velocities are those in the turning frame (the published convention) or, with turn = omega,
!! those among the stars.
module elements
   use kinds, only: dp
   implicit none
   private
   public :: energy, eccentricity2, semi_major_axis, inclination, inertial_velocity

contains

   !> Velocity among the stars of a body in a frame that turns at `turn` about z.
   pure function inertial_velocity(r, v, turn) result(velocity)
      real(dp), intent(in) :: r(3), v(3)   !< [AU], [AU yr-1]
      real(dp), intent(in) :: turn         !< [yr-1]
      real(dp) :: velocity(3)
      velocity = [v(1) - turn*r(2), v(2) + turn*r(1), v(3)]
   end function inertial_velocity

   !> v^2/2 - GM/r [AU2 yr-2].
   pure real(dp) function energy(gm, r, v)
      real(dp), intent(in) :: gm, r(3), v(3)
      energy = 0.5_dp*dot_product(v, v) - gm/sqrt(dot_product(r, r))
   end function energy

   !> Square of the eccentricity, from radial and transverse parts of the eccentricity vector, so
   !! that nothing cancels for circles: (h^2/(GM r) - 1)^2 + (h r'/GM)^2.
   pure real(dp) function eccentricity2(gm, r, v)
      real(dp), intent(in) :: gm, r(3), v(3)
      real(dp) :: distance, radial, h2
      distance = sqrt(dot_product(r, r))
      radial = dot_product(r, v)/distance
      h2 = (dot_product(v, v) - radial**2)*distance**2
      eccentricity2 = (h2/(gm*distance) - 1.0_dp)**2 + h2*(radial/gm)**2
   end function eccentricity2

   !> Semi-major axis, negative for hyperbolas [AU].
   pure real(dp) function semi_major_axis(gm, r, v)
      real(dp), intent(in) :: gm, r(3), v(3)
      semi_major_axis = -0.5_dp*gm/energy(gm, r, v)
   end function semi_major_axis

   !> Angle between the orbit's pole and an axis [rad].
   pure real(dp) function inclination(r, v, axis)
      real(dp), intent(in) :: r(3), v(3), axis(3)
      real(dp) :: pole(3), across(3)
      pole = cross(r, v)
      across = cross(pole, axis)
      inclination = atan2(norm2(across), dot_product(pole, axis))
   end function inclination

   pure function cross(a, b) result(c)
      real(dp), intent(in) :: a(3), b(3)
      real(dp) :: c(3)
      c = [a(2)*b(3) - a(3)*b(2), a(3)*b(1) - a(1)*b(3), a(1)*b(2) - a(2)*b(1)]
   end function cross
end module elements
