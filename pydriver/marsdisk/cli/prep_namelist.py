# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep namelist`: a complete namelist to start from."""

from __future__ import annotations

from pathlib import Path

import click

from marsdisk.cli.target import target_problems, write_text
from marsdisk.config.common import DEFAULT_KIND
from marsdisk.config.schema import KINDS
from marsdisk.errors import InputError


@click.command("namelist")
@click.option("--kind", type=click.Choice(list(KINDS)), default=DEFAULT_KIND, show_default=True,
              help="Kind of run.")
@click.option("--to", metavar="FILE", type=click.Path(path_type=Path),
              help="File to write [default: print].")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(kind: str, to: Path | None, force: bool) -> None:
    """Write a complete commented namelist with all defaults."""
    from marsdisk.config.write import write_template

    text = write_template(kind)
    if to is None:
        click.echo(text, nl=False)
        return
    problems = list(target_problems(to, force))
    if problems:
        raise InputError(problems)
    write_text(to, text, force)
    click.echo(f"{to}: every key of kind '{kind}' with its default")
