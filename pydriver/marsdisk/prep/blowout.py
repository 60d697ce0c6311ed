# SPDX-License-Identifier: BSD-3-Clause
"""What becomes of grains that bound parents release: tables for ``radiation.chi_mode = 'orbits'``.

A grain leaves its parent (semi-major axis a, eccentricity e) with the parent's velocity at
eccentric anomaly E, r = a (1 - e cos E), and feels G M (1 - beta) from then on (Burns, Lamy & Soter
1979). It is unbound where beta >= r/(2 a). The grains are followed by the orbit module of the core;
lengths here are in a, times in 1/Omega = sqrt(a^3/(G M)). Derivation: docs/model.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.prep.blowout_table import BlowoutTable

if TYPE_CHECKING:
    from marsdisk.config.read import Config

E_NODES = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Eccentricities of a table [1]."""

DIVE_NODES = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
"""Eccentric anomalies, over pi, at which parents meet the surface of Mars; 0 = they clear it."""

EXIT_NODES = tuple(float(1.0 + w * w) for w in (0.0, 0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 3.0))
"""Radii where a grain has left, over the apocentre of its parent [1]. The time from a circle is a
polynomial in w = sqrt(exit - 1)."""

GRADES = (*(float(x) for x in np.linspace(0.0, 1.0, 11)),
          1.06, 1.12, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.95, 1.99)
"""Scaled beta of a table [1]; see `beta_of`."""

PHASES = 49
"""Releases on the way out, and as many on the way in [1]."""

SAMPLES = 240
"""Points of a trajectory [1]."""

LATITUDES = 8
"""Arguments of latitude of a release over which optical depths are averaged [1]."""

FINER = 16
"""Quadrature points between two phases [1]."""

A_KM = 1.0e5
"""Semi-major axis with which the core computes [km]; the result does not depend on it."""

TINY_KM = 1.0
"""Radius of the planet with which the core computes [km]: nothing falls, so that one trajectory
serves for every radius of Mars."""

ROUND_OFF = 1.0e-9
"""A pericentre closer than this to the surface of Mars touches it [1]."""

Weights = Literal["time", "collisions"]
Progress = Callable[[int, int], None]
"""Called with the number of steps done and of all steps."""


def last_anomaly(grade: float, dive: float) -> float:
    """Eccentric anomaly up to which releases are unbound [rad]."""
    return np.pi * (dive + (1.0 - dive) * min(grade, 1.0))


def beta_of(grade: float, e: float, dive: float) -> float:
    """beta of a node [1].

    Up to grade 1 it is the E/pi (from `dive` on) up to which releases are unbound, which turns the
    step of f_unbound at e = 0 and its kinks for e > 0 into smooth functions. Beyond, all is unbound
    and beta goes on as (1 + e)/2/(2 - grade)^2, to infinity at 2.
    """
    beta = 0.5 * (1.0 - e * np.cos(last_anomaly(grade, dive)))
    return float(beta / (2.0 - grade) ** 2) if grade > 1.0 else float(beta)


