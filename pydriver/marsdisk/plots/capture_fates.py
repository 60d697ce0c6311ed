# SPDX-License-Identifier: BSD-3-Clause
"""Figures of what became of the captured: loss of the gas, inclination, tides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from marsdisk.output.capture_schema import TODAY
from marsdisk.plots import style
from marsdisk.plots.capture_output import CaptureOutput, Cells
from marsdisk.plots.capture_style import axis_label, captured_classes, class_legend, points
from marsdisk.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, SKY, VERMILLION

MOON_COLOURS = {"phobos": VERMILLION, "deimos": ORANGE}

ROCHE = (("fluid", 2.456, "-."), ("rigid sphere", 1.26, ":"))
"""Roche limits in R (rho_planet/rho_body)^(1/3) [1]."""

ORBIT = (("a_end", 1.0e-3, "semi-major axis $a$ [$10^3$ km]"),
         ("e_end", 1.0, "eccentricity $e$ [1]"), ("i_end", 1.0, "inclination $i$ [deg]"))
"""Elements at the end: variable, factor to the unit shown, label."""

ARROWS = 150
"""Bodies above which their ways under tides are not drawn."""

DEGREES = (1, 1.5, 3, 4.5, 6, 9, 10)
"""Steps between the ticks of an axis in degrees, up to powers of ten."""

SHARES = "cividis"
"""Colour map of shares."""

NOTHING: Mapping[str, object] = {"facecolor": "white", "edgecolor": "0.6", "hatch": "////",
                                 "linewidth": 0.0}
"""Look of the cells without a value."""

BAND = (0.25, 0.5, 0.75)
"""Quantiles drawn where one axis leaves room for them."""


def gas_loss(output: CaptureOutput) -> Figure:
    """What share of the entries is in orbit at the end, and in which orbits, over the gas axes."""
    names = [name for name in ("tau_gas", "t_gas") if name in output.case]
    cells = [Cells.of(output.case[name]) for name in names]
    wide = [k for k, axis in enumerate(cells) if len(axis.centres) > 1] or [0]
    names, cells = [names[k] for k in wide], [cells[k] for k in wide]
    shape = tuple(len(axis.centres) for axis in cells)
    flat = np.ravel_multi_index([axis.index for axis in cells], shape)
    size = int(np.prod(shape))
    inside = flat[output.bound]
    panels = [("entries in orbit at the end [%]", _share(flat, output.bound, size))]
    for name, factor, label in ORBIT if output.spatial else ORBIT[:2]:
        values = factor * output.case[name][output.bound]
        panels.append((f"median {label}", _quantiles(inside, values, size)))
    if not output.spatial:
        fell = np.isfinite(output.case["lifetime"])
        panels.append(("entries that fell [%]", _share(flat, fell, size)))
    figure = style.new_figure(output.title, 14.0)
    axes = figure.subplots(2, 2, sharex=True, sharey=len(names) == 2)
    for axis, (label, values) in zip(axes.flat, panels, strict=True):
        if len(names) == 2:
            _gas_map(axis, cells, values[:, values.shape[1] // 2].reshape(shape), label)
        else:
            _gas_line(axis, cells[0], values, label)
        if not np.any(np.isfinite(values)):
            style.say(axis, "nothing is left")
    for axis in axes[1]:
        axis.set_xlabel(axis_label(names[0]))
    if len(names) == 2:
        for axis in axes[:, 0]:
            axis.set_ylabel(axis_label(names[1]))
        if any(np.isnan(values).any() for _, values in panels):
            figure.legend(handles=[Patch(**NOTHING, label="nothing in orbit at the end")],
                          loc="outside lower center", frameon=False)
    return figure


def _share(cell: np.ndarray, chosen: np.ndarray, size: int) -> np.ndarray:
    """Share of the entries of each cell that are chosen (cell, 1) [%]; NaN without entries."""
    count = np.bincount(cell, minlength=size).astype(float)
    count[count == 0.0] = np.nan
    return 100.0 * (np.bincount(cell[chosen], minlength=size) / count)[:, None]


def _quantiles(cell: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Quantiles `BAND` of the values in each cell (cell, quantile); NaN where there is none."""
    found = np.full((size, len(BAND)), np.nan)
    order = np.argsort(cell, kind="stable")
    kinds, starts = np.unique(cell[order], return_index=True)
    for kind, group in zip(kinds, np.split(values[order], starts[1:]), strict=False):
        if np.isfinite(group).any():
            found[kind] = np.nanquantile(group, BAND)
    return found


