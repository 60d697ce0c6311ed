# SPDX-License-Identifier: BSD-3-Clause
"""Limits of the disk model that are known in closed form; a test is named for its claim.

Numbers are written out here and not taken from the core.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import ONE_RING, YEAR, configuration, finish, run_core, total_loss
from marsdisk.core import DiskCore, constants
from scipy.optimize import brentq

GM, R, C, SB, GAS = 4.282837e13, 3.3895e6, 2.99792458e8, 5.670374419e-8, 8.314462618
RADIUS = 1.85 * R
OMEGA = np.sqrt(GM / RADIUS**3)
W = 0.5 * (1.0 - np.sqrt(1.0 - 1.0 / 1.85**2))
SLAB = 1e5 * 3000.0 * 1000.0

ALONE = ("collisions.fragmentation=F", "supply.mode=none", "mars.driver=constant",
         "stop.t_mars_end=0", "numerics.rtol=1e-9")
"""Nothing happens but what a test switches on."""

GREY = ("radiation.qpr_mode=constant", "radiation.opacity=geometric")


def slab_time(temperature: float, t0: float = 4000.0) -> float:
    """Time [s] at which the default slab has cooled to `temperature` [K]."""
    return (temperature**-3 - t0**-3) * SLAB / (3.0 * SB)


def p_sat(temperature: float) -> float:
    """Saturation pressure of solid forsterite [Pa]."""
    return 10.0 ** (13.809441833 - 28362.904024 / temperature)


# ---- constants and lamp ------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "value"), [
    ("gm_mars", 4.282837e13), ("r_mars", 3.3895e6), ("g_newton", 6.67430e-11),
    ("c_light", 2.99792458e8), ("sigma_sb", 5.670374419e-8), ("r_gas", 8.314462618),
    ("year", 365.25 * 86400.0), ("m_mars", 4.282837e13 / 6.67430e-11)])
def test_constants_are_those_of_the_model(name: str, value: float) -> None:
    assert constants()[name].value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("t0", "years"), [(3000, 4.916), (4000, 6.112), (5000, 6.538)])
def test_slab_run_ends_at_2000_kelvin(t0: int, years: float) -> None:
    disk = DiskCore(configuration("", [*ONE_RING, f"mars.t0={t0}"]))
    assert disk.t_stop / YEAR == pytest.approx(years, abs=5e-4)
    assert disk.lamp(disk.t_stop)["t_mars"] == pytest.approx(2000.0, rel=1e-12)


@pytest.mark.parametrize(("t0", "days"), [(3000, 756), (4000, 478), (5000, 294)])
def test_linear_run_ends_at_2000_kelvin(t0: int, days: int) -> None:
    disk = DiskCore(configuration("linear", [*ONE_RING, f"mars.t0={t0}"]))
    assert disk.t_stop / 86400.0 == pytest.approx(days, abs=0.5)
    assert disk.lamp(0.5 * disk.t_stop)["t_mars"] == pytest.approx(0.5 * (t0 + 2000.0), rel=1e-12)


def test_constant_lamp_is_constant() -> None:
    disk = DiskCore(configuration("constant_grey"))
    assert {disk.lamp(t)["t_mars"] for t in (0.0, 1e5, 3e7)} == {4000.0}


def test_outgoing_radiation_limit_caps_the_flux_and_slows_the_cooling() -> None:
    disk = DiskCore(configuration("", [*ONE_RING, "mars.f_lim=2e6", "stop.t_end=1"]))
    t = 0.2 * YEAR
    assert disk.lamp(t)["flux"] == 2e6
    assert disk.lamp(t)["t_mars"] == pytest.approx(4000.0 - 2e6 * t / SLAB, rel=1e-12)


# ---- radiation pressure ------------------------------------------------------------------------

@pytest.mark.parametrize(("temperature", "q"), [(4000.0, 1.0), (3000.0, 0.7)])
def test_grey_blow_out_size_in_closed_form(temperature: float, q: float) -> None:
    """beta = 3 sigma T^4 R^2 Q/(4 G M c rho s) = 1/2."""
    disk = DiskCore(configuration("constant_grey", [
        f"mars.t0={temperature}", f"radiation.qpr={q}", "grains.rho=3000"]))
    expected = 3.0 * SB * temperature**4 * R**2 * q / (2.0 * GM * C * 3000.0)
    assert disk.lamp(0.0)["s_blow"] == pytest.approx(expected, rel=1e-12)
    assert disk.lamp(0.0)["s_blow_min"] <= 1e-7     # every smaller grain is unbound
    kappa, unbound, chi = disk.light(0.0)
    assert np.allclose(kappa, 3.0 / (4.0 * 3000.0 * disk.size), rtol=1e-14)
    assert chi == 1.0
    assert np.allclose(unbound[disk.size_edges[1:] < expected], 1.0, rtol=1e-14)
    assert (unbound[disk.size_edges[:-1] > expected] == 0.0).all()
    assert unbound.sum() > 1.0


def test_unbound_share_of_a_bin_is_its_mass_below_the_blow_out_size() -> None:
    disk = DiskCore(configuration("constant_grey", ["grains.n_bin=12"]))
    blow = disk.lamp(0.0)["s_blow"]
    k = int(np.searchsorted(disk.size_edges, blow)) - 1
    low, high = disk.size_edges[k: k + 2]
    share = (blow**0.5 - low**0.5) / (high**0.5 - low**0.5)     # dM/ds ~ s^(3 - 3.5)
    # eight straight pieces per bin
    assert disk.light(0.0)[1][k] == pytest.approx(share, abs=0.01)


@pytest.fixture(scope="module")
def shipped() -> DiskCore:
    """The shipped optics, down to 10 nm."""
    return DiskCore(configuration("", [*ONE_RING, "grains.s_min=1e-8"]))


@pytest.mark.parametrize(("size", "temperature"), [(1e-7, 2946.0), (2e-7, 2485.0)])
def test_small_grains_become_bound(shipped: DiskCore, size: float, temperature: float) -> None:
    """0.1 um below ~2946 K, 0.2 um below ~2485 K: the lower end of the unbound band passes them."""
    found = brentq(lambda t: shipped.lamp(slab_time(t))["s_blow_min"] - size, 2300.0, 3900.0)
    assert found == pytest.approx(temperature, abs=2.0)


def test_no_size_is_unbound_below_2261_kelvin(shipped: DiskCore) -> None:
    above, below = (shipped.lamp(slab_time(t)) for t in (2262.0, 2260.0))
    assert 4e-7 < above["s_blow_min"] < above["s_blow"] < 6e-7
    assert below["s_blow"] == below["s_blow_min"] == 0.0
    assert shipped.light(slab_time(2260.0))[1].max() == 0.0


def test_10_to_30_nm_grains_are_bound_even_at_4000_kelvin(shipped: DiskCore) -> None:
    assert shipped.lamp(0.0)["smallest_bound"] == 1.0
    assert shipped.lamp(0.0)["s_blow_min"] > 3e-8
    assert shipped.light(0.0)[1][shipped.size_edges[1:] < 3e-8].max() == 0.0


# ---- blow-out ----------------------------------------------------------------------------------

@pytest.mark.parametrize("chi", [1.0, 0.5])
def test_pure_blow_out_is_exponential(chi: float) -> None:
    """Unbound thin dust: every bin falls as exp(-t/t_blow), t_blow = chi/Omega."""
    disk, state, initial = run_core("", [
        *ONE_RING, *ALONE, *GREY, "grains.s_max=1e-6", "grains.n_bin=5", "grains.psd=power_law",
        "grains.drop_unbound=F", "radiation.exposure=thin", f"radiation.chi={chi}",
        "stop.t_end=3e-4"])
    left = np.exp(-disk.t_stop * OMEGA / chi)
    assert 1e-4 < left < 0.5
    assert np.allclose(state.y[:5], initial[:5] * left, rtol=1e-7)
    assert state.y[disk.rows["blown"]] == pytest.approx(
        initial[:5].sum(axis=0) * (1.0 - left), rel=1e-9)


@pytest.mark.parametrize(("tau0", "f_los"), [(5.0, 1.0), (0.3, 1.0), (20.0, 3.0)])
def test_column_exposure_solves_its_scalar_equation(tau0: float, f_los: float) -> None:
    """d sigma/dt = -(1 - exp(-tau)) Omega/kappa has tau = ln(1 + (e^tau0 - 1) e^(-Omega t))."""
    times = np.array([0.1, 1.0, 5.0, 20.0]) / OMEGA
    given = [*ONE_RING, *ALONE, *GREY, "grains.psd=mono", "grains.s_meter=1e-7", "grains.n_bin=4",
             "grains.s_max=1e-4", "grains.drop_unbound=F", f"surface.tau0={tau0}",
             f"surface.f_los={f_los}", f"stop.t_end={float(times[-1] / YEAR)!r}"]
    disk = DiskCore(configuration("", given))
    state = disk.start()
    kappa = 3.0 / (4.0 * 3270.0 * 1e-7)
    assert state.y[0, 0] == pytest.approx(tau0 / (f_los * kappa), rel=1e-12)
    for t in [*times[:-1], disk.t_stop]:
        finish(disk, state, t)
        tau = np.log1p(np.expm1(tau0) * np.exp(-OMEGA * t))
        close = pytest.approx(tau, rel=1e-7, abs=1e-10 * tau0)
        assert f_los * kappa * state.y[0, 0] == close
        assert disk.diagnose(state, t)["tau_los"][0] == close


def test_thick_column_loses_one_optical_depth_per_blow_out_time() -> None:
    """However much dust there is: the flux is Omega/kappa."""
    kappa = 3.0 / (4.0 * 3270.0 * 1e-7)
    for sigma in (20.0 / kappa, 2000.0 / kappa):
        disk = DiskCore(configuration("", [
            *ONE_RING, *ALONE, *GREY, "grains.psd=mono", "grains.s_meter=1e-7", "stop.t_end=1",
            "grains.drop_unbound=F", f"surface.sigma0={sigma!r}"]))
        blown = disk.diagnose(disk.start(), 0.0)["mdot_blow"][0]
        assert blown == pytest.approx(OMEGA / kappa, rel=1e-8)


# ---- supply ------------------------------------------------------------------------------------

@pytest.mark.parametrize("index", [0, 1, 2])
def test_pure_supply_is_a_power_of_time(index: int) -> None:
    disk, state, initial = run_core("", [
        *ONE_RING, *ALONE[:1], *ALONE[2:], "radiation.blowout=F", "supply.mode=powerlaw",
        "supply.source=external", "supply.amplitude=1e-6", f"supply.index={index}",
        "supply.eps_mix=0.5", "stop.t_end=2", "grains.n_bin=10"])
    supplied = 0.5e-6 * YEAR * 2.0 ** (index + 1) / (index + 1)
    weights = initial[:10, 0] / initial[:10, 0].sum()
    assert np.allclose(state.y[:10, 0] - initial[:10, 0], supplied * weights, rtol=1e-9)
    assert state.y[disk.rows["supplied"], 0] == pytest.approx(supplied, rel=1e-8)
    assert state.y[disk.rows["external"], 0] == pytest.approx(-supplied, rel=1e-8)
    assert state.y[disk.rows["deep"], 0] == initial[disk.rows["deep"], 0]


def test_constant_supply_is_a_share_of_sigma_ref_per_orbit() -> None:
    disk, state, initial = run_core("", [
        *ONE_RING, *ALONE[:1], *ALONE[2:], "radiation.blowout=F", "stop.t_end=1",
        "supply.tau_ref=0.5", "supply.mu=2", "supply.f_orb=0.1", "grains.n_bin=10"])
    supplied = 2.0 * 0.1 * disk.sigma_ref * YEAR * OMEGA / (2.0 * np.pi)
    assert disk.sigma_ref == pytest.approx(0.5 * disk.sigma0, rel=1e-12)
    assert state.y[disk.rows["supplied"], 0] == pytest.approx(supplied, rel=2e-6)
    deep = disk.rows["deep"]
    assert initial[deep, 0] - state.y[deep, 0] == pytest.approx(supplied, rel=2e-6)


@pytest.mark.parametrize("part", [0.5, 5.0])
def test_mixing_empties_the_deep_layer_exponentially(part: float) -> None:
    """D' = -D/t_mix D/(D + s), s = 1e-6 D0: ln(D/D0) - s/D + s/D0 = -t/t_mix."""
    t_mix = 500.0 * 2.0 * np.pi / OMEGA
    disk, state, initial = run_core("", [
        *ONE_RING, *ALONE[:1], *ALONE[2:], "radiation.blowout=F", "supply.mode=mixing",
        "supply.t_mix=500", f"stop.t_end={float(part * t_mix / YEAR)!r}", "grains.n_bin=10"])
    deep0, deep = (y[disk.rows["deep"], 0] for y in (initial, state.y))
    fade = 1e-6 * deep0
    passed = np.log(deep0 / deep) + fade / deep - fade / deep0
    assert passed == pytest.approx(part, rel=1e-6)
    assert deep == pytest.approx(deep0 * np.exp(-part), rel=1e-3)


