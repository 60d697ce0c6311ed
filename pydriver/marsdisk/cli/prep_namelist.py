# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep namelist`: a complete namelist to start from."""

from __future__ import annotations

from pathlib import Path

import click

from marsdisk.config.common import DEFAULT_KIND
from marsdisk.config.schema import KINDS
from marsdisk.errors import InputError, Problem


@click.command("namelist")
@click.option("--kind", type=click.Choice(list(KINDS)), default=DEFAULT_KIND, show_default=True,
              help="Kind of run.")
@click.option("--to", metavar="FILE", type=click.Path(path_type=Path),
              help="File to write; it must not exist [default: print].")
def command(kind: str, to: Path | None) -> None:
    """Write a complete commented namelist with all defaults."""
    from marsdisk.config.write import write_template

    text = write_template(kind)
    if to is None:
        click.echo(text, nl=False)
        return
    try:
        with to.open("x", encoding="ascii") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError([Problem("--to", "", f"'{to}' cannot be written: {error.strerror}",
                                  "expected the name of a new file")]) from None
