# SPDX-License-Identifier: BSD-3-Clause
"""A sweep as a job array of Slurm.

Every task of the array calls ``marsdisk sweep DIR --member I``; the files of the members say what
is left to do, so a task that is started again goes on where it was.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from marsdisk import __version__
from marsdisk.errors import InputError, MarsdiskError, OutputError, Problem
from marsdisk.output.files import replaced
from marsdisk.sweep.manifest import Sweep
from marsdisk.sweep.members import FAILED, OPEN, STOPPED, state_of

FOLDER = "slurm"
"""Scripts and logs, in the folder of the sweep."""

WARNING = 60
"""Slurm signals a task so long before its time is up; it may do so up to 60 s earlier [s]."""

RESTARTS = 200
"""A task that was started so often makes no progress and is not queued again [1]."""

TABLE_TIME = "00:10:00"
"""Limit of the job that writes the table [h:min:s]."""

_WORD = re.compile(r"[A-Za-z0-9_.,:+@%/=\[\]-]+\Z")

_BODY = """
set -u
export OMP_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}"
# Every file has one writer and is renamed into place: HDF5 need not lock it, which fails on some
# parallel file systems.
export HDF5_USE_FILE_LOCKING=FALSE
{setup}
{members}

# USR1: Slurm says that the time is nearly up. TERM: the job is cancelled or makes room for another.
# Both times marsdisk writes a checkpoint and ends with 3; after USR1 the task is queued again.
member= ; again=
trap 'again=1; kill -TERM $member 2>/dev/null' USR1
trap 'kill -TERM $member 2>/dev/null' TERM
{command} sweep {folder} --member "$members"{retry} &
member=$!
wait "$member"; code=$?
while kill -0 "$member" 2>/dev/null; do wait "$member"; code=$?; done  # a trap ends a wait early
if ((code > 128)); then wait "$member"; rest=$?; ((rest == 127)) || code=$rest; fi

