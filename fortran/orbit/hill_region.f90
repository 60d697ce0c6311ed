! SPDX-License-Identifier: BSD-3-Clause
!> Whether a body can still leave: its Jacobi energy against the passes at L1 and L2 (Hill 1878).
!!
!! E_J = v^2/2 + Phi, with the velocity in the turning frame and the potential Phi of gravity, the
!! centrifugal force and light, is kept where there is no gas. Phi has two passes, near L1 and L2: a
!! body between them with less energy than at the lower one is bound for good. With two bodies it is
!! bound where v^2/2 - GM/r < 0.
module hill_region
   use kinds, only: dp
   use orbit_model, only: orbit_t, mode_two_body, mode_hill
   implicit none
   private
   public :: is_bound

contains

   !> Whether a body with this state in the turning frame [AU], [AU yr-1] cannot leave without help.
   pure logical function is_bound(o, r, v)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: r(3), v(3)
      real(dp) :: energy, lower, x1, x2
      energy = 0.5_dp*dot_product(v, v) + potential(o, r)
      if (o%mode == mode_two_body) then
         is_bound = energy < 0.0_dp
         return
      end if
      x1 = pass(o, o%x_l1)
      x2 = pass(o, o%x_l2)
      lower = min(potential(o, [x1, 0.0_dp, 0.0_dp]), potential(o, [x2, 0.0_dp, 0.0_dp]))
      is_bound = energy < lower .and. norm2(r) < merge(-x1, x2, r(1) < 0.0_dp)
   end function is_bound

   !> Potential in the turning frame [AU2 yr-2].
   pure real(dp) function potential(o, r)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: r(3)
      real(dp) :: d
      potential = -o%gm/norm2(r)
      if (o%mode == mode_two_body) return
      if (o%mode == mode_hill) then
         potential = potential - o%omega**2*(1.5_dp*r(1)**2 - 0.5_dp*r(3)**2) &
                     - o%beta_star*o%gm_star/o%a_star**2*r(1)
      else
         d = norm2([o%a_star + r(1), r(2), r(3)])
         potential = potential - (1.0_dp - o%beta_star)*o%gm_star/d - o%gm_star/o%a_star**2*r(1) &
                     - 0.5_dp*o%omega**2*(r(1)**2 + r(2)**2)
      end if
   end function potential

   !> Where the potential has a pass on the x axis, by Newton's method [AU].
   !!
   !! Without light that is the Lagrange point itself.
   pure real(dp) function pass(o, guess)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: guess          !< the Lagrange point [AU]
      real(dp) :: d, f, slope
      integer :: i
      pass = guess
      do i = 1, 50
         if (o%mode == mode_hill) then
            f = 3.0_dp*o%omega**2*pass + o%beta_star*o%gm_star/o%a_star**2
            slope = 3.0_dp*o%omega**2
         else
            d = o%a_star + pass
            f = o%omega**2*pass - o%gm_star*((1.0_dp - o%beta_star)/d**2 - 1.0_dp/o%a_star**2)
            slope = o%omega**2 + 2.0_dp*(1.0_dp - o%beta_star)*o%gm_star/d**3
         end if
         f = f - o%gm*pass/abs(pass)**3
         slope = slope + 2.0_dp*o%gm/abs(pass)**3
         pass = sign(max(abs(pass - f/slope), 0.1_dp*abs(pass)), guess)
         if (abs(f) <= 1.0e-14_dp*slope*abs(pass)) exit
      end do
   end function pass
end module hill_region