def _gas_map(axis: Axes, cells: list[Cells], values: np.ndarray, label: str) -> None:
    """Map over both axes; cells in which nothing is left are hatched: the shares hold greys."""
    axis.patch.set(**NOTHING)
    low, top = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=0.0)
    length = "axis" in label  # has no natural 0, and may differ by powers of ten
    log = length and top > 10.0 * low
    bar = style.colour_map(axis, (cells[0].edges, cells[1].edges), values, label,
                           3.0 if log else None, SHARES if "[%]" in label else style.RATES)
    if not log:
        bar.mappable.set_clim(low if length and top > low else 0.0, top or 1.0)
    for scale, found in ((axis.set_xscale, cells[0]), (axis.set_yscale, cells[1])):
        if found.log:
            scale("log")


def _gas_line(axis: Axes, cells: Cells, values: np.ndarray, label: str) -> None:
    """Line over the only axis: a share, or the median with the middle half."""
    axis.plot(cells.centres, values[:, values.shape[1] // 2], color=BLUE, marker=".")
    if values.shape[1] > 1:
        axis.fill_between(cells.centres, values[:, 0], values[:, -1], color=SKY, alpha=0.4,
                          linewidth=0.0, label="middle half")
        axis.legend()
    if cells.log:
        axis.set_xscale("log")
    axis.set_ylabel(label)
    axis.set_ylim(bottom=0.0)
    axis.grid()


def inclination(output: CaptureOutput) -> Figure:
    """Orbits of the captured at the end against how inclined they came in."""
    shown = captured_classes(output)
    count = int(np.sum(output.captured))
    against = [("osculating inclination at the start [deg]", output.i_start)]
    if np.ptp(output.case["w"]) > 0.0:
        against.insert(0, (axis_label("w", long=True), output.case["w"]))
    figure = style.new_figure(output.title, 15.0)
    axes = figure.subplots(3, len(against), sharex="col", sharey="row", squeeze=False)
    for column, (label, x) in zip(axes.T, against, strict=True):
        for axis, (name, factor, _) in zip(column, reversed(ORBIT), strict=True):
            for look, found in shown.items():
                points(axis, look, x[found], factor * output.case[name][found], count)
            axis.grid()
        column[-1].set_xlabel(label)
    for axis, (*_, label) in zip(axes[:, 0], reversed(ORBIT), strict=True):
        axis.set_ylabel(label.replace(" [", "\nat the end ["))
    others = []
    came = output.i_start[output.captured]
    if np.isfinite(came).any():
        ends = [np.nanmin(came), np.nanmax(came)]
        others = axes[0, -1].plot(ends, ends, color=GREY, linewidth=0.9, linestyle="--",
                                  label="as at the start")
    for side in (axes[-1, -1].xaxis, axes[0, 0].yaxis):
        side.set_major_locator(MaxNLocator(7, steps=DEGREES))
    class_legend(figure, {name: int(np.sum(found)) for name, found in shown.items()}, *others)
    return figure


def tides(output: CaptureOutput) -> Figure:
    """Orbits when the gas had gone, and after the tides since."""
    bound = output.bound
    then, now = (np.stack([output.case[name][bound] for name in names])
                 for names in (("a_end", "e_end"), ("a_now", "e_now")))
    left = np.isfinite(now[0])
    figure = style.new_figure(output.title, 12.5)
    axis = figure.subplots()
    axis.set_xscale("log")
    if len(left) <= ARROWS:
        for k in np.flatnonzero(left):
            axis.plot([then[0, k], now[0, k]], [then[1, k], now[1, k]], color="0.75",
                      linewidth=0.5, zorder=1)
    for (label, orbits, found), looks in zip(_tidal_classes(output, then, now), TIDAL_LOOKS,
                                             strict=True):
        if found.any():
            axis.plot(*orbits[:, found], linestyle="none", markeredgewidth=0.7,
                      label=f"{label}: {np.sum(found)}", **looks)
    _landmarks(axis, output)
    values = np.concatenate([then[0], now[0, left], [TODAY["deimos"][0]]])
    axis.set_xlim(0.9 * output.scalar["radius"], 1.2 * values.max())
    axis.set_ylim(-0.02, 1.0)
    axis.set_xlabel("semi-major axis $a$ [km]")
    axis.set_ylabel("eccentricity $e$ [1]")
    style.legend_below(axis)
    return figure


TIDAL_LOOKS: tuple[Mapping[str, object], ...] = (
    {"color": GREY, "marker": "o", "markersize": 5.0, "markerfacecolor": "none"},
    {"color": BLACK, "marker": "x", "markersize": 3.5},
    {"color": "0.6", "marker": "x", "markersize": 3.5},
    {"color": BLUE, "marker": "o", "markersize": 3.5},
    *({"color": colour, "marker": "o", "markersize": 3.5} for colour in MOON_COLOURS.values()),
    {"color": SKY, "marker": "o", "markersize": 3.5, "markerfacecolor": "none"},
)
"""Markers of the classes below."""


def _tidal_classes(
    output: CaptureOutput, then: np.ndarray, now: np.ndarray
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Classes of bound bodies: label, their orbits (a and e, body), which belong to it (body)."""
    assert output.moon is not None, "cannot_draw() says so"
    left = np.isfinite(now[0])
    sure = output.case["tides_valid"][output.bound] > 0.0
    moon = output.moon[output.bound]
    return [
        ("end of run", then, left),
        ("end of run, fell since", then, ~left & sure),
        ("fell since, uncertain", then, ~left & ~sure),
        ("today", now, left & sure & (moon == "none")),
        *((f"today, like {name.capitalize()}", now, left & sure & (moon == name))
          for name in MOON_COLOURS),
        ("today, uncertain (large $e$)", now, left & ~sure),
    ]


def _landmarks(axis: Axes, output: CaptureOutput) -> None:
    """The moons, the synchronous orbit, the Roche limits, and where an orbit meets the planet."""
    for name, colour in MOON_COLOURS.items():
        axis.plot(*TODAY[name], marker="*", markersize=11.0, color=colour, markeredgecolor=BLACK,
                  markeredgewidth=0.6, linestyle="none", label=f"{name.capitalize()} today",
                  zorder=4)
    gm = float(output.settings["planet"]["gm"])  # [m3 s-2]
    turn = float(output.settings["tides"]["rotation"]) * 3600.0  # [s]
    synchronous = (gm * (turn / (2.0 * np.pi)) ** 2) ** (1.0 / 3.0) / 1.0e3
    axis.axvline(synchronous, color=GREEN, linewidth=1.0, linestyle="--",
                 label=f"synchronous orbit: {synchronous:.0f} km")
    volume = 4.0 / 3.0 * np.pi * (output.scalar["radius"] * 1.0e3) ** 3  # [m3]
    density = gm / output.scalar["const_g_newton"] / volume  # [kg m-3]
    ratio = (density / float(output.settings["body"]["rho"])) ** (1.0 / 3.0)
    for name, factor, dashes in ROCHE:
        limit = factor * ratio * output.scalar["radius"]
        axis.axvline(limit, color=GREY, linewidth=1.0, linestyle=dashes,
                     label=f"Roche, {name}: {limit:.0f} km")
    a = output.scalar["radius"] * np.geomspace(0.5, 1.0e3, 400)
    axis.fill_between(a, 1.0 - output.scalar["radius"] / a, 1.0, color="0.9", linewidth=0.0,
                      zorder=0, label="pericentre inside Mars")
