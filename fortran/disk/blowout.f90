! SPDX-License-Identifier: BSD-3-Clause
!> Blow-out from orbits: what becomes of grains that the bound parents of a ring release.
!!
!! A table of `marsdisk prep blowout` holds, for parents of eccentricity e, the fraction of released
!! grains that is unbound, the fraction that is so but hits Mars, and the mean time chi/Omega after
!! which an unbound grain is gone. It becomes functions of beta for each ring when a disk is built.
!! The radius of a ring is the semi-major axis of its parents, as in e = 1 - R/r.
module blowout
   use kinds, only: dp
   use constants, only: pi
   use interpolation, only: locate, pchip_slopes, pchip
   use status, only: status_t, fail, status_bad_input, text
   implicit none
   private
   public :: orbit_table_t, release_t, make_release, mean_release, release_at

   ! Functions of beta that a ring has.
   integer, parameter, public :: n_function = 3
   integer, parameter, public :: f_unbound = 1   !< fraction of the released grains [1]
   integer, parameter, public :: f_gone = 2      !< rate at which grains are gone [Omega]
   integer, parameter, public :: f_mars = 3      !< part of it that hits Mars [Omega]

   integer, parameter :: n_fine = 16             !< nodes of a ring per node of the table
   real(dp), parameter :: slack = 1.0e-9_dp      !< of the ends of the table [1]
   real(dp), parameter :: shortest = 1.0e-6_dp   !< chi of grains that leave at once [1]

   !> The table of `marsdisk prep blowout`; see there for the scaled axes.
   type :: orbit_table_t
      real(dp), allocatable :: e(:)          !< eccentricity
      real(dp), allocatable :: dive(:)       !< anomaly/pi where parents meet the surface of Mars
      real(dp), allocatable :: exit(:)       !< radius where a grain has left/apocentre of parents
      real(dp), allocatable :: grade(:)      !< scaled beta
      real(dp), allocatable :: unbound(:, :, :), mars(:, :, :)   !< (grade, dive, e) [1]
      real(dp), allocatable :: chi(:, :, :, :)                   !< (grade, exit, dive, e) [1]
   end type orbit_table_t

   !> Functions of beta of one ring, linear between nodes and constant beyond the last one.
   type :: release_t
      logical :: active = .false.
      real(dp) :: threshold(2) = 0.0_dp      !< beta from which some, and all, grains are unbound
      real(dp), allocatable :: beta(:)       !< nodes, the first one a step [1]
      real(dp), allocatable :: y(:, :)       !< values (n_function, node)
      real(dp), allocatable :: area(:, :)    !< integrals over beta up to the nodes
   end type release_t

