! SPDX-License-Identifier: BSD-3-Clause
!> The resolved namelist of a disk run, read natively.
!!
!! Names, units and meaning of every key are those of `marsdisk describe`. The file is the canonical
!! one that the driver writes after checking, so every key is present and in range.
module disk_config
   use kinds, only: dp
   use namelist_file, only: open_namelist, after_group
   use status, only: status_t, failed
   implicit none
   private
   public :: disk_config_t, read_disk_config

   integer, parameter :: n_velocity = 7   !< nodes of Q_D* in collision speed, 1, 2, ... 7 km/s

   !> All keys, one component each; a name met in two groups carries its group.
   type :: disk_config_t
      ! &rings
      real(dp) :: r_in, r_out                        ! [R_Mars]
      integer :: n_ring
      character(len=16) :: ring_spacing
      ! &mars
      character(len=16) :: driver
      real(dp) :: t0, layer_depth, layer_rho, layer_cp, t_floor, t_hot, f_hot, t_bg, f_lim
      ! &grains
      real(dp) :: rho, s_min, s_max
      integer :: n_bin
      character(len=16) :: psd
      real(dp) :: psd_slope, s_meter, s_fine, f_fine, width_dex
      logical :: drop_unbound
      ! &surface
      real(dp) :: tau0, sigma0, f_los, tau_stop
      ! &radiation
      character(len=16) :: qpr_mode, chi_mode, exposure, opacity
      real(dp) :: qpr, chi
      logical :: blowout
      ! &collisions
      logical :: fragmentation
      character(len=16) :: law, velocity, e_profile, fragment_weights, bottom, s_floor
      character(len=16) :: qd_set, qd_velocity
      real(dp) :: e, i, h_factor, q_frag, gamma, eta, a_s, a_g, v_fixed
      real(dp) :: q_s(n_velocity), b_g(n_velocity)
      ! &supply
      character(len=16) :: mode, source, weights
      real(dp) :: mu, f_orb, tau_ref, eps_mix, t_mix, amplitude, index, slope, t_settle
      ! &deep
      real(dp) :: m_in, deep_slope
      ! &sublimation
      logical :: active, gas_drag, liquid_breaks
      character(len=16) :: material, vapour, escape, vapour0, t_grain
      real(dp) :: psat_a, psat_b, mu_flux, mu_vapour, t_solidus, t_liquidus, alpha, p_gas
      real(dp) :: t_escape, s_nuc, q_abs
      ! &transport
      logical :: pr_drag
      character(len=16) :: viscosity, instability
      real(dp) :: nu, alpha_nu, t_photosphere, step
      ! &stop
      real(dp) :: t_end, t_mars_end
      ! &numerics
      real(dp) :: rtol, atol
   end type disk_config_t

