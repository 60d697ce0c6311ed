! SPDX-License-Identifier: BSD-3-Clause
!> Taylor integration of any order (Jorba & Zou 2005, Experimental Mathematics 14, 99).
module taylor
   use kinds, only: dp
   use forces, only: set_acceleration
   use lanes, only: block_t, cubed, n_lane, n_rest
   use orbit_model, only: orbit_t
   use singularity, only: find_singularity, times_q
   implicit none
   private
   public :: taylor_series, taylor_step

   !> A body slower than this share of the squared circular speed counts as that fast.
   real(dp), parameter :: at_rest = 1.0e-6_dp

contains

   !> Series of the solution about the start of the step, to the order of the run.
   pure subroutine taylor_series(o, b)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp) :: over
      integer :: n, l
      do n = 0, o%order - 1
         call set_acceleration(o, b, n)
         over = 1.0_dp/real(n + 1, dp)
         !$omp simd
         do l = 1, n_lane
            b%x(l, n + 1) = over*b%u(l, n)
            b%y(l, n + 1) = over*b%v(l, n)
            b%u(l, n + 1) = over*b%ax(l)
            b%v(l, n + 1) = over*b%ay(l)
         end do
         if (.not. b%planar) then
            b%z(:, n + 1) = over*b%w(:, n)
            b%w(:, n + 1) = over*b%az
         end if
      end do
      b%degree = o%order
   end subroutine taylor_series

   !> The step, and what the series are in it beyond their last terms.
   !!
   !! It is the one at which the last two terms of position and velocity, times q, are rtol q of the
   !! whole [yr]; where q does not make them less, q is 1 (module singularity). No step is longer
   !! than it takes to go as far as the planet is: half-turns must not be missed.
   pure subroutine taylor_step(o, b, h)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      real(dp), intent(out) :: h(n_lane)
      real(dp), parameter :: most = 0.8_dp   !< of the way to the singularity
      real(dp), dimension(n_lane) :: one_v, last, before
      real(dp) :: q_h, s
      integer :: n, l
      n = o%order
      s = real(cubed, dp)/real(n, dp)
      one_v = 1.0_dp/sqrt(b%u(:, 0)**2 + b%v(:, 0)**2 + b%w(:, 0)**2 &
                          + at_rest*o%gm_planet*b%one_r)
      last = relative(b, one_v, b%x(:, n), b%y(:, n), b%z(:, n), b%u(:, n), b%v(:, n), b%w(:, n))
      before = relative(b, one_v, b%x(:, n - 1), b%y(:, n - 1), b%z(:, n - 1), &
                        b%u(:, n - 1), b%v(:, n - 1), b%w(:, n - 1))
      if (n > n_rest) call sum_rests(o, b, n, one_v, last, before)
      !$omp simd private(q_h)
      do l = 1, n_lane
         ! (rtol/|x_n|)^(1/n), the smaller of two orders: one coefficient may happen to vanish
         h(l) = exp(-max(log(max(last(l)/o%rtol, tiny(s)))/real(n, dp), &
                         log(max(before(l)/o%rtol, tiny(s)))/real(n - 1, dp)))
         h(l) = min(h(l), most/sqrt(max(b%near_b(l), tiny(s))))
         ! times q^(1/n) there, as a fraction that is good to a few per cent
         q_h = 1.0_dp - h(l)*(b%near_a(l) - h(l)*b%near_b(l))
         h(l) = h(l)*((1.0_dp - s) + (1.0_dp + s)*q_h)/((1.0_dp + s) + (1.0_dp - s)*q_h)
         h(l) = min(h(l), most/sqrt(max(b%near_b(l), tiny(s))), b%r(l, 0)*one_v(l))
      end do
   end subroutine taylor_step

   !> The rests of the series where that makes their last terms smaller, and those terms times q.
   pure subroutine sum_rests(o, b, n, one_v, last, before)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), intent(in) :: one_v(n_lane)
      real(dp), intent(inout) :: last(n_lane), before(n_lane)     !< coefficients n and n - 1
      real(dp), dimension(n_lane, 7) :: p, m
      real(dp), dimension(n_lane) :: p_all, m_all
      logical :: better
      integer :: l
      call find_singularity(b, n)
      p = 0.0_dp
      m = 0.0_dp
      call times_q(b, b%x, n, p(:, 1), m(:, 1), b%rest(:, :, 1))
      call times_q(b, b%y, n, p(:, 2), m(:, 2), b%rest(:, :, 2))
      call times_q(b, b%u, n, p(:, 4), m(:, 4), b%rest(:, :, 4))
      call times_q(b, b%v, n, p(:, 5), m(:, 5), b%rest(:, :, 5))
      if (.not. b%planar) then
         call times_q(b, b%z, n, p(:, 3), m(:, 3), b%rest(:, :, 3))
         call times_q(b, b%w, n, p(:, 6), m(:, 6), b%rest(:, :, 6))
      end if
      if (o%ablation > 0.0_dp) call times_q(b, b%f, n, p(:, 7), m(:, 7), b%rest(:, :, 7))
      p_all = relative(b, one_v, p(:, 1), p(:, 2), p(:, 3), p(:, 4), p(:, 5), p(:, 6))
      m_all = relative(b, one_v, m(:, 1), m(:, 2), m(:, 3), m(:, 4), m(:, 5), m(:, 6))
      !$omp simd private(better)
      do l = 1, n_lane
         better = p_all(l) <= last(l) .and. m_all(l) <= before(l)
         b%known(l) = merge(1.0_dp, 0.0_dp, better)
         b%near_a(l) = merge(b%near_a(l), 0.0_dp, better)
         b%near_b(l) = merge(b%near_b(l), 0.0_dp, better)
         last(l) = merge(p_all(l), last(l), better)
         before(l) = merge(m_all(l), before(l), better)
      end do
   end subroutine sum_rests

   !> A position over the distance and a velocity over the speed, the larger.
   pure function relative(b, one_v, x, y, z, u, v, w) result(size)
      type(block_t), intent(in) :: b
      real(dp), dimension(n_lane), intent(in) :: one_v, x, y, z, u, v, w
      real(dp) :: size(n_lane)
      integer :: l
      !$omp simd
      do l = 1, n_lane
         size(l) = max(length(x(l), y(l), z(l))*b%one_r(l), length(u(l), v(l), w(l))*one_v(l))
      end do
   end function relative

   !> Length of a vector, at most; near a singularity the squares of its components might overflow.
   pure real(dp) function length(x, y, z)
      real(dp), intent(in) :: x, y, z
      length = abs(x) + abs(y) + abs(z)
   end function length
end module taylor
