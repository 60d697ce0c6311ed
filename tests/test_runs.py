# SPDX-License-Identifier: BSD-3-Clause
"""Every example namelist runs to its end, conserves mass, and writes a file others can read."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from helpers import examples
from marsdisk.cli.main import main, run_main
from marsdisk.output.disk_schema import ATTRIBUTES
from marsdisk.output.disk_schema import VARIABLES as DISK
from marsdisk.runs.disk_results import time_of_loss

ROOT = Path(__file__).parents[1]


def command(entry, *arguments: object) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        entry([str(a) for a in arguments])
    return stop.value.code or 0


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quick") / "quick.nc"
    assert command(run_main, ROOT / "namelists/quick.nml", "--output", path, "--quiet") == 0
    return path


@pytest.mark.parametrize("name", examples("disk"))
def test_example_runs_closes_and_loses_no_more_than_there_was(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.nc"
    namelist = ROOT / "namelists" / f"{name}.nml"
    assert command(run_main, namelist, "--output", path, "--quiet") == 0
    summary = capsys.readouterr().out
    assert "lost (Delta M_in)" in summary and str(path) in summary
    with netCDF4.Dataset(path) as data:
        assert data.complete == 1
        assert data["mass_residual"][:].max() <= 1e-14
        # The vapour layer can be 1e5 times the surface; round-off of the exchange scales with it.
        limit = 1e-11 if data["m_vapour"][0] > 0.0 else 1e-14
        assert data["surface_residual"][:].max() <= limit
        loss = data["m_loss"][:]
        assert np.all(np.diff(loss) >= -1e-12 * loss[-1])
        parts = data["m_blow"][:] + data["m_escape"][:] + data["m_below"][:]
        assert np.allclose(loss, parts, rtol=1e-14)
        # what can be lost: the surface, what was supplied, and vapour drawn from below at t0
        available = data["m_surface0"][...] + data["m_supply"][-1] + data["m_vapour"][0]
        assert 0.0 < loss[-1] <= available * (1 + 1e-12)
        assert data["number"][:].min() >= 0.0
        disk = data["m_disk"][:] + loss + data["m_in"][:] + data["m_out"][:]
        disk += data["m_removed0"][...] - data["m_external"][:]
        assert np.allclose(disk, disk[0], rtol=1e-12)


def test_every_variable_of_the_schema_is_written_and_every_written_one_is_documented(
    quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with netCDF4.Dataset(quick) as data:
        written = {name for name in data.variables if not name.startswith("const_")}
        assert written == {variable.name for variable in DISK}
        conventions = {"Conventions", "title", "source", "history", "references",
                       "comment", "namelist_path"}
        assert set(data.ncattrs()) == set(ATTRIBUTES) | conventions
        for variable in data.variables.values():
            assert variable.units and variable.long_name
    assert command(main, "describe", "--output-variables") == 0
    text = capsys.readouterr().out
    assert all(re.search(rf"^{name}\s", text, re.MULTILINE) for name in [*written, *ATTRIBUTES])


def test_file_obeys_the_cf_conventions(quick: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    checker = Path(sys.executable).parent / "compliance-checker"
    subprocess.run([checker, "--test", "cf:1.11", "--format", "text", "--output", report, quick],
                   check=False, capture_output=True)
    text = report.read_text()
    assert "cf:1.11" in text
    assert not re.search(r"^\s*Errors\s*$", text, re.MULTILINE), text


def test_xarray_finds_time_and_units(quick: Path) -> None:
    with xr.open_dataset(quick, decode_times=False) as data:
        assert data.time.units.startswith("s since")
        assert data.time[0] == 0.0
        assert data.time[-1] == pytest.approx(0.1 * 365.25 * 86400, rel=1e-14)
        assert data.number.dims == ("time", "ring", "bin")
        assert data.m_loss.units == "kg"
        assert set(data.coords) == {"time", "r", "ring_area", "size", "grain_mass"}
        assert set(data.number.coords) == set(data.coords)
        assert set(data.sigma_surf.coords) == {"time", "r", "ring_area"}
        assert set(data.m_loss.coords) == {"time"}
    with xr.open_dataset(quick) as data:
        assert np.issubdtype(data.time.dtype, np.datetime64)


def test_number_times_grain_mass_is_the_surface_density(quick: Path) -> None:
    with netCDF4.Dataset(quick) as data:
        sigma = data["number"][:] @ data["grain_mass"][:]
        assert np.allclose(sigma, data["sigma_surf"][:], rtol=1e-13)
        total = data["sigma_surf"][:] @ data["ring_area"][:]
        assert np.allclose(total, data["m_surface"][:], rtol=1e-13)


def test_the_resolved_namelist_in_the_file_repeats_the_run(quick: Path, tmp_path: Path) -> None:
    with netCDF4.Dataset(quick) as data:
        (tmp_path / "again.nml").write_text(data.namelist)
        loss = data["m_loss"][:].tobytes()
    path = tmp_path / "again.nc"
    assert command(run_main, tmp_path / "again.nml", "--output", path, "--quiet") == 0
    with netCDF4.Dataset(path) as data:
        assert data["m_loss"][:].tobytes() == loss


def values(path: Path) -> dict[str, bytes]:
    """Bytes of all data variables."""
    with netCDF4.Dataset(path) as data:
        return {name: np.ma.getdata(v[...]).tobytes() for name, v in data.variables.items()}


def test_wall_limit_ends_with_3_and_resume_is_bit_for_bit(tmp_path: Path) -> None:
    namelist = ROOT / "namelists/quick.nml"
    whole, parts = tmp_path / "whole.nc", tmp_path / "parts.nc"
    more = ("--set", "grains.n_bin=60", "--set", "rings.n_ring=8", "--quiet")
    assert command(run_main, namelist, "--output", whole, *more) == 0
    code = command(run_main, namelist, "--output", parts, *more, "--wall", "0.02")
    stops = 0
    while code == 3:
        stops += 1
        with netCDF4.Dataset(parts) as data:
            assert data.complete == 0 and "checkpoint" in data.groups
        code = command(main, "resume", parts, "--quiet", "--wall", "0.05")
    assert code == 0 and stops >= 2
    assert values(whole) == values(parts)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_with_3_and_leaves_a_file_to_resume(number: int, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    script = "from marsdisk.cli.main import run_main; run_main()"
    arguments = [ROOT / "namelists/standard.nml", "--set", "grains.n_bin=240", "--set",
                 "output.checkpoint=0.2", "--output", path, "--quiet"]
    run = subprocess.Popen([sys.executable, "-c", script, *arguments], stderr=subprocess.PIPE,
                           text=True)
    end = time.monotonic() + 60.0
    while not path.exists():        # its first checkpoint, seconds before its end
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 3, err
    assert "marsdisk resume" in err and "Traceback" not in err
    with netCDF4.Dataset(path) as data:
        assert data.complete == 0
        assert data["m_loss"][:].size >= 1


def test_a_complete_run_is_not_resumed(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A job that is queued again after its end has not failed."""
    before = quick.read_bytes()
    assert command(main, "resume", quick) == 0
    assert capsys.readouterr() == (f"{quick} is complete: nothing to do\n", "")
    assert quick.read_bytes() == before


