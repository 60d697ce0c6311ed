# SPDX-License-Identifier: BSD-3-Clause
"""The orbit core: reference solutions, integrals of motion, orders, symmetries, independence."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from marsdisk import core as marsdisk_core
from marsdisk.config.read import read_namelist, read_text
from marsdisk.core import CaptureCore

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "namelists" / "capture_reference.nml"
AU = 1.495978707e11 / 1.0e3
"""Astronomical unit [km]."""
YEAR = 365.25 * 86400.0
"""Julian year [s]."""


def problem(*overrides: str) -> CaptureCore:
    """The default problem with overrides."""
    return CaptureCore(read_text("&run kind='capture' /\n", REFERENCE, overrides))


def reference_problem(*overrides: str) -> CaptureCore:
    """The problem of the reference solutions."""
    return CaptureCore(read_namelist(REFERENCE, overrides))


def entries(core: CaptureCore, u: object, v: object, w: object = 0.0) -> np.ndarray:
    """Starts at the core's point of entry with velocities u, v, w [AU yr-1]."""
    u, v, w = np.broadcast_arrays(*map(np.atleast_1d, (u, v, w)))
    start = np.zeros((8, u.size))
    start[:3] = np.reshape(core.start_point, (3, 1))
    start[3:6] = u, v, w
    return start


def grid(core: CaptureCore) -> np.ndarray:
    """The 210 standard entries."""
    u, v = np.meshgrid(np.arange(1, 11) * 0.01, np.arange(-10, 11) * 0.01, indexing="ij")
    return entries(core, u.ravel(), v.ravel())


def reference_rows() -> list[dict[str, str]]:
    """The 20 reference solutions."""
    path = ROOT / "tests" / "data" / "capture_reference_20.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize(("method", "rtol"), [("taylor", 1e-12), ("dop853", 1e-12)])
def test_reference_solutions(method: str, rtol: float) -> None:
    """20 cases integrated elsewhere in extended precision come out the same.

    Measured with rtol = 1e-12: times to 4e-11 (taylor) and 6e-10 yr (dop853), e_end to 7e-11,
    r_min to 8e-10.
    """
    core = reference_problem(f"numerics.method={method}", f"numerics.rtol={rtol}")
    rows = reference_rows()
    assert len(rows) == 20
    found = core.sweep(entries(core, [float(r["u"]) for r in rows], [float(r["v"]) for r in rows]))
    for k, row in enumerate(rows):
        assert core.OUTCOMES[found["outcome"][k]] == row["outcome"], row
        pairs = [("lifetime", "lifetime_yr", 1.0, 2e-9), ("e_end", "e_end", 1.0, 1e-9),
                 ("tau_half", "tau_0.5", 1.0, 2e-9), ("tau_1", "tau_1", 1.0, 2e-9),
                 ("tau_2", "tau_2", 1.0, 2e-9),
                 ("delta_energy", "delta_eps", (AU * 1e3 / YEAR) ** 2, 1e-9),
                 ("r_min", "r_min_over_RM", core.constants["radius"] * AU, 2e-9)]
        for name, column, unit, tolerance in pairs:
            if row[column]:
                assert found[name][k] / unit == pytest.approx(float(row[column]), abs=0.0 if
                       name == "r_min" else tolerance, rel=tolerance if name == "r_min" else 0.0)
            elif name.startswith("tau") or name == "lifetime":
                assert np.isnan(found[name][k]), (row, name)


def test_outcomes_are_stable_in_the_tolerance() -> None:
    """No outcome of the 210 changes from rtol = 1e-8 to 1e-14."""
    outcomes = []
    for rtol in (1e-8, 1e-10, 1e-14):
        core = reference_problem(f"numerics.rtol={rtol}")
        outcomes.append(core.sweep(grid(core))["outcome"])
    assert np.array_equal(outcomes[0], outcomes[1])
    assert np.array_equal(outcomes[1], outcomes[2])
    assert np.bincount(outcomes[2], minlength=6).tolist() == [181, 20, 9, 0, 0, 0]


