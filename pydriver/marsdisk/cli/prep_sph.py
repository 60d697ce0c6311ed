# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep sph`: surface density of the inner disk from particles of an impact simulation."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marsdisk.cli.ranges import FiniteRange
from marsdisk.cli.target import target_problems, write_text
from marsdisk.config.schema import show
from marsdisk.errors import InputError, Problem

if TYPE_CHECKING:
    from marsdisk.prep.sph import Mapped, Rings

MAPS = ("canup-salmon", "hyodo")

_PATH = click.Path(path_type=Path)
_RADIUS = FiniteRange(1.0, 100.0)


@click.command("sph", short_help="Map particles of an impact simulation to a surface density.")
@click.argument("particles", type=_PATH)
@click.option("--columns", metavar="A,B,...", default="",
              help="Names of all columns of a text file instead of its header, such as "
                   "m_kg,a_km,e,i_deg; - = not needed.")
@click.option("--units", "units_", metavar="A,B,...", default="",
              help="Units of columns whose names have none: si, cgs, or a list of kg g M_Mars, "
                   "m km cm R_Mars AU, m/s km/s cm/s, rad deg.")
@click.option("--group", metavar="NAME", default="", help="Group of an HDF5 file.")
@click.option("--map", "mapping", type=click.Choice(MAPS), default="canup-salmon",
              show_default=True, help="Equivalent radius: a(1-e^2), or a(1-e^2)cos^2 i.")
@click.option("--roche", metavar="R", type=_RADIUS, default=2.7, show_default=True,
              help="Roche limit, between M_in and M_out [R_Mars].")
@click.option("--r-in", metavar="R", type=_RADIUS, default=1.0, show_default=True,
              help="Inner edge of the rings, as rings.r_in [R_Mars].")
@click.option("--r-out", metavar="R", type=_RADIUS, help="Outer edge [default: the Roche limit].")
@click.option("--n-ring", type=click.IntRange(1, 10000), default=32, show_default=True,
              help="Number of rings.")
@click.option("--spacing", type=click.Choice(["linear", "log"]), default="linear",
              show_default=True, help="Spacing of their edges.")
@click.option("--keep-impacting", is_flag=True,
              help="Keep bound particles whose pericentre is inside Mars.")
@click.option("--to", metavar="FILE", type=_PATH,
              help="Table to write [default: show the report alone].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(
    particles: Path, columns: str, units_: str, group: str, mapping: str, roche: float, r_in: float,
    r_out: float | None, n_ring: int, spacing: str, keep_impacting: bool, to: Path | None,
    force: bool,
) -> None:
    """Map the particles of an impact simulation to the table that deep.table reads.

    PARTICLES is CSV, columns of text, HDF5 or netCDF with m, a, e, i or m, x, y, z, vx, vy, vz
    about Mars, units in the names as in m_kg, x_km, vx_km_s; other columns are left alone. Each
    bound particle becomes mass on the circle that has its angular momentum.
    """
    from marsdisk.prep.sph import Rings, format_table, map_particles
    from marsdisk.prep.sph_columns import parse_units
    from marsdisk.prep.sph_read import read_particles

    rings = Rings(r_in, roche if r_out is None else r_out, n_ring, spacing)
    problems = list(target_problems(to, force, particles)) if to is not None else []
    if rings.r_out <= rings.r_in:
        problems.append(Problem("--r-out", "", f"{rings.r_out:g} R_Mars",
                                f"expected more than {rings.r_in:g} R_Mars"))
    try:
        units = parse_units(units_)
    except InputError as error:  # without them the columns of the file cannot be judged
        raise InputError([*problems, *error.problems]) from None
    names = [name.strip() for name in columns.split(",")] if columns else []
    try:
        found = read_particles(particles, units, names, group)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    try:
        mapped = map_particles(found, rings, mapping, roche, keep_impacting)
    except InputError as error:
        raise InputError([Problem(p.place or str(particles), p.key, p.what, p.expected,
                                  p.suggestion) for p in error.problems]) from None
    lines = report(particles, mapped, mapping, roche, keep_impacting)
    if to is not None:
        said = {"--columns": columns, "--units": units_, "--group": group, "--map": mapping,
                "--roche": f"{roche:g}", "--r-in": f"{r_in:g}", "--r-out": f"{rings.r_out:g}",
                "--n-ring": str(n_ring), "--spacing": spacing}
        options = [f"{name}={value}" for name, value in said.items() if value]
        options += ["--keep-impacting"] if keep_impacting else []
        text = format_table(rings, mapped.sigma, _provenance(particles, options, lines))
        write_text(to, text, force)
        lines.append(f"{to}: for a run with")
        lines += _namelist(rings, to)
    click.echo("\n".join(lines))


def report(
    path: Path, mapped: Mapped, mapping: str, roche: float, keep_impacting: bool
) -> list[str]:
    """What was found, as lines of text."""
    from marsdisk.core import constants

    const = constants()
    m_mars, r_mars = const["m_mars"].value, const["r_mars"].value
    rings = mapped.rings
    labels = {
        "all": "particles", "hyperbolic": "hyperbolic, dropped",
        "impacting": f"pericentre inside Mars, {'kept' if keep_impacting else 'dropped'}",
        "disk": "disk", "m_in": f"  M_in, a_eq < {roche:g} R_Mars", "m_out": "  M_out, beyond",
        "retrograde": "  retrograde", "inside": f"  a_eq < r_in = {rings.r_in:g}, not in the table",
        "outside": f"  a_eq > r_out = {rings.r_out:g}, not in the table", "table": "  in the table",
    }
    lines = [f"{path.name}, a_eq by {mapping}",
             f"  {'':<40}{'count':>9}{'mass [kg]':>15}{'[M_Mars]':>12}{'L [kg m2/s]':>13}"]
    for name, label in labels.items():
        share = mapped.shares[name]
        lines.append(f"  {label:<40}{share.count:>9}{share.mass:>15.6e}"
                     f"{share.mass / m_mars:>12.4e}{share.momentum:>13.5e}")
    table = mapped.shares["table"]
    lines.append(
        f"  a_eq,max = {mapped.a_eq_max / r_mars:.6g} R_Mars; becoming circles sets "
        f"{mapped.heat / table.mass:.4g} J/kg free")
    lines.append(f"  L of the {rings.n_ring} rings is "
                 f"{mapped.ring_momentum / table.momentum:.6f} of that of their particles")
    lines += [f"  note: {note}" for note in mapped.warnings]
    return lines


def _provenance(path: Path, options: list[str], lines: list[str]) -> list[str]:
    """Comments of the table: how it was made, of what, and the report."""
    from marsdisk import __version__

    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return ["Surface density of the inner disk at the start, for deep.table",
            f"marsdisk {__version__}: "
            + shlex.join(["marsdisk", "prep", "sph", path.name, *options]),
            f"{path.name} sha256 {sha256}", *lines]


def _namelist(rings: Rings, table: Path) -> list[str]:
    """Groups of a namelist that use a table."""
    group = (f"  &rings  r_in = {rings.r_in!r}  r_out = {rings.r_out!r}  "
             f"n_ring = {rings.n_ring}  spacing = '{rings.spacing}' /")
    return [group, f"  &deep   table = {show(str(table))} /"]
