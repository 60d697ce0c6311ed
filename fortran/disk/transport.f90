! SPDX-License-Identifier: BSD-3-Clause
!> Radial transport between the rings, coupled to what goes on inside them by Strang splitting.
!!
!! A step from t to t + h: all rings by themselves to t + h/2, transport over h, all rings to t + h.
!! The stiff part comes last (Sportisse 2000): small grains have found their balance when a step
!! ends. Steps end at output times, at knots of the lamp and where a size becomes bound; h follows
!! from the state at t alone. Without transport the rings are advanced as if this module were not.
module transport
   use, intrinsic :: iso_fortran_env, only: int64
   use kinds, only: dp
   use disk_model, only: disk_t, i_deep, i_inward, i_outward, i_moved, i_dragged, i_light
   use mars_lamp, only: lamp_next_knot
   use pr_drag, only: drag_grains, drag_rates
   use ring_driver, only: advance_rings, next_jump, hold, n_control, c_time, c_end, c_due
   use status, only: status_t, fail, failed, status_step_size, text
   use viscosity, only: diffuse_deep, diffusion_rates, orbital_momentum
   implicit none
   private
   public :: advance_disk

   !> A bin with less than this share of the surface layer does not shorten the steps [1].
   real(dp), parameter :: negligible = 1.0e-2_dp

