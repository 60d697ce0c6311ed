! SPDX-License-Identifier: BSD-3-Clause
!> From the resolved namelist and its tables to a disk that can be run, and its initial state.
module disk_build
   use kinds, only: dp
   use blowout, only: make_release
   use collisions, only: make_kernel
   use constants, only: pi, r_mars, gm_mars, m_mars, year
   use disk_config, only: disk_config_t
   use disk_model
   use interpolation, only: linear, locate
   use mars_lamp, only: make_lamp, lamp_time_at, lamp_range, lamp_flux
   use radiation, only: make_optics, shine, light_t, q_table_range
   use ring_driver, only: c_time, c_step, f_liquid, f_frozen, hold
   use removal, only: optical_depth
   use ring_equations, only: environment_t, set_environment
   use size_grid, only: make_size_grid, gauss_points, project, share
   use status, only: status_t, fail, failed, status_bad_input, text
   use sublimation, only: make_material, heat_grains, ring_temperature, gas_pressure, &
                          fit_range, grains_t
   implicit none
   private
   public :: build_disk, initial_state, orbit_eccentricity, collision_speed

   real(dp), parameter :: deep_fade = 1.0e-6_dp   !< supply fades over this share of the reservoir
   integer, parameter :: n_fine = 16      !< intervals per size cell when a PSD is integrated

