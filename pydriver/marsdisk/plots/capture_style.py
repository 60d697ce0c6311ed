# SPDX-License-Identifier: BSD-3-Clause
"""How outcomes and the quantities of an entry look in every figure of a capture run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from marsdisk.plots.capture_output import CaptureOutput
from marsdisk.plots.style import BLACK, BLUE, ORANGE, PURPLE, VERMILLION

DARK_GREEN = "#004D3A"
"""Hue of Okabe & Ito's green, darker: in grey it must differ from their blue."""

SPEED = r"AU yr$^{-1}$"

SYMBOLS: Mapping[str, tuple[str, str]] = {
    "u": ("$u$", SPEED), "v": ("$v$", SPEED), "w": ("$w$", SPEED),
    "tau_gas": (r"$\tau_\mathrm{gas}$", "yr"), "t_gas": (r"$t_\mathrm{gas}$", "yr"),
}
"""Symbol and unit of what entries differ in."""

MEANINGS: Mapping[str, tuple[str, str]] = {
    "u": ("initial", ", away from the Sun"), "v": ("initial", ", along the orbit"),
    "w": ("initial", ", out of the plane"), "tau_gas": ("time scale of gas loss", ""),
    "t_gas": ("start of gas loss", ""),
}
"""What stands before a symbol on an axis, and behind it where there is room."""


@dataclass(frozen=True)
class Look:
    """How a class of entries looks: cell colour, marker on the cell, both chosen to read in grey.

    Parameters
    ----------
    label
        Text of the legend.
    cell
        Colour of a cell of a map.
    marker, ink, size
        Marker on a cell of a map, its colour, and its size [points].
    point
        Colour of the marker where there is no cell behind it.
    """

    label: str
    cell: str
    marker: str
    ink: str
    size: float
    point: str


LOOKS: Mapping[str, Look] = {
    "escaped": Look("escaped", "#EFEFEF", ".", "0.62", 2.0, "0.66"),
    "fell_later": Look("captured, fell later", BLUE, "o", "white", 4.0, BLUE),
    "bound": Look("captured, still in orbit", DARK_GREEN, "*", "white", 6.5, DARK_GREEN),
    "fell_before_capture": Look("fell before capture", ORANGE, "v", BLACK, 4.0, ORANGE),
    "undecided": Look("undecided", "#E8B9D3", "d", BLACK, 4.0, PURPLE),
    "ablated": Look("ablated", VERMILLION, "P", "white", 5.0, VERMILLION),
    "failed": Look("failed", BLACK, "x", "white", 4.5, BLACK),
}
"""Classes of entries; those captured are split by whether they fell later."""


def classes(output: CaptureOutput) -> np.ndarray:
    """Class of each entry, as its place in `LOOKS` (case)."""
    names = np.where(output.captured, np.where(output.bound, "bound", "fell_later"),
                     output.outcome)
    codes = np.zeros(len(names), dtype=np.int8)
    for code, name in enumerate(LOOKS):
        codes[names == name] = code
    return codes


def captured_classes(output: CaptureOutput) -> dict[str, np.ndarray]:
    """Which entries are in each class of the captured (case)."""
    return {"fell_later": output.captured & ~output.bound, "bound": output.bound}


def axis_label(name: str, long: bool = False) -> str:
    """Label of an axis of what entries differ in: meaning, symbol, unit."""
    symbol, unit = SYMBOLS[name]
    before, behind = MEANINGS[name]
    return f"{before} {symbol}{behind if long else ''} [{unit}]"


def value_text(name: str, value: float) -> str:
    """A value of what entries differ in, for a title."""
    symbol, unit = SYMBOLS[name]
    return f"{symbol} = {_plain(value, 3)} {unit}"


def _plain(value: float, digits: int) -> str:
    """A number with the minus sign that the axes have."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def case_text(output: CaptureOutput, case: int) -> str:
    """What tells an entry from the others, in lines short enough for a third of a figure."""
    def listed(names: list[str], digits: int) -> str:
        return ", ".join(_plain(output.case[name][case], digits) for name in names)

    names = ["u", "v", *(["w"] if np.any(output.case["w"] != 0.0) else [])]
    lines = [f"${', '.join(names)}$ [{SPEED}]:", listed(names, 4)]
    if "tau_gas" in output.case:
        lines.append(rf"$\tau, t_\mathrm{{gas}}$ = {listed(['tau_gas', 't_gas'], 3)} yr")
    return "\n".join(lines)


def points(axis: Axes, name: str, x: np.ndarray, y: np.ndarray, among: int,
           **changes: object) -> None:
    """Entries of one class as markers without cells behind them, `among` so many in all."""
    look = LOOKS[name]
    scale = 1.0 if among <= 300 else 0.75 if among <= 3000 else 0.45
    options = {"color": look.point, "marker": look.marker, "linestyle": "none",
               "markersize": look.size * scale, "markeredgewidth": 0.8 * scale,
               "rasterized": among > 3000} | changes
    axis.plot(x, y, **options)


def class_legend(figure: Figure, counts: Mapping[str, int], *others: Artist,
                 cells: bool = False, marks: bool = True) -> None:
    """Legend below a figure: classes with their numbers of entries, and other things.

    Parameters
    ----------
    figure
        The figure.
    counts
        Entries in each class; empty classes are left out.
    others
        What else is explained, each with its label.
    cells, marks
        Whether the classes are shown as cells, and with markers.
    """
    shown = {name: count for name, count in counts.items() if count}
    handles: list[object] = []
    for name in shown:
        look = LOOKS[name]
        patch = Patch(facecolor=look.cell, edgecolor="0.7", linewidth=0.5)
        mark = Line2D([], [], color=look.ink if cells else look.point, marker=look.marker,
                      markersize=look.size, linestyle="none")
        handles.append((patch, mark) if cells and marks else patch if cells else mark)
    labels = [f"{LOOKS[name].label}: {count}" for name, count in shown.items()]
    labels += [str(other.get_label()) for other in others]
    figure.legend([*handles, *others], labels, loc="outside lower center", frameon=False,
                  handleheight=1.2, ncols=2 if len(labels) == 4 else min(3, len(labels)))
