# SPDX-License-Identifier: BSD-3-Clause
"""Files of runs that were stopped: what every kind asks before it goes on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import netCDF4

from marsdisk import __version__, _build_info
from marsdisk.config.read import Config, read_text
from marsdisk.errors import InputError, Problem
from marsdisk.output.provenance import input_files


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
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise InputError([Problem(str(path), "", "is not a regular file")])
    try:
        with netCDF4.Dataset(path) as data:
            if "complete" not in data.ncattrs() or data.complete:
                what = "holds no checkpoint: the run is complete, or it is no marsdisk file"
                raise InputError([Problem(str(path), "", what)])
            _check_version(path, data.marsdisk_version, data.git_hash)
            config = read_text(data.namelist, Path(data.namelist_path))
            _check_inputs(config, path, data.input_files)
            yield data, config
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
