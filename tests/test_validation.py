# SPDX-License-Identifier: BSD-3-Clause
"""docs/validation.md is whole, and what is cheap to make again comes out as it is printed there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.append(str(DOCS))

from validation import page, published, times

TEXT = page.PAGE.read_text(encoding="utf-8")

TABLES = {
    "published": 12, "published_finer": 3, "other_sizes": 3, "explained": 8, "weights": 4,
    "convergence": 20, "targets": 5, "hard": 6, "same": 5, "few_rings": 5, "analytic": 8,
    "slopes": 3, "waves": 4, "independent": 6, "transport": 6, "when_bound": 8, "evaporates": 9,
    "map": 9, "one_at_a_time": 20, "smallest": 15, "history": 10, "assumptions": 20,
    "validity": 20,
}
"""Tables that the page has, with the least number of their rows."""


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_there_and_whole(name: str) -> None:
    lines = (page.body(name, TEXT) or "").splitlines()
    assert len(lines) >= 2 + TABLES[name]
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert "nan" not in "".join(lines).lower().split()


def test_there_are_no_other_tables() -> None:
    assert set(re.findall(r"<!-- measured: (\w+) -->", TEXT)) == set(TABLES)


def test_every_figure_is_there_and_shown_and_small() -> None:
    shown = set(re.findall(r"\(figures/(validation_\w+\.png)\)", TEXT))
    there = {path.name: path for path in page.FIGURES.glob("validation_*.png")}
    assert shown == set(there)
    assert len(shown) >= 8
    assert max(path.stat().st_size for path in there.values()) < 150_000


@pytest.mark.parametrize(("name", "made"), [
    ("when_bound", times.when_bound), ("evaporates", times.evaporates),
    ("explained", published.explained)])
def test_a_table_that_is_made_again_is_the_printed_one(
    name: str, made: Callable[[], list[str]]
) -> None:
    assert "\n".join(made()) == page.body(name, TEXT)
