# SPDX-License-Identifier: BSD-3-Clause
"""Variables of two files on the coordinates that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import netCDF4
import numpy as np

from marsdisk.output.contents import column
from marsdisk.output.results import number

COORDINATES = {
    "time": ("time",), "ring": ("r",), "ring_edge": ("r_edges",), "bin": ("size",),
    "bin_edge": ("size_edges",), "case": ("u", "v", "w", "tau_gas", "t_gas"), "sample": (),
}
"""Dimension -> variables that say where on it one is; none: its index does."""

ROUND_OFF = 1.0e-14
"""A smaller difference, relative to the values, is none [1]."""

RESIDUALS = ("mass_residual", "surface_residual", "l_residual")
"""Variables that are nothing but round-off; how well a run closes is said in its warnings."""

SHOWN = 4
"""Changes of a flag that are listed [1]."""


@dataclass(frozen=True)
class Grid:
    """What two files have in common along a dimension.

    Parameters
    ----------
    by
        Coordinates that were compared.
    lengths
        Lengths of the dimension in both files.
    a, b
        Indices of the values in common; a slice where all are.
    """

    by: str
    lengths: tuple[int, int]
    a: slice | np.ndarray
    b: slice | np.ndarray

    @property
    def same(self) -> bool:
        """Whether both have the same values in the same order."""
        return isinstance(self.a, slice)

    @property
    def count(self) -> int:
        """Values in common."""
        return self.lengths[0] if isinstance(self.a, slice) else len(self.a)


def common_grids(a: netCDF4.Dataset, b: netCDF4.Dataset) -> dict[str, Grid]:
    """What two open files have in common along the dimensions that both have."""
    return {name: _grid(name, a, b) for name in a.dimensions if name in b.dimensions}


def _grid(name: str, a: netCDF4.Dataset, b: netCDF4.Dataset) -> Grid:
    names = [axis for axis in COORDINATES.get(name, ())
             if axis in a.variables and axis in b.variables]
    lengths = len(a.dimensions[name]), len(b.dimensions[name])
    if not names:
        shorter = np.arange(min(lengths))
        same = lengths[0] == lengths[1]
        return Grid("the index", lengths, *([slice(None)] * 2 if same else [shorter] * 2))
    points = [np.stack([column(data, axis) for axis in names], axis=-1) for data in (a, b)]
    by = ", ".join(names)
    if np.array_equal(*points):
        return Grid(by, lengths, slice(None), slice(None))
    # entries that occur twice are taken in their order
    found: dict[tuple[float, ...], list[int]] = {}
    for k, point in enumerate(map(tuple, points[1])):
        found.setdefault(point, []).append(k)
    pairs = []
    for k, point in enumerate(map(tuple, points[0])):
        if found.get(point):
            pairs.append((k, found[point].pop(0)))
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    return Grid(by, lengths, first, second)


def differences(
    a: netCDF4.Dataset, b: netCDF4.Dataset, grids: Mapping[str, Grid]
) -> Iterator[tuple[str, ...]]:
    """Rows of a table of the variables that differ by more than round-off.

    Parameters
    ----------
    a, b
        The open files.
    grids
        What they have in common.
    """
    yield ("variable", "unit", "dimensions", "difference", "relative", "where")
    for name in dict.fromkeys([*a.variables, *b.variables]):
        if name in RESIDUALS:
            continue
        if name not in a.variables or name not in b.variables:
            yield (name, "", "", f"only in {'A' if name in a.variables else 'B'}", "", "")
            continue
        entry = a[name]
        if entry.dimensions != b[name].dimensions:
            yield (name, "", "", "other dimensions", "", "")
            continue
        values = [_taken(data[name], grids, side) for data, side in ((a, "a"), (b, "b"))]
        row = _flags(entry, *values) if "flag_meanings" in entry.ncattrs() else _largest(
            a, entry, grids, *values)
        if row:
            unit = entry.units.partition(" since")[0]
            yield (name, "" if unit == "1" else unit, ", ".join(entry.dimensions), *row)


def _taken(entry: netCDF4.Variable, grids: Mapping[str, Grid], side: str) -> np.ndarray:
    """Values of a variable where both files have them, NaN where missing."""
    values = np.ma.filled(entry[...].astype(float), np.nan)
    for axis, name in enumerate(entry.dimensions):
        picked = getattr(grids[name], side)
        if not isinstance(picked, slice):
            values = np.take(values, picked, axis=axis)
    return values


def _largest(
    data: netCDF4.Dataset, entry: netCDF4.Variable, grids: Mapping[str, Grid],
    a: np.ndarray, b: np.ndarray,
) -> tuple[str, str, str] | None:
    """The largest difference, its share of the largest |A|, and where it is; None without any."""
    if not a.size:
        return None
    lacking = int(np.sum(np.isnan(a) != np.isnan(b)))
    note = f"; {lacking} missing in one file alone" if lacking else ""
    # zero: equal infinities, missing values
    gap = np.where((a == b) | np.isnan(a) | np.isnan(b), 0.0, np.abs(b - a))
    scale = np.max(np.abs(a[np.isfinite(a)]), initial=0.0)
    at = np.unravel_index(int(np.argmax(gap)), gap.shape)
    if gap[at] <= ROUND_OFF * scale:
        return ("0", "", note.removeprefix("; ")) if lacking else None
    share = f"{gap[at] / scale:.1e}" if scale > 0.0 else "A is 0"
    where = ", ".join(_place(data, name, grids[name], k)
                      for name, k in zip(entry.dimensions, at, strict=True))
    return number(float(gap[at])), share, where + note


def _place(data: netCDF4.Dataset, dimension: str, grid: Grid, index: int) -> str:
    """Where an index is, by the coordinate if there is one."""
    index = int(np.arange(grid.lengths[0])[grid.a][index])
    axes = [axis for axis in COORDINATES.get(dimension, ()) if axis in data.variables]
    if len(axes) != 1:
        return f"{dimension} {index}"
    unit = data[axes[0]].units.partition(" since")[0]
    return f"{axes[0]} {number(float(data[axes[0]][index]))} {unit}"


def _flags(entry: netCDF4.Variable, a: np.ndarray, b: np.ndarray) -> tuple[str, str, str] | None:
    """How many flags differ, their share, and from what to what."""
    changed = a != b
    if not changed.any():
        return None
    meanings = dict(zip(np.atleast_1d(entry.flag_values).tolist(), entry.flag_meanings.split(),
                        strict=True))
    pairs, counts = np.unique(np.stack([a[changed], b[changed]]), axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    moves = [f"{counts[k]} {meanings[pairs[0, k]]} -> {meanings[pairs[1, k]]}"
             for k in order[:SHOWN]]
    if len(order) > SHOWN:
        moves.append("...")
    return f"{int(changed.sum())} of {a.size}", f"{changed.mean():.1e}", ", ".join(moves)
