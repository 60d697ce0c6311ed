# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk prep`: preparation of input files."""

from __future__ import annotations

import click

from marsdisk.cli.lazy import LazyGroup


@click.group(
    "prep",
    cls=LazyGroup,
    modules={
        name: f"marsdisk.cli.prep_{name}" 
        for name in ("blowout", "namelist", "qpr", "sph", "temperature")
    },
)
def command() -> None:
    """Prepare input files."""