contains

   !> Read the groups that the core needs from the canonical namelist file.
   subroutine read_disk_config(path, c, s)
      character(len=*), intent(in) :: path
      type(disk_config_t), intent(out) :: c
      type(status_t), intent(inout) :: s
      integer :: unit
      call open_namelist(path, unit, s)
      if (failed(s)) return
      call read_setup(unit, c, s)
      call read_physics(unit, c, s)
      call read_layers(unit, c, s)
      call read_transport(unit, c, s)
      close (unit)
   end subroutine read_disk_config

   !> &rings, &mars, &grains, &surface, &deep, &stop, &numerics.
   subroutine read_setup(unit, c, s)
      integer, intent(in) :: unit
      type(disk_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      real(dp) :: r_in, r_out, t0, layer_depth, layer_rho, layer_cp, t_floor, t_hot, f_hot, t_bg
      real(dp) :: f_lim, rho, s_min, s_max, psd_slope, s_meter, s_fine, f_fine, width_dex
      real(dp) :: tau0, sigma0, f_los, tau_stop, m_in, slope, t_end, t_mars_end, mdot_min, t_min
      real(dp) :: rtol, atol
      integer :: n_ring, n_bin, ios
      character(len=16) :: spacing, driver, psd, method
      character(len=4096) :: table, psd_table
      logical :: drop_unbound
      character(len=256) :: msg
      namelist /rings/ r_in, r_out, n_ring, spacing
      namelist /mars/ driver, t0, layer_depth, layer_rho, layer_cp, t_floor, t_hot, f_hot, t_bg, &
         table, f_lim
      namelist /grains/ rho, s_min, s_max, n_bin, psd, psd_slope, s_meter, s_fine, f_fine, &
         width_dex, psd_table, drop_unbound
      namelist /surface/ tau0, sigma0, f_los, tau_stop
      namelist /deep/ m_in, slope, table
      namelist /stop/ t_end, t_mars_end, mdot_min, t_min
      namelist /numerics/ rtol, atol, method

      read (unit, nml=rings, iostat=ios, iomsg=msg)
      call after_group(unit, 'rings', ios, msg, s)
      read (unit, nml=mars, iostat=ios, iomsg=msg)
      call after_group(unit, 'mars', ios, msg, s)
      read (unit, nml=grains, iostat=ios, iomsg=msg)
      call after_group(unit, 'grains', ios, msg, s)
      read (unit, nml=surface, iostat=ios, iomsg=msg)
      call after_group(unit, 'surface', ios, msg, s)
      read (unit, nml=deep, iostat=ios, iomsg=msg)
      call after_group(unit, 'deep', ios, msg, s)
      read (unit, nml=stop, iostat=ios, iomsg=msg)
      call after_group(unit, 'stop', ios, msg, s)
      read (unit, nml=numerics, iostat=ios, iomsg=msg)
      call after_group(unit, 'numerics', ios, msg, s)
      if (failed(s)) return

      c%r_in = r_in; c%r_out = r_out; c%n_ring = n_ring; c%ring_spacing = spacing
      c%driver = driver; c%t0 = t0; c%layer_depth = layer_depth; c%layer_rho = layer_rho
      c%layer_cp = layer_cp; c%t_floor = t_floor; c%t_hot = t_hot; c%f_hot = f_hot
      c%t_bg = t_bg; c%f_lim = f_lim
      c%rho = rho; c%s_min = s_min; c%s_max = s_max; c%n_bin = n_bin; c%psd = psd
      c%psd_slope = psd_slope; c%s_meter = s_meter; c%s_fine = s_fine; c%f_fine = f_fine
      c%width_dex = width_dex; c%drop_unbound = drop_unbound
      c%tau0 = tau0; c%sigma0 = sigma0; c%f_los = f_los; c%tau_stop = tau_stop
      c%m_in = m_in; c%deep_slope = slope
      c%t_end = t_end; c%t_mars_end = t_mars_end
      c%rtol = rtol; c%atol = atol
   end subroutine read_setup

   !> &radiation and &collisions.
   subroutine read_physics(unit, c, s)
      integer, intent(in) :: unit
      type(disk_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      character(len=16) :: qpr_mode, chi_mode, exposure, opacity
      character(len=16) :: law, velocity, e_profile, fragment_weights, bottom, s_floor
      character(len=16) :: qd_set, qd_velocity
      character(len=4096) :: qpr_table, phi_table, chi_table, e_table
      real(dp) :: qpr, chi, e, i, h_factor, q_frag, gamma, eta, a_s, a_g, v_fixed
      real(dp) :: q_s(n_velocity), b_g(n_velocity)
      logical :: blowout, fragmentation
      integer :: ios
      character(len=256) :: msg
      namelist /radiation/ qpr_mode, qpr, qpr_table, blowout, chi, chi_mode, chi_table, &
         exposure, opacity, phi_table
      namelist /collisions/ fragmentation, law, velocity, e_profile, e, e_table, i, h_factor, &
         q_frag, fragment_weights, bottom, s_floor, gamma, eta, qd_set, q_s, b_g, a_s, a_g, &
         qd_velocity, v_fixed

      read (unit, nml=radiation, iostat=ios, iomsg=msg)
      call after_group(unit, 'radiation', ios, msg, s)
      read (unit, nml=collisions, iostat=ios, iomsg=msg)
      call after_group(unit, 'collisions', ios, msg, s)
      if (failed(s)) return

      c%qpr_mode = qpr_mode; c%chi_mode = chi_mode; c%exposure = exposure; c%opacity = opacity
      c%qpr = qpr; c%chi = chi; c%blowout = blowout
      c%fragmentation = fragmentation; c%law = law; c%velocity = velocity; c%e_profile = e_profile
      c%fragment_weights = fragment_weights; c%bottom = bottom; c%s_floor = s_floor
      c%qd_set = qd_set; c%qd_velocity = qd_velocity
      c%e = e; c%i = i; c%h_factor = h_factor; c%q_frag = q_frag; c%gamma = gamma; c%eta = eta
      c%a_s = a_s; c%a_g = a_g; c%v_fixed = v_fixed; c%q_s = q_s; c%b_g = b_g
   end subroutine read_physics

   !> &supply and &sublimation.
   subroutine read_layers(unit, c, s)
      integer, intent(in) :: unit
      type(disk_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      character(len=16) :: mode, source, weights
      real(dp) :: mu, f_orb, tau_ref, eps_mix, t_mix, amplitude, index, slope, t_settle
      logical :: active, gas_drag, liquid_breaks
      character(len=16) :: material, vapour, escape, vapour0, t_grain
      real(dp) :: psat_a, psat_b, mu_vapour, t_solidus, t_liquidus, alpha, p_gas
      real(dp) :: t_escape, s_nuc, q_abs
      character(len=4096) :: table, psat_table
      integer :: ios
      character(len=256) :: msg
      namelist /supply/ mode, mu, f_orb, tau_ref, source, weights, eps_mix, t_mix, amplitude, &
         index, slope, t_settle, table
      namelist /sublimation/ active, material, psat_a, psat_b, psat_table, mu, mu_vapour, &
         t_solidus, t_liquidus, alpha, vapour, p_gas, escape, t_escape, vapour0, gas_drag, s_nuc, &
         t_grain, q_abs, liquid_breaks

      read (unit, nml=supply, iostat=ios, iomsg=msg)
      call after_group(unit, 'supply', ios, msg, s)
      if (.not. failed(s)) then
         c%mode = mode; c%mu = mu; c%f_orb = f_orb; c%tau_ref = tau_ref; c%source = source
         c%weights = weights; c%eps_mix = eps_mix; c%t_mix = t_mix; c%amplitude = amplitude
         c%index = index; c%slope = slope; c%t_settle = t_settle
      end if
      read (unit, nml=sublimation, iostat=ios, iomsg=msg)
      call after_group(unit, 'sublimation', ios, msg, s)
      if (failed(s)) return
      c%active = active; c%material = material; c%psat_a = psat_a; c%psat_b = psat_b
      c%mu_flux = mu; c%mu_vapour = mu_vapour; c%t_solidus = t_solidus; c%t_liquidus = t_liquidus
      c%alpha = alpha; c%vapour = vapour; c%p_gas = p_gas; c%escape = escape
      c%t_escape = t_escape; c%vapour0 = vapour0; c%gas_drag = gas_drag; c%s_nuc = s_nuc
      c%t_grain = t_grain; c%q_abs = q_abs; c%liquid_breaks = liquid_breaks
   end subroutine read_layers

   !> &transport.
   subroutine read_transport(unit, c, s)
      integer, intent(in) :: unit
      type(disk_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      logical :: pr_drag
      character(len=16) :: viscosity, instability
      real(dp) :: nu, alpha, t_photosphere, step
      integer :: ios
      character(len=256) :: msg
      namelist /transport/ pr_drag, viscosity, nu, alpha, instability, t_photosphere, step

      read (unit, nml=transport, iostat=ios, iomsg=msg)
      call after_group(unit, 'transport', ios, msg, s)
      if (failed(s)) return
      c%pr_drag = pr_drag; c%viscosity = viscosity; c%nu = nu; c%alpha_nu = alpha
      c%instability = instability; c%t_photosphere = t_photosphere; c%step = step
   end subroutine read_transport
end module disk_config
