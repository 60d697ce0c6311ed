! SPDX-License-Identifier: BSD-3-Clause
!> Outcomes of all pairs of a ring, arranged so that sums over them run along vectors.
!!
!! What body b loses to projectile p goes to a few *targets*: bins, densities of debris, the ledger.
!! Targets follow the projectile in simple ways, so most of the outcomes fit into dense tables,
!! padded with zeros to full lanes:
!!   fixed   what leaves b, what drifts slowly to b - 1, and what a boulder makes of b, which does
!!           not depend on its size: the targets depend on b alone;
!!   dust    the largest fragment scales with a small projectile: it lies in bin p + offset_b;
!!   single  the rest (p and b of similar size, smallest fragments), one by one, by target.
module collision_tables
   use kinds, only: dp
   use collision_outcome, only: transfer_t
   use size_grid, only: size_grid_t
   implicit none
   private
   public :: pair_tables_t, make_pair_tables, debris, below

   integer, parameter, public :: lane = 8      !< vectors are padded to multiples of this
   integer, parameter, public :: at_once = 4   !< projectiles summed in one sweep

   ! Fixed tables.
   integer, parameter, public :: drift = 1     !< leaves b slowly, for b - 1
   integer, parameter, public :: smooth = 2    !< part of it that the edge factor multiplies
   integer, parameter, public :: leave = 3     !< leaves b at once (counted negative)
   integer, parameter, public :: remnant = 4   !< remnant of b, lower and (5) upper node
   integer, parameter, public :: largest = 6   !< debris in the bin of the largest fragment
   integer, parameter, public :: density = 7   !< debris per unit of integral, bins below
   integer, parameter, public :: n_fixed = 7

   !> Outcomes times event rates [m2 kg-1 s-1].
   type :: pair_tables_t
      integer :: n = 0, n_pad = 0
      real(dp), allocatable :: weight(:)       !< debris integral over each bin (n)
      real(dp), allocatable :: kept(:)         !< m_(b-1)/m_b: what arrives of a slow drift (n)
      real(dp), allocatable :: by_body(:, :, :)        !< fixed tables (b, table, p)
      integer, allocatable :: target(:, :)     !< of the fixed tables (table, b)
      integer, allocatable :: drift_from(:)    !< first b that p wears down slowly (n_pad)
      integer, allocatable :: shatter_to(:)    !< last b that p shatters (n_pad)
      integer, allocatable :: boulder_to(:)    !< last b that p shatters whatever its size (n_pad)
      integer :: n_group = 0
      integer, allocatable :: group(:, :)      !< b from, to, p from, to, offset (5, n_group)
      real(dp), allocatable :: dust_largest(:, :), dust_density(:, :), dust_smooth(:, :)  !< (p, b)
      integer, allocatable :: pair(:, :)       !< p and b of the single pairs (2, :)
      real(dp), allocatable :: pair_smooth(:)
      integer, allocatable :: first(:)         !< singles of target k: first(k) .. first(k + 1) - 1
      integer, allocatable :: single_pair(:)   !< their pair ...
      real(dp), allocatable :: single(:)       !< ... and what it moves
   end type pair_tables_t

