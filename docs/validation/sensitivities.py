# SPDX-License-Identifier: BSD-3-Clause
"""M_loss against everything uncertain: maps, and one key at a time."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from marsdisk.config.read import read_namelist
from marsdisk.core import DiskCore
from marsdisk.prep import optical, qpr

from validation import figures, runs
from validation.page import Lines, mass, table
from validation.times import boundary

STARTS = (3000.0, 3250.0, 3500.0, 3750.0, 4000.0, 4250.0, 4500.0, 4750.0, 5000.0)
TAUS = (0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
SUPPLIES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
SIZES = (1e-8, 2e-8, 3e-8, 4e-8, 5e-8, 7e-8, 1e-7, 1.4e-7, 2e-7, 3e-7, 5e-7, 7e-7, 1e-6)
ETAS = (1e-3, 3e-3, 1e-2, 3e-2, 0.1)
K_MIN = (0.0, 1e-4, 1e-2)
"""Tables made here; k_min = 1e-3 is the shipped one."""


@dataclass(frozen=True)
class Scan:
    """One assumption at a time.

    Parameters
    ----------
    name
        What it is, for the table.
    labels
        What the runs are called.
    cases
        Keys of each run.
    """

    name: str
    labels: tuple[str, ...]
    cases: tuple[runs.Case, ...]


def along(name: str, key: str, values: tuple, common: runs.Case | None = None) -> Scan:
    """A scan of one key."""
    labels = tuple(f"{v:g}" if isinstance(v, float) else f"`{v}`" for v in values)
    return Scan(name, labels, tuple({**(common or {}), key: v} for v in values))


def scans() -> list[Scan]:
    """All assumptions that are varied one at a time."""
    vapour: runs.Case = {"sublimation.active": True}
    reservoir = {**vapour, "sublimation.vapour0": "saturated"}
    wind = {**reservoir, "sublimation.escape": "wind", "rings.n_ring": 32}
    free = {**vapour, "sublimation.vapour": "free"}
    const = {"collisions.e_profile": "const"}
    materials = [{"radiation.qpr_mode": "constant"}, *(
        {"radiation.qpr_table": str(path)} for path in efficiency_tables()), {}]
    return [
        along("$\\tau_0$", "surface.tau0", (0.1, 0.5, 1.0, 2.0, 10.0)),
        Scan("exposure", ("column", "thin", "column, 10 x deeper for the same mass"), (
            {}, {"radiation.exposure": "thin"},
            {"surface.f_los": 10.0, "surface.tau0": 10.0, "supply.tau_ref": 10.0})),
        Scan("exposure, 10 x supply", ("column", "thin"), (
            {"supply.eps_mix": 10.0}, {"supply.eps_mix": 10.0, "radiation.exposure": "thin"})),
        along("opacity", "radiation.opacity", ("planck", "geometric")),
        Scan("$e$", ("$1-R/r$", "0.01", "0.05", "0.1", "0.2", "0.3", "0.5"), (
            {}, *({**const, "collisions.e": e} for e in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)))),
        along("$i$ [rad]", "collisions.i", (0.05, 0.1)),
        along("collision law", "collisions.law", ("two_body", "ls12")),
        along("speed", "collisions.velocity", ("rayleigh", "pericenter")),
        along("$Q_D^*$ below 1 km/s", "collisions.qd_velocity", ("gravity", "both")),
        along("$q$ of debris", "collisions.q_frag", (3.3, 3.5, 3.7)),
        Scan("$Q_\\mathrm{pr}$", ("grey, 1", *(f"forsterite, $k\\ge{k:g}$" for k in K_MIN),
                                  "forsterite, $k\\ge0.001$"), tuple(materials)),
        along("$\\chi$", "radiation.chi", (0.5, 1.0, 2.0)),
        along("$\\chi$", "radiation.chi_mode", ("auto",)),
        along("$F_\\mathrm{lim}$ [W m<sup>-2</sup>], to 10 yr", "mars.f_lim",
              (300.0, 1e5, 1e6, 3e6, 1e7), {"stop.t_end": 10.0}),
        Scan("hot spot of 6000 K on 1000 K, its area", ("0.02", "0.05", "0.1", "0.3", "1"), tuple(
            {"mars.driver": "hotspot", "mars.t_hot": 6000.0, "mars.t_bg": 1000.0, "mars.f_hot": f}
            for f in (0.02, 0.05, 0.1, 0.3, 1.0))),
        along("cooling", "mars.driver", ("slab", "linear")),
        along("supply x", "supply.eps_mix", (0.1, 0.3, 1.0, 3.0, 10.0)),
        along("supply by mixing, $t_\\mathrm{mix}$ [orbits]", "supply.t_mix",
              (1e4, 1e5, 1e6, 1e7, 1e8), {"supply.mode": "mixing"}),
        along("$\\alpha$, free evaporation", "sublimation.alpha", (0.03, 0.1, 0.2), free),
        along("$\\alpha$, saturated vapour and wind", "sublimation.alpha", (0.03, 0.1, 0.2), wind),
        Scan("$\\alpha$, free, without collisions and supply", ("0.03", "0.1", "0.2"), tuple(
            {**free, "sublimation.alpha": a, "collisions.fragmentation": False,
             "supply.mode": "none"} for a in (0.03, 0.1, 0.2))),
        Scan("$T_p$, free evaporation",
             ("`grey`", "`balance`, $k\\ge0.001$", "`balance`, $k\\ge0$"),
             (free, {**free, "sublimation.t_grain": "balance"},
              {**free, "sublimation.t_grain": "balance",
               "radiation.qpr_table": str(efficiency_tables()[0])})),
        Scan("vapour", ("off", "free", "reservoir", "saturated", "saturated, 1 yr escape",
                        "saturated, wind"),
             ({}, free, vapour, reservoir,
              {**reservoir, "sublimation.escape": "time", "sublimation.t_escape": runs.YEAR,
               "rings.n_ring": 32}, wind)),
    ]


def efficiency_tables() -> list[Path]:
    """Tables of Q of forsterite with other floors of k, made when they are not there."""
    folder = runs.RESULTS / "qpr"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"k_min_{k:g}.nc" for k in K_MIN]
    missing = [(k, path) for k, path in zip(K_MIN, paths, strict=True) if not path.exists()]
    if missing:
        # no fork: the core has threads
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_efficiency_table, *zip(*missing, strict=True)))
    return paths


def _efficiency_table(k_min: float, path: Path) -> None:
    """Write one, with a quarter of the usual radii and wavelengths: 0.6 % in Q_pr."""
    axes = optical.read_all_optical_constants(optical.FORSTERITE_FILES)
    size = qpr.default_sizes(1e-8, 10.0)
    coarse = np.append(size[:-1:4], size[-1])
    made = qpr.planck_means(axes, coarse, qpr.default_temperatures(300.0, 6500.0), k_min,
                            step=0.004)
    qpr.write_qpr_table(path, made, material="forsterite", source=optical.FORSTERITE_SOURCE,
                        history=f"docs/validate.py, k_min = {k_min:g}")


def one_at_a_time() -> Lines:
    """A row per assumption."""
    every = scans()
    found = iter(runs.cases("scans", [{**runs.QUICK, **case} for s in every for case in s.cases]))
    rows = []
    for scan in every:
        losses = [(label, runs.loss(next(found))) for label in scan.labels]
        values = [x for _, x in losses if x > 0.0]
        span = f"{max(values) / min(values):.3g}" if len(values) > 1 else ""
        rows.append([scan.name, "; ".join(f"{label}: {mass(x)}" for label, x in losses), span])
    return ["| assumption | $M_\\mathrm{loss}$ [$M_\\mathrm{Mars}$] | largest / smallest |",
            "|:--|:--|--:|", *("| " + " | ".join(row) + " |" for row in rows)]


def reference_surface(size: float) -> float:
    """Surface density of tau = 1 of the initial sizes above `size` [kg m-2]."""
    given = [f"grains.s_min={size!r}", "grains.n_bin=80", "rings.n_ring=1"]
    return DiskCore(read_namelist(runs.STANDARD, given)).sigma_ref


def smallest() -> dict[str, np.ndarray]:
    """M_loss against s_min, floor and lost, and with the surface-energy law against eta.

    Surface and supply are those of s_min = 0.1 um: a grid that ends above the fine grains would
    have a smaller opacity, and so more of both.
    """
    standard, ends = reference_surface(1e-7), {}
    for bottom in ("floor", "lost"):
        found = runs.cases(f"smallest_{bottom}", [
            {**runs.QUICK, "grains.n_bin": 80, "grains.s_min": s, "collisions.bottom": bottom,
             "surface.sigma0": standard, "supply.tau_ref": standard / reference_surface(s)}
            for s in SIZES])
        ends[bottom] = np.array([runs.loss(run) for run in found])
    energy = {}
    for bottom in ("floor", "lost"):
        found = runs.cases(f"energy_{bottom}", [
            {**runs.QUICK, "rings.n_ring": 32, "grains.n_bin": 80, "grains.s_min": 1e-8,
             "collisions.s_floor": "surface_energy", "collisions.eta": eta,
             "collisions.bottom": bottom} for eta in ETAS])
        energy[bottom] = np.array([runs.loss(run) for run in found])
    return {**ends, **{f"energy, {name}": values for name, values in energy.items()}}


def smallest_table(found: dict[str, np.ndarray]) -> Lines:
    """The same as a table."""
    rows = [[f"{1e9 * s:.0f} nm", mass(found["floor"][k]), mass(found["lost"][k])]
            for k, s in enumerate(SIZES)]
    rows += [[f"surface energy, $\\eta$ = {eta:g}", mass(found["energy, floor"][k]),
              mass(found["energy, lost"][k])]
             for k, eta in enumerate(ETAS)]
    return table(["smallest fragment", "`floor`", "`lost`"], rows)


def history() -> Lines:
    """Dependence on t_end: what is lost by then."""
    ends = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
    starts = (3000.0, 3500.0, 4000.0, 4500.0, 5000.0, 6000.0)
    cases = [{**runs.QUICK, "output.n_out": 400, "output.spacing": "linear", "mars.t0": t0, **more}
             for t0 in starts for more in ({}, {"collisions.bottom": "lost"})]
    found = runs.cases("history", cases)
    curves = []
    for k, t0 in enumerate(starts):
        for bottom, run in zip(("floor", "lost"), found[2 * k:2 * k + 2], strict=True):
            t, lost = runs.read(run, "time", "m_loss")
            curves.append((t0, bottom, t / runs.YEAR, lost / runs.M_MARS))
    figures.history(curves)
    rows = [[f"{t0:.0f}, `{bottom}`", *(mass(float(np.interp(end, t, lost))) for end in ends),
             mass(lost[-1])] for t0, bottom, t, lost in curves]
    return table(["$T_0$ [K]", *(f"{end:g} yr" for end in ends), "2000 K"], rows)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    by_tau = runs.grid("map_tau0", {"mars.t0": STARTS, "surface.tau0": TAUS})
    by_supply = runs.grid("map_supply", {"mars.t0": STARTS, "supply.eps_mix": SUPPLIES})
    lost = runs.grid("map_lost", {"mars.t0": STARTS, "supply.eps_mix": SUPPLIES,
                                  "collisions.bottom": ["lost"]})[..., 0]
    figures.maps(np.array(STARTS), np.array(TAUS), np.array(SUPPLIES), by_tau, by_supply, lost,
                 {r: boundary(1e-6, r * runs.R_MARS) for r in (1.85, 2.7)})
    sizes = smallest()
    figures.smallest(np.array(SIZES), np.array(ETAS), sizes)
    rows = [[f"{t0:.0f}", *(mass(x) for x in line)]
            for t0, line in zip(STARTS, by_tau, strict=True)]
    return {"map": table(["$T_0$ [K]", *(f"$\\tau_0$ = {x:g}" for x in TAUS)], rows),
            "one_at_a_time": one_at_a_time(), "smallest": smallest_table(sizes),
            "history": history()}
