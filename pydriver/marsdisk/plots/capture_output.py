# SPDX-License-Identifier: BSD-3-Clause
"""What the figures of a capture run need from its file, read and checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.errors import InputError, Problem
from marsdisk.plots import style

TRACKS = 6
"""Trajectories that are read, out of all that the run kept."""

AXES = ("u", "v", "w", "tau_gas", "t_gas")
"""What entries differ in, in the order of the grid."""

NO_ENTRY = -1
"""What an array over a grid holds where a stopped run has not come to."""


@dataclass(frozen=True)
class Track:
    """Trajectory of one entry.

    Parameters
    ----------
    case
        Index of the entry.
    t
        Times (sample) [yr].
    x, y, z
        Position in the rotating frame (sample) [km].
    e, energy
        Osculating eccentricity [1] and energy [J kg-1] (sample).
    """

    case: int
    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    e: np.ndarray
    energy: np.ndarray

    @property
    def spatial(self) -> bool:
        """Whether it leaves the plane of the orbit of Mars."""
        return bool(np.any(self.z != 0.0))


@dataclass(frozen=True)
class Grid:
    """Entries that fill a grid, or have begun to.

    Parameters
    ----------
    values
        Values along each axis of `AXES`, ascending.
    index
        Position of each entry along each axis (axis, case).
    """

    values: Mapping[str, np.ndarray]
    index: np.ndarray

    @property
    def varying(self) -> list[str]:
        """Axes with more than one value."""
        return [name for name, values in self.values.items() if len(values) > 1]

    def array(self, column: np.ndarray) -> np.ndarray:
        """A column of codes (case) over all axes; `NO_ENTRY` where there is no entry."""
        shape = [len(values) for values in self.values.values()]
        filled = np.full(shape, NO_ENTRY, dtype=column.dtype)
        filled[tuple(self.index)] = column
        return filled


MANY = 60
"""Values along an axis above which entries are put into bins."""

BINS, IN_A_BIN = (4, 24), 40
"""Limits of their number, and entries that are wanted in a cell of a map of them."""


@dataclass(frozen=True)
class Cells:
    """Cells along one axis: its values, or bins when nearly every entry has its own.

    Parameters
    ----------
    centres, edges
        Centres (cell) and edges (cell + 1), ascending.
    index
        Cell of each entry (case).
    log
        Whether they are spaced in log.
    """

    centres: np.ndarray
    edges: np.ndarray
    index: np.ndarray
    log: bool

    @classmethod
    def of(cls, column: np.ndarray) -> Cells:
        """The cells of a column (case)."""
        centres, index = np.unique(column, return_inverse=True)
        log = is_log(centres)
        if len(centres) > MANY:
            low, high = centres[0], centres[-1]
            count = int(np.clip(math.sqrt(len(column) / IN_A_BIN), *BINS))
            log = bool(low > 0.0 and high > 100.0 * low)
            edges = (np.geomspace if log else np.linspace)(low, high, count + 1)
            index = np.clip(np.searchsorted(edges, column, "right") - 1, 0, count - 1)
            centres = np.sqrt(edges[1:] * edges[:-1]) if log else 0.5 * (edges[1:] + edges[:-1])
            return cls(centres, edges, index, log)
        return cls(centres, style.cell_edges(centres, log, whole=True), index, log)


@dataclass(frozen=True)
class CaptureOutput:
    """What the figures need of an output file.

    Parameters
    ----------
    path
        The file.
    name
        Name of the run.
    complete
        Whether the run has reached its end.
    count
        Entries of the run, done or not.
    settings
        The namelist of the run.
    scalar
        Scalars by the names in the file.
    case
        Columns (case) by the names in the file, NaN where an entry has no value.
    outcome
        Outcome of each entry (case), by name.
    moon
        Moon of today that each entry resembles (case), or 'none'; None without tides.
    grid
        The grid that the entries fill; None when they are a list or a random sample.
    tracks
        Trajectories of some captured entries, from the longest to the shortest lifetime.
    has_tracks
        Whether the run kept trajectories.
    """

    path: Path
    name: str
    complete: bool
    count: int
    settings: Mapping[str, Mapping]
    scalar: Mapping[str, float]
    case: Mapping[str, np.ndarray]
    outcome: np.ndarray
    moon: np.ndarray | None
    grid: Grid | None
    tracks: tuple[Track, ...]
    has_tracks: bool

    @property
    def title(self) -> str:
        """Name, equations, number of entries; whether the run is incomplete."""
        mode = {"hill": "Hill's equations", "two_body": "two bodies",
                "cr3bp": "three bodies"}[self.settings["planet"]["mode"]]
        if self.settings["numerics"]["method"] == "leapfrog_printed":
            mode = "equations as printed, which are wrong"
        name = self.name if len(self.name) <= 40 else f"{self.name[:37]}..."
        text = f"{name}: {mode}, {self.count} {'entry' if self.count == 1 else 'entries'}"
        return text if self.complete else f"{text} (incomplete: {len(self.outcome)} done)"

    @property
    def captured(self) -> np.ndarray:
        """Entries that were captured (case)."""
        return self.outcome == "captured"

    @property
    def bound(self) -> np.ndarray:
        """Captured entries that have not fallen by the end of the run (case)."""
        return self.captured & np.isnan(self.case["lifetime"])

    @property
    def spatial(self) -> bool:
        """Whether any entry leaves the plane of the orbit of Mars."""
        return self.scalar["z_start"] != 0.0 or any(
            np.any(np.nan_to_num(self.case[name]) != 0.0) for name in ("w", "vz"))

    @property
    def i_start(self) -> np.ndarray:
        """Inclination at the start to the axis that `i_end` is taken to (case) [deg]."""
        position = np.array([self.scalar[f"{name}_start"] for name in "xyz"])  # [km]
        kms = self.scalar["au"] / self.scalar["julian_year"] / 1.0e3
        velocity = kms * np.stack([self.case[name] for name in ("u", "v", "w")])  # [km s-1]
        if self.settings["planet"]["mode"] != "two_body":
            velocity[0] -= self.scalar["omega"] * position[1]
            velocity[1] += self.scalar["omega"] * position[0]
        momentum = np.cross(position, velocity, axisb=0)
        gas = self.settings["atmosphere"]
        tilt, node = (np.radians(float(gas[name])) for name in ("tilt", "node"))
        axis = np.array([np.sin(tilt) * np.cos(node), np.sin(tilt) * np.sin(node), np.cos(tilt)])
        with np.errstate(invalid="ignore"):  # at rest: no orbit, no inclination
            cosine = momentum @ axis / np.linalg.norm(momentum, axis=1)
        return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


COLUMNS = ("u", "v", "w", "lifetime", "e_end", "tau_half", "tau_1", "tau_2", "delta_energy",
           "heating", "heating_body", "ablation_bound", "t_end", "a_end", "i_end", "radius_end",
           "vz", "revolutions")
SCALARS = ("au", "julian_year", "r_hill", "omega", "radius", "x_start", "y_start", "z_start",
           "const_g_newton")
NEEDED = (*COLUMNS, "outcome", *SCALARS)
"""Variables without which a file is not drawn."""

OPTIONAL = ("tau_gas", "t_gas", "a_now", "e_now", "tides_valid")
"""Columns that some runs have."""

TRACK = ("t", "x", "y", "z", "e", "energy")
"""Variables (case, sample) of a run that kept trajectories."""


def read(path: Path, data: netCDF4.Dataset, namelist: Mapping[str, Mapping]) -> CaptureOutput:
    """What the figures need of an open file.

    Parameters
    ----------
    path
        Its path, also for messages.
    data
        The file.
    namelist
        The namelist in it.

    Raises
    ------
    InputError
        Variables are missing, or there is no entry in it.
    """
    missing = [name for name in NEEDED if name not in data.variables]
    if missing:
        what = f"lacks the variables {', '.join(missing)}"
        raise InputError([Problem(str(path), "", what, "expected the output of a capture run")])
    if not data["outcome"].size:
        raise InputError([Problem(str(path), "", "holds no entry")])

    def get(name: str) -> np.ndarray:
        return np.ma.filled(data[name][...].astype(float), np.nan)

    present = [name for name in OPTIONAL if name in data.variables]
    case = {name: get(name) for name in (*COLUMNS, *present)}
    outcome = flags(data["outcome"])
    complete = bool(getattr(data, "complete", 1))
    has_tracks = "t" in data.variables
    return CaptureOutput(
        path=path,
        name=namelist["run"]["name"],
        complete=complete,
        count=int(getattr(data, "n_case", len(outcome))),
        settings=namelist,
        scalar={name: float(get(name)) for name in SCALARS},
        case=case,
        outcome=outcome,
        moon=flags(data["moon"]) if "moon" in data.variables else None,
        grid=grid({name: case[name] for name in AXES if name in case},
                  begun=not complete and _is_grid(namelist["start"])),
        tracks=_tracks(data, case, outcome == "captured") if has_tracks else (),
        has_tracks=has_tracks,
    )


def flags(variable: netCDF4.Variable) -> np.ndarray:
    """Meanings of a variable of flags (case)."""
    codes = np.ma.getdata(variable[...])
    names = np.full(codes.shape, "", dtype=object)
    for code, meaning in zip(np.atleast_1d(variable.flag_values),
                             variable.flag_meanings.split(), strict=True):
        names[codes == code] = meaning
    return names


def _is_grid(start: Mapping[str, object]) -> bool:
    """Whether the entries of a namelist are those of a grid."""
    return not start["table"] and not start["n_random"]


def grid(columns: Mapping[str, np.ndarray], begun: bool = False) -> Grid | None:
    """The grid that entries fill, in whatever order; None when they do not.

    With `begun`, the first entries of a grid will do.
    """
    values, index = {}, []
    for name, column in columns.items():
        values[name], place = np.unique(column, return_inverse=True)
        index.append(place)
    count = len(index[0])
    shape = tuple(len(axis) for axis in values.values())
    full = math.prod(shape) == count
    if not (full or begun) or len(np.unique(np.ravel_multi_index(index, shape))) != count:
        return None
    return Grid(values, np.array(index))


def _tracks(data: netCDF4.Dataset, case: Mapping[str, np.ndarray],
            captured: np.ndarray) -> tuple[Track, ...]:
    """Trajectories of captured entries, evenly from the longest to the shortest lifetime."""
    spatial = captured & (case["w"] != 0.0)
    cases = np.flatnonzero(spatial if spatial.any() else captured)
    last = np.where(np.isnan(case["lifetime"]), case["t_end"], case["lifetime"])[cases]
    cases = cases[np.argsort(-last, kind="stable")]
    picks = cases[spread(len(cases), TRACKS)]
    tracks = []
    for pick in picks:
        columns = [np.ma.filled(data[name][int(pick)].astype(float), np.nan) for name in TRACK]
        kept = np.isfinite(columns[0])
        tracks.append(Track(int(pick), *(column[kept] for column in columns)))
    return tuple(tracks)


def is_log(values: np.ndarray) -> bool:
    """Whether ascending values are spaced in log."""
    if len(values) < 3 or values[0] <= 0.0:
        return False
    ratios = np.diff(np.log(values))
    return bool(np.allclose(ratios, ratios[0], rtol=1e-6))


def spread(length: int, count: int) -> np.ndarray:
    """At most `count` indices, evenly from the first to the last of `length`."""
    return np.unique(np.linspace(0, length - 1, min(count, length)).round().astype(int))
