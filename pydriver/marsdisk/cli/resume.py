# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk resume`: go on with a run that was stopped."""

from __future__ import annotations

from pathlib import Path

import click

from marsdisk.cli.ranges import FiniteRange


@click.command("resume")
@click.argument("file", metavar="FILE.nc", type=click.Path(path_type=Path))
@click.option("--threads", metavar="N", type=click.IntRange(1, 1024),
              help="OpenMP threads [default: OMP_NUM_THREADS, else all cores].")
@click.option("--quiet", is_flag=True, help="No progress: the summary alone, with its notes.")
@click.option("--wall", metavar="SECONDS", type=FiniteRange(min=0.0, min_open=True),
              help="Stop again, resumable, after this wall time [s].")
def command(file: Path, threads: int | None, quiet: bool, wall: float | None) -> None:
    """Go on from the checkpoint in FILE.nc, bit for bit as if the run had not been stopped.

    A run that is complete is left as it is.
    """
    from marsdisk import runs

    click.echo(runs.resume(file, threads=threads, quiet=quiet, wall=wall))
