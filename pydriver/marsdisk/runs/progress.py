# SPDX-License-Identifier: BSD-3-Clause
"""Progress of a run: a bar on a terminal, one flushed line every few seconds otherwise."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

LINE_EVERY = 5.0
"""Wall time between two lines when stderr is not a terminal [s]."""


class Progress:
    """Shows how far a run is, on stderr.

    Parameters
    ----------
    total
        What is to be done in the whole run, such as simulated time [unit].
    unit
        Its unit.
    quiet
        Show nothing.
    """

    def __init__(self, total: float, unit: str, quiet: bool) -> None:
        self._total = total
        self._unit = unit
        self._lines = not quiet and not sys.stderr.isatty()
        self._last = time.monotonic()
        self._bar = None
        if not quiet and sys.stderr.isatty():
            self._bar = tqdm(total=total, unit=unit, leave=False,
                             bar_format="{percentage:3.0f}% |{bar}| {n:.4g}/{total:.4g} {unit} "
                                        "[{elapsed}<{remaining}{postfix}]")

    def show(self, done: float, note: str) -> None:
        """Say that `done` [unit] are done."""
        if self._bar is not None:
            self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(done - self._bar.n)
        elif self._lines and time.monotonic() - self._last > LINE_EVERY:
            self._last = time.monotonic()
            share = 100.0 * done / self._total
            print(f"{share:5.1f} %  {done:.4g} of {self._total:.4g} {self._unit}  {note}",
                  file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()
