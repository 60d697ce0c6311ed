! SPDX-License-Identifier: BSD-3-Clause
!> What the Sun and the turning frame do: Hill's approximation and the full three-body problem.
module solar_tide
   use kinds, only: dp
   use lanes, only: block_t, cauchy, n_lane, power
   use orbit_model, only: orbit_t
   implicit none
   private
   public :: add_hill, add_sun

contains

   !> Coefficient n of Hill's equations: (2 w y' + 3 w^2 x, -2 w x', -w^2 z) (Hill 1878).
   pure subroutine add_hill(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp) :: w
      integer :: l
      w = o%omega
      !$omp simd
      do l = 1, n_lane
         b%ax(l) = b%ax(l) + 2.0_dp*w*b%v(l, n) + 3.0_dp*w**2*b%x(l, n)
         b%ay(l) = b%ay(l) - 2.0_dp*w*b%u(l, n)
      end do
      if (.not. b%planar) b%az = b%az - w**2*b%z(:, n)
   end subroutine add_hill

   !> Coefficient n of the full circular restricted three-body problem, Sun at (-a, 0, 0).
   !!
   !! Gravity of the Sun less that on the planet, with D = (a + x, y, z), q = |D|^2/a^2 and
   !! q^-3/2 - 1 without cancellation (Battin 1999, section 8.4); radiation pressure takes beta of
   !! the first term.
   pure subroutine add_sun(o, b, n)
      type(orbit_t), intent(in) :: o
      type(block_t), intent(inout) :: b
      integer, intent(in) :: n
      real(dp), dimension(n_lane) :: cube, sx, sy, sz, excess, offset
      real(dp) :: a, pull, w
      a = o%a_star
      w = o%omega
      pull = o%gm_star/a**3
      b%q(:, n) = (2.0_dp*a*b%x(:, n) + b%r2(:, n))/a**2
      if (n == 0) then
         offset = b%q(:, 0)
         b%q(:, 0) = 1.0_dp + offset
         cube = b%q(:, 0)*sqrt(b%q(:, 0))
         b%q_3(:, 0) = 1.0_dp/cube
         excess = -offset*(3.0_dp + offset*(3.0_dp + offset))/(cube*(1.0_dp + cube))
      else
         b%q_3(:, n) = power(b%q, b%q_3, -1.5_dp, n)/b%q(:, 0)
         excess = b%q_3(:, n)
      end if
      sx = cauchy(b%q_3, b%x, 0, n)
      sy = cauchy(b%q_3, b%y, 0, n)
      sz = cauchy(b%q_3, b%z, 0, n)
      b%ax = b%ax - pull*(sx + a*excess - o%beta_star*(sx + a*b%q_3(:, n))) &
             + 2.0_dp*w*b%v(:, n) + w**2*b%x(:, n)
      b%ay = b%ay - pull*(1.0_dp - o%beta_star)*sy - 2.0_dp*w*b%u(:, n) + w**2*b%y(:, n)
      b%az = b%az - pull*(1.0_dp - o%beta_star)*sz
   end subroutine add_sun
end module solar_tide
