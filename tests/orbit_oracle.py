# SPDX-License-Identifier: BSD-3-Clause
"""Independent solution of the capture problem: one entry at a time, slow, apart from the core.

The equations are written once, in plain arithmetic, and are solved twice: by SciPy's DOP853 on
double precision (`solve`) and by heyoka's Taylor series of adaptive order in extended precision
(`solve_heyoka`, where heyoka is installed). The compiled core is not used. Inside, lengths are in
AU, times in Julian years and densities in kg m-3; results have the units of the core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar

AU = 1.495978707e11
"""Astronomical unit [m]."""

YEAR = 365.25 * 86400.0
"""Julian year [s]."""

GM_SUN = 1.32712440018e20
"""G M of the Sun [m3 s-2]."""

GAS = 8.314462618
"""Molar gas constant [J mol-1 K-1]."""

KM = 1e3 / AU
"""Kilometre [AU]."""

KMS = AU / YEAR / 1e3
"""AU per year [km s-1]."""

JKG = (AU / YEAR) ** 2
"""Specific energy of 1 AU2 yr-2 [J kg-1]."""

ESCAPED, CAPTURED, FELL, UNDECIDED, ABLATED = range(5)
"""Outcomes, numbered as in the core."""

LEVELS = {"e_0.99": 0.99, "e_half": math.exp(-0.5), "e_1": math.exp(-1.0), "e_2": math.exp(-2.0)}
"""Eccentricities whose downward crossings are events."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "planet": {"mode": "hill", "gm": 4.282837e13, "radius": 3389.92, "a_sun": 1.523679,
               "omega": 0.0},
    "body": {"radius": 10.0, "rho": 1850.0, "c_d": 1.0, "c_h": 0.0, "zeta": 8.1e6},
    "atmosphere": {"model": "exponential", "rho_ref": 4.9e-3, "r_ref": 20000.0,
                   "scale_height": 12000.0, "gas": "static", "gas_fraction": 0.0, "tilt": 0.0,
                   "node": 0.0, "tau_gas": 0.0, "t_gas": 0.0, "decay": "exponential",
                   "temperature": 300.0, "mu": 2.2e-3},
    "radiation": {"beta_planet": 0.0, "beta_sun": 0.0},
    "stop": {"t_max": 8.0, "e_captured": 0.9, "elements": "rotating"},
}
"""Inputs, in the groups, keys and units of the namelist."""


