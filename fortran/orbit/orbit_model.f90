! SPDX-License-Identifier: BSD-3-Clause
!> The capture problem of one run, fixed once built, in astronomical units and Julian years.
!!
!! Frame: origin at the planet, x away from the Sun, y along the planet's motion, turning with the
!! planet around the Sun at omega ('two_body': at rest).
module orbit_model
   use kinds, only: dp
   use constants, only: pi, r_gas, year, gm_sun, au
   use orbit_config, only: orbit_config_t
   use status, only: status_t, fail, status_bad_input
   implicit none
   private
   public :: orbit_t, build_orbit, set_dynamics

   integer, parameter, public :: mode_two_body = 0, mode_hill = 1, mode_cr3bp = 2
   integer, parameter, public :: no_gas = 0, gas_exponential = 1, gas_isothermal = 2, gas_disk = 3
   integer, parameter, public :: static_gas = 0, inertial_gas = 1, rotating_gas = 2
   integer, parameter, public :: taylor_method = 1, dop853_method = 2, leapfrog_method = 3, &
                                 printed_method = 4

   type :: orbit_t
      logical :: built = .false.
      type(orbit_config_t) :: c
      ! dynamics
      integer :: mode = mode_hill
      real(dp) :: gm = 0.0_dp              !< G M (1 - beta), what the body feels [AU3 yr-2]
      real(dp) :: gm_planet = 0.0_dp       !< G M [AU3 yr-2]
      real(dp) :: gm_star = 0.0_dp         !< G M of the Sun [AU3 yr-2]
      real(dp) :: beta_star = 0.0_dp       !< radiation pressure of the Sun over its gravity [1]
      real(dp) :: a_star = 0.0_dp          !< distance of the Sun [AU]
      real(dp) :: omega_star = 0.0_dp      !< motion around the Sun [yr-1]
      real(dp) :: omega = 0.0_dp           !< rate at which the frame turns [yr-1]; 0 in 'two_body'
      real(dp) :: radius = 0.0_dp          !< of the planet [AU]
      real(dp) :: r_hill = 0.0_dp          !< Hill radius [AU]
      real(dp) :: x_l1 = 0.0_dp, x_l2 = 0.0_dp   !< Lagrange points [AU]
      real(dp) :: start(3) = 0.0_dp        !< point of entry [AU]
      ! gas
      integer :: atmosphere = no_gas
      integer :: gas = static_gas
      logical :: linear_decay = .false.
      real(dp) :: drag = 0.0_dp            !< K: a = -K exp(E) |v| v with the exponent E [AU-1]
      real(dp) :: exponent0 = 0.0_dp       !< constant part of E, in 'drag' where that is finite [1]
      real(dp) :: one_h = 0.0_dp           !< 1/H of E = -r/H, 0 in isothermal gas [AU-1]
      real(dp) :: isothermal = 0.0_dp      !< r_ref^2/H of E = (r_ref^2/H)/r [AU]
      real(dp) :: flattening = 0.0_dp      !< GM/(2 c_s^2) of E = -(GM/2 c_s^2) z^2/r^3 [AU]
      real(dp) :: spin = 0.0_dp            !< f sqrt(GM): the gas turns at spin r^-3/2 [AU3/2 yr-1]
      logical :: simple_gas = .true.       !< at rest in the frame, and E = -r/H but for constants
      logical :: needs_axis = .false.      !< the axis of the gas matters and is not z
      real(dp) :: sin_tilt = 0.0_dp, cos_tilt = 1.0_dp, node = 0.0_dp   !< of the axis [1], [rad]
      real(dp) :: ablation = 0.0_dp        !< C_H/(3 zeta C_D): f' = -it K exp(E) v^3 [yr2 AU-2]
      ! numerics
      integer :: method = taylor_method
      integer :: order = 0
      real(dp) :: rtol = 0.0_dp
      real(dp) :: dt = 0.0_dp              !< fixed step [yr]; 0 = adaptive
      logical :: needs_r2 = .false.        !< some force is written with r^2
      logical :: inertial_elements = .false.
   end type orbit_t

