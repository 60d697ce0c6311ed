# SPDX-License-Identifier: BSD-3-Clause
"""What the figures of a sweep need from its table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.errors import InputError, Problem
from marsdisk.output.files import plain

LOG_RATIO = 30.0
"""Values that differ by more than this factor get a logarithmic scale [1]."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Parameters
    ----------
    name, long_name, unit
        Name, what it is, and unit as namelists have it.
    values
        Numbers or texts (member); lists of numbers (member, number).
    """

    name: str
    long_name: str
    unit: str
    values: np.ndarray

    @property
    def is_number(self) -> bool:
        """Whether it can be drawn."""
        return self.values.dtype.kind in "fi" and self.values.ndim == 1


@dataclass(frozen=True)
class Direction:
    """A varied key as an axis of a figure.

    Parameters
    ----------
    label
        Name and unit.
    places
        Where each member stands along it (member).
    log
        Whether a logarithmic scale suits it.
    ticks
        Texts at 0, 1, 2, ... where the values are no numbers; else empty.
    sampled
        Whether the values are random samples.
    """

    label: str
    places: np.ndarray
    log: bool
    ticks: tuple[str, ...] = ()
    sampled: bool = False


@dataclass(frozen=True)
class SweepOutput:
    """The table of a sweep.

    Parameters
    ----------
    kind, name
        Kind of run, and name of the sweep.
    axes
        For each axis the columns that vary together along it, and whether they are samples.
    varied, scalars
        Columns of what varies and of what came out, by name.
    states
        State of each member.
    """

    kind: str
    name: str
    axes: tuple[tuple[tuple[str, ...], bool], ...]
    varied: Mapping[str, Column]
    scalars: Mapping[str, Column]
    states: tuple[str, ...]

    @property
    def sampled(self) -> bool:
        """Whether members are random samples."""
        return any(sampled for _, sampled in self.axes)

    def direction(self, name: str, others: int = 0) -> Direction:
        """A varied key as an axis of a figure; `others` vary with it."""
        column = self.varied[name]
        more = f" and {others} more" if others else ""
        key = column.long_name.partition(":")[0]
        values, part = column.values, ""
        if values.ndim > 1:  # lists of numbers: one of them may be all that varies
            changing = np.flatnonzero(np.any(values != values[0], axis=0))
            if len(changing) == 1:
                part = f"({changing[0] + 1})"
                values = values[:, changing[0]]
            else:
                values = np.array([", ".join(f"{x:g}" for x in row) for row in values])
        unit = "" if column.unit in ("1", "-") else f" [{unit_text(column.unit)}]"
        if values.dtype.kind in "fi":
            sampled = any(sampled and name in keys for keys, sampled in self.axes)
            return Direction(f"{key}{part}{more}{unit}", values.astype(float), is_log(values),
                             sampled=sampled)
        texts = list(dict.fromkeys(values.tolist()))
        places = np.array([texts.index(text) for text in values.tolist()], dtype=float)
        return Direction(f"{key}{more}{unit}", places, False, tuple(short_text(t) for t in texts))


def short_text(text: str) -> str:
    """A text value for a tick: the name of a file without its folder."""
    return Path(text).name or "''"


def unit_text(unit: str) -> str:
    """A unit with raised exponents."""
    parts = []
    for part in unit.split():
        name = part.rstrip("-0123456789")
        power = part[len(name):]
        name = name.replace("M_Mars", r"$M_\mathrm{Mars}$").replace("R_Mars", r"$R_\mathrm{Mars}$")
        parts.append(f"{name}$^{{{power}}}$" if power and name else name + power)
    return " ".join(parts)


def is_log(values: np.ndarray) -> bool:
    """Whether values are spread by factors rather than by steps."""
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) < 2 or distinct[0] <= 0.0:
        return False
    if len(distinct) == 2:
        return bool(distinct[1] / distinct[0] > LOG_RATIO)
    steps, factors = np.diff(distinct), np.diff(np.log(distinct))
    uneven = np.std(steps) / np.mean(steps) > np.std(factors) / np.mean(factors) + 1e-9
    return bool(uneven and distinct[-1] / distinct[0] > 5.0)


def read(path: Path) -> SweepOutput:
    """The table in ``results.nc``.

    Raises
    ------
    InputError
        No such file, or no table of a sweep.
    """
    try:
        with netCDF4.Dataset(path) as data:
            if "sweep_axes" not in data.ncattrs():
                raise InputError([Problem(str(path), "", "is no table of a sweep")])
            return _read(data)
    except FileNotFoundError:
        raise InputError([Problem(str(path), "", "there is no table yet",
                                  f"make it with: marsdisk sweep {path.parent} --table")]) from None
    except (OSError, RuntimeError, AttributeError, KeyError, ValueError) as error:
        what = f"cannot be read as the table of a sweep: {error}"
        raise InputError([Problem(str(path), "", what)]) from error


def _read(data: netCDF4.Dataset) -> SweepOutput:
    columns = {
        name: Column(name, variable.long_name, getattr(variable, "unit_as_in_namelists", "1"),
                     _values(variable))
        for name, variable in data.variables.items() if "long_name" in variable.ncattrs()
    }
    axes = tuple((tuple(key.replace(".", "_") for key in axis["keys"]), bool(axis["sampled"]))
                 for axis in json.loads(data.sweep_axes))
    meanings = data["state"].flag_meanings.split()
    return SweepOutput(
        data.sweep_kind, data.sweep_name, axes,
        {name: columns[name] for keys, _ in axes for name in keys},
        {name: column for name, column in columns.items() if "scalar" in data[name].ncattrs()},
        tuple(meanings[state] for state in data["state"][:]),
    )


def _values(variable: netCDF4.Variable) -> np.ndarray:
    """Numbers with NaN where missing, or texts."""
    values = variable[...]
    if variable.dtype is str:
        return np.array([str(value) for value in np.atleast_1d(values)])
    if "namelist_key" in variable.ncattrs() and variable.dtype.kind == "i":  # logicals
        return np.array(["true" if value else "false" for value in plain(values)])
    return plain(values)
