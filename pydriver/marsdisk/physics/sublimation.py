# SPDX-License-Identifier: BSD-3-Clause
"""Sublimation of grains: their temperature, vapour pressure, and how fast they shrink."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.errors import InputError, Problem
from marsdisk.physics.parameters import GREY, Array, at_least, disk
from marsdisk.settings import Setting

_PRESSURE = {name: f"sublimation.{name}" for name in ("material", "psat_a", "psat_b")}
_FLUX = _PRESSURE | {name: f"sublimation.{name}" for name in ("alpha", "mu")}
_TEMPERATURE = {"t_grain": "sublimation.t_grain", "q_abs": "sublimation.q_abs",
                "f_lim": "mars.f_lim", "qpr_table": "radiation.qpr_table"}


def p_sat(temperature: ArrayLike, liquid: ArrayLike = False, **keys: Setting) -> Array:
    """Saturation vapour pressure, log10(P/Pa) = A - B/T [Pa].

    Forsterite: van Lieshout et al. (2014) solid, Fegley & Schaefer (2012) liquid. SiO: van Lieshout
    et al. (2014).

    Parameters
    ----------
    temperature : array_like
        Temperature of the grain [K].
    liquid : array_like of bool
        Whether it is liquid.
    **keys
        material: 'forsterite', 'sio', or 'custom' with psat_a [1], psat_b [K].

    Returns
    -------
    numpy.ndarray
        Pressure [Pa] in the shape of the arguments.

    Raises
    ------
    InputError
        SiO outside its fitted range, 1301 to 1519 K.

    Warns
    -----
    UserWarning
        Forsterite outside its fitted range: solid 1673 to 2133 K, liquid 2163 to 3690 K.
    """
    return _vapour(temperature, liquid, keys, _PRESSURE)[0]


def sublimation_flux(
    temperature: ArrayLike, pressure: ArrayLike = 0.0, liquid: ArrayLike = False, **keys: Setting
) -> Array:
    """Mass that leaves a unit of surface, J = alpha (P_sat - P) sqrt(mu/(2 pi R T)) [kg m-2 s-1].

    Hertz-Knudsen-Langmuir; negative where vapour condenses.

    Parameters
    ----------
    temperature : array_like
        Temperature of the grain [K].
    pressure : array_like
        Pressure of the vapour around it [Pa].
    liquid : array_like of bool
        Whether it is liquid.
    **keys
        Those of `p_sat`; alpha [1] (SiO: 0.007); mu [kg mol-1] of a custom material.

    Returns
    -------
    numpy.ndarray
        Flux [kg m-2 s-1] in the shape of the arguments.
    """
    saturated, knudsen = _vapour(temperature, liquid, keys, _FLUX)
    return knudsen * (saturated - at_least("pressure", pressure, "Pa"))


def sublimation_rate(
    temperature: ArrayLike, pressure: ArrayLike = 0.0, liquid: ArrayLike = False,
    rho: ArrayLike = 3270.0, **keys: Setting,
) -> Array:
    """Rate at which the radius of a grain shrinks, -ds/dt = J/rho [m s-1].

    Parameters
    ----------
    temperature, pressure, liquid, **keys
        Those of `sublimation_flux`.
    rho : array_like
        Density of the grain [kg m-3].
    """
    rho = at_least("rho", rho, "kg m-3", above=True)
    return sublimation_flux(temperature, pressure, liquid, **keys) / rho


def grain_temperature(
    r: ArrayLike, t_mars: ArrayLike, s: ArrayLike = 1.0e-6, **keys: Setting
) -> Array:
    """Temperature of a grain in the light of Mars [K].

    t_grain='grey': T_p^4 = W F/sigma with F = min(sigma T_M^4, f_lim) and the dilution of an
    extended lamp, W = (1 - sqrt(1 - (R/r)^2))/2. 'balance': T_p^4 <Q_abs>(s, T_p) =
    W F/sigma <Q_abs>(s, T_M). 'point': a lamp that is a point, W = q_abs R^2/(4 r^2).

    Parameters
    ----------
    r : array_like
        Distance from the centre of Mars [m].
    t_mars : array_like
        Surface temperature of Mars [K].
    s : array_like
        Radius of the grain [m]; matters only for t_grain='balance'.
    **keys
        t_grain; q_abs [1] of the point form; f_lim [W m-2], 0 = off; qpr_table.

    Returns
    -------
    numpy.ndarray
        Temperature [K] in the shape of the arguments.

    Raises
    ------
    InputError
        The balance leaves the table.
    """
    fixed = () if keys.get("t_grain", "grey") == "balance" else GREY
    return disk(keys, _TEMPERATURE, *fixed).formula("heat", s, r, t_mars)[0]


def _vapour(
    temperature: ArrayLike, liquid: ArrayLike, keys: dict[str, Setting], allowed: dict[str, str]
) -> tuple[Array, Array]:
    """P_sat [Pa] and J/(P_sat - P) [s m-1]; warns of what is extrapolated."""
    if keys.get("material") == "table":
        raise InputError([Problem("", "material", "a table is read by runs alone",
                                  "expected 'forsterite', 'sio' or 'custom'")])
    pressure, knudsen, outside = disk(keys, allowed, *GREY).formula("vapour", temperature, liquid)
    if np.any(outside):
        warnings.warn(f"{int(np.sum(outside))} of {np.size(outside)} vapour pressures are outside "
                      "the fitted range of temperature", stacklevel=3)
    return pressure, knudsen
