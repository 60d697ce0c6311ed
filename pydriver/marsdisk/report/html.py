# SPDX-License-Identifier: BSD-3-Clause
"""HTML without a way to forget escaping: what is not `Markup` is text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

VOID = ("br", "img", "input", "meta")
"""Elements without content."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Iterable["Child"] | None


def markup(child: Child) -> Markup:
    """HTML of a text, of markup, of nothing, or of a sequence of these."""
    if child is None:
        return Markup("")
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return Markup(html.escape(child))
    return Markup("".join(markup(part) for part in child))


def element(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element.

    Parameters
    ----------
    name
        Name of the element.
    *children
        What is in it; texts are escaped.
    **attributes
        Its attributes, escaped; ``class_`` is class, an underscore a hyphen, None = not there.
    """
    pairs = (f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
             for key, value in attributes.items() if value is not None)
    opening = f"<{name}{''.join(pairs)}>"
    return Markup(opening if name in VOID else f"{opening}{markup(children)}</{name}>")


def code(text: str) -> Markup:
    """Text as it is typed."""
    return element("code", text)


def section(identity: str, title: str, *children: Child) -> Markup:
    """A section of the page with its heading."""
    return element("section", element("h2", title), *children, id=identity)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Child]], numeric: Sequence[int] = (),
    classes: str = "",
) -> Markup:
    """A table that scrolls where the screen is narrower than it.

    Parameters
    ----------
    heads
        Headings of the columns; none at all = no head.
    rows
        Cells of each row; the first is its heading.
    numeric
        Columns of numbers, counted from 0.
    classes
        Class of the table.
    """
    def cell(kind: str, column: int, child: Child, **attributes: str) -> Markup:
        return element(kind, child, class_="n" if column in numeric else None, **attributes)

    head = Markup("")
    if heads:
        head = element("thead", element("tr", (
            cell("th", k, text, scope="col") for k, text in enumerate(heads))))
    body = element("tbody", (
        element("tr", cell("th", 0, row[0], scope="row"),
                (cell("td", k, child) for k, child in enumerate(row[1:], start=1)))
        for row in rows))
    return element("div", element("table", head, body, class_=classes or None), class_="scroll",
                   tabindex="0", role="region", aria_label="table")


def definitions(rows: Iterable[tuple[str, Child]]) -> Markup:
    """Names and what they stand for."""
    return element("dl", ((element("dt", name), element("dd", value)) for name, value in rows))


def listing(items: Iterable[Child]) -> Markup:
    """A list of points."""
    return element("ul", (element("li", item) for item in items))
