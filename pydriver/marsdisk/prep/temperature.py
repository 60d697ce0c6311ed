# SPDX-License-Identifier: BSD-3-Clause
"""Tables of the temperature of Mars against time, for ``mars.driver = 'table'``.

A layer of depth D cools from both laws as D rho c_p dT/dt = -F. ``slab`` radiates
F = min(sigma T^4, f_lim); ``linear`` keeps the flux of the start, F = min(sigma T0^4, f_lim). Both
have closed forms, and both stop at a floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marsdisk.errors import InputError, Problem

SIGMA_SB = 5.670374419e-8
"""Stefan-Boltzmann constant [W m-2 K-4] (exact in the SI of 2019)."""

YEAR = 365.25 * 86400.0
"""Julian year [s]."""

TIME_UNITS = {"s": 1.0, "d": 86400.0, "yr": YEAR}
"""Accepted units of time [s]."""

LAWS = ("slab", "linear", "hotspot", "constant")
"""Laws of cooling; ``hotspot`` is a slab that starts at `hotspot_temperature`."""

MAX_PROBLEMS = 10
"""A file with more bad lines than this is not the table it is meant to be."""


@dataclass(frozen=True)
class Lamp:
    """A law of cooling and its parameters, named and preset like those of ``&mars``.

    Parameters
    ----------
    law
        ``slab``, ``linear`` or ``constant``.
    t0
        Temperature at the start [K].
    layer_depth
        Depth D of the layer that cools [m].
    layer_rho
        Its density [kg m-3].
    layer_cp
        Its specific heat [J kg-1 K-1].
    t_floor
        Mars does not cool below this temperature [K].
    f_lim
        Limit of the outgoing radiation [W m-2]; 0 = none.
    """

    law: str = "slab"
    t0: float = 4000.0
    layer_depth: float = 1.0e5
    layer_rho: float = 3000.0
    layer_cp: float = 1000.0
    t_floor: float = 0.0
    f_lim: float = 0.0

    @property
    def heat(self) -> float:
        """Heat capacity of the layer [J m-2 K-1]."""
        return self.layer_depth * self.layer_rho * self.layer_cp

    @property
    def _limit(self) -> float:
        """Limit of the flux [W m-2]."""
        return self.f_lim or math.inf

    @property
    def _free_below(self) -> float:
        """Temperature below which a slab radiates sigma T^4 [K]."""
        return min(self.t0, (self._limit / SIGMA_SB) ** 0.25)

    def time_at(self, temperature: float) -> float:
        """Time at which Mars has cooled to `temperature`, the floor left aside [s].

        Parameters
        ----------
        temperature
            Temperature [K], above 0 and at most `t0`.
        """
        if temperature >= self.t0:
            return 0.0
        if self.law == "constant":
            return math.inf
        if self.law == "linear":
            flux = min(SIGMA_SB * self.t0**4, self._limit)
            return (self.t0 - temperature) * self.heat / flux
        free = self._free_below
        limited = (self.t0 - max(temperature, free)) * self.heat / self._limit
        if temperature >= free:
            return limited
        return limited + (temperature**-3 - free**-3) * self.heat / (3.0 * SIGMA_SB)

    def temperature_at(self, time: np.ndarray) -> np.ndarray:
        """Temperature of Mars [K].

        Parameters
        ----------
        time
            Times since the start [s].
        """
        time = np.asarray(time, dtype=float)
        if self.law == "constant":
            return np.full(time.shape, self.t0)
        if self.law == "linear":
            flux = min(SIGMA_SB * self.t0**4, self._limit)
            cooled = self.t0 - flux * time / self.heat
        else:
            free = self._free_below
            change = self.time_at(free)
            after = np.maximum(time - change, 0.0)
            cooled = (free**-3 + 3.0 * SIGMA_SB * after / self.heat) ** (-1.0 / 3.0)
            if change > 0.0:
                cooled = np.where(time < change, self.t0 - self.f_lim * time / self.heat, cooled)
        return np.maximum(cooled, min(self.t_floor, self.t0))

    def table(self, t_end: float, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Sample the law, more densely at the start and exactly at its kinks.

        Parameters
        ----------
        t_end
            Last time [s].
        rows
            Number of rows, not counting those at kinks.

        Returns
        -------
        time, temperature
            Columns [s], [K].

        Raises
        ------
        InputError
            If the law reaches 0 K.
        """
        time = t_end * np.linspace(0.0, 1.0, rows) ** 2
        kinks = [self.time_at(self._free_below)] if self.law == "slab" else []
        if self.t_floor > 0.0:
            corner = self.time_at(self.t_floor)
            kinks += [0.999 * corner, corner]  # smooth interpolation would round it off
        time = np.union1d(time, [kink for kink in kinks if 0.0 < kink < t_end])
        temperature = self.temperature_at(time)
        if temperature[-1] <= 0.0:
            zero = self.time_at(0.0) / YEAR
            raise InputError([
                Problem("--t-end", "", f"the law reaches 0 K after {zero:.4g} yr",
                        "expected an earlier end or --t-floor")
            ])
        return time, temperature


