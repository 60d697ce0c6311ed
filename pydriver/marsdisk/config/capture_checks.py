# SPDX-License-Identifier: BSD-3-Clause
"""Contradictions between the keys of a capture namelist, one small function each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from marsdisk.config.capture_groups import SPEEDS
from marsdisk.config.checks import CheckList
from marsdisk.config.schema import Finding, Range, Values, real_text

MAX_CASES = 1_000_000_000
"""More entries than this are a slip [1]."""

LARGE_FILE = 2.0e10
"""Output above this is worth a warning [bytes]."""

STEPS = 1000
"""A run of the leapfrog has more steps; the period at the surface of Mars is 2e-4 yr [1]."""

STEEPEST = 600.0
"""Largest r_ref/H: exp(r_ref/H) is a number up to 709 [1]."""

GM_SUN, AU = 1.32712440018e20, 1.495978707e11
"""G M of the Sun [m3 s-2] and astronomical unit [m]: to judge, not to compute."""

SHORTEST_LOSS = 1.0e-9
"""Gas that is lost faster is lost at once; the series of exp(-t/tau_gas) would overflow [yr]."""

LITTLE_GAS = 1.0e-3
"""Share of the gas below which it is gone [1]."""

_CAPTURE = CheckList()
_check, _advice = _CAPTURE.refuses, _CAPTURE.advises
_SPEEDS = Range.parse(SPEEDS)
_AXES = ("start.u", "start.v", "start.w", "start.tau_gas", "start.t_gas")


def axis_length(values: Values, key: str) -> int:
    """Number of values on an axis of the grid; 1 for a gas key that is no axis."""
    return max(1, int(values(key)[2]))


def case_count(values: Values) -> int:
    """Number of entries of the run."""
    table = values.table("start.table")
    if table is not None:
        return len(table.columns["u"])
    return values("start.n_random") or math.prod(axis_length(values, key) for key in _AXES)


def _bad_axis(values: Values, key: str, least: int) -> Iterator[Finding]:
    """Wrong counts, and ends in disorder, of an axis with `least` values or more."""
    first, last, count = values(key)
    shown = ", ".join(map(real_text, values(key)))
    if count != math.floor(count):
        yield Finding(key, f"{count:g} is no count", "expected first, last, a whole number")
    elif count < least:
        yield Finding(key, f"{shown} is an empty axis", f"expected a count >= {least}")
    elif first > last:
        yield Finding(key, f"{first:g} is above {last:g}", "expected first <= last, count")
    elif count == 1 and first != last and not values("start.n_random"):
        yield Finding(key, f"one value, but from {first:g} to {last:g}",
                      "expected first = last or a count >= 2")


def _bad_velocity(values: Values, key: str) -> Iterator[Finding]:
    """What is wrong with an axis of velocities."""
    if values("start.table"):
        return
    yield from _bad_axis(values, key, least=1)
    speed = max(values(key)[:2], key=abs)
    if speed not in _SPEEDS:
        looks = f"; {key[-1]} is in AU yr-1, and {speed:g} looks like a speed in m s-1"
        yield Finding(key, f"{speed:g} is out of range{looks if abs(speed) < 1e5 else ''}",
                      f"expected {_SPEEDS} [AU yr-1]; 1 AU yr-1 is 4.74 km s-1")


@_check("start.u", "start.n_random", "start.table")
def u_is_an_axis(values: Values) -> Iterator[Finding]:
    """u is first, last, count."""
    yield from _bad_velocity(values, "start.u")


@_check("start.v", "start.n_random", "start.table")
def v_is_an_axis(values: Values) -> Iterator[Finding]:
    """v is first, last, count."""
    yield from _bad_velocity(values, "start.v")


@_check("start.w", "start.n_random", "start.table")
def w_is_an_axis(values: Values) -> Iterator[Finding]:
    """w is first, last, count."""
    yield from _bad_velocity(values, "start.w")


def _bad_gas_axis(values: Values, name: str) -> Iterator[Finding]:
    """What is wrong with an axis of tau_gas or t_gas; a count of 0 means that it is none."""
    key = f"start.{name}"
    first, last, count = values(key)
    if count == 0.0:
        if first or last:
            yield Finding(key, "the count is 0, so it is no axis", "expected a count >= 1")
        return
    yield from _bad_axis(values, key, least=0)
    if first <= 0.0 and (name == "tau_gas" or values("start.gas_spacing") == "log"):
        why = "gas that lasts" if name == "tau_gas" else "no place on a logarithmic axis"
        yield Finding(key, f"starts at 0, which is {why}", "expected first > 0 [yr]")
    if values("start.table"):
        yield Finding(key, "does not go with start.table, which has a row for every case",
                      f"expected a column {name}_yr in the table")
    if values(f"atmosphere.{name}") != 0.0:
        yield Finding(key, f"contradicts atmosphere.{name} = {values(f'atmosphere.{name}'):g}",
                      "expected one of them")


@_check("start.tau_gas", "start.n_random", "start.table", "start.gas_spacing",
        "atmosphere.tau_gas")
def tau_gas_is_an_axis(values: Values) -> Iterator[Finding]:
    """tau_gas is first, last, count."""
    yield from _bad_gas_axis(values, "tau_gas")


@_check("start.t_gas", "start.n_random", "start.table", "start.gas_spacing", "atmosphere.t_gas")
def t_gas_is_an_axis(values: Values) -> Iterator[Finding]:
    """t_gas is first, last, count."""
    yield from _bad_gas_axis(values, "t_gas")


def gas_is_lost(values: Values) -> bool:
    """Whether the gas is lost in some of the cases."""
    table = values.table("start.table")
    given = table is not None and "tau_gas" in table.columns and table.columns["tau_gas"].any()
    return bool(values("atmosphere.tau_gas") or values("start.tau_gas")[2] or given)


@_check("start.t_gas", "start.tau_gas", "start.table", "atmosphere.tau_gas")
def begin_of_the_loss_needs_a_loss(values: Values) -> Iterator[Finding]:
    """An axis of t_gas needs tau_gas."""
    if values("start.t_gas")[2] and not gas_is_lost(values):
        yield Finding("start.t_gas", "has no effect: the gas lasts (tau_gas = 0)",
                      "expected tau_gas > 0 in &atmosphere or an axis tau_gas")
    table = values.table("start.table")
    if table is not None and "t_gas" in table.columns and not gas_is_lost(values):
        yield Finding("start.table", "the column t_gas_yr has no effect: the gas lasts "
                      "(tau_gas = 0)",
                      "expected a column tau_gas_yr, or tau_gas > 0 in &atmosphere")


@_check("atmosphere.tau_gas", "start.tau_gas", "start.table")
def loss_takes_time(values: Values) -> Iterator[Finding]:
    """The gas goes in a time that steps can follow."""
    table = values.table("start.table")
    shortest = {"atmosphere.tau_gas": values("atmosphere.tau_gas")}
    if values("start.tau_gas")[2]:
        shortest["start.tau_gas"] = values("start.tau_gas")[0]
    if table is not None and "tau_gas" in table.columns:
        lost = table.columns["tau_gas"] > 0.0
        shortest["start.table"] = float(table.columns["tau_gas"][lost].min(initial=1.0))
    for key, tau in shortest.items():
        if 0.0 < tau < SHORTEST_LOSS:
            what = "a tau_gas_yr of " if key == "start.table" else ""
            yield Finding(key, f"{what}{tau:g} yr is too short",
                          f"expected at least {SHORTEST_LOSS:g} yr (0.03 s), which is at once, "
                          "or 0 for gas that lasts")


@_check("body.c_h", "body.c_d")
def ablation_needs_drag(values: Values) -> Iterator[Finding]:
    """The flow that heats a body brakes it too."""
    if values("body.c_h") and not values("body.c_d"):
        yield Finding("body.c_d", "0 does not go with ablation (body.c_h): the gas that heats a "
                      "body brakes it", "expected c_d > 0, or c_h = 0")


@_check("start.n_random", "start.table")
def entries_are_set_once(values: Values) -> Iterator[Finding]:
    """A list of entries and random ones exclude each other."""
    if values("start.n_random") and values("start.table"):
        yield Finding("start.n_random", "contradicts start.table: entries are either drawn or read",
                      "expected one of them")


@_check(*_AXES, "start.n_random", "start.table")
def cases_are_not_too_many(values: Values) -> Iterator[Finding]:
    """The grid has a size that can be meant."""
    axes = [values(key)[2] for key in _AXES]
    if all(math.isfinite(n) and n >= 0 for n in axes) and case_count(values) > MAX_CASES:
        yield Finding("start.u", f"the grid has {case_count(values)} entries",
                      f"expected at most {MAX_CASES}")


def start_radius(values: Values) -> float:
    """Distance from Mars at the start [km]; that of the Lagrange point in Hill's approximation."""
    given = math.hypot(*(values(f"start.{key}") for key in "xyz"))
    return given or hill_radius(values)


