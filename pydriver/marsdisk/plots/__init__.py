# SPDX-License-Identifier: BSD-3-Clause
"""Standard figures of an output file, one function per figure, by kind of run."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import f90nml
import netCDF4

from marsdisk.errors import InputError, Problem, nearest
from marsdisk.plots import capture, disk
from marsdisk.plots.style import save, style

KINDS = {"disk": disk, "capture": capture}
"""Modules by kind of run; each has FIGURES (name -> function), `read` and `cannot_draw`.

A function makes a figure from what `read` returns, or a text in Markdown.
"""


def figure_names(kind: str) -> tuple[str, ...]:
    """Names of the figures of a kind of run."""
    return tuple(KINDS[kind].FIGURES)


def plot(path: Path, names: Iterable[str] | None, folder: Path, format_: str) -> list[Path]:
    """Draw figures of an output file.

    Parameters
    ----------
    path
        Output file of a run.
    names
        Names of figures; None = all that the file has the data for.
    folder
        Directory to write to, made if it is missing. The files are called after `path`:
        ``<stem>_<figure>.<format>``, texts ``<stem>_<figure>.md``.
    format_
        ``png`` or ``pdf``.

    Returns
    -------
    list of Path
        Files written, in the order asked for.

    Raises
    ------
    InputError
        No such file, no output of marsdisk, variables that are missing, unknown names.
    OutputError
        A figure cannot be written.
    """
    try:
        with netCDF4.Dataset(path) as data:
            namelist = _namelist(path, data)
            module = KINDS[namelist["run"]["kind"]]
            wanted = _wanted(names, namelist["run"]["kind"])
            output = module.read(path, data, namelist)
    except OSError as error:
        what = f"cannot be read as netCDF: {error.strerror or error}"
        raise InputError([Problem(str(path), "", what, "expected the output of a run")]) from error

    reasons = {name: module.cannot_draw(name, output) for name in wanted}
    lacking = {name: reason for name, reason in reasons.items() if reason}
    if lacking and names is not None:
        raise InputError([Problem(str(path), name, f"cannot be drawn: {reason}")
                          for name, reason in lacking.items()])
    if len(lacking) == 1:
        print(*(f"note: {name} is left out: {reason}" for name, reason in lacking.items()),
              file=sys.stderr)
    elif lacking:
        print(f"note: left out, as the run has nothing to show in them: {', '.join(lacking)} "
              "(--what NAME says why)", file=sys.stderr)

    written = []
    with style():
        for name in wanted:
            if name not in lacking:
                product = module.FIGURES[name](output)
                suffix = "md" if isinstance(product, str) else format_
                written.append(folder / f"{path.stem}_{name}.{suffix}")
                save(product, written[-1])
    return written


def _namelist(path: Path, data: netCDF4.Dataset) -> f90nml.Namelist:
    """Namelist of the run that wrote a file."""
    what = "is no output of marsdisk"
    try:
        found = f90nml.Parser().reads(data.getncattr("namelist"))
        kind = found["run"]["kind"]
    except Exception as error:  # f90nml raises what it happens to trip over
        raise InputError([Problem(str(path), "", what, "it holds no namelist of a run")]) from error
    if kind not in KINDS:
        what = f"is the output of a run of kind '{kind}', for which there are no figures"
        raise InputError([Problem(str(path), "", what)])
    return found


def _wanted(names: Iterable[str] | None, kind: str) -> list[str]:
    """Names of figures, each once."""
    known = figure_names(kind)
    wanted = list(known if names is None else dict.fromkeys(names))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        expected = f"expected {', '.join(known)}"
        raise InputError([
            Problem("--what", "", f"there is no figure '{name}' of a {kind} run", expected,
                    nearest(name, known))
            for name in unknown
        ])
    return wanted
