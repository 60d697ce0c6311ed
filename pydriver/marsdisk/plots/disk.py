# SPDX-License-Identifier: BSD-3-Clause
"""Figures of a disk run: loss rate, loss, radius-time maps, size distribution, mass ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from marsdisk.plots import style
from marsdisk.plots.disk_output import LOST, DiskOutput, read, seen
from marsdisk.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

__all__ = ["FIGURES", "cannot_draw", "read"]

CLOSURE = 1.0e-12
"""Residual up to which the ledger counts as closed [1]."""

ROUND_OFF = 1.0e-16
"""Residuals below this are drawn at it: exact closure has no place on a logarithmic axis [1]."""

RATE_DECADES, MASS_DECADES, MAP_DECADES, PSD_DECADES = 6.0, 5.0, 8.0, 9.0
"""Longest ranges of the logarithmic scales, in powers of ten [1]; masses may need more."""

TIME = "time [yr]"
RADIUS = r"radius [$R_\mathrm{Mars}$]"
M_MARS = r"$M_\mathrm{Mars}$"

# Label, colour, line style of each place where mass can be or go: the same in every figure.
LOOKS: Mapping[str, tuple[str, str, str]] = {
    "loss": ("all routes", BLACK, "-"),
    "blow": ("blow-out", BLUE, "-"),
    "escape": ("vapour escape", VERMILLION, "--"),
    "below": ("below the size grid", GREEN, "-."),
    "supply": ("supplied to the surface", ORANGE, "-"),
    "settled": ("settled to the deep layer", PURPLE, "-."),
    "drag": (r"dragged past $r_\mathrm{in}$", GREY, "--"),
    "fallen": ("fallen on Mars", GREY, ":"),
    "spread": (r"deep layer spread past $r_\mathrm{in}$", BLACK, ":"),
    "out": (r"deep layer spread past $r_\mathrm{out}$", BLACK, "--"),
    "surface": ("surface layer", BLACK, "-"),
    "vapour": ("vapour layer", SKY, "-"),
}


def cannot_draw(name: str, output: DiskOutput) -> str:
    """Why a figure cannot be drawn from what the run has kept; empty when it can."""
    if name == "psd" and output.sizes is None:
        return "the run kept no size distribution (output.psd = .false.)"
    return ""


def _time_axis(axis: Axes, output: DiskOutput) -> None:
    """Logarithmic where the output is, and as long as the run."""
    times = output.time[output.shown]
    if output.log_time:
        axis.set_xscale("log")
    if times[-1] > times[0]:
        axis.set_xlim(times[0], times[-1])
    axis.set_xlabel(TIME)


def _line(axis: Axes, output: DiskOutput, values: np.ndarray, look: str, **changes: object) -> None:
    """A line against time that looks like the mass it shows."""
    label, colour, dashes = LOOKS[look]
    options = {"label": label, "color": colour, "linestyle": dashes} | changes
    times = output.time[output.shown]
    axis.plot(times, values[output.shown], marker=style.marker(len(times)), **options)


def rate(output: DiskOutput) -> Figure:
    """Rate of loss by route against time, below the temperature of Mars."""
    figure = style.new_figure(output.title, 10.5)
    top, main = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3.2))
    _time_axis(main, output)
    times = output.time[output.shown]
    top.plot(times, output.t_mars[output.shown], color=BLACK, marker=style.marker(len(times)))
    top.set_ylabel(r"$T_\mathrm{Mars}$ [K]")
    top.margins(y=0.12)
    top.ticklabel_format(axis="y", useOffset=False)
    top.grid()

    values = output.rates
    routes = output.routes(values, RATE_DECADES)
    if len(routes) > 1:
        _line(main, output, sum(values[name] for name in routes), "loss", linewidth=0.9)
    for name in routes:
        _line(main, output, values[name], name)
    shown = [values[name][output.shown] for name in routes]
    if style.log_axis(main, shown, RATE_DECADES):
        style.second_scale(main, output.m_mars / output.year, rf"[{M_MARS} yr$^{{-1}}$]")
    else:
        style.say(main, "no mass is lost")
    main.set_ylabel(r"rate of loss $\dot{M}$ [kg s$^{-1}$]")
    main.grid()
    style.legend(main)
    return figure


def loss(output: DiskOutput) -> Figure:
    """Mass lost so far against time, and by radius at the end, with what bounds both."""
    figure = style.new_figure(output.title, 9.0)
    if len(output.r) == 1:
        left = figure.subplots()
    else:
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _loss_by_radius(right, output)
    _loss_in_time(left, output)
    left.set_title(_moved(output), loc="left")
    style.legend_below(left)
    return figure


def _moved(output: DiskOutput) -> str:
    """What has passed the edges, which is no loss; empty without transport."""
    last = {name: output.masses[name][-1] / output.m_mars for name in ("in", "out", "fallen")}
    inward = r"past $r_\mathrm{in}$" + (" or fallen on Mars" if last["fallen"] > 0.0 else "")
    parts = [f"{style.number(last[name])} {M_MARS} {where}"
             for name, where in (("in", inward), ("out", r"past $r_\mathrm{out}$"))
             if last[name] > 0.0]
    return f"moved, not lost: {', '.join(parts)}" if parts else ""


def _bound_label(output: DiskOutput) -> str:
    vapour = " + vapour" if output.masses["vapour"][0] > 0.0 else ""
    return f"initial surface{vapour} + supplied"


def _mass_axis(axis: Axes, output: DiskOutput, lines: Sequence[np.ndarray], label: str,
               log: bool) -> bool:
    """Scale an axis of masses [M_Mars], with kg on the other side; each line comes into sight."""
    lines = [line[output.shown] for line in lines]
    if log:
        tops = [float(line.max()) for line in lines if np.any(line > 0.0)]
        longest = 1.0 + np.log10(max(tops) / min(tops)) if tops else 0.0
        found = style.log_axis(axis, lines, max(MASS_DECADES, longest))
    else:
        found = style.linear_axis(axis, lines)
    if found:
        style.second_scale(axis, 1.0 / output.m_mars, "[kg]")
    axis.set_ylabel(f"{label} [{M_MARS}]")
    axis.grid()
    return found


def _loss_in_time(axis: Axes, output: DiskOutput) -> None:
    _time_axis(axis, output)
    in_mars = {name: values / output.m_mars for name, values in output.masses.items()}
    bound = output.available / output.m_mars
    routes = output.routes(output.masses)
    _line(axis, output, bound, "supply", label=_bound_label(output))
    _line(axis, output, in_mars["loss"], "loss", label=r"$M_\mathrm{loss}$", linewidth=2.4)
    for name in routes:
        _line(axis, output, in_mars[name], name)
    if not in_mars["loss"][-1] > 0.0:
        style.say(axis, "no mass is lost")
    elif np.isfinite(output.t99):
        so_far = "" if output.complete else " so far"
        axis.axvline(output.t99, color=GREY, linewidth=0.9, linestyle=(0, (1, 1)),
                     label=f"99 % of the loss{so_far} by {output.t99:.3g} yr")
    lines = [bound, in_mars["loss"], *(in_mars[name] for name in routes)]
    _mass_axis(axis, output, lines, "mass lost so far", output.log_time)


def _loss_by_radius(axis: Axes, output: DiskOutput) -> None:
    last = {name: values[-1] for name, values in output.sigma.items()}
    last["loss"] = sum(last[name] for name in LOST)
    last["supply"] = output.sigma["surface"][0] + output.sigma["vapour"][0] + last["supply"]
    names = ["supply", "loss", *output.routes(last, MASS_DECADES)]
    for name in names:
        _, colour, dashes = LOOKS[name]
        axis.stairs(last[name], output.r_edges, baseline=None, color=colour, linestyle=dashes,
                    linewidth=2.4 if name == "loss" else 1.4)
    axis.set_xlim(output.r_edges[0], output.r_edges[-1])
    style.log_axis(axis, [last[name] for name in names], MASS_DECADES)
    axis.set_xlabel(RADIUS)
    axis.set_ylabel(f"lost per area by {style.number(output.time[-1])} yr [kg m$^{{-2}}$]")
    axis.grid()


def maps(output: DiskOutput) -> Figure:
    """Outflow, optical depth and grain temperature over time and radius.

    With one ring they are lines against time, with one output time lines against radius.
    """
    figure = style.new_figure(output.title, 15.0)
    axes = figure.subplots(3, 1, sharex=True)
    panels = (
        (output.mdot_area, "outflow\n[kg m$^{-2}$ s$^{-1}$]", MAP_DECADES, style.RATES),
        (output.tau_los, "optical depth $\\tau_\\mathrm{los}$\n[1]", MAP_DECADES, style.RATES),
        (output.t_grain, "temperature of\ngrey grains [K]", None, style.TEMPERATURES),
    )
    times = output.time[output.shown]
    is_map = len(output.r) > 1 and len(times) > 1
    for axis, (values, label, decades, colours) in zip(axes, panels, strict=True):
        values = values[output.shown]
        if is_map:
            edges = (style.cell_edges(times, output.log_time), output.r_edges)
            style.colour_map(axis, edges, values, label, decades, colours)
            axis.set_ylabel(RADIUS)
            axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
        else:
            _strip(axis, output, values, label, decades)
        if decades and not np.any(values > 0.0):
            style.say(axis, "none")
    marks = ((axes[1], ((1.0, "-", r"$\tau_\mathrm{los}$ = 1"),)),
             (axes[2], ((output.t_liquidus, "-", f"liquid above {output.t_liquidus:.0f} K"),
                        (output.t_solidus, "--", f"solid below {output.t_solidus:.0f} K"))
              if output.sublimation else ()))
    for axis, levels in marks:
        values = output.tau_los if axis is axes[1] else output.t_grain
        _levels(axis, output, values[output.shown], levels, is_map)
    if is_map or len(times) > 1:
        _time_axis(axes[-1], output)
        for axis in axes[:-1]:
            axis.set_xlabel("")
    else:
        axes[-1].set_xlabel(RADIUS)
    return figure


def _strip(axis: Axes, output: DiskOutput, values: np.ndarray, label: str,
           decades: float | None) -> None:
    """Line in place of a map that is one cell wide or high."""
    along_time = len(values) > 1 or len(output.r) == 1
    x = output.time[output.shown] if along_time else output.r
    y = values[:, 0] if along_time else values[0]
    if decades:
        style.log_axis(axis, [y], decades)
    axis.plot(x, y, color=BLACK, marker=style.marker(len(x)))
    axis.set_ylabel(label)
    if not decades:
        axis.ticklabel_format(axis="y", useOffset=False)
    axis.grid()


def _levels(axis: Axes, output: DiskOutput, values: np.ndarray,
            levels: tuple[tuple[float, str, str], ...], is_map: bool) -> None:
    """Mark where values reach some levels: contours of a map, horizontal lines of a strip."""
    if not is_map:
        low, high = axis.get_ylim()
        for level, dashes, label in levels:
            if low < level < high:
                axis.axhline(level, color=VERMILLION, linestyle=dashes, linewidth=1.0, label=label)
        style.legend(axis)
        return
    handles = []
    for level, dashes, label in levels:
        if values.min() < level < values.max():
            axis.contour(output.time[output.shown], output.r, values.T, levels=[level],
                         colors="white", linestyles=dashes, linewidths=1.1)
            handles.append(Line2D([], [], color="white", linestyle=dashes, linewidth=1.1,
                                  label=label))
    if handles:
        axis.legend(handles=handles, facecolor="0.25", labelcolor="white", framealpha=0.75,
                    edgecolor="none", loc="lower left")


def psd(output: DiskOutput) -> Figure:
    """Mass per area and power of ten in size, through time; unbound sizes are shaded."""
    sizes = output.sizes
    assert sizes is not None, "cannot_draw() says so"
    figure = style.new_figure(output.title, 10.0)
    axis = figure.subplots()
    axis.set_xscale("log")
    edges = sizes.size_edges[0], sizes.size_edges[-1]
    _blow_out_bands(axis, output, edges)
    colours = colormaps[style.TIMES](np.linspace(1.08, 0.0, len(sizes.times)))
    colours[0] = to_rgba(GREY)
    for t, density, colour in zip(sizes.times, sizes.density, colours, strict=True):
        axis.plot(sizes.size, density, color=colour, marker=".", markersize=3.5,
                  label=f"{style.number(t)} yr")
    style.log_axis(axis, [sizes.density], PSD_DECADES)
    margin = (edges[1] / edges[0]) ** 0.02
    axis.set_xlim(edges[0] / margin, edges[1] * margin)
    axis.set_xlabel("grain radius $s$ [m]")
    axis.set_ylabel(r"d$\Sigma$/dlog$_{10}\,s$, mean over the disk [kg m$^{-2}$]")
    axis.grid()
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    return figure


def _blow_out_bands(axis: Axes, output: DiskOutput, edges: tuple[float, float]) -> None:
    """Shade the unbound sizes at the first and the last time that has any."""
    times = np.flatnonzero(np.isfinite(output.s_blow))
    # Where beta does not fall again towards small grains, all of them are unbound.
    bands = [(max(np.nan_to_num(output.s_blow_min[k]), edges[0]), output.s_blow[k], output.time[k])
             for k in times[[0, -1]]] if times.size else []
    if bands and np.allclose(bands[0][:2], bands[1][:2], rtol=1e-3):
        bands.pop()
    looks = ({"facecolor": ORANGE, "alpha": 0.25},
             {"facecolor": "none", "edgecolor": VERMILLION, "hatch": "///", "alpha": 0.6})
    for (low, high, t), look in zip(bands, looks, strict=False):
        if low < high:
            axis.axvspan(low, high, label=f"$\\beta$ > 0.5,\n{style.number(t)} yr", **look)


def ledger(output: DiskOutput) -> Figure:
    """How well the balances close, and where the mass of the surface layer has gone."""
    figure = style.new_figure(output.title, 13.0)
    top, main = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.5))
    _time_axis(main, output)
    times = output.time[output.shown]
    labels = {"mass_residual": ("all layers and routes", BLUE, "-"),
              "surface_residual": ("surface layer alone", VERMILLION, "--")}
    residuals = {name: np.maximum(np.abs(output.residuals[name][output.shown]), ROUND_OFF)
                 for name in labels}
    for name, (label, colour, dashes) in labels.items():
        top.plot(times, residuals[name], color=colour, linestyle=dashes, label=label,
                 marker=style.marker(len(times)))
    top.axhline(CLOSURE, color=GREY, linewidth=0.9, linestyle=":", label="closed below this")
    style.log_axis(top, [*residuals.values(), np.array([CLOSURE])], 8.0)
    top.set_ylabel("largest residual\nof a ring [1]")
    top.grid()
    top.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)

    in_mars = {name: values / output.m_mars for name, values in output.masses.items()}
    bound = output.available / output.m_mars
    _line(main, output, bound, "supply", label=_bound_label(output), linestyle=":")
    places = seen({name: values[output.shown] for name, values in in_mars.items()},
                  ("supply", "surface", "vapour", "settled", *LOST, "drag", "fallen", "spread",
                   "out"))
    for name in places:
        _line(main, output, in_mars[name], name)
    # the deep layer may move far more than the surface layer ever has
    _mass_axis(main, output, [bound, *(in_mars[name] for name in places)],
               "mass in place or gone so far", output.log_time or "out" in places)
    style.legend_below(main)
    return figure


FIGURES: Mapping[str, Callable[[DiskOutput], Figure]] = {
    "rate": rate, "loss": loss, "maps": maps, "psd": psd, "ledger": ledger,
}
"""Figures by the names of ``--what``."""
