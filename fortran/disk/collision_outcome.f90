! SPDX-License-Identifier: BSD-3-Clause
!> Outcome of the collision of two bodies, as a net transfer between the nodes of the size grid.
!!
!! Seen from one body: the share of its mass that leaves its bin, the share that its remnant puts
!! on two neighbouring nodes (mass and number kept; Podolak & Podolak 1980, Brauer et al. 2008),
!! and the share that becomes debris. Only what moves is computed: a grain that takes 1e-9 of a
!! boulder moves 1e-9 of a boulder, nothing is removed and added back.
module collision_outcome
   use kinds, only: dp
   use disk_config, only: disk_config_t
   use size_grid, only: size_grid_t, power_integral
   implicit none
   private
   public :: transfer_t, debris_law_t, make_debris_law, two_body_outcome, merged_outcome

   real(dp), parameter :: phi_super = 1.8_dp       !< super-catastrophic (Leinhardt & Stewart 2012)
   real(dp), parameter :: s_floor_min = 1.0e-9_dp  !< no fragment below 1 nm [m]

   !> What one body of a colliding pair does, in units of its own mass.
   type :: transfer_t
      real(dp) :: leave = 0.0_dp       !< leaves the bin
      integer :: node = 1              !< the remnant goes to node, node + 1 ...
      real(dp) :: w(2) = 0.0_dp        !< ... with these shares
      integer :: top = 1               !< bin of the largest fragment
      real(dp) :: density = 0.0_dp     !< debris per integral s^(p-1) ds, bins bottom+1..top-1
      real(dp) :: part_top = 0.0_dp    !< debris in the bin of the largest fragment
      integer :: bottom = 0            !< bin of the smallest fragment; 0 = reaches s_min
      real(dp) :: part_bottom = 0.0_dp !< debris in that bin
      real(dp) :: below = 0.0_dp       !< leaves the grid at its lower end
      real(dp) :: smooth = 0.0_dp      !< 1 = slow drift to the node below, 0 = a jump
   end type transfer_t

   !> Debris dN/ds ~ s^-q between the smallest and the largest fragment.
   type :: debris_law_t
      real(dp) :: p = 0.5_dp           !< mass ~ integral of s^(p-1) ds: p = 4 - q, or 1 - q
      logical :: lost = .false.        !< what is below s_min leaves (else it sits at s_min)
      logical :: surface_energy = .false.
      real(dp) :: q = 3.5_dp
      real(dp) :: s_24 = 0.0_dp        !< 24 gamma/(eta rho v^2) [m]
   end type debris_law_t

