! SPDX-License-Identifier: BSD-3-Clause
!> Tidal evolution of a satellite's orbit after the gas is gone.
!!
!! Tide in the planet: Kaula (1964), one k_2/Q for all frequencies, orbit in the equator, to e^2.
!! With n = sqrt(GM/a^3), K = (k_2/Q)(m/M)(R/a)^5 n, s0 = sgn(spin - n), s1 = sgn(2 spin - 3n),
!! s2 = sgn(2 spin - n):
!!    da/dt = a K [3(1 - 5e^2) s0 + (441/8) e^2 s1 + (3/8) e^2 s2 - (9/4) e^2]
!!    de/dt = e K [-(3/4) s0 + (147/16) s1 - (3/16) s2 - 9/8]
!! Tide in the satellite, which turns once per orbit (Murray & Dermott 1999, section 4.10):
!!    de/dt = -(21/2) (k_2s/Q_s)(M/m)(R_s/a)^5 n e, da/dt = 2 a e de/dt (angular momentum is kept).
!! An expansion to e^2: beyond e = 0.3 not to be trusted, which `valid` says.
!!
!! Every rate goes as a^(-13/2), so with s = (a/R)^(13/2) and l = ln e, between two jumps of a sign,
!!    ds/dt = c0 + c1 e^2, dl/dt = c2/s,
!! which a Runge-Kutta method integrates, exactly at e = 0. Its steps end where a sign jumps, where
!! the drift of s turns, and where the pericentre reaches the surface, which comes before e = 1.
!!
!! Every jump lets s grow faster outside than inside. Forward in time an orbit therefore leaves such
!! a distance or passes it, but never gets caught there. An orbit put exactly there starts with
!! sgn(0) = 0: synchronous and circular it stays, synchronous and eccentric it goes in. Backward in
!! time the two drifts may meet: then nothing but an orbit that sat there since its birth leads to
!! the present, and the integration ends (tide_stuck).
!!
!! Units are any consistent set; SI in the comments. Spin and mass are constant. A spin < 0 is
!! opposite to the orbit.
module tides
   use kinds, only: dp
   implicit none
   private
   public :: tide_rates, evolve_tides, evolve_tides_many

   type, public :: tides_t
      real(dp) :: gm = 0.0_dp               !< G times the mass of the planet [m3 s-2]
      real(dp) :: radius = 0.0_dp           !< radius of the planet [m]
      real(dp) :: k2_over_q = 0.0_dp        !< of the planet [1]
      real(dp) :: spin = 0.0_dp             !< rate at which the planet turns [rad s-1]
      real(dp) :: mass_ratio = 0.0_dp       !< body over planet [1]
      real(dp) :: k2_over_q_body = 0.0_dp   !< of the body [1]; 0 = no tide in it
      real(dp) :: radius_body = 0.0_dp      !< [m]
   end type tides_t

   integer, parameter, public :: tide_aged = 0        !< the whole time has passed
   integer, parameter, public :: tide_fell = 1        !< the pericentre reached the surface
   integer, parameter, public :: tide_stuck = 2       !< rests where a sign jumps
   integer, parameter, public :: tide_bad_input = 3
   integer, parameter, public :: tide_failed = 4      !< too many steps: a bug

   real(dp), parameter, public :: e_valid = 0.3_dp    !< largest e of the expansion [1]

   real(dp), parameter :: power = 6.5_dp              !< of a in s
   real(dp), parameter :: rtol = 1.0e-11_dp           !< error of a step in s and e, relative
   real(dp), parameter :: at_jump = 1.0e-13_dp        !< relative distance in s that counts as there
   integer, parameter :: max_steps = 100000, n_bisection = 60

   ! Dormand & Prince 5(4), first same as last; b - b* are the weights of the error.
   integer, parameter :: n_stage = 7
   real(dp), parameter :: o = 0.0_dp
   real(dp), parameter :: w(n_stage - 1, n_stage) = reshape([ &
      o, o, o, o, o, o, &
      1.0_dp/5.0_dp, o, o, o, o, o, &
      3.0_dp/40.0_dp, 9.0_dp/40.0_dp, o, o, o, o, &
      44.0_dp/45.0_dp, -56.0_dp/15.0_dp, 32.0_dp/9.0_dp, o, o, o, &
      19372.0_dp/6561.0_dp, -25360.0_dp/2187.0_dp, 64448.0_dp/6561.0_dp, -212.0_dp/729.0_dp, o, o, &
      9017.0_dp/3168.0_dp, -355.0_dp/33.0_dp, 46732.0_dp/5247.0_dp, 49.0_dp/176.0_dp, &
      -5103.0_dp/18656.0_dp, o, &
      35.0_dp/384.0_dp, o, 500.0_dp/1113.0_dp, 125.0_dp/192.0_dp, -2187.0_dp/6784.0_dp, &
      11.0_dp/84.0_dp], [n_stage - 1, n_stage])
   real(dp), parameter :: w_error(n_stage) = [71.0_dp/57600.0_dp, o, -71.0_dp/16695.0_dp, &
      71.0_dp/1920.0_dp, -17253.0_dp/339200.0_dp, 22.0_dp/525.0_dp, -1.0_dp/40.0_dp]

   !> Distances where a sign jumps, ascending: n = 2 spin, n = spin, 3 n = 2 spin.
   integer, parameter :: n_jump = 3
   real(dp), parameter :: n_over_spin(n_jump) = [2.0_dp, 1.0_dp, 2.0_dp/3.0_dp]

   !> What holds everywhere for one body, and what holds between two jumps.
   type :: flow_t
      real(dp) :: c_planet, c_body          !< K and its like for the body, times s [s-1]
      real(dp) :: jump(0:n_jump + 1)        !< in s, with 0 and huge at the ends
      integer :: zone                       !< s is in jump(zone) .. jump(zone + 1)
      real(dp) :: c0, c1, c2                !< ds/dt = c0 + c1 e^2, dl/dt = c2/s
      logical :: circular                   !< e = 0: l means nothing
   end type flow_t

