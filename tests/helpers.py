# SPDX-License-Identifier: BSD-3-Clause
"""What the physics tests share: runs of the core from a worked example and overrides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from marsdisk.config.read import Config, read_namelist, read_text
from marsdisk.core import DiskCore, DiskState

NAMELISTS = Path(__file__).parents[1] / "namelists"


def examples(kind: str) -> list[str]:
    """Names of the example namelists of a kind of run."""
    paths = sorted(NAMELISTS.glob("*.nml"))
    return [path.stem for path in paths if read_namelist(path).kind == kind]


YEAR = 365.25 * 86400.0
"""Julian year [s]."""

ONE_RING = ("rings.n_ring=1", "rings.r_in=1.8", "rings.r_out=1.9")
"""One narrow ring at 1.85 R_Mars."""


def configuration(name: str, overrides: Sequence[str] = ()) -> Config:
    """The namelist `name` of the repository, or all defaults when empty, with overrides."""
    if name:
        return read_namelist(NAMELISTS / f"{name}.nml", list(overrides))
    return read_text("&run kind='disk' /\n", NAMELISTS / "standard.nml", list(overrides))


def run_core(
    name: str, overrides: Sequence[str] = (), times: Sequence[float] = ()
) -> tuple[DiskCore, DiskState, np.ndarray]:
    """Run the core to its end, or through `times` [s]; also returns the state at the start."""
    disk = DiskCore(configuration(name, overrides))
    state = disk.start()
    initial = state.y.copy()
    for t in times if len(times) else [disk.t_stop]:
        finish(disk, state, t)
    return disk, state, initial


def finish(disk: DiskCore, state: DiskState, t: float, budget: float = 60.0) -> None:
    """Advance `state` to `t` [s], however many chunks that takes."""
    while not disk.advance(state, t, budget):
        pass


def loss(disk: DiskCore, y: np.ndarray) -> np.ndarray:
    """Mass lost per area of every ring [kg m-2]: blown out, escaped and below the grid."""
    return sum(disk.row(y, name) for name in ("blown", "escaped", "below"))


def total_loss(disk: DiskCore, y: np.ndarray) -> float:
    """Mass lost by the disk [kg]."""
    return float(disk.area @ loss(disk, y))
