# SPDX-License-Identifier: BSD-3-Clause
"""Places where nothing can be written, or not enough: the message is clear, and nothing is lost."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import main
from marsdisk.errors import OutputError
from marsdisk.output.files import replaced
from test_kill import contents, stop_reason

QUICK = NAMELISTS / "quick.nml"

COMMAND = [sys.executable, "-c", "from marsdisk.cli.main import main; main()"]

WRITES_OFTEN = ("--set", "output.checkpoint=1e-3", "--set", "output.n_out=120")

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def bound_by_permissions() -> None:
    """Let the process to come be bound by the permissions of files even if it is root's."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
        os._exit(77)


def ended(
    *arguments: object, cwd: Path, before: Callable[[], None] | None = None
) -> tuple[int, str]:
    """Exit code and messages of a command."""
    done = subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
                          preexec_fn=before, timeout=60, check=False)
    assert "Traceback" not in done.stderr and "internal error" not in done.stderr
    return done.returncode, done.stderr


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder in which nothing may be written."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run."""
    path = tmp_path_factory.mktemp("places") / "run.nc"
    assert ended("run", QUICK, "--output", path, "--quiet", cwd=path.parent)[0] == 0
    return path


@pytest.mark.parametrize("options", [("--output", "run.nc"), ()], ids=["named", "default"])
@pytest.mark.parametrize("command", [("run", QUICK), ("sweep", QUICK, "--set", "mars.t0=3e3,4e3")],
                         ids=["run", "sweep"])
def test_a_closed_folder_is_bad_input(
    closed: Path, command: tuple[object, ...], options: tuple[str, ...]
) -> None:
    code, err = ended(*command, "--quiet", *options, cwd=closed, before=bound_by_permissions)
    if code == 77:
        pytest.skip("root cannot be bound by permissions here")
    assert code == 2 and "is not writable" in err
    assert not list(closed.iterdir())


COMMANDS = {
    "run": ("run", QUICK, "--output", "{}/x.nc"),
    "sweep": ("sweep", QUICK, "--set", "mars.t0=3000,4000", "--output", "{}/x"),
    "prep qpr": ("prep", "qpr", "--to", "{}/x.nc"),
    "prep blowout": ("prep", "blowout", "--to", "{}/x.nc"),
    "prep namelist": ("prep", "namelist", "--to", "{}/x.nml"),
    "prep temperature": ("prep", "temperature", "--from", "cooling.txt", "--time-unit", "yr",
                         "--to", "{}/x.csv"),
    "report": ("report", "run.nc", "--to", "{}/x.html"),
    "plot": ("plot", "run.nc", "--what", "loss", "--to", "{}/x"),
    "handover": ("handover", "run.nc", "--to", "{}/x.json"),
}
"""Whatever writes; {} = the folder."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_place_that_nobody_can_write_to_is_bad_input(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    finished: Path,
) -> None:
    """Not even root makes files in /proc, whatever its permissions say; it is known at once."""
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no /proc")
    monkeypatch.chdir(tmp_path)
    shutil.copy(finished, "run.nc")
    Path("cooling.txt").write_text("time_yr temperature_K\n0 4000\n1 3000\n")
    err = refused(capsys, *(str(word).format("/proc") for word in COMMANDS[name]))
    assert "is not writable: No such file" in err or "cannot be written: No such file" in err
    assert "nothing was written" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cooling.txt", "run.nc"]


def test_a_run_in_a_folder_that_was_closed_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    assert ended("run", QUICK, "--output", path, "--wall", "1e-6", cwd=tmp_path)[0] == 3
    before = path.read_bytes()
    tmp_path.chmod(0o555)
    code, err = ended("resume", path, cwd=tmp_path, before=bound_by_permissions)
    tmp_path.chmod(0o755)
    if code == 77:
        pytest.skip("root cannot be bound by permissions here")
    assert code == 1 and "Permission denied" in err  # at once, not after the work
    assert path.read_bytes() == before


def test_a_folder_that_goes_while_the_run_is_under_way(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "run.nc"
    path.parent.mkdir()
    run = subprocess.Popen(
        [*COMMAND, "run", QUICK, "--output", path, "--quiet", "--set", "grains.n_bin=200",
         *WRITES_OFTEN], stderr=subprocess.PIPE, text=True)
    while not path.exists() and run.poll() is None:
        time.sleep(0.01)
    path.parent.rename(tmp_path / "away")
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "cannot be written" in err and "Traceback" not in err
    assert "running" in stop_reason(tmp_path / "away" / "run.nc")


ON_A_SMALL_DISK = """
mount -t tmpfs -o size=300k none "$1" || exit 77
"$0" -c "from marsdisk.cli.main import main; main()" run "$2" --output "$1/run.nc" --quiet \
  --set output.checkpoint=1e-3 --set output.n_out=120
