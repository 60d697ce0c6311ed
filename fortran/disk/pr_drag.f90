! SPDX-License-Identifier: BSD-3-Clause
!> Poynting-Robertson drag by the light of Mars: grains of the surface spiral inward.
!!
!! da/dt = -2 beta G M/(c a) f_PR(a) f_exp on a circular orbit (Burns, Lamy & Soter 1979), per
!! size bin. Only the bound share of a bin is dragged: what is unbound leaves within an orbit.
!! Finite volumes over the rings: the mass that passes an edge comes from the ring outside of it,
!! with a limited linear reconstruction (van Leer 1974), in substeps of Heun's method. Masses stay
!! positive; nothing comes in through r_out.
module pr_drag
   use kinds, only: dp
   use constants, only: pi, gm_mars, r_mars, c_light
   use disk_model, only: disk_t
   use interpolation, only: locate
   use mars_lamp, only: lamp_temperature, lamp_flux
   use radiation, only: light_t, shine, optics_t
   use removal, only: exposure
   use ring_driver, only: hold
   use ring_equations, only: shine_on_ring
   use status, only: status_t
   implicit none
   private
   public :: extended_lamp, drag_speed, drag_grains, drag_rates

   !> Share of a ring that may leave in a substep: above 1/2 Heun's method need not stay positive.
   real(dp), parameter :: courant = 0.4_dp

