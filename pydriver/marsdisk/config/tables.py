# SPDX-License-Identifier: BSD-3-Clause
"""Readers of the tables that users give as text: columns with a header that names the units.

A table is lines of numbers separated by blanks or commas. Its first line that is not a comment
(``#`` or ``!``) names the columns, unit included, so that no unit is ever guessed::

    # cooling of Mars
    time_yr, temperature_K
    0.0,     4000.0
    1.0,     3200.0

Two forms: values against one or two axes that increase (`TableKind`), and lists, whose rows have no
order and whose columns stand in any order, some of them optional (`ListKind`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marsdisk.config.capture_groups import SPEEDS
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

    @property
    def layouts(self) -> list[list[Column]]:
        """Columns, in their order, of the forms that it may have."""
        return [[self.x, self.z]] + ([[self.x, self.y, self.z]] if self.y else [])

    @property
    def wanted(self) -> str:
        """Accepted headers, for messages."""
        return " or ".join(
            "'" + ", ".join(column.headers for column in layout) + "'" for layout in self.layouts
        )


@dataclass(frozen=True)
class ListKind:
    """A kind of list: names of its columns, required and optional, one row or more."""

    help: str
    required: Mapping[str, Column]
    optional: Mapping[str, Column]

    @property
    def columns(self) -> Mapping[str, Column]:
        """All columns that it may have."""
        return {**self.required, **self.optional}

    @property
    def wanted(self) -> str:
        """Accepted headers, for messages."""
        required = " ".join(column.headers for column in self.required.values())
        return f"'{required}'" + "".join(f" [{c.headers}]" for c in self.optional.values())


@dataclass(frozen=True)
class UserTable:
    """A table of values against axes, as read.

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


@dataclass(frozen=True)
class UserList:
    """A list as read.

    Parameters
    ----------
    kind
        Key of `TABLES`.
    path
        The file.
    columns
        Values (row) of every column that the file has, in the unit of its `Column`.
    sha256
        Hash of the file.
    """

    kind: str
    path: Path
    columns: Mapping[str, np.ndarray]
    sha256: str


Table = UserTable | UserList

_TIME = Column({"time_s": 1.0, "time_d": 86400.0, "time_yr": 365.25 * 86400.0}, "s", "[0, inf)")
_RADIUS = Column({"r_RMars": 1.0}, "R_Mars", "[1, inf)")
_YEARS = "[0, inf)"

TABLES: Mapping[str, TableKind | ListKind] = {
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
    "entries": ListKind(
        "a list of velocities at the start",
        {
            "u": Column({"u_AU_yr": 1.0}, "AU yr-1", SPEEDS),
            "v": Column({"v_AU_yr": 1.0}, "AU yr-1", SPEEDS),
        },
        {
            "w": Column({"w_AU_yr": 1.0}, "AU yr-1", SPEEDS),
            "tau_gas": Column({"tau_gas_yr": 1.0}, "yr", _YEARS),
            "t_gas": Column({"t_gas_yr": 1.0}, "yr", _YEARS),
        },
    ),
}


def read_table(kind: str, path: Path) -> Table:
    """Read and check a user table or list.

    Parameters
    ----------
    kind
        Key of `TABLES`.
    path
        The file.

    Returns
    -------
    UserTable or UserList
        Axes and values in SI units (radii of rings in R_Mars), or columns in their own units.

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
    rows, form = _rows(text), TABLES[kind]
    place = _header_place(form, path, rows)
    sha256 = hashlib.sha256(data).hexdigest()
    if isinstance(form, ListKind):
        names, columns = _list_columns(form, place, rows[0][1])
        numbers = _numbers(path, rows[1:], columns, least=1)
        return UserList(kind, path, dict(zip(names, numbers.T.copy(), strict=True)), sha256)
    numbers = _numbers(path, rows[1:], _columns(form, place, rows[0][1]), least=2)
    x, y, z = _axes(path, numbers, [line for line, _ in rows[1:]])
    return UserTable(kind, path, x, y, z, sha256)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Line number and fields of every line that is not empty or a comment."""
    rows = []
    for line, content in enumerate(text.splitlines(), start=1):
        fields = content.split("#")[0].split("!")[0].replace(",", " ").split()
        if fields:
            rows.append((line, fields))
    return rows


def _header_place(
    form: TableKind | ListKind, path: Path, rows: list[tuple[int, list[str]]]
) -> str:
    """``file:line`` of the header, which has to be there."""
    if not rows:
        raise InputError([Problem(str(path), "", "the table is empty", f"expected {form.help}")])
    line, header = rows[0]
    place = f"{path}:{line}"
    if any(is_number(field) for field in header):
        raise InputError(
            [Problem(place, "", "the header is missing", f"expected column names {form.wanted}")]
        )
    return place


def _columns(kind: TableKind, place: str, header: list[str]) -> list[tuple[Column, float]]:
    """Columns that the header names, each with its factor."""
    layout = next((layout for layout in kind.layouts if len(layout) == len(header)), None)
    if layout is None:
        raise InputError([Problem(place, "", f"{len(header)} columns", f"expected {kind.wanted}")])
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


def _list_columns(
    kind: ListKind, place: str, header: list[str]
) -> tuple[list[str], list[tuple[Column, float]]]:
    """Names of the columns of a list in the order of the file, and the columns."""
    known = {
        written.lower(): (name, column, factor)
        for name, column in kind.columns.items()
        for written, factor in column.factors.items()
    }
    names, columns, problems = [], [], []
    for field in header:
        name, column, factor = known.get(field.lower(), ("", None, 0.0))
        if column is None:
            guess = nearest(field, [key for c in kind.columns.values() for key in c.factors])
            problems.append(
                Problem(place, "", f"unknown column '{field}'", f"expected {kind.wanted}", guess)
            )
        elif name in names:
            problems.append(Problem(place, "", f"the column {field} is there twice"))
        else:
            names.append(name)
            columns.append((column, factor))
    problems += [
        Problem(place, "", f"there is no column {column.headers}", f"expected {kind.wanted}")
        for name, column in kind.required.items()
        if name not in names
    ]
    if problems:
        raise InputError(problems)
    return names, columns


def is_number(field: str) -> bool:
    """Whether a text is a number; Python's own 1_000 is none for NumPy."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field and field.isascii()


def _numbers(
    path: Path,
    rows: list[tuple[int, list[str]]],
    columns: list[tuple[Column, float]],
    least: int,
) -> np.ndarray:
    """Checked numbers (row, column) of `least` rows or more, in the units used inside."""
    problems: list[Problem] = []
    ranges = [Range.parse(column.within) for column, _ in columns]
    numbers = np.full((len(rows), len(columns)), np.nan)
    for row, (line, fields) in enumerate(rows):
        place = f"{path}:{line}"
        if len(fields) != len(columns):
            problems.append(
                Problem(place, "", f"{len(fields)} columns", f"expected {len(columns)} as above")
            )
            continue
        for position, (field, (column, factor)) in enumerate(zip(fields, columns, strict=True)):
            limits = ranges[position]
            if not is_number(field):
                problems.append(Problem(place, "", f"'{field}' is not a number"))
                continue
            number = float(field) * factor
            if not math.isfinite(number) or number not in limits:
                problems.append(
                    Problem(place, "", f"{field} is not allowed",
                            f"expected a finite number {limits} [{column.unit}]")
                )
            numbers[row, position] = number
    if len(rows) < least:
        problems.append(Problem(str(path), "", f"{len(rows)} rows", f"expected {least} or more"))
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
