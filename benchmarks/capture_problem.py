# SPDX-License-Identifier: BSD-3-Clause
"""The race: 210 entries into Hill's problem with drag, and what every solver has to hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Problem:
    """Planar Hill problem with exponential drag, in some units of length and time.

    Parameters
    ----------
    gm, w
        G M of the planet and rate at which the frame turns.
    x_start, r_fall
        Place of entry on the x axis and radius of the planet.
    k, h
        Drag: acceleration -k exp(-r/h) |v| v.
    t_max
        End.
    year, au
        Julian year and astronomical unit in these units.
    """

    gm: float = 1.268247390738746e-05
    w: float = 3.3403430660178555
    x_start: float = -0.007235587440273204
    r_fall: float = 2.270053475935829e-05
    k: float = 78.67039837695711
    h: float = 8.021390374331551e-05
    t_max: float = 8.0
    year: float = 1.0
    au: float = 1.0

    def cast(self, number: type) -> Problem:
        """The same in numbers of another type."""
        return Problem(*map(number, astuple(self)))

    def in_units(self, length: float) -> Problem:
        """The same with `length` as the unit of length and G M = 1."""
        time = np.sqrt(length**3 / self.gm)
        return replace(
            self, gm=self.gm / self.gm, w=self.w * time, x_start=self.x_start / length,
            r_fall=self.r_fall / length, k=self.k * length, h=self.h / length,
            t_max=self.t_max / time, year=self.year / time, au=self.au / length)


STANDARD = Problem()
"""In AU and Julian years, with the constants of tests/data/capture_reference_20.csv."""


def entries(copies: int = 1) -> np.ndarray:
    """Velocities u, v at the start (2, n) [AU yr-1]; copies of the 210 come shuffled."""
    u, v = np.meshgrid(np.arange(1, 11) / 100.0, np.arange(-10, 11) / 100.0, indexing="ij")
    one = np.stack([u.ravel(), v.ravel()])
    if copies == 1:
        return one
    return np.tile(one, copies)[:, np.random.default_rng(1).permutation(copies * one.shape[1])]


@dataclass
class Answer:
    """What a solver hands in, per case: end [yr], state there [AU, AU yr-1], fall, steps."""

    t: np.ndarray
    state: np.ndarray
    fell: np.ndarray
    steps: np.ndarray

    @classmethod
    def empty(cls, n: int) -> Answer:
        return cls(np.zeros(n), np.zeros((4, n)), np.zeros(n, bool), np.zeros(n, np.int64))

    def outcomes(self) -> np.ndarray:
        """0 escaped, 1 captured, 2 fell before capture, 3 undecided."""
        x, y, u, v = self.state
        r, h, gm = np.hypot(x, y), x * v - y * u, STANDARD.gm
        square = 1.0 + 2.0 * (0.5 * (u * u + v * v) - gm / r) * (h / gm) ** 2
        near = r < -2.0 * STANDARD.x_start
        return np.select([(self.fell | near) & (square < 0.81), self.fell, near], [1, 2, 3], 0)


Solver = Callable[[np.ndarray], Answer]
"""Solves entries (2, n)."""


@dataclass(frozen=True)
class Entrant:
    """A solver in the race.

    Parameters
    ----------
    name
        What it is called in the table.
    prepare
        Builds and compiles a solver for a tolerance; not timed.
    tolerances
        What is tried, from the loosest on, until all times of fall are good.
    repeats
        Timed runs, of which the best counts.
    """

    name: str
    prepare: Callable[[float], Solver]
    tolerances: tuple[float, ...]
    repeats: int = 10


def decades(first: int, last: int) -> tuple[float, ...]:
    """Tolerances from 10^-first to 10^-last, two in a decade."""
    return tuple(float(f"{m}e-{k}") for k in range(first, last + 1) for m in (1, 0.3))
