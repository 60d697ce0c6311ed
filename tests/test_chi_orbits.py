# SPDX-License-Identifier: BSD-3-Clause
"""Blow-out from orbits: the table against Kepler's closed forms, and a run against the table."""

from __future__ import annotations

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from helpers import ONE_RING, configuration, finish, loss, run_core
from marsdisk import core, physics
from marsdisk.cli.main import main
from marsdisk.core import DiskCore
from marsdisk.errors import InputError
from marsdisk.prep import blowout
from marsdisk.prep.blowout import beta_of, blowout_table
from marsdisk.prep.blowout_table import SHIPPED_TABLE, BlowoutTable, read_blowout_table
from marsdisk.runs import run
from marsdisk.runs.angular_momentum import angular_momentum
from refusal import refused

R, GM = 3.3895e6, 4.282837e13

ORBITS = "radiation.chi_mode=orbits"
CROSSING = (ORBITS, "collisions.e_profile=const", "collisions.e=0.5")
"""Pericentres inside Mars for r < 2 R: some of what is unbound falls."""

E, DIVE, EXIT, GRADE = (0.0, 0.3, 0.7), (0.0, 0.3), (1.0, 1.5, 4.0), (0.3, 0.8, 1.0, 1.3, 1.9)


@pytest.fixture(scope="module")
def table() -> BlowoutTable:
    return blowout_table(E, dive=DIVE, exit=EXIT, grade=GRADE)


@pytest.fixture(scope="module")
def shipped() -> BlowoutTable:
    return read_blowout_table()


# ---- Kepler's problem with G M (1 - beta), in closed form; lengths in a, times in 1/Omega ------

class Kepler:
    """Grains released at eccentric anomaly `anomaly` (n) from parents of eccentricity `e`."""

    def __init__(self, anomaly: np.ndarray, e: float, beta: float) -> None:
        self.r = 1.0 - e * np.cos(anomaly)
        self.out = np.where(anomaly < 0.0, -1.0, 1.0)
        self.mu, self.h2 = 1.0 - beta, 1.0 - e * e
        self.energy = (1.0 / self.r - 0.5) - self.mu / self.r
        self.q = self.h2 / (self.mu + np.sqrt(self.mu**2 + 2.0 * self.energy * self.h2))

    def from_pericentre(self, r: np.ndarray | float) -> np.ndarray:
        """Time from the pericentre to r on a hyperbola around an attractor or a repeller."""
        energy2 = 2.0 * self.energy
        rate = np.sqrt(np.maximum(energy2 * r * r + 2.0 * self.mu * r - self.h2, 0.0))
        angle = (np.sqrt(energy2) * rate + energy2 * r + self.mu) / np.sqrt(
            self.mu**2 + energy2 * self.h2)
        return rate / energy2 - self.mu * energy2**-1.5 * np.log(angle)

    def time_out(self, radius: float) -> np.ndarray:
        """Time from the release to the passage of `radius` outward."""
        return self.from_pericentre(radius) - self.out * self.from_pericentre(self.r)

    def time_in(self, radius: float) -> np.ndarray:
        """Time from a release on the way in to the passage of `radius`."""
        return self.from_pericentre(self.r) - self.from_pericentre(radius)


def averages(e: float, dive: float, grade: float, exit: float) -> tuple[float, float, float]:
    """Unbound fraction, fraction that hits Mars and chi by brute force over the orbit."""
    anomaly = np.pi * (np.arange(40000) + 0.5) / 20000.0 - np.pi
    radius = 1.0 - e * np.cos(np.pi * dive) if dive else 0.0
    anomaly = anomaly[1.0 - e * np.cos(anomaly) > radius]
    grains = Kepler(anomaly, e, beta_of(grade, e, dive))
    unbound = grains.energy > 1e-9
    with np.errstate(invalid="ignore"):
        hits = unbound & (grains.q < radius) & (anomaly < 0.0)
        time = np.where(hits, grains.time_in(radius), grains.time_out((1.0 + e) * exit))
    w = 1.0 - e * np.cos(anomaly)      # time per anomaly
    return (w @ unbound / w.sum(), w @ hits / w.sum(),
            w[unbound] @ time[unbound] / w[unbound].sum())


