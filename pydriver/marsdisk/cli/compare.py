# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk compare`: what differs between two runs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("a", metavar="A", type=click.Path(path_type=Path))
@click.argument("b", metavar="B", type=click.Path(path_type=Path))
def command(a: Path, b: Path) -> None:
    """Say what differs between two runs of the same kind, or between two sweeps.

    A and B are output files: parameters, provenance, results, and the largest difference of each
    variable on the coordinates that both have. Or they are folders of sweeps over the same keys:
    the largest difference of each scalar. What is the same is said to be; differences below 1e-14
    and residuals are round-off and no differences.
    """
    from marsdisk.report.compare import compare

    click.echo(compare(a, b))
