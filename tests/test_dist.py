# SPDX-License-Identifier: BSD-3-Clause
"""One version everywhere; the source archive is complete; the wheel needs no compiler.

`make dist-test` makes archive and wheel, and names their folder in MARSDISK_TEST_DIST.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import marsdisk
import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import _build_info

ROOT = NAMELISTS.parent
SWITCH = "MARSDISK_TEST_DIST"
COMPILERS = ("cc", "gcc", "gfortran", "meson", "ninja")

LOADED = """
from marsdisk import core
print(core.cpu_level, *sorted({line.split()[-1] for line in open("/proc/self/maps")
    if ".so" in line and any(name in line for name in ("/_core", "gfortran", "quadmath", "gomp"))}))
"""


def test_one_version_everywhere() -> None:
    places = {"meson.build": "  version: '(.+)',", "CITATION.cff": "version: (.+)",
              "CHANGELOG.md": r"## \[(.+)\]"}
    found = {name: re.search(f"^{pattern}", (ROOT / name).read_text(), re.MULTILINE)[1]
             for name, pattern in places.items()}
    version = marsdisk.__version__
    assert found == dict.fromkeys(places, version)
    assert (ROOT / "hpc/modulefiles/marsdisk" / version).is_file()


def packages(pattern: str) -> Path:
    """The file that `make dist` has made."""
    if not os.environ.get(SWITCH):
        pytest.skip("archive and wheel are tried by make dist-test")
    return next((ROOT / os.environ[SWITCH]).glob(pattern))


def test_source_archive_holds_what_git_knows() -> None:
    archive = packages("*.tar.gz")
    known = subprocess.run(["git", "ls-tree", "-r", "--name-only", "-z", "HEAD"], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    with tarfile.open(archive) as tar:
        held = {name.partition("/")[2] for name in tar.getnames()}
    assert set(known) <= held


def commit() -> str:
    """The last commit, as `marsdisk info` says it."""
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout[:12]


@dataclass(frozen=True)
class Bare:
    """A Python environment with nothing but the wheel, and a PATH with nothing but it."""

    folder: Path

    def call(self, name: str, *arguments: object) -> str:
        """What a program of the environment prints."""
        here = self.folder / "bin"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        done = subprocess.run(
            [here / name, *map(str, arguments)], capture_output=True, text=True, check=False,
            cwd=self.folder, env={**environment, "PATH": str(here)})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """The wheel, installed without a compiler."""
    wheel = packages("*.whl")
    this = Bare(tmp_path_factory.mktemp("bare"))
    subprocess.run([sys.executable, "-m", "venv", this.folder], check=True)
    assert not any(shutil.which(name, path=str(this.folder / "bin")) for name in COMPILERS)
    this.call("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              "--no-compile", "--only-binary=:all:", wheel)
    return this


def test_info_of_the_wheel(bare: Bare) -> None:
    rows = dict(re.findall(r"^([^:]+): +(.*)$", bare.call("marsdisk", "info"), re.MULTILINE))
    assert rows["version"] == marsdisk.__version__
    assert rows["git hash"] == commit()
    assert rows["compiler"] == f"{_build_info.COMPILER} {_build_info.COMPILER_VERSION}"
    assert rows["flags"].startswith("-O3 ")
    assert int(rows["OpenMP threads"]) >= 1


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel brings libraries only on Linux")
@pytest.mark.parametrize("level", ["1", "4"])
def test_wheel_uses_the_libraries_it_brings(bare: Bare, level: str) -> None:
    script = bare.folder / "loaded.py"
    script.write_text(f"import os; os.environ['MARSDISK_CPU_LEVEL'] = '{level}'\n{LOADED}")
    used, *files = bare.call("python", script).split()
    assert int(used) <= int(level)
    for name in ("/_core", "/libgfortran", "/libgomp"):
        assert any(name in file for file in files), files
    assert all(str(bare.folder) in file for file in files), files


def test_wheel_gives_the_same_numbers(bare: Bare, tmp_path: Path) -> None:
    if commit() != _build_info.GIT_HASH:
        pytest.skip(f"this marsdisk is {_build_info.GIT_HASH}, the wheel is {commit()}")
    namelist = NAMELISTS / "quick.nml"
    bare.call("marsdisk-run", namelist, "--output", tmp_path / "bare.nc", "--quiet")
    program = "from marsdisk.cli.main import run_main; run_main()"
    subprocess.run([sys.executable, "-c", program, namelist, "--output", tmp_path / "here.nc",
                    "--quiet"], check=True, stdout=subprocess.DEVNULL)
    with netCDF4.Dataset(tmp_path / "bare.nc") as a, netCDF4.Dataset(tmp_path / "here.nc") as b:
        assert a.variables.keys() == b.variables.keys()
        for name, variable in a.variables.items():
            np.testing.assert_array_equal(variable[...], b[name][...], err_msg=name)
