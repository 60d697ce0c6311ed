# SPDX-License-Identifier: BSD-3-Clause
"""Make tests/data/capture_more.json: capture cases in all modes, solved apart from the core.

    python tests/make_capture_reference.py              all cases (two minutes; needs heyoka)
    python tests/make_capture_reference.py disk gas     print only cases whose names hold a word

Values are those of heyoka's Taylor method in extended precision (64-bit mantissa) at a tolerance of
1e-18. Each case tells how far two other solutions are from them: `repeat`, the same with 1e-16, and
`scipy`, SciPy's DOP853 in double precision with rtol 1e-13 (differences as in
orbit_oracle.compare). Cases in which the two solvers differ by more than LIMIT are refused: where
trajectories are so sensitive, a reference says nothing about equations.
"""

from __future__ import annotations

import json
import math
import platform
import sys
from pathlib import Path
from typing import Any

import heyoka
import numpy as np
import orbit_oracle as oracle
import scipy

OUT = Path(__file__).parent / "data" / "capture_more.json"

LIMIT = 2e-9
"""Largest difference between the two solvers in any result."""

TILTED = {"tilt": 25.19, "node": 40.0}
THIN = {"model": "isothermal", "scale_height": 1500.0, "r_ref": 8000.0, "rho_ref": 0.02}
SHORT = {"t_max": 3.0}
NONE = {"model": "none"}

# name: (groups of the namelist, point or place [km], (u, v, w) [AU/yr], (tau_gas, t_gas) [yr])
CASES: dict[str, tuple[dict[str, dict[str, Any]], Any, tuple, tuple]] = {
    "hill_3d_damped": ({}, "L1", (0.02, 0.02, 0.005), ()),
    "hill_3d_retrograde": ({}, "L1", (0.02, 0.04, 0.005), ()),
    "hill_3d_steep": ({}, "L1", (0.02, -0.02, 0.02), ()),
    "hill_3d_escapes": ({}, "L1", (0.05, 0.04, -0.005), ()),
    "hill_3d_high_place": ({}, (-9e5, 2e5, 3e5), (0.03, -0.01, -0.02), ()),
    "hill_no_gas": ({"atmosphere": NONE, "stop": {"t_max": 2.0}}, "L1", (0.05, 0.01, 0.01), ()),
    "hill_inertial_elements": ({"stop": {"elements": "inertial"}}, "L1", (0.05, 0.02, 0.0), ()),
    "hill_given_omega": ({"planet": {"omega": 1.06e-7}}, "L2", (-0.05, -0.03, 0.004), ()),
    "hill_l2_planar": ({}, "L2", (-0.07, -0.02, 0.0), ()),
    "two_body_planar_falls": ({"planet": {"mode": "two_body"}}, "L1", (0.01, 0.008, 0.0), ()),
    "two_body_3d_bound": ({"planet": {"mode": "two_body"}, "stop": {"t_max": 2.0}}, "L1",
                          (0.01, 0.008, 0.006), ()),
    "two_body_grazes": ({"planet": {"mode": "two_body"}}, "L1", (0.03, 0.002, 0.001), ()),
    "two_body_rotating_gas": (
        {"planet": {"mode": "two_body"}, "stop": {"t_max": 1.0},
         "atmosphere": {"gas": "rotating", "gas_fraction": 0.34, **TILTED}},
        "L1", (0.02, 0.007, 0.002), ()),
    "inertial_gas_3d": ({"atmosphere": {"gas": "inertial"}}, "L1", (0.05, 0.02, 0.005), ()),
    "inertial_gas_planar": ({"atmosphere": {"gas": "inertial"}}, "L1", (0.02, 0.04, 0.0), ()),
    "rotating_gas_untilted": ({"atmosphere": {"gas": "rotating", "gas_fraction": 0.34}}, "L1",
                              (0.07, 0.02, 0.0), ()),
    "rotating_gas_tilted": (
        {"atmosphere": {"gas": "rotating", "gas_fraction": 0.34, **TILTED}}, "L1",
        (0.05, 0.03, 0.005), ()),
    "disk_tilted_rotating": (
        {"atmosphere": {"model": "disk", "gas": "rotating", "gas_fraction": 0.5, **TILTED}}, "L1",
        (0.02, 0.04, 0.005), ()),
    "disk_tilted_static_cold": (
        {"atmosphere": {"model": "disk", "temperature": 200.0, "tilt": 10.0, "node": 280.0}},
        "L1", (0.02, 0.02, 0.002), ()),
    "disk_polar": ({"atmosphere": {"model": "disk", "gas": "rotating", "gas_fraction": 0.9,
                                   "tilt": 90.0, "node": -30.0}}, "L1", (0.02, 0.03, 0.005), ()),
    "disk_heavy_gas": ({"atmosphere": {"model": "disk", "temperature": 500.0, "mu": 4.4e-3}},
                       "L1", (0.05, 0.02, 0.002), ()),
    "gas_lost_exponential_falls": ({"stop": SHORT}, "L1", (0.05, 0.03, 0.0), (1.0, 0.1)),
    "gas_lost_exponential_bound": ({"stop": {"t_max": 0.5}}, "L1", (0.05, 0.03, 0.005),
                                   (0.05, 0.4)),
    "gas_lost_exponential_undecided": ({"stop": {"t_max": 0.6}}, "L1", (0.05, 0.02, 0.005),
                                       (0.05, 0.1)),
    "gas_lost_linear_bound": ({"atmosphere": {"decay": "linear"}, "stop": {"t_max": 1.5}}, "L1",
                              (0.02, 0.02, 0.005), (0.4, 0.7)),
    "gas_lost_linear_at_once": ({"atmosphere": {"decay": "linear"}, "stop": {"t_max": 0.8}},
                                "L1", (0.02, 0.03, 0.005), (0.3, 0.0)),
    "gas_lost_rotating_disk": (
        {"atmosphere": {"model": "disk", "gas": "rotating", "gas_fraction": 0.5, **TILTED},
         "stop": {"t_max": 1.2}}, "L1", (0.02, 0.04, 0.005), (0.3, 0.5)),
    "ablation_falls": ({"body": {"c_h": 1.0}}, "L1", (0.05, 0.03, 0.005), ()),
    "ablation_weak": ({"body": {"c_h": 0.1, "zeta": 2.5e6, "c_d": 0.9}}, "L1",
                      (0.02, 0.04, 0.0), ()),
    "ablation_to_nothing": ({"body": {"c_h": 1.0, "zeta": 3e5}}, "L1", (0.02, 0.03, 0.005), ()),
    "ablation_rotating_gas_lost": (
        {"body": {"c_h": 0.5}, "atmosphere": {"gas": "rotating", "gas_fraction": 0.34, **TILTED},
         "stop": {"t_max": 1.0}}, "L1", (0.02, 0.03, 0.005), (0.2, 0.2)),
    "isothermal_dense": ({"atmosphere": {"model": "isothermal"}}, "L1", (0.02, 0.03, 0.005), ()),
    "isothermal_thin": ({"atmosphere": THIN, "body": {"radius": 3.0}}, "L1",
                        (0.02, 0.03, 0.004), ()),
    "isothermal_thin_escapes": ({"atmosphere": THIN}, "L2", (-0.07, -0.03, 0.002), ()),
    "cr3bp_l1_3d": ({"planet": {"mode": "cr3bp"}}, "L1", (0.05, 0.03, 0.005), ()),
    "cr3bp_l1_planar": ({"planet": {"mode": "cr3bp"}}, "L1", (0.02, 0.04, 0.0), ()),
    "cr3bp_l2_3d": ({"planet": {"mode": "cr3bp"}}, "L2", (-0.05, -0.03, 0.005), ()),
    "cr3bp_l2_escapes": ({"planet": {"mode": "cr3bp"}}, "L2", (-0.08, -0.04, 0.005), ()),
    "cr3bp_disk_falls_in_a_shallow_dip": (
        {"planet": {"mode": "cr3bp"},
         "atmosphere": {"model": "disk", "gas": "rotating", "gas_fraction": 0.5, **TILTED}},
        "L2", (-0.02, -0.04, 0.005), ()),
    "cr3bp_dust_no_gas": (
        {"planet": {"mode": "cr3bp"}, "atmosphere": NONE, "stop": SHORT,
         "radiation": {"beta_planet": 0.02, "beta_sun": 0.001}}, "L1", (0.05, 0.01, 0.01), ()),
    "cr3bp_sunlight": ({"planet": {"mode": "cr3bp"}, "body": {"radius": 1.0},
                        "radiation": {"beta_sun": 1e-4}}, "L1", (0.02, 0.03, 0.005), ()),
    "hill_sunlight": ({"body": {"radius": 1.0}, "radiation": {"beta_sun": 1e-4}}, "L1",
                      (0.02, 0.03, 0.005), ()),
    "two_body_light_of_planet": (
        {"planet": {"mode": "two_body"}, "radiation": {"beta_planet": 0.1}, "stop": {"t_max": 2.0}},
        "L1", (0.01, 0.007, 0.001), ()),
}


