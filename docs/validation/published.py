# SPDX-License-Identifier: BSD-3-Clause
"""The published sweep of twelve cases beside ours, and why they differ, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from marsdisk.config.read import read_namelist
from marsdisk.core import DiskCore

from validation import figures, runs
from validation.page import Lines, mass, percent, table

# Repository Einfeld686/MarsDiskSimulation, analysis/thesis_sections/03_results/05_sensitivity.md:
# T0 [K], tau0, M_loss [M_Mars], end of the runs with eps_mix = 1 and 1.5 [yr]; M_loss is the same
# for both.
CASES = (
    (3000, 0.5, 2.04e-8, 4.92, 2.00), (3000, 1.0, 4.09e-8, 4.92, 2.00),
    (4000, 0.5, 2.20e-5, 6.11, 2.00), (4000, 1.0, 4.41e-5, 6.11, 2.00),
    (5000, 0.5, 5.44e-5, 6.54, 2.00), (5000, 1.0, 1.09e-4, 6.54, 2.00),
)

LIKE: runs.Case = {
    "radiation.chi_mode": "auto", "radiation.exposure": "thin", "radiation.opacity": "geometric",
    "collisions.law": "ls12", "collisions.velocity": "pericenter", "collisions.h_factor": 1.0,
    "collisions.fragment_weights": "mass",
}
"""The published settings, as far as the namelist offers them; tau_stop is added where meant."""


@dataclass(frozen=True)
class Frozen:
    """What sizes that stay those of t0 lose when the rate of loss is integrated over time.

    Parameters
    ----------
    surface
        Mass of the surface layer [M_Mars].
    unbound
        Share of it that is unbound at t0 [1].
    rate
        Rate of loss at t0 [M_Mars s-1].
    total
        Rate integrated over the run [M_Mars].
    growth
        Factor on all masses when the surface is normalised after the removal of unbound sizes [1].
    """

    surface: float
    unbound: float
    rate: float
    total: float
    growth: float


def sweep() -> dict[str, Lines]:
    """Twelve cases, three settings each."""
    rows, settings = [], []
    for t0, tau0, *_ in CASES:
        for eps in (1.0, 1.5):
            case = {"mars.t0": float(t0), "surface.tau0": tau0, "supply.eps_mix": eps,
                    "output.n_out": 50, "output.psd": False}
            # in the published law the supply is divided by eps_mix before it is multiplied by it
            like = {**case, **LIKE, "supply.mu": 1.0 / eps}
            if eps > 1.0:
                like |= {"stop.mdot_min": 1e-14}
            settings += [case, like, {**like, "surface.tau_stop": 2.302585092994046}]
    found = runs.cases("published", settings)
    for k, (t0, tau0, total, *ends) in enumerate(CASES):
        for j, (eps, end) in enumerate(zip((1.0, 1.5), ends, strict=True)):
            ours, like, stopped = found[3 * (2 * k + j):][:3]
            rows.append([f"{t0}", f"{tau0:g}", f"{eps:g}", f"{total:.2e}", f"{end:.2f}",
                         *(mass(runs.loss(run)) for run in (stopped, like, ours)),
                         mass(runs.bound(like)), mass(runs.bound(ours)),
                         f"{total / runs.bound(ours):.2g}", f"{runs.worst(ours):.0e}"])
    figures.published(CASES, [found[6 * k] for k in range(6)], [found[6 * k + 1] for k in range(6)])
    head = ["$T_0$ [K]", "$\\tau_0$", "$\\epsilon_\\mathrm{mix}$", "published", "its end [yr]",
            "published settings, `tau_stop`", "the same, no `tau_stop`", "standard settings",
            "bound, published settings", "bound, standard", "published / bound", "largest residual"]
    finer = runs.cases("published_finer", [
        {"mars.t0": float(t0), "output.n_out": 50, "output.psd": False, **more}
        for t0 in (3000, 4000, 5000) for more in (
            {}, {"grains.n_bin": 80}, {"numerics.rtol": 1e-5}, {"rings.n_ring": 64})])
    moved = []
    for k, t0 in enumerate((3000, 4000, 5000)):
        base, *others = (runs.loss(run) for run in finer[4 * k:4 * k + 4])
        moved.append([f"{t0}", mass(base), *(percent(base, other) for other in others)])
    return {"published": table(head, rows),
            "published_finer": table(["$T_0$ [K]", "$M_\\mathrm{loss}$", "against 80 bins [%]",
                                      "against rtol 1e-5 [%]", "against 64 rings [%]"], moved)}


def other_sizes() -> Lines:
    """The fine grains of the repository's configuration file: a quarter of the mass near 0.1 mm."""
    found = runs.cases("other_sizes", [
        {"mars.t0": float(t0), "grains.f_fine": 0.25, "grains.s_fine": 1e-4, "output.n_out": 50,
         "output.psd": False, **more} for t0 in (3000, 4000, 5000) for more in ({}, LIKE)])
    totals = [total for _, tau0, total, *_ in CASES if tau0 == 1.0]
    rows = [[f"{t0}", f"{total:.2e}", mass(runs.loss(like)), mass(runs.bound(like)),
             f"{total / runs.bound(like):.2g}", mass(runs.loss(ours)), mass(runs.bound(ours))]
            for t0, total, ours, like in zip((3000, 4000, 5000), totals, found[::2], found[1::2],
                                             strict=True)]
    return table(["$T_0$ [K]", "published, $\\tau_0=1$", "published settings", "their bound",
                  "published / bound", "standard settings", "their bound"], rows)


