# SPDX-License-Identifier: BSD-3-Clause
"""From particles of an impact simulation to the surface density of rings.

A particle of mass m on an eccentric, inclined orbit becomes mass on the circular orbit that has its
angular momentum (`marsdisk.physics.orbits.equivalent_radius`). Mass is conserved particle by
particle; so is angular momentum, m sqrt(G M a_eq), until rings of finite width collect it: a ring
has that of its own radius. The energy that becomes free is G M m/2 (1/a_eq - 1/a).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from marsdisk.core import constants
from marsdisk.errors import InputError, Problem
from marsdisk.physics.orbits import Orbits, equivalent_radius

BLOCK = 4096
"""Particles summed at once: sums of a million stay at round-off [1]."""

HEAVY = 0.01
"""A disk heavier than this is taken for a mistake in the unit of mass [M_Mars]."""

OFF_CENTRE = 0.5
"""Centre of mass of the disk over its mean distance, from which positions are doubted [1]."""

TILT = 10.0
"""Angle between the angular momentum of the disk and z, from which axes are doubted [deg]."""


@dataclass(frozen=True)
class Particles:
    """Particles as read.

    Parameters
    ----------
    mass
        Masses (n) [kg].
    orbits
        Their orbits about Mars.
    position, velocity
        States (3, n) [m], [m s-1]; None if elements were given.
    """

    mass: np.ndarray
    orbits: Orbits
    position: np.ndarray | None = None
    velocity: np.ndarray | None = None


@dataclass(frozen=True)
class Rings:
    """Rings as a run makes them of the keys of &rings.

    Parameters
    ----------
    r_in, r_out
        Edges [R_Mars].
    n_ring
        Number.
    spacing
        'linear' or 'log'.
    """

    r_in: float = 1.0
    r_out: float = 2.7
    n_ring: int = 32
    spacing: str = "linear"

    @property
    def edges(self) -> np.ndarray:
        """Edges (n_ring + 1) [m]."""
        r_mars, share = constants()["r_mars"].value, np.arange(self.n_ring + 1) / self.n_ring
        if self.spacing == "log":
            return r_mars * self.r_in * (self.r_out / self.r_in) ** share
        return r_mars * (self.r_in + share * (self.r_out - self.r_in))

    @property
    def radii(self) -> np.ndarray:
        """Radii of the rings (n_ring) [m]."""
        inner, outer = self.edges[:-1], self.edges[1:]
        return np.sqrt(inner * outer) if self.spacing == "log" else 0.5 * (inner + outer)

    @property
    def areas(self) -> np.ndarray:
        """Areas of the rings (n_ring) [m2]."""
        inner, outer = self.edges[:-1], self.edges[1:]
        return np.pi * (outer - inner) * (outer + inner)


@dataclass(frozen=True)
class Share:
    """Some of the particles together.

    Parameters
    ----------
    count
        Their number.
    mass
        Their mass [kg].
    momentum
        Sum of m sqrt(G M a_eq) [kg m2 s-1], the angular momentum that the mapping keeps, whatever
        its sign.
    """

    count: int
    mass: float
    momentum: float


@dataclass(frozen=True)
class Mapped:
    """Particles on rings, and what became of the others.

    Parameters
    ----------
    rings
        The rings.
    shares
        By name: all, hyperbolic, impacting, disk, and of the disk inside (the rings), table (what
        is in the rings), outside, m_in and m_out (inside and outside the Roche limit), retrograde.
    sigma
        Surface density (n_ring) [kg m-2].
    a_eq_max
        Largest equivalent radius of the disk [m].
    heat
        Energy that becomes free as the orbits of what is in the rings become circles [J].
    warnings
        What looks like a mistake.
    """

    rings: Rings
    shares: dict[str, Share]
    sigma: np.ndarray
    a_eq_max: float
    heat: float
    warnings: tuple[str, ...]

    @property
    def ring_momentum(self) -> float:
        """Angular momentum of the rings, each at its own radius [kg m2 s-1]."""
        h = np.sqrt(constants()["gm_mars"].value * self.rings.radii)
        return float((self.sigma * self.rings.areas) @ h)


def map_particles(
    particles: Particles, rings: Rings, mapping: str, roche: float, keep_impacting: bool = False
) -> Mapped:
    """Put particles on rings.

    Parameters
    ----------
    particles
        The particles.
    rings
        The rings.
    mapping
        Law of the equivalent radius, one of `marsdisk.physics.orbits.MAPS`.
    roche
        Roche limit, which divides M_in from M_out [R_Mars].
    keep_impacting
        Keep bound particles whose pericentre is inside Mars; otherwise they are dropped, because
        they hit it within an orbit.

    Raises
    ------
    InputError
        No particle is in the rings.
    """
    const = constants()
    r_mars, gm = const["r_mars"].value, const["gm_mars"].value
    orbits, mass = particles.orbits, particles.mass
    a_eq = equivalent_radius(orbits, mapping)
    momentum = mass * np.sqrt(gm * a_eq)
    hits = orbits.bound & (orbits.pericentre < r_mars)
    disk = orbits.bound & (keep_impacting | ~hits)
    ring = np.searchsorted(rings.edges, a_eq, side="right") - 1
    within = {
        "all": np.ones(mass.shape, dtype=bool), "hyperbolic": ~orbits.bound, "impacting": hits,
        "disk": disk, "inside": disk & (ring < 0), "outside": disk & (ring >= rings.n_ring),
        "table": disk & (ring >= 0) & (ring < rings.n_ring),
        "m_in": disk & (a_eq < roche * r_mars), "m_out": disk & (a_eq >= roche * r_mars),
        "retrograde": disk & (orbits.cos_i < 0.0),
    }
    shares = {
        name: Share(int(np.count_nonzero(inside)), float(np.sum(mass[inside])),
                    float(np.sum(momentum[inside])))
        for name, inside in within.items()
    }
    chosen = within["table"]
    if shares["table"].mass <= 0.0:
        counts = ", ".join(f"{shares[name].count} {what}" for name, what in (
            ("hyperbolic", "hyperbolic"), ("impacting", "hit Mars"), ("inside", "inside r_in"),
            ("outside", "outside r_out")))
        raise InputError([Problem("", "", "no mass comes to lie in the rings",
                                  f"of {shares['all'].count} particles: {counts}")])
    sigma = _sums(ring[chosen], mass[chosen], rings.n_ring) / rings.areas
    freed = orbits.energy[chosen] + 0.5 * gm / a_eq[chosen]
    heat = float(np.sum(mass[chosen] * freed))
    doubts = (*_doubts(particles, disk, shares, mapping), *_gaps(rings, sigma))
    return Mapped(rings, shares, sigma, float(a_eq[disk].max()), heat, doubts)


def _sums(index: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Sum of the values of every index 0..count-1."""
    parts = [np.bincount(index[k : k + BLOCK], values[k : k + BLOCK], count)
             for k in range(0, index.size, BLOCK)]
    return np.sum(parts, axis=0)


