# SPDX-License-Identifier: BSD-3-Clause
"""What is handed over to a long-term model, at several ends of one run, and the ledger of angular
momentum."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import marsdisk
import netCDF4
import numpy as np
import pytest
import xarray as xr
from helpers import NAMELISTS, YEAR, configuration, examples, run_core
from marsdisk.cli.main import main, run_main
from marsdisk.core import DiskCore
from marsdisk.errors import StoppedEarly
from marsdisk.output.handover import ETA, moved_note, q_k2_factor, window
from marsdisk.output.handover_schema import VARIABLES
from marsdisk.runs import disk as disk_run
from marsdisk.runs.angular_momentum import angular_momentum
from marsdisk.runs.disk import output_times
from marsdisk.runs.disk_handover import handover_times, with_times
from oracle import GM_MARS
from refusal import refused

TIMES = (0.02, 0.05)
"""Ends besides that of the run, 0.1 [yr]."""


def command(entry, *arguments: object) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        entry([str(a) for a in arguments])
    return stop.value.code or 0


def quick(path: Path, *overrides: str, more: tuple[str, ...] = (), code: int = 0) -> Path:
    """File of a run of quick.nml."""
    options = [word for text in overrides for word in ("--set", text)]
    assert command(run_main, NAMELISTS / "quick.nml", "--output", path, "--quiet", *options,
                   *more) == code
    return path


def group(path: Path) -> dict[str, np.ndarray]:
    """Values of the group 'handover'."""
    with netCDF4.Dataset(path) as data:
        return {name: v[...].filled() for name, v in data["handover"].variables.items()}


LIST = "handover.t_end=" + ",".join(map(str, TIMES))


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 0.1 yr with a hand-over at three ends."""
    return quick(tmp_path_factory.mktemp("several") / "several.nc", LIST)


# ---- hand-over -----------------------------------------------------------------------------------

@pytest.mark.parametrize("k", range(len(TIMES)))
def test_one_run_hands_over_what_separate_runs_do(k: int, several: Path, tmp_path: Path) -> None:
    """Within the tolerance, 1e-4: other output times are other steps."""
    one, alone = group(several), group(
        quick(tmp_path / "alone.nc", f"stop.t_end={TIMES[k]}"))
    assert alone["t_end"][-1] == pytest.approx(one["t_end"][k], rel=1e-14)
    for lost, left in (("m_loss", "m_disk"), ("l_loss", "l_disk")):
        allowed = 1e-5 * alone[lost][-1]
        assert one[lost][k] == pytest.approx(alone[lost][-1], rel=0.0, abs=allowed), lost
        assert one[left][k] == pytest.approx(alone[left][-1], rel=0.0, abs=allowed), left
    assert one["t_mars"][k] == pytest.approx(alone["t_mars"][-1], rel=1e-12)
    for name in ("sigma_solid", "sigma_surf", "sigma_deep"):
        assert np.allclose(one[name][k], alone[name][-1], rtol=1e-5), name
    dust = one["number"] * one["grain_mass"], alone["number"] * alone["grain_mass"]
    assert np.allclose(dust[0][k], dust[1][-1], rtol=1e-4, atol=1e-7 * dust[1][-1].max())


def test_times_do_not_change_the_result(several: Path, tmp_path: Path) -> None:
    one, none = group(several), group(quick(tmp_path / "none.nc"))
    assert len(none["t_end"]) == 1
    assert one["m_loss"][-1] == pytest.approx(none["m_loss"][-1], rel=1e-5)


def test_the_group_is_what_the_series_have_at_these_times(several: Path) -> None:
    found = group(several)
    with netCDF4.Dataset(several) as data:
        at = [int(np.flatnonzero(data["time"][:] == t)[0]) for t in found["t_end"]]
        assert at[-1] == len(data["time"]) - 1
        for name in ("t_mars", "m_disk", "l_disk", "m_loss", "l_loss", "m_in", "m_out", "l_in",
                     "l_out", "l_light", "m_external", "m_vapour", "sigma_surf", "sigma_deep",
                     "sigma_vapour", "number"):
            assert np.array_equal(found[name], data[name][at]), name
        assert np.array_equal(found["r"], data["r"][:])
    assert found["t_end"] == pytest.approx(np.array([*TIMES, 0.1]) * YEAR, rel=1e-14)


def test_what_is_handed_over_adds_up(several: Path) -> None:
    found = group(several)
    area = found["ring_area"]
    h = np.sqrt(GM_MARS * found["r"])
    total = found["sigma_solid"] + found["sigma_vapour"]
    assert np.allclose(total @ area, found["m_disk"], rtol=1e-14)
    assert np.allclose(total @ (area * h), found["l_disk"], rtol=1e-14)
    assert np.allclose(found["number"] @ found["grain_mass"], found["sigma_surf"], rtol=1e-13)
    begun = found["m_disk"] + found["m_loss"] + found["m_removed0"]
    assert np.allclose(begun, found["m_in0"], rtol=1e-14)
    assert np.all(np.diff(found["m_loss"]) > 0.0)