def test_two_body_capture() -> None:
    """Without the Sun (0.01, 0.01) is circular to e < 0.1 after 3.69 yr (published: 3.692)."""
    core = reference_problem("planet.mode=two_body")
    samples = core.trajectory(entries(core, 0.01, 0.01)[:, 0], 20000)
    first = np.flatnonzero(samples["e"] < 0.1)[0]
    assert samples["t"][first] == pytest.approx(3.69, abs=0.005)


def jacobi(core: CaptureCore, s: dict[str, np.ndarray], mode: str) -> tuple[np.ndarray, np.ndarray]:
    """Jacobi constant along samples, and the size of its terms [AU2 yr-2]."""
    w, gm = core.constants["omega"], core.constants["gm"]
    x, y, z = (s[n] / AU for n in "xyz")
    v2 = sum((s[n] * YEAR / AU) ** 2 for n in ("vx", "vy", "vz"))
    r = np.sqrt(x**2 + y**2 + z**2)
    if mode == "hill":
        terms = [1.5 * w**2 * x**2, -0.5 * w**2 * z**2]
    else:
        a = core.config["planet"]["a_sun"]
        sun = w**2 * a**3 - gm
        q = (2.0 * a * x + r**2) / a**2
        # GM_sun (1/D - 1/a), the frame's own fall towards the Sun, the centrifugal term
        root = np.sqrt(1.0 + q)
        terms = [-sun / a * q / (root * (1.0 + root)), sun * x / a**2, 0.5 * w**2 * (x**2 + y**2)]
    scale = 0.5 * v2 + gm / r + sum(map(np.abs, terms))
    return 0.5 * v2 - gm / r - sum(terms), scale


@pytest.mark.parametrize("mode", ["hill", "cr3bp"])
@pytest.mark.parametrize("velocity", [(0.03, 0.01, 0.0), (0.02, -0.04, 0.03)])
def test_jacobi_constant(mode: str, velocity: tuple[float, float, float]) -> None:
    """Without gas the Jacobi constant is kept to 1e-13 of its terms over 8 years."""
    core = problem("atmosphere.model=none", f"planet.mode={mode}", "numerics.rtol=1e-16")
    samples = core.trajectory(entries(core, *velocity)[:, 0], 500)
    constant, scale = jacobi(core, samples, mode)
    assert samples["t"][-1] > 7.9 or samples["e"][-1] < 1.1
    # measured: 4e-15 to 3e-14
    assert np.max(np.abs(constant - constant[0]) / scale) < 1e-13


def test_jacobi_drift_is_no_trend() -> None:
    """Over 400 yr on a bound orbit the Jacobi constant wanders, it does not drift."""
    core = problem("atmosphere.model=none", "numerics.rtol=1e-16", "stop.t_max=400",
                   "start.x=-2.0e5")
    samples = core.trajectory(entries(core, 0.0, 0.09)[:, 0], 4000)
    constant, scale = jacobi(core, samples, "hill")
    slope = np.polyfit(samples["t"], (constant - constant[0]) / scale, 1)[0]
    assert samples["t"][-1] == 400.0
    assert abs(slope) < 1e-15  # per year


def test_kepler_orbit_closes() -> None:
    """An undisturbed ellipse (e = 0.6) returns to its start after whole periods."""
    a, e, gm = 4.0e4, 0.6, 4.282837e4
    period = 2.0 * np.pi * np.sqrt(a**3 / gm)
    speed = np.sqrt(gm / a * (1.0 - e) / (1.0 + e)) * YEAR / AU
    core = problem("planet.mode=two_body", "atmosphere.model=none", "numerics.rtol=1e-16",
                   f"stop.t_max={20 * period / YEAR}", f"start.x={a * (1.0 + e)}")
    found = core.sweep(entries(core, 0.0, speed))
    assert found["x"][0] == pytest.approx(a * (1.0 + e), rel=1e-12)
    assert abs(found["y"][0]) < 1e-6  # km
    assert found["e_end"][0] == pytest.approx(e, abs=1e-13)
    assert found["a_end"][0] == pytest.approx(a, rel=1e-13)
    assert found["r_min"][0] == pytest.approx(a * (1.0 - e), rel=1e-13)
    assert found["revolutions"][0] == pytest.approx(20.0, abs=1e-9)


