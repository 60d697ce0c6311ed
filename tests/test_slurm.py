# SPDX-License-Identifier: BSD-3-Clause
"""Job arrays: the script and its signals anywhere, and all of it on a Slurm cluster of one node.

The cluster is started by hpc/one_node_cluster.sh, as root, when MARSDISK_TEST_SLURM is 1; Slurm is
installed from Debian where it is missing.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.sweep import manifest, slurm
from marsdisk.sweep.plan import plan
from refusal import refused

ROOT = NAMELISTS.parent
SWITCH = "MARSDISK_TEST_SLURM"
CANNOT = 77
"""Exit code of the cluster's script where Slurm cannot start."""

QUICK = [NAMELISTS / "quick.nml", "--set", "mars.t0=3000,4000,5000", "--set",
         "surface.tau0=0.25,0.5,1,2"]
LONG = [NAMELISTS / "standard.nml", "--set", "grains.n_bin=199,200", "--set",
        "rings.n_ring=16", "--set", "output.checkpoint=0.5"]
"""Two members of some seven seconds."""


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of all variables of a file."""
    with netCDF4.Dataset(path) as data:
        return {name: np.ma.getdata(v[...]).tobytes() for name, v in data.variables.items()}


def is_complete(path: Path) -> bool:
    """Whether the run of a file reached its end."""
    with netCDF4.Dataset(path) as data:
        return bool(data.complete)


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain until {what}"
        time.sleep(0.2)


def scripts(settings: list[str], folder: Path, **options: object) -> slurm.Jobs:
    """Scripts of a sweep over quick.nml in a folder, which is written."""
    sweep = manifest.put(plan(NAMELISTS / "quick.nml", settings), folder, force=False)
    return slurm.jobs_of(sweep, slurm.Options(**options), retry=False)


def test_ranges_of_an_array() -> None:
    assert slurm.ranges([0, 1, 2, 3, 7, 9, 10]) == "0-3,7,9-10"
    assert slurm.ranges([5]) == "5"


def test_script_asks_for_what_was_said_and_is_valid_shell(tmp_path: Path) -> None:
    jobs = scripts(
        ["mars.t0=3000,4000,5000"], tmp_path / "s", partition="long", time="1-0", memory="2G",
        account="me", threads=4, at_once=2, more=("--qos=high",), setup=("module load marsdisk",))
    options = re.findall(r"^#SBATCH (.*)$", jobs.array, re.MULTILINE)
    assert {"--array=0-2%2", "--partition=long", "--time=1-0", "--mem=2G", "--account=me",
            "--cpus-per-task=4", "--qos=high", "--requeue", "--signal=B:USR1@60"} <= set(options)
    assert "\nmodule load marsdisk\n" in jobs.array and "\nmarsdisk sweep " in jobs.array
    for text in (jobs.array, jobs.table):
        assert subprocess.run(["bash", "-n"], input=text, text=True, check=True).returncode == 0


def test_only_what_is_left_is_submitted(tmp_path: Path) -> None:
    settings = ["mars.t0=3000,3500,4000,4500,5000,5500"]
    scripts(settings, tmp_path / "s")
    sweep = manifest.load(tmp_path / "s")
    for k in (1, 2):
        sweep.failure(sweep.members[k]).write_text("why\n")
    jobs = slurm.jobs_of(sweep, slurm.Options(), retry=False)
    assert "--array=0,3-5\n" in jobs.array and (jobs.tasks, jobs.members) == (4, 4)
    jobs = slurm.jobs_of(sweep, slurm.Options(per_task=4), retry=True)
    assert "--array=0-1\n" in jobs.array and (jobs.tasks, jobs.members) == (2, 6)
    assert " --retry-failed &" in jobs.array


@dataclass
class Task:
    """A task of an array, run by bash alone; scontrol leaves a note."""

    script: Path
    environment: dict[str, str]

    def start(self, number: int) -> subprocess.Popen[str]:
        """Start the task with this number."""
        return subprocess.Popen(
            ["bash", self.script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**self.environment, "SLURM_ARRAY_TASK_ID": str(number)})


def task(jobs: slurm.Jobs, tmp_path: Path) -> Task:
    """The script of an array as something to run."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/scontrol"
    fake.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/scontrol.txt\n')
    fake.chmod(0o755)
    (tmp_path / "array.sh").write_text(jobs.array)
    environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
                   "SLURM_ARRAY_JOB_ID": "7", "SLURM_CPUS_PER_TASK": "1"}
    return Task(tmp_path / "array.sh", environment)


