# SPDX-License-Identifier: BSD-3-Clause
"""What differs between two sweeps: members, scalars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.errors import InputError, Problem
from marsdisk.output.results import number
from marsdisk.plots.sweep_output import Column, SweepOutput, read
from marsdisk.report.variables import ROUND_OFF

PROVENANCE = ("base_sha256", "sweep_identity", "member_builds", "marsdisk_version", "git_hash")
"""Global attributes of a table that are compared."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Pairs:
    """Members of two sweeps with the same values of what varies.

    Parameters
    ----------
    a, b
        Their numbers.
    lengths
        Members of both sweeps.
    keys
        Columns that tell members apart.
    """

    a: np.ndarray
    b: np.ndarray
    lengths: tuple[int, int]
    keys: tuple[str, ...]


def compare_sweeps(a: Path, b: Path) -> list[tuple[str, Iterator[Row]]]:
    """Titles and rows of tables of what differs.

    Parameters
    ----------
    a, b
        Tables (``results.nc``) of two sweeps of the same kind that vary the same keys.

    Raises
    ------
    InputError
        A file is no table, or members cannot be matched.
    """
    first, second = read(a), read(b)
    if first.kind != second.kind:
        what = f"is a sweep of {second.kind} runs, and {a} of {first.kind} runs"
        raise InputError([Problem(str(b), "", what, "expected two sweeps of the same kind")])
    pairs = _pairs(a, b, first, second)
    return [
        ("provenance that differs", _provenance(a, b)),
        ("members", _members(first, second, pairs)),
        ((f"scalars that differ by more than {ROUND_OFF:g}; largest difference of a member, "
          "change = B - A over A"), _scalars(first, second, pairs)),
    ]


def _pairs(a: Path, b: Path, first: SweepOutput, second: SweepOutput) -> Pairs:
    if set(first.varied) != set(second.varied):
        varied = [", ".join(_key(column) for column in output.varied.values())
                  for output in (first, second)]
        what = f"varies {varied[1]}, and {a} {varied[0]}"
        raise InputError([Problem(str(b), "", what, "expected the same keys, so that members can "
                                  "be matched")])
    found: dict[tuple[object, ...], list[int]] = {}
    for k in range(len(second.states)):
        found.setdefault(_place(second, tuple(first.varied), k), []).append(k)
    matches = []
    for k in range(len(first.states)):
        place = _place(first, tuple(first.varied), k)
        if found.get(place):
            matches.append((k, found[place].pop(0)))
    mine, others = np.array(matches, dtype=int).reshape(-1, 2).T
    return Pairs(mine, others, (len(first.states), len(second.states)), tuple(first.varied))


def _key(column: Column) -> str:
    return column.long_name.partition(":")[0]


def _place(output: SweepOutput, names: tuple[str, ...], k: int) -> tuple[object, ...]:
    """Values of what varies of a member."""
    values = (output.varied[name].values[k] for name in names)
    return tuple(tuple(value) if np.ndim(value) else value for value in values)


def _provenance(a: Path, b: Path) -> Iterator[Row]:
    yield ("", "A", "B")
    with netCDF4.Dataset(a) as first, netCDF4.Dataset(b) as second:
        for name in PROVENANCE:
            texts = [str(getattr(data, name, "")) for data in (first, second)]
            if texts[0] != texts[1]:
                yield (name, *(text[:16] + "..." if len(text) == 64 else text for text in texts))


def _members(first: SweepOutput, second: SweepOutput, pairs: Pairs) -> Iterator[Row]:
    yield ("", "A", "B", "")
    if pairs.lengths[0] != pairs.lengths[1] or len(pairs.a) < pairs.lengths[0]:
        yield ("members", str(pairs.lengths[0]), str(pairs.lengths[1]), f"{len(pairs.a)} in common")
    done = [output.states.count("done") for output in (first, second)]
    if done[0] < pairs.lengths[0] or done[1] < pairs.lengths[1]:
        yield ("done", str(done[0]), str(done[1]), "")


def _scalars(first: SweepOutput, second: SweepOutput, pairs: Pairs) -> Iterator[Row]:
    yield ("scalar", "A", "B", "change", "unit", "members", "where")
    for name in dict.fromkeys([*first.scalars, *second.scalars]):
        if name not in first.scalars or name not in second.scalars:
            yield (name, "", "", "", "", f"only in {'A' if name in first.scalars else 'B'}", "")
            continue
        mine, other = first.scalars[name], second.scalars[name]
        a, b = mine.values[pairs.a], other.values[pairs.b]
        both_numbers = mine.is_number and other.is_number
        lacking = np.isnan(a) & np.isnan(b) if both_numbers else np.zeros(len(a), bool)
        changed = (a != b) & ~lacking
        if both_numbers:
            changed &= ~(np.abs(b - a) <= ROUND_OFF * np.abs(a))
        if name == "wall_time_s" or not changed.any():
            continue
        count = f"{int(changed.sum())} of {len(a)}"
        if not both_numbers:
            at = int(np.argmax(changed))
            yield (name, str(a[at]), str(b[at]), "", "", count, _where(first, pairs, at))
            continue
        gap = np.where(changed, np.abs(b - a), 0.0)
        scale = np.where(a == 0.0, np.nan, np.abs(a))
        share = np.where(np.isnan(gap / scale), np.where(changed, np.inf, 0.0), gap / scale)
        at = int(np.argmax(share))
        change = f"{(b[at] - a[at]) / scale[at]:+.2e}" if np.isfinite(share[at]) else ""
        yield (name, number(float(a[at])), number(float(b[at])), change,
               "" if mine.unit == "1" else mine.unit, count, _where(first, pairs, at))


def _where(output: SweepOutput, pairs: Pairs, at: int) -> str:
    """A member by what varies."""
    place = _place(output, pairs.keys, int(pairs.a[at]))
    return ", ".join(f"{_key(output.varied[name])} = {_text(value)}"
                     for name, value in zip(pairs.keys, place, strict=True))


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_text, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
