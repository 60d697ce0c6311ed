# SPDX-License-Identifier: BSD-3-Clause
"""King-Hele's theory of drag and Lagrange's equations against direct integration.

Numbers in comments are what was measured; lengths in pericentre distances and GM = 1 where no
unit is given. `k` is rho_p delta r_p: T_d = 2/k.
"""

from __future__ import annotations

import numpy as np
import pytest
from marsdisk.theory import drag_capture as drag
from marsdisk.theory import lagrange
from scipy.integrate import quad, solve_ivp
from scipy.special import k0e

GM, R_P, H, RHO_P = 4.282837e13, 2.0e7, 1.2e7, 4.9e-3
"""Mars and the standard atmosphere [SI]."""


def elements(y: np.ndarray) -> np.ndarray:
    """a, e, i, node, latitude argument and true anomaly of a state (6), GM = 1."""
    r, v = y[:3], y[3:]
    h = np.cross(r, v)
    pole, distance = h / np.linalg.norm(h), np.linalg.norm(r)
    vector = np.cross(v, h) - r / distance
    node = np.array([-h[1], h[0], 0.0]) / np.hypot(h[0], h[1])
    theta = np.arctan2(np.cross(vector, r) @ pole, vector @ r)
    u = np.arctan2(np.cross(node, r) @ pole, node @ r)
    a = 1.0 / (2.0 / distance - v @ v)
    return np.array([a, np.linalg.norm(vector), np.arccos(pole[2]), np.arctan2(node[1], node[0]),
                     u, theta])


# ---- Lagrange's equations ----------------------------------------------------------------------

def pushed(t: float, y: np.ndarray) -> np.ndarray:
    """A force that is nothing in particular: it depends on time, place and velocity."""
    return 0.03 * np.array([np.sin(t) + y[1], 0.4 - y[3] * y[0], np.cos(2.0 * t) + y[4] + y[2]])


STATES = {
    "ellipse": [0.7, -0.4, 0.3, 0.5, 0.9, -0.2],
    "long ellipse": [-1.1, 0.4, 0.3, -0.9, 0.1, 0.7],
    "hyperbola": [0.3, 0.8, -0.5, -1.4, 0.6, 0.9],
    "retrograde": [0.6, 0.5, 0.2, 0.8, -0.7, 0.1],
}


@pytest.mark.parametrize("name", STATES)
def test_lagrange_equations_give_the_drift_of_the_osculating_elements(name: str) -> None:
    """In both frames, against a sixth-order difference of elements along the perturbed path."""
    y0 = np.array(STATES[name])
    force = pushed(0.0, y0)
    step = 0.005

    def rates(t: float, y: np.ndarray) -> np.ndarray:
        gravity = -y[:3] / np.linalg.norm(y[:3]) ** 3
        return np.concatenate([y[3:], gravity + pushed(t, y)])

    def at(t: float) -> np.ndarray:
        return elements(solve_ivp(rates, (0.0, t), y0, method="DOP853", rtol=1e-13,
                                  atol=1e-15).y[:, -1])

    drift = sum(c * (at(k * step) - at(-k * step)) for k, c in
                ((1, 45.0), (2, -9.0), (3, 1.0))) / (60.0 * step)
    a, e, inclination, _, u, theta = elements(y0)
    up = np.cross(y0[:3], y0[3:])
    up /= np.linalg.norm(up)
    out = y0[:3] / np.linalg.norm(y0[:3])
    along = y0[3:] / np.linalg.norm(y0[3:])
    f_r, f_theta, f_n = force @ out, force @ np.cross(up, out), force @ up
    f_t, f_in = force @ along, force @ np.cross(up, along)
    expected = drift[:4]
    found = [
        (lagrange.da_dt(1.0, a, e, theta, f_r, f_theta),
         lagrange.da_dt_tangential(1.0, a, e, theta, f_t)),
        (lagrange.de_dt(1.0, a, e, theta, f_r, f_theta),
         lagrange.de_dt_tangential(1.0, a, e, theta, f_t, f_in)),
        (lagrange.di_dt(1.0, a, e, theta, u, f_n),),
        (lagrange.dnode_dt(1.0, a, e, theta, u, inclination, f_n),),
    ]
    for rate, pair in zip(expected, found, strict=True):
        assert [float(x) for x in pair] == pytest.approx([rate] * len(pair), rel=1e-10)   # 4e-11
    assert np.array(lagrange.to_radial(e, theta, f_t, f_in)) == pytest.approx(
        [f_r, f_theta], rel=1e-13, abs=1e-16)