@pytest.mark.parametrize("e", E[1:])
@pytest.mark.parametrize("dive", DIVE)
def test_averages_are_those_of_keplers_closed_forms(
    table: BlowoutTable, e: float, dive: float
) -> None:
    """The integrator and the quadrature over phases, against hyperbolas without either."""
    a, b = E.index(e), DIVE.index(dive)
    for c, grade in enumerate(GRADE):
        for k, exit in enumerate(EXIT):
            unbound, mars, chi = averages(e, dive, grade, exit)
            assert table.unbound[a, b, c] == pytest.approx(unbound, abs=2e-4)
            assert table.mars[a, b, c] == pytest.approx(mars, abs=1e-3)
            assert table.chi[a, b, k, c] == pytest.approx(chi, rel=2e-3)


def test_unbound_fraction_of_an_eccentric_orbit(table: BlowoutTable, shipped: BlowoutTable) -> None:
    """beta >= r/2a: nothing below (1-e)/2, all above (1+e)/2, Kepler's equation in between."""
    for e, dive, beta, unbound in ((0.5, 0.0, 0.25, 0.0), (0.5, 0.0, 0.75, 1.0)):
        k = shipped.e.tolist().index(e)
        at = shipped.grade.tolist().index(unbound)
        assert shipped.beta[k, 0, at] == pytest.approx(beta, rel=1e-5)
        assert shipped.unbound[k, 0, at] == pytest.approx(unbound, abs=1e-5)
    k = shipped.e.tolist().index(0.5)
    half = np.interp(0.5, shipped.beta[k, 0], shipped.unbound[k, 0])
    assert half == pytest.approx(0.5 - 0.5 / np.pi, abs=1e-3)
    for k, e in enumerate(shipped.e):
        part = shipped.grade <= 1.0
        last = np.pi * shipped.grade[part]
        expected = (last - e * np.sin(last)) / np.pi
        assert shipped.unbound[k, 0, part] == pytest.approx(expected, abs=2e-5)
        assert np.all(shipped.unbound[k, 0, ~part] == pytest.approx(1.0, abs=2e-5))


def test_circular_parents(table: BlowoutTable) -> None:
    """beta = 1/2 is a parabola with its pericentre at a: chi = 2 (w + w^3/3), w^2 = exit - 1."""
    w = np.sqrt(table.exit - 1.0)
    for c in range(3):
        assert table.chi[0, 0, :, c] == pytest.approx(2.0 * (w + w**3 / 3.0), rel=1e-6, abs=1e-8)
    assert not table.mars[0].any()


def test_straight_lines_and_strong_light() -> None:
    """beta = 1: no force, chi = sqrt(exit^2 - 1). beta -> inf: pushed out from rest."""
    for e, grade, exit in ((0.0, 2.0 - np.sqrt(0.5), 2.0), (0.6, 2.0 - np.sqrt(0.8), 1.7)):
        found = blowout_table([e], dive=[0.0], exit=[exit], grade=[grade])
        assert found.beta[0, 0, 0] == pytest.approx(1.0, rel=1e-12)
        anomaly = np.pi * (np.arange(20000) + 0.5) / 10000.0 - np.pi
        r, x = 1.0 - e * np.cos(anomaly), (1.0 + e) * exit
        radial, speed2 = e * np.sin(anomaly) / r, 2.0 / r - 1.0
        time = (np.sqrt((r * radial) ** 2 + speed2 * (x * x - r * r)) - r * radial) / speed2
        assert found.chi[0, 0, 0, 0] == pytest.approx((r * time).mean(), rel=5e-4)
    found = blowout_table([0.0], dive=[0.0], exit=[2.0], grade=[1.995])
    limit = np.sqrt(0.5) * (np.sqrt(2.0) + np.log(np.sqrt(2.0) + 1.0))
    scaled = found.chi[0, 0, 0, 0] * np.sqrt(found.beta[0, 0, 0])
    assert scaled == pytest.approx(limit, rel=2e-4)


def test_nothing_hits_mars_when_the_parents_clear_it() -> None:
    """Light adds energy inside the release at one angular momentum: no pericentre moves inward."""
    problem = blowout._problem()
    anomaly = -np.linspace(0.0, np.pi, 60)
    for e in (0.3, 0.9):
        for beta in (0.5 * (1.0 + e), 2.0, 40.0):
            flight = blowout._fly(problem, e, beta, anomaly, 4.0)
            assert flight.r_min.min() > (1.0 - e) * (1.0 - 1e-12)
            kepler = Kepler(anomaly[:-1], e, beta)    # at the apocentre the last one is a parabola
            assert flight.r_min[:-1] == pytest.approx(kepler.q, rel=1e-8)


