# SPDX-License-Identifier: BSD-3-Clause
"""What a disk run hands over to a long-term model of moon formation, at every possible end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from marsdisk import core
from marsdisk.config.read import Config
from marsdisk.core import DiskCore
from marsdisk.output.handover import ETA, q_k2_factor, window
from marsdisk.runs.angular_momentum import LOST, angular_momentum, specific

SAME = 1.0e-9
"""Output times that differ by less than this share are one [1]."""

Snapshot = tuple[float, np.ndarray]
"""Time [s] and state (n_state, ring) [kg m-2]."""


def handover_times(config: Config, t_stop: float) -> np.ndarray:
    """Times of `handover.t_end` before the end of the run `t_stop` [s]."""
    times = np.array(config["handover"]["t_end"]) * core.constants()["year"].value
    return times[(times > 0.0) & (times < t_stop * (1.0 - SAME))]


def with_times(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Output times [s] and wanted ones, ascending; of two that are the same the wanted one stays.

    Parameters
    ----------
    times
        Output times, ascending; first and last are kept.
    wanted
        Times between first and last, ascending.
    """
    if not wanted.size:
        return times
    above = np.searchsorted(wanted, times)
    near = wanted[[np.maximum(above - 1, 0), np.minimum(above, wanted.size - 1)]]
    apart = np.all(np.abs(times - near) > SAME * near, axis=0)
    return np.sort(np.concatenate([times[apart], wanted]))


def handover(
    disk: DiskCore, initial: np.ndarray, snapshots: Sequence[Snapshot]
) -> dict[str, object]:
    """Values of the group 'handover', by the names of `marsdisk.output.handover.VARIABLES`.

    Parameters
    ----------
    disk
        Fixed part of the run.
    initial
        State at t0 (n_state, ring) [kg m-2].
    snapshots
        Times and states that are handed over, one or more.
    """
    area, row = disk.area, disk.row
    begun = sum(row(initial, name) for name in (*disk.LAYERS, "removed"))
    m_in0, removed = float(area @ begun), float(area @ row(initial, "removed"))

    def masses(*lines: str) -> np.ndarray:
        return np.array([sum(area @ row(y, name) for name in lines) for _, y in snapshots])

    def profiles(*layers: str) -> np.ndarray:
        return np.array([sum(row(y, name) for name in layers) for _, y in snapshots])

    momenta = [angular_momentum(disk, y, initial) for _, y in snapshots]
    m_loss = np.array([area @ lost for lost in profiles(*LOST)])
    upper, lower = window(m_loss)
    return {
        "t_end": [t for t, _ in snapshots],
        "t_mars": [disk.lamp(t)["t_mars"] for t, _ in snapshots],
        "r": disk.r, "r_edges": disk.r_edges, "ring_area": area, "size": disk.size,
        "size_edges": disk.size_edges, "grain_mass": disk.mass, "eta": ETA,
        "m_in0": m_in0,
        "l_in0": float((area * begun) @ specific(disk.r)),
        "m_removed0": removed,
        "m_disk": masses(*disk.LAYERS),
        "l_disk": [momentum.disk for momentum in momenta],
        "m_loss": m_loss,
        "l_loss": [momentum.loss for momentum in momenta],
        "m_in": masses("inward", "fallen"),
        "m_out": masses("outward"),
        "l_in": [momentum.inward for momentum in momenta],
        "l_out": [momentum.outward for momentum in momenta],
        "l_light": [momentum.light for momentum in momenta],
        "m_external": 0.0 - masses("external"),
        "m_vapour": masses("vapour"),
        "sigma_solid": profiles("surface", "deep"),
        "sigma_surf": profiles("surface"),
        "sigma_deep": profiles("deep"),
        "sigma_vapour": profiles("vapour"),
        "number": [(y[: disk.n_bin] / disk.mass[:, None]).T for _, y in snapshots],
        "m_disk0_max": upper,
        "m_disk0_min": lower,
        "q_k2_factor": q_k2_factor(m_loss, m_in0 - removed),
    }
