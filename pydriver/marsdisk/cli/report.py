# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk report`: a page about a run."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("file", metavar="FILE.nc|SWEEP", type=click.Path(path_type=Path))
@click.option("--to", metavar="PAGE.html", type=click.Path(path_type=Path),
              help="File to write [default: FILE.html, or report.html in the folder of the sweep]; "
                   "an earlier report is replaced.")
def command(file: Path, to: Path | None) -> None:
    """Write one HTML page about a run or a sweep: results, figures, parameters, provenance.

    The page needs no other file and no network. A sweep is given as its folder or its results.nc.
    """
    from marsdisk.report.page import write_report  # matplotlib is slow to import

    click.echo(write_report(file, to))
