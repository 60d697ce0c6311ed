! SPDX-License-Identifier: BSD-3-Clause
!> Status codes and messages: numerics never print or stop, they say what is wrong and where.
module status
   use kinds, only: dp
   implicit none
   private
   public :: status_t, fail, failed, text

   integer, parameter, public :: status_ok = 0
   integer, parameter, public :: status_internal = 1      !< a bug, or an unknown handle
   integer, parameter, public :: status_bad_input = 2     !< the user's input cannot be run
   integer, parameter, public :: status_out_of_table = 3  !< a table was left; never extrapolated
   integer, parameter, public :: status_not_finite = 4    !< NaN or infinity in the state
   integer, parameter, public :: status_step_size = 5     !< the step size shrank to nothing
   integer, parameter, public :: message_length = 256

   type :: status_t
      integer :: code = status_ok
      character(len=message_length) :: message = ''
   end type status_t

   !> A number as short text for messages.
   interface text
      module procedure text_real, text_integer
   end interface text

contains

   !> Record the first failure; later ones are consequences and are dropped.
   pure subroutine fail(s, code, message)
      type(status_t), intent(inout) :: s
      integer, intent(in) :: code
      character(len=*), intent(in) :: message
      if (s%code /= status_ok) return
      s%code = code
      s%message = message
   end subroutine fail

   pure logical function failed(s)
      type(status_t), intent(in) :: s
      failed = s%code /= status_ok
   end function failed

   ! The length of these results is worked out and not deferred: gfortran keeps deferred lengths in
   ! memory that all threads share, and two rings may fail at once.

   pure function text_real(x) result(t)
      real(dp), intent(in) :: x
      character(len=len_trim(adjustl(wide_real(x)))) :: t
      t = adjustl(wide_real(x))
   end function text_real

   pure function text_integer(i) result(t)
      integer, intent(in) :: i
      character(len=len_trim(wide_integer(i))) :: t
      t = wide_integer(i)
   end function text_integer

   pure function wide_real(x) result(t)
      real(dp), intent(in) :: x
      character(len=24) :: t
      write (t, '(g13.6)') x
   end function wide_real

   pure function wide_integer(i) result(t)
      integer, intent(in) :: i
      character(len=16) :: t
      write (t, '(i0)') i
   end function wide_integer
end module status
