# SPDX-License-Identifier: BSD-3-Clause
"""Groups of `kind = 'capture'`: data only."""

from __future__ import annotations

from marsdisk.config.schema import Group, Hint, Key, only

SPEEDS = "[-15, 15]"
"""Velocities at the start [AU yr-1]; nothing that is bound to the Sun passes Mars faster."""

_GAS = only("atmosphere.model", "exponential", "isothermal", "disk")
_DISK_MODEL = only("atmosphere.model", "disk")
_ROTATING = only("atmosphere.gas", "rotating")
_GRID = only("start.table", "")
_TIDES = only("tides.active", True)
_TRAJECTORIES = only("output.trajectories", True)
_METRES = "a length in m"
_DENSITY = (Hint(0.1, 30.0, "a density in g cm-3"),)
_YEARS = (Hint(1e6, 1e17, "a time in s"),)
_PLACE = (Hint(5e7, 1e14, _METRES), Hint(-1e14, -5e7, _METRES))
_AXIS = "first, last, count of equal steps; with n_random, the interval it is drawn from"

PLANET = Group(
    "planet",
    "Mars, and its motion around the Sun.",
    (
        Key("mode", "text", "hill", "-", "Equations: Hill's (the Sun's gravity linearised), Mars "
            "alone at rest (two_body), or the full circular restricted three-body problem "
            "(cr3bp).", choices=("hill", "two_body", "cr3bp"), source="Hunten (1979)"),
        Key("gm", "real", 4.282837e13, "m3 s-2", "Gravitational parameter G M of Mars.",
            within="[1e6, 1e18]", source="Konopliv et al. (2016), rounded",
            hints=(Hint(1.0, 1e6, "a GM in km3 s-2"),)),
        Key("radius", "real", 3389.92, "km", "Radius at which a body has fallen.",
            within="[1, 1e5]", source="IAU mean radius is 3389.5 km",
            hints=(Hint(1e5, 1e10, "a radius in m"),)),
        Key("a_sun", "real", 1.523679, "AU", "Distance between Mars and the Sun.",
            within="[0.01, 1000]", source="semi-major axis of Mars at J2000",
            hints=(Hint(1e5, 1e10, "a distance in km"), Hint(1e10, 1e15, "a distance in m"))),
        Key("omega", "real", 0.0, "s-1", "Angular speed of Mars around the Sun; 0 = from a_sun. A "
            "given value goes before the mass of the Sun.", within="[0, 1e-3]",
            hints=(Hint(1e-3, 1e3, "an angular speed in yr-1"),)),
    ),
)

BODY = Group(
    "body",
    "The body that may be captured.",
    (
        Key("radius", "real", 10.0, "km", "Radius of the body.", within="(0, 1000]",
            source="about that of Phobos", hints=(Hint(1e3, 1e7, "a radius in m"),)),
        Key("rho", "real", 1850.0, "kg m-3", "Density of the body.", within="[100, 3e4]",
            source="about that of Phobos", hints=_DENSITY),
        Key("c_d", "real", 1.0, "1", "Drag coefficient C_D: the deceleration is "
            "(3/8) C_D (rho_gas/rho) v^2/radius.", within="[0, 100]", source="Hunten (1979)"),
        Key("c_h", "real", 0.0, "1", "Heat transfer coefficient C_H of ablation, "
            "dm/dt = -C_H rho_gas S v^3/(2 zeta), which feeds back on the drag; 0 = off.",
            within="[0, 10]", when=(_GAS,)),
        Key("zeta", "real", 8.1e6, "J kg-1", "Heat that ablates a unit of mass.",
            within="[1e4, 1e10]", source="vaporisation of stone",
            hints=(Hint(1e2, 1e4, "a heat in kJ kg-1"),)),
    ),
)

