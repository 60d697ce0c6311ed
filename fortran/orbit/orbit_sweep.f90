! SPDX-License-Identifier: BSD-3-Clause
!> Many trajectories: threads over blocks, the lanes of all blocks filled from one queue of cases.
!!
!! A lane whose trajectory has ended takes the next case, so that no lane waits for its neighbours.
!! What a case gives depends on nothing but its start.
module orbit_sweep
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use kinds, only: dp
   use arc, only: arc_t, n_state, state_at, take_arc
   use atmosphere, only: set_fading
   use dop853, only: dop853_step, dop853_first_step
   use lanes, only: block_t, new_block, n_lane
   use leapfrog, only: leapfrog_step
   use orbit_course, only: course_t, end_course, break_course, take_samples, &
                           i_n_step, i_t_end
   use step_events, only: log_t, watch_step, count_turns
   use orbit_model, only: orbit_t, no_gas, taylor_method, dop853_method
   use orbit_queue, only: queue_t, take_next, put_aside, start_second_leg, first_leg
   use orbit_watch, only: between_t, find_events
   use standstill, only: stop_at_rest
   use step_ends, only: ends_t, start_of_step, end_of_step
   use taylor, only: taylor_series, taylor_step
   implicit none
   private
   public :: run_cases

   !> A body that needs more steps sinks in gas too dense for explicit methods: it is given up.
   integer, parameter :: most_steps = 100000000
   !> Turns are counted on so many pieces of a step at most.
   integer, parameter :: most_pieces = 1000