@dataclass(frozen=True)
class Problem:
    """A capture problem in AU, yr and kg m-3.

    Parameters
    ----------
    mode, model, gas, decay, elements
        Choices of the namelist.
    w
        Rotation of the frame [yr-1]; 0 with two bodies.
    gm, gm_sun, a_sun
        G M of planet and Sun [AU3 yr-2], distance of the Sun [AU].
    r_fall, r_hill, x_l1, x_l2
        Radius of the planet, Hill radius, places of the Lagrange points [AU].
    radius, drag, wear
        Radius of the body at the start [AU]; 3 C_D/(8 rho_body) [m3 kg-1];
        C_H/(8 zeta rho_body) [yr2 AU-2 m3 kg-1].
    rho_ref, r_ref, height, thickness
        Density [kg m-3] at r_ref [AU], scale height [AU], H_z^2/r^3 of the disk [AU-1].
    fraction, lean, upright, node
        Speed of the gas over that of Kepler [1]; sine and cosine of the tilt of its axis [1] and
        azimuth to which the axis leans at the start [rad].
    tau_gas, t_gas
        Time of the decay of the gas (0: it lasts) and its start [yr].
    beta_planet, beta_sun
        Radiation pressure over gravity [1].
    t_max, e_captured
        End [yr] and eccentricity below which a body counts as captured.
    """

    mode: str
    model: str
    gas: str
    decay: str
    elements: str
    w: float
    gm: float
    gm_sun: float
    a_sun: float
    r_fall: float
    r_hill: float
    x_l1: float
    x_l2: float
    radius: float
    drag: float
    wear: float
    rho_ref: float
    r_ref: float
    height: float
    thickness: float
    fraction: float
    lean: float
    upright: float
    node: float
    tau_gas: float
    t_gas: float
    beta_planet: float
    beta_sun: float
    t_max: float
    e_captured: float

    def cast(self, number: Callable[[float], Any]) -> Problem:
        """The same problem with every number turned into another type."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{k: number(v) for k, v in values.items() if not isinstance(v, str)})

    def factor(self, t: Any, piece: int, exp: Callable[[Any], Any]) -> Any:
        """Gas left [1] before (0), during (1) and after (2) its decay."""
        if self.tau_gas == 0 or piece == 0:
            return 1.0
        if self.decay == "exponential":
            return exp(-(t - self.t_gas) / self.tau_gas)
        return 1.0 - (t - self.t_gas) / self.tau_gas if piece == 1 else 0.0

    def pieces(self) -> list[tuple[int, float]]:
        """Stretches of time in which the equations are smooth: (piece, end [yr])."""
        if self.tau_gas == 0:
            return [(0, self.t_max)]
        ends = [(0, self.t_gas), (1, self.t_max)]
        if self.decay == "linear":
            ends = [(0, self.t_gas), (1, self.t_gas + self.tau_gas), (2, self.t_max)]
        return [(k, min(end, self.t_max)) for k, end in ends if end > 0]


def build(groups: Mapping[str, Mapping[str, Any]] | None = None) -> Problem:
    """The problem of namelist inputs; what is not given has its default."""
    given = {name: dict(keys) for name, keys in DEFAULTS.items()}
    for name, keys in (groups or {}).items():
        unknown = set(keys) - set(given[name])
        if unknown:
            raise KeyError(f"&{name} has no {sorted(unknown)}")
        given[name].update(keys)
    planet, body, air = given["planet"], given["body"], given["atmosphere"]
    unit, tilt = YEAR**2 / AU**3, math.radians(air["tilt"])
    gm, gm_sun, a_sun = planet["gm"] * unit, GM_SUN * unit, planet["a_sun"]
    mass = gm_sun + gm if planet["mode"] == "cr3bp" else gm_sun
    w = planet["omega"] * YEAR or math.sqrt(mass / a_sun**3)
    hill = (gm / (3.0 * w**2)) ** (1.0 / 3.0)
    points = (-hill, hill)
    if planet["mode"] == "cr3bp":
        points = tuple(collinear(gm, gm_sun, a_sun, w, x) for x in points)
    return Problem(
        mode=planet["mode"], model=air["model"], gas=air["gas"], decay=air["decay"],
        elements=given["stop"]["elements"], w=0.0 if planet["mode"] == "two_body" else w,
        gm=gm, gm_sun=gm_sun, a_sun=a_sun, r_fall=planet["radius"] * KM, r_hill=hill,
        x_l1=points[0], x_l2=points[1], radius=body["radius"] * KM,
        drag=0.375 * body["c_d"] / body["rho"],
        wear=body["c_h"] / (8.0 * body["zeta"] / JKG * body["rho"]),
        rho_ref=air["rho_ref"], r_ref=air["r_ref"] * KM, height=air["scale_height"] * KM,
        thickness=2.0 * GAS * air["temperature"] / air["mu"] / JKG / gm,
        fraction=air["gas_fraction"], lean=math.sin(tilt), upright=math.cos(tilt),
        node=math.radians(air["node"]), tau_gas=air["tau_gas"], t_gas=air["t_gas"],
        **given["radiation"], t_max=given["stop"]["t_max"],
        e_captured=given["stop"]["e_captured"])


def collinear(gm: float, gm_sun: float, a_sun: float, w: float, guess: float) -> float:
    """Place on the x axis, near `guess`, where a body at rest stays at rest [AU]."""
    def pull(x: float) -> float:
        sun = gm_sun * ((a_sun + x) / abs(a_sun + x) ** 3 - 1.0 / a_sun**2)
        return -gm * x / abs(x) ** 3 - sun + w**2 * x
    return brentq(pull, 0.9 * guess, 1.1 * guess, xtol=1e-18, rtol=1e-15)


def axis(p: Problem, t: Any, cos: Callable[[Any], Any], sin: Callable[[Any], Any]) -> tuple:
    """Unit vector of the axis of the gas in the frame of the problem: fixed among the stars."""
    if p.lean == 0:
        return 0.0, 0.0, 1.0
    angle = p.node - p.w * t
    return p.lean * cos(angle), p.lean * sin(angle), p.upright


def derivative(p: Problem, ops: Any, t: Any, s: Sequence[Any], piece: int) -> list:
    """Rates of (x, y, z, vx, vy, vz) and, with ablation, of the radius of the body.

    `ops` is a module with exp, sqrt, cos and sin for what `t` and `s` are made of.
    """
    x, y, z, vx, vy, vz = s[:6]
    radius = s[6] if len(s) > 6 else p.radius
    r2 = x * x + y * y + z * z
    r = ops.sqrt(r2)
    pull = -(1 - p.beta_planet) * p.gm / (r2 * r)
    a = [pull * x, pull * y, pull * z]
    a = add(a, tide(p, ops, x, y, z), [2 * p.w * vy, -2 * p.w * vx, 0.0])
    rates = [vx, vy, vz]
    if p.model == "none":
        return [*rates, *a, 0.0 * x][: len(s)]
    n = axis(p, t, ops.cos, ops.sin)
    rho = density(p, ops, r, x * n[0] + y * n[1] + z * n[2]) * p.factor(t, piece, ops.exp)
    wind = [0.0, 0.0, 0.0]
    if p.gas != "static":
        wind = [p.w * y, -p.w * x, 0.0]
    if p.gas == "rotating":
        spin = p.fraction * ops.sqrt(p.gm / (r2 * r))
        wind = add(wind, [spin * (n[1] * z - n[2] * y), spin * (n[2] * x - n[0] * z),
                          spin * (n[0] * y - n[1] * x)])
    dv = [vx - wind[0], vy - wind[1], vz - wind[2]]
    speed = ops.sqrt(dv[0] * dv[0] + dv[1] * dv[1] + dv[2] * dv[2])
    brake = -(p.drag / radius) * rho * speed
    a = add(a, [brake * dv[0], brake * dv[1], brake * dv[2]])
    return [*rates, *a, -p.wear * rho * speed * speed * speed][: len(s)]


def add(*vectors: Sequence[Any]) -> list:
    """Sum of vectors; zeros are left out, so that series of them are never formed."""
    kept = ([c for c in part if not (isinstance(c, float) and c == 0.0)]
            for part in zip(*vectors, strict=True))
    return [sum(part[1:], part[0]) if part else 0.0 for part in kept]


def tide(p: Problem, ops: Any, x: Any, y: Any, z: Any) -> list:
    """Pull and light of the Sun and the centrifugal force, less the pull on the planet.

    In Hill's approximation the light is that at the planet, along x.
    """
    if p.mode == "two_body":
        return [0.0, 0.0, 0.0]
    w2, light = p.w * p.w, p.gm_sun / (p.a_sun * p.a_sun)
    if p.mode == "hill":
        return [3 * w2 * x + p.beta_sun * light, 0.0, -w2 * z]
    dx = p.a_sun + x
    d2 = dx * dx + y * y + z * z
    sun = (1 - p.beta_sun) * p.gm_sun / (d2 * ops.sqrt(d2))
    return [w2 * x - sun * dx + light, w2 * y - sun * y, -1 * (sun * z)]


def density(p: Problem, ops: Any, r: Any, height: Any) -> Any:
    """Density of the gas [kg m-3] at radius r and height over the plane of the disk [AU]."""
    if p.model == "isothermal":
        scale = p.r_ref * p.r_ref / p.height
        return p.rho_ref * ops.exp(scale * (1 / r - 1 / p.r_ref))
    power = -(r - p.r_ref) / p.height
    if p.model == "disk":
        power = power - height * height / (p.thickness * r * r * r)
    return p.rho_ref * ops.exp(power)


def orbit(p: Problem, s: Sequence[Any]) -> tuple[Any, Any]:
    """Osculating energy [AU2 yr-2] and squared eccentricity [1]."""
    x, y, z, vx, vy, vz = s[:6]
    if p.elements == "inertial":
        vx, vy = vx - p.w * y, vy + p.w * x
    energy = (vx * vx + vy * vy + vz * vz) / 2 - p.gm / (x * x + y * y + z * z) ** 0.5
    h = (y * vz - z * vy, z * vx - x * vz, x * vy - y * vx)
    turn = (h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) / (p.gm * p.gm)
    return energy, 1 + 2 * energy * turn


def begin(p: Problem, entry: Sequence[float]) -> tuple[Problem, np.ndarray]:
    """Problem and state at the start of an entry as `solve` takes it."""
    entry = np.asarray(entry, float)
    if len(entry) == 8:
        p = replace(p, tau_gas=float(entry[6]), t_gas=float(entry[7]))
    state = np.concatenate([entry[:3] * KM, entry[3:6]])
    return p, np.append(state, p.radius) if p.wear else state


def watch(p: Problem) -> dict[str, tuple[Callable, int, bool]]:
    """What is watched: name -> (function of the state, direction, whether it ends the run)."""
    def square(s: Sequence[Any]) -> Any:
        return s[0] * s[0] + s[1] * s[1] + s[2] * s[2]

    watched: dict[str, tuple[Callable, int, bool]] = {
        "impact": (lambda s: square(s) ** 0.5 - p.r_fall, -1, True),
        "pericentre": (lambda s: s[0] * s[3] + s[1] * s[4] + s[2] * s[5], 1, False),
        "escape": (lambda s: square(s) - 4 * p.r_hill * p.r_hill, 1, False)}
    for name, level in LEVELS.items():
        watched[name] = (lambda s, e=level: orbit(p, s)[1] - e * e, -1, False)
    if p.wear:
        watched["ablated"] = (lambda s: s[6] - p.radius / 100, -1, True)
    return watched


@dataclass
class Record:
    """What a solver leaves: events (name, t, r), longitude swept, end and number of steps."""

    events: list[tuple[str, float, float]]
    swept: float
    t: float
    state: np.ndarray
    steps: int
    ended: str = ""


def solve(p: Problem, entry: Sequence[float], rtol: float = 1e-13) -> dict[str, float]:
    """One entry solved by DOP853; keys and units as `CaptureCore.sweep`.

    Parameters
    ----------
    p
        The problem, from `build`.
    entry
        x, y, z [km], u, v, w [AU yr-1] and perhaps tau_gas, t_gas [yr].
    rtol
        Relative tolerance; the absolute one lies far below any state on the way.

    Returns
    -------
    dict
        Results of the entry.
    """
    p, start = begin(p, entry)
    watched = watch(p)
    names, calls = list(watched), []
    for function, direction, terminal in watched.values():
        def call(t: float, s: np.ndarray, function: Callable = function) -> float:
            return function(s.tolist())
        call.direction, call.terminal = direction, terminal
        calls.append(call)
    atol = np.array([1e-18] * 3 + [1e-15] * 3 + [1e-15 * p.radius])[: len(start)]
    record = Record([], 0.0, 0.0, start, 0)
    for piece, end in p.pieces():
        if record.ended or end <= record.t:
            continue
        for _ in range(2):
            run = solve_ivp(lambda t, s, k=piece: derivative(p, math, t, s.tolist(), k),
                            (record.t, end), record.state, "DOP853", rtol=rtol, atol=atol,
                            events=calls)
            low = names.index("pericentre")
            below = [t for t, s in zip(run.t_events[low], run.y_events[low], strict=True)
                     if math.hypot(*s[:3]) < p.r_fall]
            if not below:
                break
            end = below[0]  # dipped below the surface within a step: stop there, then it is seen
        for name, t, s in zip(names, run.t_events, run.y_events, strict=True):
            record.events += [(name, a, math.hypot(*b[:3])) for a, b in zip(t, s, strict=True)]
            if watched[name][2] and len(t):
                record.ended = name
        angle = np.unwrap(np.arctan2(run.y[1], run.y[0]))
        record.swept += angle[-1] - angle[0]
        record.t, record.state = run.t[-1], run.y[:, -1]
        record.steps += len(run.t) - 1
    return measures(p, start, record)


def solve_heyoka(p: Problem, entry: Sequence[float], tol: float = 1e-18) -> dict[str, float]:
    """The same as `solve` by heyoka's Taylor method in extended precision (needs heyoka)."""
    import heyoka as hy

    number = np.longdouble
    p, start = begin(p, entry)
    q = p.cast(number)
    s = hy.make_vars(*["x", "y", "z", "u", "v", "w", "q"][: len(start)])
    watched, record = watch(q), Record([], 0.0, 0.0, start.astype(number), 0)
    ways = {-1: hy.event_direction.negative, 1: hy.event_direction.positive}

    def note(name: str) -> Callable:
        def seen(taylor: Any, t: Any, _: int) -> None:
            taylor.update_d_output(t)
            record.events.append((name, t, np.sqrt(np.sum(taylor.d_output[:3] ** 2))))
        return seen

    ends = [name for name, (_, _, terminal) in watched.items() if terminal]
    last = [hy.t_event(watched[n][0](s), direction=ways[watched[n][1]], fp_type=number)
            for n in ends]
    other = [hy.nt_event(f(s), note(n), direction=ways[way], fp_type=number)
             for n, (f, way, terminal) in watched.items() if not terminal]
    for piece, end in p.pieces():
        if record.ended or end <= record.t:
            continue
        rates = [hy.expression(number(v)) if isinstance(v, float) else v
                 for v in derivative(q, hy, hy.time, s, piece)]
        taylor = hy.taylor_adaptive(
            list(zip(s, rates, strict=True)), record.state, time=number(record.t),
            tol=number(tol), t_events=last, nt_events=other, fp_type=number, compact_mode=True)
        longitude = [np.arctan2(taylor.state[1], taylor.state[0])]

        def turn(taylor: Any, longitude: list = longitude) -> bool:
            longitude.append(np.arctan2(taylor.state[1], taylor.state[0]))
            return True

        outcome, *_, steps = taylor.propagate_until(number(end), callback=turn)[:4]
        if outcome != hy.taylor_outcome.time_limit:
            record.ended = ends[-int(outcome) - 1]
        angle = np.unwrap(np.array(longitude, float))
        record.swept += angle[-1] - angle[0]
        record.t, record.state = taylor.time, taylor.state.copy()
        record.steps += steps
    return measures(p, start, record)


