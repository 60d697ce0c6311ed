# SPDX-License-Identifier: BSD-3-Clause
"""What is made of the core's numbers: variables of a slice of cases, and running totals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from marsdisk.config.read import Config
from marsdisk.core import CaptureCore, constants
from marsdisk.output.capture_schema import MOONS, OUTCOMES, TODAY, TRAJECTORIES

CAPTURED, FAILED = OUTCOMES.index("captured"), OUTCOMES.index("failed")

CONVENTION = (1.0e16, 1.0e4)
"""Mass [kg] and radius [m] to which published heatings refer."""

SHOWN = 10
"""Entries that are listed for each moon [1]."""


def case_values(config: Config, capture: CaptureCore, block: np.ndarray) -> dict[str, np.ndarray]:
    """Integrate a slice of entries and return all variables over cases.

    Parameters
    ----------
    config
        Configuration of the run.
    capture
        Its core.
    block
        Entries (8, n), as `capture_entries.Entries.block` gives them.
    """
    if config["output"]["trajectories"]:
        end, along = capture.trajectories(block, config["output"]["n_sample"])
        # x, y, z along the way replace those at the end; copies, so that what is not written (the
        # velocities) does not stay in memory
        values = end | {v.name: np.ascontiguousarray(along[v.name]) for v in TRAJECTORIES}
    else:
        end = capture.sweep(block)
        values = dict(end)
    values |= dict(zip(("u", "v", "w", "tau_gas", "t_gas"), block[3:], strict=True))
    values |= heating(config, values["delta_energy"])
    if config["tides"]["active"]:
        values |= today(config, capture, end)
    return values


def heating(config: Config, delta_energy: np.ndarray) -> dict[str, np.ndarray]:
    """Heating and what it could ablate, from the energy given up per mass [J kg-1].

    Without gas there is neither: the osculating energy changes as the frame turns.
    """
    body = config["body"]
    if config["atmosphere"]["model"] == "none":
        delta_energy = np.full_like(delta_energy, np.nan)
    radius = 1e3 * body["radius"]
    mass = 4.0 / 3.0 * math.pi * body["rho"] * radius**3

    def per_surface(mass: float, radius: float) -> np.ndarray:
        return mass * delta_energy / (4.0 * math.pi * radius**2)

    published = per_surface(*CONVENTION)
    return {"heating": published, "heating_body": per_surface(mass, radius),
            "ablation_bound": published / body["zeta"]}


def is_bound(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Captured cases that have not fallen."""
    return (values["outcome"] == CAPTURED) & np.isnan(values["lifetime"])


STATE = ("x", "y", "z", "vx", "vy", "vz")
"""State at the end in the rotating frame [km], [km s-1]."""


