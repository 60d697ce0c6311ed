# SPDX-License-Identifier: BSD-3-Clause
"""Tidal evolution of a moon against closed forms, SciPy and today's Phobos.

Numbers in comments are what was measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from marsdisk.config.read import read_text
from marsdisk.core import CaptureCore
from scipy.integrate import solve_ivp

GM, R, G = 4.282837e13, 3389.92, 6.67430e-11
"""Mars: GM [m3 s-2] and radius [km]; Newton's constant."""

YEAR = 365.25 * 86400.0
SPIN = 2.0 * np.pi / (24.6229 * 3600.0)
JUMPS = [1e-3 * (GM / (f * SPIN) ** 2) ** (1.0 / 3.0) for f in (2.0, 1.0, 2.0 / 3.0)]
"""Where n = 2 spin, n = spin, 3 n = 2 spin [km]: 12869, 20428, 26768."""

MASS, BODY_RADIUS = 1.0659e16, 11.08
"""Phobos [kg], [km]."""

PHOBOS = (9376.0, 0.0151)
"""a [km] and e today."""


def evolve(a, e, age: float = 4.5e9, **tides: float) -> dict[str, np.ndarray]:
    """Orbits a [km], e of bodies like Phobos after `age` [yr]; `tides`: keys of the group."""
    rho = MASS / (4.0 / 3.0 * np.pi * (1e3 * BODY_RADIUS) ** 3)
    given = {"active": "T", "age": age, "k2_over_q": 1.85e-3, "rotation": 24.6229, **tides}
    core = CaptureCore(read_text("&run kind='capture' /\n", Path("standard.nml"), [
        f"planet.gm={GM!r}", f"planet.radius={R!r}", f"body.radius={BODY_RADIUS!r}",
        f"body.rho={rho!r}",
        *(f"tides.{key}={value}" for key, value in given.items())]))
    return core.tides(np.atleast_1d(np.asarray(a, float)), np.atleast_1d(np.asarray(e, float)))


def pace(a: float, k2_over_q: float = 1.85e-3) -> float:
    """K = (k2/Q)(m/M)(R/a)^5 n at a [km], in yr-1."""
    n = np.sqrt(GM / (1e3 * a) ** 3)
    return k2_over_q * MASS * G / GM * (R / a) ** 5 * n * YEAR


def solution(a: float, e: float, age: float, k2_over_q_body: float) -> tuple[float, float, bool]:
    """The equations in a and e themselves, by SciPy, piece by piece between the jumps."""
    body = k2_over_q_body / 1.85e-3 * (GM / (G * MASS)) ** 2 * (BODY_RADIUS / R) ** 5
    zone, t = sum(a > jump for jump in JUMPS), 0.0
    while True:
        s2, s0, s1 = (1.0 if zone > k else -1.0 for k in range(3))

        def rates(_: float, y: np.ndarray, s0=s0, s1=s1, s2=s2) -> list[float]:
            a, e = y
            k = pace(a)
            de_body = -10.5 * body * k * e
            return [a * k * (3.0 * (1.0 - 5.0 * e**2) * s0 + 441.0 / 8.0 * e**2 * s1
                             + 0.375 * e**2 * s2 - 2.25 * e**2) + 2.0 * a * e * de_body,
                    e * k * (-0.75 * s0 + 147.0 / 16.0 * s1 - 0.1875 * s2 - 1.125) + de_body]

        def out(_: float, y: np.ndarray, top=JUMPS[zone] if zone < 3 else np.inf) -> float:
            return y[0] - top if top < np.inf else -1.0

        def inward(_: float, y: np.ndarray, low=JUMPS[zone - 1] if zone else 0.0) -> float:
            return y[0] - low

        def hit(_: float, y: np.ndarray) -> float:
            return y[0] * (1.0 - y[1]) - R

        out.direction, inward.direction, hit.direction = 1, -1, -1
        out.terminal = inward.terminal = hit.terminal = True
        run = solve_ivp(rates, (t, age), [a, e], method="DOP853", rtol=1e-12, atol=1e-14,
                        events=[out, inward, hit])
        t, (a, e) = run.t[-1], run.y[:, -1]
        if len(run.t_events[2]) or run.status == 0:
            return a, e, run.status == 1
        zone += 1 if len(run.t_events[0]) else -1
        a = JUMPS[zone - 1] if len(run.t_events[0]) else JUMPS[zone]


