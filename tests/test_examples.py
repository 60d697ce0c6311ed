# SPDX-License-Identifier: BSD-3-Clause
"""The examples of docs/examples run, and what they write is what their files hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import marsdisk
import matplotlib.image
import pytest
from helpers import NAMELISTS

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
PAGE = EXAMPLES.parent / "api.md"


def run_example(name: str, folder: Path, *arguments: str) -> str:
    """Run an example in a folder; what it prints."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments], cwd=folder, check=False, text=True,
        capture_output=True, timeout=300, env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def is_figure(path: Path) -> bool:
    """Whether an image has something in it."""
    pixels = matplotlib.image.imread(path)[..., :3]
    return pixels.shape[0] > 500 and 0.005 < float((pixels.min(axis=-1) < 0.5).mean()) < 0.5


def test_every_example_is_tested() -> None:
    tested = {"read_and_plot.py", "sweep_and_plot.py", "physics.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == tested
    assert all(name in PAGE.read_text(encoding="utf-8") for name in tested)


def test_read_and_plot(tmp_path: Path) -> None:
    run = marsdisk.run(NAMELISTS / "quick.nml", output=tmp_path / "quick.nc")
    out = run_example("read_and_plot.py", tmp_path, "quick.nc", "loss.png")
    assert run.summary in out
    assert is_figure(tmp_path / "loss.png")


def test_sweep_and_plot(tmp_path: Path) -> None:
    quick = tmp_path / "quick.nml"
    text = (NAMELISTS / "quick.nml").read_text(encoding="utf-8")
    quick.write_text(text.replace("t_end = 0.1", "t_end = 0.01"), encoding="utf-8")
    out = run_example("sweep_and_plot.py", tmp_path, "quick.nml", "folder", "sweep.png")
    assert is_figure(tmp_path / "sweep.png")
    sweep = marsdisk.open_sweep(tmp_path / "folder")
    lost = sweep.dataset["m_loss_mars"].values
    assert len(lost) == 10 and all(f"{value:e}" in out for value in lost)
    for run, value in zip(sweep.runs, lost, strict=True):
        assert run.attributes["m_loss_mars"] == value


def test_physics(tmp_path: Path) -> None:
    out = run_example("physics.py", tmp_path, "physics.png")
    assert is_figure(tmp_path / "physics.png")
    assert "4000 K: 0.039 to 4.05 um" in out and "vapour pressure of 0.425 Pa" in out


@pytest.mark.parametrize(("name", "expected"), [
    ("read_and_plot.py", "path figure"), ("sweep_and_plot.py", "namelist folder figure"),
    ("physics.py", "figure"),
])
def test_without_arguments_the_usage_is_said(name: str, expected: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / name)], cwd=tmp_path, check=False,
                          text=True, capture_output=True, timeout=60)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.startswith(f"usage: {name} [-h] {expected}\n")


BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block {k}" for k in range(len(BLOCKS))])
def test_code_of_the_page_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the page shows a value behind ``# ``, it is the one that comes out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "namelists").symlink_to(NAMELISTS)
    marsdisk.run(NAMELISTS / "quick.nml", output=tmp_path / "quick.nc")
    names: dict[str, object] = {"__name__": "__main__"}
    for line in re.split(r"\n(?=\S)", block.strip()):
        code, _, shown = line.partition("  # -> ")
        if shown:
            value = eval(code, names)
            assert f"{value:.4g}" == shown.split()[0] if isinstance(value, float) else (
                str(value) == shown.strip()), code
        else:
            exec(line, names)  # noqa: S102