def test_supply_never_draws_more_than_there_is() -> None:
    """The deep layer fades out smoothly, and everything it held has been supplied."""
    disk, state, initial = run_core("", [
        *ONE_RING, *ALONE[:1], *ALONE[2:], "radiation.blowout=F", "deep.m_in=1e-14",
        "surface.sigma0=1e-5", "supply.f_orb=0.1", "stop.t_end=2", "grains.n_bin=10"])
    deep0, deep = (y[disk.rows["deep"], 0] for y in (initial, state.y))
    assert 0.1 * disk.sigma_ref / (2.0 * np.pi) * OMEGA * disk.t_stop > 2.0 * deep0
    assert -1e-9 * deep0 <= deep < 1e-5 * deep0
    assert state.y[disk.rows["supplied"], 0] == pytest.approx(deep0 - deep, rel=1e-12)


# ---- cratering ---------------------------------------------------------------------------------

def test_two_bin_cratering_in_closed_form() -> None:
    """Targets eroded by dust of 1/5 their size, and by each other: a logistic equation.

    What is eroded turns to dust, so sigma_1 + sigma_2 = S and
    sigma_2' = -A sigma_2 (S - sigma_2) - B sigma_2^2. The coefficients follow from the geometry and
    the outcome of one impact; two bins know no slope that could change the size drift.
    """
    small, large, speed, q_d = 1e-5, 5e-5, 1000.0, 1e6
    disk, state, initial = run_core("", [
        *ONE_RING, *GREY, "supply.mode=none", "mars.driver=constant", "stop.t_mars_end=0",
        "numerics.rtol=1e-9", "grains.n_bin=2", f"grains.s_min={small}", f"grains.s_max={large}",
        "grains.psd=mono", "grains.s_meter=1.05e-5", "surface.sigma0=1e-3", "radiation.blowout=F",
        f"collisions.v_fixed={speed}", "collisions.qd_set=custom", "collisions.a_s=0",
        "collisions.q_s=" + ",".join(["1e10"] * 7), "collisions.b_g=" + ",".join(["0"] * 7),
        "stop.t_end=0.03"])
    m1, m2 = (4.0 / 3.0 * np.pi * 3270.0 * s**3 for s in (small, large))
    height = np.sqrt(2.0) * 0.7071 * 0.05 * RADIUS

    def coefficient(m_p: float, s_p: float) -> float:
        """Rate at which the share of bin 2 moves per unit of projectile [m2 kg-1 s-1]."""
        meets = np.pi * (large + s_p) ** 2 * speed / (np.sqrt(2.0 * np.pi) * height * m_p)
        phi = 0.5 * m2 * m_p / (m2 + m_p) * speed**2 / ((m2 + min(m2, m_p)) * q_d)
        return meets * 0.5 * phi * m2 / (m2 - m1)

    a, b = coefficient(m1, small), coefficient(m2, large)
    total, start = initial[:2, 0].sum(), initial[1, 0]
    grown = np.exp(a * total * disk.t_stop)
    expected = a * total * start / ((a - b) * start + (a * total - (a - b) * start) * grown)
    assert 0.01 < expected / start < 0.7
    assert state.y[1, 0] == pytest.approx(expected, rel=1e-5)
    assert state.y[:2, 0].sum() == pytest.approx(total, rel=1e-14)


