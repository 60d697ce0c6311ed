# SPDX-License-Identifier: BSD-3-Clause
"""Writing netCDF files that are complete at any moment, and what all of them hold.

A file is always written aside and renamed, so that whoever looks at it finds a complete file: the
finished run, or the last checkpoint. What is written aside carries the process that writes it in
its name, so that what a killed one has left can be told from what is being written.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.core import constants
from marsdisk.errors import OutputError
from marsdisk.output.schema import Variable

ABANDONED = 3600.0
"""What has not been written to for so long is left over, whatever machine wrote it [s]."""


class Spare:
    """The file that was replaced last, kept aside.

    It lacks only what is new in the present one: brought up to date it can replace that in its
    turn, so that the work grows with what is new and not with the file.
    """

    def __init__(self) -> None:
        self._aside = ""

    def __bool__(self) -> bool:
        return bool(self._aside) and os.path.exists(self._aside)

    def take(self) -> str:
        """Its path; from now on it belongs to the caller."""
        aside, self._aside = self._aside, ""
        return aside

    def keep(self, path: Path) -> None:
        """Keep a file that is about to be replaced, where the file system knows hard links."""
        aside = _new_aside(path)
        os.unlink(aside)
        with contextlib.suppress(OSError):
            os.link(path, aside)
            self._aside = aside

    def remove(self) -> None:
        """Nobody needs it any more."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.take())


@contextlib.contextmanager
def replaced(
    path: Path, new: bool, copied: bool = False, spare: Spare | None = None
) -> Iterator[str]:
    """Write a file aside in the block, and rename it at its end.

    Parameters
    ----------
    path
        The file; of a link what it leads to.
    new
        Do not replace a file that has appeared since the run began: take another name, and fail.
    copied
        The file aside begins as a copy of the present one.
    spare
        If there is one the file aside is that, not a copy; the present one is kept in its stead.

    Yields
    ------
    str
        Path of the file aside.

    Raises
    ------
    OutputError
        The file cannot be written (disk full, no permission); what was there is untouched.
    """
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    ready = bool(spare)
    aside = spare.take() if spare else _new_aside(path)
    try:
        if copied and not ready:
            shutil.copyfile(path, aside)
        yield aside
        _flush(aside)
        os.chmod(aside, 0o666 & ~_umask())
        if not new:
            if spare is not None:
                spare.keep(path)
        elif not _is_first(aside, path):
            other = path.with_name(f"{path.stem}-{os.getpid()}{path.suffix}")
            os.replace(aside, other)
            raise OutputError(f"{path} was made by someone else while this run was under way; "
                              f"what this run has done is in {other}")
        os.replace(aside, path)
    except (OSError, RuntimeError) as error:
        # netCDF4 reports a full disk as RuntimeError ("NetCDF: HDF error")
        raise OutputError(f"{path} cannot be written ({error}); is the disk full?") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)


def _is_first(aside: str, path: Path) -> bool:
    """Give a file aside its name if nobody has taken that: of two at once, one does."""
    try:
        os.link(aside, path)
    except FileExistsError:
        return os.path.samefile(aside, path)  # a server may have done it and lost its answer
    except OSError:  # a file system without hard links
        with contextlib.suppress(FileExistsError), open(path, "x"):
            return True
        return False
    return True


def make_ready(path: Path) -> None:
    """Before a run: remove what killed ones have left, and see that its file can be written.

    The folder is made if only it is missing.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OutputError
        Nothing can be written there, which is better known now than after hours of computing.
    """
    with contextlib.suppress(OSError):  # what is wrong with it is said below
        path.parent.mkdir(exist_ok=True)
    remove_leftovers(path)
    os.unlink(_new_aside(path))


def remove_leftovers(path: Path) -> None:
    """Remove what killed processes have left aside of a file; a live one's is not touched."""
    pattern = re.compile(re.escape(_prefix(path)) + r"(\w*)-(\d+)-\w+\.part")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            if match is None:
                continue
            with contextlib.suppress(OSError):
                dead = match[1] == _host() and not _is_alive(int(match[2]))
                if dead or time.time() - entry.stat().st_mtime > ABANDONED:
                    os.unlink(entry.path)


def _new_aside(path: Path) -> str:
    """A new empty file aside of a file."""
    prefix = f"{_prefix(path)}{_host()}-{os.getpid()}-"
    try:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".part")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error}") from error
    os.close(handle)
    return aside


def _prefix(path: Path) -> str:
    """How the name of what is aside begins; short enough for the longest name a file may have."""
    return f".{path.name[:128]}."


def _host() -> str:
    """This machine, as part of a file name."""
    return re.sub(r"\W", "_", platform.node(), flags=re.ASCII)[:32]


def _is_alive(process: int) -> bool:
    """Whether there is a process of that number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def define(
    data: netCDF4.Dataset, variable: Variable, coordinates: str = "", **storage: object
) -> netCDF4.Variable:
    """Define a variable with its attributes; its dimensions are there.

    What is missing is NaN in the file: whoever reads without masks meets no number.
    """
    fill = np.nan if variable.missing else None
    entry = data.createVariable(variable.name, variable.type, variable.dimensions,
                                fill_value=fill, **storage)
    entry.long_name = variable.long_name
    entry.units = variable.units
    if variable.standard_name:
        entry.standard_name = variable.standard_name
    if coordinates:
        entry.coordinates = coordinates
    if variable.name == "time":
        entry.axis = "T"
    if variable.flags:
        entry.flag_values = np.arange(len(variable.flags), dtype=variable.type)
        entry.flag_meanings = " ".join(variable.flags)
    return entry


def filled(variable: Variable, value: np.ndarray) -> np.ndarray:
    """Values as `define` has them written: NaN as missing where that may be."""
    return np.ma.masked_invalid(value) if variable.missing else value


def plain(value: np.ma.MaskedArray) -> np.ndarray:
    """Values as they were written: floats with NaN where missing, flags as they are."""
    return np.ma.filled(value, np.nan) if value.dtype.kind == "f" else np.ma.getdata(value)


def set_attributes(data: netCDF4.Dataset, attributes: Mapping[str, str | int | float]) -> None:
    """Set the global attributes that are new or have changed; HDF5 counts every change."""
    there = data.ncattrs()
    data.setncatts({
        name: value for name, value in attributes.items()
        if name not in there or data.getncattr(name) != value
    })


def put_constants(data: netCDF4.Dataset) -> None:
    """Add the physical constants as scalars."""
    for constant in constants().values():
        entry = data.createVariable(f"const_{constant.name}", "f8", ())
        entry.assignValue(constant.value)
        entry.setncatts({"units": constant.unit, "long_name": f"constant: {constant.name}",
                         "uncertainty": constant.uncertainty, "source": constant.source})


def _flush(path: str) -> None:
    """Bring the bytes to the disk before the rename makes them the file."""
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
