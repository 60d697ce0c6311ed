! SPDX-License-Identifier: BSD-3-Clause
!> Adaptive stepping of one ring, and all rings in parallel.
!!
!! Steps end exactly at output times and wherever a rate jumps or has a kink: knots of tables,
!! melting and freezing, and the moments at which a bin edge or s_min becomes bound. The sequence of
!! steps depends on the state alone, so a run that is stopped and resumed, or has more threads,
!! takes the same steps.
module ring_driver
   use, intrinsic :: iso_fortran_env, only: int64
   use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
   use kinds, only: dp
   use disk_model, only: disk_t, ring_t, held_t, table_supply, i_deep, i_vapour, &
                         i_below, i_supplied
   use mars_lamp, only: lamp_temperature, lamp_flux, lamp_next_knot
   use radiation, only: count_unbound
   use removal, only: optical_depth
   use rosenbrock, only: work_t, make_work, rodas4_step
   use status, only: status_t, fail, failed, status_step_size, status_not_finite, text
   use sublimation, only: ring_temperature
   implicit none
   private
   public :: advance_rings, hold, next_jump

   ! What the next step of a ring depends on besides its state.
   integer, parameter, public :: n_control = 6    !< and then one compensation per line of the state
   integer, parameter, public :: c_time = 1       !< time reached [s]
   integer, parameter, public :: c_step = 2       !< proposed step [s]
   integer, parameter, public :: c_error = 3      !< error of the last accepted step
   integer, parameter, public :: c_last = 4       !< last accepted step [s]
   integer, parameter, public :: c_end = 5        !< end of the step of transport under way [s]
   integer, parameter, public :: c_due = 6        !< transport that it still owes, 0 = done [s]
   integer, parameter, public :: n_flag = 5
   integer, parameter, public :: f_liquid = 1     !< 1 = the grains are liquid
   integer, parameter, public :: f_frozen = 2     !< 1 = stopped by tau_stop
   integer, parameter, public :: f_accepted = 3   !< count of accepted steps
   integer, parameter, public :: f_rejected = 4   !< count of rejected steps
   integer, parameter, public :: f_extrapolated = 5 !< count of steps with P_sat outside its fit

   real(dp), parameter :: safety = 0.9_dp, shrink = 0.2_dp, grow = 6.0_dp
   !> Absolute tolerance: rtol times this share of the surface layer, or of its initial or reference
   !! mass where that is more.
   real(dp), parameter :: automatic_atol = 1.0e-2_dp