def hill_radius(values: Values) -> float:
    """Hill radius of Mars [km]."""
    omega2 = values("planet.omega") ** 2 or GM_SUN / (values("planet.a_sun") * AU) ** 3
    return math.cbrt(values("planet.gm") / (3.0 * omega2)) / 1e3


_PLACE = ("start.x", "start.y", "start.z", "planet.gm", "planet.a_sun", "planet.omega")


@_check(*_PLACE, "planet.radius")
def start_is_outside_mars(values: Values) -> Iterator[Finding]:
    """Bodies start above the surface."""
    r, radius = start_radius(values), values("planet.radius")
    if r > radius:
        return
    if any(values(f"start.{key}") for key in "xyz"):
        looks = f"; x, y, z are in km, and {r:g} looks like a distance in AU" if r < 1.0 else ""
        yield Finding("start.x", f"starts {r:g} km from the centre, inside Mars{looks}",
                      f"expected more than planet.radius = {radius:g} km")
    else:
        yield Finding("planet.radius", f"{radius:g} km reaches the Lagrange point at {r:g} km",
                      "expected a smaller radius, or a_sun and gm that fit it")


@_advice(*_PLACE, "planet.mode")
def start_is_near_mars(values: Values) -> Iterator[Finding]:
    """Far from Mars Hill's equations have nothing to say about capture."""
    r, hill = start_radius(values), hill_radius(values)
    if values("planet.mode") != "two_body" and r > 2.0 * hill:
        yield Finding("start.x", f"starts {r:g} km from Mars, outside 2 r_Hill = {2 * hill:g} km")


