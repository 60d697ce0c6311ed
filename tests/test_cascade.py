# SPDX-License-Identifier: BSD-3-Clause
"""Steady collisional cascades have the slope that theory gives them."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import ONE_RING, run_core
from marsdisk.core import DiskCore, DiskState

SPEED = 1000.0
"""Speed of all collisions [m s-1]."""

SMALLEST, LARGEST = 1e-7, 1e2
"""Ends of the grid [m]: nine decades, of which the middle half is used."""

SUPPLY = 1e-6
"""Mass supplied to the largest bodies [kg m-2 s-1]."""


def cascade(g: float, n_bin: int, bottom: str = "lost") -> tuple[DiskCore, DiskState]:
    """Steady cascade with Q_D* ~ s^g, fed at the top of the grid and drained at its bottom."""
    # Q_D* = v^2/20 in the middle: a body is disrupted by one of about half its size
    middle = np.sqrt(SMALLEST * LARGEST)
    coefficient = 0.05 * SPEED**2 * 1e4 * (100.0 * middle) ** -g
    none = ",".join(["0"] * 7)
    if g > 0.0:        # the term that grows with size carries a factor rho/1000
        given = ",".join([repr(float(coefficient / 3.27))] * 7)
        strength = [f"collisions.q_s={none}", f"collisions.b_g={given}", f"collisions.a_g={g}"]
    else:
        given = ",".join([repr(float(coefficient))] * 7)
        strength = [f"collisions.q_s={given}", f"collisions.b_g={none}", f"collisions.a_s={-g}"]
    disk, state, _ = run_core("", [
        *ONE_RING, *strength, "collisions.qd_set=custom", f"collisions.v_fixed={SPEED}",
        f"collisions.bottom={bottom}", f"grains.n_bin={n_bin}", f"grains.s_min={SMALLEST}",
        f"grains.s_max={LARGEST}", "grains.psd=mono", f"grains.s_meter={LARGEST}",
        "surface.sigma0=1e-6", "radiation.qpr_mode=constant", "radiation.blowout=F",
        "mars.driver=constant", "stop.t_mars_end=0", "stop.t_end=900", "supply.mode=powerlaw",
        "supply.source=external", f"supply.amplitude={SUPPLY}"])
    return disk, state


def slope(disk: DiskCore, state: DiskState) -> float:
    """q of dN/ds ~ s^-q over the middle half of the grid (4.5 decades)."""
    x = np.log(disk.size)
    number = np.log(state.y[: disk.n_bin, 0] / disk.mass / disk.size)
    middle = np.abs((x - x.mean()) / (x[-1] - x[0])) < 0.25
    return -float(np.polyfit(x[middle], number[middle], 1)[0])


@pytest.mark.parametrize("n_bin", [40, 80, 160])
@pytest.mark.parametrize(("g", "tolerance"), [(0.0, 0.002), (-0.38, 0.012), (0.3, 0.012)])
def test_slope_is_that_of_obrien_and_greenberg(g: float, tolerance: float, n_bin: int) -> None:
    """q = (7 + g/3)/(2 + g/3); without scale (g = 0) Dohnanyi's 3.5."""
    disk, state = cascade(g, n_bin)
    assert slope(disk, state) == pytest.approx((7.0 + g / 3.0) / (2.0 + g / 3.0), abs=tolerance)


@pytest.mark.parametrize("g", [0.0, -0.38, 0.3])
def test_steady_cascade_passes_on_what_it_is_given(g: float) -> None:
    """No bin changes any more, and the loss at the bottom is the supply at the top."""
    disk, state = cascade(g, 60)
    rates = disk.rates(0, disk.t_stop, state.y[:, 0])
    assert np.abs(rates[: disk.n_bin]).max() < 1e-6 * SUPPLY
    assert rates[disk.rows["below"]] == pytest.approx(SUPPLY, rel=1e-6)


def test_lower_cutoff_makes_waves_that_fade_upwards() -> None:
    """Bodies that lack the projectiles below the grid pile up (Campo Bagatin et al. 1994)."""
    disk, state = cascade(0.3, 160)
    x = np.log(disk.size)
    local = -np.gradient(np.log(state.y[: disk.n_bin, 0] / disk.mass / disk.size), x)
    part = (x - x[0]) / (x[-1] - x[0])
    low = np.ptp(local[(part > 0.03) & (part < 0.25)])
    middle = np.ptp(local[(part > 0.4) & (part < 0.6)])
    assert low > 1.0
    assert middle < 0.1 * low
