# SPDX-License-Identifier: BSD-3-Clause
"""The main results of a run, read from its file: what summaries, reports, comparisons show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import netCDF4
import numpy as np

from marsdisk.output.capture_schema import OUTCOMES
from marsdisk.output.contents import Contents, column


@dataclass(frozen=True)
class Result:
    """A number that a run has come to.

    Parameters
    ----------
    name
        Variable or global attribute that it is made of.
    label
        What it is.
    value
        The number; NaN = there is none.
    unit
        Its unit; 1 for a pure number.
    """

    name: str
    label: str
    value: float | int
    unit: str

    @property
    def text(self) -> str:
        """The number without its unit."""
        return number(self.value)


def number(value: float) -> str:
    """A number for people: counts (int) in full, others with five digits."""
    if not np.isfinite(value):
        return "none" if np.isnan(value) else str(value)
    if isinstance(value, int) or value == 0.0:
        return str(int(value))
    if 1.0e-3 <= abs(value) < 1.0e5:
        return f"{value:.5g}"
    digits, power = f"{value:.4e}".split("e")
    return f"{digits}e{int(power)}"


def results(data: netCDF4.Dataset, contents: Contents) -> tuple[Result, ...]:
    """Main results of an open file, at the last moment that it holds."""
    return tuple(KINDS[contents.kind](data, contents))


MASSES = {
    "m_loss": "lost (Delta M_in)",
    "m_blow": "blown out",
    "m_escape": "escaped as vapour",
    "m_below": "below the size grid",
    "m_supply": "supplied to the surface",
    "m_settled": "settled back to the deep reservoir",
    "m_external": "came from outside",
    "m_in": "moved inward past r_in, or fell on Mars",
    "m_out": "moved outward past r_out",
    "m_surface": "surface layer",
    "m_deep": "deep reservoir",
    "m_vapour": "vapour layer",
    "m_disk": "M_in' (what is left)",
}
"""Masses at the end [kg], and what they are."""


def disk_results(data: netCDF4.Dataset, contents: Contents) -> list[Result]:
    """Main results of a disk run."""
    last = {name: float(data[name][-1]) for name in MASSES}
    removed = float(data["m_removed0"][...])
    begun = float(data["m_disk"][0]) + removed
    m_mars, year = float(data["const_m_mars"][...]), float(data["julian_year"][...])
    attributes = contents.attributes
    return [
        Result("m_loss_mars", "lost (Delta M_in)", last["m_loss"] / m_mars, "M_Mars"),
        *(Result(name, label, last[name], "kg") for name, label in MASSES.items()),
        Result("m_removed0", "removed at t0 (not in it)", removed, "kg"),
        Result("m_in_t0", "M_in at t0", begun, "kg"),
        Result("l_loss", "angular momentum lost", float(data["l_loss"][-1]), "kg m2 s-1"),
        Result("t99_yr", "99 % of it lost by", float(attributes["t99_yr"]), "yr"),
        Result("time", "time reached", float(data["time"][-1]) / year, "yr"),
        Result("t_mars", "temperature of Mars then", float(data["t_mars"][-1]), "K"),
        *(Result(name, label, float(np.max(column(data, name))), "1") for name, label in (
            ("mass_residual", "closure of the mass of a ring, largest"),
            ("surface_residual", "closure of the surface of a ring, largest"),
            ("l_residual", "closure of the angular momentum, largest"))),
        Result("n_step", "steps", int(attributes["n_step"]), "1"),
    ]


def capture_results(data: netCDF4.Dataset, contents: Contents) -> list[Result]:
    """Main results of a capture run."""
    attributes = contents.attributes
    outcome = column(data, "outcome")
    captured = outcome == OUTCOMES.index("captured")
    found = [Result("case", "cases done", len(outcome), "1")]
    found += [Result(f"n_{name}", name.replace("_", " "),
                     int(np.sum(outcome == code)), "1") for code, name in enumerate(OUTCOMES)]
    found += [Result(f"n_{name}", label, int(attributes[f"n_{name}"]), "1")
              for name, label in (("bound", "captured and still bound"),
                                  ("phobos", "become a moon like Phobos"),
                                  ("deimos", "become a moon like Deimos"))]
    for name, label, unit in (("lifetime", "lifetime of the captured", "yr"),
                              ("e_end", "eccentricity of the captured at the end", "1"),
                              ("delta_energy", "energy given up by the captured", "J kg-1"),
                              ("heating", "heating of the captured", "J m-2")):
        values = column(data, name)[captured]
        values = values[np.isfinite(values)]
        for word, of in _SPREAD.items():
            value = float(of(values)) if values.size else np.nan
            found.append(Result(name, f"{label}, {word}", value, unit))
    found.append(Result("n_step", "steps", int(attributes["n_step"]), "1"))
    return found


_SPREAD: Mapping[str, Callable[[np.ndarray], float]] = {
    "smallest": np.min, "median": np.median, "largest": np.max}

KINDS: Mapping[str, Callable[[netCDF4.Dataset, Contents], list[Result]]] = {
    "disk": disk_results, "capture": capture_results}
"""Kind of run -> function that reads its results."""


ALWAYS = ("m_loss_mars", "m_loss", "n_escaped", "n_captured")
"""Results that a summary has also where they are zero."""


def summary(data: netCDF4.Dataset, contents: Contents) -> str:
    """Short text with the main results and what the reader of the numbers should know."""
    state = contents.text("stop_reason")
    head = f"{contents.name}: {state if contents.complete else f'not complete, {state}'}"
    lines = [head]
    for result in results(data, contents):
        unit = "" if result.unit == "1" else f" {result.unit}"
        if result.name in ALWAYS or (np.isfinite(result.value) and result.value != 0.0):
            lines.append(f"  {result.label:<44}{result.text:>12}{unit}")
    lines += [f"  note: {note}" for note in contents.warnings]
    return "\n".join(lines)