@_advice("start.point", "start.x", "start.y", "start.z")
def point_is_used(values: Values) -> Iterator[Finding]:
    """x, y, z go before the Lagrange point."""
    if values("start.point") != "L1" and any(values(f"start.{key}") for key in "xyz"):
        yield Finding("start.point", "has no effect: start.x, y, z say where bodies start")


@_check("planet.mode", "planet.omega", "planet.a_sun")
def motion_fits_the_distance(values: Values) -> Iterator[Finding]:
    """In the three-body problem a_sun is a length of its own, so omega has to go with it."""
    omega = values("planet.omega")
    expected = math.sqrt(GM_SUN / (values("planet.a_sun") * AU) ** 3)
    if values("planet.mode") == "cr3bp" and omega and not 0.9 < omega / expected < 1.1:
        yield Finding("planet.omega", f"{omega:g} s-1 does not go with a_sun = "
                      f"{values('planet.a_sun'):g} AU", f"expected about {expected:.4g} s-1, or 0")


@_advice("planet.mode", "planet.omega", "planet.a_sun")
def distance_is_used(values: Values) -> Iterator[Finding]:
    """Hill's equations know a_sun only through omega."""
    if (values("planet.mode") != "cr3bp" and values("planet.omega")
            and values.changed("planet.a_sun", 1.523679)):
        yield Finding("planet.a_sun", "has no effect: planet.omega goes before it")


@_check("atmosphere.r_ref", "atmosphere.scale_height", "atmosphere.model")
def density_is_a_number(values: Values) -> Iterator[Finding]:
    """The density extrapolated to the centre of Mars does not overflow."""
    r_ref, height = values("atmosphere.r_ref"), values("atmosphere.scale_height")
    if values("atmosphere.model") != "none" and r_ref > STEEPEST * height:
        yield Finding("atmosphere.scale_height", f"{height:g} km is too short for r_ref = "
                      f"{r_ref:g} km: exp(r_ref/H) is no number",
                      f"expected more than r_ref/{STEEPEST:g} = {r_ref / STEEPEST:.4g} km")


@_check("atmosphere.gas", "atmosphere.gas_fraction", "atmosphere.model")
def rotating_gas_has_a_speed(values: Values) -> Iterator[Finding]:
    """gas = 'rotating' needs gas_fraction."""
    if (values("atmosphere.gas") == "rotating" and values("atmosphere.model") != "none"
            and values("atmosphere.gas_fraction") == 0.0):
        yield Finding("atmosphere.gas_fraction", "gas = 'rotating' needs a speed",
                      "expected gas_fraction > 0, or gas = 'inertial' for gas at rest")


