! SPDX-License-Identifier: BSD-3-Clause
!> Size grid: log-spaced nodes from s_min to s_max, and how mass at any size is put on them.
!!
!! Nodes are points; a bin reaches half-way (in log s) to its neighbours, the first and last one
!! only inwards, so that grains ground down to s_min are exactly s_min large.
module size_grid
   use kinds, only: dp
   use constants, only: pi
   implicit none
   private
   public :: size_grid_t, make_size_grid, share, gauss_points, project, power_integral

   real(dp), parameter :: gauss_node(3) = [-0.774596669241483377_dp, 0.0_dp, &
                                           0.774596669241483377_dp]
   real(dp), parameter :: gauss_weight(3) = [5.0_dp, 8.0_dp, 5.0_dp]/18.0_dp

   type :: size_grid_t
      integer :: n = 0
      real(dp) :: rho = 0.0_dp             !< grain density [kg m-3]
      real(dp) :: dx = 0.0_dp              !< node spacing in ln s [1]
      real(dp), allocatable :: s(:)        !< node radius (n) [m]
      real(dp), allocatable :: edge(:)     !< bin edges (0:n) [m]
      real(dp), allocatable :: m(:)        !< grain mass at the node (n) [kg]
      real(dp), allocatable :: width(:)    !< bin width in ln s (n) [1]
   end type size_grid_t


contains

   pure subroutine make_size_grid(s_min, s_max, n, rho, g)
      real(dp), intent(in) :: s_min, s_max   !< [m]
      integer, intent(in) :: n
      real(dp), intent(in) :: rho            !< [kg m-3]
      type(size_grid_t), intent(out) :: g
      integer :: k
      g%n = n
      g%rho = rho
      g%dx = log(s_max/s_min)/(n - 1)
      allocate (g%s(n), g%edge(0:n), g%m(n), g%width(n))
      do k = 1, n
         g%s(k) = s_min*exp((k - 1)*g%dx)
      end do
      g%s(n) = s_max
      g%edge(0) = s_min
      g%edge(n) = s_max
      g%edge(1:n - 1) = sqrt(g%s(1:n - 1)*g%s(2:n))
      g%m = 4.0_dp/3.0_dp*pi*rho*g%s**3
      g%width = g%dx
      g%width(1) = 0.5_dp*g%dx
      g%width(n) = 0.5_dp*g%dx
   end subroutine make_size_grid

   !> Lower node k and its mass share w for mass at size s: nodes k and k+1 then hold the same
   !! mass *and* the same geometric cross-section (proportional to mass/s).
   pure subroutine share(g, s, k, w)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: s      !< [m]
      integer, intent(out) :: k
      real(dp), intent(out) :: w     !< share of node k [1]
      k = min(max(1 + int(log(s/g%s(1))/g%dx), 1), g%n - 1)
      if (s < g%s(k) .and. k > 1) k = k - 1
      w = (1.0_dp/s - 1.0_dp/g%s(k + 1))/(1.0_dp/g%s(k) - 1.0_dp/g%s(k + 1))
      w = min(max(w, 0.0_dp), 1.0_dp)
   end subroutine share

   !> Gauss-Legendre points, three in each interval of x: (3, size(x) - 1).
   pure function gauss_points(x) result(xg)
      real(dp), intent(in) :: x(:)        !< ascending
      real(dp) :: xg(3, size(x) - 1)
      integer :: i
      do i = 1, size(x) - 1
         xg(:, i) = 0.5_dp*(x(i) + x(i + 1) + gauss_node*(x(i + 1) - x(i)))
      end do
   end function gauss_points

   !> Put a mass distribution on the nodes, keeping mass and cross-section, normalised to one.
   pure subroutine project(g, x, y, w)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: x(:)      !< ln(s/m) from s_min to s_max, the nodes among them
      real(dp), intent(in) :: y(:, :)   !< dM/dln s at gauss_points(x), any unit
      real(dp), intent(out) :: w(:)     !< mass shares of the nodes, sum 1 [1]
      integer :: i, j, k
      real(dp) :: xg(3, size(x) - 1), mass, a
      xg = gauss_points(x)
      w = 0.0_dp
      do i = 1, size(x) - 1
         do j = 1, 3
            call share(g, exp(xg(j, i)), k, a)
            mass = gauss_weight(j)*(x(i + 1) - x(i))*y(j, i)
            w(k) = w(k) + mass*a
            w(k + 1) = w(k + 1) + mass*(1.0_dp - a)
         end do
      end do
      w = w/sum(w)
   end subroutine project

   !> Integral of s^(p-1) ds from a to b.
   elemental real(dp) function power_integral(a, b, p) result(f)
      real(dp), intent(in) :: a, b, p
      if (abs(p) < 1.0e-12_dp) then
         f = log(b/a)
      else if (a <= 0.0_dp) then
         f = b**p/p
      else
         f = a**p*expm1_(p*log(b/a))/p
      end if
   end function power_integral

   !> exp(x) - 1 without cancellation.
   elemental real(dp) function expm1_(x) result(y)
      real(dp), intent(in) :: x
      real(dp) :: u
      if (abs(x) > 0.5_dp) then
         y = exp(x) - 1.0_dp
      else
         ! Kahan's compensated form
         u = exp(x)
         y = x
         if (abs(u - 1.0_dp) > 0.0_dp) y = (u - 1.0_dp)*x/log(u)
      end if
   end function expm1_
end module size_grid