def test_hill_symmetry_is_exact() -> None:
    """Hill's equations look the same from both sides: L1 and L2 mirror each other, bit for bit."""
    one, two = problem(), problem("start.point=L2")
    u, v = np.linspace(0.01, 0.1, 12), np.linspace(-0.05, 0.05, 12)
    first = one.sweep(entries(one, u, v, 0.01))
    second = two.sweep(entries(two, -u, -v, 0.01))
    for name in ("x", "y", "vx", "vy"):
        assert np.array_equal(first[name], -second[name]), name
    for name in ("z", "lifetime", "e_end", "r_min", "n_step", "outcome", "tau_1"):
        assert np.array_equal(first[name], second[name], equal_nan=True), name


def test_full_problem_tells_the_sides_apart() -> None:
    """In the full three-body problem L1 and L2 are 0.3 % nearer and farther than in Hill's."""
    numbers = problem("planet.mode=cr3bp").constants
    hill = numbers["r_hill"]
    assert -numbers["x_l1"] / hill - 1.0 == pytest.approx(-1.0 / 3.0 * hill / 1.523679, rel=0.02)
    assert numbers["x_l2"] / hill - 1.0 == pytest.approx(1.0 / 3.0 * hill / 1.523679, rel=0.02)


@pytest.mark.parametrize("point", ["L1", "L2"])
def test_lagrange_points_are_at_rest(point: str) -> None:
    """A body at rest at a Lagrange point of the full problem stays there."""
    core = problem("planet.mode=cr3bp", f"start.point={point}", "atmosphere.model=none",
                   "stop.t_max=0.5")
    found = core.sweep(entries(core, 0.0, 0.0))
    # the points are unstable: what is left of round-off grows as exp(2.5 w t)
    assert found["x"][0] == pytest.approx(core.start_point[0], rel=1e-12)
    assert abs(found["y"][0]) < 1e-12 * abs(core.start_point[0])


@pytest.mark.parametrize(("method", "order", "steps"), [
    ("taylor", 4, (4e-5, 2e-5)), ("taylor", 8, (2e-4, 1e-4)), ("taylor", 14, (4e-4, 3e-4)),
    ("dop853", 8, (2e-4, 1e-4)), ("leapfrog", 2, (4e-6, 2e-6))])
def test_order(method: str, order: int, steps: tuple[float, float]) -> None:
    """Fixed steps converge with the order that the method has, drag and all."""
    final = {}
    for dt in (0.0, *steps):
        extra = [f"numerics.method={method}", f"numerics.dt={dt}", "numerics.step=fixed",
                 f"numerics.order={order if method == 'taylor' else 0}"] if dt else [
            "numerics.rtol=1e-16"]
        core = problem("stop.t_max=0.004", "start.x=-3.0e4", "start.y=1.0e4", *extra)
        found = core.sweep(entries(core, 0.05, 0.25))
        final[dt] = np.array([found[n][0] for n in ("x", "y", "vx", "vy")])
    errors = [np.max(np.abs(final[dt] / final[0.0] - 1.0)) for dt in steps]
    observed = np.log(errors[0] / errors[1]) / np.log(steps[0] / steps[1])
    assert errors[0] > 1e-12  # above round-off, or there is no order to see
    assert observed == pytest.approx(order, abs=0.35)


def test_even_orders_err_least() -> None:
    """The order that rtol asks for errs less than both odd ones beside it, in times of fall.

    Measured: 4.6e-13 yr with order 18, 1.5e-12 and 2.0e-12 with 17 and 19 (geometric means); the
    step of order 17 is shorter.
    """
    rows = [row for row in reference_rows() if row["lifetime_yr"]]
    velocity = [[float(row[name]) for row in rows] for name in "uv"]
    error, steps = {}, {}
    for order in (0, 17, 18, 19):
        core = reference_problem("numerics.rtol=1e-12", f"numerics.order={order}")
        found = core.sweep(entries(core, *velocity))
        apart = np.abs(found["lifetime"] - [float(row["lifetime_yr"]) for row in rows])
        error[order], steps[order] = np.exp(np.log(apart + 1e-16).mean()), found["n_step"].sum()
    assert steps[0] == steps[18] < steps[17]
    assert error[18] < 0.5 * min(error[17], error[19])


