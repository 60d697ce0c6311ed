! SPDX-License-Identifier: BSD-3-Clause
!> What Python can call, and the only file f2py reads: subroutines, plain arrays, integer codes.
!!
!! Every routine that can fail returns ierr (0 = done, else a code of module status) and a message
!! that says where. State arrays are owned by Python and changed in place.
module api
   use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_quiet_nan
   use kinds, only: dp
   use cpu, only: level_here
   use constants, only: constant_table => table, n_constant, g_newton, pi, year
   use disk_build, only: build_disk, initial_state
   use disk_config, only: read_disk_config
   use disk_diagnostics, only: ring_diagnostics, lamp_diagnostics, n_diagnostic, n_lamp
   use disk_model, only: disk_t, n_table
   use disk_physics, only: disk_formulas
   use orbit_config, only: read_orbit_config
   use orbit_course, only: n_start, n_result, n_sample_row
   use step_events, only: log_t
   use orbit_model, only: orbit_t, build_orbit
   use orbit_physics, only: orbit_formulas
   use orbit_sweep, only: run_cases
   use transport, only: advance_disk
   use tides, only: tides_t, evolve_tides_many
   use registry, only: keep, find, release
   use ring_driver, only: hold, n_control, n_flag
   use ring_equations, only: environment_t, set_environment, ring_rates, ring_jacobian
   use status, only: status_t, fail, failed, status_internal, text
   !$ use omp_lib, only: omp_get_max_threads, omp_set_num_threads
   implicit none
   private
   public :: cpu_level, threads, set_threads, constant, disk_create, disk_table, disk_orbits, &
             disk_make, disk_sizes, disk_grid, disk_start, disk_advance, disk_diagnose, disk_lamp, &
             disk_light, disk_rates, disk_jacobian, disk_formula, orbit_create, orbit_numbers, &
             orbit_rows, orbit_run, orbit_sample, orbit_events, orbit_tides, orbit_formula, forget

   integer, parameter :: n_number = 10   !< numbers that orbit_numbers gives

