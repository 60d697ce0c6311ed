! SPDX-License-Identifier: BSD-3-Clause
!> LU factors of a small dense matrix with partial pivoting; columns are contiguous, so that loops
!! run along vectors.
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
         do j = last + 1, n            ! ... that all other columns meet in one sweep, two by two
            call forward(a(k:last, k:last), a(k:last, j))
         end do
         do j = last + 1, n - 1, 2
            call sweep(a(k:last, j), a(k:last, j + 1), a(last + 1:, k:last), a(last + 1:, j), &
                       a(last + 1:, j + 1))
         end do
         if (modulo(n - last, 2) == 1) then
            t = a(k:last, n)
            a(last + 1:, n) = a(last + 1:, n) - ((t(1)*a(last + 1:, k) + t(2)*a(last + 1:, k + 1)) &
               + (t(3)*a(last + 1:, k + 2) + t(4)*a(last + 1:, k + 3)))
         end if
      end do
   end subroutine lu_factor

   !> Solve with the lower triangle of a corner of the panel, 1 on its diagonal.
   pure subroutine forward(corner, t)
      real(dp), intent(in) :: corner(:, :)
      real(dp), intent(inout), contiguous :: t(:)
      t(2) = t(2) - corner(2, 1)*t(1)
      t(3) = t(3) - corner(3, 1)*t(1) - corner(3, 2)*t(2)
      t(4) = t(4) - corner(4, 1)*t(1) - corner(4, 2)*t(2) - corner(4, 3)*t(3)
   end subroutine forward

   !> Take `panel` t from column c, and `panel` u from column d.
   pure subroutine sweep(t, u, panel, c, d)
      real(dp), intent(in) :: t(at_once), u(at_once), panel(:, :)
      real(dp), intent(inout), contiguous :: c(:), d(:)
      integer :: i
      do i = 1, size(c)
         c(i) = c(i) - ((t(1)*panel(i, 1) + t(2)*panel(i, 2)) &
                        + (t(3)*panel(i, 3) + t(4)*panel(i, 4)))
         d(i) = d(i) - ((u(1)*panel(i, 1) + u(2)*panel(i, 2)) &
                        + (u(3)*panel(i, 3) + u(4)*panel(i, 4)))
      end do
   end subroutine sweep

   !> Solve a x = b with the factors of lu_factor; b becomes x.
   pure subroutine lu_solve(a, pivot, b)
      real(dp), intent(in), contiguous :: a(:, :)
      integer, intent(in) :: pivot(:)
      real(dp), intent(inout), contiguous :: b(:)
      real(dp) :: t(at_once), swap
      integer :: i, k, l, n
      n = size(a, 1)
      do k = 1, n        ! all exchanges first: the factors hold whole exchanged rows
         swap = b(pivot(k))
         b(pivot(k)) = b(k)
         b(k) = swap
      end do
      l = at_once*(n/at_once)        ! a few columns at once, as in lu_factor, and then the rest
      do k = 1, l, at_once
         call forward(a(k:k + at_once - 1, k:k + at_once - 1), b(k:k + at_once - 1))
         t = b(k:k + at_once - 1)
         do i = k + at_once, n
            b(i) = b(i) - ((t(1)*a(i, k) + t(2)*a(i, k + 1)) &
                           + (t(3)*a(i, k + 2) + t(4)*a(i, k + 3)))
         end do
      end do
      do k = l + 1, n - 1
         b(k + 1:n) = b(k + 1:n) - b(k)*a(k + 1:n, k)
      end do
      do k = n, l + 1, -1
         b(k) = b(k)/a(k, k)
         b(:k - 1) = b(:k - 1) - b(k)*a(:k - 1, k)
      end do
      do k = l - at_once + 1, 1, -at_once
         t = b(k:k + at_once - 1)
         t(4) = t(4)/a(k + 3, k + 3)
         t(3) = (t(3) - a(k + 2, k + 3)*t(4))/a(k + 2, k + 2)
         t(2) = (t(2) - a(k + 1, k + 3)*t(4) - a(k + 1, k + 2)*t(3))/a(k + 1, k + 1)
         t(1) = (t(1) - a(k, k + 3)*t(4) - a(k, k + 2)*t(3) - a(k, k + 1)*t(2))/a(k, k)
         b(k:k + at_once - 1) = t
         do i = 1, k - 1
            b(i) = b(i) - ((t(1)*a(i, k) + t(2)*a(i, k + 1)) &
                           + (t(3)*a(i, k + 2) + t(4)*a(i, k + 3)))
         end do
      end do
   end subroutine lu_solve
end module dense_lu