ATMOSPHERE = Group(
    "atmosphere",
    "The gas around Mars: its density, its motion, and how it is lost.",
    (
        Key("model", "text", "exponential", "-", "Density: rho_ref exp(-(r - r_ref)/H) "
            "(exponential); rho_ref exp((r_ref^2/H)(1/r - 1/r_ref)) (isothermal, hydrostatic); the "
            "exponential times exp(-z^2/H_z^2) across a disk (disk); or no gas.",
            choices=("exponential", "isothermal", "disk", "none"), source="Hunten (1979)"),
        Key("rho_ref", "real", 4.9e-3, "kg m-3", "Density at r_ref.", within="[0, 100]",
            when=(_GAS,), source="Hunten (1979)"),
        Key("r_ref", "real", 20000.0, "km", "Distance at which rho_ref holds.",
            within="(0, 2e6]", when=(_GAS,), source="Hunten (1979)",
            hints=(Hint(2e6, 1e13, _METRES),)),
        Key("scale_height", "real", 12000.0, "km", "Scale height H (at r_ref, if isothermal).",
            within="(0, 1e6]", when=(_GAS,), source="Hunten (1979)",
            hints=(Hint(1e6, 1e13, _METRES),)),
        Key("gas", "text", "static", "-", "Motion of the gas: at rest in the frame that turns with "
            "Mars around the Sun (static, published), at rest among the stars (inertial), or "
            "turning about the axis at gas_fraction of the Kepler speed (rotating).",
            choices=("static", "inertial", "rotating"), when=(_GAS,)),
        Key("gas_fraction", "real", 0.0, "1", "Speed of the rotating gas over the Kepler speed; "
            "hydrostatic support at 300 K and 20000 km allows only 0.34.", within="[0, 1]",
            when=(_GAS, _ROTATING), hints=(Hint(1.0, 101.0, "a percentage"),)),
        Key("tilt", "real", 0.0, "deg", "Angle between the axis of gas and disk and the normal of "
            "the orbit of Mars; the axis keeps its direction among the stars.",
            within="[0, 180]"),
        Key("node", "real", 0.0, "deg", "Direction in which the axis leans at the start, counted "
            "from +x (away from the Sun) towards +y.", within="[-360, 360]"),
        Key("tau_gas", "real", 0.0, "yr", "Time on which the gas is lost; 0 = it lasts.",
            within="[0, 1e10]", when=(_GAS,), hints=(Hint(1e10, 1e18, "a time in s"),)),
        Key("t_gas", "real", 0.0, "yr", "Time at which the loss of the gas begins.",
            within="[0, 1e6]", when=(_GAS,), hints=_YEARS),
        Key("decay", "text", "exponential", "-", "Loss of the gas: exp(-(t - t_gas)/tau_gas), or "
            "linear to nothing at t_gas + tau_gas.", choices=("exponential", "linear"),
            when=(_GAS,)),
        Key("temperature", "real", 300.0, "K", "Temperature of the disk: "
            "H_z = sqrt(2) c_s/Omega_K with c_s^2 = R T/mu.", within="[1, 2e4]",
            when=(_DISK_MODEL,), source="Hunten (1979)"),
        Key("mu", "real", 2.2e-3, "kg mol-1", "Mean molar mass of the disk.",
            within="[1e-4, 1]", when=(_DISK_MODEL,), source="solar composition",
            hints=(Hint(1.0, 1e3, "a molar mass in g mol-1"),)),
    ),
)

RADIATION = Group(
    "radiation",
    "Radiation pressure, for dust.",
    (
        Key("beta_planet", "real", 0.0, "1", "Radiation pressure of Mars over its gravity.",
            within="[0, 1)"),
        Key("beta_sun", "real", 0.0, "1", "Radiation pressure of the Sun over its gravity.",
            within="[0, 10]", when=(only("planet.mode", "hill", "cr3bp"),)),
    ),
)

START = Group(
    "start",
    "Entries: where and how the bodies start, one case for each combination.",
    (
        Key("point", "text", "L1", "-", "Lagrange point at which bodies start, towards the Sun "
            "(L1) or away from it (L2).", choices=("L1", "L2"), source="Hunten (1979)"),
        Key("x", "real", 0.0, "km", "Start on the axis away from the Sun; x = y = z = 0: at the "
            "Lagrange point.", within="[-5e7, 5e7]", hints=_PLACE),
        Key("y", "real", 0.0, "km", "Start along the motion of Mars.", within="[-5e7, 5e7]",
            hints=_PLACE),
        Key("z", "real", 0.0, "km", "Start on the normal of the orbit.", within="[-5e7, 5e7]",
            hints=_PLACE),
        Key("u", "reals", (0.01, 0.10, 10.0), "AU yr-1", f"Velocity along x: {_AXIS}.",
            within="[-1e9, 1e9]", when=(_GRID,)),
        Key("v", "reals", (-0.10, 0.10, 21.0), "AU yr-1", f"Velocity along y: {_AXIS}.",
            within="[-1e9, 1e9]", when=(_GRID,)),
        Key("w", "reals", (0.0, 0.0, 1.0), "AU yr-1", f"Velocity along z: {_AXIS}.",
            within="[-1e9, 1e9]", when=(_GRID,)),
        Key("table", "file", "", "-", "List of entries instead of the grid, one row per case "
            "(u_AU_yr, v_AU_yr; if wanted w_AU_yr, tau_gas_yr, t_gas_yr).", table="entries"),
        Key("n_random", "integer", 0, "1", "Number of entries drawn uniformly from the intervals "
            "instead of the grid; 0 = the grid.", within="[0, 1000000000]", when=(_GRID,)),
        Key("seed", "integer", 1, "1", "Seed of the random entries; entry number n depends on it "
            "and on n alone.", within="[0, 2147483647]"),
        Key("tau_gas", "reals", (0.0, 0.0, 0.0), "yr", "Values of atmosphere.tau_gas: first, last, "
            "count; count 0 = the one of &atmosphere.", within="[0, 1e10]", when=(_GAS,)),
        Key("t_gas", "reals", (0.0, 0.0, 0.0), "yr", "Values of atmosphere.t_gas: first, last, "
            "count; count 0 = the one of &atmosphere.", within="[0, 1e9]", when=(_GAS,)),
        Key("gas_spacing", "text", "linear", "-", "Spacing of tau_gas and t_gas.",
            choices=("linear", "log")),
    ),
)

