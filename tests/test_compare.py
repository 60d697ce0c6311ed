# SPDX-License-Identifier: BSD-3-Clause
"""Comparisons of two runs: what differs is named with its size, what is equal is said to be."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk import runs
from marsdisk.cli.main import main
from marsdisk.config.read import read_namelist
from marsdisk.errors import InputError
from marsdisk.report.compare import compare

SMALL = ("rings.n_ring=4", "grains.n_bin=20", "output.n_out=8", "output.spacing=linear")
GRID = ("start.u=0.01,0.05,5", "start.v=0.0,0.03,4")
FILES = {
    "a": ("quick", SMALL),
    "hot": ("quick", (*SMALL, "mars.t0=5000")),
    "short": ("quick", ("rings.n_ring=2", "output.n_out=4", "output.spacing=linear",
                        "stop.t_end=0.05")),
    "grid": ("capture_quick", GRID),
    "dense": ("capture_quick", (*GRID, "body.c_d=0.3")),
    "part": ("capture_quick", ("start.u=0.02,0.05,4", "start.v=0.0,0.03,4")),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of several runs."""
    made = tmp_path_factory.mktemp("runs")
    for name, (example, overrides) in FILES.items():
        config = read_namelist(NAMELISTS / f"{example}.nml", list(overrides))
        runs.run(config, made / f"{name}.nc", quiet=True)
    return made


def rows(text: str, title: str) -> dict[str, list[str]]:
    """Cells of a table by the first of the row; nothing when the table is not there."""
    part = next((part for part in text.split("\n\n") if part.startswith(title)), "")
    cells = [re.split(r"\s{2,}", line.strip()) for line in part.splitlines()[2:]]
    return {row[0]: row[1:] for row in cells}


def test_equal_files_are_said_to_be(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "a.nc", tmp_path / "b.nc")
    text = compare(folder / "a.nc", copy)
    assert text.splitlines()[0] == f"A: {folder / 'a.nc'}  disk run 'quick'"
    assert text.endswith(
        "The files hold the same to 1e-14: parameters, provenance, results and every variable.")
    with netCDF4.Dataset(copy, "a") as data:
        data.host, data.wall_time_s, data.compiler = "other", 3.0, "gfortran 99"
    text = compare(folder / "a.nc", copy)
    assert set(rows(text, "provenance")) == {"compiler", "host"}
    assert text.endswith("Parameters, results and every variable are the same to 1e-14.")


def test_round_off_is_no_difference(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "a.nc", tmp_path / "b.nc")
    with netCDF4.Dataset(copy, "a") as data:
        data["mass_residual"][:] = 3.0e-16
        data["m_loss"][:] = data["m_loss"][:] * (1.0 + 4.0e-15)
        data["m_disk"][0] = np.nextafter(data["m_disk"][0], 0.0)
    assert compare(folder / "a.nc", copy).endswith(
        "The files hold the same to 1e-14: parameters, provenance, results and every variable.")
    with netCDF4.Dataset(copy, "a") as data:
        data["m_loss"][:] = data["m_loss"][:] * (1.0 + 2.0e-14)
    text = compare(folder / "a.nc", copy)
    assert set(rows(text, "results")) == {"m_loss_mars", "m_loss"}
    assert set(rows(text, "variables")) == {"m_loss"}


def test_what_a_key_changes(folder: Path) -> None:
    text = compare(folder / "a.nc", folder / "hot.nc")
    assert rows(text, "parameters") == {"mars.t0": ["4000.0", "5000.0", "4000.0", "K"]}
    assert not rows(text, "grids")
    with (netCDF4.Dataset(folder / "a.nc") as a, netCDF4.Dataset(folder / "hot.nc") as b):
        change = (b.m_loss_mars - a.m_loss_mars) / a.m_loss_mars
        gap = np.abs(b["m_loss"][:] - a["m_loss"][:])
        at = int(np.argmax(gap))
        share = gap[at] / np.max(a["m_loss"][:])
        time = float(a["time"][at])
    result = rows(text, "results")["m_loss_mars"]
    assert result[-2:] == [f"{change:+.2e}", "M_Mars"]
    row = rows(text, "variables")["m_loss"]
    assert float(row[2]) == pytest.approx(float(gap[at]), rel=1e-4)
    assert row[3] == f"{share:.1e}"
    assert float(row[4].split()[1]) == pytest.approx(time, rel=1e-4)
    assert "size" not in rows(text, "variables")


