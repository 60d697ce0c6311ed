! SPDX-License-Identifier: BSD-3-Clause
!> What the processor can do; Fortran has no word for it, so cpu_level.c asks.
module cpu
   use, intrinsic :: iso_c_binding, only: c_int
   implicit none
   private
   public :: level_here

   interface
      integer(c_int) function marsdisk_cpu_level() bind(c)
         import :: c_int
      end function marsdisk_cpu_level
   end interface

contains

   !> Level of the x86-64 instruction set, 1 to 4; 0 = another processor.
   integer function level_here()
      level_here = int(marsdisk_cpu_level())
   end function level_here
end module cpu