@_advice("atmosphere.tilt", "atmosphere.gas", "atmosphere.model")
def tilt_is_felt(values: Values) -> Iterator[Finding]:
    """Static gas with spherical layers has no axis."""
    model = values("atmosphere.model")
    felt = model == "disk" or (model != "none" and values("atmosphere.gas") == "rotating")
    if values("atmosphere.tilt") and not felt:
        yield Finding("atmosphere.tilt", "moves nothing but the plane that i_end is counted from: "
                      "it is felt only with gas = 'rotating' or model = 'disk'")


@_advice("atmosphere.tilt", "atmosphere.node")
def node_is_used(values: Values) -> Iterator[Finding]:
    """An upright axis leans nowhere."""
    if values("atmosphere.node") and not values("atmosphere.tilt"):
        yield Finding("atmosphere.node", "has no effect: atmosphere.tilt is 0")


@_advice("atmosphere.tau_gas", "atmosphere.t_gas", "atmosphere.decay", "start.tau_gas",
         "start.table", "atmosphere.model")
def loss_is_used(values: Values) -> Iterator[Finding]:
    """How the gas is lost matters only if it is."""
    if gas_is_lost(values) or values("atmosphere.model") == "none":
        return
    for key, default in (("t_gas", 0.0), ("decay", "exponential")):
        if values(f"atmosphere.{key}") != default:
            yield Finding(f"atmosphere.{key}", "has no effect: the gas lasts (tau_gas = 0)")


@_advice("stop.t_max", "atmosphere.t_gas", "atmosphere.tau_gas", "start.t_gas", "start.tau_gas",
         "start.table")
def loss_begins_in_time(values: Values) -> Iterator[Finding]:
    """Gas that is lost after the end is not lost."""
    if not gas_is_lost(values) or values("start.table"):
        return
    key = "start.t_gas" if values("start.t_gas")[2] else "atmosphere.t_gas"
    begin = values("start.t_gas")[0] if key == "start.t_gas" else values(key)
    if begin >= values("stop.t_max"):
        yield Finding(key, f"the loss of the gas begins at {begin:g} yr, not before the end at "
                      f"stop.t_max = {values('stop.t_max'):g} yr")


def gas_left(values: Values) -> float:
    """Largest share of the gas that is left at t_max in a case [1]."""
    table = values.table("start.table")
    if table is not None:
        tau, begin = (table.columns.get(name, itertools.repeat(values(f"atmosphere.{name}")))
                      for name in ("tau_gas", "t_gas"))
        cases = zip(table.columns["u"], tau, begin, strict=False)
    else:
        cases = [(0.0, *(values(f"start.{name}")[1] if values(f"start.{name}")[2]
                         else values(f"atmosphere.{name}") for name in ("tau_gas", "t_gas")))]
    t_max = values("stop.t_max")
    times = min(max(t_max - begin, 0.0) / tau if tau else 0.0 for _, tau, begin in cases)
    return max(1.0 - times, 0.0) if values("atmosphere.decay") == "linear" else math.exp(-times)


@_advice("tides.active", "stop.t_max", "atmosphere.model", "atmosphere.decay", "atmosphere.tau_gas",
         "atmosphere.t_gas", "start.tau_gas", "start.t_gas", "start.table")
def tides_begin_when_the_gas_is_gone(values: Values) -> Iterator[Finding]:
    """The tides know no gas."""
    if values("tides.active") and values("atmosphere.model") != "none" and gas_is_lost(values):
        left = gas_left(values)
        if left > LITTLE_GAS:
            yield Finding("tides.active", f"up to {100.0 * left:.2g} % of the gas is left at "
                          "stop.t_max, when the tides take over; they leave it out")


@_advice("tides.active", "atmosphere.tau_gas", "start.tau_gas", "start.table")
def survivors_need_gas_that_goes(values: Values) -> Iterator[Finding]:
    """In gas that lasts every captured body falls."""
    if values("tides.active") and not gas_is_lost(values):
        yield Finding("tides.active", "few or no bodies stay bound for the tides to act on: the "
                      "gas lasts (tau_gas = 0), and what it captures falls")


