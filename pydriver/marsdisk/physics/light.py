# SPDX-License-Identifier: BSD-3-Clause
"""Light of Mars on grains: efficiencies, radiation pressure, blow-out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.physics.parameters import GREY, Array, disk
from marsdisk.settings import Setting

_TABLE = {"qpr_table": "radiation.qpr_table"}
_EFFICIENCY = {"qpr_mode": "radiation.qpr_mode", "qpr": "radiation.qpr", **_TABLE}
_BETA = {**_EFFICIENCY, "rho": "grains.rho", "f_lim": "mars.f_lim"}


def q_pr(s: ArrayLike, t_mars: ArrayLike, **keys: Setting) -> Array:
    """Planck mean of the efficiency of radiation pressure, <Q_pr> = <Q_ext - g Q_sca> [1].

    Parameters
    ----------
    s : array_like
        Radius of the grain [m].
    t_mars : array_like
        Temperature of the light [K].
    **keys
        qpr_table: another table (`marsdisk prep qpr`) than the shipped one of forsterite.

    Returns
    -------
    numpy.ndarray
        Linear in (ln s, T) between the nodes of the table, in the shape of the arguments.

    Raises
    ------
    InputError
        Outside the table; the shipped one has 10 nm to 10 m and 300 to 6500 K.
    """
    return disk(keys, _TABLE).formula("grain", s, t_mars)[0]


def q_abs(s: ArrayLike, t_mars: ArrayLike, **keys: Setting) -> Array:
    """Planck mean of the efficiency of absorption [1]; arguments as in `q_pr`."""
    return disk(keys, _TABLE).formula("grain", s, t_mars)[1]


def beta(s: ArrayLike, t_mars: ArrayLike, **keys: Setting) -> Array:
    """Radiation pressure of Mars over its gravity [1] (Burns, Lamy & Soter 1979).

    beta = 3 F R^2 <Q_pr>/(4 G M c rho s) with the flux F = min(sigma T^4, f_lim); a grain released
    from a circular orbit is unbound where beta >= 1/2.

    Parameters
    ----------
    s : array_like
        Radius of the grain [m].
    t_mars : array_like
        Surface temperature of Mars [K].
    **keys
        rho [kg m-3]; f_lim [W m-2], 0 = off; qpr_table, or qpr_mode='constant' and qpr [1].

    Returns
    -------
    numpy.ndarray
        beta [1] in the shape of the arguments.

    Raises
    ------
    InputError
        Outside the table of Q_pr.
    """
    return disk(keys, _BETA).formula("grain", s, t_mars)[2]


def opacity(s: ArrayLike, t_mars: ArrayLike, **keys: Setting) -> Array:
    """Cross-section per mass of grains of one size, 3 Q/(4 rho s) [m2 kg-1].

    Parameters
    ----------
    s : array_like
        Radius of the grains [m].
    t_mars : array_like
        Temperature of the light [K].
    **keys
        opacity: 'planck' (Q = <Q_pr>) or 'geometric' (Q = 1); rho [kg m-3]; qpr_table, or
        qpr_mode='constant' and qpr [1].

    Returns
    -------
    numpy.ndarray
        Opacity [m2 kg-1] in the shape of the arguments.
    """
    allowed = {**_EFFICIENCY, "rho": "grains.rho", "opacity": "radiation.opacity"}
    return disk(keys, allowed).formula("grain", s, t_mars)[3]


def s_blow(t_mars: ArrayLike, **keys: Setting) -> Array:
    """Largest radius that is blown out, beta = 1/2 [m].

    Q_pr falls for s << lambda, so the unbound sizes are a band: from `s_blow_min` to `s_blow`.

    Parameters
    ----------
    t_mars : array_like
        Surface temperature of Mars [K].
    **keys
        Those of `beta`.

    Returns
    -------
    numpy.ndarray
        Radius [m] in the shape of `t_mars`; NaN where no size is unbound.
    """
    return _band(t_mars, keys)[1]


def s_blow_min(t_mars: ArrayLike, **keys: Setting) -> Array:
    """Smallest radius that is blown out [m]; see `s_blow`.

    NaN where no size is unbound, and for grey grains (qpr_mode='constant'), whose band has no
    lower end.
    """
    return _band(t_mars, keys)[0]


def _band(t_mars: ArrayLike, keys: dict[str, Setting]) -> tuple[Array, ...]:
    """Both ends of the band; NaN for none."""
    ends = disk(keys, _BETA).formula("band", t_mars)
    return tuple(np.where(end > 0.0, end, np.nan)[()] for end in ends)


def exposure(tau: ArrayLike) -> Array:
    """Share of the grains of a column that see Mars, (1 - exp(-tau))/tau [1].

    Parameters
    ----------
    tau : array_like
        Optical depth of the column towards Mars [1].
    """
    return disk({}, {}, *GREY).formula("exposure", tau)[0]


def blow_out_time(
    r: ArrayLike, s: ArrayLike = 1.0e-6, t_mars: ArrayLike = 4000.0,
    sigma_vapour: ArrayLike = 0.0, **keys: Setting,
) -> Array:
    """Time in which an unbound grain leaves, chi/Omega (1 + 1/St) [s].

    Parameters
    ----------
    r : array_like
        Distance from the centre of Mars [m].
    s : array_like
        Radius of the grain [m]; matters only in vapour.
    t_mars : array_like
        Surface temperature of Mars [K]; matters only for chi_mode='auto'.
    sigma_vapour : array_like
        Surface density of the vapour layer [kg m-2].
    **keys
        chi [1] and chi_mode; rho [kg m-3] in vapour; and those of `beta` for chi_mode='auto'.

    Returns
    -------
    numpy.ndarray
        Time [s] in the shape of the arguments.
    """
    allowed = {**_BETA, "chi": "radiation.chi", "chi_mode": "radiation.chi_mode"}
    fixed = () if keys.get("chi_mode", "const") != "const" else GREY
    return disk(keys, allowed, *fixed).formula("blowout", s, r, t_mars, sigma_vapour)[0]


def stokes_number(s: ArrayLike, sigma_vapour: ArrayLike, **keys: Setting) -> Array:
    """Stokes number of a grain in the mid-plane of the vapour layer, (pi/2) rho s/Sigma_vap [1].

    Parameters
    ----------
    s : array_like
        Radius of the grain [m].
    sigma_vapour : array_like
        Surface density of the vapour layer [kg m-2]; 0 gives infinity.
    **keys
        rho [kg m-3].
    """
    core = disk(keys, {"rho": "grains.rho"}, *GREY)
    stokes = core.formula("blowout", s, 1.0e7, 1000.0, sigma_vapour)[1]
    return np.where(stokes >= np.finfo(float).max, np.inf, stokes)[()]
