# SPDX-License-Identifier: BSD-3-Clause
"""What the benchmarks share: cores, the description of the machine, tables and pages of results."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))


def keep_to(cores: Sequence[int]) -> None:
    """Run on these cores from now on."""
    os.sched_setaffinity(0, cores)


def one_core() -> None:
    """One core and one thread for all libraries; before they are imported and count cores."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    keep_to(CORES[-1:])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, its first column to the left, the others to the right."""
    return [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1),
            *(f"| {' | '.join(row)} |" for row in rows)]


def paragraph(text: str) -> list[str]:
    """Running text in lines, with an empty one behind it."""
    return [*textwrap.wrap(" ".join(text.split()), 100, break_long_words=False,
                           break_on_hyphens=False), ""]


def machine(packages: Sequence[str]) -> list[str]:
    """What the numbers were measured on, as a Markdown list."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.*)", info)
    compilers = [subprocess.run([c, "--version"], capture_output=True, text=True,
                                check=False).stdout.split("\n")[0] for c in ("gfortran", "gcc")]
    wide = [flag for flag in ("avx2", "avx512f") if flag in info]
    versions = " ".join(f"{p} {importlib.metadata.version(p)}" for p in packages)
    cpu = model.group(1) if model else platform.processor()
    python = platform.python_version()
    return [f"- CPU: {cpu}, {len(CORES)} cores, {' '.join(wide)}",
            f"- Load of the machine at the end: {os.getloadavg()[0]:.1f}",
            f"- System: {platform.system()} {platform.machine()}, Python {python}",
            f"- Compilers: {'; '.join(compilers)}", f"- Packages: {versions}"]


@dataclass(frozen=True)
class Target:
    """Something that was aimed at, and what came out.

    Parameters
    ----------
    what, unit
        What was measured, and its unit.
    found, aim
        Value and limit.
    at_least
        The limit is a lower one.
    """

    what: str
    unit: str
    found: float
    aim: float
    at_least: bool

    def row(self) -> tuple[str, str, str, str]:
        """A row of the table of targets."""
        met = self.found >= self.aim if self.at_least else self.found <= self.aim
        sign = ">=" if self.at_least else "<="
        return (self.what, f"{sign} {self.aim:g} {self.unit}".strip(),
                f"{self.found:.2g} {self.unit}".strip(), "met" if met else "missed")


@dataclass(frozen=True)
class Section:
    """Lines of Markdown, and the targets that they tell about."""

    lines: list[str]
    targets: list[Target] = field(default_factory=list)


def write(page: Path, title: str, lines: Sequence[str]) -> None:
    """The page of results."""
    page.write_text("\n".join([f"# {title}", "", *lines]) + "\n", encoding="utf-8")