contains

   !> Integrate cases from their starts to their ends.
   subroutine run_cases(o, start, result, stop, sample, log)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: start(:, :)                    !< (n_start, case)
      real(dp), intent(inout) :: result(:, :)                !< (n_result, case)
      integer, intent(inout), volatile :: stop               !< set from outside to give up
      real(dp), intent(inout) :: sample(:, :, :)             !< (n_sample_row, n_sample, case), for
                                                             !< which result holds n_step; or empty
      type(log_t), intent(inout), optional :: log            !< events; with one case only
      type(block_t), pointer :: b
      real(dp), allocatable :: memory(:)
      type(course_t) :: course(n_lane)
      type(queue_t) :: queue
      integer :: leg
      logical :: ended
      !$omp parallel private(b, memory, course, ended, leg)
      call new_block(memory, b)
      course = course_t()   ! a private variable has no default values
      call clear_block(b)
      do leg = 1, 2
         call fill_lanes(o, start, result, b, course, queue)
         do while (any(course%case > 0) .and. stop == 0)
            call advance(o, b, course, queue, result, ended, sample, log)
            if (ended) call fill_lanes(o, start, result, b, course, queue)
         end do
         !$omp barrier
         !$omp single
         if (leg == 1) call start_second_leg(queue)
         !$omp end single
      end do
      !$omp end parallel
   end subroutine run_cases

   !> A block without trajectories: all lanes are far away.
   subroutine clear_block(b)
      type(block_t), intent(out) :: b
      b%x = 0.0_dp; b%y = 0.0_dp; b%z = 0.0_dp
      b%u = 0.0_dp; b%v = 0.0_dp; b%w = 0.0_dp
      b%f = 0.0_dp; b%lost = 0.0_dp
      b%x(:, 0) = 1.0_dp; b%u(:, 0) = 1.0_dp
      b%f(:, 0) = 1.0_dp
      b%s = 0.0_dp              ! has a series in gas alone
      b%near_a = 0.0_dp; b%near_b = 0.0_dp   ! no singularity is known
      b%known = 0.0_dp; b%den = 0.0_dp; b%rest = 0.0_dp
      b%t = 0.0_dp; b%tau_gas = 0.0_dp; b%t_gas = 0.0_dp
   end subroutine clear_block

   !> Give each idle lane the next case of the queue, if there is one.
   subroutine fill_lanes(o, start, result, b, course, queue)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: start(:, :), result(:, :)
      type(block_t), intent(inout) :: b
      type(course_t), intent(inout) :: course(n_lane)
      type(queue_t), intent(inout) :: queue
      integer :: l, case
      logical :: changed
      changed = .false.
      do l = 1, n_lane
         if (course(l)%case > 0) cycle
         changed = .true.
         call take_next(o, start, queue, b, l, course(l))
         case = course(l)%case
         if (case == 0) then
            ! what is far away costs nothing special and cannot fail; at rest in the gas it would
            b%x(l, 0) = 1.0_dp; b%y(l, 0) = 0.0_dp; b%z(l, 0) = 0.0_dp
            b%u(l, 0) = 1.0_dp; b%v(l, 0) = 0.0_dp; b%w(l, 0) = 0.0_dp
            b%t(l) = 0.0_dp; b%tau_gas(l) = 0.0_dp; b%f(l, 0) = 1.0_dp
            course(l)%h = 1.0e-3_dp   ! [yr]; a step of 0 would divide by 0
            cycle
         end if
         if (queue%leg > 1) cycle
         if (ieee_is_finite(result(i_n_step, case))) then
            course(l)%n_total = nint(result(i_n_step, case))
            course(l)%t_total = result(i_t_end, case)
         end if
         if (o%method == dop853_method) course(l)%h = dop853_first_step(o, start(:, case))
      end do
      if (.not. changed) return
      b%planar = .not. o%needs_axis .and. all(b%z(:, 0) == 0.0_dp .and. b%w(:, 0) == 0.0_dp)
      b%gas = o%atmosphere /= no_gas
      if (.not. b%planar) return
      b%z = 0.0_dp; b%w = 0.0_dp; b%gw = 0.0_dp    ! the series of forces leave them alone
      b%rest(:, :, 3) = 0.0_dp; b%rest(:, :, 6) = 0.0_dp
   end subroutine fill_lanes

   !> One step of every lane.
   subroutine advance(o, b, course, queue, result, ended, sample, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      type(course_t), intent(inout) :: course(n_lane)
      type(queue_t), intent(inout) :: queue
      real(dp), intent(inout) :: result(:, :)
      logical, intent(out) :: ended              !< a trajectory has, or its first leg
      real(dp), intent(inout) :: sample(:, :, :)
      type(log_t), intent(inout), optional :: log
      real(dp), dimension(n_lane) :: h, bound, rest, go
      logical :: accepted(n_lane), moves(n_lane), clipped, over
      type(ends_t) :: a, z
      type(between_t) :: m
      integer :: k, l
      call set_fading(o, b)
      bound = o%c%t_max
      if (any(b%tau_gas > 0.0_dp)) then
         do l = 1, n_lane
            bound(l) = next_bound(o, b, l)
         end do
      end if
      accepted = .true.
      if (o%method == taylor_method) then
         call taylor_series(o, b)
         call taylor_step(o, b, h)
         if (o%dt > 0.0_dp) h = o%dt
      else
         h = merge(o%dt, course%h, o%dt > 0.0_dp)
      end if
      h = min(h, bound - b%t)
      if (o%method == dop853_method) then
         call dop853_step(o, b, h, course%h, course%error, accepted)
      else if (o%method /= taylor_method) then
         call leapfrog_step(o, b, h)
      end if
      call start_of_step(o, b, a)
      call end_of_step(o, b, h, z)
      if (o%method == taylor_method .and. b%gas) then
         rest = h
         call stop_at_rest(o, b, z%u, z%v, z%w, course%case > 0, rest)
         if (any(rest < h)) call end_of_step(o, b, rest, z)
         h = rest
      end if
      ended = .false.
      call find_events(o, a, z, h, m)
      do l = 1, n_lane
         moves(l) = .false.
         if (course(l)%case == 0 .or. .not. accepted(l)) cycle
         clipped = h(l) >= bound(l) - b%t(l)
         if (.not. (ieee_is_finite(z%r2(l)) .and. (h(l) > 4.0_dp*epsilon(h)*b%t(l) .or. clipped)) &
             .or. course(l)%n_step >= most_steps) then
            call break_course(course(l), result(:, course(l)%case))
            course(l)%case = 0
            ended = .true.
            cycle
         end if
         call settle(o, b, l, h(l), merge(bound(l), b%t(l) + h(l), clipped), a, z, m, course(l), &
                     result, over, sample, log)
         moves(l) = .not. over
         ended = ended .or. over
      end do
      go = merge(1.0_dp, 0.0_dp, moves)
      call go_on(go, z%x, b%x(:, 0))
      call go_on(go, z%y, b%y(:, 0))
      call go_on(go, z%z, b%z(:, 0))
      call go_on(go, z%u, b%u(:, 0))
      call go_on(go, z%v, b%v(:, 0))
      call go_on(go, z%w, b%w(:, 0))
      do k = 1, 6
         call go_on(go, z%lost(:, k), b%lost(:, k))
      end do
      if (queue%leg > 1) return
      do l = 1, n_lane
         if (.not. moves(l) .or. course(l)%n_step < first_leg) cycle
         call put_aside(o, queue, b, l, course(l))
         ended = .true.
      end do
   end subroutine advance

   !> Go on from the end of the step in the lanes that do (1; others 0).
   pure subroutine go_on(go, end, start)
      real(dp), intent(in) :: go(n_lane), end(n_lane)
      real(dp), intent(inout) :: start(n_lane)
      integer :: l
      !$omp simd
      do l = 1, n_lane
         start(l) = merge(end(l), start(l), go(l) > 0.0_dp)
      end do
   end subroutine go_on

   !> Watch the accepted step of lane l, and end its trajectory or go on from the step's end.
   subroutine settle(o, b, l, h, t_new, a, z, m, c, result, over, sample, log)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: h, t_new           !< [yr]
      type(ends_t), intent(in) :: a, z
      type(between_t), intent(in) :: m
      type(course_t), intent(inout) :: c
      real(dp), intent(inout) :: result(:, :)
      logical, intent(out) :: over               !< the trajectory has ended
      real(dp), intent(inout) :: sample(:, :, :)
      type(log_t), intent(inout), optional :: log
      type(arc_t) :: p
      real(dp) :: length, y(n_state), end(2)
      integer :: pieces
      logical :: near, watched, round, last
      length = h
      c%n_step = c%n_step + 1
      over = .false.
      last = t_new >= o%c%t_max
      near = m%near(l) > 0.0_dp
      watched = near .or. m%clear(l) <= 0.0_dp .or. present(log) .or. o%ablation > 0.0_dp
      round = .not. m%short(l) > 0.0_dp
      if (watched .or. round .or. last .or. size(sample) > 0) then
         call take_arc(b, l, o%ablation > 0.0_dp, p)
      end if
      if (watched) then
         call watch_step(o, p, l, length, a, z, m, near, c, over, log)
      else
         c%r2_min = min(c%r2_min, z%r2(l))
      end if
      if (over .or. round) then
         end = [z%x(l), z%y(l)]
         if (over) then
            y = state_at(p, length)
            end = y(1:2)
         end if
         pieces = most_pieces
         call count_turns(p, 0.0_dp, length, [a%x(l), a%y(l)], end, pieces, c%turns)
      else
         c%turns = c%turns + int(m%turn(l))
      end if
      over = over .or. last
      if (size(sample) > 0) call take_samples(o, p, length, c, sample(:, :, c%case))
      if (over) then
         call end_course(o, p, length, c, result(:, c%case))
         c%case = 0
         return
      end if
      if (o%ablation > 0.0_dp) then
         y = state_at(p, h)
         b%f(l, 0) = y(7)
      end if
      b%t(l) = t_new
   end subroutine settle

   !> Where the step of lane l must end at the latest: the run's end, and kinks of the density [yr].
   pure real(dp) function next_bound(o, b, l)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp) :: t
      next_bound = o%c%t_max
      if (b%tau_gas(l) <= 0.0_dp) return
      t = b%t_gas(l)
      if (t > b%t(l)) next_bound = min(next_bound, t)
      t = b%t_gas(l) + b%tau_gas(l)
      if (o%linear_decay .and. t > b%t(l)) next_bound = min(next_bound, t)
   end function next_bound
end module orbit_sweep
