# SPDX-License-Identifier: BSD-3-Clause
"""A capture run that is stopped, killed or cut into other pieces gives the same file, bit for bit.

The runs are random entries into gas that is lost, so that every case has its own state and gas.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import core
from marsdisk.cli.main import main, run_main
from marsdisk.config.read import read_namelist
from marsdisk.core import CaptureCore
from marsdisk.errors import InternalError
from marsdisk.output import case_file
from marsdisk.output.schema import Variable
from marsdisk.runs import capture as capture_run
from marsdisk.runs.capture_results import Tally
from marsdisk.runs.interrupt import StopRequest

QUICK = NAMELISTS / "capture_quick.nml"
CASES = 3000
OVERRIDES = ("start.tau_gas=0.01,1.0,1", "stop.t_max=0.2")


def command(entry, *arguments: object) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        entry([str(a) for a in arguments])
    return stop.value.code or 0


def arguments(path: Path, *more: str, count: int = CASES) -> list[str]:
    """Arguments of the run of `count` cases, with more overrides."""
    overrides = (*OVERRIDES, *more, f"start.n_random={count}")
    sets = [word for override in overrides for word in ("--set", override)]
    return [str(QUICK), "--output", str(path), "--quiet", *sets]


def resume(path: Path, *more: object) -> int:
    """Exit code of `marsdisk resume`."""
    return command(main, "resume", path, "--quiet", *more)


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of all variables, and what came out of the run as a whole."""
    with netCDF4.Dataset(path) as data:
        found = {name: np.ma.getdata(v[...]).tobytes() for name, v in data.variables.items()}
        totals = [name for name in data.ncattrs() if name.startswith("n_")]
        return found | {name: str(data.getncattr(name)).encode()
                        for name in (*totals, "complete", "stop_reason", "namelist", "warnings")}


