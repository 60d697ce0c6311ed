# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep qpr`: table of Planck-mean efficiencies from optical constants."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from marsdisk.cli.progress import progress
from marsdisk.cli.ranges import FiniteRange
from marsdisk.cli.target import target_problems
from marsdisk.errors import InputError, Problem

_SIZE = FiniteRange(1.0e-10, 1.0e4)
_TEMPERATURE = FiniteRange(10.0, 1.0e5)
_PATH = click.Path(path_type=Path)


@click.command("qpr", short_help="Make a table of Q_pr from optical constants.")
@click.argument("files", nargs=-1, metavar="[NK_FILE]...", type=_PATH)
@click.option("--k-min", type=FiniteRange(0.0, 10.0), default=1.0e-3, show_default=True,
              help="Floor of k; 0 = as in the files.")
@click.option("--size-min", metavar="M", type=_SIZE, default=1.0e-8, show_default=True,
              help="Smallest radius [m].")
@click.option("--size-max", metavar="M", type=_SIZE, default=10.0, show_default=True,
              help="Largest radius [m].")
@click.option("--t-min", metavar="K", type=_TEMPERATURE, default=300.0, show_default=True,
              help="Lowest temperature [K].")
@click.option("--t-max", metavar="K", type=_TEMPERATURE, default=6500.0, show_default=True,
              help="Highest temperature [K].")
@click.option("--material", metavar="NAME", help="Name of the material [default: the file's].")
@click.option("--source", metavar="TEXT", help="Where the optical constants come from.")
@click.option("--to", metavar="FILE.nc", type=_PATH,
              help="File to write [default: qpr_<material>.nc].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(
    files: tuple[Path, ...], k_min: float, size_min: float, size_max: float, t_min: float,
    t_max: float, material: str | None, source: str | None, to: Path | None, force: bool,
    quiet: bool,
) -> None:
    """Make a table of Planck-mean Q_pr, Q_ext, Q_abs of spheres for radiation.qpr_table.

    NK_FILE has the columns wavelength [um], n, k; '#' starts a comment. Several files are the
    axes of a crystal, which are averaged. Without a file the forsterite that comes with marsdisk
    is used. The whole table takes about a minute and a half.
    """
    from marsdisk.prep import optical

    ours = not files
    name = material or ("forsterite" if ours else files[0].stem)
    origin = source or (
        optical.FORSTERITE_SOURCE if ours else ", ".join(str(file) for file in files)
    )
    path = to or Path(f"qpr_{re.sub(r'[^A-Za-z0-9.-]+', '_', name)}.nc")
    problems = list(_range_problems(size_min, size_max, t_min, t_max))
    problems += target_problems(path, force, *files)
    try:
        axes = optical.read_all_optical_constants(files or optical.FORSTERITE_FILES)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)

    from marsdisk.prep import qpr  # compiled Mie code: slow to import

    size = qpr.default_sizes(size_min, size_max)
    temperature = qpr.default_temperatures(t_min, t_max)
    with progress(quiet, "wavelengths") as report:
        table = qpr.planck_means(axes, size, temperature, k_min, progress=report)
    outside = float(table.attributes["planck_share_outside"])
    if outside > qpr.WARN_OUTSIDE:
        click.echo(
            f"warning: up to {outside:.1%} of the black-body radiation lies outside the files; "
            "their first and last n, k are used there", err=True,
        )
    options = [f"--k-min={k_min:g}", f"--size-min={size_min:g}", f"--size-max={size_max:g}",
               f"--t-min={t_min:g}", f"--t-max={t_max:g}", f"--material={name}"]
    history = shlex.join(["marsdisk", "prep", "qpr", *(file.name for file in files), *options])
    qpr.write_qpr_table(path, table, material=name, source=origin, history=history)
    click.echo(f"{path}: {size.size} radii, {temperature.size} temperatures")


def _range_problems(
    size_min: float, size_max: float, t_min: float, t_max: float
) -> Iterator[Problem]:
    """Empty ranges."""
    if size_min >= size_max:
        yield Problem("--size-max", "", f"{size_max:g} m", f"expected more than {size_min:g} m")
    if t_min >= t_max:
        yield Problem("--t-max", "", f"{t_max:g} K", f"expected more than {t_min:g} K")
