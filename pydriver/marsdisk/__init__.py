# SPDX-License-Identifier: BSD-3-Clause
"""Numerical tools for the origin of the Martian moons.

    run = marsdisk.run("namelists/standard.nml", set={"mars.t0": 5000.0})
    run.dataset                       # xarray
    marsdisk.open("output/standard.nc").summary
    marsdisk.physics.beta(1e-7, 4000.0)

Importing this package costs nothing: what is used is loaded when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marsdisk import physics
    from marsdisk.api import Run, Sweep, open, open_sweep, resume, run, run_sweep

    __version__: str

__all__ = ["Run", "Sweep", "__version__", "open", "open_sweep", "physics", "resume", "run",
           "run_sweep"]

_API = ("Run", "Sweep", "open", "open_sweep", "resume", "run", "run_sweep")


def __getattr__(name: str) -> Any:
    """What is loaded when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("marsdisk")
    elif name in _API:
        found = getattr(importlib.import_module("marsdisk.api"), name)
    elif name == "physics":
        found = importlib.import_module("marsdisk.physics")
    else:
        raise AttributeError(f"module 'marsdisk' has no attribute '{name}'")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