contains

   !> From the namelist to the parameters of the equations.
   subroutine build_orbit(o, s)
      type(orbit_t), intent(inout) :: o
      type(status_t), intent(inout) :: s
      call set_dynamics(o)
      call set_gas(o)
      select case (o%c%method)
      case ('taylor'); o%method = taylor_method
      case ('dop853'); o%method = dop853_method
      case ('leapfrog'); o%method = leapfrog_method
      case ('leapfrog_printed'); o%method = printed_method
      case default; call fail(s, status_bad_input, 'numerics.method: unknown '//o%c%method)
      end select
      o%rtol = o%c%rtol
      ! Even: of an even order the error is odd in time, and what it adds on the way to a pericentre
      ! it takes back on the way out. A third above that of Jorba & Zou (2005, eq. 3-9), for whom a
      ! step costs as much as its sums.
      o%order = o%c%order
      if (o%order == 0) o%order = max(4, 2*nint(-log(o%rtol)/3.0_dp))
      if (o%c%step == 'fixed' .or. o%method >= leapfrog_method) o%dt = o%c%dt
      o%needs_r2 = o%mode == mode_cr3bp .or. o%atmosphere == gas_isothermal
      o%inertial_elements = o%c%elements == 'inertial'
      o%built = .true.
   end subroutine build_orbit

   !> Frame, masses and the Lagrange points.
   subroutine set_dynamics(o)
      type(orbit_t), intent(inout) :: o
      real(dp), parameter :: per_au3_yr2 = year**2/au**3
      select case (o%c%mode)
      case ('two_body'); o%mode = mode_two_body
      case ('hill'); o%mode = mode_hill
      case default; o%mode = mode_cr3bp
      end select
      o%gm_planet = o%c%gm*per_au3_yr2
      o%gm = o%gm_planet*(1.0_dp - o%c%beta_planet)
      o%radius = o%c%planet_radius*1.0e3_dp/au
      o%a_star = o%c%a_sun
      o%gm_star = gm_sun*per_au3_yr2
      o%omega_star = sqrt(o%gm_star/o%a_star**3)
      if (o%mode == mode_cr3bp) o%omega_star = sqrt((o%gm_star + o%gm_planet)/o%a_star**3)
      if (o%c%omega > 0.0_dp) then
         ! the given rate goes before the mass of the Sun
         o%omega_star = o%c%omega*year
         o%gm_star = o%omega_star**2*o%a_star**3
         if (o%mode == mode_cr3bp) o%gm_star = o%gm_star - o%gm_planet
      end if
      o%omega = merge(0.0_dp, o%omega_star, o%mode == mode_two_body)
      o%beta_star = o%c%beta_sun
      o%r_hill = (o%gm_planet/(3.0_dp*o%omega_star**2))**(1.0_dp/3.0_dp)
      o%x_l1 = -o%r_hill
      o%x_l2 = o%r_hill
      if (o%mode == mode_cr3bp) then
         o%x_l1 = collinear_point(o, -o%r_hill)
         o%x_l2 = collinear_point(o, o%r_hill)
      end if
      o%start = [o%c%x, o%c%y, o%c%z]*1.0e3_dp/au
      if (all(o%start == 0.0_dp)) then
         o%start(1) = merge(o%x_l1, o%x_l2, o%c%point == 'L1')
      end if
   end subroutine set_dynamics

   !> Where a body at rest on the x axis stays at rest in the full three-body problem [AU].
   pure function collinear_point(o, guess) result(x)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: guess          !< from Hill's approximation [AU]
      real(dp) :: x, d, f, slope
      integer :: i
      x = guess
      do i = 1, 50
         d = o%a_star + x
         f = o%omega**2*x - o%gm_planet*x/abs(x)**3 - o%gm_star*(1.0_dp/d**2 - 1.0_dp/o%a_star**2)
         slope = o%omega**2 + 2.0_dp*o%gm_planet/abs(x)**3 + 2.0_dp*o%gm_star/d**3
         x = x - f/slope
         if (abs(f) <= 1.0e-16_dp*abs(slope*x)) exit
      end do
   end function collinear_point

   !> Density, drag, the gas's own motion, ablation.
   subroutine set_gas(o)
      type(orbit_t), intent(inout) :: o
      real(dp), parameter :: degree = pi/180.0_dp
      real(dp), parameter :: km = 1.0e3_dp/au
      real(dp) :: r_ref, scale_height, speed2
      ! inclinations are counted from it, gas or no gas
      if (o%c%tilt /= 0.0_dp) then
         o%sin_tilt = sin(o%c%tilt*degree)
         o%cos_tilt = cos(o%c%tilt*degree)
      end if
      o%node = o%c%node*degree
      select case (o%c%model)
      case ('exponential'); o%atmosphere = gas_exponential
      case ('isothermal'); o%atmosphere = gas_isothermal
      case ('disk'); o%atmosphere = gas_disk
      case default; o%atmosphere = no_gas
      end select
      if (o%c%rho_ref <= 0.0_dp .or. o%c%c_d <= 0.0_dp) o%atmosphere = no_gas
      if (o%atmosphere == no_gas) return
      r_ref = o%c%r_ref*km
      scale_height = o%c%scale_height*km
      o%drag = 0.375_dp*o%c%rho_ref*o%c%c_d/(o%c%body_rho*o%c%body_radius*1.0e3_dp)*au
      select case (o%atmosphere)
      case (gas_isothermal)
         o%isothermal = r_ref**2/scale_height
         o%exponent0 = -o%isothermal/r_ref
      case default
         o%one_h = 1.0_dp/scale_height
         o%exponent0 = r_ref/scale_height
      end select
      if (o%atmosphere == gas_disk) then
         ! H_z^2 = 2 c_s^2 r^3/GM
         speed2 = r_gas*o%c%temperature/o%c%mu*(year/au)**2
         o%flattening = o%gm_planet/(2.0_dp*speed2)
      end if
      select case (o%c%gas)
      case ('inertial'); o%gas = inertial_gas
      case ('rotating'); o%gas = rotating_gas
      case default; o%gas = static_gas
      end select
      if (o%gas == rotating_gas) o%spin = o%c%gas_fraction*sqrt(o%gm_planet)
      ! without a turning frame, gas at rest in either frame is the same
      if (o%gas == inertial_gas .and. o%mode == mode_two_body) o%gas = static_gas
      o%needs_axis = o%c%tilt /= 0.0_dp .and. (o%gas == rotating_gas .or. o%atmosphere == gas_disk)
      o%simple_gas = o%gas == static_gas .and. o%atmosphere == gas_exponential
      o%linear_decay = o%c%decay == 'linear'
      if (o%c%c_h > 0.0_dp) then
         o%ablation = o%c%c_h/(3.0_dp*o%c%zeta*o%c%c_d)*(au/year)**2
      end if
   end subroutine set_gas
end module orbit_model
