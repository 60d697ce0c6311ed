! SPDX-License-Identifier: BSD-3-Clause
!> Sublimation, condensation and the vapour layer of one ring: rates and their exact Jacobian.
!!
!! Grains drift along the size axis (module sublimation); what they lose is vapour, which condenses
!! on them again, makes new grains where there is no surface left, or escapes.
module vapour
   use kinds, only: dp
   use disk_model, only: disk_t, ring_t, i_vapour, i_escaped, i_evaporated
   use size_grid, only: share
   use sublimation, only: grains_t, gas_pressure, size_fluxes, wind_escape
   implicit none
   private
   public :: add_sublimation, add_sublimation_jacobian

   !> Grain surface per disk area below which vapour makes new grains of its own [1].
   real(dp), parameter :: nucleation_area = 1.0e-3_dp

contains

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
end module vapour