# ---- motion with drag --------------------------------------------------------------------------

def eccentricity(y: np.ndarray) -> float:
    """Osculating eccentricity of a plane state (4), GM = 1."""
    energy = 0.5 * (y[2] ** 2 + y[3] ** 2) - 1.0 / np.hypot(y[0], y[1])
    return float(np.sqrt(max(0.0, 1.0 + 2.0 * energy * (y[0] * y[3] - y[1] * y[2]) ** 2)))


def fly(h: float, k: float, start: list[float], events: list, rtol: float = 1e-10):
    """Two-body motion through rho = exp(-(r - 1)/h) until the last of `events`."""
    def rates(t: float, y: np.ndarray) -> list[float]:
        r = np.hypot(y[0], y[1])
        drag_rate = 0.5 * k * np.exp(-(r - 1.0) / h) * np.hypot(y[2], y[3])
        return [y[2], y[3], -y[0] / r**3 - drag_rate * y[2], -y[1] / r**3 - drag_rate * y[3]]

    events[-1].terminal = True
    return solve_ivp(rates, (0.0, 1e9), start, method="DOP853", rtol=rtol, atol=1e-12,
                     events=events)


def below(e: float):
    """Event: the eccentricity falls below `e`."""
    def event(t: float, y: np.ndarray) -> float:
        return eccentricity(y) - e
    event.direction = -1
    return event


def apocentre(t: float, y: np.ndarray) -> float:
    return y[0] * y[2] + y[1] * y[3]


apocentre.direction = -1


def drop_of_one_pass(h: float, k: float) -> float:
    """1 - e at the apocentre after one pass from a parabola with unit pericentre."""
    r = 1.0 + 60.0 * h
    theta = -np.arccos(2.0 / r - 1.0)
    start = [r * np.cos(theta), r * np.sin(theta),
             -np.sin(theta) / np.sqrt(2.0), (1.0 + np.cos(theta)) / np.sqrt(2.0)]
    return 1.0 - eccentricity(fly(h, k, start, [apocentre], 1e-12).y[:, -1])


def flown_time(h: float, k: float, e0: float, e: float, apo: bool) -> float:
    """Time from an apocentre (or pericentre) of the orbit e0 until its eccentricity is e."""
    far = (1.0 + e0) / (1.0 - e0)
    start = [-far, 0.0, 0.0, -np.sqrt((1.0 - e0) / far)] if apo else [1.0, 0.0, 0.0,
                                                                      np.sqrt(1.0 + e0)]
    return fly(h, k, start, [below(e)], 1e-9).t[-1]


def averaged_time(h: float, e0: float, e: float) -> float:
    """The same over T_d in the limit of weak drag: exact change per revolution over the period."""
    k = 1e-6

    def rates(t: float, y: np.ndarray) -> list[float]:
        a, x = y
        density = np.exp(-(a - x - 1.0) / h)
        change = drag.change_per_orbit(a, x / a, density, k, h)
        return [float(c) / (2.0 * np.pi * a**1.5) for c in change]

    def event(t: float, y: np.ndarray) -> float:
        return y[1] / y[0] - e

    event.terminal = True
    a0 = 1.0 / (1.0 - e0)
    run = solve_ivp(rates, (0.0, 1e4 / k), [a0, a0 * e0], method="DOP853", rtol=1e-10,
                    atol=1e-12, events=[event])
    return run.t[-1] * k / 2.0


@pytest.mark.parametrize(("h", "error"), [
    (0.005, 0.0012), (0.02, 0.0049), (0.1, 0.0232), (0.3, 0.0621), (0.6, 0.1101), (1.0, 0.1630)])
def test_first_pass_is_overestimated_by_a_quarter_of_h_over_r_p(h: float, error: float) -> None:
    """Corrected 4.8 against integration, weak drag; along the exact parabola the error is gone."""
    k = 1e-6 / (4.0 * np.sqrt(np.pi * h))
    true = drop_of_one_pass(h, k)
    assert drag.first_pass_drop(1.0, h, 1.0, 2.0 / k) == pytest.approx(1e-6, rel=1e-14)
    assert drag.first_pass_drop(1.0, h, 1.0, 2.0 / k) / true - 1.0 == pytest.approx(
        error, abs=1e-4)
    assert drag.first_pass_drop_parabola(1.0, h, 1.0, 2.0 / k) == pytest.approx(
        true, rel=1e-5)


