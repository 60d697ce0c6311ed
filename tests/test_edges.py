# SPDX-License-Identifier: BSD-3-Clause
"""Options and accidents at the edge of a run: stops, frozen rings, damaged checkpoints."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import NAMELISTS, YEAR, configuration
from marsdisk.cli.main import main, run_main
from marsdisk.core import DiskCore
from marsdisk.errors import InputError

QUICK = NAMELISTS / "quick.nml"


def run(path: Path, *overrides: str, more: tuple[str, ...] = ()) -> int:
    """Exit code of the quick example with overrides, written to `path`."""
    sets = [word for override in overrides for word in ("--set", override)]
    with pytest.raises(SystemExit) as stop:
        run_main([str(QUICK), "--output", str(path), "--quiet", *more, *sets])
    return stop.value.code or 0


def resume(path: Path) -> int:
    """Exit code of `marsdisk resume`."""
    with pytest.raises(SystemExit) as stop:
        main(["resume", str(path), "--quiet"])
    return stop.value.code or 0


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A run that was stopped before its end."""
    path = tmp_path / "stopped.nc"
    assert run(path, "grains.n_bin=80", more=("--wall", "0.001")) == 3
    return path


def test_mdot_min_counts_what_leaves_below_the_grid(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    limit = 1.0e-16  # M_Mars/s: more than is blown out at the end, less than is lost in all
    assert run(path, "collisions.bottom=lost", "stop.t_end=2.0", "stop.t_min=1.5",
               f"stop.mdot_min={limit}") == 0
    with netCDF4.Dataset(path) as data:
        lost = data["mdot_blow"][-1] + data["mdot_below"][-1]
        assert data["mdot_blow"][-1] < limit * 6.417e23 < lost
        assert data.stop_reason == "t_end reached"


def test_rate_below_the_grid_is_the_slope_of_its_mass(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "collisions.bottom=lost", "output.spacing=linear", "output.n_out=200") == 0
    with netCDF4.Dataset(path) as data:
        slope = np.gradient(data["m_below"][:], data["time"][:])
        assert np.allclose(slope[20:-1], data["mdot_below"][20:-1], rtol=0.01)


def test_a_supply_table_shorter_than_the_run_is_an_input_error(tmp_path: Path) -> None:
    table = tmp_path / "rate.txt"
    table.write_text("time_yr rate_kg_m2_s\n0 1e-8\n0.01 1e-8\n")
    with pytest.raises(InputError, match=r"supply.table"):
        DiskCore(configuration("", ["supply.mode=table", f"supply.table={table}"]))


def test_frozen_rings_lose_nothing_and_say_so(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "surface.tau_stop=0.2", "grains.drop_unbound=.false.",
               "surface.tau0=0.1") == 0
    with netCDF4.Dataset(path) as data:
        frozen = data["frozen"][-1] == 1
        assert frozen.any()
        assert np.all(data["mdot_area"][-1][frozen] == 0.0)
        # 0.2 to rtol when they froze; the opacity still follows T_Mars a little
        assert np.allclose(data["tau_los"][-1][frozen], 0.2, rtol=0.01)
        already = data["frozen"][-2] == 1
        assert already.any()
        blown = data["sigma_blow"][-2:]
        assert np.all(blown[1][already] == blown[0][already])


def test_a_surface_above_tau_stop_is_frozen_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "surface.tau_stop=2.3", "surface.tau0=5",
               "grains.drop_unbound=.false.") == 0
    with netCDF4.Dataset(path) as data:
        assert data.stop_reason == "all rings were stopped by tau_stop"
        assert data["m_loss"][-1] == 0.0


def test_an_exposure_table_that_is_left_is_an_input_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "phi.txt"
    table.write_text("tau phi\n0 1\n0.05 0.98\n")
    path = tmp_path / "x.nc"
    assert run(path, "radiation.exposure=table", f"radiation.phi_table={table}",
               "stop.t_end=1") == 2
    assert "m): the table ends at tau" in capsys.readouterr().err
    assert not path.exists()


def test_what_was_computed_before_a_table_is_left_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, path = tmp_path / "phi.txt", tmp_path / "x.nc"
    table.write_text("tau phi\n0 1\n0.05 0.98\n")
    assert run(path, "radiation.exposure=table", f"radiation.phi_table={table}",
               "grains.n_bin=100", "output.checkpoint=1e-9") == 2
    err = capsys.readouterr().err
    assert f"what was computed before is in {path}" in err and "nothing was written" not in err
    with netCDF4.Dataset(path) as data:
        assert data.stop_reason.startswith("failed: ") and not data.complete


@pytest.mark.parametrize("rings", [1, 2])
def test_a_disk_that_starts_empty_and_is_fed_from_outside(
    tmp_path: Path, rings: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "surface.tau0=0", "deep.m_in=0", "supply.source=external",
               "radiation.blowout=F", "collisions.fragmentation=F", f"rings.n_ring={rings}",
               "stop.t_end=0.01") == 0
    out = capsys.readouterr().out
    assert "M_in at t0                  0.0000e+00" in out
    assert "M_in was 0 at the start; " in out and " kg came from outside" in out
    for command in ("handover", "report", "plot"):
        with pytest.raises(SystemExit) as stop:
            main([command, str(path), *(["--to", str(tmp_path / command)]
                                        if command == "plot" else [])])
        assert not stop.value.code


