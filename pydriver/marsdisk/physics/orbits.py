# SPDX-License-Identifier: BSD-3-Clause
"""Two-body orbits about Mars, and the circular orbit that has the angular momentum of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsdisk.core import constants

Array = NDArray[np.float64]

MAPS = ("canup-salmon", "hyodo")
"""Laws of the equivalent radius; see `equivalent_radius`."""


@dataclass(frozen=True)
class Orbits:
    """Orbits about Mars, in quantities that are finite for ellipses, parabolas and hyperbolas.

    Parameters
    ----------
    p
        Semi-latus rectum h^2/(G M) = a (1 - e^2) (n) [m].
    e
        Eccentricity (n) [1].
    cos_i
        Cosine of the inclination to the equator of Mars (n) [1]; below 0 = retrograde.
    energy
        v^2/2 - G M/r (n) [J kg-1]; below 0 = bound.
    """

    p: Array
    e: Array
    cos_i: Array
    energy: Array

    @property
    def a(self) -> Array:
        """Semi-major axis [m], negative for hyperbolas."""
        with np.errstate(divide="ignore"):
            return -0.5 * constants()["gm_mars"].value / self.energy

    @property
    def pericentre(self) -> Array:
        """Distance of the pericentre from the centre of Mars [m]."""
        return self.p / (1.0 + self.e)

    @property
    def bound(self) -> NDArray[np.bool_]:
        """Whether the orbit is an ellipse."""
        return self.energy < 0.0


def orbits_of_elements(a: ArrayLike, e: ArrayLike, i: ArrayLike) -> Orbits:
    """Orbits with given elements.

    Parameters
    ----------
    a
        Semi-major axes (n) [m]; that of a hyperbola is taken with either sign.
    e
        Eccentricities (n) [1]; for e = 1 `a` stands for the pericentre.
    i
        Inclinations to the equator of Mars (n) [rad].
    """
    a, e, i = (np.asarray(x, dtype=float) for x in (a, e, i))
    length = np.abs(a)
    p = np.where(e == 1.0, 2.0 * length, length * np.abs(1.0 - e) * (1.0 + e))
    energy = np.sign(e - 1.0) * 0.5 * constants()["gm_mars"].value / length
    return Orbits(p, e, np.cos(i), energy)


def orbits_of_states(position: ArrayLike, velocity: ArrayLike) -> Orbits:
    """Orbits through given states.

    The eccentricity comes from the radial and the transverse part of its vector,
    e^2 = (h^2/(G M r) - 1)^2 + (h r'/(G M))^2, so that nothing cancels for circles (Murray &
    Dermott 1999, chapter 2). A body at the very centre counts as one that falls there.

    Parameters
    ----------
    position
        x, y, z from the centre of Mars (3, n) [m], the equator of Mars at z = 0.
    velocity
        vx, vy, vz relative to it (3, n) [m s-1].
    """
    gm = constants()["gm_mars"].value
    x, y, z = (np.asarray(c, dtype=float) for c in position)
    vx, vy, vz = (np.asarray(c, dtype=float) for c in velocity)
    r = np.sqrt(x * x + y * y + z * z)
    hz = x * vy - y * vx
    h2 = (y * vz - z * vy) ** 2 + (z * vx - x * vz) ** 2 + hz**2
    with np.errstate(divide="ignore", invalid="ignore"):
        radial = np.where(r > 0.0, (x * vx + y * vy + z * vz) / r, 0.0)
        across = np.where(r > 0.0, h2 / (gm * r), 0.0) - 1.0
        energy = 0.5 * (vx * vx + vy * vy + vz * vz) - gm / r
        cos_i = np.where(h2 > 0.0, hz / np.sqrt(h2), 1.0)
    e = np.sqrt(across**2 + h2 * (radial / gm) ** 2)
    return Orbits(h2 / gm, e, cos_i, energy)


def equivalent_radius(orbits: Orbits, mapping: str) -> Array:
    """Radius of the circular orbit that a body comes to while it keeps its angular momentum [m].

    A circle of radius a_eq has sqrt(G M a_eq). Collisions in a disk dissipate energy and keep
    angular momentum. If they keep its size, a_eq = h^2/(G M) = a (1 - e^2) ('canup-salmon', Canup &
    Salmon 2018); if they keep its component along the axis of Mars, because orbits of all nodes
    settle in the equator, a_eq = h_z^2/(G M) = a (1 - e^2) cos^2 i ('hyodo', Hyodo et al. 2017).

    Parameters
    ----------
    orbits
        The orbits.
    mapping
        One of `MAPS`.
    """
    return orbits.p * orbits.cos_i**2 if mapping == "hyodo" else orbits.p
