# SPDX-License-Identifier: BSD-3-Clause
"""Lagrange's planetary equations in Gauss' form: what a force per mass does to an orbit.

After the source's appendix A (King-Hele 1964), each equation derived anew. `a` is the semi-major
axis [m] (negative on a hyperbola), `e` the eccentricity, `theta` the true anomaly [rad], `gm` in
m3 s-2; forces are per mass [m s-2]. Arrays are taken element by element.

Two frames of the force in the plane of the orbit:

- along the radius and along the transverse direction, 90 degrees ahead of the radius;
- along the velocity, and at right angles to it towards the inside of the curve (the principal
  normal of Frenet and Serret).

`f_normal` is the component along the angular momentum in both.

Misprint corrected: C.8 is da/dt = 2 a^2 v f_T/mu (printed: 2 a v^2 f_T/mu).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def semi_latus_rectum(a: ArrayLike, e: ArrayLike) -> Array:
    """p = a (1 - e^2) [m] (A.7)."""
    e = np.asarray(e, float)
    return np.asarray(a, float) * (1.0 - e) * (1.0 + e)


def radius(a: ArrayLike, e: ArrayLike, theta: ArrayLike) -> Array:
    """Distance from the centre [m] (A.6)."""
    return semi_latus_rectum(a, e) / (1.0 + np.asarray(e, float) * np.cos(theta))


def speed(gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike) -> Array:
    """v [m s-1], from A.9 and A.10: v^2 = (mu/p)(1 + 2 e cos theta + e^2)."""
    e = np.asarray(e, float)
    return np.sqrt(gm / semi_latus_rectum(a, e) * (1.0 + 2.0 * e * np.cos(theta) + e**2))


def to_radial(
    e: ArrayLike, theta: ArrayLike, f_tangential: ArrayLike, f_inward: ArrayLike
) -> tuple[Array, Array]:
    """Radial and transverse components [m s-2] of a tangential and an inward one (A.29, A.30)."""
    e = np.asarray(e, float)
    f_tangential, f_inward = np.asarray(f_tangential, float), np.asarray(f_inward, float)
    length = np.sqrt(1.0 + 2.0 * e * np.cos(theta) + e**2)      # v sqrt(p/mu)
    sin_psi = e * np.sin(theta) / length
    cos_psi = (1.0 + e * np.cos(theta)) / length
    return (f_tangential * sin_psi - f_inward * cos_psi,
            f_tangential * cos_psi + f_inward * sin_psi)


def da_dt(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, f_radial: ArrayLike,
    f_transverse: ArrayLike,
) -> Array:
    """da/dt [m s-1] (A.11)."""
    a, e = np.asarray(a, float), np.asarray(e, float)
    power = (np.asarray(f_radial, float) * e * np.sin(theta)
             + np.asarray(f_transverse, float) * (1.0 + e * np.cos(theta)))
    return 2.0 * a**2 / np.sqrt(gm * semi_latus_rectum(a, e)) * power


def de_dt(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, f_radial: ArrayLike,
    f_transverse: ArrayLike,
) -> Array:
    """de/dt [s-1] (A.26), freed of its division by e.

    (1 + e cos theta) - r/a = e (e + 2 cos theta + e cos^2 theta)/(1 + e cos theta).
    """
    e, c = np.asarray(e, float), np.cos(theta)
    arm = (e + 2.0 * c + e * c**2) / (1.0 + e * c)
    return np.sqrt(semi_latus_rectum(a, e) / gm) * (
        np.asarray(f_radial, float) * np.sin(theta) + np.asarray(f_transverse, float) * arm)


def di_dt(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, latitude_argument: ArrayLike,
    f_normal: ArrayLike,
) -> Array:
    """di/dt [rad s-1] (A.23); `latitude_argument` [rad]: angle from the ascending node."""
    arm = radius(a, e, theta) / np.sqrt(gm * semi_latus_rectum(a, e))
    return arm * np.asarray(f_normal, float) * np.cos(latitude_argument)


def dnode_dt(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, latitude_argument: ArrayLike,
    inclination: ArrayLike, f_normal: ArrayLike,
) -> Array:
    """Rate of the ascending node [rad s-1] (A.22); `inclination` [rad], not 0."""
    arm = radius(a, e, theta) / np.sqrt(gm * semi_latus_rectum(a, e))
    return arm * np.asarray(f_normal, float) * np.sin(latitude_argument) / np.sin(inclination)


def da_dt_tangential(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, f_tangential: ArrayLike
) -> Array:
    """da/dt [m s-1] = 2 a^2 v f_T/mu (A.4; C.8 corrected). An inward force does no work."""
    a = np.asarray(a, float)
    return 2.0 * a**2 * speed(gm, a, e, theta) / gm * np.asarray(f_tangential, float)


def de_dt_tangential(
    gm: float, a: ArrayLike, e: ArrayLike, theta: ArrayLike, f_tangential: ArrayLike,
    f_inward: ArrayLike = 0.0,
) -> Array:
    """de/dt [s-1] (A.31)."""
    e, theta = np.asarray(e, float), np.asarray(theta, float)
    r_over_a = (1.0 - e) * (1.0 + e) / (1.0 + e * np.cos(theta))
    turned = (2.0 * np.asarray(f_tangential, float) * (e + np.cos(theta))
              - r_over_a * np.asarray(f_inward, float) * np.sin(theta))
    return turned / speed(gm, a, e, theta)