def test_way_through_the_disk() -> None:
    """Mid-plane crossings and optical depth of straight lines from a circle, by quadrature."""
    i, exit = 0.05, 3.0
    found = blowout_table([0.0], dive=[0.0], exit=[exit], grade=[2.0 - np.sqrt(0.5)], i=i, tau=0.1)
    t = np.linspace(0.0, np.sqrt(exit**2 - 1.0), 4001)
    r, angle = np.hypot(1.0, t), np.arctan(t)
    relative = np.hypot(t / r, 1.0 / r - r**-0.5)
    height = i / np.sqrt(2.0)
    depths = []
    for u in np.linspace(0.0, np.pi, 64, endpoint=False):
        z = np.sin(i) * np.sin(u + angle) / height
        rate = np.exp(-0.5 * z * z) / (np.sqrt(2.0 * np.pi) * height * r) * relative
        depths.append(np.trapezoid(rate, t))
    assert found.recross[0, 0, 0] == pytest.approx(angle[-1] / np.pi, rel=1e-4)
    assert found.depth[0, 0, 0] == pytest.approx(np.mean(depths), rel=1e-3)
    collided = 1.0 - np.exp(-0.1 * np.array(depths)).mean()
    assert found.collided[0, 0, 0] == pytest.approx(collided, rel=1e-3)


def test_releases_by_collision_rate_favour_the_pericentre() -> None:
    """Weights r^-3/2 per time: more of the grains are unbound."""
    by = {w: blowout_table([0.5], dive=[0.0], exit=[1.5], grade=[0.5], weights=w)
          for w in ("time", "collisions")}
    anomaly = np.pi * (np.arange(20000) + 0.5) / 20000.0
    w = (1.0 - 0.5 * np.cos(anomaly)) ** -0.5
    assert by["collisions"].unbound[0, 0, 0] == pytest.approx(w[:10000].sum() / w.sum(), abs=1e-4)
    assert by["collisions"].unbound[0, 0, 0] > by["time"].unbound[0, 0, 0]


# ---- the run -----------------------------------------------------------------------------------

def first_bin(beta: float, *overrides: str) -> tuple[DiskCore, np.ndarray]:
    """Rates [Omega] of a grey ring with 1 kg m-2 of grains of this beta in full light."""
    size = 1.0e-6 * float(physics.beta(1.0e-6, 4000.0, qpr_mode="constant", qpr=1.0)) / beta
    disk = DiskCore(configuration("", [
        "rings.n_ring=1", ORBITS, "radiation.qpr_mode=constant", "radiation.opacity=geometric",
        "radiation.exposure=thin", "mars.driver=constant", "stop.t_end=1", "supply.mode=none",
        "collisions.e_profile=const", "grains.n_bin=2", f"grains.s_min={size!r}",
        "grains.s_max=1", *overrides]))
    y = disk.start().y[:, 0].copy()
    y[: disk.n_bin] = 1.0, 0.0
    return disk, disk.rates(0, 0.0, y) / np.sqrt(GM / disk.r[0] ** 3)


@pytest.mark.parametrize(("e", "grade", "radius"), [
    (0.25, 0.45, 1.85), (0.35, 1.25, 2.6), (0.43, 0.85, 1.85), (0.55, 0.55, 1.3), (0.6, 1.75, 1.9)])
def test_rates_of_a_ring_are_those_of_its_orbits(e: float, grade: float, radius: float) -> None:
    """Between the nodes of the shipped table, against releases from just these orbits."""
    rings = (f"rings.r_in={radius - 0.05}", f"rings.r_out={radius + 0.05}", f"collisions.e={e}")
    dive = float(np.arccos((1.0 - 1.0 / radius) / e) / np.pi) if 1.0 / radius > 1.0 - e else 0.0
    exit = max((radius + 0.05) / radius / (1.0 + e), 1.0)
    exact = blowout_table([e], dive=[dive], exit=[exit], grade=[grade])
    gone, fallen = exact.unbound[0, 0, 0], exact.mars[0, 0, 0]
    disk, rates = first_bin(beta_of(grade, e, dive), *rings)
    chi = exact.chi[0, 0, 0, 0]
    assert -rates[0] == pytest.approx(gone / chi, rel=4e-3)
    assert rates[disk.rows["fallen"]] == pytest.approx(fallen / chi, abs=4e-3 * gone / chi)
    assert rates[disk.rows["blown"]] + rates[disk.rows["fallen"]] == pytest.approx(-rates[0])
    assert disk.light(0.0)[1][0] == pytest.approx(gone, abs=5e-3)


