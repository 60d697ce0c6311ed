# SPDX-License-Identifier: BSD-3-Clause
"""A straightforward dense solver of the same equations, in Numba, as published codes have them.

One first-order step with the losses implicit and the gains explicit. The outcome of a collision of
body b with body p is a row of shares over all bins, so a step costs O(n^3). Written from the
equations of docs/model.md with plain loops; the core lends the strength, the light and the supply.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from disk_problem import YEAR, Answer, Solver
from marsdisk.core import DiskCore
from numba import njit

Array = np.ndarray

BLOCKS = 100
"""Intervals of the run in which the light of Mars changes linearly."""


@njit
def make_outcome(
    s: Array, m: Array, edge: Array, q_d: Array, v: float, power: float, outcome: Array,
    slide: Array,
) -> None:
    """Shares of a unit mass of b after meeting p: outcome (b, p, bin), slide (b, p); 'two_body'."""
    n = s.size
    for b in range(1, n):
        for p in range(n):
            energy = 0.5 * m[b] * m[p] / (m[b] + m[p]) * v * v
            phi = energy / ((m[b] + min(m[b], m[p])) * q_d[b])
            eps = 0.5 * phi if phi < 1.8 else 1.0 - 0.1 * (phi / 1.8) ** -1.5
            top = s[b] * min((1.0 - eps) ** (1.0 / 3.0), (0.5 * eps) ** (1.0 / 3.0))
            share = outcome[b, p]
            share[:] = 0.0
            if top <= s[0]:
                share[0] = eps
            else:
                whole = top**power - s[0] ** power
                for k in range(n):
                    if edge[k] < top:
                        high = min(edge[k + 1], top)
                        share[k] = eps * (high**power - edge[k] ** power) / whole
            down = eps * m[b] / (m[b] - m[b - 1])
            if down <= 1.0:
                share[b] -= down
                share[b - 1] += down * m[b - 1] / m[b]
                slide[b, p] = 1.0 - down
                continue
            slide[b, p] = 0.0
            share[b] -= 1.0
            left = (1.0 - eps) * m[b]
            if left <= m[0]:
                share[0] += 1.0 - eps
                continue
            k = 0
            while m[k + 1] <= left:
                k += 1
            a = (m[k + 1] - left) / (m[k + 1] - m[k])
            share[k] += a * m[k] / m[b]
            share[k + 1] += (1.0 - a) * m[k + 1] / m[b]


@njit
def edge_excess(sigma: Array, crowd: Array, factor: Array) -> None:
    """Half the bounded slope of what dust frees per ln s (docs/numerics.md)."""
    n = sigma.size
    for b in range(n):
        g = max(sigma[b] / crowd[b], 0.0)
        factor[b] = 0.0
        if 0 < b < n - 1 and g > 0.0:
            rise = 0.5 * (max(sigma[b - 1] / crowd[b - 1], 0.0)
                          - max(sigma[b + 1] / crowd[b + 1], 0.0))
            factor[b] = 0.5 * rise / math.sqrt(g * g + rise * rise)


@njit
def gain_and_loss(
    sigma: Array, factor: Array, kernel: Array, outcome: Array, slide: Array, gain: Array,
    loss: Array,
) -> None:
    """Gains [kg m-2 s-1] and loss rates [s-1] of all bins: the loop over i, j, k."""
    n = sigma.size
    gain[:] = 0.0
    loss[:] = 0.0
    for b in range(n):
        for p in range(n):
            events = kernel[b, p] * sigma[p] * (1.0 + factor[b] * slide[b, p])
            share = outcome[b, p]
            loss[b] -= events * share[b]
            events *= sigma[b]
            gain[b] -= events * share[b]
            for k in range(n):
                gain[k] += events * share[k]


@njit
def run(
    sigma: Array, lost: Array, dt: float, steps: int, rebuild: bool, grid: tuple, tables: tuple,
    light: tuple,
) -> None:
    """Steps of `dt` [s]: bins in place; the mass blown out grows in lost[0] [kg m-2]."""
    s, m, edge, q_d, v, power, crowd = grid
    kernel, outcome, slide, supply = tables
    kappa0, unbound0, kappa1, unbound1 = light      # [m2 kg-1], [s-1] where all light is seen
    factor, gain, loss = np.zeros_like(sigma), np.zeros_like(sigma), np.zeros_like(sigma)
    for i in range(steps):
        late = (i + 1.0) / steps
        if rebuild:
            make_outcome(s, m, edge, q_d, v, power, outcome, slide)
        edge_excess(sigma, crowd, factor)
        gain_and_loss(sigma, factor, kernel, outcome, slide, gain, loss)
        tau = 0.0
        for k in range(sigma.size):
            tau += (kappa0[k] + late * (kappa1[k] - kappa0[k])) * sigma[k]
        seen = -math.expm1(-tau) / tau if tau > 1e-12 else 1.0
        for k in range(sigma.size):
            sink = seen * (unbound0[k] + late * (unbound1[k] - unbound0[k]))
            sigma[k] = (sigma[k] + dt * (gain[k] + supply[k])) / (1.0 + dt * (loss[k] + sink))
            lost[0] += dt * sink * sigma[k]


def numpy_outcome(
    s: Array, m: Array, edge: Array, q_d: Array, v: float, power: float, outcome: Array,
    slide: Array,
) -> None:
    """`make_outcome` in arrays, without loops."""
    n = s.size
    b, p = np.indices((n, n))
    energy = 0.5 * m[b] * m[p] / (m[b] + m[p]) * v * v
    phi = energy / ((m[b] + np.minimum(m[b], m[p])) * q_d[b])
    eps = np.where(phi < 1.8, 0.5 * phi, 1.0 - 0.1 * (phi / 1.8) ** -1.5)
    top = s[b] * np.minimum((1.0 - eps) ** (1.0 / 3.0), (0.5 * eps) ** (1.0 / 3.0))
    whole = np.maximum(top, s[0] * (1.0 + 1e-12)) ** power - s[0] ** power
    high = np.clip(top[:, :, None], edge[:-1], edge[1:])
    outcome[:] = (eps / whole)[:, :, None] * (high**power - edge[:-1] ** power)
    outcome[:, :, 0] = np.where(top > s[0], outcome[:, :, 0], eps)
    under = np.concatenate([[0.0], m[:-1]])
    down = eps * m[b] / (m[b] - under[b])
    slow = down <= 1.0
    slide[:] = np.where(slow, 1.0 - down, 0.0)
    outcome[b, p, b] -= np.minimum(down, 1.0)
    left = (1.0 - eps) * m[b]
    k = np.clip(np.searchsorted(m, left, side="right") - 1, 0, n - 2)
    a = np.clip((m[k + 1] - left) / (m[k + 1] - m[k]), 0.0, 1.0)
    small = left <= m[0]
    lower = np.where(small, 1.0 - eps, a * m[k] / m[b])
    outcome[b, p, np.maximum(b - 1, 0)] += np.where(slow, down * under[b] / m[b], 0.0)
    outcome[b, p, k] += np.where(slow, 0.0, lower)
    outcome[b, p, k + 1] += np.where(slow | small, 0.0, (1.0 - a) * m[k + 1] / m[b])
    outcome[0] = slide[0] = 0.0     # grains at s_min break no further


def numpy_gain_and_loss(
    sigma: Array, factor: Array, kernel: Array, outcome: Array, slide: Array, gain: Array,
    loss: Array,
) -> None:
    """`gain_and_loss` in arrays, without loops."""
    n = sigma.size
    events = kernel * sigma * (1.0 + factor[:, None] * slide)
    own = np.einsum("bpb->bp", outcome)
    loss[:] = -np.sum(events * own, axis=1)
    events *= sigma[:, None]
    gain[:] = events.ravel() @ outcome.reshape(n * n, n) - np.sum(events * own, axis=1)


@dataclass
class Imex:
    """The ring of a core, and dense tables of it."""

    core: DiskCore

    def __post_init__(self) -> None:
        core, c = self.core, self.core.config["collisions"]
        n, s, m, v = core.n_bin, core.size, core.mass, float(core.speed[0])
        width = np.diff(np.log(core.size_edges))
        q_d = core.formula("strength", s, v)[0]
        self.grid = (s, m, core.size_edges, q_d, v, 4.0 - c["q_frag"], width * s * q_d)
        height = math.sqrt(2.0) * c["h_factor"] * c["i"] * core.r[0]
        kernel = np.pi * (s[:, None] + s) ** 2 * v / (math.sqrt(2.0 * np.pi) * height) / m
        self.start = core.start().y[:, 0]
        bare = np.where(np.arange(core.n_state) < n, 0.0, self.start)
        supply = core.rates(0, 0.0, bare)[:n]       # without a surface there is nothing else
        self.tables = (kernel, np.zeros((n, n, n)), np.zeros((n, n)), supply)
        make_outcome(*self.grid[:6], *self.tables[1:3])

    def light(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Opacity [m2 kg-1], and blow-out rates where all light is seen [s-1]."""
        kappa, unbound, chi = self.core.light(t)
        omega = self.core.formula("orbit", self.core.r[0], -1.0)[0]
        return self.core.config["surface"]["f_los"] * kappa, unbound * float(omega) / chi

    def numpy_step(self, rebuild: bool) -> None:
        """The collisions of a step in arrays, for the clock."""
        sigma, factor, gain, lost = self.start[: self.core.n_bin], *np.zeros((3, self.core.n_bin))
        if rebuild:
            numpy_outcome(*self.grid[:6], *self.tables[1:3])
        numpy_gain_and_loss(sigma, factor, *self.tables[:3], gain, lost)

    def step(self, dt: float, steps: int, rebuild: bool) -> None:
        """Some steps from the start, for the clock."""
        run(self.start[: self.core.n_bin].copy(), np.zeros(1), dt, steps, rebuild, self.grid,
            self.tables, (*self.light(0.0), *self.light(0.0)))

    def solver(self, steps: int) -> Solver:
        """`steps` equal steps from the start to the end."""
        each = max(1, steps // BLOCKS)

        def solve(t_end: float) -> Answer:
            sigma, lost = self.start[: self.core.n_bin].copy(), np.zeros(1)
            block, after = t_end / BLOCKS, self.light(0.0)
            for k in range(BLOCKS):
                before, after = after, self.light((k + 1) * block)
                run(sigma, lost, block / each, each, False, self.grid, self.tables,
                    (*before, *after))
            return Answer(sigma, float(lost[0]), each * BLOCKS, each * BLOCKS)
        return solve

    def mismatch(self) -> float:
        """Largest difference of the rates to those of the core, relative to their largest [1]."""
        core, n = self.core, self.core.n_bin
        state = core.start()
        core.advance(state, 0.1 * YEAR, 600.0)
        y, (kappa, unbound) = state.y[:, 0], self.light(0.1 * YEAR)
        sigma, factor, gain, sink = y[:n], *np.zeros((3, n))
        edge_excess(sigma, *self.grid[6:], factor)
        gain_and_loss(sigma, factor, *self.tables[:3], gain, sink)
        tau = float(kappa @ sigma)
        rate = gain + self.tables[3] - (sink - unbound * math.expm1(-tau) / tau) * sigma
        true = core.rates(0, 0.1 * YEAR, y)[:n]
        return float(np.max(np.abs(rate - true)) / np.max(np.abs(gain)))
