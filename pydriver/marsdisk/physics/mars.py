# SPDX-License-Identifier: BSD-3-Clause
"""Mars as the lamp: its surface temperature against time, and what it radiates."""

from __future__ import annotations

from numpy.typing import ArrayLike

from marsdisk.physics.parameters import GREY, Array, disk
from marsdisk.settings import Setting

_MARS = {name: f"mars.{name}" for name in (
    "driver", "t0", "layer_depth", "layer_rho", "layer_cp", "t_floor", "t_hot", "f_hot", "t_bg",
    "table", "f_lim")}


def t_mars(t: ArrayLike, **keys: Setting) -> Array:
    """Surface temperature of Mars [K].

    driver='slab': T = (T_0^-3 + 3 sigma t/(D rho c_p))^(-1/3), the radiative cooling of a layer;
    'linear', 'constant', 'table' and 'hotspot' as in docs/model.md.

    Parameters
    ----------
    t : array_like
        Time since the start [s], from 0 on.
    **keys
        Keys of &mars: driver; t0 [K]; layer_depth [m], layer_rho [kg m-3], layer_cp [J kg-1 K-1];
        t_floor [K]; t_hot, t_bg [K] and f_hot [1] of a hot spot; table; f_lim [W m-2], 0 = off.

    Returns
    -------
    numpy.ndarray
        Temperature [K] in the shape of `t`.

    Raises
    ------
    InputError
        A time before the start, or outside the table.
    """
    return disk(keys, _MARS, *GREY).formula("mars", t)[0]


def flux(t: ArrayLike, **keys: Setting) -> Array:
    """What a unit of the surface radiates, min(sigma T^4, f_lim) [W m-2]; arguments of `t_mars`."""
    return disk(keys, _MARS, *GREY).formula("mars", t)[1]