contains

   !> Level of the x86-64 instruction set that this machine has, 1 to 4; 0 = another processor.
   subroutine cpu_level(level)
      integer, intent(out) :: level
      level = level_here()
   end subroutine cpu_level

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
      class(*), pointer :: object
      type(status_t) :: s
      allocate (d)
      object => d
      call keep(object, handle)
      call read_disk_config(path, d%c, s)
      if (failed(s)) call release(handle)
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

   !> Give the table of blow-out from orbits; axes and arrays as in module blowout.
   subroutine disk_orbits(handle, n_e, n_dive, n_exit, n_grade, e, dive, exit, grade, unbound, &
                          mars, chi, ierr, message)
      integer, intent(in) :: handle, n_e, n_dive, n_exit, n_grade
      real(dp), intent(in) :: e(n_e), dive(n_dive), exit(n_exit), grade(n_grade)
      real(dp), intent(in) :: unbound(n_grade, n_dive, n_e), mars(n_grade, n_dive, n_e)
      real(dp), intent(in) :: chi(n_grade, n_exit, n_dive, n_e)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      call find_disk(handle, .false., d, s)
      if (.not. failed(s)) then
         d%orbit_table%e = e
         d%orbit_table%dive = dive
         d%orbit_table%exit = exit
         d%orbit_table%grade = grade
         d%orbit_table%unbound = unbound
         d%orbit_table%mars = mars
         d%orbit_table%chi = chi
      end if
      ierr = s%code
      message = s%message
   end subroutine disk_orbits

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
   subroutine disk_grid(handle, n_bin, n_ring, size_, size_edges, mass, r, r_edges, area, e, &
                        speed, scalars, ierr, message)
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
   subroutine disk_start(handle, n_state, n_ring, m_control, m_flag, y, control, flag, ierr, &
                         message)
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
   subroutine disk_advance(handle, t_target, budget, n_state, n_ring, m_control, m_flag, y, &
                           control, flag, done, ierr, message)
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
      if (.not. failed(s)) call advance_disk(d, t_target, budget, y, control, flag, there, s)
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

   !> Formula `what` of module disk_physics for n sets of arguments.
   subroutine disk_formula(handle, what, n, m_in, m_out, x, y, ierr, message)
      integer, intent(in) :: handle, what, n, m_in, m_out
      real(dp), intent(in) :: x(m_in, n)
      real(dp), intent(out) :: y(m_out, n)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(disk_t), pointer :: d
      type(status_t) :: s
      y = 0.0_dp
      call find_disk(handle, .true., d, s)
      if (.not. failed(s)) call disk_formulas(d, what, x, y, s)
      ierr = s%code
      message = s%message
   end subroutine disk_formula

   !> Capture problem from the canonical namelist file.
   subroutine orbit_create(path, handle, ierr, message)
      character(len=*), intent(in) :: path
      integer, intent(out) :: handle
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(orbit_t), pointer :: o
      class(*), pointer :: object
      type(status_t) :: s
      allocate (o)
      object => o
      call keep(object, handle)
      call read_orbit_config(path, o%c, s)
      if (.not. failed(s)) call build_orbit(o, s)
      if (failed(s)) call release(handle)
      ierr = s%code
      message = s%message
   end subroutine orbit_create

   !> Rows of a start, a result and a sample, and how many numbers orbit_numbers gives.
   subroutine orbit_rows(m_start, m_result, m_sample, m_number)
      integer, intent(out) :: m_start, m_result, m_sample, m_number
      m_start = n_start
      m_result = n_result
      m_sample = n_sample_row
      m_number = n_number
   end subroutine orbit_rows

   !> omega [yr-1], gm [AU3 yr-2], r_hill, x_l1, x_l2, radius [AU], k_drag [AU-1], start (3) [AU].
   subroutine orbit_numbers(handle, m_number, x, ierr, message)
      integer, intent(in) :: handle, m_number
      real(dp), intent(out) :: x(m_number)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(orbit_t), pointer :: o
      type(status_t) :: s
      x = 0.0_dp
      call find_orbit(handle, o, s)
      if (.not. failed(s)) then
         x = [o%omega, o%gm_planet, o%r_hill, o%x_l1, o%x_l2, o%radius, &
              o%drag*exp(o%exponent0), o%start]
      end if
      ierr = s%code
      message = s%message
   end subroutine orbit_numbers

   !> Integrate n cases to their ends; rows of start and result as in orbit_course.
   !! stop(1): set to 1 by another thread to give up.
   subroutine orbit_run(handle, n, m_start, m_result, start, stop, result_, ierr, message)
      integer, intent(in) :: handle, n, m_start, m_result
      real(dp), intent(in) :: start(m_start, n)
      integer, intent(inout) :: stop(1)
      real(dp), intent(out) :: result_(m_result, n)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(orbit_t), pointer :: o
      type(status_t) :: s
      real(dp) :: no_sample(0, 0, 0)
      result_ = 0.0_dp
      call find_orbit(handle, o, s)
      if (.not. failed(s)) call run_cases(o, start, result_, stop(1), no_sample)
      ierr = s%code
      message = s%message
   end subroutine orbit_run

   !> Samples of n trajectories, whose results are known; rows as in orbit_course.
   subroutine orbit_sample(handle, n, m_start, m_result, n_sample, m_sample, start, result_, &
                           stop, sample, ierr, message)
      integer, intent(in) :: handle, n, m_start, m_result, n_sample, m_sample
      real(dp), intent(in) :: start(m_start, n), result_(m_result, n)
      integer, intent(inout) :: stop(1)
      real(dp), intent(out) :: sample(m_sample, n_sample, n)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(orbit_t), pointer :: o
      type(status_t) :: s
      real(dp), allocatable :: again(:, :)
      sample = ieee_value(sample, ieee_quiet_nan)
      call find_orbit(handle, o, s)
      if (.not. failed(s)) then
         again = result_
         call run_cases(o, start, again, stop(1), sample)
      end if
      ierr = s%code
      message = s%message
   end subroutine orbit_sample

   !> Events of one trajectory: kinds (step_events) and times [yr]; n_event may exceed n_max.
   subroutine orbit_events(handle, m_start, n_max, start, kind, t, n_event, ierr, message)
      integer, intent(in) :: handle, m_start, n_max
      real(dp), intent(in) :: start(m_start)
      integer, intent(out) :: kind(n_max)
      real(dp), intent(out) :: t(n_max)
      integer, intent(out) :: n_event, ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(orbit_t), pointer :: o
      type(status_t) :: s
      type(log_t) :: log
      real(dp) :: one(m_start, 1), outcome(n_result, 1), no_sample(0, 0, 0)
      integer :: never
      kind = 0
      t = 0.0_dp
      call find_orbit(handle, o, s)
      if (.not. failed(s)) then
         allocate (log%kind(n_max), log%t(n_max))
         one(:, 1) = start
         outcome = 0.0_dp
         never = 0
         call run_cases(o, one, outcome, never, no_sample, log)
         kind(:min(log%n, n_max)) = log%kind(:min(log%n, n_max))
         t(:min(log%n, n_max)) = log%t(:min(log%n, n_max))
      end if
      n_event = log%n
      ierr = s%code
      message = s%message
   end subroutine orbit_events

   !> Orbits of n bodies after `age` of tides; retrograde, fell, valid: 1 = yes; radius: of the
   !! bodies [km].
   subroutine orbit_tides(handle, n, a, e, radius, retrograde, a_now, e_now, fell, valid, ierr, &
                          message)
      integer, intent(in) :: handle, n, retrograde(n)
      real(dp), intent(in) :: a(n), e(n), radius(n)      ! [km], [1], [km]
      real(dp), intent(out) :: a_now(n), e_now(n)        ! [km], [1]
      integer, intent(out) :: fell(n), valid(n), ierr
      character(len=256), intent(out) :: message
      !f2py threadsafe
      type(orbit_t), pointer :: o
      type(status_t) :: s
      type(tides_t), allocatable :: p(:)
      logical, allocatable :: fallen(:), trusted(:)
      real(dp), allocatable :: t_end(:)
      integer, allocatable :: outcome(:)
      a_now = a
      e_now = e
      fell = 0
      valid = 0
      call find_orbit(handle, o, s)
      if (.not. failed(s)) then
         allocate (p(n), fallen(n), trusted(n), t_end(n), outcome(n))
         p%gm = o%c%gm
         p%radius = o%c%planet_radius*1.0e3_dp
         p%k2_over_q = o%c%k2_over_q
         p%spin = 2.0_dp*pi/(o%c%rotation*3600.0_dp)
         where (retrograde == 1) p%spin = -p%spin
         p%radius_body = radius*1.0e3_dp
         p%mass_ratio = 4.0_dp/3.0_dp*pi*p%radius_body**3*o%c%body_rho*g_newton/o%c%gm
         p%k2_over_q_body = o%c%k2_over_q_body
         a_now = a*1.0e3_dp
         call evolve_tides_many(p, a_now, e_now, o%c%age*year, fallen, t_end, outcome, trusted)
         a_now = a_now/1.0e3_dp
         fell = merge(1, 0, fallen)
         valid = merge(1, 0, trusted)
      end if
      ierr = s%code
      message = s%message
   end subroutine orbit_tides

   !> Formula `what` of module orbit_physics for n sets of arguments.
   subroutine orbit_formula(handle, what, n, m_in, m_out, x, y, ierr, message)
      integer, intent(in) :: handle, what, n, m_in, m_out
      real(dp), intent(in) :: x(m_in, n)
      real(dp), intent(out) :: y(m_out, n)
      integer, intent(out) :: ierr
      character(len=256), intent(out) :: message
      type(orbit_t), pointer :: o
      type(status_t) :: s
      y = 0.0_dp
      call find_orbit(handle, o, s)
      if (.not. failed(s)) call orbit_formulas(o, what, x, y, s)
      ierr = s%code
      message = s%message
   end subroutine orbit_formula

   !> Give the memory behind a handle back.
   subroutine forget(handle)
      integer, intent(in) :: handle
      call release(handle)
   end subroutine forget

   !> The disk of a handle; a failure when there is none, or when it is not built yet.
   subroutine find_disk(handle, need_built, d, s)
      integer, intent(in) :: handle
      logical, intent(in) :: need_built
      type(disk_t), pointer, intent(out) :: d
      type(status_t), intent(inout) :: s
      class(*), pointer :: object
      d => null()
      call find(handle, object, s)
      if (failed(s)) return
      select type (object)
      type is (disk_t)
         d => object
         if (need_built .and. .not. d%built) then
            call fail(s, status_internal, 'disk '//text(handle)//' is not built')
         end if
      class default
         call fail(s, status_internal, 'handle '//text(handle)//' is no disk')
      end select
   end subroutine find_disk

   !> The capture problem of a handle; a failure when there is none.
   subroutine find_orbit(handle, o, s)
      integer, intent(in) :: handle
      type(orbit_t), pointer, intent(out) :: o
      type(status_t), intent(inout) :: s
      class(*), pointer :: object
      o => null()
      call find(handle, object, s)
      if (failed(s)) return
      select type (object)
      type is (orbit_t)
         o => object
      class default
         call fail(s, status_internal, 'handle '//text(handle)//' is no capture problem')
      end select
   end subroutine find_orbit
end module api