contains

   !> Advance all rings to t_target, or until the time budget is used up, by whole steps.
   subroutine advance_rings(d, t_target, budget, y, control, flag, done, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t_target             !< [s]
      real(dp), intent(in) :: budget               !< wall time [s]
      real(dp), intent(inout) :: y(:, :)           !< (n_state, n_ring) [kg m-2]
      real(dp), intent(inout) :: control(:, :)     !< (n_control + n_state, n_ring)
      integer, intent(inout) :: flag(:, :)         !< (n_flag, n_ring)
      logical, intent(out) :: done                 !< all rings are at t_target
      type(status_t), intent(inout) :: s
      type(status_t) :: one(size(d%rings))
      type(work_t) :: w
      integer(int64) :: start, tick
      integer :: l
      call system_clock(start, tick)
      !$omp parallel private(w)
      call make_work(d, w)
      !$omp do schedule(dynamic, 1)
      do l = 1, size(d%rings)
         call advance_ring(d, d%rings(l), t_target, start + int(budget*tick, int64), w, &
                           y(:, l), control(:, l), flag(:, l), one(l))
      end do
      !$omp end do
      !$omp end parallel
      done = .true.
      do l = 1, size(d%rings)
         if (failed(one(l))) call fail(s, one(l)%code, 'ring '//text(l)//' (r = ' &
            //text(d%rings(l)%r)//' m): '//trim(one(l)%message))
         done = done .and. control(c_time, l) >= t_target
      end do
   end subroutine advance_rings

   subroutine advance_ring(d, ring, t_target, deadline, w, y, control, flag, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t_target
      integer(int64), intent(in) :: deadline
      type(work_t), intent(inout) :: w
      real(dp), intent(inout) :: y(:), control(:)
      integer, intent(inout) :: flag(:)
      type(status_t), intent(inout) :: s
      integer(int64) :: now
      do while (control(c_time) < t_target .and. .not. failed(s))
         if (flag(f_frozen) == 1) then
            control(c_time) = t_target
            return
         end if
         call accepted_step(d, ring, t_target, w, y, control, flag, s)
         call system_clock(now)
         if (now >= deadline) return
      end do
   end subroutine advance_ring

   !> One accepted step: try, reject, shrink until the error is within tolerance.
   subroutine accepted_step(d, ring, t_target, w, y, control, flag, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t_target
      type(work_t), intent(inout) :: w
      real(dp), intent(inout) :: y(:), control(:)
      integer, intent(inout) :: flag(:)
      type(status_t), intent(inout) :: s
      real(dp) :: t, h, bound, err, factor, over
      real(dp), dimension(d%n_state) :: dy, y_new, error
      type(status_t) :: trial
      logical :: fresh, ok, clipped, rejected
      type(held_t) :: held
      t = control(c_time)
      held = hold(d, ring, t, flag(f_liquid) == 1)
      flag(f_liquid) = merge(1, 0, held%liquid)
      bound = min(t_target, next_boundary(d, ring, t))
      bound = min(bound, next_jump(d, ring, t, min(bound, t + 1.02_dp*control(c_step)), held))
      h = control(c_step)
      fresh = .true.
      rejected = .false.
      do
         clipped = t + 1.01_dp*h >= bound
         if (clipped) h = bound - t
         if (h <= 4.0_dp*spacing(t) .and. .not. clipped) then
            call fail(s, status_step_size, 'the step size vanished at t = '//text(t)//' s')
            return
         end if
         trial = status_t()
         call rodas4_step(d, ring, t, h, y, held, fresh, w, dy, error, ok, trial)
         if (failed(trial)) then
            ! a stage may leave a table where the solution does not: try again, closer
            h = shrink*h
            fresh = .true.
            rejected = .true.
            if (h > 1.0e-3_dp/ring%omega) cycle
            s = trial
            return
         end if
         fresh = .false.
         err = huge(1.0_dp)
         if (ok) then
            dy = dy - control(n_control + 1:)
            y_new = y + dy
            if (all(ieee_is_finite(y_new))) err = error_norm(d, y, y_new, error)
         end if
         if (err <= 1.0_dp) then
            over = beyond_tau_stop(d, w, y_new)
            if (over <= 1.0_dp + d%c%rtol) exit
            h = 0.5_dp*h                  ! close in on the moment tau_los passes tau_stop
            cycle
         end if
         flag(f_rejected) = flag(f_rejected) + 1
         rejected = .true.
         factor = shrink
         if (err < huge(1.0_dp)) factor = max(shrink, safety*err**(-0.25_dp))
         h = h*factor
         if (h < 1.0e-12_dp*max(t, 1.0_dp)) then
            call fail(s, merge(status_not_finite, status_step_size, err >= huge(1.0_dp)), &
                      'no step within tolerance at t = '//text(t)//' s')
            return
         end if
      end do
      call propose_step(h, err, clipped, rejected, control)
      control(c_time) = merge(bound, t + h, clipped)
      flag(f_accepted) = flag(f_accepted) + 1
      if (d%c%tau_stop > 0.0_dp) then
         if (over > 1.0_dp) flag(f_frozen) = 1
      end if
      if (d%material%active) then
         if (w%env%grains%outside_fit) flag(f_extrapolated) = flag(f_extrapolated) + 1
      end if
      ! what rounding takes from the sum of a large reservoir and a small step is given back in the
      ! next one (Kahan 1965): the ledger closes however many steps there are
      control(n_control + 1:) = (y_new - y) - dy
      y = y_new
      call lift_negative(d, y)
   end subroutine accepted_step

   !> Step size after an accepted one: Gustafsson's predictive controller (Hairer & Wanner 1996,
   !! IV.8).
   pure subroutine propose_step(h, err, clipped, rejected, control)
      real(dp), intent(in) :: h, err          !< accepted step [s], its error [1]
      logical, intent(in) :: clipped          !< it was cut to end at a boundary
      logical, intent(in) :: rejected         !< attempts before it were rejected
      real(dp), intent(inout) :: control(:)
      real(dp) :: factor, next
      factor = safety*max(err, 1.0e-8_dp)**(-0.25_dp)
      if (control(c_last) > 0.0_dp) factor = min(factor, safety*h/control(c_last) &
         *(max(control(c_error), 1.0e-2_dp)/max(err, 1.0e-8_dp)**2)**0.25_dp)
      factor = min(grow, max(shrink, factor))
      if (rejected) factor = min(factor, 1.0_dp)
      control(c_error) = max(err, 1.0e-2_dp)
      control(c_last) = h
      ! a step cut short says little about the step that would have been possible
      next = h*factor
      if (clipped .and. .not. rejected) next = max(next, control(c_step))
      control(c_step) = next
   end subroutine propose_step

   !> Largest error in units of the tolerance: bins, layers, and the three lines of M_loss.
   pure real(dp) function error_norm(d, y, y_new, error) result(err)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: y(:), y_new(:), error(:)
      real(dp) :: atol, scale
      integer :: k, n
      n = d%g%n
      atol = d%c%atol
      if (atol <= 0.0_dp) atol = automatic_atol*d%c%rtol*max(d%sigma_scale, sum(y(:n)))
      err = 0.0_dp
      do k = 1, n + i_below
         scale = atol + d%c%rtol*max(abs(y(k)), abs(y_new(k)))
         err = max(err, abs(error(k))/scale)
         ! a negative mass is an error of that size
         if (k > n .and. k /= n + i_deep .and. k /= n + i_vapour) cycle
         err = max(err, -y_new(k)/(atol + d%c%rtol*abs(y(k))))
      end do
   end function error_norm

   !> Masses below zero by round-off or tolerance are made up by the neighbour, what was supplied
   !! beyond the deep reservoir by the surface: mass is kept.
   pure subroutine lift_negative(d, y)
      type(disk_t), intent(in) :: d
      real(dp), intent(inout) :: y(:)
      integer :: k, n
      n = d%g%n
      associate (deep => y(n + i_deep))
         if (deep < 0.0_dp) then
            y(:n) = y(:n) + deep*d%supply
            y(n + i_supplied) = y(n + i_supplied) + deep
            deep = 0.0_dp
         end if
      end associate
      do k = 1, n - 1
         if (y(k) < 0.0_dp) then
            y(k + 1) = y(k + 1) + y(k)
            y(k) = 0.0_dp
         end if
      end do
      do k = n, 2, -1
         if (y(k) < 0.0_dp) then
            y(k - 1) = y(k - 1) + y(k)
            y(k) = 0.0_dp
         end if
      end do
   end subroutine lift_negative

   !> tau_los/tau_stop of a new state; 0 when the option is off.
   real(dp) function beyond_tau_stop(d, w, y) result(over)
      type(disk_t), intent(in) :: d
      type(work_t), intent(in) :: w
      real(dp), intent(in) :: y(:)
      over = 0.0_dp
      if (d%c%tau_stop > 0.0_dp) over = optical_depth(d, w%env%light, y(:d%g%n))/d%c%tau_stop
   end function beyond_tau_stop

   !> Next time after t at which a table has a knot [s].
   pure real(dp) function next_boundary(d, ring, t) result(bound)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t
      integer :: k
      bound = lamp_next_knot(d%lamp, t)
      if (.not. allocated(ring%rate)) return
      associate (x => d%tables(table_supply)%x)
         do k = 1, size(x)
            if (x(k) > t) then
               bound = min(bound, x(k))
               return
            end if
         end do
      end associate
   end function next_boundary

   !> A moment in (t, t_far] at which a rate jumps or kinks with T_M, huge() when nothing does [s].
   real(dp) function next_jump(d, ring, t, t_far, held) result(b)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, t_far
      type(held_t), intent(in) :: held       !< what holds at t
      real(dp) :: a, m
      b = huge(1.0_dp)
      if (.not. differs(hold(d, ring, t_far, held%liquid), held)) return
      ! T_M is monotone between knots, so the jump is where bisection ends
      a = t
      b = t_far
      do
         m = 0.5_dp*(a + b)
         if (m <= a .or. m >= b) exit
         if (differs(hold(d, ring, m, held%liquid), held)) then
            b = m
         else
            a = m
         end if
      end do
   end function next_jump

   pure logical function differs(a, b)
      type(held_t), intent(in) :: a, b
      differs = (a%liquid .neqv. b%liquid) .or. (a%smallest_unbound .neqv. b%smallest_unbound) &
                .or. a%unbound_edges /= b%unbound_edges
   end function differs

   !> What holds at time t, with hysteresis of the phase between solidus and liquidus.
   pure type(held_t) function hold(d, ring, t, was_liquid) result(held)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t              !< [s]
      logical, intent(in) :: was_liquid
      real(dp) :: t_mars, flux, t_ring
      t_mars = lamp_temperature(d%lamp, t)
      flux = lamp_flux(d%lamp, t_mars)
      call count_unbound(d%optics, ring%release, t_mars, flux, held%unbound_edges, &
                         held%smallest_unbound)
      held%liquid = was_liquid
      if (.not. d%material%active) return
      t_ring = ring_temperature(d%c, ring%r, flux)
      if (t_ring > d%c%t_liquidus) held%liquid = .true.
      if (t_ring < d%c%t_solidus) held%liquid = .false.
   end function hold
end module ring_driver
