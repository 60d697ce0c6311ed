# SPDX-License-Identifier: BSD-3-Clause
"""Collisions of grains: orbits, relative speeds, strength."""

from __future__ import annotations

from numpy.typing import ArrayLike

from marsdisk.physics.parameters import GREY, Array, disk
from marsdisk.settings import Setting

_STRENGTH = {"rho": "grains.rho"} | {name: f"collisions.{name}" for name in (
    "qd_set", "q_s", "b_g", "a_s", "a_g", "qd_velocity")}
_SPEED = {name: f"collisions.{name}" for name in ("velocity", "i", "v_fixed")}
_OF_THE_RUN = -1.0  # the core's word for the eccentricity of e_profile


def q_d_star(s: ArrayLike, v: ArrayLike, **keys: Setting) -> Array:
    """Energy per mass that disrupts a body, Q_D* [J kg-1] (Benz & Asphaug 1999, eq. 6).

    1e-4 (Q_s (100 s)^-a + B (rho/1000) (100 s)^b), coefficients linear in v between 1, 2, ...
    7 km/s; outside, the gravity term scales as v^(2 - 3*0.45) (Stewart & Leinhardt 2009).

    Parameters
    ----------
    s : array_like
        Radius of the body [m].
    v : array_like
        Collision speed [m s-1].
    **keys
        rho [kg m-3]; qd_set='custom' with q_s [erg g-1], b_g [erg cm3 g-2] (7 values each), a_s,
        a_g [1]; qd_velocity='both': the strength term scales too.

    Returns
    -------
    numpy.ndarray
        Q_D* [J kg-1] in the shape of the arguments.
    """
    return disk(keys, _STRENGTH, *GREY).formula("strength", s, v)[0]


def orbital_frequency(r: ArrayLike) -> Array:
    """Kepler frequency around Mars, sqrt(GM/r^3) [s-1]; r [m] from the centre of Mars."""
    return disk({}, {}, *GREY).formula("orbit", r, 0.0)[0]


def collision_speed(r: ArrayLike, e: ArrayLike | None = None, **keys: Setting) -> Array:
    """Relative speed of collisions, v_K sqrt(5/4 e^2 + i^2) [m s-1] (Lissauer & Stewart 1993).

    Parameters
    ----------
    r : array_like
        Distance from the centre of Mars [m].
    e : array_like
        Eccentricity of the orbits [1]; None = pericentres at the surface of Mars, 1 - R_Mars/r.
    **keys
        i [rad]; velocity='pericenter': v_K sqrt((1 + e)/(1 - e)), to compare only; v_fixed [m s-1].

    Returns
    -------
    numpy.ndarray
        Speed [m s-1] in the shape of the arguments.
    """
    core = disk(keys, _SPEED, *GREY)
    return core.formula("orbit", r, _OF_THE_RUN if e is None else e)[2]