contains

   !> Functions of beta of a ring.
   subroutine make_release(t, e, r_mars, r_out, release, s)
      type(orbit_table_t), intent(in) :: t
      real(dp), intent(in) :: e                !< eccentricity of the ring [1]
      real(dp), intent(in) :: r_mars, r_out    !< over the radius of the ring [1]
      type(release_t), intent(out) :: release
      type(status_t), intent(inout) :: s
      real(dp) :: dive, exit
      real(dp), dimension(size(t%grade)) :: unbound, mars, scaled
      integer :: g
      dive = 0.0_dp
      if (r_mars > (1.0_dp - e)*(1.0_dp + slack)) dive = acos((1.0_dp - r_mars)/e)/pi
      exit = max(r_out/(1.0_dp + e), 1.0_dp)
      call check('eccentricities', e, t%e, s)
      call check('anomalies at which parents meet Mars, over pi,', dive, t%dive, s)
      call check('radii of exit, over the apocentre of the parents,', exit, t%exit, s)
      if (s%code /= 0) return
      do g = 1, size(t%grade)
         unbound(g) = at(t%e, t%dive, t%unbound(g, :, :), e, dive)
         mars(g) = at(t%e, t%dive, t%mars(g, :, :), e, dive)
         ! chi ~ (1 + beta)^(-1/2) far away
         scaled(g) = chi_at(t, g, exit, e, dive)*sqrt(1.0_dp + beta_of(t%grade(g), e, dive))
      end do
      call tabulate(t%grade, e, dive, unbound, mars, scaled, release)
   end subroutine make_release

   !> Fine nodes in beta from the nodes in grade: values, and their integrals.
   subroutine tabulate(grade, e, dive, unbound, mars, scaled, release)
      real(dp), intent(in) :: grade(:), e, dive
      real(dp), intent(in) :: unbound(:), mars(:), scaled(:)
      type(release_t), intent(inout) :: release
      real(dp) :: g, beta, chi, y(n_function)
      integer :: k, n, j, low, high, full
      full = minloc(abs(grade - 1.0_dp), 1)
      n = n_fine*(size(grade) - 1) + 1
      allocate (release%beta(n), release%y(n_function, n))
      j = 0
      do k = 0, n - 1
         ! all functions have a kink at grade 1
         low = merge(1, full, k < n_fine*(full - 1))
         high = merge(full, size(grade), k < n_fine*(full - 1))
         g = grade(1 + k/n_fine)
         if (mod(k, n_fine) > 0) g = g + (grade(2 + k/n_fine) - g)*mod(k, n_fine)/n_fine
         beta = beta_of(g, e, dive)
         chi = along(grade(low:high), scaled(low:high), g)/sqrt(1.0_dp + beta)
         chi = max(chi, shortest)
         y(f_unbound) = min(max(along(grade(low:high), unbound(low:high), g), 0.0_dp), 1.0_dp)
         y(f_gone) = y(f_unbound)/chi
         y(f_mars) = min(max(along(grade(low:high), mars(low:high), g), 0.0_dp), y(f_unbound))/chi
         ! circular parents: all nodes up to grade 1 are one step, whose upper side counts
         if (j == 0) then
            j = 1
         else if (beta > release%beta(j)) then
            j = j + 1
         end if
         release%beta(j) = beta
         release%y(:, j) = y
      end do
      release%beta = release%beta(:j)
      release%y = release%y(:, :j)
      allocate (release%area(n_function, j))
      release%area(:, 1) = 0.0_dp
      do k = 2, j
         release%area(:, k) = release%area(:, k - 1) &
                              + 0.5_dp*(release%beta(k) - release%beta(k - 1)) &
                              *(release%y(:, k - 1) + release%y(:, k))
      end do
      release%threshold = [release%beta(1), beta_of(1.0_dp, e, dive)]
      release%active = .true.
   end subroutine tabulate

   !> beta of a grade: up to 1 releases up to that anomaly/pi are unbound, from `dive` on.
   pure real(dp) function beta_of(grade, e, dive)
      real(dp), intent(in) :: grade, e, dive
      beta_of = 0.5_dp*(1.0_dp - e*cos(pi*(dive + (1.0_dp - dive)*min(grade, 1.0_dp))))
      if (grade > 1.0_dp) beta_of = beta_of/(2.0_dp - grade)**2
   end function beta_of

   !> chi of node g of grade. On circles it is a polynomial in sqrt(exit - 1).
   pure real(dp) function chi_at(t, g, exit, e, dive) result(chi)
      type(orbit_table_t), intent(in) :: t
      integer, intent(in) :: g
      real(dp), intent(in) :: exit, e, dive
      real(dp) :: z(size(t%dive), size(t%e))
      integer :: i, j
      do j = 1, size(t%e)
         do i = 1, size(t%dive)
            z(i, j) = along(sqrt(t%exit - 1.0_dp), t%chi(g, :, i, j), sqrt(exit - 1.0_dp))
         end do
      end do
      chi = at(t%e, t%dive, z, e, dive)
   end function chi_at

   !> z(dive, e) in between.
   pure real(dp) function at(e_nodes, dive_nodes, z, e, dive)
      real(dp), intent(in) :: e_nodes(:), dive_nodes(:), z(:, :), e, dive
      real(dp) :: row(size(e_nodes))
      integer :: j
      do j = 1, size(e_nodes)
         row(j) = along(dive_nodes, z(:, j), dive)
      end do
      at = along(e_nodes, row, e)
   end function at

   !> Monotone cubic between nodes, of which there may be only one.
   pure real(dp) function along(x, y, xi)
      real(dp), intent(in) :: x(:), y(:), xi
      real(dp) :: d(size(x))
      along = y(1)
      if (size(x) == 1) return
      call pchip_slopes(x, y, d)
      along = pchip(x, y, d, xi)
   end function along

   !> Refuse what the table does not have.
   subroutine check(name, x, nodes, s)
      character(len=*), intent(in) :: name
      real(dp), intent(in) :: x, nodes(:)
      type(status_t), intent(inout) :: s
      associate (low => nodes(1), high => nodes(size(nodes)))
         if (x >= low - slack .and. x <= high + slack) return
         call fail(s, status_bad_input, 'radiation.chi_table: '//name//' '//text(low)//' to ' &
                   //text(high)//', but a ring needs '//text(x))
      end associate
   end subroutine check

   !> Values for one beta; `above` decides at the step of circular parents.
   pure function release_at(release, beta, above) result(y)
      type(release_t), intent(in) :: release
      real(dp), intent(in) :: beta
      logical, intent(in) :: above         !< the step
      real(dp) :: y(n_function)
      real(dp) :: x
      integer :: k
      y = 0.0_dp
      x = beta
      if (release%threshold(2) <= release%threshold(1)) then
         if (.not. above) return
         x = max(x, release%beta(1))
      end if
      if (x < release%beta(1)) return
      k = locate(release%beta, x)
      x = min((x - release%beta(k))/(release%beta(k + 1) - release%beta(k)), 1.0_dp)
      y = release%y(:, k) + x*(release%y(:, k + 1) - release%y(:, k))
   end function release_at

   !> Means over sizes of a bin whose sub-cells, with mass shares w, have beta linear in ln s.
   pure function mean_release(release, beta, w) result(y)
      type(release_t), intent(in) :: release
      real(dp), intent(in) :: beta(0:), w(:)
      real(dp) :: y(n_function)
      real(dp) :: area(n_function, 0:size(w)), middle
      real(dp), parameter :: narrow = 1.0e-6_dp   ! a difference of integrals would cancel
      integer :: j
      do j = 0, size(w)
         area(:, j) = integral(release, beta(j))
      end do
      y = 0.0_dp
      do j = 1, size(w)
         if (abs(beta(j) - beta(j - 1)) > narrow*beta(j)) then
            y = y + w(j)*(area(:, j) - area(:, j - 1))/(beta(j) - beta(j - 1))
         else
            middle = 0.5_dp*(beta(j) + beta(j - 1))
            y = y + w(j)*release_at(release, middle, middle >= release%beta(1))
         end if
      end do
      y = max(y, 0.0_dp)
      y(f_unbound) = min(y(f_unbound), 1.0_dp)
   end function mean_release

   !> Integral from 0 to beta.
   pure function integral(release, beta) result(area)
      type(release_t), intent(in) :: release
      real(dp), intent(in) :: beta
      real(dp) :: area(n_function)
      real(dp) :: x, h
      integer :: k, n
      area = 0.0_dp
      n = size(release%beta)
      if (beta <= release%beta(1)) return
      if (beta >= release%beta(n)) then
         area = release%area(:, n) + release%y(:, n)*(beta - release%beta(n))
         return
      end if
      k = locate(release%beta, beta)
      h = release%beta(k + 1) - release%beta(k)
      x = beta - release%beta(k)
      area = release%area(:, k) + x*(release%y(:, k) &
                                     + 0.5_dp*x/h*(release%y(:, k + 1) - release%y(:, k)))
   end function integral
end module blowout