def test_grids_that_differ_are_compared_where_they_agree(folder: Path) -> None:
    text = compare(folder / "a.nc", folder / "short.nc")
    grids = rows(text, "grids")
    assert grids["time"] == ["9", "5", "5 values of time"]
    assert grids["ring"] == ["4", "2", "0 values of r"]
    assert grids["ring_edge"] == ["5", "3", "3 values of r_edges"]
    assert "bin" not in grids
    variables = rows(text, "variables")
    assert "sigma_surf" not in variables  # no ring in common
    with (netCDF4.Dataset(folder / "a.nc") as a, netCDF4.Dataset(folder / "short.nc") as b):
        gap = np.abs(b["m_loss"][:] - a["m_loss"][:5])
    assert float(variables["m_loss"][2]) == pytest.approx(float(np.max(gap)), rel=1e-4)


def test_outcomes_are_counted(folder: Path) -> None:
    text = compare(folder / "grid.nc", folder / "dense.nc")
    with (netCDF4.Dataset(folder / "grid.nc") as a, netCDF4.Dataset(folder / "dense.nc") as b):
        changed = int(np.sum(a["outcome"][:] != b["outcome"][:]))
        lacking = int(np.sum(np.ma.getmaskarray(a["lifetime"][:])
                             != np.ma.getmaskarray(b["lifetime"][:])))
    row = rows(text, "variables")["outcome"]
    assert changed > 0 and row[1] == f"{changed} of 20"
    moves = re.findall(r"(\d+) \w+ -> \w+", row[-1])
    assert sum(map(int, moves)) == changed
    assert lacking > 0
    assert f"; {lacking} missing in one file alone" in rows(text, "variables")["lifetime"][-1]
    assert rows(text, "parameters")["body.c_d"] == ["1.0", "0.3", "1.0"]


def test_entries_are_matched_by_their_velocities(folder: Path) -> None:
    text = compare(folder / "grid.nc", folder / "part.nc")
    assert rows(text, "grids")["case"] == ["20", "16", "16 values of u, v, w"]
    # the same entries, integrated in other company: not a bit differs
    assert not rows(text, "variables"), text
    assert "start.u" in rows(text, "parameters")


def test_variables_of_one_file_alone(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "a.nc", tmp_path / "b.nc")
    with netCDF4.Dataset(copy, "a") as data:
        data.renameVariable("t_grain", "t_grains")
        data["m_loss"][3] = np.inf
        data.namelist = data.namelist.replace("  t0 = ", "  t00 = ")
    text = compare(folder / "a.nc", copy)
    variables = rows(text, "variables")
    assert variables["t_grain"] == ["only in A"] and variables["t_grains"] == ["only in B"]
    assert variables["m_loss"][2] == "inf"
    assert rows(text, "parameters")["mars.t0"][1] == "not in the file"


def test_what_cannot_be_compared_is_refused(folder: Path, tmp_path: Path,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="is a capture run, and .* a disk run; expected two runs"):
        compare(folder / "a.nc", folder / "grid.nc")
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(folder / "a.nc"), str(tmp_path / "none.nc")])
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == "" and "there is no such file" in err
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(folder / "a.nc"), str(folder / "hot.nc")])
    assert stop.value.code == 0
    assert capsys.readouterr().out == compare(folder / "a.nc", folder / "hot.nc") + "\n"
