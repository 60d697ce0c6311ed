# SPDX-License-Identifier: BSD-3-Clause
"""Times of the parts of a step of one ring, measured by a Fortran program (disk_kernels.f90)."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
from disk_problem import one_ring
from marsdisk import _build_info, core
from marsdisk.config.write import write_namelist
from marsdisk.prep.qpr import SHIPPED_TABLE, read_qpr_table
from results_page import Section, Target, paragraph, table

HERE = Path(__file__).parent
FORTRAN = HERE.parent / "fortran"
BINS = (20, 40, 80, 160, 320)
HOT = ("collision_sums", "dense_lu")
"""Files whose inner loops have to run along vectors."""

TARGETS = {"rates": (1.0, 2.0), "jacobian": (2.0, 2.0), "lu_factor": (4.0, 3.0)}
"""Times at 40 bins [us], and powers of the number of bins."""

CACHES = 0.2
"""What a measured power may be above that of the count of operations [1]."""

NAMES = {"light": "lamp and optics", "rates": "right-hand side", "jacobian": "Jacobian",
         "lu_factor": "LU factors", "lu_solve": "LU solve", "step": "RODAS4 step"}


def sources() -> list[Path]:
    """Fortran and C files of the disk in the order of fortran/meson.build."""
    text = (FORTRAN / "meson.build").read_text()
    lists = re.findall(r"(?:base|disk)_sources = files\((.*?)\)", text, re.DOTALL)
    return [FORTRAN / name for names in lists for name in re.findall(r"'(.*?)'", names)]


def flags() -> list[str]:
    """Flags of the build that runs on this processor."""
    extra = _build_info.LEVEL_FLAGS.get(f"_v{core.cpu_level}", "")
    return [*_build_info.FLAGS.split(), *extra.split()]


class Kernels:
    """The Fortran program, compiled in `folder` with the flags of the build, and its times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        objects = []
        for source in [*sources(), HERE / "disk_kernels.f90"]:
            objects.append(folder / f"{source.stem}.o")
            compiler = ["gcc", "-O3"] if source.suffix == ".c" else ["gfortran", *flags()]
            made = subprocess.run([*compiler, "-fopt-info-vec", "-c", source, "-o", objects[-1]],
                                  cwd=folder, check=True, capture_output=True, text=True)
            (folder / f"{source.stem}.vec").write_text(made.stderr)
        self.program = folder / "disk_kernels"
        subprocess.run(["gfortran", *flags(), *objects, "-o", self.program], check=True)
        q = read_qpr_table(SHIPPED_TABLE)
        arrays = (np.array([q.size.size, q.temperature.size], np.intc), q.size, q.temperature,
                  q.q_pr, q.q_abs)
        (folder / "q_table").write_bytes(b"".join(a.tobytes("F") for a in arrays))
        self.best: dict[int, dict[str, float]] = {}

    def clock(self, n_bin: int) -> dict[str, float]:
        """One more round at `n_bin` bins: the least times of all parts so far [us]."""
        (self.folder / "resolved.nml").write_text(write_namelist(one_ring(n_bin)), encoding="ascii")
        text = subprocess.run([self.program, self.folder, "5"], check=True, capture_output=True,
                              text=True).stdout
        best = self.best.setdefault(n_bin, {})
        for line in text.splitlines():
            name, value = line.split()
            best[name] = min(float(value), best.get(name, np.inf))
        return best

    def vectors(self, stem: str) -> str:
        """The compiler's report on the loops of a file: how many run along which vectors."""
        report = (self.folder / f"{stem}.vec").read_text()
        widths = re.findall(r"loop vectorized using (\d+) byte", report)
        return ", ".join(f"{widths.count(w)} with {w} bytes"
                         for w in sorted(set(widths), key=int, reverse=True))


def exponent(found: dict[int, dict[str, float]], name: str, bins: tuple[int, ...]) -> float:
    """Power of the number of bins with which a time grows."""
    times = [found[n][name] for n in bins]
    return float(np.polyfit(np.log(bins), np.log(times), 1)[0])


def parts(kernels: Kernels, rounds: int) -> Section:
    """Times, exponents and what the compiler says."""
    for _ in range(rounds):
        for n in BINS:
            kernels.clock(n)
    found = kernels.best
    powers = {name: exponent(found, name, BINS[1:]) for name in NAMES}
    rows = [(title, *(f"{found[n][name]:.2f}" for n in BINS),
             *(f"{exponent(found, name, two):.1f}" for two in pairwise(BINS)),
             f"{powers[name]:.1f}")
            for name, title in NAMES.items()]
    targets = []
    for name, (aim, power) in TARGETS.items():
        targets += [Target(f"{NAMES[name]} at 40 bins", "us", found[40][name], aim, False),
                    Target(f"{NAMES[name]}, exponent from 40 to 320 bins", "", powers[name],
                           power + CACHES, False)]
    report = "; ".join(f"`{stem}.f90` {kernels.vectors(stem)}" for stem in HOT)
    return Section(
        [*paragraph("Microseconds for one ring of the standard run at 1.85 R_Mars after 0.1 yr, "
                    "without Python. A step is one of RODAS4: six right-hand sides, a Jacobian, "
                    "LU factors, six solves, the light at seven moments."),
         *table(("[us]", *(f"{n} bins" for n in BINS),
                 *(f"exponent {a}-{b}" for a, b in pairwise(BINS)), "40-320"), rows), "",
         *paragraph("Vector loops by the compiler's report (a loop may have several versions): "
                    f"{report}.")[:-1]], targets)
