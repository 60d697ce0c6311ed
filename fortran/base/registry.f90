! SPDX-License-Identifier: BSD-3-Clause
!> Objects by number: the one place with saved state, so that Python can hold a handle.
!!
!! What kind of object a handle stands for is known to who asks (`select type`). Python lets go of
!! its lock while the core works: several threads may ask at once.
module registry
   use status, only: status_t, fail, status_internal, text
   implicit none
   private
   public :: keep, find, release

   type :: slot_t
      class(*), pointer :: object => null()
   end type slot_t
   type(slot_t), allocatable, save :: slots(:)

contains

   !> Keep an object, which the caller has allocated, and give it a handle.
   subroutine keep(object, handle)
      class(*), pointer, intent(in) :: object
      integer, intent(out) :: handle
      type(slot_t), allocatable :: more(:)
      integer :: i
      !$omp critical (registry_slots)
      if (.not. allocated(slots)) allocate (slots(0))
      do i = 1, size(slots)
         if (.not. associated(slots(i)%object)) exit
      end do
      if (i > size(slots)) then
         allocate (more(i))
         more(:i - 1) = slots
         call move_alloc(more, slots)
      end if
      slots(i)%object => object
      handle = i
      !$omp end critical (registry_slots)
   end subroutine keep

   !> The object of a handle; null and a failure when there is none.
   subroutine find(handle, object, s)
      integer, intent(in) :: handle
      class(*), pointer, intent(out) :: object
      type(status_t), intent(inout) :: s
      object => null()
      !$omp critical (registry_slots)
      if (allocated(slots)) then
         if (handle >= 1 .and. handle <= size(slots)) object => slots(handle)%object
      end if
      !$omp end critical (registry_slots)
      if (.not. associated(object)) then
         call fail(s, status_internal, 'unknown handle '//text(handle))
      end if
   end subroutine find

   !> Give the memory of an object back.
   subroutine release(handle)
      integer, intent(in) :: handle
      class(*), pointer :: object
      object => null()
      !$omp critical (registry_slots)
      if (allocated(slots)) then
         if (handle >= 1 .and. handle <= size(slots)) then
            object => slots(handle)%object
            slots(handle)%object => null()
         end if
      end if
      !$omp end critical (registry_slots)
      if (associated(object)) deallocate (object)
   end subroutine release
end module registry
