# SPDX-License-Identifier: BSD-3-Clause
"""Groups of `kind = 'disk'` that say where, when and what there is: data only."""

from __future__ import annotations

from marsdisk.config.schema import Group, Hint, Key, only

_COOLS = only("mars.driver", "slab", "linear", "hotspot")
_HOTSPOT = only("mars.driver", "hotspot")
_MELT = only("grains.psd", "melt_lognormal")
_LENGTH = (Hint(1e3, 1e5, "a radius in km"), Hint(1e5, 1e12, "a radius in m"))
_DENSITY = (Hint(0.1, 30.0, "a density in g cm-3"),)
_SIZE = (Hint(10.0, 1e12, "a size in um or nm"),)
_KELVIN = (Hint(0.0, 10.0, "thousands of kelvin"),)
_YEARS = (
    Hint(1e3, 1e4, "a temperature in kelvin"),
    Hint(1e4, 1e15, "a time in s"),
)

RINGS = Group(
    "rings",
    "Radial grid.",
    (
        Key("r_in", "real", 1.0, "R_Mars", "Inner edge of the innermost ring; 1 is the surface "
            "of Mars.", within="[1, 100]", hints=(*_LENGTH, Hint(-1e30, 1.0, "inside Mars"))),
        Key("r_out", "real", 2.7, "R_Mars", "Outer edge of the outermost ring; 2.7 is the Roche "
            "limit.", within="(1, 100]", hints=_LENGTH),
        Key("n_ring", "integer", 32, "1", "Number of rings; 1 is the 0-D model.",
            within="[1, 10000]"),
        Key("spacing", "text", "linear", "-", "Spacing of the ring edges; the ring radius is the "
            "mean (linear) or the geometric mean (log) of its edges.", choices=("linear", "log")),
    ),
)

MARS = Group(
    "mars",
    "Mars as the lamp: its temperature and luminosity against time.",
    (
        Key("driver", "text", "slab", "-", "Cooling law: constant T; radiative cooling of a layer "
            "(slab); constant initial flux (linear); file (table); two-temperature surface cooled "
            "as a slab (hotspot).", choices=("constant", "slab", "linear", "table", "hotspot")),
        Key("t0", "real", 4000.0, "K", "Temperature of Mars at the start.", within="[10, 2e4]",
            when=(only("mars.driver", "constant", "slab", "linear"),), hints=_KELVIN),
        Key("layer_depth", "real", 1.0e5, "m", "Depth D of the cooling layer.",
            within="[1, 3.3895e6]", when=(_COOLS,)),
        Key("layer_rho", "real", 3000.0, "kg m-3", "Density of the cooling layer.",
            within="[100, 3e4]", when=(_COOLS,), hints=_DENSITY),
        Key("layer_cp", "real", 1000.0, "J kg-1 K-1", "Specific heat of the cooling layer.",
            within="[10, 1e5]", when=(_COOLS,)),
        Key("t_floor", "real", 0.0, "K", "Mars does not cool below this temperature.",
            within="[0, 2e4]", when=(_COOLS,)),
        Key("t_hot", "real", 6000.0, "K", "Temperature of the hot part of the surface.",
            within="[10, 2e4]", when=(_HOTSPOT,), hints=_KELVIN),
        Key("f_hot", "real", 0.1, "1", "Fraction f of the surface that is hot: "
            "T_eff^4 = f T_hot^4 + (1 - f) T_bg^4.", within="[0, 1]", when=(_HOTSPOT,),
            hints=(Hint(1.0, 100.0, "a percentage"),)),
        Key("t_bg", "real", 1000.0, "K", "Temperature of the rest of the surface.",
            within="[0, 2e4]", when=(_HOTSPOT,)),
        Key("table", "file", "", "-", "Table of the temperature against time since the start "
            "(time_s or time_d or time_yr, temperature_K).", table="temperature",
            when=(only("mars.driver", "table"),)),
        Key("f_lim", "real", 0.0, "W m-2", "Limit of the outgoing radiation of a steam "
            "atmosphere (some hundred W m-2): L = 4 pi R^2 min(sigma T^4, f_lim); it also slows "
            "the cooling. 0 = off.", within="[0, inf)"),
    ),
)

