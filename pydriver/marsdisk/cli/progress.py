# SPDX-License-Identifier: BSD-3-Clause
"""Progress of commands that compute for a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

LINE_EVERY = 5.0
"""Time [s] between two lines of progress where there is no terminal."""


@contextmanager
def progress(quiet: bool, unit: str) -> Iterator[Callable[[int, int], None] | None]:
    """What to call with the number of steps done and of all; None for no progress.

    A bar on a terminal, a line every few seconds otherwise; `unit` names the steps.
    """
    if quiet:
        yield None
    elif sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(unit=f" {unit}", leave=False) as bar:

            def advance(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield advance
    else:
        last = time.monotonic()

        def report(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= LINE_EVERY:
                last = time.monotonic()
                click.echo(f"{done} of {total} {unit}", err=True)

        yield report
