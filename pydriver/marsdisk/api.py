# SPDX-License-Identifier: BSD-3-Clause
"""Runs and sweeps from Python: start one, open one, go on with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from marsdisk.config.read import Config, read_namelist, read_text
from marsdisk.config.schema import Value
from marsdisk.output.contents import Contents, opened, read_contents
from marsdisk.settings import Setting, axes, namelist_value, overrides, words_of_python

if TYPE_CHECKING:
    import xarray

Groups = Mapping[str, Mapping[str, Setting]]
"""A namelist as a mapping of groups."""

TEXT = Path("namelist")
"""What a namelist that is no file is called in messages."""


@dataclass(frozen=True)
class Run:
    """A run and its file.

    Parameters
    ----------
    contents
        What the file says about itself.
    """

    contents: Contents

    @property
    def path(self) -> Path:
        """Output file."""
        return self.contents.path

    @property
    def kind(self) -> str:
        """Kind of run: 'disk' or 'capture'."""
        return self.contents.kind

    @property
    def config(self) -> Mapping[str, Mapping[str, Value]]:
        """Resolved namelist, every key by group: ``run.config["mars"]["t0"]``."""
        return self.contents.config

    @property
    def attributes(self) -> Mapping[str, str | int | float]:
        """Global attributes of the file: results such as m_loss_mars, provenance."""
        return self.contents.attributes

    @property
    def complete(self) -> bool:
        """Whether the run reached its end."""
        return self.contents.complete

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of the numbers should know."""
        return self.contents.warnings

    @cached_property
    def summary(self) -> str:
        """Main results, as text."""
        from marsdisk.output.results import summary

        with opened(self.path) as (data, contents):
            return summary(data, contents)

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """Everything in the file; arrays are read when they are used.

        `time` is in seconds since the start, as a number (unit attribute: 's since ...', whose
        date means nothing).

        Raises
        ------
        ImportError
            xarray is not installed.
        """
        return _dataset(self.path)

    def __repr__(self) -> str:
        state = "" if self.complete else ", not complete"
        return f"<marsdisk {self.kind} run '{self.contents.name}' in {self.path}{state}>"


@dataclass(frozen=True)
class Sweep:
    """A sweep and its folder.

    Parameters
    ----------
    path
        The folder: table, manifest, and the files of all members.
    """

    path: Path

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """The table: what varies and what came out, along `member`.

        Raises
        ------
        ImportError
            xarray is not installed.
        """
        from marsdisk.sweep.manifest import TABLE_NC

        return _dataset(self.path / TABLE_NC)

    @cached_property
    def runs(self) -> tuple[Run | None, ...]:
        """The members in the order of the table; None for one that has no file."""
        from marsdisk.sweep import manifest

        sweep = manifest.load(self.path)
        paths = [sweep.output(member) for member in sweep.members]
        return tuple(open(path) if path.is_file() else None for path in paths)

    def __repr__(self) -> str:
        return f"<marsdisk sweep in {self.path}>"


def _dataset(path: Path) -> xarray.Dataset:
    """A netCDF file as xarray has it; times stay numbers."""
    try:
        import xarray
    except ImportError as error:
        message = f"dataset needs xarray: pip install xarray, or read {path} with netCDF4"
        raise ImportError(message) from error
    return xarray.open_dataset(path, decode_times=False, engine="netcdf4")


def run(
    namelist: str | PathLike[str] | Groups,
    set: Mapping[str, Setting] | None = None,
    output: str | PathLike[str] | None = None,
    *,
    force: bool = False,
    threads: int | None = None,
    quiet: bool = True,
    wall: float | None = None,
) -> Run:
    """Carry out a run.

    Parameters
    ----------
    namelist
        Namelist file; or the text of a namelist; or its groups, ``{"mars": {"t0": 5000.0}}``.
    set
        Keys that go before it: ``{"mars.t0": 5000.0, "collisions.law": "ls12"}``.
    output
        File to write; None = where the namelist says, else ``output/<run.name>.nc``.
    force
        Overwrite the file if there is one.
    threads
        OpenMP threads of this run; None = OMP_NUM_THREADS, else all cores.
    quiet
        No progress on stderr.
    wall
        Stop, resumable, after this wall time [s].

    Returns
    -------
    Run
        The run; its arrays stay in the file.

    Raises
    ------
    InputError
        The input is wrong, or the file exists; nothing was written. It lists every problem.
    StoppedEarly
        Stopped by Ctrl-C or the wall-clock limit; `resume` its `path`.
    """
    from marsdisk import runs
    from marsdisk.cli.run import output_path

    with words_of_python():
        config = _read(namelist, overrides(set or {}))
        path = output_path(config, None if output is None else Path(output), force)
        runs.run(config, output=path, force=force, threads=threads, quiet=quiet, wall=wall)
    return open(path)