contains

   !> Advance the disk to t_target, or until the time budget is used up.
   subroutine advance_disk(d, t_target, budget, y, control, flag, done, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t_target             !< [s]
      real(dp), intent(in) :: budget               !< wall time [s]
      real(dp), intent(inout) :: y(:, :)           !< (n_state, n_ring) [kg m-2]
      real(dp), intent(inout) :: control(:, :)     !< (n_control + n_state, n_ring)
      integer, intent(inout) :: flag(:, :)         !< (n_flag, n_ring)
      logical, intent(out) :: done                 !< all rings are at t_target
      type(status_t), intent(inout) :: s
      integer(int64) :: start, now, tick
      real(dp) :: end_, due, left, target
      logical :: worked
      if (.not. (d%c%pr_drag .or. diffuses(d))) then
         call advance_rings(d, t_target, budget, y, control, flag, done, s)
         return
      end if
      done = .false.
      worked = .false.               ! whatever the budget, a call gets somewhere
      call system_clock(start, tick)
      do
         end_ = control(c_end, 1)     ! of the step under way [s]
         due = control(c_due, 1)      ! transport that it still owes [s]
         call system_clock(now)
         left = budget - real(now - start, dp)/tick
         target = merge(end_ - 0.5_dp*due, end_, due > 0.0_dp)
         if (any(control(c_time, :) < target)) then
            call advance_rings(d, target, max(left, 0.0_dp), y, control, flag, done, s)
            if (failed(s) .or. .not. done) return
            done = .false.
         else if (due > 0.0_dp) then
            call transport_mass(d, end_ - due, due, y, control, s)
            if (failed(s)) return
            control(c_due, :) = 0.0_dp
         else if (end_ >= t_target) then
            done = .true.
            return
         else if (worked .and. left <= 0.0_dp) then
            return
         else
            call next_step(d, end_, t_target, y, target, s)
            if (failed(s)) return
            control(c_end, :) = target
            control(c_due, :) = target - end_
         end if
         worked = .true.
      end do
   end subroutine advance_disk

   pure logical function diffuses(d)
      type(disk_t), intent(in) :: d
      diffuses = d%c%viscosity /= 'none'
   end function diffuses

   !> End of the step that starts at t: transport may change no layer of a ring by more than the
   !! share c%step in it.
   subroutine next_step(d, t, t_target, y, t_end, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, t_target          !< [s]
      real(dp), intent(in) :: y(:, :)              !< (n_state, n_ring) [kg m-2]
      real(dp), intent(out) :: t_end               !< [s]
      type(status_t), intent(inout) :: s
      real(dp) :: h, bound
      h = d%c%step/max(fastest_change(d, t, y, s), tiny(1.0_dp))
      if (failed(s)) return
      bound = min(t_target, lamp_next_knot(d%lamp, t))
      bound = min(bound, next_jump(d, d%rings(1), t, min(bound, t + h), &
                                   hold(d, d%rings(1), t, .false.)))
      t_end = t + h
      ! no slivers in front of a boundary
      if (t + 2.0_dp*h > bound) t_end = t + 0.5_dp*(bound - t)
      if (t + 1.01_dp*h >= bound) t_end = bound
      if (h <= 4.0_dp*spacing(t) .and. t_end < bound) then
         call fail(s, status_step_size, 'transport: the step size vanished at t = '//text(t)//' s')
      end if
   end subroutine next_step

   !> Largest relative rate at which transport changes a layer of a ring [s-1].
   real(dp) function fastest_change(d, t, y, s) result(rate)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, y(:, :)
      type(status_t), intent(inout) :: s
      real(dp) :: grains(d%g%n, 0:size(d%rings)), deep(0:size(d%rings)), surface
      integer :: l, n
      n = d%g%n
      rate = 0.0_dp
      if (d%c%pr_drag) then
         call drag_rates(d, t, t, y(:n, :), grains, s)
         do l = 1, size(d%rings)
            surface = negligible*max(sum(y(:n, l)), d%sigma_scale)
            rate = max(rate, maxval(abs(grains(:, l) - grains(:, l - 1))/(y(:n, l) + surface)) &
                       /d%rings(l)%area)
         end do
      end if
      if (diffuses(d)) then
         call diffusion_rates(d, y(n + i_deep, :), deep)
         do l = 1, size(d%rings)      ! a reservoir matters as long as supply can draw on it
            rate = max(rate, abs(deep(l) - deep(l - 1))/d%rings(l)%area &
                       /max(abs(y(n + i_deep, l)) + d%rings(l)%sigma_fade, tiny(1.0_dp)))
         end do
      end if
   end function fastest_change

   !> Move mass over the edges of the rings from t to t + h, and book it.
   subroutine transport_mass(d, t, h, y, control, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t, h                 !< [s]
      real(dp), intent(inout) :: y(:, :), control(:, :)
      type(status_t), intent(inout) :: s
      real(dp) :: grains(d%g%n, 0:size(d%rings)), deep(0:size(d%rings))
      real(dp) :: dy(d%n_state, size(d%rings)), surface(0:size(d%rings)), all_(0:size(d%rings))
      real(dp) :: j(0:size(d%rings)), y_new(d%n_state)
      integer :: l, n, n_ring
      n = d%g%n
      n_ring = size(d%rings)
      grains = 0.0_dp
      deep = 0.0_dp
      if (d%c%pr_drag) call drag_grains(d, t, h, y(:n, :), grains, s)
      if (diffuses(d)) call diffuse_deep(d, h, y(n + i_deep, :), deep, s)
      if (failed(s)) then
         s%message = 'at t = '//text(t)//' s: '//trim(s%message)
         return
      end if
      surface = sum(grains, 1)
      all_ = surface + deep                        ! mass that passed each edge inward [kg]
      j = orbital_momentum([d%ring_edge(0), d%rings%r])
      dy = 0.0_dp
      do l = 1, n_ring
         dy(:n, l) = grains(:, l) - grains(:, l - 1)
         dy(n + i_deep, l) = deep(l) - deep(l - 1)
         if (l == 1) dy(n + i_inward, l) = all_(0)
         if (l == n_ring) dy(n + i_outward, l) = -all_(n_ring)
         if (l > 1) dy(n + i_moved, l) = dy(n + i_moved, l) + all_(l - 1)
         if (l < n_ring) dy(n + i_moved, l) = dy(n + i_moved, l) - all_(l)
         dy(n + i_dragged, l) = surface(l - 1) - surface(l)
         ! grains that pass an edge give the light the difference of their orbits
         dy(n + i_light, l) = surface(l - 1)*(1.0_dp - j(l - 1)/j(l))
         dy(:, l) = dy(:, l)/d%rings(l)%area
         ! rounding is given back in the next step, as in a ring (Kahan 1965)
         dy(:, l) = dy(:, l) - control(n_control + 1:, l)
         y_new = y(:, l) + dy(:, l)
         control(n_control + 1:, l) = (y_new - y(:, l)) - dy(:, l)
         y(:, l) = y_new
      end do
   end subroutine transport_mass
end module transport
