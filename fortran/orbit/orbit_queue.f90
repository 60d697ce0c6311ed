! SPDX-License-Identifier: BSD-3-Clause
!> The order in which trajectories are taken up, in two legs.
!!
!! On the first leg all go their first steps and are put aside. On the second leg bodies that are
!! bound to the planet go on first, the least bound of them before the others: their way is the
!! longest, and a long one that is begun last would leave the other lanes idle. A trajectory is what
!! it is wherever it goes on, to the last bit.
module orbit_queue
   use kinds, only: dp
   use elements, only: energy
   use lanes, only: block_t
   use orbit_course, only: course_t, begin_course
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: queue_t, take_next, put_aside, start_second_leg

   integer, parameter, public :: first_leg = 32   !< [steps]

   !> A trajectory between two steps.
   type :: trajectory_t
      type(course_t) :: course
      real(dp) :: t = 0.0_dp                      !< [yr]
      real(dp) :: r(3) = 0.0_dp, v(3) = 0.0_dp    !< [AU], [AU yr-1]
      real(dp) :: lost(6) = 0.0_dp                !< what rounding has taken from both
      real(dp) :: f = 1.0_dp                      !< radius of the body over its first one [1]
      real(dp) :: t_gas = 0.0_dp, tau_gas = 0.0_dp   !< [yr]
      real(dp) :: rank = 0.0_dp                   !< the higher, the sooner it is taken up again
   end type trajectory_t

   type :: queue_t
      integer :: leg = 1
      integer :: next = 0                         !< handed out on this leg
      integer :: n_aside = 0
      type(trajectory_t), allocatable :: aside(:)
      integer, allocatable :: order(:)            !< in which they are taken up again
   end type queue_t

contains

   !> Put the next trajectory of the queue into lane l, if there is one; case is 0 if not.
   subroutine take_next(o, start, q, b, l, c)
      type(orbit_t), intent(in) :: o
      real(dp), intent(in) :: start(:, :)         !< (n_start, case)
      type(queue_t), intent(inout) :: q
      type(block_t), intent(inout) :: b
      integer, intent(in) :: l
      type(course_t), intent(inout) :: c
      integer :: next
      !$omp atomic capture
      q%next = q%next + 1
      next = q%next
      !$omp end atomic
      c%case = 0
      if (q%leg == 1) then
         if (next <= size(start, 2)) call begin_course(o, b, l, next, start(:, next), c)
      else if (next <= q%n_aside) then
         call take_up(q%aside(q%order(next)), b, l, c)
      end if
   end subroutine take_next

   !> Go on with a trajectory in lane l.
   pure subroutine take_up(a, b, l, c)
      type(trajectory_t), intent(in) :: a
      type(block_t), intent(inout) :: b
      integer, intent(in) :: l
      type(course_t), intent(out) :: c
      c = a%course
      b%t(l) = a%t
      b%x(l, 0) = a%r(1); b%y(l, 0) = a%r(2); b%z(l, 0) = a%r(3)
      b%u(l, 0) = a%v(1); b%v(l, 0) = a%v(2); b%w(l, 0) = a%v(3)
      b%lost(l, :) = a%lost
      b%f(l, 0) = a%f
      b%t_gas(l) = a%t_gas
      b%tau_gas(l) = a%tau_gas
   end subroutine take_up

   !> Put the trajectory of lane l aside until the second leg.
   subroutine put_aside(o, q, b, l, c)
      type(orbit_t), intent(in) :: o
      type(queue_t), intent(inout) :: q
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      type(course_t), intent(inout) :: c
      type(trajectory_t) :: a
      type(trajectory_t), allocatable :: more(:)
      a%course = c
      a%t = b%t(l)
      a%r = [b%x(l, 0), b%y(l, 0), b%z(l, 0)]
      a%v = [b%u(l, 0), b%v(l, 0), b%w(l, 0)]
      a%lost = b%lost(l, :)
      a%f = b%f(l, 0)
      a%t_gas = b%t_gas(l)
      a%tau_gas = b%tau_gas(l)
      a%rank = energy(o%gm_planet, a%r, a%v)
      if (a%rank > 0.0_dp) a%rank = -huge(a%rank)       ! passes by
      !$omp critical (aside)
      if (.not. allocated(q%aside)) allocate (q%aside(64))
      if (q%n_aside == size(q%aside)) then
         allocate (more(2*q%n_aside))
         more(:q%n_aside) = q%aside
         call move_alloc(more, q%aside)
      end if
      q%n_aside = q%n_aside + 1
      q%aside(q%n_aside) = a
      !$omp end critical (aside)
      c%case = 0
   end subroutine put_aside

   !> Put in order what has been put aside, by rank from above (Shell 1959).
   subroutine start_second_leg(q)
      type(queue_t), intent(inout) :: q
      integer :: gap, i, j, k
      q%leg = 2
      q%next = 0
      q%order = [(i, i=1, q%n_aside)]
      gap = q%n_aside/2
      do while (gap > 0)
         do i = gap + 1, q%n_aside
            k = q%order(i)
            j = i - gap
            do while (j > 0)
               if (q%aside(q%order(j))%rank >= q%aside(k)%rank) exit
               q%order(j + gap) = q%order(j)
               j = j - gap
            end do
            q%order(j + gap) = k
         end do
         gap = gap/2
      end do
   end subroutine start_second_leg
end module orbit_queue