def held(p: Problem, s: Sequence[float]) -> bool:
    """Whether the energy in the turning frame keeps a body between the passes at L1 and L2."""
    def well(x: float, y: float, z: float) -> float:
        depth = -(1 - p.beta_planet) * p.gm / math.hypot(x, y, z)
        light = p.gm_sun / p.a_sun**2
        if p.mode == "hill":
            return depth - p.w**2 * (1.5 * x * x - 0.5 * z * z) - p.beta_sun * light * x
        if p.mode == "cr3bp":
            sun = (1 - p.beta_sun) * p.gm_sun / math.hypot(p.a_sun + x, y, z)
            return depth - sun - light * x - 0.5 * p.w**2 * (x * x + y * y)
        return depth

    energy = (s[3] ** 2 + s[4] ** 2 + s[5] ** 2) / 2 + well(*s[:3])
    if p.mode == "two_body":
        return energy < 0.0
    tops = [minimize_scalar(lambda x: -well(x, 0.0, 0.0), method="bounded",
                            bounds=sorted((0.2 * side, 3.0 * side))) for side in (p.x_l1, p.x_l2)]
    near = math.hypot(*s[:3]) < abs(tops[0].x if s[0] < 0.0 else tops[1].x)
    return near and energy < min(-top.fun for top in tops)