def hotspot_temperature(t_hot: float, f_hot: float, t_bg: float) -> float:
    """Effective temperature of a surface with two temperatures [K].

    Parameters
    ----------
    t_hot
        Temperature of the hot part [K].
    f_hot
        Fraction of the surface that is hot [1].
    t_bg
        Temperature of the rest [K].
    """
    return (f_hot * t_hot**4 + (1.0 - f_hot) * t_bg**4) ** 0.25


def impact_heating(v_impact: float, layer_cp: float = 1000.0) -> float:
    """Rise of the temperature by an impact [K], v^2/(8 c_p).

    The shock between like materials brings both to half the speed; it leaves as much internal
    energy as kinetic, (v/2)^2/2 per unit mass.

    Parameters
    ----------
    v_impact
        Speed of the impact [m s-1].
    layer_cp
        Specific heat [J kg-1 K-1].
    """
    return v_impact**2 / (8.0 * layer_cp)


def read_columns(
    path: Path, time_unit: str, *, from_first: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Read time and temperature [K] from the first two columns of a text file.

    Columns are separated by blanks, commas or semicolons; ``#`` starts a comment, and one line of
    column names before the numbers is skipped.

    Parameters
    ----------
    path
        The file.
    time_unit
        Key of `TIME_UNITS`.
    from_first
        Count the time from the first row.

    Returns
    -------
    time, temperature
        Columns [s], [K].

    Raises
    ------
    InputError
        With every problem found, each with ``file:line``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), "", "is not a text file")]) from None
    problems: list[Problem] = []
    rows: list[tuple[float, float]] = []
    header_allowed = True
    for line, content in enumerate(text.splitlines(), start=1):
        fields = content.split("#")[0].replace(",", " ").replace(";", " ").split()
        if not fields:
            continue
        skip, header_allowed = header_allowed, False
        try:
            time, temperature = float(fields[0]), float(fields[1])
        except (ValueError, IndexError):
            if not skip:
                problems.append(
                    Problem(f"{path}:{line}", "", f"'{content.strip()}' is not two numbers",
                            f"expected time [{time_unit}] and temperature [K]")
                )
            continue
        problems += _row_problems(f"{path}:{line}", fields, rows, (time, temperature))
        rows.append((time, temperature))
    if not problems and len(rows) < 2:
        problems.append(Problem(str(path), "", f"{len(rows)} rows", "expected 2 or more"))
    if not problems and not from_first and rows[0][0] != 0.0:
        problems.append(
            Problem(str(path), "", f"the first time is {rows[0][0]:g} {time_unit}",
                    "expected 0, the start of the run, or --from-first")
        )
    if len(problems) > MAX_PROBLEMS:
        more = len(problems) - MAX_PROBLEMS
        problems = [*problems[:MAX_PROBLEMS], Problem(str(path), "", f"and {more} more problems")]
    if problems:
        raise InputError(problems)
    times, temperatures = np.array(rows).T
    return (times - times[0] if from_first else times) * TIME_UNITS[time_unit], temperatures


def _row_problems(
    place: str, fields: list[str], before: list[tuple[float, float]], row: tuple[float, float]
) -> list[Problem]:
    """What is wrong with the numbers of a row."""
    time, temperature = row
    problems = []
    if not math.isfinite(time):
        problems.append(Problem(place, "time", f"{fields[0]} is not allowed", "expected a number"))
    elif before and time <= before[-1][0]:
        problems.append(
            Problem(place, "time", f"{fields[0]} does not increase",
                    "expected strictly increasing times")
        )
    if not 0.0 < temperature <= 2.0e4:
        problems.append(
            Problem(place, "temperature", f"{fields[1]} is not allowed",
                    "expected more than 0 and at most 2e4 K")
        )
    return problems


def format_table(time: np.ndarray, temperature: np.ndarray, comments: list[str]) -> str:
    """Text of a table that ``mars.table`` reads.

    Parameters
    ----------
    time
        Times since the start [s].
    temperature
        Temperatures of Mars [K].
    comments
        Lines that say where it comes from.
    """
    lines = [f"# {comment}" for comment in comments]
    lines += [f"# t [yr of {YEAR / 86400.0:g} d since the start]  T [K]", "time_yr  temperature_K"]
    lines += [
        f"{t / YEAR:<18.12g} {kelvin:.8g}" for t, kelvin in zip(time, temperature, strict=True)
    ]
    return "\n".join(lines) + "\n"
