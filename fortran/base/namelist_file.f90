! SPDX-License-Identifier: BSD-3-Clause
!> What every reader of a namelist file does around `read (unit, nml=...)`.
module namelist_file
   use status, only: status_t, fail, status_bad_input
   implicit none
   private
   public :: open_namelist, after_group

contains

   !> Open the canonical namelist file; `unit` means nothing after a failure.
   subroutine open_namelist(path, unit, s)
      character(len=*), intent(in) :: path
      integer, intent(out) :: unit
      type(status_t), intent(inout) :: s
      integer :: ios
      character(len=256) :: msg
      open (newunit=unit, file=path, status='old', action='read', iostat=ios, iomsg=msg)
      if (ios /= 0) call fail(s, status_bad_input, 'cannot open namelist: '//trim(msg))
   end subroutine open_namelist

   !> After one group: keep the runtime's own diagnosis, go back to the top for the next group.
   subroutine after_group(unit, group, ios, msg, s)
      integer, intent(in) :: unit, ios
      character(len=*), intent(in) :: group, msg
      type(status_t), intent(inout) :: s
      if (ios /= 0) call fail(s, status_bad_input, 'namelist &'//group//': '//trim(msg))
      rewind (unit)
   end subroutine after_group
end module namelist_file
