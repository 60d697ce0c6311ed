# SPDX-License-Identifier: BSD-3-Clause
"""Closed forms, cascades, transport and the independent solution, with the means of the tests."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from marsdisk.core import DiskCore

from validation import figures, runs
from validation.page import Lines, table

sys.path.append(str(runs.ROOT / "tests"))  # the references there are written apart from the core

import oracle
import test_cascade as cascades
import test_limits as closed
import test_oracle
import test_transport as transport
from helpers import ONE_RING, configuration, finish, loss, run_core

YEAR = runs.YEAR


@dataclass(frozen=True)
class Wave:
    """Steady distribution above a blow-out size.

    Parameters
    ----------
    q_d
        Q_D* of all sizes [J kg-1]; None = the default strength.
    size
        Radii over the blow-out size [1].
    density
        s^3.5 dN/ds over that at 300 blow-out sizes [1].
    """

    q_d: float | None
    size: np.ndarray
    density: np.ndarray


def far(found: np.ndarray | float, exact: np.ndarray | float) -> float:
    """Largest difference over the largest exact value [1]."""
    return float(np.max(np.abs(np.asarray(found) - exact)) / np.max(np.abs(exact)))


def blow_out() -> float:
    """Thin unbound dust falls as exp(-Omega t/chi)."""
    disk, state, initial = run_core("", [
        *ONE_RING, *closed.ALONE, *closed.GREY, "grains.s_max=1e-6", "grains.n_bin=5",
        "grains.psd=power_law", "grains.drop_unbound=F", "radiation.exposure=thin",
        "stop.t_end=3e-4"])
    return far(state.y[:5], initial[:5] * np.exp(-disk.t_stop * closed.OMEGA))


def column() -> float:
    """tau = ln(1 + (e^tau0 - 1) e^(-Omega t)) of one size in a column."""
    end = 20.0 / closed.OMEGA
    disk = DiskCore(configuration("", [
        *ONE_RING, *closed.ALONE, *closed.GREY, "grains.psd=mono", "grains.s_meter=1e-7",
        "grains.n_bin=4", "grains.s_max=1e-4", "grains.drop_unbound=F", "surface.tau0=5",
        f"stop.t_end={float(end / YEAR)!r}"]))
    state, errors = disk.start(), []
    for t in np.array([0.1, 1.0, 5.0, 15.0]) / closed.OMEGA:
        finish(disk, state, float(t))
        tau = np.log1p(np.expm1(5.0) * np.exp(-closed.OMEGA * t))
        errors.append(far(disk.diagnose(state, float(t))["tau_los"][0], tau))
    return max(errors)


def supply() -> float:
    """A t^(p+1)/(p+1) for p = 1."""
    disk, state, _ = run_core("", [
        *ONE_RING, *closed.ALONE[:1], *closed.ALONE[2:], "radiation.blowout=F",
        "supply.mode=powerlaw", "supply.source=external", "supply.amplitude=1e-6",
        "supply.index=1", "stop.t_end=2", "grains.n_bin=10"])
    return far(state.y[disk.rows["supplied"], 0], 1e-6 * YEAR * 2.0)


def mixing() -> float:
    """The deep reservoir falls as exp(-t/t_mix)."""
    t_mix = 500.0 * 2.0 * np.pi / closed.OMEGA
    disk, state, initial = run_core("", [
        *ONE_RING, *closed.ALONE[:1], *closed.ALONE[2:], "radiation.blowout=F",
        "supply.mode=mixing", "supply.t_mix=500", f"stop.t_end={float(t_mix / YEAR)!r}",
        "grains.n_bin=10"])
    before, after = (y[disk.rows["deep"], 0] for y in (initial, state.y))
    fade = 1e-6 * before
    return far(np.log(before / after) + fade / after - fade / before, 1.0)


def lamp() -> float:
    """(T0^-3 + 3 sigma t/(D rho c_p))^(-1/3), at the end of the run."""
    disk = DiskCore(configuration("", [*ONE_RING]))
    return far(disk.t_stop, closed.slab_time(2000.0))


def saturation() -> float:
    """Evaporation into a closed layer ends at P_sat."""
    disk, state, _ = run_core("vapour", [
        *ONE_RING, *closed.ALONE, "radiation.blowout=F", "sublimation.vapour0=none",
        "sublimation.escape=none", f"mars.t0={float(2080.0 / closed.W**0.25)!r}",
        "surface.sigma0=100", "grains.psd=power_law", "grains.s_max=1e-3", "grains.n_bin=20",
        "stop.t_end=1"])
    return far(state.y[disk.rows["vapour"], 0], closed.saturated(2080.0))


def analytic() -> Lines:
    """Closed forms of one process at a time."""
    rows = [[name, formula, f"{error():.0e}"] for name, formula, error in (
        ("blow-out", "$e^{-\\Omega t}$", blow_out),
        ("blow-out of a column", "$\\tau=\\ln[1+(e^{\\tau_0}-1)e^{-\\Omega t}]$", column),
        ("supply", "$\\dot\\Sigma\\propto t$", supply),
        ("mixing", "$e^{-t/t_\\mathrm{mix}}$", mixing),
        ("cooling slab", "time to 2000 K", lamp),
        ("closed vapour", "$P=P_\\mathrm{sat}$", saturation))]
    number, errors = zip(*(closed.shrunk(n) for n in (60, 120, 240)), strict=True)
    for k, what in enumerate(("mean size", "area", "mass")):
        e = np.abs([row[k] for row in errors])
        rows.append([f"sublimation, {what}", "$s=s_0-\\lvert\\dot s\\rvert t$",
                     ", ".join(f"{x:.0e}" for x in e)
                     + f" (60, 120, 240 bins; order {np.log2(e[1] / e[2]):.1f})"])
    rows.append(["sublimation, number", "kept", f"{abs(number[-1]):.0e}"])
    return table(["process", "exact", "relative error"], rows)


def slopes() -> tuple[list[tuple], Lines]:
    """Steady cascades (g, slope of theory, sizes, dN/ds), and their slopes as a table."""
    rows, drawn = [], []
    for g in (0.0, -0.38, 0.3):
        theory = (7.0 + g / 3.0) / (2.0 + g / 3.0)
        measured = []
        for n in (40, 80, 160):
            disk, state = cascades.cascade(g, n)
            measured.append(cascades.slope(disk, state))
        rows.append([f"{g:g}", f"{theory:.4f}", *(f"{q:.4f}" for q in measured)])
        drawn.append((g, theory, disk.size, state.y[: disk.n_bin, 0] / disk.mass / disk.size))
    head = ["$g$ of $Q_D^*\\propto s^g$", "theory", "40 bins", "80 bins", "160 bins"]
    return drawn, table(head, rows)


def waves() -> list[Wave]:
    """Steady rings under a lamp that does not cool, fed with metre-sized bodies, thin."""
    found = []
    for q_d in (None, 1e5, 1e4, 1e3):
        given = [] if q_d is None else [
            "collisions.qd_set=custom", "collisions.a_s=0",
            "collisions.q_s=" + ",".join([repr(1e4 * q_d)] * 7),
            "collisions.b_g=" + ",".join(["0"] * 7)]
        disk, state, _ = run_core("", [
            *ONE_RING, *closed.GREY, *given, "mars.driver=constant", "stop.t_mars_end=0",
            "stop.t_end=300", "collisions.v_fixed=1500", "radiation.exposure=thin",
            "grains.n_bin=160", "grains.s_min=1e-6", "grains.psd=mono", "grains.s_meter=1",
            "grains.s_max=1", "surface.sigma0=1e-4", "supply.mode=powerlaw",
            "supply.source=external", "supply.amplitude=1e-9"])
        x = disk.size / disk.lamp(0.0)["s_blow"]
        y = state.y[: disk.n_bin, 0] / disk.mass * disk.size**2.5
        found.append(Wave(q_d, x, y / np.interp(np.log(300.0), np.log(x), y)))
    return found


def wave_table(found: list[Wave]) -> Lines:
    """Extrema of the compensated distribution above the blow-out size."""
    rows = []
    for wave in found:
        x, y = wave.size, wave.density
        turns = [k for k in np.flatnonzero(np.diff(np.sign(np.diff(y)))) + 1 if 1.0 < x[k] < 1e4]
        name = "Benz & Asphaug" if wave.q_d is None else f"{wave.q_d:g}"
        ratio = "" if wave.q_d is None else f"{(1500.0**2 / (2.0 * wave.q_d))**(1.0 / 3.0):.2g}"
        cells = [f"{x[k]:.3g} ({y[k]:.2g})" for k in turns]
        rows.append([name, ratio, *(cells + ["-"] * 3)[:3]])
    return table(["$Q_D^*$ [J kg<sup>-1</sup>]", "$(v^2/2Q_D^*)^{1/3}$", "crest at",
                  "trough at", "crest at"], rows)


def independent() -> Lines:
    """Core against a dense SciPy solution, and the whole history of a standard ring."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in ("planck_column_slab_const_supply", "surface_energy_lost", "merged_remnants",
                     "mixing_settling_lost", "free_sublimation", "saturated_reservoir_wind"):
            rows.append(one(case.replace("_", " "), *test_oracle.overrides(case, Path(folder))))
    rows.append(one("standard ring, 40 bins, 6.11 yr", "", list(ONE_RING)))
    return table(["case", "$M_\\mathrm{loss}$, difference",
                  "any bin or ledger line / mass involved", "steps, core", "steps, Radau"], rows)


