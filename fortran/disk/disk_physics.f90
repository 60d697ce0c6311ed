! SPDX-License-Identifier: BSD-3-Clause
!> Single formulas of the disk model for many sets of arguments, for who wants no run.
!!
!! A formula calls the routine that a run calls, with the parameters of a disk that was built.
!! Like a run it does not leave a table.
module disk_physics
   use kinds, only: dp
   use constants, only: gm_mars, r_mars
   use disk_build, only: orbit_eccentricity, collision_speed
   use disk_model, only: disk_t
   use mars_lamp, only: lamp_temperature, lamp_flux
   use pr_drag, only: drag_speed, extended_lamp
   use radiation, only: single_grain, unbound_roots, exposure_factor, shine, light_t, &
                        q_table_range
   use status, only: status_t, fail, failed, status_internal, status_bad_input, &
                     status_out_of_table, text
   use strength, only: q_d_star
   use sublimation, only: saturation_pressure, knudsen_factor, fit_range, outside_fit, &
                          ring_temperature, single_balance, inverse_stokes
   use viscosity, only: kinematic_viscosity
   implicit none
   private
   public :: disk_formulas

   ! Arguments -> values
   integer, parameter :: f_mars = 1       !< t [s] -> T_M [K], flux [W m-2]
   integer, parameter :: f_grain = 2      !< s [m], T_M [K] -> Q_pr, Q_abs, beta [1], kappa
                                          !< [m2 kg-1]
   integer, parameter :: f_band = 3       !< T_M [K] -> smallest, largest unbound size [m], 0 = none
   integer, parameter :: f_strength = 4   !< s [m], v [m s-1] -> Q_D* [J kg-1]
   integer, parameter :: f_vapour = 5     !< T [K], liquid [0, 1] -> P_sat [Pa], J/(P_sat - P)
                                          !< [s m-1], 1 = extrapolated
   integer, parameter :: f_heat = 6       !< s [m], r [m], T_M [K] -> temperature of the grain [K]
   integer, parameter :: f_orbit = 7      !< r [m], e [1], < 0: that of the run -> Omega [s-1],
                                          !< e [1], collision speed [m s-1]
   integer, parameter :: f_exposure = 8   !< tau [1] -> share of the grains that see Mars [1]
   integer, parameter :: f_blowout = 9    !< s, r [m], T_M [K], vapour [kg m-2] -> t_blow [s],
                                          !< Stokes number, huge() without vapour
   integer, parameter :: f_transport = 10 !< r [m], Sigma_deep [kg m-2], beta [1] -> |da/dt| by drag
                                          !< in full light [m s-1], f_PR [1], nu [m2 s-1], 'disk'
                                          !< if the run has none
   integer, parameter :: n_in(10) = [1, 2, 1, 2, 2, 3, 2, 1, 4, 3]
   integer, parameter :: n_out(10) = [2, 4, 2, 1, 3, 1, 3, 1, 2, 3]

