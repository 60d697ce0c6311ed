! SPDX-License-Identifier: BSD-3-Clause
!> Grain temperature, saturation pressure, and the size drift by sublimation and condensation.
!!
!! Hertz-Knudsen-Langmuir: mass flux J = alpha (P_sat - P_gas) sqrt(mu/(2 pi R T_p)) from the
!! surface of a grain, ds/dt = -J/rho; positive shrinks, negative grows.
module sublimation
   use kinds, only: dp
   use constants, only: pi, r_mars, r_gas, sigma_sb, gm_mars
   use disk_config, only: disk_config_t
   use interpolation, only: locate
   use radiation, only: optics_t, absorption_row
   use size_drift, only: edge_flux
   use size_grid, only: size_grid_t
   use status, only: status_t, fail, status_out_of_table, text
   implicit none
   private
   public :: material_t, grains_t, make_material, dilution, ring_temperature, heat_grains, &
             gas_pressure, inverse_stokes, size_fluxes, wind_escape, fit_range, outside_fit, &
             saturation_pressure, knudsen_factor, single_balance, vapour_molar_mass

   real(dp), parameter :: latent_heat = 17.0e6_dp        !< vaporisation of forsterite [J kg-1]
   real(dp), parameter :: mu_sio = 0.0440849_dp          !< [kg mol-1]

   !> What evaporates, and how.
   type :: material_t
      logical :: active = .false., reservoir = .true., balance = .false.
      logical :: strict = .false.                  !< outside the fit is an error, not a warning
      real(dp) :: a_solid = 0.0_dp, b_solid = 0.0_dp    !< log10(P/Pa) = A - B/T
      real(dp) :: a_liquid = 0.0_dp, b_liquid = 0.0_dp
      real(dp) :: fit_solid(2) = 0.0_dp, fit_liquid(2) = 0.0_dp   !< fitted range [K]
      real(dp) :: mu = 0.0_dp, mu_vapour = 0.0_dp  !< in the flux, mean of the vapour [kg mol-1]
      real(dp) :: alpha = 0.0_dp
      real(dp), allocatable :: t(:), ln_p(:)       !< table of P_sat: [K], ln(P/Pa)
      real(dp), allocatable :: ln_t(:), ln_emission(:, :)  !< balance: ln T, ln(T^4 Q_abs) (T, bin)
   end type material_t

   !> The grains of one ring at one moment.
   type :: grains_t
      real(dp) :: t_ring = 0.0_dp                  !< grey temperature, also of the vapour [K]
      real(dp) :: c_s = 0.0_dp                     !< isothermal sound speed of the vapour [m s-1]
      logical :: outside_fit = .false.             !< P_sat of some bin is extrapolated
      real(dp), allocatable :: p_sat(:)            !< per bin [Pa]
      real(dp), allocatable :: knudsen(:)          !< J = knudsen (P_sat - P_gas) per bin [s m-1]
   end type grains_t