def frozen(t0: float) -> Frozen:
    """The frozen surface of tau0 = 1 in the published settings, no share of it removed."""
    changes = {**LIKE, "mars.t0": t0, "grains.drop_unbound": False, "rings.n_ring": 16}
    disk = DiskCore(read_namelist(runs.STANDARD, [f"{k}={v}" for k, v in changes.items()]))
    y = disk.start().y
    kappa, unbound, _ = disk.light(0.0)
    sigma = y[: disk.n_bin, 0]
    left = sigma * (1.0 - unbound)
    times = np.linspace(0.0, disk.t_stop, 400)
    blown = disk.rows["blown"]
    rates = np.array([sum(area * disk.rates(ring, t, y[:, ring])[blown]
                          for ring, area in enumerate(disk.area)) for t in times]) / runs.M_MARS
    return Frozen(float(disk.area.sum() * sigma.sum() / runs.M_MARS),
                  float(unbound @ sigma / sigma.sum()), float(rates[0]),
                  float(np.trapezoid(rates, times)),
                  float((kappa @ sigma / sigma.sum()) / (kappa @ left / left.sum())))


def explained() -> Lines:
    """From what there is to what was published, tau0 = 1."""
    columns = [frozen(float(t0)) for t0 in (3000, 4000, 5000)]
    totals = [total for _, tau0, total, *_ in CASES if tau0 == 1.0]
    both = list(zip(columns, totals, strict=True))
    rows = [
        ["published $M_\\mathrm{loss}$", *(f"{total:.2e}" for total in totals)],
        ["surface of $\\tau_0=1$", *(mass(c.surface) for c in columns)],
        ["unbound share of it at $t_0$", *(f"{100 * c.unbound:.2f} %" for c in columns)],
        ["frozen sizes: rate of loss at $t_0$ [s<sup>-1</sup>]", *(mass(c.rate) for c in columns)],
        ["frozen sizes: rate × time, to the end", *(mass(c.total) for c in columns)],
        ["factor if $\\tau_0$ is normalised after the removal of unbound sizes",
         *(mass(c.growth) for c in columns)],
        ["frozen, normalised after the removal: rate at $t_0$ [s<sup>-1</sup>]",
         *(mass(c.rate * c.growth) for c in columns)],
        ["the same: rate × time, to the end", *(mass(c.total * c.growth) for c in columns)],
        ["published / unbound mass on the surface, normalised before",
         *(mass(total / (c.surface * c.unbound)) for c, total in both)],
        ["published / unbound mass on the surface, normalised after",
         *(mass(total / (c.surface * c.unbound * c.growth)) for c, total in both)],
        ["published / $M_\\mathrm{in}$", *(mass(total / 3e-5) for total in totals)],
    ]
    return table(["[$M_\\mathrm{Mars}$] unless said", "3000 K", "4000 K", "5000 K"], rows)


def weights() -> Lines:
    """Debris weighted by number or, as published, with s^-q as its mass."""
    rows = []
    keys = ("collisions.law", "radiation.opacity", "collisions.fragment_weights")
    options = [("two_body", "planck"), ("ls12", "planck"), ("two_body", "geometric"),
               ("ls12", "geometric")]
    found = runs.cases("weights", [
        {**runs.QUICK, **dict(zip(keys, (*option, weight), strict=True))}
        for option in options for weight in ("number", "mass")])
    for k, (law, opacity) in enumerate(options):
        number, by_mass = (runs.loss(run) for run in found[2 * k:2 * k + 2])
        rows.append([f"`{law}`, `{opacity}`", f"{number:.3e}", f"{by_mass:.3e}",
                     percent(by_mass, number)])
    half = np.log(3e7) / 39.0 / 2.0             # the smallest of 40 bins from 0.1 um to 3 m
    share = [np.expm1(power * half) / np.expm1(power * np.log(1e4)) for power in (0.5, -2.5)]
    rows.append(["share of debris from 0.1 µm to 1 mm in the smallest of 40 bins",
                 *(f"{100 * x:.2g} %" for x in share), ""])
    dust = [dust_made(weight) for weight in ("number", "mass")]
    rows.append(["unbound dust made per time at $t_0$, published settings, 4000 K [s<sup>-1</sup>]",
                 *(mass(x) for x in dust), f"x {dust[1] / dust[0]:.3g}"])
    return table(["law, opacity", "by number", "by mass", "change [%]"], rows)


def dust_made(weight: str) -> float:
    """Rate at which collisions turn the bound sizes of t0 into unbound ones [M_Mars s-1]."""
    changes = {**LIKE, "collisions.fragment_weights": weight, "supply.mode": "none",
               "rings.n_ring": 16}
    disk = DiskCore(read_namelist(runs.STANDARD, [f"{k}={v}" for k, v in changes.items()]))
    y = disk.start().y
    _, unbound, _ = disk.light(0.0)
    y[: disk.n_bin][unbound > 0.0] = 0.0
    gained = sum(area * disk.rates(ring, 0.0, y[:, ring])[: disk.n_bin][unbound > 0.0].sum()
                 for ring, area in enumerate(disk.area))
    return float(gained / runs.M_MARS)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    return {**sweep(), "other_sizes": other_sizes(), "explained": explained(), "weights": weights()}
