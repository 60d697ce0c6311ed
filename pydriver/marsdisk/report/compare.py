# SPDX-License-Identifier: BSD-3-Clause
"""What differs between two runs of the same kind, or two sweeps."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.config.schema import Value, run_kind, show
from marsdisk.errors import InputError, Problem
from marsdisk.output.contents import Contents, opened, sweep_table
from marsdisk.output.results import Result, number, results
from marsdisk.report.variables import RESIDUALS, ROUND_OFF, Grid, common_grids, differences

PROVENANCE = ("marsdisk_version", "git_hash", "compiler", "flags", "host", "threads", "complete",
              "stop_reason")
"""Global attributes about where numbers come from that are compared."""

WIDTH = 38
"""Longest value of a key in a table [characters]."""


@dataclass(frozen=True)
class Side:
    """One of the two files.

    Parameters
    ----------
    data, contents
        The open file.
    results
        Its main results.
    """

    data: netCDF4.Dataset
    contents: Contents
    results: tuple[Result, ...]


def compare(a: Path, b: Path) -> str:
    """Say what differs between two runs or two sweeps, by more than round-off.

    Parameters
    ----------
    a, b
        Output files of two runs of the same kind; or folders, or ``results.nc``, of two sweeps.

    Returns
    -------
    str
        Tables, or that the files hold the same.

    Raises
    ------
    InputError
        A file is no output of a run, or the kinds differ.
    """
    tables = sweep_table(a), sweep_table(b)
    if all(tables):
        return _sweeps(*tables)
    if any(tables):
        sweep, run = (a, b) if tables[0] else (b, a)
        raise InputError([Problem(str(run), "", f"is no sweep, and {sweep} is one",
                                  "expected two runs or two sweeps")])
    with opened(a) as (data_a, contents_a), opened(b) as (data_b, contents_b):
        if contents_a.kind != contents_b.kind:
            what = f"is a {contents_b.kind} run, and {a} a {contents_a.kind} run"
            raise InputError([Problem(str(b), "", what, "expected two runs of the same kind")])
        sides = tuple(Side(data, contents, results(data, contents))
                      for data, contents in ((data_a, contents_a), (data_b, contents_b)))
        grids = common_grids(data_a, data_b)
        parts = [
            _part("parameters that differ", _parameters(*sides)),
            _part("provenance that differs", _provenance(*sides)),
            _part(f"results that differ by more than {ROUND_OFF:g}; change = B - A over A",
                  _results(*sides)),
            _part("grids that differ; what follows is compared where they agree, nothing is "
                  "interpolated", _grids(grids)),
            _part(f"variables that differ by more than {ROUND_OFF:g}; largest difference, over the "
                  "largest |A|",
                  differences(data_a, data_b, grids)),
        ]
    head = [f"{letter}: {side.contents.path}  {side.contents.kind} run '{side.contents.name}'"
            + ("" if side.contents.complete else ", not complete")
            for letter, side in zip("AB", sides, strict=True)]
    found = [part for part in parts if part]
    if not found:
        same = "parameters, provenance, results and every variable"
        found = [f"The files hold the same to {ROUND_OFF:g}: {same}."]
    elif len(found) == 1 and found[0] == parts[1]:
        found.append(f"Parameters, results and every variable are the same to {ROUND_OFF:g}.")
    return "\n\n".join(["\n".join(head), *found])


def _sweeps(a: Path, b: Path) -> str:
    """Say what differs between two sweeps whose tables are given."""
    from marsdisk.report.compare_sweeps import compare_sweeps  # it loads matplotlib

    parts = [_part(title, rows) for title, rows in compare_sweeps(a, b)]
    found = [part for part in parts if part]
    if not found:
        found = [(f"The tables hold the same to {ROUND_OFF:g}: "
                  "provenance, members and every scalar.")]
    elif not any(parts[1:]):
        found.append(f"Members and every scalar are the same to {ROUND_OFF:g}.")
    return "\n\n".join([f"A: {a}\nB: {b}", *found])


def _part(title: str, rows: Iterator[tuple[str, ...]]) -> str:
    """A titled table with aligned columns; empty without rows but the heads."""
    heads, *body = rows
    if not body:
        return ""
    widths = [max(len(row[k]) for row in (heads, *body)) for k in range(len(heads))]
    lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
             .rstrip() for row in (heads, *body)]
    return "\n".join([title, *lines])


def _parameters(a: Side, b: Side) -> Iterator[tuple[str, ...]]:
    yield ("key", "A", "B", "default", "unit")
    kind = run_kind(a.contents.kind)
    defaults = {name: kind.key(name) for name in kind.names()}
    mine, others = a.contents.values(), b.contents.values()
    for name in dict.fromkeys([*mine, *others]):
        if mine.get(name) == others.get(name) and (name in mine) == (name in others):
            continue
        key = defaults.get(name)
        unit = key.unit if key and key.unit not in ("-", "1") else ""
        yield (name, _shown(mine, name), _shown(others, name),
               _short(show(key.default)) if key else "not a key", unit)


def _shown(values: Mapping[str, Value], name: str) -> str:
    return _short(show(values[name])) if name in values else "not in the file"


def _short(text: str) -> str:
    return textwrap.shorten(text, WIDTH, placeholder=" ...") if len(text) > WIDTH else text


def _provenance(a: Side, b: Side) -> Iterator[tuple[str, ...]]:
    yield ("", "A", "B")
    for name in PROVENANCE:
        texts = a.contents.text(name), b.contents.text(name)
        if texts[0] != texts[1]:
            yield (name, *texts)
    files = [dict(line.partition(": ")[::2] for line in side.contents.text("input_files")
                  .splitlines()) for side in (a, b)]
    for key in dict.fromkeys([*files[0], *files[1]]):
        texts = [_hash(found.get(key, "none")) for found in files]
        if texts[0] != texts[1]:
            yield (key, *texts)


def _hash(entry: str) -> str:
    """A file by the beginning of its hash: where it lies does not matter."""
    name, _, digest = entry.rpartition(" sha256 ")
    return f"{Path(name).name} sha256 {digest[:16]}..." if name else entry


def _results(a: Side, b: Side) -> Iterator[tuple[str, ...]]:
    yield ("", "", "A", "B", "change", "unit")
    for mine, other in zip(a.results, b.results, strict=True):
        if mine.name in RESIDUALS or not _differ(mine.value, other.value):
            continue
        change = ""
        if mine.value and np.isfinite(mine.value) and np.isfinite(other.value):
            change = f"{(other.value - mine.value) / abs(mine.value):+.2e}"
        texts = number(mine.value), number(other.value)
        if texts[0] == texts[1]:
            texts = repr(mine.value), repr(other.value)
        unit = "" if mine.unit == "1" else mine.unit
        yield (mine.name, mine.label, *texts, change, unit)


def _differ(a: float, b: float) -> bool:
    """Whether two numbers differ by more than round-off; a missing one differs from others."""
    if np.isnan(a) or np.isnan(b):
        return np.isnan(a) != np.isnan(b)
    return a != b and not abs(b - a) <= ROUND_OFF * abs(a)


def _grids(grids: Mapping[str, Grid]) -> Iterator[tuple[str, ...]]:
    yield ("dimension", "A", "B", "in common")
    for name, grid in grids.items():
        if not grid.same:
            yield (name, str(grid.lengths[0]), str(grid.lengths[1]),
                   f"{grid.count} values of {grid.by}")
