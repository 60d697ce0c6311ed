# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep blowout`: table of what becomes of grains that bound parents release."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import numpy as np

from marsdisk.cli.progress import progress as shown
from marsdisk.cli.ranges import FiniteRange
from marsdisk.cli.target import target_problems
from marsdisk.errors import InputError, Problem


@click.command("blowout", short_help="Make a table of blow-out from orbits.")
@click.option("--e", "e_text", metavar="E,E,...", help="Eccentricities of the parents, ascending "
              "[default: 0 to 0.9].")
@click.option("--i", metavar="RAD", type=FiniteRange(0.0, 1.57, min_open=True), default=0.05,
              show_default=True, help="Inclination of the parents: height of the disk.")
@click.option("--tau", type=FiniteRange(0.0), default=1.0, show_default=True,
              help="Normal optical depth of the disk, for the fraction that collides.")
@click.option("--weights", type=click.Choice(["time", "collisions"]), default="time",
              show_default=True, help="Releases along the orbit: by time, or by collision rate.")
@click.option("--beta", "beta_text", metavar="BETA,...",
              help="Print what the table says for these.")
@click.option("--to", metavar="FILE.nc", type=click.Path(path_type=Path), default="blowout.nc",
              show_default=True, help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(
    e_text: str | None, i: float, tau: float, weights: str, beta_text: str | None, to: Path,
    force: bool, quiet: bool,
) -> None:
    """Make a table for radiation.chi_mode = 'orbits'.

    Grains are released from bound parents and followed by the orbit module with
    G M (1 - beta): fraction that is unbound, fraction that hits Mars, and how long the unbound
    ones stay in the disk, against eccentricity and beta. The default table takes half a minute.
    """
    from marsdisk.prep import blowout, blowout_table

    problems = list(target_problems(to, force))
    e = _numbers("--e", e_text, 0.95, problems) if e_text is not None else np.array(blowout.E_NODES)
    beta = (_numbers("--beta", beta_text, 5000.0, problems) if beta_text is not None
            else np.array([]))
    if problems:
        raise InputError(problems)
    with shown(quiet, "orbits") as report:
        table = blowout.blowout_table(e, i=i, tau=tau, weights=weights, progress=report)
    options = [f"--e={','.join(f'{x:g}' for x in e)}", f"--i={i:g}", f"--tau={tau:g}",
               f"--weights={weights}"]
    history = shlex.join(["marsdisk", "prep", "blowout", *options])
    blowout_table.write_blowout_table(to, table, history=history)
    click.echo(f"{to}: {e.size} eccentricities, {table.beta.shape[-1]} values of beta")
    for line in blowout_table.listing(table, beta) if beta.size else ():
        click.echo(line)


def _numbers(option: str, text: str, high: float, problems: list[Problem]) -> np.ndarray:
    """Ascending numbers from 0 to `high` of a list with commas."""
    try:
        numbers = np.array([float(part) for part in text.split(",")])
    except ValueError:
        numbers = np.array([np.nan])
    fine = np.isfinite(numbers).all() and (np.diff(numbers) > 0.0).all()
    if not fine or numbers[0] < 0.0 or numbers[-1] > high:
        problems.append(Problem(option, "", f"'{text}' is not allowed",
                                f"expected ascending numbers from 0 to {high:g}, with commas"))
    return numbers
