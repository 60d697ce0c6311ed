! SPDX-License-Identifier: BSD-3-Clause
!> The disk of one run: grids, lamp, optics, material and rings, fixed once built.
module disk_model
   use kinds, only: dp
   use blowout, only: orbit_table_t, release_t
   use collisions, only: kernel_t
   use disk_config, only: disk_config_t
   use mars_lamp, only: lamp_t
   use radiation, only: optics_t
   use size_grid, only: size_grid_t
   use sublimation, only: material_t
   implicit none
   private
   public :: table_t, ring_t, disk_t, held_t

   integer, parameter, public :: n_table = 9
   integer, parameter, public :: table_lamp = 1         !< t [s] -> T_M [K]
   integer, parameter, public :: table_eccentricity = 2 !< r [R_Mars] -> e
   integer, parameter, public :: table_exposure = 3     !< tau -> Phi
   integer, parameter, public :: table_psd = 4          !< s [m] -> dM/dln s
   integer, parameter, public :: table_supply = 5       !< t [s] (, r [R_Mars]) -> [kg m-2 s-1]
   integer, parameter, public :: table_deep = 6         !< r [R_Mars] -> Sigma [kg m-2]
   integer, parameter, public :: table_psat = 7         !< T [K] -> P [Pa]
   integer, parameter, public :: table_q_pr = 8         !< s [m], T [K] -> Q_pr
   integer, parameter, public :: table_q_abs = 9        !< s [m], T [K] -> Q_abs

   ! State of a ring: n bins, then these, counted from n.
   integer, parameter, public :: n_extra = 16
   integer, parameter, public :: i_deep = 1       !< deep reservoir [kg m-2]
   integer, parameter, public :: i_vapour = 2     !< vapour layer [kg m-2]
   integer, parameter, public :: i_blown = 3      !< ledger: blown out
   integer, parameter, public :: i_escaped = 4    !< ledger: vapour that escaped
   integer, parameter, public :: i_below = 5      !< ledger: below the grid
   integer, parameter, public :: i_inward = 6     !< ledger: moved inward past r_in
   integer, parameter, public :: i_outward = 7    !< ledger: moved outward past r_out
   integer, parameter, public :: i_external = 8   !< ledger: came from outside, counted negative
   integer, parameter, public :: i_removed = 9    !< ledger: removed at t0
   integer, parameter, public :: i_supplied = 10  !< memo: supplied to the surface
   integer, parameter, public :: i_settled = 11   !< memo: sank back to the deep reservoir
   integer, parameter, public :: i_evaporated = 12 !< memo: from the surface to vapour, net
   integer, parameter, public :: i_fallen = 13    !< ledger: unbound, but hit Mars
   integer, parameter, public :: i_moved = 14     !< ledger: moved to the neighbouring rings, net
   integer, parameter, public :: i_dragged = 15   !< memo: carried out of the surface by drag, net
   integer, parameter, public :: i_light = 16     !< memo: angular momentum that light took, over
                                                  !< that of a circular orbit in the ring

   !> What jumps or has a kink with T_M: a step ends where it changes.
   type :: held_t
      logical :: liquid = .false.            !< the grains of the ring are liquid
      logical :: smallest_unbound = .false.  !< grains of size s_min are blown out
      integer :: unbound_edges = 0           !< number of bin edges that are unbound
   end type held_t

   !> One user table, one or two axes.
   type :: table_t
      real(dp), allocatable :: x(:), y(:), z(:, :)   !< z(x, 1) when there is one axis
   end type table_t

   type :: ring_t
      real(dp) :: r = 0.0_dp               !< radius [m]
      real(dp) :: area = 0.0_dp            !< [m2]
      real(dp) :: omega = 0.0_dp           !< Kepler frequency [s-1]
      real(dp) :: e = 0.0_dp               !< eccentricity
      real(dp) :: speed = 0.0_dp           !< collision speed [m s-1]
      real(dp) :: sigma_deep0 = 0.0_dp     !< deep reservoir at t0 [kg m-2]
      real(dp) :: sigma_fade = 0.0_dp      !< supply fades below this deep reservoir [kg m-2]
      real(dp), allocatable :: rate(:)     !< tabulated supply rate at the table's times
      type(kernel_t) :: kernel
      type(release_t) :: release           !< blow-out from orbits
   end type ring_t

   type :: disk_t
      logical :: built = .false.
      type(disk_config_t) :: c
      type(table_t) :: tables(n_table)
      type(size_grid_t) :: g
      type(lamp_t) :: lamp
      type(optics_t) :: optics
      type(orbit_table_t) :: orbit_table   !< of chi_mode = 'orbits'
      type(material_t) :: material
      type(ring_t), allocatable :: rings(:)
      real(dp), allocatable :: ring_edge(:)   !< (0:n_ring) [m]
      real(dp), allocatable :: psd(:)         !< full initial size distribution, sum 1 [1]
      real(dp), allocatable :: supply(:)      !< sizes of the supply, sum 1 [1]
      real(dp) :: kappa0 = 0.0_dp             !< opacity of psd at t0 [m2 kg-1]
      real(dp) :: sigma_ref = 0.0_dp          !< tau_ref/(f_los kappa0) [kg m-2]
      real(dp) :: sigma0 = 0.0_dp             !< initial surface, before the removal at t0 [kg m-2]
      real(dp) :: sigma_scale = 0.0_dp        !< mass scale of the surface, for tolerances [kg m-2]
      real(dp) :: t_stop = huge(1.0_dp)       !< end by t_end or t_mars_end [s]
      integer :: n_state = 0                  !< n_bin + n_extra
      integer :: n_dyn = 0                    !< n_bin + 2: what the rates depend on
   end type disk_t
end module disk_model
