# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep temperature`: table of the temperature of Mars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from marsdisk.cli.ranges import FiniteRange
from marsdisk.cli.target import target_problems, write_text
from marsdisk.errors import InputError, Problem
from marsdisk.prep.temperature import (
    LAWS,
    TIME_UNITS,
    YEAR,
    Lamp,
    format_table,
    hotspot_temperature,
    impact_heating,
    read_columns,
)

_POSITIVE = FiniteRange(0.0, min_open=True)
_NOT_NEGATIVE = FiniteRange(0.0)
_KELVIN = FiniteRange(0.0, 2.0e4, min_open=True)
_PATH = click.Path(path_type=Path)
_COLD = FiniteRange(0.0, 2.0e4)

_ROWS = {"law", "t0", "v_impact", "t_end", "rows"}
_LAYER = {"layer_depth", "layer_rho", "layer_cp", "t_floor", "f_lim"}
_HOTSPOT = {"t_hot", "f_hot", "t_bg"}
_USED = {"slab": _ROWS | _LAYER, "linear": _ROWS | _LAYER, "constant": _ROWS,
         "hotspot": _ROWS | _LAYER | _HOTSPOT}
"""Parameters that a law has."""


@click.command("temperature", short_help="Make a table of the temperature of Mars.")
@click.option("--law", type=click.Choice(LAWS), default="slab", show_default=True,
              help="Law of cooling.")
@click.option("--t0", metavar="K", type=_KELVIN, help="Temperature at the start [default: 4000].")
@click.option("--v-impact", metavar="M/S", type=_POSITIVE,
              help="Instead of --t0: speed of an impact [m/s] that heats Mars by v^2/(8 c_p).")
@click.option("--t-base", metavar="K", type=_COLD, default=0.0, show_default=True,
              help="Temperature before the impact.")
@click.option("--layer-depth", metavar="M", type=_POSITIVE, default=1.0e5, show_default=True,
              help="Depth of the layer that cools [m].")
@click.option("--layer-rho", metavar="RHO", type=_POSITIVE, default=3000.0, show_default=True,
              help="Its density [kg/m3].")
@click.option("--layer-cp", metavar="CP", type=_POSITIVE, default=1000.0, show_default=True,
              help="Its specific heat [J/kg/K].")
@click.option("--t-floor", metavar="K", type=_COLD, default=0.0, show_default=True,
              help="Mars does not cool below this.")
@click.option("--f-lim", metavar="F", type=_NOT_NEGATIVE, default=0.0, show_default=True,
              help="Limit of the outgoing radiation [W/m2]; 0 = none.")
@click.option("--t-hot", metavar="K", type=_KELVIN, default=6000.0, show_default=True,
              help="hotspot: temperature of the hot part.")
@click.option("--f-hot", type=FiniteRange(0.0, 1.0), default=0.1, show_default=True,
              help="hotspot: fraction of the surface that is hot.")
@click.option("--t-bg", metavar="K", type=_COLD, default=1000.0, show_default=True,
              help="hotspot: temperature of the rest.")
@click.option("--t-end", metavar="YR", type=_POSITIVE, default=10.0, show_default=True,
              help="Last time [yr].")
@click.option("--rows", type=click.IntRange(2, 1000000), default=201, show_default=True,
              help="Number of rows.")
@click.option("--from", "columns", metavar="FILE", type=_PATH,
              help="Instead of a law: convert the columns time, temperature [K] of FILE.")
@click.option("--time-unit", type=click.Choice(list(TIME_UNITS)),
              help="Unit of the time in that file.")
