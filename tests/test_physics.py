# SPDX-License-Identifier: BSD-3-Clause
"""Formulas for arrays: numbers worked out by hand, the independent solution, and what a run does.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import orbit_oracle
import pytest
from helpers import ONE_RING, YEAR, configuration
from marsdisk import physics
from marsdisk.core import DiskCore
from marsdisk.errors import InputError
from oracle import GM_MARS, LIGHT, R_MARS, SIGMA_SB, Ring
from scipy.optimize import brentq

R = 1.85 * R_MARS
"""Middle of the ring of the independent solution [m]."""


def ring(*overrides: str) -> Ring:
    """One ring of the independent solution."""
    return Ring(configuration("", [*ONE_RING, *overrides]))


# ---- light ---------------------------------------------------------------------------------------

def test_grains_of_100_nm_become_bound_at_2946_k() -> None:
    assert physics.beta(1.0e-7, 2946.0) == pytest.approx(0.5, rel=1e-3)
    assert physics.beta(1.0e-7, 2950.0) > 0.5
    assert physics.beta(2.0e-7, 2485.0) == pytest.approx(0.5, rel=2e-3)


def test_beta_and_opacity_are_those_of_the_independent_solution() -> None:
    one = ring("grains.n_bin=40")
    for t in (0.0, 0.7 * YEAR):
        kelvin = one.lamp(t)
        assert np.allclose(physics.beta(one.s, kelvin), one.beta(t), rtol=1e-12)
        assert np.allclose(physics.opacity(one.s, kelvin), one.opacity(t), rtol=1e-12)
        assert np.allclose(physics.q_pr(one.s, kelvin), one.q_pr(kelvin), rtol=1e-12)


def test_beta_of_a_grey_grain_by_hand() -> None:
    s, t, rho = 2.0e-6, 3500.0, 3000.0
    expected = 3.0 * SIGMA_SB * t**4 * R_MARS**2 * 0.8 / (4.0 * GM_MARS * LIGHT * rho * s)
    found = physics.beta(s, t, rho=rho, qpr_mode="constant", qpr=0.8)
    assert found == pytest.approx(expected, rel=1e-14)
    limited = physics.beta(s, t, rho=rho, qpr_mode="constant", qpr=0.8, f_lim=300.0)
    assert limited == pytest.approx(expected * 300.0 / (SIGMA_SB * t**4), rel=1e-14)
    assert physics.opacity(s, t, rho=rho, opacity="geometric") == pytest.approx(0.75 / (rho * s))


def test_the_unbound_sizes_are_a_band_with_beta_of_one_half_at_both_ends() -> None:
    kelvin = np.array([[2500.0, 3000.0], [4000.0, 5000.0]])
    for size in (physics.s_blow(kelvin), physics.s_blow_min(kelvin)):
        assert size.shape == (2, 2)
        assert np.allclose(physics.beta(size, kelvin), 0.5, rtol=1e-12)
    assert np.all(physics.s_blow(kelvin) > 2.0 * physics.s_blow_min(kelvin))
    # docs/model.md: from 0.039 to 4.05 um at 4000 K; it closes at 2261 K
    assert physics.s_blow_min(4000.0) == pytest.approx(0.039e-6, rel=0.01)
    assert physics.s_blow(4000.0) == pytest.approx(4.05e-6, rel=0.001)
    assert np.isnan(physics.s_blow(2260.0)) and not np.isnan(physics.s_blow(2263.0))


def test_exposure_is_smooth_through_its_series() -> None:
    tau = np.array([0.0, 1.0e-9, 9.99e-4, 1.001e-3, 1.0, 50.0])
    assert np.allclose(physics.exposure(tau)[1:], -np.expm1(-tau[1:]) / tau[1:], rtol=1e-12)
    assert physics.exposure(0.0) == 1.0


def test_blow_out_time() -> None:
    omega = np.sqrt(GM_MARS / R**3)
    assert physics.blow_out_time(R) == pytest.approx(1.0 / omega, rel=1e-14)
    assert physics.blow_out_time(R, chi=2.0) == pytest.approx(2.0 / omega, rel=1e-14)
    stokes = physics.stokes_number(1.0e-6, 3.0, rho=3000.0)
    assert stokes == pytest.approx(0.5 * np.pi * 3000.0 * 1.0e-6 / 3.0, rel=1e-14)
    slowed = physics.blow_out_time(R, 1.0e-6, sigma_vapour=3.0, rho=3000.0)
    assert slowed == pytest.approx((1.0 + 1.0 / stokes) / omega, rel=1e-14)
    assert physics.stokes_number(1.0e-6, 0.0) == np.inf
    one = ring("radiation.chi_mode=auto")
    for t in (0.0, 1.5 * YEAR):
        found = physics.blow_out_time(R, t_mars=one.lamp(t), chi_mode="auto") * omega
        assert found == pytest.approx(one.chi(t), rel=1e-9)


def test_blow_out_of_a_run_is_that_of_the_formulas() -> None:
    """The rate of a thin ring of one size, the run's own way."""
    disk = DiskCore(configuration("", [
        *ONE_RING, "grains.psd=mono", "grains.s_meter=1e-6", "grains.s_min=9e-7",
        "grains.s_max=1.1e-6", "grains.n_bin=3", "grains.drop_unbound=.false.",
        "radiation.exposure=thin", "collisions.fragmentation=.false.", "supply.mode=none"]))
    state = disk.start()
    rate = disk.rates(0, 0.0, state.y[:, 0])[disk.rows["blown"]]
    assert physics.beta(1.0e-6, 4000.0) > 0.5
    expected = disk.row(state.y, "surface")[0] / physics.blow_out_time(float(disk.r[0]))
    assert rate == pytest.approx(expected, rel=1e-12)


