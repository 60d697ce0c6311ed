# SPDX-License-Identifier: BSD-3-Clause
"""Figures of a capture run: outcomes, lifetimes, heating; the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator

from marsdisk.output import capture_tables
from marsdisk.plots import style
from marsdisk.plots.capture_fates import gas_loss, inclination, tides
from marsdisk.plots.capture_orbits import history, trajectory
from marsdisk.plots.capture_output import AXES, NO_ENTRY, CaptureOutput, Grid, is_log, read, spread
from marsdisk.plots.capture_style import (
    LOOKS,
    axis_label,
    captured_classes,
    class_legend,
    classes,
    points,
    value_text,
)
from marsdisk.plots.style import BLACK, BLUE, GREY, ORANGE, SKY, VERMILLION

__all__ = ["FIGURES", "cannot_draw", "read"]

PLANES = 6
"""Panels of the map at most."""

TICKS = 12
"""Ticks of the map along the width or the height of the figure, at most."""

CROWDED = 45
"""Cells along an axis of the map above which they get no markers."""

HUNTEN_HEATING = 7.5e12
"""Heating that Hunten (1979) estimates for a fall from rest at L1 [J m-2]."""

PUBLISHED_ENERGY, PUBLISHED_HEATING = (1.46e6, 6.14e6), (1.16e13, 4.89e13)
"""Ranges over the 16 published captures: energy given up [J kg-1], heating [J m-2]."""

PUBLISHED_ABLATION = (1.5e6, 5.9e6)
"""The same of the ablation bound [kg m-2]."""

ORIGIN = 0.04
"""Share of an axis from 0 that is left below it, so that the zeros of two axes stand apart [1]."""

CAPTURES = ("trajectory", "history", "heating", "ablation", "inclination")
"""Figures that need captured entries."""


def cannot_draw(name: str, output: CaptureOutput) -> str:
    """Why a figure cannot be drawn from what the run has done and kept; empty when it can."""
    kept = "the run kept no trajectories (output.trajectories = .false.)"
    lacking = {
        "trajectory": "" if output.has_tracks else kept,
        "history": "" if output.has_tracks else kept,
        "gas_loss": "" if "tau_gas" in output.case else
                    "its entries do not differ in the loss of the gas (start.tau_gas, t_gas)",
        "inclination": "" if output.spatial else "all bodies are in the plane (start.w, z = 0)",
        "ablation": "" if output.settings["body"]["c_h"] > 0.0 else
                    "the bodies do not ablate (body.c_h = 0)",
        "tides": "" if "tides_valid" in output.case else
                 "the run has no tides (tides.active = .false.)",
    }
    if lacking.get(name):
        return lacking[name]
    if name in CAPTURES and not output.captured.any():
        return "nothing was captured"
    if name == "tides" and not output.bound.any():
        return "nothing was in orbit at the end of the run"
    if name == "lifetimes" and not np.isfinite(output.case["lifetime"]).any():
        return "no body fell"
    return ""


def outcome_map(output: CaptureOutput) -> Figure:
    """Outcome of every entry over u and v, or over the two axes with most values."""
    codes = classes(output)
    counts = {name: int(np.sum(codes == code)) for code, name in enumerate(LOOKS)}
    if output.grid is not None:
        return _cells(output, output.grid, codes, counts)
    figure = style.new_figure(output.title, 12.5)
    axis = figure.subplots()
    x, y = _plane_axes({name: output.case[name] for name in AXES if name in output.case})
    for code, name in enumerate(LOOKS):
        found = codes == code
        if found.any():
            points(axis, name, output.case[x][found], output.case[y][found], len(codes))
    axis.set_xlabel(axis_label(x, long=True))
    axis.set_ylabel(axis_label(y, long=True))
    class_legend(figure, counts)
    return figure


def _cells(output: CaptureOutput, grid: Grid, codes: np.ndarray,
           counts: Mapping[str, int]) -> Figure:
    """A panel for each plane of the grid, at most `PLANES`."""
    names = list(grid.values)
    x, y = _plane_axes(grid.values)
    others = [name for name in names if name not in (x, y)]
    array = np.moveaxis(grid.array(codes), [names.index(x), names.index(y)], [-2, -1])
    planes = list(product(*(range(len(grid.values[name])) for name in others)))
    picks = [planes[k] for k in spread(len(planes), PLANES)]
    columns = 2 if len(picks) == 4 else min(3, len(picks))
    rows = -(-len(picks) // columns)
    roomy = len(grid.values[x]) * columns <= CROWDED and len(grid.values[y]) * rows <= CROWDED
    more = f"; {len(picks)} of {len(planes)} planes" if len(planes) > len(picks) else ""
    figure = style.new_figure(output.title + more, 12.5 if rows == 1 else 19.0)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axis, pick in zip(axes.flat, picks, strict=False):
        _plane(axis, (grid.values[x], grid.values[y]), array[pick], roomy)
        _map_axes(axis, (x, y), (grid.values[x], grid.values[y]), columns)
        titles = [value_text(name, grid.values[name][k])
                  for name, k in zip(others, pick, strict=True) if name in grid.varying]
        axis.set_title(", ".join(titles))
    for axis in axes.flat[len(picks):]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel(axis_label(y, long=rows == 1))
    for axis in axes.flat[max(0, len(picks) - columns):len(picks)]:
        axis.set_xlabel(axis_label(x, long=columns == 1))
        axis.tick_params(labelbottom=True)
    class_legend(figure, counts, cells=True, marks=roomy)
    return figure


def _plane_axes(values: Mapping[str, np.ndarray]) -> tuple[str, str]:
    """Axes of the panels: u and v if both have several values, else the two with most."""
    length = {name: len(np.unique(column)) for name, column in values.items()}
    if length["u"] > 1 and length["v"] > 1:
        return "u", "v"
    longest = sorted(length, key=lambda name: -length[name])[:2]
    x, y = sorted(longest, key=AXES.index)
    return x, y


def _plane(axis: Axes, values: tuple[np.ndarray, np.ndarray], codes: np.ndarray,
           roomy: bool) -> None:
    """Cells of one plane, coloured by class, with markers where there is room."""
    x, y = values
    edges = [style.cell_edges(centres, is_log(centres), whole=True) for centres in values]
    colours = ListedColormap([look.cell for look in LOOKS.values()])
    there = np.ma.masked_equal(codes, NO_ENTRY)
    axis.pcolormesh(*edges, there.T, cmap=colours, vmin=-0.5, vmax=len(LOOKS) - 0.5,
                    rasterized=not roomy, edgecolors="white" if roomy else "none", linewidth=0.4)
    if not roomy:
        return
    for code, look in enumerate(LOOKS.values()):
        i, j = np.nonzero(codes == code)
        if i.size:
            axis.plot(x[i], y[j], linestyle="none", marker=look.marker, color=look.ink,
                      markersize=look.size, markeredgewidth=0.8)


def _map_axes(axis: Axes, names: tuple[str, str], values: tuple[np.ndarray, np.ndarray],
              columns: int) -> None:
    """Scales and ticks: at the cells if they are few."""
    for name, centres, side, room in (
            (names[0], values[0], axis.xaxis, max(5, TICKS // columns)),
            (names[1], values[1], axis.yaxis, TICKS)):
        if is_log(centres):
            (axis.set_xscale if side is axis.xaxis else axis.set_yscale)("log")
        elif len(centres) <= room:
            side.set_major_locator(FixedLocator(centres))
        else:
            side.set_major_locator(MaxNLocator(room, steps=[1, 2, 5, 10]))


TIMES = {
    "tau_half": r"$\tau_{1/2}$: $e$ from 0.99 to $e^{-1/2}$ = 0.61",
    "tau_1": r"$\tau_1$: $e$ from 0.99 to $e^{-1}$ = 0.37",
    "tau_2": r"$\tau_2$: $e$ from 0.99 to $e^{-2}$ = 0.14",
}
"""Times in which the eccentricity decays, and what they are."""


def lifetimes(output: CaptureOutput) -> Figure:
    """How long the bodies lived, and how long their eccentricity took to decay."""
    life = output.case["lifetime"]
    groups = {"fell_later": life[output.captured]} | {
        name: life[output.outcome == name] for name in ("fell_before_capture", "ablated")}
    panels = [("lifetime $T_L$", "lifetime", groups)]
    for name, label in TIMES.items():
        panels.append((label, name, {"captured": output.case[name][output.captured]}))
    everything = np.concatenate([np.concatenate(list(found.values())) for *_, found in panels])
    edges, log = _bins(everything[np.isfinite(everything)])
    figure = style.new_figure(output.title, 14.5)
    axes = figure.subplots(4, 1, sharex=True)
    for axis, (label, name, found) in zip(axes, panels, strict=True):
        missing = int(np.sum(np.isnan(output.case[name][output.captured])))
        why = LOOKS["bound"].label if name == "lifetime" else "captured, not reached"
        _histogram(axis, edges, found, f"{why}: {missing}" if missing else "")
        axis.set_title(label, loc="left", pad=3.0)
        axis.set_ylabel("entries [1]")
    axes[-1].set_xlabel("time [yr]")
    if log:
        axes[-1].set_xscale("log")
    return figure


def _bins(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Edges of bins [yr] common to all panels, and whether they are spaced in log."""
    values = values[values > 0.0]
    if not values.size:
        return np.linspace(0.0, 1.0, 11), False
    count = int(np.clip(4.0 * len(values) ** (1.0 / 3.0), 12, 60))
    low, high = values.min(), values.max()
    if high > 100.0 * low:
        return np.geomspace(low / 1.0001, high * 1.0001, count + 1), True
    return np.linspace(0.0, high * 1.0001, count + 1), False