def test_window_and_q_k2_by_hand(several: Path) -> None:
    upper, lower = window(np.array([0.0, 1.0e17]))
    assert upper[0] == pytest.approx(3.0e-5 * 4.282837e13 / 6.67430e-11, rel=1e-12)
    assert lower[0] == pytest.approx([1.34e19, 4.466666667e18], rel=1e-9)
    assert upper[1] - upper[0] == pytest.approx(1.0e17, rel=1e-9)
    assert lower[1] - lower[0] == pytest.approx([1.0e17] * 2, rel=1e-9)
    found = group(several)
    assert np.array_equal(found["m_disk0_max"], window(found["m_loss"])[0])
    assert np.array_equal(found["m_disk0_min"], window(found["m_loss"])[1])
    assert np.array_equal(found["eta"], ETA)
    begun = found["m_in0"] - found["m_removed0"]
    assert np.allclose(found["q_k2_factor"], found["m_disk"] / begun, rtol=1e-14)


def test_window_and_q_k2_count_what_is_lost_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long-term model spreads the disk itself: what has spread before is not lost on it."""
    path = quick(tmp_path / "alpha.nc", "transport.viscosity=alpha")
    assert "of M_in " in capsys.readouterr().out
    found = group(path)
    begun = found["m_in0"] - found["m_removed0"]
    moved = found["m_in"] + found["m_out"]
    assert moved[-1] > 0.9 * begun
    assert found["q_k2_factor"][-1] == pytest.approx(1.0 - found["m_loss"][-1] / begun, rel=1e-14)
    assert np.array_equal(found["m_disk0_max"], window(found["m_loss"])[0])
    assert command(main, "handover", path) == 0
    note = capsys.readouterr().out.splitlines()[-1]
    assert f"{float(found['m_out'][-1] / found['m_in0']):.1%} moved outward past r_out" in note
    assert "the window and Q/k2 count Delta M alone" in note


def test_what_moves_without_being_lost_is_said_from_one_per_cent() -> None:
    assert moved_note(100.0, 0.9, 0.9, 0.9) == []
    assert "1.1% came from outside" in moved_note(100.0, 0.0, 0.0, 1.1)[0]
    assert "moved" not in moved_note(100.0, 0.0, 0.0, 1.1)[0]


def test_q_k2_of_a_disk_that_loses_more_than_it_had() -> None:
    """What came from outside can be lost as well; nothing is driven then."""
    assert q_k2_factor(np.array([0.0, 1.0, 4.0, 5.0]), 4.0).tolist() == [1.0, 0.75, 0.0, 0.0]
    assert q_k2_factor(np.array([0.0, 0.0]), 0.0).tolist() == [1.0, 1.0]


@dataclass
class StopAt:
    """Asks a run to stop once it has done so many hand-overs."""

    run: disk_run.DiskRun
    count: int

    def reason(self) -> str:
        return "enough" if len(self.run.handed) >= self.count else ""


@pytest.mark.parametrize("other", ["output.psd=.true.", "output.psd=.false.",
                                   "supply.source=external"])
def test_a_run_stopped_between_two_ends_hands_over_the_same_bits(
    other: str, tmp_path: Path
) -> None:
    config = configuration("quick", [LIST, other])
    whole, parts = tmp_path / "whole.nc", tmp_path / "parts.nc"
    disk_run.run(config, whole, force=False, threads=None, quiet=True, wall=None)
    for count in (1, 2):
        run = disk_run.DiskRun.restore(parts) if parts.exists() else disk_run.DiskRun.begin(config)
        with pytest.raises(StoppedEarly):
            disk_run._complete(run, parts, StopAt(run, count), True, new=False,
                               ours=parts.exists())
        with netCDF4.Dataset(parts) as data:
            assert "handover" not in data.groups and data["checkpoint/handover"].shape[0] == count
    disk_run.resume(parts, threads=None, quiet=True, wall=None)
    one, other = group(whole), group(parts)
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
    assert one["number"].shape == (3, 4, 20)


def test_every_variable_is_written_and_documented(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with netCDF4.Dataset(several) as data:
        inside = data["handover"].variables
        assert list(inside) == [v.name for v in VARIABLES]
        assert all(v.units and v.long_name for v in inside.values())
    assert command(main, "describe", "--output-variables") == 0
    text = capsys.readouterr().out
    assert all(f"\nhandover/{v.name} " in text for v in VARIABLES)


def test_xarray_reads_the_group_alone(several: Path) -> None:
    with xr.open_dataset(several, group="handover") as data:
        assert data.number.dims == ("t_end", "ring", "bin")
        assert data.sizes["t_end"] == 3
        assert set(data.coords) == {"t_end", "eta", "r", "ring_area", "size", "grain_mass"}
        assert set(data.sigma_solid.coords) == {"t_end", "r", "ring_area"}


# ---- times ---------------------------------------------------------------------------------------

def test_times_are_met_exactly_and_near_ones_are_one() -> None:
    config = configuration("quick", ["handover.t_end=1e-3,0.02,0.05", "output.n_out=10",
                                     "output.spacing=linear"])
    stop = 0.1 * YEAR
    times = output_times(config, stop)
    assert np.all(np.isin(handover_times(config, stop), times))
    # 0.02 and 0.05 yr are output times already
    assert len(times) == 12 and np.all(np.diff(times) > 0.0)
    assert times[0] == 0.0 and times[-1] == stop
    none = configuration("quick", ["output.n_out=10"])
    assert len(output_times(none, stop)) == 11


def test_many_times_are_met_without_a_table_of_all_pairs() -> None:
    times, wanted = np.linspace(0.0, 1.0, 100_001), np.linspace(0.0005, 0.9995, 1000)
    tracemalloc.start()
    try:
        found = with_times(times, wanted)
        assert tracemalloc.get_traced_memory()[1] < 50 * times.nbytes
    finally:
        tracemalloc.stop()
    assert np.all(np.isin(wanted, found)) and np.all(np.diff(found) > 1e-10)
    assert len(found) == len(np.unique(np.round(np.concatenate([times, wanted]), 10)))
    near = with_times(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0 + 1e-12, 2.0 - 1e-12]))
    assert near.tolist() == [0.0, 1.0 + 1e-12, 2.0 - 1e-12, 3.0]


def test_times_at_and_after_the_end_are_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that ends by the temperature of Mars says what it has not reached."""
    path = quick(tmp_path / "cold.nc", "stop.t_end=0", "stop.t_mars_end=3990",
                 "handover.t_end=0.001,50")
    assert "nothing is handed over at 50 yr" in capsys.readouterr().out
    assert len(group(path)["t_end"]) == 2


