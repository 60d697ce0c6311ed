! SPDX-License-Identifier: BSD-3-Clause
!> Viscous diffusion of the deep reservoir over the rings.
!!
!! dSigma/dt = (3/r) d/dr[sqrt(r) d/dr(nu Sigma sqrt(r))] (Lynden-Bell & Pringle 1974), written with
!! the viscous torque g = 3 pi nu Sigma j, j = sqrt(G M r): the mass that passes an edge outward per
!! time is -dg/dj. With the differences of j between the rings' centres the rings keep their angular
!! momentum to round-off. No torque acts at r_in and r_out: what passes leaves with j of the edge.
!! In time a stiffly accurate, L-stable SDIRK method of order 2 (Alexander 1977) with Newton's
!! method, as nu depends on Sigma; steps by halving, to the tolerance of the run.
module viscosity
   use kinds, only: dp
   use constants, only: pi, gm_mars, g_newton, r_gas, sigma_sb
   use disk_config, only: disk_config_t
   use disk_model, only: disk_t
   use status, only: status_t, fail, status_step_size
   use sublimation, only: vapour_molar_mass
   implicit none
   private
   public :: kinematic_viscosity, orbital_momentum, diffuse_deep, diffusion_rates

   real(dp), parameter :: gam = 1.0_dp - 0.5_dp*sqrt(2.0_dp)
   integer, parameter :: max_newton = 40
   real(dp), parameter :: converged = 1.0e-14_dp   !< Newton's method, of the heaviest ring [1]
   real(dp), parameter :: rounding = 1.0e-8_dp     !< it may stop to improve below this [1]
   !> Below this share of the heaviest ring a reservoir is resolved absolutely [1].
   real(dp), parameter :: absolute = 1.0e-3_dp
   real(dp), parameter :: empty = 1.0e-12_dp       !< of the initial mean: nothing is left [1]
   real(dp), parameter :: negative = 1.0e-10_dp    !< more below zero is an error, not rounding [1]
   real(dp), parameter :: shortest = 1.0e-12_dp    !< step, as a share of the whole [1]

