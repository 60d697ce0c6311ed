# SPDX-License-Identifier: BSD-3-Clause
"""Names and units of the columns of particle files.

A column is called as in ``m_kg``, ``m [kg]``, ``m(kg)``, or only ``m`` where the unit is said
otherwise; units are never guessed. Columns of other names are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marsdisk.core import constants
from marsdisk.errors import InputError, Problem, nearest

ELEMENTS = ("m", "a", "e", "i")
STATES = ("m", "x", "y", "z", "vx", "vy", "vz")

NAMES = {
    "m": ("mass", "masses"), "a": ("semi_major_axis",), "e": ("ecc", "eccentricity"),
    "i": ("inc", "inclination"), "x": (), "y": (), "z": (), "vx": ("v_x",), "vy": ("v_y",),
    "vz": ("v_z",),
}
"""Column -> other names of it."""

ANOMALIES = ("M", "E")
"""Names that differ from those of columns in case alone, and mean something else."""

DIMENSIONS = {
    "m": "mass", "a": "length", "e": "number", "i": "angle", "x": "length", "y": "length",
    "z": "length", "vx": "speed", "vy": "speed", "vz": "speed",
}
"""Column -> what it is."""

SYSTEMS = {"si": ("kg", "m", "m/s", "rad"), "cgs": ("g", "cm", "cm/s", "rad")}
"""Short names of sets of units."""

_FORM = re.compile(r"(.+?)\s*[\[(]([^\])]*)[\])]\Z")


@dataclass(frozen=True)
class Unit:
    """A unit: what it measures, and its value in SI units."""

    dimension: str
    factor: float


def units() -> Mapping[str, Unit]:
    """All units by name."""
    const = constants()
    return {
        "kg": Unit("mass", 1.0), "g": Unit("mass", 1.0e-3),
        "M_Mars": Unit("mass", const["m_mars"].value),
        "m": Unit("length", 1.0), "km": Unit("length", 1.0e3), "cm": Unit("length", 1.0e-2),
        "R_Mars": Unit("length", const["r_mars"].value), "AU": Unit("length", const["au"].value),
        "m/s": Unit("speed", 1.0), "km/s": Unit("speed", 1.0e3), "cm/s": Unit("speed", 1.0e-2),
        "rad": Unit("angle", 1.0), "deg": Unit("angle", np.pi / 180.0),
        "1": Unit("number", 1.0),
    }


def find_unit(text: str) -> Unit | None:
    """The unit that a text means; 'km_s', 'km s-1' and 'km s^-1' are km/s."""
    def plain(name: str) -> str:
        name = re.sub(r"[\s_*^]", "", name.lower())
        return re.sub(r"(?<=m)/?s(-1)?\Z", "/s", name)

    return next((unit for name, unit in units().items() if plain(name) == plain(text)), None)


@dataclass(frozen=True)
class Columns:
    """Where the needed columns are in a file.

    Parameters
    ----------
    names
        `ELEMENTS` or `STATES`.
    places
        Position of each in the file (len(names)).
    factors
        Factor of each to SI units (len(names)).
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    factors: tuple[float, ...]


def parse_units(text: str) -> dict[str, Unit]:
    """Units by dimension from a list such as ``kg,km,km/s``, or a name of `SYSTEMS`.

    Raises
    ------
    InputError
        With every problem found.
    """
    found: dict[str, Unit] = {}
    problems = []
    known = [*units(), *SYSTEMS]
    for word in SYSTEMS.get(text.strip().lower(), tuple(filter(None, text.split(",")))):
        unit = find_unit(word)
        if unit is None:
            problems.append(Problem("--units", "", f"there is no unit '{word.strip()}'",
                                    "expected " + ", ".join(known), nearest(word, known)))
        elif unit.dimension in found:
            problems.append(Problem("--units", "", f"a second unit of {unit.dimension}, '{word}'",
                                    "expected one of each"))
        else:
            found[unit.dimension] = unit
    if problems:
        raise InputError(problems)
    return found


def parse_name(text: str) -> tuple[str, str | None]:
    """Column and text of the unit that a header means; the column is empty for other columns."""
    text = text.strip().strip("'\"").strip()
    match = _FORM.match(text)
    if match:
        return _column(match[1]), match[2]
    if _column(text):
        return _column(text), None
    parts = text.split("_")
    for k in range(len(parts) - 1, 0, -1):
        name, unit = _column("_".join(parts[:k])), "_".join(parts[k:])
        if name and find_unit(unit) is not None:
            return name, unit
    return "", None


def _column(name: str) -> str:
    """Column that a name without a unit means; empty for others."""
    name = name.strip()
    if name in ANOMALIES:
        return ""
    name = name.lower()
    return next((column for column, others in NAMES.items() if name in (column, *others)), "")


def find_columns(
    header: Sequence[str], place: str, given: Mapping[str, Unit]
) -> Columns:
    """Find the needed columns in a header.

    Parameters
    ----------
    header
        Names of all columns of the file.
    place
        Where they stand, for messages.
    given
        Units by dimension of columns whose names have none.

    Raises
    ------
    InputError
        With every problem found.
    """
    parsed = [parse_name(text) for text in header]
    there = [name for name, _ in parsed if name]
    wanted = STATES if set(there).intersection(STATES[1:]) else ELEMENTS
    listed = _listed(header)
    problems = [
        Problem(place, "", f"there is no column {name}",
                f"expected {' '.join(ELEMENTS)} or {' '.join(STATES)}, with units; found {listed}")
        for name in wanted if name not in there
    ]
    problems += [Problem(place, "", f"the column {name} is there twice")
                 for name in wanted if there.count(name) > 1]
    factors = []
    for name in wanted:
        if name not in there:
            continue
        place_in = next(k for k, (column, _) in enumerate(parsed) if column == name)
        factor, problem = _factor(name, parsed[place_in][1], place, given)
        factors.append(factor)
        problems += problem
    if problems:
        raise InputError(problems)
    places = tuple(next(k for k, (column, _) in enumerate(parsed) if column == name)
                   for name in wanted)
    return Columns(wanted, places, tuple(factors))


def _listed(header: Iterable[str]) -> str:
    names = [name.strip() for name in header]
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")


def _factor(
    name: str, text: str | None, place: str, given: Mapping[str, Unit]
) -> tuple[float, list[Problem]]:
    """Factor of a column to SI units, and what is wrong with its unit."""
    dimension = DIMENSIONS[name]
    if dimension == "number":
        unit = find_unit(text) if text else Unit("number", 1.0)
    else:
        unit = find_unit(text) if text is not None else given.get(dimension)
    if unit is not None and unit.dimension == dimension:
        return unit.factor, []
    fitting = [known for known, other in units().items() if other.dimension == dimension]
    expected = f"expected {' or '.join(fitting)}"
    if text is None:
        return 1.0, [Problem(place, name, "has no unit", f"{expected}, as in {name}_{fitting[0]} "
                             "or with --units")]
    return 1.0, [Problem(place, name, f"'{text}' is no unit of {dimension}", expected,
                         nearest(text, fitting))]
