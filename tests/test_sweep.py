# SPDX-License-Identifier: BSD-3-Clause
"""A sweep on this machine: same bits as single runs, resumed, retried, shared, in one table."""

from __future__ import annotations

import csv
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from helpers import NAMELISTS
from marsdisk.cli.main import main, run_main
from marsdisk.plots.sweep_output import read
from marsdisk.report.page import report
from marsdisk.sweep import manifest
from marsdisk.sweep.members import DONE, FAILED, OPEN, STOPPED, member_lock, state_now, state_of
from marsdisk.sweep.work import note_failure, work_on
from refusal import refused

QUICK = NAMELISTS / "quick.nml"
SMALL = ("--set", "grains.n_bin=10", "--set", "rings.n_ring=2", "--set", "output.n_out=5")
"""Members of hundredths of a second."""

LONG = ("--set", "rings.n_ring=8", "--set", "grains.n_bin=160", "--set", "output.checkpoint=0.1")
"""With standard.nml, members of one or two seconds with some checkpoints."""

PROGRAM = [sys.executable, "-c", "from marsdisk.cli.main import main; main()", "sweep"]


def sweep(*arguments: object) -> int:
    """Exit code of a sweep without progress, one thread per member."""
    with pytest.raises(SystemExit) as stop:
        main(["sweep", *map(str, arguments), "--quiet", "--threads", "1"])
    return stop.value.code or 0


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of all variables of a file."""
    with netCDF4.Dataset(path) as data:
        return {name: np.ma.getdata(v[...]).tobytes() for name, v in data.variables.items()}


def wait_for_outputs(folder: Path, count: int) -> None:
    """Wait until so many members have written a checkpoint."""
    end = time.monotonic() + 60.0
    while len(list((folder / "members").glob("[!.]*.nc"))) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def rows(folder: Path) -> list[dict[str, str]]:
    """The table of a sweep."""
    with (folder / "results.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete sweep over two keys."""
    folder = tmp_path_factory.mktemp("sweep") / "s"
    assert sweep(QUICK, "--set", "mars.t0=3000,4000,5000", "--set", "collisions.law=two_body,ls12",
                 *SMALL, "--output", folder, "--jobs", 2) == 0
    return folder


@pytest.fixture
def planned(tmp_path: Path) -> manifest.Sweep:
    """A sweep of four members that nobody has begun."""
    from marsdisk.sweep.plan import plan

    found = plan(QUICK, ["mars.t0=3000,3500,4000,5000", *SMALL[1::2]])
    return manifest.put(found, tmp_path / "s", force=False)


def test_members_have_the_bits_of_single_runs(done: Path, tmp_path: Path) -> None:
    loaded = manifest.load(done)
    assert len(loaded.members) == 6
    for member in loaded.members[1:4:2]:
        with pytest.raises(SystemExit):
            run_main([str(loaded.namelist(member)), "--output", str(tmp_path / f"{member.name}.nc"),
                      "--quiet"])
        assert contents(tmp_path / f"{member.name}.nc") == contents(loaded.output(member))


def test_table_has_what_varies_and_what_came_out(done: Path) -> None:
    table = rows(done)
    loaded = manifest.load(done)
    assert [row["name"] for row in table] == [member.name for member in loaded.members]
    assert {row["state"] for row in table} == {"done"}
    for row, member in zip(table, loaded.members, strict=True):
        assert float(row["mars_t0"]) == member.values["mars.t0"]
        assert row["collisions_law"] == member.values["collisions.law"]
        with netCDF4.Dataset(loaded.output(member)) as data:
            assert float(row["m_loss_mars"]) == data.m_loss_mars
            assert float(row["m_blow_last"]) == data["m_blow"][-1]
            assert float(row["max_mass_residual"]) == data["mass_residual"][:].max()
            assert float(row["m_removed0"]) == data["m_removed0"][...]
            for name in ("m_in", "m_out"):  # what the loss leaves out, with transport on
                assert float(row[f"{name}_last"]) == data[name][-1]
            assert row["stop_reason"] == data.stop_reason
            assert int(row["n_step"]) == data.n_step
    assert len({row["m_loss_mars"] for row in table}) == 6


def test_netcdf_table_is_the_csv_and_can_be_read_by_xarray(done: Path) -> None:
    with xr.open_dataset(done / "results.nc") as data:
        assert data.sizes == {"member": 6}
        for row, k in zip(rows(done), range(6), strict=True):
            assert str(data.member_name[k].item()) == row["name"]
            assert data.mars_t0[k] == float(row["mars_t0"])
            assert data.m_loss_mars[k] == float(row["m_loss_mars"])
            assert str(data.collisions_law[k].item()) == row["collisions_law"]
        assert data.m_blow_last.units == "kg" and data.m_blow_last.scalar == "m_blow[-1]"
        assert data.mars_t0.namelist_key == "mars.t0" and data.mars_t0.units == "K"
        cube = data.set_index(member=["mars_t0", "collisions_law"]).unstack("member")
        assert cube.m_loss_mars.shape == (3, 2)