# ---- sublimation -------------------------------------------------------------------------------

def shrunk(n_bin: int) -> tuple[float, np.ndarray]:
    """Change of the number, and errors of the first three moments, of grains that shrink."""
    disk, state, initial = run_core("sublimation_only", [
        "grains.psd=melt_lognormal", "grains.f_fine=0", "grains.s_meter=1e-4",
        "grains.width_dex=0.1", f"grains.n_bin={n_bin}", "numerics.rtol=1e-9",
        "stop.t_end=5e-4", "surface.tau0=0.1"])
    temperature = 3500.0 * W**0.25
    speed = 0.1 * p_sat(temperature) * np.sqrt(
        0.140694 / (2.0 * np.pi * GAS * temperature)) / 3270.0
    by = speed * disk.t_stop
    assert 1e-5 < by < 3e-5
    before, after = (y[:n_bin, 0] / disk.mass for y in (initial, state.y))
    exact = [before @ (disk.size - by) ** k for k in (1, 2, 3)]
    found = [after @ disk.size**k for k in (1, 2, 3)]
    return after.sum() / before.sum() - 1.0, np.array(found) / np.array(exact) - 1.0


def test_pure_sublimation_shrinks_every_grain_at_one_speed() -> None:
    """s(t) = s(0) - |ds/dt| t in all moments of the distribution, to second order in dx."""
    number, errors = zip(*(shrunk(n) for n in (60, 120, 240)), strict=True)
    assert np.abs(number[0]) < 1e-6 and np.abs(number[2]) < 1e-8     # none has reached s_min
    errors = np.abs(errors)
    assert (errors[1] < [2e-3, 8e-3, 2e-2]).all()
    assert (np.log2(errors[:-1] / errors[1:]) > 1.9).all()


