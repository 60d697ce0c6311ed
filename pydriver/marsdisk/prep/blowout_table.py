# SPDX-License-Identifier: BSD-3-Clause
"""The table of blow-out from orbits: what is in it, its file, and what it says as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marsdisk import __version__
from marsdisk.errors import InputError, Problem
from marsdisk.prep.table_file import compact_variable, new_table, opened_table

SHIPPED_TABLE = Path(__file__).parents[1] / "data" / "blowout_orbits.nc"
"""Table that runs use unless they name another."""

_BITS = 16  # of the mantissa kept in the file: 8e-6

_LIMITS = {"e": (0.0, 1.0), "dive": (0.0, 0.5), "exit": (1.0, np.inf), "grade": (0.0, 1.9999),
           "unbound": (0.0, 1.0), "mars": (0.0, 1.0), "chi": (0.0, np.inf)}
"""Range of what a run uses [1]."""

_AXES = ("e", "dive", "exit", "grade")
_PART, _WAY = ("e", "dive", "grade"), ("e", "exit", "grade")

_VARIABLES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "e": (("e",), "eccentricity of the parents"),
    "dive": (("dive",), "eccentric anomaly over pi at which the parents meet the surface of Mars"),
    "exit": (("exit",), "radius at which a grain has left, over the apocentre of the parents"),
    "grade": (("grade",), "scaled beta"),
    "beta": (_PART, "radiation pressure of Mars over its gravity"),
    "unbound": (_PART, "fraction of the released grains that are unbound"),
    "mars": (_PART, "fraction of the released grains that are unbound, but hit Mars"),
    "chi": (_AXES, "mean time that unbound grains stay, times the mean motion of the parents"),
    "recross": (_WAY, "fraction of the unbound grains that cross the mid-plane on their way out"),
    "depth": (_WAY, "mean optical depth of the way out over the normal one of the disk"),
    "collided": (_WAY, "fraction of the unbound grains that collide on their way out, at tau"),
}


@dataclass(frozen=True)
class BlowoutTable:
    """Grains released by bound parents, against eccentricity, Mars, exit and beta.

    Parameters
    ----------
    e
        Eccentricities of the parents [1], ascending (n_e).
    dive
        Eccentric anomaly over pi at which parents meet the surface of Mars [1], 0 to 0.5 (n_dive).
    exit
        Radius at which a grain has left over the parents' apocentre a (1 + e) [1] (n_exit).
    grade
        Scaled beta [1], from 0 (nothing unbound) by 1 (all of it) towards 2 (n_grade).
    beta
        Radiation pressure over gravity [1] (n_e, n_dive, n_grade).
    unbound, mars
        Fractions of the released grains that are unbound, and that are so but hit Mars [1]
        (n_e, n_dive, n_grade).
    chi
        Mean time until an unbound grain has left or hit Mars [1/Omega]
        (n_e, n_dive, n_exit, n_grade).
    recross, depth, collided
        What happens on the way out, for parents that clear Mars [1] (n_e, n_exit, n_grade):
        fraction that crosses the mid-plane, optical depth over that of the disk, fraction that
        collides.
    attributes
        Where the table comes from, as in the file.
    sha256
        Hash of the file; empty if the table was not read from one.
    """

    e: np.ndarray
    dive: np.ndarray
    exit: np.ndarray
    grade: np.ndarray
    beta: np.ndarray
    unbound: np.ndarray
    mars: np.ndarray
    chi: np.ndarray
    recross: np.ndarray
    depth: np.ndarray
    collided: np.ndarray
    attributes: Mapping[str, object] = field(default_factory=dict)
    sha256: str = ""


def grade_of(beta: np.ndarray, e: float) -> np.ndarray:
    """Grade of values of beta [1] for parents that clear Mars; 0 where nothing is unbound."""
    part = np.clip((1.0 - 2.0 * beta) / max(e, 1.0e-12), -1.0, 1.0)
    whole = 2.0 - np.sqrt(0.5 * (1.0 + e) / np.maximum(beta, 0.5 * (1.0 + e)))
    return np.where(beta < 0.5 * (1.0 + e), np.arccos(part) / np.pi, whole)


def listing(table: BlowoutTable, beta: np.ndarray) -> list[str]:
    """What a table says for `beta` [1] and parents that clear Mars, as lines of text."""
    left = int(np.abs(table.exit - 2.0).argmin())
    head = "     e     beta  unbound      chi  recross    depth collided"
    lines = [f"{head}   (left at {table.exit[left]:g} apocentres)"]
    for k, e in enumerate(table.e):
        grade = grade_of(beta, float(e))
        rows = (table.unbound[k, 0], *(x[k, left] for x in (
            table.chi[:, 0], table.recross, table.depth, table.collided)))
        for at, *values in zip(beta, *(np.interp(grade, table.grade, y) for y in rows),
                               strict=True):
            numbers = " ".join(f"{x:8.4f}" for x in values) if values[0] > 0.0 else "   bound"
            lines.append(f"{e:6.3f} {at:8.3f} {numbers}")
    return lines


def write_blowout_table(path: Path, table: BlowoutTable, *, history: str) -> None:
    """Write a table; an existing file is replaced only when the new one is complete.

    Parameters
    ----------
    path
        netCDF file.
    table
        The table.
    history
        Command that made the table.
    """
    title = "Grains that bound parents release in the light of Mars"
    source = f"marsdisk {__version__}: orbits integrated with G M (1 - beta)"
    references = "Burns, Lamy & Soter (1979, Icarus 40, 1)"
    with new_table(path, title, source, history, references) as file:
        file.setncatts(table.attributes)
        for name in _AXES:
            file.createDimension(name, getattr(table, name).size)
        for name, (dimensions, long_name) in _VARIABLES.items():
            if len(dimensions) == 1:
                variable = file.createVariable(name, "f8", dimensions)
            else:
                variable = compact_variable(file, name, dimensions, _BITS)
            variable.setncatts({"units": "1", "long_name": long_name})
            variable[:] = getattr(table, name)


def read_blowout_table(path: Path = SHIPPED_TABLE) -> BlowoutTable:
    """Read and check a table.

    Parameters
    ----------
    path
        netCDF file made by ``marsdisk prep blowout``.

    Raises
    ------
    InputError
        With every problem found.
    """
    with opened_table(path, "prep blowout") as (file, sha256):
        present = [name for name in _VARIABLES if name in file.variables]
        values = {name: np.ma.filled(np.ma.asarray(file[name][:], dtype=float), np.nan)
                  for name in present}
        found = {name: file[name].dimensions for name in present}
        attributes = {name: file.getncattr(name) for name in file.ncattrs()}
    faults = list(_faults(values, found))
    if faults:
        raise InputError([Problem(str(path), name, what, wanted) for name, what, wanted in faults])
    return BlowoutTable(**values, attributes=attributes, sha256=sha256)


def _faults(
    values: Mapping[str, np.ndarray], found: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, str]]:
    """Variable, what is wrong with it, and what was expected."""
    for name, (dimensions, _) in _VARIABLES.items():
        if name not in values:
            yield name, "the variable is missing", "expected a file of `prep blowout`"
        elif found[name] != dimensions:
            yield name, f"has the dimensions {found[name]}", f"expected {dimensions}"
        elif not np.isfinite(values[name]).all():
            yield name, "has missing or infinite values", "expected finite numbers"
        elif name in _AXES and not (np.diff(values[name]) > 0.0).all():
            yield name, "does not increase", "expected strictly ascending values"
        elif name in _LIMITS:
            low, high = _LIMITS[name]
            if values[name].min() < low or values[name].max() > high:
                yield name, "is out of range", f"expected {low:g} to {high:g}"
    grade = values.get("grade")
    if grade is not None and not ({0.0, 1.0} <= set(grade.tolist()) and grade.max() > 1.0):
        yield "grade", "lacks 0, 1, or what is beyond", "expected a file of `prep blowout`"