def test_circular_rings_have_the_step_at_one_half() -> None:
    """e = 0: the unbound fraction of every bin is that of the other modes, at all times."""
    circular = (*ONE_RING, "collisions.e_profile=const", "collisions.e=0")
    orbits, const = (DiskCore(configuration("standard", (*circular, f"radiation.chi_mode={mode}")))
                     for mode in ("orbits", "const"))
    for part in (0.0, 0.1, 0.22, 0.4, 0.6, 1.0):
        found, step = (disk.light(part * disk.t_stop)[1] for disk in (orbits, const))
        assert found == pytest.approx(step, abs=1e-9)


def test_other_modes_know_nothing_of_it() -> None:
    _, with_table, _ = run_core("quick", ("radiation.chi_mode=const",))
    disk, without, _ = run_core("quick")
    assert np.array_equal(with_table.y, without.y)
    assert not disk.row(without.y, "fallen").any()


@pytest.fixture(scope="module")
def crossing() -> tuple[DiskCore, core.DiskState, np.ndarray]:
    return run_core("quick", (*CROSSING, "rings.n_ring=4"))


def test_ledger_closes_with_what_fell_on_mars(
    crossing: tuple[DiskCore, core.DiskState, np.ndarray]
) -> None:
    disk, state, initial = crossing
    every = (*disk.LAYERS, *disk.LEDGER)
    before, now = (sum(disk.row(y, name) for name in every) for y in (initial, state.y))
    assert np.abs(now / before - 1.0).max() < 1e-14
    fallen = disk.row(state.y, "fallen")
    assert (fallen[disk.r < 2.0 * R * 0.99] > 0.0).all()
    assert (fallen < loss(disk, state.y)).all()
    assert not fallen[disk.r > 2.0 * R].any()
    left = ("surface", "blown", "fallen", "below", "evaporated", "settled", "dragged")
    gained = disk.row(initial, "surface") + disk.row(state.y, "supplied")
    assert sum(disk.row(state.y, name) for name in left) == pytest.approx(gained, rel=1e-12)
    assert angular_momentum(disk, state.y, initial).residual < 1e-14


def test_nothing_falls_with_the_default_eccentricities() -> None:
    disk, state, _ = run_core("quick", (ORBITS,))
    assert not disk.row(state.y, "fallen").any()
    assert loss(disk, state.y).min() > 0.0


def test_lost_mass_does_not_hang_on_tolerance_or_knots() -> None:
    """Kinks of the table cost no accuracy, and few steps."""
    losses, steps = [], []
    for overrides in ((), (ORBITS,), (ORBITS, "numerics.rtol=1e-6")):
        disk, state, _ = run_core("standard", ("rings.n_ring=6", *overrides))
        losses.append(disk.area @ loss(disk, state.y))
        steps.append(state.flag[disk.FLAGS.index("accepted")].sum())
    assert losses[1] == pytest.approx(losses[2], rel=3e-5)
    assert steps[1] < 1.5 * steps[0]


def test_chunks_and_threads_do_not_matter() -> None:
    """Bit for bit: one step per chunk and one thread, or two threads at once."""
    config = configuration("quick", [*CROSSING, "stop.t_end=0.3"])
    states = []
    for threads, budget in ((2, 60.0), (1, 0.0)):
        core.set_threads(threads)
        disk = DiskCore(config)
        state = disk.start()
        finish(disk, state, disk.t_stop, budget)
        states.append(state)
    core.set_threads(2)
    for a, b in zip(states[0].__dict__.values(), states[1].__dict__.values(), strict=True):
        assert np.array_equal(a, b)


