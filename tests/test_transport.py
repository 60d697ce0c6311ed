# SPDX-License-Identifier: BSD-3-Clause
"""Radial transport: drag and viscosity against closed forms, booked, and coupled to the rings.

Numbers are written out here and not taken from the core.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from helpers import YEAR, configuration, finish, run_core, total_loss
from marsdisk import core
from marsdisk.core import DiskCore, DiskState
from marsdisk.runs import run
from marsdisk.runs.angular_momentum import angular_momentum
from marsdisk.runs.disk_check import variants
from scipy.integrate import cumulative_trapezoid, quad, solve_ivp
from scipy.optimize import brentq
from scipy.special import ive, jv, yv

GM, G, R, C, SB, GAS = 4.282837e13, 6.67430e-11, 3.3895e6, 2.99792458e8, 5.670374419e-8, 8.314462618

QUIET = ("collisions.fragmentation=F", "supply.mode=none", "mars.driver=constant", "mars.t0=4000",
         "stop.t_mars_end=0", "stop.t_end=900", "radiation.blowout=F", "radiation.exposure=thin",
         "radiation.qpr_mode=constant", "radiation.opacity=geometric", "grains.rho=3000",
         "grains.s_min=1e-6", "grains.s_max=1e-4", "grains.n_bin=3", "numerics.rtol=1e-8",
         "surface.tau0=1e-6", "transport.step=1")
"""Nothing happens but transport: grey grains of 1, 10 and 100 um in a constant light."""

DRAG = (*QUIET, "transport.pr_drag=T")
SPREAD = (*QUIET, "transport.viscosity=constant")
RANGE = ("rings.r_in=1.2", "rings.r_out=2.4")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Little disks do not gain by threads, and many of them wait for one another."""
    before = core.max_threads()
    core.set_threads(1)
    yield
    core.set_threads(before)


def beta(size: float) -> float:
    """Radiation pressure over gravity of a grey grain of 3000 kg m-3 at 4000 K [1]."""
    return 3.0 * SB * 4000.0**4 * R**2 / (4.0 * GM * C * 3000.0 * size)


def f_pr(r: float) -> float:
    """Drag of an extended lamp over that of a point with the same pressure: rays from its disk."""
    m = np.sqrt(1.0 - (R / r) ** 2)
    # in the frame of the grain the ray n pushes back by (1 + n_t^2) v/c, forward by cos
    back = quad(lambda mu: 1.0 + 0.5 * (1.0 - mu**2), m, 1.0, epsabs=0.0, epsrel=1e-13)[0]
    return back / quad(lambda mu: mu, m, 1.0, epsabs=0.0, epsrel=1e-13)[0]


def fall(size: float, start: float, end: float) -> float:
    """Time in which a grain in full light falls from radius `start` to `end` [s]."""
    return quad(lambda r: C * r / (2.0 * beta(size) * GM * f_pr(r)), end, start, epsrel=1e-12)[0]


def last(overrides: tuple[str, ...]) -> list[str]:
    """Overrides without those that a later one replaces."""
    return [f"{key}={value}" for key, value in dict(x.split("=") for x in overrides).items()]


def begin(overrides: tuple[str, ...]) -> tuple[DiskCore, DiskState]:
    """A disk that is empty: a test puts in what it needs."""
    disk = DiskCore(configuration("", last(overrides)))
    state = disk.start()
    state.y[...] = 0.0
    return disk, state


def order(errors: list[float], factor: float = 2.0) -> np.ndarray:
    """Orders of convergence between neighbouring errors, each of a grid finer by `factor`."""
    return np.log(np.array(errors[:-1]) / np.array(errors[1:])) / np.log(factor)


def closure(disk: DiskCore, y: np.ndarray, initial: np.ndarray) -> float:
    """Largest residual of the ledger of a ring, over the heaviest ring [1]."""
    names = (*disk.LAYERS, *disk.LEDGER)
    before, now = (sum(disk.row(x, name) for name in names) for x in (initial, y))
    return float(np.max(np.abs(now - before)) / before.max())


# ---- Poynting-Robertson drag -------------------------------------------------------------------

