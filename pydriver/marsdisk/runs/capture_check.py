# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk check` of a capture run: which fates change with a finer integration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marsdisk.config.read import Config, read_text
from marsdisk.config.schema import run_kind
from marsdisk.config.write import write_namelist
from marsdisk.core import CaptureCore
from marsdisk.output.capture_schema import OUTCOMES
from marsdisk.runs.capture import has_fixed_step
from marsdisk.runs.capture_entries import Entries

CHUNK = 512
"""Cases that are compared together [1]."""

LIMITS = {"lifetime": 1.0e-6, "e_end": 1.0e-6}
"""Largest move that a converged run may show: lifetime [yr], eccentricity at the end [1]."""

_JUDGED = [OUTCOMES.index(name) for name in ("captured", "fell_before_capture", "ablated")]


@dataclass
class Moved:
    """What moved between a run and its finer version.

    Parameters
    ----------
    cases
        Cases compared [1].
    changed
        First cases whose outcome changed: number, outcome, outcome in the finer run.
    n_changed
        Number of all of them [1].
    largest
        Largest move of lifetime [yr] and of the eccentricity at the end [1], with its case, among
        cases that fell or were captured in both.
    """

    cases: int
    changed: list[tuple[int, str, str]]
    n_changed: int
    largest: dict[str, tuple[float, int]]

    @property
    def too_much(self) -> bool:
        """Does something move more than it may?"""
        over = [not self.largest[name][0] <= limit for name, limit in LIMITS.items()]
        return self.n_changed > 0 or any(over)

    def add(self, base: dict[str, np.ndarray], finer: dict[str, np.ndarray]) -> None:
        """Compare the next cases."""
        first, before, after = self.cases, base["outcome"], finer["outcome"]
        self.cases += len(before)
        for case in np.flatnonzero(before != after):
            self.n_changed += 1
            if len(self.changed) < 5:
                self.changed.append((first + int(case), OUTCOMES[before[case]],
                                     OUTCOMES[after[case]]))
        same = (before == after) & np.isin(before, _JUDGED)
        for name in LIMITS:
            move = np.where(same, np.abs(finer[name] - base[name]), np.nan)
            if np.isfinite(move).any():
                case = int(np.nanargmax(move))
                if move[case] > self.largest[name][0]:
                    self.largest[name] = (float(move[case]), first + case)


def finer_override(config: Config) -> str:
    """The change that makes a run finer, ``group.key=value``; coarser where none is finer."""
    numerics = config["numerics"]
    if has_fixed_step(config):
        return f"numerics.dt={numerics['dt'] / 2.0!r}"
    rtol, least = numerics["rtol"], tightest()
    return f"numerics.rtol={max(rtol / 10.0, least) if rtol > least else 10.0 * rtol:.12g}"


def tightest() -> float:
    """Smallest tolerance that a namelist may ask for [1]."""
    return run_kind("capture").key("numerics.rtol").range.low


def check(config: Config, after_chunk: Callable[[], None]) -> tuple[str, bool]:
    """Compare a capture run with its finer version; see `marsdisk.runs.check`."""
    override = finer_override(config)
    base = CaptureCore(config)
    finer = CaptureCore(read_text(write_namelist(config), config.path, [override],
                                  files=config.files))
    entries = Entries(config, base.start_point)
    moved = Moved(0, [], 0, {name: (0.0, -1) for name in LIMITS})
    while moved.cases < entries.count:
        block = entries.block(moved.cases, min(moved.cases + CHUNK, entries.count))
        moved.add(base.sweep(block), finer.sweep(block))
        after_chunk()
    if not has_fixed_step(config) and config["numerics"]["rtol"] <= tightest():
        override += " (coarser: no tolerance is tighter than that of the run)"
    return table(moved, override), moved.too_much


def table(moved: Moved, override: str) -> str:
    """The comparison as text, with a verdict in every row."""

    def verdict(bad: bool) -> str:
        return "MOVES TOO MUCH" if bad else "ok"

    rows = [
        f"{moved.cases} cases, compared with {override}",
        f"{'outcomes changed':<22}{moved.n_changed:>11}{0:>10}  {verdict(moved.n_changed > 0)}",
    ]
    rows += [f"  case {case}: {before} -> {after}" for case, before, after in moved.changed]
    for name, unit in (("lifetime", "yr"), ("e_end", "1")):
        move, case = moved.largest[name]
        where = f" (case {case})" if case >= 0 else ""
        rows.append(f"{'largest move of ' + name:<24}{move:9.1e}{LIMITS[name]:>10.0e}  "
                    f"{verdict(not move <= LIMITS[name])} [{unit}]{where}")
    return "\n".join(rows)
