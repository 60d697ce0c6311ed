# SPDX-License-Identifier: BSD-3-Clause
"""The problem of the disk benchmarks: one ring of the standard run, for up to a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from marsdisk.config.read import Config, read_namelist
from marsdisk.core import DiskCore

STANDARD = Path(__file__).parents[1] / "namelists" / "standard.nml"
YEAR = 365.25 * 86400.0
ONE_RING = ("rings.n_ring=1", "rings.r_in=1.8", "rings.r_out=1.9")
ENDS = (0.01, 0.1, 1.0)
"""Where the runs that are compared end [yr]: adrift, settling, and settled."""

REFERENCE = 1e-11
"""Relative tolerance of the reference."""


def one_ring(n_bin: int = 40, rtol: float = 1e-4) -> Config:
    """The standard run with one ring, at 1.85 R_Mars."""
    return read_namelist(
        STANDARD, [*ONE_RING, f"grains.n_bin={n_bin}", f"numerics.rtol={rtol!r}"])


@dataclass(frozen=True)
class Answer:
    """What a solver hands in.

    Parameters
    ----------
    bins
        Surface density of every bin at the end [kg m-2].
    loss
        Mass lost by then [kg m-2].
    steps, rates
        Accepted steps, calls of the right-hand side [1].
    """

    bins: np.ndarray
    loss: float
    steps: int
    rates: int

    def error(self, truth: Answer) -> float:
        """Relative error of the loss, or of the worst bin if that is more [1].

        A bin counts relative to its mass, but at least to 1e-3 of the surface.
        """
        scale = np.maximum(np.abs(truth.bins), 1e-3 * truth.bins.sum())
        return float(max(abs(self.loss - truth.loss) / truth.loss,
                         np.max(np.abs(self.bins - truth.bins) / scale)))


Solver = Callable[[float], Answer]
"""Solves from the start to a time [s]."""


def loss(core: DiskCore, y: np.ndarray) -> float:
    """Mass lost [kg m-2] of a state."""
    return float(sum(y[core.rows[name]] for name in ("blown", "escaped", "below")))


def with_marsdisk(rtol: float) -> Solver:
    """The core itself."""
    core = DiskCore(one_ring(rtol=rtol))

    def solve(t_end: float) -> Answer:
        state = core.start()
        while not core.advance(state, t_end, 600.0):
            pass
        accepted, rejected = (int(state.flag[core.FLAGS.index(name), 0])
                              for name in ("accepted", "rejected"))
        y = state.y[:, 0]
        return Answer(y[: core.n_bin], loss(core, y), accepted, 6 * accepted + 5 * rejected)
    return solve


def reference() -> list[Answer]:
    """The core at a tolerance far below those that are compared, at all ends."""
    return [with_marsdisk(REFERENCE)(end * YEAR) for end in ENDS]