# ---- Mars ----------------------------------------------------------------------------------------

def test_mars_cools_to_2000_k_at_the_times_of_the_model() -> None:
    for t0, years, days in ((3000.0, 4.916, 756.0), (4000.0, 6.112, 478.0), (5000.0, 6.538, 294.0)):
        assert physics.t_mars(years * YEAR, t0=t0) == pytest.approx(2000.0, abs=0.2)
        linear = physics.t_mars(days * 86400.0, t0=t0, driver="linear")
        assert linear == pytest.approx(2000.0, abs=8.0)  # half a day
    assert physics.t_mars(1.0e9, driver="constant") == 4000.0
    assert physics.flux(0.0) == pytest.approx(SIGMA_SB * 4000.0**4)
    assert physics.flux(0.0, f_lim=300.0) == 300.0


def test_mars_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "t.txt"
    table.write_text("time_s temperature_K\n0 4000\n10 3000\n20 2500\n")
    assert physics.t_mars([0.0, 10.0, 20.0], driver="table", table=table).tolist() == [
        4000.0, 3000.0, 2500.0]
    table.write_text("time_s temperature_K\n0 3900\n10 3000\n")  # no stale copy
    assert physics.t_mars(0.0, driver="table", table=str(table)) == 3900.0
    with pytest.raises(InputError, match=r"mars.table: t = 10.1000 s is out of range"):
        physics.t_mars(10.1, driver="table", table=table)


# ---- collisions ----------------------------------------------------------------------------------

