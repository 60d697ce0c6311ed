# SPDX-License-Identifier: BSD-3-Clause
"""Speed of the disk model: parts of a step, the standard run, and other ways to solve it.

    python benchmarks/disk_speed.py                 all, prints the tables
    python benchmarks/disk_speed.py parts threads   only the sections whose names are given
    python benchmarks/disk_speed.py --write         all, also into benchmarks/disk_speed.md
    python benchmarks/disk_speed.py --dustpy PYTHON with DustPy of another environment

Needs gfortran and gcc, numba and scipy from pip; dustpy from pip and Linux' perf if there are any.

What is compared takes turns, so that a slow spell of the machine hits all of it; the best round
counts. Times are processor times of one core unless they are called wall. Compilation is not timed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from results_page import Section, machine, one_core, table, write

one_core()

import disk_kernels
import disk_peers
import disk_run

PAGE = Path(__file__).with_suffix(".md")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", help="parts, solvers, dense, dustpy, run, accuracy, "
                                                    "threads, profile")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of everything")
    parser.add_argument("--dustpy", default=sys.executable, help="interpreter that has DustPy")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    rounds = args.rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernels = disk_kernels.Kernels(folder)
        sections: dict[str, tuple[str, Callable[[], Section]]] = {
            "parts": ("Parts of a step", lambda: disk_kernels.parts(kernels, rounds)),
            "solvers": ("SciPy's solvers on one ring", lambda: disk_peers.solvers(rounds)),
            "dense": ("Dense first-order step", lambda: disk_peers.dense(kernels, rounds)),
            "dustpy": ("DustPy", lambda: disk_peers.dustpy(kernels, args.dustpy, rounds)),
            "run": ("Whole processes", lambda: disk_run.commands(folder, rounds)),
            "accuracy": ("Cost against error", lambda: disk_run.accuracy(rounds)),
            "threads": ("Threads", lambda: disk_run.threads(rounds)),
            "profile": ("Profile", lambda: disk_run.profile(folder)),
        }
        unknown = set(args.sections) - set(sections)
        if unknown:
            sys.exit(f"there is no section {', '.join(sorted(unknown))}")
        text, targets = [], []
        for name in args.sections or sections:
            title, measure = sections[name]
            section = measure()
            part = [f"## {title}", "", *section.lines, ""]
            print("\n".join(part), flush=True)
            text += part
            targets += section.targets
    aims = ["## Targets", "",
            *table(("", "target", "measured", ""), (target.row() for target in targets)), ""]
    text += ["## Machine", "", *machine(("scipy", "numba", "numpy", "marsdisk"))]
    print("\n".join(aims))
    if args.write:
        needs, method = __doc__.strip().split("\n\n")[2:]
        write(PAGE, "Speed of the disk model", [needs, "", method, "", *aims, *text])


if __name__ == "__main__":
    main()