def test_netcdf_table_obeys_the_cf_conventions(done: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    checker = Path(sys.executable).parent / "compliance-checker"
    subprocess.run([checker, "--test", "cf:1.11", "--format", "text", "--output", report,
                    done / "results.nc"], check=False, capture_output=True)
    text = report.read_text()
    assert "cf:1.11" in text
    assert not re.search(r"^\s*Errors\s*$", text, re.MULTILINE), text


def test_complete_members_are_left_alone(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (done / "members").iterdir()}
    assert sweep(done) == 0
    assert "6 of 6 members done" in capsys.readouterr().out
    assert sweep(QUICK, "--set", "mars.t0=3000,4000,5000", "--set",
                 "collisions.law=two_body,ls12", *SMALL, "--output", done) == 0
    assert sweep(done, "--member", "0-5") == 0
    assert "done already" in capsys.readouterr().out
    assert {path.name: path.stat().st_mtime_ns for path in (done / "members").iterdir()} == before


def test_chosen_columns(done: Path) -> None:
    wanted = "sum(mdot_blow),m_loss[0],min(t_mars),mean(tau_los),julian_year,s_blow[-9]"
    assert sweep(done, "--table", "--scalars", wanted) == 0
    table, loaded = rows(done), manifest.load(done)
    assert list(table[0])[5:-1] == ["sum_mdot_blow", "m_loss_first", "min_t_mars", "mean_tau_los",
                                    "julian_year", "s_blow_minus_9"]
    with netCDF4.Dataset(loaded.output(loaded.members[2])) as data:
        assert float(table[2]["sum_mdot_blow"]) == data["mdot_blow"][:].sum()
        assert float(table[2]["mean_tau_los"]) == pytest.approx(data["tau_los"][:].mean(), 1e-14)
    assert {row["s_blow_minus_9"] for row in table} == {""}  # there are six outputs
    assert sweep(done) == 0  # back to the columns that the sweep was planned with
    assert "m_loss_mars" in rows(done)[0]


def test_capture_runs_and_lists_of_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    assert sweep(NAMELISTS / "capture_quick.nml", "--set", "start.u=0.01,0.05,2;0.03,0.05,3",
                 "--set", "body.radius=1,10", "--output", folder) == 0
    table = rows(folder)
    assert [row["start_u"] for row in table] == ["0.01 0.05 2"] * 2 + ["0.03 0.05 3"] * 2
    assert [int(row["n_case"]) for row in table] == [4, 4, 6, 6]
    for row in table:
        fates = ("escaped", "captured", "fell_before_capture", "undecided", "ablated", "failed")
        assert sum(int(row[f"n_{fate}"]) for fate in fates) == int(row["n_case"])
        with netCDF4.Dataset(folder / "members" / f"{row['name']}.nc") as data:
            assert int(row["n_step"]) == data.n_step == data["n_step"][:].sum()  # of all cases
    with xr.open_dataset(folder / "results.nc") as data:
        assert data.start_u.dims == ("member", "start_u_number")
        assert data.start_u.units == "au Julian_year-1"


def test_lists_of_different_lengths(tmp_path: Path) -> None:
    """They are texts in the table, which figures and pages can show."""
    folder = tmp_path / "ends"
    assert sweep(NAMELISTS / "quick.nml", "--set", "handover.t_end=0.01,0.02;0.05", *SMALL,
                 "--jobs", "1", "--output", folder) == 0
    assert [row["handover_t_end"] for row in rows(folder)] == ["0.01 0.02", "0.05"]
    with xr.open_dataset(folder / "results.nc") as data:
        assert data.handover_t_end.values.tolist() == ["0.01 0.02", "0.05"]
    column = read(folder / "results.nc").direction("handover_t_end")
    assert column.ticks == ("0.01 0.02", "0.05") and column.label.endswith("[yr]")
    assert "0.01 0.02" in report(folder)


def test_another_sweep_is_refused_and_replaced_by_force(
    done: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "s"
    assert sweep(QUICK, "--set", "mars.t0=3000,4000", *SMALL, "--output", folder) == 0
    capsys.readouterr()
    kept = folder / "members/quick_0_t0-3000.nc"
    before = kept.stat().st_mtime_ns
    message = refused(capsys, "sweep", str(QUICK), "--set", "mars.t0=3000,5000", *SMALL, "--output",
                      str(folder))
    assert "holds another sweep: 2 runs of quick over mars.t0" in message
    assert sweep(QUICK, "--set", "mars.t0=3000,5000", *SMALL, "--output", folder, "--force") == 0
    assert kept.stat().st_mtime_ns == before
    assert sorted(path.name for path in (folder / "members").glob("*.nc")) == [
        "quick_0_t0-3000.nc", "quick_1_t0-5000.nc"]
    # the same names, but other runs: their outputs go
    assert sweep(QUICK, "--set", "mars.t0=3000,5000", *SMALL, "--set", "surface.tau0=0.5",
                 "--output", folder, "--force") == 0
    assert kept.stat().st_mtime_ns != before
    assert {row["state"] for row in rows(folder)} == {"done"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_sweep_goes_on_bit_for_bit(number: int, tmp_path: Path) -> None:
    arguments = [NAMELISTS / "standard.nml", "--set", "mars.t0=4000,5000,6000", *LONG]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    process = subprocess.Popen(
        [*PROGRAM, *arguments, "--output", parts, "--jobs", "2", "--threads", "1"],
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for_outputs(parts, 1)
    # Ctrl-C reaches every process of the terminal, SIGTERM only the one that was named
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 3, error
    assert "go on with: marsdisk sweep" in error and "Traceback" not in error
    loaded = manifest.load(parts)
    states = [state_of(loaded, member).name for member in loaded.members]
    assert STOPPED in states and set(states) <= {STOPPED, OPEN}
    assert sweep(parts) == 0
    assert sweep(*arguments, "--output", whole) == 0
    for member in loaded.members:
        assert contents(parts / f"members/{member.name}.nc") == \
            contents(whole / f"members/{member.name}.nc")


def test_wall_limit_ends_with_3(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    code = sweep(NAMELISTS / "standard.nml", "--set", "mars.t0=4000,5000", *LONG, "--output",
                 folder, "--wall", "0.5")
    assert code == 3
    assert {row["state"] for row in rows(folder)} <= {"stopped", "open"}
    assert sweep(folder, "--member", "1", "--wall", "0.05") == 3
    loaded = manifest.load(folder)
    assert state_of(loaded, loaded.members[1]).name == STOPPED


def test_failed_members_are_reported_and_tried_again(
    planned: manifest.Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    member = planned.members[1]
    planned.output(member).mkdir()  # it cannot be written
    assert sweep(planned.folder, "--jobs", 2) == 1
    out, err = capsys.readouterr()
    assert "3 of 4 members done, 1 failed" in out
    assert f"failed: {member.name}: {planned.output(member)} cannot be written" in out
    assert "--retry-failed" in err
    table = rows(planned.folder)
    assert [row["state"] for row in table] == ["done", "failed", "done", "done"]
    assert "cannot be written" in table[1]["reason"] and table[1]["m_loss_mars"] == ""
    planned.output(member).rmdir()
    assert sweep(planned.folder) == 1  # not without being asked
    assert sweep(planned.folder, "--member", "1") == 1
    assert sweep(planned.folder, "--retry-failed") == 0
    assert {row["state"] for row in rows(planned.folder)} == {"done"}
    assert not planned.failure(member).exists()


def test_a_failure_in_the_output_itself_begins_again(planned: manifest.Sweep) -> None:
    member = planned.members[0]
    assert sweep(planned.folder, "--member", "0") == 0
    whole = contents(planned.output(member))
    with netCDF4.Dataset(planned.output(member), "a") as data:
        data.setncatts({"complete": 0, "stop_reason": "failed: step size below round-off"})
    assert state_of(planned, member).name == FAILED
    assert sweep(planned.folder, "--member", "0", "--retry-failed") == 0
    assert contents(planned.output(member)) == whole


def test_output_that_is_not_that_of_the_member_is_made_again(planned: manifest.Sweep) -> None:
    member = planned.members[0]
    assert sweep(planned.folder, "--member", "0-1") == 0
    whole = contents(planned.output(member))
    planned.output(member).write_bytes(planned.output(planned.members[1]).read_bytes())
    assert state_of(planned, member).name == OPEN
    planned.output(planned.members[1]).write_bytes(b"damaged")
    assert state_of(planned, planned.members[1]).name == OPEN
    assert sweep(planned.folder) == 0
    assert contents(planned.output(member)) == whole


def test_stopped_member_of_another_version_begins_again(planned: manifest.Sweep) -> None:
    member = planned.members[0]
    assert sweep(planned.folder, "--member", "0") == 0
    whole = contents(planned.output(member))
    with netCDF4.Dataset(planned.output(member), "a") as data:
        data.setncatts({"complete": 0, "stop_reason": "running", "marsdisk_version": "0.0.1"})
    assert state_of(planned, member).name == STOPPED
    assert sweep(planned.folder, "--member", "0") == 0
    assert contents(planned.output(member)) == whole


def test_builds_that_differ_are_noted(
    planned: manifest.Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(planned.folder) == 0
    with netCDF4.Dataset(planned.output(planned.members[0]), "a") as data:
        data.setncattr("git_hash", "other")
    assert sweep(planned.folder, "--table") == 0
    assert "the members were run by 2 builds" in capsys.readouterr().out


def test_a_killed_worker_costs_only_its_member(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    process = subprocess.Popen(
        [*PROGRAM, NAMELISTS / "standard.nml", "--set", "mars.t0=4000,4500,5000", *LONG, "--output",
         folder, "--jobs", "2", "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    wait_for_outputs(folder, 2)
    found = subprocess.run(["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process.pid)],
                           capture_output=True, text=True, check=False).stdout
    workers = [int(line.split()[0]) for line in found.splitlines() if "spawn_main" in line]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "2 of 3 members done, 1 failed" in out and "killed by SIGKILL" in out
    assert sweep(folder, "--retry-failed") == 0


def test_a_member_is_claimed_by_one_process(planned: manifest.Sweep) -> None:
    namelist = planned.namelist(planned.members[0])
    with member_lock(namelist) as first, member_lock(namelist) as second:
        assert first and not second
        assert sweep(planned.folder, "--member", "0") == 3
        assert not planned.output(planned.members[0]).exists()
        assert sweep(planned.folder, "--table") == 3
        assert [row["state"] for row in rows(planned.folder)] == ["running", *["open"] * 3]
    with member_lock(namelist) as third:
        assert third


def test_a_look_does_not_keep_a_member_from_its_worker(planned: manifest.Sweep) -> None:
    """Those who look do not hinder one another, and a worker only waits for them."""
    member = planned.members[0]
    looking, seen = threading.Event(), threading.Event()

    def look() -> None:
        with member_lock(planned.namelist(member), look=True) as idle:
            assert idle
            looking.set()
            seen.wait(0.3)

    thread = threading.Thread(target=look)
    thread.start()
    assert looking.wait(10.0)
    assert state_now(planned, member).name == OPEN
    assert work_on(planned, member, threads=1).state == DONE
    thread.join()


def test_a_note_that_could_not_be_written_is_no_failure(planned: manifest.Sweep) -> None:
    """On a full disk a member stays open; a note is whole or not there."""
    member = planned.members[0]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        note_failure(planned, member, "why")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((planned.folder / "members").glob("*failed*"))
    assert not list((planned.folder / "members").glob(".*"))
    planned.failure(member).touch()  # left by an earlier version
    assert state_of(planned, member).name == OPEN
    note_failure(planned, member, "why")
    assert (state_of(planned, member).name, state_of(planned, member).reason) == (FAILED, "why")


def test_a_look_at_a_sweep_without_a_namelist(
    planned: manifest.Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    planned.namelist(planned.members[1]).unlink()
    assert sweep(planned.folder, "--table") == 3
    assert "0 of 4 members done, 4 open" in capsys.readouterr().out


def test_two_processes_share_a_sweep(tmp_path: Path) -> None:
    from marsdisk.sweep.plan import plan

    found = plan(NAMELISTS / "standard.nml", ["mars.t0=3000,3500,4000,4500,5000",
                                              "rings.n_ring=2", "grains.n_bin=40"])
    loaded = manifest.put(found, tmp_path / "s", force=False)
    last, order = len(loaded.members) - 1, []
    for members in (f"0-{last}", ",".join(str(k) for k in range(last, -1, -1))):
        order.append(subprocess.Popen([*PROGRAM, loaded.folder, "--member", members, "--threads",
                                       "1"], stdout=subprocess.PIPE, text=True))
    said = "".join(process.communicate(timeout=120)[0] for process in order)
    begun = re.findall(r"^(\S+): begun, done", said, re.MULTILINE)
    assert sorted(begun) == [member.name for member in loaded.members]


def test_reuse_of_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sweep(QUICK, "--set", "mars.t0=3000,4000", *SMALL) == 0
    assert sorted(path.name for path in Path("output/quick_sweep").iterdir()) == [
        "manifest.json", "members", "results.csv", "results.nc"]
    assert sorted(path.name for path in Path("output/quick_sweep/members").iterdir()) == [
        "quick_0_t0-3000.nc", "quick_0_t0-3000.nml", "quick_1_t0-4000.nc", "quick_1_t0-4000.nml"]
