# SPDX-License-Identifier: BSD-3-Clause
"""What a capture run says at its end: outcomes, moons, and what the reader should know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from marsdisk.output.capture_schema import OUTCOMES, TODAY
from marsdisk.runs.capture_results import FAILED, SHOWN

if TYPE_CHECKING:
    from marsdisk.runs.capture import CaptureRun


def notes(this: CaptureRun) -> list[str]:
    """What the reader of the numbers should know: failures, and what the results depend on."""
    found = [str(warning) for warning in this.config.warnings]
    failed = int(this.tally.outcomes[FAILED])
    if failed:
        found.append(f"{failed} of {this.tally.done} cases failed in the integrator; their results "
                     "are missing")
    if this.config["tides"]["active"] and this.tally.valid < this.tally.bound:
        found.append(f"{this.tally.bound - this.tally.valid} of {this.tally.bound} bound cases are "
                     "too eccentric for the tides, which are expanded in e (tides_valid = 0)")
    atmosphere, ablates = this.config["atmosphere"], this.config["body"]["c_h"] > 0.0
    if atmosphere["model"] == "exponential" and atmosphere["gas"] == "static" and not ablates:
        found.append(
            f"of rho_ref, r_ref, C_D, and the body's rho and radius only K = (3/8) rho_ref C_D "
            f"exp(r_ref/H)/(rho radius) = {this.capture.constants['k_drag']:.6g} AU-1 matters for "
            "the orbits")
    return found


def _between(low: float, high: float, unit: str) -> str:
    return f"{low:.4g} to {high:.4g}{unit}"


def _outcome_lines(this: CaptureRun) -> list[str]:
    tally = this.tally
    lines = []
    for name, count in zip(OUTCOMES, tally.outcomes, strict=True):
        if count or name in ("escaped", "captured"):
            lines.append(f"  {name:<22}{count:>9}")
        if name == "captured" and count:
            lines[-1] += f"  e at the end {_between(*tally.extremes['e_end'], '')}"
            if math.isfinite(tally.extremes["lifetime"][0]):
                lines[-1] += f"; lifetimes {_between(*tally.extremes['lifetime'], ' yr')}"
            if tally.bound:
                lines[-1] += f"; {tally.bound} still bound"
    heating = tally.extremes["heating"][1]
    if math.isfinite(heating):
        lines.append(f"  heating at most {heating:.4g} J m-2 (1e16 kg, 10 km), which can ablate "
                     f"{heating / this.config['body']['zeta']:.3g} kg m-2")
    return lines


def _moon_lines(this: CaptureRun) -> list[str]:
    if not this.config["tides"]["active"]:
        return []
    tally = this.tally
    lines = []
    for name, count in tally.moons.items():
        share = 100.0 * this.config["tides"]["tolerance"]
        lines.append(f"  {count} of {tally.bound} bound cases are today like {name.capitalize()} "
                     f"(within {share:g} % of {TODAY[name][0]:g} km, e at most "
                     f"{this.config['tides']['e_max']:g})"
                     + (f"; the first {SHOWN}:" if count > SHOWN else ":" if count else ""))
        for case in tally.examples[name]:
            gas = ""
            if this.entries.gas_differs:
                gas = f" tau_gas {case['tau_gas']:.4g} t_gas {case['t_gas']:.4g} yr"
            lines.append(
                f"    case {case['case']}: u {case['u']:.4g} v {case['v']:.4g} w {case['w']:.4g} "
                f"AU/yr{gas}: a {case['a_end']:.0f} km e {case['e_end']:.3f} -> "
                f"{case['a_now']:.0f} km {case['e_now']:.3f}")
    return lines


def summary(
    this: CaptureRun, attributes: Mapping[str, str | int | float], output: Path
) -> str:
    """Short text with outcomes, moons, notes, speed, and where the file is.

    Parameters
    ----------
    this
        The run at its end.
    attributes
        Global attributes of its file.
    output
        The file.
    """
    wall = float(attributes["wall_time_s"])
    head = (f"{this.config['run']['name']}: {this.tally.done} of {this.entries.count} cases, at "
            f"most {this.config['stop']['t_max']:g} yr each")
    done, threads = this.tally.done, int(attributes["threads"])
    foot = (f"  {done} trajectories in {wall:.2f} s on {threads} threads, "
            f"{done / max(wall, 1e-9):.0f} per second; written to {output}")
    found = (f"  note: {note}" for note in notes(this))
    return "\n".join([head, *_outcome_lines(this), *_moon_lines(this), *found, foot])
