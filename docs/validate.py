# SPDX-License-Identifier: BSD-3-Clause
"""Make the tables and figures of docs/validation.md from runs (`make validation`).

    python docs/validate.py                      all sections
    python docs/validate.py published limits     these only

Runs are sweeps in output/validation. A validation that was interrupted goes on when it is started
again; after one of all sections the next starts anew.
"""

from __future__ import annotations

import shutil
import sys
import time

from validation import assumptions, convergence, limits, page, published, runs, sensitivities, times

SECTIONS = {
    "published": published.tables,
    "convergence": convergence.tables,
    "limits": limits.tables,
    "times": times.tables,
    "sensitivities": sensitivities.tables,
    "assumptions": assumptions.tables,
}
"""Sections of the page: each returns its tables by name and draws its figures."""


def main(wanted: list[str]) -> None:
    """Run the sections named, or all."""
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        there = ", ".join(SECTIONS)
        raise SystemExit(f"no section {', '.join(sorted(unknown))}; there are {there}")
    complete = runs.RESULTS / "complete"
    if complete.exists() and not wanted:
        shutil.rmtree(runs.RESULTS)
    for name in wanted or SECTIONS:
        began = time.monotonic()
        page.put(SECTIONS[name]())
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    if not wanted:
        complete.touch()


if __name__ == "__main__":  # the processes of a sweep import this file
    main(sys.argv[1:])