def cases_in(path: Path) -> int:
    """Number of cases in a file."""
    with netCDF4.Dataset(path) as data:
        return len(data.dimensions["case"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run without a stop."""
    path = tmp_path_factory.mktemp("whole") / "whole.nc"
    assert command(run_main, *arguments(path)) == 0
    with netCDF4.Dataset(path) as data:
        outcome = np.bincount(data["outcome"][:], minlength=6)
        assert np.count_nonzero(outcome) >= 3  # there is something to tell apart
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of at most 100 cases."""
    monkeypatch.setattr(capture_run, "FIRST_CHUNK", 100)
    monkeypatch.setattr(capture_run, "LARGEST_CHUNK", 100)


@pytest.fixture
def stopped(tmp_path: Path, small: None) -> Path:
    """A run that was stopped before its end."""
    path = tmp_path / "stopped.nc"
    assert command(run_main, *arguments(path), "--wall", "1e-6") == 3
    assert cases_in(path) == 100
    return path


@pytest.mark.parametrize(("first", "largest", "pending"), [
    (1, 53, 2**20), (1000, 1000, 1), (2999, 2999, 2**30), (64, 333, 20000)])
def test_results_do_not_depend_on_chunks_and_checkpoints(
    first: int, largest: int, pending: int, whole: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_run, "FIRST_CHUNK", first)
    monkeypatch.setattr(capture_run, "LARGEST_CHUNK", largest)
    monkeypatch.setattr(capture_run, "MAX_PENDING", pending)
    path = tmp_path / "x.nc"
    assert command(run_main, *arguments(path)) == 0
    assert contents(path) == contents(whole)
    assert [p.name for p in tmp_path.iterdir()] == ["x.nc"]


def test_results_do_not_depend_on_threads(whole: Path, tmp_path: Path) -> None:
    path, before = tmp_path / "x.nc", core.max_threads()
    try:
        for threads in (1, 3):
            assert command(run_main, *arguments(path), "--force", "--threads", threads) == 0
            assert contents(path) == contents(whole)
    finally:
        core.set_threads(before)


def test_wall_limit_ends_with_3_and_resume_is_bit_for_bit(
    small: None, whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "parts.nc"
    code = command(run_main, *arguments(path), "--wall", "0.005")
    done = []
    while code == 3:
        with netCDF4.Dataset(path) as data:
            assert data.complete == 0 and "wall-clock limit" in data.stop_reason
            done.append(len(data.dimensions["case"]))
        code = resume(path, "--wall", "0.01")
    assert code == 0 and len(done) >= 3 and done == sorted(set(done))
    assert contents(path) == contents(whole)


def test_the_first_part_of_a_stopped_run_is_that_of_the_whole(stopped: Path, whole: Path) -> None:
    with netCDF4.Dataset(stopped) as part, netCDF4.Dataset(whole) as data:
        for name, variable in part.variables.items():
            if variable.dimensions == ("case",):
                assert np.ma.getdata(variable[:]).tobytes() == \
                    np.ma.getdata(data[name][:100]).tobytes(), name


KILLED = """
import os, signal
from marsdisk.cli.main import run_main
from marsdisk.output import case_file
from marsdisk.runs import capture
capture.FIRST_CHUNK = capture.LARGEST_CHUNK = 100
calls = 0
def fatal(function):
    def call(*arguments, **options):
        global calls
        calls += 1
        if calls > {survived}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call
{patch}
run_main({arguments!r})
"""


@pytest.mark.parametrize(
    ("patch", "survived", "left"),
    [
        # 1 checkpoint per 4 chunks: killed in chunk 11, the cases of 8 chunks are in the file
        ("capture.CaptureRun.advance = fatal(capture.CaptureRun.advance)", 10, 800),
        # killed while the third checkpoint is being put in place
        ("os.replace = fatal(os.replace)", 2, 800),
        # killed while the cases of the third one are being written aside
        ("case_file.filled = fatal(case_file.filled)", 2 * 4 * 29 + 40, 800),
    ],
    ids=["computing", "renaming", "writing"],
)
def test_a_killed_run_loses_only_what_came_after_the_last_checkpoint(
    patch: str, survived: int, left: int, whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "killed.nc"
    per_chunk = 100 * (5 + 21 + 3) * 8  # what the pending results of a chunk take at least
    patch += f"\ncapture.MAX_PENDING = {int(3.5 * per_chunk)}"
    code = KILLED.format(patch=patch, survived=survived, arguments=arguments(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert cases_in(path) == left
    assert resume(path) == 0
    assert contents(path) == contents(whole)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_with_3_and_leaves_a_file_to_resume(number: int, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    script = "from marsdisk.cli.main import run_main; run_main()"
    words = arguments(path, "output.checkpoint=0.1", count=100_000_000)
    run = subprocess.Popen([sys.executable, "-c", script, *words], stderr=subprocess.PIPE,
                           text=True)
    while not path.exists() and run.poll() is None:
        time.sleep(0.05)
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 3, err
    assert "marsdisk resume" in err and "Traceback" not in err
    with netCDF4.Dataset(path) as data:
        assert data.complete == 0 and number.name in data.stop_reason
        assert len(data.dimensions["case"]) == data["outcome"][:].size > 0


def test_trajectories_are_resumed_bit_for_bit(tmp_path: Path, small: None) -> None:
    more = ("output.trajectories=T", "output.n_sample=40")
    whole, parts = tmp_path / "whole.nc", tmp_path / "parts.nc"
    assert command(run_main, *arguments(whole, *more, count=350)) == 0
    code = command(run_main, *arguments(parts, *more, count=350), "--wall", "1e-6")
    stops = 0
    while code == 3:
        stops += 1
        code = resume(parts, "--wall", "1e-6")
    assert stops == 3
    assert contents(parts) == contents(whole)
    with netCDF4.Dataset(parts) as data:
        assert data["energy"].shape == (350, 40)


def test_memory_does_not_grow_with_the_number_of_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_run, "MAX_PENDING", 2**20)
    peak = {}
    for count in (20_000, 100_000):
        config = read_namelist(QUICK, [f"start.n_random={count}", "stop.t_max=0.001"])
        path = tmp_path / f"{count}.nc"
        tracemalloc.start()
        capture_run.run(config, path, force=False, threads=None, quiet=True, wall=None)
        peak[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert cases_in(path) == count
    # All results of 80 000 more cases would be 20 MB. Measured: 3.0 and 2.4 MB, mostly one chunk.
    assert peak[100_000] < peak[20_000] + 0.5e6
    assert peak[100_000] < 5e6


def test_every_slice_is_written_and_caught_up_once(
    tmp_path: Path, small: None, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work of a run grows with its cases, not with their square: no file is copied but once."""
    rows, copies, late = [], [], []
    filled, copyfile = case_file.filled, shutil.copyfile
    catch_up = case_file.CaseFile._catch_up

    def counted(variable: Variable, value: np.ndarray) -> np.ndarray:
        if variable.name == "outcome":
            rows.append(len(value))
        return filled(variable, value)

    def copied(source: Path, target: Path) -> None:
        copies.append(cases_in(source))
        copyfile(source, target)

    def lagging(self: case_file.CaseFile, data: netCDF4.Dataset) -> None:
        late.append(self.written - len(data.dimensions["case"]))
        catch_up(self, data)

    monkeypatch.setattr(case_file.CaseFile, "_catch_up", lagging)
    monkeypatch.setattr(capture_run, "MAX_PENDING", 1)  # a checkpoint after each of 30 chunks
    monkeypatch.setattr(case_file, "filled", counted)
    monkeypatch.setattr(shutil, "copyfile", copied)
    path = tmp_path / "x.nc"
    assert command(run_main, *arguments(path)) == 0
    assert copies == [100] and sum(rows) == CASES
    assert len(late) == CASES // 100 - 1 and sum(late) < CASES
    assert contents(path) == contents(whole)
    assert [p.name for p in tmp_path.iterdir()] == ["x.nc"]


def test_a_run_goes_on_where_files_have_no_second_name_or_the_spare_one_is_lost(
    tmp_path: Path, small: None, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hard links, and when somebody removes what is aside, files are copied as a whole."""
    link, calls = os.link, []

    def fails(source: Path, target: str) -> None:
        calls.append(target)
        if len(calls) % 3 == 0:
            raise OSError("no hard links here")
        link(source, target)
        if len(calls) % 3 == 1:
            os.unlink(target)

    monkeypatch.setattr(capture_run, "MAX_PENDING", 1)
    monkeypatch.setattr(os, "link", fails)
    path = tmp_path / "x.nc"
    assert command(run_main, *arguments(path)) == 0
    assert len(calls) > 10
    assert contents(path) == contents(whole)
    assert [p.name for p in tmp_path.iterdir()] == ["x.nc"]


def test_a_run_of_which_nothing_came_ends_with_1_and_keeps_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = CaptureCore.sweep

    def broken(self: CaptureCore, entries: np.ndarray) -> dict[str, np.ndarray]:
        found = sweep(self, entries)
        found["outcome"][:] = CaptureCore.OUTCOMES.index("failed")
        return found

    monkeypatch.setattr(CaptureCore, "sweep", broken)
    path = tmp_path / "x.nc"
    assert command(run_main, QUICK, "--output", path, "--quiet") == 1
    err = capsys.readouterr().err
    assert "all 6 cases failed in the integrator" in err and str(path) in err
    with netCDF4.Dataset(path) as data:
        assert data.n_failed == 6 and data.complete == 1


def test_steps_are_summed_beyond_32_bits() -> None:
    """A case takes up to 1e8 steps, a run any number."""
    values = {name: np.full(30, np.nan) for name in ("lifetime", "e_end", "heating")}
    values |= {"outcome": np.zeros(30, dtype=np.int8),
               "n_step": np.full(30, 100_000_000, dtype=np.int32)}
    tally = Tally()
    tally.add(values)
    assert tally.attributes()["n_step"] == 3_000_000_000


def test_a_complete_run_is_not_resumed(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = whole.read_bytes()
    assert resume(whole) == 0
    assert "is complete: nothing to do" in capsys.readouterr().out
    assert whole.read_bytes() == before


def test_resume_refuses_the_run_of_another_version(
    stopped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with netCDF4.Dataset(stopped, "a") as data:
        data.git_hash = "0123456789ab"
    assert resume(stopped) == 2
    assert "0123456789ab" in capsys.readouterr().err


def test_resume_refuses_a_list_that_has_changed(
    tmp_path: Path, small: None, capsys: pytest.CaptureFixture[str]
) -> None:
    table, namelist, path = tmp_path / "t.csv", tmp_path / "a.nml", tmp_path / "a.nc"
    rows = "".join(f"{0.01 + 1e-4 * k} 0.02\n" for k in range(300))
    table.write_text("u_AU_yr v_AU_yr\n" + rows)
    namelist.write_text("&run kind='capture' /\n&start table='t.csv' /\n&stop t_max=0.01 /\n")
    assert command(run_main, namelist, "--output", path, "--quiet", "--wall", "1e-6") == 3
    table.write_text("u_AU_yr v_AU_yr\n" + rows.replace("0.02\n", "0.03\n"))
    assert resume(path) == 2
    assert "an input file has changed" in capsys.readouterr().err
    table.write_text("u_AU_yr v_AU_yr\n" + rows)
    assert resume(path) == 0
    assert cases_in(path) == 300


@pytest.mark.parametrize("size", [0, 100, 20000])
def test_a_truncated_file_is_an_input_error(
    stopped: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped.write_bytes(stopped.read_bytes()[:size])
    assert resume(stopped) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_damage_is_found_or_does_no_harm(stopped: Path, whole: Path) -> None:
    good, codes = stopped.read_bytes(), []
    for place in range(1000, len(good) - 500, len(good) // 20):
        stopped.write_bytes(good[:place] + b"\xff" * 500 + good[place + 500:])
        codes.append(resume(stopped))
        assert codes[-1] in (0, 2)
        if codes[-1] == 0:  # what was hit is not in use
            assert contents(stopped) == contents(whole)
    assert codes.count(2) > 10


def test_cases_done_before_a_failure_of_the_core_are_kept(
    small: None, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, calls, sweep = tmp_path / "x.nc", [], CaptureCore.sweep

    def fails(self: CaptureCore, entries: np.ndarray) -> dict[str, np.ndarray]:
        calls.append(entries.shape)
        if len(calls) == 4:
            raise InternalError("no memory left")
        return sweep(self, entries)

    monkeypatch.setattr(CaptureCore, "sweep", fails)
    assert command(run_main, *arguments(path)) == 1
    assert "no memory left" in capsys.readouterr().err
    assert cases_in(path) == 300
    assert resume(path) == 0
    assert contents(path) == contents(whole)


def test_cases_that_fail_in_the_integrator_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = CaptureCore.sweep

    def broken(self: CaptureCore, entries: np.ndarray) -> dict[str, np.ndarray]:
        found = sweep(self, entries)
        found["outcome"][1] = CaptureCore.OUTCOMES.index("failed")
        for name, values in found.items():
            if name not in ("outcome", "n_step"):
                values[1] = np.nan
        return found

    monkeypatch.setattr(CaptureCore, "sweep", broken)
    path = tmp_path / "x.nc"
    assert command(run_main, QUICK, "--output", path, "--quiet") == 0
    assert "note: 1 of 6 cases failed in the integrator" in capsys.readouterr().out
    with netCDF4.Dataset(path) as data:
        assert data.n_failed == 1
        assert np.ma.getmaskarray(data["e_end"][:]).tolist() == [False, True] + 4 * [False]


def test_a_run_without_time_does_one_chunk(tmp_path: Path, small: None) -> None:
    """A wall limit that has passed already still makes progress, so that resuming ends."""
    request = StopRequest(wall=0.0)
    time.sleep(0.001)
    assert request.reason()
    path = tmp_path / "x.nc"
    assert command(run_main, *arguments(path), "--wall", "1e-9") == 3
    assert cases_in(path) == 100
