# SPDX-License-Identifier: BSD-3-Clause
"""Every variable of the group 'handover' of a disk run, which a long-term model starts from.

The group has dimensions and coordinates of its own, so that it can be read without the rest.
"""

from __future__ import annotations

from marsdisk.output.schema import Variable

GROUP = "handover"


def _at(name: str, units: str, long_name: str) -> Variable:
    return Variable(name, ("t_end",), units, long_name)


def _ring(name: str, long_name: str) -> Variable:
    return Variable(name, ("t_end", "ring"), "kg m-2", long_name)


VARIABLES = (
    _at("t_end", "s", "end of the transition phase, since the start of the run"),
    _at("t_mars", "K", "surface temperature of Mars"),
    Variable("r", ("ring",), "m", "radius of the ring", coordinate=True),
    Variable("r_edges", ("ring_edge",), "m", "edges of the rings"),
    Variable("ring_area", ("ring",), "m2", "area of the ring", coordinate=True),
    Variable("size", ("bin",), "m", "grain radius of the size node", coordinate=True),
    Variable("size_edges", ("bin_edge",), "m", "edges of the size bins"),
    Variable("grain_mass", ("bin",), "kg", "mass of a grain of the size node", coordinate=True),
    Variable("eta", ("eta",), "1", "surviving over initial mass in the long-term model, lowest and "
             "highest"),
    Variable("m_in0", (), "kg",
             "M_in, mass of the inner disk at the start, unbound sizes included"),
    Variable("l_in0", (), "kg m2 s-1", "L_in, angular momentum of the inner disk at the start"),
    Variable("m_removed0", (), "kg", "mass of unbound sizes removed at the start; not in m_loss"),
    _at("m_disk", "kg", "M_in', mass of the inner disk that is left: surface + deep + vapour"),
    _at("l_disk", "kg m2 s-1", "L_in', angular momentum of the inner disk that is left"),
    _at("m_loss", "kg", "Delta M, mass lost for good: blown out, escaped, below the size grid"),
    _at("l_loss", "kg m2 s-1", "Delta L, angular momentum that left with Delta M"),
    _at("m_in", "kg", "mass moved inward past r_in, which a long-term model counts itself"),
    _at("m_out", "kg", "mass moved outward past r_out, which a long-term model counts itself"),
    _at("l_in", "kg m2 s-1", "angular momentum that left with m_in"),
    _at("l_out", "kg m2 s-1", "angular momentum that left with m_out"),
    _at("l_light", "kg m2 s-1", "angular momentum given to the light of Mars by drag"),
    _at("m_external", "kg", "mass that came from outside the system"),
    _at("m_vapour", "kg", "vapour in m_disk"),
    _ring("sigma_solid", "surface density of all solids: surface + deep"),
    _ring("sigma_surf", "surface density of the surface layer"),
    _ring("sigma_deep", "surface density of the deep reservoir, which keeps its initial sizes"),
    _ring("sigma_vapour", "surface density of the vapour layer"),
    Variable("number", ("t_end", "ring", "bin"), "m-2",
             "number of grains of the surface layer per disk area and bin"),
    _at("m_disk0_max", "kg",
        "upper end of the window of initial disk masses: 3e-5 M_Mars + Delta M"),
    Variable("m_disk0_min", ("t_end", "eta"), "kg", "lower end of the window of initial disk "
             "masses: M_Phobos+Deimos/eta + Delta M"),
    _at("q_k2_factor", "1", "1 - Delta M/(m_in0 - m_removed0): factor of Q/k2 of Mars with which "
        "an undiminished disk drives moons as far out"),
)
"""Variables of the group."""
