# SPDX-License-Identifier: BSD-3-Clause
"""Groups of `kind = 'disk'` that say what happens in the disk: data only."""

from __future__ import annotations

from marsdisk.config.schema import Group, Hint, Key, only

_BREAKS = only("collisions.fragmentation", True)
_CUSTOM_QD = only("collisions.qd_set", "custom")
_SURFACE_ENERGY = only("collisions.s_floor", "surface_energy")
_ACTIVE = only("sublimation.active", True)
_RESERVOIR = only("sublimation.vapour", "reservoir")
_CUSTOM = only("sublimation.material", "custom")
_OWN = only("sublimation.material", "custom", "table")
_BLOWOUT = only("radiation.blowout", True)
_BA99 = "Benz & Asphaug (1999), scaled with velocity"

RADIATION = Group(
    "radiation",
    "Radiation pressure and blow-out.",
    (
        Key("qpr_mode", "text", "table", "-", "Q_pr of the grains: Planck-mean Mie table, or one "
            "constant (grey grains).", choices=("table", "constant")),
        Key("qpr", "real", 1.0, "1", "Q_pr (and Q_ext, Q_abs) of grey grains.", within="(0, 10]",
            when=(only("radiation.qpr_mode", "constant"),)),
        Key("qpr_table", "file", "", "-", "netCDF file made by `marsdisk prep qpr`; '' = the "
            "shipped table (forsterite, k_min = 1e-3).",
            when=(only("radiation.qpr_mode", "table"),)),
        Key("blowout", "logical", True, "-", "Remove grains with beta >= 0.5."),
        Key("chi", "real", 1.0, "1", "Blow-out time in units of 1/Omega: t_blow = chi/Omega.",
            within="[0.01, 100]", when=(_BLOWOUT, only("radiation.chi_mode", "const"))),
        Key("chi_mode", "text", "const", "-", "chi from the namelist, from beta and Q_pr at the "
            "smallest bound size above the unbound band (auto), or chi and the unbound fraction "
            "against beta from orbits of the eccentricity of the ring (orbits).",
            choices=("const", "auto", "orbits"), when=(_BLOWOUT,)),
        Key("chi_table", "file", "", "-", "netCDF file made by `marsdisk prep blowout`; '' = the "
            "shipped table.", when=(_BLOWOUT, only("radiation.chi_mode", "orbits"))),
        Key("exposure", "text", "column", "-", "Share of the grains that see Mars: "
            "(1 - exp(-tau))/tau (column), all (thin), or Phi(tau) from a file (table).",
            choices=("column", "thin", "table")),
        Key("opacity", "text", "planck", "-", "Cross-section that shields: Planck-mean Q_pr, or "
            "geometric (Q = 1, the published choice).", choices=("planck", "geometric")),
        Key("phi_table", "file", "", "-", "Table of the exposure Phi (tau, phi).", table="phi",
            when=(only("radiation.exposure", "table"),)),
    ),
)

