! SPDX-License-Identifier: BSD-3-Clause
!> Number kinds. A kind that crosses to Python also needs its C name in fortran/f2cmap.
module kinds
   use, intrinsic :: iso_fortran_env, only: real64
   implicit none
   private

   integer, parameter, public :: dp = real64

end module kinds
