# SPDX-License-Identifier: BSD-3-Clause
"""Run of kind 'capture': fates of small bodies that enter the primordial atmosphere of Mars."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marsdisk import core
from marsdisk.config.read import Config
from marsdisk.core import CaptureCore
from marsdisk.errors import InputError, InternalError, Problem, StoppedEarly
from marsdisk.output.capture_schema import variables
from marsdisk.output.case_file import CaseFile
from marsdisk.output.files import make_ready
from marsdisk.output.provenance import run_attributes
from marsdisk.runs.capture_entries import Entries
from marsdisk.runs.capture_results import FAILED, Tally, case_values, scalars
from marsdisk.runs.interrupt import StopRequest, stop_request
from marsdisk.runs.progress import Progress
from marsdisk.runs.saved import opened

CHUNK = 0.3
"""Wall time that the core should compute before Python looks up [s]."""

LOOK_UP = 0.1
"""Time after which Python looks for signals while the core computes [s]."""

PATIENCE = 2.0
"""A chunk that takes longer is given up when the run is to stop [s]."""

FIRST_CHUNK, FIRST_CHUNK_FIXED, LARGEST_CHUNK = 256, 16, 8192
"""Cases of the first call, the same in fixed steps, and most cases of a call [1]."""

MAX_PENDING = 64 * 2**20
"""Results that are kept in memory before they go to the file [bytes]; 2e5 cases."""


@dataclass
class CaptureRun:
    """A run between two chunks.

    Parameters
    ----------
    config, capture, entries
        Configuration, the core's fixed part, and what each case starts from.
    file
        The output, with the cases of the last checkpoint.
    tally
        Totals over the cases done.
    pending
        Results that are not in the file yet.
    worker
        Thread in which the core works.
    chunk
        Cases of the next call of the core [1]; results do not depend on it.
    spent
        Wall time until the run was resumed [s].
    """

    config: Config
    capture: CaptureCore
    entries: Entries
    file: CaseFile
    worker: ThreadPoolExecutor
    tally: Tally = field(default_factory=Tally)
    pending: list[dict[str, np.ndarray]] = field(default_factory=list)
    chunk: int = 1
    spent: float = 0.0

    @classmethod
    def begin(cls, config: Config, output: Path, written: int = 0) -> CaptureRun:
        """A run of which `written` cases are in the file `output`."""
        capture = CaptureCore(config)
        entries = Entries(config, capture.start_point)
        schema = variables(entries.gas_differs, config["tides"]["active"],
                           config["output"]["trajectories"])
        lengths = {"case": entries.count}
        if config["output"]["trajectories"]:
            lengths["sample"] = config["output"]["n_sample"]
        file = CaseFile(output, schema, scalars(config, capture), lengths, written)
        # a thread has its own number of OpenMP threads
        worker = ThreadPoolExecutor(1, initializer=core.set_threads,
                                    initargs=(core.max_threads(),))
        this = cls(config, capture, entries, file, worker)
        first = FIRST_CHUNK_FIXED if has_fixed_step(config) else FIRST_CHUNK
        this.chunk = min(first, this.largest_chunk())
        return this

    @classmethod
    def restore(cls, path: Path) -> CaptureRun:
        """The run that a file with a checkpoint holds.

        Raises
        ------
        InputError
            The file is no such file, or an input file has changed since.
        """
        with opened(path) as (data, config):
            this = cls.begin(config, path, len(data.dimensions["case"]))
            this.spent = float(data.wall_time_s)
            for values in this.file.read():
                this.tally.add(values)
        return this

    def advance_to_end(self, request: StopRequest, after_chunk: Callable[[], None]) -> None:
        """Do all cases that are left, chunk by chunk.

        Parameters
        ----------
        request
            Wish to stop; a chunk that takes long is given up then.
        after_chunk
            Called between two chunks; may raise to stop.
        """
        while self.tally.done < self.entries.count:
            self.advance(request)
            if self.tally.done < self.entries.count:
                after_chunk()

    def advance(self, request: StopRequest) -> None:
        """Do the next chunk, and fit the size of the one after it to the time this one took.

        The core works in a thread of its own, so that signals are seen meanwhile.
        """
        first = self.tally.done
        last = min(first + self.chunk, self.entries.count)
        started = time.monotonic()
        work = self.worker.submit(case_values, self.config, self.capture,
                                  self.entries.block(first, last))
        while not wait([work], LOOK_UP).done:
            if time.monotonic() - started > PATIENCE:
                self.capture.stop[0] = bool(request.reason())
        try:
            values = work.result()
        except core.Interrupted:
            return
        spent = time.monotonic() - started
        self.tally.add(values)
        self.pending.append(values)
        ideal = CHUNK / max(spent, 1e-6) * (last - first)
        self.chunk = int(np.clip(ideal, max(1, self.chunk // 4), 4 * self.chunk))
        self.chunk = min(self.chunk, self.largest_chunk())

    def largest_chunk(self) -> int:
        """Cases that may be computed in one call; trajectories must not fill the memory [1]."""
        output = self.config["output"]
        if not output["trajectories"]:
            return LARGEST_CHUNK
        return max(1, min(LARGEST_CHUNK, MAX_PENDING // (8 * 6 * output["n_sample"])))

    def pending_bytes(self) -> int:
        """Size of what is not in the file yet [bytes]."""
        return sum(array.nbytes for values in self.pending for array in values.values())

    def save(self, attributes: dict[str, str | int | float], new: bool) -> None:
        """Bring the file up to date; `new`: nobody else may have made it."""
        self.file.append(self.pending, attributes, new)
        self.pending.clear()


def has_fixed_step(config: Config) -> bool:
    """Whether the steps are as long as numerics.dt."""
    numerics = config["numerics"]
    return numerics["method"].startswith("leapfrog") or numerics["step"] == "fixed"


def verify(config: Config) -> None:
    """Build the equations of motion; see `marsdisk.runs.verify`."""
    CaptureCore(config)


def run(
    config: Config, output: Path, *, force: bool, threads: int | None, quiet: bool,
    wall: float | None,
) -> str:
    """Carry out a capture run; see `marsdisk.runs.run`."""
    if output.exists() and not force:
        raise InputError([Problem(str(output), "", "exists already", "use --force to overwrite")])
    if threads:
        core.set_threads(threads)
    return _follow(CaptureRun.begin(config, output), wall, quiet, new=not force)


def resume(path: Path, *, threads: int | None, quiet: bool, wall: float | None) -> str:
    """Go on with the first case that is not in `path`, as if the run had not been stopped."""
    if threads:
        core.set_threads(threads)
    return _follow(CaptureRun.restore(path), wall, quiet, new=False)


def _follow(this: CaptureRun, wall: float | None, quiet: bool, new: bool) -> str:
    """The run with what must be put away after it, however it ends."""
    with stop_request(wall) as request, closing(this.file):
        return _complete(this, request, quiet, new)


def _complete(this: CaptureRun, request: StopRequest, quiet: bool, new: bool) -> str:
    """Advance until the run ends or is stopped; `new`: nobody else may have made the file."""
    from marsdisk.runs.capture_summary import notes, summary

    output, begun = this.file.path, this.tally.done
    make_ready(output)
    attributes: dict[str, str | int | float] = {
        **run_attributes(this.config, core.max_threads()),
        "namelist_path": str(this.config.path.resolve()),
        "n_case": this.entries.count,
    }
    started = saved = time.monotonic()
    progress = Progress(this.entries.count, "cases", quiet)

    def save(stop_reason: str, complete: bool) -> None:
        attributes.update(this.tally.attributes())
        attributes.update(stop_reason=stop_reason, complete=int(complete),
                          warnings="\n".join(notes(this)),
                          wall_time_s=this.spent + time.monotonic() - started)
        this.save(attributes, new)

    def after_chunk() -> None:
        nonlocal saved
        rate = (this.tally.done - begun) / (time.monotonic() - started)
        progress.show(this.tally.done, f"{rate:.0f} per second")
        if request.reason():
            save(request.reason(), complete=False)
            raise StoppedEarly(f"{request.reason()}; go on with: marsdisk resume {output}", output)
        late = time.monotonic() - saved > this.config["output"]["checkpoint"]
        if late or this.pending_bytes() > MAX_PENDING:
            save("running", complete=False)
            saved = time.monotonic()

    try:
        this.advance_to_end(request, after_chunk)
    except InternalError as error:
        if this.tally.done:
            save(f"failed: {error}", complete=False)
        raise
    finally:
        progress.close()
    save("all cases are done", complete=True)
    if this.tally.outcomes[FAILED] == this.entries.count:
        raise InternalError(f"all {this.entries.count} cases failed in the integrator, none of "
                            f"them has a result; what they started from is in {output}")
    return summary(this, attributes, output)