HISTOGRAM = {"fell_later": (BLUE, ""), "fell_before_capture": (ORANGE, "////"),
             "ablated": (VERMILLION, "...."), "captured": (SKY, "")}
"""Colour and hatch of each class of bodies in a histogram."""


def _histogram(axis: Axes, edges: np.ndarray, groups: Mapping[str, np.ndarray],
               missing: str) -> None:
    """Stacked histogram of the values that are there; `missing` says what is not."""
    below = np.zeros(len(edges) - 1)
    for name, values in groups.items():
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        counts = np.histogram(values, edges)[0]
        colour, hatch = HISTOGRAM[name]
        label = LOOKS[name].label if name in LOOKS else "captured"
        axis.stairs(below + counts, edges, baseline=below, fill=True, facecolor=colour,
                    hatch=hatch, edgecolor=BLACK, linewidth=0.4,
                    label=f"{label}: {len(values)},\nmedian {style.number(np.median(values))} yr")
        below = below + counts
    if missing:
        axis.plot([], [], linestyle="none", label=missing)
    axis.set_xlim(edges[0], edges[-1])
    axis.set_ylim(0.0, max(1.0, 1.15 * below.max()))
    axis.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    style.legend(axis, loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0.0,
                 frameon=False)
    if not below.any():
        style.say(axis, "none")


