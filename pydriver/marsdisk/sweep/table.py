# SPDX-License-Identifier: BSD-3-Clause
"""The table of a sweep: one row per member with what varies and what came out, CSV and netCDF."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk import __version__, _build_info, core
from marsdisk.config.schema import Key, Value, run_kind
from marsdisk.output.files import replaced
from marsdisk.sweep.manifest import TABLE_CSV, TABLE_NC, Sweep
from marsdisk.sweep.members import DONE, STATES, State
from marsdisk.sweep.scalars import Scalar

_FOR_UDUNITS = {"deg": "degree", "AU": "au", "yr": "Julian_year", "orbits": "1", "dex": "1",
                "-": "1"}


@dataclass(frozen=True)
class Table:
    """The columns of a table; rows are members.

    Parameters
    ----------
    varied
        Name of the column -> key, its definition, and its values.
    scalars
        Columns and their values.
    """

    varied: Mapping[str, tuple[str, Key, list[Value]]]
    scalars: Mapping[str, tuple[Scalar, list[float | str]]]


def write_table(
    sweep: Sweep, states: Mapping[int, State], columns: Sequence[Scalar]
) -> None:
    """Write ``results.csv`` and ``results.nc`` into the folder of a sweep.

    Parameters
    ----------
    sweep
        The sweep.
    states
        State of every member; those that are complete with their scalars.
    columns
        The scalars.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    missing = tuple("" if column.unit is None else np.nan for column in columns)
    rows = [states[member.index].values if states[member.index].name == DONE else missing
            for member in sweep.members]
    table = Table(_varied(sweep), {
        column.name: (column, [row[k] for row in rows]) for k, column in enumerate(columns)})
    _write_csv(sweep, states, table)
    _write_netcdf(sweep, states, table)


def builds_of(states: Mapping[int, State]) -> list[str]:
    """The builds of marsdisk that complete members were run by."""
    return sorted({state.build for state in states.values() if state.name == DONE})


def column_name(key: str) -> str:
    """Name of the column of a namelist key."""
    return key.replace(".", "_")


def _varied(sweep: Sweep) -> dict[str, tuple[str, Key, list[Value]]]:
    kind = run_kind(sweep.kind)
    keys = [key for axis in sweep.axes for key in axis.keys]
    return {column_name(key): (key, kind.key(key), [m.values[key] for m in sweep.members])
            for key in keys}


def _write_csv(sweep: Sweep, states: Mapping[int, State], table: Table) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["index", "name", "state", *table.varied, *table.scalars, "reason"])
    for k, member in enumerate(sweep.members):
        state = states[member.index]
        varied = [_csv_text(values[k]) for _, _, values in table.varied.values()]
        results = [_csv_text(values[k]) for _, values in table.scalars.values()]
        reason = "" if state.name == DONE else " ".join(state.reason.split())
        writer.writerow([member.index, member.name, state.name, *varied, *results, reason])
    with replaced(sweep.folder / TABLE_CSV, new=False) as aside:
        Path(aside).write_text(stream.getvalue(), encoding="utf-8")