@pytest.mark.parametrize(("radius", "printed"), [(1.0, 2.667), (1.85, 1.17), (2.7, 1.07)])
def test_drag_of_an_extended_lamp(radius: float, printed: float) -> None:
    disk = DiskCore(configuration("", DRAG))
    speed, factor, _ = disk.formula("transport", radius * R, 0.0, 0.3)
    assert factor == pytest.approx(f_pr(radius * R), rel=1e-12)
    assert factor == pytest.approx(printed, abs=5e-3)
    assert speed == pytest.approx(2.0 * 0.3 * GM / (C * radius * R) * f_pr(radius * R), rel=1e-12)


@pytest.mark.parametrize("k", [0, 1])
def test_grains_fall_in_the_time_of_their_size(k: int) -> None:
    """Orbits keep their sequence: at the time a grain falls from r, what was inside r is gone."""
    disk, state = begin((*DRAG, *RANGE, "rings.n_ring=96"))
    profile = np.exp(-0.5 * ((disk.r / R - 1.8) / 0.1) ** 2)
    state.y[k] = profile
    total = disk.area @ profile
    for edge in (40, 48, 56):
        finish(disk, state, fall((1e-6, 1e-5)[k], disk.r_edges[edge], 1.2 * R))
        inside = disk.area[:edge] @ profile[:edge]
        gone = disk.area @ disk.row(state.y, "inward")
        assert gone / total == pytest.approx(inside / total, abs=1e-3)


def test_drag_converges_with_second_order_in_rings() -> None:
    """Along a falling orbit sigma r |da/dt| is kept."""
    t, errors = 0.2 * fall(1e-6, 1.8 * R, 1.2 * R), []
    radii = np.linspace(1.2, 2.4, 4001) * R
    speed = 2.0 * beta(1e-6) * GM / (C * radii) * np.array([f_pr(r) for r in radii])
    clock = cumulative_trapezoid(1.0 / speed, radii, initial=0.0)

    def shape(r: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((r / R - 1.9) / 0.08) ** 2)

    for n in (32, 64, 128, 256):
        disk, state = begin((*DRAG, *RANGE, f"rings.n_ring={n}"))
        state.y[0] = shape(disk.r)
        finish(disk, state, t)
        came_from = np.interp(np.interp(disk.r, radii, clock) + t, clock, radii)
        f_now, f_then = (np.interp(r, radii, speed * radii) for r in (disk.r, came_from))
        exact = shape(came_from) * f_then / f_now
        errors.append(disk.area @ np.abs(state.y[0] - exact) / (disk.area @ exact))
    assert errors[-1] < 2e-3
    assert order(errors)[-1] == pytest.approx(2.0, abs=0.35)


def test_a_thick_ring_falls_slower_by_its_exposure() -> None:
    """One ring, 0-D: d sigma/dt = -rate (1 - exp(-tau))/tau sigma at the inner edge."""
    disk, state = begin((*DRAG, "radiation.exposure=column", "rings.n_ring=1", "rings.r_in=1.8",
                         "rings.r_out=1.9"))
    kappa = 3.0 / (4.0 * 3000.0 * 1e-6)
    edge = 1.8 * R
    rate = 4.0 * np.pi * beta(1e-6) * GM / C * f_pr(edge) / (np.pi * (1.9**2 - 1.8**2) * R**2)
    state.y[0] = 5.0 / kappa
    t = 4.0 / rate
    finish(disk, state, t)
    exact = solve_ivp(lambda _, tau: -rate * (1.0 - np.exp(-tau)), (0.0, t), [5.0], rtol=1e-11,
                      atol=1e-12).y[0, -1]
    assert state.y[0, 0] * kappa == pytest.approx(exact, rel=2e-2)
    assert 5.0 * np.exp(-4.0) < 0.2 * exact           # in full light almost nothing would be left
    assert disk.row(state.y, "inward")[0] == pytest.approx(5.0 / kappa - state.y[0, 0], rel=1e-12)


def test_unbound_grains_are_blown_out_and_not_dragged() -> None:
    disk, state = begin((*DRAG, "radiation.blowout=T", "rings.n_ring=4", "grains.s_min=1e-7",
                         "grains.s_max=1e-3"))
    _, unbound, _ = disk.light(0.0)
    assert unbound[0] == 1.0
    state.y[0] = 1e-3
    finish(disk, state, YEAR)
    assert disk.row(state.y, "blown") == pytest.approx(1e-3, rel=1e-9)
    assert not disk.row(state.y, "dragged").any()


