# SPDX-License-Identifier: BSD-3-Clause
"""The modulefile of hpc/ works with environment-modules and with Lmod, whichever is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import NAMELISTS

(MODULEFILE,) = (NAMELISTS.parent / "hpc/modulefiles/marsdisk").iterdir()
SYSTEMS = {
    "environment-modules": Path("/usr/share/modules/init/bash"),
    "lmod": Path("/usr/share/lmod/lmod/init/bash"),
}
SCRIPT = """
source {init}
module use {folder}
module load marsdisk/{version} && command -v marsdisk && marsdisk --version
module unload marsdisk; command -v marsdisk || echo gone
"""


@pytest.mark.parametrize("system", SYSTEMS)
def test_module_load_gives_the_commands(system: str, tmp_path: Path) -> None:
    init = SYSTEMS[system]
    if not init.is_file():
        pytest.skip(f"{system} is not installed")
    root = Path(sys.executable).parent.parent
    folder = tmp_path / "modulefiles"
    (folder / "marsdisk").mkdir(parents=True)
    text = MODULEFILE.read_text()
    line = next(line for line in text.splitlines() if line.startswith("set root"))
    (folder / "marsdisk/1.0").write_text(text.replace(line, f"set root {root}"))
    (folder / "marsdisk/2.0").write_text(text)  # nothing is installed there

    def said(version: str) -> tuple[str, str]:
        done = subprocess.run(
            ["bash", "-c", SCRIPT.format(init=init, folder=folder, version=version)],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, capture_output=True, text=True,
            check=False)
        return done.stdout, done.stderr

    out, _ = said("1.0")
    assert out.splitlines()[0] == str(root / "bin/marsdisk")
    assert out.splitlines()[1].startswith("marsdisk ") and out.splitlines()[-1] == "gone"
    out, err = said("2.0")
    assert out.split() == ["gone"] and "correct `root` in the modulefile" in err