contains

   !> Everything that stays fixed in a run; d%c and d%tables are set.
   subroutine build_disk(d, s)
      type(disk_t), intent(inout) :: d
      type(status_t), intent(inout) :: s
      integer :: i
      do i = 1, n_table
         if (.not. allocated(d%tables(i)%x)) then
            allocate (d%tables(i)%x(0), d%tables(i)%y(0), d%tables(i)%z(0, 0))
         end if
      end do
      call make_size_grid(d%c%s_min, d%c%s_max, d%c%n_bin, d%c%rho, d%g)
      d%n_state = d%g%n + n_extra
      d%n_dyn = d%g%n + 2
      call make_lamp(d%c, d%tables(table_lamp)%x, column(d%tables(table_lamp)), d%lamp, s)
      if (failed(s)) return
      call find_end(d, s)
      call make_optics(d%c, d%g, d%tables(table_q_pr)%x, d%tables(table_q_pr)%y, &
                       d%tables(table_q_pr)%z, d%tables(table_q_abs)%z, d%optics, s)
      if (failed(s)) return
      call check_temperatures(d, s)
      if (failed(s)) return
      call make_material(d%c, d%g, d%optics, d%tables(table_psat)%x, column(d%tables(table_psat)), &
                         d%material)
      call make_sizes(d, s)
      if (failed(s)) return
      call make_rings(d)
      call make_releases(d, s)
      if (failed(s)) return
      call check_grain_temperatures(d, s)
      call fill_deep(d, s)
      d%built = .not. failed(s)
   end subroutine build_disk

   !> Values of a table with one axis.
   pure function column(t) result(z)
      type(table_t), intent(in) :: t
      real(dp) :: z(size(t%x))
      if (size(t%x) > 0) z = t%z(:, 1)
   end function column

   !> End of the run by t_end or t_mars_end, whichever is first.
   subroutine find_end(d, s)
      type(disk_t), intent(inout) :: d
      type(status_t), intent(inout) :: s
      d%t_stop = huge(1.0_dp)
      if (d%c%t_end > 0.0_dp) d%t_stop = d%c%t_end*year
      d%t_stop = min(d%t_stop, lamp_time_at(d%lamp, d%c%t_mars_end))
      if (d%t_stop >= huge(1.0_dp)) call fail(s, status_bad_input, 'stop.t_end, stop.t_mars_end: ' &
         //'Mars never cools to t_mars_end and t_end is not set, so the run never ends')
      if (d%t_stop <= 0.0_dp) call fail(s, status_bad_input, 'stop.t_mars_end: Mars is already ' &
         //'colder at the start ('//text(d%lamp%t0)//' K)')
      if (d%c%driver == 'table') then
         if (d%t_stop > d%lamp%time(size(d%lamp%time))) call fail(s, status_bad_input, &
            'mars.table: ends at '//text(d%lamp%time(size(d%lamp%time))/year) &
            //' yr, before the end of the run; extend it or set stop.t_end')
      end if
      if (d%c%mode == 'table') then
         associate (x => d%tables(table_supply)%x)
            if (d%t_stop > x(size(x))) call fail(s, status_bad_input, 'supply.table: ends at ' &
               //text(x(size(x))/year)//' yr, before the end of the run; extend it or set ' &
               //'stop.t_end')
         end associate
      end if
   end subroutine find_end

   !> T_M must stay inside the Q_pr table from the start to the end.
   subroutine check_temperatures(d, s)
      type(disk_t), intent(in) :: d
      type(status_t), intent(inout) :: s
      real(dp) :: low, high, t_low, t_high
      call lamp_range(d%lamp, d%t_stop, low, high)
      if (low <= 0.0_dp) call fail(s, status_bad_input, 'mars.t_floor: Mars cools to 0 K before ' &
         //'the end of the run; set t_floor, or an earlier stop.t_end')
      call q_table_range(d%optics, t_low, t_high)
      if (low < t_low .or. high > t_high) call fail(s, status_bad_input, 'radiation.qpr_table: ' &
         //'Mars is between '//text(low)//' and '//text(high)//' K, the table ends at '// &
         text(t_low)//' and '//text(t_high)//' K')
   end subroutine check_temperatures

   !> Grain temperatures must stay inside fits that may not be extrapolated, and inside Q_abs.
   subroutine check_grain_temperatures(d, s)
      type(disk_t), intent(in) :: d
      type(status_t), intent(inout) :: s
      type(grains_t) :: gr
      real(dp) :: t_mars(2), t_ring, flux, range(2)
      integer :: i, l
      if (.not. d%material%active) return
      call lamp_range(d%lamp, d%t_stop, t_mars(1), t_mars(2))
      do i = 1, 2
         flux = lamp_flux(d%lamp, t_mars(i))
         do l = 1, size(d%rings)
            t_ring = ring_temperature(d%c, d%rings(l)%r, flux)
            call heat_grains(d%material, d%optics, t_ring, t_mars(i), .false., d%g%n, gr, s)
            if (failed(s)) then
               s%code = status_bad_input
               s%message = 'sublimation.t_grain: '//trim(s%message)
               return
            end if
            if (d%material%strict .and. gr%outside_fit) then
               range = fit_range(d%material, .false.)
               call fail(s, status_bad_input, 'sublimation.material: grains of ring '//text(l) &
                  //' (grey: '//text(t_ring)//' K) leave the range of the vapour pressure, ' &
                  //text(range(1))//' to '//text(range(2))//' K')
               return
            end if
         end do
      end do
   end subroutine check_grain_temperatures

   !> Initial size distribution, sizes of the supply, reference and initial surface density.
   !! tau0, Sigma_ref and the supply use the *full* distribution, before unbound sizes are removed.
   subroutine make_sizes(d, s)
      type(disk_t), intent(inout) :: d
      type(status_t), intent(inout) :: s
      type(light_t) :: light
      real(dp), allocatable :: x(:), xg(:, :), y(:, :)
      integer :: k
      real(dp) :: w
      allocate (d%psd(d%g%n), d%supply(d%g%n))
      call fine_sizes(d, x)
      xg = gauss_points(x)
      if (d%c%psd == 'mono') then
         d%psd = 0.0_dp
         if (d%c%s_meter < d%g%s(1) .or. d%c%s_meter > d%g%s(d%g%n)) then
            call fail(s, status_bad_input, 'grains.s_meter: outside the size grid')
            return
         end if
         call share(d%g, d%c%s_meter, k, w)
         d%psd(k:k + 1) = [w, 1.0_dp - w]
      else
         y = mass_per_lns(d%c, d%tables(table_psd), xg)
         if (.not. maxval(y) > 0.0_dp) then
            call fail(s, status_bad_input, 'grains.psd: no mass on the size grid')
            return
         end if
         call project(d%g, x, y/maxval(y), d%psd)
      end if
      select case (d%c%weights)
      case ('smallest')
         d%supply = 0.0_dp
         d%supply(1) = 1.0_dp
      case ('powerlaw')
         y = exp((4.0_dp - d%c%slope)*(xg - merge(x(1), x(size(x)), d%c%slope > 4.0_dp)))
         call project(d%g, x, y, d%supply)
      case default
         d%supply = d%psd
      end select
      call shine(d%optics, d%g, d%lamp%t0, lamp_flux(d%lamp, d%lamp%t0), light)
      d%kappa0 = dot_product(light%kappa, d%psd)
      d%sigma_ref = d%c%tau_ref/(d%c%f_los*d%kappa0)
      d%sigma0 = d%c%sigma0
      if (d%sigma0 <= 0.0_dp) d%sigma0 = d%c%tau0/(d%c%f_los*d%kappa0)
      d%sigma_scale = d%sigma0
      if (d%c%mode /= 'none' .or. d%sigma0 <= 0.0_dp) d%sigma_scale = max(d%sigma0, d%sigma_ref)
   end subroutine make_sizes

   !> ln s on a fine grid that contains the nodes and the rows of a table, where it has kinks.
   pure subroutine fine_sizes(d, x)
      type(disk_t), intent(in) :: d
      real(dp), allocatable, intent(out) :: x(:)
      real(dp) :: row
      integer :: i, k
      allocate (x((d%g%n - 1)*n_fine + 1))
      do i = 1, size(x)
         x(i) = log(d%g%s(1)) + (i - 1)*d%g%dx/n_fine
      end do
      if (d%c%psd /= 'table') return
      do i = 1, size(d%tables(table_psd)%x)
         row = log(d%tables(table_psd)%x(i))
         if (row <= x(1) .or. row >= x(size(x))) cycle
         k = locate(x, row)
         x = [x(:k), row, x(k + 1:)]
      end do
   end subroutine fine_sizes

   !> dM/dln s of the initial distribution at x = ln(s/m), any scale.
   elemental real(dp) function mass_per_lns(c, table, x) result(y)
      type(disk_config_t), intent(in) :: c
      type(table_t), intent(in) :: table     !< psd = 'table': s [m], dM/dln s
      real(dp), intent(in) :: x
      real(dp) :: sigma
      select case (c%psd)
      case ('power_law')
         y = exp((4.0_dp - c%psd_slope) &
                 *(x - merge(log(c%s_min), log(c%s_max), c%psd_slope > 4.0_dp)))
      case ('table')
         y = 0.0_dp
         if (x >= log(table%x(1)) .and. x <= log(table%x(size(table%x)))) then
            y = linear(log(table%x), table%z(:, 1), x)
         end if
      case default
         ! melt drops and fine condensates (Hyodo et al. 2017a)
         sigma = c%width_dex*log(10.0_dp)
         y = (1.0_dp - c%f_fine)*exp(-0.5_dp*((x - log(c%s_meter))/sigma)**2) &
             + c%f_fine*exp(-0.5_dp*((x - log(c%s_fine))/sigma)**2)
      end select
   end function mass_per_lns

   !> Rings: radius, area, orbits, collision speed and kernel.
   subroutine make_rings(d)
      type(disk_t), intent(inout) :: d
      real(dp) :: f
      integer :: l, n, k
      n = d%c%n_ring
      allocate (d%rings(n), d%ring_edge(0:n))
      do l = 0, n
         f = real(l, dp)/n
         if (d%c%ring_spacing == 'log') then
            d%ring_edge(l) = r_mars*d%c%r_in*(d%c%r_out/d%c%r_in)**f
         else
            d%ring_edge(l) = r_mars*(d%c%r_in + f*(d%c%r_out - d%c%r_in))
         end if
      end do
      !$omp parallel do private(k) schedule(dynamic, 1)
      do l = 1, n
         associate (ring => d%rings(l), a => d%ring_edge(l - 1), b => d%ring_edge(l))
            ring%r = 0.5_dp*(a + b)
            if (d%c%ring_spacing == 'log') ring%r = sqrt(a*b)
            ring%area = pi*(b - a)*(b + a)
            ring%omega = sqrt(gm_mars/ring%r**3)
            ring%e = orbit_eccentricity(d, ring%r)
            ring%speed = collision_speed(d%c, ring%r, ring%e)
            call make_kernel(d%c, d%g, ring%r, ring%speed, ring%kernel)
            if (d%c%mode == 'table') then
               associate (table => d%tables(table_supply))
                  allocate (ring%rate(size(table%x)))
                  do k = 1, size(ring%rate)
                     ring%rate(k) = table%z(k, 1)
                     if (size(table%y) > 1) then
                        ring%rate(k) = linear(table%y, table%z(k, :), ring%r/r_mars)
                     end if
                  end do
               end associate
            end if
         end associate
      end do
      !$omp end parallel do
   end subroutine make_rings

   !> Blow-out from the orbits of each ring.
   subroutine make_releases(d, s)
      type(disk_t), intent(inout) :: d
      type(status_t), intent(inout) :: s
      integer :: l
      if (.not. d%optics%orbits) return
      if (.not. allocated(d%orbit_table%e)) then
         call fail(s, status_bad_input, 'radiation.chi_table: no table of orbits was given')
         return
      end if
      do l = 1, size(d%rings)
         associate (ring => d%rings(l))
            call make_release(d%orbit_table, ring%e, r_mars/ring%r, &
                              d%ring_edge(size(d%rings))/ring%r, ring%release, s)
         end associate
      end do
   end subroutine make_releases

   !> Eccentricity of the orbits at r [1].
   pure real(dp) function orbit_eccentricity(d, r) result(e)
      type(disk_t), intent(in) :: d
      real(dp), intent(in) :: r      !< [m]
      select case (d%c%e_profile)
      case ('const')
         e = d%c%e
      case ('table')
         e = linear(d%tables(table_eccentricity)%x, column(d%tables(table_eccentricity)), r/r_mars)
      case default
         e = 1.0_dp - r_mars/r       ! pericentre at the surface of Mars
      end select
   end function orbit_eccentricity

   !> Relative speed of collisions at r [m s-1].
   pure real(dp) function collision_speed(c, r, e) result(v)
      type(disk_config_t), intent(in) :: c
      real(dp), intent(in) :: r      !< [m]
      real(dp), intent(in) :: e      !< eccentricity [1]
      real(dp) :: v_k
      v_k = sqrt(gm_mars/r**3)*r
      if (c%v_fixed > 0.0_dp) then
         v = c%v_fixed
      else if (c%velocity == 'pericenter') then
         v = v_k*sqrt((1.0_dp + e)/(1.0_dp - e))
      else
         v = v_k*sqrt(1.25_dp*e**2 + c%i**2)   ! Lissauer & Stewart (1993)
      end if
   end function collision_speed

   !> Surface density of the deep reservoir: what the ring has, less the initial surface.
   subroutine fill_deep(d, s)
      type(disk_t), intent(inout) :: d
      type(status_t), intent(inout) :: s
      real(dp) :: total(size(d%rings)), r(size(d%rings))
      integer :: l
      r = d%rings%r/r_mars
      if (size(d%tables(table_deep)%x) > 0) then
         do l = 1, size(r)
            total(l) = linear(d%tables(table_deep)%x, column(d%tables(table_deep)), r(l))
         end do
      else
         total = r**(-d%c%deep_slope)
         total = total*d%c%m_in*m_mars/sum(total*d%rings%area)
      end if
      do l = 1, size(r)
         d%rings(l)%sigma_deep0 = total(l) - d%sigma0
         if (total(l) < d%sigma0) then
            call fail(s, status_bad_input, 'surface.tau0, surface.sigma0: the initial surface ('// &
               text(d%sigma0)//' kg m-2) is heavier than ring '//text(l)//' ('//text(total(l)) &
               //' kg m-2)')
            return
         end if
      end do
      ! drawing on the reservoir fades smoothly as it empties; what begins empty may still be filled
      ! by its neighbours or by what settles
      associate (mean => sum(d%rings%sigma_deep0*d%rings%area)/sum(d%rings%area))
         do l = 1, size(r)
            if (d%rings(l)%sigma_deep0 > 0.0_dp) then
               d%rings(l)%sigma_fade = deep_fade*d%rings(l)%sigma_deep0
            else
               d%rings(l)%sigma_fade = deep_fade*max(mean, d%sigma_scale)
            end if
         end do
      end associate
   end subroutine fill_deep

   !> State of all rings at t0 and what their first step depends on.
   subroutine initial_state(d, y, control, flag, s)
      type(disk_t), intent(in) :: d
      real(dp), intent(out) :: y(:, :)         !< (n_state, n_ring) [kg m-2]
      real(dp), intent(out) :: control(:, :)   !< (n_control + n_state, n_ring)
      integer, intent(out) :: flag(:, :)       !< (n_flag, n_ring)
      type(status_t), intent(inout) :: s
      type(environment_t) :: env
      type(held_t) :: held
      real(dp) :: vapour
      integer :: l, n
      n = d%g%n
      y = 0.0_dp
      control = 0.0_dp
      flag = 0
      do l = 1, size(d%rings)
         associate (ring => d%rings(l))
            held = hold(d, ring, 0.0_dp, .false.)
            flag(f_liquid, l) = merge(1, 0, held%liquid)
            control(c_time, l) = 0.0_dp
            control(c_step, l) = min(1.0e-3_dp/ring%omega, d%t_stop)
            call set_environment(d, ring, 0.0_dp, held, env, s)
            y(:n, l) = d%sigma0*d%psd
            if (d%c%drop_unbound) then
               y(:n, l) = y(:n, l)*(1.0_dp - env%light%unbound)
               y(n + i_removed, l) = d%sigma0*dot_product(d%psd, env%light%unbound)
            end if
            if (d%c%tau_stop > 0.0_dp) then
               if (optical_depth(d, env%light, y(:n, l)) > d%c%tau_stop) flag(f_frozen, l) = 1
            end if
            y(n + i_deep, l) = ring%sigma_deep0
            if (d%material%active .and. d%c%vapour0 == 'saturated') then
               vapour = env%grains%p_sat(n)/gas_pressure(env%grains%c_s, ring%omega)
               vapour = min(vapour, ring%sigma_deep0)     ! no more than there is
               y(n + i_vapour, l) = vapour
               y(n + i_deep, l) = ring%sigma_deep0 - vapour
            end if
         end associate
      end do
   end subroutine initial_state
end module disk_build
