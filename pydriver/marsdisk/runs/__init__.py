# SPDX-License-Identifier: BSD-3-Clause
"""Kinds of run, one file each: state, stepping loop, summary."""

from __future__ import annotations

from pathlib import Path

from marsdisk.config.read import Config


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
        OpenMP threads; None = what the environment says.
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
    from marsdisk.runs import disk

    return disk.run(config, output, force=force, threads=threads, quiet=quiet, wall=wall)