COLLISIONS = Group(
    "collisions",
    "Collisional cascade.",
    (
        Key("fragmentation", "logical", True, "-", "Grains collide and break."),
        Key("law", "text", "two_body", "-", "Outcome of a collision: each body keeps a remnant of "
            "itself (two_body), or one merged remnant (ls12, published form, to compare only).",
            choices=("two_body", "ls12"), when=(_BREAKS,),
            source="Leinhardt & Stewart (2012)"),
        Key("velocity", "text", "rayleigh", "-", "Relative speed: v_K sqrt(1.25 e^2 + i^2) "
            "(rayleigh), or v_K sqrt((1+e)/(1-e)) (pericenter, to compare only).",
            choices=("rayleigh", "pericenter"), when=(_BREAKS,),
            source="Lissauer & Stewart (1993)"),
        Key("e_profile", "text", "mars_pericenter", "-", "Eccentricity: 1 - R_Mars/r, constant, or "
            "from a file.", choices=("mars_pericenter", "const", "table")),
        Key("e", "real", 0.5, "1", "Eccentricity of e_profile = 'const'.", within="[0, 1)",
            when=(only("collisions.e_profile", "const"),)),
        Key("e_table", "file", "", "-", "Table of the eccentricity against radius (r_RMars, e).",
            table="eccentricity", when=(only("collisions.e_profile", "table"),)),
        Key("i", "real", 0.05, "rad", "Inclination; 0.05 and 0.10 rad are the standard pair.",
            within="(0, 1.5707]", when=(_BREAKS,),
            hints=(Hint(1.5707, 90.0, "an angle in degrees"),)),
        Key("h_factor", "real", 0.7071, "1", "Scale height H = h_factor i r; 0.7071 is the rms "
            "height of Rayleigh inclinations, 1 the published setting.", within="(0, 100]",
            when=(_BREAKS,)),
        Key("q_frag", "real", 3.5, "1", "Slope q of the debris dN/ds ~ s^-q, and of the mass "
            "inside a bin that is unbound in part.", within="(0, 6]"),
        Key("fragment_weights", "text", "number", "-", "Mass weight of a bin in the debris: "
            "integral of s^(3-q) (number), or s^-q (mass, published form, to compare only).",
            choices=("number", "mass"), when=(_BREAKS,)),
        Key("bottom", "text", "floor", "-", "Debris below the grid: sits at s_min, or leaves to a "
            "ledger line of its own.", choices=("floor", "lost"), when=(_BREAKS,)),
        Key("s_floor", "text", "grid", "-", "Smallest fragment: s_min, or what the impact energy "
            "pays for in new surface, never below 1 nm.", choices=("grid", "surface_energy"),
            when=(_BREAKS,), source="Krijt & Kama (2014)"),
        Key("gamma", "real", 0.1, "J m-2", "Surface energy of the material.", within="(0, 100]",
            when=(_BREAKS, _SURFACE_ENERGY), source="Krijt & Kama (2014)"),
        Key("eta", "real", 1.0e-2, "1", "Share of the impact energy that makes new surface.",
            within="(0, 1]", when=(_BREAKS, _SURFACE_ENERGY), source="Krijt & Kama (2014)"),
        Key("qd_set", "text", "ba99", "-", "Strength Q_D*: basalt-like set, or from q_s, b_g, a_s, "
            "a_g. Q_D* [J kg-1] = 1e-4 (q_s (100 s)^-a_s + b_g (rho/1000) (100 s)^a_g), s in m, "
            "linear in v between the nodes at 1, 2, ... 7 km/s.", choices=("ba99", "custom"),
            when=(_BREAKS,), source=_BA99),
        Key("q_s", "reals", (1.9509e8, 1.9509e8, 1.9509e8, 2.92635e8, 3.9018e8, 3.9018e8,
            3.9018e8), "erg g-1", "Strength coefficients at 1, 2, ... 7 km/s.", within="[0, inf)",
            when=(_BREAKS, _CUSTOM_QD), source=_BA99),
        Key("b_g", "reals", (0.8187652527, 1.2847803944, 1.6722, 2.2296, 2.787, 3.1376520343,
            3.4683282388), "erg cm3 g-2", "Gravity coefficients at 1, 2, ... 7 km/s.",
            within="[0, inf)", when=(_BREAKS, _CUSTOM_QD), source=_BA99),
        Key("a_s", "real", 0.38, "1", "Exponent of the strength term.", within="[0, 5]",
            when=(_BREAKS, _CUSTOM_QD), source="Benz & Asphaug (1999)"),
        Key("a_g", "real", 1.36, "1", "Exponent of the gravity term.", within="[0, 5]",
            when=(_BREAKS, _CUSTOM_QD), source="Benz & Asphaug (1999)"),
        Key("qd_velocity", "text", "gravity", "-", "Outside 1-7 km/s the gravity term scales with "
            "v, or both terms do.", choices=("gravity", "both"), when=(_BREAKS,),
            source="Stewart & Leinhardt (2009)"),
        Key("v_fixed", "real", 0.0, "m s-1", "One relative speed for all collisions; 0 = off.",
            within="[0, 1e5]", when=(_BREAKS,)),
    ),
)

