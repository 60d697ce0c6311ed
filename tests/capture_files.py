# SPDX-License-Identifier: BSD-3-Clause
"""Files of capture runs with made-up numbers, for the tests of figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import netCDF4
import numpy as np
from marsdisk import plots
from marsdisk.config.read import read_text
from marsdisk.config.write import write_namelist
from marsdisk.output.capture_schema import TRAJECTORIES, variables
from marsdisk.output.case_file import CaseFile
from marsdisk.plots import capture, capture_output
from marsdisk.plots.style import DPI, style
from marsdisk.runs.capture_entries import Entries
from matplotlib.figure import Figure

HILL, RADIUS, OMEGA, AU, YEAR = 1.0844e6, 3389.92, 1.0585e-7, 1.495978707e11, 31557600.0
SCALARS = {"x_start": -HILL, "y_start": 0.0, "z_start": 0.0, "radius": RADIUS, "r_hill": HILL,
           "omega": OMEGA, "k_drag": 78.7, "au": AU, "julian_year": YEAR}
TRACKS = ("output.trajectories=.true.", "output.n_sample=400")
GRID = ("start.u=0.01,0.05,5", "start.v=-0.02,0.03,6")
GAS = ("start.u=0.01,0.03,3", "start.v=0.02,0.03,2", "start.tau_gas=0.01,1.0,5",
       "start.t_gas=0.1,0.7,4", "start.gas_spacing=log")
CASES: dict[str, tuple[str, ...]] = {
    "planar": (*GRID, *TRACKS),
    "spatial": (*GRID, *TRACKS, "start.w=-0.002,0.002,3"),
    "gas": (*GAS, *TRACKS, "tides.active=.true.", "atmosphere.tilt=25", "body.c_h=0.1"),
    "one_gas_axis": (*GRID, "start.tau_gas=0.1,0.5,4", "stop.t_max=100"),
    "many_planes": (*GRID, "start.w=0.001,0.012,12"),
    "random": ("start.n_random=300", "start.w=-0.01,0.01,1", "start.tau_gas=0.1,20,1"),
    "single": ("start.u=0.05,0.05,1", "start.v=0.02,0.02,1", *TRACKS),
}
"""Overrides of a namelist of kind 'capture' by case."""


def fates(count: int) -> np.ndarray:
    """Outcomes in which all kinds appear, from few entries on."""
    return np.resize([1, 0, 0, 2, 1, 3, 0, 1, 4, 0, 5], count).astype(np.int8)


def columns(outcome: np.ndarray, block: np.ndarray, spatial: bool) -> dict[str, np.ndarray]:
    """Values that look like those of a run; every other second captured entry stays bound."""
    count = len(outcome)
    k = np.arange(count)
    captured = outcome == 1
    bound = captured & (np.cumsum(captured) % 2 == 0)
    fell = (captured & ~bound) | (outcome == 2) | (outcome == 4)

    def where(mask: np.ndarray, values: np.ndarray | float) -> np.ndarray:
        return np.where(mask, values, np.nan)

    life = 0.2 + 0.01 * k
    energy = where(captured | (outcome == 2), 1.0e6 + 1.0e4 * k)
    heat = 1.0e16 * energy / (4.0 * np.pi * 1.0e8)
    done = outcome != 5
    values = {
        "outcome": outcome, "lifetime": where(fell, life), "t_end": where(done, life + 1.0 * bound),
        "t_escape": where(outcome == 0, 1.0), "e_end": where(done, 0.1 + 0.7 * (k % 7) / 7.0),
        "a_end": where(done & (outcome != 0), 9.0e3 * (1.0 + k % 5)),
        "i_end": where(done, 3.0 * (k % 9)),
        "tau_half": where(captured, 0.06 + 0.001 * k), "tau_1": where(captured & (k % 3 > 0), 0.09),
        "tau_2": where(bound, 0.12), "delta_energy": energy, "heating": heat,
        "heating_body": 0.775 * heat, "ablation_bound": heat / 8.1e6,
        "radius_end": where(done, 10.0), "r_min": where(done, RADIUS),
        "revolutions": where(done, 20.0), "n_step": np.full(count, 900),
        **{name: where(done, 1.0) for name in ("x", "y", "z", "vx", "vy")},
        "vz": where(done, 0.1 * spatial),
        "a_now": where(bound & (k % 4 > 0), 9.0e3 * (1.0 + k % 3)), "e_now": where(bound, 0.05),
        "moon": np.where(bound & (k % 4 == 1), 1, 0).astype(np.int8),
        "tides_valid": (bound & (k % 3 > 0)).astype(np.int8),
    }
    return values | dict(zip(("u", "v", "w", "tau_gas", "t_gas"), block[3:], strict=True))


def spiral(t_end: np.ndarray, count: int, w: np.ndarray) -> dict[str, np.ndarray]:
    """Trajectories that wind inward 20 times; e falls from 1 to 0.1."""
    s = np.linspace(0.0, 1.0, count)[None, :]
    distance = HILL * (RADIUS / HILL) ** s
    angle = np.pi + 40.0 * np.pi * s
    ones = np.ones((len(t_end), 1))
    found = {"t": s * t_end[:, None], "x": ones * distance * np.cos(angle),
             "y": ones * distance * np.sin(angle), "z": 1.0e7 * w[:, None] * s,
             "e": ones * (1.0 - 0.9 * s), "energy": ones * -6.0e6 * s**4}
    return {variable.name: found[variable.name] for variable in TRAJECTORIES}


def make(path: Path, overrides: Sequence[str], kept: int | None = None,
         outcome: Callable[[int], np.ndarray] = fates, **changes: np.ndarray) -> Path:
    """A file as a run writes it, with made-up numbers; the first `kept` entries alone."""
    config = read_text(f"&run kind='capture' name='{path.stem}' /\n", path.with_suffix(".nml"),
                       list(overrides))
    entries = Entries(config, (-HILL, 0.0, 0.0))
    count = entries.count if kept is None else kept
    block = entries.block(0, count)
    spatial = bool(np.any(block[5] != 0.0)) or config["atmosphere"]["tilt"] > 0.0
    values = columns(outcome(count), block, spatial) | changes
    if config["output"]["trajectories"]:
        values |= spiral(values["t_end"], config["output"]["n_sample"], values["w"])
    schema = variables(entries.gas_differs, config["tides"]["active"],
                       config["output"]["trajectories"])
    lengths = {"case": entries.count, "sample": config["output"]["n_sample"]}
    attributes = {"namelist": write_namelist(config), "complete": int(kept is None),
                  "n_case": entries.count}
    CaseFile(path, schema, SCALARS, lengths).append([values], attributes, new=True)
    return path


def column(path: Path, name: str) -> np.ndarray:
    """A variable of a file; NaN where it has no value."""
    with netCDF4.Dataset(path) as data:
        return np.ma.filled(data[name][...].astype(float), np.nan)


def output_of(path: Path) -> capture_output.CaptureOutput:
    """What the figures are made from."""
    with netCDF4.Dataset(path) as data:
        return capture_output.read(path, data, plots._namelist(path, data))


def figure_of(path: Path, name: str) -> Figure:
    """A figure of a file, laid out as it is when it is written."""
    with style():
        figure = capture.FIGURES[name](output_of(path))
        figure.set_dpi(DPI)
        figure.get_layout_engine().execute(figure)
        return figure
