# SPDX-License-Identifier: BSD-3-Clause
"""Every variable of the output of a capture run, and the global attributes of its own."""

from __future__ import annotations

from collections.abc import Mapping

from marsdisk.output.schema import RUN_ATTRIBUTES, Type, Variable

OUTCOMES = ("escaped", "captured", "fell_before_capture", "undecided", "ablated", "failed")
"""Meanings of `outcome`, as numbered by the core."""

TODAY: Mapping[str, tuple[float, float]] = {
    "phobos": (9375.0, 0.0151), "deimos": (23458.0, 0.0002)}
"""Semi-major axes [km] and eccentricities [1] of today's moons (Jacobson 2010, AJ 139, 668)."""

MOONS = ("none", *TODAY)
"""Meanings of `moon`."""

YEAR = "Julian_year"
"""Unit of times: the 'yr' of UDUNITS is another length."""

SPEED = "au Julian_year-1"
"""Unit of velocities at the start."""


def _case(
    name: str, units: str, long_name: str, missing: bool = True, type: Type = "f8",
    flags: tuple[str, ...] = (),
) -> Variable:
    return Variable(name, ("case",), units, long_name, "", missing, type, flags)


def _entry(name: str, units: str, long_name: str) -> Variable:
    return Variable(name, ("case",), units, long_name, coordinate=True)


def _sample(name: str, units: str, long_name: str) -> Variable:
    return Variable(name, ("case", "sample"), units, long_name, missing=True)


def _scalar(name: str, units: str, long_name: str) -> Variable:
    return Variable(name, (), units, long_name)


ENTRIES = (
    _entry("u", SPEED, "velocity at the start along x (away from the Sun)"),
    _entry("v", SPEED, "velocity at the start along y (the motion of Mars)"),
    _entry("w", SPEED, "velocity at the start along z"),
    _entry("tau_gas", YEAR, "time on which the gas is lost, 0 when it lasts; where it differs "
           "between cases"),
    _entry("t_gas", YEAR, "time at which the loss of the gas begins; where it differs between "
           "cases"),
)
"""What tells one case from another."""

RESULTS = (
    _case("outcome", "1", "how the trajectory ended", missing=False, type="i1", flags=OUTCOMES),
    _case("lifetime", YEAR, "time of the fall; missing without one"),
    _case("t_end", YEAR, "time at which the integration ended"),
    _case("t_escape", YEAR, "time of the last outward crossing of 2 r_hill; missing without one"),
    _case("e_end", "1", "osculating eccentricity at the end"),
    _case("a_end", "km", "osculating semi-major axis at the end; negative where unbound"),
    _case("i_end", "degree", "inclination at the end, to the plane across the axis of the gas"),
    _case("tau_half", YEAR, "time from the last e = 0.99 to the last e = exp(-1/2), downward; "
          "missing where not reached"),
    _case("tau_1", YEAR, "the same to e = exp(-1)"),
    _case("tau_2", YEAR, "the same to e = exp(-2)"),
    _case("delta_energy", "J kg-1", "energy given up per mass by what fell or is captured"),
    _case("heating", "J m-2", "energy given up per surface of the body, for a mass of 1e16 kg and "
          "a radius of 10 km (published convention)"),
    _case("heating_body", "J m-2", "the same for mass and radius of the body of the run"),
    _case("ablation_bound", "kg m-2", "mass per surface that heating could ablate: heating/zeta"),
    _case("radius_end", "km", "radius of the body at the end"),
    _case("r_min", "km", "smallest distance from the centre of Mars"),
    _case("revolutions", "1", "longitude swept around Mars in the rotating frame, over 2 pi"),
    _case("n_step", "1", "steps of the integrator; a case that needs more than 1e8 fails",
          missing=False, type="i4"),
    _case("x", "km", "x at the end, in the rotating frame"),
    _case("y", "km", "y at the end"),
    _case("z", "km", "z at the end"),
    _case("vx", "km s-1", "velocity along x at the end, in the rotating frame"),
    _case("vy", "km s-1", "velocity along y at the end"),
    _case("vz", "km s-1", "velocity along z at the end"),
)
"""What came out of each case."""

TIDES = (
    _case("a_now", "km", "semi-major axis today, after the tides; missing for what did not stay "
          "bound or has fallen since"),
    _case("e_now", "1", "eccentricity today"),
    _case("moon", "1", "today's moon that it is like: a within tides.tolerance, e at most e_max, "
          "tides_valid = 1", missing=False, type="i1", flags=MOONS),
    _case("tides_valid", "1", "1 where the eccentricity is always small enough for the expansion "
          "of the tides", missing=False, type="i1"),
)
"""With &tides."""

TRAJECTORIES = (
    Variable("t", ("case", "sample"), YEAR, "time since the start", missing=True, coordinate=True),
    _sample("x", "km", "x along the trajectory, in the rotating frame; the last is that at the "
            "end"),
    _sample("y", "km", "y along the trajectory"),
    _sample("z", "km", "z along the trajectory"),
    _sample("e", "1", "osculating eccentricity along the trajectory"),
    _sample("energy", "J kg-1", "energy v^2/2 - GM/r along the trajectory"),
)
"""With output.trajectories; x, y, z then replace those of the end."""

SCALARS = (
    _scalar("x_start", "km", "x at the start"),
    _scalar("y_start", "km", "y at the start"),
    _scalar("z_start", "km", "z at the start"),
    _scalar("radius", "km", "radius at which a body has fallen"),
    _scalar("r_hill", "km", "Hill radius of Mars"),
    _scalar("omega", "s-1", "angular speed of Mars around the Sun"),
    _scalar("k_drag", "au-1", "K of the drag -K f |v| v, f = density over its value extrapolated "
            "to r = 0: (3/8) rho_ref C_D exp(r_ref/H)/(rho radius) if exponential"),
    _scalar("au", "m", "astronomical unit"),
    _scalar("julian_year", "s", "Julian year, the 'yr' of namelists and attributes"),
)

VARIABLES = (*ENTRIES, *RESULTS, *TIDES, *TRAJECTORIES, *SCALARS)
"""All variables; the physical constants are added by name as scalars."""

ATTRIBUTES = {
    "n_case": "entries of the run",
    **{f"n_{name}": f"cases that ended as {name}" for name in OUTCOMES},
    "n_bound": "captured cases that are still bound at t_max",
    **{f"n_{name}": f"cases that become a moon like {name.capitalize()}" for name in MOONS[1:]},
    "n_step": "steps of all cases",
    **RUN_ATTRIBUTES,
}
"""Global attributes besides those of the conventions (title, history, source, references)."""


def variables(gas: bool, tides: bool, trajectories: bool) -> tuple[Variable, ...]:
    """Variables of a file: with `tau_gas` and `t_gas`, with tides, with trajectories."""
    entries = ENTRIES if gas else ENTRIES[:3]
    results = RESULTS
    if trajectories:
        along = {variable.name for variable in TRAJECTORIES}
        results = tuple(v for v in RESULTS if v.name not in along) + TRAJECTORIES
    return (*entries, *results, *(TIDES if tides else ()), *SCALARS)
