! SPDX-License-Identifier: BSD-3-Clause
!> Second-order drift along the size axis: slow erosion, sublimation, condensation.
!!
!! Grains that shrink a little at a time drift down the size axis. With g_k what node k would send
!! on (grains per time; for erosion the mass that dust frees, docs/numerics.md), a first-order
!! scheme takes g_k itself for the edge and smears the distribution. Here the edge value is
!! reconstructed with the central slope of g (Fromm 1968), bounded so that it is never negative nor
!! more than 3/2 g_k. The bound is smooth: the usual limiters have a kink where g is constant, which is just
!! where a steady cascade sits, and cost a Rosenbrock method many more steps on a fine grid.
module size_drift
   use kinds, only: dp
   implicit none
   private
   public :: edge_flux

contains

   !> Edge value relative to g_k, and its derivatives.
   !!
   !! flux_k = g_k psi_k leaves node k for node k + d, d = -1 down or +1 up; psi = 1 + S(x)/2 with
   !! x = (g_(k+d) - g_(k-d))/(2 g_k) and S(x) = x/sqrt(1 + x^2).
   pure subroutine edge_flux(g, d, psi, dpsi)
      real(dp), intent(in) :: g(:)                    !< of the nodes, >= 0 up to round-off (n)
      integer, intent(in) :: d                        !< direction of the drift, -1 or +1
      real(dp), intent(out), contiguous :: psi(:)     !< factor in 1/2 .. 3/2 (n) [1]
      real(dp), intent(out), contiguous :: dpsi(:, -1:)  !< d psi_k/d g_(k-1) .. g_(k+1) (n, -1:1)
      real(dp) :: x(0:size(g) + 1), rise, over, u, w, q
      logical :: empty
      integer :: k, n
      n = size(g)
      x = 0.0_dp
      x(1:n) = max(g, 0.0_dp)
      !$omp simd private(rise, over, u, w, q, empty)
      do k = 1, n
         rise = x(k + d) - x(k - d)
         over = 1.0_dp/max(2.0_dp*x(k), abs(rise), tiny(1.0_dp))   ! however small g_k is
         u = 2.0_dp*x(k)*over
         w = rise*over
         q = 1.0_dp/sqrt(max(u*u + w*w, 0.5_dp))
         empty = x(k) < tiny(1.0_dp)        ! nothing to reconstruct where nothing is
         psi(k) = 1.0_dp + merge(0.0_dp, 0.5_dp*w*q, empty)  ! S(x) = w q
         dpsi(k, d) = merge(0.0_dp, 0.5_dp*(u*q)**2*q*over, empty)
         dpsi(k, 0) = merge(0.0_dp, -(w*q)*(u*q)*q*over, empty)
         dpsi(k, -d) = -dpsi(k, d)
      end do
      ! nor beyond the ends
      k = merge(n, 1, d > 0)
      psi(k) = 1.0_dp
      dpsi(k, :) = 0.0_dp
      dpsi(n + 1 - k, -d) = 0.0_dp
   end subroutine edge_flux
end module size_drift