contains

   !> f_PR = (8 - m - m^2)/(3 (1 + m)), m = sqrt(1 - (R/r)^2): a uniformly bright sphere exerts more
   !! drag per pressure than a point, 8/3 at its surface [1].
   elemental real(dp) function extended_lamp(r) result(f)
      real(dp), intent(in) :: r        !< [m]
      real(dp) :: m
      m = sqrt(max(0.0_dp, 1.0_dp - (r_mars/r)**2))
      f = (8.0_dp - m - m**2)/(3.0_dp*(1.0_dp + m))
   end function extended_lamp

   !> |da/dt| of a grain in full light [m s-1].
   elemental real(dp) function drag_speed(r, beta) result(v)
      real(dp), intent(in) :: r, beta  !< [m], [1]
      v = 2.0_dp*beta*gm_mars/(c_light*r)*extended_lamp(r)
   end function drag_speed

   !> Mass that passes each edge inward from t to t + h, per bin; edge 0 is r_in.
   subroutine drag_grains(d, t, h, surface, passed, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, h              !< [s]
      real(dp), intent(in) :: surface(:, :)     !< (n_bin, n_ring) [kg m-2]
      real(dp), intent(out) :: passed(:, 0:)    !< (n_bin, 0:n_ring) [kg]
      type(status_t), intent(inout) :: s
      real(dp), dimension(size(surface, 1), 0:size(surface, 2)) :: before, after
      real(dp), dimension(size(surface, 1), size(surface, 2)) :: now, guess
      real(dp) :: dt, fastest
      integer :: i, n
      passed = 0.0_dp
      ! T_M is monotone from t to t + h: it is brightest at one of the ends
      fastest = max(largest_share(d, t, t), largest_share(d, t + h, t))
      n = max(1, ceiling(fastest*h/courant))
      dt = h/n
      now = surface
      do i = 1, n
         call drag_rates(d, t + (i - 1)*dt, t, now, before, s)
         guess = now + dt*arrived(d, before)
         call drag_rates(d, t + i*dt, t, guess, after, s)
         before = 0.5_dp*dt*(before + after)
         passed = passed + before
         now = now + arrived(d, before)
      end do
   end subroutine drag_grains

   !> Mass per time that passes each edge inward at time t, per bin.
   subroutine drag_rates(d, t, t_held, surface, rate, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t                 !< [s]
      real(dp), intent(in) :: t_held            !< whether s_min is unbound is that of then [s]
      real(dp), intent(in) :: surface(:, :)     !< (n_bin, n_ring) [kg m-2]
      real(dp), intent(out) :: rate(:, 0:)      !< (n_bin, 0:n_ring) [kg s-1]
      type(status_t), intent(inout) :: s
      type(light_t) :: light
      real(dp) :: strength(size(surface, 1), size(surface, 2)), edge(size(surface, 1)), seen, unused
      integer :: l
      call drag_strength(d, t, t_held, light, strength)
      rate = 0.0_dp
      do l = 1, size(surface, 2)
         edge = inner_edge(d, surface, l)
         call exposure(d, d%c%f_los*dot_product(light%kappa, edge), seen, unused, s)
         rate(:, l - 1) = strength(:, l)*seen*edge
      end do
   end subroutine drag_rates

   !> 2 pi r |da/dt| at the inner edges of the rings, times the bound share of the bins of the ring,
   !! in full light [m2 s-1].
   subroutine drag_strength(d, t, t_held, light, strength)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, t_held         !< [s]
      type(light_t), intent(inout) :: light
      real(dp), intent(out) :: strength(:, :)   !< (n_bin, n_ring)
      real(dp) :: t_mars, flux, whole(d%g%n)
      integer :: l
      t_mars = lamp_temperature(d%lamp, t)
      flux = lamp_flux(d%lamp, t_mars)
      call shine(d%optics, d%g, t_mars, flux, light)
      whole = 4.0_dp*pi*gm_mars/c_light*d%optics%beta_factor*flux &
              *q_pr(d%optics, t_mars, d%g%n)/d%g%s
      do l = 1, size(d%rings)
         call shine_on_ring(d, d%rings(l), hold(d, d%rings(l), t_held, .false.), light)
         strength(:, l) = whole*(1.0_dp - light%unbound)*extended_lamp(d%ring_edge(l - 1))
      end do
   end subroutine drag_strength

   !> <Q_pr> at the nodes [1].
   pure function q_pr(o, t_mars, n) result(q)
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: t_mars            !< [K]
      integer, intent(in) :: n
      real(dp) :: q(n), f
      integer :: i
      q = o%q_grey
      if (o%grey) return
      i = locate(o%t, t_mars)
      f = (t_mars - o%t(i))/(o%t(i + 1) - o%t(i))
      q = o%q_node(:, i) + f*(o%q_node(:, i + 1) - o%q_node(:, i))
   end function q_pr

   !> Surface density of the bins of ring l at its inner edge, between 0 and twice the mean, which
   !! keeps masses positive [kg m-2].
   pure function inner_edge(d, surface, l) result(edge)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: surface(:, :)
      integer, intent(in) :: l
      real(dp), dimension(size(surface, 1)) :: edge, inside, outside, slope
      associate (n => size(surface, 2), r => d%rings%r)
         inside = 0.0_dp
         outside = 0.0_dp
         if (l > 1) inside = (surface(:, l) - surface(:, l - 1))/(r(l) - r(l - 1))
         if (l < n) outside = (surface(:, l + 1) - surface(:, l))/(r(l + 1) - r(l))
         if (l == 1) inside = outside
         if (l == n) outside = inside
         slope = 0.0_dp
         where (inside*outside > 0.0_dp) slope = 2.0_dp*inside*outside/(inside + outside)
         edge = surface(:, l) - slope*(r(l) - d%ring_edge(l - 1))
      end associate
      edge = min(max(edge, 0.0_dp), 2.0_dp*max(surface(:, l), 0.0_dp))
   end function inner_edge

   !> What the passages of edges leave in the rings [kg m-2].
   pure function arrived(d, passed) result(change)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: passed(:, 0:)     !< (n_bin, 0:n_ring) [kg]
      real(dp) :: change(size(passed, 1), size(d%rings))
      integer :: l
      do l = 1, size(d%rings)
         change(:, l) = (passed(:, l) - passed(:, l - 1))/d%rings(l)%area
      end do
   end function arrived

   !> Largest share of a ring that leaves per time in full light [s-1].
   real(dp) function largest_share(d, t, t_held) result(rate)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, t_held         !< [s]
      type(light_t) :: light
      real(dp) :: strength(d%g%n, size(d%rings))
      call drag_strength(d, t, t_held, light, strength)
      rate = maxval(maxval(strength, 1)/d%rings%area)
   end function largest_share
end module pr_drag
