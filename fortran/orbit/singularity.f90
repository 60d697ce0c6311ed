! SPDX-License-Identifier: BSD-3-Clause
!> The nearest singularity of the motion in complex time, and what it tells of a series' rest.
!!
!! A Taylor series ends where it does because of a singularity: for an orbit, the pair of complex
!! times at which r = 0 (on a Kepler ellipse E - e sin E = n t with cos E = 1/e), near which the
!! velocity goes as 1/sqrt(t - t_s) and the position as sqrt(t - t_s). The last coefficients hold
!! little else (Darboux), and so tell where it is (Chang & Corliss 1980, J. Inst. Maths Applics 25,
!! 349). With that pair as the zeros of 1 - a tau + b tau^2, each factor of this kind makes the
!! singularity milder by a whole power of t - t_s, and the n-th coefficient n times smaller. The
!! series is therefore summed as a fraction, q c over q with q = (1 - a tau + b tau^2)^3, in steps
!! that are a third longer. Where the singularity is another one, or none is found, nothing is lost
!! but length: the terms that are left out are those that the step is made for.
module singularity
   use kinds, only: dp
   use lanes, only: block_t, max_order, n_lane, n_rest
   implicit none
   private
   public :: find_singularity, times_q

contains

   !> The quadratic from the last two coefficients of the velocity, of degree n.
   !!
   !! (1 - a tau + b tau^2)^(-1/2) has k c_k = a (k - 1/2) c_(k-1) - b (k - 1) c_(k-2): least
   !! squares over the components for k = n - 1 and n.
   pure subroutine find_singularity(b, n)
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), parameter :: distinct = 1.0e-12_dp     !< of two equations that are not one
      real(dp), parameter :: most = 1.0e30_dp          !< where this is passed, there is nothing
      real(dp), dimension(n_lane) :: ff, fg, gg, fy, gy
      real(dp) :: over, size, det, a2, a, c
      integer :: k, l
      ff = 0.0_dp; fg = 0.0_dp; gg = 0.0_dp; fy = 0.0_dp; gy = 0.0_dp
      do k = n - 1, n
         !$omp simd private(over, size)
         do l = 1, n_lane
            size = abs(b%u(l, k)) + abs(b%v(l, k)) + abs(b%w(l, k))
            over = merge(1.0_dp, 0.0_dp, size > 0.0_dp)/max(size, tiny(size))
            call add_equation(k, over*b%u(l, k), over*b%u(l, k - 1), over*b%u(l, k - 2), &
                              ff(l), fg(l), gg(l), fy(l), gy(l))
            call add_equation(k, over*b%v(l, k), over*b%v(l, k - 1), over*b%v(l, k - 2), &
                              ff(l), fg(l), gg(l), fy(l), gy(l))
            call add_equation(k, over*b%w(l, k), over*b%w(l, k - 1), over*b%w(l, k - 2), &
                              ff(l), fg(l), gg(l), fy(l), gy(l))
         end do
      end do
      !$omp simd private(det, over, a, c, a2)
      do l = 1, n_lane
         det = ff(l)*gg(l) - fg(l)**2
         over = merge(1.0_dp, 0.0_dp, det > distinct*ff(l)*gg(l))/max(det, tiny(det))
         a = over*(fy(l)*gg(l) - gy(l)*fg(l))
         c = over*(fy(l)*fg(l) - gy(l)*ff(l))
         a = merge(a, 0.0_dp, abs(a) < most)
         c = merge(c, 0.0_dp, abs(c) < most)
         c = max(c, 0.25_dp*a**2)                  ! no zeros on the axis of real time but double
         a2 = a**2
         b%near_a(l) = a
         b%near_b(l) = c
         b%den(l, 1) = -3.0_dp*a
         b%den(l, 2) = 3.0_dp*(a2 + c)
         b%den(l, 3) = -a*(a2 + 6.0_dp*c)
         b%den(l, 4) = 3.0_dp*c*(a2 + c)
         b%den(l, 5) = -3.0_dp*a*c**2
         b%den(l, 6) = c**3
      end do
   end subroutine find_singularity

   !> Add k c_k = a (k - 1/2) c_(k-1) - b (k - 1) c_(k-2) to the sums of least squares.
   pure subroutine add_equation(k, c0, c1, c2, ff, fg, gg, fy, gy)
      integer, intent(in) :: k
      real(dp), intent(in) :: c0, c1, c2
      real(dp), intent(inout) :: ff, fg, gg, fy, gy
      real(dp) :: y, f, g
      y = real(k, dp)*c0
      f = (real(k, dp) - 0.5_dp)*c1
      g = real(k - 1, dp)*c2
      ff = ff + f*f
      fg = fg + f*g
      gg = gg + g*g
      fy = fy + f*y
      gy = gy + g*y
   end subroutine add_equation

   !> Coefficients n and n - 1 of q c, and n + 1 ... n + n_rest of q times what is known of c.
   pure subroutine times_q(b, c, n, last, before, rest)
      type(block_t), intent(in) :: b
      real(dp), intent(in) :: c(n_lane, 0:max_order)
      integer, intent(in) :: n
      real(dp), intent(out) :: last(n_lane), before(n_lane), rest(n_lane, n_rest)
      real(dp) :: c0, c1, c2, c3, c4, c5, c6, c7, q1, q2, q3, q4, q5, q6
      integer :: l
      !$omp simd private(c0, c1, c2, c3, c4, c5, c6, c7, q1, q2, q3, q4, q5, q6)
      do l = 1, n_lane
         q1 = b%den(l, 1)
         q2 = b%den(l, 2)
         q3 = b%den(l, 3)
         q4 = b%den(l, 4)
         q5 = b%den(l, 5)
         q6 = b%den(l, 6)
         c0 = c(l, n)
         c1 = c(l, n - 1)
         c2 = c(l, n - 2)
         c3 = c(l, n - 3)
         c4 = c(l, n - 4)
         c5 = c(l, n - 5)
         c6 = c(l, n - 6)
         c7 = c(l, n - 7)
         before(l) = c1 + q1*c2 + q2*c3 + q3*c4 + q4*c5 + q5*c6 + q6*c7
         last(l) = c0 + q1*c1 + q2*c2 + q3*c3 + q4*c4 + q5*c5 + q6*c6
         rest(l, 1) = q1*c0 + q2*c1 + q3*c2 + q4*c3 + q5*c4 + q6*c5
         rest(l, 2) = q2*c0 + q3*c1 + q4*c2 + q5*c3 + q6*c4
         rest(l, 3) = q3*c0 + q4*c1 + q5*c2 + q6*c3
         rest(l, 4) = q4*c0 + q5*c1 + q6*c2
         rest(l, 5) = q5*c0 + q6*c1
         rest(l, 6) = q6*c0
      end do
   end subroutine times_q
end module singularity