def _csv_text(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return "" if np.isnan(value) else repr(value).removesuffix(".0")
        case tuple():
            return " ".join(_csv_text(number) for number in value)
    return str(value)


def _write_netcdf(sweep: Sweep, states: Mapping[int, State], table: Table) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    attributes = {
        "Conventions": "CF-1.11",
        "title": f"marsdisk sweep: {sweep.describe()}",
        "source": f"marsdisk {__version__}",
        "history": f"{now} marsdisk sweep",
        "references": "see the members",
        "comment": "scalars are missing where a member is not done; years are of 365.25 d",
        "sweep_kind": sweep.kind,
        "sweep_name": sweep.name,
        "sweep_axes": json.dumps([asdict(axis) for axis in sweep.axes]),
        "sweep_identity": sweep.identity,
        "base": sweep.base["file"],
        "base_sha256": sweep.base["sha256"],
        "member_builds": ", ".join(builds_of(states)),
        "marsdisk_version": __version__,
        "git_hash": _build_info.GIT_HASH,
    }
    with replaced(sweep.folder / TABLE_NC, new=False) as aside, netCDF4.Dataset(aside, "w") as data:
        data.setncatts(attributes)
        data.createDimension("member", len(sweep.members))
        names = data.createVariable("member_name", str, ("member",))
        names.long_name = "name of the files of the member"
        names[:] = np.array([member.name for member in sweep.members], dtype=object)
        _put_states(data, [states[member.index].name for member in sweep.members])
        for name, (key, definition, values) in table.varied.items():
            _put_varied(data, name, key, definition, values)
        others = " ".join(["member_name", *table.varied])
        for name, (scalar, values) in table.scalars.items():
            entry = _put(data, name, values, scalar.unit)
            entry.setncatts({"long_name": scalar.long_name, "coordinates": others,
                             "scalar": scalar.text})


def _put_states(data: netCDF4.Dataset, states: Sequence[str]) -> None:
    entry = data.createVariable("state", "i1", ("member",))
    entry.setncatts({"long_name": "how far the member is", "units": "1",
                     "flag_values": np.arange(len(STATES), dtype=np.int8),
                     "flag_meanings": " ".join(STATES)})
    entry[:] = [STATES.index(state) for state in states]


def _put_varied(
    data: netCDF4.Dataset, name: str, key: str, definition: Key, values: Sequence[Value]
) -> None:
    unit = None if definition.type in ("text", "file") else definition.unit
    if len({np.size(value) for value in values}) > 1:  # no array holds lists of different lengths
        values = [_csv_text(value) for value in values]
        entry = _put(data, name, values, None)
        entry.unit_as_in_namelists = definition.unit
    else:
        entry = _put(data, name, values, unit)
    entry.setncatts({"long_name": f"{key}: {definition.help}", "namelist_key": key})


def _put(
    data: netCDF4.Dataset, name: str, values: Sequence[Value], unit: str | None
) -> netCDF4.Variable:
    """A variable over the members; lists of numbers get a dimension of their own."""
    if unit is None:
        entry = data.createVariable(name, str, ("member",))
        entry[:] = np.array([str(value) for value in values], dtype=object)
        return entry
    array = np.array(values, dtype="i1" if isinstance(values[0], bool) else "f8")
    dimensions = ["member"]
    if array.ndim > 1:
        dimensions.append(f"{name}_number")
        data.createDimension(dimensions[1], array.shape[1])
    fill = np.nan if array.dtype.kind == "f" else None
    entry = data.createVariable(name, array.dtype, dimensions, fill_value=fill)
    entry.setncatts({"units": cf_units(unit), "unit_as_in_namelists": _plain_unit(unit)})
    entry[:] = np.ma.masked_invalid(array) if fill is not None else array
    return entry


def cf_units(unit: str) -> str:
    """A unit for UDUNITS, to which masses and radii of Mars are just factors."""
    const = core.constants()
    for name, constant in (("M_Mars", "m_mars"), ("R_Mars", "r_mars")):
        factor = f"{const[constant].value:.12g} {const[constant].unit}"
        unit = re.sub(rf"\b{name}\b", factor, unit)
    return " ".join(_changed(part, _FOR_UDUNITS) for part in unit.split())


def _plain_unit(unit: str) -> str:
    """A unit as namelists have it, from one of those or of UDUNITS."""
    names = {theirs: ours for ours, theirs in _FOR_UDUNITS.items() if theirs != "1"}
    return " ".join(_changed(part, names) for part in unit.split())


def _changed(part: str, names: Mapping[str, str]) -> str:
    """A factor of a unit, ``AU`` or ``yr-1``, with another name."""
    match = re.match(r"(.*?)(-?\d+)?\Z", part)
    return names.get(match[1], match[1]) + (match[2] or "") if match else part
