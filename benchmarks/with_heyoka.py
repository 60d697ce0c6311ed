# SPDX-License-Identifier: BSD-3-Clause
"""heyoka in the race: Taylor series compiled for the problem, one case at a time or in SIMD lanes.

Impact is a terminal event. Two formulations: Cartesian coordinates, and regularised ones after
Levi-Civita, in which steps of bound orbits are twice as long. `fast_math` is allowed: it makes
heyoka faster and no less accurate here. Units of length are those in which the fewest steps meet
the limit of the race (of 1 to 44000 radii of the planet); functions of events are scaled to 1, as
they take part in heyoka's choice of the step. Slower: compact mode, 16 lanes, r^2 to the power
-3/2 instead of r^-3, the cases with most steps first.
"""

from __future__ import annotations

from typing import Any

import heyoka as hy
import numpy as np
from capture_problem import STANDARD, Answer, Entrant, Solver, decades

NEGATIVE = hy.event_direction.negative

NEVER = 1e30
"""A time that no event leaves to be reached."""


class Cartesian:
    """x, y, u, v with lengths in radii of the planet times `length`."""

    def __init__(self, length: float, number: type = float) -> None:
        c = number
        self.p = p = STANDARD.cast(c).in_units(c(length * STANDARD.r_fall))
        self.variables = x, y, u, v = hy.make_vars("x", "y", "u", "v")
        r = hy.sqrt(hy.sum([x**2, y**2]))
        pull = r ** c(-3)
        drag = p.k * hy.exp(-r / p.h) * hy.sqrt(hy.sum([u**2, v**2]))
        w = p.w
        self.rates = [u, v, 2 * w * v + 3 * w * w * x - pull * x - drag * u,
                      -2 * w * u - pull * y - drag * v]
        self.impact = r - p.r_fall
        self.end = hy.time / p.t_max - c(1)

    def start(self, velocity: np.ndarray) -> np.ndarray:
        u, v = velocity * self.p.au / self.p.year
        return np.stack([np.full_like(u, self.p.x_start), 0.0 * u, u, v])

    def read(self, t: Any, s: np.ndarray) -> tuple[float, np.ndarray]:
        """Time [yr] and state [AU, AU yr-1]."""
        au, speed = self.p.au, self.p.au / self.p.year
        return t / self.p.year, np.array([s[0] / au, s[1] / au, s[2] / speed, s[3] / speed])


class LeviCivita:
    """x + i y = (a + i b)^2, dt = r ds, with the Jacobi energy and the time as variables."""

    def __init__(self, length: float) -> None:
        self.p = p = STANDARD.in_units(length * STANDARD.r_fall)
        self.variables = a, b, f, g, energy, t = hy.make_vars("a", "b", "f", "g", "energy", "t")
        a2, b2, w = a**2, b**2, p.w
        r, x = hy.sum([a2, b2]), a2 - b2
        mean, tide = 0.5 * energy + 0.75 * w * w * x**2, 1.5 * w * w * (x * r)
        drag = p.k * hy.exp(-r / p.h) * hy.sqrt(4.0 * mean + 2.0 * r**-1.0)
        rf, rg = r * f, r * g
        self.rates = [f, g, (mean + tide) * a + 2.0 * w * rg - drag * rf,
                      (mean - tide) * b - 2.0 * w * rf - drag * rg,
                      -4.0 * drag * hy.sum([f**2, g**2]), r / p.t_max]
        self.impact = r - p.r_fall
        self.end = t - 1.0

    def start(self, velocity: np.ndarray) -> np.ndarray:
        p, (u, v) = self.p, velocity * self.p.au / self.p.year
        b = (-p.x_start) ** 0.5
        energy = 0.5 * (u * u + v * v) - p.gm / b**2 - 1.5 * (p.w * p.x_start) ** 2
        zero = 0.0 * u
        return np.stack([zero, zero + b, 0.5 * b * v, -0.5 * b * u, energy, zero])

    def read(self, _: Any, s: np.ndarray) -> tuple[float, np.ndarray]:
        """Time [yr] and state [AU, AU yr-1]."""
        z, speed = complex(s[0], s[1]), self.p.au / self.p.year
        place = z**2 / self.p.au
        v = 2.0 * z * complex(s[2], s[3]) / abs(z) ** 2 / speed
        return s[5] * self.p.t_max / self.p.year, np.array([place.real, place.imag, v.real, v.imag])


Form = Cartesian | LeviCivita


def integrator(form: Form, tol: float, width: int = 0, clock: bool = True) -> Any:
    """heyoka's integrator with impact and, if `clock`, the end as terminal events."""
    event = hy.t_event_batch if width else hy.t_event
    events = [event(form.impact, direction=NEGATIVE)]
    if clock:
        events.append(event(form.end))
    system = list(zip(form.variables, form.rates, strict=True))
    start = form.start(np.full((2, width or 1), 0.02))
    if width:
        return hy.taylor_adaptive_batch(system, start, tol=tol, t_events=events, fast_math=True)
    return hy.taylor_adaptive(system, start[:, 0], tol=tol, t_events=events, fast_math=True)


