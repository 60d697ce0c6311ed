# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk plot`: the standard figures of a run."""

from __future__ import annotations

from pathlib import Path

import click

from marsdisk.errors import InputError, Problem


@click.command("plot")
@click.argument("file", metavar="FILE.nc", type=click.Path(path_type=Path))
@click.option("--what", metavar="A,B,...", default="",
              help="Names of the figures [default: all of that kind of run].")
@click.option("--to", metavar="DIR", type=click.Path(path_type=Path),
              help="Directory to write to [default: that of FILE.nc].")
@click.option("--format", "format_", type=click.Choice(["png", "pdf"]), default="png",
              show_default=True, help="File format.")
def command(file: Path, what: str, to: Path | None, format_: str) -> None:
    """Draw the standard figures of FILE.nc."""
    if not file.is_file():
        what_is_wrong = "is a directory" if file.is_dir() else "there is no such file"
        raise InputError([Problem(str(file), "", what_is_wrong, "expected the output of a run")])
    folder = to if to is not None else file.parent
    if folder.exists() and not folder.is_dir():
        raise InputError([Problem("--to", "", f"'{folder}' is not a directory")])

    from marsdisk import plots  # matplotlib is slow to import

    names = [name.strip() for name in what.split(",") if name.strip()]
    for path in plots.plot(file, names or None, folder, format_):
        click.echo(path)
