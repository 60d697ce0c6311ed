# SPDX-License-Identifier: BSD-3-Clause
"""What a disk namelist may ask for, and probably does not mean: one small function each."""

from __future__ import annotations

import math
from collections.abc import Iterator

from marsdisk.config.checks import CheckList
from marsdisk.config.schema import Finding, Values

PER_DECADE = 8.8
"""Bins in a decade of sizes at which the surface-energy law is within 1 % (docs/validation.md)."""

_DISK = CheckList()
_advice = _DISK.advises


@_advice("collisions.s_floor", "collisions.fragmentation", "grains.n_bin", "grains.s_min",
         "grains.s_max")
def smallest_fragments_need_bins(values: Values) -> Iterator[Finding]:
    """With the surface-energy law mass piles up across an edge of the unbound band."""
    if not values("collisions.fragmentation") or values("collisions.s_floor") != "surface_energy":
        return
    decades = math.log10(values("grains.s_max") / values("grains.s_min"))
    least = math.ceil(PER_DECADE * decades)
    if values("grains.n_bin") < least:
        yield Finding("grains.n_bin", f"{values('grains.n_bin')} bins are too few for the "
                      f"surface-energy law: M_loss can be tens of per cent off; use {least} and "
                      "`marsdisk check`")


@_advice("collisions.e_profile", "collisions.e", "rings.r_in", "collisions.fragmentation")
def pericentres_are_outside_mars(values: Values) -> Iterator[Finding]:
    """A constant eccentricity can mean orbits that hit Mars."""
    e = values("collisions.e")
    if not values("collisions.fragmentation") or values("collisions.e_profile") != "const":
        return
    if values("rings.r_in") * (1.0 - e) < 1.0:
        yield Finding(
            "collisions.e",
            f"e = {e:g} puts pericentres inside Mars for r < {1.0 / (1.0 - e):.3g} R_Mars",
        )


@_advice("sublimation.active", "sublimation.material", "sublimation.alpha")
def alpha_belongs_to_the_material(values: Values) -> Iterator[Finding]:
    """The default alpha is that of forsterite."""
    used = values("sublimation.active") and values("sublimation.material") == "sio"
    if used and not values.given("sublimation.alpha"):
        yield Finding(
            "sublimation.alpha", "0.1 is the value of forsterite; SiO has alpha = 0.007"
        )


@_advice("stop.mdot_min", "stop.t_min", "stop.t_end")
def threshold_can_act(values: Values) -> Iterator[Finding]:
    """mdot_min acts only after t_min, which may lie behind the end."""
    if 0.0 < values("stop.t_end") <= values("stop.t_min") and values("stop.mdot_min") > 0.0:
        yield Finding(
            "stop.mdot_min", "never acts: the run ends at t_end, which is not after t_min"
        )


ADVICE = _DISK.checks()