STOP = Group(
    "stop",
    "When a trajectory ends, and what counts as capture.",
    (
        Key("t_max", "real", 8.0, "yr", "Longest time that is followed.", within="(0, 1e6]",
            hints=_YEARS),
        Key("e_captured", "real", 0.9, "1", "A body is captured if its eccentricity is below this "
            "when it falls, or at t_max if it cannot leave any more.", within="(0, 1]"),
        Key("elements", "text", "rotating", "-", "Velocities that eccentricity and energy are made "
            "of: in the rotating frame (published), or inertial.",
            choices=("rotating", "inertial")),
    ),
)

NUMERICS = Group(
    "numerics",
    "Integration.",
    (
        Key("method", "text", "taylor", "-", "Taylor series of arbitrary order; explicit "
            "Runge-Kutta of order 8 (dop853); leapfrog with fixed step, solved for the Coriolis "
            "terms (leapfrog) or as printed, with the error of the source (leapfrog_printed, to "
            "compare only).", choices=("taylor", "dop853", "leapfrog", "leapfrog_printed"),
            source="Jorba & Zou (2005); Hairer, Norsett & Wanner (1993)"),
        Key("rtol", "real", 1.0e-12, "1", "Relative tolerance of a step.", within="[1e-17, 1e-3]",
            when=(only("numerics.method", "taylor", "dop853"),)),
        Key("dt", "real", 1.0e-5, "yr", "Length of a fixed step.", within="(0, 1]",
            hints=(Hint(1.0, 1e9, "a time in s"),)),
        Key("order", "integer", 0, "1", "Order of the Taylor series; 0 = from rtol.",
            within="[0, 30]", when=(only("numerics.method", "taylor"),)),
        Key("step", "text", "adaptive", "-", "Length of the steps: from rtol, or dt (fixed, to "
            "measure the order). The leapfrog always has a fixed step.",
            choices=("adaptive", "fixed"),
            when=(only("numerics.method", "taylor", "dop853"),)),
    ),
)

TIDES = Group(
    "tides",
    "Orbits of the bound survivors after the run, down to today.",
    (
        Key("active", "logical", False, "-", "Evolve what is still bound at t_max by tides and say "
            "which entries make a moon like Phobos or Deimos."),
        Key("k2_over_q", "real", 1.85e-3, "1", "Tidal response k2/Q of Mars.", within="[0, 100]",
            when=(_TIDES,), source="fits the acceleration of Phobos"),
        Key("rotation", "real", 24.6229, "h", "Sidereal rotation period of Mars.",
            within="(0, 1e4]", when=(_TIDES,), hints=(Hint(1e4, 1e6, "a time in s"),)),
        Key("k2_over_q_body", "real", 0.0, "1", "Tidal response k2/Q of the body; "
            "0 = no tide in it.", within="[0, 100]", when=(_TIDES,)),
        Key("age", "real", 4.5e9, "yr", "Time from the end of the run to today.",
            within="[1e3, 2e10]", when=(_TIDES,),
            hints=(Hint(0.0, 20.0, "a time in Gyr"), Hint(2e10, 1e19, "a time in s"))),
        Key("tolerance", "real", 0.1, "1", "A moon is like Phobos or Deimos if its semi-major "
            "axis agrees to this share and its eccentricity is at most e_max.", within="(0, 1]",
            when=(_TIDES,)),
        Key("e_max", "real", 0.1, "1", "Largest eccentricity of such a moon; theirs are 0.015 and "
            "0.0002.", within="(0, 1]", when=(_TIDES,)),
    ),
)

OUTPUT = Group(
    "output",
    "What is written, and how often.",
    (
        Key("trajectories", "logical", False, "-", "Write the trajectory of every case."),
        Key("n_sample", "integer", 2000, "1", "Number of points of a trajectory: four fifths "
            "spaced evenly in the steps of the integrator, one fifth in time.",
            within="[2, 1000000]", when=(_TRAJECTORIES,)),
        Key("checkpoint", "real", 60.0, "s", "Wall time between checkpoints.",
            within="(0, inf)"),
    ),
)
