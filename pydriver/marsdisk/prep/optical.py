# SPDX-License-Identifier: BSD-3-Clause
"""Reader of optical constants: text files with the columns wavelength [um], n, k."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marsdisk.errors import InputError, Problem

WAVELENGTHS = (1.0e-3, 1.0e5)
"""Wavelengths [um] that make sense; others are most likely in another unit."""

MIN_ROWS = 10
"""A file with fewer rows [1] does not describe a spectrum."""

MAX_PROBLEMS = 10
"""A file with more bad lines than this is not the file it is meant to be."""

FORSTERITE_FILES = tuple(
    Path(__file__).parents[1] / "data" / "optical" / f"fors_{axis}_295_nk.dat" for axis in "abc"
)
"""Forsterite at 295 K, electric field along each crystal axis."""

FORSTERITE_SOURCE = (
    "Forsterite Mg2SiO4, crystal axes a, b, c, 295 K, 0.08-1000 um: tables 'New optical constants "
    "of forsterite', Astrophysical Institute Jena, research unit FOR 2285, "
    "https://www2.astro.uni-jena.de/FOR2285/en/forsterite_optical.php; compiled there from "
    "transmission measurements of Mutschke & Mohr (2019, A&A 625, A61) and modified data of Suto "
    "et al. (2006, MNRAS 370, 1599), Zeidler et al. (2011, A&A 526, A68) and Huffman & Stapp "
    "(1973, in Interstellar Dust and Related Topics, IAU Symp. 52, 297)"
)
"""Where the forsterite files come from."""


@dataclass(frozen=True)
class OpticalConstants:
    """Optical constants n + ik of a material, or of one crystal axis of it.

    Parameters
    ----------
    path
        The file they come from.
    wavelength
        Vacuum wavelength [um], strictly ascending.
    n
        Real part of the refractive index [1].
    k
        Imaginary part of the refractive index [1], >= 0.
    sha256
        Hash of the file.
    """

    path: Path
    wavelength: np.ndarray
    n: np.ndarray
    k: np.ndarray
    sha256: str

    def index(self, wavelength: np.ndarray, k_min: float) -> np.ndarray:
        """Complex refractive index n + ik [1], linear in between, constant beyond the ends.

        Parameters
        ----------
        wavelength
            Wavelengths [um].
        k_min
            Floor of k [1].
        """
        n = np.interp(wavelength, self.wavelength, self.n)
        k = np.interp(wavelength, self.wavelength, self.k)
        return n + 1j * np.maximum(k, k_min)


def read_all_optical_constants(paths: Sequence[Path]) -> tuple[OpticalConstants, ...]:
    """Read several files (crystal axes); the problems of all of them are reported together.

    Raises
    ------
    InputError
        With every problem found.
    """
    axes: list[OpticalConstants] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            axes.append(read_optical_constants(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(axes)


def read_optical_constants(path: Path) -> OpticalConstants:
    """Read and check a file of wavelength [um], n, k; ``#`` starts a comment.

    Parameters
    ----------
    path
        The file: three columns separated by blanks.

    Raises
    ------
    InputError
        With every problem found, each with ``file:line``.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise InputError(
            [Problem(str(path), "", "is not a text file", "expected columns of numbers")]
        ) from None
    problems: list[Problem] = []
    rows: list[tuple[float, float, float]] = []
    for line, content in enumerate(text.splitlines(), start=1):
        fields = content.split("#")[0].split()
        if not fields:
            continue
        place = f"{path}:{line}"
        row = _row(place, fields, problems)
        if row is None:
            continue
        if rows and row[0] <= rows[-1][0]:
            problems.append(
                Problem(place, "wavelength", f"{fields[0]} does not increase",
                        "expected strictly ascending wavelengths [um]")
            )
        rows.append(row)
    if not problems and len(rows) < MIN_ROWS:
        problems.append(Problem(str(path), "", f"{len(rows)} rows", f"expected {MIN_ROWS} or more"))
    if len(problems) > MAX_PROBLEMS:
        more = len(problems) - MAX_PROBLEMS
        problems = [*problems[:MAX_PROBLEMS], Problem(str(path), "", f"and {more} more problems")]
    if problems:
        raise InputError(problems)
    wavelength, n, k = np.array(rows).T
    return OpticalConstants(path, wavelength, n, k, hashlib.sha256(data).hexdigest())


def _row(
    place: str, fields: Sequence[str], problems: list[Problem]
) -> tuple[float, float, float] | None:
    """Numbers of a line; None if there are not three. What is wrong is added to `problems`."""
    layout = "expected wavelength [um], n, k separated by blanks"
    if len(fields) != 3:
        problems.append(Problem(place, "", f"{len(fields)} columns", layout))
        return None
    try:
        wavelength, n, k = (float(field) for field in fields)
    except ValueError:
        problems.append(Problem(place, "", f"'{' '.join(fields)}' is not three numbers", layout))
        return None
    low, high = WAVELENGTHS
    if not low <= wavelength <= high:
        problems.append(
            Problem(place, "wavelength", f"{fields[0]} is out of range",
                    f"expected {low:g} to {high:g} um; is the file in nm, m or cm-1?")
        )
    if not (math.isfinite(n) and n > 0.0):
        problems.append(Problem(place, "n", f"{fields[1]} is not allowed", "expected n > 0"))
    if not (math.isfinite(k) and k >= 0.0):
        problems.append(
            Problem(place, "k", f"{fields[2]} is not allowed", "expected k >= 0 (n + ik)")
        )
    return wavelength, n, k