def solve_case(name: str) -> dict[str, Any]:
    """Inputs, results and the differences of the two further solutions."""
    groups, place, velocity, loss = CASES[name]
    problem = oracle.build(groups)
    if isinstance(place, str):
        place = ((problem.x_l1 if place == "L1" else problem.x_l2) / oracle.KM, 0.0, 0.0)
    entry = [float(v) for v in (*place, *velocity, *(loss or (0.0, 0.0)))]
    result = oracle.solve_heyoka(problem, entry)
    repeat = oracle.compare(result, oracle.solve_heyoka(problem, entry, tol=1e-16))
    other = oracle.compare(result, oracle.solve(problem, entry))
    clean = {k: None if math.isnan(v) else float(v) for k, v in result.items() if k != "n_step"}
    return {"groups": groups, "entry": entry, "result": clean, "repeat": repeat, "scipy": other}


def main() -> None:
    words = sys.argv[1:]
    cases = {}
    for name in CASES:
        if words and not any(word in name for word in words):
            continue
        case = solve_case(name)
        r = case["result"]
        flag = "REFUSED" if case["scipy"] > LIMIT else ""
        print(f"{name:32s} outcome {r['outcome']:.0f} t_end {r['t_end']:.6f} e {r['e_end']:.4f} "
              f"i {r['i_end']:5.1f} turns {r['revolutions']:6.1f} R {r['radius_end']:.3f} tau_1 "
              f"{r['tau_1']} repeat {case['repeat']:.0e} scipy {case['scipy']:.0e} {flag}",
              flush=True)
        if not flag:
            cases[name] = case
    if words:
        return
    OUT.parent.mkdir(exist_ok=True)
    made = (f"tests/make_capture_reference.py, heyoka {heyoka.__version__}, scipy "
            f"{scipy.__version__}, numpy {np.__version__}, {platform.machine()}")
    entry = "x, y, z [km], u, v, w [AU yr-1], tau_gas, t_gas [yr]"
    OUT.write_text(json.dumps({"made_by": made, "entry": entry, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