def heating(output: CaptureOutput) -> Figure:
    """Energy given up by the captured, and what it would heat and evaporate."""
    figure = style.new_figure(output.title, 15.0)
    axes = figure.subplots(2, 2)
    shown = captured_classes(output)
    energy, heat, ablation, plane = axes.flat
    _against_time(energy, output, shown, "delta_energy", 1.0e-6)
    energy.set_ylabel(r"energy given up $\Delta\epsilon$ [$10^6$ J kg$^{-1}$]")
    style.second_scale(energy, _energy_unit(output) / 1.0e6, r"[AU$^2$ yr$^{-2}$]")
    _against_time(heat, output, shown, "heating", 1.0e-13)
    _against_time(heat, output, shown, "heating_body", 1.0e-13, markerfacecolor="none")
    heat.set_ylabel(r"heating $h$ [$10^{13}$ J m$^{-2}$]")
    hunten = heat.axhline(HUNTEN_HEATING / 1.0e13, color=VERMILLION, linewidth=1.0,
                          linestyle="--", label="estimate of Hunten (1979)")
    _against_time(ablation, output, shown, "ablation_bound", 1.0e-6)
    ablation.set_ylabel(r"ablated at most [$10^6$ kg m$^{-2}$]")
    rho = float(output.settings["body"]["rho"])
    style.second_scale(ablation, rho * 1.0e3 / 1.0e6, "thickness of that layer [km]")
    for axis, limits, factor in ((energy, PUBLISHED_ENERGY, 1.0e-6),
                                 (heat, PUBLISHED_HEATING, 1.0e-13),
                                 (ablation, PUBLISHED_ABLATION, 1.0e-6)):
        axis.axhspan(*(factor * limit for limit in limits), color="0.9", linewidth=0.0, zorder=0)
    _energy_plane(figure, plane, output)
    own = Line2D([], [], color=GREY, marker="o", markersize=4.0, linestyle="none",
                 markerfacecolor="none", label="with mass and radius of the body")
    band = Patch(color="0.9", label="range of the published captures")
    class_legend(figure, {name: int(np.sum(found)) for name, found in shown.items()}, own, band,
                 hunten)
    return figure


