# SPDX-License-Identifier: BSD-3-Clause
"""Runs that are stopped and killed at random moments, and resumed, end as if nothing had happened.

Where others keep two checkpoints that alternate, there is one file here, the output itself: it is
written aside, flushed and renamed, so that the old one is there until the new one is complete. What
bears the name can be read at every moment, and a half-written file never bears it.
"""

from __future__ import annotations

import os
import platform
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import main
from marsdisk.output import files
from marsdisk.output.files import remove_leftovers, replaced

RUNS = {
    # about a second of computing on one thread, and a file that is written as often as it goes
    "disk": ("quick.nml", "rings.n_ring=6", "grains.n_bin=60", "stop.t_end=1", "output.n_out=300",
             "output.checkpoint=0.02"),
    "capture": ("capture_quick.nml", "start.n_random=12000", "start.tau_gas=0.01,1.0,1",
                "stop.t_max=0.2", "output.checkpoint=0.02"),
}
"""Kind of run -> namelist and overrides."""

COUNTED = {"disk": "time", "capture": "case"}
"""Dimension whose length says how far a run is."""

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

MOMENTS = ("starting", "computing", "writing", "writing")
"""When a signal comes: up to 0.6 s after the start of the process, up to 0.4 s after it has begun
to write, or as soon as it writes. Each with each signal: 20 kills of each kind of run."""


def start(*arguments: object) -> subprocess.Popen[str]:
    """A marsdisk command as a process of its own, on one thread."""
    script = "from marsdisk.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)


def begin(kind: str, path: Path) -> subprocess.Popen[str]:
    """A new run that writes to `path`."""
    namelist, *overrides = RUNS[kind]
    sets = [word for override in overrides for word in ("--set", override)]
    return start("run", NAMELISTS / namelist, "--output", path, "--quiet", *sets)


ONE_READER = threading.Lock()
"""netCDF4 is not made for threads."""


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of all variables."""
    with ONE_READER, netCDF4.Dataset(path) as data:
        return {name: np.ma.getdata(v[...]).tobytes() for name, v in data.variables.items()}


def stop_reason(path: Path) -> str:
    """Why the run in a file was stopped; empty when it has reached its end."""
    with ONE_READER, netCDF4.Dataset(path) as data:
        return "" if data.complete else data.stop_reason


def progress(kind: str, path: Path) -> int:
    """How far the run in a file is; everything in it can be read."""
    if not path.exists():
        return 0
    contents(path)
    with ONE_READER, netCDF4.Dataset(path) as data:
        return len(data.dimensions[COUNTED[kind]])


def parts(path: Path) -> set[Path]:
    """What is being written aside of a file, or was left there."""
    return set(path.parent.glob(f".{path.name}.*.part"))


def struck(run: subprocess.Popen[str], path: Path, number: int, moment: str, share: float) -> bool:
    """Send a signal at a moment, `share` [0, 1] of the way through it; False: it came too late."""
    left = parts(path)
    if moment != "starting":
        while run.poll() is None and not parts(path) - left:
            time.sleep(0.0005)
    if moment != "writing":
        time.sleep(share * (0.6 if moment == "starting" else 0.4))
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    if run.returncode == 3:
        assert "marsdisk resume" in err and "Traceback" not in err
        assert signal.Signals(number).name in stop_reason(path)
    elif run.returncode != 0 and number != signal.SIGKILL:
        # before the program was there to hear it, or after its work was done
        assert moment == "starting" or stop_reason(path) == "", (run.returncode, err)
    return run.returncode != 0


def kill_and_resume(kind: str, folder: Path) -> Counter[str]:
    """Kill runs of a kind, resume each to its end, and compare; how many kills left what."""
    (folder / kind).mkdir()
    whole = folder / kind / "whole.nc"
    assert begin(kind, whole).wait(60) == 0
    expected = contents(whole)
    chance = random.Random(kind)
    kills = [(number, moment) for number in SIGNALS for moment in MOMENTS]
    chance.shuffle(kills)
    count: Counter[str] = Counter()
    while kills:
        count["runs"] += 1
        path = folder / kind / f"{count['runs']}.nc"
        done = 0
        while done == 0 or stop_reason(path):
            run = start("resume", path, "--quiet") if done else begin(kind, path)
            if kills and struck(run, path, *kills[-1], chance.random()):
                kills.pop()
                count["kills"] += 1
                count["cut"] += bool(parts(path))
            else:
                assert run.wait(60) == 0
            before, done = done, progress(kind, path)
            assert done >= before
        assert contents(path) == expected
        assert not parts(path)
    return count


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counter[str]]:
    folder = tmp_path_factory.mktemp("killed")
    with ThreadPoolExecutor() as pool:
        return dict(zip(RUNS, pool.map(lambda kind: kill_and_resume(kind, folder), RUNS),
                        strict=True))


@pytest.mark.parametrize("kind", RUNS)
def test_killed_runs_end_with_the_same_bits(kind: str, killed: dict[str, Counter[str]]) -> None:
    assert killed[kind]["kills"] == len(SIGNALS) * len(MOMENTS)
    assert killed[kind]["cut"] >= 2, killed  # SIGKILL in the middle of a file being written


def left_behind(path: Path, *more: str) -> Path:
    """What a process of another name has left aside of a file."""
    part = path.parent / f".{path.name}.{'-'.join(more)}-abcdefgh.part"
    part.write_bytes(b"half a file")
    return part


def dead_process() -> str:
    """Number of a process that has ended."""
    run = subprocess.Popen([sys.executable, "-c", ""])
    run.wait()
    return str(run.pid)


def test_leftovers_of_dead_processes_are_removed_and_no_others(tmp_path: Path) -> None:
    path, here, dead = tmp_path / "run.nc", files._host(), dead_process()
    gone = [left_behind(path, here, dead), left_behind(path, "elsewhere", "1")]
    os.utime(gone[1], (0, 0))
    kept = [
        left_behind(path, here, str(os.getpid())),  # is being written
        left_behind(path, "elsewhere", dead),  # may be
        left_behind(tmp_path / "run.nc.b", here, dead),  # of another file
        left_behind(tmp_path / "a.run.nc", here, dead),
        tmp_path / ".run.nc.part",
    ]
    kept[-1].touch()
    remove_leftovers(path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert platform.node() == "" or here != ""


@pytest.mark.parametrize("name", ["run.nc", "r" * 252 + ".nc"])
def test_what_a_killed_process_leaves_is_known_as_such(name: str, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from marsdisk.output import files\n"
        "with files.replaced(Path(sys.argv[1]), new=True): os.kill(os.getpid(), signal.SIGKILL)")
    path = tmp_path / name
    done = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert done.returncode == -signal.SIGKILL and len(list(tmp_path.iterdir())) == 1
    with replaced(path, new=True) as aside:
        Path(aside).write_text("whole")
        remove_leftovers(path)
        assert [str(p) for p in tmp_path.iterdir()] == [aside]
    assert path.read_text() == "whole"


def test_resume_goes_on_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    real, link = tmp_path / "scratch/real.nc", tmp_path / "link.nc"
    with pytest.raises(SystemExit, match="3"):
        main(["run", str(NAMELISTS / "quick.nml"), "--output", str(real), "--wall", "1e-6"])
    link.symlink_to(real)
    with pytest.raises(SystemExit, match="0"):
        main(["resume", str(link), "--quiet"])
    assert link.is_symlink() and stop_reason(real) == ""
