! SPDX-License-Identifier: BSD-3-Clause
!> Collisional cascade of one ring: Smoluchowski's equation with fragmentation, and its Jacobian.
!!
!! In surface mass sigma_k = m_k N_k [kg m-2] the mass of bin b that meets bin p per time is
!! T_bp = sigma_b sigma_p K_bp/m_p, and every pair moves T_bp between at most six places (see
!! collision_outcome). Debris goes to all bins below its largest fragment with the same weights, so
!! one scatter per pair and one suffix sum give the gains in O(n^2) (Rafikov, Silsbee & Booth 2020);
!! the same trick gives the exact Jacobian in O(n^2).
module collisions
   use kinds, only: dp
   use constants, only: pi
   use disk_config, only: disk_config_t
   use size_grid, only: size_grid_t, power_integral
   use size_drift, only: edge_flux
   use strength, only: q_d_star
   use collision_outcome, only: transfer_t, debris_law_t, make_debris_law, two_body_outcome, &
                                merged_outcome
   implicit none
   private
   public :: kernel_t, make_kernel, add_collisions, add_collision_jacobian, collision_energy

   !> Everything about collisions in a ring that does not change with time; pairs are (p, b).
   type :: kernel_t
      logical :: active = .false.
      real(dp) :: speed = 0.0_dp                   !< collision speed [m s-1]
      real(dp), allocatable :: rate(:, :)          !< K_bp/m_p [m2 kg-1 s-1]
      type(transfer_t), allocatable :: move(:, :)  !< outcome for body b hit by p
      real(dp), allocatable :: phi(:, :)           !< energy over disruption energy [1]
      real(dp), allocatable :: weight(:)           !< debris integral over each bin (n)
      real(dp), allocatable :: to_flux(:)          !< g_k = to_flux_k sigma_k: relative drift flux
      real(dp) :: drift = 1.0_dp                   !< edge over node flux of a smooth flow [1]
   end type kernel_t

