# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk run`: carry out the run that a namelist describes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marsdisk.cli.ranges import FiniteRange
from marsdisk.cli.target import LONGEST_NAME, is_one_of
from marsdisk.errors import InputError, Problem
from marsdisk.output.places import DEFAULT_FOLDER, folder_for, why_not_writable

if TYPE_CHECKING:
    from marsdisk.config.read import Config

def output_path(config: Config, option: Path | None, force: bool) -> Path:
    """Where the run is to be written; checked as far as that can be done before it.

    Parameters
    ----------
    config
        The run.
    option
        Path given on the command line, which goes before that of the namelist.
    force
        Whether an existing file may be overwritten.

    Raises
    ------
    InputError
        If there is a file already, or it could not be written.
    """
    named = str(config["run"]["output"])
    if option is not None:
        place, path = "--output", option
    elif named:
        place, path = f"{config.path}: run.output", Path(named)
    else:
        place, path = f"{config.path}: run.name", DEFAULT_FOLDER / f"{config['run']['name']}.nc"

    def refuse(what: str, expected: str) -> InputError:
        return InputError([Problem(place, "", what, expected)])

    # through a link, e.g. to scratch; and not Path.exists, which fails for a name that is too long
    path = Path(os.path.realpath(path)) if os.path.islink(path) else path
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise refuse(f"'{path.name[:40]}...' is too long", f"expected {LONGEST_NAME} bytes at most")
    if path.is_dir():
        raise refuse(f"'{path}' is a directory", f"expected a file such as {path / 'run.nc'}")
    if path.exists() and not path.is_file():
        raise refuse(f"'{path}' is not a regular file", "expected a file name ending in .nc")
    if is_one_of(path, config.path, *config.files.values()):
        raise refuse(f"'{path}' is what is read", "expected another file")
    if path.exists() and not force:
        raise refuse(f"'{path}' exists already", "use --force to overwrite it or --output PATH")
    parent = folder_for(path)
    if not parent.is_dir():
        raise refuse(f"there is no directory '{parent}'", "create it first")
    elsewhere = "choose another place with --output PATH"
    if path.exists() and not os.access(path, os.W_OK):
        raise refuse(f"'{path}' is not writable", elsewhere)
    why = why_not_writable(parent)
    if why:
        raise refuse(f"'{parent}' is not writable: {why}", elsewhere)
    return path


@click.command("run")
@click.argument("file", metavar="FILE.nml", type=click.Path(path_type=Path))
@click.option("--set", "overrides", metavar="GROUP.KEY=VALUE", multiple=True,
              help="Set a key, whatever the file says; repeatable. Files that it names are looked "
                   "for in the current folder first.")
@click.option("--output", metavar="PATH", type=click.Path(path_type=Path),
              help="File to write [default: run.output, else output/<name>.nc].")
@click.option("--force", is_flag=True, help="Overwrite an existing output file.")
@click.option("--threads", metavar="N", type=click.IntRange(1, 1024),
              help="OpenMP threads [default: OMP_NUM_THREADS, else all cores].")
@click.option("--quiet", is_flag=True,
              help="No progress, no warnings at the start: the summary alone, with its notes.")
@click.option("--wall", metavar="SECONDS", type=FiniteRange(min=0.0, min_open=True),
              help="Stop, resumable, after this wall time [s].")
def command(
    file: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    force: bool,
    threads: int | None,
    quiet: bool,
    wall: float | None,
) -> None:
    """Carry out the run described by FILE.nml."""
    from marsdisk.config.read import read_namelist

    config = read_namelist(file, overrides)
    path = output_path(config, output, force)
    if not quiet:
        for warning in config.warnings:
            click.echo(f"warning: {warning}", err=True)

    from marsdisk import runs  # the compiled core is loaded only for a namelist that is right

    summary = runs.run(config, output=path, force=force, threads=threads, quiet=quiet, wall=wall)
    if summary:
        click.echo(summary)