@pytest.mark.parametrize(("drop", "h", "error"), [
    (0.02, 0.005, 0.0013), (0.02, 0.6, 0.1138), (0.1, 0.005, 0.0010), (0.1, 0.6, 0.1291)])
def test_first_pass_holds_for_strong_drag(drop: float, h: float, error: float) -> None:
    k = drop / (4.0 * np.sqrt(np.pi * h))
    assert drop / drop_of_one_pass(h, k) - 1.0 == pytest.approx(error, abs=2e-4)


def test_first_pass_along_a_parabola_is_a_bessel_function() -> None:
    h = np.array([1e-4, 0.005, 0.1, 0.6, 3.0, 50.0])
    found = drag.first_pass_drop_parabola(1.0, h, 1.0, 8.0)
    assert found == pytest.approx(k0e(0.5 / h), rel=1e-14)


@pytest.mark.parametrize(("h", "low", "next_order"), [
    (0.005, 0.00158, -0.000005), (0.02, 0.00625, -0.00008), (0.1, 0.02947, -0.00141),
    (0.3, 0.08049, -0.00728), (0.6, 0.14531, -0.01785)])
def test_time_to_eccentricity_is_low_by_the_stated_share(
    h: float, low: float, next_order: float
) -> None:
    """C.53 in the limit of weak drag, e from 0.98 to 0.1; with order = 1 second order in h."""
    true = averaged_time(h, 0.98, 0.1)
    assert 1.0 - drag.time_to_eccentricity(0.1, 1.0, h, 1.0, 0.98) / true == pytest.approx(
        low, abs=1e-5)
    assert 1.0 - drag.time_to_eccentricity(0.1, 1.0, h, 1.0, 0.98, order=1) / true == pytest.approx(
        next_order, abs=1e-5)


@pytest.mark.parametrize(("h", "low"), [(0.1, 0.0301), (0.6, 0.1457)])
def test_direct_integration_agrees_with_the_averaged_equations(h: float, low: float) -> None:
    """First pass takes 0.004: the limit of weak drag is 0.0295 and 0.1453."""
    k = 0.004 / (4.0 * np.sqrt(np.pi * h))
    true = np.mean([flown_time(h, k, 0.98, 0.1, apo) for apo in (True, False)])
    assert 1.0 - drag.time_to_eccentricity(0.1, 1.0, h, 2.0 / k, 0.98) / true == pytest.approx(
        low, abs=3e-4)


def standard_case() -> tuple[float, float, float]:
    """v_c [m s-1], T_d [s] and k of the standard body and atmosphere."""
    delta = drag.drag_coefficient_per_mass(1.0, 1.0e4, 1850.0)
    v_c = drag.circular_speed(GM, R_P)
    return float(v_c), float(drag.drag_time(RHO_P, delta, v_c)), float(RHO_P * delta * R_P)


def test_standard_case() -> None:
    """T_d = 0.218 yr; first pass 11 % high; T_e 12 % low from pericentre, 20 % from apocentre.

    The drag is not weak: more than half of the time is the first revolution.
    """
    v_c, t_drag, k = standard_case()
    assert t_drag / (365.25 * 86400.0) == pytest.approx(0.21802, rel=1e-4)
    drop = drag.first_pass_drop(R_P, H, v_c, t_drag)
    true = drop_of_one_pass(0.6, k)
    assert drop / true - 1.0 == pytest.approx(0.1141, abs=2e-4)
    assert drag.first_pass_drop_parabola(R_P, H, v_c, t_drag) / true - 1.0 == pytest.approx(
        0.0036, abs=2e-4)
    unit = np.sqrt(R_P**3 / GM)
    for apo, c53, t_e in ((False, -0.1212, -0.1242), (True, -0.1951, -0.1979)):
        time = unit * flown_time(0.6, k, 0.98, 0.1, apo)
        assert drag.time_to_eccentricity(0.1, R_P, H, t_drag, 0.98) / time - 1.0 == pytest.approx(
            c53, abs=1e-3)
        assert drag.circularisation_time(R_P, H, t_drag, 0.98) / time - 1.0 == pytest.approx(
            t_e, abs=1e-3)


# ---- the formulas among themselves -------------------------------------------------------------