contains

   pure subroutine make_debris_law(c, v, law)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: v        !< collision speed [m s-1]
      type(debris_law_t), intent(out) :: law
      law%q = c%q_frag
      law%p = 4.0_dp - c%q_frag
      if (c%fragment_weights == 'mass') law%p = 1.0_dp - c%q_frag
      law%lost = c%bottom == 'lost'
      law%surface_energy = c%s_floor == 'surface_energy'
      law%s_24 = 24.0_dp*c%gamma/(c%eta*c%rho*max(v, 1.0e-100_dp)**2)
   end subroutine make_debris_law

   !> Body b hit by body p keeps a remnant of itself (law = 'two_body').
   pure subroutine two_body_outcome(g, law, b, p, v, q_d, x, phi)
      type(size_grid_t), intent(in) :: g
      type(debris_law_t), intent(in) :: law
      integer, intent(in) :: b, p
      real(dp), intent(in) :: v, q_d        !< speed [m s-1], Q_D* of body b [J kg-1]
      type(transfer_t), intent(out) :: x
      real(dp), intent(out) :: phi          !< energy over disruption energy [1]
      real(dp) :: eps, energy, s_rem, s_top
      logical :: any_debris
      energy = 0.5_dp*g%m(b)*g%m(p)/(g%m(b) + g%m(p))*v**2
      phi = energy/((g%m(b) + min(g%m(b), g%m(p)))*q_d)
      if (b == 1 .and. .not. law%lost) return      ! grains at s_min break no further
      eps = ejected_fraction(phi)
      s_rem = g%s(b)*(1.0_dp - eps)**(1.0_dp/3.0_dp)
      s_top = min(s_rem, g%s(b)*(0.5_dp*eps)**(1.0_dp/3.0_dp))
      call put_debris(g, law, eps, g%s(b), s_top, x, any_debris)
      if (.not. any_debris) return
      call put_remnant(g, law, b, eps, x)
   end subroutine two_body_outcome

   !> Ejected mass fraction 1 - F(phi) (Leinhardt & Stewart 2012, eqs 5 and 44).
   elemental real(dp) function ejected_fraction(phi) result(eps)
      real(dp), intent(in) :: phi
      if (phi < phi_super) then
         eps = 0.5_dp*phi
      else
         eps = 1.0_dp - 0.1_dp*(phi/phi_super)**(-1.5_dp)
      end if
   end function ejected_fraction

   !> The remnant (1 - eps) m_b between its two neighbouring nodes.
   pure subroutine put_remnant(g, law, b, eps, x)
      type(size_grid_t), intent(in) :: g
      type(debris_law_t), intent(in) :: law
      integer, intent(in) :: b
      real(dp), intent(in) :: eps
      type(transfer_t), intent(inout) :: x
      real(dp) :: lambda, below, m_rem, a(2)
      below = 0.0_dp
      if (b > 1) below = g%m(b - 1)
      lambda = eps*g%m(b)/(g%m(b) - below)        ! share (in number) that ends on the node below
      m_rem = (1.0_dp - eps)*g%m(b)
      if (lambda <= 1.0_dp) then
         x%leave = lambda
         x%node = max(b - 1, 1)
         x%w(1) = lambda*below/g%m(b)
         if (b > 1) x%smooth = 1.0_dp - lambda
      else
         x%leave = 1.0_dp
         if (m_rem <= g%m(1)) then
            if (law%lost) then
               x%below = x%below + (1.0_dp - eps)
            else
               x%w(1) = 1.0_dp - eps
            end if
         else
            call place(g, m_rem, x%node, a)
            x%w = a*(1.0_dp - eps)
         end if
      end if
   end subroutine put_remnant

   !> Node k with m_k <= m < m_(k+1).
   pure integer function node_below(g, m) result(k)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: m
      k = min(max(1 + int(log(m/g%m(1))/(3.0_dp*g%dx)), 1), g%n - 1)
      if (m < g%m(k) .and. k > 1) k = k - 1
      if (k < g%n - 1) then
         if (m >= g%m(k + 1)) k = k + 1
      end if
   end function node_below

   !> Spread the mass share eps as debris below s_top; .false. when the impact cannot pay for any.
   pure subroutine put_debris(g, law, eps, s_parent, s_top, x, any_debris)
      type(size_grid_t), intent(in) :: g
      type(debris_law_t), intent(in) :: law
      real(dp), intent(in) :: eps, s_parent, s_top   !< [1], [m], [m]
      type(transfer_t), intent(inout) :: x
      logical, intent(out) :: any_debris
      real(dp) :: low, total, s_min
      integer :: z
      s_min = g%s(1)
      low = merge(0.0_dp, s_min, law%lost)
      any_debris = .true.
      if (law%surface_energy) then
         low = max(smallest_fragment(law, s_parent, s_top), s_floor_min)
         any_debris = low < s_top
         if (.not. any_debris) return
      end if
      if (s_top <= s_min) then
         if (law%lost) then
            x%below = x%below + eps
         else
            x%part_top = eps
         end if
         return
      end if
      total = power_integral(low, s_top, law%p)
      if (law%lost .and. low < s_min) then
         x%below = x%below + eps*power_integral(low, s_min, law%p)/total
         low = s_min
      end if
      x%top = bin_of(g, s_top)
      z = bin_of(g, low)
      if (x%top == z) then
         x%part_top = eps*power_integral(low, s_top, law%p)/total
         return
      end if
      x%density = eps/total
      x%part_top = eps*power_integral(g%edge(x%top - 1), s_top, law%p)/total
      if (abs(low - s_min) > 0.0_dp) then       ! else what is smaller than s_min sits at s_min
         x%bottom = z
         x%part_bottom = eps*power_integral(low, g%edge(z), law%p)/total
      end if
   end subroutine put_debris

   !> Smallest fragment that the impact energy pays for (Krijt & Kama 2014) [m]:
   !! 1/s0 + eta rho v^2/(24 gamma) = (4-q)/(q-3) s_floor^(3-q) s_top^(q-4).
   pure real(dp) function smallest_fragment(law, s0, s_top) result(s)
      type(debris_law_t), intent(in) :: law
      real(dp), intent(in) :: s0, s_top   !< parent, largest fragment [m]
      real(dp) :: a
      a = 1.0_dp/s0 + 1.0_dp/law%s_24
      s = (a*(law%q - 3.0_dp)/(4.0_dp - law%q)*s_top**(4.0_dp - law%q))**(1.0_dp/(3.0_dp - law%q))
   end function smallest_fragment

   !> Bin that holds size s: edge(k-1) < s <= edge(k); sizes below the grid count as bin 1.
   pure integer function bin_of(g, s) result(k)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: s   !< [m]
      k = 1
      if (s <= g%edge(1)) return
      k = min(max(1 + nint(log(s/g%s(1))/g%dx), 1), g%n)
      if (k > 1) then
         if (s <= g%edge(k - 1)) k = k - 1
      end if
      if (k < g%n) then
         if (s > g%edge(k)) k = k + 1
      end if
   end function bin_of

   !> One remnant F (m_b + m_p) of both bodies (law = 'ls12', the published form).
   !!
   !! The share of body b of the pair. For phi -> 0 bodies merge at km/s, which is why this law is
   !! kept for comparison only.
   pure subroutine merged_outcome(g, law, b, p, v, q_d, x, phi)
      type(size_grid_t), intent(in) :: g
      type(debris_law_t), intent(in) :: law
      integer, intent(in) :: b, p
      real(dp), intent(in) :: v, q_d        !< speed [m s-1], Q_D* of the larger body [J kg-1]
      type(transfer_t), intent(out) :: x
      real(dp), intent(out) :: phi          !< Q_R/Q_D* [1]
      real(dp) :: total, eps, m_rem, s_top, growth, lambda, a(2)
      logical :: any_debris
      integer :: i, k
      i = max(b, p)
      total = g%m(b) + g%m(p)
      phi = 0.5_dp*g%m(b)*g%m(p)/total*v**2/(total*q_d)
      if (i == 1 .and. .not. law%lost) return
      eps = ejected_fraction(phi)
      m_rem = (1.0_dp - eps)*total
      s_top = g%s(i)*(min(m_rem, 0.5_dp*eps*total)/g%m(i))**(1.0_dp/3.0_dp)
      if (b == p) then
         call put_debris(g, law, eps, g%s(i), s_top, x, any_debris)
         if (.not. any_debris) return
         x%leave = 1.0_dp
         if (m_rem <= g%m(1) .and. law%lost) then
            x%below = x%below + 0.5_dp*m_rem/g%m(b)
         else
            call place(g, m_rem, x%node, a)
            x%w = a*0.5_dp*m_rem/g%m(b)
         end if
         return
      end if
      ! not m_rem - m_i, which cancels: dust changes a boulder by less than its round-off
      growth = min(g%m(b), g%m(p)) - eps*total
      call place(g, m_rem, k, a)
      if (b == i) then
         if (growth < 0.0_dp) then
            call put_debris(g, law, -growth/g%m(i), g%s(i), s_top, x, any_debris)
            if (any_debris) call put_remnant(g, law, b, -growth/g%m(i), x)
         else if (k > i) then
            call put_debris(g, law, 0.0_dp, g%s(i), s_top, x, any_debris)
            if (.not. any_debris) return
            x%leave = 1.0_dp
            x%node = k
            x%w = a
         end if
         return
      end if
      growth = max(growth, 0.0_dp)/g%m(b)
      call put_debris(g, law, 1.0_dp - growth, g%s(i), s_top, x, any_debris)
      if (.not. any_debris) return
      x%leave = 1.0_dp
      if (growth <= 0.0_dp) return
      if (k > i) then
         x%node = k
         x%w = a*growth
      else if (i == g%n) then
         x%node = i - 1
         x%w(2) = growth
      else
         ! a little growth of body i: the share lambda of it moves one node up
         lambda = growth*g%m(b)/(g%m(i + 1) - g%m(i))
         x%node = i
         x%w(1) = -lambda*g%m(i)/g%m(b)
         x%w(2) = lambda*g%m(i + 1)/g%m(b)
      end if
   end subroutine merged_outcome

   !> Nodes k, k + 1 and mass shares that keep mass and number of a body of mass m.
   pure subroutine place(g, m, k, a)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: m      !< [kg]
      integer, intent(out) :: k
      real(dp), intent(out) :: a(2)
      real(dp) :: f
      k = node_below(g, m)
      f = min(max((g%m(k + 1) - m)/(g%m(k + 1) - g%m(k)), 0.0_dp), 1.0_dp)
      a(1) = f*g%m(k)/m
      a(2) = 1.0_dp - a(1)
      if (m <= g%m(1)) a = [1.0_dp, 0.0_dp]
   end subroutine place
end module collision_outcome
