# SPDX-License-Identifier: BSD-3-Clause
"""Sweeps from Python, their pages and comparisons."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import marsdisk
import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.errors import InputError, StoppedEarly
from marsdisk.report.compare import compare
from marsdisk.report.page import report, write_report
from test_compare import rows
from test_report import Page, check_alone

QUICK = NAMELISTS / "quick.nml"
VARIED = {"mars.t0": [3500.0, 4500.0], "collisions.law": ["two_body", "ls12"], "rings.n_ring": 2,
          "stop.t_end": 0.02}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of four members."""
    path = tmp_path_factory.mktemp("sweep") / "sweep"
    marsdisk.run_sweep(QUICK, VARIED, path, jobs=1, threads=1)
    return path


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    """Its page."""
    return Page(report(folder))


def test_members_of_a_sweep_are_runs(folder: Path) -> None:
    sweep = marsdisk.open_sweep(folder)
    table = sweep.dataset
    assert repr(sweep) == f"<marsdisk sweep in {folder}>"
    assert table.mars_t0.values.tolist() == [3500.0, 3500.0, 4500.0, 4500.0]
    assert table.collisions_law.values.tolist() == ["two_body", "ls12"] * 2
    for run, lost, t0 in zip(sweep.runs, table.m_loss_mars.values, table.mars_t0.values,
                             strict=True):
        assert run.attributes["m_loss_mars"] == lost
        assert run.config["mars"]["t0"] == t0 and run.config["rings"]["n_ring"] == 2
    again = marsdisk.run_sweep(QUICK, VARIED, folder)  # nothing is left to do
    assert np.array_equal(again.dataset.wall_time_s, table.wall_time_s)


def test_lists_of_numbers_and_texts_with_semicolons(tmp_path: Path) -> None:
    odd = tmp_path / "a;b.txt"
    odd.write_text("time_yr temperature_K\n0 4000\n1 3000\n")
    sweep = marsdisk.run_sweep(QUICK, {
        "collisions.q_s": [np.full(7, 2.0e8), [3.0e8] * 7], "collisions.qd_set": "custom",
        "mars.driver": "table", "mars.table": [str(odd)], "rings.n_ring": [1],
        "stop.t_end": 0.001, "grains.n_bin": np.array([20])}, tmp_path / "sweep", jobs=1)
    assert [run.config["collisions"]["q_s"] for run in sweep.runs] == [
        (2.0e8,) * 7, (3.0e8,) * 7]


def test_wrong_sweeps_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"set: mars.t00: "):
        marsdisk.run_sweep(QUICK, {"mars.t00": [1.0, 2.0]}, tmp_path / "sweep")
    with pytest.raises(InputError, match="pass force=True to replace it"):
        marsdisk.run_sweep(QUICK, {"mars.t0": [3.0e3, 4.0e3]}, folder)
    with pytest.raises(InputError, match="holds no sweep"):
        marsdisk.open_sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_page_of_a_sweep(folder: Path, page: Page) -> None:
    check_alone(page)
    assert page.sections == ["varied", "figures", "results", "members", "parameters", "inputs",
                             "provenance", "cite"]
    with netCDF4.Dataset(folder / "results.nc") as data:
        lost = data["m_loss_mars"][:]
        for value in (*lost, np.median(lost.data), *data["t99_yr"][:]):
            assert float(value) in page.numbers
        assert data.sweep_identity in page.text and data.base_sha256 in page.text
    assert "mars.t0 Temperature of Mars at the start. 3500, 4500 K 4000.0" in page.text
    assert "two_body, ls12" in page.text
    assert "This sweep is not complete" not in page.text
    assert {"n_ring", "t0", "t_end"} <= set(page.changed)


def test_page_of_a_sweep_with_members_left(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with netCDF4.Dataset(copy / "results.nc", "a") as data:
        meanings = data["state"].flag_meanings.split()
        data["state"][1] = meanings.index("failed")
        data["state"][2] = meanings.index("open")
        for name in ("m_loss_mars", "t99_yr"):
            data[name][1:3] = np.nan
    with (copy / "results.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    table[1] |= {"state": "failed", "reason": "<i>the core said no</i>"}
    with (copy / "results.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, table[0])
        writer.writeheader()
        writer.writerows(table)
    path = write_report(copy)
    assert path == copy / "report.html"
    page = Page(path.read_text(encoding="utf-8"))
    check_alone(page)
    assert "This sweep is not complete : 2 of 4 members are done, 1 failed, 1 open." in page.text
    assert f"{table[1]['name']}: <i>the core said no</i>" in page.text
    assert f"marsdisk sweep {copy} --retry-failed" in page.text


def test_comparison_of_sweeps(folder: Path, tmp_path: Path) -> None:
    assert compare(folder, folder / "results.nc").endswith(
        "The tables hold the same to 1e-14: provenance, members and every scalar.")
    other = marsdisk.run_sweep(
        QUICK, VARIED | {"mars.t0": [4500.0, 5500.0], "collisions.i": 0.1}, tmp_path / "other",
        jobs=1, threads=1)
    text = compare(folder, other.path)
    assert rows(text, "members")["members"] == ["4", "4", "2 in common"]
    found = rows(text, "scalars")["m_loss_mars"]
    a, b = (table.dataset.m_loss_mars.values for table in (marsdisk.open_sweep(folder), other))
    change = (b[:2] - a[2:]) / a[2:]
    worst = int(np.argmax(np.abs(change)))
    assert found[2] == f"{change[worst]:+.2e}" and found[4] == "2 of 2"
    assert found[5] == f"mars.t0 = 4500, collisions.law = {['two_body', 'ls12'][worst]}"
    assert "wall_time_s" not in rows(text, "scalars")


def test_sweeps_that_cannot_be_compared(folder: Path, tmp_path: Path) -> None:
    run = marsdisk.run(QUICK, {"stop.t_end": 0.001}, tmp_path / "run.nc")
    with pytest.raises(InputError, match="is no sweep, and .* is one"):
        compare(run.path, folder)
    other = marsdisk.run_sweep(QUICK, {"mars.t0": [4000.0, 5000.0], "stop.t_end": 0.001},
                               tmp_path / "other", jobs=1)
    with pytest.raises(InputError, match=r"varies mars.t0, and .* mars.t0, collisions.law"):
        compare(folder, other.path)
    with pytest.raises(InputError, match="is a directory"):
        compare(tmp_path, tmp_path)


def test_a_stopped_sweep_goes_on(tmp_path: Path) -> None:
    settings = {"rings.n_ring": [2, 3]}
    with pytest.raises(StoppedEarly):
        marsdisk.run_sweep(QUICK, settings, tmp_path / "sweep", jobs=1, wall=1.0e-6)
    done = marsdisk.run_sweep(QUICK, settings, tmp_path / "sweep", jobs=1)
    assert all(run.complete for run in done.runs)
    assert not np.isnan(done.dataset.m_loss_mars).any()