code=$?
ls -A "$1"
cp "$1/run.nc" "$3"
exit $code
"""
"""A file system of its own, seen by this process alone, too small for the whole file."""


def test_a_full_disk_costs_what_came_after_the_last_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    path, whole = tmp_path / "run.nc", tmp_path / "whole.nc"
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    done = subprocess.run(
        [*unshare, "bash", "-c", ON_A_SMALL_DISK, sys.executable, tmp_path / "small", QUICK, path],
        capture_output=True, text=True, timeout=60, check=False,
    ) if shutil.which("unshare") else None
    if done is None or done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 1, done.stderr
    assert "is the disk full?" in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == "run.nc\n"  # and nothing aside
    assert stop_reason(path) == "running"
    assert ended("resume", path, "--quiet", cwd=tmp_path) == (0, "")
    assert ended("run", QUICK, "--output", whole, "--quiet", "--set", "output.n_out=120",
                 cwd=tmp_path)[0] == 0
    assert contents(path) == contents(whole)


@pytest.mark.parametrize("links", [True, False])
def test_of_two_that_take_a_name_at_once_one_gets_it(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that it is free; the check and the taking are one step."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "run.nc"
    start = threading.Barrier(8)

    def take(text: str) -> str:
        try:
            with replaced(path, new=True) as aside:
                Path(aside).write_text(text)
                start.wait()
        except OutputError:
            return ""
        return text

    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            taken = [text for text in pool.map(take, "abcdefgh") if text]
        assert taken == [path.read_text()]
        path.unlink()


def no_links(source: str, target: str) -> None:
    """A file system without hard links."""
    raise PermissionError(f"{source} -> {target}")


def test_a_server_that_loses_its_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that was made, and then asked for again, is ours (NFS)."""
    link = os.link

    def twice(source: str, target: Path) -> None:
        link(source, target)
        link(source, target)

    monkeypatch.setattr(os, "link", twice)
    path = tmp_path / "run.nc"
    with replaced(path, new=True) as aside:
        Path(aside).write_text("mine")
    assert path.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_two_runs_with_the_same_output_at_once_lose_nothing(tmp_path: Path) -> None:
    arguments = ["run", QUICK, "--output", "run.nc", "--quiet", "--set", "grains.n_bin=300",
                 "--set", "stop.t_end=0.5"]
    runs = [subprocess.Popen([*COMMAND, *map(str, arguments)], cwd=tmp_path, text=True,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    messages = [run.communicate(timeout=60)[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert sorted(codes) == [0, 1], messages
    second = runs[codes.index(1)]
    other = tmp_path / f"run-{second.pid}.nc"
    assert f"what this run has done is in {other.name}" in messages[codes.index(1)]
    assert contents(other) == contents(tmp_path / "run.nc")
    assert len(list(tmp_path.iterdir())) == 2


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Message of a command that ends with exit code 2."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    err = capsys.readouterr().err
    assert stop.value.code == 2, err
    return err


@pytest.mark.parametrize("option", ["--output={}.nc", "--set=run.output={}.nc",
                                    "--set=run.name={}"])
def test_a_name_too_long_is_bad_input(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "is too long" in refused(capsys, "run", QUICK, option.format(300 * "a"))
    assert not list(tmp_path.iterdir())


def test_an_input_file_whose_name_is_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    err = refused(capsys, "run", QUICK, "--set", f"mars.table={300 * 'a'}")
    assert "mars.table: there is no file 'aaa" in err
    for command in ("report", "plot", "handover", "sweep", ("prep", "sph"), ("prep", "qpr"),
                    ("compare", "x.nc")):
        words = (command,) if isinstance(command, str) else command
        assert "aaa" in refused(capsys, *words, 300 * "a")


def test_links_that_lead_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop.nc").symlink_to(tmp_path / "pool.nc")
    (tmp_path / "pool.nc").symlink_to(tmp_path / "loop.nc")
    (tmp_path / "lost.nc").symlink_to(tmp_path / "nowhere" / "lost.nc")
    assert "there is no directory" in refused(capsys, "run", QUICK, "--output",
                                              tmp_path / "lost.nc")
    assert "Too many levels" in refused(capsys, "resume", tmp_path / "loop.nc")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("arguments", [
    ("run", "x.nml", "--output", "x.nml", "--force"),
    ("run", "x.nml", "--output", "link", "--force"),
    ("run", "x.nml", "--output", "cooling.txt", "--force"),
    ("prep", "temperature", "--from", "cooling.txt", "--time-unit", "yr",
     "--to", "link", "--force"),
    ("prep", "qpr", "nk.txt", "--to", "./nk.txt", "--force"),
])
def test_what_is_read_is_not_written_over(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever it is called, even with --force; `prep sph` and `handover` have tests of theirs."""
    monkeypatch.chdir(tmp_path)
    files = {"x.nml": "&mars driver = 'table'  table = 'cooling.txt' /\n&stop t_end = 1e-4 /\n",
             "cooling.txt": "time_yr temperature_K\n0 4000\n1 3000\n",
             "nk.txt": "0.1 1.6 0.1\n1.0 1.6 0.1\n100.0 1.6 0.1\n"}
    for name, text in files.items():
        Path(name).write_text(text)
    Path("link").symlink_to("x.nml" if arguments[0] == "run" else "cooling.txt")
    assert "is what is read" in refused(capsys, *arguments)
    assert all(Path(name).read_text() == text for name, text in files.items())


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.nc")
    for command in ("resume", "run"):
        words = (QUICK, "--output") if command == "run" else ()
        assert "is not a regular file" in refused(capsys, command, *words, tmp_path / "pipe.nc")