def open(path: str | PathLike[str]) -> Run:
    """A run whose file is there, complete or not.

    Parameters
    ----------
    path
        Output file.

    Raises
    ------
    InputError
        There is no such file, or it is no output of marsdisk.
    """
    return Run(read_contents(Path(path)))


def resume(
    path: str | PathLike[str], *, threads: int | None = None, quiet: bool = True,
    wall: float | None = None,
) -> Run:
    """Go on with a run that was stopped, bit for bit as if it had not been.

    A run that is complete is left as it is.

    Parameters
    ----------
    path
        Its output file.
    threads, quiet, wall
        As in `run`.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    InputError
        The file holds no run, or one that cannot go on: of another version, or an input file has
        changed.
    StoppedEarly
        Stopped again.
    """
    from marsdisk import runs

    runs.resume(Path(path), threads=threads, quiet=quiet, wall=wall)
    return open(path)


def run_sweep(
    source: str | PathLike[str],
    set: Mapping[str, Setting | Sequence[Setting]] | None = None,
    output: str | PathLike[str] | None = None,
    *,
    force: bool = False,
    jobs: int | None = None,
    threads: int | None = None,
    retry_failed: bool = False,
    scalars: Sequence[str] = (),
    quiet: bool = True,
    wall: float | None = None,
) -> Sweep:
    """Vary keys of a namelist: all combinations, in processes on this machine.

    A script that calls this must do so under ``if __name__ == "__main__":``, because each process
    imports it. What is in the folder already is not computed again.

    Parameters
    ----------
    source
        Namelist file, or sweep file (``.toml``).
    set
        Keys and the values they take: ``{"mars.t0": [3000.0, 4000.0]}``; a single value holds for
        all members. The values of a key that is a list of numbers are lists of such lists.
    output
        Folder; None = ``output/<name>_sweep``.
    force
        Replace another sweep in that folder.
    jobs, threads
        Members at work at once, and OpenMP threads of each; None = as many as there are
        processors.
    retry_failed
        Try again the members that have failed.
    scalars
        Columns of the table, such as ``m_loss[-1]``; empty = the default.
    quiet
        No progress on stderr.
    wall
        Stop, resumable, after this wall time [s].

    Returns
    -------
    Sweep
        The sweep; all members are complete.

    Raises
    ------
    InputError
        The input is wrong, or the folder holds something else; nothing was written.
    StoppedEarly
        Stopped; the same call goes on.
    MarsdiskError
        Members have failed; the table has the others.
    """
    from marsdisk.output.places import DEFAULT_FOLDER
    from marsdisk.sweep import local, manifest
    from marsdisk.sweep.plan import plan

    with words_of_python():
        planned = plan(Path(source), axes(set or {}), tuple(scalars))
        folder = DEFAULT_FOLDER / f"{planned.sweep.name}_sweep" if output is None else Path(output)
        sweep = manifest.put(planned, folder, force)
    report = local.run_here(sweep, jobs=jobs, threads=threads, retry=retry_failed, quiet=quiet,
                            wall=wall)
    if report.error is not None:
        raise report.error
    return Sweep(folder)


def open_sweep(path: str | PathLike[str]) -> Sweep:
    """A sweep that is there.

    Parameters
    ----------
    path
        Its folder.

    Raises
    ------
    InputError
        The folder holds none.
    """
    from marsdisk.sweep import manifest

    manifest.load(Path(path))
    return Sweep(Path(path))


def _read(namelist: str | PathLike[str] | Groups, settings: list[str]) -> Config:
    """Configuration of a namelist in any of its forms."""
    if isinstance(namelist, Mapping):
        return read_text(_text(namelist), TEXT, settings)
    name = fspath(namelist)
    if isinstance(namelist, str) and (name.lstrip().startswith(("&", "!")) or "\n" in name):
        return read_text(name, TEXT, settings)
    return read_namelist(Path(name), settings)


def _text(groups: Groups) -> str:
    """Namelist text of a mapping of groups; what the values are is checked when it is read."""
    lines: list[str] = []
    for group, keys in groups.items():
        lines.append(f"&{group}")
        lines += [f"  {key} = {namelist_value(f'{group}.{key}', value)}"
                  for key, value in keys.items()]
        lines.append("/")
    return "\n".join(lines) + "\n"
