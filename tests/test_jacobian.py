# SPDX-License-Identifier: BSD-3-Clause
"""The Jacobian of the core is the derivative of its rates, and no mass appears or vanishes."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from helpers import ONE_RING, configuration, finish
from marsdisk.core import DiskCore, DiskState

PHI = "tau, phi\n0, 1\n0.3, 0.8\n1, 0.6\n3, 0.3\n10, 0.1\n1e8, 1e-8\n"

# name: (namelist, overrides)
CASES = {
    "column_const": ("", "surface.f_los=2"),
    "thin_powerlaw_external": ("external_supply", "radiation.exposure=thin"),
    "exposure_from_a_table": ("", "radiation.exposure=table radiation.phi_table={phi}"),
    "mixing_settling": ("mixing", "supply.tau_ref=0.1 surface.f_los=3"),
    "lost": ("", "collisions.bottom=lost"),
    "surface_energy": ("surface_energy", ""),
    "surface_energy_floor": ("surface_energy", "collisions.bottom=floor"),
    "ls12": ("ls12", "surface.tau_stop=0"),
    "ls12_lost": ("ls12", ("surface.tau_stop=0 collisions.bottom=lost "
                  "collisions.fragment_weights=number")),
    "free": ("sublimation", "mars.t0=3000"),
    "reservoir_wind_drag": ("vapour", "surface.tau0=0.01"),
    "reservoir_hot_capped_wind": ("vapour", "surface.tau0=0.01 mars.t0=6000"),
    "reservoir_time_balance": (
        "vapour", ("sublimation.t_grain=balance sublimation.escape=time sublimation.t_escape=1e6 "
        "surface.tau0=0.01")),
    "orbits_that_meet_mars": (
        "", "radiation.chi_mode=orbits collisions.e_profile=const collisions.e=0.6"),
    "orbits_in_vapour": (
        "vapour", ("radiation.chi_mode=orbits collisions.e_profile=const collisions.e=0.6 "
        "surface.tau0=0.01")),
    "everything": (
        "vapour", ("supply.mode=mixing supply.t_mix=1e6 supply.t_settle=3 collisions.bottom=lost "
        "collisions.s_floor=surface_energy surface.tau0=0.01 radiation.chi_mode=auto")),
}
N_BIN = 18
EPS = np.finfo(float).eps


@functools.cache
def disk_of(case: str, folder: Path) -> DiskCore:
    name, text = CASES[case]
    phi = folder / "phi.csv"
    phi.write_text(PHI)
    return DiskCore(configuration(name, [
        *ONE_RING, f"grains.n_bin={N_BIN}", "stop.t_end=0.02", *text.format(phi=phi).split()]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def states(disk: DiskCore, run: bool) -> list[tuple[float, np.ndarray]]:
    """Times [s] and states [kg m-2]: random ones, or those along a run."""
    start = disk.start()
    if run:
        found = []
        state = DiskState(start.y, start.control, start.flag)
        for part in (0.01, 0.1, 0.5, 1.0):
            finish(disk, state, part * disk.t_stop)
            found.append((part * disk.t_stop, state.y[:, 0].copy()))
        return found
    random = np.random.default_rng(7)
    found = []
    for part in (0.0, 0.2, 0.8, 1.0):
        y = start.y[:, 0].copy()
        y[: disk.n_bin] = 10.0 ** random.uniform(-6.0, 1.0, disk.n_bin)
        y[disk.rows["deep"]] = 10.0 ** random.uniform(-4.0, 6.0)
        if disk.config["sublimation"]["active"]:
            y[disk.rows["vapour"]] = 10.0 ** random.uniform(-2.0, 2.0)
        found.append((part * disk.t_stop, y))
    return found


@pytest.mark.parametrize("run", [False, True], ids=["random", "along_a_run"])
@pytest.mark.parametrize("case", CASES)
def test_jacobian_is_the_derivative_of_the_rates(case: str, run: bool, folder: Path) -> None:
    """Against central differences, to what their step allows."""
    disk = disk_of(case, folder)
    n = disk.n_bin
    worst = 0.0
    for t, y in states(disk, run):
        exact = disk.jacobian(0, t, y)
        rate = np.abs(disk.rates(0, t, y)).max()
        assert np.isfinite(exact).all()
        for k in range(n + 2):
            if y[k] <= 0.0:
                continue      # rates have a kink at 0: no derivative to compare with
            # truncation ~ step^2 of the relative change, round-off ~ eps rate/step
            step = 3e-5 * y[k]
            up, down = y.copy(), y.copy()
            up[k] += step
            down[k] -= step
            differences = (disk.rates(0, t, up) - disk.rates(0, t, down)) / (up[k] - down[k])
            allowed = 1e-8 * np.abs(exact[:, k]).max() + 4.0 * EPS * rate / step
            worst = max(worst, np.abs(differences - exact[:, k]).max() / allowed)
    assert worst < 1.0


@pytest.mark.parametrize("case", CASES)
def test_rates_and_jacobian_sum_to_zero(case: str, folder: Path) -> None:
    """What leaves one layer arrives in another or in the ledger, in every column."""
    disk = disk_of(case, folder)
    kept = [*range(disk.n_bin), *(disk.rows[name] for name in ("deep", "vapour", *disk.LEDGER))]
    for t, y in [*states(disk, False), *states(disk, True)]:
        rates = disk.rates(0, t, y)
        assert abs(rates[kept].sum()) < 3e-14 * np.abs(rates[kept]).sum()
        jacobian = disk.jacobian(0, t, y)[kept]
        gross = np.abs(jacobian).sum(axis=0)
        assert (gross[: disk.n_bin] > 0.0).all()
        assert (np.abs(jacobian.sum(axis=0)) <= 1e-13 * gross).all()


@pytest.mark.parametrize("case", CASES)
def test_surface_memo_rows_close_the_surface_layer(case: str, folder: Path) -> None:
    """Supplied less settled, evaporated, blown out and ground below is the change of the bins."""
    disk = disk_of(case, folder)
    for t, y in states(disk, False):
        rates = disk.rates(0, t, y)
        line = {name: rates[disk.rows[name]] for name in disk.EXTRA}
        change = (line["supplied"] - line["settled"] - line["evaporated"] - line["blown"]
                  - line["fallen"] - line["below"])
        gross = sum(abs(line[k]) for k in (
            "supplied", "settled", "evaporated", "blown", "fallen", "below"))
        assert gross > 0.0
        bins = rates[: disk.n_bin]
        assert abs(change - bins.sum()) < 1e-13 * (gross + np.abs(bins).sum())