contains

   !> Rates and outcomes for all pairs. Event rate of two Gaussian layers (Krivov et al. 2006):
   !! C_ij = N_i N_j/(1 + delta_ij) pi (s_i + s_j)^2 v/(sqrt(2 pi) H_ij), H_ij = sqrt(2) h_factor i r.
   subroutine make_kernel(c, g, r, v, k)
      type(disk_config_t), intent(in) :: c
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: r      !< ring radius [m]
      real(dp), intent(in) :: v      !< collision speed [m s-1]
      type(kernel_t), intent(out) :: k
      type(debris_law_t) :: law
      real(dp) :: q_d(g%n), h_ij
      integer :: b, p
      k%speed = v
      k%active = c%fragmentation .and. v > 0.0_dp
      if (.not. k%active) return
      call make_debris_law(c, v, law)
      h_ij = sqrt(2.0_dp)*c%h_factor*c%i*r
      allocate (k%rate(g%n, g%n), k%move(g%n, g%n), k%phi(g%n, g%n), k%weight(g%n), k%to_flux(g%n))
      do b = 1, g%n
         q_d(b) = q_d_star(c, g%s(b), v)
         k%weight(b) = power_integral(g%edge(b - 1), g%edge(b), law%p)
      end do
      do b = 1, g%n
         do p = 1, g%n
            k%rate(p, b) = pi*(g%s(b) + g%s(p))**2*v/(sqrt(2.0_dp*pi)*h_ij)/g%m(p)
            if (c%law == 'ls12') then
               call merged_outcome(g, law, b, p, v, q_d(max(b, p)), k%move(p, b), k%phi(p, b))
            else
               call two_body_outcome(g, law, b, p, v, q_d(b), k%move(p, b), k%phi(p, b))
            end if
         end do
      end do
      ! Erosion by dust: ds/dt ~ 1/Q_D*(s), so the flux of grains through s is N/(width s Q_D*).
      k%to_flux = 1.0_dp/(g%m*g%width*g%s*q_d)
      k%to_flux = k%to_flux/maxval(k%to_flux)
      ! A smooth flow loses ds/dt/(s dx) grains per node and time, the pivot rule
      ! 3 ds/dt/(s (1 - exp(-3 dx))): the factor between the two.
      k%drift = (1.0_dp - exp(-3.0_dp*g%dx))/(3.0_dp*g%dx)
   end subroutine make_kernel

   !> Factor minus one of the slow transfers of each bin, and its derivative with sigma.
   pure subroutine drift_correction(g, k, sigma, f, df)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)       !< [kg m-2]
      real(dp), intent(out) :: f(:)          !< (n)
      real(dp), intent(out) :: df(-1:, :)    !< d f_b/d sigma_(b-1), sigma_b, sigma_(b+1)
      integer :: b, d
      call edge_flux(k%to_flux*sigma, -1, f, df)
      do b = 1, g%n
         do d = -1, 1
            if (b + d < 1 .or. b + d > g%n) cycle
            df(d, b) = df(d, b)*k%drift*g%dx/g%width(b)*k%to_flux(b + d)
         end do
         f(b) = f(b)*k%drift*g%dx/g%width(b) - 1.0_dp
      end do
   end subroutine drift_correction

   !> Add d sigma/dt by collisions, and the mass rate that leaves below the grid [kg m-2 s-1].
   pure subroutine add_collisions(g, k, sigma, dsigma, below)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)        !< [kg m-2]
      real(dp), intent(inout) :: dsigma(:)    !< [kg m-2 s-1]
      real(dp), intent(inout) :: below        !< [kg m-2 s-1]
      real(dp) :: f(g%n), df(-1:1, g%n), debris(0:g%n), t
      integer :: b, p
      call drift_correction(g, k, sigma, f, df)
      debris = 0.0_dp
      do b = 1, g%n
         do p = 1, g%n
            associate (x => k%move(p, b))
               t = k%rate(p, b)*sigma(p)*sigma(b)*(1.0_dp + f(b)*x%smooth)
               dsigma(b) = dsigma(b) - x%leave*t
               dsigma(x%node) = dsigma(x%node) + x%w(1)*t
               dsigma(x%node + 1) = dsigma(x%node + 1) + x%w(2)*t
               dsigma(x%top) = dsigma(x%top) + x%part_top*t
               debris(x%top - 1) = debris(x%top - 1) + x%density*t
               below = below + x%below*t
               if (x%bottom > 0) then
                  dsigma(x%bottom) = dsigma(x%bottom) + x%part_bottom*t
                  debris(x%bottom) = debris(x%bottom) - x%density*t
               end if
            end associate
         end do
      end do
      t = 0.0_dp
      do b = g%n, 1, -1
         t = t + debris(b)
         dsigma(b) = dsigma(b) + k%weight(b)*t
      end do
   end subroutine add_collisions

   !> Add the Jacobian of add_collisions: rows 1..n bins and row `row_below`, columns 1..n bins.
   pure subroutine add_collision_jacobian(g, k, sigma, row_below, jac)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)           !< [kg m-2]
      integer, intent(in) :: row_below
      real(dp), intent(inout) :: jac(:, :)       !< (n_state, n) [s-1]
      real(dp) :: f(g%n), df(-1:1, g%n), debris(0:g%n, g%n), smooth(g%n), tail(0:g%n), t, below
      integer :: b, p, d
      call drift_correction(g, k, sigma, f, df)
      debris = 0.0_dp
      do b = 1, g%n
         smooth = 0.0_dp
         tail = 0.0_dp
         below = 0.0_dp
         do p = 1, g%n
            associate (x => k%move(p, b))
               t = k%rate(p, b)*(1.0_dp + f(b)*x%smooth)
               call move(x, b, t*sigma(p), jac(:g%n, b), debris(:, b), jac(row_below, b))
               call move(x, b, t*sigma(b), jac(:g%n, p), debris(:, p), jac(row_below, p))
               if (x%smooth > 0.0_dp) call move(x, b, k%rate(p, b)*sigma(p)*sigma(b)*x%smooth, &
                                                smooth, tail, below)
            end associate
         end do
         ! the edge factor of bin b depends on its neighbours
         call suffix_sum(k%weight, tail, smooth)
         do d = -1, 1
            if (b + d < 1 .or. b + d > g%n) cycle
            jac(:g%n, b + d) = jac(:g%n, b + d) + df(d, b)*smooth
            jac(row_below, b + d) = jac(row_below, b + d) + df(d, b)*below
         end do
      end do
      do b = 1, g%n
         call suffix_sum(k%weight, debris(:, b), jac(:g%n, b))
      end do
   end subroutine add_collision_jacobian

   !> Add t times the transfer x of bin b to a column.
   pure subroutine move(x, b, t, column, debris, below)
      type(transfer_t), intent(in) :: x
      integer, intent(in) :: b
      real(dp), intent(in) :: t
      real(dp), intent(inout) :: column(:), debris(0:), below
      column(b) = column(b) - x%leave*t
      column(x%node) = column(x%node) + x%w(1)*t
      column(x%node + 1) = column(x%node + 1) + x%w(2)*t
      column(x%top) = column(x%top) + x%part_top*t
      debris(x%top - 1) = debris(x%top - 1) + x%density*t
      below = below + x%below*t
      if (x%bottom > 0) then
         column(x%bottom) = column(x%bottom) + x%part_bottom*t
         debris(x%bottom) = debris(x%bottom) - x%density*t
      end if
   end subroutine move

   !> Debris of all pairs with their largest fragment above bin k lands in k with weight_k.
   pure subroutine suffix_sum(weight, debris, column)
      real(dp), intent(in) :: weight(:), debris(0:)
      real(dp), intent(inout) :: column(:)
      real(dp) :: t
      integer :: k
      t = 0.0_dp
      do k = size(weight), 1, -1
         t = t + debris(k)
         column(k) = column(k) + weight(k)*t
      end do
   end subroutine suffix_sum

   !> Kinetic energy that collisions bring in [W m-2], and the rates at which mass meets
   !! catastrophic (phi > 1) and cratering impacts [kg m-2 s-1].
   pure subroutine collision_energy(g, k, sigma, energy, catastrophic, cratering)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)       !< [kg m-2]
      real(dp), intent(out) :: energy, catastrophic, cratering
      real(dp) :: t
      integer :: b, p
      energy = 0.0_dp
      catastrophic = 0.0_dp
      cratering = 0.0_dp
      if (.not. k%active) return
      do b = 1, g%n
         do p = 1, g%n
            t = k%rate(p, b)*sigma(p)*sigma(b)
            ! every event is met twice, as (b, p) and as (p, b)
            energy = energy + 0.25_dp*t*g%m(p)/(g%m(b) + g%m(p))*k%speed**2
            if (k%phi(p, b) > 1.0_dp) then
               catastrophic = catastrophic + t
            else
               cratering = cratering + t
            end if
         end do
      end do
   end subroutine collision_energy
end module collisions