contains

   !> da/dt [m s-1] and de/dt [s-1]; sgn(0) = 0.
   pure subroutine tide_rates(p, a, e, da_dt, de_dt)
      type(tides_t), intent(in) :: p
      real(dp), intent(in) :: a           !< semi-major axis [m]
      real(dp), intent(in) :: e           !< eccentricity [1]
      real(dp), intent(out) :: da_dt, de_dt
      type(flow_t) :: f
      real(dp) :: n, s
      n = sqrt(p%gm/a**3)
      s = (a/p%radius)**power
      call set_flow(p, e, f)
      call set_signs(f, sgn(p%spin - n), sgn(2.0_dp*p%spin - 3.0_dp*n), sgn(2.0_dp*p%spin - n))
      da_dt = a*(f%c0 + f%c1*e**2)/(power*s)
      de_dt = e*f%c2/s
   end subroutine tide_rates

   pure real(dp) function sgn(x)
      real(dp), intent(in) :: x
      sgn = 0.0_dp
      if (abs(x) > 0.0_dp) sgn = sign(1.0_dp, x)
   end function sgn

   !> One body over `age`, backward when it is negative.
   pure subroutine evolve_tides(p, a, e, age, fell, t_end, outcome, valid)
      type(tides_t), intent(in) :: p
      real(dp), intent(inout) :: a         !< semi-major axis, at the start and at t_end [m]
      real(dp), intent(inout) :: e         !< eccentricity, likewise [1]
      real(dp), intent(in) :: age          !< [s]
      logical, intent(out) :: fell         !< outcome is tide_fell
      real(dp), intent(out) :: t_end       !< `age`, or when it ended before, counted from 0 [s]
      integer, intent(out) :: outcome      !< tide_...
      logical, intent(out) :: valid        !< e <= e_valid all the time
      type(flow_t) :: f
      real(dp) :: y(2), slope(2), h, e_high
      integer :: i
      fell = .false.
      t_end = 0.0_dp
      valid = .false.
      outcome = tide_bad_input
      if (.not. sound(p, a, e, age)) return
      call set_flow(p, e, f)
      y = [(a/p%radius)**power, merge(0.0_dp, log(max(e, tiny(e))), f%circular)]
      e_high = e
      call enter_zone(f, y, sign(1.0_dp, age), outcome)
      if (surface(f, y)) outcome = tide_fell
      slope = rate(f, y)
      h = sign(min(abs(age), first_step(f, y, slope)), age)
      do i = 1, max_steps
         if (outcome /= tide_aged .or. abs(t_end) >= abs(age)) exit
         call one_step(f, age, t_end, y, slope, h, outcome)
         if (.not. f%circular) e_high = max(e_high, exp(y(2)))
      end do
      if (i > max_steps) outcome = tide_failed
      fell = outcome == tide_fell
      valid = e_high <= e_valid
      if (.not. abs(t_end) > 0.0_dp) return      ! nothing moved: keep a and e to the last bit
      a = p%radius*y(1)**(1.0_dp/power)
      if (.not. f%circular) e = exp(y(2))
   end subroutine evolve_tides

   !> Many bodies at once.
   subroutine evolve_tides_many(p, a, e, age, fell, t_end, outcome, valid)
      type(tides_t), intent(in) :: p(:)    !< one per body, or one for all
      real(dp), intent(inout) :: a(:)      !< [m]
      real(dp), intent(inout) :: e(:)      !< [1]
      real(dp), intent(in) :: age          !< [s]
      logical, intent(out) :: fell(:), valid(:)
      real(dp), intent(out) :: t_end(:)    !< [s]
      integer, intent(out) :: outcome(:)
      integer :: i
      !$omp parallel do default(shared) schedule(dynamic, 64)
      do i = 1, size(a)
         call evolve_tides(p(min(i, size(p))), a(i), e(i), age, fell(i), t_end(i), outcome(i), &
                           valid(i))
      end do
      !$omp end parallel do
   end subroutine evolve_tides_many

   !> Comparisons with NaN are false, so a NaN is not sound.
   pure logical function sound(p, a, e, age)
      type(tides_t), intent(in) :: p
      real(dp), intent(in) :: a, e, age
      sound = p%gm > 0.0_dp .and. p%radius > 0.0_dp .and. p%k2_over_q >= 0.0_dp &
              .and. p%mass_ratio >= 0.0_dp .and. p%k2_over_q_body >= 0.0_dp &
              .and. p%radius_body >= 0.0_dp .and. abs(p%spin) < huge(1.0_dp) &
              .and. a > 0.0_dp .and. a < huge(1.0_dp) .and. e >= 0.0_dp .and. e < 1.0_dp &
              .and. abs(age) < huge(1.0_dp)
      if (p%k2_over_q_body > 0.0_dp) sound = sound .and. p%mass_ratio > 0.0_dp
   end function sound

   pure subroutine set_flow(p, e, f)
      type(tides_t), intent(in) :: p
      real(dp), intent(in) :: e
      type(flow_t), intent(out) :: f
      real(dp) :: n_surface
      n_surface = sqrt(p%gm/p%radius**3)
      f%c_planet = p%k2_over_q*p%mass_ratio*n_surface
      f%c_body = 0.0_dp
      if (p%k2_over_q_body > 0.0_dp) &
         f%c_body = p%k2_over_q_body/p%mass_ratio*(p%radius_body/p%radius)**5*n_surface
      f%circular = e <= 0.0_dp
      f%jump = huge(1.0_dp)
      f%jump(0) = 0.0_dp
      if (p%spin > 0.0_dp) &
         f%jump(1:n_jump) = (n_surface/(n_over_spin*p%spin))**(power*2.0_dp/3.0_dp)
   end subroutine set_flow

   !> Coefficients of the flow for given signs.
   pure subroutine set_signs(f, s0, s1, s2)
      type(flow_t), intent(inout) :: f
      real(dp), intent(in) :: s0, s1, s2
      f%c0 = power*f%c_planet*3.0_dp*s0
      f%c1 = power*(f%c_planet*(-15.0_dp*s0 + 55.125_dp*s1 + 0.375_dp*s2 - 2.25_dp) &
                    - 21.0_dp*f%c_body)
      f%c2 = f%c_planet*(-0.75_dp*s0 + 9.1875_dp*s1 - 0.1875_dp*s2 - 1.125_dp) - 10.5_dp*f%c_body
   end subroutine set_signs

   pure subroutine set_zone(f, zone)
      type(flow_t), intent(inout) :: f
      integer, intent(in) :: zone
      f%zone = zone
      call set_signs(f, merge(1.0_dp, -1.0_dp, zone >= 2), merge(1.0_dp, -1.0_dp, zone >= 3), &
                     merge(1.0_dp, -1.0_dp, zone >= 1))
   end subroutine set_zone

   !> The zone of y, or the one that an orbit on a jump enters.
   pure subroutine enter_zone(f, y, direction, outcome)
      type(flow_t), intent(inout) :: f
      real(dp), intent(inout) :: y(2)
      real(dp), intent(in) :: direction    !< of time, +1 or -1
      integer, intent(out) :: outcome      !< tide_aged or tide_stuck
      real(dp) :: inside(2), outside(2), both
      integer :: k
      outcome = tide_aged
      do k = 1, n_jump
         if (abs(y(1) - f%jump(k)) > at_jump*f%jump(k)) cycle
         y(1) = f%jump(k)
         call set_zone(f, k - 1)
         inside = direction*rate(f, y)
         call set_zone(f, k)
         outside = direction*rate(f, y)
         both = inside(1) + outside(1)     ! twice the drift with sgn(0) = 0
         if (inside(1) >= 0.0_dp .and. outside(1) <= 0.0_dp) outcome = tide_stuck
         if (.not. abs(both) > 0.0_dp) outcome = tide_stuck
         if (both < 0.0_dp) call set_zone(f, k - 1)
         return
      end do
      call set_zone(f, count(y(1) > f%jump(1:n_jump)))
   end subroutine enter_zone

   pure function rate(f, y) result(slope)
      type(flow_t), intent(in) :: f
      real(dp), intent(in) :: y(2)         !< s, ln e
      real(dp) :: slope(2)
      if (f%circular) then
         slope = [f%c0, 0.0_dp]
      else
         slope = [f%c0 + f%c1*exp(2.0_dp*y(2)), f%c2/y(1)]
      end if
   end function rate

   !> a (1 - e) <= R; a trial step may overshoot e = 1.
   pure logical function surface(f, y)
      type(flow_t), intent(in) :: f
      real(dp), intent(in) :: y(2)
      real(dp) :: e
      e = 0.0_dp
      if (.not. f%circular) e = min(exp(y(2)), 1.0_dp)
      surface = y(1)*(1.0_dp - e)**power <= 1.0_dp
   end function surface

   !> A hundredth of the time in which s or e changes; the error control takes over from there.
   pure real(dp) function first_step(f, y, slope)
      type(flow_t), intent(in) :: f
      real(dp), intent(in) :: y(2), slope(2)
      first_step = 0.01_dp/max(abs(slope(1))/y(1), abs(slope(2)), &
                               (abs(f%c0) + abs(f%c1))*1.0e-3_dp/y(1), tiny(1.0_dp)*1.0e10_dp)
   end function first_step

   !> One accepted step, shortened to the event that lies in it.
   pure subroutine one_step(f, age, t, y, slope, h, outcome)
      type(flow_t), intent(inout) :: f
      real(dp), intent(in) :: age
      real(dp), intent(inout) :: t, y(2), slope(2)
      real(dp), intent(inout) :: h         !< in: to try; out: for the next step
      integer, intent(inout) :: outcome
      real(dp) :: new(2), new_slope(2), error, taken, low, high
      logical :: last
      integer :: i
      do i = 1, max_steps
         last = abs(h) >= abs(age - t)
         taken = merge(age - t, h, last)
         call dopri_step(f, y, slope, taken, new, new_slope, error)
         h = taken*min(5.0_dp, max(0.2_dp, 0.9_dp*max(error, 1.0e-10_dp)**(-0.2_dp)))
         if (error <= 1.0_dp) exit
      end do
      if (i > max_steps) then
         outcome = tide_failed
         return
      end if
      if (passed(f, slope, new, new_slope)) then
         low = 0.0_dp
         high = taken
         do i = 1, n_bisection
            taken = 0.5_dp*(low + high)
            call dopri_step(f, y, slope, taken, new, new_slope, error)
            if (passed(f, slope, new, new_slope)) then
               high = taken
            else
               low = taken
            end if
         end do
         last = .false.
         taken = high
         call dopri_step(f, y, slope, taken, new, new_slope, error)
      end if
      t = merge(age, t + taken, last)
      y = new
      slope = new_slope
      call settle(f, sign(1.0_dp, age), y, slope, outcome)
   end subroutine one_step

   !> Has an event happened on the way from the state with `slope` to y?
   pure logical function passed(f, slope, y, new_slope)
      type(flow_t), intent(in) :: f
      real(dp), intent(in) :: slope(2), y(2), new_slope(2)
      passed = .not. (y(1) > f%jump(f%zone) .and. y(1) < f%jump(f%zone + 1)) &
               .or. slope(1)*new_slope(1) < 0.0_dp .or. surface(f, y)
   end function passed

   !> End the evolution, or go on in the next zone.
   pure subroutine settle(f, direction, y, slope, outcome)
      type(flow_t), intent(inout) :: f
      real(dp), intent(in) :: direction
      real(dp), intent(inout) :: y(2), slope(2)
      integer, intent(inout) :: outcome
      integer :: k
      if (surface(f, y)) then
         outcome = tide_fell
      else if (.not. (y(1) > f%jump(f%zone) .and. y(1) < f%jump(f%zone + 1))) then
         k = merge(f%zone, f%zone + 1, y(1) <= f%jump(f%zone))
         y(1) = f%jump(k)
         call enter_zone(f, y, direction, outcome)
         slope = rate(f, y)
      end if
   end subroutine settle

   !> Step of the method from y, without events; error over the tolerance.
   pure subroutine dopri_step(f, y, slope, h, new, new_slope, error)
      type(flow_t), intent(in) :: f
      real(dp), intent(in) :: y(2), slope(2), h
      real(dp), intent(out) :: new(2), new_slope(2), error
      real(dp) :: k(2, n_stage)
      integer :: i, j
      k(:, 1) = slope
      do i = 2, n_stage
         new = y
         do j = 1, i - 1
            new = new + (h*w(j, i))*k(:, j)
         end do
         if (.not. new(1) > 0.0_dp) then     ! past the centre: no rate there
            error = 1.0e5_dp
            return
         end if
         k(:, i) = rate(f, new)
      end do
      new_slope = k(:, n_stage)
      error = maxval(abs(h*matmul(k, w_error))/[max(y(1), new(1)), 1.0_dp])/rtol
      if (.not. error < 1.0e30_dp) error = 1.0e5_dp
   end subroutine dopri_step
end module tides
