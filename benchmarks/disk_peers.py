# SPDX-License-Identifier: BSD-3-Clause
"""The core beside other ways to solve the same ring, and beside DustPy."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from disk_kernels import Kernels
from disk_problem import ENDS, YEAR, Answer, Solver, one_ring, reference, with_marsdisk
from disk_with_imex import Imex
from disk_with_scipy import Problem
from marsdisk.core import DiskCore
from results_page import Section, Target, paragraph, table

LIMITS = (1e-3, 1e-4, 1e-5, 1e-6)
"""Errors at which costs are compared."""

TOLERANCES = tuple(float(f"{x:.2g}") for x in np.geomspace(1e-1, 1e-8, 22))
STEPS = (300, 1000, 3000, 10_000, 30_000, 200_000)
TARGETS = {"SciPy LSODA, `solve_ivp`": 3.0, "SciPy BDF": 8.0, "SciPy Radau": 40.0}
"""What the core should be faster than others by, at equal error [1]."""

DENSE_BINS = (20, 40, 80, 160)
LONG = 0.2
"""A trial that takes longer is run once only [s]."""


@dataclass
class Trial:
    """A solver at one tolerance: its errors at all ends [1], and what they took, in rounds [s]."""

    solve: Solver
    errors: np.ndarray = field(default_factory=lambda: np.full(len(ENDS), np.inf))
    seconds: list[list[float]] = field(default_factory=list)

    def clock(self, truth: list[Answer]) -> None:
        """One run to each end."""
        if self.seconds and min(map(sum, self.seconds)) > LONG:
            return
        spent, found = [], []
        for end in ENDS:
            start = time.process_time()
            found.append(self.solve(end * YEAR))
            spent.append(time.process_time() - start)
        self.seconds.append(spent)
        self.errors = np.array([a.error(true) for a, true in zip(found, truth, strict=True)])


def cost(trials: list[Trial], limit: float) -> float:
    """Time [s] of runs to all ends, each with an error below `limit`; or NaN.

    For each end it is the least time from which on no trial is worse, by interpolation.
    """
    errors = np.array([t.errors for t in trials])
    times = np.array([np.min(t.seconds, axis=0) for t in trials])
    total = 0.0
    for end in range(len(ENDS)):
        worst = np.maximum.accumulate(errors[::-1, end])[::-1]
        good = np.flatnonzero(worst <= limit)
        if not good.size:
            return float("nan")
        k = good[0]
        total += times[0, end] if k == 0 else float(np.exp(np.interp(
            np.log(limit), np.log(worst[[k, k - 1]]), np.log(times[[k, k - 1], end]))))
    return total


def call_time(call: Callable[[], object], count: int = 1) -> float:
    """Processor time of a call [us]."""
    start = time.process_time()
    for _ in range(count):
        call()
    return 1e6 * (time.process_time() - start) / count


def solvers(rounds: int) -> Section:
    """Cost at equal error of the core, SciPy's stiff solvers, and the dense step."""
    truth = reference()
    core = DiskCore(one_ring())
    problem, dense = Problem(core), Imex(core)
    dense.step(1.0, 1, False)  # compiles
    trials = {
        "marsdisk RODAS4": [Trial(with_marsdisk(tol)) for tol in TOLERANCES],
        "SciPy LSODA, `solve_ivp`": [Trial(problem.ivp("LSODA", tol)) for tol in TOLERANCES],
        "SciPy LSODA, `odeint`": [Trial(problem.odeint(tol)) for tol in TOLERANCES],
        "SciPy BDF": [Trial(problem.ivp("BDF", tol)) for tol in TOLERANCES],
        "SciPy Radau": [Trial(problem.ivp("Radau", tol)) for tol in TOLERANCES],
        "dense first-order step, Numba": [Trial(dense.solver(n)) for n in STEPS],
    }
    for _ in range(rounds):
        for these in trials.values():
            for trial in these:
                trial.clock(truth)
    costs = {name: np.array([cost(these, limit) for limit in LIMITS])
             for name, these in trials.items()}
    rows, targets = [], []
    for name, own in costs.items():
        x = (own / costs["marsdisk RODAS4"])[np.isfinite(own)]
        rows.append((name, *(f"{1e3 * c:.1f}" if c < np.inf else "-" for c in own),
                     f"{np.exp(np.mean(np.log(x))):.1f}", f"{x.min():.1f} to {x.max():.1f}"))
        if name in TARGETS:
            targets.append(Target(f"{name}, cost at equal error over ours", "times",
                                  float(np.exp(np.mean(np.log(x)))), TARGETS[name], True))
    y = problem.start
    calls = [min(call_time(lambda call=call: call(YEAR, y), 500) for _ in range(4 * rounds))
             for call in (problem.rates, problem.jacobian)]
    heads = (*(f"error {limit:.0e} [ms]" for limit in LIMITS), "of marsdisk, mean", "range")
    return Section(
        [*paragraph("Cost of three runs, to " + ", ".join(f"{e:g}" for e in ENDS) + """ yr, each at
            the same error (of the loss, and of the worst bin relative to at least 1e-3 of the
            surface), 40 bins, interpolated between tolerances. SciPy has the core's rates and
            Jacobian, the same absolute tolerance, and the state without idle ledger lines; the
            mean is geometric."""),
         *table(("solver", *heads), rows), "",
         *paragraph(f"""A call of the rates from Python takes {calls[0]:.1f} us, of the Jacobian
            {calls[1]:.1f} us. What is more than the parts above is Python, f2py and the light,
            which every call computes anew.""")[:-1]], targets)