def test_resume_goes_on_bit_for_bit(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("whole.nc", "parts.nc")]
    command = ["run", str(configuration("quick").path), "--quiet",
               *(word for text in (*CROSSING, "grains.n_bin=60") for word in ("--set", text))]
    with pytest.raises(SystemExit) as stop:
        main([*command, "--output", str(paths[0])])
    assert not stop.value.code
    with pytest.raises(SystemExit) as stop:
        main([*command, "--output", str(paths[1]), "--wall", "0.001"])
    assert stop.value.code == 3
    with pytest.raises(SystemExit) as stop:
        main(["resume", str(paths[1]), "--quiet"])
    assert not stop.value.code
    with netCDF4.Dataset(paths[0]) as a, netCDF4.Dataset(paths[1]) as b:
        for name in ("m_loss", "m_in", "l_in", "number"):
            assert np.array_equal(a[name][:], b[name][:])
        assert a["m_in"][-1] > 0.0
        assert a["l_residual"][:].max() < 1e-12 > a["surface_residual"][:].max()
        assert "radiation.chi_table: shipped" in a.input_files


def test_the_summary_says_what_fell(tmp_path: Path) -> None:
    text = run(configuration("quick", CROSSING), tmp_path / "run.nc", quiet=True)
    assert "fell on Mars" in text
    text = run(configuration("quick", [ORBITS]), tmp_path / "run.nc", quiet=True, force=True)
    assert "fell on Mars" not in text


# ---- the command, and what can be wrong --------------------------------------------------------

def test_command_makes_a_table_that_a_run_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["prep", "blowout", "--e", "0.5", "--beta", "0.2,0.6", "--to", "own.nc", "--quiet"])
    assert not stop.value.code
    lines = capsys.readouterr().out.splitlines()
    assert "own.nc" in lines[0] and "bound" in lines[2]
    shipped = read_blowout_table()
    k = shipped.e.tolist().index(0.5)
    own = read_blowout_table(tmp_path / "own.nc")
    assert own.chi[0] == pytest.approx(shipped.chi[k], rel=1e-4, abs=1e-6)
    assert float(lines[3].split()[2]) == pytest.approx(
        np.interp(0.6, shipped.beta[k, 0], shipped.unbound[k, 0]), abs=0.01)
    fallen = []
    for extra in ((), ("radiation.chi_table=own.nc",)):
        disk, state, _ = run_core("quick", (*CROSSING, *extra))
        fallen.append(disk.row(state.y, "fallen"))
    assert fallen[0] == pytest.approx(fallen[1], rel=1e-3)
    with netCDF4.Dataset("own.nc") as data:
        assert data["chi"].dimensions == ("e", "dive", "exit", "grade")
        assert "prep blowout" in data.history and data.release_weights == "time"
    message = refused(capsys, "prep", "blowout", "--e", "0.5", "--to", "own.nc")
    assert "exists already" in message


@pytest.mark.parametrize("text", ["0.5,0.4", "0.97", "-0.1", "a", ""])
def test_command_refuses_bad_eccentricities(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "--e" in refused(capsys, "prep", "blowout", f"--e={text}")


@pytest.mark.parametrize(("overrides", "words"), [
    (("radiation.chi_table=none.nc",), "no file"),
    (("collisions.e_profile=const", "collisions.e=0.96"), "eccentricities"),
    (("collisions.e_profile=const", "collisions.e=0.1", "rings.r_out=14", "rings.n_ring=32"),
     "radii of exit"),
])
def test_a_table_that_does_not_do_is_refused(overrides: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=r"radiation\.chi_table") as error:
        DiskCore(configuration("quick", [ORBITS, *overrides]))
    assert words in str(error.value)


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.nc"
    path.write_text("no table")
    with pytest.raises(InputError, match="not a netCDF file"):
        read_blowout_table(path)
    for name, change, words in (
        ("chi", np.nan, "missing or infinite"), ("unbound", 1.5, "out of range"),
        ("grade", 0.5, "does not increase"),
    ):
        shutil.copy(SHIPPED_TABLE, path)
        with netCDF4.Dataset(path, "a") as data:
            data[name][:] = change
        with pytest.raises(InputError, match=f"{name}.*{words}"):
            read_blowout_table(path)


def test_formula_of_the_time_says_that_it_cannot() -> None:
    with pytest.raises(InputError, match="depends on the ring"):
        physics.blow_out_time(1.85 * R, chi_mode="orbits")