def _energy_unit(output: CaptureOutput) -> float:
    """AU^2 yr^-2 [J kg-1]."""
    return (output.scalar["au"] / output.scalar["julian_year"]) ** 2


def _against_time(axis: Axes, output: CaptureOutput, shown: Mapping[str, np.ndarray], name: str,
                  factor: float, **changes: object) -> None:
    """A column of the captured against their lifetime, or the length of the run."""
    last = np.where(np.isnan(output.case["lifetime"]), output.case["t_end"],
                    output.case["lifetime"])
    times = last[output.captured]
    for look, found in shown.items():
        points(axis, look, last[found], factor * output.case[name][found], len(times), **changes)
    axis.set_xlabel("lifetime, or length of the run [yr]")
    if np.nanmax(times) > 100.0 * np.nanmin(times):
        axis.set_xscale("log")
    else:
        axis.set_xlim(-ORIGIN * np.nanmax(times), 1.05 * np.nanmax(times))
    top = axis.dataLim.y1 or 1.0
    axis.set_ylim(-ORIGIN * top, 1.1 * top)
    axis.grid()


def _energy_plane(figure: Figure, axis: Axes, output: CaptureOutput) -> None:
    """Where in the plane of entry speeds how much energy was given up."""
    found = output.captured
    count = int(np.sum(found))
    image = axis.scatter(output.case["u"][found], output.case["v"][found],
                         s=14.0 if count <= 300 else 5.0 if count <= 3000 else 1.0,
                         c=output.case["delta_energy"][found] / 1.0e6, cmap=style.RATES,
                         edgecolors="none", rasterized=count > 3000)
    figure.colorbar(image, ax=axis, label=r"$\Delta\epsilon$ [$10^6$ J kg$^{-1}$]", pad=0.015)
    axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))  # more would run together
    axis.set_xlabel(axis_label("u"))
    axis.set_ylabel(axis_label("v"))
    axis.grid()


def ablation(output: CaptureOutput) -> Figure:
    """What ablation leaves of the captured bodies, against the energy that they gave up."""
    figure = style.new_figure(output.title, 11.0)
    axis = figure.subplots()
    shown = captured_classes(output)
    body = output.settings["body"]
    energy = 1.0e-6 * output.case["delta_energy"]
    for look, found in shown.items():
        points(axis, look, energy[found], output.case["radius_end"][found], len(energy))
    # f' = -(C_H/(3 zeta C_D)) |drag| v f: exact for gas at rest in the frame of the energy
    given = np.linspace(0.0, 1.1 * np.nanmax(energy[output.captured]), 200)
    left = body["radius"] * np.exp(
        -body["c_h"] * 1.0e6 * given / (3.0 * body["zeta"] * body["c_d"]))
    line, = axis.plot(given, left, color=BLACK, linewidth=1.0, linestyle="--", zorder=0,
                      label=r"$R_0\,\exp(-C_H\,\Delta\epsilon/(3\,\zeta\,C_D))$, "
                      "all heat from drag")
    axis.set_xlim(0.0, given[-1])
    axis.set_xlabel(r"energy given up $\Delta\epsilon$ [$10^6$ J kg$^{-1}$]")
    axis.set_ylabel("radius of the body at the end [km]")
    axis.grid()
    class_legend(figure, {name: int(np.sum(found)) for name, found in shown.items()}, line)
    return figure


def tables(output: CaptureOutput) -> str:
    """The two tables of the captured entries, in Markdown."""
    return "\n".join([f"# {output.name}\n", capture_tables.evolution_table(output.path),
                      capture_tables.energy_table(output.path)])


FIGURES: Mapping[str, Callable[[CaptureOutput], Figure | str]] = {
    "map": outcome_map, "trajectory": trajectory, "history": history, "lifetimes": lifetimes,
    "heating": heating, "ablation": ablation, "gas_loss": gas_loss, "inclination": inclination,
    "tides": tides, "tables": tables,
}
"""Figures and texts by the names of ``--what``."""
