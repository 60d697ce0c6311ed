# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk handover`: what a run gives to a long-term model of moon formation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marsdisk.cli.target import target_problems
from marsdisk.errors import InputError

if TYPE_CHECKING:
    import numpy as np


@click.command("handover")
@click.argument("file", metavar="FILE.nc", type=click.Path(path_type=Path))
@click.option("--to", metavar="FILE.json", type=click.Path(path_type=Path),
              help="File to write, JSON [default: show a table].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(file: Path, to: Path | None, force: bool) -> None:
    """Show or export what a disk run hands over to a long-term model of moon formation.

    One entry per time of handover.t_end, and one for the end of the run: corrected mass and angular
    momentum, what was lost, surface densities, sizes, and the window of initial disk masses.
    """
    from marsdisk.output.handover import as_json, read_group, write_json

    problems = list(target_problems(to, force, file)) if to is not None else []
    if problems:
        raise InputError(problems)
    contents, values = read_group(file)
    if to is None:
        click.echo(table(contents.name, values))
        return
    write_json(to, as_json(contents, values), new=not force)
    click.echo(to)


def table(name: str, values: Mapping[str, np.ndarray]) -> str:
    """The hand-over as a table, masses in M_Mars and one line per time."""
    from marsdisk.core import constants
    from marsdisk.output.handover import moved_note

    const = constants()
    year, m_mars = const["year"].value, const["m_mars"].value
    wide = values["m_disk0_min"].max(axis=1), values["m_disk0_min"].min(axis=1)
    columns = {
        "t_end": ("yr", ".6g", values["t_end"] / year),
        "T_Mars": ("K", ".0f", values["t_mars"]),
        "M_in'": ("M_Mars", ".5e", values["m_disk"] / m_mars),
        "Delta M": ("M_Mars", ".4e", values["m_loss"] / m_mars),
        "L_in'": ("kg m2 s-1", ".5e", values["l_disk"]),
        "Delta L": ("kg m2 s-1", ".4e", values["l_loss"]),
        "window from": ("M_Mars", ".4e", wide[1] / m_mars),
        "or from": ("M_Mars", ".4e", wide[0] / m_mars),
        "to": ("M_Mars", ".6e", values["m_disk0_max"] / m_mars),
        "Q/k2 times": ("1", ".6f", values["q_k2_factor"]),
    }
    cells = [[title, unit, *(format(x, form) for x in column)]
             for title, (unit, form, column) in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
             for row in zip(*cells, strict=True)]
    eta = " or ".join(f"{x:g}" for x in values["eta"][::-1])
    start = (f"{name}: M_in = {float(values['m_in0']) / m_mars:.5e} M_Mars, "
             f"L_in = {float(values['l_in0']):.5e} kg m2 s-1 at the start")
    moved = (float(values[key][-1]) for key in ("m_in", "m_out", "m_external"))
    return "\n".join([
        start,
        *lines,
        f"window: initial disk masses that the long-term model admits, eta = {eta}",
        *(f"note: {note}" for note in moved_note(float(values["m_in0"]), *moved)),
    ])