def test_sublimation_keeps_the_number_of_grains_to_round_off() -> None:
    """One size far above the bottom of the grid: no grain can leave."""
    disk, state, initial = run_core("sublimation_only", [
        "grains.psd=mono", "grains.s_meter=9e-4", "stop.t_end=1e-4", "surface.tau0=0.1"])
    n = disk.n_bin
    before, after = (y[:n, 0] / disk.mass for y in (initial, state.y))
    assert after.sum() == pytest.approx(before.sum(), rel=1e-12)
    assert state.y[:n].sum() < initial[:n].sum()


# ---- temperatures and vapour -------------------------------------------------------------------

@pytest.mark.parametrize(("r", "ratio"), [(1.00005, 1.98), (1.85, 1.09), (2.7, 1.04)])
def test_dilution_is_that_of_an_extended_lamp(r: float, ratio: float) -> None:
    """W = (1 - sqrt(1 - (R/r)^2))/2; the point form is low by up to 2."""
    given = ["rings.n_ring=1", f"rings.r_in={r - 5e-5!r}", f"rings.r_out={r + 5e-5!r}",
             "stop.t_end=1"]
    disk = DiskCore(configuration("", given))
    found = (disk.diagnose(disk.start(), 0.0)["t_grain"][0] / 4000.0) ** 4
    assert found == pytest.approx(0.5 * (1.0 - np.sqrt(1.0 - r**-2)), rel=1e-9)
    assert found / (0.25 / r**2) == pytest.approx(ratio, abs=0.005)
    disk = DiskCore(configuration("", [*given, "sublimation.t_grain=point"]))
    found = (disk.diagnose(disk.start(), 0.0)["t_grain"][0] / 4000.0) ** 4
    assert found == pytest.approx(0.25 / r**2, rel=1e-9)


