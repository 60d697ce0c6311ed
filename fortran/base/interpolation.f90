! SPDX-License-Identifier: BSD-3-Clause
!> Piecewise interpolation in tables with ascending abscissae.
module interpolation
   use kinds, only: dp
   implicit none
   private
   public :: locate, linear, pchip_slopes, pchip

contains

   !> Index k with x(k) <= xi < x(k+1), clipped to 1..size(x)-1.
   pure integer function locate(x, xi) result(k)
      real(dp), intent(in) :: x(:)   !< ascending abscissae, at least two
      real(dp), intent(in) :: xi
      integer :: hi, mid
      k = 1
      hi = size(x)
      do while (hi - k > 1)
         mid = (k + hi)/2
         if (x(mid) <= xi) then
            k = mid
         else
            hi = mid
         end if
      end do
   end function locate

   !> Linear interpolation; constant beyond the ends (callers check the range).
   pure real(dp) function linear(x, y, xi) result(yi)
      real(dp), intent(in) :: x(:), y(:), xi
      integer :: k
      real(dp) :: f
      if (size(x) == 1) then
         yi = y(1)
         return
      end if
      k = locate(x, xi)
      f = min(max((xi - x(k))/(x(k + 1) - x(k)), 0.0_dp), 1.0_dp)
      yi = y(k) + f*(y(k + 1) - y(k))
   end function linear

   !> Slopes of the monotone cubic interpolant (Fritsch & Butland 1984; three-point ends).
   pure subroutine pchip_slopes(x, y, d)
      real(dp), intent(in) :: x(:), y(:)
      real(dp), intent(out) :: d(:)
      real(dp) :: h(size(x) - 1), s(size(x) - 1), a
      integer :: k, n
      n = size(x)
      h = x(2:) - x(:n - 1)
      s = (y(2:) - y(:n - 1))/h
      d = 0.0_dp
      do k = 2, n - 1
         if (s(k - 1)*s(k) > 0.0_dp) then
            a = (h(k - 1) + 2.0_dp*h(k))/(3.0_dp*(h(k - 1) + h(k)))
            d(k) = s(k - 1)*s(k)/(a*s(k) + (1.0_dp - a)*s(k - 1))
         end if
      end do
      d(1) = s(1)
      d(n) = s(n - 1)
      if (n > 2) then
         d(1) = end_slope(h(1), h(2), s(1), s(2))
         d(n) = end_slope(h(n - 1), h(n - 2), s(n - 1), s(n - 2))
      end if
   end subroutine pchip_slopes

   !> Slope at an end from the two intervals next to it, kept monotone.
   pure real(dp) function end_slope(h1, h2, s1, s2) result(d)
      real(dp), intent(in) :: h1, h2, s1, s2   !< widths and secants, end first
      d = ((2.0_dp*h1 + h2)*s1 - h1*s2)/(h1 + h2)
      if (d*s1 <= 0.0_dp) then
         d = 0.0_dp
      else if (s1*s2 <= 0.0_dp .and. abs(d) > 3.0_dp*abs(s1)) then
         d = 3.0_dp*s1
      end if
   end function end_slope

   !> Cubic Hermite interpolation with slopes d; constant beyond the ends.
   pure real(dp) function pchip(x, y, d, xi) result(yi)
      real(dp), intent(in) :: x(:), y(:), d(:), xi
      integer :: k
      real(dp) :: h, f
      k = locate(x, xi)
      h = x(k + 1) - x(k)
      f = min(max((xi - x(k))/h, 0.0_dp), 1.0_dp)
      yi = y(k)*(1.0_dp + 2.0_dp*f)*(1.0_dp - f)**2 + d(k)*h*f*(1.0_dp - f)**2 &
           + y(k + 1)*f*f*(3.0_dp - 2.0_dp*f) - d(k + 1)*h*f*f*(1.0_dp - f)
   end function pchip
end module interpolation
