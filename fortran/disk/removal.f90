! SPDX-License-Identifier: BSD-3-Clause
!> Blow-out of the grains that light reaches, in one ring: rates and their exact Jacobian.
!!
!! Of the unbound part u_k of bin k the share Phi(tau_los) sees Mars and is gone after t_blow:
!! d sigma_k/dt = -u_k Phi sigma_k/t_blow, t_blow = chi/Omega (1 + 1/St).
module removal
   use kinds, only: dp
   use disk_model, only: disk_t, ring_t, table_exposure, i_vapour, i_blown, i_fallen
   use interpolation, only: locate
   use radiation, only: light_t, exposure_factor
   use status, only: status_t, fail, status_out_of_table, text
   use sublimation, only: inverse_stokes
   implicit none
   private
   public :: add_blowout, add_blowout_jacobian, optical_depth, exposure

contains

   !> tau_los = f_los kappa Sigma [1].
   pure real(dp) function optical_depth(d, light, sigma) result(tau)
      type(disk_t), intent(in) :: d
      type(light_t), intent(in) :: light
      real(dp), intent(in) :: sigma(:)   !< [kg m-2]
      tau = d%c%f_los*dot_product(light%kappa, sigma)
   end function optical_depth

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
               call fail(s, status_out_of_table, 'radiation.phi_table: the table ends at tau = ' &
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
end module removal
