# SPDX-License-Identifier: BSD-3-Clause
"""Times of the parts of a coagulation step of DustPy at its default grid; prints JSON.

    python benchmarks/disk_with_dustpy.py

Stammler & Birnstiel (2022, ApJ 935, 35). May run in an environment of its own: needs nothing but
DustPy. All mass bins are filled, as late in a simulation; bins at their floor are skipped.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Callable

import numpy as np
from dustpy import Simulation
from dustpy.std import dust

ROUNDS = 5
STEP = 1.0e6
"""Length of a step [s]."""


def best(part: Callable[[], object]) -> float:
    """Least processor time of a few rounds [s]."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        part()
        times.append(time.process_time() - start)
    return min(times)


def measure() -> dict[str, float | str]:
    """Seconds per radial cell by part; the size of the grid; the version."""
    simulation = Simulation()
    simulation.initialize()
    cells, bins = int(simulation.grid.Nr), int(simulation.grid.Nm)
    simulation.dust.Sigma[...] = 1e-2 / bins * np.asarray(simulation.gas.Sigma)[:, None]
    simulation.update()
    sigma = simulation.dust.Sigma
    jacobian = dust.jacobian(simulation, simulation.t, dx=STEP)
    parts: dict[str, Callable[[], object]] = {
        "source": lambda: dust.S_coag(simulation),
        "jacobian": lambda: dust.jacobian(simulation, simulation.t, dx=STEP),
        "solve": lambda: dust._f_impl_1_direct(simulation.t, sigma, STEP, jac=jacobian,
                                               rhs=np.array(sigma.ravel())),
    }
    found: dict[str, float | str] = {name: best(part) / cells for name, part in parts.items()}
    return found | {"cells": cells, "bins": bins, "version": importlib.metadata.version("dustpy")}


if __name__ == "__main__":
    print(json.dumps(measure()))
