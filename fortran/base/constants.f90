! SPDX-License-Identifier: BSD-3-Clause
!> Physical constants, SI, each with its uncertainty and source. The one table of the project.
module constants
   use kinds, only: dp
   implicit none
   private
   public :: constant_t, table, n_constant

   type :: constant_t
      character(len=16) :: name        !< key in the output file
      real(dp) :: value                !< [unit]
      real(dp) :: uncertainty          !< one sigma [unit]; 0 = exact or a convention
      character(len=16) :: unit        !< UDUNITS text
      character(len=64) :: source      !< where the value is from
   end type constant_t

   real(dp), parameter, public :: pi = 3.141592653589793238462643_dp  !< [1]
   real(dp), parameter, public :: gm_mars = 4.282837e13_dp      !< G M_Mars [m3 s-2]
   real(dp), parameter, public :: r_mars = 3.3895e6_dp          !< mean radius of Mars [m]
   real(dp), parameter, public :: g_newton = 6.67430e-11_dp     !< [m3 kg-1 s-2]
   real(dp), parameter, public :: c_light = 2.99792458e8_dp     !< [m s-1]
   real(dp), parameter, public :: sigma_sb = 5.670374419e-8_dp  !< [W m-2 K-4]
   real(dp), parameter, public :: r_gas = 8.314462618_dp        !< [J mol-1 K-1]
   real(dp), parameter, public :: m_moons = 1.206e16_dp         !< Phobos + Deimos [kg]
   real(dp), parameter, public :: j2_mars = 1.9566e-3_dp        !< J2 [1]
   real(dp), parameter, public :: r_j2 = 3.396e6_dp             !< reference radius of J2 [m]
   real(dp), parameter, public :: year = 365.25_dp*86400.0_dp   !< Julian year [s]
   real(dp), parameter, public :: au = 1.495978707e11_dp        !< astronomical unit [m]
   real(dp), parameter, public :: gm_sun = 1.32712440018e20_dp  !< G M_Sun [m3 s-2]
   !> M_Mars [kg]: GM is the measured quantity, so the mass is derived from it.
   real(dp), parameter, public :: m_mars = gm_mars/g_newton

   integer, parameter :: n_constant = 13
   type(constant_t), parameter :: table(n_constant) = [ &
      constant_t('gm_mars', gm_mars, 5.0e6_dp, 'm3 s-2', 'Konopliv et al. (2016), rounded'), &
      constant_t('r_mars', r_mars, 200.0_dp, 'm', 'IAU mean radius, Archinal et al. (2018)'), &
      constant_t('g_newton', g_newton, 1.5e-15_dp, 'm3 kg-1 s-2', 'CODATA 2018'), &
      constant_t('m_mars', m_mars, 1.5e19_dp, 'kg', 'gm_mars/g_newton'), &
      constant_t('c_light', c_light, 0.0_dp, 'm s-1', 'exact (SI)'), &
      constant_t('sigma_sb', sigma_sb, 0.0_dp, 'W m-2 K-4', 'CODATA 2018'), &
      constant_t('r_gas', r_gas, 0.0_dp, 'J mol-1 K-1', 'CODATA 2018'), &
      constant_t('m_moons', m_moons, 2.0e13_dp, 'kg', &
                 'Phobos + Deimos, Jacobson & Lainey (2014)'), &
      constant_t('j2_mars', j2_mars, 1.0e-7_dp, '1', 'Konopliv et al. (2016), at r_j2'), &
      constant_t('r_j2', r_j2, 0.0_dp, 'm', 'reference radius of j2_mars'), &
      constant_t('year', year, 0.0_dp, 's', 'Julian year, 365.25 d'), &
      constant_t('au', au, 0.0_dp, 'm', 'exact, IAU 2012 Resolution B2'), &
      constant_t('gm_sun', gm_sun, 8.0e9_dp, 'm3 s-2', 'DE405, Standish (1998)')]
end module constants
