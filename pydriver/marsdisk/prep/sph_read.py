# SPDX-License-Identifier: BSD-3-Clause
"""Reading particles of impact simulations: CSV, columns of text, HDF5.

Text has a line of column names, also behind a ``#`` as NumPy writes it, or the names are given by
the user. HDF5 has one-dimensional variables of these names, or ``Masses`` (n) with ``Coordinates``
and ``Velocities`` (n, 3); netCDF4 reads both netCDF and plain HDF5.
"""

from __future__ import annotations

import math
import os
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from marsdisk.config.tables import is_number
from marsdisk.errors import InputError, Problem
from marsdisk.physics.orbits import orbits_of_elements, orbits_of_states
from marsdisk.prep.sph import Particles
from marsdisk.prep.sph_columns import (
    ELEMENTS,
    STATES,
    Columns,
    Unit,
    find_columns,
    parse_name,
)

if TYPE_CHECKING:
    import netCDF4

MAX_PROBLEMS = 20
"""Of more problems than this only the number is said [1]."""

LARGEST = 1.0e40
"""Larger numbers [SI] are none that a particle has, and their products overflow."""

HARMLESS = 2.0
"""Stands for a value that is reported already: in any column [SI] it breaks no rule."""

HEAD = 1000
"""The first numbers come within this many lines [1]."""

VECTORS = {"coordinates": "xyz", "positions": "xyz", "position": "xyz", "pos": "xyz",
           "velocities": "v", "velocity": "v", "vel": "v"}
"""Names of (n, 3) arrays in HDF5 files."""


def read_particles(
    path: Path, units: Mapping[str, Unit], columns: Sequence[str] = (), group: str = ""
) -> Particles:
    """Read particles from a file.

    Parameters
    ----------
    path
        The file.
    units
        Units by dimension of columns whose names have none.
    columns
        Names of the columns of a text file, all of them, instead of its header.
    group
        Group of an HDF5 file; empty = the one that holds particles.

    Raises
    ------
    InputError
        With every problem found, those of text each with ``file:line``.
    """
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise InputError([Problem(str(path), "", "is not a regular file")])
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    if start.startswith((b"\x89HDF\r\n\x1a\n", b"CDF")):
        if columns:
            raise InputError([Problem("--columns", "", "is for text, but the file is HDF5")])
        names, numbers, problems = _read_hdf5(path, units, group)
        text = None
    else:
        if b"\0" in start:
            what = "is a binary file"
            raise InputError([Problem(str(path), "", what, "expected text, HDF5 or netCDF")])
        if group:
            raise InputError([Problem("--group", "", "is for HDF5, but the file is text")])
        text = _head(path, columns, units)
        names = text.columns.names
        numbers, problems = _read_text(text)
    _check_values(names, numbers, problems)
    if problems.count:
        raise InputError(list(_placed(path, problems, text)))
    if not numbers[0].size:
        raise InputError([Problem(str(path), "", "there are no particles")])
    if not numbers[0].any():
        raise InputError([Problem(str(path), "m", "all masses are 0")])
    if names == ELEMENTS:
        return Particles(numbers[0], orbits_of_elements(*numbers[1:]))
    position, velocity = np.array(numbers[1:4]), np.array(numbers[4:])
    return Particles(numbers[0], orbits_of_states(position, velocity), position, velocity)


@dataclass
class _RowProblems:
    """What is wrong in rows: the first of each kind (row, column, what, expected), and how many."""

    first: list[tuple[int, str, str, str]] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, name: str, what: str, expected: str = "") -> None:
        """One more, of rows that come in their order."""
        if self.count < MAX_PROBLEMS:
            self.first.append((row, name, what, expected))
        self.count += 1

    def add_where(
        self, wrong: np.ndarray, name: str, what: Callable[[int], str], expected: str = ""
    ) -> None:
        """All rows of a mask."""
        rows = np.flatnonzero(wrong)
        self.first += [(int(row), name, what(row), expected) for row in rows[:MAX_PROBLEMS]]
        self.count += rows.size


