! SPDX-License-Identifier: BSD-3-Clause
!> Collisional cascade of one ring: Smoluchowski's equation with fragmentation, and its Jacobian.
!!
!! In surface mass sigma_k = m_k N_k [kg m-2] the mass of bin b that meets bin p per time is
!! sigma_b sigma_p K_bp/m_p. What becomes of it is in collision_outcome, how it is added up over
!! all pairs in collision_tables and collision_sums.
module collisions
   use kinds, only: dp
   use constants, only: pi
   use disk_config, only: disk_config_t
   use size_grid, only: size_grid_t, power_integral
   use size_drift, only: edge_flux
   use strength, only: q_d_star
   use collision_outcome, only: transfer_t, debris_law_t, make_debris_law, two_body_outcome, &
                                merged_outcome
   use collision_sums, only: add_rates, add_jacobian
   use collision_tables, only: pair_tables_t, make_pair_tables
   implicit none
   private
   public :: kernel_t, make_kernel, add_collisions, add_collision_jacobian, collision_energy

   !> Bins wider than this in ln s know no slope [1].
   real(dp), parameter :: widest = 2.0_dp*log(10.0_dp)

   !> Everything about collisions in a ring that does not change with time; pairs are (p, b).
   type :: kernel_t
      logical :: active = .false.
      real(dp) :: speed = 0.0_dp                   !< collision speed [m s-1]
      real(dp), allocatable :: rate(:, :)          !< K_bp/m_p [m2 kg-1 s-1]
      real(dp), allocatable :: phi(:, :)           !< energy over disruption energy [1]
      type(pair_tables_t) :: pairs                 !< what becomes of all pairs
      real(dp), allocatable :: freed(:)          !< what dust frees per ln s, per sigma_k, relative
   end type kernel_t

contains

   !> Rates and outcomes for all pairs. Event rate of two Gaussian layers (Krivov et al. 2006):
   !! C_ij = N_i N_j/(1 + delta_ij) pi (s_i + s_j)^2 v/(sqrt(2 pi) H_ij), H_ij = sqrt2 h_factor i r.
   subroutine make_kernel(c, g, r, v, k)
      type(disk_config_t), intent(in) :: c
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: r      !< ring radius [m]
      real(dp), intent(in) :: v      !< collision speed [m s-1]
      type(kernel_t), intent(out) :: k
      type(debris_law_t) :: law
      type(transfer_t), allocatable :: move(:, :)  ! outcome for body b hit by p
      real(dp) :: q_d(g%n), weight(g%n), h_ij
      integer :: b, p
      k%speed = v
      k%active = c%fragmentation .and. v > 0.0_dp
      if (.not. k%active) return
      call make_debris_law(c, v, law)
      h_ij = sqrt(2.0_dp)*c%h_factor*c%i*r
      allocate (move(g%n, g%n), k%rate(g%n, g%n), k%phi(g%n, g%n), k%freed(g%n))
      do b = 1, g%n
         q_d(b) = q_d_star(c, g%s(b), v)
         weight(b) = power_integral(g%edge(b - 1), g%edge(b), law%p)
      end do
      do b = 1, g%n
         do p = 1, g%n
            k%rate(p, b) = pi*(g%s(b) + g%s(p))**2*v/(sqrt(2.0_dp*pi)*h_ij)/g%m(p)
            if (c%law == 'ls12') then
               call merged_outcome(g, law, b, p, v, q_d(max(b, p)), move(p, b), k%phi(p, b))
            else
               call two_body_outcome(g, law, b, p, v, q_d(b), move(p, b), k%phi(p, b))
            end if
         end do
      end do
      call make_pair_tables(g, k%rate, move, weight, k%pairs)
      ! dust frees mass from a body in proportion to its mass/(s Q_D*(s))
      k%freed = 1.0_dp/(g%width*g%s*q_d)
      k%freed = k%freed/maxval(k%freed)
   end subroutine make_kernel

   !> Factor minus one of the slow transfers of each bin, and its derivative with sigma.
   !!
   !! From the slope of what dust frees per ln s: where that is flat, what a bin loses is right as
   !! it is, however wide the bin.
   pure subroutine drift_correction(g, k, sigma, f, df)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)       !< [kg m-2]
      real(dp), intent(out) :: f(g%n)
      real(dp), intent(out) :: df(g%n, -1:1) !< d f_b/d sigma_(b-1), sigma_b, sigma_(b+1)
      if (g%dx > widest) then
         f = 0.0_dp
         df = 0.0_dp
         return
      end if
      call edge_flux(k%freed*sigma, -1, f, df)
      f = f - 1.0_dp
      f(g%n) = 0.0_dp                        ! no slope is known at the ends
      df(g%n, :) = 0.0_dp
      df(2:, -1) = df(2:, -1)*k%freed(:g%n - 1)
      df(:, 0) = df(:, 0)*k%freed
      df(:g%n - 1, 1) = df(:g%n - 1, 1)*k%freed(2:)
   end subroutine drift_correction

   !> Add d sigma/dt by collisions, and the mass rate that leaves below the grid [kg m-2 s-1].
   pure subroutine add_collisions(g, k, sigma, dsigma, below)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)        !< [kg m-2]
      real(dp), intent(inout) :: dsigma(:)    !< [kg m-2 s-1]
      real(dp), intent(inout) :: below        !< [kg m-2 s-1]
      real(dp) :: f(g%n), df(g%n, -1:1)
      call drift_correction(g, k, sigma, f, df)
      call add_rates(k%pairs, sigma, f, dsigma, below)
   end subroutine add_collisions

   !> Add the Jacobian of add_collisions: rows 1..n bins and row `row_below`, columns 1..n bins.
   pure subroutine add_collision_jacobian(g, k, sigma, row_below, jac)
      type(size_grid_t), intent(in) :: g
      type(kernel_t), intent(in) :: k
      real(dp), intent(in) :: sigma(:)           !< [kg m-2]
      integer, intent(in) :: row_below
      real(dp), intent(inout), contiguous :: jac(:, :)   !< (n_state, n_dyn) [s-1]
      real(dp) :: f(g%n), df(g%n, -1:1)
      call drift_correction(g, k, sigma, f, df)
      call add_jacobian(k%pairs, sigma, f, df, row_below, jac)
   end subroutine add_collision_jacobian

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
         !$omp simd private(t) reduction(+:energy, catastrophic, cratering)
         do p = 1, g%n
            t = k%rate(p, b)*sigma(p)*sigma(b)
            ! every event is met twice, as (b, p) and as (p, b)
            energy = energy + 0.25_dp*t*g%m(p)/(g%m(b) + g%m(p))*k%speed**2
            catastrophic = catastrophic + merge(t, 0.0_dp, k%phi(p, b) > 1.0_dp)
            cratering = cratering + merge(0.0_dp, t, k%phi(p, b) > 1.0_dp)
         end do
      end do
   end subroutine collision_energy
end module collisions
