# SPDX-License-Identifier: BSD-3-Clause
"""netCDF files of the tables that `marsdisk prep` makes: written whole or not at all, and read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from marsdisk import __version__
from marsdisk.errors import InputError, Problem

if TYPE_CHECKING:
    from netCDF4 import Dataset, Variable


@contextmanager
def new_table(
    path: Path, title: str, source: str, history: str, references: str
) -> Iterator[Dataset]:
    """An empty file with its global attributes; it replaces an existing one when it is complete.

    Parameters
    ----------
    path
        netCDF file.
    title, source, history, references
        Attributes of the CF conventions.

    Raises
    ------
    OutputError
        It cannot be written (disk full); what was there is untouched.
    """
    from netCDF4 import Dataset

    from marsdisk.output.files import remove_leftovers, replaced

    remove_leftovers(path)
    with replaced(path, new=False) as aside, Dataset(aside, "w") as file:
        file.setncatts({
            "Conventions": "CF-1.11", "title": title, "institution": "marsdisk",
            "source": source, "history": history, "references": references,
            "marsdisk_version": __version__,
        })
        yield file


def compact_variable(
    file: Dataset, name: str, dimensions: tuple[str, ...], bits: int
) -> Variable:
    """A new compressed variable that keeps `bits` of the mantissa."""
    return file.createVariable(name, "f4", dimensions, zlib=True, complevel=9, shuffle=True,
                               significant_digits=bits, quantize_mode="BitRound")


@contextmanager
def opened_table(path: Path, command: str) -> Iterator[tuple[Dataset, str]]:
    """The file of a table that `marsdisk COMMAND` made, and its SHA-256.

    Raises
    ------
    InputError
        It cannot be read, or is no such file.
    """
    from netCDF4 import Dataset

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    try:
        with Dataset(path) as file:
            yield file, hashlib.sha256(data).hexdigest()
    except (OSError, RuntimeError, TypeError, ValueError):
        raise InputError(
            [Problem(str(path), "", "is not a netCDF file, or a damaged one",
                     f"expected a file of `{command}`")]
        ) from None
