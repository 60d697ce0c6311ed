# SPDX-License-Identifier: BSD-3-Clause
"""M_loss for each assumption that dominates it, and the limits of validity of these runs."""

from __future__ import annotations

import marsdisk
import numpy as np

from validation import runs
from validation.page import Lines, mass, table

FINE = {"grains.n_bin": 80, "rings.n_ring": 32}

CASES: dict[str, runs.Case] = {
    "standard: floor at 0.1 µm": {},
    "lost below 0.1 µm": {"collisions.bottom": "lost"},
    "floor at 20 nm": {"grains.s_min": 2e-8},
    "lost below 20 nm": {"grains.s_min": 2e-8, "collisions.bottom": "lost"},
    "floor at 0.2 µm": {"grains.s_min": 2e-7},
    "surface energy, floor": {"collisions.s_floor": "surface_energy", "grains.s_min": 1e-8, **FINE},
    "surface energy, lost": {"collisions.s_floor": "surface_energy", "grains.s_min": 1e-8,
                             "collisions.bottom": "lost", **FINE},
    "no supply": {"supply.mode": "none"},
    "supply / 10": {"supply.eps_mix": 0.1},
    "supply x 10": {"supply.eps_mix": 10.0},
    "supply x 10, lost": {"supply.eps_mix": 10.0, "collisions.bottom": "lost"},
    "mixing in 1e6 orbits": {"supply.mode": "mixing", "supply.t_mix": 1e6},
    "$e$ = 0.05": {"collisions.e_profile": "const", "collisions.e": 0.05},
    "$e$ = 0.3": {"collisions.e_profile": "const", "collisions.e": 0.3},
    "merging law": {"collisions.law": "ls12"},
    "released along orbits": {"radiation.chi_mode": "orbits"},
    "$T_0$ = 3000 K": {"mars.t0": 3000.0},
    "$T_0$ = 5000 K": {"mars.t0": 5000.0},
    "steam, $F_\\mathrm{lim}$ = 300 W m<sup>-2</sup>, 10 yr": {"mars.f_lim": 300.0,
                                                               "stop.t_end": 10.0},
    "evaporation, vapour kept": {"sublimation.active": True},
    "saturated vapour, kept": {"sublimation.active": True, "sublimation.vapour0": "saturated"},
    "saturated vapour, wind": {"sublimation.active": True, "sublimation.vapour0": "saturated",
                               "sublimation.escape": "wind", "rings.n_ring": 32},
    "free evaporation": {"sublimation.active": True, "sublimation.vapour": "free"},
    "free evaporation, lost": {"sublimation.active": True, "sublimation.vapour": "free",
                               "collisions.bottom": "lost"},
    "Poynting-Robertson drag": {"transport.pr_drag": True},
    "viscosity of a cool disk": {"transport.viscosity": "disk"},
    "viscosity $\\alpha$ = 1e-3": {"transport.viscosity": "alpha"},
}
"""Changes of the standard run."""


def routes(found: list[marsdisk.Run]) -> Lines:
    """M_loss by route, and when the smallest grain becomes bound."""
    rows = []
    for name, run in zip(CASES, found, strict=True):
        rows.append([name, mass(runs.loss(run)),
                     *(mass(runs.last(run, route)) for route in ("m_blow", "m_escape", "m_below")),
                     mass(available(run)), *bound_from(run),
                     f"{float(run.attributes['t99_yr']):.3g}".replace("nan", "-"),
                     mass(runs.last(run, "m_in")), mass(runs.last(run, "m_out"))])
    return table(["assumption", "$M_\\mathrm{loss}$", "blown out", "escaped", "below the grid",
                  "surface + vapour at $t_0$ + supplied", "$s_\\mathrm{min}$ bound from [yr]",
                  "$T_M$ [K]",
                  "99 % lost by [yr]", "moved inward", "outward"], rows)


def available(run: marsdisk.Run) -> float:
    """All that could leave: surface and vapour at the start, and what was supplied [M_Mars]."""
    return runs.bound(run) + float(runs.read(run, "m_vapour")[0][0]) / runs.M_MARS


def bound_from(run: marsdisk.Run) -> list[str]:
    """Time [yr] and temperature [K] from which the smallest grain is bound, as the run says."""
    for line in run.summary.splitlines():
        words = line.split()
        if "from" in words and "yr" in words and "T_Mars" in words:
            return [words[words.index("from") + 1], words[words.index("T_Mars") + 2]]
        if "throughout" in words:
            return ["0", "-"]
    return ["never", "-"]


def validity(found: list[marsdisk.Run]) -> Lines:
    """What a reader must know of these runs: speeds, fits, transport."""
    rows = []
    for name, run in zip(CASES, found, strict=True):
        speed, tau = runs.read(run, "v_collision", "tau_los")
        slow = int(np.sum(speed < 1000.0))
        notes = [line for line in run.summary.splitlines() if "outside its fitted range" in line]
        steps = notes[0].split()[1] if notes else "0"
        vapour = [line.split()[-1].rstrip(")") for line in run.summary.splitlines()
                  if "Stokes number down to" in line]
        rows.append([name, f"{speed.min():.0f}-{speed.max():.0f}", f"{slow} of {speed.size}",
                     mass(float(np.nanmax(tau))), f"{steps} of {run.attributes['n_step']}",
                     vapour[0] if vapour else "-",
                     mass(float(run.attributes["t_over_t_viscous"])),
                     mass(float(run.attributes["t_over_t_drag"]))])
    return table(["assumption", "speeds [m s<sup>-1</sup>]", "rings below 1 km s<sup>-1</sup>",
                  "largest $\\tau_\\mathrm{los}$", "steps outside the $P_\\mathrm{sat}$ fit",
                  "smallest St", "$t_\\mathrm{end}/t_\\nu$", "$t_\\mathrm{end}/t_\\mathrm{PR}$"],
                 rows)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    found = runs.cases("assumptions", [
        {**runs.QUICK, "rings.n_ring": 16, "output.n_out": 100, **case}
        for case in CASES.values()])
    return {"assumptions": routes(found), "validity": validity(found)}
