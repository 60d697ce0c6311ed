# SPDX-License-Identifier: BSD-3-Clause
"""The core against the independent solution of `oracle.py`, in the rates and at the end of runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import oracle
import pytest
from helpers import ONE_RING, configuration, loss, run_core
from marsdisk.core import DiskCore

TABLES = {
    "rate": "time_yr, rate_kg_m2_s\n0, 1e-7\n0.02, 1.5e-6\n0.05, 0\n0.2, 4e-7\n",
    "rate2": "time_yr, r_RMars, rate_kg_m2_s\n0, 1.5, 1e-7\n0, 2.0, 3e-7\n0.02, 1.5, 1.5e-6\n"
             "0.02, 2.0, 5e-7\n0.3, 1.5, 0\n0.3, 2.0, 1e-7\n",
    "phi": "tau, phi\n0, 1\n0.3, 0.8\n1, 0.6\n3, 0.3\n10, 0.1\n1e6, 1e-6\n",
    "temperature": "time_yr, temperature_K\n0, 4000\n0.02, 3600\n0.05, 3500\n0.1, 2900\n"
                   "0.3, 2500\n",
    "eccentricity": "r_RMars, e\n1, 0\n1.5, 0.2\n2, 0.1\n3, 0.4\n",
    "psd": "size_m, dm_dlns\n1e-7, 2\n1e-5, 3\n1e-3, 0.2\n1e-1, 5\n3, 1\n",
    "deep": "r_RMars, sigma_kg_m2\n1, 1e4\n1.5, 25\n2, 15\n3, 4e3\n",
}

# What is switched on: (namelist, end [yr], overrides). {name} is the file of a table above.
CASES: dict[str, tuple[str, float, str]] = {
    "planck_column_slab_const_supply": ("", 0.1, "grains.n_bin=24"),
    "until_no_size_is_unbound": ("", 5.0, "stop.t_mars_end=2200"),
    "grey_thin_e_half": (
        "constant_grey", 0.05, ("grains.n_bin=24 radiation.exposure=thin collisions.v_fixed=0 "
        "collisions.e_profile=const collisions.e=0.5")),
    "grey_linear_cooling_e_small_no_supply": (
        "", 0.2, ("radiation.qpr_mode=constant collisions.e_profile=const collisions.e=0.05 "
        "collisions.i=0.1 supply.mode=none mars.driver=linear surface.tau0=3 "
        "surface.f_los=1.7 radiation.chi=0.8")),
    "linear_cooling_to_the_end": ("", 5.0, "mars.driver=linear"),
    "steam_limited_hotspot": (
        "", 0.3, "mars.f_lim=2e6 mars.driver=hotspot mars.t_hot=8000 mars.f_hot=0.1"),
    "mixing_settling_lost": (
        "mixing", 0.05, ("surface.f_los=2 grains.n_bin=22 collisions.bottom=lost "
        "supply.tau_ref=0.3 supply.t_mix=1e6")),
    "supply_and_exposure_from_tables": (
        "", 0.1, ("supply.mode=table supply.table={rate} radiation.exposure=table "
        "radiation.phi_table={phi}")),
    "supply_of_dust_from_outside_by_radius": (
        "", 0.1, ("supply.mode=table supply.table={rate2} supply.weights=smallest "
        "supply.source=external")),
    "temperature_and_e_from_tables_chi_auto": (
        "", 0.28, ("mars.driver=table mars.table={temperature} collisions.e_profile=table "
        "collisions.e_table={eccentricity} radiation.chi_mode=auto")),
    "deep_layer_runs_empty": (
        "", 0.3, ("grains.psd=table grains.psd_table={psd} deep.table={deep} "
        "grains.drop_unbound=F supply.f_orb=50")),
    "mono_with_external_power_law_supply": (
        "external_supply", 0.1, ("grains.psd=mono grains.s_meter=0.02 surface.sigma0=3 "
        "supply.amplitude=1e-5")),
    "merged_remnants": ("ls12", 0.05, "surface.tau_stop=0"),
    "merged_remnants_slow_lost": (
        "ls12", 0.05, ("surface.tau_stop=0 collisions.bottom=lost grains.psd=power_law "
        "collisions.fragment_weights=number collisions.velocity=rayleigh "
        "collisions.e_profile=const collisions.e=0.05")),
    "surface_energy_lost": ("surface_energy", 0.1, "grains.n_bin=24"),
    "surface_energy_floor": (
        "surface_energy", 0.1, ("grains.n_bin=24 collisions.bottom=floor grains.s_min=1e-7 "
        "collisions.q_frag=3.6 collisions.gamma=1")),
    "mass_weights_below_1_km_s": (
        "", 0.05, ("collisions.fragment_weights=mass collisions.qd_velocity=both "
        "collisions.v_fixed=300 collisions.q_frag=3.8")),
    "free_sublimation": ("sublimation", 0.02, ""),
    "free_sublimation_freezing": (
        "sublimation", 1.0, ("mars.t0=4400 sublimation.alpha=0.03 sublimation.p_gas=1 "
        "sublimation.liquid_breaks=F surface.tau0=3")),
    "balance_temperatures": ("sublimation", 0.05, "sublimation.t_grain=balance"),
    "custom_material_point_lamp": (
        "sublimation", 0.05, ("sublimation.t_grain=point sublimation.q_abs=0.7 "
        "sublimation.material=custom sublimation.psat_a=12")),
    "reservoir_fills": (
        "vapour", 0.01, "sublimation.escape=none sublimation.vapour0=none surface.tau0=0.01"),
    "saturated_reservoir_wind": ("vapour", 0.02, "surface.tau0=0.01"),
    "hot_reservoir_wind_limited_by_energy": ("vapour", 0.001, "mars.t0=6000 surface.tau0=0.01"),
    "reservoir_timed_escape_no_collisions": (
        "vapour", 0.02, ("sublimation.escape=time sublimation.t_escape=1e6 supply.mode=none "
        "collisions.fragmentation=F grains.psd=power_law mars.driver=linear surface.tau0=0.05")),
    "reservoir_balance_temperatures": (
        "vapour", 0.005, "sublimation.t_grain=balance surface.tau0=0.01 radiation.blowout=F"),
}


def overrides(case: str, folder: Path) -> tuple[str, list[str]]:
    """Namelist and overrides of a case, with its tables written to `folder`."""
    name, end, text = CASES[case]
    files = {}
    for table, content in TABLES.items():
        files[table] = folder / f"{table}.csv"
        files[table].write_text(content)
    given = text.format(**files).split()
    if not any(item.startswith("grains.n_bin") for item in given):
        given.append("grains.n_bin=20")
    return name, [*ONE_RING, f"stop.t_end={end}", *given]


@pytest.mark.parametrize("case", CASES)
def test_rates_are_those_of_the_independent_solution(case: str, tmp_path: Path) -> None:
    """To round-off at rough random states: same equations, same discretisation."""
    name, given = overrides(case, tmp_path)
    # one size at the start: the integral of a distribution has an error of its own
    replaced = ("grains.psd", "grains.s_meter", "surface.tau0", "surface.sigma0")
    given = [g for g in given if not g.startswith(replaced)]
    config = configuration(name, [*given, "grains.psd=mono", "grains.s_meter=1.2e-3",
                                  "surface.sigma0=1"])
    ring, disk = oracle.Ring(config), DiskCore(config)
    n, random = disk.n_bin, np.random.default_rng(1)
    rows = [*range(n), *(disk.rows[name] for name in oracle.EXTRA)]
    for part in (0.0, 0.3, 0.9):
        t = part * disk.t_stop
        liquid = ring.subliming and bool(
            ring.ring_temperature(t) >= config["sublimation"]["t_liquidus"])
        for _ in range(3):
            y = disk.start().y[:, 0]
            y[:n] = 10.0 ** random.uniform(-4.0, 0.0, n)
            y[disk.rows["vapour"]] = 10.0 ** random.uniform(-2.0, 2.0) * ring.subliming
            found = disk.rates(0, t, y, liquid)[rows]
            expected = ring.rates(t, y[rows], liquid)
            assert np.abs(found - expected).max() < 1e-11 * np.abs(expected).max()
            # the slow rates as well: each against itself
            assert np.allclose(found, expected, rtol=1e-7, atol=1e-16 * np.abs(expected).max())


@pytest.mark.parametrize("case", CASES)
def test_run_ends_where_the_independent_solution_does(case: str, tmp_path: Path) -> None:
    """Every bin, layer and ledger line to 1e-3 of the mass involved, M_loss to 1e-4."""
    name, given = overrides(case, tmp_path)
    disk, state, _ = run_core(name, given)
    solution = oracle.Ring(disk.config).solve(disk.t_stop)
    y = state.y[:, 0]
    assert np.abs(y[: disk.n_bin] - solution.bins).max() < 1e-3 * solution.scale
    for line, expected in solution.lines.items():
        assert abs(y[disk.rows[line]] - expected) < 1e-3 * solution.scale, line
    assert float(loss(disk, state.y)[0]) == pytest.approx(solution.loss, rel=1e-4)
