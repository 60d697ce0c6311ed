! SPDX-License-Identifier: BSD-3-Clause
!> Outcomes of all pairs of a ring, arranged so that sums over them run along vectors.
!!
!! What body b loses to projectile p goes to a few *targets*: bins, densities of debris, the ledger.
!! Targets follow the projectile in simple ways, so most of the outcomes fit into vectors, padded
!! with zeros to full lanes:
!!   block   what leaves b, what drifts slowly to b - 1, and what a boulder makes of b, wherever its
!!           size does not matter to that: the targets depend on b alone;
!!   dust    the largest fragment scales with a small projectile: it lies in bin p + offset_b;
!!   single  the rest (p and b of similar size, smallest fragments), one by one.
module collision_tables
   use kinds, only: dp
   use collision_outcome, only: transfer_t
   use size_grid, only: size_grid_t
   implicit none
   private
   public :: pair_tables_t, make_pair_tables

   integer, parameter, public :: lane = 8      !< vectors are padded to multiples of this
   integer, parameter, public :: at_once = 4   !< projectiles in a block

   ! What blocks hold.
   integer, parameter, public :: drift = 1     !< leaves b slowly, for b - 1
   integer, parameter, public :: leave = 2     !< leaves b at once (counted negative)
   integer, parameter, public :: remnant = 3   !< remnant of b, lower and (4) upper node
   integer, parameter, public :: largest = 5   !< debris in the bin of the largest fragment
   integer, parameter, public :: density = 6   !< debris per unit of integral, bins below
   integer, parameter, public :: n_what = 6

   !> A lane of bodies by a few projectiles.
   type, public :: block_t
      integer :: what = 0                      !< of the above; + n_what: the part of the block
                                               !< before that the edge factor multiplies
      integer :: b = 0, p = 0                  !< first body, first projectile
      logical :: slow = .false.                !< such a part follows
   end type block_t

   !> Outcomes times event rates [m2 kg-1 s-1].
   type :: pair_tables_t
      integer :: n = 0, n_pad = 0              !< bins, the same in whole lanes
      integer :: debris = 0                    !< target of density 0; the first n are bins
      integer :: below = 0                     !< target, the last: what leaves below the grid
      real(dp), allocatable :: weight(:)       !< debris integral over each bin (n_pad)
      real(dp), allocatable :: kept(:)         !< m_(b-1)/m_b: what arrives of a slow drift (n_pad)
      type(block_t), allocatable :: block(:)
      real(dp), allocatable :: by_block(:, :, :)   !< (b, p, block)
      integer, allocatable :: target(:, :)     !< of what blocks hold (n_pad, n_what)
      integer, allocatable :: group(:, :)      !< of dust: b from, to, p from, to, offset (5, :)
      integer, allocatable :: dust_group(:)    !< that of body b, 0 = none
      real(dp), allocatable :: dust_largest(:, :), dust_density(:, :), dust_smooth(:, :)  !< (p, b)
      integer, allocatable :: pair(:, :)       !< p and b of the single pairs, whole lanes (2, :)
      real(dp), allocatable :: pair_smooth(:)
      real(dp), allocatable :: single(:)       !< what moves ...
      integer, allocatable :: single_pair(:)   !< ... by which pair ...
      integer, allocatable :: single_target(:) !< ... to which target
      integer, allocatable :: single_slow(:)   !< those of pairs that the edge factor multiplies ...
      integer, allocatable :: slow_from(:)     !< ... of body b, in front of that of b + 1 (n + 1)
   end type pair_tables_t