def test_what_eccentric_parents_release_unbound_is_not_dragged() -> None:
    """Grains of beta = 0.46 stay bound to circular parents; of those of e = 0.3 some leave."""
    orbits = ("radiation.blowout=T", "radiation.chi_mode=orbits", "grains.s_min=7e-6",
              "grains.s_max=1e-3", "collisions.e_profile=const", "rings.n_ring=4")
    inward = {}
    for e in (0.0, 0.3):
        disk, state = begin((*DRAG, *orbits, f"collisions.e={e}"))
        state.y[0] = 1e-3
        finish(disk, state, 1e-9 * YEAR)
        inward[e] = disk.row(state.y, "inward")[0]
    assert 0.8 < inward[0.3] / inward[0.0] < 0.95


def test_a_sharp_edge_stays_positive() -> None:
    disk, state = begin((*DRAG, *RANGE, "rings.n_ring=40"))
    state.y[:3, 20:30] = 1.0
    for t in np.linspace(0.02, 3.0, 30) * fall(1e-6, 2.0 * R, 1.2 * R):
        finish(disk, state, t)
        assert state.y[:3].min() >= 0.0
        assert state.y[:3].max() < 1.7                # no overshoot but that of convergent orbits


# ---- viscosity ---------------------------------------------------------------------------------

def test_spreading_ring_of_lynden_bell_and_pringle() -> None:
    """A ring of constant viscosity in an infinite disk, 64, 128, 256 rings: order 2."""
    centre, nu, errors = 1.8 * R, 1.0e6, []

    def exact(r: np.ndarray, tau: float) -> np.ndarray:
        x = r / centre
        return np.exp(-((1.0 - x) ** 2) / tau) * ive(0.25, 2.0 * x / tau) / (tau * x**0.25)

    for n in (64, 128, 256):
        disk, state = begin((*SPREAD, f"transport.nu={nu!r}", f"rings.n_ring={n}"))
        state.y[disk.rows["deep"]] = exact(disk.r, 2.0e-3)
        finish(disk, state, (8.0e-3 - 2.0e-3) * centre**2 / (12.0 * nu))
        error = np.abs(disk.row(state.y, "deep") - exact(disk.r, 8.0e-3))
        errors.append(disk.area @ error / (disk.area @ exact(disk.r, 8.0e-3)))
    assert errors[-1] < 1e-3
    assert order(errors)[-1] == pytest.approx(2.0, abs=0.1)


def test_disk_that_drains_through_both_edges_in_its_slowest_mode() -> None:
    """No torque at the edges: 3 pi nu Sigma j = sqrt(j) (J + b Y)(k j^2/2) exp(-lambda t)."""
    nu, low, high = 1.0e6, np.sqrt(R), np.sqrt(2.7 * R)      # j in units of sqrt(GM)

    def cross(k: float) -> float:
        a, b = 0.5 * k * low**2, 0.5 * k * high**2
        return jv(0.25, a) * yv(0.25, b) - jv(0.25, b) * yv(0.25, a)

    k = brentq(cross, 1.0 / R, 6.0 / R)
    decay = 0.75 * nu * k**2

    def torque(j: np.ndarray) -> np.ndarray:
        z, edge = 0.5 * k * j**2, 0.5 * k * low**2
        return np.sqrt(j) * (jv(0.25, edge) * yv(0.25, z) - yv(0.25, edge) * jv(0.25, z))

    assert (torque(np.linspace(low, high, 50)[1:-1]) > 0.0).all()    # the slowest: no node
    t, errors = 1.0 / decay, []
    slopes = [abs(torque(x + 1e-6 * d) - torque(x)) for x, d in ((low, high - low),
                                                                 (high, low - high))]
    for n in (32, 64, 128):
        disk, state = begin((*SPREAD, f"transport.nu={nu!r}", f"rings.n_ring={n}"))
        mode = torque(np.sqrt(disk.r)) / np.sqrt(disk.r)
        state.y[disk.rows["deep"]] = mode
        finish(disk, state, t)
        errors.append(np.abs(disk.row(state.y, "deep") / mode * np.e - 1.0).max())
    assert errors[-1] < 5e-4
    assert order(errors)[-1] == pytest.approx(2.0, abs=0.3)
    gone = [disk.area @ disk.row(state.y, name) for name in ("inward", "outward")]
    assert sum(gone) == pytest.approx(disk.area @ mode * (1.0 - np.exp(-1.0)), rel=5e-4)
    assert gone[0] / gone[1] == pytest.approx(slopes[0] / slopes[1], rel=5e-4)


