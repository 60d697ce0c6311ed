# SPDX-License-Identifier: BSD-3-Clause
"""A sweep on this machine from its first member to its table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from marsdisk import core
from marsdisk.errors import InputError, MarsdiskError, Problem, StoppedEarly
from marsdisk.runs.interrupt import stop_request
from marsdisk.runs.progress import Progress
from marsdisk.sweep.manifest import TABLE_CSV, TABLE_NC, Member, Sweep
from marsdisk.sweep.members import DONE, FAILED, OPEN, RUNNING, STOPPED, State, state_now, state_of
from marsdisk.sweep.pool import work_in_processes
from marsdisk.sweep.scalars import Scalar, scalars_of
from marsdisk.sweep.table import builds_of, write_table
from marsdisk.sweep.work import Outcome

LISTED = 20
"""Failed members that a report names [1]."""


@dataclass(frozen=True)
class Report:
    """How a sweep stands, in words, and what is wrong with it.

    Parameters
    ----------
    text
        For the screen.
    error
        Raised by whoever has printed the text; None when all members are complete.
    """

    text: str
    error: MarsdiskError | None


def run_here(
    sweep: Sweep, *, jobs: int | None, threads: int | None, retry: bool, quiet: bool,
    wall: float | None, scalars: Sequence[str] = (),
) -> Report:
    """Work on all members that are left, in processes on this machine, and write the table.

    Parameters
    ----------
    sweep
        The sweep.
    jobs, threads
        Processes, and OpenMP threads of each; None = as many as there are processors.
    retry
        Try again what has failed.
    quiet
        No progress.
    wall
        Stop, resumable, after this wall time [s].
    scalars
        Columns of the table; empty = those of the sweep.
    """
    started = time.monotonic()
    columns = scalars_of(sweep.kind, tuple(scalars) or sweep.scalars)
    states = {member.index: state_of(sweep, member, columns) for member in sweep.members}
    again = (FAILED,) if retry else ()
    todo = [k for k, state in states.items() if state.name in (OPEN, STOPPED, *again)]
    jobs, threads = shares(len(todo), jobs, threads)
    counts = Counter(state.name for state in states.values())
    done, failed = counts[DONE], counts[FAILED] - (counts[FAILED] if retry else 0)
    progress = Progress(len(sweep.members), "members", quiet)

    def report(outcome: Outcome | None) -> None:
        nonlocal done, failed
        if outcome is not None:
            done += outcome.state == DONE
            failed += outcome.state == FAILED
        progress.show(done, f"{failed} failed" if failed else "")

    try:
        with stop_request(wall) as request:
            outcomes = work_in_processes(
                sweep, todo, jobs=jobs, threads=threads, retry=retry, request=request,
                report=report) if todo else []
            stopped = request.reason()
    finally:
        progress.close()
    for outcome in outcomes:
        states[outcome.index] = State(outcome.state, outcome.reason)
        # what was at work elsewhere may be done by now: the last of several processes finds it so
        if outcome.state in (DONE, RUNNING):
            states[outcome.index] = state_now(sweep, sweep.members[outcome.index], columns)
    each = f"{threads} thread{'s' if threads > 1 else ''} each"
    took = f"{len(todo)} to do, {jobs} at a time, {each}: {time.monotonic() - started:.1f} s"
    return finish(sweep, states, columns, [took] if todo else [], stopped)


def look(sweep: Sweep, scalars: Sequence[str] = ()) -> Report:
    """Write the table of what is there, and say how the members stand."""
    columns = scalars_of(sweep.kind, tuple(scalars) or sweep.scalars)
    states = {member.index: state_now(sweep, member, columns) for member in sweep.members}
    return finish(sweep, states, columns, [], "")


def shares(todo: int, jobs: int | None, threads: int | None) -> tuple[int, int]:
    """Number of processes and threads of each, where one is not given.

    Members do not wait for one another, threads do: processes go first.
    """
    most = core.max_threads()
    if jobs is None:
        jobs = max(1, most // (threads or 1))
    jobs = max(1, min(jobs, todo))
    return jobs, threads or max(1, most // jobs)


def finish(
    sweep: Sweep, states: dict[int, State], columns: Sequence[Scalar], lines: Sequence[str],
    stopped: str,
) -> Report:
    """Write the table, and say how the sweep stands."""
    write_table(sweep, states, columns)
    builds = builds_of(states)
    counts = Counter(state.name for state in states.values())
    others = ", ".join(f"{counts[name]} {name}" for name in (FAILED, STOPPED, RUNNING, OPEN)
                       if counts[name])
    head = f"{sweep.name}: {counts[DONE]} of {len(sweep.members)} members done"
    text = [f"{head}, {others}" if others else head, *(f"  {line}" for line in lines)]
    if counts[FAILED]:
        text += _failures([m for m in sweep.members if states[m.index].name == FAILED], states)
    if len(builds) > 1:
        text.append(f"  note: the members were run by {len(builds)} builds of marsdisk: "
                    f"{', '.join(builds)}")
    text.append(f"  table: {sweep.folder / TABLE_CSV}, {TABLE_NC}")
    return Report("\n".join(text), _error(sweep, counts, stopped))


def _failures(failed: Sequence[Member], states: dict[int, State]) -> list[str]:
    lines = [f"  failed: {member.name}: {states[member.index].reason.splitlines()[0][:200]}"
             if states[member.index].reason else f"  failed: {member.name}"
             for member in failed[:LISTED]]
    if len(failed) > LISTED:
        lines.append(f"  ... and {len(failed) - LISTED} more")
    return lines


def _error(sweep: Sweep, counts: Counter[str], stopped: str) -> MarsdiskError | None:
    """What the exit code has to say."""
    go_on = f"marsdisk sweep {sweep.folder}"
    if stopped or counts[STOPPED] or counts[OPEN] or counts[RUNNING]:
        left = len(sweep.members) - counts[DONE] - counts[FAILED]
        if left:
            return StoppedEarly(f"{stopped or f'{left} members are not complete'}; "
                                f"go on with: {go_on}", sweep.folder)
    if counts[FAILED]:
        return MarsdiskError(f"{counts[FAILED]} of {len(sweep.members)} members; "
                             f"try them again with: {go_on} --retry-failed")
    return None


def chosen(sweep_size: int, text: str) -> list[int]:
    """Members of ``3``, ``0-9`` or ``1,4-6``.

    Raises
    ------
    InputError
        The text is something else, or there are no such members.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InputError([Problem("--member", "", f"'{text}' names no members",
                                      "expected 3, 0-9 or 1,4-6")])
        found += range(int(first), int(last or first) + 1)
    if not found or max(found) >= sweep_size:
        raise InputError([Problem("--member", "", f"there is no member {text}",
                                  f"expected 0 to {sweep_size - 1}")])
    return list(dict.fromkeys(found))
