# SPDX-License-Identifier: BSD-3-Clause
"""Runs of the validation: sweeps in output/validation, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import marsdisk
import netCDF4
import numpy as np
from marsdisk import core
from marsdisk.config.read import read_namelist

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "output" / "validation"
STANDARD = ROOT / "namelists" / "standard.nml"

YEAR = core.constants()["year"].value
"""Julian year [s]."""

M_MARS = core.constants()["m_mars"].value
"""Mass of Mars [kg]."""

R_MARS = core.constants()["r_mars"].value
"""Radius of Mars [m]."""

Case = Mapping[str, str | float | int | bool]
"""Keys of a run that are not the standard ones."""

QUICK: Case = {"rings.n_ring": 8, "output.n_out": 40, "output.psd": False}
"""Runs for sensitivities: 8 rings give M_loss of 32 to 0.1 %, at T0 = 3000 K to 1.2 %."""

ONE_RING: Case = {"rings.n_ring": 1, "rings.r_in": 1.8, "rings.r_out": 1.9}
"""One narrow ring at 1.85 R_Mars."""


def cases(name: str, several: Sequence[Case], base: Path = STANDARD) -> list[marsdisk.Run]:
    """Carry out runs, each with keys of its own; what a run does not name is as in `base`.

    Parameters
    ----------
    name
        Folder of the sweep in output/validation.
    several
        Keys of each run.
    base
        Namelist.
    """
    config = read_namelist(base)
    keys = list(dict.fromkeys(key for case in several for key in case))

    def value(case: Case, key: str) -> str:
        group, _, short = key.partition(".")
        found = case.get(key, config[group][short])
        if isinstance(found, bool):
            return "true" if found else "false"
        return repr(found) if isinstance(found, int | float) else f'"{found}"'

    RESULTS.mkdir(parents=True, exist_ok=True)
    wanted = [tuple(value(case, key) for key in keys) for case in several]
    members = list(dict.fromkeys(wanted))       # a run that is asked for twice is made once
    columns = [f"{key} = [{', '.join(column)}]"
               for key, column in zip(keys, zip(*members, strict=True), strict=True)]
    file = RESULTS / f"{name}.toml"
    file.write_text("\n".join([f'base = "{base}"', "[zip]", *columns]) + "\n", encoding="utf-8")
    found = marsdisk.run_sweep(file, output=RESULTS / name, force=True, jobs=2, threads=1).runs
    return [found[members.index(member)] for member in wanted]


def grid(name: str, axes: Mapping[str, Sequence]) -> np.ndarray:
    """M_loss [M_Mars] of all combinations, an axis of the array for each key; QUICK runs."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    found = marsdisk.run_sweep(STANDARD, {**QUICK, **axes}, RESULTS / name, force=True, jobs=2,
                               threads=1).runs
    return np.reshape([loss(run) for run in found], [len(values) for values in axes.values()])


def loss(run: marsdisk.Run) -> float:
    """M_loss at the end [M_Mars]."""
    return float(run.attributes["m_loss_mars"])


def read(run: marsdisk.Run, *names: str) -> list[np.ndarray]:
    """Variables of a run; what is missing is NaN."""
    with netCDF4.Dataset(run.path) as data:
        return [np.ma.filled(np.ma.asarray(data[name][...], dtype=float), np.nan)
                for name in names]


def last(run: marsdisk.Run, name: str) -> float:
    """A mass at the end, or the only value of a scalar [M_Mars]."""
    return float(np.ravel(read(run, name)[0])[-1]) / M_MARS


def bound(run: marsdisk.Run) -> float:
    """All that could leave: initial surface + supplied [M_Mars]."""
    return last(run, "m_surface0") + last(run, "m_supply")


def worst(run: marsdisk.Run) -> float:
    """Largest mass or surface residual of a run [1]."""
    return max(float(np.max(x)) for x in read(run, "mass_residual", "surface_residual"))
