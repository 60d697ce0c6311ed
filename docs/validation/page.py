# SPDX-License-Identifier: BSD-3-Clause
"""Tables as Markdown, and their places in docs/validation.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[1] / "validation.md"
"""The page. <!-- measured: NAME --> and <!-- end --> mark the place of a table."""

FIGURES = Path(__file__).parents[1] / "figures"
"""Where figures go."""

Lines = list[str]
"""Lines of a table."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    """A Markdown table; the first column to the left, the others to the right."""
    return ["| " + " | ".join(head) + " |", "|:--" + "|--:" * (len(head) - 1) + "|",
            *("| " + " | ".join(row) + " |" for row in rows)]


def body(name: str, text: str) -> str | None:
    """The table `name` as it stands in the text of the page; None when it has no place."""
    found = re.search(rf"<!-- measured: {re.escape(name)} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    return found and found[1].strip("\n")


def put(tables: Mapping[str, Lines]) -> None:
    """Write tables to their places.

    Raises
    ------
    SystemExit
        A table has no place, or more than one.
    """
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in tables.items():
        new = "\n".join(lines)
        text, count = re.subn(
            rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end -->)",
            lambda found, new=new: f"{found[1]}\n{new}\n\n{found[2]}", text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for the table {name}, expected one")
    PAGE.write_text(text, encoding="utf-8")


def mass(value: float) -> str:
    """A mass, or another number of any size."""
    return "0" if value == 0.0 else f"{value:.2e}" if abs(value) < 1e-2 else f"{value:.3g}"


def percent(value: float, reference: float) -> str:
    """Change against a reference [%]."""
    change = 100.0 * (value / reference - 1.0)
    return "0" if change == 0.0 else f"{change:+.2f}" if abs(change) >= 5e-3 else f"{change:+.0e}"