SUPPLY = Group(
    "supply",
    "Supply of the surface layer.",
    (
        Key("mode", "text", "const", "-", "Supply rate: none; eps_mix mu f_orb Sigma_ref/T_orb "
            "(const); eps_mix amplitude ((t - t0)/yr)^index (powerlaw); eps_mix times a file "
            "(table); eps_mix Sigma_deep/t_mix (mixing).",
            choices=("none", "const", "powerlaw", "table", "mixing")),
        Key("mu", "real", 1.0, "1", "Factor of the constant rate.", within="[0, inf)",
            when=(only("supply.mode", "const"),)),
        Key("f_orb", "real", 0.05, "1", "Part of Sigma_ref supplied per orbit.",
            within="[0, inf)", when=(only("supply.mode", "const"),)),
        Key("tau_ref", "real", 1.0, "1", "Optical depth of the reference surface density "
            "Sigma_ref = tau_ref/(f_los kappa(t0)), and above which t_settle acts.",
            within="(0, 1e6]"),
        Key("source", "text", "deep", "-", "Where the supply comes from: the deep reservoir, until "
            "it is empty, or outside the system.", choices=("deep", "external"),
            when=(only("supply.mode", "const", "powerlaw", "table", "mixing"),)),
        Key("weights", "text", "initial", "-", "Sizes of the supply: the full initial size "
            "distribution, the smallest bin, or a power law.",
            choices=("initial", "smallest", "powerlaw"),
            when=(only("supply.mode", "const", "powerlaw", "table", "mixing"),)),
        Key("eps_mix", "real", 1.0, "1", "Efficiency; multiplies the supply rate of every mode.",
            within="[0, inf)",
            when=(only("supply.mode", "const", "powerlaw", "table", "mixing"),)),
        Key("t_mix", "real", 0.0, "orbits", "Mixing time of the deep reservoir.",
            within="[0, inf)", when=(only("supply.mode", "mixing"),)),
        Key("amplitude", "real", 0.0, "kg m-2 s-1", "Supply rate one year after the start.",
            within="[0, inf)", when=(only("supply.mode", "powerlaw"),)),
        Key("index", "real", 0.0, "1", "Power of the time; a decaying supply diverges at the start "
            "and has to be given as a table.", within="[0, 20]",
            when=(only("supply.mode", "powerlaw"),)),
        Key("slope", "real", 3.5, "1", "q of the supplied sizes dN/ds ~ s^-q.",
            within="[-10, 10]", when=(only("supply.weights", "powerlaw"),)),
        Key("t_settle", "real", 0.0, "orbits", "The surface above tau_ref sinks back to the deep "
            "reservoir on this time; 0 = off.", within="[0, inf)"),
        Key("table", "file", "", "-", "Table of the supply rate (time_s or time_d or time_yr, "
            "rate_kg_m2_s) or on a full grid (time, r_RMars, rate_kg_m2_s).", table="rate",
            when=(only("supply.mode", "table"),)),
    ),
)

