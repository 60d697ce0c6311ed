# SPDX-License-Identifier: BSD-3-Clause
"""Angular momentum of a disk run: what is there, what has left, and whether that adds up.

Mass in a ring goes round on circles, with h = sqrt(G M r) per unit mass, and takes its h along when
it leaves for good. What leaves past r_in or r_out has h of that edge. Mass that passes between
rings changes the sum over the rings; what it gives to the light of Mars by drag has a line of its
own in the state, so nothing of this is true by definition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marsdisk import core
from marsdisk.core import DiskCore

LOST = ("blown", "escaped", "below")
"""Lines of the ledger that make up the loss, Delta M and Delta L."""

EDGES = {"inward": 0, "outward": -1}
"""Lines of mass that passes an edge of the disk -> index of the edge."""

AT_RING = (*LOST, "fallen", "removed", "external", "light")
"""Lines with the angular momentum of their ring; 'light' is angular momentum given to the light, as
the mass that has it on a circle in the ring."""


@dataclass(frozen=True)
class AngularMomentum:
    """Angular momentum of a disk at a time.

    Parameters
    ----------
    disk
        In surface, deep reservoir and vapour [kg m2 s-1].
    loss
        That left with what was blown out, has escaped, or is below the size grid [kg m2 s-1].
    inward, outward
        That left with what passed r_in or fell on Mars, and with what passed r_out [kg m2 s-1].
    light
        That the light of Mars took from grains by drag [kg m2 s-1].
    residual
        |all of it, with what was removed at the start, less what there was|, over what there was
        and what came from outside [1].
    """

    disk: float
    loss: float
    inward: float
    outward: float
    light: float
    residual: float


def specific(r: np.ndarray) -> np.ndarray:
    """Angular momentum per unit mass of circles of radius `r` [m], sqrt(G M r) [m2 s-1]."""
    return np.sqrt(core.constants()["gm_mars"].value * r)


def angular_momentum(disk: DiskCore, y: np.ndarray, initial: np.ndarray) -> AngularMomentum:
    """Balance of the angular momentum, summed from the state.

    Parameters
    ----------
    disk
        Fixed part of the run.
    y, initial
        State now and at t0 (n_state, ring) [kg m-2].
    """
    at_ring, at_edge = disk.area * specific(disk.r), specific(disk.r_edges)
    booked = [name for name in AT_RING if name in disk.rows]  # a core without drag has no 'light'

    def of(name: str, state: np.ndarray) -> float:
        if name not in (*disk.LAYERS, *disk.rows):
            return 0.0
        row = disk.row(state, name)
        return float(at_edge[EDGES[name]] * (disk.area @ row) if name in EDGES else at_ring @ row)

    # ring by ring, so that the masses cancel before they are summed
    change = sum(disk.row(y, name) - disk.row(initial, name) for name in (*disk.LAYERS, *booked))
    passed = sum(of(name, y) - of(name, initial) for name in EDGES)
    there_was = sum(of(name, initial) for name in (*disk.LAYERS, "removed")) - of("external", y)
    return AngularMomentum(
        disk=sum(of(name, y) for name in disk.LAYERS),
        loss=sum(of(name, y) for name in LOST),
        inward=of("inward", y) + of("fallen", y),
        outward=of("outward", y),
        light=of("light", y),
        residual=abs(float(at_ring @ change) + passed) / max(there_was, np.finfo(float).tiny),
    )
