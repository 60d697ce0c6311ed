# SPDX-License-Identifier: BSD-3-Clause
"""What a disk run says at its end: results, closure, and what the reader should know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marsdisk import core
from marsdisk.output.handover import moved_note
from marsdisk.runs.disk_handover import SAME

if TYPE_CHECKING:
    from marsdisk.runs.disk import DiskRun

CLOSED = 1.0e-12
"""Largest mass_residual of a ledger that closes to round-off [1]."""

SURFACE_CLOSED = 1.0e-12
"""Largest surface_residual that is not worth a note [1]."""

FAR = 0.1
"""Share of the time between outputs at which its uncertainty is worth a note [1]."""

Q_D_SPEEDS = (1.0e3, 7.0e3)
"""Range of collision speeds in which Q_D* was fitted [m s-1]."""


def time_smallest_bound(this: DiskRun) -> float | None:
    """Time at which grains of radius s_min become bound [s]; None when they always were, or not."""
    disk = this.disk

    def bound(t: float) -> bool:
        return disk.lamp(t)["smallest_bound"] > 0.5

    times = this.recorder.series("time")
    states = [bound(float(t)) for t in times]
    if all(states) or not states[-1]:
        return None
    first = len(states) - states[::-1].index(False)
    low, high = float(times[first - 1]), float(times[first])
    while high - low > 1.0e-9 * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if bound(middle) else (middle, high)
    return high


def _late(this: DiskRun) -> list[str]:
    """A note if the time of 99 % of the loss lies between outputs that are far apart."""
    from marsdisk.runs.disk_results import LATE

    loss, time = this.recorder.series("m_loss"), this.recorder.series("time")
    k = int(np.searchsorted(loss, LATE * loss[-1]))
    if loss[-1] <= 0.0 or k == 0 or time[k] - time[k - 1] < FAR * time[k]:
        return []
    before, after = time[k - 1: k + 1] / core.constants()["year"].value
    return [f"99 % of the loss lies between the outputs at {before:.3g} and {after:.3g} yr; "
            "output.n_out makes the time sharper"]


def notes(this: DiskRun) -> list[str]:
    """What the reader of the numbers should know: validity, fits left, choices that matter."""
    found = [str(warning) for warning in this.config.warnings]
    disk = this.disk
    const = core.constants()
    flags = dict(zip(disk.FLAGS, this.state.flag, strict=True))
    gap = float(np.max(this.recorder.series("mass_residual")))
    if gap > CLOSED:
        found.append(f"the ledger closes only to {gap:.1e} of the mass, not to {CLOSED:g}: what is "
                     "lost is uncertain by as much (round-off of large rates that cancel)")
    gap = float(np.max(this.recorder.series("surface_residual")))
    if gap > SURFACE_CLOSED:
        found.append(f"the surface layer closes only to {gap:.1e} of what it has received "
                     "(round-off of large rates that cancel)")
    found += _late(this)
    collisions, radiation = this.config["collisions"], this.config["radiation"]
    if radiation["blowout"]:
        moment = time_smallest_bound(this)
        s_min = f"grains of s_min = {disk.size[0]:.3g} m"
        if moment is not None:
            kelvin = disk.lamp(moment)["t_mars"]
            until = "bound (beta < 0.5)"
            if radiation["chi_mode"] == "orbits":
                until = "bound if circular parents release them (beta < 0.5)"
            found.append(f"{s_min} are {until} from {moment / const['year'].value:.4g} "
                         f"yr on, T_Mars = {kelvin:.0f} K; M_loss depends on the smallest grain")
        elif disk.lamp(0.0)["smallest_bound"] > 0.5:
            found.append(f"{s_min} are bound (beta < 0.5) throughout")
    if collisions["fragmentation"]:
        slow = int(np.sum(disk.speed < Q_D_SPEEDS[0]))
        fast = int(np.sum(disk.speed > Q_D_SPEEDS[1]))
        if slow or fast:
            found.append(f"collision speeds of {slow + fast} of {disk.n_ring} rings are outside "
                         f"1-7 km/s ({disk.speed.min():.0f} to {disk.speed.max():.0f} m/s), where "
                         "Q_D* is extrapolated")
        inside = int(np.sum(disk.r * (1.0 - disk.e) < const["r_mars"].value * (1.0 - 1.0e-12)))
        if inside:
            found.append(f"orbits of {inside} of {disk.n_ring} rings have their pericentre "
                         "inside Mars (collisions.e)")
    if flags["extrapolated"].any():
        found.append(f"{int(flags['extrapolated'].sum())} of {int(flags['accepted'].sum())} steps "
                     "used the vapour pressure outside its fitted range")
    if flags["frozen"].any():
        found.append(f"{int(flags['frozen'].sum())} of {disk.n_ring} rings were stopped by "
                     "tau_stop")
    stokes = this.recorder.series("stokes_blow")
    if np.any(stokes < 1.0):
        found.append("vapour slows the grains that are blown out (Stokes number down to "
                     f"{np.nanmin(stokes):.2g})")
    last = this.recorder.records[-1]
    found += moved_note(_m_in0(this), *(float(last[x]) for x in ("m_in", "m_out", "m_external")))
    found += _missed(this)
    return found


def _m_in0(this: DiskRun) -> float:
    """M_in, mass of the inner disk at the start, unbound sizes included [kg]."""
    return float(this.recorder.records[0]["m_disk"] + this.recorder.static["m_removed0"])


def _missed(this: DiskRun) -> list[str]:
    """Times of the hand-over that an ended run has not reached."""
    last = float(this.recorder.records[-1]["time"]) / core.constants()["year"].value
    missed = [t for t in this.config["handover"]["t_end"] if t > last * (1.0 + SAME)]
    if missed and (len(this.recorder.records) == len(this.times) or this.early_end()):
        listed = ", ".join(f"{t:g}" for t in missed)
        return [f"nothing is handed over at {listed} yr: the run ended at {last:.4g} yr"]
    return []


def summary(this: DiskRun, attributes: Mapping[str, str | int | float], output: Path) -> str:
    """Short text with what was lost, by what, how well it closes, and where the file is."""
    last = this.recorder.records[-1]
    const = core.constants()
    m_mars, year = const["m_mars"].value, const["year"].value
    def line(name: str, kg: float) -> str:
        return f"  {name:<26}{kg / m_mars:12.4e} M_Mars  {kg:11.4e} kg"

    by = f"99 % lost by {float(attributes['t99_yr']):#.3g} yr; " if last["m_loss"] > 0.0 else ""
    rows = [
        f"{this.config['run']['name']}: {attributes['stop_reason']} at "
        f"t = {float(last['time']) / year:.4g} yr, T_Mars = {float(last['t_mars']):.0f} K",
        line("lost (Delta M_in)", float(last["m_loss"])),
        line("  blown out", float(last["m_blow"])),
        line("  escaped as vapour", float(last["m_escape"])),
        line("  below the size grid", float(last["m_below"])),
        line("removed at t0 (not in it)", float(this.recorder.static["m_removed0"])),
        line("supplied to the surface", float(last["m_supply"])),
        *_moved(this, line),
        line("M_in at t0", _m_in0(this)),
        line("M_in' (what is left)", float(last["m_disk"])),
        f"  {by}closure: mass_residual "
        f"{float(np.max(this.recorder.series('mass_residual'))):.1e}, surface_residual "
        f"{float(np.max(this.recorder.series('surface_residual'))):.1e}, l_residual "
        f"{float(np.max(this.recorder.series('l_residual'))):.1e}",
        f"  {_transport_times(this, attributes)}",
        *(f"  note: {note}" for note in notes(this)),
        f"  {int(attributes['n_step'])} steps in {float(attributes['wall_time_s']):.2f} s on "
        f"{int(attributes['threads'])} threads; written to {output}",
    ]
    return "\n".join(rows)


def _moved(this: DiskRun, line: Callable[[str, float], str]) -> list[str]:
    """What transport took out of the disk, if there is any."""
    transport, last = this.config["transport"], this.recorder.records[-1]
    if not transport["pr_drag"] and transport["viscosity"] == "none":
        fell = float(last["m_in"])
        return [line("fell on Mars", fell)] if fell > 0.0 else []
    return [line("moved inward past r_in", float(last["m_in"])),
            line("moved outward past r_out", float(last["m_out"]))]


def _transport_times(this: DiskRun, attributes: Mapping[str, str | int | float]) -> str:
    """Is the run long enough for radial transport, on or off, to matter?"""
    transport = this.config["transport"]
    law, drag = transport["viscosity"], "on" if transport["pr_drag"] else "off"
    law = f"'{law}'" if law != "none" else "off, estimated by 'disk'"
    return (f"transport: t_end/t_nu = {float(attributes['t_over_t_viscous']):.1e} (viscosity "
            f"{law}), t_end/t_PR = {float(attributes['t_over_t_drag']):.1e} (beta = 0.5 in full "
            f"light; pr_drag {drag})")