def measures(p: Problem, start: np.ndarray, record: Record) -> dict[str, float]:
    """Results of an entry in the units of the core, from what a solver recorded."""
    t, s = float(record.t), record.state.astype(float)
    r = math.hypot(*s[:3])
    energy, square = orbit(p, s)
    e = math.sqrt(max(square, 0.0))
    fell = record.ended == "impact"
    bound = not record.ended and held(p, s)
    if record.ended == "ablated":
        outcome = ABLATED
    elif (fell or bound) and e < p.e_captured:
        outcome = CAPTURED
    elif fell:
        outcome = FELL
    else:
        outcome = UNDECIDED if r < 2.0 * p.r_hill else ESCAPED
    times = {name: [float(a) for n, a, _ in record.events if n == name] for name in watch(p)}
    lows = [float(a) for n, _, a in record.events if n == "pericentre"]
    given_up = outcome in (CAPTURED, FELL)
    v = [s[3] - p.w * s[1], s[4] + p.w * s[0], s[5]]
    h, n = np.cross(s[:3], v), np.array(axis(p, t, math.cos, math.sin))
    return {
        "outcome": outcome,
        "lifetime": t if record.ended else math.nan,
        "e_end": e,
        **{f"tau_{k}": tau(times["e_0.99"], times[f"e_{k}"]) if e < LEVELS[f"e_{k}"] else math.nan
           for k in ("half", "1", "2")},
        "delta_energy": (orbit(p, start)[0] - energy) * JKG if given_up else math.nan,
        "r_min": min([math.hypot(*start[:3]), r, *lows]) / KM,
        "revolutions": abs(float(record.swept)) / (2.0 * math.pi),
        "n_step": record.steps,
        **dict(zip(("x", "y", "z"), s[:3] / KM, strict=True)),
        **dict(zip(("vx", "vy", "vz"), s[3:6] * KMS, strict=True)),
        "t_end": t,
        "t_escape": max(times["escape"], default=math.nan),
        "a_end": -p.gm / (2.0 * energy) / KM,
        "i_end": math.degrees(math.atan2(np.linalg.norm(np.cross(h, n)), h @ n)),
        "radius_end": (s[6] if len(s) > 6 else p.radius) / KM,
    }


