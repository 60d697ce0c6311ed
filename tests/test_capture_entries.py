# SPDX-License-Identifier: BSD-3-Clause
"""Entries of a capture run: grids, lists and random ones, the same however they are sliced."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS
from marsdisk.cli.main import run_main
from marsdisk.config.read import read_text
from marsdisk.core import CaptureCore
from marsdisk.runs.capture_entries import AXES, BLOCK, ROWS, Entries, axis

PLACE = (-1.0e6, 2.0, 3.0)


def entries(text: str = "", *overrides: str, path: Path = Path("a.nml")) -> Entries:
    """Entries of a namelist with `text` in &start."""
    config = read_text(f"&run kind='capture' /\n&start {text} /", path, overrides)
    return Entries(config, PLACE)


def rows(block: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of a block by name."""
    return dict(zip(ROWS, block, strict=True))


def test_rows_are_those_of_the_core() -> None:
    assert CaptureCore.START == ROWS


def test_standard_grid_is_the_published_one_in_exact_decimals() -> None:
    standard = entries()
    assert standard.count == 210 and not standard.gas_differs
    block = standard.block(0, 210)
    assert block.shape == (8, 210) and block.flags.f_contiguous
    x = rows(block)
    assert np.all(x["x"] == PLACE[0]) and np.all(x["y"] == PLACE[1]) and np.all(x["z"] == PLACE[2])
    u = [float(f"0.{k:02d}") for k in range(1, 11)]
    v = [float(f"{k / 100:.2f}") for k in range(-10, 11)]
    assert np.array_equal(x["u"], np.repeat(u, 21))  # u is the slowest
    assert np.array_equal(x["v"], np.tile(v, 10))
    assert not x["w"].any() and not x["tau_gas"].any() and not x["t_gas"].any()


def test_grid_is_ordered_like_meshgrid_with_indexing_ij() -> None:
    grid = entries("u=0.,1.,2 v=2.,4.,3 w=5.,5.,1 tau_gas=0.1,0.4,4 t_gas=0.,1.,2")
    assert grid.count == 48 and grid.gas_differs
    axes = ([0, 1], [2, 3, 4], [5], [0.1, 0.2, 0.3, 0.4], [0, 1])
    expected = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")])
    assert np.array_equal(grid.block(0, 48)[3:], expected)


def test_logarithmic_gas_axes_leave_the_velocities_linear() -> None:
    grid = entries("u=0.1,0.3,3 v=0.,0.,1 tau_gas=0.01,1.,3 gas_spacing='log'")
    x = rows(grid.block(0, 9))
    assert np.array_equal(x["u"][::3], [0.1, 0.2, 0.3])
    assert np.allclose(x["tau_gas"][:3], [0.01, 0.1, 1.0], rtol=1e-15)
    assert x["tau_gas"][0] == 0.01 and x["tau_gas"][2] == 1.0


def test_gas_keys_that_are_no_axes_hold_for_every_case() -> None:
    block = entries("", "atmosphere.tau_gas=0.5", "atmosphere.t_gas=0.25").block(0, 5)
    assert np.all(block[6] == 0.5) and np.all(block[7] == 0.25)


@pytest.mark.parametrize(("first", "last", "count"), [
    (0.01, 0.10, 10), (-0.10, 0.10, 21), (0.0, 0.3, 4), (1e-5, 7e-5, 7), (-15.0, 15.0, 301),
    (0.0, 12.7, 128), (0.005, 0.995, 199)])
def test_values_of_an_axis_are_the_decimals_that_are_meant(
    first: float, last: float, count: int
) -> None:
    values = axis(first, last, float(count), log=False)
    step = (last - first) / (count - 1)
    assert [float(f"{value:.12g}") for value in values] == values.tolist()
    # no value is further from the even spacing than round-off: measured 2e-16 of the range
    even = first + step * np.arange(count)
    assert np.abs(values - even).max() <= 1e-15 * max(abs(first), abs(last))
    assert (values[0], values[-1]) == (first, last)


def test_axes_of_one_point() -> None:
    assert axis(0.02, 0.02, 1.0, log=False).tolist() == [0.02]
    assert axis(0.0, 0.0, 3.0, log=False).tolist() == [0.0, 0.0, 0.0]


RANDOM = "n_random=10000 u=0.01,0.10,1 v=-0.1,0.1,1 w=0.,0.,1 tau_gas=0.01,1.,1"


@pytest.mark.parametrize(("first", "last"), [
    (0, 1), (0, 10000), (BLOCK - 1, BLOCK + 1), (BLOCK, 2 * BLOCK), (5, 9999), (9999, 10000)])
