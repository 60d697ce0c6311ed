# SPDX-License-Identifier: BSD-3-Clause
"""What `marsdisk prep` writes is there whole or not at all, and every command says so alike."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from marsdisk.cli.main import main
from marsdisk.errors import OutputError
from marsdisk.prep.table_file import new_table
from netCDF4 import Dataset
from refusal import refused

PARTICLES = Path(__file__).parents[1] / "namelists/tables/sph_particles.csv"

MAKES = {
    "temperature": ("prep", "temperature", "--rows", "1000"),
    "namelist": ("prep", "namelist"),
    "sph": ("prep", "sph", PARTICLES, "--n-ring", "500"),
    "blowout": ("prep", "blowout", "--e=0.5", "--quiet"),
}
"""Commands that write the file --to."""

ON_A_FULL_DISK = (
    "import sys; from marsdisk import core; from marsdisk.cli.main import main;"
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));"
    "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); main(sys.argv[1:])"
)


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is a new one."""
    monkeypatch.chdir(tmp_path)


def carried_out(*arguments: object) -> None:
    """Run a command that has to work."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code == 0


@pytest.mark.parametrize("name", MAKES)
def test_a_full_disk_leaves_what_was_there(name: str) -> None:
    Path("good").write_text("good")
    for to, force in (("good", ["--force"]), ("new", [])):
        words = [str(word) for word in (*MAKES[name], "--to", to, *force)]
        done = subprocess.run([sys.executable, "-c", ON_A_FULL_DISK, *words], capture_output=True,
                              text=True, check=False)
        assert done.returncode == 1, done.stderr
        assert f"{to} cannot be written" in done.stderr and "is the disk full?" in done.stderr
        assert "Traceback" not in done.stderr and "internal" not in done.stderr
    assert [path.name for path in Path().iterdir()] == ["good"]
    assert Path("good").read_text() == "good"


@pytest.mark.parametrize("name", ["temperature", "namelist", "sph"])
def test_the_file_is_named_and_replaced_only_if_that_is_asked_for(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(word) for word in MAKES[name]]
    carried_out(*command, "--to", "x")
    assert any(line.startswith("x: ") for line in capsys.readouterr().out.splitlines())
    made = Path("x").read_text()
    Path("x").write_text("mine")
    message = refused(capsys, *command, "--to", "x")
    assert "--to: 'x' exists already; use --force to overwrite it" in message
    assert Path("x").read_text() == "mine"
    Path("link").symlink_to("x")
    carried_out(*command, "--to", "link", "--force")
    assert Path("link").is_symlink()
    assert Path("x").read_text().splitlines()[-1] == made.splitlines()[-1]


@pytest.mark.parametrize("name", MAKES)
def test_what_is_no_file_is_not_replaced(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A rename would take the place of a device or, as here, of a socket."""
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("here")
        words = [str(word) for word in MAKES[name]]
        assert "is not a regular file" in refused(capsys, *words, "--to", "here", "--force")
    assert Path("here").is_socket()


def test_two_that_make_the_same_table_at_once_do_not_meet() -> None:
    """Each has a file aside of its own; the table is that of the one that ends last."""
    path = Path("table.nc")
    with new_table(path, "ends last", "", "", ""), new_table(path, "ends first", "", "", ""):
        pass
    with Dataset(path) as data:
        assert data.title == "ends last"
    assert list(Path().iterdir()) == [path]


def test_a_table_that_fails_leaves_nothing() -> None:
    def fail() -> None:
        with new_table(Path("table.nc"), "", "", "", ""):
            raise OSError("no space")

    with pytest.raises(OutputError, match="is the disk full"):
        fail()
    assert not list(Path().iterdir())