def test_one_time_is_a_list(tmp_path: Path) -> None:
    run = marsdisk.run(NAMELISTS / "quick.nml", set={"handover.t_end": [0.05]},
                       output=tmp_path / "one.nc", quiet=True)
    assert run.config["handover"]["t_end"] == (0.05,)
    assert len(group(run.path)["t_end"]) == 2


@pytest.mark.parametrize(("text", "expected"), [
    ("0.05,0.02", "the times do not increase"),
    ("0.05,0.05", "the times do not increase"),
    ("0,0.05", "0 is the start of the run"),
    ("0.05,0.2", "0.2 yr is after the end of the run"),
    ("-1", "out of range"),
    ("5e3", "looks like a temperature"),
    ("0.05,late", "expected 1 to 1000 numbers"),
])
def test_wrong_times_are_refused(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refused(capsys, "run", str(NAMELISTS / "quick.nml"),
                      "--set", f"handover.t_end={text}")
    assert "handover.t_end: " in message and expected in message


# ---- command -------------------------------------------------------------------------------------

def test_the_table_names_every_end(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(main, "handover", several) == 0
    out = capsys.readouterr().out
    assert all(f"\n{t:>5g}  " in out for t in (*TIMES, 0.1))
    assert "Delta M" in out and "Q/k2 times" in out


def test_json_has_every_value(several: Path, tmp_path: Path) -> None:
    to = tmp_path / "handover.json"
    assert command(main, "handover", several, "--to", to) == 0
    page, found = json.loads(to.read_text()), group(several)
    assert page["variables"].keys() == found.keys()
    for name, entry in page["variables"].items():
        assert np.array_equal(np.array(entry["values"]), found[name]), name
        assert np.ndim(entry["values"]) == len(entry["dimensions"])
        assert entry["units"] and entry["long_name"]
    assert page["run"] == "quick" and "&handover" in page["provenance"]["namelist"]


def test_what_cannot_be_exported_is_refused(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.json").write_text("")
    message = refused(capsys, "handover", str(several), "--to", "there.json")
    assert "exists already" in message
    Path("link.json").symlink_to(several)
    before = several.read_bytes()
    for to in (str(several), "link.json"):  # a run is not replaced by what is read from it
        message = refused(capsys, "handover", str(several), "--to", to, "--force")
        assert "is what is read" in message
    assert several.read_bytes() == before
    assert "no such file" in refused(capsys, "handover", "nowhere.nc")
    quick(Path("stopped.nc"), "grains.n_bin=80", "rings.n_ring=32",
          more=("--wall", "0.001"), code=3)
    capsys.readouterr()
    assert "marsdisk resume stopped.nc" in refused(capsys, "handover", "stopped.nc")


# ---- angular momentum ----------------------------------------------------------------------------

@pytest.mark.parametrize("name", examples("disk"))
def test_angular_momentum_closes(name: str) -> None:
    """To 1e-14 of what there was, in every worked example, from the state."""
    quicker = ("rings.n_ring=4", "grains.n_bin=20", "deep.table=", "rings.r_in=1.1")
    disk, state, initial = run_core(name, quicker, times=[10.0, 2.0e4])
    balance = angular_momentum(disk, state.y, initial)
    assert balance.residual <= 1e-14
    assert balance.disk > 0.0


@pytest.mark.parametrize("switch", [
    ("transport.viscosity=constant", "transport.nu=1e8"), ("transport.viscosity=disk",),
    ("transport.pr_drag=.true.",),
])
def test_angular_momentum_closes_with_transport(switch: tuple[str, ...], tmp_path: Path) -> None:
    """Mass between rings is booked by mass, its angular momentum by the light and the edges."""
    path = quick(tmp_path / "x.nc", *switch, "rings.n_ring=8")
    with netCDF4.Dataset(path) as data:
        assert data["l_residual"][:].max() <= 1e-14
        assert data["l_in"][-1] > 0.0
        gone = sum(data[name][-1] for name in ("l_loss", "l_in", "l_out", "l_light"))
        assert gone == pytest.approx(data["l_disk"][0] - data["l_disk"][-1], rel=1e-5)
        assert (data["l_light"][-1] > 0.0) == ("transport.pr_drag=.true." in switch)


def test_angular_momentum_is_the_sum_of_profiles_of_the_file(tmp_path: Path) -> None:
    """Summed here from the profiles of the file, ring by ring, at every output time."""
    path = quick(tmp_path / "x.nc", "collisions.bottom=lost", "supply.mode=mixing",
                 "supply.t_mix=1e6")
    with netCDF4.Dataset(path) as data:
        h = np.sqrt(GM_MARS * data["r"][:]) * data["ring_area"][:]
        gone = [data[f"sigma_{name}"][:] @ h for name in ("blow", "escape", "below")]
        there = [data[f"sigma_{name}"][:] @ h for name in ("surf", "deep", "vapour")]
        assert np.allclose(sum(gone), data["l_loss"][:], rtol=1e-13)
        assert np.allclose(sum(there), data["l_disk"][:], rtol=1e-13)
        assert gone[0][-1] > 0.0 and gone[2][-1] > 0.0
        total = data["l_disk"][:] + data["l_loss"][:]
        assert np.allclose(total, total[0], rtol=1e-14)
        assert data["l_residual"][:].max() <= 1e-14


def test_mass_that_changes_its_ring_without_a_torque_is_found() -> None:
    """Drag moves mass inward past the edge; the ledger closes with the light's share alone."""
    disk = DiskCore(configuration("quick", ["rings.n_ring=4"]))
    initial = disk.start().y
    h, area, deep = np.sqrt(GM_MARS * disk.r), disk.area, disk.rows["deep"]
    y = initial.copy()
    moved = 1.0e-3 * y[deep, 2] * area[2]
    y[deep, 2] -= moved / area[2]
    y[deep, 1] += moved / area[1]
    found = angular_momentum(disk, y, initial)
    missing = moved * (h[2] - h[1]) / (found.disk + moved * (h[2] - h[1]))
    assert found.residual == pytest.approx(missing, rel=1e-3)
    if "light" in disk.rows:
        y[disk.rows["light"], 2] += moved / area[2] * (1.0 - h[1] / h[2])
        found = angular_momentum(disk, y, initial)
        assert found.residual <= 1e-14
        assert found.light == pytest.approx(moved * (h[2] - h[1]), rel=1e-12)


def test_mass_that_passes_r_in_takes_the_momentum_of_the_edge() -> None:
    disk = DiskCore(configuration("quick", ["rings.n_ring=4"]))
    initial = disk.start().y
    y = initial.copy()
    y[disk.rows["deep"], 0] -= 10.0
    y[disk.rows["inward"], 0] += 10.0
    found = angular_momentum(disk, y, initial)
    edge, ring = np.sqrt(GM_MARS * disk.r_edges[0]), np.sqrt(GM_MARS * disk.r[0])
    assert found.inward == pytest.approx(10.0 * disk.area[0] * edge, rel=1e-12)
    wrong = 10.0 * disk.area[0] * (ring - edge)
    before = angular_momentum(disk, initial, initial).disk
    assert found.residual == pytest.approx(wrong / before, rel=1e-3)
