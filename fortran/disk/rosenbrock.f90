! SPDX-License-Identifier: BSD-3-Clause
!> One step of RODAS4 for a ring: stiffly accurate Rosenbrock method of order 4(3), six stages
!! (Hairer & Wanner 1996, Solving ODEs II, section IV.7, and their code RODAS).
!!
!! Only bins, deep reservoir and vapour feed back into the rates, so only they are in the linear
!! system; ledger lines follow from the same stages by substitution. With the exact Jacobian every
!! stage keeps the sum over all lines, so the ledger closes to round-off, whatever the tolerance.
module rosenbrock
   use kinds, only: dp
   use dense_lu, only: lu_factor, lu_solve
   use disk_model, only: disk_t, ring_t, held_t, i_deep, i_vapour, i_blown, i_fallen, i_below, &
                         i_escaped, i_external, i_supplied, i_settled, i_evaporated
   use ring_equations, only: environment_t, set_environment, ring_rates, lamp_rates, ring_jacobian
   use status, only: status_t
   implicit none
   private
   public :: work_t, make_work, rodas4_step

   integer, parameter :: n_stage = 6
   real(dp), parameter :: gam = 0.25_dp
   real(dp), parameter :: c_time(n_stage) = [0.0_dp, 0.386_dp, 0.21_dp, 0.63_dp, 1.0_dp, 1.0_dp]
   real(dp), parameter :: d_time(n_stage) = [0.25_dp, -0.1043_dp, 0.1035_dp, &
                                             -0.3620000000000023e-01_dp, 0.0_dp, 0.0_dp]
   real(dp), parameter :: a21 = 1.544_dp
   real(dp), parameter :: a31 = 0.9466785280815826_dp, a32 = 0.2557011698983284_dp
   real(dp), parameter :: a41 = 3.314825187068521_dp, a42 = 2.896124015972201_dp, &
                          a43 = 0.9986419139977817_dp
   real(dp), parameter :: a51 = 1.221224509226641_dp, a52 = 6.019134481288629_dp, &
                          a53 = 12.53708332932087_dp, a54 = -0.6878860361058950_dp
   real(dp), parameter :: c21 = -5.6688_dp
   real(dp), parameter :: c31 = -2.430093356833875_dp, c32 = -0.2063599157091915_dp
   real(dp), parameter :: c41 = -0.1073529058151375_dp, c42 = -9.594562251023355_dp, &
                          c43 = -20.47028614809616_dp
   real(dp), parameter :: c51 = 7.496443313967647_dp, c52 = -10.24680431464352_dp, &
                          c53 = -33.99990352819905_dp, c54 = 11.70890893206160_dp
   real(dp), parameter :: c61 = 8.083246795921522_dp, c62 = -7.981132988064893_dp, &
                          c63 = -31.52159432874371_dp, c64 = 16.31930543123136_dp, &
                          c65 = -6.058818238834054_dp
   ! Stage weights, (stage, earlier stage): solution a, right-hand side c. The arguments of stages
   ! 5 and 6 are the embedded and the new solution: stiffly accurate.
   real(dp), parameter :: a(n_stage, n_stage) = reshape([ &
      0.0_dp, a21, a31, a41, a51, a51, 0.0_dp, 0.0_dp, a32, a42, a52, a52, &
      0.0_dp, 0.0_dp, 0.0_dp, a43, a53, a53, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, a54, a54, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 1.0_dp, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp], [n_stage, n_stage])
   real(dp), parameter :: c(n_stage, n_stage) = reshape([ &
      0.0_dp, c21, c31, c41, c51, c61, 0.0_dp, 0.0_dp, c32, c42, c52, c62, &
      0.0_dp, 0.0_dp, 0.0_dp, c43, c53, c63, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, c54, c64, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, c65, &
      0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp, 0.0_dp], [n_stage, n_stage])
   !> Forward difference of the rates in time, in units of the step: far inside it, far above
   !! round-off.
   real(dp), parameter :: time_difference = 1.0e-4_dp

   !> Arrays of one thread.
   type :: work_t
      type(environment_t) :: env
      real(dp), allocatable :: f(:), f_time(:), f0(:), y(:), jac(:, :), lu(:, :), u(:, :)
      integer, allocatable :: pivot(:)
   end type work_t

   real(dp), parameter :: round_off = 1.0e-12_dp  !< of a sum of flows, over the flows [1]
   real(dp), parameter :: beyond = 1.0e100_dp   !< a stage there is given up: its square would
                                                !< soon be no number [kg m-2]

