# SPDX-License-Identifier: BSD-3-Clause
"""DOP853 in the race: compiled by Numba, and SciPy's.

The compiled one is written out stage by stage from SciPy's tableau (Hairer, Norsett & Wanner 1993):
scaled by the norms of position and velocity, with the last stage handed to the next step, and dense
output only in steps that may reach the surface.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from capture_problem import STANDARD, Answer, Entrant, Solver, decades
from numba import njit
from scipy.integrate import solve_ivp
from scipy.integrate._ivp import dop853_coefficients as tableau

P = STANDARD
GM, W, K, H, R, X0, T_MAX = P.gm, P.w, P.k, P.h, P.r_fall, P.x_start, P.t_max
NAMES = ("x", "y", "u", "v")


@njit
def force(x: float, y: float, u: float, v: float) -> tuple[float, float]:
    """Acceleration."""
    r2 = x * x + y * y
    r = math.sqrt(r2)
    pull = GM / (r2 * r)
    drag = K * math.exp(-r / H) * math.sqrt(u * u + v * v)
    return (2.0 * W * v + 3.0 * W * W * x - pull * x - drag * u,
            -2.0 * W * u - pull * y - drag * v)


def total(row: np.ndarray, name: str) -> str:
    """Sum of stages of one component with the weights of `row`, as source."""
    return " + ".join(f"{float(a)!r} * {name}{i}" for i, a in enumerate(row) if a != 0.0)


def stage(s: int, row: np.ndarray) -> list[str]:
    """Source of stage `s`: derivative (x_s, y_s, u_s, v_s) at the state after it."""
    lines = [f"p{n} = {n} + h * ({total(row[:s], f'k{n}')})" for n in NAMES]
    return [*lines, f"kx{s}, ky{s} = pu, pv", f"ku{s}, kv{s} = force(px, py, pu, pv)"]


def compiled(arguments: str, body: list[str], result: str, name: str) -> Callable:
    """A compiled function made from source."""
    lines = [f"def {name}({arguments}):", *body, f"return {result}"]
    space: dict = {"force": force}
    exec("\n    ".join(lines), space)  # noqa: S102 (source made above)
    return njit(space[name])


def stage_names(count: int) -> str:
    return ", ".join(f"k{n}{i}" for i in range(count) for n in NAMES)


STATE = "h, x, y, u, v, kx0, ky0, ku0, kv0"
N = tableau.N_STAGES
take = compiled(
    STATE,
    [line for s in range(1, N) for line in stage(s, tableau.A[s])]
    + stage(N, tableau.B)
    + [f"e5{n} = {total(tableau.E5, f'k{n}')}" for n in NAMES]
    + [f"e3{n} = {total(tableau.E3, f'k{n}')}" for n in NAMES],
    f"(px, py, pu, pv), ({', '.join(f'e5{n}' for n in NAMES)}), "
    f"({', '.join(f'e3{n}' for n in NAMES)}), ({stage_names(N + 1)})", "take")
dense = compiled(
    f"h, x, y, u, v, {stage_names(N + 1)}",
    [line for s in range(N + 1, 16) for line in stage(s, tableau.A[s])],
    "(" + ", ".join(f"h * ({total(d, f'k{n}')})" for d in tableau.D for n in NAMES) + ")", "dense")


@njit
def at(share: float, n: int, first: float, h: float, k0: float, change: float, k12: float,
       high: tuple) -> float:
    """Component n at a share of the step, after contd8 of Hairer's DOP853."""
    f1 = h * k0 - change
    f2 = 2.0 * change - h * (k0 + k12)
    rest = 1.0 - share
    s = ((high[12 + n] * share + high[8 + n]) * rest + high[4 + n]) * share + high[n]
    return first + share * (change + rest * (f1 + share * (f2 + rest * s)))


@njit
def reach(h: float, old: tuple, new: tuple, k: tuple) -> tuple:
    """Whether and at which share of the step the surface is reached, and the state there."""
    high = dense(h, old[0], old[1], old[2], old[3], *k)
    inside = 1.0
    s = np.empty(4)
    if new[0] ** 2 + new[1] ** 2 >= R * R:  # bisect for the pericentre
        low, up = 0.0, 1.0
        for _ in range(50):
            inside = 0.5 * (low + up)
            for n in range(4):
                s[n] = at(inside, n, old[n], h, k[n], new[n] - old[n], k[48 + n], high)
            if s[0] ** 2 + s[1] ** 2 < R * R:
                break
            if s[0] * s[2] + s[1] * s[3] < 0.0:
                low = inside
            else:
                up = inside
        if s[0] ** 2 + s[1] ** 2 >= R * R:
            return False, 1.0, s
    low, up = 0.0, inside
    for _ in range(60):
        share = 0.5 * (low + up)
        for n in range(4):
            s[n] = at(share, n, old[n], h, k[n], new[n] - old[n], k[48 + n], high)
        if s[0] ** 2 + s[1] ** 2 < R * R:
            up = share
        else:
            low = share
    return True, up, s


