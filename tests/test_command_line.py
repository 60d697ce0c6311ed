# SPDX-License-Identifier: BSD-3-Clause
"""What the commands hand on, and how each outcome becomes a message and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import marsdisk
import pytest
from marsdisk.cli.main import main, run_main
from marsdisk.errors import InputError, InternalError, Problem, StoppedEarly


class Runs(SimpleNamespace):
    """Stands in for `marsdisk.runs`: remembers its call, and raises what it is told to."""

    error: BaseException | None = None
    call: dict[str, object] | None = None

    def run(self, config: object, **options: object) -> str | None:
        self.call = {"config": config, **options}
        if self.error is not None:
            raise self.error
        return None


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """A namelist a.nml in the current directory and a run that does nothing."""
    monkeypatch.chdir(tmp_path)
    Path("a.nml").write_text("&run name='a' /\n&collisions e=0.3 /\n")
    fake = Runs()
    monkeypatch.setattr(marsdisk, "runs", fake, raising=False)
    return fake


def code_of(*arguments: str, entry=main) -> int:
    """Exit code of a command line."""
    with pytest.raises(SystemExit) as stop:
        entry(arguments)
    return stop.value.code


def test_defaults(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("run", "a.nml") == 0
    config = runs.call.pop("config")
    assert config.path == Path("a.nml") and config["run"]["name"] == "a"
    assert runs.call == {
        "output": Path("output/a.nc"),
        "force": False,
        "threads": None,
        "quiet": False,
        "wall": None,
    }
    assert not Path("output").exists()  # the run makes it, once it is known to be right
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("warning: a.nml:2: collisions.e: has no effect")


@pytest.mark.parametrize("entry", [main, run_main])
def test_options(entry, runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.nc").write_text("old")
    words = ["a.nml", "--set", "mars.t0=3e3", "--set", "rings.n_ring=2", "--output", "b.nc",
             "--force", "--threads", "2", "--quiet", "--wall", "7.5"]
    assert code_of(*(["run"] if entry is main else []), *words, entry=entry) == 0
    config = runs.call.pop("config")
    assert config["mars"]["t0"] == 3000.0 and config["rings"]["n_ring"] == 2
    assert runs.call == {
        "output": Path("b.nc"), "force": True, "threads": 2, "quiet": True, "wall": 7.5
    }
    assert not Path("output").exists()
    assert capsys.readouterr() == ("", "")


def test_output_of_the_namelist(runs: Runs) -> None:
    assert code_of("run", "a.nml", "--set", "run.output=here.nc") == 0
    assert runs.call["output"] == Path("here.nc")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (StoppedEarly("wall limit, go on with: marsdisk resume a.nc"), 3, "stopped early: wall"),
        (InternalError("ring 3: step size underflow"), 1, "failed: ring 3"),
        (InputError([Problem("t.nc", "", "is no table")]), 2, "t.nc: is no table"),
        (ZeroDivisionError("oops"), 1, "internal error: ZeroDivisionError: oops"),
        (KeyboardInterrupt(), 1, "interrupted"),
    ],
)
def test_outcomes(
    error: BaseException, code: int, message: str, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.error = error
    assert code_of("run", "a.nml", "--quiet") == code
    out, err = capsys.readouterr()
    assert out == "" and message in err and "Traceback" not in err


def test_traceback_on_request(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.error = ZeroDivisionError("oops")
    monkeypatch.setenv("MARSDISK_TRACEBACK", "1")
    assert code_of("run", "a.nml") == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_directory(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    Path("locked").mkdir(mode=0o500)
    assert code_of("run", "a.nml", "--output", "locked/a.nc") == 2
    assert "'locked' is not writable" in capsys.readouterr().err
    assert runs.call is None


def test_more_threads_than_a_system_has_are_not_asked_for() -> None:
    """OpenMP itself crashes with as many as that."""
    told = subprocess.run(
        [sys.executable, "-c", "from marsdisk.core import max_threads; print(max_threads())"],
        env={**os.environ, "OMP_NUM_THREADS": "99999"}, capture_output=True, text=True, check=True)
    assert int(told.stdout) in (1, 1024)  # 1: built without OpenMP
