# SPDX-License-Identifier: BSD-3-Clause
"""Figures of single captures: the path around Mars, eccentricity and energy in time."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke

from marsdisk.plots import style
from marsdisk.plots.capture_output import CaptureOutput, Track, spread
from marsdisk.plots.capture_style import case_text
from marsdisk.plots.style import BLACK, BLUE, GREY, ORANGE, VERMILLION

PATHS = 3
"""Trajectories drawn at most; one where they leave the plane, which takes twice the panels."""

VIEW = 1.35
"""Half-width of the view of the Hill sphere, in its radii [1]."""

SAMPLES = 6
"""Samples per revolution below which the path cannot be followed."""

POINTS = 20000
"""Points through which a path is drawn, at most."""

COLOURS = ListedColormap(colormaps[style.TIMES](np.linspace(0.0, 0.9, 256)))
"""Colours of time; the brightest are hard to see on white."""

THOUSAND_KM = r"[$10^3$ km]"

LEVELS = ((0.5, "tau_half", "$e^{-1/2}$"), (1.0, "tau_1", "$e^{-1}$"), (2.0, "tau_2", "$e^{-2}$"))
"""Levels of the eccentricity e^-n: n, the variable with the time it took, label."""

GAS_GOES = "the gas begins to go"


def trajectory(output: CaptureOutput) -> Figure:
    """Paths of captured entries in the rotating frame: the Hill sphere, and close to Mars."""
    spatial = any(track.spatial for track in output.tracks)
    tracks = [output.tracks[k] for k in spread(len(output.tracks), 1 if spatial else PATHS)]
    # each line of the titles takes 4 mm; without them the panels would be moved up against the name
    title = 0.4 * (1 + _title(output, tracks[0]).count("\n"))
    if len(tracks) == 1:
        views = [(tracks[0], vertical) for vertical in ("y", "z")[:1 + spatial]]
        figure = style.new_figure(output.title, title + (17.3 if spatial else 10.5))
        pairs = list(figure.subplots(len(views), 2, squeeze=False))
    else:
        views = [(track, "y") for track in tracks]
        figure = style.new_figure(output.title, title + (12.3 if len(tracks) == 3 else 17.3))
        pairs = list(figure.subplots(2, len(views), squeeze=False).T)
    figure.set_layout_engine("compressed")
    for (track, vertical), (far, near) in zip(views, pairs, strict=True):
        for axis, width in ((far, VIEW * output.scalar["r_hill"]), (near, _close(output, track))):
            _path(axis, output, track, vertical, width / 1.0e3)
            axis.set_xlabel(f"$x$ {THOUSAND_KM}")
            if axis is near or track is tracks[0]:
                axis.set_ylabel(f"${vertical}$ {THOUSAND_KM}")
        if vertical == "y":
            far.set_title(_title(output, track))
        if coarse := _coarse(output, track):
            style.say(near, textwrap.fill(coarse, 26), y=0.9)
    scale = ScalarMappable(Normalize(0.0, 1.0), COLOURS)
    figure.colorbar(scale, ax=figure.axes, orientation="horizontal", aspect=60, shrink=0.8,
                    pad=0.02, label="time since the start, in units of the time shown [1]")
    return figure


def _title(output: CaptureOutput, track: Track) -> str:
    end = "fell at" if np.isfinite(output.case["lifetime"][track.case]) else "in orbit at"
    return f"{case_text(output, track.case)}\n{end} {track.t[-1]:.4g} yr"


def _close(output: CaptureOutput, track: Track) -> float:
    """Half-width of the view close to Mars [km]: what holds half of the samples."""
    distance = np.sqrt(track.x**2 + track.y**2 + track.z**2)
    limits = 4.0 * output.scalar["radius"], 0.3 * output.scalar["r_hill"]
    return float(np.clip(1.2 * np.median(distance), *limits))


def _coarse(output: CaptureOutput, track: Track) -> str:
    """What is to be said when there are too few samples to follow the path; else empty."""
    per_turn = len(track.t) / max(output.case["revolutions"][track.case], 1.0)
    few = f"{per_turn:.2g} samples per turn are too few (output.n_sample)"
    return few if per_turn < SAMPLES else ""


def smooth(track: Track, vertical: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times [yr] and positions [km] with points between the samples, by cubics in time."""
    kept = np.flatnonzero(np.append(True, np.diff(track.t) > 0.0))
    kept = kept[::max(1, len(kept) // POINTS)]
    t, x, y = track.t[kept], track.x[kept], getattr(track, vertical)[kept]
    pieces = min(6, POINTS // len(t))
    if len(t) < 3 or pieces < 2:
        return t, x, y
    steps = np.diff(t)[:, None]
    s = np.arange(pieces) / pieces
    lines = []
    for values in (x, y):
        slope = np.gradient(values, t, edge_order=2)
        left, right = values[:-1, None], values[1:, None]
        start, end = slope[:-1, None] * steps, slope[1:, None] * steps
        cubic = (left + s * start + s**2 * (3.0 * (right - left) - 2.0 * start - end)
                 + s**3 * (2.0 * (left - right) + start + end))
        lines.append(np.append(cubic.ravel(), values[-1]))
    return np.append((t[:-1, None] + steps * s).ravel(), t[-1]), *lines


def _path(axis: Axes, output: CaptureOutput, track: Track, vertical: str, width: float) -> None:
    """One view, `width` [1e3 km] to each side of Mars."""
    t, x, y = smooth(track, vertical)
    joints = np.stack([x, y], axis=1) / 1.0e3
    lines = LineCollection(np.stack([joints[:-1], joints[1:]], axis=1), cmap=COLOURS,
                           linewidths=0.6, capstyle="round", rasterized=True)
    lines.set_array((t[:-1] - t[0]) / max(t[-1] - t[0], 1.0e-300))
    axis.add_collection(lines, autolim=False)
    hill = output.scalar["r_hill"] / 1.0e3
    axis.add_patch(Circle((0.0, 0.0), output.scalar["radius"] / 1.0e3, facecolor=VERMILLION,
                          edgecolor="none", zorder=3))
    axis.add_patch(Circle((0.0, 0.0), hill, facecolor="none", edgecolor=GREY, linewidth=0.9,
                          linestyle="--"))
    if width > hill:
        # L1 and L2 of the full equations are 0.2 % off: less than the width of the line.
        for sign, name in ((-1.0, "$L_1$"), (1.0, "$L_2$")):
            axis.plot(sign * hill, 0.0, marker="+", color=BLACK, markersize=6.0)
            axis.annotate(name, (sign * hill, 0.0), xytext=(2.0 * sign, 3.0), color=BLACK,
                          textcoords="offset points", ha="left" if sign > 0.0 else "right")
        axis.annotate("Sun", (0.02, 0.06), xytext=(0.17, 0.06), xycoords="axes fraction",
                      ha="left", va="center", arrowprops={"arrowstyle": "->", "color": ORANGE})
    else:
        axis.text(0.03, 0.03, "Mars to scale", transform=axis.transAxes, zorder=4,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5})
    axis.set_xlim(-width, width)
    axis.set_ylim(-width, width)
    axis.set_aspect("equal")


def history(output: CaptureOutput) -> Figure:
    """Osculating eccentricity and energy of captured entries against time."""
    tracks = output.tracks
    columns = min(3, len(tracks))
    rows = -(-len(tracks) // columns)
    figure = style.new_figure(output.title, 10.0 if rows == 1 else 18.5)
    axes = figure.subplots(2 * rows, columns, squeeze=False)
    for k, track in enumerate(tracks):
        row, column = divmod(k, columns)
        upper, lower = axes[2 * row:2 * row + 2, column]
        _eccentricity(upper, output, track)
        _energy(lower, output, track)
        upper.set_title(case_text(output, track.case))
        if coarse := _coarse(output, track):
            style.say(lower, textwrap.fill(coarse, 18), y=0.4)
        upper.tick_params(labelbottom=False)
        if column == 0:
            upper.set_ylabel("eccentricity $e$ [1]")
            lower.set_ylabel("energy $\\epsilon$\n[$10^6$ J kg$^{-1}$]")
        lower.set_xlabel("time [yr]")
    for axis in axes[-2:, (len(tracks) - 1) % columns + 1:].flat:
        axis.set_visible(False)
    marked = [line for axis in axes.flat for line in axis.lines if line.get_label() == GAS_GOES]
    if marked:
        figure.legend(handles=marked[:1], loc="outside lower center", frameon=False)
    return figure


def _time_axis(axis: Axes, output: CaptureOutput, track: Track) -> None:
    """As long as the track; marks when the gas begins to go."""
    gas = {name: output.case[name][track.case] if name in output.case
           else float(output.settings["atmosphere"][name]) for name in ("tau_gas", "t_gas")}
    if gas["tau_gas"] > 0.0 and gas["t_gas"] < track.t[-1]:
        axis.axvline(gas["t_gas"], color=ORANGE, linewidth=1.0, linestyle="--", label=GAS_GOES)
    axis.set_xlim(track.t[0], track.t[-1])


def last_crossing(track: Track, level: float) -> float:
    """Time of the last downward crossing of a level of e [yr]; NaN without one."""
    down = np.flatnonzero((track.e[:-1] > level) & (track.e[1:] <= level))
    if not down.size:
        return np.nan
    k = down[-1]
    share = (track.e[k] - level) / (track.e[k] - track.e[k + 1])
    return float(track.t[k] + share * (track.t[k + 1] - track.t[k]))


def _eccentricity(axis: Axes, output: CaptureOutput, track: Track) -> None:
    """e in time, and how long it took from 0.99 to each level that it reached."""
    axis.plot(track.t, track.e, color=BLUE, linewidth=0.9)
    _level(axis, 0.99, "0.99")
    for power, name, label in LEVELS:
        level = float(np.exp(-power))
        _level(axis, level, label)
        taken, end = output.case[name][track.case], last_crossing(track, level)
        if np.isfinite(taken) and np.isfinite(end):
            # e = 0.99 may be passed between two samples: the bar hangs on its end
            start = end - taken
            axis.plot([start, end], [level, level], color=VERMILLION, linewidth=1.1)
            axis.plot(end, level, color=VERMILLION, marker="o", markersize=3.0)
            left = start + end < track.t[0] + track.t[-1]
            axis.annotate(f"{taken:.3g} yr", (start if left else end, level),
                          xytext=(0.0 if left else -4.0, 3.0), textcoords="offset points",
                          ha="left" if left else "right", color=VERMILLION,
                          path_effects=[withStroke(linewidth=2.0, foreground="white")])
    _time_axis(axis, output, track)
    axis.set_ylim(0.0, 1.12)


def _level(axis: Axes, level: float, label: str) -> None:
    axis.axhline(level, color=GREY, linewidth=0.6, linestyle=":")
    axis.annotate(label, (1.0, level), xytext=(2.0, 0.0), textcoords="offset points",
                  xycoords=("axes fraction", "data"), va="center", color="0.35")


def _energy(axis: Axes, output: CaptureOutput, track: Track) -> None:
    axis.plot(track.t, track.energy / 1.0e6, color=BLACK, linewidth=0.9)
    axis.axhline(0.0, color=GREY, linewidth=0.6, linestyle=":")
    given_up = output.case["delta_energy"][track.case] / 1.0e6
    axis.set_title(rf"$\Delta\epsilon$ = {given_up:.3g}$\times$10$^6$ J kg$^{{-1}}$", pad=3.0)
    _time_axis(axis, output, track)