def disk_law(sigma: np.ndarray, r: np.ndarray, rho: float = 3000.0) -> np.ndarray:
    """min(26 r_h^5 G^2 Sigma^2/Omega^3, sigma_SB T^4/(Sigma Omega^2)) [m2 s-1]."""
    omega, grain = np.sqrt(GM / r**3), 4.0 / 3.0 * np.pi * rho
    r_h = r * (2.0 * grain * G / (3.0 * GM)) ** (1.0 / 3.0) / 2.0
    return np.minimum(26.0 * r_h**5 * (G * sigma) ** 2 / omega**3,
                      SB * 2000.0**4 / (np.maximum(sigma, 1e-9) * omega**2))


def test_laws_of_viscosity() -> None:
    radius, sigma = 1.85 * R, np.array([0.0, 1e3, 8.5e4, 1e9])
    omega = np.sqrt(GM / radius**3)

    def nu(*overrides: str) -> np.ndarray:
        disk = DiskCore(configuration("", [*QUIET, *overrides]))
        return disk.formula("transport", radius, sigma, 0.5)[2]

    assert nu() == pytest.approx(disk_law(sigma, radius), rel=1e-12)      # an estimate when off
    assert nu("transport.viscosity=disk") == pytest.approx(disk_law(sigma, radius), rel=1e-12)
    patches = nu("transport.viscosity=disk", "transport.instability=patches")
    assert patches[1:3] == pytest.approx(np.pi * (G * sigma[1:3]) ** 2 / omega**3, rel=1e-12)
    assert nu("transport.viscosity=constant", "transport.nu=7") == pytest.approx(7.0)
    alpha = nu("transport.viscosity=alpha", "transport.alpha=1e-2")
    assert alpha == pytest.approx(1e-2 * GAS * 2000.0 / 0.0313 / omega, rel=1e-12)
    for material, mu in (("sio", 0.0440849), ("custom", 0.06)):  # whether it sublimates or not
        of_vapour = nu("transport.viscosity=alpha", "transport.alpha=1e-2",
                       f"sublimation.material={material}", "sublimation.mu_vapour=0.06")
        assert of_vapour * mu == pytest.approx(alpha * 0.0313, rel=1e-12)


@pytest.mark.parametrize("mass", [1e-4, 2e-2])
def test_unstable_disk_against_an_independent_solution(mass: float) -> None:
    """viscosity = 'disk', limited by cooling in the heavier one: Radau on a separate right side."""
    disk = DiskCore(configuration("", (*QUIET, "transport.viscosity=disk", f"deep.m_in={mass}",
                                       "rings.n_ring=12", "deep.slope=1")))
    state = disk.start()
    deep = disk.row(state.y, "deep").copy()
    j = np.sqrt(GM * np.concatenate([disk.r_edges[:1], disk.r, disk.r_edges[-1:]]))

    def rate(_: float, sigma: np.ndarray) -> np.ndarray:
        torque = 3.0 * np.pi * disk_law(sigma, disk.r) * sigma * j[1:-1]
        inward = np.diff(np.concatenate([[0.0], torque, [0.0]])) / np.diff(j)
        return np.diff(inward) / disk.area

    t = 0.1 * np.min(deep / np.abs(rate(0.0, deep)))
    limited = disk_law(deep, disk.r) < 0.99 * 26.0 * (disk_law(deep * 1e-3, disk.r) * 1e6 / 26.0)
    assert limited.any() == (mass > 1e-3)
    finish(disk, state, 10.0 * t)
    exact = solve_ivp(rate, (0.0, 10.0 * t), deep, method="Radau", rtol=1e-10, atol=1e-4).y[:, -1]
    assert np.abs(exact / deep - 1.0).max() > 0.3
    assert disk.row(state.y, "deep") == pytest.approx(exact, rel=1e-6)