contains

   subroutine make_pair_tables(g, rate, move, weight, k)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: rate(:, :)            !< events per projectile (p, b) [m2 kg-1 s-1]
      type(transfer_t), intent(in) :: move(:, :)    !< outcomes (p, b)
      real(dp), intent(in) :: weight(:)             !< debris integral over each bin
      type(pair_tables_t), intent(out) :: k
      integer :: from(g%n), to(g%n), boulder(g%n), b, n, p
      logical :: slow
      n = g%n
      k%n = n
      k%n_pad = lane*((n + lane - 1)/lane)
      k%weight = weight
      k%kept = [0.0_dp, g%m(:n - 1)/g%m(2:)]
      allocate (k%by_body(k%n_pad, n_fixed, k%n_pad), source=0.0_dp)
      allocate (k%dust_largest(k%n_pad, n), source=0.0_dp)
      allocate (k%dust_density, k%dust_smooth, source=k%dust_largest)
      allocate (k%target(n_fixed, n))
      do b = 1, n
         call find_dust(move(:, b), b, from(b), to(b))
         boulder(b) = first_boulder(move(:, b), to(b))
         associate (x => move(n, b))
            k%target(:, b) = [b - 1, b - 1, b, x%node, x%node + 1, x%top, debris(n, x%top - 1)]
         end associate
         do p = 1, n
            associate (x => move(p, b))
               slow = is_slow(x, b)
               k%by_body(b, drift, p) = merge(rate(p, b)*x%leave, 0.0_dp, slow)
               k%by_body(b, smooth, p) = k%by_body(b, drift, p)*x%smooth
               k%by_body(b, leave, p) = merge(0.0_dp, -rate(p, b)*x%leave, slow)
               if (p >= boulder(b)) then
                  k%by_body(b, remnant:density, p) = rate(p, b)*[x%w, x%part_top, x%density]
               else if (p >= from(b) .and. p <= to(b)) then
                  k%dust_largest(p, b) = rate(p, b)*x%part_top
                  k%dust_density(p, b) = rate(p, b)*x%density
                  k%dust_smooth(p, b) = x%smooth
               end if
            end associate
         end do
      end do
      call find_ranges(k)
      call find_groups(k, move, from, to)
      call list_singles(k, rate, move, from, to, boulder)
   end subroutine make_pair_tables

   !> Targets 1 .. n are bins; this one is the density of debris in bins up to j = 0 .. n.
   pure integer function debris(n, j)
      integer, intent(in) :: n, j
      debris = n + 1 + j
   end function debris

   !> The last target is what leaves below the grid.
   pure integer function below(n)
      integer, intent(in) :: n
      below = 2*n + 2
   end function below

   pure logical function is_slow(x, b)
      type(transfer_t), intent(in) :: x
      integer, intent(in) :: b
      is_slow = x%smooth > 0.0_dp .and. x%node == b - 1
   end function is_slow

   !> The longest run of p that wear b down slowly and whose largest fragments are in p + constant.
   pure subroutine find_dust(move, b, from, to)
      type(transfer_t), intent(in) :: move(:)
      integer, intent(in) :: b
      integer, intent(out) :: from, to
      integer :: p, start
      from = 1
      to = 0
      start = 1
      do p = 1, size(move)
         if (.not. is_slow(move(p), b)) then
            start = p + 1
            cycle
         end if
         if (move(p)%top - p /= move(start)%top - start) start = p
         if (p - start > to - from) then
            from = start
            to = p
         end if
      end do
   end subroutine find_dust

   !> From this p on remnant and largest fragment of b are where the largest boulder leaves them.
   pure integer function first_boulder(move, to) result(first)
      type(transfer_t), intent(in) :: move(:)
      integer, intent(in) :: to       !< last p of dust
      integer :: p
      first = size(move) + 1
      do p = size(move), to + 1, -1
         if (move(p)%smooth > 0.0_dp .or. move(p)%node /= move(size(move))%node &
             .or. move(p)%top /= move(size(move))%top) exit
         first = p
      end do
   end function first_boulder

   !> Which b each sweep over a few p has to go through, in whole lanes.
   pure subroutine find_ranges(k)
      type(pair_tables_t), intent(inout) :: k
      integer :: p, b
      allocate (k%drift_from(k%n_pad), k%shatter_to(k%n_pad), k%boulder_to(k%n_pad))
      k%boulder_to = 0
      do p = 1, k%n
         do b = 1, k%n
            if (any(abs(k%by_body(b, remnant:, p)) > 0.0_dp)) k%boulder_to(p) = b
         end do
      end do
      k%drift_from = k%n_pad + 1
      k%shatter_to = 0
      do p = 1, k%n_pad, at_once
         do b = k%n, 1, -1
            if (any(k%by_body(b, drift, p:p + at_once - 1) > 0.0_dp)) k%drift_from(p) = b
         end do
         do b = 1, k%n
            if (any(abs(k%by_body(b, leave:, p:p + at_once - 1)) > 0.0_dp)) k%shatter_to(p) = b
         end do
      end do
      k%drift_from = lane*((k%drift_from - 1)/lane) + 1
      k%shatter_to = lane*((k%shatter_to + lane - 1)/lane)
   end subroutine find_ranges

   !> Neighbouring bodies whose largest fragments by dust have the same offset.
   pure subroutine find_groups(k, move, from, to)
      type(pair_tables_t), intent(inout) :: k
      type(transfer_t), intent(in) :: move(:, :)
      integer, intent(in) :: from(:), to(:)
      integer :: group(5, k%n), b, i, offset
      i = 0
      do b = 1, k%n
         if (to(b) < from(b)) cycle
         offset = move(from(b), b)%top - from(b)
         if (i > 0) then
            if (group(2, i) == b - 1 .and. group(5, i) == offset) then
               group(2:4, i) = [b, min(group(3, i), from(b)), max(group(4, i), to(b))]
               cycle
            end if
         end if
         i = i + 1
         group(:, i) = [b, b, from(b), to(b), offset]
      end do
      k%n_group = i
      k%group = group(:, :i)
   end subroutine find_groups

   !> Everything that is in no table, sorted by target.
   subroutine list_singles(k, rate, move, from, to, boulder)
      type(pair_tables_t), intent(inout) :: k
      real(dp), intent(in) :: rate(:, :)
      type(transfer_t), intent(in) :: move(:, :)
      integer, intent(in) :: from(:), to(:)   !< p of dust (b)
      integer, intent(in) :: boulder(:)       !< first p of boulders (b)
      integer, allocatable :: target(:), owner(:), pair(:, :)
      real(dp), allocatable :: value(:), pair_smooth(:)
      integer :: b, p, q, i, n, n_single, n_pair, before, place, next(2*k%n + 3)
      n = k%n
      allocate (target(7*n**2), owner(7*n**2), value(7*n**2))
      allocate (pair(2, n*k%n_pad), pair_smooth(n*k%n_pad))
      n_single = 0
      n_pair = 0
      do b = 1, n
         do q = 0, n - 1, lane
            before = n_single
            do p = q + 1, min(q + lane, n)
               associate (x => move(p, b))
                  if (p < boulder(b)) then
                     if (.not. is_slow(x, b)) then
                        call put(x%node, x%w(1))
                        call put(x%node + 1, x%w(2))
                     end if
                     if (p < from(b) .or. p > to(b)) then
                        call put(x%top, x%part_top)
                        call put(debris(n, x%top - 1), x%density)
                     end if
                  end if
                  if (x%bottom > 0) then
                     call put(x%bottom, x%part_bottom)
                     call put(debris(n, x%bottom), -x%density)
                  end if
                  call put(below(n), x%below)
               end associate
            end do
            if (n_single == before) cycle
            do p = q + 1, q + lane       ! a whole lane, beyond n as well
               n_pair = n_pair + 1
               pair(:, n_pair) = [p, b]
               pair_smooth(n_pair) = move(min(p, n), b)%smooth
            end do
         end do
      end do
      k%pair = pair(:, :n_pair)
      k%pair_smooth = pair_smooth(:n_pair)
      allocate (k%first(below(n) + 1), source=0)
      allocate (k%single(n_single), k%single_pair(n_single))
      do i = 1, n_single
         k%first(target(i)) = k%first(target(i)) + 1
      end do
      place = 1
      do i = 1, below(n) + 1
         next(i) = place
         place = place + k%first(i)
      end do
      k%first = next
      do i = 1, n_single
         place = next(target(i))
         next(target(i)) = place + 1
         k%single(place) = value(i)
         k%single_pair(place) = owner(i)
      end do
   contains
      subroutine put(into, share)
         integer, intent(in) :: into
         real(dp), intent(in) :: share
         if (.not. abs(share) > 0.0_dp) return
         n_single = n_single + 1
         target(n_single) = into
         value(n_single) = rate(p, b)*share
         owner(n_single) = n_pair + p - q
      end subroutine put
   end subroutine list_singles
end module collision_tables