# ---- closed forms ------------------------------------------------------------------------------

@pytest.mark.parametrize("age", [1e3, 1e7, 4.5e9])
def test_circular_orbit_follows_the_13_halves_power(age: float) -> None:
    """a^(13/2) changes at the constant rate +-(39/2) K a^(13/2): out outside synchronous."""
    a = np.array([15000.0, 20000.0, 20427.0, 20428.0, 23458.0, 40000.0])
    sign = np.where(a > JUMPS[1], 1.0, -1.0)
    inside = 1.0 + 19.5 * sign * np.array([pace(x) for x in a]) * age
    now = evolve(a, 0.0 * a, age)
    alive = inside > (R / a) ** 6.5
    assert alive.any()
    assert (now["fell"] == ~alive).all()
    assert now["a_now"][alive] == pytest.approx((a * np.abs(inside) ** (1.0 / 6.5))[alive],
                                                rel=1e-13)
    assert (now["e_now"][alive] == 0.0).all()


@pytest.mark.parametrize(("a", "age", "exponent"), [
    (30000.0, 1e10, 57.0 / 8.0 / 3.0), (22000.0, 4.5e9, -45.0 / 4.0 / 3.0),
    (18000.0, 1e9, 39.0 / 4.0 / 3.0), (10000.0, 5e7, 75.0 / 8.0 / 3.0)])
def test_eccentricity_goes_as_a_power_of_a(a: float, age: float, exponent: float) -> None:
    """de/dt = q e K, da/dt = +-3 a K: q = 57/8 far outside, -45/4, -39/4, -75/8 inward."""
    now = evolve(a, 1e-6, age)
    assert 0.004 < abs(np.log(now["a_now"][0] / a)) < 0.5
    assert np.log(now["e_now"][0] / 1e-6) / np.log(now["a_now"][0] / a) == pytest.approx(
        exponent, rel=1e-9)


def test_tide_in_the_moon_keeps_the_angular_momentum() -> None:
    """da/dt = 2 a e de/dt: a exp(-e^2) stays; de/dt from its own K at the start."""
    a, e = np.array([9376.0, 25000.0]), np.array([0.0151, 0.2])
    now = evolve(a, e, 1e8, k2_over_q=0.0, k2_over_q_body=1e-6)
    assert (now["e_now"] < e * (1.0 - 1e-3 * np.array([1.0, 1e-3]))).all()
    assert np.log(now["a_now"] / a) == pytest.approx(now["e_now"] ** 2 - e**2, rel=1e-7)
    early = evolve(a, e, 1e3, k2_over_q=0.0, k2_over_q_body=1e-6)
    n = np.sqrt(GM / (1e3 * a) ** 3) * YEAR
    damping = 10.5 * 1e-6 * GM / (G * MASS) * (BODY_RADIUS / a) ** 5 * n
    assert np.log(early["e_now"] / e) == pytest.approx(-1e3 * damping, rel=1e-4)


def test_without_tides_nothing_moves() -> None:
    now = evolve([9376.0, 23458.0], [0.0151, 0.3], k2_over_q=0.0)
    assert now["a_now"] == pytest.approx([9376.0, 23458.0], rel=1e-15)
    assert now["e_now"] == pytest.approx([0.0151, 0.3], rel=1e-15)
    assert not now["fell"].any()


# ---- jumps of the signs ------------------------------------------------------------------------

def test_synchronous_orbit_repels_nearly_circular_moons() -> None:
    a = JUMPS[1] * np.array([1.0 - 1e-6, 1.0 + 1e-6])
    for e in (0.0, 0.1):
        now = evolve(a, [e, e], 1e9)
        assert now["a_now"][0] < JUMPS[1] * 0.98
        assert now["a_now"][1] > JUMPS[1] * 1.01


