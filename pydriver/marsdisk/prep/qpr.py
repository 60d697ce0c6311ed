# SPDX-License-Identifier: BSD-3-Clause
"""Planck means of the efficiencies of spheres, <Q_pr>, <Q_ext>, <Q_abs>(size, temperature).

With the spectral radiance B of a black body, <Q>(s, T) = int Q(2 pi s/lambda) B(lambda, T) dlambda
/ int B(lambda, T) dlambda, and Q_pr = Q_ext - g Q_sca. Grains are randomly oriented crystals:
each axis is computed as if the whole sphere had its refractive index, and the efficiencies are
averaged with equal weights (Fabian et al. 2001, A&A 378, 228).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marsdisk import __version__
from marsdisk.errors import InputError, Problem
from marsdisk.prep.mie import efficiencies, miepython_version
from marsdisk.prep.optical import OpticalConstants
from marsdisk.prep.table_file import compact_variable, new_table, opened_table

if TYPE_CHECKING:
    from netCDF4 import Dataset

SHIPPED_TABLE = Path(__file__).parents[1] / "data" / "qpr_forsterite.nc"
"""Table that runs use unless they name another: forsterite, k >= 1e-3."""

K_MIN = 1.0e-3
"""Floor of k [1] in the shipped table. Iron-free forsterite is transparent (k = 0) from 0.26 to
3.1 um; the floor stands for the iron of real olivine."""

C2 = 1.438776877e-2
"""Second radiation constant h c/k_B [m K] (exact in the SI of 2019)."""

STEP = 1.0e-3
"""Spacing of the quadrature in ln(wavelength) [1]; resonances of a sphere with k = 1e-3 are about
as wide as this. Halving it moves no value by more than 1e-4 of max(Q, 1e-3)."""

TAIL_SHORT, TAIL_LONG = 1.0e-8, 1.0e-5
"""Shares of the Planck integral [1] that the quadrature leaves out at short, long wavelengths.
Small grains absorb ultraviolet a thousand times better than the mean, and far infrared worse."""

WARN_OUTSIDE, MAX_OUTSIDE = 0.01, 0.20
"""Shares of the Planck integral outside the n,k files [1] that give a warning, an error."""

_BLOCK = 64  # wavelengths between two calls of `progress`

_BITS = 13  # of the mantissa kept in the file: 6e-5, which halves its size

_NAMES = {
    "q_pr": "Planck-mean radiation pressure efficiency of a sphere",
    "q_ext": "Planck-mean extinction efficiency of a sphere",
    "q_abs": "Planck-mean absorption efficiency of a sphere",
}

Progress = Callable[[int, int], None]
"""Called with the number of steps done and of all steps."""


@dataclass(frozen=True)
class QprTable:
    """Planck-mean efficiencies on a grid.

    Parameters
    ----------
    size
        Radii of the spheres [m], ascending (n_size).
    temperature
        Temperatures of the black body [K], ascending (n_temperature).
    q_pr, q_ext, q_abs
        Planck means [1], (n_size, n_temperature).
    attributes
        Where the table comes from, as in the file.
    sha256
        Hash of the file; empty if the table was not read from one.
    """

    size: np.ndarray
    temperature: np.ndarray
    q_pr: np.ndarray
    q_ext: np.ndarray
    q_abs: np.ndarray
    attributes: Mapping[str, object] = field(default_factory=dict)
    sha256: str = ""

    def interpolate(
        self, name: str, size: float | np.ndarray, temperature: float | np.ndarray
    ) -> np.ndarray:
        """Interpolate linearly in (ln s, T), as the disk model does.

        Parameters
        ----------
        name
            ``q_pr``, ``q_ext`` or ``q_abs``.
        size
            Radii [m].
        temperature
            Temperatures [K]; broadcast against `size`.

        Raises
        ------
        ValueError
            Outside the table.
        """
        values = getattr(self, name)
        i, u = _cell(np.log(self.size), np.log(size))
        j, v = _cell(self.temperature, np.asarray(temperature, dtype=float))
        low = values[i, j] * (1.0 - u) + values[i + 1, j] * u
        high = values[i, j + 1] * (1.0 - u) + values[i + 1, j + 1] * u
        return low * (1.0 - v) + high * v


def _cell(axis: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the cell of `axis` and the position in it, 0 to 1."""
    slack = 1.0e-12 * (axis[-1] - axis[0])
    if np.any(at < axis[0] - slack) or np.any(at > axis[-1] + slack):
        raise ValueError("outside the Q_pr table")
    index = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, axis.size - 2)
    return index, np.clip((at - axis[index]) / (axis[index + 1] - axis[index]), 0.0, 1.0)


