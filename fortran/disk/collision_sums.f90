! SPDX-License-Identifier: BSD-3-Clause
!> Sums over all pairs of a ring: what collisions move between bins per time, and its Jacobian.
!!
!! The mass of bin b that meets bin p per time is rate_bp sigma_b sigma_p, and collision_tables says
!! to which targets it goes. Debris goes to all bins below its largest fragment with the same
!! weights, so one density per pair and one suffix sum give the gains in O(n^2) (Rafikov, Silsbee &
!! Booth 2020), and the same trick gives the exact Jacobian in O(n^2).
module collision_sums
   use kinds, only: dp
   use collision_tables, only: pair_tables_t, debris, below, lane, at_once, drift, smooth, leave, &
                               remnant, n_fixed
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
      real(dp) :: x(k%n_pad), hit(k%n_pad, n_fixed), gain(1 - lane:below(k%n) + lane)
      real(dp) :: events(size(k%pair_smooth)), out(lane, 2), part(lane), t
      integer :: b, i, j, l, p, n
      n = k%n
      x(:n) = sigma
      x(n + 1:) = 0.0_dp
      gain = 0.0_dp
      call sum_projectiles(k%n_pad, k%drift_from, k%shatter_to, k%by_body, x, hit)
      do b = 1, n
         t = x(b)*(hit(b, drift) + f(b)*hit(b, smooth))
         gain(b) = gain(b) - t
         gain(b - 1) = gain(b - 1) + k%kept(b)*t
      end do
      do j = leave, n_fixed
         do b = 1, n
            gain(k%target(j, b)) = gain(k%target(j, b)) + x(b)*hit(b, j)
         end do
      end do
      do i = 1, k%n_group
         associate (b1 => k%group(1, i), b2 => k%group(2, i), offset => k%group(5, i))
            do p = lane*((k%group(3, i) - 1)/lane), k%group(4, i) - 1, lane
               call sum_bodies(k%n_pad, b2 - b1 + 1, x(b1), f(b1), k%dust_smooth(p + 1, b1), &
                               k%dust_largest(p + 1, b1), k%dust_density(p + 1, b1), out)
               call add_product(x(p + 1), out(:, 1), gain(p + offset + 1))
               call add_product(x(p + 1), out(:, 2), gain(debris(n, p + offset)))
            end do
         end associate
      end do
      do i = 1, size(events), lane
         p = k%pair(1, i)
         b = k%pair(2, i)
         l = i + lane - 1
         events(i:l) = x(p:p + lane - 1)*(x(b)*(1.0_dp + f(b)*k%pair_smooth(i:l)))
      end do
      do j = 1, below(n)
         part = 0.0_dp               ! several sums, so that no term waits for the one before
         do i = k%first(j), k%first(j + 1) - lane, lane
            part = part + k%single(i:i + lane - 1)*events(k%single_pair(i:i + lane - 1))
         end do
         t = gain(j) + sum(part)
         do i = k%first(j + 1) - modulo(k%first(j + 1) - k%first(j), lane), k%first(j + 1) - 1
            t = t + k%single(i)*events(k%single_pair(i))
         end do
         gain(j) = t
      end do
      dbelow = dbelow + gain(below(n))
      t = 0.0_dp
      do b = n, 1, -1
         t = t + gain(debris(n, b))
         dsigma(b) = dsigma(b) + gain(b) + k%weight(b)*t
      end do
   end subroutine add_rates

   !> Add the Jacobian of add_rates: rows 1..n bins and row `row_below`, columns 1..n bins.
   !!
   !! A pair counts in the column of its body, in that of its projectile, and, where it is slow,
   !! through the edge factor of the body in the columns of the body's neighbours.
   pure subroutine add_jacobian(k, sigma, f, df, row_below, jac)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: sigma(k%n)         !< [kg m-2]
      real(dp), intent(in) :: f(k%n)             !< edge factor of the slow drift minus one [1]
      real(dp), intent(in) :: df(-1:1, k%n)      !< d f_b/d sigma_(b-1), sigma_b, sigma_(b+1)
      integer, intent(in) :: row_below
      real(dp), intent(inout) :: jac(:, :)       !< (n_state, n_dyn) [s-1]
      real(dp) :: x(k%n_pad), hit(k%n_pad, n_fixed), v(k%n), tail(at_once), t
      ! d target/d sigma (target, column) and d target/d f (target, b); allocated, because threads
      ! have small stacks
      real(dp), allocatable :: gain(:, :), edge(:, :)
      integer :: b, i, j, l, n, p, top
      n = k%n
      top = below(n)
      x(:n) = sigma
      x(n + 1:) = 0.0_dp
      allocate (gain(1 - lane:top + lane, k%n_pad), source=0.0_dp)
      allocate (edge, source=gain)
      call sum_projectiles(k%n_pad, k%drift_from, k%shatter_to, k%by_body, x, hit)
      do b = 1, n
         t = hit(b, drift) + f(b)*hit(b, smooth)
         gain(b, b) = gain(b, b) - t
         gain(b - 1, b) = gain(b - 1, b) + k%kept(b)*t
         edge(b, b) = edge(b, b) - x(b)*hit(b, smooth)
         edge(b - 1, b) = edge(b - 1, b) + k%kept(b)*x(b)*hit(b, smooth)
         do j = leave, n_fixed
            i = k%target(j, b)
            gain(i, b) = gain(i, b) + hit(b, j)
         end do
      end do
      do p = 1, n
         v = sigma*(k%by_body(:n, drift, p) + f*k%by_body(:n, smooth, p))
         gain(1:n, p) = gain(1:n, p) - v + sigma*k%by_body(:n, leave, p)
         gain(0:n - 1, p) = gain(0:n - 1, p) + k%kept*v
         do j = remnant, n_fixed
            do b = 1, k%boulder_to(p)
               i = k%target(j, b)
               gain(i, p) = gain(i, p) + sigma(b)*k%by_body(b, j, p)
            end do
         end do
      end do
      call add_dust_jacobian(k, x, f, gain, edge)
      do j = 1, top
         do i = k%first(j), k%first(j + 1) - 1
            l = k%single_pair(i)
            p = k%pair(1, l)
            b = k%pair(2, l)
            t = k%single(i)*(1.0_dp + f(b)*k%pair_smooth(l))
            gain(j, b) = gain(j, b) + t*x(p)
            gain(j, p) = gain(j, p) + t*x(b)
            edge(j, b) = edge(j, b) + k%single(i)*k%pair_smooth(l)*x(b)*x(p)
         end do
      end do
      do b = 1, n
         do j = max(-1, 1 - b), min(1, n - b)
            gain(1:, b + j) = gain(1:, b + j) + df(j, b)*edge(1:, b)
         end do
      end do
      do b = 0, n - 1, at_once        ! a few columns at once: their sums do not wait for each other
         tail = 0.0_dp
         do j = n, 1, -1
            do l = 1, at_once
               tail(l) = tail(l) + gain(debris(n, j), b + l)
               gain(j, b + l) = gain(j, b + l) + k%weight(j)*tail(l)
            end do
         end do
      end do
      jac(:n, :n) = jac(:n, :n) + gain(1:n, :n)
      jac(row_below, :n) = jac(row_below, :n) + gain(top, :n)
   end subroutine add_jacobian

   !> The part of dust: largest fragments and the debris below them.
   pure subroutine add_dust_jacobian(k, x, f, gain, edge)
      type(pair_tables_t), intent(in) :: k
      real(dp), intent(in) :: x(k%n_pad), f(k%n)
      real(dp), intent(inout), dimension(1 - lane:below(k%n) + lane, k%n_pad) :: gain, edge
      real(dp) :: out(lane, 2), t(lane)
      integer :: b, i, l, p, top, down
      do i = 1, k%n_group
         associate (b1 => k%group(1, i), b2 => k%group(2, i), offset => k%group(5, i))
            do p = lane*((k%group(3, i) - 1)/lane), k%group(4, i) - 1, lane
               top = p + offset
               down = debris(k%n, p + offset - 1)
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
                  t = x(p + 1:p + lane)*x(b)*k%dust_smooth(p + 1:p + lane, b)
                  call add_product(t, k%dust_largest(p + 1, b), edge(top + 1, b))
                  call add_product(t, k%dust_density(p + 1, b), edge(down + 1, b))
               end do
            end do
         end associate
      end do
   end subroutine add_dust_jacobian

   !> hit(b, table) = sum over p of table(b, p) x(p).
   pure subroutine sum_projectiles(n, drift_from, shatter_to, table, x, hit)
      integer, intent(in) :: n, drift_from(n), shatter_to(n)
      real(dp), intent(in) :: table(n, n_fixed, n), x(n)
      real(dp), intent(out) :: hit(n, n_fixed)
      integer :: b, j, l, p
      hit = 0.0_dp
      do p = 1, n, at_once
         do j = 1, n_fixed
            do b = merge(drift_from(p), 1, j < leave), merge(n, shatter_to(p), j < leave), lane
               !$omp simd
               do l = b, b + lane - 1
                  hit(l, j) = hit(l, j) &
                     + (table(l, j, p)*x(p) + table(l, j, p + 1)*x(p + 1) &
                        + table(l, j, p + 2)*x(p + 2) + table(l, j, p + 3)*x(p + 3))
               end do
            end do
         end do
      end do
   end subroutine sum_projectiles

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
end module collision_sums
