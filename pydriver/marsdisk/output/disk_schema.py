# SPDX-License-Identifier: BSD-3-Clause
"""Every variable of the output of a disk run, and the global attributes of its own."""

from __future__ import annotations

from marsdisk.output import handover_schema
from marsdisk.output.schema import RUN_ATTRIBUTES, Type, Variable

EPOCH = "s since 2000-01-01 00:00:00"
"""Unit of `time`: seconds. CF demands an epoch; this one is nominal, t = 0 is the start."""


def _time(name: str, units: str, long_name: str, missing: bool = False) -> Variable:
    return Variable(name, ("time",), units, long_name, missing=missing)


def _ring(
    name: str, units: str, long_name: str, missing: bool = False, type: Type = "f8"
) -> Variable:
    return Variable(name, ("time", "ring"), units, long_name, missing=missing, type=type)


VARIABLES = (
    Variable("time", ("time",), EPOCH, "time since the start of the run", "time"),
    Variable("r", ("ring",), "m", "radius of the ring", coordinate=True),
    Variable("r_edges", ("ring_edge",), "m", "edges of the rings"),
    Variable("ring_area", ("ring",), "m2", "area of the ring", coordinate=True),
    Variable("eccentricity", ("ring",), "1", "eccentricity of the orbits in the ring"),
    Variable("v_collision", ("ring",), "m s-1", "relative speed of collisions in the ring"),
    Variable("size", ("bin",), "m", "grain radius of the size node", coordinate=True),
    Variable("size_edges", ("bin_edge",), "m", "edges of the size bins"),
    Variable("grain_mass", ("bin",), "kg", "mass of a grain of the size node", coordinate=True),
    Variable("t_drag", ("ring",), "s", "Poynting-Robertson time r/|dr/dt| of grains "
             "with beta = 0.5 in full light"),
    _time("t_mars", "K", "surface temperature of Mars"),
    _time("s_blow", "m", "largest grain radius with beta = 0.5; missing when none is", True),
    _time("s_blow_min", "m", "smallest grain radius with beta = 0.5; missing when none is", True),
    _time("mdot_blow", "kg s-1", "rate of mass blown out by radiation pressure"),
    _time("mdot_escape", "kg s-1", "rate of mass that escapes as vapour"),
    _time("mdot_below", "kg s-1", "rate of mass that leaves the size grid at its lower end"),
    _time("m_blow", "kg", "mass blown out so far"),
    _time("m_escape", "kg", "mass escaped as vapour so far"),
    _time("m_below", "kg", "mass that left the size grid at its lower end so far"),
    _time("m_loss", "kg", "mass lost so far: m_blow + m_escape + m_below"),
    _time("m_supply", "kg", "mass supplied to the surface layer so far"),
    _time("m_settled", "kg", "mass that sank from the surface back to the deep reservoir so far"),
    _time("m_external", "kg", "mass that came from outside the system so far"),
    _time("m_surface", "kg", "mass in the surface layer"),
    _time("m_deep", "kg", "mass in the deep reservoir"),
    _time("m_vapour", "kg", "mass in the vapour layer"),
    _time("m_disk", "kg", "corrected mass of the inner disk: surface + deep + vapour"),
    _time("m_in", "kg", "mass moved inward past r_in, or fallen on Mars, so far"),
    _time("m_fallen", "kg", "mass of unbound grains that fell on Mars so far, in m_in"),
    _time("m_out", "kg", "mass moved outward past r_out so far"),
    _time("l_disk", "kg m2 s-1", "angular momentum m sqrt(G M r) of the inner disk"),
    _time("l_loss", "kg m2 s-1", "angular momentum m sqrt(G M r) that left with m_loss so far"),
    _time("l_in", "kg m2 s-1", "angular momentum that left with m_in so far: sqrt(G M r_in) each, "
          "that of its ring if fallen"),
    _time("l_out", "kg m2 s-1", "angular momentum that left with m_out so far, sqrt(G M r_out) "
          "each"),
    _time("l_light", "kg m2 s-1", "angular momentum given to the light of Mars by drag so far"),
    _time("mass_residual", "1", "largest ring residual of surface + deep + vapour + ledger - "
          "initial, over initial + supplied + moved by transport"),
    _time("surface_residual", "1", "largest ring residual of the surface layer alone, over its "
          "initial mass + what was supplied to it"),
    _time("l_residual", "1", "residual of the angular momentum: l_disk + l_loss + l_in + l_out + "
          "l_light + removed - external - initial, over initial + external"),
    _ring("sigma_surf", "kg m-2", "surface density of the surface layer"),
    _ring("sigma_deep", "kg m-2", "surface density of the deep reservoir"),
    _ring("sigma_vapour", "kg m-2", "surface density of the vapour layer"),
    _ring("sigma_blow", "kg m-2", "mass per area blown out so far"),
    _ring("sigma_escape", "kg m-2", "mass per area escaped as vapour so far"),
    _ring("sigma_below", "kg m-2", "mass per area that left the size grid at its lower end so far"),
    _ring("sigma_supply", "kg m-2", "mass per area supplied to the surface layer so far"),
    _ring("sigma_moved", "kg m-2", "mass per area moved to the neighbouring rings so far, net"),
    _ring("sigma_drag", "kg m-2", "mass per area that drag carried out of the surface layer of the "
          "ring so far, net"),
    _ring("t_viscous", "s", "viscous time r^2/nu of the deep reservoir, by viscosity = 'disk' when "
          "there is none; missing where nothing is", True),
    _ring("mdot_area", "kg m-2 s-1", "rate of mass lost per area, by all routes"),
    _ring("tau_los", "1", "optical depth of the surface layer along the line of sight to Mars"),
    _ring("t_grain", "K", "equilibrium temperature of grey grains"),
    _ring("stokes_blow", "1", "Stokes number of grains of radius s_blow in the vapour; missing "
          "without vapour or blow-out size", True),
    _ring("collision_power", "W m-2", "kinetic energy that collisions bring in per time"),
    _ring("sigma_catastrophic", "kg m-2 s-1", "mass per area and time met by impacts above Q_D*"),
    _ring("sigma_cratering", "kg m-2 s-1", "mass per area and time met by impacts below Q_D*"),
    _ring("liquid", "1", "1 where the grains are liquid", type="i1"),
    _ring("frozen", "1", "1 where the ring was stopped by tau_stop", type="i1"),
    Variable("number", ("time", "ring", "bin"), "m-2", "number of grains per disk area and bin"),
    Variable("m_removed0", (), "kg", "mass of unbound sizes removed from the surface at the start"),
    Variable("m_surface0", (), "kg", "mass of the surface layer before that removal"),
    Variable("kappa0", (), "m2 kg-1", "opacity of the full initial size distribution"),
    Variable("sigma_ref", (), "kg m-2", "reference surface density tau_ref/(f_los kappa0)"),
    Variable("au", (), "m", "astronomical unit"),
    Variable("julian_year", (), "s", "Julian year, the 'yr' of namelists and attributes"),
)
"""Variables of a disk run; the physical constants are added by name as scalars."""

GROUPS = {handover_schema.GROUP: handover_schema.VARIABLES}
"""Variables of the groups of a complete file, by the name of the group."""

ATTRIBUTES = {
    "m_loss_mars": "mass lost at the end, in masses of Mars",
    "t99_yr": "time at which 99 % of it was lost, in years of 365.25 d; a cubic between outputs",
    "t_over_t_viscous": "length of the run over the shortest t_viscous at the start",
    "t_over_t_drag": "length of the run over the shortest t_drag",
    **RUN_ATTRIBUTES,
    "n_step": "accepted steps, all rings",
    "n_reject": "rejected steps, all rings",
}
"""Global attributes besides those of the conventions (title, history, source, references)."""