@dataclass(frozen=True)
class _Flight:
    """Trajectories (case, sample) of grains that go out for good."""

    t: np.ndarray      # since the release [1/Omega]
    r: np.ndarray      # [a]
    r2_rate: np.ndarray  # d(r^2)/dt [a^2 Omega]
    angle: np.ndarray  # swept since the release [rad]
    speed: np.ndarray  # relative to circular orbits where it is [a Omega]
    r_min: np.ndarray  # (case) [a]

    def outward(self, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Times of the last passage of `radii` (n) outward, and the samples passed till then
        (fractional), (case, n)."""
        turn = self.r.argmin(axis=1)[:, None, None]
        later = np.arange(self.r.shape[1]) >= turn
        beyond = (self.r[:, None, :] >= radii[:, None]) & later
        return self._passage(beyond.argmax(axis=2), radii[None, :])

    def inward(self, radius: float) -> np.ndarray:
        """Times at which the grains pass `radius` on their way in, or turn above it (case)."""
        turn = self.r.argmin(axis=1)
        target = np.maximum(radius, self.r_min)[:, None]
        below = self.r <= target
        first = np.where(below.any(axis=1), below.argmax(axis=1), turn)
        return self._passage(first[:, None], target)[0][:, 0]

    def _passage(self, k: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the cubic in time between samples k - 1 and k has r^2 = radii^2."""
        case = np.arange(len(self.r))[:, None]
        before = np.maximum(k - 1, 0)
        t0, t1 = self.t[case, before], self.t[case, k]
        h = t1 - t0
        y0, y1 = self.r[case, before] ** 2, self.r[case, k] ** 2
        d0, d1 = h * self.r2_rate[case, before], h * self.r2_rate[case, k]
        span = np.where(y1 == y0, 1.0, y1 - y0)
        low, high = np.zeros_like(h), np.ones_like(h)
        rising = y1 > y0
        for _ in range(48):
            x = 0.5 * (low + high)
            y = (y0 * (1.0 + 2.0 * x) * (1.0 - x) ** 2 + d0 * x * (1.0 - x) ** 2
                 + y1 * x * x * (3.0 - 2.0 * x) - d1 * x * x * (1.0 - x))
            short = (y < radii**2) == rising
            low, high = np.where(short, x, low), np.where(short, high, x)
        x = np.where((k == 0) | (span == 0.0), 0.0, 0.5 * (low + high))
        return t0 + x * h, before + x


def _problem() -> Config:
    """A grain and Mars, nothing else."""
    from marsdisk.config.read import read_text

    text = (f"&run kind='capture' /\n&planet mode='two_body' radius={TINY_KM} /\n"
            "&atmosphere model='none' /\n")
    return read_text(text, Path("blowout.nml"))


def _fly(problem: Config, e: float, beta: float, anomaly: np.ndarray, r_far: float) -> _Flight:
    """Grains released at `anomaly` (case) [rad], followed until all are beyond `r_far` [a]."""
    from marsdisk.core import CaptureCore, constants

    const = {name: c.value for name, c in constants().items()}
    omega = np.sqrt(const["gm_mars"] / (1.0e3 * A_KM) ** 3)
    kept, r = np.sqrt(1.0 - e * e), 1.0 - e * np.cos(anomaly)
    speed = 1.0e3 * A_KM * omega * const["year"] / const["au"]   # [AU yr-1] in a Omega
    start = np.zeros((8, anomaly.size))
    start[0], start[1] = A_KM * (np.cos(anomaly) - e), A_KM * kept * np.sin(anomaly)
    start[3], start[4] = -speed * np.sin(anomaly) / r, speed * kept * np.cos(anomaly) / r
    t_max = 2.0 * r_far**1.5 / np.sqrt(1.0 + beta)
    while True:
        # the key refuses beta >= 1, which no captured body has
        groups = dict(problem.groups)
        groups["radiation"] = MappingProxyType({**groups["radiation"], "beta_planet": beta})
        groups["stop"] = MappingProxyType(
            {**groups["stop"], "t_max": float(t_max / (omega * const["year"]))})
        core = CaptureCore(replace(problem, groups=MappingProxyType(groups)))
        result, sample = core.trajectories(start, SAMPLES)
        x, y = sample["x"] / A_KM, sample["y"] / A_KM
        if np.hypot(x[:, -1], y[:, -1]).min() > r_far:
            break
        t_max *= 2.0
    vx, vy = sample["vx"] / (A_KM * omega), sample["vy"] / (A_KM * omega)
    r = np.hypot(x, y)
    angle = np.unwrap(np.arctan2(y, x), axis=1)
    relative = np.hypot(vx + y * r**-1.5, vy - x * r**-1.5)
    return _Flight(sample["t"] * const["year"] * omega, r, 2.0 * (x * vx + y * vy),
                   angle - angle[:, :1], relative, result["r_min"] / A_KM)


def _weight(e: float, anomaly: np.ndarray, weights: Weights) -> np.ndarray:
    """Releases per unit of eccentric anomaly: dt/dE, times the rate of collisions if it counts."""
    r = 1.0 - e * np.cos(anomaly)
    return r if weights == "time" else r**-0.5   # n v ~ (Sigma/r) r^-1/2 for one Sigma


def _between(low: float, high: float, count: int) -> tuple[np.ndarray, float]:
    """Midpoints of `count` cells from `low` to `high`, and the width of a cell."""
    width = (high - low) / count
    return low + width * (np.arange(count) + 0.5), width


def _path(flight: _Flight, i: float) -> np.ndarray:
    """Optical depth of the way to each sample over that of the disk (latitude, case, sample) [1].

    d tau = tau exp(-z^2/(2 H^2))/(sqrt(2 pi) H) v_rel dt with H = i r/sqrt(2), z = r sin i sin u.
    """
    height = i / np.sqrt(2.0)
    u = np.pi * np.arange(LATITUDES)[:, None, None] / LATITUDES + flight.angle
    rate = np.exp(-0.5 * (np.sin(i) * np.sin(u) / height) ** 2) * flight.speed / flight.r
    rate /= np.sqrt(2.0 * np.pi) * height
    step = 0.5 * (rate[:, :, 1:] + rate[:, :, :-1]) * np.diff(flight.t)
    return np.concatenate([np.zeros_like(rate[:, :, :1]), step.cumsum(axis=2)], axis=2)


def _at(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """`values` (..., case, sample) at fractional samples `place` (case, n)."""
    case = np.arange(values.shape[-2])[:, None]
    k = np.minimum(place.astype(int), values.shape[-1] - 2)
    x = place - k
    return values[..., case, k] * (1.0 - x) + values[..., case, k + 1] * x


@dataclass(frozen=True)
class _Node:
    """Averages over the releases of one (e, dive, grade); arrays (n_exit)."""

    unbound: float
    mars: float
    chi: np.ndarray
    recross: np.ndarray | float = np.nan
    depth: np.ndarray | float = np.nan
    collided: np.ndarray | float = np.nan


def _refined(values: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Values of the phases, out and in (..., case, n), between them (..., 2 count, n)."""
    k = np.minimum(cell.astype(int), PHASES - 2)
    x = (cell - k)[:, None]
    return np.concatenate([
        values[..., side + k, :] * (1.0 - x) + values[..., side + k + 1, :] * x
        for side in (0, PHASES)
    ], axis=-2)


def _node(
    flight: _Flight, e: float, anomalies: tuple[float, float, float], exits: np.ndarray, i: float,
    tau: float, weights: Weights,
) -> _Node:
    """Average over releases, out and in, from the surface of Mars to the last that is unbound.

    `anomalies` are the first phase of `flight`, that surface, and the last phase [rad]; `i` = 0
    leaves out what happens on the way.
    """
    begin, first, last = anomalies
    r_mars = (1.0 - e * np.cos(first)) * (1.0 - ROUND_OFF)
    time, place = flight.outward((1.0 + e) * exits)
    fallen = flight.inward(r_mars)[:, None]
    count = FINER * (PHASES - 1)
    fine, width = _between(first, last, count)
    cell = (PHASES - 1.0) * (fine - begin) / max(last - begin, np.finfo(float).tiny)
    time, fallen = _refined(time, cell), _refined(fallen, cell)
    lowest = _refined(flight.r_min[:, None], cell)[:, 0]
    hits = (lowest < r_mars) & (np.arange(2 * count) >= count) & (first > 0.0)
    time[hits] = fallen[hits]
    w = np.tile(_weight(e, fine, weights), 2)
    whole, step = _between(first, np.pi, 4096)
    share = width / (2.0 * step * _weight(e, whole, weights).sum())
    node = _Node(share * w.sum(), share * w[hits].sum(), w @ time / w.sum())
    if i > 0.0:
        w /= w.sum()
        crossings = np.minimum(_refined(_at(flight.angle, place), cell) / np.pi, 1.0)
        depth = _refined(_at(_path(flight, i), place), cell)
        node = replace(node, recross=w @ crossings, depth=w @ depth.mean(axis=0),
                       collided=1.0 - w @ np.exp(-tau * depth).mean(axis=0))
    return node


def blowout_table(
    e: ArrayLike, *, i: float = 0.05, tau: float = 1.0, weights: Weights = "time",
    dive: ArrayLike = DIVE_NODES, exit: ArrayLike = EXIT_NODES, grade: ArrayLike = GRADES,
    progress: Progress | None = None,
) -> BlowoutTable:
    """Follow released grains and average over the orbit of the parents.

    Parameters
    ----------
    e
        Eccentricities of the parents [1], ascending.
    i
        Inclination of the parents [rad]: the disk is H = i r/sqrt(2) high. Only `depth` and
        `collided` depend on it.
    tau
        Normal optical depth of the disk [1], for `collided`.
    weights
        Releases are spread over the orbit by time, or by the rate of collisions in a disk of one
        surface density, r^-3/2 per time.
    dive, exit, grade
        Other axes, as in `BlowoutTable`.
    progress
        Called now and then.
    """
    e, dive, exit, grade = (np.asarray(x, dtype=float) for x in (e, dive, exit, grade))
    problem = _problem()
    shape = (e.size, len(dive), len(grade))
    beta, unbound, mars = (np.zeros(shape) for _ in range(3))
    chi = np.zeros((*shape, exit.size))
    way = np.zeros((3, e.size, len(grade), exit.size))
    for a, c, b in np.ndindex(e.size, len(grade), len(dive)):
        beta[a, b, c] = beta_of(grade[c], e[a], dive[b])
        first, last = np.pi * dive[b], last_anomaly(grade[c], dive[b])
        if grade[c] <= 1.0 or b == 0:    # beyond 1 beta is the same for all
            begin = first if grade[c] <= 1.0 else 0.0
            half = np.linspace(begin, last, PHASES)
            flight = _fly(problem, e[a], beta[a, b, c], np.concatenate([half, -half]),
                          (1.0 + e[a]) * exit[-1])
        node = _node(flight, e[a], (begin, first, last), exit, 0.0 if b else i, tau, weights)
        unbound[a, b, c], mars[a, b, c], chi[a, b, c] = node.unbound, node.mars, node.chi
        if b == 0:
            way[:, a, c] = node.recross, node.depth, node.collided
        if progress:
            progress((a * len(grade) + c) * len(dive) + b + 1, beta.size)
    recross, depth, collided = np.swapaxes(way, 2, 3)
    attributes = {"inclination_rad": i, "tau": tau, "release_weights": weights,
                  "phases": 2 * PHASES, "samples": SAMPLES}
    return BlowoutTable(e, dive, exit, grade, beta, unbound, mars,
                        np.swapaxes(chi, 2, 3), recross, depth, collided, attributes)