def default_sizes(low: float = 1.0e-8, high: float = 10.0) -> np.ndarray:
    """Radii [m] on which linear interpolation in ln s is good to 1e-3.

    Parameters
    ----------
    low, high
        First and last radius [m].
    """
    decade = np.arange(-12.0, 6.0)  # each decade of radius has its own number of nodes
    nodes = np.select([decade < -6.0, decade < -5.0, decade < -3.0], [150.0, 75.0, 30.0], 4.0)
    edges = np.append(decade, 6.0)
    rank = np.append(0.0, np.cumsum(nodes))
    first, last = np.interp(np.log10([low, high]), edges, rank)
    count = max(2, 1 + int(np.ceil(last - first)))
    size = 10.0 ** np.interp(np.linspace(first, last, count), rank, edges)
    size[[0, -1]] = low, high
    return size


def default_temperatures(low: float = 300.0, high: float = 6500.0) -> np.ndarray:
    """Temperatures [K], in equal steps of T**0.4, on which interpolation in T is good to 1e-3.

    Parameters
    ----------
    low, high
        First and last temperature [K].
    """
    first, last = low**0.4, high**0.4
    count = max(2, 1 + int(np.ceil((last - first) / 0.154)))
    temperature = np.linspace(first, last, count) ** 2.5
    temperature[[0, -1]] = low, high
    return temperature


def planck_share(wavelength: float, temperature: float) -> float:
    """Share of black-body radiation at shorter wavelengths [1] (Chang & Rhee 1984).

    Parameters
    ----------
    wavelength
        Wavelength [m].
    temperature
        Temperature [K].
    """
    x = C2 / (wavelength * temperature)
    if x < 1.0:
        powers = 1.0 / 3.0 - x / 8.0 + x**2 / 60.0 - x**4 / 5040.0 + x**6 / 272160.0
        return 1.0 - 15.0 / np.pi**4 * x**3 * powers
    n = np.arange(1.0, 1.0 + 40.0)
    terms = np.exp(-n * x) * (x**3 / n + 3.0 * x**2 / n**2 + 6.0 * x / n**3 + 6.0 / n**4)
    return float(15.0 / np.pi**4 * terms.sum())


def share_outside(axes: Sequence[OpticalConstants], temperature: np.ndarray) -> np.ndarray:
    """Share of the Planck integral [1] outside the wavelengths that all files cover.

    Parameters
    ----------
    axes
        Optical constants.
    temperature
        Temperatures [K].
    """
    first = 1.0e-6 * max(axis.wavelength[0] for axis in axes)
    last = 1.0e-6 * min(axis.wavelength[-1] for axis in axes)
    return np.array([
        planck_share(first, t) + 1.0 - planck_share(last, t) if first < last else 1.0
        for t in temperature
    ])