@click.option("--from-first", is_flag=True, help="Count the time from the first row of that file.")
@click.option("--to", metavar="FILE", type=_PATH, help="File to write [default: print].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.pass_context
def command(
    context: click.Context,
    law: str, t0: float | None, v_impact: float | None, t_base: float, layer_depth: float,
    layer_rho: float, layer_cp: float, t_floor: float, f_lim: float, t_hot: float, f_hot: float,
    t_bg: float, t_end: float, rows: int, columns: Path | None, time_unit: str | None,
    from_first: bool, to: Path | None, force: bool,
) -> None:
    """Make a table of the temperature of Mars against time for mars.driver = 'table'.

    The table is a law of cooling, with a start that may follow from an impact, or the columns of
    a file of yours in the unit that you state.
    """
    problems = list(target_problems(to, force, *filter(None, [columns]))) if to is not None else []
    problems += _idle(context, law, columns is not None, v_impact is not None)
    start = 0.0
    if columns is None:
        if time_unit is not None or from_first:
            problems.append(Problem("--time-unit" if time_unit else "--from-first", "",
                                    "describes a file, but there is none", "expected --from FILE"))
        try:
            hotspot = hotspot_temperature(t_hot, f_hot, t_bg)
            start = _start(law, t0, v_impact, t_base, layer_cp, hotspot)
        except InputError as error:
            problems += error.problems
    elif time_unit is None:
        problems.append(Problem("--time-unit", "", "is missing", "expected s, d or yr"))
    if problems:
        raise InputError(problems)
    if columns is not None:
        time, temperature = read_columns(columns, time_unit, from_first=from_first)
        comments = [f"Temperature of Mars, from {columns.name} (time in {time_unit})"]
    else:
        shape = "slab" if law == "hotspot" else law
        lamp = Lamp(shape, start, layer_depth, layer_rho, layer_cp, t_floor, f_lim)
        time, temperature = lamp.table(t_end * YEAR, rows)
        comments = [
            f"Temperature of Mars: {law}, {start:.8g} K at the start",
            f"layer of {layer_depth:g} m, {layer_rho:g} kg m-3, {layer_cp:g} J kg-1 K-1",
            f"t_floor = {t_floor:g} K, f_lim = {f_lim:g} W m-2",
        ]
        if v_impact is not None:
            comments.append(f"start: impact at {v_impact:g} m s-1 on {t_base:g} K")
        if law == "hotspot":
            comments.append(f"start: {f_hot:g} of the surface at {t_hot:g} K, rest at {t_bg:g} K")
    text = format_table(time, temperature, comments)
    if to is None:
        click.echo(text, nl=False)
        return
    write_text(to, text, force)
    click.echo(f"{to}: {time.size} rows, {temperature[0]:g} K to {temperature[-1]:g} K in "
               f"{time[-1] / YEAR:.4g} yr")


def _idle(
    context: click.Context, law: str, has_file: bool, has_impact: bool
) -> Iterator[Problem]:
    """Options that were given and have no effect."""
    used = set() if has_file else _USED[law] | ({"t_base", "layer_cp"} if has_impact else set())
    for option in context.command.params:
        name = option.name
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not given or name in used or name not in _ROWS | _LAYER | _HOTSPOT | {"t_base"}:
            continue
        if has_file:
            what, expected = "has no effect with --from", ""
        elif name == "t_base":
            what, expected = "has no effect without --v-impact", ""
        else:
            laws = [other for other in _USED if name in _USED[other]]
            what = f"has no effect with --law {law}"
            expected = f"expected --law {' or '.join(laws)}"
        yield Problem(option.opts[0], "", what, expected)


def _start(
    law: str, t0: float | None, v_impact: float | None, t_base: float, layer_cp: float,
    hotspot: float,
) -> float:
    """Temperature at the start [K]."""
    given = [name for name, value in (("--t0", t0), ("--v-impact", v_impact)) if value is not None]
    if len(given) + (law == "hotspot") > 1:
        what = "--law hotspot" if law == "hotspot" else given[0]
        raise InputError([
            Problem(given[-1], "", f"the start follows from {what} already", "give only one")
        ])
    if law == "hotspot":
        start = hotspot
    elif v_impact is not None:
        start = t_base + impact_heating(v_impact, layer_cp)
    else:
        start = 4000.0 if t0 is None else t0
    if not 0.0 < start <= 2.0e4:
        raise InputError([
            Problem("--v-impact" if v_impact else "--law", "", f"Mars starts at {start:g} K",
                    "expected more than 0 and at most 2e4 K")
        ])
    return start