def test_circularisation_time_is_the_limit_of_the_full_one() -> None:
    """C.57 to C.54: 0.5 % low at e_0 = 0.98, 2.5e-7 at 1 - 1e-6."""
    e0 = np.array([0.98, 0.9999, 0.999999])
    ratio = (drag.circularisation_time(1.0, 0.1, 1.0, e0)
             / drag.time_to_eccentricity(0.0, 1.0, 0.1, 1.0, e0) - 1.0)
    assert ratio == pytest.approx([-0.0051037, -2.5e-5, -2.5e-7], rel=3e-3)


@pytest.mark.parametrize("order", [0, 1])
def test_eccentricity_after_is_the_inverse(order: int) -> None:
    t = np.array([0.0, 1e-3, 1.0, 10.0, 16.0, 40.0])
    e = drag.eccentricity_after(t, 1.0, 0.1, 1.0, 0.98, order)
    assert np.isnan(e[-1])
    assert e[0] == pytest.approx(0.98, abs=1e-15)
    assert (np.diff(e[:-1]) < 0.0).all()
    back = drag.time_to_eccentricity(e[:-1], 1.0, 0.1, 1.0, 0.98, order)
    assert back == pytest.approx(t[:-1], abs=1e-12)     # 3e-14


def test_time_is_the_integral_of_the_leading_order() -> None:
    def slowness(e: float) -> float:
        return 4.0 * e / ((1.0 - e) ** 1.5 * (1.0 + e) ** 2)

    e = np.array([0.0, 0.3, 0.9])
    whole = [quad(slowness, low, 0.98, epsabs=0.0, epsrel=1e-13)[0] for low in e]
    unit = 0.25 * np.sqrt(0.5 * np.pi * 1.98 / (0.1 * 0.98))
    assert drag.time_to_eccentricity(e, 1.0, 0.1, 1.0, 0.98) == pytest.approx(
        unit * np.array(whole), rel=1e-12)


@pytest.mark.parametrize(("e", "h"), [(0.02, 0.6), (0.3, 0.01), (0.9, 0.6), (0.98, 0.1)])
def test_change_per_orbit_is_the_integral_over_the_eccentric_anomaly(e: float, h: float) -> None:
    """C.18 and C.19, at a = 1/(1 - e); h is H/r_p."""
    a = 1.0 / (1.0 - e)

    def change(power: float, factor) -> float:
        def integrand(x: float) -> float:
            c = e * np.cos(x)
            density = np.exp(-a * (e - c) / h)
            return factor(np.cos(x)) * (1.0 + c) ** power / np.sqrt(1.0 - c) * density
        return -2.0 * a**2 * quad(integrand, 0.0, np.pi, epsabs=0.0, epsrel=1e-12, limit=400)[0]

    assert drag.change_per_orbit(a, e, 1.0, 1.0, h) == pytest.approx(
        (change(1.5, lambda c: 1.0), change(0.5, lambda c: e + c)), rel=1e-11)


@pytest.mark.parametrize(("order", "error_a", "error_x"), [
    (0, 5.26e-3, 6.51e-3), (1, -7.93e-5, -9.20e-5), (2, 2.38e-6, 2.76e-6)])
def test_expansion_converges_with_h_over_ae(order: int, error_a: float, error_x: float) -> None:
    """C.34 and C.35 at e = 0.6, H/(a e) = 0.01; the error is of the next power of H/(a e)."""
    def error(small: float) -> np.ndarray:
        true = drag.change_per_orbit(2.5, 0.6, 1.0, 1.0, 1.5 * small)
        found = drag.change_per_orbit_expanded(2.5, 0.6, 1.0, 1.0, 1.5 * small, order)
        return np.array(found) / true - 1.0

    assert error(0.01) == pytest.approx([error_a, error_x], rel=5e-3)
    assert np.log2(error(0.01) / error(0.005)) == pytest.approx(order + 1.0, abs=0.03)  # 0.026


def test_functions_take_arrays() -> None:
    e = np.array([[0.3, 0.6], [0.9, 0.98]])
    both = drag.change_per_orbit(1.0 / (1.0 - e), e, 1.0, 1.0, 0.1)
    assert both[0].shape == both[1].shape == (2, 2)
    assert both[1][1, 0] == drag.change_per_orbit(1.0 / (1.0 - 0.9), 0.9, 1.0, 1.0, 0.1)[1]
    assert drag.time_to_eccentricity(0.1, 1.0, 0.1, 1.0, e, order=1).shape == (2, 2)
    assert drag.first_pass_drop_parabola(1.0, np.array([0.1, 0.6]), 1.0, 1.0).shape == (2,)
