# SPDX-License-Identifier: BSD-3-Clause
"""Race of solvers over the 210 standard entries of the capture problem, on one core.

    python benchmarks/capture_speed.py                  all solvers, prints the tables
    python benchmarks/capture_speed.py marsdisk batch   only those whose names hold one of the words
    python benchmarks/capture_speed.py --write          also into benchmarks/capture_speed.md
    python benchmarks/capture_speed.py --copies 20      second table with more copies of the entries

Needs gcc and heyoka, rebound, numba and scipy from pip.

Solvers take turns, so that a slow spell of the machine hits all of them; the best of their runs
counts. Each has the loosest tolerance, of two in a decade, at which all times of fall are within
1e-11 yr of a reference in extended precision and all outcomes are right; (!) marks those that get
there with none. Compilation is not timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from results_page import CORES, keep_to, machine, one_core, table, write

one_core()

import numpy as np
import with_dop853
import with_heyoka
import with_marsdisk
import with_rebound
from capture_problem import Answer, Entrant, Solver, entries

LIMIT = 1e-11
"""Largest error of a time of fall [yr]."""

PAGE = Path(__file__).with_suffix(".md")
BAR = "heyoka batch"


@dataclass
class Run:
    """A solver at the tolerance that it needs, and how it fares."""

    entrant: Entrant
    tol: float
    solve: Solver
    answer: Answer
    error: float
    wrong: int
    seconds: dict[int, list[float]] = field(default_factory=dict)

    def rate(self, copies: int = 1) -> float:
        """Trajectories per second in the best run."""
        return copies * self.answer.t.size / min(self.seconds[copies])


def judge(answer: Answer, truth: Answer) -> tuple[float, int]:
    """Largest error of a time of fall [yr] and the number of wrong outcomes."""
    both = answer.fell & truth.fell
    wrong = int(np.sum(answer.outcomes() != truth.outcomes()))
    return float(np.max(np.abs(answer.t - truth.t)[both], initial=0.0)), wrong


def enter(entrant: Entrant, truth: Answer) -> Run:
    """The loosest tolerance that is good enough; failing all, the one with the least error."""
    tried = []
    for tol in entrant.tolerances:
        solve = entrant.prepare(tol)
        answer = solve(entries())
        error, wrong = judge(answer, truth)
        tried.append(Run(entrant, tol, solve, answer, error, wrong))
        if error <= LIMIT and wrong == 0:
            return tried[-1]
    return min(tried, key=lambda run: (run.wrong, run.error))


def clock(run: Run, copies: int, now: Callable[[], float]) -> None:
    """Time one run; solvers with threads get all cores and the time of the wall."""
    velocity = entries(copies)
    if "threads" in run.entrant.name:
        keep_to(CORES)
        now = time.perf_counter
    start = now()
    run.solve(velocity)
    run.seconds.setdefault(copies, []).append(now() - start)
    keep_to(CORES[-1:])


def race(runs: list[Run], copies: int, rounds: int, now: Callable[[], float]) -> None:
    """All solvers in turn, `rounds` times or as often as the entrant allows."""
    for k in range(rounds):
        for run in runs:
            if k < run.entrant.repeats:
                clock(run, copies, now)


def bar(runs: list[Run], copies: int) -> float:
    """Rate of the fastest heyoka batch."""
    rates = [r.rate(copies) for r in runs if r.entrant.name.startswith(BAR) and copies in r.seconds]
    return max(rates, default=float("nan"))


def main_table(runs: list[Run], truth: Answer) -> list[str]:
    """All solvers."""
    heads = ("solver", "tolerance", "trajectories/s", "of heyoka batch", "steps of all",
             "per body that falls", "per other", "ns per step", "error of fall [yr]",
             "wrong outcomes")
    rows, best = [], bar(runs, 1)
    for run in runs:
        steps, rate = run.answer.steps, run.rate()
        flag = "" if run.error <= LIMIT and run.wrong == 0 else " (!)"
        rows.append((
            run.entrant.name + flag, f"{run.tol:.0e}", f"{rate:.0f}", f"{rate / best:.2f}",
            f"{steps.sum():.0f}", f"{steps[truth.fell].mean():.0f}",
            f"{steps[~truth.fell].mean():.0f}", f"{1e9 * steps.size / rate / steps.sum():.0f}",
            f"{run.error:.1e}", str(run.wrong)))
    return table(heads, rows)


def long_table(runs: list[Run], copies: int) -> list[str]:
    """Rates with many cases, where what is idle at the end of a sweep no longer counts."""
    runs = [run for run in runs if copies in run.seconds]
    best, count = bar(runs, copies), copies * entries().shape[1]
    return table(
        (f"solver, {count} cases", "trajectories/s", "of heyoka batch"),
        ((run.entrant.name, f"{run.rate(copies):.0f}", f"{run.rate(copies) / best:.2f}")
         for run in runs))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    parser.add_argument("--cpu", action="store_true",
                        help="time of the processor, not of the wall: for a busy machine")
    parser.add_argument("--rounds", type=int, default=10, help="timed runs")
    parser.add_argument("--copies", type=int, default=20, help="for the second table; 0 = none")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    truth = with_heyoka.reference(entries())
    everyone = [e for module in (with_marsdisk, with_heyoka, with_dop853, with_rebound)
                for e in module.entrants()]
    chosen = [e for e in everyone if not args.words or any(w in e.name for w in args.words)]
    runs = [enter(e, truth) for e in chosen]
    now = time.process_time if args.cpu else time.perf_counter
    race(runs, 1, args.rounds, now)
    text = main_table(runs, truth)
    quick = [r for r in runs if r.rate() > 0.3 * max(r.rate() for r in runs)]
    if args.copies > 1:
        race(quick, args.copies, 3, now)
        text += ["", *long_table(quick, args.copies)]
    text += ["", *machine(("heyoka", "rebound", "numba", "scipy", "numpy", "marsdisk"))]
    print("\n".join(text))
    if args.write:
        head = [*__doc__.strip().split("\n\n")[2:], "",
                "The core of marsdisk also finds e, energy, tau, r_min and the other results of a",
                "run; the others only find the time of fall and the state at the end.", ""]
        write(PAGE, "Speed of the capture integrators", [*head, *text])


if __name__ == "__main__":
    main()