def test_printed_scheme_captures_what_was_published() -> None:
    """Eqs. 5.28 and 5.29 as printed capture at least 13 of the 16 published pairs (measured: 15).

    Solved rightly, one of them is captured: the published captures are made by the error.
    """
    pairs = np.array([(1, 7), (2, 4), (2, 8), (2, 9), (2, 10), (3, 5), (3, 7), (4, 5), (4, 10),
                      (5, 4), (5, 5), (6, -1), (6, 5), (6, 6), (7, 5), (7, 10)]) / 100.0
    printed = reference_problem("numerics.method=leapfrog_printed", "numerics.dt=1e-5")
    right = reference_problem()
    captured = printed.OUTCOMES.index("captured")
    assert np.sum(printed.sweep(entries(printed, *pairs.T))["outcome"] == captured) >= 13
    assert np.sum(right.sweep(entries(right, *pairs.T))["outcome"] == captured) == 1


@pytest.mark.parametrize("overrides", [
    (), ("atmosphere.gas=rotating", "atmosphere.gas_fraction=0.3", "atmosphere.tilt=25"),
    ("numerics.method=dop853",)])
def test_results_do_not_depend_on_threads_and_neighbours(overrides: tuple[str, ...]) -> None:
    """A case gives the same bits on 1, 2 and 3 threads, alone, in reverse order, in any company."""
    core = problem(*overrides)
    start = grid(core)[:, ::3]
    start[5, ::5] = 0.01  # some leave the plane: their neighbours must not notice
    before = marsdisk_core.max_threads()
    try:
        one = core.sweep(start, threads=1)
        others = [core.sweep(start, threads=n) for n in (2, 3)]
        backward = core.sweep(start[:, ::-1])
        alone = [core.sweep(start[:, k:k + 1]) for k in range(0, start.shape[1], 7)]
    finally:
        marsdisk_core.set_threads(before)
    for name in one:
        for other in others:
            assert np.array_equal(one[name], other[name], equal_nan=True), name
        assert np.array_equal(one[name], backward[name][::-1], equal_nan=True), name
        single = np.concatenate([found[name] for found in alone])
        assert np.array_equal(one[name][::7], single, equal_nan=True), name


def test_samples_follow_the_trajectory() -> None:
    """Samples begin at the start and end at the end, in the order of time; a sweep agrees."""
    core = problem()
    start = entries(core, [0.01, 0.05, 0.03], [0.02, -0.05, 0.03])
    results, samples = core.trajectories(start, 101)
    swept = core.sweep(start)
    for name in results:
        assert np.array_equal(results[name], swept[name], equal_nan=True), name
    assert np.all(np.diff(samples["t"], axis=1) > 0.0)
    assert np.array_equal(samples["t"][:, 0], np.zeros(3))
    assert np.array_equal(samples["t"][:, -1], results["t_end"])
    for name in ("x", "y", "z", "vx", "vy", "vz"):
        assert samples[name][:, -1] == pytest.approx(results[name], rel=1e-13, abs=1e-12), name
    assert samples["e"][:, -1] == pytest.approx(results["e_end"], rel=1e-13)
    assert samples["x"][:, 0] == pytest.approx(core.start_point[0], rel=1e-15)


@pytest.mark.parametrize("n", [2, 3, 50, 5000])
def test_samples_are_near_in_time_and_near_in_steps(n: int) -> None:
    """A fifth of the samples is spaced evenly in time: none is farther than 5/(n - 1) of it.

    The others follow the steps, which are many near Mars: most samples are near the end of a fall.
    """
    core = problem()
    results, samples = core.trajectories(entries(core, [0.02, 0.04], [0.02, 0.03]), n)
    t = samples["t"] / results["t_end"][:, None]
    assert np.isfinite(samples["x"]).all()
    assert np.diff(t, axis=1).max() <= 5.0 / (n - 1) * (1.0 + 1e-12)
    if n >= 50:
        assert (np.median(t, axis=1) > 0.7).all()