SUBLIMATION = Group(
    "sublimation",
    "Sublimation, condensation and the vapour layer.",
    (
        Key("active", "logical", False, "-", "Grains sublimate (and grow)."),
        Key("material", "text", "forsterite", "-", "Saturation pressure "
            "log10(P/Pa) = A - B/T and molar masses of: forsterite (solid and liquid), SiO, "
            "what psat_a, psat_b, mu, mu_vapour give (custom), or psat_table, mu, mu_vapour "
            "(table). Outside the fit forsterite is extrapolated with a warning, SiO and a table "
            "are refused.",
            choices=("forsterite", "sio", "custom", "table"),
            source="van Lieshout et al. (2014); Fegley & Schaefer (2012)"),
        Key("psat_table", "file", "", "-", "Table of the saturation pressure (temperature_K, "
            "p_sat_Pa), interpolated in (1/T, ln P).", table="psat",
            when=(_ACTIVE, only("sublimation.material", "table"))),
        Key("psat_a", "real", 13.809441833, "1", "A of the saturation pressure.",
            within="[-100, 100]", when=(_ACTIVE, _CUSTOM),
            source="forsterite, van Lieshout et al. (2014)"),
        Key("psat_b", "real", 28362.904024, "K", "B of the saturation pressure.",
            within="(0, 1e6]", when=(_ACTIVE, _CUSTOM),
            source="forsterite, van Lieshout et al. (2014)"),
        Key("mu", "real", 0.140694, "kg mol-1", "Molar mass in the Hertz-Knudsen-Langmuir flux.",
            within="[0.001, 1]", when=(_ACTIVE, _OWN), source="forsterite",
            hints=(Hint(1.0, 1e3, "a molar mass in g mol-1"),)),
        Key("mu_vapour", "real", 0.0313, "kg mol-1", "Mean molar mass of the vapour.",
            within="[0.001, 1]", when=(_OWN,),
            source="2 Mg + SiO + 1.5 O2 per forsterite unit",
            hints=(Hint(1.0, 1e3, "a molar mass in g mol-1"),)),
        Key("t_solidus", "real", 2133.0, "K", "Grains cooler than this are solid.",
            within="(0, 1e4]", when=(_ACTIVE,),
            source="upper end of the solid fit of van Lieshout et al. (2014)"),
        Key("t_liquidus", "real", 2163.0, "K", "Grains hotter than this are liquid; between "
            "t_solidus and t_liquidus they stay what they are.", within="(0, 1e4]",
            when=(_ACTIVE,), source="Fegley & Schaefer (2012)"),
        Key("alpha", "real", 0.1, "1", "Evaporation coefficient: forsterite 0.03-0.2, SiO 0.007.",
            within="(0, 1]", when=(_ACTIVE,), source="van Lieshout et al. (2014)"),
        Key("vapour", "text", "reservoir", "-", "Where the vapour goes: to a layer from which "
            "grains can grow again, or away for good (free, the upper bound).",
            choices=("reservoir", "free"), when=(_ACTIVE,)),
        Key("p_gas", "real", 0.0, "Pa", "Pressure of the gas that 'free' vapour leaves into.",
            within="[0, inf)", when=(_ACTIVE, only("sublimation.vapour", "free"))),
        Key("escape", "text", "none", "-", "Escape of the vapour layer: none, Sigma_vap/t_escape "
            "(time), or an isothermal Parker wind (wind, upper bound).",
            choices=("none", "time", "wind"), when=(_ACTIVE, _RESERVOIR)),
        Key("t_escape", "real", 0.0, "s", "Escape time of the vapour layer.", within="[0, inf)",
            when=(_ACTIVE, _RESERVOIR, only("sublimation.escape", "time"))),
        Key("vapour0", "text", "none", "-", "Vapour layer at the start: none, or saturated, taken "
            "from the deep reservoir.", choices=("none", "saturated"),
            when=(_ACTIVE, _RESERVOIR)),
        Key("gas_drag", "logical", True, "-", "The vapour slows grains that leave: "
            "t_blow = chi/Omega (1 + 1/St).", when=(_ACTIVE, _RESERVOIR)),
        Key("s_nuc", "real", 1.0e-7, "m", "Radius of new grains when vapour condenses and no "
            "surface is left.", within="[1e-9, 1]", when=(_ACTIVE, _RESERVOIR),
            hints=(Hint(1.0, 1e6, "a size in um or nm"),)),
        Key("t_grain", "text", "grey", "-", "Temperature of the grains: grey in the light of an "
            "extended Mars, energy balance with Q_abs per size, or grey at a point lamp.",
            choices=("grey", "balance", "point")),
        Key("q_abs", "real", 1.0, "1", "Q_abs of the point form.", within="(0, 10]",
            when=(only("sublimation.t_grain", "point"),)),
        Key("liquid_breaks", "logical", True, "-", "Liquid grains break in collisions like solid "
            "ones.", when=(_ACTIVE, _BREAKS)),
    ),
)

TRANSPORT = Group(
    "transport",
    "Radial transport between rings, booked apart from the loss.",
    (
        Key("pr_drag", "logical", False, "-", "Poynting-Robertson drag of the surface by the light "
            "of Mars."),
        Key("viscosity", "text", "none", "-", "Viscous diffusion of the deep reservoir: none, nu "
            "as given, alpha c_s^2/Omega, or gravitational instability limited by cooling.",
            choices=("none", "constant", "alpha", "disk"),
            source="disk: Daisaka et al. (2001), Ward & Cameron (1978), Thompson & Stevenson "
            "(1988)"),
        Key("nu", "real", 0.0, "m2 s-1", "Constant kinematic viscosity.", within="[0, 1e15]",
            when=(only("transport.viscosity", "constant"),)),
        Key("alpha", "real", 1.0e-3, "1", "alpha of the alpha law; c_s is that of vapour at "
            "t_photosphere.", within="(0, 1]", when=(only("transport.viscosity", "alpha"),)),
        Key("instability", "text", "wakes", "-", "Viscosity of a gravitationally unstable disk: of "
            "wakes of solid bodies, 26 r_h^5 G^2 Sigma^2/Omega^3, or pi G^2 Sigma^2/Omega^3.",
            choices=("wakes", "patches"),
            source="wakes: Daisaka et al. (2001), patches: Ward & Cameron (1978)"),
        Key("t_photosphere", "real", 2000.0, "K", "Temperature at which the deep reservoir "
            "radiates.", within="[10, 20000]", source="Thompson & Stevenson (1988)"),
        Key("step", "real", 0.1, "1", "Share of a layer or size bin of a ring that transport may "
            "move in one splitting step.", within="[1e-6, 1]"),
    ),
)