if [[ $again && $code != [012] ]] && ((${{SLURM_RESTART_COUNT:-0}} < {restarts})); then
  echo "the time is up: queued again"
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"""

_ONE = "members=$SLURM_ARRAY_TASK_ID"
_SEVERAL = """first=$((SLURM_ARRAY_TASK_ID * {per_task}))
last=$((first + {per_task} - 1))
members=$first-$((last < {last} ? last : {last}))"""

_TABLE = """
export HDF5_USE_FILE_LOCKING=FALSE
{setup}
{command} sweep {folder} --table
"""


@dataclass(frozen=True)
class Options:
    """What Slurm is asked for.

    Parameters
    ----------
    partition, time, memory, account
        As sbatch takes them; empty = the default of the cluster.
    threads
        Processors, and OpenMP threads, of a member.
    per_task
        Members that a task of the array runs one after another.
    at_once
        Most tasks that run at once; 0 = no limit.
    more
        Further options of sbatch.
    setup
        Lines of shell before marsdisk is called, such as ``module load marsdisk``.
    """

    partition: str = ""
    time: str = ""
    memory: str = ""
    account: str = ""
    threads: int = 1
    per_task: int = 1
    at_once: int = 0
    more: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """What cannot stand in a script."""
        given = {"--partition": self.partition, "--time": self.time, "--mem": self.memory,
                 "--account": self.account, **{f"--sbatch {text}": text for text in self.more}}
        for name, text in given.items():
            if text and not _WORD.match(text):
                yield Problem(name.partition(" ")[0], "", f"'{text}' has a character that does not "
                              "belong there", "expected it as sbatch takes it, without blanks")
        for text in self.more:
            if not text.startswith("-"):
                yield Problem("--sbatch", "", f"'{text}' is no option of sbatch",
                              "expected --sbatch=--qos=long")
        for text in self.setup:
            if "\n" in text:
                yield Problem("--setup", "", "has several lines", "expected one --setup for each")

    def common(self) -> list[str]:
        """Options of both jobs."""
        pairs = {"partition": self.partition, "account": self.account, "mem": self.memory}
        return [f"--{name}={text}" for name, text in pairs.items() if text] + list(self.more)


@dataclass(frozen=True)
class Jobs:
    """The scripts of the array and of the job that writes the table."""

    array: str
    table: str
    tasks: int
    members: int


def jobs_of(sweep: Sweep, options: Options, retry: bool) -> Jobs | None:
    """Scripts for what is left of a sweep, or None when nothing is.

    Parameters
    ----------
    sweep
        The sweep; it need not be written yet.
    options
        What Slurm is asked for.
    retry
        Try again what has failed.
    """
    wanted = (OPEN, STOPPED, FAILED) if retry else (OPEN, STOPPED)
    left = [m.index for m in sweep.members if state_of(sweep, m).name in wanted]
    if not left:
        return None
    tasks = sorted({index // options.per_task for index in left})
    folder = sweep.folder.resolve()
    limit = f"%{options.at_once}" if options.at_once else ""
    time = [f"--time={options.time}"] if options.time else []
    array = [
        f"--job-name={sweep.name}", f"--array={ranges(tasks)}{limit}",
        f"--output={folder / FOLDER}/%A_%a.log", f"--chdir={folder}", "--open-mode=append",
        "--requeue", f"--signal=B:USR1@{WARNING}", "--nodes=1", "--ntasks=1",
        f"--cpus-per-task={options.threads}", *time, *options.common(),
    ]
    table = [f"--job-name={sweep.name}_table", f"--output={folder / FOLDER}/%j_table.log",
             f"--chdir={folder}", "--nodes=1", "--ntasks=1", f"--time={TABLE_TIME}",
             *options.common()]
    words = {"command": _command(options.setup), "folder": shlex.quote(str(folder)),
             "setup": "\n".join(options.setup)}
    several = _SEVERAL.format(per_task=options.per_task, last=len(sweep.members) - 1)
    body = _BODY.format(**words, members=_ONE if options.per_task == 1 else several,
                        retry=" --retry-failed" if retry else "", restarts=RESTARTS)
    title = f"{sweep.describe()}, {len(left)} of them to do"
    return Jobs(_script(title, array, body),
                _script(f"Table of {sweep.describe()}", table, _TABLE.format(**words)),
                len(tasks), len(left))


def submit(sweep: Sweep, jobs: Jobs) -> str:
    """Submit the array, and the job that writes the table when all of it has ended.

    Returns
    -------
    str
        What was submitted, for the screen.

    Raises
    ------
    MarsdiskError
        Slurm has refused it.
    """
    folder = sweep.folder / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        for name, text in (("array.sh", jobs.array), ("table.sh", jobs.table)):
            with replaced(folder / name, new=False) as aside:
                Path(aside).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error}") from error
    array = _sbatch(["--parsable", str(folder / "array.sh")], sweep).partition(";")[0]
    table = _sbatch(["--parsable", f"--dependency=afterany:{array}", "--kill-on-invalid-dep=yes",
                     str(folder / "table.sh")], sweep).partition(";")[0]
    return (
        f"{sweep.name}: {jobs.members} of {len(sweep.members)} members in {jobs.tasks} tasks\n"
        f"  submitted: job array {array}, and job {table}, which writes the table after it\n"
        f"  watch it: squeue --job {array}; logs are in {folder}\n"
        f"  how it stands: marsdisk sweep {sweep.folder} --table"
    )


def check(jobs: Jobs) -> None:
    """Ask Slurm whether it would take the array, before anything is written.

    Raises
    ------
    InputError
        There is no Slurm, or it would not.
    """
    if shutil.which("sbatch") is None:
        raise InputError([Problem("--slurm", "", "there is no sbatch on this machine",
                                  "expected a machine of the cluster; --dry-run shows the script")])
    asked = subprocess.run(["sbatch", "--test-only"], input=jobs.array, capture_output=True,
                           text=True, check=False)
    if asked.returncode:
        raise InputError([Problem("--slurm", "", f"Slurm would not take the job: "
                                  f"{_said(asked.stderr)}")])


def ranges(numbers: Sequence[int]) -> str:
    """Increasing numbers as Slurm writes them: ``0-3,7``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("-".join(str(number) for number in part) for part in parts)


def _script(title: str, options: Sequence[str], body: str) -> str:
    head = ["#!/bin/bash", f"# {title}. Written by marsdisk {__version__}.",
            *(f"#SBATCH {shlex.quote(option)}" for option in options)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(head) + "\n" + body)


def _command(setup: Sequence[str]) -> str:
    """How a job calls marsdisk: as this one was called, unless it sets up its own surroundings."""
    if setup:
        return "marsdisk"
    beside = shutil.which("marsdisk", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("marsdisk")
    return shlex.quote(found) if found else "marsdisk"


def _sbatch(arguments: Sequence[str], sweep: Sweep) -> str:
    asked = subprocess.run(["sbatch", *arguments], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise MarsdiskError(f"{_said(asked.stderr)}; the sweep is in {sweep.folder}, submit it "
                            f"with: marsdisk sweep {sweep.folder} --slurm")
    return asked.stdout.strip()


def _said(text: str) -> str:
    """What sbatch said, in one line."""
    lines = [line.removeprefix("sbatch: ").removeprefix("error: ").strip()
             for line in text.splitlines()]
    return "; ".join(line for line in lines if line) or "sbatch failed without a word"
