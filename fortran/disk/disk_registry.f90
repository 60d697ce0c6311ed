! SPDX-License-Identifier: BSD-3-Clause
!> Disks by number: the one place with saved state, so that Python can hold a handle.
module disk_registry
   use disk_model, only: disk_t
   use status, only: status_t, fail, status_internal, text
   implicit none
   private
   public :: new_disk, find_disk, free_disk

   type :: slot_t
      type(disk_t), pointer :: disk => null()
   end type slot_t
   type(slot_t), allocatable, save :: slots(:)

contains

   !> A new empty disk and its handle.
   subroutine new_disk(handle, d)
      integer, intent(out) :: handle
      type(disk_t), pointer, intent(out) :: d
      type(slot_t), allocatable :: more(:)
      integer :: i
      if (.not. allocated(slots)) allocate (slots(0))
      do i = 1, size(slots)
         if (.not. associated(slots(i)%disk)) exit
      end do
      if (i > size(slots)) then
         allocate (more(i))
         more(:i - 1) = slots
         call move_alloc(more, slots)
      end if
      allocate (slots(i)%disk)
      handle = i
      d => slots(i)%disk
   end subroutine new_disk

   !> The disk of a handle; a failure when there is none, or when it is not built yet.
   subroutine find_disk(handle, need_built, d, s)
      integer, intent(in) :: handle
      logical, intent(in) :: need_built
      type(disk_t), pointer, intent(out) :: d
      type(status_t), intent(inout) :: s
      d => null()
      if (allocated(slots)) then
         if (handle >= 1 .and. handle <= size(slots)) d => slots(handle)%disk
      end if
      if (.not. associated(d)) then
         call fail(s, status_internal, 'unknown handle '//text(handle))
      else if (need_built .and. .not. d%built) then
         call fail(s, status_internal, 'disk '//text(handle)//' is not built')
      end if
   end subroutine find_disk

   subroutine free_disk(handle)
      integer, intent(in) :: handle
      if (.not. allocated(slots)) return
      if (handle < 1 .or. handle > size(slots)) return
      if (associated(slots(handle)%disk)) deallocate (slots(handle)%disk)
      slots(handle)%disk => null()
   end subroutine free_disk
end module disk_registry