contains

   !> Specific angular momentum of a circular orbit [m2 s-1].
   elemental real(dp) function orbital_momentum(r) result(j)
      real(dp), intent(in) :: r              !< [m]
      j = sqrt(gm_mars*r)
   end function orbital_momentum

   !> nu of the law `law` [m2 s-1].
   elemental real(dp) function kinematic_viscosity(c, law, r, sigma) result(nu)
      type(disk_config_t), intent(in) :: c
      character(len=*), intent(in) :: law
      real(dp), intent(in) :: r, sigma       !< [m], [kg m-2]
      real(dp) :: per_sigma2, times_sigma
      select case (law)
      case ('constant')
         nu = c%nu
      case ('alpha')
         nu = c%alpha_nu*r_gas*c%t_photosphere/vapour_molar_mass(c)/sqrt(gm_mars/r**3)
      case ('disk')
         call disk_law(c, r, per_sigma2, times_sigma)
         nu = 0.0_dp
         if (sigma > 0.0_dp) nu = min(per_sigma2*sigma**2, times_sigma/sigma)
      case default
         nu = 0.0_dp
      end select
   end function kinematic_viscosity

   !> law = 'disk': nu_inst/Sigma^2 [m6 kg-2 s-1] and nu_TS Sigma [kg s-1].
   elemental subroutine disk_law(c, r, per_sigma2, times_sigma)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: r              !< [m]
      real(dp), intent(out) :: per_sigma2, times_sigma
      real(dp) :: omega, r_h
      omega = sqrt(gm_mars/r**3)
      if (c%instability == 'wakes') then
         ! self-gravity wakes, Q < 2: Daisaka, Tanaka & Ida (2001); r_h is the Hill radius of two
         ! touching bodies over twice their radius, the same for all sizes
         r_h = 0.5_dp*r*(8.0_dp*pi*c%rho*g_newton/(9.0_dp*gm_mars))**(1.0_dp/3.0_dp)
         per_sigma2 = 26.0_dp*r_h**5*g_newton**2/omega**3
      else
         per_sigma2 = pi*g_newton**2/omega**3   ! Ward & Cameron (1978)
      end if
      ! what a photosphere can radiate: Thompson & Stevenson (1988)
      times_sigma = sigma_sb*c%t_photosphere**4/omega**2
   end subroutine disk_law

   !> Torque 3 pi nu Sigma j [kg m2 s-2] and its derivative with Sigma [m4 s-2]. Rounding may leave
   !! an empty ring below zero: the torque is odd in Sigma.
   elemental subroutine torque(c, r, sigma, g, dg)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: r, sigma       !< [m], [kg m-2]
      real(dp), intent(out) :: g, dg
      real(dp) :: per_sigma2, times_sigma
      if (c%viscosity == 'disk') then
         call disk_law(c, r, per_sigma2, times_sigma)
         g = per_sigma2*abs(sigma)**3
         dg = 3.0_dp*per_sigma2*sigma**2
         if (g > times_sigma) then
            g = times_sigma
            dg = 0.0_dp
         end if
         g = sign(g, sigma)
      else
         dg = kinematic_viscosity(c, c%viscosity, r, sigma)
         g = dg*sigma
      end if
      g = 3.0_dp*pi*orbital_momentum(r)*g
      dg = 3.0_dp*pi*orbital_momentum(r)*dg
   end subroutine torque

   !> Mass per time that passes each edge inward; edge 0 is r_in [kg s-1].
   pure subroutine diffusion_rates(d, sigma, rate)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: sigma(:)       !< (n_ring) [kg m-2]
      real(dp), intent(out) :: rate(0:)      !< (0:n_ring)
      real(dp), dimension(size(sigma)) :: g, dg
      call torque(d%c, d%rings%r, sigma, g, dg)
      rate = torque_differences(g)/momentum_steps(d)
   end subroutine diffusion_rates

   !> Differences over the edges of what vanishes at r_in and r_out.
   pure function torque_differences(g) result(difference)
      real(dp), intent(in) :: g(:)
      real(dp) :: difference(0:size(g))
      difference = [g, 0.0_dp] - [0.0_dp, g]
   end function torque_differences

   !> Differences of j between the points that torque_differences takes [m2 s-1].
   pure function momentum_steps(d) result(step)
      type(disk_t), intent(in) :: d
      real(dp) :: step(0:size(d%rings)), j(size(d%rings))
      integer :: n
      n = size(d%rings)
      j = orbital_momentum(d%rings%r)
      step = [j, orbital_momentum(d%ring_edge(n))] - [orbital_momentum(d%ring_edge(0)), j]
   end function momentum_steps

   !> Mass that passes each edge inward within h; edge 0 is r_in [kg].
   subroutine diffuse_deep(d, h, deep, passed, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: h              !< [s]
      real(dp), intent(in) :: deep(:)        !< (n_ring) [kg m-2]
      real(dp), intent(out) :: passed(0:)    !< (0:n_ring)
      type(status_t), intent(inout) :: s
      real(dp), dimension(size(deep)) :: now, half, fine, coarse
      real(dp), dimension(0:size(deep)) :: once, first, second
      real(dp) :: done, dt, err, most, nothing
      logical :: ok(3)
      passed = 0.0_dp
      now = deep
      done = 0.0_dp
      dt = h
      nothing = max(empty*sum(d%rings%sigma_deep0*d%rings%area)/sum(d%rings%area), tiny(1.0_dp))
      do while (done < h)
         dt = min(dt, h - done)
         most = max(maxval(now), nothing)
         call sdirk_step(d, dt, now, most, once, ok(1))
         coarse = now + arrived(d, once)
         call sdirk_step(d, 0.5_dp*dt, now, most, first, ok(2))
         half = now + arrived(d, first)
         call sdirk_step(d, 0.5_dp*dt, half, most, second, ok(3))
         fine = half + arrived(d, second)
         err = maxval(abs(fine - coarse)/max(abs(now), absolute*most))/(3.0_dp*d%c%rtol)
         ! supply may have overdrawn a reservoir within its tolerance
         if (minval(fine) < min(minval(now), 0.0_dp) - negative*most) err = max(err, 8.0_dp)
         if (all(ok) .and. err <= 1.0_dp) then
            passed = passed + first + second
            now = fine
            done = merge(h, done + dt, done + dt >= h*(1.0_dp - shortest))
         else if (dt < shortest*h) then
            call fail(s, status_step_size, 'viscosity: no step within tolerance')
            return
         end if
         if (.not. all(ok)) err = 8.0_dp**3
         dt = dt*min(4.0_dp, max(0.1_dp, 0.8_dp*max(err, 1.0e-6_dp)**(-1.0_dp/3.0_dp)))
      end do
   end subroutine diffuse_deep

   !> What the passages of edges leave in the rings [kg m-2].
   pure function arrived(d, passed) result(change)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: passed(0:)     !< (0:n_ring) [kg]
      real(dp) :: change(size(d%rings))
      integer :: n
      n = size(d%rings)
      change = (passed(1:n) - passed(0:n - 1))/d%rings%area
   end function arrived

   !> One step: mass that passes the edges inward [kg].
   subroutine sdirk_step(d, h, sigma, scale, passed, ok)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: h              !< [s]
      real(dp), intent(in) :: sigma(:)       !< (n_ring) [kg m-2]
      real(dp), intent(in) :: scale          !< what is much [kg m-2]
      real(dp), intent(out) :: passed(0:)    !< (0:n_ring)
      logical, intent(out) :: ok
      real(dp) :: stage(size(sigma)), rate(0:size(sigma))
      call implicit_euler(d, gam*h, sigma, scale, stage, ok)
      passed = 0.0_dp
      if (.not. ok) return
      call diffusion_rates(d, stage, rate)
      passed = (1.0_dp - gam)*h*rate
      call implicit_euler(d, gam*h, sigma + arrived(d, passed), scale, stage, ok)
      call diffusion_rates(d, stage, rate)
      passed = passed + gam*h*rate
   end subroutine sdirk_step

   !> Solve x = base + h dSigma/dt(x) by Newton's method; its matrix is tridiagonal.
   subroutine implicit_euler(d, h, base, scale, x, ok)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: h              !< [s]
      real(dp), intent(in) :: base(:)        !< [kg m-2]
      real(dp), intent(in) :: scale          !< what is much [kg m-2]
      real(dp), intent(out) :: x(:)
      logical, intent(out) :: ok
      real(dp), dimension(size(base)) :: g, dg, low, diag, up, right
      real(dp), dimension(0:size(base)) :: step, rate
      real(dp) :: change, before
      integer :: i, n
      n = size(base)
      step = momentum_steps(d)
      before = huge(1.0_dp)
      x = base
      do i = 1, max_newton
         call torque(d%c, d%rings%r, x, g, dg)
         rate = torque_differences(g)/step
         right = base + h*arrived(d, rate) - x
         diag = 1.0_dp + h*dg*(1.0_dp/step(1:n) + 1.0_dp/step(0:n - 1))/d%rings%area
         up(1:n - 1) = -h*dg(2:n)/step(1:n - 1)/d%rings(1:n - 1)%area
         low(2:n) = -h*dg(1:n - 1)/step(1:n - 1)/d%rings(2:n)%area
         call solve_tridiagonal(low, diag, up, right)
         x = x + right
         change = maxval(abs(right))
         ! stiff differences of torques round off more than the masses themselves
         ok = change <= converged*scale .or. &
              (change <= rounding*scale .and. change > 0.5_dp*before)
         if (ok .or. .not. change <= 1.0e6_dp*scale) return
         before = change
      end do
   end subroutine implicit_euler

   !> Thomas algorithm; the matrix is diagonally dominant by columns. x: right-hand side, solution.
   pure subroutine solve_tridiagonal(low, diag, up, x)
      real(dp), intent(in) :: low(:), up(:)
      real(dp), intent(inout) :: diag(:), x(:)
      real(dp) :: f
      integer :: i
      do i = 2, size(x)
         f = low(i)/diag(i - 1)
         diag(i) = diag(i) - f*up(i - 1)
         x(i) = x(i) - f*x(i - 1)
      end do
      x(size(x)) = x(size(x))/diag(size(x))
      do i = size(x) - 1, 1, -1
         x(i) = (x(i) - up(i)*x(i + 1))/diag(i)
      end do
   end subroutine solve_tridiagonal
end module viscosity