def test_q_d_star_by_hand() -> None:
    s, rho = np.array([1.0e-6, 1.0, 1.0e3]), 3270.0
    at_5 = 1e-4 * (3.9018e8 * (100 * s) ** -0.38 + 2.787 * rho / 1000 * (100 * s) ** 1.36)
    assert np.allclose(physics.q_d_star(s, 5.0e3), at_5, rtol=1e-14)
    between = physics.q_d_star(s, 4.5e3)
    assert np.allclose(between, 0.5 * (at_5 + physics.q_d_star(s, 4.0e3)), rtol=1e-14)
    # below 1 km/s only the gravity term scales, unless both do
    strength = 1e-4 * 1.9509e8 * (100 * s) ** -0.38
    factor = 0.5 ** (2.0 - 3.0 * 0.45)
    at_1 = physics.q_d_star(s, 1.0e3)
    slow = strength + factor * (at_1 - strength)
    assert np.allclose(physics.q_d_star(s, 500.0), slow, rtol=1e-13)
    assert np.allclose(physics.q_d_star(s, 500.0, qd_velocity="both"), factor * at_1, rtol=1e-13)
    own = physics.q_d_star(0.01, 3.0e3, qd_set="custom", q_s=[1.0e8] * 7, b_g=np.zeros(7))
    assert own == pytest.approx(1.0e4)


def test_collision_speed_by_hand() -> None:
    kepler = np.sqrt(GM_MARS / R)
    assert physics.orbital_frequency(R) == pytest.approx(kepler / R, rel=1e-14)
    e = 1.0 - R_MARS / R
    assert physics.collision_speed(R) == pytest.approx(kepler * np.hypot(np.sqrt(1.25) * e, 0.05))
    assert np.allclose(physics.collision_speed(R, [0.0, 0.5], i=0.1),
                       kepler * np.sqrt(1.25 * np.array([0.0, 0.5]) ** 2 + 0.01), rtol=1e-14)
    assert physics.collision_speed(R, 0.5, velocity="pericenter") == pytest.approx(
        kepler * np.sqrt(3.0))
    disk = DiskCore(configuration("", ["rings.n_ring=4"]))
    assert np.array_equal(physics.collision_speed(disk.r), disk.speed)


# ---- sublimation ---------------------------------------------------------------------------------