def test_one_ring_drains_through_both_edges() -> None:
    """0-D: the torque of the ring falls to zero at r_in and at r_out."""
    disk, state = begin((*SPREAD, "transport.nu=1e6", "rings.n_ring=1"))
    state.y[disk.rows["deep"]] = 1.0
    j = np.sqrt(GM * np.array([R, 1.85 * R, 2.7 * R]))
    rates = 3.0 * np.pi * 1e6 * j[1] / np.diff(j) / (np.pi * (2.7**2 - 1.0) * R**2)
    t = 1.0 / rates.sum()
    finish(disk, state, t)
    assert disk.row(state.y, "deep")[0] == pytest.approx(np.exp(-1.0), rel=1e-6)
    shares = [disk.row(state.y, name)[0] for name in ("inward", "outward")]
    assert shares == pytest.approx(list(rates / rates.sum() * (1.0 - np.exp(-1.0))), rel=1e-6)


def test_a_sharp_ring_stays_positive_to_rounding() -> None:
    disk, state = begin((*SPREAD, "transport.nu=1e6", "rings.n_ring=64", "numerics.rtol=1e-4"))
    state.y[disk.rows["deep"], 30:33] = 1.0
    for t in np.geomspace(1e-8, 1.0, 12) * R**2 / 1e6:
        finish(disk, state, t)
        assert disk.row(state.y, "deep").min() > -1e-12


# ---- booking -----------------------------------------------------------------------------------

BOTH = ("transport.pr_drag=T", "transport.viscosity=alpha", "rings.n_ring=8", "grains.n_bin=20",
        "stop.t_end=0.5")
"""The standard disk with drag and a viscosity that moves much of it."""


@pytest.fixture(scope="module")
def moved() -> tuple[DiskCore, DiskState, np.ndarray]:
    return run_core("", BOTH)


def test_mass_is_booked_to_rounding(moved: tuple[DiskCore, DiskState, np.ndarray]) -> None:
    disk, state, initial = moved
    y = state.y
    total = disk.area @ sum(disk.row(initial, name) for name in disk.LAYERS)
    assert closure(disk, y, initial) < 1e-14
    assert abs(disk.area @ disk.row(y, "moved")) < 1e-14 * total
    assert disk.area @ np.abs(disk.row(y, "moved")) > 0.01 * total
    assert disk.row(y, "inward")[1:].max() == disk.row(y, "outward")[:-1].max() == 0.0
    assert disk.row(y, "inward")[0] > 0.0 < disk.row(y, "outward")[-1]
    # the surface by itself: what drag carried off and did not bring
    left = ("surface", "blown", "below", "evaporated", "settled", "dragged")
    gained = disk.row(initial, "surface") + disk.row(y, "supplied")
    assert sum(disk.row(y, name) for name in left) == pytest.approx(gained, rel=1e-12)


def test_angular_momentum_is_booked_to_rounding(
    moved: tuple[DiskCore, DiskState, np.ndarray]
) -> None:
    """Edges take sqrt(G M r) of the edge, light takes it from grains, viscosity takes none."""
    disk, state, initial = moved
    now = angular_momentum(disk, state.y, initial)
    assert now.residual < 1e-14
    assert 0.0 < now.light < now.inward < now.outward


def test_light_takes_what_a_grain_loses_on_its_way() -> None:
    """From r to r_in a grain gives sqrt(G M r) - sqrt(G M r_in) to the light."""
    disk, state = begin((*DRAG, *RANGE, "rings.n_ring=20"))
    state.y[0, 12] = 1.0
    initial = state.y.copy()
    finish(disk, state, 3.0 * fall(1e-6, 2.4 * R, 1.2 * R))
    mass = disk.area @ disk.row(state.y, "inward")
    assert mass == pytest.approx(disk.area[12], rel=1e-5)
    light = angular_momentum(disk, state.y, initial).light
    expected = np.sqrt(GM * disk.r[12]) - np.sqrt(GM * 1.2 * R)
    assert light / mass == pytest.approx(expected, rel=1e-4)


# ---- coupling ----------------------------------------------------------------------------------

