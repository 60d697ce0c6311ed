# SPDX-License-Identifier: BSD-3-Clause
"""How far the members of a sweep are, and who works on which."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import netCDF4

from marsdisk.sweep.manifest import Member, Sweep, text_hash
from marsdisk.sweep.scalars import Scalar

DONE, STOPPED, FAILED, OPEN, RUNNING = "done", "stopped", "failed", "open", "running"
STATES = (OPEN, RUNNING, STOPPED, FAILED, DONE)
"""Not begun; at work in a process; begun, and to be resumed; failed; complete."""

GLANCE = 2.0
"""Longest wait for those who only look at a member, which takes far less [s]."""

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


@dataclass(frozen=True)
class State:
    """How far a member is.

    Parameters
    ----------
    name
        One of `STATES`.
    reason
        Why it failed or stopped; may be empty.
    build
        Version and revision of marsdisk that wrote the output, if there is one.
    values
        Scalars that were read along.
    """

    name: str
    reason: str = ""
    build: str = ""
    values: tuple[float | str, ...] = ()


def state_of(sweep: Sweep, member: Member, columns: Sequence[Scalar] = ()) -> State:
    """How far a member is, from its files alone; it may be at work all the same.

    Parameters
    ----------
    sweep, member
        The sweep, and which of its members.
    columns
        Scalars to be read along, if it is complete: opening a file takes longer than reading it.
    """
    found = _output_state(sweep.output(member), member.sha256, columns)
    if found.name == DONE:
        return found
    reason = _text(sweep.failure(member))
    return State(FAILED, reason, found.build) if reason else found


def state_now(sweep: Sweep, member: Member, columns: Sequence[Scalar] = ()) -> State:
    """As `state_of`, and whether a process works on it."""
    with member_lock(sweep.namelist(member), look=True) as idle:
        found = state_of(sweep, member, columns)
    return found if idle or found.name == DONE else State(RUNNING, "", found.build)


def _output_state(path: Path, sha256: str, columns: Sequence[Scalar]) -> State:
    if not path.is_file():
        return State(OPEN)
    try:
        with netCDF4.Dataset(path) as data:
            complete, reason = int(data.complete), str(data.stop_reason)
            build = f"{data.marsdisk_version} ({data.git_hash})"
            same = text_hash(data.namelist) == sha256
            values = tuple(column.of(data) for column in columns) if complete and same else ()
    except (OSError, RuntimeError, AttributeError, ValueError):
        return State(OPEN)  # no output of marsdisk: the member is run again
    if not same:
        return State(OPEN)
    if complete:
        return State(DONE, "", build, values)
    if reason.startswith("failed:"):
        return State(FAILED, reason.partition(":")[2].strip(), build)
    return State(STOPPED, reason, build)


def _text(path: Path) -> str:
    """What a note says; empty without one, or when the disk was too full for it."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return "unknown"


@contextlib.contextmanager
def member_lock(
    namelist: Path, patience: float = 0.0, say: Callable[[str], None] = lambda _: None,
    look: bool = False,
) -> Iterator[bool]:
    """Claim a member while the block runs, or only look at it.

    The claim is a lock of the operating system on the namelist of the member, which is never
    written again: it ends with the process however that ends, and it holds between machines on
    NFS (where the server frees it when a machine has died). A file system without locks gives
    every claim; the outputs are renamed into place and stay whole even then. Any number of
    processes may look at a member at once; whoever wants to work on it waits until none does.

    Parameters
    ----------
    namelist
        Namelist of the member.
    patience
        How long to wait for a process that is about to end [s].
    say
        Called once with a message when it has to wait for longer than for a look.
    look
        Share the member with others that look at it.

    Yields
    ------
    bool
        Whether the member is ours, or at least nobody else's.
    """
    try:
        # NFS locks for one process only what is open for writing
        stream = namelist.open("rb" if look else "r+b")
    except (PermissionError, FileNotFoundError):  # somebody else's sweep, or a damaged one
        yield True
        return
    with stream:
        kind = fcntl.LOCK_SH if look else fcntl.LOCK_EX
        yield _locked(stream.fileno(), kind, patience, say, namelist.stem)


def _locked(
    handle: int, kind: int, patience: float, say: Callable[[str], None], name: str
) -> bool:
    """Try to lock an open file, again and again for `patience` [s]."""
    start = time.monotonic()
    told = False
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return True
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
        waited = time.monotonic() - start
        if waited >= patience and not (waited < GLANCE and _only_looked_at(handle)):
            return False
        if waited < GLANCE:
            time.sleep(0.05)
            continue
        if not told:
            say(f"{name}: waiting for the process that has worked on it")
            told = True
        time.sleep(1.0)


def _only_looked_at(handle: int) -> bool:
    """Whether those who have locked a file share it, which somebody at work does not."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    fcntl.flock(handle, fcntl.LOCK_UN)
    return True