def test_events_lie_where_they_should() -> None:
    """Impact at r = R, levels at their e, pericentres at r v = 0: to round-off."""
    core = problem("numerics.rtol=1e-14")
    start = entries(core, 0.01, 0.02)[:, 0]
    events = core.events(start)
    result = core.sweep(start[:, None])
    assert events[-1] == ("impact", result["lifetime"][0])
    r = np.hypot(result["x"][0], result["y"][0])
    assert r == pytest.approx(3389.92, rel=1e-13)
    times = {name: [t for kind, t in events if kind == name] for name in core.EVENTS}
    last99 = max(times["e_0.99"])
    for name, tau in (("e_half", "tau_half"), ("e_1", "tau_1"), ("e_2", "tau_2")):
        assert max(times[name]) - last99 == result[tau][0]
    # one pericentre per revolution until the end, when the spiral has none
    assert 0.8 * result["revolutions"][0] < len(times["pericentre"]) <= result["revolutions"][0] + 1
    # stop the run at the last level: e there is the level
    level = problem("numerics.rtol=1e-14", f"stop.t_max={max(times['e_1'])}")
    found = level.sweep(start[:, None])
    assert found["e_end"][0] == pytest.approx(np.exp(-1.0), abs=1e-11)


def test_equator_crossings() -> None:
    """An inclined orbit crosses the equator twice per revolution."""
    core = problem("atmosphere.model=none", "planet.mode=two_body", "start.x=-5e4",
                   "stop.t_max=0.05")
    start = entries(core, 0.0, 0.15, 0.12)
    events = core.events(start[:, 0])
    nodes = [t for kind, t in events if kind == "node"]
    revolutions = core.sweep(start)["revolutions"][0]
    assert len(nodes) in (int(2 * revolutions), int(2 * revolutions) + 1)
    assert np.std(np.diff(nodes)[::2]) < 1e-9


def test_revolutions_count_the_swept_longitude() -> None:
    """A circular orbit sweeps t/period revolutions, whichever way round."""
    a, gm = 3.0e4, 4.282837e4
    period = 2.0 * np.pi * np.sqrt(a**3 / gm)
    speed = np.sqrt(gm / a) * YEAR / AU
    core = problem("planet.mode=two_body", "atmosphere.model=none", f"start.x={a}",
                   f"stop.t_max={7.3 * period / YEAR}")
    found = core.sweep(entries(core, 0.0, [speed, -speed]))
    assert found["revolutions"] == pytest.approx(7.3, rel=1e-10)


def test_an_ellipse_is_captured_wherever_on_it_the_run_ends() -> None:
    """With two bodies what is bound stays so, beyond 2 r_Hill as well."""
    found = []
    for t_max in (0.5, 1.0, 1.5, 2.0, 3.0):
        core = problem("planet.mode=two_body", "atmosphere.model=none", "start.x=-6e5",
                       f"stop.t_max={t_max}")
        found.append(core.sweep(entries(core, 0.0, 0.072)))
    edge = 2.0 * core.constants["r_hill"] * AU  # [km]
    far = [np.linalg.norm([one[x][0] for x in "xyz"]) > edge for one in found]
    assert any(far) and not all(far)
    assert {core.OUTCOMES[int(one["outcome"][0])] for one in found} == {"captured"}


def test_gas_loss_freezes_the_orbit() -> None:
    """Once the gas is gone energy and e stay as they are; both laws end at their time."""
    for decay in ("exponential", "linear"):
        core = problem("planet.mode=two_body", f"atmosphere.decay={decay}", "start.x=-3e5",
                       "stop.t_max=4")
        start = entries(core, 0.0, 0.03)
        start[6:] = [[0.05], [0.5]]  # tau_gas, t_gas [yr]
        samples = core.trajectory(start[:, 0], 4000)
        late = samples["t"] > (0.55 if decay == "linear" else 0.5 + 40 * 0.05)
        early = samples["t"] < 0.5
        assert np.ptp(samples["energy"][early]) > 1e3
        assert np.ptp(samples["energy"][late]) < 1e-9 * abs(samples["energy"][-1])


