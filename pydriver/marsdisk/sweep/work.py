# SPDX-License-Identifier: BSD-3-Clause
"""Work on single members of a sweep: begin, go on, or leave alone what is complete."""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from marsdisk import runs
from marsdisk.config.read import read_namelist
from marsdisk.errors import InputError, MarsdiskError, OutputError, StoppedEarly
from marsdisk.output.files import replaced
from marsdisk.sweep.manifest import Member, Sweep
from marsdisk.sweep.members import (
    DONE,
    FAILED,
    RUNNING,
    STOPPED,
    State,
    member_lock,
    state_of,
)

REQUEUED = "SLURM_RESTART_COUNT"
"""Set by Slurm in a job that was started before."""

PATIENCE = 180.0
"""Longest wait of a requeued job for its member; a file server may take as long to notice that
the machine that held it has died [s]."""


@dataclass(frozen=True)
class Outcome:
    """What came of working on a member.

    Parameters
    ----------
    index
        Number of the member.
    state
        One of `members.STATES`.
    reason
        Why it failed or stopped.
    how
        What was done: ``begun``, ``resumed``, or empty when nothing was.
    seconds
        Wall time [s].
    """

    index: int
    state: str
    reason: str = ""
    how: str = ""
    seconds: float = 0.0


def work_on(
    sweep: Sweep, member: Member, *, threads: int | None = None, retry: bool = False,
    wall: float | None = None, say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Bring a member to its end, unless it is complete, failed, or somebody else's.

    Parameters
    ----------
    sweep, member
        The sweep, and which of its members.
    threads
        OpenMP threads; None = what the environment says.
    retry
        Try again what has failed.
    wall
        Stop, resumable, after this wall time [s].
    say
        Called with a message when it has to wait.
    """
    started = time.monotonic()
    patience = PATIENCE if int(os.environ.get(REQUEUED) or 0) else 0.0
    with member_lock(sweep.namelist(member), patience, say) as mine:
        before = state_of(sweep, member)
        if before.name == DONE or (before.name == FAILED and not retry):
            return Outcome(member.index, before.name, before.reason)
        if not mine:
            return Outcome(member.index, RUNNING, "another process works on it")
        prepare(sweep, member, before)
        state, how = _run(sweep, member, threads, wall)
    return Outcome(member.index, state.name, state.reason, how, time.monotonic() - started)


def prepare(sweep: Sweep, member: Member, before: State) -> None:
    """Forget a failure; what has failed in the computation itself begins again."""
    sweep.failure(member).unlink(missing_ok=True)
    if before.name == FAILED and state_of(sweep, member).name == FAILED:
        sweep.output(member).unlink(missing_ok=True)


def _run(
    sweep: Sweep, member: Member, threads: int | None, wall: float | None
) -> tuple[State, str]:
    """Run or resume a member, and note why if that fails."""
    output = sweep.output(member)
    how = "begun"
    try:
        if state_of(sweep, member).name == STOPPED:
            with contextlib.suppress(InputError):  # of another version, say: it begins again
                how = "resumed"
                runs.resume(output, threads=threads, quiet=True, wall=wall)
                return State(DONE), how
            how = "begun again"
        config = read_namelist(sweep.namelist(member))
        runs.run(config, output, force=True, threads=threads, quiet=True, wall=wall)
    except StoppedEarly as stop:
        return State(STOPPED, str(stop).partition(";")[0]), how
    except (MarsdiskError, Exception) as error:  # noqa: BLE001 - one member must not end the sweep
        reason = str(error) if isinstance(error, MarsdiskError) \
            else f"internal error: {type(error).__name__}: {error}"
        if os.environ.get("MARSDISK_TRACEBACK") == "1":
            traceback.print_exc()
        note_failure(sweep, member, reason)
        return State(FAILED, reason), how
    return State(DONE), how


def note_failure(sweep: Sweep, member: Member, reason: str) -> None:
    """Leave a note; the disk may be full, and then the output says it, or the member is open."""
    with contextlib.suppress(OutputError), replaced(sweep.failure(member), new=False) as aside:
        Path(aside).write_text(f"{reason}\n", encoding="utf-8")


def work_here(
    sweep: Sweep, indices: Sequence[int], *, threads: int | None, retry: bool,
    wall: float | None, say: Callable[[str], None],
) -> list[Outcome]:
    """Work on members one after another in this process, as the tasks of a job array do.

    Ends early when a member is stopped; `say` gets a line per member.
    """
    outcomes = []
    end = None if wall is None else time.monotonic() + wall
    for index in indices:
        left = None if end is None else max(end - time.monotonic(), 1e-3)
        member = sweep.members[index]
        outcome = work_on(sweep, member, threads=threads, retry=retry, wall=left, say=say)
        outcomes.append(outcome)
        say(f"{member.name}: {told(outcome)}")
        if outcome.state == STOPPED:
            break
    return outcomes


def told(outcome: Outcome) -> str:
    """An outcome as a text."""
    if not outcome.how:
        reason = f": {outcome.reason}" if outcome.reason else ""
        return f"{outcome.state} already" if outcome.state == DONE else outcome.state + reason
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.how}, {outcome.state} in {outcome.seconds:.1f} s{reason}"