contains

   !> Formula `what` for all columns of x (arguments, set) into those of y (values, set).
   subroutine disk_formulas(d, what, x, y, s)
      type(disk_t), intent(in) :: d
      integer, intent(in) :: what
      real(dp), intent(in) :: x(:, :)
      real(dp), intent(out) :: y(:, :)
      type(status_t), intent(inout) :: s
      integer :: i
      y = 0.0_dp
      if (what < 1 .or. what > size(n_in)) then
         call fail(s, status_internal, 'there is no formula '//text(what))
         return
      end if
      if (size(x, 1) /= n_in(what) .or. size(y, 1) /= n_out(what)) then
         call fail(s, status_internal, 'wrong number of arguments of formula '//text(what))
         return
      end if
      do i = 1, size(x, 2)
         select case (what)
         case (f_mars, f_grain, f_band, f_exposure, f_blowout)
            call light(d, what, x(:, i), y(:, i), s)
         case default
            call matter(d, what, x(:, i), y(:, i), s)
         end select
         if (failed(s)) return
      end do
   end subroutine disk_formulas

   !> Formulas of the lamp and its light.
   subroutine light(d, what, x, y, s)
      type(disk_t), intent(in) :: d
      integer, intent(in) :: what
      real(dp), intent(in) :: x(:)
      real(dp), intent(out) :: y(:)
      type(status_t), intent(inout) :: s
      type(light_t) :: shining
      real(dp) :: unused, stokes
      select case (what)
      case (f_mars)
         if (d%c%driver == 'table') then
            associate (time => d%lamp%time)
               call inside('mars.table', 't', x(1), time(1), time(size(time)), 's', s)
            end associate
         else
            call inside('', 't', x(1), 0.0_dp, huge(1.0_dp), 's', s)
         end if
         if (failed(s)) return
         y(1) = lamp_temperature(d%lamp, x(1))
         y(2) = lamp_flux(d%lamp, y(1))
      case (f_grain)
         call check_grain(d, x(1), x(2), s)
         if (failed(s)) return
         call single_grain(d%optics, x(1), x(2), lamp_flux(d%lamp, x(2)), y(1), y(2), y(3), y(4))
      case (f_band)
         call check_mars(d, x(1), s)
         if (failed(s)) return
         call unbound_roots(d%optics, x(1), lamp_flux(d%lamp, x(1)), y(1), y(2), unused)
      case (f_exposure)
         call inside('', 'tau', x(1), 0.0_dp, huge(1.0_dp), '1', s)
         if (.not. failed(s)) call exposure_factor(x(1), y(1), unused)
      case (f_blowout)
         call check_grain(d, x(1), x(3), s)
         call check_orbit(x(2), s)
         call inside('', 'sigma_vapour', x(4), 0.0_dp, huge(1.0_dp), 'kg m-2', s)
         if (d%optics%orbits) call fail(s, status_bad_input, 'radiation.chi_mode: ''orbits'' ' &
            //'depends on the ring; see the table of `marsdisk prep blowout`')
         if (failed(s)) return
         call shine(d%optics, d%g, x(3), lamp_flux(d%lamp, x(3)), shining)
         stokes = inverse_stokes(d%c%rho, x(1))*x(4)
         y(1) = shining%chi/sqrt(gm_mars/x(2)**3)*(1.0_dp + stokes)
         y(2) = huge(1.0_dp)
         if (stokes > 0.0_dp) y(2) = 1.0_dp/stokes
      end select
   end subroutine light

   !> Formulas of grains and orbits.
   subroutine matter(d, what, x, y, s)
      type(disk_t), intent(in) :: d
      integer, intent(in) :: what
      real(dp), intent(in) :: x(:)
      real(dp), intent(out) :: y(:)
      type(status_t), intent(inout) :: s
      real(dp) :: range(2)
      logical :: liquid
      character(len=16) :: law
      select case (what)
      case (f_strength)
         call inside('', 's', x(1), tiny(1.0_dp), huge(1.0_dp), 'm', s)
         call inside('', 'v', x(2), tiny(1.0_dp), huge(1.0_dp), 'm s-1', s)
         if (.not. failed(s)) y(1) = q_d_star(d%c, x(1), x(2))
      case (f_vapour)
         call inside('', 'T', x(1), tiny(1.0_dp), huge(1.0_dp), 'K', s)
         liquid = x(2) > 0.5_dp
         range = fit_range(d%material, liquid)
         if (d%material%strict) then
            call inside('sublimation.material', 'T', x(1), range(1), range(2), 'K', s)
         end if
         if (failed(s)) return
         y(1) = saturation_pressure(d%material, x(1), liquid)
         y(2) = knudsen_factor(d%material, x(1))
         y(3) = merge(1.0_dp, 0.0_dp, outside_fit(d%material, x(1), liquid))
      case (f_heat)
         if (d%c%t_grain == 'balance') call check_grain(d, x(1), x(3), s)
         call check_orbit(x(2), s)
         call inside('', 'T_M', x(3), tiny(1.0_dp), huge(1.0_dp), 'K', s)
         if (failed(s)) return
         y(1) = ring_temperature(d%c, x(2), lamp_flux(d%lamp, x(3)))
         if (d%c%t_grain == 'balance') then
            y(1) = single_balance(d%optics, x(1), y(1), x(3), s)
         end if
      case (f_orbit)
         call check_orbit(x(1), s)
         if (failed(s)) return
         y(1) = sqrt(gm_mars/x(1)**3)
         y(2) = x(2)
         if (x(2) < 0.0_dp) then
            call inside('', 'r', x(1), r_mars, huge(1.0_dp), 'm', s)
            y(2) = orbit_eccentricity(d, x(1))
         end if
         if (.not. (y(2) >= 0.0_dp .and. y(2) < 1.0_dp)) then
            call fail(s, status_out_of_table, 'e = '//text(y(2))// &
                      ' is out of range; expected 0 <= e < 1')
         end if
         if (.not. failed(s)) y(3) = collision_speed(d%c, x(1), y(2))
      case (f_transport)
         call check_orbit(x(1), s)
         call inside('', 'sigma', x(2), 0.0_dp, huge(1.0_dp), 'kg m-2', s)
         call inside('', 'beta', x(3), 0.0_dp, huge(1.0_dp), '1', s)
         if (failed(s)) return
         y(1) = drag_speed(x(1), x(3))
         y(2) = extended_lamp(x(1))
         law = merge('disk            ', d%c%viscosity, d%c%viscosity == 'none')
         y(3) = kinematic_viscosity(d%c, law, x(1), x(2))
      end select
   end subroutine matter

   !> A grain and a temperature of Mars that the table of efficiencies has.
   subroutine check_grain(d, size_, t_mars, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: size_, t_mars   !< [m], [K]
      type(status_t), intent(inout) :: s
      real(dp), parameter :: slack = 1.0e-12_dp
      real(dp) :: low, high
      if (d%optics%grey) then
         call inside('', 's', size_, tiny(1.0_dp), huge(1.0_dp), 'm', s)
      else
         low = exp(d%optics%ln_s(1))*(1.0_dp - slack)
         high = exp(d%optics%ln_s(size(d%optics%ln_s)))*(1.0_dp + slack)
         call inside('radiation.qpr_table', 's', size_, low, high, 'm', s)
      end if
      call check_mars(d, t_mars, s)
   end subroutine check_grain

   subroutine check_mars(d, t_mars, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: t_mars          !< [K]
      type(status_t), intent(inout) :: s
      real(dp) :: low, high
      call q_table_range(d%optics, low, high)
      if (d%optics%grey) then
         call inside('', 'T_M', t_mars, tiny(1.0_dp), high, 'K', s)
      else
         call inside('radiation.qpr_table', 'T_M', t_mars, low, high, 'K', s)
      end if
   end subroutine check_mars

   subroutine check_orbit(r, s)
      real(dp), intent(in) :: r               !< [m]
      type(status_t), intent(inout) :: s
      call inside('', 'r', r, tiny(1.0_dp), huge(1.0_dp), 'm', s)
   end subroutine check_orbit

   !> Refuse a value outside of low to high, and what is no number; key: of the table, or empty.
   subroutine inside(key, name, value, low, high, unit, s)
      character(len=*), intent(in) :: key, name, unit
      real(dp), intent(in) :: value, low, high
      type(status_t), intent(inout) :: s
      character(len=:), allocatable :: limits, what
      if (value >= low .and. value <= high) return
      limits = ' from '//text(low)//' to '//text(high)
      if (high >= huge(1.0_dp)) limits = ' >= '//text(low)
      if (high >= huge(1.0_dp) .and. low <= tiny(1.0_dp) .and. low > 0.0_dp) limits = ' > 0'
      what = name//' = '//text(value)
      if (unit /= '1') then
         what = what//' '//unit
         limits = limits//' '//unit
      end if
      what = what//' is out of range; expected'//limits
      if (key /= '') what = key//': '//what
      call fail(s, status_out_of_table, what)
   end subroutine inside
end module disk_physics