def at_work(tmp_path: Path) -> tuple[Task, subprocess.Popen[str], Path]:
    """An array, its task 1 at work, and the output of that, in which there is a checkpoint."""
    found = plan(LONG[0], ["grains.n_bin=199,200", "rings.n_ring=16", "output.checkpoint=0.5"])
    sweep = manifest.put(found, tmp_path / "s", force=False)
    this = task(slurm.jobs_of(sweep, slurm.Options(), retry=False), tmp_path)
    process = this.start(1)
    output = sweep.output(sweep.members[1])
    until(output.is_file, 60, "there is a checkpoint")
    return this, process, output


@pytest.mark.parametrize(("number", "queued"), [(signal.SIGUSR1, True), (signal.SIGTERM, False)])
def test_a_signal_to_the_script_leaves_a_checkpoint(
    number: signal.Signals, queued: bool, tmp_path: Path
) -> None:
    _, process, output = at_work(tmp_path)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert "begun, stopped" in said and not is_complete(output)
    note = tmp_path / "scontrol.txt"
    assert (note.read_text() if note.exists() else "") == ("requeue 7_1\n" if queued else "")


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_a_member_that_is_killed_is_taken_up_again(tmp_path: Path) -> None:
    this, process, output = at_work(tmp_path)
    child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(child[0]), signal.SIGKILL)  # as when memory runs out
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGKILL, said
    assert not (tmp_path / "scontrol.txt").exists()  # the task has failed
    assert not is_complete(output)
    jobs = slurm.jobs_of(manifest.load(tmp_path / "s"), slurm.Options(), retry=False)
    assert "--array=0-1\n" in jobs.array  # the member has not
    said, _ = this.start(1).communicate(timeout=60)
    assert "resumed, done" in said and is_complete(output)


def test_tasks_of_several_members(tmp_path: Path) -> None:
    jobs = scripts(["mars.t0=3000,3500,4000,4500,5000", "grains.n_bin=10"], tmp_path / "s",
                   per_task=3)
    this = task(jobs, tmp_path)
    done = []
    for number in (0, 1):
        said, _ = this.start(number).communicate(timeout=60)
        done.append(len(re.findall("begun, done", said)))
    assert done == [3, 2]


def test_without_slurm_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(slurm.shutil, "which", lambda *_, **__: None)
    message = refused(capsys, "sweep", *map(str, QUICK), "--slurm", "--output", "s")
    assert "there is no sbatch on this machine" in message
    asked = run(*QUICK, "--slurm", "--partition", "a b", "--output", tmp_path / "s")
    assert asked.returncode == 2 and "does not belong there" in asked.stderr
    asked = run(*QUICK, "--slurm", "--dry-run", "--output", tmp_path / "s")
    assert asked.returncode == 0 and "#SBATCH --array=0-11\n" in asked.stdout
    assert list(tmp_path.iterdir()) == []


def run(*arguments: object, environment: dict[str, str] | None = None
        ) -> subprocess.CompletedProcess[str]:
    """`marsdisk sweep`, as a process."""
    program = [sys.executable, "-c", "from marsdisk.cli.main import main; main()", "sweep"]
    return subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True,
                          env=environment, check=False, timeout=300)


