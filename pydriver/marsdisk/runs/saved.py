# SPDX-License-Identifier: BSD-3-Clause
"""Files of runs that were stopped: what every kind asks before it goes on."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import netCDF4

from marsdisk import __version__, _build_info
from marsdisk.config.read import Config, missing, read_text
from marsdisk.errors import InputError, Problem
from marsdisk.output.provenance import input_files, recorded_files


def is_complete(path: Path) -> bool:
    """Whether the run of a file reached its end; errors are those of `opened`."""
    with _read(path) as data:
        return bool(data.complete)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[netCDF4.Dataset, Config]]:
    """The file of a run that can be resumed, and its configuration.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        The file, or what is read from it in the block, is not that of a run of this version that
        was stopped, or an input file has changed since.
    """
    with _read(path) as data:
        if data.complete:
            raise InputError([Problem(str(path), "", "is complete: nothing to do")])
        _check_version(path, data.marsdisk_version, data.git_hash)
        config = read_text(data.namelist, Path(data.namelist_path), name=f"namelist in {path}",
                           files=recorded_files(data.input_files))
        _check_inputs(config, path, data.input_files)
        yield data, replace(config, history=data.history)


@contextlib.contextmanager
def _read(path: Path) -> Iterator[netCDF4.Dataset]:
    """The file of a run, complete or not."""
    expected = "expected the output of a run"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
            raise InputError([Problem(str(path), "", "is not a regular file", expected)])
        file = netCDF4.Dataset(path)
    except FileNotFoundError:
        raise missing(path, "*.nc", expected) from None
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise InputError([Problem(str(path), "", what, expected)]) from None
    try:
        with file as data:
            if not {"complete", "namelist"} <= set(data.ncattrs()):
                raise InputError([Problem(str(path), "", "is no output of marsdisk", expected)])
            yield data
    except (OSError, RuntimeError, AttributeError, KeyError, IndexError, ValueError) as error:
        raise InputError([Problem(str(path), "", f"cannot be resumed: {error}")]) from error


def _check_version(path: Path, version: str, git_hash: str) -> None:
    """Refuse to go on with a run that another marsdisk has begun: its steps may differ."""
    if (version, git_hash) != (__version__, _build_info.GIT_HASH):
        what = f"was begun with marsdisk {version} ({git_hash})"
        expected = f"this is {__version__} ({_build_info.GIT_HASH}); start the run again"
        raise InputError([Problem(str(path), "", what, expected)])


def _check_inputs(config: Config, path: Path, recorded: str) -> None:
    """Refuse to go on with input files that are not those of the start."""
    now = input_files(config)
    if now != recorded:
        what = "an input file has changed since the run began"
        raise InputError([Problem(str(path), "", what, f"it was\n{recorded}\nand is\n{now}")])
