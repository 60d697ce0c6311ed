! SPDX-License-Identifier: BSD-3-Clause
!> LU factors of a small dense matrix with partial pivoting (columns contiguous, so loops vectorise).
module dense_lu
   use kinds, only: dp
   implicit none
   private
   public :: lu_factor, lu_solve

contains

   !> Factor a in place; ok is .false. when a pivot vanishes or is not finite.
   pure subroutine lu_factor(a, pivot, ok)
      real(dp), intent(inout) :: a(:, :)    !< (n, n)
      integer, intent(out) :: pivot(:)      !< row exchanged with row k at step k
      logical, intent(out) :: ok
      real(dp) :: t, row(size(a, 1))
      integer :: j, k, n, p
      n = size(a, 1)
      ok = .true.
      do k = 1, n
         p = k - 1 + maxloc(abs(a(k:n, k)), 1)
         pivot(k) = p
         if (.not. abs(a(p, k)) > 0.0_dp .or. abs(a(p, k)) > huge(1.0_dp)) then
            ok = .false.
            return
         end if
         if (p /= k) then
            row = a(k, :)
            a(k, :) = a(p, :)
            a(p, :) = row
         end if
         t = 1.0_dp/a(k, k)
         a(k + 1:n, k) = t*a(k + 1:n, k)
         do j = k + 1, n
            t = a(k, j)
            if (abs(t) > 0.0_dp) a(k + 1:n, j) = a(k + 1:n, j) - t*a(k + 1:n, k)
         end do
      end do
   end subroutine lu_factor

   !> Solve a x = b with the factors of lu_factor; b becomes x.
   pure subroutine lu_solve(a, pivot, b)
      real(dp), intent(in) :: a(:, :)
      integer, intent(in) :: pivot(:)
      real(dp), intent(inout) :: b(:)
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
