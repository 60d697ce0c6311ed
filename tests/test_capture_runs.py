# SPDX-License-Identifier: BSD-3-Clause
"""Every capture example runs to its end and writes a file that others can read and that resumes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from helpers import NAMELISTS, examples
from marsdisk.cli.main import main, run_main
from marsdisk.config.read import read_namelist
from marsdisk.core import CaptureCore, constants
from marsdisk.output.capture_schema import ATTRIBUTES, OUTCOMES, VARIABLES
from marsdisk.runs.capture_results import inertial_orbit

QUICK = NAMELISTS / "capture_quick.nml"
CAPTURED, FELL, UNDECIDED, ABLATED = (
    OUTCOMES.index(name)
    for name in ("captured", "fell_before_capture", "undecided", "ablated"))
EVERYTHING = ("output.trajectories=T", "output.n_sample=50", "tides.active=T",
              "start.tau_gas=0.1,0.1,1")
"""Overrides that bring every variable into the file."""


def command(entry, *arguments: object) -> int:
    """Exit code of a command."""
    with pytest.raises(SystemExit) as stop:
        entry([str(a) for a in arguments])
    return stop.value.code or 0


def run(path: Path, *overrides: str, namelist: Path = QUICK, more: tuple[object, ...] = ()) -> int:
    """Exit code of a run, by default of the quick example, with overrides."""
    sets = [word for override in overrides for word in ("--set", override)]
    return command(run_main, namelist, "--output", path, "--quiet", *more, *sets)


def read(path: Path) -> dict[str, np.ndarray]:
    """All variables, NaN where missing."""
    with netCDF4.Dataset(path) as data:
        return {name: np.ma.filled(v[...], np.nan) if v.dtype.kind == "f"
                else np.ma.getdata(v[...]) for name, v in data.variables.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("capture")


@pytest.fixture(scope="module")
def quick(folder: Path) -> Path:
    path = folder / "quick.nc"
    assert run(path) == 0
    return path


@pytest.fixture(scope="module")
def everything(folder: Path) -> Path:
    path = folder / "everything.nc"
    assert run(path, *EVERYTHING) == 0
    return path


@pytest.mark.parametrize("name", examples("capture"))
def test_example_runs_and_is_consistent(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.nc"
    assert run(path, namelist=NAMELISTS / f"{name}.nml") == 0
    out, err = capsys.readouterr()
    config = read_namelist(NAMELISTS / f"{name}.nml")
    assert str(path) in out and "per second" in out and err == ""
    x = read(path)
    with netCDF4.Dataset(path) as data:
        assert data.complete == 1 and data.n_case == len(x["u"])
        counts = [data.getncattr(f"n_{outcome}") for outcome in OUTCOMES]
    assert counts == np.bincount(x["outcome"], minlength=len(OUTCOMES)).tolist()
    assert counts[OUTCOMES.index("failed")] == 0
    assert counts[CAPTURED] > 0
    assert all(f"{outcome} " in out for outcome, n in zip(OUTCOMES, counts, strict=True) if n)
    t_max, fallen = config["stop"]["t_max"], np.isfinite(x["lifetime"])
    assert np.all(x["t_end"] <= t_max)
    assert np.all(x["t_end"][~fallen] == t_max)
    assert np.array_equal(x["t_end"][fallen], x["lifetime"][fallen])
    assert np.all(np.isin(x["outcome"][fallen], (CAPTURED, FELL, ABLATED)))
    captured = x["outcome"] == CAPTURED
    assert np.all(x["e_end"][captured] < config["stop"]["e_captured"])
    assert np.all(x["e_end"][x["outcome"] == FELL] >= config["stop"]["e_captured"])
    assert np.all(fallen[x["outcome"] == FELL])
    # located as an event: r = radius to round-off of the stored state (measured 2e-14)
    r_end = np.sqrt(x["x"] ** 2 + x["y"] ** 2 + x["z"] ** 2)
    fell = fallen & (x["outcome"] != ABLATED)
    assert np.allclose(r_end[fell], config["planet"]["radius"], rtol=1e-12)
    assert np.array_equal(np.isfinite(x["heating"]), captured | fallen)
    assert np.all(x["n_step"] > 0)


def test_results_are_those_of_the_core_case_by_case(quick: Path) -> None:
    capture = CaptureCore(read_namelist(QUICK))
    x = read(quick)
    n = len(x["u"])
    entries = np.zeros((8, n), order="F")
    entries[:3] = np.reshape(capture.start_point, (3, 1))
    entries[3:6] = x["u"], x["v"], x["w"]
    for name, values in capture.sweep(entries).items():
        assert np.array_equal(x[name], values, equal_nan=True), name


def test_heating_is_energy_per_surface_in_the_published_and_the_own_convention(
    quick: Path
) -> None:
    x = read(quick)
    gave = np.isfinite(x["delta_energy"])
    assert gave.any()
    published = 1e16 * x["delta_energy"] / (4 * np.pi * 1e4**2)
    assert np.allclose(x["heating"][gave], published[gave], rtol=1e-15)
    own = 1850.0 * 1e4 / 3.0 * x["delta_energy"]  # m/(4 pi R^2) = rho R/3
    assert np.allclose(x["heating_body"][gave], own[gave], rtol=1e-15)
    assert np.allclose(x["ablation_bound"][gave], published[gave] / 8.1e6, rtol=1e-15)


def test_scalars_of_the_standard_problem(quick: Path) -> None:
    x = read(quick)
    omega = np.sqrt(1.32712440018e20 / (1.523679 * 1.495978707e11) ** 3)
    r_hill = (4.282837e13 / (3 * omega**2)) ** (1 / 3) / 1e3
    assert x["omega"] == pytest.approx(omega, rel=1e-14)
    assert x["r_hill"] == pytest.approx(r_hill, rel=1e-14)
    assert x["x_start"] == pytest.approx(-r_hill, rel=1e-14)
    assert x["y_start"] == x["z_start"] == 0.0
    assert x["radius"] == 3389.92
    k = 0.375 * 4.9e-3 / (1850.0 * 1e4) * 1.495978707e11 * np.exp(20000 / 12000)
    assert x["k_drag"] == pytest.approx(k, rel=1e-14)


def test_reference_namelist_has_the_constants_of_the_reference_to_round_off() -> None:
    capture = CaptureCore(read_namelist(NAMELISTS / "capture_reference.nml"))
    published = {"gm": 1.268247390738746e-05, "omega": 3.3403430660178555,
                 "radius": 2.270053475935829e-05, "k_drag": 78.67039837695711}
    for name, value in published.items():  # measured: equal to the last bit
        assert capture.constants[name] == pytest.approx(value, rel=1e-15), name
    au = constants()["au"].value
    x, y, z = capture.start_point
    assert x * 1e3 / au == pytest.approx(-0.007235587440273204, rel=1e-15)
    assert y == z == 0.0
    height = capture.config["atmosphere"]["scale_height"]
    assert height * (1e3 / au) == pytest.approx(8.021390374331551e-05, rel=1e-15)


def test_outcomes_are_numbered_as_in_the_core() -> None:
    assert CaptureCore.OUTCOMES == OUTCOMES


def test_every_variable_of_the_schema_is_written_and_every_written_one_is_documented(
    everything: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with netCDF4.Dataset(everything) as data:
        written = {name for name in data.variables if not name.startswith("const_")}
        assert written == {variable.name for variable in VARIABLES}
        conventions = {"Conventions", "title", "source", "history", "references",
                       "comment", "namelist_path"}
        assert set(data.ncattrs()) == set(ATTRIBUTES) | conventions
        assert "Hunten (1979" in data.references
        for variable in data.variables.values():
            assert variable.units and variable.long_name
    assert command(main, "describe", "--output-variables", "--kind", "capture") == 0
    text = capsys.readouterr().out
    assert all(re.search(rf"^{name}\s", text, re.MULTILINE) for name in [*written, *ATTRIBUTES])


def test_variables_that_a_run_does_not_have_are_not_in_its_file(quick: Path) -> None:
    with netCDF4.Dataset(quick) as data:
        assert not {"tau_gas", "t_gas", "a_now", "moon", "t", "energy"} & set(data.variables)
        assert set(data.dimensions) == {"case"}
        assert data["x"].dimensions == ("case",)


@pytest.mark.parametrize("name", ["quick", "everything"])
def test_file_obeys_the_cf_conventions(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    report = tmp_path / "report.txt"
    checker = Path(sys.executable).parent / "compliance-checker"
    subprocess.run([checker, "--test", "cf:1.11", "--format", "text", "--output", report,
                    request.getfixturevalue(name)], check=False, capture_output=True)
    text = report.read_text()
    assert "cf:1.11" in text
    assert not re.search(r"^\s*Errors\s*$", text, re.MULTILINE), text


def test_xarray_reads_cases_flags_and_missing_values(everything: Path) -> None:
    with xr.open_dataset(everything, decode_timedelta=False) as data:
        assert data.outcome.dims == ("case",)
        assert data.outcome.flag_meanings.split() == list(OUTCOMES)
        assert data.outcome.flag_values.tolist() == list(range(len(OUTCOMES)))
        assert data.lifetime.units == "Julian_year"
        assert data.x.dims == ("case", "sample")
        assert set(data.coords) == {"u", "v", "w", "tau_gas", "t_gas", "t"}
        assert set(data.lifetime.coords) == {"u", "v", "w", "tau_gas", "t_gas"}
        assert set(data.energy.coords) == set(data.coords)
        escaped = data.outcome == OUTCOMES.index("escaped")
        assert bool(data.lifetime[escaped].isnull().all())


def test_trajectories_begin_at_the_entry_and_end_at_the_end(
    everything: Path, folder: Path
) -> None:
    x = read(everything)
    short = folder / "short.nc"
    assert run(short, "start.tau_gas=0.1,0.1,1") == 0
    end = read(short)
    assert x["t"].shape == (6, 50)
    assert np.all(x["t"][:, 0] == 0.0) and np.all(np.diff(x["t"]) > 0.0)
    assert np.array_equal(x["t"][:, -1], end["t_end"])
    # conversion AU -> km -> AU -> km: measured 2e-16
    assert np.allclose(x["x"][:, 0], x["x_start"], rtol=1e-15)
    for name in "xyz":
        assert np.allclose(x[name][:, -1], end[name], rtol=1e-12, atol=1e-9), name
    assert np.allclose(x["e"][:, -1], end["e_end"], rtol=1e-12)
    for name in ("outcome", "lifetime", "e_end", "vx", "n_step"):  # the same integration
        assert np.array_equal(x[name], end[name], equal_nan=True), name
    gave = np.isfinite(x["delta_energy"])
    assert np.allclose((x["energy"][:, 0] - x["energy"][:, -1])[gave], x["delta_energy"][gave],
                       rtol=1e-11)


def test_tides_begin_at_the_end_also_where_the_way_is_kept(tmp_path: Path) -> None:
    """The moons of bodies that survive are those of the run without trajectories."""
    found = []
    for name, overrides in (("end", ()), ("way", EVERYTHING[:2])):
        path = tmp_path / f"{name}.nc"
        assert run(path, "start.n_random=20", *overrides,
                   namelist=NAMELISTS / "capture_tides.nml") == 0
        found.append(read(path))
    end, way = found
    assert end["x"].shape == (20,) and way["x"].shape == (20, 50)
    assert np.isfinite(end["a_now"]).sum() > 5
    for name in ("a_now", "e_now"):
        assert np.allclose(way[name], end[name], rtol=1e-9, equal_nan=True), name
    for name in ("moon", "tides_valid"):
        assert np.array_equal(way[name], end[name]), name


def test_the_resolved_namelist_in_the_file_repeats_the_run(quick: Path, tmp_path: Path) -> None:
    with netCDF4.Dataset(quick) as data:
        (tmp_path / "again.nml").write_text(data.namelist)
    assert run(tmp_path / "again.nc", namelist=tmp_path / "again.nml") == 0
    first, second = read(quick), read(tmp_path / "again.nc")
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


def test_no_moon_is_one_whose_tides_are_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "tides.nc"
    assert run(path, "tides.k2_over_q=1e-2", "tides.e_max=0.3", "tides.tolerance=0.3",
               "start.n_random=400", namelist=NAMELISTS / "capture_tides.nml") == 0
    with netCDF4.Dataset(path) as data:
        moon, valid = data["moon"][:], data["tides_valid"][:]
        like = abs(data["a_now"][:] / 23463.2 - 1.0) <= 0.3
        assert np.any((data["e_now"][:] <= 0.3) & like & (valid == 0))
        assert np.all(valid[moon > 0] == 1) and data.n_deimos == np.sum(moon == 2) > 0


def test_who_reads_without_masks_meets_nan_where_a_result_is_missing(quick: Path) -> None:
    with netCDF4.Dataset(quick) as data:
        data.set_auto_mask(False)
        fell = data["outcome"][:] == CAPTURED
        assert np.array_equal(np.isnan(data["lifetime"][:]), ~fell) and not fell.all()
        assert np.nanmax(np.abs(data["tau_1"][:])) < 1e3


def test_nothing_is_heated_without_gas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.nc"
    assert run(path, "atmosphere.model=none") == 0
    assert "heating" not in capsys.readouterr().out
    with netCDF4.Dataset(path) as data:
        assert np.isfinite(data["delta_energy"][:].filled(np.nan)).any()
        for name in ("heating", "heating_body", "ablation_bound"):
            assert np.ma.getmaskarray(data[name][:]).all()


def test_leapfrog_follows_gas_that_is_lost() -> None:
    """With second order, as in gas that lasts."""
    times = []
    for change in (["numerics.dt=2e-5"], ["numerics.dt=1e-5"], []):
        method = ["numerics.method=leapfrog", *change] if change else []
        core = CaptureCore(read_namelist(QUICK, ["atmosphere.tau_gas=5", *method]))
        start = core.start_point
        entry = np.array([[*start, 0.01, 0.01, 0.0, 5.0, 0.0]]).T
        times.append(core.sweep(entry)["e_end"][0])
    assert abs(times[0] - times[2]) / abs(times[1] - times[2]) == pytest.approx(4.0, abs=0.5)


def test_moons_are_what_the_tides_leave_near_their_orbits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tides.nc"
    assert run(path, namelist=NAMELISTS / "capture_tides.nml") == 0
    out = capsys.readouterr().out
    x = read(path)
    bound = (x["outcome"] == CAPTURED) & np.isnan(x["lifetime"])
    assert bound.all()
    capture = CaptureCore(read_namelist(NAMELISTS / "capture_tides.nml"))
    # tides know no turning frame: elements among the stars, 0.3 % from those of the file
    a, e = inertial_orbit(capture, x)
    stars = CaptureCore(read_namelist(NAMELISTS / "capture_tides.nml", ["stop.elements=inertial"]))
    k = np.arange(0, len(bound), 400)
    start = np.zeros((8, len(k)))
    start[0] = stars.start_point[0]
    start[3:] = [x[name][k] for name in ("u", "v", "w", "tau_gas", "t_gas")]
    swept = stars.sweep(start)
    assert a[k] == pytest.approx(swept["a_end"], rel=1e-12)
    assert e[k] == pytest.approx(swept["e_end"], rel=1e-10)
    assert 1e-3 < np.max(np.abs(a / x["a_end"] - 1.0)) < 1e-2
    tides = capture.tides(a, e, x["radius_end"], x["i_end"] > 90.0)
    assert np.array_equal(np.isnan(x["a_now"]), tides["fell"])
    stays = ~tides["fell"]
    assert 0 < stays.sum() < len(bound)
    assert np.array_equal(x["a_now"][stays], tides["a_now"][stays])
    assert np.array_equal(x["e_now"][stays], tides["e_now"][stays])
    assert np.array_equal(x["tides_valid"], tides["valid"])
    moon = np.zeros(len(bound), dtype=int)
    for number, today in ((1, 9375.0), (2, 23458.0)):
        near = np.abs(x["a_now"] / today - 1.0) <= 0.1
        assert near.any()
        moon[near & (x["e_now"] <= 0.1)] = number
    assert np.array_equal(x["moon"], moon)
    # this gas leaves bodies too eccentric where Deimos is
    assert (moon == 1).any() and not (moon == 2).any()
    with netCDF4.Dataset(path) as data:
        assert data.n_bound == bound.sum()
        assert (data.n_phobos, data.n_deimos) == ((moon == 1).sum(), (moon == 2).sum())
    for number, name in ((1, "Phobos"), (2, "Deimos")):
        count = int((moon == number).sum())
        assert f"{count} of {bound.sum()} bound cases are today like {name} (within 10 %" in out
        for case in np.flatnonzero(moon == number)[:10]:
            assert f"    case {case}: u " in out
    invalid = int((~tides["valid"]).sum())
    assert f"note: {invalid} of {bound.sum()} bound cases are too eccentric for the tides" in out
    assert out.count("    case ") == sum(min(10, (moon == k).sum()) for k in (1, 2))


def test_existing_output_is_kept_unless_forced(
    quick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.nc"
    path.write_bytes(quick.read_bytes())
    assert run(path, "start.u=0.01,0.01,1") == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_bytes() == quick.read_bytes()
    assert run(path, "start.u=0.01,0.01,1", more=("--force",)) == 0
    assert len(read(path)["u"]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["x.nc"]


def test_unwritable_target_keeps_the_old_file(quick: Path, tmp_path: Path) -> None:
    script = (
        "from marsdisk import core; from marsdisk.cli.main import run_main;"  # before the limit
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "run_main()"
    )
    path = tmp_path / "run.nc"
    path.write_bytes(quick.read_bytes())
    done = subprocess.run([sys.executable, "-c", script, QUICK, "--output", path, "--force",
                           "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr and "Traceback" not in done.stderr
    assert path.read_bytes() == quick.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["run.nc"]


def test_progress_is_shown_unless_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("marsdisk.runs.progress.LINE_EVERY", 0.0)
    monkeypatch.setattr("marsdisk.runs.capture.FIRST_CHUNK", 2)
    assert command(run_main, QUICK, "--output", tmp_path / "x.nc") == 0
    assert re.search(r"^ 33\.3 %  2 of 6 cases  \d+ per second$", capsys.readouterr().err,
                     re.MULTILINE)


def test_check_passes_converged_cases_and_finds_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(main, "check", QUICK) == 0
    out = capsys.readouterr().out
    assert out.count("ok") == 3 and "6 cases, compared with numerics.rtol=1e-13" in out
    assert command(main, "check", QUICK, "--set", "numerics.rtol=1e-17") == 0
    assert "with numerics.rtol=1e-16 (coarser: no tolerance is tighter" in capsys.readouterr().out
    assert command(main, "check", QUICK, "--set", "numerics.rtol=1e-4") == 4
    assert "MOVES TOO MUCH" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
