! SPDX-License-Identifier: BSD-3-Clause
!> What Python can call, and the only file f2py reads: subroutines, plain arrays, integer codes.
!!
!! Every routine that can fail returns ierr (0 = done, else a code of module status) and a message
!! that says where. State arrays are owned by Python and changed in place.
module api
   use kinds, only: dp
   use constants, only: constant_table => table, n_constant
   use disk_build, only: build_disk, initial_state
   use disk_config, only: read_disk_config
   use disk_diagnostics, only: ring_diagnostics, lamp_diagnostics, n_diagnostic, n_lamp
   use disk_model, only: disk_t, held_t, n_table
   use disk_registry, only: new_disk, find_disk, free_disk
   use ring_driver, only: advance_rings, hold, n_control, n_flag
   use ring_equations, only: environment_t, set_environment, ring_rates, ring_jacobian
   use status, only: status_t, fail, failed, status_internal, status_bad_input
   !$ use omp_lib, only: omp_get_max_threads, omp_set_num_threads
   implicit none
   private
   public :: threads, set_threads, constant, disk_create, disk_table, disk_make, disk_sizes, &
             disk_grid, disk_start, disk_advance, disk_diagnose, disk_lamp, disk_light, &
             disk_rates, disk_jacobian, disk_free

contains

   !> Number of threads a parallel region would use now [1].
   subroutine threads(n)
      integer, intent(out) :: n
      n = 1
      !$ n = omp_get_max_threads()
   end subroutine threads

   !> Use n threads in parallel regions from now on; without OpenMP nothing happens.
   subroutine set_threads(n)
      integer, intent(in) :: n
      integer :: unused
      unused = n
      !$ call omp_set_num_threads(n)
   end subroutine set_threads

   !> Entry i of the table of constants, i = 1, 2, ...; ierr = 1 behind the last one.
   subroutine constant(i, name, value, uncertainty, unit, source, ierr)
      integer, intent(in) :: i
      character(len=16), intent(out) :: name
      real(dp), intent(out) :: value, uncertainty
      character(len=16), intent(out) :: unit
      character(len=64), intent(out) :: source
      integer, intent(out) :: ierr
      ierr = 1
      name = ''
      unit = ''
      source = ''
      value = 0.0_dp
      uncertainty = 0.0_dp
      if (i < 1 .or. i > n_constant) return
      ierr = 0
      name = constant_table(i)%name
      value = constant_table(i)%value
      uncertainty = constant_table(i)%uncertainty
      unit = constant_table(i)%unit
      source = constant_table(i)%source
   end subroutine constant

   !> New disk from the canonical namelist file.
   subroutine disk_create(path, handle, ierr, message)
      character(len=*), intent(in) :: path
      integer, intent(out) :: handle
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      call new_disk(handle, d)
      call read_disk_config(path, d%c, s)
      if (failed(s)) call free_disk(handle)
      ierr = s%code
      message = s%message
   end subroutine disk_create

   !> Give a table (kind: table_... of module disk_model); one axis: n_y = 1.
   subroutine disk_table(handle, kind, n_x, n_y, x, y, z, ierr, message)
      integer, intent(in) :: handle, kind, n_x, n_y
      real(dp), intent(in) :: x(n_x), y(n_y), z(n_x, n_y)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      call find_disk(handle, .false., d, s)
      if (.not. failed(s) .and. (kind < 1 .or. kind > n_table)) then
         call fail(s, status_internal, 'unknown kind of table')
      end if
      if (.not. failed(s)) then
         d%tables(kind)%x = x
         d%tables(kind)%y = y
         d%tables(kind)%z = z
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_table

   !> Build grids, optics, rings and collision kernels; the disk does not change afterwards.
   subroutine disk_make(handle, ierr, message)
      integer, intent(in) :: handle
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(disk_t), pointer :: d
      type(status_t) :: s
      call find_disk(handle, .false., d, s)
      if (.not. failed(s)) call build_disk(d, s)
      ierr = s%code
      message = s%message
   end subroutine disk_make

   !> Array sizes: bins, rings, state, control, flags, ring and lamp diagnostics.
   subroutine disk_sizes(handle, n_bin, n_ring, n_state, m_control, m_flag, m_diagnostic, m_lamp, &
                         ierr, message)
      integer, intent(in) :: handle
      integer, intent(out) :: n_bin, n_ring, n_state, m_control, m_flag, m_diagnostic, m_lamp, ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      n_bin = 0
      n_ring = 0
      n_state = 0
      m_control = n_control
      m_flag = n_flag
      m_diagnostic = n_diagnostic
      m_lamp = n_lamp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) then
         n_bin = d%g%n
         n_ring = size(d%rings)
         n_state = d%n_state
         m_control = n_control + n_state
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_sizes

   !> Grids and ring constants. scalars: t_stop [s], kappa0 [m2 kg-1], sigma_ref, sigma0 [kg m-2].
   subroutine disk_grid(handle, n_bin, n_ring, size_, size_edges, mass, r, r_edges, area, e, speed, &
                        scalars, ierr, message)
      integer, intent(in) :: handle, n_bin, n_ring
      real(dp), intent(out) :: size_(n_bin), size_edges(n_bin + 1), mass(n_bin)       ! [m], [kg]
      real(dp), intent(out) :: r(n_ring), r_edges(n_ring + 1), area(n_ring)           ! [m], [m2]
      real(dp), intent(out) :: e(n_ring), speed(n_ring), scalars(4)                   ! [1], [m s-1]
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) then
         size_ = d%g%s
         size_edges = d%g%edge
         mass = d%g%m
         r = d%rings%r
         r_edges = d%ring_edge
         area = d%rings%area
         e = d%rings%e
         speed = d%rings%speed
         scalars = [d%t_stop, d%kappa0, d%sigma_ref, d%sigma0]
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_grid

   !> State, control and flags at t0.
   subroutine disk_start(handle, n_state, n_ring, m_control, m_flag, y, control, flag, ierr, message)
      integer, intent(in) :: handle, n_state, n_ring, m_control, m_flag
      real(dp), intent(inout) :: y(n_state, n_ring), control(m_control, n_ring)
      integer, intent(inout) :: flag(m_flag, n_ring)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) call initial_state(d, y, control, flag, s)
      ierr = s%code
      message = s%message
   end subroutine disk_start

   !> Advance all rings to t_target [s] or for about `budget` [s] of wall time; done = 1 when there.
   subroutine disk_advance(handle, t_target, budget, n_state, n_ring, m_control, m_flag, y, control, &
                           flag, done, ierr, message)
      integer, intent(in) :: handle, n_state, n_ring, m_control, m_flag
      real(dp), intent(in) :: t_target, budget
      real(dp), intent(inout) :: y(n_state, n_ring), control(m_control, n_ring)
      integer, intent(inout) :: flag(m_flag, n_ring)
      integer, intent(out) :: done, ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(disk_t), pointer :: d
      type(status_t) :: s
      logical :: there
      there = .false.
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) call advance_rings(d, t_target, budget, y, control, flag, there, s)
      done = merge(1, 0, there)
      ierr = s%code
      message = s%message
   end subroutine disk_advance

   !> Diagnostics of the rings (m_diagnostic, n_ring) at time t; rows as in disk_diagnostics.
   subroutine disk_diagnose(handle, t, n_state, n_ring, m_flag, m_diagnostic, y, flag, x, ierr, &
                            message)
      integer, intent(in) :: handle, n_state, n_ring, m_flag, m_diagnostic
      real(dp), intent(in) :: t, y(n_state, n_ring)
      integer, intent(in) :: flag(m_flag, n_ring)
      real(dp), intent(out) :: x(m_diagnostic, n_ring)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      x = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) call ring_diagnostics(d, t, y, flag, x, s)
      ierr = s%code
      message = s%message
   end subroutine disk_diagnose

   !> The lamp at time t [s]: T_M [K], flux [W m-2], s_blow, s_blow_min [m], s_min bound [1].
   subroutine disk_lamp(handle, t, m_lamp, x, ierr, message)
      integer, intent(in) :: handle, m_lamp
      real(dp), intent(in) :: t
      real(dp), intent(out) :: x(m_lamp)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      x = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) call lamp_diagnostics(d, t, x)
      ierr = s%code
      message = s%message
   end subroutine disk_lamp

   !> Opacity [m2 kg-1] and unbound mass fraction [1] of the bins and chi [1] at time t [s].
   subroutine disk_light(handle, t, n_bin, kappa, unbound, chi, ierr, message)
      integer, intent(in) :: handle, n_bin
      real(dp), intent(in) :: t
      real(dp), intent(out) :: kappa(n_bin), unbound(n_bin), chi
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(environment_t) :: env
      type(status_t) :: s
      kappa = 0.0_dp
      unbound = 0.0_dp
      chi = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) then
         call set_environment(d, d%rings(1), t, hold(d, d%rings(1), t, .false.), env, s)
         kappa = env%light%kappa
         unbound = env%light%unbound
         chi = env%light%chi
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_light

   !> d y/dt [kg m-2 s-1] of ring l = 1, 2, ...; was_liquid: 1 = liquid between the melting points.
   subroutine disk_rates(handle, l, t, was_liquid, n_state, y, f, ierr, message)
      integer, intent(in) :: handle, l, was_liquid, n_state
      real(dp), intent(in) :: t, y(n_state)
      real(dp), intent(out) :: f(n_state)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(environment_t) :: env
      type(status_t) :: s
      f = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) then
         call set_environment(d, d%rings(l), t, hold(d, d%rings(l), t, was_liquid == 1), env, s)
         call ring_rates(d, d%rings(l), t, y, env, f, s)
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_rates

   !> Jacobian of disk_rates with respect to bins, deep reservoir and vapour [s-1].
   subroutine disk_jacobian(handle, l, t, was_liquid, n_state, n_dyn, y, jac, ierr, message)
      integer, intent(in) :: handle, l, was_liquid, n_state, n_dyn
      real(dp), intent(in) :: t, y(n_state)
      real(dp), intent(out) :: jac(n_state, n_dyn)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(environment_t) :: env
      type(status_t) :: s
      jac = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) then
         call set_environment(d, d%rings(l), t, hold(d, d%rings(l), t, was_liquid == 1), env, s)
         call ring_jacobian(d, d%rings(l), t, y, env, jac, s)
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_jacobian

   !> Give the memory of a disk back.
   subroutine disk_free(handle)
      integer, intent(in) :: handle
      call free_disk(handle)
   end subroutine disk_free
end module api