def dense_steps(imex: Imex) -> list[float]:
    """Times of a step [us]: Numba with tables kept and made anew, NumPy likewise."""
    several = max(5, 40_000_000 // imex.core.n_bin**4)
    imex.step(1.0, 1, False)   # compiles
    return [call_time(lambda: imex.step(1.0, several, False)) / several,
            call_time(lambda: imex.step(1.0, 1, True)),
            call_time(lambda: imex.numpy_step(False)),
            call_time(lambda: imex.numpy_step(True))]


def dense(kernels: Kernels, rounds: int) -> Section:
    """Time of one step, dense against ours."""
    rows, targets = [], []
    for n in DENSE_BINS:
        imex = Imex(DiskCore(one_ring(n)))
        best = np.full(4, np.inf)
        for _ in range(rounds):
            ours = kernels.clock(n)
            best = np.minimum(best, dense_steps(imex))
        rows.append((f"{n}", f"{ours['rates']:.1f}", f"{ours['step']:.0f}",
                     *(f"{t:.0f} ({t / ours['step']:.2g})" for t in best),
                     f"{imex.mismatch():.0e}"))
        if n == 80:
            targets = [Target(f"dense step at 80 bins, {name}, over ours", "times",
                              spent / ours["step"], 100.0, True)
                       for name, spent in zip(("Numba, table kept", "Numba, table anew",
                                              "NumPy, table kept", "NumPy, table anew"), best,
                                             strict=True)]
    return Section(
        [*paragraph("""Time of one step [us] (over our step): losses implicit, gains explicit, the
            outcomes of all pairs in a table of n^3 shares, in plain loops (Numba) or whole arrays
            (NumPy; collisions only). The table is kept, or made anew in every step, as in codes
            that do not keep what depends on the grid alone. Ours has order 4, six stages and an
            error estimate, theirs order 1 and none: what a result costs is in the table of
            solvers. Mismatch: of the dense rates to the core's."""),
         *table(("bins", "our rates", "our step", "Numba, kept", "Numba, anew", "NumPy, kept",
                 "NumPy, anew", "mismatch"), rows)], targets)


def dustpy(kernels: Kernels, python: str, rounds: int) -> Section:
    """Parts of a coagulation step per radial cell and ours per ring at as many bins."""
    script = Path(__file__).with_name("disk_with_dustpy.py")
    best: dict[str, float] = {}
    for _ in range(rounds):
        made = subprocess.run([python, script], capture_output=True, text=True, check=False)
        if made.returncode:
            return Section(["DustPy is not installed."])
        found = json.loads(made.stdout)
        ours = kernels.clock(found["bins"])
        for name in ("source", "jacobian", "solve"):
            best[name] = min(best.get(name, np.inf), 1e6 * found[name])
    pairs = {
        "rates": (best["source"], ours["rates"]),
        "Jacobian": (best["jacobian"], ours["jacobian"]),
        "LU and solve": (best["solve"], ours["lu_factor"] + ours["lu_solve"]),
        "whole step": (sum(best.values()), ours["step"])}
    rows = [(name, f"{a:.0f}", f"{b:.0f}", f"{a / b:.1f}") for name, (a, b) in pairs.items()]
    return Section(
        [*paragraph(f"""DustPy {found['version']} at its default grid, {found['cells']} cells with
            {found['bins']} mass bins, all filled, per cell; marsdisk with as many bins per ring
            [us]."""),
         *table(("", "DustPy", "marsdisk", "ratio"), rows), "",
         *paragraph("""Comparable: both sum over all pairs of bins with fragments, build a Jacobian
            and solve a linear system for every cell or ring. Not comparable: DustPy also sticks
            grains together, its Jacobian couples the cells (advection and diffusion: one sparse
            system for all), its speeds differ from pair to pair; its step has order 1 and one
            stage, ours order 4, six stages, an error estimate and the light of Mars. Gas, speeds
            and kernel are left out of DustPy's step.""")[:-1]],
        [Target("DustPy's step per cell over ours per ring, 120 bins", "times",
                sum(best.values()) / ours["step"], 10.0, True)])
