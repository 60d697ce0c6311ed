# SPDX-License-Identifier: BSD-3-Clause
"""Capture by drag in an exponential atmosphere at rest: King-Hele's theory, SI units.

rho = rho_p exp(-(r - r_p)/H) round a point mass; drag per mass -(delta/2) rho |v| v with
delta = S C_D/m [m2 kg-1]. After the source's section 4.2 and appendices B and C; every formula was
derived anew and compared with direct integration (docs/capture.md). Weak drag: the orbit changes
little in one revolution. Everything but the quadratures is an expansion in H/r_p.

Misprints of the source that are corrected here and in `lagrange`, with what is right:

- 4.8, B.14: a straight path past the planet; the orbit is curved: times sqrt((1 + e)/e).
- 4.9, last line of C.57: sqrt(pi r_p/H); printed sqrt(2 pi r_p/H).
- B.6, first two lines of B.7: dl = +r dr/sqrt(r^2 - r_p^2). B.9, B.11, first two lines of B.13:
  twice what is printed (the result of B.13 is right for a straight path).
- C.8: 2 a^2 v f_T/mu. C.17: minus sign.
- C.26: sqrt(2/(z (1 - lambda^2/(2z)))).
- C.34, C.35: sqrt(pi/(2z)), and 1/z, 1/z^2 for lambda^2/z, lambda^4/z^2. C.44 is right again; its
  root, and that of C.46 to C.48, ends before the factor in e.
- C.38: left side a/a_0. C.40: 1 - e_0 and 1 + e_0 in the logarithm.
- C.46, C.47: (1 + e)^2; C.47: sqrt(1 - e). C.56, C.57: e_0 for e.
- C.43, C.50: the terms left out, O(1/z - 1/z_0), are as large as those of order H/r_p that are
  kept; `time_to_eccentricity` with order = 1 has them all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.theory.lagrange import (
    Array,
    da_dt_tangential,
    de_dt_tangential,
    radius,
    semi_latus_rectum,
    speed,
)

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def drag_coefficient_per_mass(c_d: ArrayLike, radius: ArrayLike, rho: ArrayLike) -> Array:
    """delta = S C_D/m = (3/4) C_D/(rho R) [m2 kg-1] of a sphere (3.2); R [m], rho [kg m-3]."""
    return 0.75 * np.asarray(c_d, float) / (np.asarray(rho, float) * np.asarray(radius, float))


def circular_speed(gm: float, r: ArrayLike) -> Array:
    """v_c [m s-1] at r [m]."""
    return np.sqrt(gm / np.asarray(r, float))


def drag_time(rho_p: ArrayLike, delta: ArrayLike, v_c: ArrayLike) -> Array:
    """T_d = 2 m/(rho_p S C_D v_c) [s] (4.7); rho_p [kg m-3] at the pericentre, v_c [m s-1]."""
    return 2.0 / (np.asarray(rho_p, float) * np.asarray(delta, float) * np.asarray(v_c, float))


# ---- the first pass ----------------------------------------------------------------------------

def first_pass_drop(
    r_p: ArrayLike, scale_height: ArrayLike, v_c: ArrayLike, t_drag: ArrayLike,
    e: ArrayLike = 1.0,
) -> Array:
    """Loss of eccentricity 1 - e_0 [1] in one passage of the pericentre (4.8 corrected).

    (2/(v_c T_d)) (1 + e) sqrt(2 pi r_p H (1 + e)/e), leading order in H/r_p; lengths [m],
    v_c [m s-1], T_d [s]. At e = 1 it is closest to the integrated drop for narrow atmospheres,
    also where the drop is large (0.1 % at a drop of 0.1, H/r_p = 0.005): solving it for the e
    behind the pass is no better.
    """
    r_p, e = np.asarray(r_p, float), np.asarray(e, float)
    path = np.sqrt(2.0 * np.pi * r_p * np.asarray(scale_height, float) * (1.0 + e) / e)
    return 2.0 * (1.0 + e) * path / (np.asarray(v_c, float) * np.asarray(t_drag, float))


def first_pass_drop_parabola(
    r_p: ArrayLike, scale_height: ArrayLike, v_c: ArrayLike, t_drag: ArrayLike
) -> Array:
    """Loss of eccentricity 1 - e_0 [1] along an unchanged parabola, for any H/r_p.

    A.31 with dt along the parabola: (8 r_p/(v_c T_d)) exp(zeta) K_0(zeta), zeta = r_p/(2H);
    K_0 by the trapezoidal rule on exp(zeta) K_0(zeta) = 2 int_0^inf exp(-2 zeta sinh^2 u) du.
    """
    r_p, v_c, t_drag = (np.asarray(x, float) for x in (r_p, v_c, t_drag))
    inverse = np.asarray(scale_height, float) / r_p
    end = np.arcsinh(np.sqrt(40.0 * inverse))       # exp(-40) beyond
    u = end[..., None] * np.linspace(0.0, 1.0, 65)
    density = np.exp(-np.sinh(u) ** 2 / inverse[..., None])
    total = density.sum(axis=-1) - 0.5 * (density[..., 0] + density[..., -1])
    return 16.0 * r_p / (v_c * t_drag) * total * end / 64.0


# ---- from e_0 to a circle ----------------------------------------------------------------------

def circularisation_time(
    r_p: ArrayLike, scale_height: ArrayLike, t_drag: ArrayLike, e0: ArrayLike
) -> Array:
    """T_e [s] for e_0 near 1 (4.9 and C.57 corrected); r_p and H [m], T_d [s].

    2.37677 = 3 - ln(1 + sqrt 2)/sqrt 2.
    """
    constant = 3.0 - np.log1p(np.sqrt(2.0)) / np.sqrt(2.0)
    factor = 0.25 * np.asarray(t_drag, float) * np.sqrt(
        np.pi * np.asarray(r_p, float) / np.asarray(scale_height, float))
    return factor * (2.0 / np.sqrt(1.0 - np.asarray(e0, float)) - constant)


def time_to_eccentricity(
    e: ArrayLike, r_p: ArrayLike, scale_height: ArrayLike, t_drag: ArrayLike, e0: ArrayLike,
    order: int = 0,
) -> Array:
    """Time [s] in which the eccentricity falls from e_0 to e in weak drag; e = 0 gives C.54.

    Parameters
    ----------
    e, e0 : array_like
        0 <= e <= e_0 < 1.
    r_p, scale_height : array_like
        Pericentre at the start and H [m].
    t_drag : array_like
        T_d at the start [s].
    order : int
        0: C.53 with C.52 (and T_0 from C.56). 1: all terms of order H/r_p as well.
    """
    e, r_p, e0 = (np.asarray(x, float) for x in (e, r_p, e0))
    h = np.asarray(scale_height, float) / r_p
    span = _shape(e0) - _shape(e)
    if order == 1:
        span = span + h * _shape_next(e, e0)
    elif order != 0:
        raise ValueError("order is 0 or 1")
    return _unit_time(h, t_drag, e0) * span


def eccentricity_after(
    t: ArrayLike, r_p: ArrayLike, scale_height: ArrayLike, t_drag: ArrayLike, e0: ArrayLike,
    order: int = 0,
) -> Array:
    """Inverse of `time_to_eccentricity`: e at time t [s] after e_0; NaN once e = 0 is passed."""
    t, r_p, h, t_drag, e0 = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (t, r_p, scale_height, t_drag, e0)))
    low, high = np.zeros(t.shape), np.array(e0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        early = time_to_eccentricity(middle, r_p, h, t_drag, e0, order) > t
        low, high = np.where(early, middle, low), np.where(early, high, middle)
    end = time_to_eccentricity(0.0, r_p, h, t_drag, e0, order)
    return np.where((t >= 0.0) & (t <= end), 0.5 * (low + high), np.nan)


def _unit_time(h: ArrayLike, t_drag: ArrayLike, e0: ArrayLike) -> Array:
    """1/C [s] of C.52, with C.56: (T_d/4) sqrt(pi r_p (1 + e_0)/(2 H e_0))."""
    e0 = np.asarray(e0, float)
    return 0.25 * np.asarray(t_drag, float) * np.sqrt(
        0.5 * np.pi * (1.0 + e0) / (np.asarray(h, float) * e0))


def _shape(e: Array) -> Array:
    """Right-hand side of C.53 as a function of one end: the integral of 4 e/((1-e)^1.5 (1+e)^2)."""
    root = np.sqrt(1.0 - e)
    return ((3.0 + e) / ((1.0 + e) * root)
            - np.log((np.sqrt(2.0) + root) / np.sqrt(1.0 + e)) / np.sqrt(2.0))


def _shape_next(e: Array, e0: Array) -> Array:
    """Factor of H/r_p in the right-hand side of C.53, complete to that order.

    dt/de = -(leading) (1 + (H/r_p) c), c = (3 + 4e - 3e^2)/(8e(1 + e)) - L/2 - Q with
    L = ln(e_0 (1 + e)/(e (1 + e_0))): the first term from C.34 and C.35, L/2 from the period, Q
    from the pericentre, (r_p0 - r_p)/H = L/2 + (H/r_p) Q, which follows from C.36 to its term in
    1/z^2. Gauss' rule in ln u, u = 1/sqrt(1 - e): de/(1 - e)^1.5 = 2 du.
    """
    e, e0 = np.broadcast_arrays(e, e0)
    start, end = -0.5 * np.log1p(-e), -0.5 * np.log1p(-e0)
    w = 0.5 * (end + start)[..., None] + 0.5 * (end - start)[..., None] * _NODES
    x, x0 = -np.expm1(-2.0 * w), e0[..., None]
    log = np.log(x0 * (1.0 + x) / (x * (1.0 + x0)))
    fall = 0.125 * (3.0 * (1.0 / x - 1.0 / x0) + 4.0 * (1.0 / (1.0 + x) - 1.0 / (1.0 + x0))
                    - 10.0 * log)
    c = (3.0 + 4.0 * x - 3.0 * x**2) / (8.0 * x * (1.0 + x)) - 0.5 * log - fall
    return 0.5 * (end - start) * (8.0 * x / (1.0 + x) ** 2 * c * np.exp(w) @ _WEIGHTS)


# ---- change in one revolution ------------------------------------------------------------------

def change_per_orbit_expanded(
    a: ArrayLike, e: ArrayLike, rho_p: ArrayLike, delta: ArrayLike, scale_height: ArrayLike,
    order: int = 2,
) -> tuple[Array, Array]:
    """King-Hele's Delta a and Delta x, x = a e [m], of one revolution (C.34, C.35 corrected).

    Parameters
    ----------
    a, scale_height : array_like
        Semi-major axis and H [m].
    e : array_like
        Eccentricity, 0 < e < 1. The expansion is in 1/z, z = a e/H, and in H/r_p.
    rho_p : array_like
        Density at the pericentre of this orbit [kg m-3].
    delta : array_like
        S C_D/m [m2 kg-1].
    order : int
        Highest power of 1/z, 0 to 2.
    """
    a, e = np.asarray(a, float), np.asarray(e, float)
    w = (1.0 - e) * (1.0 + e)
    step = np.asarray(scale_height, float) / (a * e * w)            # 1/(z (1 - e^2))
    lead = (-2.0 * np.asarray(delta, float) * a**2 * np.asarray(rho_p, float)
            * np.sqrt(0.5 * np.pi * step * w) * (1.0 + e) ** 1.5 / np.sqrt(1.0 - e))
    k1 = (3.0 - 16.0 * e + 50.0 * e**2 + 16.0 * e**3 - 5.0 * e**4) / 32.0        # C.29
    k2 = (-5.0 + 32.0 * e - 14.0 * e**2 + 32.0 * e**3 + 3.0 * e**4) / 32.0       # C.30
    terms_a = (1.0, -(-1.0 + 8.0 * e - 3.0 * e**2) / 8.0, 0.75 * k1)
    terms_x = (1.0, -(3.0 + e**2) / 8.0, 0.75 * k2)
    return (lead * sum(c * step**k for k, c in enumerate(terms_a[: order + 1])),
            lead * sum(c * step**k for k, c in enumerate(terms_x[: order + 1])))


def change_per_orbit(
    a: ArrayLike, e: ArrayLike, rho_p: ArrayLike, delta: ArrayLike, scale_height: ArrayLike,
    n: int = 1024,
) -> tuple[Array, Array]:
    """Delta a and Delta x, x = a e [m], of one revolution at fixed elements, by quadrature.

    Arguments as in `change_per_orbit_expanded`; 0 <= e < 1. Trapezoidal rule in the true anomaly
    with `n` nodes, which converges exponentially (n = 1024: to round-off for H/r_p >= 1e-3). gm
    drops out.
    """
    a, e, rho_p, delta, h = (np.asarray(x, float)[..., None]
                             for x in (a, e, rho_p, delta, scale_height))
    theta = 2.0 * np.pi * np.arange(n) / n
    r = radius(a, e, theta)
    density = rho_p * np.exp(-(r - a * (1.0 - e)) / h)
    f_tangential = -0.5 * delta * density * speed(1.0, a, e, theta) ** 2
    dt = r**2 / np.sqrt(semi_latus_rectum(a, e)) * (2.0 * np.pi / n)
    rate_a = da_dt_tangential(1.0, a, e, theta, f_tangential)
    rate_x = e * rate_a + a * de_dt_tangential(1.0, a, e, theta, f_tangential)
    return (rate_a * dt).sum(axis=-1), (rate_x * dt).sum(axis=-1)
