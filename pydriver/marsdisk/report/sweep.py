# SPDX-License-Identifier: BSD-3-Clause
"""A page about a sweep: what varies, what came out, which members are left."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.config.schema import run_kind, show
from marsdisk.output.contents import Contents, opened
from marsdisk.plots.style import style
from marsdisk.plots.sweep import draw
from marsdisk.plots.sweep_output import Column, SweepOutput, read
from marsdisk.report import parts
from marsdisk.report.figures import embedded
from marsdisk.report.html import Child, Markup, code, definitions, element, listing, section, table
from marsdisk.sweep.manifest import MEMBERS, TABLE_CSV, TABLE_NC
from marsdisk.sweep.members import DONE, FAILED
from marsdisk.sweep.scalars import SHOWN

ROWS = 200
"""Members in the table of the page at most; results.csv has them all."""

COLUMNS = 5
"""Scalars in that table at most."""

LISTED = 20
"""Values of a key, and failures, that are listed at most."""


def body(path: Path) -> tuple[str, list[Child], list[Markup]]:
    """A page about the sweep whose table is `path`: its title, what is on top, its sections.

    Raises
    ------
    InputError
        There is no such table.
    """
    output = read(path)
    with netCDF4.Dataset(path) as data:
        attributes = {name: str(data.getncattr(name)) for name in data.ncattrs()}
        names = [str(name) for name in data["member_name"][...]]
    example = _example(path.parent, names, output)
    sections = [
        _varied(output, example),
        section("figures", "Figures", _figures(output)),
        _spread(output),
        _members(output, names),
    ]
    if example is not None:
        varied = ", ".join(_key(column) for column in output.varied.values())
        note = element("p", f"Those of the member {example.name}; from member to member vary "
                       f"{varied}.")
        sections += [parts.parameters(example, note), parts.inputs(example)]
    sections.append(_provenance(path, attributes))
    if example is not None:
        sections.append(parts.citation(example))
    done = output.states.count(DONE)
    keys = ", ".join(_key(column) for column in output.varied.values())
    top: list[Child] = [
        element("header", element("h1", output.name),
                element("p", f"Sweep of {len(output.states)} runs of kind '{output.kind}' over "
                        f"{keys}.", class_="soft")),
        _banner(path.parent, output),
        parts.tiles([(str(len(output.states)), "", "members"), (str(done), "", "done"),
                     *(_range(output.scalars[name]) for name in main_columns(output))]),
    ]
    return output.name, top, sections


def main_columns(output: SweepOutput) -> list[str]:
    """Columns that a reader looks for first."""
    numbers = [name for name, column in output.scalars.items() if column.is_number]
    return [name for name in SHOWN.get(output.kind, ()) if name in numbers] or numbers[:1]


def _key(column: Column) -> str:
    """Name of the key of a column, ``group.key``."""
    return column.long_name.partition(":")[0]


def _range(column: Column) -> tuple[Child, str, str]:
    """A tile with the smallest and the largest value of a column."""
    values = column.values[np.isfinite(column.values)]
    what = f"{column.name}, from member to member"
    if not values.size:
        return "none", "", what
    low, high = (f"{value:.3g}".replace("e-0", "e-").replace("e+", "e")
                 for value in (values.min(), values.max()))
    value = parts.unbroken(low)
    if low != high:
        value = Markup(f"{value} \N{EN DASH} {parts.unbroken(high)}")
    return value, "" if column.unit == "1" else column.unit, what


def _banner(folder: Path, output: SweepOutput) -> Markup:
    """Says which members are not done; nothing when all are."""
    counts = Counter(output.states)
    if counts[DONE] == len(output.states):
        return Markup("")
    others = ", ".join(f"{count} {name}" for name, count in counts.items() if name != DONE)
    left = element("p", element("strong", "This sweep is not complete"), f": {counts[DONE]} of "
                   f"{len(output.states)} members are done, {others}.")
    again = " --retry-failed" if counts[FAILED] else ""
    go_on = element("p", "Go on with ", code(f"marsdisk sweep {folder}{again}"), ".")
    reasons = _failures(folder)
    more = [element("p", f"... and {len(reasons) - LISTED} more")] * (len(reasons) > LISTED)
    return element("div", left, listing(reasons[:LISTED]) if reasons else "", more, go_on,
                   class_="banner", role="alert")


def _failures(folder: Path) -> list[str]:
    """Members that have failed, and why."""
    try:
        with (folder / TABLE_CSV).open(encoding="utf-8", newline="") as stream:
            return [f"{row['name']}: {row['reason']}" for row in csv.DictReader(stream)
                    if row["state"] == FAILED]
    except (OSError, KeyError, ValueError):
        return []


def _example(folder: Path, names: list[str], output: SweepOutput) -> Contents | None:
    """The first member that is done, if it is where it was."""
    for name, state in zip(names, output.states, strict=True):
        path = folder / MEMBERS / f"{name}.nc"
        if state == DONE and path.is_file():
            with opened(path) as (_, contents):
                return contents
    return None


def _varied(output: SweepOutput, example: Contents | None) -> Markup:
    """Keys that vary, with their values."""
    kind = run_kind(output.kind)
    rows: list[tuple[Child, ...]] = []
    for (names, sampled) in output.axes:
        for k, name in enumerate(names):
            column = output.varied[name]
            key = kind.key(_key(column)) if _key(column) in kind.names() else None
            how = "with the one above" if k else "sampled" if sampled else ""
            rows.append((
                [code(_key(column)), element("small", key.help if key else "")],
                _values(column), "" if column.unit == "1" else column.unit,
                code(show(key.default)) if key else "", how))
    note = "" if example else element("p", "No member is done yet.", class_="soft")
    return section("varied", "What varies", note,
                   table(("key", "values", "unit", "default", ""), rows, classes="wide"))


def _values(column: Column) -> str:
    """Distinct values of a key; a range when there are many."""
    if column.values.ndim > 1:
        rows = dict.fromkeys(", ".join(f"{x:.6g}" for x in row) for row in column.values)
        return "; ".join(list(rows)[:LISTED]) + ("; ..." if len(rows) > LISTED else "")
    distinct = list(dict.fromkeys(column.values.tolist()))
    if column.is_number:
        if len(distinct) > LISTED:
            return f"{len(distinct)} values, {min(distinct):.6g} to {max(distinct):.6g}"
        return ", ".join(f"{value:.6g}" for value in distinct)
    return ", ".join(map(str, distinct[:LISTED])) + (", ..." if len(distinct) > LISTED else "")


def _figures(output: SweepOutput) -> list[Markup]:
    with style():
        return [embedded(draw(output, output.scalars[name]),
                         f"{name}: {output.scalars[name].long_name}.")
                for name in main_columns(output)]


def _spread(output: SweepOutput) -> Markup:
    """Smallest, median and largest of every scalar."""
    rows: list[tuple[Child, ...]] = []
    for name, column in output.scalars.items():
        if not column.is_number:
            continue
        values = column.values[np.isfinite(column.values)]
        cells = [parts.value_of(float(of(values))) if values.size else ""
                 for of in (np.min, np.median, np.max)]
        rows.append(([code(name), element("small", column.long_name)], *cells,
                     "" if column.unit == "1" else column.unit))
    heads = ("", "smallest", "median", "largest", "unit")
    return section("results", "Results", table(heads, rows, numeric=(1, 2, 3), classes="wide"))


def _members(output: SweepOutput, names: list[str]) -> Markup:
    """Members with what varies and the scalars that differ between them."""
    main = main_columns(output)
    others = [name for name, column in output.scalars.items()
              if column.is_number and name not in main and name != "wall_time_s"
              and len(np.unique(column.values)) > 1]
    columns = {name: output.scalars[name] for name in [*main, *others][:COLUMNS]}
    varied = output.varied
    rows = [
        (str(k), state,
         *(_cell(column, k) for column in varied.values()),
         *(parts.value_of(float(column.values[k])) for column in columns.values()))
        for k, state in enumerate(output.states[:ROWS])
    ]
    heads = ("member", "state", *map(_key, varied.values()), *columns)
    more = len(names) - ROWS
    files = f"Files are members/NAME.nc; all columns are in {TABLE_CSV} and {TABLE_NC}."
    if more > 0:
        files = f"{more} more members are in {TABLE_CSV}. {files}"
    return section("members", "Members", table(heads, rows, numeric=range(2, len(heads))),
                   element("p", files, class_="soft"))


def _cell(column: Column, k: int) -> str:
    value = column.values[k]
    if column.values.ndim > 1:
        return " ".join(f"{x:.6g}" for x in value)
    return f"{value:.6g}" if column.is_number else str(value)


def _provenance(path: Path, attributes: dict[str, str]) -> Markup:
    """Where the table comes from."""
    from marsdisk.output.provenance import file_hash

    rows: list[tuple[str, Child]] = [
        ("namelist", code(attributes.get("base", ""))),
        ("SHA-256 of it", element("span", attributes.get("base_sha256", ""), class_="hash")),
        ("identity of the sweep", element("span", attributes.get("sweep_identity", ""),
                                          class_="hash")),
        ("members were run by", f"marsdisk {attributes.get('member_builds', '')}"),
        ("table was written by", ["marsdisk ", attributes.get("marsdisk_version", ""), " (",
                                  attributes.get("git_hash", ""), ")"]),
        ("history", attributes.get("history", "")),
        (f"SHA-256 of {path.name}", element("span", file_hash(path), class_="hash")),
    ]
    return section("provenance", "Provenance", definitions(rows))