def _doubts(
    particles: Particles, disk: np.ndarray, shares: dict[str, Share], mapping: str
) -> Iterator[str]:
    """What looks like a wrong unit, origin or axis."""
    heavy = shares["disk"].mass / constants()["m_mars"].value
    if heavy > HEAVY:
        yield f"the disk has {heavy:.3g} M_Mars: is the unit of mass right?"
    if shares["retrograde"].mass > 0.0:
        share = shares["retrograde"].mass / shares["disk"].mass
        yield (f"{share:.2%} of the disk is retrograde; it is mapped like the rest, although "
               "collisions with prograde mass would make both fall")
    if particles.position is None or particles.velocity is None:
        return
    weight = particles.mass[disk] / shares["disk"].mass
    position, velocity = particles.position[:, disk], particles.velocity[:, disk]
    centre = np.sqrt(np.sum((position @ weight) ** 2))
    mean = np.sqrt(np.sum(position**2, axis=0)) @ weight
    if centre > OFF_CENTRE * mean:
        yield (f"the centre of mass of the disk is {centre / mean:.2g} of its mean distance off "
               "the origin: are positions and velocities relative to Mars?")
    pole = np.cross(position, velocity, axis=0) @ weight
    tilt = np.degrees(np.arctan2(np.hypot(pole[0], pole[1]), pole[2]))
    if tilt > TILT and (mapping == "hyodo" or shares["retrograde"].mass > 0.0):
        yield f"the disk is tilted by {tilt:.0f} deg: is z the axis of Mars?"


def _gaps(rings: Rings, sigma: np.ndarray) -> Iterator[str]:
    """Rings without mass, which no run starts with a surface layer."""
    filled = np.flatnonzero(sigma > 0.0)
    empty = rings.n_ring - filled.size
    if empty:
        low, high = rings.edges[[filled[0], filled[-1] + 1]] / constants()["r_mars"].value
        yield (f"{empty} of {rings.n_ring} rings are empty (there is mass from {low:.4g} to "
               f"{high:.4g} R_Mars); a run refuses rings lighter than their surface layer: choose "
               "other edges, wider rings or a thinner surface")


def format_table(rings: Rings, sigma: np.ndarray, comments: Sequence[str]) -> str:
    """Text of a table that ``deep.table`` reads.

    The rows are the radii of the rings, so that a run with these rings has their masses to
    round-off; the first and the last value are repeated at the edges.

    Parameters
    ----------
    rings
        The rings.
    sigma
        Surface densities (n_ring) [kg m-2].
    comments
        Lines that say where it comes from.
    """
    radii = rings.radii / constants()["r_mars"].value
    rows = [(rings.r_in, sigma[0]), *zip(radii, sigma, strict=True), (rings.r_out, sigma[-1])]
    lines = [f"# {comment}" for comment in comments]
    lines += ["r_RMars, sigma_kg_m2", *(f"{float(r)!r}, {float(s)!r}" for r, s in rows)]
    return "\n".join(lines) + "\n"