# ---- text ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Text:
    """A text file whose beginning is understood: lines before the numbers, separator, columns."""

    path: Path
    skip: int
    separator: str | None
    count: int
    columns: Columns

    def rows(self, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
        """Line number and fields of every line with numbers."""
        for line, content in enumerate(islice(stream, self.skip, None), start=self.skip + 1):
            fields = _fields(content, self.separator)
            if fields:
                yield line, fields


def _fields(content: str, separator: str | None) -> list[str]:
    content = content.split("#")[0].strip()
    return content.split(separator) if content else []


def _head(path: Path, given: Sequence[str], units: Mapping[str, Unit]) -> _Text:
    """Understand the beginning of a text file."""
    header: tuple[int, str] | None = None
    comment: tuple[int, str] | None = None
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for line, content in enumerate(islice(stream, HEAD), start=1):
                bare = content.strip()
                if bare.startswith("#"):
                    comment = (line, bare.lstrip("#").strip())
                elif bare and header is None and _is_header(bare, given, comment):
                    header = (line, bare)
                elif bare:
                    return _with_columns(path, line - 1, bare, header, comment, given, units)
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), "", "is not UTF-8 text")]) from None
    what = f"no numbers in its first {HEAD} lines" if header or comment else "the file is empty"
    raise InputError([Problem(str(path), "", what, "expected a line of names, then one of numbers "
                              "per particle")])


def _is_header(row: str, given: Sequence[str], comment: tuple[int, str] | None) -> bool:
    """Is a line without ``#`` one of names?

    Where names are given, or stand in the comment above, a line that holds none of a needed column
    is a particle, maybe a wrong one: taken for a header it would be lost without a word.
    """
    fields, names = _split_row(row)[0], _split_header(row)
    if given:
        needed = [k for k, name in enumerate(given) if parse_name(name)[0]]
        names = [names[k] for k in needed if k < len(names)]
    elif comment is None or not _holds_names(_split_header(comment[1])):
        return not is_number(fields[0])
    return _holds_names(names) and not any(is_number(field) for field in fields)


def _holds_names(names: Sequence[str]) -> bool:
    """Is a needed column among them?"""
    return any(parse_name(name)[0] for name in names)


def _split_row(row: str) -> tuple[list[str], str | None]:
    """Fields of a row of numbers, and what separates them; None = blanks."""
    row = row.split("#")[0]
    mark = next((mark for mark in ",;" if mark in row), None)
    return row.split(mark), mark


def _split_header(text: str) -> list[str]:
    """Names of a header; blanks separate where no commas do, except before and in brackets."""
    mark = next((mark for mark in ",;" if mark in text), None)
    if mark:
        return [name.strip() for name in text.split(mark)]
    return re.findall(r"[^\s\[(]+(?:\s*(?:\[[^\]]*\]|\([^)]*\)))?", text)


def _with_columns(
    path: Path, skip: int, row: str, header: tuple[int, str] | None,
    comment: tuple[int, str] | None, given: Sequence[str], units: Mapping[str, Unit],
) -> _Text:
    """The columns from the command line, the header, or the comment above the numbers."""
    fields, separator = _split_row(row)
    if given:
        names, place = list(given), "--columns"
    elif header is not None:
        names, place = _split_header(header[1]), f"{path}:{header[0]}"
    elif comment is not None and _holds_names(_split_header(comment[1])):
        names, place = _split_header(comment[1]), f"{path}:{comment[0]}"
    else:
        raise InputError([Problem(f"{path}:{skip + 1}", "", "the header is missing",
                                  f"expected column names {' '.join(ELEMENTS)} or "
                                  f"{' '.join(STATES)}, there or with --columns")])
    if len(names) != len(fields):
        raise InputError([Problem(place, "", f"{len(names)} names",
                                  f"expected {len(fields)} as in line {skip + 1}")])
    return _Text(path, skip, separator, len(fields), find_columns(names, place, units))


