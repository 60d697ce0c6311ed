# SPDX-License-Identifier: BSD-3-Clause
"""What came out of a disk run, as global attributes of its file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from marsdisk import core
from marsdisk.runs.disk import DiskRun

LATE = 0.99
"""Share of the loss whose time is reported [1]."""

BISECTIONS = 50
"""Halvings of an output interval: to round-off."""


def results(this: DiskRun, stop_reason: str) -> Mapping[str, str | int | float]:
    """Global attributes that say what came out."""
    const = core.constants()
    loss = this.recorder.series("m_loss")
    late = np.nan
    if loss[-1] > 0.0:
        rate = sum(this.recorder.series(f"mdot_{way}") for way in ("blow", "escape", "below"))
        late = time_of_loss(this.recorder.series("time"), loss, rate, LATE * float(loss[-1]))
    flags = dict(zip(this.disk.FLAGS, this.state.flag, strict=True))
    return {
        "m_loss_mars": float(loss[-1]) / const["m_mars"].value,
        "t99_yr": late / const["year"].value,
        "t_over_t_viscous": over_shortest(this, this.recorder.series("t_viscous")[0]),
        "t_over_t_drag": over_shortest(this, np.asarray(this.recorder.static["t_drag"])),
        "stop_reason": stop_reason,
        "n_step": int(flags["accepted"].sum()),
        "n_reject": int(flags["rejected"].sum()),
    }


def time_of_loss(time: np.ndarray, loss: np.ndarray, rate: np.ndarray, wanted: float) -> float:
    """Time at which the loss reached a value.

    Parameters
    ----------
    time, loss, rate
        Output times [s], loss until then [kg], loss rate then [kg s-1].
    wanted
        Loss, at most the last one [kg].

    Returns
    -------
    float
        By the cubic that has loss and rate at both ends of the output interval, its slopes bounded
        so that it is monotone (Fritsch & Carlson 1980) [s].
    """
    k = int(np.searchsorted(loss, wanted))
    if k == 0:
        return float(time[0])
    width, gain = float(time[k] - time[k - 1]), float(loss[k] - loss[k - 1])
    first, last = (min(max(float(rate[j]) * width, 0.0), 3.0 * gain) for j in (k - 1, k))
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        x = 0.5 * (low + high)
        gained = (gain * x**2 * (3.0 - 2.0 * x) + first * x * (1.0 - x) ** 2
                  - last * x**2 * (1.0 - x))
        if loss[k - 1] + gained < wanted:
            low = x
        else:
            high = x
    return float(time[k - 1]) + high * width


def over_shortest(this: DiskRun, times: np.ndarray) -> float:
    """Length of the run so far over the shortest of the rings' `times` [s]; 0 when all are NaN."""
    shortest = np.min(times[np.isfinite(times)], initial=np.inf)
    return float(this.recorder.records[-1]["time"]) / float(shortest)
