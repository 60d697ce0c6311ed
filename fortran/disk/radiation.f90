! SPDX-License-Identifier: BSD-3-Clause
!> Radiation pressure of Mars: beta, unbound sizes, blow-out time, opacity and exposure.
!!
!! beta(s) = 3 L <Q_pr>/(16 pi G M c rho s)  (Burns, Lamy & Soter 1979, with L/(4 pi R^2) limited);
!! a grain released on a circular orbit is unbound where beta >= 1/2. Because Q_pr falls for
!! s << lambda the unbound sizes are a band, possibly empty, not everything below one size.
module radiation
   use kinds, only: dp
   use blowout, only: release_t, mean_release, release_at, n_function, f_unbound, f_gone, f_mars
   use constants, only: gm_mars, r_mars, c_light
   use disk_config, only: disk_config_t
   use interpolation, only: locate
   use size_grid, only: size_grid_t, power_integral
   use status, only: status_t, fail, status_bad_input, text
   implicit none
   private
   public :: optics_t, light_t, make_optics, shine, release_grains, count_unbound, unbound_roots, &
             q_table_range, exposure_factor, absorption_row, single_grain

   integer, parameter :: n_sub = 8          !< sub-cells per bin for the unbound share
   real(dp), parameter, public :: beta_unbound = 0.5_dp   !< circular parents [1]

   !> Optical properties on the size grid, as functions of T_M alone; fixed for a run.
   type :: optics_t
      logical :: grey = .true.
      real(dp) :: q_grey = 1.0_dp
      logical :: geometric = .false.            !< opacity with Q = 1
      logical :: blowout = .true.
      logical :: chi_auto = .false.
      logical :: orbits = .false.               !< blow-out from the orbits of the ring
      real(dp) :: chi = 1.0_dp
      real(dp) :: beta_factor = 0.0_dp          !< beta = beta_factor flux Q/s [m3 W-1]
      real(dp) :: kappa_factor = 0.0_dp         !< kappa = kappa_factor Q/s [m3 kg-1]
      real(dp), allocatable :: ln_s(:), t(:)    !< table axes: ln(s/m), T [K]
      real(dp), allocatable :: q_pr(:, :), q_abs(:, :)    !< table (size, T) [1]
      real(dp), allocatable :: q_node(:, :)     !< Q_pr at the nodes (bin, T) [1]
      real(dp), allocatable :: q_abs_node(:, :) !< Q_abs at the nodes (bin, T) [1]
      real(dp), allocatable :: q_sub(:, :, :)   !< Q_pr at the sub-bin points (0:n_sub, bin, T) [1]
      real(dp), allocatable :: s_sub(:, :)      !< sub-bin points (0:n_sub, bin) [m]
      real(dp), allocatable :: beta_sub(:, :)   !< beta_factor/s_sub, for Q = 1 [m2 W-1]
      real(dp), allocatable :: w_sub(:, :)      !< mass share of each sub-cell (n_sub, bin) [1]
   end type optics_t

   !> What Mars' light does at one moment, the same for all rings.
   type :: light_t
      real(dp) :: chi = 1.0_dp                  !< t_blow Omega [1]
      real(dp), allocatable :: kappa(:)         !< opacity of the nodes (n) [m2 kg-1]
      real(dp), allocatable :: unbound(:)       !< unbound mass fraction of the bins (n) [1]
      ! blow-out from orbits only
      real(dp), allocatable :: beta(:, :)       !< at the sub-bin points (0:n_sub, n) [1]
      real(dp), allocatable :: gone(:)          !< rate at which a bin leaves (n) [Omega]
      real(dp), allocatable :: mars_share(:)    !< part of it that hits Mars (n) [1]
   end type light_t