contains

   subroutine make_material(c, g, o, psat_t, psat_p, x)
      type(disk_config_t), intent(in) :: c
      type(size_grid_t), intent(in) :: g
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: psat_t(:), psat_p(:)   !< table of material = 'table' [K], [Pa]
      type(material_t), intent(out) :: x
      real(dp), allocatable :: row(:)
      integer :: k
      x%active = c%active
      x%reservoir = c%vapour == 'reservoir'
      x%balance = c%t_grain == 'balance'
      x%alpha = c%alpha
      x%mu = c%mu_flux
      x%mu_vapour = vapour_molar_mass(c)
      select case (c%material)
      case ('forsterite')
         ! van Lieshout et al. (2014); Fegley & Schaefer (2012)
         x%a_solid = 13.809441833_dp
         x%b_solid = 28362.904024_dp
         x%fit_solid = [1673.0_dp, 2133.0_dp]
         x%a_liquid = 11.08_dp
         x%b_liquid = 22409.0_dp
         x%fit_liquid = [2163.0_dp, 3690.0_dp]
         x%mu = 0.140694_dp
      case ('sio')
         ! van Lieshout et al. (2014)
         x%a_solid = 13.613_dp
         x%b_solid = 17850.0_dp
         x%fit_solid = [1301.0_dp, 1519.0_dp]
         x%mu = mu_sio
         x%strict = .true.
      case ('table')
         x%t = psat_t
         x%ln_p = log(psat_p)
         x%fit_solid = [minval(psat_t), maxval(psat_t)]   ! there is none where nothing sublimates
         x%strict = .true.
      case default
         x%a_solid = c%psat_a
         x%b_solid = c%psat_b
         x%fit_solid = [0.0_dp, huge(1.0_dp)]
      end select
      if (c%material /= 'forsterite') then
         x%a_liquid = x%a_solid
         x%b_liquid = x%b_solid
         x%fit_liquid = x%fit_solid
      end if
      if (x%balance) then
         allocate (row(size(o%t)), x%ln_t(size(o%t)), x%ln_emission(size(o%t), g%n))
         x%ln_t = log(o%t)
         do k = 1, g%n
            call absorption_row(o, g%s(k), row)
            x%ln_emission(:, k) = log(o%t**4*row)
         end do
      end if
   end subroutine make_material

   !> Mean molar mass of the vapour of the run's material [kg mol-1].
   pure real(dp) function vapour_molar_mass(c) result(mu)
      type(disk_config_t), intent(in) :: c
      select case (c%material)
      case ('forsterite')
         mu = 0.0313_dp         ! Fegley & Schaefer (2012)
      case ('sio')
         mu = mu_sio
      case default
         mu = c%mu_vapour
      end select
   end function vapour_molar_mass

   !> Dilution W of the light of an extended uniform sphere, (1 - sqrt(1 - (R/r)^2))/2 [1].
   elemental real(dp) function dilution(r) result(w)
      real(dp), intent(in) :: r   !< [m]
      w = 0.5_dp*(1.0_dp - sqrt(max(1.0_dp - (r_mars/r)**2, 0.0_dp)))
   end function dilution

   !> Temperature of a grey grain (or the published point form) at r [K]; flux = L/(4 pi R^2).
   elemental real(dp) function ring_temperature(c, r, flux) result(t)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: r, flux   !< [m], [W m-2]
      if (c%t_grain == 'point') then
         t = (c%q_abs*r_mars**2/(4.0_dp*r**2)*flux/sigma_sb)**0.25_dp
      else
         t = (dilution(r)*flux/sigma_sb)**0.25_dp
      end if
   end function ring_temperature

   !> Temperatures, saturation pressures and Knudsen factors of the grains of a ring.
   subroutine heat_grains(x, o, t_ring, t_mars, liquid, n, gr, s)
      type(material_t), intent(in) :: x
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: t_ring, t_mars   !< [K]
      logical, intent(in) :: liquid
      integer, intent(in) :: n                 !< number of bins
      type(grains_t), intent(inout) :: gr
      type(status_t), intent(inout) :: s
      real(dp) :: t
      integer :: k
      if (.not. allocated(gr%p_sat)) allocate (gr%p_sat(n), gr%knudsen(n))
      gr%t_ring = t_ring
      gr%c_s = sqrt(r_gas*t_ring/x%mu_vapour)
      if (x%balance) then
         gr%outside_fit = .false.
         do k = 1, n
            t = balance_temperature(x, o, k, t_ring, t_mars, s)
            gr%outside_fit = gr%outside_fit .or. outside_fit(x, t, liquid)
            gr%p_sat(k) = saturation_pressure(x, t, liquid)
            gr%knudsen(k) = knudsen_factor(x, t)
         end do
      else
         gr%outside_fit = outside_fit(x, t_ring, liquid)
         gr%p_sat = saturation_pressure(x, t_ring, liquid)
         gr%knudsen = knudsen_factor(x, t_ring)
      end if
   end subroutine heat_grains

   !> T_p^4 Q_abs(T_p) = T_ring^4 Q_abs(T_M), solved in the table (log-log between its rows) [K].
   real(dp) function balance_temperature(x, o, k, t_ring, t_mars, s) result(t)
      type(material_t), intent(in) :: x
      type(optics_t), intent(in) :: o
      integer, intent(in) :: k                 !< bin
      real(dp), intent(in) :: t_ring, t_mars   !< [K]
      type(status_t), intent(inout) :: s
      real(dp) :: target, f, q
      integer :: i, n
      n = size(o%t)
      i = locate(o%t, t_mars)
      f = (t_mars - o%t(i))/(o%t(i + 1) - o%t(i))
      q = o%q_abs_node(k, i) + f*(o%q_abs_node(k, i + 1) - o%q_abs_node(k, i))
      target = log(t_ring**4*q)
      if (target < x%ln_emission(1, k) .or. target > x%ln_emission(n, k)) then
         call fail(s, status_out_of_table, 'the equilibrium temperature of the grains of bin '// &
                   text(k)//' is outside the Q_abs table ('//text(o%t(1))//' to '// &
                   text(o%t(n))//' K) at T_Mars = '//text(t_mars)//' K')
         t = t_ring
         return
      end if
      i = locate(x%ln_emission(:, k), target)
      f = (target - x%ln_emission(i, k))/(x%ln_emission(i + 1, k) - x%ln_emission(i, k))
      t = exp(x%ln_t(i) + f*(x%ln_t(i + 1) - x%ln_t(i)))
   end function balance_temperature

   !> The same for grains of any one size inside the table [K].
   real(dp) function single_balance(o, size_, t_ring, t_mars, s) result(t)
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: size_, t_ring, t_mars   !< [m], [K], [K]
      type(status_t), intent(inout) :: s
      type(material_t) :: x
      type(optics_t) :: one
      one%t = o%t
      allocate (one%q_abs_node(1, size(o%t)))
      call absorption_row(o, size_, one%q_abs_node(1, :))
      x%ln_t = log(o%t)
      x%ln_emission = reshape(log(o%t**4*one%q_abs_node(1, :)), [size(o%t), 1])
      t = balance_temperature(x, one, 1, t_ring, t_mars, s)
   end function single_balance

   !> P_sat [Pa]: log10 P = A - B/T, or a table interpolated in (1/T, ln P).
   elemental real(dp) function saturation_pressure(x, t, liquid) result(p)
      type(material_t), intent(in) :: x
      real(dp), intent(in) :: t       !< [K]
      logical, intent(in) :: liquid
      integer :: k
      real(dp) :: f
      if (allocated(x%t)) then
         k = locate(x%t, t)
         f = (1.0_dp/t - 1.0_dp/x%t(k))/(1.0_dp/x%t(k + 1) - 1.0_dp/x%t(k))
         p = exp(x%ln_p(k) + f*(x%ln_p(k + 1) - x%ln_p(k)))
      else if (liquid) then
         p = 10.0_dp**(x%a_liquid - x%b_liquid/t)
      else
         p = 10.0_dp**(x%a_solid - x%b_solid/t)
      end if
   end function saturation_pressure

   elemental real(dp) function knudsen_factor(x, t) result(f)
      type(material_t), intent(in) :: x
      real(dp), intent(in) :: t   !< [K]
      f = x%alpha*sqrt(x%mu/(2.0_dp*pi*r_gas*t))
   end function knudsen_factor

   !> Range in which P_sat was fitted [K].
   pure function fit_range(x, liquid) result(range)
      type(material_t), intent(in) :: x
      logical, intent(in) :: liquid
      real(dp) :: range(2)
      range = merge(x%fit_liquid, x%fit_solid, liquid)
   end function fit_range

   !> Is P_sat extrapolated at this temperature?
   pure logical function outside_fit(x, t, liquid)
      type(material_t), intent(in) :: x
      real(dp), intent(in) :: t   !< [K]
      logical, intent(in) :: liquid
      real(dp) :: range(2)
      range = fit_range(x, liquid)
      outside_fit = t < range(1) .or. t > range(2)
   end function outside_fit

   !> Mid-plane pressure per surface density of an isothermal layer, Omega c_s/sqrt(2 pi) [m s-2].
   elemental real(dp) function gas_pressure(c_s, omega) result(p)
      real(dp), intent(in) :: c_s, omega   !< [m s-1], [s-1]
      p = omega*c_s/sqrt(2.0_dp*pi)
   end function gas_pressure

   !> 1/St per Sigma_vap: St = Omega rho s/(rho_gas v_th) with v_th = sqrt(8/pi) c_s is
   !! (pi/2) rho s/Sigma_vap [m2 kg-1].
   elemental real(dp) function inverse_stokes(rho, s) result(x)
      real(dp), intent(in) :: rho, s   !< [kg m-3], [m]
      x = 2.0_dp/(pi*rho*s)
   end function inverse_stokes

   !> Number fluxes through the bin edges and their derivatives, one direction of drift.
   !!
   !! flux_k [m-2 s-1] leaves node k for node k + d; d_sigma(-1:1, k) = d flux_k/d sigma_(k-1..k+1),
   !! d_p(k) = d flux_k/d P_gas.
   subroutine size_fluxes(g, gr, p_gas, sigma, d, flux, d_sigma, d_p)
      type(size_grid_t), intent(in) :: g
      type(grains_t), intent(in) :: gr
      real(dp), intent(in) :: p_gas        !< [Pa]
      real(dp), intent(in) :: sigma(:)     !< [kg m-2]
      integer, intent(in) :: d             !< -1 sublimation, +1 condensation
      real(dp), intent(out) :: flux(:), d_sigma(-1:, :), d_p(:)
      real(dp), dimension(g%n) :: rate, d_rate, node, psi
      real(dp) :: dpsi(g%n, -1:1)
      integer :: k, j
      real(dp) :: point
      ! The first node is a point, ground down to s_min: it exchanges 4 pi s^2 J per grain.
      point = 3.0_dp*g%width(1)
      if (d > 0) point = point/(exp(3.0_dp*g%dx) - 1.0_dp)
      ! share of the grains of a bin that cross its edge per time: |ds/dt|/(s width)
      rate = -d*gr%knudsen*(gr%p_sat - p_gas)/(g%rho*g%s*g%width)
      d_rate = d*gr%knudsen/(g%rho*g%s*g%width)
      d_rate(1) = d_rate(1)*point
      rate(1) = rate(1)*point
      where (rate <= 0.0_dp)
         rate = 0.0_dp
         d_rate = 0.0_dp
      end where
      if (d > 0) then        ! the largest grains grow no further
         rate(g%n) = 0.0_dp
         d_rate(g%n) = 0.0_dp
      end if
      node = rate*sigma/g%m
      call edge_flux(node, d, psi, dpsi)
      flux = node*psi
      d_sigma = 0.0_dp
      do k = 1, g%n
         d_sigma(0, k) = psi(k)*rate(k)/g%m(k)
         d_p(k) = psi(k)*d_rate(k)*sigma(k)/g%m(k)
         do j = max(-1, 1 - k), min(1, g%n - k)
            d_sigma(j, k) = d_sigma(j, k) + node(k)*dpsi(k, j)*rate(k + j)/g%m(k + j)
            d_p(k) = d_p(k) + node(k)*dpsi(k, j)*d_rate(k + j)*sigma(k + j)/g%m(k + j)
         end do
      end do
   end subroutine size_fluxes

   !> Mass escape of the vapour layer by an isothermal rotating Parker wind, both faces, and its
   !! derivative with Sigma_vap: 2 P_gas M_b/c_s, capped by the radiated energy [kg m-2 s-1].
   pure subroutine wind_escape(gr, r, omega, sigma_vap, rate, d_rate)
      type(grains_t), intent(in) :: gr
      real(dp), intent(in) :: r, omega, sigma_vap   !< [m], [s-1], [kg m-2]
      real(dp), intent(out) :: rate, d_rate
      real(dp) :: lam, x_s, mach, cap
      lam = (gm_mars/r)/gr%c_s**2
      mach = 1.0_dp
      if (lam > 8.0_dp) then
         x_s = 0.25_dp*lam*(1.0_dp + sqrt(1.0_dp - 8.0_dp/lam))
         mach = x_s**2*exp(-0.5_dp - lam*(0.5_dp - 1.0_dp/x_s + 0.5_dp/x_s**2))
      end if
      d_rate = 2.0_dp*gas_pressure(gr%c_s, omega)*mach/gr%c_s
      rate = d_rate*sigma_vap
      cap = 2.0_dp*sigma_sb*gr%t_ring**4/(latent_heat + 0.5_dp*gm_mars/r)
      if (rate > cap) then
         rate = cap
         d_rate = 0.0_dp
      end if
   end subroutine wind_escape
end module sublimation
