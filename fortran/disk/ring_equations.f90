! SPDX-License-Identifier: BSD-3-Clause
!> All processes of one ring added up: d(state)/dt and its exact Jacobian.
!!
!! State y (n_state): surface mass per bin sigma_1..n, deep reservoir, vapour layer, ledger lines
!! [kg m-2]. Every rate is booked where it leaves and where it arrives, so the columns of the
!! Jacobian sum to zero over bins, layers and ledger, and the integrator keeps the sum to round-off.
module ring_equations
   use kinds, only: dp
   use collisions, only: add_collisions, add_collision_jacobian
   use disk_model, only: disk_t, ring_t, held_t, i_below
   use mars_lamp, only: lamp_temperature, lamp_flux
   use radiation, only: light_t, shine, release_grains
   use removal, only: add_blowout, add_blowout_jacobian
   use status, only: status_t
   use sublimation, only: grains_t, heat_grains, ring_temperature
   use supply, only: add_supply, add_supply_jacobian
   use vapour, only: add_sublimation, add_sublimation_jacobian
   implicit none
   private
   public :: environment_t, shine_on_ring, set_environment, ring_rates, lamp_rates, ring_jacobian

   !> What the lamp makes of a ring at one moment.
   type :: environment_t
      type(light_t) :: light
      type(grains_t) :: grains
      logical :: breaks = .true.     !< collisions act
   end type environment_t

contains

   subroutine set_environment(d, ring, t, held, env, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t         !< [s]
      type(held_t), intent(in) :: held
      type(environment_t), intent(inout) :: env
      type(status_t), intent(inout) :: s
      real(dp) :: t_mars, flux
      t_mars = lamp_temperature(d%lamp, t)
      flux = lamp_flux(d%lamp, t_mars)
      call shine(d%optics, d%g, t_mars, flux, env%light)
      call shine_on_ring(d, ring, held, env%light)
      env%breaks = .true.
      if (.not. d%material%active) return
      env%breaks = d%c%liquid_breaks .or. .not. held%liquid
      call heat_grains(d%material, d%optics, ring_temperature(d%c, ring%r, flux), t_mars, &
                       held%liquid, d%g%n, env%grains, s)
   end subroutine set_environment

   !> What the light does to the grains of a ring, from what it does everywhere.
   subroutine shine_on_ring(d, ring, held, light)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      type(held_t), intent(in) :: held
      type(light_t), intent(inout) :: light
      ! what is on the first node is ground down to s_min: a point, not a spread over its bin
      light%unbound(1) = merge(1.0_dp, 0.0_dp, held%smallest_unbound)
      if (.not. ring%release%active) return
      call release_grains(d%optics, ring%release, held%smallest_unbound, light)
   end subroutine shine_on_ring

   !> d y/d t [kg m-2 s-1].
   subroutine ring_rates(d, ring, t, y, env, f, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, y(:)
      type(environment_t), intent(in) :: env
      real(dp), intent(out) :: f(:)
      type(status_t), intent(inout) :: s
      call lamp_rates(d, ring, t, y, env, f, s)
      if (ring%kernel%active .and. env%breaks) then
         call add_collisions(d%g, ring%kernel, y(:d%g%n), f, f(d%g%n + i_below))
      end if
   end subroutine ring_rates

   !> Everything but collisions: the part that depends on time by itself.
   subroutine lamp_rates(d, ring, t, y, env, f, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, y(:)
      type(environment_t), intent(in) :: env
      real(dp), intent(out) :: f(:)
      type(status_t), intent(inout) :: s
      f = 0.0_dp
      call add_blowout(d, ring, y, env%light, f, s)
      call add_supply(d, ring, t, y, env%light, f)
      if (d%material%active) call add_sublimation(d, ring, y, env%grains, f)
   end subroutine lamp_rates

   !> Jacobian d f/d(bins, deep, vapour) [s-1], (n_state, n_dyn).
   subroutine ring_jacobian(d, ring, t, y, env, jac, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, y(:)
      type(environment_t), intent(in) :: env
      real(dp), intent(out), contiguous :: jac(:, :)
      type(status_t), intent(inout) :: s
      integer :: n
      n = d%g%n
      jac = 0.0_dp
      call add_blowout_jacobian(d, ring, y, env%light, jac, s)
      call add_supply_jacobian(d, ring, t, y, env%light, jac)
      if (d%material%active) call add_sublimation_jacobian(d, ring, y, env%grains, jac)
      if (ring%kernel%active .and. env%breaks) then
         call add_collision_jacobian(d%g, ring%kernel, y(:n), n + i_below, jac)
      end if
   end subroutine ring_jacobian
end module ring_equations
