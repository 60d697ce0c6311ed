# SPDX-License-Identifier: BSD-3-Clause
"""Contradictions between the keys of a disk namelist, one small function each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from marsdisk.config.checks import CheckList, memory_here
from marsdisk.config.schema import Finding, Values

YEAR = 365.25 * 86400.0
"""Julian year [s]."""

SHIPPED_SIZES = (1.0e-8, 10.0)
"""Radii covered by the shipped Q_pr table [m]."""

SHIPPED_TEMPERATURES = (300.0, 6500.0)
"""Temperatures covered by the shipped Q_pr table [K]."""

BYTES_PER_PAIR = 104
"""What the core keeps of a collision between two bins in a ring [bytes]."""

_DISK = CheckList()
_check = _DISK.refuses


@_check("rings.r_in", "rings.r_out")
def rings_have_a_width(values: Values) -> Iterator[Finding]:
    """r_out > r_in."""
    if values("rings.r_out") <= values("rings.r_in"):
        yield Finding(
            "rings.r_out",
            f"{values('rings.r_out'):g} R_Mars is not outside r_in = {values('rings.r_in'):g}",
            "expected r_out > r_in",
        )


@_check("grains.s_min", "grains.s_max")
def sizes_have_a_range(values: Values) -> Iterator[Finding]:
    """s_max > s_min."""
    if values("grains.s_max") <= values("grains.s_min"):
        yield Finding(
            "grains.s_max",
            f"{values('grains.s_max'):g} m is not larger than s_min = "
            f"{values('grains.s_min'):g} m",
            "expected s_max > s_min",
        )


def _needs_file(values: Values, switch: str, choice: str, key: str) -> Iterator[Finding]:
    if values(switch) == choice and not values(key):
        yield Finding(
            switch, f"'{choice}' needs a file, but {key} is empty", f"expected {key} = 'FILE'"
        )


@_check("mars.driver", "mars.table")
def mars_table_given(values: Values) -> Iterator[Finding]:
    """driver = 'table' names its file."""
    yield from _needs_file(values, "mars.driver", "table", "mars.table")


@_check("grains.psd", "grains.psd_table")
def psd_table_given(values: Values) -> Iterator[Finding]:
    """psd = 'table' names its file."""
    yield from _needs_file(values, "grains.psd", "table", "grains.psd_table")


@_check("radiation.exposure", "radiation.phi_table")
def phi_table_given(values: Values) -> Iterator[Finding]:
    """exposure = 'table' names its file."""
    yield from _needs_file(values, "radiation.exposure", "table", "radiation.phi_table")


@_check("collisions.e_profile", "collisions.e_table")
def e_table_given(values: Values) -> Iterator[Finding]:
    """e_profile = 'table' names its file."""
    yield from _needs_file(values, "collisions.e_profile", "table", "collisions.e_table")


@_check("supply.mode", "supply.table")
def supply_table_given(values: Values) -> Iterator[Finding]:
    """mode = 'table' names its file."""
    yield from _needs_file(values, "supply.mode", "table", "supply.table")


@_check("sublimation.active", "sublimation.material", "sublimation.psat_table")
def psat_table_given(values: Values) -> Iterator[Finding]:
    """material = 'table' needs psat_table."""
    if values("sublimation.active"):
        yield from _needs_file(
            values, "sublimation.material", "table", "sublimation.psat_table"
        )


def initial_temperature(values: Values) -> float:
    """Effective temperature of Mars at the start [K]."""
    driver = values("mars.driver")
    if driver == "table":
        table = values.table("mars.table")
        return float(table.z[0]) if table else math.nan
    if driver == "hotspot":
        hot = values("mars.f_hot") * values("mars.t_hot") ** 4
        background = (1.0 - values("mars.f_hot")) * values("mars.t_bg") ** 4
        return (hot + background) ** 0.25
    return values("mars.t0")


_TEMPERATURE = ("mars.driver", "mars.t0", "mars.t_hot", "mars.f_hot", "mars.t_bg", "mars.table")
_T0_KEY = {"hotspot": "mars.t_hot", "table": "mars.table"}


@_check("stop.t_mars_end", *_TEMPERATURE)
def mars_is_hot_at_the_start(values: Values) -> Iterator[Finding]:
    """Mars is not already colder than the temperature that ends the run."""
    start, end = initial_temperature(values), values("stop.t_mars_end")
    if end > 0.0 and start <= end:
        yield Finding(
            _T0_KEY.get(values("mars.driver"), "mars.t0"),
            f"Mars starts at {start:g} K, which is not above stop.t_mars_end = {end:g} K: the "
            "run would end at once",
            "expected a hotter start, a lower stop.t_mars_end, or 0 to switch it off",
        )


@_check("stop.t_end", "stop.t_mars_end", "mars.t_floor", *_TEMPERATURE)
def run_has_an_end(values: Values) -> Iterator[Finding]:
    """Something ends the run: a time, or Mars cold enough (output times need to know)."""
    if values("stop.t_end") > 0.0:
        return
    end, driver = values("stop.t_mars_end"), values("mars.driver")
    table = values.table("mars.table")
    if end == 0.0:
        why = "stop.t_mars_end is 0"
    elif driver == "constant":
        why = "Mars does not cool with mars.driver = 'constant'"
    elif driver in ("slab", "linear", "hotspot") and values("mars.t_floor") >= end:
        why = f"mars.t_floor keeps Mars at or above stop.t_mars_end = {end:g} K"
    elif table is not None and float(table.z.min()) > end:
        why = f"the temperatures in {table.path.name} stay above stop.t_mars_end = {end:g} K"
    else:
        return
    yield Finding("stop.t_end", f"the run would never end: {why}", "expected t_end > 0 [yr]")


@_check("mars.t_floor", *_TEMPERATURE)
def floor_is_below_the_start(values: Values) -> Iterator[Finding]:
    """t_floor is not above the initial temperature."""
    if values("mars.driver") not in ("slab", "linear", "hotspot"):
        return
    start = initial_temperature(values)
    if values("mars.t_floor") > start:
        yield Finding(
            "mars.t_floor",
            f"{values('mars.t_floor'):g} K is above the initial temperature {start:g} K",
            "expected a floor below the start",
        )


@_check("mars.table", "stop.t_end")
def mars_table_covers_the_run(values: Values) -> Iterator[Finding]:
    """The temperature table starts at or before 0 and reaches t_end."""
    table = values.table("mars.table")
    if table is None:
        return
    first, last, end = float(table.x[0]), float(table.x[-1]), values("stop.t_end") * YEAR
    if first > 0.0:
        yield Finding(
            "mars.table",
            f"{table.path.name} starts {first:g} s after the start of the run",
            "expected the first time to be 0",
        )
    if last < end:
        yield Finding(
            "mars.table",
            f"{table.path.name} ends at {last / YEAR:g} yr, before stop.t_end = "
            f"{values('stop.t_end'):g} yr",
            "expected a table that covers the run: it is not extrapolated",
        )


@_check("supply.table", "stop.t_end")
def supply_table_covers_the_run(values: Values) -> Iterator[Finding]:
    """The supply table starts at or before 0 and reaches t_end."""
    table = values.table("supply.table")
    if table is None:
        return
    if float(table.x[0]) > 0.0 or float(table.x[-1]) < values("stop.t_end") * YEAR:
        yield Finding(
            "supply.table",
            f"{table.path.name} covers {table.x[0] / YEAR:g} to {table.x[-1] / YEAR:g} yr, the "
            f"run 0 to {values('stop.t_end'):g} yr",
            "expected a table that covers the run: it is not extrapolated",
        )


def ring_centres(values: Values) -> tuple[float, float]:
    """Radii of the first and the last ring [R_Mars]."""
    inner, outer, count = values("rings.r_in"), values("rings.r_out"), values("rings.n_ring")
    if values("rings.spacing") == "log":
        step = (outer / inner) ** (0.5 / count)
        return inner * step, outer / step
    step = 0.5 * (outer - inner) / count
    return inner + step, outer - step


_RINGS = ("rings.r_in", "rings.r_out", "rings.n_ring", "rings.spacing")


def _covers_rings(values: Values, key: str) -> Iterator[Finding]:
    table = values.table(key)
    if table is None or values("rings.r_out") <= values("rings.r_in"):
        return
    radii = table.y if table.y.size else table.x
    first, last = ring_centres(values)
    slack = 1e-9 * last
    if radii[0] > first + slack or radii[-1] < last - slack:
        yield Finding(
            key,
            f"{table.path.name} covers {radii[0]:g} to {radii[-1]:g} R_Mars, the ring centres "
            f"{first:g} to {last:g} R_Mars",
            "expected a table that covers the rings: it is not extrapolated",
        )


@_check("collisions.e_table", *_RINGS)
def e_table_covers_the_rings(values: Values) -> Iterator[Finding]:
    """The eccentricity table reaches over all ring centres."""
    yield from _covers_rings(values, "collisions.e_table")


@_check("deep.table", *_RINGS)
def deep_table_covers_the_rings(values: Values) -> Iterator[Finding]:
    """The surface density table reaches over all ring centres."""
    yield from _covers_rings(values, "deep.table")


@_check("supply.table", *_RINGS)
def radial_supply_covers_the_rings(values: Values) -> Iterator[Finding]:
    """A supply table in (time, radius) reaches over all ring centres."""
    table = values.table("supply.table")
    if table is not None and table.y.size:
        yield from _covers_rings(values, "supply.table")


@_check("grains.psd_table", "grains.s_min", "grains.s_max")
def psd_table_meets_the_grid(values: Values) -> Iterator[Finding]:
    """The size table has sizes on the grid."""
    table = values.table("grains.psd_table")
    if table is None:
        return
    if table.x[-1] <= values("grains.s_min") or table.x[0] >= values("grains.s_max"):
        yield Finding(
            "grains.psd_table",
            f"{table.path.name} covers {table.x[0]:g} to {table.x[-1]:g} m, the size grid "
            f"{values('grains.s_min'):g} to {values('grains.s_max'):g} m",
            "expected sizes on the grid",
        )


@_check("grains.psd", "grains.s_meter", "grains.s_min", "grains.s_max")
def mono_is_on_the_grid(values: Values) -> Iterator[Finding]:
    """The one size of psd = 'mono' lies on the grid."""
    size = values("grains.s_meter")
    on_grid = values("grains.s_min") <= size <= values("grains.s_max")
    if values("grains.psd") == "mono" and not on_grid:
        yield Finding(
            "grains.s_meter",
            f"{size:g} m, the size of psd = 'mono', is outside s_min..s_max",
            f"expected {values('grains.s_min'):g} to {values('grains.s_max'):g} m",
        )


@_check("radiation.qpr_mode", "radiation.qpr_table", "grains.s_min", "grains.s_max")
def shipped_table_covers_the_sizes(values: Values) -> Iterator[Finding]:
    """The shipped Q_pr table is not extrapolated in size."""
    if values("radiation.qpr_mode") != "table" or values("radiation.qpr_table"):
        return
    low, high = SHIPPED_SIZES
    for key in ("grains.s_min", "grains.s_max"):
        if not low <= values(key) <= high:
            yield Finding(
                key,
                f"{values(key):g} m is outside the shipped Q_pr table",
                f"expected {low:g} to {high:g} m, another radiation.qpr_table, or "
                "radiation.qpr_mode = 'constant'",
            )


@_check("radiation.qpr_mode", "radiation.qpr_table", *_TEMPERATURE)
def shipped_table_covers_the_temperature(values: Values) -> Iterator[Finding]:
    """The shipped Q_pr table is not extrapolated in temperature."""
    if values("radiation.qpr_mode") != "table" or values("radiation.qpr_table"):
        return
    low, high = SHIPPED_TEMPERATURES
    start = initial_temperature(values)
    if start < low or start > high:
        yield Finding(
            _T0_KEY.get(values("mars.driver"), "mars.t0"),
            f"Mars starts at {start:g} K, outside the shipped Q_pr table",
            f"expected {low:g} to {high:g} K, another radiation.qpr_table, or "
            "radiation.qpr_mode = 'constant'",
        )


@_check("surface.tau0", "surface.sigma0")
def surface_is_set_once(values: Values) -> Iterator[Finding]:
    """tau0 and sigma0 both say how much surface there is."""
    if values("surface.sigma0") > 0.0 and values.changed("surface.tau0", 1.0):
        yield Finding(
            "surface.sigma0",
            f"sigma0 = {values('surface.sigma0'):g} and tau0 = {values('surface.tau0'):g} both "
            "set the initial surface",
            "expected one of them",
        )


@_check("handover.t_end")
def handover_times_increase(values: Values) -> Iterator[Finding]:
    """Times of the hand-over ascend; a single 0 means none."""
    times = values("handover.t_end")
    if times == (0.0,):
        return
    if 0.0 in times:
        yield Finding("handover.t_end", "0 is the start of the run",
                      "expected times after it, or 0 alone for the end of the run")
    elif any(later <= earlier for earlier, later in pairwise(times)):
        yield Finding("handover.t_end", "the times do not increase",
                      "expected strictly increasing times [yr]")


@_check("handover.t_end", "stop.t_end")
def handover_is_in_the_run(values: Values) -> Iterator[Finding]:
    """No time of the hand-over is after stop.t_end."""
    last, end = max(values("handover.t_end")), values("stop.t_end")
    if 0.0 < end < last:
        yield Finding("handover.t_end", f"{last:g} yr is after the end of the run, stop.t_end = "
                      f"{end:g} yr", "expected times up to it")


@_check("deep.table", "deep.m_in", "deep.slope")
def deep_is_set_once(values: Values) -> Iterator[Finding]:
    """A radial table replaces m_in and slope."""
    if not values("deep.table"):
        return
    for key, default in (("deep.m_in", 3.0e-5), ("deep.slope", 0.0)):
        if values.changed(key, default):
            yield Finding(
                key, "contradicts deep.table, which gives the mass itself", "expected one of them"
            )


@_check("collisions.q_frag", "collisions.bottom", "collisions.s_floor")
def debris_slope_keeps_mass_finite(values: Values) -> Iterator[Finding]:
    """Debris that reaches below the grid needs 3 < q < 4."""
    if 3.0 < values("collisions.q_frag") < 4.0:
        return
    for key, choice in (("collisions.bottom", "lost"), ("collisions.s_floor", "surface_energy")):
        if values(key) == choice:
            yield Finding(
                "collisions.q_frag",
                f"{values('collisions.q_frag'):g} does not go with {key} = '{choice}': mass or "
                "surface of the debris would not be finite",
                "expected 3 < q_frag < 4",
            )


@_check("collisions.fragment_weights", "collisions.bottom", "collisions.s_floor")
def mass_weights_need_a_smallest_fragment(values: Values) -> Iterator[Finding]:
    """s^-q as a mass weight has no finite integral down to size 0."""
    endless = values("collisions.bottom") == "lost" and values("collisions.s_floor") == "grid"
    if endless and values("collisions.fragment_weights") == "mass":
        yield Finding(
            "collisions.fragment_weights",
            "'mass' does not go with collisions.bottom = 'lost': "
            "all debris would be below the grid",
            "expected 'number', or bottom = 'floor'",
        )


@_check("supply.mode", "supply.t_mix")
def mixing_has_a_time(values: Values) -> Iterator[Finding]:
    """mode = 'mixing' needs t_mix."""
    if values("supply.mode") == "mixing" and values("supply.t_mix") == 0.0:
        yield Finding(
            "supply.t_mix", "mode = 'mixing' needs a mixing time", "expected t_mix > 0 [orbits]"
        )


@_check("supply.mode", "supply.amplitude")
def powerlaw_has_an_amplitude(values: Values) -> Iterator[Finding]:
    """mode = 'powerlaw' needs amplitude."""
    if values("supply.mode") == "powerlaw" and values("supply.amplitude") == 0.0:
        yield Finding(
            "supply.amplitude",
            "mode = 'powerlaw' needs an amplitude",
            "expected amplitude > 0 [kg m-2 s-1]",
        )


@_check("supply.mode", "supply.source")
def mixing_draws_on_the_deep_layer(values: Values) -> Iterator[Finding]:
    """mode = 'mixing' is a share of the deep reservoir."""
    if values("supply.mode") == "mixing" and values("supply.source") == "external":
        yield Finding(
            "supply.source",
            "mode = 'mixing' brings up the deep reservoir, so it cannot come from outside",
            "expected source = 'deep'",
        )


@_check("sublimation.escape", "sublimation.t_escape")
def escape_has_a_time(values: Values) -> Iterator[Finding]:
    """escape = 'time' needs t_escape."""
    if values("sublimation.escape") == "time" and values("sublimation.t_escape") == 0.0:
        yield Finding(
            "sublimation.t_escape", "escape = 'time' needs a time", "expected t_escape > 0 [s]"
        )


@_check("sublimation.active", "sublimation.s_nuc", "sublimation.vapour", "grains.s_min",
        "grains.s_max")
def new_grains_are_on_the_grid(values: Values) -> Iterator[Finding]:
    """s_nuc lies on the size grid where grains can form."""
    if not values("sublimation.active") or values("sublimation.vapour") != "reservoir":
        return
    low, high = values("grains.s_min"), values("grains.s_max")
    if not low <= values("sublimation.s_nuc") <= high:
        yield Finding(
            "sublimation.s_nuc",
            f"{values('sublimation.s_nuc'):g} m is outside the size grid",
            f"expected {low:g} to {high:g} m",
        )


@_check("sublimation.t_grain", "radiation.qpr_mode")
def balance_has_a_table(values: Values) -> Iterator[Finding]:
    """t_grain = 'balance' needs Q_abs(s, T)."""
    if values("sublimation.t_grain") == "balance" and values("radiation.qpr_mode") != "table":
        yield Finding(
            "sublimation.t_grain",
            "'balance' needs Q_abs of each size, but radiation.qpr_mode is 'constant'",
            "expected qpr_mode = 'table' or t_grain = 'grey'",
        )


@_check("sublimation.t_solidus", "sublimation.t_liquidus")
def phases_are_in_order(values: Values) -> Iterator[Finding]:
    """t_solidus <= t_liquidus."""
    if values("sublimation.t_solidus") > values("sublimation.t_liquidus"):
        yield Finding(
            "sublimation.t_solidus",
            f"{values('sublimation.t_solidus'):g} K is above t_liquidus = "
            f"{values('sublimation.t_liquidus'):g} K",
            "expected t_solidus <= t_liquidus",
        )


@_check("transport.viscosity", "transport.nu")
def constant_viscosity_is_given(values: Values) -> Iterator[Finding]:
    """viscosity = 'constant' needs nu, and nu needs it."""
    constant = values("transport.viscosity") == "constant"
    if constant and values("transport.nu") == 0.0:
        yield Finding("transport.viscosity", "'constant' needs a viscosity, but nu is 0",
                      "expected transport.nu > 0")
    if values("transport.nu") > 0.0 and not constant:
        yield Finding("transport.nu", "would be ignored: viscosity is "
                      f"'{values('transport.viscosity')}'", "expected viscosity = 'constant'")


@_check("surface.tau_stop", "transport.pr_drag", "transport.viscosity")
def stopped_rings_exchange_nothing(values: Values) -> Iterator[Finding]:
    """A ring stopped by tau_stop has no time at which its neighbours could give to it."""
    moving = values("transport.pr_drag") or values("transport.viscosity") != "none"
    if values("surface.tau_stop") > 0.0 and moving:
        yield Finding("surface.tau_stop", "a ring that is stopped cannot exchange mass with its "
                      "neighbours", "expected tau_stop = 0.0, or no transport")


@_check("grains.n_bin", "rings.n_ring", "collisions.fragmentation")
def collisions_fit_into_memory(values: Values) -> Iterator[Finding]:
    """Every ring keeps what comes of a collision between any two bins."""
    size = BYTES_PER_PAIR * values("grains.n_bin") ** 2 * values("rings.n_ring")
    here = memory_here()
    if values("collisions.fragmentation") and size > here:
        yield Finding("grains.n_bin", f"{values('grains.n_bin')} bins in {values('rings.n_ring')} "
                      f"rings need {size / 1e9:.3g} GB of memory",
                      f"expected at most the {here / 1e9:.3g} GB of this machine")


CHECKS = _DISK.checks()
