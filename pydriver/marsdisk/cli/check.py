# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk check`: rerun with finer numerics and say what moved."""

from __future__ import annotations

from pathlib import Path

import click

MOVED = 4
"""Exit code when a quantity moves more than its stated tolerance."""


@click.command("check")
@click.argument("file", metavar="FILE.nml", type=click.Path(path_type=Path))
@click.option("--set", "overrides", metavar="GROUP.KEY=VALUE", multiple=True,
              help="Set a key, whatever the file says; repeatable.")
@click.option("--threads", metavar="N", type=click.IntRange(1, 1024),
              help="OpenMP threads [default: OMP_NUM_THREADS, else all cores].")
def command(file: Path, overrides: tuple[str, ...], threads: int | None) -> int:
    """Rerun FILE.nml with finer numerics: a tighter tolerance, and for a disk more bins and rings.

    Prints what moved, with a verdict per quantity; nothing is written. Exit code 4 when a quantity
    moves more than its limit: the numbers of FILE.nml are then not converged.
    """
    from marsdisk.config.read import read_namelist

    config = read_namelist(file, overrides)

    from marsdisk import core, runs
    from marsdisk.errors import StoppedEarly
    from marsdisk.runs.interrupt import stop_request

    if threads:
        core.set_threads(threads)
    with stop_request(None) as request:

        def after_chunk() -> None:
            if request.reason():
                raise StoppedEarly(f"{request.reason()}; a check is not resumable")

        table, moved = runs.check(config, after_chunk)
    click.echo(table)
    return MOVED if moved else 0
