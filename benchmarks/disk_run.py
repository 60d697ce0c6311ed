# SPDX-License-Identifier: BSD-3-Clause
"""The standard run as a whole: time, steps, memory, accuracy, threads, start-up, profile."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from disk_problem import STANDARD, loss
from marsdisk.config.read import read_namelist
from marsdisk.core import DiskCore, DiskState, set_threads
from marsdisk.output.contents import read_contents
from marsdisk.runs.disk import output_times
from results_page import CORES, Section, Target, keep_to, paragraph, table

COMMAND = Path(sys.executable).with_name("marsdisk")
QUICK = STANDARD.with_name("quick.nml")
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
TRUE = 1e-10
TOP = 14
"""Functions in the profile."""


@dataclass(frozen=True)
class Cost:
    """What a process took: wall and processor time [s], peak memory [MB]."""

    wall: float
    cpu: float
    memory: float


METER = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
"""Starts a command from a small process: a child's peak memory counts that of its parent."""


def process(arguments: Sequence[str | Path]) -> Cost:
    """Run a command, quietly."""
    made = subprocess.run([sys.executable, "-S", "-c", METER, *arguments], check=True,
                          capture_output=True, text=True)
    return Cost(*map(float, made.stdout.split()))


def best(commands: dict[str, Sequence[str | Path]], rounds: int) -> dict[str, Cost]:
    """Least costs of commands that take turns."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            costs[name].append(process(arguments))
    return {name: Cost(min(c.wall for c in these), min(c.cpu for c in these),
                       max(c.memory for c in these)) for name, these in costs.items()}


def commands(folder: Path, rounds: int) -> Section:
    """Whole processes, from the shell's point of view."""
    keep_to(CORES)
    out = folder / "standard.nc"
    run = [COMMAND, "run", STANDARD, "--output", out, "--force", "--quiet", "--threads"]
    costs = best({
        "`marsdisk --help`": [COMMAND, "--help"],
        "`marsdisk-run quick.nml`": [
            COMMAND.with_name("marsdisk-run"), QUICK, "--output", folder / "quick.nc", "--force",
            "--quiet"],
        "`marsdisk-run standard.nml`, 1 thread": [*run, "1"],
        "`marsdisk-run standard.nml`, 2 threads": [*run, "2"]}, rounds)
    rows = [(name, f"{c.wall:.2f}", f"{c.cpu:.2f}", f"{c.memory:.0f}") for name, c in costs.items()]
    found = read_contents(out).attributes
    steps, rejected = found["n_step"], found["n_reject"]
    return Section(
        [*paragraph("The standard run has 32 rings, 40 bins and 200 output times; it takes "
                    f"{steps} steps ({rejected} rejected) and writes "
                    f"{out.stat().st_size / 1e6:.1f} MB."),
         *table(("process", "wall [s]", "CPU [s]", "peak memory [MB]"), rows)],
        [Target(f"{name}, wall", "s", costs[name].wall, 1.0, False) for name in [*costs][:2]])


@dataclass
class Variant:
    """The standard run in the core alone, with a tolerance and a number of output times."""

    rtol: float
    n_out: int

    def __post_init__(self) -> None:
        config = read_namelist(
            STANDARD, [f"numerics.rtol={self.rtol!r}", f"output.n_out={self.n_out}"])
        self.core = DiskCore(config)
        self.times = output_times(config, self.core.t_stop)[1:]

    def advance(self) -> DiskState:
        state = self.core.start()
        for t in self.times:
            while not self.core.advance(state, float(t), 600.0):
                pass
        return state

    def seconds(self, rounds: int) -> float:
        """Least processor time."""
        times = []
        for _ in range(rounds):
            start = time.process_time()
            self.advance()
            times.append(time.process_time() - start)
        return min(times)

    def result(self) -> tuple[float, np.ndarray, int]:
        """Mass lost [kg], by ring [kg m-2], and the steps."""
        state = self.advance()
        rings = np.array([loss(self.core, y) for y in state.y.T])
        return float(self.core.area @ rings), rings, int(
            state.flag[self.core.FLAGS.index("accepted")].sum())


