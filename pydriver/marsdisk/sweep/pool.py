# SPDX-License-Identifier: BSD-3-Clause
"""Worker processes on this machine, each of which runs one member of a sweep after another."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from marsdisk.runs.interrupt import STOPPING, StopRequest
from marsdisk.sweep.manifest import Sweep
from marsdisk.sweep.members import FAILED, OPEN
from marsdisk.sweep.work import Outcome, note_failure, work_on

LOOK_EVERY = 0.25
"""Longest time between two looks at the wish to stop [s]."""

REMIND_EVERY = 1.0
"""Time after which a worker that was told to stop is told again: the first signal may have come
before its run began [s]."""


@dataclass
class _Worker:
    """A worker process, the line to it, and the member that it works on."""

    process: BaseProcess
    line: Connection
    index: int | None = None


def work_in_processes(
    sweep: Sweep, indices: Sequence[int], *, jobs: int, threads: int, retry: bool,
    request: StopRequest, report: Callable[[Outcome | None], None],
) -> list[Outcome]:
    """Work on members in `jobs` processes.

    Parameters
    ----------
    sweep
        The sweep.
    indices
        Members to work on.
    jobs, threads
        Number of processes, and OpenMP threads of each.
    retry
        Try again what has failed.
    request
        Why to stop; the members at work then end with a checkpoint.
    report
        Called with every outcome, and with None when time has passed.
    """
    return list(_Pool(sweep, indices, jobs, threads, retry, request, report).run())


class _Pool:
    """The parent's side: hands out members, collects outcomes, passes signals on."""

    def __init__(
        self, sweep: Sweep, indices: Sequence[int], jobs: int, threads: int, retry: bool,
        request: StopRequest, report: Callable[[Outcome | None], None],
    ) -> None:
        self._sweep, self._todo = sweep, deque(indices)
        self._jobs, self._threads, self._retry = jobs, threads, retry
        self._request, self._report = request, report
        self._workers: list[_Worker] = []
        self._reminded = 0.0

    def run(self) -> Iterator[Outcome]:
        """Outcomes in the order in which they come."""
        try:
            while True:
                if self._request.reason():
                    self._todo.clear()
                    self._tell_to_stop()
                self._hand_out()
                busy = [worker for worker in self._workers if worker.index is not None]
                if not busy:
                    return
                for line in wait([worker.line for worker in busy], LOOK_EVERY):
                    outcome = self._collect(next(w for w in busy if w.line is line))
                    self._report(outcome)
                    yield outcome
                self._report(None)
        finally:
            self._close()

    def _hand_out(self) -> None:
        """Give a member to every idle worker, and start workers while there is more to do."""
        while self._todo:
            idle = next((worker for worker in self._workers if worker.index is None), None)
            if idle is None and len(self._workers) >= self._jobs:
                return
            if idle is None:
                idle = self._start()
                self._workers.append(idle)
            idle.index = self._todo.popleft()
            with contextlib.suppress(OSError):  # one that has died meanwhile is found by `wait`
                idle.line.send(idle.index)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # a fork after OpenMP may hang
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_work, args=(theirs, self._sweep, self._threads, self._retry), daemon=True)
        # Ctrl-C reaches all processes of a terminal: a worker must not meet it while it imports.
        # (multiprocessing's own helper process unblocks these signals when it is started.)
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        theirs.close()
        return _Worker(process, ours)

    def _collect(self, worker: _Worker) -> Outcome:
        """What a worker has to say, or what its death means."""
        index = worker.index
        worker.index = None
        try:
            return worker.line.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            worker.process.join()
            code = worker.process.exitcode or 0
            reason = f"its process was killed by {signal.Signals(-code).name}" if code < 0 else \
                f"its process ended with code {code}"
            if self._request.reason():
                return Outcome(index, OPEN, reason)
            note_failure(self._sweep, self._sweep.members[index], reason)
            return Outcome(index, FAILED, reason, "begun")

    def _tell_to_stop(self) -> None:
        if time.monotonic() - self._reminded < REMIND_EVERY:
            return
        self._reminded = time.monotonic()
        for worker in self._workers:
            if worker.index is not None:
                worker.process.terminate()

    def _close(self) -> None:
        for worker in self._workers:
            worker.line.close()  # the end of the line is the end of the work
        for worker in self._workers:
            worker.process.join()


def _work(line: Connection, sweep: Sweep, threads: int, retry: bool) -> None:
    """The worker's side."""
    for number in STOPPING:  # a run catches them itself; between runs the parent decides
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    with contextlib.suppress(EOFError, OSError):
        while True:
            index = line.recv()
            line.send(work_on(sweep, sweep.members[index], threads=threads, retry=retry))
