# SPDX-License-Identifier: BSD-3-Clause
"""The primordial atmosphere of Mars, and the places that the Sun gives it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.core import constants
from marsdisk.physics.parameters import Array, at_least, capture
from marsdisk.settings import Setting

_GAS = {"gm": "planet.gm"} | {name: f"atmosphere.{name}" for name in (
    "model", "rho_ref", "r_ref", "scale_height", "temperature", "mu", "decay")}
_MODE = {"mode": "planet.mode"}
A_MARS = 1.523679
"""Distance between Mars and the Sun that runs use [AU]."""


def gas_density(
    r: ArrayLike, height: ArrayLike = 0.0, t: ArrayLike = 0.0, tau_gas: ArrayLike = 0.0,
    t_gas: ArrayLike = 0.0, **keys: Setting,
) -> Array:
    """Density of the gas around Mars [kg m-3].

    model='exponential': rho_ref exp(-(r - r_ref)/H); 'isothermal':
    rho_ref exp((r_ref^2/H)(1/r - 1/r_ref)) (eq. 4.1 of the capture thesis); 'disk': the exponential
    times exp(-h^2/H_z^2), H_z = sqrt(2) c_s/Omega_K (eqs 4.5, 4.6).

    Parameters
    ----------
    r : array_like
        Distance from the centre of Mars [m].
    height : array_like
        Height h above the equator of the gas [m], at most r; matters for model='disk'.
    t : array_like
        Time [s].
    tau_gas, t_gas : array_like
        Time on which the gas is lost [s], 0 = it lasts, and when that begins [s].
    **keys
        model; rho_ref [kg m-3]; r_ref, scale_height [km]; temperature [K] and mu [kg mol-1] of the
        disk; decay: 'exponential' or 'linear'; gm [m3 s-2].

    Returns
    -------
    numpy.ndarray
        Density [kg m-3] in the shape of the arguments.
    """
    r, z = at_least("r", r, "m", above=True), at_least("height", height, "m", -np.inf)
    across = at_least("r - |height|", r - np.abs(z), "m")
    x = np.sqrt(across * (r + np.abs(z)))
    year = constants()["year"].value
    times = (at_least(name, moment, "s", low) / year for name, moment, low in (
        ("t", t, -np.inf), ("tau_gas", tau_gas, 0.0), ("t_gas", t_gas, -np.inf)))
    return capture(keys, _GAS).formula("density", x / 1.0e3, 0.0, z / 1.0e3, *times)[0]


def hill_radius(gm: ArrayLike | None = None, a_sun: ArrayLike = A_MARS,
                omega: ArrayLike = 0.0) -> Array:
    """Hill radius of Mars, (GM/(3 omega^2))^(1/3) [m].

    Parameters
    ----------
    gm : array_like
        G M of the planet [m3 s-2]; None = Mars.
    a_sun : array_like
        Distance from the Sun [AU].
    omega : array_like
        Angular speed around the Sun [s-1]; 0 = from `a_sun`.
    """
    return _points(gm, a_sun, omega, {})[0]


def lagrange_points(
    gm: ArrayLike | None = None, a_sun: ArrayLike = A_MARS, omega: ArrayLike = 0.0,
    **keys: Setting,
) -> tuple[Array, Array]:
    """Places of L1 (towards the Sun) and L2 on the line from the Sun through Mars [m].

    Parameters
    ----------
    gm, a_sun, omega : array_like
        Those of `hill_radius`.
    **keys
        mode: 'hill' (at the Hill radius on both sides) or 'cr3bp' (full three-body problem).

    Returns
    -------
    tuple of numpy.ndarray
        x of L1 and of L2 [m], counted from Mars away from the Sun.
    """
    _, l1, l2, _ = _points(gm, a_sun, omega, keys)
    return l1, l2


def _points(gm: ArrayLike | None, a_sun: ArrayLike, omega: ArrayLike,
            keys: dict[str, Setting]) -> tuple[Array, ...]:
    gm = at_least("gm", constants()["gm_mars"].value if gm is None else gm, "m3 s-2", above=True)
    a_sun = at_least("a_sun", a_sun, "AU", above=True)
    omega = at_least("omega", omega, "s-1")
    found = capture(keys, _MODE).formula("points", gm, a_sun, omega)
    return tuple(1.0e3 * x for x in found)
