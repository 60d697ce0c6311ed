# SPDX-License-Identifier: BSD-3-Clause
"""What a page about a capture run has of its own: headline, counts, spreads."""

from __future__ import annotations

import math

import netCDF4

from marsdisk.output.capture_schema import OUTCOMES
from marsdisk.output.contents import Contents
from marsdisk.output.results import Result
from marsdisk.report.html import Child, Markup, element, section, table
from marsdisk.report.parts import result_table, value_of

TITLE = "Capture of small bodies in the primordial atmosphere of Mars"

MEANINGS = {
    "escaped": "left the neighbourhood of Mars",
    "captured": "bound with a small eccentricity at the end, or fell after that",
    "fell_before_capture": "fell while still very eccentric",
    "undecided": "near Mars at the end, but not captured",
    "ablated": "lost (nearly) all of its mass",
    "failed": "failed in the integrator; no results",
}
"""Outcomes in words."""


def progress(data: netCDF4.Dataset, contents: Contents) -> str:
    """How far a run has come that is not complete."""
    done = len(data.dimensions["case"])
    return f"It holds {done} of {contents.attributes.get('n_case', 'unknown')} cases."


def headline(results: dict[str, Result]) -> list[tuple[str, str, str]]:
    """Numbers that a reader looks for first."""
    names = {"case": "cases", "n_captured": "captured", "n_escaped": "escaped",
             "n_fell_before_capture": "fell before capture", "n_bound": "captured and still bound"}
    return [(results[name].text, "", label) for name, label in names.items()]


def sections(data: netCDF4.Dataset, results: tuple[Result, ...]) -> list[Markup]:
    """Counts of the outcomes, and the spread of times and energies."""
    by_name = {result.name: result for result in results}
    cases = by_name["case"].value
    rows: list[tuple[Child, ...]] = []
    for name in OUTCOMES:
        count = by_name[f"n_{name}"].value
        share = f"{100.0 * count / cases:.3g} %" if cases else ""
        rows.append((name.replace("_", " "), value_of(count), share,
                     element("small", MEANINGS[name])))
    counts = table(("outcome", "cases", "share", "meaning"), rows, numeric=(1, 2))
    spreads = [r for r in results if "captured, " in r.label or "at the end, " in r.label]
    moons = [r for r in results if r.name in ("n_bound", "n_phobos", "n_deimos")]
    if "moon" not in data.variables:
        moons = moons[:1]
    steps = [r for r in results if r.name == "n_step"]
    return [section("results", "Results", counts, _spread_table(spreads),
                    result_table(moons + steps))]


def _spread_table(spreads: list[Result]) -> Markup:
    """Smallest, median and largest value of what the captured have."""
    rows: dict[str, list[Result]] = {}
    for result in spreads:
        if math.isnan(result.value):  # nothing has it
            continue
        rows.setdefault(result.label.rpartition(",")[0], []).append(result)
    cells = [(label, *(value_of(r.value) for r in found),
              "" if found[0].unit == "1" else found[0].unit) for label, found in rows.items()]
    if not cells:
        return Markup("")
    return table(("", "smallest", "median", "largest", "unit"), cells, numeric=(1, 2, 3))
