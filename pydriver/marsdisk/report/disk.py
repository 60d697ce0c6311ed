# SPDX-License-Identifier: BSD-3-Clause
"""What a page about a disk run has of its own: headline, results, ledger."""

from __future__ import annotations

import math

import netCDF4

from marsdisk.output.contents import Contents
from marsdisk.output.results import Result, number
from marsdisk.report.html import Child, Markup, element, section, table
from marsdisk.report.parts import result_table, value_of

TITLE = "Mass lost from the inner debris disk of Mars"

LEDGER = {
    "m_surface": "in the surface layer",
    "m_deep": "in the deep reservoir",
    "m_vapour": "in the vapour layer",
    "m_blow": "blown out by radiation pressure",
    "m_escape": "escaped as vapour",
    "m_below": "left the size grid at its lower end",
    "m_in": "moved inward past r_in",
    "m_fallen": "fell on Mars, unbound",
    "m_out": "moved outward past r_out",
}
"""Where mass can be at the end [kg]: layers, then lines of the ledger."""


def progress(data: netCDF4.Dataset, contents: Contents) -> str:
    """How far a run has come that is not complete."""
    year = float(data["julian_year"][...])
    return f"It has reached t = {number(float(data['time'][-1]) / year)} yr, " \
           f"T_Mars = {number(float(data['t_mars'][-1]))} K."


def headline(results: dict[str, Result]) -> list[tuple[str, str, str]]:
    """Numbers that a reader looks for first."""
    lost, kg, t99 = (results[name] for name in ("m_loss_mars", "m_loss", "t99_yr"))
    rows = [(lost.text, "M_Mars", "lost, Delta M_in"), (kg.text, "kg", "the same")]
    if math.isfinite(t99.value):
        rows.append((t99.text, "yr", "99 % of it lost by"))
    closure = max(results["mass_residual"].value, results["surface_residual"].value)
    rows.append((f"{closure:.1e}", "", "worst closure of the ledger"))
    return rows


def sections(data: netCDF4.Dataset, results: tuple[Result, ...]) -> list[Markup]:
    """Results and ledger."""
    return [_results(data, results), _ledger(data)]


MASSES = ("m_loss", "m_blow", "m_escape", "m_below", "m_removed0", "m_supply", "m_settled", "m_in",
          "m_out", "m_external", "m_in_t0", "m_disk")
"""Masses among the results; the ledger has the others."""


def _results(data: netCDF4.Dataset, results: tuple[Result, ...]) -> Markup:
    m_mars = float(data["const_m_mars"][...])
    by_name = {r.name: r for r in results}
    masses = [by_name[name] for name in MASSES]
    others = [r for r in results if r.unit != "kg" and r.name != "m_loss_mars"]
    rows = [(r.label, value_of(r.value / m_mars), value_of(r.value)) for r in masses]
    return section("results", "Results", table(("mass", "M_Mars", "kg"), rows, numeric=(1, 2)),
                   result_table(others))


def _ledger(data: netCDF4.Dataset) -> Markup:
    """Everything that there was, and where it is: two columns that must be equal."""
    def first(name: str) -> float:
        return float(data[name][0])

    def last(name: str) -> float:
        return float(data[name][-1])

    removed = float(data["m_removed0"][...])
    begun = {"surface layer at t0, unbound sizes included": first("m_surface") + removed,
             "deep reservoir at t0": first("m_deep"), "vapour layer at t0": first("m_vapour"),
             "came from outside since": last("m_external")}
    ended = {label: last(name) for name, label in LEDGER.items()}
    ended[LEDGER["m_in"]] -= last("m_fallen")  # m_in has both
    ended["removed at t0 (unbound sizes)"] = removed
    there, now = math.fsum(begun.values()), math.fsum(ended.values())
    rows: list[Child] = [*_lines(begun), _line("there was", there, "sum"), *_lines(ended),
                         _line("is accounted for", now, "sum"),
                         _line("difference", now - there, "sum")]
    head = element("thead", element("tr", element("th", "", scope="col"),
                                    element("th", "kg", scope="col", class_="n")))
    frame = element("div", element("table", head, element("tbody", rows)), class_="scroll",
                    tabindex="0", role="region", aria_label="ledger")
    gap = abs(now - there) / there if there > 0.0 else 0.0
    words = (f"The difference is {number(gap)} of the mass. Ring by ring, at "
             f"every output, the largest residual of the whole ring is "
             f"{number(float(data['mass_residual'][:].max()))} of its mass, and that of its "
             f"surface layer {number(float(data['surface_residual'][:].max()))} of what passed "
             "through it.")
    return section("ledger", "Ledger", frame, element("p", words))


def _lines(masses: dict[str, float]) -> list[Markup]:
    return [_line(label, mass) for label, mass in masses.items()]


def _line(label: str, mass: float, classes: str | None = None) -> Markup:
    return element("tr", element("th", label, scope="row"),
                   element("td", value_of(mass), class_="n"), class_=classes)
