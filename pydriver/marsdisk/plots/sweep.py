# SPDX-License-Identifier: BSD-3-Clause
"""Figures of a sweep: any scalar of its table against what varies."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from marsdisk.errors import InputError, Problem, nearest
from marsdisk.plots.style import (
    BLUE,
    RATES,
    VERMILLION,
    WIDTH,
    cell_edges,
    legend,
    log_axis,
    new_figure,
    save,
    say,
    style,
)
from marsdisk.plots.sweep_output import LOG_RATIO, Column, Direction, SweepOutput, read, unit_text
from marsdisk.sweep.manifest import TABLE_NC
from marsdisk.sweep.scalars import SHOWN

MAX_PANELS = 12
"""Most panels of a figure [1]."""

MAX_TICKS = 9
"""An axis with more values than this does not mark each of them [1]."""

LETTER, LINE, SLANTED = 0.2, 0.36, 0.45
"""Room for a letter, for a line of text, and for a slanted text below an axis [cm]."""

MARKS = (10.0, (1.0, 2.0, 5.0)), (50.0, (1.0, 3.0))
"""Marks within a decade where the ends of a logarithmic axis differ by less than a factor [1]."""

SLANT = 40.0
"""Angle of slanted texts [deg]."""

SMALL = 0.8
"""Size of the numbers in the cells of a map, in that of other texts [1]."""

LABEL = 36, 3
"""Longest line of the label of a scalar [letters], and most lines [1]."""

ROUND_OFF = 1.0e-12
"""Values that differ by less of themselves than this have one colour [1]."""

_MISSING = "0.82"


def plot_sweep(path: Path, names: Iterable[str] | None, folder: Path, format_: str) -> list[Path]:
    """Draw scalars of a sweep.

    Parameters
    ----------
    path
        Folder of a sweep, or its ``results.nc``.
    names
        Columns of the table; None = the main ones of the kind of run.
    folder
        Directory to write to. The files are called ``<name of the sweep>_<column>.<format>``.
    format_
        ``png`` or ``pdf``.

    Returns
    -------
    list of Path
        Files written, in the order asked for.

    Raises
    ------
    InputError
        No table of a sweep, unknown names, nothing to draw.
    OutputError
        A figure cannot be written.
    """
    table = path / TABLE_NC if path.is_dir() else path
    output = read(table)
    written = []
    with style():
        for name in _wanted(table, output, names):
            written.append(folder / f"{output.name}_{name}.{format_}")
            save(draw(output, output.scalars[name]), written[-1])
    return written


def draw(output: SweepOutput, scalar: Column) -> Figure:
    """A scalar against what varies: lines, a map, several maps, or points for samples."""
    if output.sampled or len(output.axes) > 3:
        return _points(output, scalar)
    if len(output.axes) == 1:
        return _line(output, scalar)
    return _maps(output, scalar)


def _wanted(table: Path, output: SweepOutput, names: Iterable[str] | None) -> list[str]:
    """Names of the columns to draw."""
    numbers = [name for name, column in output.scalars.items() if column.is_number]
    if names is None:
        shown = [name for name in SHOWN.get(output.kind, ()) if name in numbers] or numbers[:1]
        if not shown:
            raise InputError([Problem(str(table), "", "has no column with numbers")])
        return shown
    # a column may be named as it was asked for: m_loss[-1] for m_loss_last
    found, problems = [], []
    for name in dict.fromkeys(names):
        column = name.replace("[-1]", "_last").replace("[0]", "_first")
        column = column.replace("(", "_").removesuffix(")")
        if column in numbers:
            found.append(column)
            continue
        what = f"{name} is text, not a number" if name in output.scalars else \
            f"the table has no column '{name}'"
        guess = nearest(name, numbers)
        problems.append(Problem("--what", "", what,
                                "" if guess else f"expected {', '.join(numbers)}", guess))
    if problems:
        raise InputError(problems)
    return found


def _figure(output: SweepOutput, scalar: Column, height: float) -> Figure:
    done = output.states.count("done")
    count = f"{done} of {len(output.states)}" if done < len(output.states) else f"{done}"
    return new_figure(textwrap.fill(f"{output.name}, {count} members: {scalar.name}", 88), height)


def _label(scalar: Column) -> str:
    """What a scalar is, in words, and its unit."""
    width, lines = LABEL
    what = re.sub(r", in (masses|years) of .*", "", scalar.long_name.partition(";")[0])
    wrapped = textwrap.wrap(what, width, max_lines=lines, placeholder=" ...")
    unit = f"[{unit_text(scalar.unit)}]"
    fits = len(wrapped[-1]) + len(scalar.unit) <= width
    return "\n".join(wrapped) + (" " if fits else "\n") + unit


def _set_x(axis: Axes, direction: Direction) -> None:
    axis.set_xlabel(direction.label)
    _scale(axis, "x", direction)


def _set_y(axis: Axes, direction: Direction) -> None:
    axis.set_ylabel(direction.label)
    _scale(axis, "y", direction)


def _scale(axis: Axes, which: str, direction: Direction) -> None:
    """Scale and ticks; values are marked where they are if there is room for all of them."""
    ruler = axis.xaxis if which == "x" else axis.yaxis
    values = np.unique(direction.places)
    if direction.log:
        (axis.set_xscale if which == "x" else axis.set_yscale)("log")
    room, least = _room(axis, which, direction), SLANTED if which == "x" else LINE
    if direction.ticks:
        texts = [textwrap.shorten(text, 22, placeholder="...") for text in direction.ticks]
        every = math.ceil(least / room)
        ruler.set_major_locator(FixedLocator(range(0, len(texts), every)))
        ruler.set_ticklabels(texts[::every])
        if which == "x" and room < _width(texts):
            axis.tick_params(axis="x", labelrotation=SLANT)
        return
    digits = max(4, _digits(values))
    if direction.sampled or len(values) > MAX_TICKS or room < least:
        _own_ticks(axis, which, direction)
        return
    ruler.set_major_locator(FixedLocator(values))
    ruler.set_minor_locator(NullLocator())
    ruler.set_major_formatter(FuncFormatter(lambda value, _: _plain(value, digits)))
    if which == "x" and room < _width([_plain(value, digits) for value in values]):
        axis.tick_params(axis="x", labelrotation=SLANT)


def _own_ticks(axis: Axes, which: str, direction: Direction) -> None:
    """Ticks at round numbers, as matplotlib chooses them."""
    ruler, limits, other = (axis.xaxis, axis.get_xlim(), "top") if which == "x" else \
        (axis.yaxis, axis.get_ylim(), "right")
    axis.tick_params(axis=which, which="both", reset=True, direction="out", **{other: False})
    if direction.log:
        marks = next((marks for ratio, marks in MARKS if limits[1] < ratio * limits[0]), None)
        if marks:
            ruler.set_major_locator(LogLocator(subs=marks))
            ruler.set_major_formatter(FuncFormatter(lambda value, _: _plain(value)))
        ruler.set_minor_formatter(NullFormatter())


def _room(axis: Axes, which: str, direction: Direction) -> float:
    """Distance of the values that stand closest on an axis [cm], before it is laid out."""
    grid = axis.get_subplotspec().get_gridspec()
    size = 0.8 * WIDTH / grid.ncols if which == "x" else \
        0.72 * 2.54 * axis.figure.get_figheight() / grid.nrows
    values = np.unique(direction.places)
    limits = np.array(axis.get_xlim() if which == "x" else axis.get_ylim())
    if len(values) < 2:
        return size
    if direction.log:
        values, limits = np.log(values), np.log(limits)
    return float(size * np.min(np.diff(values)) / np.ptp(limits))


def _width(texts: Iterable[str]) -> float:
    """Room that the longest of some texts takes, with a gap to the next one [cm]."""
    shown = (re.sub(r"[${}^]", "", text.replace(r"\times", "x")) for text in texts)
    return LETTER * (1 + max(map(len, shown), default=0))


def _plain(value: float, precision: int = 4) -> str:
    """A number for a tick or a cell, with so many digits."""
    digits, _, power = f"{value:.{precision}g}".partition("e")
    text = digits.replace("-", "\N{MINUS SIGN}")
    return rf"{text}$\times$10$^{{{int(power)}}}$" if power else text


def _digits(values: np.ndarray) -> int:
    """Digits that tell values apart in cells: two of their range, three to six in all."""
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() == finite.max():
        return 3
    share = np.abs(finite).max() / (finite.max() - finite.min())
    return int(np.clip(2 + np.ceil(np.log10(share)), 3, 6))


def _is_log(values: np.ndarray) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0.0 and finite.max() > LOG_RATIO * finite.min())


def _set_values(axis: Axes, values: np.ndarray) -> None:
    """The y axis of a scalar."""
    if _is_log(values):
        log_axis(axis, [values], np.inf)
    elif not np.any(np.isfinite(values)):
        say(axis, "no member is done")
        axis.set_yticks([])
    axis.grid(True)


def _line(output: SweepOutput, scalar: Column) -> Figure:
    """One key, or several that vary together."""
    keys, _ = output.axes[0]
    direction = output.direction(keys[0], len(keys) - 1)
    figure = _figure(output, scalar, 9.0)
    axis = figure.subplots()
    order = np.argsort(direction.places, kind="stable")
    x, y = direction.places[order], scalar.values[order]
    dashes = "none" if direction.ticks else "-"
    axis.plot(x, y, color=BLUE, marker="o", markersize=4.0, linestyle=dashes)
    for gap in x[~np.isfinite(y)]:
        axis.axvline(gap, color=VERMILLION, linestyle=":", linewidth=1.0)
    if np.any(~np.isfinite(y)):
        axis.plot([], [], color=VERMILLION, linestyle=":", label="no value")
        legend(axis)
    _set_x(axis, direction)
    _set_values(axis, y)
    axis.set_ylabel(_label(scalar))
    return figure


def _maps(output: SweepOutput, scalar: Column) -> Figure:
    """Two axes as a map; with a third, a map for each of its values."""
    directions = [output.direction(keys[0], len(keys) - 1) for keys, _ in output.axes]
    panels: Direction | None = None
    if len(directions) == 3:
        panels = min(directions, key=lambda d: len(np.unique(d.places)))
        directions = [d for d in directions if d is not panels]
    places = np.unique(panels.places) if panels else np.array([0.0])
    if len(places) > MAX_PANELS:
        return _points(output, scalar)
    columns = 1 if panels is None else min(3, len(places))
    rows = -(-len(places) // columns)
    figure = _figure(output, scalar, 10.5 if panels is None else 1.5 + 6.0 * rows)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    norm = _norm(scalar.values)
    for k, axis in enumerate(grid.flat):
        if k >= len(places):
            axis.set_visible(False)
            continue
        chosen = panels.places == places[k] if panels else np.full(len(output.states), True)
        image = _map(axis, directions, scalar.values, chosen, norm)
        if panels:
            text = panels.ticks[int(places[k])] if panels.ticks else \
                _plain(places[k], max(4, _digits(places)))
            name, _, unit = panels.label.partition(" [")
            axis.set_title(f"{name} = {text}{' ' + unit.rstrip(']') if unit else ''}")
        if k + columns >= len(places):
            _set_x(axis, directions[0])
            axis.tick_params(labelbottom=True)
        else:
            _scale(axis, "x", directions[0])
        if k % columns == 0:
            _set_y(axis, directions[1])
        else:
            _scale(axis, "y", directions[1])
    bar = figure.colorbar(image, ax=grid, label=_label(scalar), pad=0.015, aspect=25)
    if not isinstance(norm, LogNorm):
        bar.formatter.set_useOffset(False)
    if np.any(~np.isfinite(scalar.values)):
        figure.text(0.005, 0.005, "grey: no value", fontsize=7.5, color="0.35")
    return figure


def _norm(values: np.ndarray) -> Normalize:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Normalize(0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if _is_log(values):
        return LogNorm(low, high)
    if high - low <= ROUND_OFF * max(abs(low), abs(high)):
        return Normalize(low - (abs(low) or 1.0), high + (abs(high) or 1.0))
    return Normalize(low, high)


def _map(
    axis: Axes, directions: list[Direction], values: np.ndarray, chosen: np.ndarray,
    norm: Normalize,
) -> QuadMesh:
    """A map of the chosen members; where there is no value it stays grey."""
    across, up = directions
    x, y = np.unique(across.places), np.unique(up.places)
    cells = np.full((len(y), len(x)), np.nan)
    at = (np.searchsorted(y, up.places[chosen]), np.searchsorted(x, across.places[chosen]))
    cells[at] = values[chosen]
    axis.set_facecolor(_MISSING)
    image = axis.pcolormesh(_edges(across, x), _edges(up, y), np.ma.masked_invalid(cells),
                            norm=norm, cmap=RATES, rasterized=True)
    axis.tick_params(which="both", length=0.0)
    room = _room(axis, "x", across), _room(axis, "y", up)
    _write(axis, (x, y), cells, norm, _digits(values), room)
    return image


def _write(
    axis: Axes, places: tuple[np.ndarray, np.ndarray], cells: np.ndarray, norm: Normalize,
    digits: int, room: tuple[float, float],
) -> None:
    """Write the values into the cells, if they fit into so much room across and up [cm]."""
    texts = {(j, i): _plain(float(cells[j, i]), digits)
             for j, i in zip(*np.nonzero(np.isfinite(cells)), strict=True)}
    if room[0] < SMALL * _width(texts.values()) or room[1] < SMALL * LINE:
        return
    for (j, i), text in texts.items():
        axis.text(places[0][i], places[1][j], text, ha="center", va="center", fontsize=7.5,
                  color="white" if norm(cells[j, i]) < 0.55 else "black")


def _edges(direction: Direction, values: np.ndarray) -> np.ndarray:
    if direction.ticks:
        return np.arange(len(direction.ticks) + 1) - 0.5
    return cell_edges(values, direction.log, whole=True)


def _points(output: SweepOutput, scalar: Column) -> Figure:
    """A panel for each key: how the scalar goes with it while the others vary too."""
    names = [name for name, column in output.varied.items()
             if np.any(column.values != column.values[0])][:MAX_PANELS]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = _figure(output, scalar, 1.5 + 5.5 * rows)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for k, axis in enumerate(grid.flat):
        if k >= len(names):
            axis.set_visible(False)
            continue
        direction = output.direction(names[k])
        axis.plot(direction.places, scalar.values, linestyle="none", marker="o", markersize=3.0,
                  color=BLUE, markeredgewidth=0.0, alpha=0.75)
        axis.margins(x=0.1)
        _set_x(axis, direction)
        axis.grid(True)
        if k % columns == 0:
            axis.set_ylabel(_label(scalar))
    _set_values(grid[0, 0], scalar.values)
    return figure
