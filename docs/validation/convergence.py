# SPDX-License-Identifier: BSD-3-Clause
"""How M_loss converges, and what it costs; threads; one ring alone and among others."""

from __future__ import annotations

from dataclasses import dataclass

import marsdisk
import netCDF4
import numpy as np

from validation import figures, runs
from validation.page import Lines, percent, table


@dataclass(frozen=True)
class Series:
    """Runs that differ in one key of the numerics.

    Parameters
    ----------
    key
        The key.
    values
        Its values, coarse to fine; the last is the reference.
    base
        What all have in common.
    limit
        Change that the standard value may make [1].
    """

    key: str
    values: tuple[float, ...]
    base: runs.Case
    limit: float


SERIES = {
    "rtol": Series("numerics.rtol", (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8), {"output.n_out": 5},
                   1e-4),
    "n_bin": Series("grains.n_bin", (20, 30, 40, 60, 80, 120, 160), {"output.n_out": 20}, 1e-2),
    "n_ring": Series("rings.n_ring", (4, 8, 16, 32, 64, 128), {"output.n_out": 20}, 1e-2),
    "n_out": Series("output.n_out", (10, 20, 50, 100, 200, 400), {}, 1e-4),
}

RING: runs.Case = {**runs.ONE_RING, "numerics.rtol": 1e-6}
GREY: runs.Case = {"radiation.qpr_mode": "constant", "radiation.opacity": "geometric"}

HARD = {
    "standard, ring at 1.85 R": RING,
    "the same, grey, $\\kappa_0$ exact": {**RING, **GREY},
    "standard, $T_0$ = 3000 K": {**RING, "mars.t0": 3000.0},
    "`bottom=lost`": {**RING, "collisions.bottom": "lost"},
    "`law=ls12`": {**RING, "collisions.law": "ls12"},
    "free sublimation, 0.1 yr": {**RING, "sublimation.active": True, "sublimation.vapour": "free",
                                 "stop.t_end": 0.1},
    "ring at 1.1 R, grey, 3 x supply": {
        **GREY, "numerics.rtol": 1e-6, "rings.n_ring": 1, "rings.r_in": 1.09, "rings.r_out": 1.11,
        "supply.eps_mix": 3.0},
    "surface energy, `lost`, $s_\\mathrm{min}$ = 10 nm": {
        **RING, "grains.s_min": 1e-8, "collisions.s_floor": "surface_energy",
        "collisions.bottom": "lost"},
    "thin, no supply, $\\tau_0=0.01$, 1 yr": {
        **RING, "surface.tau0": 0.01, "radiation.exposure": "thin", "supply.mode": "none",
        "stop.t_end": 1.0},
}
"""Rings in which bins are tested, also those that are hard."""

BINS = (20, 40, 80, 160)


def run_series() -> dict[str, list[marsdisk.Run]]:
    """All series of the standard run."""
    return {name: runs.cases(f"series_{name}", [
        {**series.base, "output.psd": False, series.key: v} for v in series.values])
        for name, series in SERIES.items()}


def convergence(found: dict[str, list[marsdisk.Run]]) -> Lines:
    """One row per run: M_loss, change against the finest, steps and time."""
    rows = []
    for name, series in SERIES.items():
        finest = runs.loss(found[name][-1])
        for value, run in zip(series.values, found[name], strict=True):
            rows.append([f"`{series.key}={value:g}`", f"{runs.loss(run):.6e}",
                         percent(runs.loss(run), finest), str(run.attributes["n_step"])])
    return table(["changed", "$M_\\mathrm{loss}$ [$M_\\mathrm{Mars}$]",
                  "against the finest [%]", "steps"], rows)


def targets(found: dict[str, list[marsdisk.Run]]) -> Lines:
    """What was promised of the standard settings, and what is."""
    rows = []
    for name, what, coarse, fine in (("rtol", "tolerance/10", 1e-4, 1e-5),
                                     ("n_bin", "bins x 2", 40, 80),
                                     ("n_bin", "bins x 4", 40, 160),
                                     ("n_ring", "rings x 2", 32, 64),
                                     ("n_out", "output times x 2", 200, 400)):
        values = SERIES[name].values
        a, b = (runs.loss(found[name][values.index(v)]) for v in (coarse, fine))
        limit = SERIES[name].limit
        met = "yes" if abs(a / b - 1.0) < limit else "**no**"
        rows.append([what, f"{abs(a / b - 1.0):.1e}", f"{limit:g}", met])
    return table(["change of the standard run", "moves $M_\\mathrm{loss}$ by", "limit", "met"],
                 rows)