def _quadrature(temperature: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Wavelengths [m] in equal ratios and weights (wavelength, temperature), sum = 1 [1]."""

    def solve(share: float, at: float) -> float:
        low, high = 1.0e-5 * C2 / at, 1.0e5 * C2 / at
        while high > 1.001 * low:
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if planck_share(middle, at) < share else (low, middle)
        return low

    first, last = solve(TAIL_SHORT, temperature[-1]), solve(1.0 - TAIL_LONG, temperature[0])
    count = 1 + int(np.ceil(np.log(last / first) / step))
    wavelength = np.geomspace(first, last, count)
    x = C2 / np.outer(wavelength, temperature)
    # lambda B(lambda) ~ x**4/(exp(x) - 1): equal steps in ln(lambda) need no other factor.
    weight = x**4 * np.exp(-x) / -np.expm1(-x)
    return wavelength, weight / weight.sum(axis=0)


def planck_means(
    axes: Sequence[OpticalConstants],
    size: np.ndarray,
    temperature: np.ndarray,
    k_min: float = K_MIN,
    *,
    step: float = STEP,
    progress: Progress | None = None,
) -> QprTable:
    """Compute a table.

    The resonances of a sphere (ripple) are averaged out by the quadrature itself, which is fine
    enough to sample them.

    Parameters
    ----------
    axes
        Optical constants of each crystal axis (or of one isotropic material).
    size
        Radii [m], ascending.
    temperature
        Temperatures [K], ascending.
    k_min
        Floor of k [1].
    step
        Spacing of the quadrature in ln(wavelength) [1].
    progress
        Called now and then.

    Raises
    ------
    InputError
        If too much of the Planck integral lies outside the files.
    """
    outside = share_outside(axes, temperature)
    worst = int(outside.argmax())
    if outside[worst] > MAX_OUTSIDE:
        raise InputError([
            Problem(", ".join(str(axis.path) for axis in axes), "wavelength",
                    f"{outside[worst]:.0%} of black-body radiation at {temperature[worst]:g} K "
                    "lies outside the file",
                    f"expected at most {MAX_OUTSIDE:.0%}; is the column in um?")
        ])
    wavelength, weight = _quadrature(temperature, step)
    indices = [axis.index(1.0e6 * wavelength, k_min) for axis in axes]
    mean = np.zeros((temperature.size, 3 * size.size))
    for start in range(0, wavelength.size, _BLOCK):
        block = range(start, min(start + _BLOCK, wavelength.size))
        q = np.zeros((len(block), 3 * size.size))
        for row, position in enumerate(block):
            x = 2.0 * np.pi * size / wavelength[position]
            for index in indices:
                q[row] += efficiencies(complex(index[position]), x).ravel() / len(axes)
        mean += weight[block.start:block.stop].T @ q
        if progress:
            progress(block.stop, wavelength.size)
    q_pr, q_ext, q_abs = mean.reshape(temperature.size, 3, size.size).transpose(1, 2, 0)
    attributes = {
        "k_min": k_min,
        "optical_constants": "; ".join(f"{a.path.name} sha256 {a.sha256}" for a in axes),
        "planck_share_outside": float(outside[worst]),
        "quadrature_step": step,
        "miepython_version": miepython_version(),
    }
    return QprTable(size, temperature, q_pr, q_ext, q_abs, attributes)


def write_qpr_table(
    path: Path, table: QprTable, *, material: str, source: str, history: str
) -> None:
    """Write a table; an existing file is replaced only when the new one is complete.

    Parameters
    ----------
    path
        netCDF file.
    table
        The table.
    material
        Name of the material.
    source
        Where the optical constants come from.
    history
        Command that made the table.
    """
    title = f"Planck-mean efficiencies of spheres of {material}"
    made_by = f"marsdisk {__version__}: Mie theory and geometric optics"
    with new_table(path, title, made_by, history, source) as file:
        file.setncatts({"material": material, "sources": source, **table.attributes})
        for name, values, units, long_name in (
            ("size", table.size, "m", "radius of the sphere"),
            ("temperature", table.temperature, "K", "temperature of the black body"),
        ):
            file.createDimension(name, values.size)
            axis = file.createVariable(name, "f8", (name,))
            axis.setncatts({"units": units, "long_name": long_name})
            axis[:] = values
        for name, long_name in _NAMES.items():
            q = compact_variable(file, name, ("size", "temperature"), _BITS)
            q.setncatts({"units": "1", "long_name": long_name})
            q[:] = getattr(table, name)


def read_qpr_table(path: Path = SHIPPED_TABLE) -> QprTable:
    """Read and check a table.

    Parameters
    ----------
    path
        netCDF file made by ``marsdisk prep qpr`` or like it.

    Raises
    ------
    InputError
        With every problem found.
    """
    with opened_table(path, "prep qpr") as (file, sha256):
        values, attributes = _contents(path, file)
    return QprTable(**values, attributes=attributes, sha256=sha256)


def _contents(path: Path, file: Dataset) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Checked variables and the attributes of the file of a table."""
    expected = {
        "size": (("size",), "m"), "temperature": (("temperature",), "K"),
        **{name: (("size", "temperature"), "1") for name in _NAMES},
    }
    problems: list[Problem] = []
    values: dict[str, np.ndarray] = {}
    for name, (dimensions, units) in expected.items():
        if name not in file.variables:
            problems.append(Problem(str(path), name, "the variable is missing"))
            continue
        variable = file.variables[name]
        found = _faults(variable, dimensions, units)
        problems += [Problem(str(path), name, what, wanted) for what, wanted in found]
        if not found:
            values[name] = np.asarray(variable[:], dtype=float)
    if problems:
        raise InputError(problems)
    return values, {name: file.getncattr(name) for name in file.ncattrs()}


def _faults(variable, dimensions: tuple[str, ...], units: str) -> list[tuple[str, str]]:
    """What is wrong with a variable of a table, and what was expected."""
    if variable.dimensions != dimensions:
        return [(f"has the dimensions {variable.dimensions}", f"expected {dimensions}")]
    faults = []
    given = getattr(variable, "units", None)
    if given is None:
        faults.append(("has no units", f"expected '{units}'"))
    elif given != units:
        faults.append((f"is in '{given}'", f"expected '{units}'"))
    try:
        numbers = np.ma.filled(np.ma.asarray(variable[:], dtype=float), np.nan)
    except (TypeError, ValueError):
        return [*faults, ("is not numeric", "")]
    if not np.isfinite(numbers).all():
        faults.append(("has missing or infinite values", "expected finite numbers"))
    elif len(dimensions) == 2:
        if (numbers < 0.0).any():
            faults.append(("has negative values", "expected efficiencies >= 0"))
    elif numbers.size < 2 or numbers[0] <= 0.0 or (np.diff(numbers) <= 0.0).any():
        faults.append(("is not strictly ascending and positive", "expected 2 or more values"))
    return faults
