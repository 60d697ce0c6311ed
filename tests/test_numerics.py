# SPDX-License-Identifier: BSD-3-Clause
"""The numerics keep what they promise: order, tolerance, closure, convergence, reproducibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import ONE_RING, YEAR, configuration, finish, loss, run_core
from marsdisk import core
from marsdisk.core import DiskCore, DiskState
from marsdisk.errors import StoppedEarly
from marsdisk.runs import disk as disk_run
from marsdisk.runs.disk import mass_residual, surface_residual

RUNS = {
    "column": ("", []),
    "thin": ("", ["radiation.exposure=thin"]),
    "grey": ("constant_grey", []),
    "grey_thin": ("constant_grey", ["radiation.exposure=thin"]),
}
"""Whole runs of one ring: cooling Mars and Mie grains, or constant T and grey grains."""


def steps_of(state: DiskState) -> int:
    """Accepted steps of the first ring."""
    return int(state.flag[DiskCore.FLAGS.index("accepted"), 0])


# ---- time ----------------------------------------------------------------------------------------

def test_rodas4_has_order_four() -> None:
    """Equal steps through a cascade that is fed faster and faster: the error falls as h^4."""
    given = [*ONE_RING, "stop.t_end=0.01", "grains.s_min=1e-2", "grains.n_bin=12",
             "grains.psd=power_law", "surface.sigma0=100", "radiation.blowout=F",
             "collisions.bottom=lost", "collisions.e_profile=const", "collisions.e=0.05",
             "supply.mode=powerlaw", "supply.source=external", "supply.index=3",
             "supply.amplitude=100"]
    _, exact, _ = run_core("", [*given, "numerics.rtol=1e-12", "numerics.atol=1e-16"])
    # with a tolerance that accepts every step, a step reaches as far as it is asked to
    disk = DiskCore(configuration("", [*given, "numerics.rtol=0.1", "numerics.atol=1e6"]))
    errors = []
    for count in (8, 16, 32, 64):
        state = disk.start()
        for t in np.linspace(0.0, disk.t_stop, count + 1)[1:]:
            state.control[1] = disk.t_stop / count
            finish(disk, state, t)
        assert steps_of(state) == count
        errors.append(np.abs(state.y - exact.y)[:12].max())
    assert (np.log2(np.array(errors[:-1]) / errors[1:]) > 3.8).all()
    assert errors[-1] < 1e-6 * exact.y[:12].max()


def test_error_follows_the_tolerance() -> None:
    """With rtol the error falls at about rtol and the steps grow at most as rtol^(-1/3)."""
    _, exact, _ = run_core("constant_grey", ["grains.n_bin=40", "stop.t_end=0.1",
                                             "numerics.rtol=1e-11", "numerics.atol=1e-13"])
    errors, steps = [], []
    for rtol in (1e-4, 1e-6, 1e-8):
        disk, state, _ = run_core("constant_grey", [
            "grains.n_bin=40", "stop.t_end=0.1", f"numerics.rtol={rtol}"])
        errors.append(abs(loss(disk, state.y)[0] / loss(disk, exact.y)[0] - 1.0))
        steps.append(steps_of(state))
        assert errors[-1] < rtol
    assert errors[0] > 30.0 * errors[1] > 900.0 * errors[2]
    # fourth order with a stiff cascade: error ~ steps^-3 or better
    assert -np.polyfit(np.log(steps), np.log(errors), 1)[0] > 3.0


@pytest.mark.parametrize("name", [
    "standard", "linear", "constant_grey", "thin", "mixing", "external_supply", "surface_energy",
    "sublimation", "vapour", "ls12"])
def test_tenth_of_the_tolerance_does_not_move_the_loss(name: str) -> None:
    """Every example, one ring, to its end: by less than 1e-4."""
    found = []
    for rtol in (1e-4, 1e-5):
        disk, state, _ = run_core(name, [*ONE_RING, f"numerics.rtol={rtol}"])
        found.append(loss(disk, state.y)[0])
    assert found[0] == pytest.approx(found[1], rel=1e-4)


# ---- mass ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "standard", "constant_grey", "mixing", "external_supply", "surface_energy", "sublimation",
    "vapour", "ls12"])
def test_every_example_closes_and_loses_no_more_than_it_has(name: str) -> None:
    """All rings: mass residual 1e-12; M_loss <= initial surface and vapour + supplied."""
    disk, state, initial = run_core(name, [
        "stop.t_end=0.3", *([] if name == "constant_grey" else ["rings.n_ring=3"]),
        "grains.n_bin=24"])
    assert mass_residual(disk, state.y, initial) < 1e-14
    assert surface_residual(disk, state.y, initial) < 1e-14
    had = (disk.row(initial, "surface") + disk.row(initial, "vapour")
           + disk.row(state.y, "supplied"))
    assert (loss(disk, state.y) <= had * (1.0 + 1e-12)).all()
    assert (loss(disk, state.y) > 0.0).all()
    assert (state.y[: disk.n_bin] >= 0.0).all()


def test_mass_residual_is_round_off_and_not_tolerance() -> None:
    """It neither follows rtol nor grows faster than round-off adds up over the steps."""
    residuals, steps = [], []
    for rtol in (1e-3, 1e-5, 1e-7):
        disk, state, initial = run_core("", [*ONE_RING, "grains.n_bin=20", "stop.t_end=0.3",
                                             f"numerics.rtol={rtol}"])
        residuals.append(mass_residual(disk, state.y, initial))
        steps.append(steps_of(state))
    eps = np.finfo(float).eps
    assert steps[-1] > 10 * steps[0]
    # each step may round the deep layer, which is most of the mass, once or twice
    assert all(found <= 2.0 * eps * count for found, count in zip(residuals, steps, strict=True))


def test_surface_closes_on_its_own_throughput() -> None:
    """The deep layer is 1e7 times heavier than the surface: that residual would hide anything."""
    disk, state, initial = run_core("", [*ONE_RING, "grains.n_bin=20"])
    assert disk.row(initial, "deep")[0] > 1e5 * disk.row(initial, "surface")[0]
    assert surface_residual(disk, state.y, initial) < 1e-14


# ---- bins ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("case", RUNS)
def test_doubling_forty_bins_moves_the_loss_by_less_than_one_per_cent(case: str) -> None:
    """And the change from doubling falls at first order or better."""
    name, given = RUNS[case]
    found = []
    for n_bin in (20, 40, 80, 160):
        disk, state, _ = run_core(name, [*ONE_RING, *given, f"grains.n_bin={n_bin}"])
        found.append(loss(disk, state.y)[0])
    changes = np.abs(np.diff(found))
    assert changes[1] < 0.01 * found[1]
    assert np.log2(changes[1] / changes[2]) > 1.0
    # 20 bins are few, but they are on their way to the same limit
    assert changes.sum() < 0.03 * found[-1]


GROWING = {
    "first_week": ("", ["stop.t_end=0.02"], 0.02),
    "thin_without_supply": ("thin", [], 0.005),
    "slow_without_supply": ("", ["rings.r_in=1.09", "rings.r_out=1.11", "supply.mode=none",
                                 "stop.t_end=0.3"], 0.02),
}
"""Runs that end while dust still grows by erosion, and the error of 40 bins that is allowed [1]."""


@pytest.mark.parametrize("case", GROWING)
def test_forty_bins_are_enough_while_dust_grows(case: str) -> None:
    """The rate at which boulders erode is in the exponent: 160 bins agree."""
    name, given, allowed = GROWING[case]
    one = [x for x in ONE_RING if not any(g.split("=")[0] == x.split("=")[0] for g in given)]
    coarse, fine = (run_core(name, [*one, *given, f"grains.n_bin={n}"]) for n in (40, 160))
    found, expected = (loss(disk, state.y)[0] * disk.kappa0 for disk, state, _ in (coarse, fine))
    assert found == pytest.approx(expected, rel=allowed)


# ---- rings, threads, chunks ----------------------------------------------------------------------

def test_ring_of_a_disk_is_the_run_of_that_ring_alone() -> None:
    """The 0-D model and a 1-D run agree to the last bit, supply and vapour included."""
    given = ["sublimation.active=T", "stop.t_end=0.02", "grains.n_bin=16", "surface.tau0=0.1"]
    disk, state, _ = run_core("", [*given, "rings.n_ring=4", "rings.r_in=1.5", "rings.r_out=2.5"])
    found = 0
    for ring in range(4):
        edges = (disk.r_edges[ring: ring + 2] / 3.3895e6).tolist()
        # as much mass per area as that ring of the disk has
        share = 3.0e-5 * disk.area[ring] / disk.area.sum()
        alone, single, _ = run_core("", [
            *given, "rings.n_ring=1", f"rings.r_in={edges[0]!r}", f"rings.r_out={edges[1]!r}",
            f"deep.m_in={float(share)!r}"])
        assert alone.r[0] == pytest.approx(disk.r[ring], rel=1e-15)
        assert np.allclose(single.y[:, 0], state.y[:, ring], rtol=1e-9, atol=1e-12)
        found += alone.r[0] == disk.r[ring] and np.array_equal(
            single.y[: alone.n_bin, 0], state.y[: alone.n_bin, ring])
    assert found >= 1


@pytest.fixture
def threads() -> Iterator[None]:
    """Gives the number of threads back."""
    before = core.max_threads()
    yield
    core.set_threads(before)


@pytest.mark.parametrize("name", ["quick", "vapour"])
def test_number_of_threads_changes_no_bit(name: str, threads: None) -> None:
    found = []
    for count in (1, 2, 3):
        core.set_threads(count)
        _, state, _ = run_core(name, ["rings.n_ring=5", "stop.t_end=0.02", "grains.n_bin=21"])
        found.append(state)
    for other in found[1:]:
        assert np.array_equal(found[0].y, other.y)
        assert np.array_equal(found[0].control, other.control)
        assert np.array_equal(found[0].flag, other.flag)


@pytest.mark.parametrize("name", ["quick", "vapour", "ls12"])
def test_chunks_of_wall_time_change_no_bit(name: str) -> None:
    """A budget of nothing stops after every step: the same steps are taken."""
    disk = DiskCore(configuration(name, ["rings.n_ring=3", "stop.t_end=0.01", "grains.n_bin=20"]))
    whole, pieces = disk.start(), disk.start()
    finish(disk, whole, disk.t_stop)
    chunks = 1
    while not disk.advance(pieces, disk.t_stop, 0.0):
        chunks += 1
    assert chunks >= 10
    for a, b in ((whole.y, pieces.y), (whole.control, pieces.control), (whole.flag, pieces.flag)):
        assert np.array_equal(a, b)


# ---- stop and resume -----------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["quick", "vapour"])
def test_resumed_run_writes_the_same_bytes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped by the wall limit again and again, then resumed: every variable is the same."""
    config = configuration(name, [
        "rings.n_ring=3", "stop.t_end=0.02", "grains.n_bin=20", "output.n_out=12"])
    whole, parts = tmp_path / "whole.nc", tmp_path / "parts.nc"
    disk_run.run(config, whole, force=False, threads=1, quiet=True, wall=None)
    monkeypatch.setattr(disk_run, "CHUNK", 0.0)      # look up after every step
    stops = 0
    with pytest.raises(StoppedEarly):
        disk_run.run(config, parts, force=False, threads=1, quiet=True, wall=0.0)
    while True:
        stops += 1
        try:
            disk_run.resume(parts, threads=2, quiet=True, wall=0.0)
        except StoppedEarly:
            if stops == 8:
                break
            continue
        break
    assert stops == 8
    disk_run.resume(parts, threads=1, quiet=True, wall=None)
    with netCDF4.Dataset(whole) as a, netCDF4.Dataset(parts) as b:
        assert a.variables.keys() == b.variables.keys()
        assert a.complete == b.complete == 1
        for key in a.variables:
            a[key].set_auto_mask(False)
            b[key].set_auto_mask(False)
            assert a[key][...].tobytes() == b[key][...].tobytes(), key
        assert a["time"][-1] == pytest.approx(0.02 * YEAR, rel=1e-15)


def test_restored_run_depends_on_nothing_but_its_checkpoint(tmp_path: Path) -> None:
    """Begin, stop, restore: the state is that of the file, to the bit."""
    config = configuration("quick", ["rings.n_ring=2", "grains.n_bin=16"])
    path = tmp_path / "run.nc"
    with pytest.raises(StoppedEarly):
        disk_run.run(config, path, force=False, threads=1, quiet=True, wall=0.0)
    first, second = disk_run.DiskRun.restore(path), disk_run.DiskRun.restore(path)
    assert first.state.control[0].min() > 0.0
    for run in (first, second):
        finish(run.disk, run.state, float(run.times[-1]))
    assert np.array_equal(first.state.y, second.state.y)
    assert np.array_equal(first.initial, disk_run.DiskRun.begin(config).initial)