def saturated(temperature: float) -> float:
    """Vapour of a ring that starts saturated with grains at `temperature` [kg m-2]."""
    disk = DiskCore(configuration("vapour", [
        *ONE_RING, "mars.driver=constant", f"mars.t0={float(temperature / W**0.25)!r}",
        "stop.t_end=1"]))
    state = disk.start()
    assert disk.diagnose(state, 0.0)["t_grain"][0] == pytest.approx(temperature, rel=1e-12)
    return float(state.y[disk.rows["vapour"], 0])


def test_saturation_at_2080_kelvin_needs_12_kg_per_m2() -> None:
    sound = np.sqrt(GAS * 2080.0 / 0.0313)
    exact = p_sat(2080.0) * np.sqrt(2.0 * np.pi) / (OMEGA * sound)
    assert saturated(2080.0) == pytest.approx(exact, rel=1e-12)
    assert saturated(2080.0) == pytest.approx(12.0, abs=0.5)


def test_saturation_pressure_is_0425_pascal_at_2000_kelvin() -> None:
    sound = np.sqrt(GAS * 2000.0 / 0.0313)
    pressure = saturated(2000.0) * OMEGA * sound / np.sqrt(2.0 * np.pi)
    assert pressure == pytest.approx(0.425, abs=1e-3)