@pytest.mark.parametrize("text", [RANDOM, "u=0.,1.,100 v=0.,1.,50 w=0.,1.,2"])
def test_a_slice_is_the_slice_of_the_whole(text: str, first: int, last: int) -> None:
    every = entries(text)
    assert np.array_equal(every.block(first, last), every.block(0, 10000)[:, first:last])


def test_random_entries_depend_on_seed_and_number_alone() -> None:
    base = entries(RANDOM).block(0, 10000)
    assert np.array_equal(entries(RANDOM).block(0, 10000), base)
    more = entries(RANDOM, "start.n_random=20000").block(0, 10000)
    assert np.array_equal(more, base)
    other = entries(RANDOM, "start.seed=2").block(0, 10000)
    assert not np.any(other[3] == base[3])
    # the stream is part of the format of a namelist: it must not change with numpy or marsdisk
    assert base[3, 0] == pytest.approx(0.0729131092693152, rel=1e-15)
    assert base[3, BLOCK] == pytest.approx(0.052818806673099156, rel=1e-15)


def test_an_axis_more_does_not_change_the_other_random_numbers() -> None:
    base = entries(RANDOM).block(0, 5000)
    with_gas = entries(RANDOM + " t_gas=0.,1.,1").block(0, 5000)
    assert np.array_equal(base[:7], with_gas[:7])
    assert with_gas[7].any() and not base[7].any()


def test_random_entries_fill_their_intervals_evenly() -> None:
    x = rows(entries(RANDOM).block(0, 10000))
    for name, low, high in (("u", 0.01, 0.10), ("v", -0.1, 0.1), ("tau_gas", 0.01, 1.0)):
        assert low <= x[name].min() and x[name].max() < high
        counts, _ = np.histogram(x[name], 20, (low, high))
        assert np.abs(counts - 500).max() < 5 * np.sqrt(500), name  # five sigma
    assert np.all(x["w"] == 0.0)
    assert abs(np.corrcoef(x["u"], x["v"])[0, 1]) < 0.05
    log = rows(entries(RANDOM + " gas_spacing='log'").block(0, 10000))
    counts, _ = np.histogram(np.log10(log["tau_gas"]), 20, (-2.0, 0.0))
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)
    assert np.array_equal(log["u"], x["u"])


def test_a_list_gives_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "t_gas_yr v_AU_yr u_AU_yr tau_gas_yr\n0.1 0.02 0.01 0.5\n0.2 0.04 0.03 0.6\n")
    listed = entries("table='t.csv'", path=tmp_path / "a.nml")
    assert listed.count == 2 and listed.gas_differs
    assert listed.block(0, 2)[3:].T.tolist() == [[0.01, 0.02, 0.0, 0.5, 0.1],
                                                [0.03, 0.04, 0.0, 0.6, 0.2]]
    assert listed.block(1, 2)[3:].T.tolist() == [[0.03, 0.04, 0.0, 0.6, 0.2]]


def test_a_list_without_gas_columns_takes_the_gas_of_the_atmosphere(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("u_AU_yr v_AU_yr w_AU_yr\n0.01 0.02 0.03\n")
    listed = entries("table='t.csv'", "atmosphere.tau_gas=0.5", path=tmp_path / "a.nml")
    assert not listed.gas_differs
    assert listed.block(0, 1)[3:, 0].tolist() == [0.01, 0.02, 0.03, 0.5, 0.0]


def test_list_and_grid_of_the_same_entries_give_the_same_results(tmp_path: Path) -> None:
    grid = entries("u=0.01,0.05,3 v=0.02,0.04,2").block(0, 6)
    text = "".join(f"{u!r} {v!r}\n" for u, v in grid[3:5].T.tolist())
    (tmp_path / "t.csv").write_text("u_AU_yr v_AU_yr\n" + text)
    (tmp_path / "list.nml").write_text("&run kind='capture' /\n&start table='t.csv' /\n")
    found = []
    for namelist in (NAMELISTS / "capture_quick.nml", tmp_path / "list.nml"):
        path = tmp_path / f"{namelist.stem}.nc"
        with pytest.raises(SystemExit) as stop:
            run_main([str(namelist), "--output", str(path), "--quiet"])
        assert not stop.value.code
        with netCDF4.Dataset(path) as data:
            found.append({n: np.ma.getdata(v[...]).tobytes() for n, v in data.variables.items()})
    assert found[0] == found[1]


def test_every_axis_has_a_row() -> None:
    assert AXES == ("u", "v", "w", "tau_gas", "t_gas")