def _read_text(text: _Text) -> tuple[list[np.ndarray], _RowProblems]:
    """Needed columns in SI units; the parser is NumPy's, and looks at nothing else."""
    needed = text.columns.places
    form = [(f"c{k}", "f8" if k in needed else "S1") for k in range(text.count)]
    try:
        with text.path.open(encoding="utf-8-sig") as stream:
            for _ in range(text.skip):
                next(stream)
            lines = (line for line in stream if line.lstrip()[:1] not in ("", "#"))
            table = np.loadtxt(lines, dtype=form, delimiter=text.separator, ndmin=1)
    except UnicodeDecodeError:
        raise InputError([Problem(str(text.path), "", "is not UTF-8 text")]) from None
    except ValueError as error:
        numbers, problems = _read_rows(text)
        if not problems.count:
            raise InputError([Problem(str(text.path), "", str(error))]) from None
        return numbers, problems
    numbers = [table[f"c{k}"] * factor
               for k, factor in zip(needed, text.columns.factors, strict=True)]
    return numbers, _RowProblems()


def _read_rows(text: _Text) -> tuple[list[np.ndarray], _RowProblems]:
    """The same row by row, for a file with rows that are no numbers: slow, but finds them all."""
    columns, problems, numbers = text.columns, _RowProblems(), array("d")
    with text.path.open(encoding="utf-8-sig") as stream:
        for row, (_, fields) in enumerate(text.rows(stream)):
            if len(fields) != text.count:
                problems.add(row, "", f"{len(fields)} columns", f"expected {text.count}")
                numbers.extend([HARMLESS] * len(columns.names))
                continue
            for name, k, factor in zip(columns.names, columns.places, columns.factors, strict=True):
                if is_number(fields[k]):
                    numbers.append(float(fields[k]) * factor)
                else:
                    problems.add(row, name, f"'{fields[k].strip()}' is not a number")
                    numbers.append(HARMLESS)
    return list(np.reshape(numbers, (-1, len(columns.names))).T), problems


# ---- HDF5 ----------------------------------------------------------------------------------------


