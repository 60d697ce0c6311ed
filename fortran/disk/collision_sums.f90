! SPDX-License-Identifier: BSD-3-Clause
!> Sums over all pairs of a ring: what collisions move between bins per time, and its Jacobian.
!!
!! The mass of bin b that meets bin p per time is rate_bp sigma_b sigma_p, and collision_tables says
!! to which targets it goes. Debris goes to all bins below its largest fragment with the same
!! weights, so one density per pair and one suffix sum give the gains in O(n^2) (Rafikov, Silsbee &
!! Booth 2020), and the same trick gives the exact Jacobian in O(n^2).
module collision_sums
   use kinds, only: dp
   use collision_tables, only: pair_tables_t, lane, at_once, drift, leave, n_what
   implicit none
   private
   public :: add_rates, add_jacobian

contains

   !> Add d sigma/dt, and the mass rate that leaves below the grid [kg m-2 s-1].
   pure subroutine add_rates(k, sigma, f, dsigma, dbelow)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: sigma(k%n)      !< [kg m-2]
      real(dp), intent(in) :: f(k%n)          !< edge factor of the slow drift minus one [1]
      real(dp), intent(inout) :: dsigma(:)    !< [kg m-2 s-1]
      real(dp), intent(inout) :: dbelow       !< [kg m-2 s-1]
      real(dp), dimension(k%n_pad) :: x, factor, v
      real(dp) :: hit(k%n_pad, 2*n_what), gain(1 - lane:k%below + lane)
      real(dp) :: events(size(k%pair_smooth)), out(lane, 2)
      integer :: b, i, p, n, what
      n = k%n
      call pad(k, sigma, f, x, factor)
      gain = 0.0_dp
      call sum_blocks(k, x, hit)
      do what = 1, n_what
         v = x*(hit(:, what) + factor*hit(:, n_what + what))
         select case (what)
         case (drift)
            gain(1:n) = gain(1:n) - v(:n)
            gain(0:n - 1) = gain(0:n - 1) + k%kept(:n)*v(:n)
         case (leave)
            gain(1:n) = gain(1:n) + v(:n)
         case default
            do b = 1, n
               gain(k%target(b, what)) = gain(k%target(b, what)) + v(b)
            end do
         end select
      end do
      do i = 1, size(k%group, 2)
         associate (b1 => k%group(1, i), b2 => k%group(2, i), offset => k%group(5, i))
            do p = lane*((k%group(3, i) - 1)/lane), k%group(4, i) - 1, lane
               call sum_bodies(k%n_pad, b2 - b1 + 1, x(b1), factor(b1), k%dust_smooth(p + 1, b1), &
                               k%dust_largest(p + 1, b1), k%dust_density(p + 1, b1), out)
               call add_product(x(p + 1), out(:, 1), gain(p + offset + 1))
               call add_product(x(p + 1), out(:, 2), gain(k%debris + p + offset))
            end do
         end associate
      end do
      do i = 1, size(events), lane
         p = k%pair(1, i)
         b = k%pair(2, i)
         events(i:i + lane - 1) = x(p:p + lane - 1)*x(b) &
                                  *(1.0_dp + factor(b)*k%pair_smooth(i:i + lane - 1))
      end do
      call add_singles(size(k%single), k%single, k%single_pair, k%single_target, events, gain(1))
      dbelow = dbelow + gain(k%below)
      call spread_debris(n, k%weight, gain(1), gain(k%debris + 1), dsigma(:n))
   end subroutine add_rates

   !> Add the Jacobian of add_rates: rows 1..n bins and row `row_below`, columns 1..n bins.
   !!
   !! A pair counts in the column of its body, in that of its projectile, and, where it is slow,
   !! through the edge factor of the body in the columns of the body's neighbours.
   pure subroutine add_jacobian(k, sigma, f, df, row_below, jac)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: sigma(k%n)         !< [kg m-2]
      real(dp), intent(in) :: f(k%n)             !< edge factor of the slow drift minus one [1]
      real(dp), intent(in) :: df(k%n, -1:1)      !< d f_b/d sigma_(b-1), sigma_b, sigma_(b+1)
      integer, intent(in) :: row_below
      real(dp), intent(inout), contiguous :: jac(:, :)   !< (n_state, n_dyn) [s-1]
      real(dp), dimension(k%n_pad) :: x, factor
      real(dp) :: hit(k%n_pad, 2*n_what), edge(1 - lane:k%below + lane)
      ! d target/d sigma (target, column), and d/d sigma of the slow drift from each bin to the one
      ! below it; allocated, because threads have small stacks
      real(dp), allocatable :: gain(:, :), flow(:, :)
      integer :: b, j, n, to
      n = k%n
      call pad(k, sigma, f, x, factor)
      allocate (gain(1 - lane:k%below + lane, k%n_pad), flow(k%n_pad, k%n_pad))
      gain = 0.0_dp
      flow = 0.0_dp
      call sum_blocks(k, x, hit)
      call add_block_jacobian(k, x, factor, hit, gain, flow)
      call add_dust_jacobian(k, x, factor, gain)
      call add_single_jacobian(k, x, factor, gain)
      do b = 1, n
         to = lane*((b + lane - 1)/lane)      ! nothing goes up
         call find_edge(k, x, hit, b, edge)
         do j = max(1, b - 1), min(n, b + 1)
            associate (slope => df(b, j - b), d => k%debris)
               gain(1:to, j) = gain(1:to, j) + slope*edge(1:to)
               gain(d + 1:d + to, j) = gain(d + 1:d + to, j) + slope*edge(d + 1:d + to)
               gain(k%below, j) = gain(k%below, j) + slope*edge(k%below)
               flow(b, j) = flow(b, j) + slope*x(b)*hit(b, n_what + drift)
            end associate
         end do
      end do
      do b = 1, n
         call spread_debris(n, k%weight, gain(1, b), gain(k%debris + 1, b), jac(:n, b))
      end do
      do b = 1, n
         jac(:n, b) = jac(:n, b) - flow(:n, b)
         jac(:n - 1, b) = jac(:n - 1, b) + k%kept(2:n)*flow(2:n, b)
         jac(row_below, b) = jac(row_below, b) + gain(k%below, b)
      end do
   end subroutine add_jacobian

   !> d target/d f_b of all targets but those of the slow drift itself.
   pure subroutine find_edge(k, x, hit, b, edge)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad), hit(k%n_pad, 2*n_what)
      integer, intent(in) :: b
      real(dp), intent(out) :: edge(1 - lane:k%below + lane)
      real(dp) :: t(lane)
      integer :: i, p, what
      edge = 0.0_dp
      do what = leave, n_what
         edge(k%target(b, what)) = edge(k%target(b, what)) + x(b)*hit(b, n_what + what)
      end do
      i = k%dust_group(b)
      if (i > 0) then
         associate (offset => k%group(5, i))
            do p = lane*((k%group(3, i) - 1)/lane), k%group(4, i) - 1, lane
               t = x(p + 1:p + lane)*x(b)*k%dust_smooth(p + 1:p + lane, b)
               call add_product(t, k%dust_largest(p + 1, b), edge(p + offset + 1))
               call add_product(t, k%dust_density(p + 1, b), edge(k%debris + p + offset))
            end do
         end associate
      end if
      do i = k%slow_from(b), k%slow_from(b + 1) - 1
         associate (j => k%single_slow(i))
            associate (into => k%single_target(j), pair => k%single_pair(j))
               edge(into) = edge(into) + k%single(j)*k%pair_smooth(pair)*x(b)*x(k%pair(1, pair))
            end associate
         end associate
      end do
   end subroutine find_edge

   !> The part of blocks.
   pure subroutine add_block_jacobian(k, x, f, hit, gain, flow)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad), f(k%n_pad), hit(k%n_pad, 2*n_what)
      real(dp), intent(inout) :: gain(1 - lane:k%below + lane, k%n_pad), flow(k%n_pad, k%n_pad)
      real(dp) :: v(lane, at_once), xf(k%n_pad)
      integer :: b, i, into, l, p, what
      xf = x*f
      do i = 1, size(k%block)
         associate (o => k%block(i))
            if (o%what > n_what) cycle        ! is added with the one before
            v = 0.0_dp
            p = o%p - 1
            call scale_block(x(o%b), k%by_block(1, 1, i), v)
            if (o%slow) call scale_block(xf(o%b), k%by_block(1, 1, i + 1), v)
            select case (o%what)
            case (drift)
               do l = 1, at_once
                  flow(o%b:o%b + lane - 1, p + l) = v(:, l)
               end do
            case (leave)
               do l = 1, at_once
                  gain(o%b:o%b + lane - 1, p + l) = gain(o%b:o%b + lane - 1, p + l) + v(:, l)
               end do
            case default
               do b = 1, lane
                  into = k%target(o%b + b - 1, o%what)
                  do l = 1, at_once
                     gain(into, p + l) = gain(into, p + l) + v(b, l)
                  end do
               end do
            end select
         end associate
      end do
      do b = 1, k%n
         flow(b, b) = flow(b, b) + (hit(b, drift) + f(b)*hit(b, n_what + drift))
         do what = leave, n_what
            into = k%target(b, what)
            gain(into, b) = gain(into, b) + (hit(b, what) + f(b)*hit(b, n_what + what))
         end do
      end do
   end subroutine add_block_jacobian

   !> The part of dust: largest fragments and the debris below them.
   pure subroutine add_dust_jacobian(k, x, f, gain)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad), f(k%n_pad)
      real(dp), intent(inout) :: gain(1 - lane:k%below + lane, k%n_pad)
      real(dp) :: out(lane, 2), t(lane)
      integer :: b, i, l, p, top, down
      do i = 1, size(k%group, 2)
         associate (b1 => k%group(1, i), b2 => k%group(2, i), offset => k%group(5, i))
            do p = lane*((k%group(3, i) - 1)/lane), k%group(4, i) - 1, lane
               top = p + offset
               down = k%debris + p + offset - 1
               call sum_bodies(k%n_pad, b2 - b1 + 1, x(b1), f(b1), k%dust_smooth(p + 1, b1), &
                               k%dust_largest(p + 1, b1), k%dust_density(p + 1, b1), out)
               do l = max(1, k%group(3, i) - p), min(lane, k%group(4, i) - p)
                  gain(top + l, p + l) = gain(top + l, p + l) + out(l, 1)
                  gain(down + l, p + l) = gain(down + l, p + l) + out(l, 2)
               end do
               do b = b1, b2
                  t = x(p + 1:p + lane)*(1.0_dp + f(b)*k%dust_smooth(p + 1:p + lane, b))
                  call add_product(t, k%dust_largest(p + 1, b), gain(top + 1, b))
                  call add_product(t, k%dust_density(p + 1, b), gain(down + 1, b))
               end do
            end do
         end associate
      end do
   end subroutine add_dust_jacobian

   !> The part of single pairs.
   pure subroutine add_single_jacobian(k, x, f, gain)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad), f(k%n_pad)
      real(dp), intent(inout) :: gain(1 - lane:k%below + lane, k%n_pad)
      real(dp), dimension(size(k%pair_smooth)) :: by_body, by_projectile
      integer :: b, i, j, l, p
      do i = 1, size(by_body), lane
         p = k%pair(1, i)
         b = k%pair(2, i)
         l = i + lane - 1
         by_projectile(i:l) = x(b)*(1.0_dp + f(b)*k%pair_smooth(i:l))
         by_body(i:l) = x(p:p + lane - 1)*(1.0_dp + f(b)*k%pair_smooth(i:l))
      end do
      do i = 1, size(k%single)
         j = k%single_target(i)
         l = k%single_pair(i)
         p = k%pair(1, l)
         b = k%pair(2, l)
         gain(j, b) = gain(j, b) + k%single(i)*by_body(l)
         gain(j, p) = gain(j, p) + k%single(i)*by_projectile(l)
      end do
   end subroutine add_single_jacobian

   !> Vectors in whole lanes, with zeros beyond the last bin.
   pure subroutine pad(k, sigma, f, x, factor)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: sigma(k%n), f(k%n)
      real(dp), intent(out) :: x(k%n_pad), factor(k%n_pad)
      x(:k%n) = sigma
      x(k%n + 1:) = 0.0_dp
      factor(:k%n) = f
      factor(k%n + 1:) = 0.0_dp
   end subroutine pad

   !> Add n single outcomes of events to their targets.
   pure subroutine add_singles(n, single, pair, target, events, gain)
      integer, intent(in) :: n, pair(n), target(n)
      real(dp), intent(in) :: single(n), events(*)
      real(dp), intent(inout) :: gain(*)
      integer :: i
      do i = 1, n
         gain(target(i)) = gain(target(i)) + single(i)*events(pair(i))
      end do
   end subroutine add_singles

   !> hit(b, what) = sum of all blocks over their projectiles.
   pure subroutine sum_blocks(k, x, hit)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad)
      real(dp), intent(out) :: hit(k%n_pad, 2*n_what)
      integer :: i
      hit = 0.0_dp
      do i = 1, size(k%block)
         associate (o => k%block(i))
            call sum_block(k%by_block(1, 1, i), x(o%p), hit(o%b, o%what))
         end associate
      end do
   end subroutine sum_blocks

   pure subroutine sum_block(block, x, total)
      real(dp), intent(in) :: block(lane, at_once), x(at_once)
      real(dp), intent(inout) :: total(lane)
      total = total + ((block(:, 1)*x(1) + block(:, 2)*x(2)) &
                       + (block(:, 3)*x(3) + block(:, 4)*x(4)))
   end subroutine sum_block

   !> v = v + what each projectile of a block makes of bodies of mass y.
   pure subroutine scale_block(y, block, v)
      real(dp), intent(in) :: y(lane), block(lane, at_once)
      real(dp), intent(inout) :: v(lane, at_once)
      integer :: l
      do l = 1, at_once
         v(:, l) = v(:, l) + y*block(:, l)
      end do
   end subroutine scale_block

   !> What a lane of dust makes of nb neighbouring bodies of mass y, per mass of the dust: out(:, 1)
   !! in the bin of the largest fragment, out(:, 2) as density below it.
   pure subroutine sum_bodies(n, nb, y, f, smooth, largest, density, out)
      integer, intent(in) :: n, nb
      real(dp), intent(in) :: y(nb), f(nb)
      real(dp), intent(in), dimension(n, nb) :: smooth, largest, density
      real(dp), intent(out) :: out(lane, 2)
      real(dp) :: t
      integer :: b, l
      out = 0.0_dp
      do b = 1, nb
         !$omp simd private(t)
         do l = 1, lane
            t = y(b)*(1.0_dp + f(b)*smooth(l, b))
            out(l, 1) = out(l, 1) + largest(l, b)*t
            out(l, 2) = out(l, 2) + density(l, b)*t
         end do
      end do
   end subroutine sum_bodies

   !> c = c + a b, one lane.
   pure subroutine add_product(a, b, c)
      real(dp), intent(in) :: a(lane), b(lane)
      real(dp), intent(inout) :: c(lane)
      c = c + a*b
   end subroutine add_product

   !> Add bins of mass, and under the debris of density d the bins up to j, for all j.
   pure subroutine spread_debris(n, weight, mass, d, column)
      integer, intent(in) :: n
      real(dp), intent(in) :: weight(n), mass(n), d(n)
      real(dp), intent(inout) :: column(n)
      real(dp) :: total
      integer :: j
      total = 0.0_dp
      do j = n, 1, -1
         total = total + d(j)
         column(j) = column(j) + (mass(j) + weight(j)*total)
      end do
   end subroutine spread_debris
end module collision_sums
