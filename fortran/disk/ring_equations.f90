! SPDX-License-Identifier: BSD-3-Clause
!> All processes of one ring added up: d(state)/dt and its exact Jacobian.
!!
!! State y (n_state): surface mass per bin sigma_1..n, deep reservoir, vapour layer, ledger lines
!! [kg m-2]. Every rate is booked where it leaves and where it arrives, so the columns of the
!! Jacobian sum to zero over bins, layers and ledger, and the integrator keeps the sum to round-off.
module ring_equations
   use kinds, only: dp
   use constants, only: pi, year
   use collisions, only: add_collisions, add_collision_jacobian
   use disk_model, only: disk_t, ring_t, held_t, table_exposure, table_supply, i_deep, i_vapour, &
                         i_blown, i_fallen, i_escaped, i_below, i_external, i_supplied, i_settled, &
                         i_evaporated
   use interpolation, only: linear, locate
   use mars_lamp, only: lamp_temperature, lamp_flux
   use radiation, only: light_t, shine, release_grains, exposure_factor
   use size_grid, only: share
   use status, only: status_t, fail, failed, status_out_of_table, text
   use sublimation, only: grains_t, heat_grains, ring_temperature, gas_pressure, inverse_stokes, &
                          size_fluxes, wind_escape
   implicit none
   private
   public :: environment_t, set_environment, ring_rates, lamp_rates, ring_jacobian, optical_depth, &
             exposure

   !> What the lamp makes of a ring at one moment.
   type :: environment_t
      type(light_t) :: light
      type(grains_t) :: grains
      logical :: breaks = .true.     !< collisions act
   end type environment_t

   !> Grain surface per disk area below which vapour makes new grains of its own [1].
   real(dp), parameter :: nucleation_area = 1.0e-3_dp

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
      ! what is on the first node is ground down to s_min: a point, not a spread over its bin
      env%light%unbound(1) = merge(1.0_dp, 0.0_dp, held%smallest_unbound)
      if (ring%release%active) then
         call release_grains(d%optics, ring%release, held%smallest_unbound, env%light)
      end if
      env%breaks = .true.
      if (.not. d%material%active) return
      env%breaks = d%c%liquid_breaks .or. .not. held%liquid
      call heat_grains(d%material, d%optics, ring_temperature(d%c, ring%r, flux), t_mars, &
                       held%liquid, d%g%n, env%grains, s)
   end subroutine set_environment

   !> tau_los = f_los kappa Sigma [1].
   pure real(dp) function optical_depth(d, light, sigma) result(tau)
      type(disk_t), intent(in) :: d
      type(light_t), intent(in) :: light
      real(dp), intent(in) :: sigma(:)   !< [kg m-2]
      tau = d%c%f_los*dot_product(light%kappa, sigma)
   end function optical_depth

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

   ! ---- blow-out ------------------------------------------------------------------------------

   !> Exposure and its derivative with tau.
   subroutine exposure(d, tau, f, df, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: tau
      real(dp), intent(out) :: f, df
      type(status_t), intent(inout) :: s
      integer :: k
      select case (d%c%exposure)
      case ('thin')
         f = 1.0_dp
         df = 0.0_dp
      case ('table')
         associate (x => d%tables(table_exposure)%x, z => d%tables(table_exposure)%z)
            if (tau > x(size(x))) then
               call fail(s, status_out_of_table, 'radiation.phi_table ends at tau = ' &
                         //text(x(size(x)))//', the surface reached '//text(tau))
            end if
            k = locate(x, tau)
            df = (z(k + 1, 1) - z(k, 1))/(x(k + 1) - x(k))
            f = z(k, 1) + df*(tau - x(k))
            if (tau < x(1)) then
               f = z(1, 1)
               df = 0.0_dp
            end if
         end associate
      case default
         call exposure_factor(tau, f, df)
      end select
   end subroutine exposure

   !> Removal rate of an exposed bin: unbound share over t_blow = chi/Omega (1 + 1/St) [s-1], and
   !! its derivative with Sigma_vap.
   pure subroutine blowout_rate(d, ring, sigma_vap, light, rate, d_rate)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: sigma_vap
      type(light_t), intent(in) :: light
      real(dp), intent(out) :: rate(:), d_rate(:)
      real(dp) :: x(d%g%n)
      if (ring%release%active) then
         rate = light%gone*ring%omega
      else
         rate = light%unbound*ring%omega/light%chi
      end if
      d_rate = 0.0_dp
      if (.not. (d%material%active .and. d%material%reservoir .and. d%c%gas_drag)) return
      if (sigma_vap < 0.0_dp) return
      x = inverse_stokes(d%g%rho, d%g%s)
      rate = rate/(1.0_dp + x*sigma_vap)
      d_rate = -rate*x/(1.0_dp + x*sigma_vap)
   end subroutine blowout_rate

   !> Book what leaves the bins: blown out, or fallen on Mars.
   pure subroutine book(n, ring, light, rate, column)
      integer, intent(in) :: n
      type(ring_t), intent(in) :: ring
      type(light_t), intent(in) :: light
      real(dp), intent(in) :: rate(n)
      real(dp), intent(inout) :: column(:)     !< (n_state)
      real(dp) :: fallen
      fallen = 0.0_dp
      if (ring%release%active) then
         fallen = dot_product(light%mars_share, rate)
         column(n + i_fallen) = column(n + i_fallen) + fallen
      end if
      column(n + i_blown) = column(n + i_blown) + (sum(rate) - fallen)
   end subroutine book

   subroutine add_blowout(d, ring, y, light, f, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: y(:)
      type(light_t), intent(in) :: light
      real(dp), intent(inout) :: f(:)
      type(status_t), intent(inout) :: s
      real(dp) :: rate(d%g%n), unused(d%g%n), seen, dseen
      integer :: n
      n = d%g%n
      if (.not. d%c%blowout) return
      call exposure(d, optical_depth(d, light, y(:n)), seen, dseen, s)
      call blowout_rate(d, ring, y(n + i_vapour), light, rate, unused)
      rate = rate*seen*y(:n)
      f(:n) = f(:n) - rate
      call book(n, ring, light, rate, f)
   end subroutine add_blowout

   subroutine add_blowout_jacobian(d, ring, y, light, jac, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: y(:)
      type(light_t), intent(in) :: light
      real(dp), intent(inout), contiguous :: jac(:, :)
      type(status_t), intent(inout) :: s
      real(dp) :: rate(d%g%n), d_rate(d%g%n), column(d%g%n), shaded(d%n_state), seen, dseen, fallen
      integer :: n, k
      n = d%g%n
      if (.not. d%c%blowout) return
      call exposure(d, optical_depth(d, light, y(:n)), seen, dseen, s)
      call blowout_rate(d, ring, y(n + i_vapour), light, rate, d_rate)
      ! a grain more leaves itself, and shades all others
      shaded = 0.0_dp
      shaded(:n) = -rate*y(:n)*dseen*d%c%f_los
      call book(n, ring, light, -shaded(:n), shaded)
      fallen = 0.0_dp
      do k = 1, n
         if (ring%release%active) fallen = light%mars_share(k)
         jac(:, k) = jac(:, k) + light%kappa(k)*shaded
         jac(k, k) = jac(k, k) - rate(k)*seen
         jac(n + i_blown, k) = jac(n + i_blown, k) + (1.0_dp - fallen)*rate(k)*seen
         jac(n + i_fallen, k) = jac(n + i_fallen, k) + fallen*rate(k)*seen
      end do
      column = d_rate*seen*y(:n)
      jac(:n, n + i_vapour) = jac(:n, n + i_vapour) - column
      call book(n, ring, light, column, jac(:, n + i_vapour))
   end subroutine add_blowout_jacobian

   ! ---- supply --------------------------------------------------------------------------------

   !> Supply rate [kg m-2 s-1] and its derivative with the deep reservoir [s-1].
   pure subroutine supply_rate(d, ring, t, deep, rate, d_rate)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, deep    !< [s], [kg m-2]
      real(dp), intent(out) :: rate, d_rate
      real(dp) :: orbits, fade, d_fade, scale
      orbits = ring%omega/(2.0_dp*pi)    ! per second
      d_rate = 0.0_dp
      select case (d%c%mode)
      case ('const')
         rate = d%c%eps_mix*d%c%mu*d%c%f_orb*d%sigma_ref*orbits
      case ('powerlaw')
         rate = d%c%eps_mix*d%c%amplitude*(t/year)**d%c%index
      case ('table')
         rate = d%c%eps_mix*linear(d%tables(table_supply)%x, ring%rate, t)
      case ('mixing')
         d_rate = d%c%eps_mix*orbits/d%c%t_mix
         rate = d_rate*deep
      case default
         rate = 0.0_dp
      end select
      if (d%c%source == 'external') return
      ! drawing on the deep reservoir fades smoothly as it empties
      scale = ring%sigma_fade
      fade = 0.0_dp
      d_fade = 0.0_dp
      if (deep > 0.0_dp) then
         fade = deep/(deep + scale)
         d_fade = scale/(deep + scale)**2
      end if
      d_rate = d_rate*fade + rate*d_fade
      rate = rate*fade
   end subroutine supply_rate

   !> Share of the surface per time that sinks back where tau_los > tau_ref [s-1], and d/d tau.
   pure subroutine settling_rate(d, ring, tau, rate, d_rate)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: tau
      real(dp), intent(out) :: rate, d_rate
      rate = 0.0_dp
      d_rate = 0.0_dp
      if (d%c%t_settle <= 0.0_dp .or. tau <= d%c%tau_ref) return
      rate = (1.0_dp - d%c%tau_ref/tau)*ring%omega/(2.0_dp*pi*d%c%t_settle)
      d_rate = d%c%tau_ref/tau**2*ring%omega/(2.0_dp*pi*d%c%t_settle)
   end subroutine settling_rate

   subroutine add_supply(d, ring, t, y, light, f)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, y(:)
      type(light_t), intent(in) :: light
      real(dp), intent(inout) :: f(:)
      real(dp) :: rate, sink, unused
      integer :: n, from
      n = d%g%n
      call supply_rate(d, ring, t, y(n + i_deep), rate, unused)
      from = n + merge(i_external, i_deep, d%c%source == 'external')
      f(:n) = f(:n) + rate*d%supply
      f(from) = f(from) - rate
      f(n + i_supplied) = f(n + i_supplied) + rate
      call settling_rate(d, ring, optical_depth(d, light, y(:n)), sink, unused)
      if (sink <= 0.0_dp) return
      f(:n) = f(:n) - sink*y(:n)
      f(n + i_deep) = f(n + i_deep) + sink*sum(y(:n))
      f(n + i_settled) = f(n + i_settled) + sink*sum(y(:n))
   end subroutine add_supply

   subroutine add_supply_jacobian(d, ring, t, y, light, jac)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, y(:)
      type(light_t), intent(in) :: light
      real(dp), intent(inout), contiguous :: jac(:, :)
      real(dp) :: rate, d_rate, sink, d_sink, column(d%g%n)
      integer :: n, from, k
      n = d%g%n
      call supply_rate(d, ring, t, y(n + i_deep), rate, d_rate)
      from = n + merge(i_external, i_deep, d%c%source == 'external')
      jac(:n, n + i_deep) = jac(:n, n + i_deep) + d_rate*d%supply
      jac(from, n + i_deep) = jac(from, n + i_deep) - d_rate
      jac(n + i_supplied, n + i_deep) = jac(n + i_supplied, n + i_deep) + d_rate
      call settling_rate(d, ring, optical_depth(d, light, y(:n)), sink, d_sink)
      if (sink <= 0.0_dp) return
      do k = 1, n
         column = d_sink*d%c%f_los*light%kappa(k)*y(:n)
         column(k) = column(k) + sink
         jac(:n, k) = jac(:n, k) - column
         jac(n + i_deep, k) = jac(n + i_deep, k) + sum(column)
         jac(n + i_settled, k) = jac(n + i_settled, k) + sum(column)
      end do
   end subroutine add_supply_jacobian

   ! ---- sublimation, condensation, vapour -------------------------------------------------------

   !> Gas pressure at the grains and its derivative with Sigma_vap.
   pure subroutine pressure(d, ring, gr, sigma_vap, p, dp_dv)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      type(grains_t), intent(in) :: gr
      real(dp), intent(in) :: sigma_vap
      real(dp), intent(out) :: p, dp_dv
      if (d%material%reservoir) then
         dp_dv = gas_pressure(gr%c_s, ring%omega)
         p = dp_dv*sigma_vap
      else
         dp_dv = 0.0_dp
         p = d%c%p_gas
      end if
   end subroutine pressure

   !> New grains where vapour is supersaturated and no surface is left: rate into the surface
   !! [kg m-2 s-1] and its derivatives with Sigma_vap and with the grain area [kg m-2 s-1].
   pure subroutine nucleation(d, ring, gr, area, sigma_vap, rate, d_vap, d_area)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      type(grains_t), intent(in) :: gr
      real(dp), intent(in) :: area, sigma_vap   !< [1], [kg m-2]
      real(dp), intent(out) :: rate, d_vap, d_area
      real(dp) :: excess, fade
      rate = 0.0_dp
      d_vap = 0.0_dp
      d_area = 0.0_dp
      excess = sigma_vap - gr%p_sat(d%g%n)/gas_pressure(gr%c_s, ring%omega)
      if (excess <= 0.0_dp) return
      fade = nucleation_area/(max(area, 0.0_dp) + nucleation_area)
      d_vap = ring%omega*fade
      rate = d_vap*excess
      d_area = -rate/(max(area, 0.0_dp) + nucleation_area)
   end subroutine nucleation

   !> Rate of escape of the vapour layer and its derivative.
   pure subroutine vapour_escape(d, ring, gr, sigma_vap, rate, d_rate)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      type(grains_t), intent(in) :: gr
      real(dp), intent(in) :: sigma_vap
      real(dp), intent(out) :: rate, d_rate
      rate = 0.0_dp
      d_rate = 0.0_dp
      select case (d%c%escape)
      case ('time')
         d_rate = 1.0_dp/d%c%t_escape
         rate = d_rate*sigma_vap
      case ('wind')
         call wind_escape(gr, ring%r, ring%omega, sigma_vap, rate, d_rate)
      end select
   end subroutine vapour_escape

   subroutine add_sublimation(d, ring, y, gr, f)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: y(:)
      type(grains_t), intent(in) :: gr
      real(dp), intent(inout) :: f(:)
      real(dp), dimension(d%g%n) :: flux, d_p
      real(dp) :: d_sigma(-1:1, d%g%n), p, dp_dv, rate, d1, d2, a
      integer :: n, way, k, into
      n = d%g%n
      into = n + merge(i_vapour, i_escaped, d%material%reservoir)
      call pressure(d, ring, gr, y(n + i_vapour), p, dp_dv)
      do way = -1, merge(1, -1, d%material%reservoir), 2
         call size_fluxes(d%g, gr, p, y(:n), way, flux, d_sigma, d_p)
         do k = 1, merge(n, n - 1, way < 0)
            call drift(d, into, k, way, flux(k), f)
         end do
      end do
      if (.not. d%material%reservoir) return
      call nucleation(d, ring, gr, grain_area(d, y), y(n + i_vapour), rate, d1, d2)
      call share(d%g, d%c%s_nuc, k, a)
      f(k) = f(k) + a*rate
      f(k + 1) = f(k + 1) + (1.0_dp - a)*rate
      f(into) = f(into) - rate
      f(n + i_evaporated) = f(n + i_evaporated) - rate
      call vapour_escape(d, ring, gr, y(n + i_vapour), rate, d1)
      f(n + i_vapour) = f(n + i_vapour) - rate
      f(n + i_escaped) = f(n + i_escaped) + rate
   end subroutine add_sublimation

   !> Book a number flux [m-2 s-1] that leaves node k for node k + way; the rest of the mass is gas.
   pure subroutine drift(d, into, k, way, flux, column)
      type(disk_t), intent(in) :: d
      integer, intent(in) :: into, k, way
      real(dp), intent(in) :: flux
      real(dp), intent(inout) :: column(:)
      real(dp) :: out, in
      out = flux*d%g%m(k)
      in = 0.0_dp
      column(k) = column(k) - out
      if (k + way >= 1) then      ! else the smallest grains leave the grid as vapour
         in = flux*d%g%m(k + way)
         column(k + way) = column(k + way) + in
      end if
      column(into) = column(into) + (out - in)
      column(d%g%n + i_evaporated) = column(d%g%n + i_evaporated) + (out - in)
   end subroutine drift

   !> Surface of all grains per disk area, sum of 4 pi s^2 N [1].
   pure real(dp) function grain_area(d, y) result(area)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: y(:)
      area = 3.0_dp/d%g%rho*sum(y(:d%g%n)/d%g%s)
   end function grain_area

   subroutine add_sublimation_jacobian(d, ring, y, gr, jac)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: y(:)
      type(grains_t), intent(in) :: gr
      real(dp), intent(inout), contiguous :: jac(:, :)
      real(dp), dimension(d%g%n) :: flux, d_p
      real(dp) :: d_sigma(-1:1, d%g%n), p, dp_dv, rate, d_vap, d_area, a, x
      integer :: n, way, k, j, into, v
      n = d%g%n
      v = n + i_vapour
      into = n + merge(i_vapour, i_escaped, d%material%reservoir)
      call pressure(d, ring, gr, y(v), p, dp_dv)
      do way = -1, merge(1, -1, d%material%reservoir), 2
         call size_fluxes(d%g, gr, p, y(:n), way, flux, d_sigma, d_p)
         do k = 1, merge(n, n - 1, way < 0)
            do j = max(-1, 1 - k), min(1, n - k)
               call drift(d, into, k, way, d_sigma(j, k), jac(:, k + j))
            end do
            call drift(d, into, k, way, d_p(k)*dp_dv, jac(:, v))
         end do
      end do
      if (.not. d%material%reservoir) return
      call nucleation(d, ring, gr, grain_area(d, y), y(v), rate, d_vap, d_area)
      call share(d%g, d%c%s_nuc, k, a)
      do j = 1, n + 2
         x = 0.0_dp
         if (j <= n) x = d_area*3.0_dp/(d%g%rho*d%g%s(j))
         if (j == v) x = d_vap
         jac(k, j) = jac(k, j) + a*x
         jac(k + 1, j) = jac(k + 1, j) + (1.0_dp - a)*x
         jac(into, j) = jac(into, j) - x
         jac(n + i_evaporated, j) = jac(n + i_evaporated, j) - x
      end do
      call vapour_escape(d, ring, gr, y(v), rate, x)
      jac(v, v) = jac(v, v) - x
      jac(n + i_escaped, v) = jac(n + i_escaped, v) + x
   end subroutine add_sublimation_jacobian
end module ring_equations
