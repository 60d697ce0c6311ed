! SPDX-License-Identifier: BSD-3-Clause
!> What is written at an output time besides the state itself.
module disk_diagnostics
   use kinds, only: dp
   use collisions, only: collision_energy
   use disk_model, only: disk_t, i_vapour, i_blown, i_escaped, i_below
   use mars_lamp, only: lamp_temperature, lamp_flux
   use radiation, only: unbound_roots
   use ring_driver, only: f_liquid, f_frozen, hold
   use removal, only: optical_depth
   use ring_equations, only: environment_t, set_environment, ring_rates
   use status, only: status_t
   use sublimation, only: ring_temperature, inverse_stokes
   implicit none
   private
   public :: ring_diagnostics, lamp_diagnostics

   integer, parameter, public :: n_diagnostic = 9
   integer, parameter, public :: g_tau = 1            !< tau_los [1]
   integer, parameter, public :: g_t_grain = 2        !< temperature of grey grains [K]
   integer, parameter, public :: g_mdot_blow = 3      !< blow-out rate [kg m-2 s-1]
   integer, parameter, public :: g_mdot_escape = 4    !< vapour escape rate [kg m-2 s-1]
   integer, parameter, public :: g_stokes = 5         !< Stokes number of the blow-out size [1]
   integer, parameter, public :: g_energy = 6         !< collision energy per time [W m-2]
   integer, parameter, public :: g_catastrophic = 7   !< mass that meets phi > 1 [kg m-2 s-1]
   integer, parameter, public :: g_cratering = 8      !< mass that meets phi <= 1 [kg m-2 s-1]
   integer, parameter, public :: g_mdot_below = 9     !< rate below the size grid [kg m-2 s-1]

   integer, parameter, public :: n_lamp = 5
   integer, parameter, public :: m_t_mars = 1         !< [K]
   integer, parameter, public :: m_flux = 2           !< L/(4 pi R^2) [W m-2]
   integer, parameter, public :: m_s_blow = 3         !< largest size with beta = 1/2, 0 = none [m]
   integer, parameter, public :: m_s_blow_min = 4     !< smallest size with beta = 1/2, 0 = none [m]
   integer, parameter, public :: m_smallest_bound = 5 !< 1 = grains of size s_min are bound

contains

   subroutine ring_diagnostics(d, t, y, flag, x, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t             !< [s]
      real(dp), intent(in) :: y(:, :)       !< (n_state, n_ring) [kg m-2]
      integer, intent(in) :: flag(:, :)     !< (n_flag, n_ring)
      real(dp), intent(out) :: x(:, :)      !< (n_diagnostic, n_ring)
      type(status_t), intent(inout) :: s
      type(environment_t) :: env
      real(dp) :: f(d%n_state), lamp(n_lamp)
      integer :: l, n
      n = d%g%n
      call lamp_diagnostics(d, t, lamp)
      do l = 1, size(d%rings)
         associate (ring => d%rings(l))
            call set_environment(d, ring, t, hold(d, ring, t, flag(f_liquid, l) == 1), env, s)
            call ring_rates(d, ring, t, y(:, l), env, f, s)
            x(:, l) = 0.0_dp
            x(g_tau, l) = optical_depth(d, env%light, y(:n, l))
            x(g_t_grain, l) = ring_temperature(d%c, ring%r, lamp(m_flux))
            if (lamp(m_s_blow) > 0.0_dp .and. y(n + i_vapour, l) > 0.0_dp) then
               x(g_stokes, l) = 1.0_dp/(inverse_stokes(d%g%rho, lamp(m_s_blow))*y(n + i_vapour, l))
            end if
            if (flag(f_frozen, l) == 1) cycle      ! stopped by tau_stop: nothing goes on
            x(g_mdot_blow, l) = f(n + i_blown)
            x(g_mdot_escape, l) = f(n + i_escaped)
            x(g_mdot_below, l) = f(n + i_below)
            if (env%breaks) call collision_energy(d%g, ring%kernel, y(:n, l), x(g_energy, l), &
                                                  x(g_catastrophic, l), x(g_cratering, l))
         end associate
      end do
   end subroutine ring_diagnostics

   subroutine lamp_diagnostics(d, t, x)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t             !< [s]
      real(dp), intent(out) :: x(n_lamp)
      real(dp) :: q
      x(m_t_mars) = lamp_temperature(d%lamp, t)
      x(m_flux) = lamp_flux(d%lamp, x(m_t_mars))
      call unbound_roots(d%optics, x(m_t_mars), x(m_flux), x(m_s_blow_min), x(m_s_blow), q)
      associate (held => hold(d, d%rings(1), t, .false.))
         x(m_smallest_bound) = merge(0.0_dp, 1.0_dp, held%smallest_unbound)
      end associate
   end subroutine lamp_diagnostics
end module disk_diagnostics