def test_a_run_without_mass_has_a_report(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "surface.tau0=0", "deep.m_in=0", "stop.t_end=0.001") == 0
    with pytest.raises(SystemExit) as stop:
        main(["report", str(path), "--to", str(tmp_path / "x.html")])
    assert not stop.value.code and (tmp_path / "x.html").stat().st_size > 10_000


def test_the_ledger_does_not_drift_with_the_number_of_steps() -> None:
    residual = []
    for count in (100, 3000):
        disk = DiskCore(configuration("quick", ["rings.n_ring=2", "grains.n_bin=10"]))
        state = disk.start()
        initial = state.y.copy()
        for t in np.linspace(0.0, disk.t_stop, count + 1)[1:]:
            while not disk.advance(state, float(t), 60.0):
                pass
        every = (*disk.LAYERS, *disk.LEDGER)
        before = sum(disk.row(initial, name) for name in every)
        now = sum(disk.row(state.y, name) for name in every)
        residual.append(np.max(np.abs(now / before - 1.0)))
    assert residual[0] < 1e-15 and residual[1] < 1e-15


def test_what_is_no_run_is_not_resumed_and_the_reason_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.nc").write_text("hello")
    netCDF4.Dataset("empty.nc", "w").close()
    said = {"text.nc": "cannot be read: NetCDF: Unknown file format; expected the output of a run",
            "empty.nc": "is no output of marsdisk; expected the output of a run",
            "emty.nc": "there is no such file; did you mean empty.nc?",
            "folder": "is not a regular file; expected the output of a run",
            "output/standard.nc": "there is no such file; expected the output of a run"}
    Path("folder").mkdir()
    for name, message in said.items():
        assert resume(Path(name)) == 2
        assert capsys.readouterr().err.startswith(f"{name}: {message}\n")


def test_time_spent_before_a_resume_counts(stopped: Path) -> None:
    with netCDF4.Dataset(stopped, "a") as data:
        data.wall_time_s = 1000.0
    assert resume(stopped) == 0
    with netCDF4.Dataset(stopped) as data:
        assert 1000.0 < data.wall_time_s < 1100.0


def test_resume_refuses_the_run_of_another_version(
    stopped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with netCDF4.Dataset(stopped, "a") as data:
        data.marsdisk_version = "9.9.9"
    assert resume(stopped) == 2
    assert "9.9.9" in capsys.readouterr().err


@pytest.mark.parametrize("size", [0, 100, 20000])
def test_a_truncated_checkpoint_is_an_input_error(
    stopped: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped.write_bytes(stopped.read_bytes()[:size])
    assert resume(stopped) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_damaged_checkpoint_is_an_input_error(stopped: Path) -> None:
    good = stopped.read_bytes()
    for place in range(1000, len(good) - 3000, len(good) // 7):
        stopped.write_bytes(good[:place] + b"\xff" * 3000 + good[place + 3000:])
        assert resume(stopped) in (0, 2)  # padding may be hit: then nothing is lost
        stopped.write_bytes(good)


def test_output_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    link = tmp_path / "link.nc"
    link.symlink_to(tmp_path / "scratch" / "real.nc")
    assert run(link, "stop.t_end=0.001") == 0
    assert link.is_symlink() and (tmp_path / "scratch" / "real.nc").stat().st_size > 1000


def test_times_are_those_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "output.n_out=7", "output.spacing=linear") == 0
    with netCDF4.Dataset(path) as data:
        assert np.allclose(data["time"][:], np.linspace(0.0, 0.1 * YEAR, 8), rtol=1e-15)


def test_a_table_of_the_vapour_pressure_is_the_law_it_was_made_from(tmp_path: Path) -> None:
    a, b = 13.809441833, 28362.904024  # log10(P/Pa) = A - B/T is linear in (1/T, ln P)
    kelvin = [500.0, 900.0, 2000.0, 3900.0]
    table = tmp_path / "psat.txt"
    table.write_text("temperature_K p_sat_Pa\n"
                     + "".join(f"{t} {10 ** (a - b / t)!r}\n" for t in kelvin))
    base = ["sublimation.active=.true.", "rings.n_ring=3"]
    law = DiskCore(configuration("quick", [*base, "sublimation.material=custom"]))
    other = DiskCore(configuration("quick", [*base, "sublimation.material=table",
                                             f"sublimation.psat_table={table}"]))
    y = law.start().y
    assert np.allclose(other.start().y, y, rtol=1e-11)
    for ring in range(3):
        expected = law.rates(ring, 0.0, y[:, ring])
        found = other.rates(ring, 0.0, y[:, ring])
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    short = tmp_path / "short.txt"
    short.write_text("temperature_K p_sat_Pa\n1500 1e-5\n2000 0.4\n")
    with pytest.raises(InputError, match=r"sublimation.material"):
        DiskCore(configuration("quick", [*base, "sublimation.material=table",
                                         f"sublimation.psat_table={short}"]))