contains

   subroutine make_pair_tables(g, rate, move, weight, k)
      type(size_grid_t), intent(in) :: g
      real(dp), intent(in) :: rate(:, :)            !< events per projectile (p, b) [m2 kg-1 s-1]
      type(transfer_t), intent(in) :: move(:, :)    !< outcomes (p, b)
      real(dp), intent(in) :: weight(:)             !< debris integral over each bin
      type(pair_tables_t), intent(out) :: k
      real(dp), allocatable, dimension(:, :, :) :: fixed, smooth    ! (b, p, what)
      integer :: from(g%n), to(g%n), boulder(g%n), b, n, p
      logical :: slow
      n = g%n
      k%n = n
      k%n_pad = lane*((n + lane - 1)/lane)
      k%debris = k%n_pad + 1
      k%below = k%debris + k%n_pad + 1
      allocate (k%weight(k%n_pad), k%kept(k%n_pad), source=0.0_dp)
      k%weight(:n) = weight
      k%kept(2:n) = g%m(:n - 1)/g%m(2:)
      allocate (fixed(k%n_pad, k%n_pad, n_what), source=0.0_dp)
      allocate (k%dust_largest(k%n_pad, n), source=0.0_dp)
      allocate (k%dust_density, k%dust_smooth, source=k%dust_largest)
      allocate (smooth, source=fixed)
      allocate (k%target(k%n_pad, n_what), source=1)
      do b = 1, n
         call find_dust(move(:, b), b, from(b), to(b))
         boulder(b) = first_boulder(move(:, b), b, to(b))
         associate (x => move(n, b))
            k%target(b, :) = [b - 1, b, x%node, x%node + 1, x%top, k%debris + x%top - 1]
         end associate
         do p = 1, n
            associate (x => move(p, b))
               slow = is_slow(x, b)
               fixed(b, p, drift) = merge(rate(p, b)*x%leave, 0.0_dp, slow)
               fixed(b, p, leave) = merge(0.0_dp, -rate(p, b)*x%leave, slow)
               if (p >= boulder(b)) then
                  if (.not. slow) fixed(b, p, remnant:remnant + 1) = rate(p, b)*x%w
                  fixed(b, p, largest) = rate(p, b)*x%part_top
                  fixed(b, p, density) = rate(p, b)*x%density
               else if (p >= from(b) .and. p <= to(b)) then
                  k%dust_largest(p, b) = rate(p, b)*x%part_top
                  k%dust_density(p, b) = rate(p, b)*x%density
                  k%dust_smooth(p, b) = x%smooth
               end if
               smooth(b, p, :) = fixed(b, p, :)*x%smooth
            end associate
         end do
      end do
      call find_blocks(fixed, smooth, k)
      call find_groups(k, move, from, to)
      call list_singles(k, rate, move, from, to, boulder)
   end subroutine make_pair_tables

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
   pure integer function first_boulder(move, b, to) result(first)
      type(transfer_t), intent(in) :: move(:)
      integer, intent(in) :: b
      integer, intent(in) :: to       !< last p of dust
      integer :: p
      first = size(move) + 1
      associate (last => move(size(move)))
         do p = size(move), to + 1, -1
            if ((is_slow(move(p), b) .neqv. is_slow(last, b)) .or. move(p)%node /= last%node &
                .or. move(p)%top /= last%top) exit
            if (move(p)%smooth > 0.0_dp .and. .not. is_slow(last, b)) exit
            first = p
         end do
      end associate
   end function first_boulder

   !> Lanes of bodies by a few projectiles in which anything is. Projectiles go last, so that no sum
   !! waits for the one before.
   pure subroutine find_blocks(fixed, smooth, k)
      real(dp), intent(in) :: fixed(:, :, :)        !< (b, p, what)
      real(dp), intent(in) :: smooth(:, :, :)       !< part that the edge factor multiplies
      type(pair_tables_t), intent(inout) :: k
      type(block_t) :: block(2*n_what*(k%n_pad/lane)*(k%n_pad/at_once))
      real(dp), allocatable :: held(:, :, :)
      integer :: b, i, p, what
      allocate (held(lane, at_once, size(block)))
      i = 0
      do p = 1, k%n_pad, at_once
         do what = 1, n_what
            do b = 1, k%n_pad, lane
               associate (all_of => fixed(b:b + lane - 1, p:p + at_once - 1, what), &
                          part => smooth(b:b + lane - 1, p:p + at_once - 1, what))
                  if (all(abs(all_of) <= 0.0_dp)) cycle
                  i = i + 1
                  block(i) = block_t(what, b, p, any(part > 0.0_dp))
                  held(:, :, i) = all_of
                  if (.not. block(i)%slow) cycle
                  i = i + 1
                  block(i) = block_t(n_what + what, b, p, .false.)
                  held(:, :, i) = part
               end associate
            end do
         end do
      end do
      k%block = block(:i)
      k%by_block = held(:, :, :i)
   end subroutine find_blocks

   !> Neighbouring bodies whose largest fragments by dust have the same offset.
   pure subroutine find_groups(k, move, from, to)
      type(pair_tables_t), intent(inout) :: k
      type(transfer_t), intent(in) :: move(:, :)
      integer, intent(in) :: from(:), to(:)
      integer :: group(5, k%n), b, i, offset
      allocate (k%dust_group(k%n), source=0)
      i = 0
      do b = 1, k%n
         if (to(b) < from(b)) cycle
         offset = move(from(b), b)%top - from(b)
         if (i > 0) then
            if (group(2, i) == b - 1 .and. group(5, i) == offset) then
               group(2:4, i) = [b, min(group(3, i), from(b)), max(group(4, i), to(b))]
               k%dust_group(b) = i
               cycle
            end if
         end if
         i = i + 1
         k%dust_group(b) = i
         group(:, i) = [b, b, from(b), to(b), offset]
      end do
      k%group = group(:, :i)
   end subroutine find_groups

   !> Everything that is in no vector.
   subroutine list_singles(k, rate, move, from, to, boulder)
      type(pair_tables_t), intent(inout) :: k
      real(dp), intent(in) :: rate(:, :)
      type(transfer_t), intent(in) :: move(:, :)
      integer, intent(in) :: from(:), to(:)   !< p of dust (b)
      integer, intent(in) :: boulder(:)       !< first p of boulders (b)
      integer, allocatable :: target(:), owner(:), pair(:, :)
      real(dp), allocatable :: value(:), pair_smooth(:)
      integer :: b, p, q, i, n, n_single, n_pair, before
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
                        call put(k%debris + x%top - 1, x%density)
                     end if
                  end if
                  if (x%bottom > 0) then
                     call put(x%bottom, x%part_bottom)
                     call put(k%debris + x%bottom, -x%density)
                  end if
                  call put(k%below, x%below)
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
      k%single = value(:n_single)
      k%single_pair = owner(:n_single)
      k%single_target = target(:n_single)
      k%single_slow = pack([(i, i=1, n_single)], k%pair_smooth(k%single_pair) > 0.0_dp)
      k%slow_from = [(1 + count(k%pair(2, k%single_pair(k%single_slow)) < b), b=1, n + 1)]
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
