# SPDX-License-Identifier: BSD-3-Clause
"""Bodies at rest in the gas, or coming to rest in it: drag is right on both sides of the kink."""

from __future__ import annotations

import numpy as np
import orbit_oracle as oracle
import pytest
from test_orbit import AU, entries, problem

SMALL = "body.radius=0.01"
TWO_BODY = "planet.mode=two_body"
CASES = {
    "dropped": ((TWO_BODY, "start.x=-2e5"), (0.0, 0.0, 0.0)),
    "dropped in the turning frame": (("start.x=-2e5",), (0.0, 0.0, 0.0)),
    "thrown up": ((TWO_BODY, "start.x=-5e4"), (-0.15, 0.0, 0.0)),
    "thrown up aslant the axes": (
        (TWO_BODY, "start.x=-5e4", "start.y=2e4", "start.z=1e4"), (-0.15, 0.06, 0.03)),
    "all but dropped": (("start.x=-2e5",), (0.0, 1e-9, 0.0)),
    "carried along": (("start.x=-2e5", "atmosphere.gas=inertial"),
                      (0.0, 2e5 / AU * 3.340571, 0.0)),
    "ablating": ((TWO_BODY, "start.x=-5e4", "body.c_h=0.05"), (-0.15, 0.0, 0.0)),
}
"""Overrides and velocity at the start [AU yr-1] of bodies of 10 m."""


def groups(overrides: tuple[str, ...]) -> dict[str, dict[str, object]]:
    """Overrides as the oracle takes them, without &start."""
    found: dict[str, dict[str, object]] = {}
    for override in overrides:
        key, _, value = override.partition("=")
        group, _, name = key.partition(".")
        if group != "start":
            text = value[:1].isalpha()
            found.setdefault(group, {})[name] = value if text else float(value)
    return found


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rtol", [1e-12, 1e-16])
def test_bodies_at_rest_in_the_gas_are_braked(case: str, rtol: float) -> None:
    """Times of fall agree with Runge-Kutta, which has no series of the speed: core and SciPy.

    Measured: 5e-14 of the time (rtol 1e-12) and 1.3e-15 (1e-16) against the core's DOP853 at
    1e-15; 3e-9 to 4e-6 while the series was taken across.
    """
    overrides, velocity = CASES[case]
    overrides = (*overrides, SMALL)
    core = problem(*overrides, f"numerics.rtol={rtol}")
    start = entries(core, *velocity)
    found = core.sweep(start)
    dop853 = problem(*overrides, "numerics.method=dop853", "numerics.rtol=1e-15").sweep(start)
    tolerance = 1e-12 if rtol == 1e-12 else 1e-14
    assert found["lifetime"] == pytest.approx(dop853["lifetime"], rel=tolerance)
    scipy = oracle.solve(oracle.build(groups(overrides)), start[:6, 0], 1e-13)
    assert found["lifetime"][0] == pytest.approx(scipy["lifetime"], rel=2e-11)
    assert found["outcome"][0] == scipy["outcome"]


@pytest.mark.parametrize("case", ["thrown up", "thrown up aslant the axes"])
def test_drag_brakes_on_the_way_down_as_well(case: str) -> None:
    """Gas at rest only ever takes energy: before, at and after the moment of rest."""
    overrides, velocity = CASES[case]
    core = problem(*overrides, SMALL)
    samples = core.trajectory(entries(core, *velocity)[:, 0], 2000)
    change = np.diff(samples["energy"])
    assert change.max() <= 1e-12 * np.abs(samples["energy"]).max()
    assert samples["energy"][-1] < samples["energy"][0]


def test_a_body_at_rest_with_the_gas_at_a_point_of_equilibrium_stays() -> None:
    """Neither speed nor its rate: the recurrence from rest has nothing to divide by."""
    core = problem("planet.mode=cr3bp", "stop.t_max=0.1")
    found = core.sweep(entries(core, 0.0, 0.0))
    assert found["x"][0] == pytest.approx(core.start_point[0], rel=1e-13)
    assert found["n_step"][0] < 100
