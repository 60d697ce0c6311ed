# SPDX-License-Identifier: BSD-3-Clause
"""Readers of the tables that users give as text: columns with a header that names the units.

A table is lines of numbers separated by blanks or commas. Its first line that is not a comment
(``#`` or ``!``) names the columns, unit included, so that no unit is ever guessed::

    # cooling of Mars
    time_yr, temperature_K
    0.0,     4000.0
    1.0,     3200.0
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marsdisk.config.schema import Range
from marsdisk.errors import InputError, Problem, nearest

MAX_PROBLEMS = 10
"""A file with more bad lines than this is not the table it is meant to be."""


@dataclass(frozen=True)
class Column:
    """A column: its accepted headers with the factor to the unit used inside, and its range."""

    factors: Mapping[str, float]
    unit: str
    within: str

    @property
    def headers(self) -> str:
        """Accepted headers as a text."""
        return " or ".join(self.factors)


@dataclass(frozen=True)
class TableKind:
    """A kind of table: axes, ascending, then the value; the second axis may be left out."""

    help: str
    x: Column
    z: Column
    y: Column | None = None


@dataclass(frozen=True)
class UserTable:
    """A table as read.

    Parameters
    ----------
    kind
        Key of `TABLES`.
    path
        The file.
    x
        Strictly ascending first axis (n_x), in the unit of its `Column`.
    y
        Strictly ascending second axis (n_y); empty if the table has one axis.
    z
        Values, (n_x) or (n_x, n_y).
    sha256
        Hash of the file.
    """

    kind: str
    path: Path
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    sha256: str


_TIME = Column({"time_s": 1.0, "time_d": 86400.0, "time_yr": 365.25 * 86400.0}, "s", "[0, inf)")
_RADIUS = Column({"r_RMars": 1.0}, "R_Mars", "[1, inf)")

TABLES: Mapping[str, TableKind] = {
    "temperature": TableKind(
        "temperature of Mars against time since the start",
        _TIME,
        Column({"temperature_K": 1.0}, "K", "(0, 2e4]"),
    ),
    "eccentricity": TableKind(
        "eccentricity against radius", _RADIUS, Column({"e": 1.0}, "1", "[0, 1)")
    ),
    "phi": TableKind(
        "exposure against optical depth",
        Column({"tau": 1.0}, "1", "[0, inf)"),
        Column({"phi": 1.0}, "1", "[0, 1]"),
    ),
    "psd": TableKind(
        "mass per unit ln s against radius of the grains",
        Column({"size_m": 1.0, "size_um": 1.0e-6}, "m", "(0, inf)"),
        Column({"dm_dlns": 1.0}, "1", "[0, inf)"),
    ),
    "rate": TableKind(
        "supply rate against time since the start, or against time and radius",
        _TIME,
        Column({"rate_kg_m2_s": 1.0}, "kg m-2 s-1", "[0, inf)"),
        y=_RADIUS,
    ),
    "psat": TableKind(
        "saturation pressure against temperature",
        Column({"temperature_K": 1.0}, "K", "(0, 2e4]"),
        Column({"p_sat_Pa": 1.0}, "Pa", "(0, inf)"),
    ),
    "sigma": TableKind(
        "surface density against radius",
        _RADIUS,
        Column({"sigma_kg_m2": 1.0}, "kg m-2", "[0, inf)"),
    ),
}


def read_table(kind: str, path: Path) -> UserTable:
    """Read and check a user table.

    Parameters
    ----------
    kind
        Key of `TABLES`.
    path
        The file.

    Returns
    -------
    UserTable
        Axes and values in SI units (radii of rings in R_Mars).

    Raises
    ------
    InputError
        With every problem found, each with ``file:line``.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise InputError(
            [Problem(str(path), "", "is not a text file", "expected columns of numbers in UTF-8")]
        ) from None
    rows = _rows(text)
    columns = _columns(TABLES[kind], path, rows)
    numbers = _numbers(path, rows[1:], columns)
    x, y, z = _axes(path, numbers, [line for line, _ in rows[1:]])
    return UserTable(kind, path, x, y, z, hashlib.sha256(data).hexdigest())


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Line number and fields of every line that is not empty or a comment."""
    rows = []
    for line, content in enumerate(text.splitlines(), start=1):
        fields = content.split("#")[0].split("!")[0].replace(",", " ").split()
        if fields:
            rows.append((line, fields))
    return rows


def _columns(
    kind: TableKind, path: Path, rows: list[tuple[int, list[str]]]
) -> list[tuple[Column, float]]:
    """Columns the header names, each with its factor."""
    layouts = [[kind.x, kind.z]] + ([[kind.x, kind.y, kind.z]] if kind.y else [])
    wanted = " or ".join(
        "'" + ", ".join(column.headers for column in layout) + "'" for layout in layouts
    )
    if not rows:
        raise InputError([Problem(str(path), "", "the table is empty", f"expected {kind.help}")])
    line, header = rows[0]
    place = f"{path}:{line}"
    if any(_is_number(field) for field in header):
        raise InputError(
            [Problem(place, "", "the header is missing", f"expected column names {wanted}")]
        )
    layout = next((layout for layout in layouts if len(layout) == len(header)), None)
    if layout is None:
        raise InputError([Problem(place, "", f"{len(header)} columns", f"expected {wanted}")])
    columns, problems = [], []
    for name, column in zip(header, layout, strict=True):
        factors = {key.lower(): factor for key, factor in column.factors.items()}
        if name.lower() in factors:
            columns.append((column, factors[name.lower()]))
        else:
            guess = nearest(name, column.factors)
            problems.append(
                Problem(place, "", f"unknown column '{name}'", f"expected {column.headers}", guess)
            )
    if problems:
        raise InputError(problems)
    return columns


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _numbers(
    path: Path, rows: list[tuple[int, list[str]]], columns: list[tuple[Column, float]]
) -> np.ndarray:
    """Checked numbers (row, column) in the units used inside."""
    problems: list[Problem] = []
    numbers = np.full((len(rows), len(columns)), np.nan)
    for row, (line, fields) in enumerate(rows):
        place = f"{path}:{line}"
        if len(fields) != len(columns):
            problems.append(
                Problem(place, "", f"{len(fields)} columns", f"expected {len(columns)} as above")
            )
            continue
        for position, (field, (column, factor)) in enumerate(zip(fields, columns, strict=True)):
            limits = Range.parse(column.within)
            if not _is_number(field):
                problems.append(Problem(place, "", f"'{field}' is not a number"))
                continue
            number = float(field) * factor
            if not math.isfinite(number) or number not in limits:
                problems.append(
                    Problem(place, "", f"{field} is not allowed",
                            f"expected a finite number {limits} [{column.unit}]")
                )
            numbers[row, position] = number
    if len(rows) < 2:
        problems.append(Problem(str(path), "", f"{len(rows)} rows", "expected 2 or more"))
    if len(problems) > MAX_PROBLEMS:
        more = len(problems) - MAX_PROBLEMS
        problems = [*problems[:MAX_PROBLEMS], Problem(str(path), "", f"and {more} more problems")]
    if problems:
        raise InputError(problems)
    return numbers


def _axes(
    path: Path, numbers: np.ndarray, lines: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split rows into axes and values; axes have to ascend, and two axes to fill a grid."""
    x = numbers[:, 0]
    if numbers.shape[1] == 2:
        falls = np.flatnonzero(np.diff(x) <= 0.0)
        if falls.size:
            place = f"{path}:{lines[falls[0] + 1]}"
            raise InputError(
                [Problem(place, "", "the first column does not increase",
                         "expected strictly increasing values")]
            )
        return x.copy(), np.empty(0), numbers[:, 1].copy()
    first, second = np.unique(x), np.unique(numbers[:, 1])
    grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2)
    if grid.shape != numbers[:, :2].shape or not np.array_equal(grid, numbers[:, :2]):
        raise InputError(
            [Problem(str(path), "", "the first two columns are not a full grid",
                     "expected every radius for every time, radius running fastest, both "
                     "increasing")]
        )
    return first, second, numbers[:, 2].reshape(first.size, second.size).copy()
