! SPDX-License-Identifier: BSD-3-Clause
!> A block of trajectories that move in step through the instructions, one per lane of a vector.
!!
!! Every quantity is a Taylor series in the time since the start of the step, one per lane:
!! x(l, n) is the coefficient of tau^n of lane l. The lane is the first index, so that each
!! recurrence is a loop over a fixed number of neighbours in memory, which the compiler turns into
!! vector instructions. Lanes never exchange numbers: a trajectory does not know its neighbours.
module lanes
   use, intrinsic :: iso_c_binding, only: c_f_pointer, c_intptr_t, c_loc
   use kinds, only: dp
   implicit none
   private
   public :: block_t, new_block, cauchy, power, position_and_velocity

   integer, parameter, public :: n_lane = 8       !< trajectories in a block
   integer, parameter, public :: max_order = 30   !< highest order of a series

   type :: block_t
      ! state at the start of the step and its series [AU], [AU yr-1]
      real(dp), dimension(n_lane, 0:max_order) :: x, y, z, u, v, w
      ! acceleration, the coefficient in work [AU yr-2 yr-n]
      real(dp), dimension(n_lane) :: ax, ay, az
      ! geometry: r, r^-3 and, where a force needs it, r^2; one over r at the start of the step
      real(dp), dimension(n_lane, 0:max_order) :: r, r_3, r2
      real(dp), dimension(n_lane) :: one_r
      ! gas: n times the exponent of the density; density times K; velocity of the body in the gas
      ! and its norm s; drag over velocity d, which is K rho s or, where the gas wanes or the body
      ! ablates, follows from that, the same with decay, and s^2; turning rate of the gas
      real(dp), dimension(n_lane, 0:max_order) :: ne, rho, gu, gv, gw, s, d, ks, kd, s2, turn
      real(dp), dimension(n_lane) :: one_s
      ! exponent of the density but for -r/H, velocity of the gas, the coefficient in work
      real(dp), dimension(n_lane) :: e, wind_u, wind_v, wind_w
      ! axis of the gas, height above its equator and the square of that, axis x r
      real(dp), dimension(n_lane, 0:max_order) :: nx, ny, h, h2, cx, cy, cz
      ! radius of the body over its first one, and one over that
      real(dp), dimension(n_lane, 0:max_order) :: f, g
      ! full three-body problem: squared distance of the Sun over a^2 and its power -3/2
      real(dp), dimension(n_lane, 0:max_order) :: q, q_3
      ! loss of the gas: from t_gas on [yr], in tau_gas [yr], 0 = none
      real(dp), dimension(n_lane) :: t_gas, tau_gas
      ! gas against time: density times thin exp(-fade tau) (1 - wane tau) in the step [1], [yr-1]
      real(dp), dimension(n_lane) :: thin, fade, wane
      real(dp), dimension(n_lane) :: t            !< time at the start of the step [yr]
      ! after all vectors, which are on boundaries of cache lines
      integer :: degree = 0                       !< of the series of x ... w
      logical :: planar = .false.                 !< z = 0 for all lanes and for good
      logical :: gas = .true.                     !< some lane feels the gas
      logical :: some_at_rest = .false.
      logical :: at_rest(n_lane) = .false.        !< in the gas, at the start of the step
   end type block_t

contains

   !> A block in `memory`, which must live as long, on a boundary of cache lines: vectors that
   !! straddle two lines take twice the time to load.
   subroutine new_block(memory, b)
      real(dp), allocatable, target, intent(out) :: memory(:)
      type(block_t), pointer, intent(out) :: b
      integer, parameter :: line = 64            ! [bytes]
      integer, parameter :: words = line/8
      integer :: offset
      allocate (memory(storage_size(b)/64 + words))
      offset = int(modulo(-transfer(c_loc(memory), 0_c_intptr_t), int(line, c_intptr_t)))/8
      call c_f_pointer(c_loc(memory(1 + offset)), b)
   end subroutine new_block

   !> sum_(k=first)^n p_k q_(n-k): coefficient n of the product of two series if first is 0.
   pure function cauchy(p, q, first, n) result(total)
      real(dp), dimension(n_lane, 0:max_order), intent(in) :: p, q
      integer, intent(in) :: first, n
      real(dp) :: total(n_lane)
      integer :: k, l
      total = 0.0_dp
      do k = first, n
         !$omp simd
         do l = 1, n_lane
            total(l) = total(l) + p(l, k)*q(l, n - k)
         end do
      end do
   end function cauchy

   !> Coefficient n of p = a^alpha times a_0, from a p' = alpha a' p:
   !! sum_(k=1)^n ((alpha + 1) k/n - 1) a_k p_(n-k).
   pure function power(a, p, alpha, n) result(total)
      real(dp), dimension(n_lane, 0:max_order), intent(in) :: a, p
      real(dp), intent(in) :: alpha
      integer, intent(in) :: n
      real(dp) :: total(n_lane), weight
      integer :: k, l
      total = 0.0_dp
      do k = 1, n
         weight = (alpha + 1.0_dp)*real(k, dp)/real(n, dp) - 1.0_dp
         !$omp simd
         do l = 1, n_lane
            total(l) = total(l) + weight*a(l, k)*p(l, n - k)
         end do
      end do
   end function power

   !> Position and velocity of lane l at tau after the start of the step [AU], [AU yr-1].
   pure subroutine position_and_velocity(b, l, tau, r, v)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l
      real(dp), intent(in) :: tau
      real(dp), intent(out) :: r(3), v(3)
      integer :: k
      r = [b%x(l, b%degree), b%y(l, b%degree), b%z(l, b%degree)]
      v = [b%u(l, b%degree), b%v(l, b%degree), b%w(l, b%degree)]
      do k = b%degree - 1, 0, -1
         r = r*tau + [b%x(l, k), b%y(l, k), b%z(l, k)]
         v = v*tau + [b%u(l, k), b%v(l, k), b%w(l, k)]
      end do
   end subroutine position_and_velocity
end module lanes