contains

   !> Build the optics; the table arrays are empty for grey grains.
   subroutine make_optics(c, g, s_table, t_table, q_pr, q_abs, o, st)
      type(disk_config_t), intent(in) :: c
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: s_table(:), t_table(:)        !< [m], [K]
      real(dp), intent(in) :: q_pr(:, :), q_abs(:, :)       !< (size, T) [1]
      type(optics_t), intent(out) :: o
      type(status_t), intent(inout) :: st
      integer :: k, j
      real(dp) :: x0, x1
      o%grey = c%qpr_mode == 'constant'
      o%q_grey = c%qpr
      o%geometric = c%opacity == 'geometric'
      o%blowout = c%blowout
      o%chi_auto = c%chi_mode == 'auto'
      o%orbits = c%chi_mode == 'orbits' .and. c%blowout
      o%chi = c%chi
      o%beta_factor = 3.0_dp*r_mars**2/(4.0_dp*gm_mars*c_light*c%rho)
      o%kappa_factor = 3.0_dp/(4.0_dp*c%rho)
      allocate (o%s_sub(0:n_sub, g%n), o%w_sub(n_sub, g%n))
      do k = 1, g%n
         x0 = log(g%edge(k - 1))
         x1 = log(g%edge(k))
         do j = 0, n_sub
            o%s_sub(j, k) = exp(x0 + (x1 - x0)*j/n_sub)
         end do
         ! inside a bin the mass is spread like collision debris, dM/ds ~ s^(3-q)
         o%w_sub(:, k) = power_integral(o%s_sub(0:n_sub - 1, k), o%s_sub(1:n_sub, k), &
                                        4.0_dp - c%q_frag)
         o%w_sub(:, k) = o%w_sub(:, k)/sum(o%w_sub(:, k))
      end do
      allocate (o%beta_sub(0:n_sub, g%n), source=o%beta_factor/o%s_sub)
      if (o%grey) return
      if (size(s_table) < 2 .or. size(t_table) < 2) then
         call fail(st, status_bad_input, 'radiation.qpr_table: no table of Q_pr was given')
         return
      end if
      if (g%s(1) < s_table(1)*(1.0_dp - 1.0e-12_dp) .or. &
          g%s(g%n) > s_table(size(s_table))*(1.0_dp + 1.0e-12_dp)) then
         call fail(st, status_bad_input, 'grains.s_min, grains.s_max: outside the sizes of the '// &
                   'Q_pr table, '//text(s_table(1))//' to '//text(s_table(size(s_table)))//' m')
         return
      end if
      o%ln_s = log(s_table)
      o%t = t_table
      o%q_pr = q_pr
      o%q_abs = q_abs
      allocate (o%q_node(g%n, size(t_table)), o%q_abs_node(g%n, size(t_table)))
      allocate (o%q_sub(0:n_sub, g%n, size(t_table)))
      do k = 1, g%n
         call size_row(o%ln_s, q_pr, log(g%s(k)), o%q_node(k, :))
         call size_row(o%ln_s, q_abs, log(g%s(k)), o%q_abs_node(k, :))
         do j = 0, n_sub
            call size_row(o%ln_s, q_pr, log(o%s_sub(j, k)), o%q_sub(j, k, :))
         end do
      end do
   end subroutine make_optics

   !> Interpolate a (size, T) table in ln s, for all T at once.
   pure subroutine size_row(ln_s, q, x, row)
      real(dp), intent(in) :: ln_s(:), q(:, :), x
      real(dp), intent(out) :: row(:)
      integer :: k
      real(dp) :: f
      k = locate(ln_s, x)
      f = (x - ln_s(k))/(ln_s(k + 1) - ln_s(k))
      row = q(k, :) + f*(q(k + 1, :) - q(k, :))
   end subroutine size_row

   !> Q_abs against T of the table for one size [1].
   subroutine absorption_row(o, s, row)
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: s        !< [m]
      real(dp), intent(out) :: row(:)  !< one per temperature of the table
      call size_row(o%ln_s, o%q_abs, log(s), row)
   end subroutine absorption_row

   !> Temperatures the table covers [K].
   pure subroutine q_table_range(o, t_min, t_max)
      type(optics_t), intent(in) :: o
      real(dp), intent(out) :: t_min, t_max
      t_min = 0.0_dp
      t_max = huge(1.0_dp)
      if (o%grey) return
      t_min = o%t(1)
      t_max = o%t(size(o%t))
   end subroutine q_table_range

   !> Everything that follows from T_M and the flux. T_M inside the table was checked at the start.
   subroutine shine(o, g, t_mars, flux, light)
      type(optics_t), intent(in) :: o
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: t_mars, flux   !< [K], [W m-2]
      type(light_t), intent(inout) :: light
      integer :: k, it
      real(dp) :: f, q(0:n_sub), beta(0:n_sub), small, large, q_large
      if (.not. allocated(light%kappa)) allocate (light%kappa(g%n), light%unbound(g%n))
      if (o%orbits .and. .not. allocated(light%beta)) then
         allocate (light%beta(0:n_sub, g%n), light%gone(g%n), light%mars_share(g%n))
      end if
      it = 1
      f = 0.0_dp
      if (.not. o%grey) then
         it = locate(o%t, t_mars)
         f = (t_mars - o%t(it))/(o%t(it + 1) - o%t(it))
      end if
      if (o%geometric) then
         light%kappa = o%kappa_factor/g%s
      else if (o%grey) then
         light%kappa = o%kappa_factor*o%q_grey/g%s
      else
         light%kappa = o%kappa_factor/g%s &
                       *(o%q_node(:, it) + f*(o%q_node(:, it + 1) - o%q_node(:, it)))
      end if
      light%unbound = 0.0_dp
      light%chi = o%chi
      if (.not. o%blowout) return
      q = o%q_grey
      do k = 1, g%n
         if (.not. o%grey) q = o%q_sub(:, k, it) + f*(o%q_sub(:, k, it + 1) - o%q_sub(:, k, it))
         beta = flux*q*o%beta_sub(:, k)
         light%unbound(k) = unbound_share(beta, o%w_sub(:, k))
         if (o%orbits) light%beta(:, k) = beta
      end do
      if (o%chi_auto) then
         call unbound_roots(o, t_mars, flux, small, large, q_large)
         light%chi = 1.0_dp
         ! just above the band beta = 1/2, so 1/(1 + (beta/0.5 - 1)/2) = 1 and only Q_pr is left
         if (large > 0.0_dp) light%chi = min(max(q_large, 0.5_dp), 1.5_dp)
      end if
   end subroutine shine

   !> From circular parents, for whom `shine` works, to those of a ring; `above`: s_min has
   !! beta >= 1/2.
   subroutine release_grains(o, release, above, light)
      type(optics_t), intent(in) :: o
      type(release_t), intent(in) :: release
      logical, intent(in) :: above
      type(light_t), intent(inout) :: light
      real(dp) :: y(n_function)
      integer :: k
      do k = 1, size(light%unbound)
         y = mean_release(release, light%beta(:, k), o%w_sub(:, k))
         ! what is on the first node is ground down to s_min: a point, not a spread over its bin
         if (k == 1) y = release_at(release, light%beta(0, 1), above)
         light%unbound(k) = y(f_unbound)
         light%gone(k) = y(f_gone)
         light%mars_share(k) = min(y(f_mars)/max(y(f_gone), tiny(1.0_dp)), 1.0_dp)
      end do
   end subroutine release_grains

   !> Number of bin edges (s_min and s_max included) whose size is unbound, and whether s_min is.
   !! Eccentric parents release smoothly in beta, so that only s_min, a point, has kinks: where the
   !! first and the last of its grains become bound.
   pure subroutine count_unbound(o, release, t_mars, flux, count, smallest)
      type(optics_t), intent(in) :: o
      type(release_t), intent(in) :: release
      real(dp), intent(in) :: t_mars, flux   !< [K], [W m-2]
      integer, intent(out) :: count
      logical, intent(out) :: smallest
      integer :: it, k, j, e, n
      real(dp) :: q, f, beta
      logical :: eccentric
      count = 0
      smallest = .false.
      if (.not. o%blowout) return
      n = size(o%s_sub, 2)
      it = 1
      f = 0.0_dp
      if (.not. o%grey) then
         it = locate(o%t, t_mars)
         f = (t_mars - o%t(it))/(o%t(it + 1) - o%t(it))
      end if
      eccentric = o%orbits .and. release%threshold(1) < release%threshold(2)
      do e = 0, merge(0, n, eccentric)
         k = max(e, 1)                     ! edge e is the upper end of bin e; edge 0 is s_min
         j = merge(n_sub, 0, e > 0)
         q = o%q_grey
         if (.not. o%grey) q = o%q_sub(j, k, it) + f*(o%q_sub(j, k, it + 1) - o%q_sub(j, k, it))
         beta = flux*q*o%beta_sub(j, k)
         if (eccentric) count = count + merge(1, 0, beta >= release%threshold(1)) &
                                + merge(1, 0, beta >= release%threshold(2))
         if (beta < beta_unbound) cycle
         count = count + 1
         if (e == 0) smallest = .true.
      end do
   end subroutine count_unbound

   !> Mass share of a bin with beta >= 1/2, beta linear in ln s inside each sub-cell.
   pure real(dp) function unbound_share(beta, w) result(u)
      real(dp), intent(in) :: beta(0:), w(:)
      integer :: j
      real(dp) :: a, b
      u = 0.0_dp
      if (all(beta < beta_unbound)) return
      do j = 1, size(w)
         a = beta(j - 1) - beta_unbound
         b = beta(j) - beta_unbound
         if (a >= 0.0_dp .and. b >= 0.0_dp) then
            u = u + w(j)
         else if (a >= 0.0_dp) then
            u = u + w(j)*a/(a - b)
         else if (b >= 0.0_dp) then
            u = u + w(j)*b/(b - a)
         end if
      end do
      u = min(u, 1.0_dp)     ! the shares sum to one only to round-off
   end function unbound_share

   !> Q_pr, Q_abs [1], beta [1] and opacity [m2 kg-1] of grains of one size inside the table.
   pure subroutine single_grain(o, s, t_mars, flux, q_pr, q_abs, beta, kappa)
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: s, t_mars, flux   !< [m], [K], [W m-2]
      real(dp), intent(out) :: q_pr, q_abs, beta, kappa
      real(dp), allocatable :: row(:)
      integer :: it
      real(dp) :: f
      q_pr = o%q_grey
      q_abs = 1.0_dp
      if (.not. o%grey) then
         allocate (row(size(o%t)))
         it = locate(o%t, t_mars)
         f = (t_mars - o%t(it))/(o%t(it + 1) - o%t(it))
         call size_row(o%ln_s, o%q_pr, log(s), row)
         q_pr = row(it) + f*(row(it + 1) - row(it))
         call size_row(o%ln_s, o%q_abs, log(s), row)
         q_abs = row(it) + f*(row(it + 1) - row(it))
      end if
      beta = o%beta_factor*flux*q_pr/s
      kappa = o%kappa_factor*merge(1.0_dp, q_pr, o%geometric)/s
   end subroutine single_grain

   !> Smallest and largest size with beta = 1/2, and Q_pr at the largest; 0 when there is none [m].
   subroutine unbound_roots(o, t_mars, flux, small, large, q_large)
      type(optics_t), intent(in) :: o
      real(dp), intent(in) :: t_mars, flux           !< [K], [W m-2]
      real(dp), intent(out) :: small, large, q_large !< [m], [m], [1]
      integer :: k, it
      real(dp) :: f, q0, q1, s0, s1, c, root, q_root
      c = o%beta_factor*flux/beta_unbound            ! beta = 1/2 where s = c Q(s)
      small = 0.0_dp
      large = 0.0_dp
      q_large = 0.0_dp
      if (o%grey) then
         large = c*o%q_grey
         q_large = o%q_grey
         return
      end if
      it = locate(o%t, t_mars)
      f = (t_mars - o%t(it))/(o%t(it + 1) - o%t(it))
      s1 = exp(o%ln_s(1))
      q1 = o%q_pr(1, it) + f*(o%q_pr(1, it + 1) - o%q_pr(1, it))
      do k = 2, size(o%ln_s)
         s0 = s1
         q0 = q1
         s1 = exp(o%ln_s(k))
         q1 = o%q_pr(k, it) + f*(o%q_pr(k, it + 1) - o%q_pr(k, it))
         if ((c*q0 >= s0) .eqv. (c*q1 >= s1)) cycle
         call root_between(s0, q0, s1, q1, c, root, q_root)
         if (small <= 0.0_dp .and. c*q1 >= s1) small = root
         if (c*q1 < s1) then
            large = root
            q_large = q_root
         end if
      end do
   end subroutine unbound_roots

   !> Solve s = c Q(s), Q linear in ln s between two sizes (the interpolation rule of the table).
   pure subroutine root_between(s0, q0, s1, q1, c, root, q_root)
      real(dp), intent(in) :: s0, q0, s1, q1, c
      real(dp), intent(out) :: root, q_root
      real(dp) :: a, b, f
      integer :: i
      a = 0.0_dp
      b = 1.0_dp
      do i = 1, 52
         f = 0.5_dp*(a + b)
         root = s0*(s1/s0)**f
         q_root = q0 + f*(q1 - q0)
         if ((c*q_root >= root) .eqv. (c*q0 >= s0)) then
            a = f
         else
            b = f
         end if
      end do
   end subroutine root_between

   !> Share of the grains that see Mars and its derivative with tau: (1 - exp(-tau))/tau.
   pure subroutine exposure_factor(tau, f, df)
      real(dp), intent(in) :: tau
      real(dp), intent(out) :: f, df
      real(dp) :: through
      if (abs(tau) < 1.0e-3_dp) then
         f = 1.0_dp - tau/2.0_dp*(1.0_dp - tau/3.0_dp*(1.0_dp - tau/4.0_dp*(1.0_dp - tau/5.0_dp)))
         df = -0.5_dp + tau/3.0_dp*(1.0_dp - tau*3.0_dp/8.0_dp*(1.0_dp - tau*4.0_dp/15.0_dp))
      else
         through = exp(min(-tau, 300.0_dp))   ! a trial step may be far below zero: no overflow
         f = (1.0_dp - through)/tau
         df = (through - f)/tau
      end if
   end subroutine exposure_factor
end module radiation