@pytest.mark.parametrize(("square", "goes_out"), [(1.0 / 25.0, True), (1.0 / 23.0, False)])
def test_eccentric_moon_crosses_the_synchronous_orbit_inward(
    square: float, goes_out: bool
) -> None:
    """Between synchronous and 3 n = 2 spin da/dt = a K (3 - 72 e^2): in for e^2 > 1/24."""
    a = JUMPS[1] * (1.0 + 1e-5)
    soon, later = (evolve(a, square**0.5, age)["a_now"][0] for age in (1e6, 1e8))
    assert (soon > a) == (later > a) == goes_out
    assert (later > JUMPS[1]) == goes_out


CASES = [
    (9376.0, 0.0151, 3e7, 0.0), (9376.0, 0.0151, 4.5e9, 0.0),   # today; falls
    (13500.0, 0.08, 2e8, 0.0),                                  # passes n = 2 spin
    (20430.0, 0.25, 2e9, 0.0), (20450.0, 0.25, 2e9, 1e-7),      # passes synchronous inward
    (20800.0, 0.25, 4.5e9, 0.0), (20500.0, 0.21, 2e10, 0.0),    # turns round, goes out
    (26000.0, 0.10, 2e10, 0.0),                                 # outward, passes 3 n = 2 spin
    (26700.0, 0.15, 2e10, 0.0), (26900.0, 0.25, 2e10, 0.0),
    (19000.0, 0.30, 1e9, 1e-7), (23458.0, 0.05, 4.5e9, 1e-6),   # with a tide in the moon
]


@pytest.mark.parametrize("case", CASES)
def test_evolution_agrees_with_an_independent_integration(case: tuple) -> None:
    a, e, age, body = case
    now = evolve(a, e, age, k2_over_q_body=body)
    a_true, e_true, fell = solution(a, e, age, body)
    assert bool(now["fell"][0]) == fell
    if not fell:
        assert now["a_now"][0] == pytest.approx(a_true, rel=5e-12)      # 8e-13
        assert now["e_now"][0] == pytest.approx(e_true, rel=3e-11)      # 6e-12


# ---- today's moons -----------------------------------------------------------------------------

def test_acceleration_of_phobos_is_the_observed_one() -> None:
    """Half of dn/dt is 1.270e-3 deg yr-2 (Lainey et al. 2007; Jacobson 2010): k2/Q = 1.85e-3."""
    years = 1e3
    now = evolve(*PHOBOS, years)
    n = np.degrees(np.sqrt(GM / (1e3 * np.array([PHOBOS[0], now["a_now"][0]])) ** 3)) * YEAR
    half = 0.5 * (n[1] - n[0]) / years
    assert half == pytest.approx(1.270e-3, rel=0.002)       # 1.2706e-3


def test_phobos_falls_in_37_million_years() -> None:
    """Circular: t = (1 - (R/a)^6.5)/(19.5 K) = 37.50 Myr; e = 0.0151: 37.44."""
    circular = (1.0 - (R / PHOBOS[0]) ** 6.5) / (19.5 * pace(PHOBOS[0]))
    assert not evolve(PHOBOS[0], 0.0, circular * (1.0 - 1e-10))["fell"][0]
    assert evolve(PHOBOS[0], 0.0, circular * (1.0 + 1e-10))["fell"][0]
    assert [bool(evolve(*PHOBOS, age)["fell"][0]) for age in (37.43e6, 37.44e6)] == [False, True]


def test_deimos_has_hardly_moved() -> None:
    """It goes out by some 150 km in the age of the solar system at its own, smaller mass."""
    share = 1.4762e15 / MASS
    now = evolve(23458.0, 2e-4, 4.5e9, k2_over_q=1.85e-3 * share)
    assert 140.0 < now["a_now"][0] - 23458.0 < 160.0


def test_retrograde_orbits_come_in() -> None:
    """Against the rotation every sign is as inside the synchronous orbit, at any distance."""
    a, e = np.array([2.5e4, 2.5e4]), np.array([1e-3, 1e-3])
    core = CaptureCore(read_text("&run kind='capture' /\n", Path("standard.nml"), []))
    found = core.tides(a, e, retrograde=np.array([0, 1]))
    assert found["a_now"][0] > a[0] > found["a_now"][1]