def test_unwritable_target_keeps_the_old_file(quick: Path, tmp_path: Path) -> None:
    script = (
        "from marsdisk import core; from marsdisk.cli.main import run_main;"  # before the limit
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "run_main()"
    )
    path = tmp_path / "run.nc"
    path.write_bytes(quick.read_bytes())
    run = subprocess.run(
        [sys.executable, "-c", script, ROOT / "namelists/quick.nml", "--output", path, "--force",
         "--quiet"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "cannot be written" in run.stderr and "Traceback" not in run.stderr
    assert path.read_bytes() == quick.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["run.nc"]


def surface_too_heavy(tmp_path: Path) -> tuple[object, ...]:
    return (ROOT / "namelists/quick.nml", "--set", "surface.sigma0=1e6", "--output",
            tmp_path / "x.nc")


def test_surface_heavier_than_its_ring_is_an_input_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(run_main, *surface_too_heavy(tmp_path)) == 2
    err = capsys.readouterr().err
    assert "surface.sigma0" in err and "heavier than ring 1" in err
    assert not list(tmp_path.iterdir())


def test_quiet_is_the_summary_with_its_notes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = ("--set", "collisions.e_profile=const", "--set", "collisions.e=0.6", "--output",
           tmp_path / "x.nc")
    assert command(run_main, ROOT / "namelists/quick.nml", "--quiet", *odd) == 0
    out, err = capsys.readouterr()
    assert err == "" and "note: command line: collisions.e: e = 0.6 puts pericentres" in out
    for name in ("run", "resume"):
        assert command(main, name, "--help") == 0
        assert "summary alone, with its notes" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("gap", "code"), [(1e-9, 0), (1e-3, 1)])
def test_a_ledger_that_does_not_close_is_said_and_a_wide_open_one_fails_the_run(
    gap: float, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch
) -> None:
    def residual(disk: object, y: np.ndarray, initial: np.ndarray) -> float:
        return 0.0 if np.array_equal(y, initial) else gap

    monkeypatch.setattr("marsdisk.runs.disk.mass_residual", residual)
    path = tmp_path / "open.nc"
    assert command(run_main, ROOT / "namelists/quick.nml", "--output", path, "--quiet") == code
    said = "".join(capsys.readouterr())
    assert ("closes only to 1.0e-09" if code == 0 else "the ledger is open at t = ") in said
    with netCDF4.Dataset(path) as data:
        assert data.complete == 1 - code
    if code:
        assert command(main, "resume", path, "--quiet") == 2
        assert "the ledger of this run is open" in capsys.readouterr().err


# ---- time of the loss ----------------------------------------------------------------------------

def test_time_of_loss_between_outputs() -> None:
    """Right for a loss that relaxes, 1 - exp(-t), and between its outputs where it is a step."""
    wanted = -np.log(0.01)
    for count, error in ((6, 6e-3), (11, 8e-4), (21, 2e-5)):
        at = np.linspace(0.0, 10.0, count)
        found = time_of_loss(at, -np.expm1(-at), np.exp(-at), 0.99)
        assert found == pytest.approx(wanted, rel=error)
    at, step = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0])
    assert 1.0 < time_of_loss(at, step, np.zeros(4), 0.99) < 2.0
    assert time_of_loss(at, step + 1.0, np.zeros(4), 0.99) == 0.0


def test_coarse_outputs_leave_a_note_about_the_time_of_the_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for count, noted in ((5, True), (400, False)):
        path = tmp_path / f"{count}.nc"
        assert command(run_main, ROOT / "namelists/quick.nml", "--output", path,
                       "--set", f"output.n_out={count}") == 0
        assert ("99 % of the loss lies between" in capsys.readouterr().out) is noted