def test_vapour_pressure() -> None:
    assert physics.p_sat(2000.0) == pytest.approx(0.425, abs=5e-4)
    assert physics.p_sat(2000.0) == pytest.approx(10.0 ** (13.809441833 - 28362.904024 / 2000.0))
    assert physics.p_sat(2500.0, liquid=True) == pytest.approx(10.0 ** (11.08 - 22409.0 / 2500.0))
    assert np.all(physics.p_sat([1700.0, 2200.0], [False, True]) > 0.0)
    with pytest.warns(UserWarning, match="1 of 2 vapour pressures are outside"):
        physics.p_sat([1000.0, 2000.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert physics.p_sat(1400.0, material="sio") == pytest.approx(10 ** (13.613 - 17850 / 1400))
        own = physics.p_sat(100.0, material="custom", psat_a=2.0, psat_b=100.0)
        assert own == pytest.approx(10.0)
    with pytest.raises(InputError, match="expected from 1301.00 to 1519.00 K"):
        physics.p_sat(1600.0, material="sio")
    with pytest.raises(InputError, match="a table is read by runs alone"):
        physics.p_sat(1600.0, material="table")


def test_hertz_knudsen_flux_by_hand() -> None:
    saturated = 10.0 ** (13.809441833 - 28362.904024 / 2000.0)
    factor = 0.1 * np.sqrt(0.140694 / (2.0 * np.pi * 8.314462618 * 2000.0))
    assert physics.sublimation_flux(2000.0) == pytest.approx(factor * saturated, rel=1e-14)
    condensing = physics.sublimation_flux(2000.0, pressure=1.0)
    assert condensing == pytest.approx(factor * (saturated - 1.0), rel=1e-14)
    # a grain of 1 um lives for a minute at 2000 K
    assert 1.0e-6 / physics.sublimation_rate(2000.0) == pytest.approx(66.4, rel=1e-3)


def test_grain_temperature() -> None:
    dilution = 0.5 * (1.0 - np.sqrt(1.0 - (R_MARS / R) ** 2))
    assert physics.grain_temperature(R, 4000.0) == pytest.approx(dilution**0.25 * 4000.0)
    point = physics.grain_temperature(R, 4000.0, t_grain="point", q_abs=0.5)
    assert point == pytest.approx((0.5 * (R_MARS / R) ** 2 / 4.0) ** 0.25 * 4000.0)
    for s in (1.0e-7, 1.0e-6, 1.0e-3):
        absorbed = dilution * 4000.0**4 * physics.q_abs(s, 4000.0)

        def excess(t: float, s: float = s, absorbed: float = absorbed) -> float:
            return t**4 * physics.q_abs(s, t) - absorbed

        found = physics.grain_temperature(R, 4000.0, s, t_grain="balance")
        # the core takes the table log-log in temperature, q_abs linearly: within a step of 1 %
        assert found == pytest.approx(brentq(excess, 300.0, 6000.0), rel=1e-3)
    # k = 1e-3, 1 um: worked out with Mie at every temperature
    assert physics.grain_temperature(R, 4000.0, 1.0e-6, t_grain="balance") == pytest.approx(
        2343.0, rel=5e-3)


# ---- atmosphere ----------------------------------------------------------------------------------

@pytest.mark.parametrize("model", ["exponential", "isothermal", "disk"])
def test_gas_density_is_that_of_the_independent_solution(model: str) -> None:
    p = orbit_oracle.build({"atmosphere": {"model": model, "temperature": 500.0}})
    r, height = np.array([5.0e6, 2.0e7, 9.0e7]), np.array([1.0e6, -1.0e7, 4.0e7])
    found = physics.gas_density(r, height, model=model, temperature=500.0)
    expected = orbit_oracle.density(p, np, r / orbit_oracle.AU, height / orbit_oracle.AU)
    assert np.allclose(found, expected, rtol=1e-12)


def test_gas_density_by_hand() -> None:
    r = np.array([[3.4e6, 2.0e7], [5.0e7, 1.0e9]])
    assert np.allclose(physics.gas_density(r), 4.9e-3 * np.exp(-(r - 2.0e7) / 1.2e7), rtol=1e-12)
    hydrostatic = 4.9e-3 * np.exp((4.0e14 / 1.2e7) * (1.0 / r - 1.0 / 2.0e7))
    assert np.allclose(physics.gas_density(r, model="isothermal"), hydrostatic, rtol=1e-12)
    assert physics.gas_density(2.0e7, model="none") == 0.0
    t = np.array([0.5, 1.0, 2.0, 4.0]) * YEAR
    faded = physics.gas_density(2.0e7, t=t, tau_gas=2.0 * YEAR, t_gas=YEAR)
    assert np.allclose(faded, 4.9e-3 * np.exp(-np.maximum(t / YEAR - 1.0, 0.0) / 2.0), rtol=1e-12)
    gone = physics.gas_density(2.0e7, t=t, tau_gas=2.0 * YEAR, t_gas=YEAR, decay="linear")
    assert np.allclose(gone / 4.9e-3, [1.0, 1.0, 0.5, 0.0], atol=1e-15)


def test_hill_radius_and_lagrange_points() -> None:
    omega = np.sqrt(1.32712440018e20 / (1.523679 * 1.495978707e11) ** 3)
    hill = (GM_MARS / (3.0 * omega**2)) ** (1.0 / 3.0)
    assert physics.hill_radius() == pytest.approx(hill, rel=1e-12)
    assert physics.lagrange_points() == pytest.approx((-hill, hill), rel=1e-12)
    assert np.allclose(physics.hill_radius(gm=[GM_MARS, 8.0 * GM_MARS]), [hill, 2.0 * hill])
    assert physics.hill_radius(omega=2.0 * omega) == pytest.approx(hill / 4.0 ** (1.0 / 3.0))
    p = orbit_oracle.build({"planet": {"mode": "cr3bp"}})
    expected = np.array([p.x_l1, p.x_l2]) * orbit_oracle.AU
    assert np.allclose(physics.lagrange_points(mode="cr3bp"), expected, rtol=1e-12)


def test_theory_of_drag_is_there() -> None:
    """Numbers of the standard case: T_d at a pericentre of 20000 km."""
    delta = physics.drag_coefficient_per_mass(1.0, 1.0e4, 1850.0)
    speed = physics.circular_speed(GM_MARS, 2.0e7)
    t_d = physics.drag_time(physics.gas_density(2.0e7), delta, speed)
    assert t_d == pytest.approx(2.0 / (4.9e-3 * 0.75 / (1850.0 * 1.0e4) * np.sqrt(GM_MARS / 2e7)))
    assert 0.0 < physics.first_pass_drop(2.0e7, 1.2e7, speed, t_d) < 0.2


# ---- what all of them share ----------------------------------------------------------------------

def test_arguments_are_broadcast_and_numbers_stay_numbers() -> None:
    found = physics.beta(np.array([1e-7, 1e-6, 1e-5])[:, None], [3000.0, 4000.0])
    assert found.shape == (3, 2)
    assert found[1, 1] == physics.beta(1e-6, 4000.0)
    assert isinstance(physics.beta(1e-6, 4000.0), float)
    assert physics.q_d_star([], 1.0e3).shape == (0,)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: physics.beta(1e-7, 4000.0, rh=1.0), "rh: is no parameter of this formula; expected"),
    (lambda: physics.beta(1e-7, 4000.0, rh=1.0), "qpr_table, rho, f_lim; did you mean rho?"),
    (lambda: physics.beta(1e-7, 4000.0, rho=-1.0), "rho: -1.0 is out of range; expected a number"),
    (lambda: physics.beta(1e-9, 4000.0), "radiation.qpr_table: s = 0.100000E-08 m is out of range"),
    pytest.param(lambda: physics.beta(1e-7, np.nan), "T_M = NaN K is out of range",
                 marks=pytest.mark.untrapped),
    (lambda: physics.t_mars(-1.0), "t = -1.00000 s is out of range; expected >= 0"),
    (lambda: physics.t_mars(0.0, driver="slob"), "driver: 'slob' is not a choice"),
    (lambda: physics.t_mars(0.0, table="none.txt", driver="table"), "table: there is no file"),
    (lambda: physics.t_mars(0.0, t0=object()), "t0: 'object' is no type of a value"),
    (lambda: physics.q_d_star(1.0, 0.0), "v = 0.00000 m s-1 is out of range; expected > 0 m s-1"),
    (lambda: physics.collision_speed(1.0e7, 1.0), "e = 1.00000 is out of range"),
    (lambda: physics.collision_speed(1.0e6), "r = 0.100000E+07 m is out of range; expected >="),
    (lambda: physics.stokes_number(-1.0, 1.0), "s = -1.00000 m is out of range; expected > 0 m"),
    (lambda: physics.gas_density(1.0e7, model="disc"), "model: 'disc' is not a choice"),
    (lambda: physics.gas_density([1.0e7, -1.0e7]), "r: -1e+07 m is out of range"),
    (lambda: physics.gas_density(1.0e7, height=-3.0e7), "r - |height|: -2e+07 m is out of range"),
    (lambda: physics.gas_density(1.0e7, t=np.nan), "t: nan s is out of range; expected a number"),
    (lambda: physics.gas_density(1.0e7, tau_gas=-1.0), "tau_gas: -1 s is out of range"),
    (lambda: physics.hill_radius(gm=-1.0), "gm: -1 m3 s-2 is out of range; expected > 0 m3 s-2"),
    (lambda: physics.lagrange_points(a_sun=0.0), "a_sun: 0 AU is out of range"),
    (lambda: physics.sublimation_rate(2000.0, rho=0.0), "rho: 0 kg m-3 is out of range"),
])
def test_wrong_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert message in str(caught.value)
    assert not str(caught.value).startswith(("command line", "set"))