def tau(first: Sequence[float], second: Sequence[float]) -> float:
    """Last fall through a level minus the last fall through 0.99 before it [yr]."""
    if not second:
        return math.nan
    last = max(second)
    return last - max((t for t in first if t <= last), default=math.nan)


def compare(a: dict[str, float], b: dict[str, float], but: Sequence[str] = ()) -> float:
    """Largest difference of two results; infinite where one of them does not apply.

    It is relative to the distance or speed for the state, to 1 below that for times and e, to 1e-3
    below that for the rest.
    """
    worst = 0.0
    for names in (("x", "y", "z"), ("vx", "vy", "vz")):
        one, two = (np.array([r[k] for k in names]) for r in (a, b))
        worst = max(worst, float(np.linalg.norm(one - two) / np.linalg.norm(one)))
    for key in set(a) - {"n_step", "x", "y", "z", "vx", "vy", "vz"} - set(but):
        if math.isnan(a[key]) or math.isnan(b[key]):
            worst = worst if math.isnan(a[key]) and math.isnan(b[key]) else math.inf
            continue
        plain = key in ("lifetime", "e_end", "t_end", "t_escape") or key.startswith("tau")
        worst = max(worst, abs(a[key] - b[key]) / max(abs(a[key]), 1.0 if plain else 1e-3))
    return worst