def one(name: str, namelist: str, given: list[str]) -> list[str]:
    """A row of `independent`."""
    disk, state, _ = run_core(namelist, given)
    solution = oracle.Ring(disk.config).solve(disk.t_stop)
    y = state.y[:, 0]
    found = np.concatenate([y[: disk.n_bin], [y[disk.rows[line]] for line in solution.lines]])
    expected = np.concatenate([solution.bins, list(solution.lines.values())])
    steps = dict(zip(disk.FLAGS, state.flag[:, 0], strict=True))["accepted"]
    return [name, f"{abs(float(loss(disk, state.y)[0]) / solution.loss - 1.0):.0e}",
            f"{np.abs(found - expected).max() / solution.scale:.0e}", str(steps),
            str(solution.steps)]


def spreading() -> Lines:
    """Ring of Lynden-Bell & Pringle, and infall by Poynting-Robertson drag."""
    centre, nu, rows, profiles = 1.8 * transport.R, 1.0e6, [], []

    def exact(r: np.ndarray, tau: float) -> np.ndarray:
        x = r / centre
        return (np.exp(-((1.0 - x) ** 2) / tau) * transport.ive(0.25, 2.0 * x / tau)
                / (tau * x**0.25))

    errors = []
    for n in (32, 64, 128, 256):
        disk, state = transport.begin((*transport.SPREAD, f"transport.nu={nu!r}",
                                       f"rings.n_ring={n}"))
        state.y[disk.rows["deep"]] = exact(disk.r, 2.0e-3)
        finish(disk, state, 6.0e-3 * centre**2 / (12.0 * nu))
        found = disk.row(state.y, "deep")
        errors.append(float(disk.area @ np.abs(found - exact(disk.r, 8.0e-3))
                            / (disk.area @ exact(disk.r, 8.0e-3))))
        order = f"{np.log2(errors[-2] / errors[-1]):.2f}" if len(errors) > 1 else ""
        rows.append([f"spreading ring, {n} rings", f"{errors[-1]:.1e}", order])
        profiles.append((n, disk.r / transport.R, found.copy()))
    fine = np.linspace(1.3, 2.3, 400)
    falls = []
    for size, k in ((1e-6, 0), (1e-5, 1)):
        disk, state = transport.begin((*transport.DRAG, *transport.RANGE, "rings.n_ring=96"))
        profile = np.exp(-0.5 * ((disk.r / transport.R - 1.8) / 0.1) ** 2)
        state.y[k] = profile
        total, worst = disk.area @ profile, 0.0
        for edge in range(24, 80, 4):
            time = transport.fall(size, disk.r_edges[edge], 1.2 * transport.R)
            finish(disk, state, time)
            gone = float(disk.area @ disk.row(state.y, "inward") / total)
            inside = float(disk.area[:edge] @ profile[:edge] / total)
            worst = max(worst, abs(gone - inside))
            falls.append((size, time / YEAR, gone, inside))
        whole = transport.fall(size, 1.8 * transport.R, 1.2 * transport.R) / YEAR
        what = f"infall from 1.8 to 1.2 R, {1e6 * size:g} µm ({whole:.3g} yr), share arrived"
        rows.append([what, f"{worst:.1e}", ""])
    figures.spreading(fine, [exact(fine * transport.R, tau) for tau in (2e-3, 8e-3)], profiles,
                      falls)
    return table(["against the closed form", "error", "order"], rows)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    drawn, slope_table = slopes()
    found = waves()
    figures.cascades(drawn, found)
    return {"analytic": analytic(), "slopes": slope_table, "waves": wave_table(found),
            "independent": independent(), "transport": spreading()}
