# SPDX-License-Identifier: BSD-3-Clause
"""Mars as the lamp: the core's T_M(t) and flux against an ODE solution and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import YEAR, configuration
from marsdisk.core import DiskCore
from marsdisk.errors import InputError
from scipy.integrate import solve_ivp

SIGMA_SB = 5.670374419e-8
HEAT = 1.0e5 * 3000.0 * 1000.0
"""D rho c_p of the default layer [J m-2 K-1]."""

GREY = ("rings.n_ring=1", "radiation.qpr_mode=constant", "radiation.opacity=geometric",
        "grains.n_bin=2", "collisions.fragmentation=.false.", "stop.t_mars_end=0")
TIMES = np.linspace(0.0, 2.0, 9) * YEAR


def lamp(*overrides: str) -> tuple[np.ndarray, np.ndarray]:
    """T_M [K] and flux [W m-2] of the core at `TIMES`."""
    disk = DiskCore(configuration("", [*GREY, "stop.t_end=2", *overrides]))
    values = [disk.lamp(float(t)) for t in TIMES]
    return (np.array([v["t_mars"] for v in values]), np.array([v["flux"] for v in values]))


def cooled(t0: float, limit: float) -> np.ndarray:
    """Solution of heat dT/dt = -min(sigma T^4, limit) at `TIMES` [K]."""
    fun = lambda t, y: -np.minimum(SIGMA_SB * y**4, limit) / HEAT
    run = solve_ivp(fun, (0.0, TIMES[-1]), [t0], "DOP853", TIMES, rtol=1e-11, max_step=YEAR / 100)
    return run.y[0]


@pytest.mark.parametrize("limit", [np.inf, 1.0e6, 3.0e5, 300.0])
def test_slab_cools_by_what_it_radiates(limit: float) -> None:
    f_lim = 0.0 if np.isinf(limit) else limit
    t_mars, flux = lamp("mars.t0=4000", f"mars.f_lim={f_lim}")
    expected = cooled(4000.0, limit)
    assert np.allclose(t_mars, expected, rtol=2e-7)
    assert np.allclose(flux, np.minimum(SIGMA_SB * expected**4, limit), rtol=1e-6)


def test_hot_spot_cools_as_a_slab_from_its_effective_temperature() -> None:
    t_eff = (0.1 * 6000.0**4 + 0.9 * 1000.0**4) ** 0.25
    t_mars, _ = lamp("mars.driver=hotspot")
    assert np.allclose(t_mars, cooled(t_eff, np.inf), rtol=2e-7)


def test_linear_driver_keeps_the_flux_of_the_start_down_to_its_floor() -> None:
    t_mars, _ = lamp("mars.driver=linear", "mars.t_floor=2500")
    expected = 4000.0 - SIGMA_SB * 4000.0**4 * TIMES / HEAT
    assert np.allclose(t_mars, np.maximum(expected, 2500.0), rtol=1e-13)
    assert t_mars[-1] == 2500.0


def test_limit_slows_the_linear_driver() -> None:
    t_mars, flux = lamp("mars.driver=linear", "mars.f_lim=1e6")
    assert np.allclose(t_mars, 4000.0 - 1.0e6 * TIMES / HEAT, rtol=1e-13)
    assert np.allclose(flux, 1.0e6)


def test_table_is_met_at_its_knots_and_monotone_in_between(tmp_path: Path) -> None:
    knots = np.array([[0.0, 4000.0], [0.3, 3100.0], [0.5, 3000.0], [1.1, 2999.0], [2.5, 2100.0]])
    path = tmp_path / "t.txt"
    path.write_text("time_yr temperature_K\n"
                    + "\n".join(f"{t} {k}" for t, k in knots) + "\n")
    disk = DiskCore(configuration("", [*GREY, "stop.t_end=2", "mars.driver=table",
                                       f"mars.table={path}"]))
    at = np.array([disk.lamp(t * YEAR)["t_mars"] for t in knots[:-1, 0]])
    assert np.allclose(at, knots[:-1, 1], rtol=1e-12)
    fine = np.array([disk.lamp(t)["t_mars"] for t in np.linspace(0.0, 2.0, 400) * YEAR])
    assert np.all(np.diff(fine) <= 0.0)


def test_the_end_is_where_mars_has_cooled_to_t_mars_end(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("time_yr temperature_K\n0 4000\n1 3000\n2 2500\n3 1500\n")
    for overrides in (["mars.driver=table", f"mars.table={path}"], ["mars.driver=slab"],
                      ["mars.driver=linear"], ["mars.f_lim=4e5"]):
        disk = DiskCore(configuration("", [*GREY[:-1], "stop.t_mars_end=2200", *overrides]))
        assert disk.lamp(disk.t_stop)["t_mars"] == pytest.approx(2200.0, rel=1e-12)
        assert disk.lamp(disk.t_stop * 0.999)["t_mars"] > 2200.0


def test_a_table_that_ends_too_early_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("time_yr temperature_K\n0 4000\n1 3000\n")
    with pytest.raises(InputError, match=r"mars.table"):
        DiskCore(configuration("", [*GREY, "stop.t_end=2", "mars.driver=table",
                                    f"mars.table={path}"]))


def test_temperatures_outside_the_q_table_are_an_input_error() -> None:
    with pytest.raises(InputError, match=r"qpr_table"):
        DiskCore(configuration("", ["mars.driver=hotspot", "mars.t_hot=15000", "mars.f_hot=0.5"]))


def test_sio_outside_its_fitted_range_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"sublimation.material"):
        DiskCore(configuration("", ["sublimation.active=.true.", "sublimation.material=sio"]))


def test_a_mars_that_cools_to_nothing_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"mars.t_floor"):
        DiskCore(configuration("", [*GREY, "stop.t_end=4", "mars.driver=linear"]))