def _read_hdf5(
    path: Path, units: Mapping[str, Unit], group: str
) -> tuple[tuple[str, ...], list[np.ndarray], _RowProblems]:
    """Names and values in SI units of the needed columns, and which are missing."""
    import netCDF4

    try:
        with netCDF4.Dataset(path) as data:
            place, found = _particle_group(path, data, group)
            columns = find_columns([one.name for one in found], place, units)
            arrays = [found[k].read() for k in columns.places]
    except (OSError, RuntimeError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputError([Problem(str(path), "", what, "expected HDF5 or netCDF")]) from None
    problems = []
    for name, values in zip(columns.names, arrays, strict=True):
        if values.dtype.kind not in "fiu":
            problems.append(Problem(place, name, "is not made of numbers"))
        elif values.size != arrays[0].size:
            problems.append(Problem(place, name, f"{values.size} values",
                                    f"expected {arrays[0].size}, as there are masses"))
    if problems:
        raise InputError(problems)
    # a fill value read as a number would be a particle of 1e37 kg
    missing, numbers = _RowProblems(), []
    for name, values, factor in zip(columns.names, arrays, columns.factors, strict=True):
        mask = np.ma.getmaskarray(values)
        missing.add_where(mask, name, lambda _: "is missing (fill value)")
        numbers.append(np.where(mask, HARMLESS, np.ma.getdata(values).astype(float) * factor))
    return columns.names, numbers, missing


@dataclass(frozen=True)
class _Column:
    """A column of an HDF5 file: name with unit, variable, and which part if that is (n, 3)."""

    name: str
    variable: netCDF4.Variable
    part: int | None = None

    def read(self) -> np.ma.MaskedArray:
        """Values as stored; what is missing is masked."""
        return self.variable[...] if self.part is None else self.variable[:, self.part]


def _particle_group(
    path: Path, data: netCDF4.Dataset, group: str
) -> tuple[str, list[_Column]]:
    """Place and columns of the group that holds particles."""
    groups = {"/": data, **_groups(data, "")}
    if group:
        name = group.strip("/") or "/"
        if name not in groups:
            raise InputError([Problem("--group", "", f"there is no group '{group}' in {path}",
                                      "expected one of " + ", ".join(groups))])
        return f"{path}:{name}", _variables(groups[name])
    variables = {name: _variables(one) for name, one in groups.items()}
    holding = {name: inside for name, inside in variables.items()
               if "m" in {parse_name(one.name)[0] for one in inside}}
    if len(holding) != 1:
        what = "several groups hold particles" if holding else "no group has a variable m or Masses"
        expected = "expected --group " + " or ".join(holding) if holding else (
            f"expected {' '.join(ELEMENTS)} or {' '.join(STATES)}")
        raise InputError([Problem(str(path), "", what, expected)])
    name, inside = next(iter(holding.items()))
    return f"{path}:{name}", inside


def _groups(data: netCDF4.Dataset, above: str) -> dict[str, netCDF4.Group]:
    """All groups below one, by path."""
    found = {}
    for name, group in data.groups.items():
        found[above + name] = group
        found.update(_groups(group, f"{above}{name}/"))
    return found


def _variables(group: netCDF4.Dataset) -> list[_Column]:
    """Columns of a group; a column that is there twice is so in the list."""
    found = []
    for name, variable in group.variables.items():
        unit = _unit(variable)
        kind = VECTORS.get(name.lower(), "")
        if kind and variable.ndim == 2 and variable.shape[1] == 3:
            found += [_Column(("v" if kind == "v" else "") + axis + unit, variable, part)
                      for part, axis in enumerate("xyz")]
        elif variable.ndim == 1 and parse_name(name)[0]:
            found.append(_Column(name if parse_name(name)[1] else name + unit, variable))
    return found


def _unit(variable: netCDF4.Variable) -> str:
    """Unit of a variable in brackets; empty when it has none."""
    attribute = next((a for a in ("units", "unit", "Units") if a in variable.ncattrs()), None)
    if attribute is None:
        return ""
    words = " ".join(map(str, np.ravel(variable.getncattr(attribute))))
    words = re.sub(r"[\[\]()]", "", words)
    return f" [{words}]" if words else ""


# ---- values --------------------------------------------------------------------------------------


def _check_values(
    names: Sequence[str], numbers: Sequence[np.ndarray], problems: _RowProblems
) -> None:
    """Find values that no particle has; of each only the first thing that is wrong with it."""
    value = dict(zip(names, numbers, strict=True))
    rules = [(name, ~(np.abs(values) < LARGEST), "a finite number")
             for name, values in value.items()]
    with np.errstate(invalid="ignore"):
        rules.append(("m", value["m"] < 0.0, "a mass >= 0"))
        if "e" in value:
            ellipse = value["e"] < 1.0
            rules += [
                ("e", value["e"] < 0.0, "an eccentricity >= 0"),
                ("a", ellipse & (value["a"] <= 0.0), "a semi-major axis > 0 with e < 1"),
                ("a", value["a"] == 0.0, "a semi-major axis other than 0"),
                ("i", (value["i"] < 0.0) | (value["i"] > math.pi * (1.0 + 1e-9)),
                 "an inclination from 0 to 180 deg (pi rad); is the unit right?"),
            ]
    known = {name: np.zeros(values.shape, dtype=bool) for name, values in value.items()}
    for name, wrong, expected in rules:
        problems.add_where(wrong & ~known[name], name,
                           lambda row, name=name: f"{value[name][row]:g} (SI) is not allowed",
                           f"expected {expected}")
        known[name] |= wrong


def _placed(path: Path, problems: _RowProblems, text: _Text | None) -> Iterator[Problem]:
    """The first problems with their places, and how many more there are."""
    first = sorted(problems.first)[:MAX_PROBLEMS]
    places = _places(path, [row for row, *_ in first], text)
    for row, *problem in first:
        yield Problem(places[row], *problem)
    more = problems.count - len(first)
    if more:
        yield Problem(str(path), "", f"and {more} more problem{'s' if more > 1 else ''}")


def _places(path: Path, rows: Sequence[int], text: _Text | None) -> dict[int, str]:
    """Where particles stand: ``file:line``, or their index."""
    if text is None:
        return {row: f"{path}: particle {row}" for row in rows}
    wanted, found = set(rows), {}
    with path.open(encoding="utf-8-sig") as stream:
        for row, (line, _) in enumerate(islice(text.rows(stream), max(rows) + 1)):
            if row in wanted:
                found[row] = f"{path}:{line}"
    return found