contains

   subroutine make_work(d, w)
      type(disk_t), intent(in) :: d
      type(work_t), intent(out) :: w
      allocate (w%f(d%n_state), w%f_time(d%n_state), w%f0(d%n_state), w%y(d%n_state))
      allocate (w%jac(d%n_state, d%n_dyn), w%lu(d%n_dyn, d%n_dyn), w%u(d%n_state, n_stage))
      allocate (w%pivot(d%n_dyn))
   end subroutine make_work

   !> From t to t + h: the increment of y, and its difference to the embedded third-order solution.
   subroutine rodas4_step(d, ring, t, h, y, held, fresh, w, dy, error, ok, s)
      type(disk_t), intent(in) :: d
      type(ring_t), intent(in) :: ring
      real(dp), intent(in) :: t, h       !< [s]
      real(dp), intent(in) :: y(:)       !< (n_state) [kg m-2]
      type(held_t), intent(in) :: held
      logical, intent(in) :: fresh       !< .false.: t and y are those of the rejected step before
      type(work_t), intent(inout) :: w
      real(dp), intent(out) :: dy(:), error(:)      !< (n_state) [kg m-2]
      logical, intent(out) :: ok         !< .false. when the linear system could not be factored,
                                         !< or the step is hopelessly long
      type(status_t), intent(inout) :: s
      real(dp) :: dt, flow
      integer :: i, j, n
      n = d%n_dyn
      if (fresh) then
         call set_environment(d, ring, t, held, w%env, s)
         call ring_rates(d, ring, t, y, w%env, w%f0, s)
         call ring_jacobian(d, ring, t, y, w%env, w%jac, s)
         call lamp_rates(d, ring, t, y, w%env, w%f, s)
         dt = time_difference*h
         call set_environment(d, ring, t + dt, held, w%env, s)
         call lamp_rates(d, ring, t + dt, y, w%env, w%f_time, s)
         w%f_time = (w%f_time - w%f)/dt
      end if
      w%lu = -w%jac(:n, :)
      do i = 1, n
         w%lu(i, i) = w%lu(i, i) + 1.0_dp/(gam*h)
      end do
      call lu_factor(w%lu, w%pivot, ok)
      if (.not. ok) return
      flow = 0.0_dp
      do i = 1, n
         flow = flow + gam*h*abs(w%jac(i, i)*y(i))
      end do
      w%f = w%f0
      do i = 1, n_stage
         w%y = y
         do j = 1, i - 1
            w%y = w%y + a(i, j)*w%u(:, j)
         end do
         ok = all(abs(w%y) < beyond)
         if (.not. ok) return
         if (i > 1) then
            ! the last two stages are at the same time
            if (i < n_stage) call set_environment(d, ring, t + c_time(i)*h, held, w%env, s)
            call ring_rates(d, ring, t + c_time(i)*h, w%y, w%env, w%f, s)
         end if
         w%f = w%f + d_time(i)*h*w%f_time
         do j = 1, i - 1
            w%f = w%f + (c(i, j)/h)*w%u(:, j)
         end do
         w%u(:n, i) = w%f(:n)
         call lu_solve(w%lu, w%pivot, w%u(:n, i))
         w%u(n + 1:, i) = w%f(n + 1:)
         do j = 1, n
            w%u(n + 1:, i) = w%u(n + 1:, i) + w%jac(n + 1:, j)*w%u(j, i)
         end do
         w%u(n + 1:, i) = gam*h*w%u(n + 1:, i)
         call close_ledger(d%g%n, flow, w%u(:, i))
      end do
      dy = w%u(:, n_stage)
      do j = n_stage - 1, 1, -1
         dy = dy + a(n_stage, j)*w%u(:, j)
      end do
      error = w%u(:, n_stage)
   end subroutine rodas4_step

   !> Give a stage back what round-off took: where mass goes round a billion times in a step,
   !! round-off of these flows is more than that of the mass, and adds up. What is more than
   !! round-off stays open, and shows in the ledger.
   pure subroutine close_ledger(n, flow, u)
      integer, intent(in) :: n
      real(dp), intent(in) :: flow           !< mass that goes round in a stage [kg m-2]
      real(dp), intent(inout) :: u(:)        !< stage (n_state)
      integer, parameter :: rest(4) = [i_deep, i_vapour, i_escaped, i_external]
      real(dp) :: gap
      integer :: k
      associate (to_vapour => u(n + i_evaporated), up => u(n + i_supplied) - u(n + i_settled))
         gap = sum(u(:n)) + u(n + i_blown) + u(n + i_fallen) + u(n + i_below) + to_vapour - up
         k = maxloc(abs(u(:n)), 1)
         if (abs(gap) < round_off*flow) u(k) = u(k) - gap
         gap = sum(u(n + rest)) - to_vapour + up
         k = n + rest(maxloc(abs(u(n + rest)), 1))
         if (abs(gap) < round_off*flow) u(k) = u(k) - gap
      end associate
   end subroutine close_ledger
end module rosenbrock