@pytest.mark.parametrize(("tau", "t_gas"), [(1e-3, 1.06), (1e-4, 0.96), (1e-6, 1.0), (0.02, 1.05)])
def test_gas_that_goes_linearly_is_gone_at_its_end(tau: float, t_gas: float) -> None:
    """No gas of negative density is left by rounding where 1 - t/tau reaches 0."""
    found = []
    for method in ("taylor", "dop853"):
        core = problem("atmosphere.decay=linear", "stop.t_max=1.2", f"numerics.method={method}")
        start = entries(core, 0.02, 0.02)
        start[6:] = [[tau], [t_gas]]
        found.append(core.sweep(start)["a_end"][0])
    # measured: 2e-9
    assert found[0] == pytest.approx(found[1], rel=2e-8)


def test_a_sweep_can_be_given_up() -> None:
    """Bodies that sink in dense gas take steps without end: another thread can stop them."""
    core = problem("atmosphere.scale_height=500", "numerics.rtol=1e-8")
    threading.Timer(0.5, lambda: core.stop.fill(1)).start()
    with pytest.raises(marsdisk_core.Interrupted):
        core.sweep(grid(core)[:, 7:18])


def test_ablation_shrinks_the_body() -> None:
    """The mass lost is C_H/(2 zeta) times the work of the drag's flux; none without C_H."""
    core = problem("planet.mode=two_body", "start.x=-3e5", "body.c_h=0.5", "stop.t_max=8")
    plain = problem("planet.mode=two_body", "start.x=-3e5", "stop.t_max=8")
    start = entries(core, 0.0, 0.03)
    with_it, without = core.sweep(start), plain.sweep(start)
    assert without["radius_end"][0] == 10.0
    # d ln m = C_H/(zeta C_D) d(energy per mass) for gas at rest: exact along the path
    work = with_it["delta_energy"][0]
    expected = 10.0 * np.exp(-0.5 / (8.1e6 * 1.0) * work / 3.0)
    assert with_it["radius_end"][0] == pytest.approx(expected, rel=1e-10)
    assert with_it["lifetime"][0] < without["lifetime"][0]


def test_radiation_pressure_of_the_planet_is_weaker_gravity() -> None:
    """beta of the planet's light makes GM (1 - beta): the period says so."""
    a, gm, beta = 4.0e4, 4.282837e4, 0.3
    period = 2.0 * np.pi * np.sqrt(a**3 / (gm * (1.0 - beta)))
    speed = np.sqrt(gm * (1.0 - beta) / a) * YEAR / AU
    core = problem("planet.mode=two_body", "atmosphere.model=none", f"start.x={a}",
                   f"radiation.beta_planet={beta}", f"stop.t_max={period / YEAR}")
    found = core.sweep(entries(core, 0.0, speed))
    assert found["x"][0] == pytest.approx(a, rel=1e-10)
    assert abs(found["y"][0]) < 1e-5


def test_variants_agree() -> None:
    """The core compiled for this processor and the plain one differ by round-off alone."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_orbit as t;"
        "c = t.problem('numerics.rtol=1e-14'); r = c.sweep(t.grid(c)[:, ::10]);"
        "print(t.marsdisk_core.cpu_level, *map(repr, r['lifetime'].tolist()))"
    )
    core = problem("numerics.rtol=1e-14")
    best = core.sweep(grid(core)[:, ::10])["lifetime"]
    plain = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True,
                           env={**os.environ, marsdisk_core.CPU_LEVEL: "1"}, check=True)
    level, *lifetimes = plain.stdout.split()
    assert int(level) <= 1
    # measured: 4e-11 yr after 6.6 years and 207 revolutions, 3e-12 elsewhere
    assert np.array(lifetimes, dtype=float) == pytest.approx(best, abs=1e-10, nan_ok=True)