@_advice("atmosphere.model", "atmosphere.r_ref", "atmosphere.scale_height")
def isothermal_gas_has_no_end(values: Values) -> Iterator[Finding]:
    """Eq. 4.1 tends to a density above zero far away."""
    if values("atmosphere.model") == "isothermal":
        left = math.exp(-values("atmosphere.r_ref") / values("atmosphere.scale_height"))
        yield Finding("atmosphere.model", f"'isothermal' does not thin out to zero: {left:.2g} of "
                      "rho_ref is left far from Mars, and brakes bodies there too")


@_advice("stop.elements")
def elements_are_those_of_the_tables(values: Values) -> Iterator[Finding]:
    """Published eccentricities are those of the rotating frame."""
    if values("stop.elements") == "inertial":
        yield Finding("stop.elements", "e, energy, outcomes and times from inertial velocities do "
                      "not compare with published ones, which use the rotating frame")


_SIMPLE = {
    "start.z": (0.0, "z = 0"),
    "atmosphere.model": ("exponential", "model = 'exponential'"),
    "atmosphere.gas": ("static", "gas = 'static'"),
    "body.c_h": (0.0, "c_h = 0"),
    "radiation.beta_planet": (0.0, "beta_planet = 0"),
    "radiation.beta_sun": (0.0, "beta_sun = 0"),
}
"""What the leapfrog needs, and how to say it."""


@_check("numerics.method", "planet.mode", "start.w", "start.table", *_SIMPLE)
def leapfrog_is_simple(values: Values) -> Iterator[Finding]:
    """The leapfrog is the published scheme and solves the published problem only."""
    method = values("numerics.method")
    if not method.startswith("leapfrog"):
        return
    for key, (value, expected) in _SIMPLE.items():
        if values(key) != value:
            yield Finding(key, f"does not go with numerics.method = '{method}', which solves the "
                          "published planar problem only", f"expected {expected}")
    if values("planet.mode") == "cr3bp":
        yield Finding("planet.mode", f"'cr3bp' does not go with numerics.method = '{method}'",
                      "expected mode = 'hill' or 'two_body'")
    table = values.table("start.table")
    listed = table is not None and "w" in table.columns and bool(table.columns["w"].any())
    if listed or (table is None and any(values("start.w")[:2])):
        yield Finding("start.table" if listed else "start.w", f"has velocities along z, but "
                      f"numerics.method = '{method}' solves the planar problem only",
                      "expected w = 0")


@_check("numerics.dt", "numerics.method", "numerics.step", "stop.t_max")
def fixed_step_is_short(values: Values) -> Iterator[Finding]:
    """A fixed step resolves the run; series of high order may take steps of any length."""
    if not has_fixed_step(values):
        return
    dt, t_max = values("numerics.dt"), values("stop.t_max")
    leaps = values("numerics.method").startswith("leapfrog")
    if dt * (STEPS if leaps else 1) > t_max:
        yield Finding("numerics.dt", f"{dt:g} yr is too long for t_max = {t_max:g} yr",
                      f"expected at most t_max/{STEPS}; 1e-5 yr is the published step"
                      if leaps else "expected at most t_max")


@_advice("numerics.dt", "numerics.method", "numerics.step")
def fixed_step_is_used(values: Values) -> Iterator[Finding]:
    """dt matters only in fixed steps."""
    if values.changed("numerics.dt", 1.0e-5) and not has_fixed_step(values):
        yield Finding("numerics.dt", "has no effect: it matters only with step = 'fixed' or the "
                      "leapfrog")


def has_fixed_step(values: Values) -> bool:
    """Whether the steps are as long as numerics.dt."""
    return values("numerics.method").startswith("leapfrog") or values("numerics.step") == "fixed"


@_check("numerics.order")
def series_has_an_order(values: Values) -> Iterator[Finding]:
    """The step of a Taylor series follows from its last two terms."""
    if 0 < values("numerics.order") < 4:
        yield Finding("numerics.order", f"{values('numerics.order')} is too low",
                      "expected 4 to 30, or 0 = from rtol")


@_advice(*_AXES, "start.n_random", "start.table", "output.trajectories", "output.n_sample")
def file_is_not_huge(values: Values) -> Iterator[Finding]:
    """Trajectories of many cases fill a disk."""
    samples = 6 * values("output.n_sample") if values("output.trajectories") else 0
    size = 8.0 * case_count(values) * (32 + samples)
    if size > LARGE_FILE:
        key = "output.trajectories" if samples else "start.u"
        yield Finding(key, f"the output will have up to {size / 1e9:.0f} GB")


CHECKS = _CAPTURE.checks()
