! SPDX-License-Identifier: BSD-3-Clause
!> A block of trajectories that move in step through the instructions, one per lane of a vector.
!!
!! Every quantity is a Taylor series in the time since the start of the step, one per lane:
!! x(l, n) is the coefficient of tau^n of lane l. The lane is the first index, so that each
!! recurrence is a loop over a fixed number of neighbours in memory, which the compiler turns into
!! vector instructions. Lanes never exchange numbers: a trajectory does not know its neighbours.
!!
!! What a series c has beyond its last term of degree n follows from a cubed quadratic q whose
!! zeros are singularities of the motion (module singularity): q c has next to nothing there, so
!! that c = sum_(k<=n) c_k tau^k - tau^n rest(tau), where tau^n rest is what q times the sum has
!! beyond degree n, over q. The last coefficient takes up the rest.
module lanes
   use, intrinsic :: iso_c_binding, only: c_f_pointer, c_intptr_t, c_loc
   use kinds, only: dp
   implicit none
   private
   public :: block_t, new_block, cauchy, power, series_at

   integer, parameter, public :: n_lane = 8       !< trajectories in a block
   integer, parameter, public :: max_order = 30   !< highest order of a series
   integer, parameter, public :: cubed = 3        !< power of the quadratic in q
   integer, parameter, public :: n_rest = 2*cubed !< degree of q

   type :: block_t
      ! state at the start of the step and its series [AU], [AU yr-1]
      real(dp), dimension(n_lane, 0:max_order) :: x, y, z, u, v, w
      ! what rounding has taken from the state at the start of the step
      real(dp), dimension(n_lane, 6) :: lost
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
      ! nearest singularity: 1 - near_a tau + near_b tau^2, whose cube is q; 1 where known, or 0
      real(dp), dimension(n_lane) :: near_a, near_b, known   ! [yr-1], [yr-2], [1]
      real(dp), dimension(n_lane, n_rest) :: den   ! q without its 1
      ! q times the series of x, y, z, u, v, w, f beyond their last terms
      real(dp), dimension(n_lane, n_rest, 7) :: rest
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

   !> Value of any series c of degree n in lane l at tau after the start of the step.
   pure real(dp) function series_at(b, l, c, n, tau)
      type(block_t), intent(in) :: b
      integer, intent(in) :: l, n
      real(dp), intent(in) :: c(n_lane, 0:max_order)
      real(dp), intent(in) :: tau
      real(dp) :: rest, q
      integer :: i, k
      rest = 0.0_dp
      do k = min(n_rest, n), 1, -1
         rest = rest*tau
         do i = k, min(n_rest, n)
            rest = rest + b%den(l, i)*c(l, n + k - i)
         end do
      end do
      q = (1.0_dp - tau*(b%near_a(l) - tau*b%near_b(l)))**cubed
      series_at = c(l, n) - b%known(l)*rest*tau/q
      do k = n - 1, 0, -1
         series_at = series_at*tau + c(l, k)
      end do
   end function series_at
end module lanes
