# SPDX-License-Identifier: BSD-3-Clause
"""marsdisk in the race: the core, which also finds e, energy, tau, r_min and all else of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from capture_problem import STANDARD, Answer, Entrant, Solver, decades
from marsdisk.config.read import read_namelist
from marsdisk.core import CaptureCore

NAMELIST = Path(__file__).parents[1] / "namelists" / "capture_reference.nml"
AU_KM, YEAR_S = 1.495978707e8, 365.25 * 86400.0


def core(method: str, tol: float, threads: int) -> Solver:
    """One sweep over all cases."""
    made = CaptureCore(read_namelist(
        NAMELIST, [f"numerics.method={method!r}", f"numerics.rtol={tol!r}"]))

    def solve(velocity: np.ndarray) -> Answer:
        entries = np.zeros((8, velocity.shape[1]), order="F")
        entries[0] = STANDARD.x_start * AU_KM
        entries[3:5] = velocity
        found = made.sweep(entries, threads=threads)
        state = np.stack([found[name] for name in ("x", "y", "vx", "vy")]) / AU_KM
        state[2:] *= YEAR_S
        return Answer(found["t_end"], state, ~np.isnan(found["lifetime"]), found["n_step"])
    return solve


def entrants() -> list[Entrant]:
    """The core's methods, on one thread and on two."""
    tolerances = decades(10, 16)
    return [
        Entrant("marsdisk taylor", lambda tol: core("taylor", tol, 1), tolerances),
        Entrant("marsdisk dop853", lambda tol: core("dop853", tol, 1), tolerances, repeats=3),
        Entrant("marsdisk taylor, 2 threads", lambda tol: core("taylor", tol, 2), tolerances),
    ]