def test_splitting_is_of_second_order() -> None:
    """The deep layer spreads and is mixed up at a rate of its own in every ring; grains fall."""
    overrides = (*QUIET, *RANGE, "rings.n_ring=12", "supply.mode=mixing", "supply.t_mix=2e3",
                 "supply.weights=smallest", "transport.pr_drag=T", "transport.viscosity=constant",
                 "transport.nu=2e4", "numerics.rtol=1e-9", "supply.t_settle=2e3")

    def solution(step: float) -> tuple[np.ndarray, np.ndarray]:
        disk, state, _ = run_core("", last((*overrides, f"transport.step={step!r}")), [3.0e7])
        return disk.row(state.y, "deep"), disk.row(state.y, "surface")

    found = [solution(step) for step in (0.08, 0.04, 0.02, 0.01)]
    for layer in (0, 1):
        moves = [np.abs(a[layer] / b[layer] - 1.0).max() for a, b in pairwise(found)]
        assert moves[0] < 2e-3
        assert order(moves) == pytest.approx(2.0, abs=0.2)


def test_lost_mass_does_not_hang_on_the_splitting_step() -> None:
    """Small grains are stiff, and the splitting of first order for them: but drag moves little."""
    losses = [total_loss(disk, state.y) for disk, state, _ in (
        run_core("", ("transport.pr_drag=T", "rings.n_ring=8", f"transport.step={step}",
                      "numerics.rtol=1e-5")) for step in (0.1, 0.01))]
    assert losses[0] == pytest.approx(losses[1], rel=2e-5)


def test_a_reservoir_that_drains_does_not_make_losses_hang_on_output_times() -> None:
    """Supply draws on the reservoir until a millionth of it is left: steps resolve it as long."""
    lost = []
    for count in (1, 7, 50):
        disk, state, _ = run_core("quick", ["transport.viscosity=alpha", "rings.n_ring=4"],
                                  times=np.linspace(0.0, 2.0 * YEAR, count + 1)[1:].tolist())
        lost.append(total_loss(disk, state.y))
    assert max(lost) - min(lost) <= 2e-4 * lost[-1]


def test_a_ring_that_starts_empty_is_filled_and_never_below_zero(tmp_path: Path) -> None:
    table = tmp_path / "gap.csv"
    table.write_text("r_RMars, sigma_kg_m2\n1.0,0\n1.6,0\n1.65,1e5\n1.9,1e5\n1.95,0\n2.7,0\n")
    disk, state, _ = run_core("quick", [
        "rings.n_ring=12", "surface.tau0=0", "transport.viscosity=disk", "supply.mode=mixing",
        "supply.t_mix=100", f"deep.table={table}"], times=[1e3, 1e5])
    deep = disk.row(state.y, "deep")
    assert deep.min() >= 0.0 and (deep > 0.0).sum() > 3


def test_chunks_and_threads_do_not_matter() -> None:
    """Bit for bit: chunks of one step per ring, one thread, and a core that is built anew."""
    config = configuration("", BOTH)
    times = np.array([0.01, 0.5]) * YEAR
    states = []
    for threads, budget in ((2, 60.0), (1, 0.0)):
        core.set_threads(threads)
        disk = DiskCore(config)
        state = disk.start()
        for t in times:
            while not disk.advance(state, t, budget):
                disk = DiskCore(config) if state.flag.sum() % 40 == 0 else disk
        states.append(state)
    for a, b in zip(states[0].__dict__.values(), states[1].__dict__.values(), strict=True):
        assert np.array_equal(a, b)


def test_off_is_off_and_next_to_nothing_changes_nothing() -> None:
    off = run_core("quick", ())
    assert not off[1].control[4:6].any()
    for name in ("inward", "outward", "moved", "dragged", "light"):
        assert not off[0].row(off[1].y, name).any()
    tiny = run_core("quick", ("transport.viscosity=constant", "transport.nu=1e-200"))
    assert tiny[1].y[:-3] == pytest.approx(off[1].y[:-3], rel=1e-3, abs=1e-12)


def test_check_halves_the_splitting_step_where_there_is_one() -> None:
    def changes(*settings: str) -> list[str]:
        return [x for v in variants(configuration("", settings)) for x in v.overrides]

    assert "transport.step=0.05" in changes("transport.viscosity=disk")
    assert not any("transport" in change for change in changes())


# ---- what a user sees --------------------------------------------------------------------------

def test_the_summary_says_whether_transport_matters(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    text = run(configuration("quick"), path, quiet=True)
    assert "t_end/t_nu = " in text and "off, estimated by 'disk'" in text and "pr_drag off" in text
    text = run(configuration("quick", ["transport.pr_drag=T"]), path, quiet=True, force=True)
    assert "moved inward past r_in" in text and "pr_drag on" in text
