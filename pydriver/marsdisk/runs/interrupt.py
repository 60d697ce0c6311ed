# SPDX-License-Identifier: BSD-3-Clause
"""SIGINT, SIGTERM and SIGUSR1 as a wish to stop, granted between two chunks."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name))
"""Signals that ask for a stop. Slurm sends SIGTERM only KillWait (30 s) before it kills; with
``--signal=USR1@120`` it sends SIGUSR1 as long before as wanted, which ends a process that does not
expect it."""


@dataclass
class StopRequest:
    """Why a run should stop now; empty when it should not.

    Parameters
    ----------
    wall
        Limit of the wall time [s], or None.
    """

    wall: float | None = None
    signal_name: str = ""
    _start: float = field(default_factory=time.monotonic)

    def reason(self) -> str:
        """The reason to stop, or an empty text."""
        if self.signal_name:
            return f"stopped by {self.signal_name}"
        if self.wall is not None and time.monotonic() - self._start > self.wall:
            return f"stopped by the wall-clock limit of {self.wall:g} s"
        return ""


@contextlib.contextmanager
def stop_request(wall: float | None) -> Iterator[StopRequest]:
    """Catch `STOPPING` while the block runs (in the main thread; elsewhere only `wall`)."""
    request = StopRequest(wall)

    def note(number: int, _frame: object) -> None:
        request.signal_name = signal.Signals(number).name

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, note) for number in STOPPING}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
