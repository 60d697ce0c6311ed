# SPDX-License-Identifier: BSD-3-Clause
"""The physics of marsdisk, formula by formula, for arrays.

Every formula of the core is the routine that a run calls, with the parameters of a run: keyword
arguments are keys of the namelist (`marsdisk describe`) with the namelist's units and defaults.
Positional arguments are in SI units (m, kg, s, K); they are broadcast against each other, and the
result has the shape that comes of it, a number for numbers.

What is out of range raises `marsdisk.errors.InputError`: like a run, no formula leaves a table. The
closed forms of drag capture (`marsdisk.theory`) are plain arithmetic: they do not check.
"""

from marsdisk.core import Constant, constants
from marsdisk.physics.atmosphere import gas_density, hill_radius, lagrange_points
from marsdisk.physics.collisions import collision_speed, orbital_frequency, q_d_star
from marsdisk.physics.light import (
    beta,
    blow_out_time,
    exposure,
    opacity,
    q_abs,
    q_pr,
    s_blow,
    s_blow_min,
    stokes_number,
)
from marsdisk.physics.mars import flux, t_mars
from marsdisk.physics.sublimation import (
    grain_temperature,
    p_sat,
    sublimation_flux,
    sublimation_rate,
)
from marsdisk.theory.drag_capture import (
    change_per_orbit,
    change_per_orbit_expanded,
    circular_speed,
    circularisation_time,
    drag_coefficient_per_mass,
    drag_time,
    eccentricity_after,
    first_pass_drop,
    first_pass_drop_parabola,
    time_to_eccentricity,
)

__all__ = [
    "Constant",
    "beta",
    "blow_out_time",
    "change_per_orbit",
    "change_per_orbit_expanded",
    "circular_speed",
    "circularisation_time",
    "collision_speed",
    "constants",
    "drag_coefficient_per_mass",
    "drag_time",
    "eccentricity_after",
    "exposure",
    "first_pass_drop",
    "first_pass_drop_parabola",
    "flux",
    "gas_density",
    "grain_temperature",
    "hill_radius",
    "lagrange_points",
    "opacity",
    "orbital_frequency",
    "p_sat",
    "q_abs",
    "q_d_star",
    "q_pr",
    "s_blow",
    "s_blow_min",
    "stokes_number",
    "sublimation_flux",
    "sublimation_rate",
    "t_mars",
    "time_to_eccentricity",
]