def one_by_one(form: Form, tol: float) -> Solver:
    """Scalar integrator, in a loop."""
    clock = isinstance(form, LeviCivita)
    taylor = integrator(form, tol, clock=clock)

    def solve(velocity: np.ndarray) -> Answer:
        starts, answer = form.start(velocity), Answer.empty(velocity.shape[1])
        end = NEVER if clock else form.p.t_max
        for i in range(velocity.shape[1]):
            taylor.state[:] = starts[:, i]
            taylor.time = 0.0
            taylor.reset_cooldowns()
            outcome, _, _, answer.steps[i] = taylor.propagate_until(end)[:4]
            answer.fell[i] = int(outcome) == -1
            answer.t[i], answer.state[:, i] = form.read(taylor.time, taylor.state)
        return answer
    return solve


def ensemble(form: Cartesian, tol: float) -> Solver:
    """Scalar integrator, through heyoka's ensemble function."""
    taylor = integrator(form, tol, clock=False)

    def solve(velocity: np.ndarray) -> Answer:
        starts, answer = form.start(velocity), Answer.empty(velocity.shape[1])

        def begin(copy: Any, i: int) -> Any:
            copy.state[:] = starts[:, i]
            return copy

        runs = hy.ensemble_propagate_until(taylor, form.p.t_max, velocity.shape[1], begin)
        for i, (copy, outcome, _, _, steps, *_) in enumerate(runs):
            answer.fell[i], answer.steps[i] = int(outcome) == -1, steps
            answer.t[i], answer.state[:, i] = form.read(copy.time, copy.state)
        return answer
    return solve


def in_lanes(form: Form, tol: float, width: int, refill: bool = True) -> Solver:
    """Batch integrator. A lane that is done takes the next case, or idles until all are done."""
    taylor = integrator(form, tol, width)

    def solve(velocity: np.ndarray) -> Answer:
        n = velocity.shape[1]
        starts, answer = form.start(velocity), Answer.empty(n)
        state, lane, time = taylor.state, [-1] * width, np.zeros(width)
        until = np.empty(width)
        todo = iter(range(n))

        def load(j: int) -> bool:
            lane[j] = i = next(todo, -1)
            state[:, j] = starts[:, max(i, 0)]  # an idle lane needs a harmless state
            time[j], until[j] = 0.0, 0.0 if i < 0 else NEVER
            taylor.reset_cooldowns(j)
            return i >= 0

        busy = 0
        while True:
            if busy == 0:
                busy = sum([load(j) for j in range(width)])
                taylor.set_time(time)
                if busy == 0:
                    return answer
            taylor.propagate_until(until)
            time[:] = taylor.time
            for j, (outcome, _, _, steps) in enumerate(taylor.propagate_res):
                i = lane[j]
                if i < 0:
                    continue
                answer.steps[i] += steps
                if not -9 < int(outcome) < 0:
                    continue
                answer.fell[i] = int(outcome) == -1
                answer.t[i], answer.state[:, i] = form.read(time[j], state[:, j])
                if not (refill and load(j)):
                    lane[j], until[j] = -1, time[j]
                    busy -= 1
            taylor.set_time(time)
    return solve


def reference(velocity: np.ndarray) -> Answer:
    """Extended precision (64-bit mantissa), Cartesian, tolerance 1e-19."""
    number = np.longdouble
    form, velocity = Cartesian(1.0, number), velocity.astype(number)
    taylor = hy.taylor_adaptive(
        list(zip(form.variables, form.rates, strict=True)), form.start(velocity)[:, 0],
        tol=number("1e-19"), t_events=[hy.t_event(form.impact, direction=NEGATIVE, fp_type=number)],
        fp_type=number)
    starts, answer = form.start(velocity), Answer.empty(velocity.shape[1])
    for i in range(velocity.shape[1]):
        taylor.state[:] = starts[:, i]
        taylor.time = number(0)
        taylor.reset_cooldowns()
        outcome, _, _, answer.steps[i] = taylor.propagate_until(form.p.t_max)[:4]
        answer.fell[i] = int(outcome) == -1
        answer.t[i], answer.state[:, i] = form.read(taylor.time, taylor.state)
    return answer


def entrants() -> list[Entrant]:
    """All ways to use heyoka, the plainest first."""
    tolerances = decades(11, 16)
    found = [
        Entrant("heyoka scalar", lambda tol: one_by_one(Cartesian(1e3), tol), tolerances),
        Entrant("heyoka scalar, regularised", lambda tol: one_by_one(LeviCivita(70.0), tol),
                tolerances),
        Entrant("heyoka ensemble", lambda tol: ensemble(Cartesian(1e3), tol), tolerances),
    ]
    for width in (4, 8):
        found += [
            Entrant(f"heyoka batch {width}, plain",
                    lambda tol, n=width: in_lanes(Cartesian(1e3), tol, n, False), tolerances),
            Entrant(f"heyoka batch {width}, refilled",
                    lambda tol, n=width: in_lanes(Cartesian(1e3), tol, n), tolerances),
            Entrant(f"heyoka batch {width}, refilled, regularised",
                    lambda tol, n=width: in_lanes(LeviCivita(70.0), tol, n), tolerances)]
    return found
