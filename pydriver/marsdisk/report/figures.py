# SPDX-License-Identifier: BSD-3-Clause
"""The standard figures of a run as parts of a page."""

from __future__ import annotations

import base64
import inspect
import io
from collections.abc import Callable
from itertools import islice

import netCDF4
from matplotlib.figure import Figure

from marsdisk import plots
from marsdisk.output.contents import Contents
from marsdisk.plots.style import style
from marsdisk.report.html import Markup, element, table

ROWS = 40
"""Rows of a table at most; the file has them all."""


def figures(data: netCDF4.Dataset, contents: Contents) -> tuple[list[Markup], list[Markup]]:
    """All figures of a run.

    Parameters
    ----------
    data, contents
        The open file.

    Returns
    -------
    drawn
        Figures and tables, ready for a page.
    left_out
        Which could not be drawn, and why.
    """
    module = plots.KINDS[contents.kind]
    output = module.read(contents.path, data, contents.config)
    drawn, left_out = [], []
    with style():
        for name, make in module.FIGURES.items():
            reason = module.cannot_draw(name, output)
            if reason:
                left_out.append(Markup(f"{element('code', name)}: {element('span', reason)}"))
                continue
            product = make(output)
            if isinstance(product, str):
                drawn.append(tables(product, contents))
            else:
                drawn.append(embedded(product, _caption(make)))
    return drawn, left_out


def embedded(figure: Figure, caption: str) -> Markup:
    """A figure as an image inside the page."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    image = element(
        "img", src=f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}",
        alt=caption, width=str(width), height=str(height))
    # A telephone shows the whole figure; a tap makes it large enough to be read, and scroll.
    switch = element("input", type="checkbox", aria_label="enlarge the figure")
    frame = element("label", switch, element("span", image, class_="scroll"))
    tap = element("span", " Tap to enlarge.", class_="tap")
    return element("figure", frame, element("figcaption", caption, tap))


def _caption(make: Callable[..., object]) -> str:
    """What a figure shows: the first paragraph of its function's docstring."""
    return " ".join(inspect.getdoc(make).partition("\n\n")[0].split())


def tables(text: str, contents: Contents) -> Markup:
    """Tables in Markdown, with their captions, as HTML; the title is left out."""
    parts: list[Markup] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("|"):
            heads = _cells(line)
            next(lines)  # alignment
            rows = []
            for row in islice(lines, None):
                if not row.startswith("|"):
                    break
                rows.append(_cells(row))
            parts.append(table(heads, rows[:ROWS], range(len(heads))))
            if len(rows) > ROWS:
                more = f"{len(rows) - ROWS} more rows: marsdisk plot {contents.path.name} " \
                       "--what tables"
                parts.append(element("p", more, class_="soft"))
        elif line and not line.startswith("#"):
            parts.append(element("p", line))
    return Markup("".join(parts))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