def inertial_orbit(
    capture: CaptureCore, state: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Semi-major axis [km] and eccentricity [1] of the orbit among the stars.

    The elements of the file follow the published convention and leave out that the frame turns,
    which is 0.3 % of a at the distance of Deimos: too much for the tides.
    """
    const = constants()
    omega = capture.constants["omega"] / const["year"].value  # [s-1]
    gm = capture.config["planet"]["gm"] / 1.0e9  # [km3 s-2]
    x, y, z, vx, vy, vz = (state[name] for name in STATE)
    r = np.stack([x, y, z])
    v = np.stack([vx - omega * y, vy + omega * x, vz])
    distance = np.linalg.norm(r, axis=0)
    speed2, radial = np.sum(v**2, axis=0), np.sum(r * v, axis=0)
    vector = ((speed2 - gm / distance) * r - radial * v) / gm
    return 1.0 / (2.0 / distance - speed2 / gm), np.linalg.norm(vector, axis=0)


def today(
    config: Config, capture: CaptureCore, values: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Orbits today of the bound survivors, and the moons they are like; `values` at the end."""
    bound = np.flatnonzero(is_bound(values))
    a_now, e_now = (np.full(len(values["outcome"]), np.nan) for _ in range(2))
    moon, valid = (np.zeros(len(a_now), dtype=np.int8) for _ in range(2))
    if bound.size:
        a, e = inertial_orbit(capture, {name: values[name][bound] for name in STATE})
        found = capture.tides(a, e, values["radius_end"][bound], values["i_end"][bound] > 90.0)
        stays = bound[~found["fell"]]
        a_now[stays], e_now[stays] = (found[name][~found["fell"]] for name in ("a_now", "e_now"))
        valid[bound] = found["valid"]
        for number, name in enumerate(MOONS[1:], start=1):
            like = np.abs(a_now[stays] / TODAY[name][0] - 1.0) <= config["tides"]["tolerance"]
            like &= (e_now[stays] <= config["tides"]["e_max"]) & (values["i_end"][stays] < 90.0)
            moon[stays[like & (valid[stays] > 0)]] = number
    return {"a_now": a_now, "e_now": e_now, "moon": moon, "tides_valid": valid}


@dataclass
class Tally:
    """Totals over the cases done.

    Parameters
    ----------
    outcomes
        Number of cases by outcome.
    steps
        Steps of the integrator.
    bound
        Captured cases that are still bound.
    extremes
        Smallest and largest value by name; (inf, -inf) when there was none.
    valid
        Bound cases to whose eccentricity the tides apply.
    moons
        Number of cases by moon.
    examples
        The first cases of each moon, with their values.
    """

    outcomes: np.ndarray = field(default_factory=lambda: np.zeros(len(OUTCOMES), dtype=np.int64))
    steps: int = 0
    bound: int = 0
    valid: int = 0
    extremes: dict[str, tuple[float, float]] = field(
        default_factory=lambda: dict.fromkeys(("lifetime", "e_end", "heating"),
                                              (math.inf, -math.inf)))
    moons: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOONS[1:], 0))
    examples: dict[str, list[dict[str, float]]] = field(
        default_factory=lambda: {name: [] for name in MOONS[1:]})

    @property
    def done(self) -> int:
        """Cases done."""
        return int(self.outcomes.sum())

    def add(self, values: Mapping[str, np.ndarray]) -> None:
        """Count a slice of cases that follows the ones so far."""
        first = self.done
        outcome = values["outcome"]
        self.outcomes += np.bincount(outcome, minlength=len(OUTCOMES))
        self.steps += int(values["n_step"].sum(dtype=np.int64))
        self.bound += int(is_bound(values).sum())
        self.valid += int(values["tides_valid"].sum()) if "tides_valid" in values else 0
        captured = outcome == CAPTURED
        for name, chosen in (("lifetime", captured), ("e_end", captured), ("heating", ...)):
            finite = values[name][chosen]
            finite = finite[np.isfinite(finite)]
            if finite.size:
                low, high = self.extremes[name]
                self.extremes[name] = (min(low, float(finite.min())),
                                       max(high, float(finite.max())))
        for number, name in enumerate(MOONS[1:], start=1):
            found = np.flatnonzero(values["moon"] == number) if "moon" in values else []
            self.moons[name] += len(found)
            for case in found[: SHOWN - len(self.examples[name])]:
                shown = {key: float(values[key][case]) for key in values
                         if np.ndim(values[key]) == 1}
                self.examples[name].append({"case": first + int(case), **shown})

    def attributes(self) -> dict[str, int]:
        """The totals as global attributes."""
        return {
            **{f"n_{name}": int(n) for name, n in zip(OUTCOMES, self.outcomes, strict=True)},
            "n_bound": self.bound,
            **{f"n_{name}": n for name, n in self.moons.items()},
            "n_step": self.steps,
        }


def scalars(config: Config, capture: CaptureCore) -> dict[str, float]:
    """Values of the variables without a case dimension."""
    const, table = capture.constants, constants()
    au, year = table["au"].value, table["year"].value
    x, y, z = capture.start_point
    return {
        "x_start": x, "y_start": y, "z_start": z,
        "radius": config["planet"]["radius"],
        "r_hill": const["r_hill"] * au / 1e3,
        "omega": const["omega"] / year,
        "k_drag": const["k_drag"],
        "au": au, "julian_year": year,
    }