@njit
def trajectory(u: float, v: float, tol: float) -> tuple:
    """One case: end, state there, whether it fell, steps."""
    t, s, steps, h = 0.0, (X0, 0.0, u, v), 0, 1e-3
    a = force(X0, 0.0, u, v)
    k0 = (u, v, a[0], a[1])
    while t < T_MAX:
        h = min(h, T_MAX - t)
        new, e5, e3, k = take(h, *s, *k0)
        steps += 1
        place = max(s[0] ** 2 + s[1] ** 2, new[0] ** 2 + new[1] ** 2) * tol * tol
        speed = max(s[2] ** 2 + s[3] ** 2, new[2] ** 2 + new[3] ** 2) * tol * tol
        five = (e5[0] ** 2 + e5[1] ** 2) / place + (e5[2] ** 2 + e5[3] ** 2) / speed
        three = (e3[0] ** 2 + e3[1] ** 2) / place + (e3[2] ** 2 + e3[3] ** 2) / speed
        error = h * five / math.sqrt(4.0 * (five + 0.01 * three) + 1e-300)
        factor = min(6.0, max(0.333, 0.9 * (error + 1e-30) ** -0.125))
        if error > 1.0:
            h *= min(factor, 1.0)
            continue
        r2, fall = new[0] ** 2 + new[1] ** 2, s[0] * s[2] + s[1] * s[3]
        rise = new[0] * new[2] + new[1] * new[3]
        touch = r2 < R * R
        if not touch and fall < 0.0 and rise > 0.0:  # r^2 lies above its tangents at both ends
            meet = (r2 - s[0] ** 2 - s[1] ** 2 - 2.0 * rise * h) / (2.0 * (fall - rise))
            touch = s[0] ** 2 + s[1] ** 2 + 2.0 * fall * meet < R * R
        if touch:
            fell, share, end = reach(h, s, new, k)
            if fell:
                return t + share * h, (end[0], end[1], end[2], end[3]), True, steps
        t, s = t + h, new
        k0 = (k[48], k[49], k[50], k[51])
        h *= factor
    return t, s, False, steps


@njit
def sweep(velocity: np.ndarray, tol: float, t: np.ndarray, state: np.ndarray, fell: np.ndarray,
          steps: np.ndarray) -> None:
    """All cases."""
    for i in range(velocity.shape[1]):
        t[i], s, fell[i], steps[i] = trajectory(velocity[0, i], velocity[1, i], tol)
        for n in range(4):
            state[n, i] = s[n]


def with_numba(tol: float) -> Solver:
    """Compiled DOP853."""
    def solve(velocity: np.ndarray) -> Answer:
        answer = Answer.empty(velocity.shape[1])
        sweep(velocity, tol, answer.t, answer.state, answer.fell, answer.steps)
        return answer

    solve(np.full((2, 1), 0.05))
    return solve


def with_scipy(tol: float) -> Solver:
    """SciPy's DOP853 with the force in Python."""
    plain = force.py_func

    def rates(_: float, s: np.ndarray) -> tuple:
        x, y, u, v = s.tolist()
        return (u, v, *plain(x, y, u, v))

    def impact(_: float, s: np.ndarray) -> float:
        return math.hypot(s[0], s[1]) - R

    impact.terminal, impact.direction = True, -1

    def solve(velocity: np.ndarray) -> Answer:
        answer = Answer.empty(velocity.shape[1])
        for i, (u, v) in enumerate(velocity.T):
            run = solve_ivp(rates, (0.0, T_MAX), (X0, 0.0, u, v), "DOP853", rtol=tol,
                            atol=[1e-18, 1e-18, 1e-15, 1e-15], events=impact)
            answer.t[i], answer.state[:, i] = run.t[-1], run.y[:, -1]
            answer.fell[i], answer.steps[i] = run.status == 1, len(run.t) - 1
        return answer
    return solve


def entrants() -> list[Entrant]:
    """Both."""
    return [Entrant("DOP853, Numba", with_numba, decades(11, 15)),
            Entrant("DOP853, SciPy", with_scipy, (1e-12, 1e-13, 3e-14), repeats=1)]
