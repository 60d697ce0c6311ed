! SPDX-License-Identifier: BSD-3-Clause
!> Supply of a ring's surface from below or from outside, and what sinks back: rates and their
!! exact Jacobian.
module supply
   use kinds, only: dp
   use constants, only: pi, year
   use disk_model, only: disk_t, ring_t, table_supply, i_deep, i_external, i_supplied, i_settled
   use interpolation, only: linear
   use radiation, only: light_t
   use removal, only: optical_depth
   implicit none
   private
   public :: add_supply, add_supply_jacobian

contains

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
end module supply