def hard() -> Lines:
    """Bins in rings of other kinds."""
    found = runs.cases("hard", [{**case, "output.psd": False, "output.n_out": 50,
                                 "grains.n_bin": n} for case in HARD.values() for n in BINS])
    rows = []
    for k, name in enumerate(HARD):
        losses = [runs.loss(run) for run in found[len(BINS) * k:len(BINS) * (k + 1)]]
        within = "yes" if abs(losses[1] / losses[-1] - 1.0) < 0.01 else "**no**"
        rows.append([name, f"{losses[-1]:.3e}", *(percent(x, losses[-1]) for x in losses[:-1]),
                     within])
    return table(["ring", "160 bins [$M_\\mathrm{Mars}$]", "20 bins [%]", "40 bins [%]",
                  "80 bins [%]", "40 bins within 1 %"], rows)


def difference(one: marsdisk.Run, other: marsdisk.Run, ring: int | None = None) -> float:
    """Largest difference of any variable of two runs, over its largest value [1].

    With `ring`, that ring of `one` is compared with the only one of `other`.
    """
    worst = 0.0
    skip = ("mass_residual", "surface_residual", "l_residual")
    with netCDF4.Dataset(one.path) as a, netCDF4.Dataset(other.path) as b:
        for name, variable in a.variables.items():
            if name in skip or (ring is not None and "ring" not in variable.dimensions):
                continue
            x, y = (np.ma.filled(np.ma.asarray(d[name][...], dtype=float), 0.0) for d in (a, b))
            if ring is not None:
                x = np.take(x, [ring], axis=variable.dimensions.index("ring"))
            top = np.max(np.abs(y), initial=0.0)
            worst = max(worst, float(np.max(np.abs(x - y), initial=0.0) / top) if top else 0.0)
    return worst


def same() -> Lines:
    """Thread counts, and the 0-D model against a ring of the 1-D model."""
    folder = runs.RESULTS / "same"
    folder.mkdir(parents=True, exist_ok=True)
    found = {n: marsdisk.run(runs.STANDARD, {"output.n_out": 100}, folder / f"threads_{n}.nc",
                             force=True, threads=n) for n in (1, 2, 4)}
    rows = [[f"standard run, {n} threads against 1", f"{difference(found[1], found[n]):.0e}"]
            for n in (2, 4)]
    edges = runs.read(found[1], "r_edges")[0] / runs.R_MARS
    for ring in (0, 15, 31):
        alone = marsdisk.run(runs.STANDARD, {
            "rings.n_ring": 1, "rings.r_in": float(edges[ring]), "rings.r_out":
            float(edges[ring + 1]), "output.n_out": 100,
            "deep.m_in": 3e-5 * (edges[ring + 1]**2 - edges[ring]**2) / (2.7**2 - 1.0)},
            folder / f"ring_{ring}.nc", force=True, threads=1)
        rows.append([f"0-D run against ring {ring + 1} of the 1-D run",
                     f"{difference(found[1], alone, ring):.0e}"])
    return table(["runs", "largest relative difference of any variable"], rows)


def few_rings() -> Lines:
    """Are 8 rings enough for the maps?"""
    extremes = {"standard": {}, "$T_0$ = 3000 K": {"mars.t0": 3000.0},
                "$T_0$ = 5000 K, $\\tau_0$ = 10": {"mars.t0": 5000.0, "surface.tau0": 10.0},
                "10 x supply": {"supply.eps_mix": 10.0}, "`bottom=lost`":
                {"collisions.bottom": "lost"}, "$e$ = 0.3": {"collisions.e_profile": "const",
                                                             "collisions.e": 0.3},
                "surface energy, 80 bins": {"grains.n_bin": 80, "grains.s_min": 1e-8,
                                            "collisions.s_floor": "surface_energy"},
                "free evaporation": {"sublimation.active": True, "sublimation.vapour": "free"},
                "saturated vapour, wind": {
                    "sublimation.active": True, "sublimation.vapour0": "saturated",
                    "sublimation.escape": "wind"}}
    counts = (8, 16, 32, 64)
    found = runs.cases("few_rings", [{**runs.QUICK, **case, "rings.n_ring": n}
                                     for case in extremes.values() for n in counts])
    rows = []
    for k, name in enumerate(extremes):
        losses = [runs.loss(run) for run in found[4 * k:4 * k + 4]]
        rows.append([name, f"{losses[-1]:.3e}", *(percent(x, losses[-1]) for x in losses[:-1])])
    return table(["run", "64 rings [$M_\\mathrm{Mars}$]", "8 rings [%]", "16 rings [%]",
                  "32 rings [%]"], rows)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    found = run_series()
    figures.convergence({name: (series.key, series.values, [runs.loss(r) for r in found[name]],
                                [float(r.attributes["wall_time_s"]) for r in found[name]])
                         for name, series in SERIES.items()})
    return {"convergence": convergence(found), "targets": targets(found), "hard": hard(),
            "same": same(), "few_rings": few_rings()}
