! SPDX-License-Identifier: BSD-3-Clause
!> The resolved namelist of a capture run, read natively.
!!
!! Names, units and meaning of every key are those of `marsdisk describe`. The file is the canonical
!! one that the driver writes after checking, so every key is present and in range. Which entries
!! are integrated (&start u, v, w, table, n_random) is the driver's business: the core gets states.
module orbit_config
   use kinds, only: dp
   use namelist_file, only: open_namelist, after_group
   use status, only: status_t, failed
   implicit none
   private
   public :: orbit_config_t, read_orbit_config

   !> The keys that the core needs, one component each; a name met in two groups carries its group.
   type :: orbit_config_t
      ! &planet
      character(len=16) :: mode
      real(dp) :: gm                  ! [m3 s-2]
      real(dp) :: planet_radius       ! [km]
      real(dp) :: a_sun               ! [AU]
      real(dp) :: omega               ! [s-1], 0 = from a_sun
      ! &body
      real(dp) :: body_radius, body_rho, c_d, c_h, zeta   ! [km], [kg m-3], [1], [1], [J kg-1]
      ! &atmosphere
      character(len=16) :: model, gas, decay
      real(dp) :: rho_ref, r_ref, scale_height            ! [kg m-3], [km], [km]
      real(dp) :: gas_fraction, tilt, node                ! [1], [deg], [deg]
      real(dp) :: temperature, mu                         ! [K], [kg mol-1]
      ! &radiation
      real(dp) :: beta_planet, beta_sun                   ! [1]
      ! &start
      character(len=16) :: point
      real(dp) :: x, y, z                                 ! [km], all 0 = at the point
      ! &stop
      real(dp) :: t_max, e_captured                       ! [yr], [1]
      character(len=16) :: elements
      ! &numerics
      character(len=16) :: method, step
      real(dp) :: rtol, dt                                ! [1], [yr]
      integer :: order
      ! &tides
      real(dp) :: k2_over_q, rotation, k2_over_q_body, age  ! [1], [h], [1], [yr]
   end type orbit_config_t

contains

   !> Read the groups that the core needs from the canonical namelist file.
   subroutine read_orbit_config(path, c, s)
      character(len=*), intent(in) :: path
      type(orbit_config_t), intent(out) :: c
      type(status_t), intent(inout) :: s
      integer :: unit
      call open_namelist(path, unit, s)
      if (failed(s)) return
      call read_bodies(unit, c, s)
      call read_atmosphere(unit, c, s)
      call read_course(unit, c, s)
      close (unit)
   end subroutine read_orbit_config

   !> &planet, &body, &radiation, &tides.
   subroutine read_bodies(unit, c, s)
      integer, intent(in) :: unit
      type(orbit_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      character(len=16) :: mode
      real(dp) :: gm, radius, a_sun, omega, rho, c_d, c_h, zeta, beta_planet, beta_sun
      real(dp) :: k2_over_q, rotation, k2_over_q_body, age, tolerance, e_max
      logical :: active
      integer :: ios
      character(len=256) :: msg
      namelist /planet/ mode, gm, radius, a_sun, omega
      namelist /body/ radius, rho, c_d, c_h, zeta
      namelist /radiation/ beta_planet, beta_sun
      namelist /tides/ active, k2_over_q, rotation, k2_over_q_body, age, tolerance, e_max

      read (unit, nml=planet, iostat=ios, iomsg=msg)
      call after_group(unit, 'planet', ios, msg, s)
      if (failed(s)) return
      c%mode = mode; c%gm = gm; c%planet_radius = radius; c%a_sun = a_sun; c%omega = omega
      read (unit, nml=body, iostat=ios, iomsg=msg)
      call after_group(unit, 'body', ios, msg, s)
      read (unit, nml=radiation, iostat=ios, iomsg=msg)
      call after_group(unit, 'radiation', ios, msg, s)
      read (unit, nml=tides, iostat=ios, iomsg=msg)
      call after_group(unit, 'tides', ios, msg, s)
      if (failed(s)) return
      c%body_radius = radius; c%body_rho = rho; c%c_d = c_d; c%c_h = c_h; c%zeta = zeta
      c%beta_planet = beta_planet; c%beta_sun = beta_sun
      c%k2_over_q = k2_over_q; c%rotation = rotation; c%k2_over_q_body = k2_over_q_body; c%age = age
   end subroutine read_bodies

   !> &atmosphere.
   subroutine read_atmosphere(unit, c, s)
      integer, intent(in) :: unit
      type(orbit_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      character(len=16) :: model, gas, decay
      real(dp) :: rho_ref, r_ref, scale_height, gas_fraction, tilt, node, tau_gas, t_gas
      real(dp) :: temperature, mu
      integer :: ios
      character(len=256) :: msg
      namelist /atmosphere/ model, rho_ref, r_ref, scale_height, gas, gas_fraction, tilt, node, &
         tau_gas, t_gas, decay, temperature, mu

      read (unit, nml=atmosphere, iostat=ios, iomsg=msg)
      call after_group(unit, 'atmosphere', ios, msg, s)
      if (failed(s)) return
      c%model = model; c%gas = gas; c%decay = decay
      c%rho_ref = rho_ref; c%r_ref = r_ref; c%scale_height = scale_height
      c%gas_fraction = gas_fraction; c%tilt = tilt; c%node = node
      c%temperature = temperature; c%mu = mu
   end subroutine read_atmosphere

   !> &start, &stop, &numerics.
   subroutine read_course(unit, c, s)
      integer, intent(in) :: unit
      type(orbit_config_t), intent(inout) :: c
      type(status_t), intent(inout) :: s
      character(len=16) :: point, gas_spacing, elements, method, step
      character(len=4096) :: table
      real(dp) :: x, y, z, u(3), v(3), w(3), tau_gas(3), t_gas(3), t_max, e_captured, rtol, dt
      integer :: n_random, seed, order, ios
      character(len=256) :: msg
      namelist /start/ point, x, y, z, u, v, w, table, n_random, seed, tau_gas, t_gas, gas_spacing
      namelist /stop/ t_max, e_captured, elements
      namelist /numerics/ method, rtol, dt, order, step

      read (unit, nml=start, iostat=ios, iomsg=msg)
      call after_group(unit, 'start', ios, msg, s)
      read (unit, nml=stop, iostat=ios, iomsg=msg)
      call after_group(unit, 'stop', ios, msg, s)
      read (unit, nml=numerics, iostat=ios, iomsg=msg)
      call after_group(unit, 'numerics', ios, msg, s)
      if (failed(s)) return
      c%point = point; c%x = x; c%y = y; c%z = z
      c%t_max = t_max; c%e_captured = e_captured; c%elements = elements
      c%method = method; c%rtol = rtol; c%dt = dt; c%order = order; c%step = step
   end subroutine read_course
end module orbit_config