def test_closed_vapour_comes_to_rest_at_saturation() -> None:
    """Grains evaporate into an empty layer until P_gas = P_sat."""
    disk, state, _ = run_core("vapour", [
        *ONE_RING, *ALONE, "radiation.blowout=F", "sublimation.vapour0=none",
        "sublimation.escape=none", f"mars.t0={float(2080.0 / W**0.25)!r}", "surface.sigma0=100",
        "grains.psd=power_law", "grains.s_max=1e-3", "grains.n_bin=20", "stop.t_end=1"])
    assert state.y[disk.rows["vapour"], 0] == pytest.approx(saturated(2080.0), rel=1e-8)
    surface = disk.row(state.y, "surface")[0]
    assert surface == pytest.approx(100.0 - saturated(2080.0), rel=1e-8)


def test_metre_sized_bodies_in_balance_are_as_warm_as_grey_ones() -> None:
    """They absorb and emit alike at all wavelengths: the same saturated vapour lies over them."""
    given = [*ONE_RING, "mars.driver=constant", "stop.t_end=1", "grains.s_min=1", "grains.s_max=3",
             "grains.n_bin=2", "sublimation.s_nuc=1"]
    vapour = []
    for how in ("balance", "grey"):
        disk = DiskCore(configuration("vapour", [*given, f"sublimation.t_grain={how}"]))
        vapour.append(disk.start().y[disk.rows["vapour"], 0])
    # P_sat ~ exp(-65000/T): 5 % are 2 K
    assert vapour[0] == pytest.approx(vapour[1], rel=0.05)


@pytest.mark.parametrize("bins", [2, 3, 4])
def test_very_few_bins_lose_what_the_tolerance_does_not_decide(bins: int) -> None:
    """Bins two decades wide see no smooth flow: there is no slope to reconstruct an edge from."""
    lost = []
    for rtol in (1e-4, 1e-7):
        disk, state, _ = run_core("quick", [f"grains.n_bin={bins}", "rings.n_ring=2",
                                            f"numerics.rtol={rtol}"])
        lost.append(total_loss(disk, state.y))
    assert lost[1] > 0.0 and lost[0] == pytest.approx(lost[1], rel=1e-4)