def accuracy(rounds: int) -> Section:
    """Cost against error."""
    set_threads(1)
    total, rings, _ = Variant(TRUE, 200).result()
    rows = []
    for rtol in TOLERANCES:
        row = [f"{rtol:.0e}" + (" (default)" if rtol == 1e-4 else "")]
        for n_out in (200, 1):
            variant = Variant(rtol, n_out)
            mass, each, steps = variant.result()
            row += [str(steps), f"{variant.seconds(rounds):.3f}", f"{abs(mass / total - 1):.1e}",
                    f"{np.max(np.abs(each / rings - 1)):.1e}"]
        rows.append(tuple(row))
    heads = ("steps", "CPU [s]", "error of M_loss", "of the worst ring")
    return Section(
        [*paragraph("The core in the standard run on one thread, with 200 output times, where "
                    f"steps end, and with none but the last; errors relative to rtol = {TRUE:g}."),
         *table(("rtol", *heads, *(f"{h}, 1 output" for h in heads)), rows)])


def threads(rounds: int) -> Section:
    """Wall times with one and two threads, in turn."""
    rows, targets = [], []
    keep_to(CORES)
    for n_out in (200, 1):
        variant = Variant(1e-4, n_out)
        walls: dict[int, list[float]] = {1: [], 2: []}
        used: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(6 * rounds):
            for count in (1, 2):
                set_threads(count)
                start, before = time.perf_counter(), time.process_time()
                variant.advance()
                walls[count].append(time.perf_counter() - start)
                used[count].append(time.process_time() - before)
        one, two = min(walls[1]), min(walls[2])
        rows.append((f"{n_out}", f"{one:.3f}", f"{two:.3f}", f"{one / two:.2f}",
                     f"{one / two / 2:.2f}", f"{min(used[2]) / min(used[1]):.2f}"))
        targets.append(Target(f"efficiency of two threads, output times: {n_out}", "",
                              one / two / 2, 0.9, True))
    set_threads(1)
    keep_to(CORES[-1:])
    return Section(
        [*paragraph("Wall times of the core in the standard run, 32 rings. Threads meet at every "
                    "output time. On a busy machine the second thread finds no core."),
         *table(("output times", "1 thread [s]", "2 threads [s]", "speed-up", "efficiency",
                 "CPU time of 2 over 1"), rows)],
        targets)


def profile(folder: Path) -> Section:
    """Where the processor time of the standard run goes, by Linux' perf."""
    perf = shutil.which("perf")
    if perf is None:
        return Section(["No profile: perf is not installed."])
    data = folder / "perf.data"
    subprocess.run(
        [perf, "record", "-q", "-F", "5000", "-o", data, COMMAND, "run", STANDARD, "--output",
         folder / "perf.nc", "--force", "--quiet", "--threads", "1"],
        check=True, capture_output=True)
    text = subprocess.run(
        [perf, "report", "-i", data, "--stdio", "--no-children", "-q", "-F",
         "overhead,dso,symbol"], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^\s*([\d.]+)%\s+(\S+)\s+\[.\]\s+(\S+)", text, re.MULTILINE)
    core = [(float(share), re.sub(r"^__(\w+)_MOD_", r"\1: ", name))
            for share, dso, name in found if dso.startswith("_core")]
    inside = sum(share for share, _ in core)
    rows = [(f"`{name}`", f"{share:.1f}", f"{100.0 * share / inside:.1f}")
            for share, name in core[:TOP]]
    return Section(
        [*paragraph(f"Standard run, 1 thread: {inside:.0f} % of the processor time is spent in the "
                    "core, the rest in Python and libraries (start, records, netCDF)."),
         *table(("function", "of the process [%]", "of the core [%]"), rows)])
