! SPDX-License-Identifier: BSD-3-Clause
!> LU factors of a small dense matrix with partial pivoting (columns contiguous, so loops vectorise).
module dense_lu
   use kinds, only: dp
   implicit none
   private
   public :: lu_factor, lu_solve

   integer, parameter :: at_once = 4   !< columns eliminated in one sweep

contains

   !> Factor a in place; ok is .false. when a pivot vanishes or is not finite.
   pure subroutine lu_factor(a, pivot, ok)
      real(dp), intent(inout), contiguous :: a(:, :)    !< (n, n)
      integer, intent(out) :: pivot(:)      !< row exchanged with row k at step k
      logical, intent(out) :: ok
      real(dp) :: t(at_once), row(size(a, 1)), largest
      integer :: i, j, k, l, n, p, last
      n = size(a, 1)
      do k = 1, n, at_once             ! a panel of columns ...
         last = min(k + at_once - 1, n)
         do j = k, last
            largest = 0.0_dp
            p = j
            do i = j, n
               if (abs(a(i, j)) > largest) then
                  largest = abs(a(i, j))
                  p = i
               end if
            end do
            pivot(j) = p
            ok = largest > 0.0_dp .and. largest <= huge(1.0_dp)
            if (.not. ok) return
            if (p /= j) then
               row = a(j, :)
               a(j, :) = a(p, :)
               a(p, :) = row
            end if
            a(j + 1:n, j) = a(j + 1:n, j)*(1.0_dp/a(j, j))
            do l = j + 1, last
               a(j + 1:n, l) = a(j + 1:n, l) - a(j, l)*a(j + 1:n, j)
            end do
         end do
         if (last == n) exit
         do j = last + 1, n            ! ... that all other columns meet in one sweep
            t = a(k:last, j)
            t(2) = t(2) - a(k + 1, k)*t(1)
            t(3) = t(3) - a(k + 2, k)*t(1) - a(k + 2, k + 1)*t(2)
            t(4) = t(4) - a(k + 3, k)*t(1) - a(k + 3, k + 1)*t(2) - a(k + 3, k + 2)*t(3)
            a(k:last, j) = t
            a(last + 1:, j) = a(last + 1:, j) &
               - (t(1)*a(last + 1:, k) + t(2)*a(last + 1:, k + 1) &
                  + t(3)*a(last + 1:, k + 2) + t(4)*a(last + 1:, k + 3))
         end do
      end do
   end subroutine lu_factor

   !> Solve a x = b with the factors of lu_factor; b becomes x.
   pure subroutine lu_solve(a, pivot, b)
      real(dp), intent(in), contiguous :: a(:, :)
      integer, intent(in) :: pivot(:)
      real(dp), intent(inout), contiguous :: b(:)
      real(dp) :: t
      integer :: k, n
      n = size(a, 1)
      do k = 1, n        ! all exchanges first: the factors hold whole exchanged rows
         t = b(pivot(k))
         b(pivot(k)) = b(k)
         b(k) = t
      end do
      do k = 1, n - 1
         b(k + 1:n) = b(k + 1:n) - b(k)*a(k + 1:n, k)
      end do
      do k = n, 1, -1
         b(k) = b(k)/a(k, k)
         b(:k - 1) = b(:k - 1) - b(k)*a(:k - 1, k)
      end do
   end subroutine lu_solve
end module dense_lu