class Cluster:
    """A Slurm cluster of one node in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def script(self, action: str) -> subprocess.CompletedProcess[str]:
        """Call hpc/one_node_cluster.sh."""
        return subprocess.run([ROOT / "hpc/one_node_cluster.sh", action, self.folder],
                              capture_output=True, text=True, check=False, timeout=300)

    def sweep(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """`marsdisk sweep` on the cluster."""
        return run(*arguments, environment=self.environment)

    def call(self, *words: str) -> str:
        """What a command of Slurm prints."""
        return subprocess.run(words, env=self.environment, capture_output=True, text=True,
                              check=True).stdout

    def tasks(self) -> dict[str, tuple[str, str]]:
        """State and job number of each task that is queued or runs."""
        lines = self.call("squeue", "--noheader", "--array", "--format=%K %T %A").splitlines()
        return {task: (state, job) for task, state, job in (line.split() for line in lines)}

    def states(self) -> set[str]:
        """States of the tasks of the array, without the job that writes the table."""
        return {state for task, (state, _) in self.tasks().items() if task.isdecimal()}

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until no job is left."""
        until(lambda: not self.tasks(), seconds, "the queue is empty")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that is up."""
    if os.environ.get(SWITCH) != "1":
        pytest.skip(f"a Slurm cluster of one node is started only where {SWITCH}=1")
    this = Cluster(tmp_path_factory.mktemp("slurm"))
    for action in ("install", "start"):
        done = this.script(action)
        if done.returncode == CANNOT:
            pytest.skip(done.stdout.strip())
        assert done.returncode == 0, done.stdout + done.stderr
    yield this
    this.script("stop")


def test_array_of_12_members_runs_to_its_end(cluster: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "array"
    started = time.monotonic()
    asked = cluster.sweep(*QUICK, "--output", folder, "--slurm", "--time", "5", "--mem", "200")
    assert asked.returncode == 0, asked.stderr
    assert "12 of 12 members in 12 tasks" in asked.stdout
    cluster.wait_until_empty(120)
    print(f"array of 12 members and its table: {time.monotonic() - started:.1f} s")
    table = (folder / "results.csv").read_text()  # written by the job after the array
    assert table.count(",done,") == 12
    # the same bits as here, and nothing is left to do
    assert run(*QUICK, "--output", tmp_path / "here").returncode == 0
    sweep = manifest.load(folder)
    for member in sweep.members:
        assert contents(sweep.output(member)) == contents(
            tmp_path / f"here/members/{member.name}.nc")
    asked = cluster.sweep(folder, "--slurm")
    assert asked.returncode == 0 and "nothing is left to do" in asked.stdout


def test_slurm_refuses_before_anything_is_written(cluster: Cluster, tmp_path: Path) -> None:
    asked = cluster.sweep(*QUICK, "--output", tmp_path / "s", "--slurm", "--partition", "nope")
    assert asked.returncode == 2 and "invalid partition" in asked.stderr
    assert list(tmp_path.iterdir()) == []


def test_members_survive_the_death_of_their_node_and_the_end_of_their_time(
    cluster: Cluster, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    assert cluster.sweep(*LONG, "--output", folder, "--slurm", "--time", "5").returncode == 0
    sweep = manifest.load(folder)
    outputs = [sweep.output(member) for member in sweep.members]
    until(lambda: all(path.is_file() for path in outputs), 60, "there are checkpoints")

    killed = cluster.script("die").stdout.split()
    assert len(killed) >= 5  # slurmd, and for each task at least slurmstepd and marsdisk
    assert not any(is_complete(path) for path in outputs)
    until(lambda: cluster.states() == {"PENDING"}, 90, "Slurm has queued the tasks again")
    assert cluster.script("revive").returncode == 0
    until(lambda: cluster.states() == {"RUNNING"}, 60, "the tasks run again")
    died = [path.stat().st_mtime_ns for path in outputs]

    # the warning that Slurm sends to the script when the time is nearly up
    until(lambda: outputs[0].stat().st_mtime_ns > died[0], 60, "there is a new checkpoint")
    cluster.call("scancel", "--signal=USR1", "--batch", cluster.tasks()["0"][1])
    until(lambda: cluster.tasks()["0"][0] == "PENDING", 60, "the task is queued again")
    cluster.wait_until_empty(180)

    logs = [next((folder / "slurm").glob(f"*_{k}.log")).read_text() for k in (0, 1)]
    assert re.search("resumed, stopped(.|\n)*queued again(.|\n)*resumed, done", logs[0]), logs[0]
    assert re.search("resumed, done", logs[1]), logs[1]
    assert (folder / "results.csv").read_text().count(",done,") == 2
    assert run(*LONG, "--output", tmp_path / "here").returncode == 0
    for member, path in zip(sweep.members, outputs, strict=True):
        assert contents(path) == contents(tmp_path / f"here/members/{member.name}.nc")


def test_single_run_goes_on_after_the_end_of_its_time(cluster: Cluster, tmp_path: Path) -> None:
    namelist, output = tmp_path / "a.nml", tmp_path / "a.nc"
    text = "&run name='a' /\n&rings n_ring=16 /\n&grains n_bin=200 /\n&output checkpoint=0.5 /\n"
    namelist.write_text(text)
    beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # marsdisk, as after module load
    subprocess.run(
        ["sbatch", "--cpus-per-task=1", "--mem=200", "--time=5", f"--output={tmp_path}/log",
         ROOT / "hpc/run.sbatch", namelist, output],
        env={**cluster.environment, "PATH": beside}, capture_output=True, check=True)
    until(output.is_file, 60, "there is a checkpoint")
    cluster.call("scancel", "--signal=USR1", "--batch", cluster.tasks()["N/A"][1])
    cluster.wait_until_empty(120)
    log = (tmp_path / "log").read_text()
    assert "queued again" in log and is_complete(output), log
    program = [sys.executable, "-c", "from marsdisk.cli.main import run_main; run_main()"]
    subprocess.run([*program, namelist, "--output", tmp_path / "b.nc", "--quiet"],
                   env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL,
                   check=True)
    assert contents(output) == contents(tmp_path / "b.nc")
