# SPDX-License-Identifier: BSD-3-Clause
"""The look shared by all figures: sizes, colours, axes, and how a figure becomes a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from marsdisk.errors import OutputError

WIDTH = 17.0
"""Width of a figure [cm]."""

DPI = 180
"""Resolution of PNG files [dots per inch]."""

# Okabe & Ito (2008): eight colours that people with any colour vision tell apart.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#777777"

RATES, TEMPERATURES, TIMES = "viridis", "cividis", "viridis"
"""Colour maps; all are perceptually uniform and safe for any colour vision."""

FEW = 12
"""A line through fewer points than this shows them."""

_PARAMETERS = {
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 8.5,
    "figure.titlesize": 9.5,
    "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.framealpha": 0.85,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.4,
    "axes.linewidth": 0.7,
    "axes.grid": False,
    "grid.linewidth": 0.4,
    "grid.color": "0.88",
    "axes.axisbelow": True,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "axes.formatter.use_mathtext": True,
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,  # text stays text
    "savefig.dpi": DPI,
}


def style() -> AbstractContextManager[None]:
    """Context in which figures are made and saved; leaves matplotlib's own settings alone."""
    # Defaults first: a user's matplotlibrc (usetex, dark background) must not get in. The backend
    # is not used, and would be the one setting that a context does not put back.
    default = {key: value for key, value in matplotlib.rcParamsDefault.items() if key != "backend"}
    return matplotlib.rc_context(default | _PARAMETERS)


def new_figure(title: str, height: float) -> Figure:
    """An empty figure of the common width; `height` [cm]."""
    figure = Figure(figsize=(WIDTH / 2.54, height / 2.54), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    return figure


def save(product: Figure | str, path: Path) -> None:
    """Write a figure or a text aside and rename it, so that `path` is never half of it.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if isinstance(product, str):
        _save(path, lambda stream: stream.write(product.encode()))
        return
    kind = path.suffix[1:]
    # No date: equal figures give equal files.
    metadata = {"pdf": {"CreationDate": None}}.get(kind)
    _save(path, lambda stream: product.savefig(stream, format=kind, metadata=metadata))


def _save(path: Path, write: Callable[[BinaryIO], object]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            os.fchmod(handle, 0o666 & ~_umask())
            with os.fdopen(handle, "wb") as stream:
                write(stream)
            os.replace(aside, path)
        except BaseException:
            os.unlink(aside)
            raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def marker(count: int) -> str:
    """Marker of a line through `count` points: without one, a single point is invisible."""
    return "." if count < FEW else ""


def log_limits(values: Sequence[np.ndarray], decades: float) -> tuple[float, float] | None:
    """Limits of a log axis around positive values, cut `decades` below the largest one.

    Parameters
    ----------
    values
        Arrays of any shape; zeros, negative and missing entries do not count.
    decades
        Longest range shown, in powers of ten [1].

    Returns
    -------
    tuple or None
        Lower and upper limit in the unit of `values`; None when nothing is positive.
    """
    flat = np.concatenate([np.ravel(array) for array in values]) if values else np.array([])
    flat = flat[np.isfinite(flat) & (flat > 0.0)]
    if not flat.size:
        return None
    top = float(flat.max())
    return max(float(flat.min()), top * 10.0**-decades), top


def log_axis(axis: Axes, values: Sequence[np.ndarray], decades: float) -> bool:
    """Make the y axis logarithmic if there is something to show on it.

    Parameters
    ----------
    axis
        Axis whose limits are set.
    values
        All that is drawn, in the unit of the axis.
    decades
        Longest range shown, in powers of ten [1].

    Returns
    -------
    bool
        Whether something is positive; a linear axis from 0 to 1 is left otherwise.
    """
    limits = log_limits(values, decades)
    if limits is None:
        axis.set_ylim(0.0, 1.0)
        return False
    low, high = limits
    margin = max((high / low) ** 0.06, 1.3)
    axis.set_yscale("log")
    axis.set_ylim(low / margin, high * margin)
    return True


def linear_axis(axis: Axes, values: Sequence[np.ndarray]) -> bool:
    """Make the y axis linear from 0; parameters and result as those of `log_axis`."""
    limits = log_limits(values, np.inf)
    axis.set_ylim(0.0, 1.06 * limits[1] if limits else 1.0)
    return limits is not None


def number(value: float) -> str:
    """A positive number for a label: two digits or more, powers of ten where zeros pile up."""
    if value == 0.0 or 1.0e-3 <= value < 1.0e4:
        return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"
    digits, power = f"{value:.1e}".split("e")
    return rf"{digits}$\times$10$^{{{int(power)}}}$"


def second_scale(axis: Axes, factor: float, label: str) -> None:
    """Axis on the right-hand side in another unit: left = `factor` * right."""
    other = axis.secondary_yaxis("right", functions=(lambda y: y / factor, lambda y: y * factor))
    other.set_ylabel(label)
    axis.tick_params(axis="y", which="both", right=False)


def say(axis: Axes, text: str, y: float = 0.5) -> None:
    """Write into the middle of a panel, or at another share `y` of its height."""
    axis.text(0.5, y, text, transform=axis.transAxes, ha="center", va="center", color="0.35",
              bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2.5})


def legend(axis: Axes, **options: object) -> None:
    """Legend of an axis, if anything in it has a label."""
    if axis.get_legend_handles_labels()[0]:
        axis.legend(**options)


def legend_below(axis: Axes) -> None:
    """Legend of an axis below the whole figure, where it hides nothing."""
    handles, labels = axis.get_legend_handles_labels()
    axis.figure.legend(handles, labels, loc="outside lower center", frameon=False,
                       ncols=4 if len(labels) <= 4 else 3)


def cell_edges(centres: np.ndarray, log: bool, whole: bool = False) -> np.ndarray:
    """Edges of map cells: half-way between the centres, the outer ones at the centres.

    With `whole`, the outer cells reach as far beyond their centres as they do within; a lone one
    reaches half its value to each side, or a factor of sqrt(e) in log.
    """
    x = np.log(centres) if log else centres
    edges = np.concatenate([x[:1], 0.5 * (x[1:] + x[:-1]), x[-1:]])
    if whole and len(x) > 1:
        edges[0] -= edges[1] - x[0]
        edges[-1] += x[-1] - edges[-2]
    elif whole:
        edges += np.array([-0.5, 0.5]) * (1.0 if log else abs(x[0]) or 1.0)
    return np.exp(edges) if log else edges


def colour_map(
    axis: Axes,
    edges: tuple[np.ndarray, np.ndarray],
    values: np.ndarray,
    label: str,
    decades: float | None,
    colours: str,
) -> Colorbar:
    """A map with its colour bar.

    Parameters
    ----------
    axis
        Where to draw.
    edges
        Edges of the cells along x and y.
    values
        Values (x, y).
    label
        Name and unit of the values.
    decades
        Range of a logarithmic scale in powers of ten [1]; None = linear.
    colours
        Name of the colour map.
    """
    limits = log_limits([values], decades) if decades else None
    norm: Normalize | None = None
    extend = "neither"
    if decades and limits is None:
        norm = Normalize(0.0, 1.0)  # nothing but zeros
    elif limits is not None:
        low, high = limits
        norm = LogNorm(low, high if high > low else 10.0 * low)
        extend = "min" if np.any(values < low) else "neither"
        values = np.maximum(values, 0.5 * low)  # zeros take the colour of 'less than'
    image = axis.pcolormesh(*edges, values.T, norm=norm, cmap=colours, rasterized=True)
    return axis.figure.colorbar(image, ax=axis, label=label, extend=extend, pad=0.015,
                                aspect=12)