GRAINS = Group(
    "grains",
    "Size grid and initial size distribution.",
    (
        Key("rho", "real", 3270.0, "kg m-3", "Density of the grains.", within="[100, 3e4]",
            source="forsterite", hints=_DENSITY),
        Key("s_min", "real", 1.0e-7, "m", "Radius of the smallest size node.",
            within="[1e-9, 1]", hints=(Hint(1.0, 1e6, "a size in um or nm"),)),
        Key("s_max", "real", 3.0, "m", "Radius of the largest size node.",
            within="(1e-9, 1e4]", hints=(Hint(1e4, 1e12, "a size in um or nm"),)),
        Key("n_bin", "integer", 40, "1", "Number of log-spaced size nodes.", within="[2, 2000]"),
        Key("psd", "text", "melt_lognormal", "-", "Initial size distribution: two log-normal "
            "populations (melt drops and fine condensates), power law, one size, or file.",
            choices=("melt_lognormal", "power_law", "mono", "table")),
        Key("psd_slope", "real", 3.5, "1", "q of the power law dN/ds ~ s^-q.",
            within="[-10, 10]", when=(only("grains.psd", "power_law"),)),
        Key("s_meter", "real", 1.5, "m", "Radius of the melt drops, or the one radius of 'mono'.",
            within="(0, 1e4]", source="Hyodo et al. (2017a)",
            when=(only("grains.psd", "melt_lognormal", "mono"),)),
        Key("s_fine", "real", 1.0e-7, "m", "Radius of the fine population.", within="(0, 10]",
            when=(_MELT,), source="Hyodo et al. (2017a)", hints=_SIZE),
        Key("f_fine", "real", 0.03, "1", "Weight f of the fine population: "
            "dM/dln s ~ (1 - f) G(s/s_meter) + f G(s/s_fine).", within="[0, 1]", when=(_MELT,),
            hints=(Hint(1.0, 100.0, "a percentage"),)),
        Key("width_dex", "real", 0.3, "dex", "Standard deviation of both populations in log10 s.",
            within="(0, 10]", when=(_MELT,)),
        Key("psd_table", "file", "", "-", "Table of the initial size distribution (size_m or "
            "size_um, dm_dlns: mass per unit ln s, any scale).", table="psd",
            when=(only("grains.psd", "table"),)),
        Key("drop_unbound", "logical", True, "-", "Take the sizes that are unbound at the start "
            "out of the initial surface (booked as removed at t0).",
            when=(only("radiation.blowout", True),)),
    ),
)

SURFACE = Group(
    "surface",
    "The surface layer at the start, and its optical depth.",
    (
        Key("tau0", "real", 1.0, "1", "Initial optical depth of the surface along the line of "
            "sight to Mars (all sizes).", within="[0, 1e6]"),
        Key("sigma0", "real", 0.0, "kg m-2", "Initial surface density of the surface layer; "
            "0 = from tau0.", within="[0, inf)"),
        Key("f_los", "real", 1.0, "1", "Line-of-sight factor: tau_los = f_los kappa Sigma.",
            within="(0, 1e4]"),
        Key("tau_stop", "real", 0.0, "1", "A ring is frozen once tau_los exceeds this; 0 = off. "
            "The published setting is ln 10 = 2.302585.", within="[0, inf)"),
    ),
)

DEEP = Group(
    "deep",
    "Deep reservoir: the mass of the inner disk.",
    (
        Key("m_in", "real", 3.0e-5, "M_Mars", "Mass of the inner disk at the start, surface "
            "(and vapour) included.", within="[0, 1]", source="Canup & Salmon (2018)",
            hints=(Hint(1.0, 1e30, "a mass in kg"),), when=(only("deep.table", ""),)),
        Key("slope", "real", 0.0, "1", "p of the initial profile Sigma ~ r^-p.",
            within="[-20, 20]", when=(only("deep.table", ""),)),
        Key("table", "file", "", "-", "Table of the initial surface density (r_RMars, "
            "sigma_kg_m2), surface layer included; replaces m_in and slope.", table="sigma"),
    ),
)

STOP = Group(
    "stop",
    "When the run ends: at whichever comes first.",
    (
        Key("t_end", "real", 0.0, "yr", "End of the run, in years (365.25 d) after the start; "
            "0 = none.", within="[0, 1000)", hints=_YEARS),
        Key("t_mars_end", "real", 2000.0, "K", "The run ends when Mars has cooled to this "
            "temperature; 0 = never.", within="[0, 2e4]"),
        Key("mdot_min", "real", 0.0, "M_Mars s-1", "The run ends when the loss rate is below "
            "this, after t_min; 0 = never.", within="[0, inf)"),
        Key("t_min", "real", 2.0, "yr", "No end by mdot_min before this time.",
            within="[0, 1000)", hints=_YEARS),
    ),
)

HANDOVER = Group(
    "handover",
    "What a long-term model of moon formation is given: group 'handover' of the output file.",
    (
        Key("t_end", "reals", (0.0,), "yr", "Times at which the transition phase may end, in years "
            "(365.25 d) after the start, increasing: the state of the disk is handed over at each, "
            "and at the end of the run. 0 = at the end of the run alone.", within="[0, 1000)",
            hints=_YEARS, most=1000),
    ),
)

NUMERICS = Group(
    "numerics",
    "Integration in time.",
    (
        Key("rtol", "real", 1.0e-4, "1", "Relative tolerance.", within="[1e-13, 0.1]"),
        Key("atol", "real", 0.0, "kg m-2", "Absolute tolerance of the mass per bin; "
            "0 = automatic.", within="[0, inf)"),
        Key("method", "text", "rodas4", "-", "Integrator: stiffly accurate Rosenbrock method of "
            "order 4.", choices=("rodas4",), source="Hairer & Wanner (1996)"),
    ),
)

OUTPUT = Group(
    "output",
    "What is written, and how often.",
    (
        Key("n_out", "integer", 200, "1", "Number of output times after the start.",
            within="[1, 1000000]"),
        Key("spacing", "text", "log", "-", "Spacing of the output times.",
            choices=("log", "linear")),
        Key("psd", "logical", True, "-", "Write the size distribution (time, ring, bin)."),
        Key("checkpoint", "real", 60.0, "s", "Wall time between checkpoints.",
            within="(0, inf)"),
    ),
)
