# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk plot`: the standard figures of a run."""

from __future__ import annotations

from pathlib import Path

import click

from marsdisk.errors import InputError, Problem
from marsdisk.output.places import why_not_writable
from marsdisk.sweep.manifest import is_sweep


@click.command("plot")
@click.argument("file", metavar="FILE.nc|SWEEP", type=click.Path(path_type=Path))
@click.option("--what", metavar="A,B,...", default="",
              help="Names of the figures [default: all of that kind of run]; for a sweep, columns "
                   "of its table.")
@click.option("--to", metavar="DIR", type=click.Path(path_type=Path),
              help="Directory to write to [default: that of FILE.nc].")
@click.option("--format", "format_", type=click.Choice(["png", "pdf"]), default="png",
              show_default=True, help="File format.")
def command(file: Path, what: str, to: Path | None, format_: str) -> None:
    """Draw the standard figures of FILE.nc, or scalars of a sweep against what it varies.

    A sweep is given as its folder or its results.nc.
    """
    sweep = is_sweep(file)
    if not file.is_file() and not sweep:
        what_is_wrong = "is a directory" if file.is_dir() else "there is no such file"
        raise InputError([Problem(str(file), "", what_is_wrong, "expected the output of a run")])
    folder = to if to is not None else file if file.is_dir() else file.parent
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem("--to", "", f"'{folder}' is not a directory")])
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if why := why_not_writable(there):
        raise InputError([Problem("--to", "", f"'{folder}' is not writable: {why}",
                                  "expected another directory: --to DIR")])

    names = [name.strip() for name in what.split(",") if name.strip()] or None
    # matplotlib is slow to import
    if sweep:
        from marsdisk.plots.sweep import plot_sweep as plot
    else:
        from marsdisk.plots import plot
    for path in plot(file, names, folder, format_):
        click.echo(path)
