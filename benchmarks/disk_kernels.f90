! SPDX-License-Identifier: BSD-3-Clause
!> Times of the parts of a step of one ring, alone: disk_kernels FOLDER ROUNDS.
!!
!! FOLDER holds resolved.nml of a disk with one ring, and q_table, the efficiencies of its grains.
!! The state is that of the ring after a while. Parts take turns, so that a slow spell of the
!! machine hits all of them; the best round counts. Prints name and microseconds of processor time.
program disk_kernels
   use kinds, only: dp
   use constants, only: year
   use dense_lu, only: lu_factor, lu_solve
   use disk_build, only: build_disk, initial_state
   use disk_config, only: read_disk_config
   use disk_model, only: disk_t, held_t, table_q_pr, table_q_abs
   use ring_driver, only: advance_rings, hold, n_control, n_flag, c_step
   use ring_equations, only: set_environment, ring_rates, ring_jacobian
   use rosenbrock, only: work_t, make_work, rodas4_step
   use status, only: status_t, failed
   implicit none
   real(dp), parameter :: t = 0.1_dp*year       ! age of the state [s]
   real(dp), parameter :: round_time = 4.0e-3_dp  ! of one part [s]
   character(len=*), parameter :: part(6) = [character(len=16) :: 'light', 'rates', 'jacobian', &
                                             'lu_factor', 'lu_solve', 'step']
   type(disk_t) :: d
   type(work_t) :: w
   type(held_t) :: held
   type(status_t) :: s
   real(dp), allocatable :: y(:, :), control(:, :), matrix(:, :), b(:), dy(:), error(:)
   integer, allocatable :: flag(:, :)
   real(dp) :: best(size(part)), seconds, h
   integer :: repeats(size(part)), i, k, rounds
   logical :: ok
   character(len=4096) :: folder, word

   call get_command_argument(1, folder)
   call get_command_argument(2, word)
   read (word, *) rounds
   call read_disk_config(trim(folder)//'/resolved.nml', d%c, s)
   call read_q_table(trim(folder)//'/q_table')
   call build_disk(d, s)
   if (failed(s)) error stop 'this disk cannot be built'
   allocate (y(d%n_state, 1), control(n_control + d%n_state, 1), flag(n_flag, 1))
   allocate (dy(d%n_state), error(d%n_state))
   call initial_state(d, y, control, flag, s)
   call advance_rings(d, t, 600.0_dp, y, control, flag, ok, s)
   if (failed(s) .or. .not. ok) error stop 'this disk cannot be run'
   h = control(c_step, 1)
   held = hold(d, d%rings(1), t, .false.)
   call make_work(d, w)
   call rodas4_step(d, d%rings(1), t, h, y(:, 1), held, .true., w, dy, error, ok, s)
   matrix = -w%jac(:d%n_dyn, :)
   do i = 1, d%n_dyn
      matrix(i, i) = matrix(i, i) + 4.0_dp/h
   end do
   b = y(:d%n_dyn, 1)

   repeats = 1
   do i = 1, size(part)          ! how often fits into a round
      do
         seconds = time_of(i, repeats(i))
         if (seconds > 0.2_dp*round_time) exit
         repeats(i) = 2*repeats(i)
      end do
      repeats(i) = max(1, nint(repeats(i)*round_time/seconds))
   end do
   best = huge(1.0_dp)
   do k = 1, rounds
      do i = 1, size(part)
         best(i) = min(best(i), time_of(i, repeats(i))/repeats(i))
      end do
   end do
   do i = 1, size(part)
      print '(a, f14.4)', part(i), 1.0e6_dp*best(i)
   end do

contains

   !> Efficiencies: their numbers of sizes and temperatures, sizes [m], temperatures [K], Q_pr,
   !! Q_abs (size, temperature).
   subroutine read_q_table(path)
      character(len=*), intent(in) :: path
      integer :: unit, n(2)
      open (newunit=unit, file=path, access='stream', form='unformatted', status='old')
      read (unit) n
      associate (q => d%tables(table_q_pr), q_abs => d%tables(table_q_abs))
         allocate (q%x(n(1)), q%y(n(2)), q%z(n(1), n(2)))
         read (unit) q%x, q%y, q%z
         q_abs = q
         read (unit) q_abs%z
      end associate
      close (unit)
   end subroutine read_q_table

   !> Processor time of a part done n times [s].
   real(dp) function time_of(which, n) result(seconds)
      integer, intent(in) :: which, n
      real(dp) :: start, finish
      integer :: j
      call cpu_time(start)
      associate (ring => d%rings(1), now => y(:, 1))
         select case (part(which))
         case ('light')
            do j = 1, n
               call set_environment(d, ring, t, held, w%env, s)
            end do
         case ('rates')
            do j = 1, n
               call ring_rates(d, ring, t, now, w%env, w%f, s)
            end do
         case ('jacobian')
            do j = 1, n
               call ring_jacobian(d, ring, t, now, w%env, w%jac, s)
            end do
         case ('lu_factor')
            do j = 1, n
               w%lu = matrix
               call lu_factor(w%lu, w%pivot, ok)
            end do
         case ('lu_solve')
            do j = 1, n
               b = now(:d%n_dyn)
               call lu_solve(w%lu, w%pivot, b)
            end do
         case ('step')
            do j = 1, n
               call rodas4_step(d, ring, t, h, now, held, .true., w, dy, error, ok, s)
            end do
         end select
      end associate
      call cpu_time(finish)
      seconds = finish - start
   end function time_of
end program disk_kernels
