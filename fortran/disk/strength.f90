! SPDX-License-Identifier: BSD-3-Clause
!> Catastrophic disruption energy Q_D*(s, v).
module strength
   use kinds, only: dp
   use disk_config, only: disk_config_t
   implicit none
   private
   public :: q_d_star

   ! Speeds of the coefficient nodes: 1, 2, ... 7 km/s (Benz & Asphaug 1999, scaled in between).
   integer, parameter :: n_node = 7
   real(dp), parameter :: km_s = 1.0e3_dp
   real(dp), parameter :: q_s_ba99(n_node) = [1.9509e8_dp, 1.9509e8_dp, 1.9509e8_dp, 2.92635e8_dp, &
                                              3.9018e8_dp, 3.9018e8_dp, 3.9018e8_dp]
   real(dp), parameter :: b_ba99(n_node) = [0.8187652527_dp, 1.2847803944_dp, 1.6722_dp, &
                                            2.2296_dp, 2.787_dp, 3.1376520343_dp, 3.4683282388_dp]
   real(dp), parameter :: a_s_ba99 = 0.38_dp, a_g_ba99 = 1.36_dp
   !> Q_D* ~ v^(2 - 3 mu) outside the nodes, mu = 0.45 (Stewart & Leinhardt 2009, eq. 2).
   real(dp), parameter :: v_exponent = 2.0_dp - 3.0_dp*0.45_dp
   real(dp), parameter :: erg_g = 1.0e-4_dp     !< [J kg-1]

contains

   !> Q_D* = Q_s (s/cm)^-a + B rho (s/cm)^b  [J kg-1]  (Benz & Asphaug 1999, eq. 6).
   pure real(dp) function q_d_star(c, s, v) result(q)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: s     !< radius [m]
      real(dp), intent(in) :: v     !< collision speed [m s-1]
      real(dp) :: q_s(n_node), b(n_node), a_s, a_g, v_in, f, scale, s_cm
      integer :: k
      q_s = q_s_ba99
      b = b_ba99
      a_s = a_s_ba99
      a_g = a_g_ba99
      if (c%qd_set == 'custom') then
         q_s = c%q_s
         b = c%b_g
         a_s = c%a_s
         a_g = c%a_g
      end if
      v_in = min(max(v, km_s), n_node*km_s)
      k = min(int(v_in/km_s), n_node - 1)
      f = v_in/km_s - k
      scale = (v/v_in)**v_exponent
      s_cm = 100.0_dp*s
      q = erg_g*(b(k) + f*(b(k + 1) - b(k)))*(c%rho/1000.0_dp)*s_cm**a_g*scale
      if (c%qd_velocity /= 'both') scale = 1.0_dp
      q = q + erg_g*(q_s(k) + f*(q_s(k + 1) - q_s(k)))*s_cm**(-a_s)*scale
   end function q_d_star
end module strength
