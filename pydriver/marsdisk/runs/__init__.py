# SPDX-License-Identifier: BSD-3-Clause
"""Kinds of run, one file each: state, stepping loop, summary."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from marsdisk.config.read import Config

KINDS: Mapping[str, str] = {
    "disk": "marsdisk.runs.disk",
    "capture": "marsdisk.runs.capture",
}
"""Kind of run -> module with `run` and `resume`; the one called after it with ``_check`` has
`check`."""


def _module(kind: str, part: str = "") -> ModuleType:
    return importlib.import_module(KINDS[kind] + part)


@contextlib.contextmanager
def _threads_restored() -> Iterator[None]:
    """The number of threads that is set in the block holds there alone."""
    from marsdisk import core

    before = core.max_threads()
    try:
        yield
    finally:
        core.set_threads(before)


def run(
    config: Config,
    output: Path,
    force: bool = False,
    threads: int | None = None,
    quiet: bool = False,
    wall: float | None = None,
) -> str:
    """Carry out a run and write its file.

    Parameters
    ----------
    config
        Checked configuration; its kind says what is run.
    output
        File to write.
    force
        Overwrite an existing file.
    threads
        OpenMP threads of this run; None = OMP_NUM_THREADS, else all cores.
    quiet
        No progress.
    wall
        Stop, resumable, after this wall time [s]; None = no limit.

    Returns
    -------
    str
        Summary of the results.

    Raises
    ------
    InputError
        The input cannot be run; nothing was written.
    StoppedEarly
        Stopped by a signal or the wall-clock limit; the file holds a checkpoint.
    """
    with _threads_restored():
        return _module(config.kind).run(
            config, output, force=force, threads=threads, quiet=quiet, wall=wall)


def verify(config: Config) -> None:
    """Prepare a run and forget it again, which takes milliseconds.

    Raises
    ------
    InputError
        The input cannot be run, although each of its keys is right.
    """
    _module(config.kind).verify(config)


def resume(
    path: Path, threads: int | None = None, quiet: bool = False, wall: float | None = None
) -> str:
    """Go on from the checkpoint in a file, bit for bit as if the run had not been stopped.

    Parameters, result and errors are those of `run`; the file says which kind of run it is. A run
    that is complete is left as it is.
    """
    from marsdisk.runs.saved import is_complete, opened

    path = Path(os.path.realpath(path)) if os.path.islink(path) else path  # as a run does
    if is_complete(path):
        return f"{path} is complete: nothing to do"
    with opened(path) as (_, config):
        kind = config.kind
    with _threads_restored():
        return _module(kind).resume(path, threads=threads, quiet=quiet, wall=wall)


def check(config: Config, after_chunk: Callable[[], None]) -> tuple[str, bool]:
    """Run a configuration and finer versions of it, and compare; nothing is written.

    Parameters
    ----------
    config
        Checked configuration.
    after_chunk
        Called between two chunks of every run; may raise to stop.

    Returns
    -------
    tuple of str and bool
        Table of what moved, and whether something moved more than it may.
    """
    return _module(config.kind, "_check").check(config, after_chunk)
