# SPDX-License-Identifier: BSD-3-Clause
"""Measure the tables of docs/capture.md and draw its figures (about six minutes).

    python docs/measure_capture.py          print the tables
    python docs/measure_capture.py --write  put them between the markers of docs/capture.md

Runs go to a temporary folder. A place is marked with <!-- measured: NAME --> and <!-- end -->.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import netCDF4
import numpy as np
from marsdisk import runs
from marsdisk.config.read import read_namelist
from marsdisk.plots import plot

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "capture.md"
FIGURES = ROOT / "docs" / "figures"
OUTCOMES = ("escaped", "captured", "fell before capture", "undecided", "ablated", "failed")

# Tables 6.1 and 6.2 of the source: u, v [AU yr-1], e_end, tau_0.5, tau_1, tau_2, T_L [yr],
# energy given up [AU2 yr-2].
NONE = float("nan")
PUBLISHED = (
    (0.01, 0.07, 0.042315, 0.91619, 1.01058, 1.07696, 1.29499, 0.270330),
    (0.02, 0.04, 0.245309, 0.17335, 0.19719, NONE, 0.67719, 0.210292),
    (0.02, 0.08, 0.052736, 1.43009, 1.52696, 1.59928, 2.34878, 0.267550),
    (0.02, 0.09, 0.425578, 0.16801, NONE, NONE, 1.39045, 0.165685),
    (0.02, 0.10, 0.046476, 1.23252, 1.33405, 1.39873, 5.15737, 0.272824),
    (0.03, 0.05, 0.120342, 0.27278, 0.31395, 0.34424, 0.94736, 0.246878),
    (0.03, 0.07, 0.531977, 0.09096, NONE, NONE, 0.91199, 0.132988),
    (0.04, 0.05, 0.174596, 0.20003, 0.23310, NONE, 0.69442, 0.230828),
    (0.04, 0.10, 0.472986, 0.56619, NONE, NONE, 1.50139, 0.152599),
    (0.05, 0.04, 0.771443, NONE, NONE, NONE, 0.70274, 0.064940),
    (0.05, 0.05, 0.125577, 0.22567, 0.26730, 0.29599, 0.60258, 0.244468),
    (0.06, -0.01, 0.346886, 0.16898, 0.18743, NONE, 1.19825, 0.184101),
    (0.06, 0.05, 0.159305, 0.24914, 0.28166, NONE, 0.49913, 0.236494),
    (0.06, 0.06, 0.057577, 0.42942, 0.49455, 0.54366, 1.79621, 0.265223),
    (0.07, 0.05, 0.181852, 0.23278, 0.26130, NONE, 0.46623, 0.231530),
    (0.07, 0.10, 0.240009, 0.60543, 0.63000, NONE, 1.64937, 0.218440),
)
AU2_YR2 = (1.495978707e11 / (365.25 * 86400.0)) ** 2
"""Energy per mass [J kg-1] in an AU2 yr-2."""


class Result:
    """Variables of a capture run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with netCDF4.Dataset(path) as data:
            for name in ("u", "v", "outcome", "e_end", "lifetime", "tau_half", "tau_1", "tau_2",
                         "delta_energy", "heating"):
                values = np.ma.filled(np.ma.asarray(data[name][:], dtype=float), np.nan)
                setattr(self, name, values)

    def counts(self) -> str:
        """How many entries end how."""
        found = np.bincount(self.outcome.astype(int), minlength=6)
        return ", ".join(f"{n} {what}" for n, what in zip(found, OUTCOMES, strict=True) if n)

    def at(self, u: float, v: float) -> int:
        """Case with these velocities."""
        return int(np.argmin(np.hypot(self.u - u, self.v - v)))


def run(folder: Path, name: str, base: str, *overrides: str) -> Result:
    """Run a namelist with overrides."""
    path = folder / f"{name}.nc"
    config = read_namelist(ROOT / "namelists" / f"{base}.nml", [f"run.name={name}", *overrides])
    runs.run(config, path, quiet=True)
    return Result(path)


def number(value: float, digits: int) -> str:
    """A number, or a dash where there is none."""
    return "-" if np.isnan(value) else f"{value:.{digits}f}"


def captures(r: Result) -> list[str]:
    """The two tables of the source for our captures."""
    lines = [
        "| u | v [AU/yr] | e_end | tau_0.5 | tau_1 | tau_2 | T_L [yr] | given up [AU2/yr2] "
        + "| [1e6 J/kg] | h [1e13 J/m2] |",
        "|--:|" + "--:|" * 9,
    ]
    for k in np.flatnonzero(r.outcome == 1):
        cells = [number(r.u[k], 2), number(r.v[k], 2), number(r.e_end[k], 6)]
        cells += [number(x[k], 5) for x in (r.tau_half, r.tau_1, r.tau_2, r.lifetime)]
        cells += [number(r.delta_energy[k] / AU2_YR2, 6), number(r.delta_energy[k] / 1e6, 5),
                  number(r.heating[k] / 1e13, 5)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def comparison(right: Result, printed: Result) -> list[str]:
    """The published captures, the printed scheme redone, and the right equations."""
    lines = [
        "| u | v | published e_end | T_L | given up | printed scheme, here: e_end | T_L "
        + "| given up | right equations |",
        "|--:|" + "--:|" * 7 + ":--|",
    ]
    for u, v, e, *_, life, energy in PUBLISHED:
        k = printed.at(u, v)
        if printed.outcome[k] == 1:
            redone = [number(printed.e_end[k], 6), number(printed.lifetime[k], 5),
                      number(printed.delta_energy[k] / AU2_YR2, 6)]
        else:
            redone = [OUTCOMES[int(printed.outcome[k])], "-", "-"]
        k = right.at(u, v)
        fate = OUTCOMES[int(right.outcome[k])]
        if right.outcome[k] == 1:
            fate += f", e_end {right.e_end[k]:.4f}, T_L {right.lifetime[k]:.4f} yr"
        cells = [f"{u:.2f}", f"{v:.2f}", f"{e:.6f}", f"{life:.5f}", f"{energy:.6f}", *redone, fate]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def pairs(r: Result) -> set[tuple[float, float]]:
    """Velocities of the captured."""
    return {(round(float(r.u[k]), 2), round(float(r.v[k]), 2))
            for k in np.flatnonzero(r.outcome == 1)}


def control(folder: Path, right: Result, printed: Result) -> list[str]:
    """The same grid with right and printed equations, and with other numerics and constants."""
    published = {row[:2] for row in PUBLISHED}
    rows = [("right equations, Taylor, rtol 1e-12", right)]
    for rtol in ("1e-8", "1e-15"):
        rows.append((f"right equations, Taylor, rtol {rtol}",
                     run(folder, f"rtol_{rtol}", "capture", f"numerics.rtol={rtol}")))
    rows += [
        ("right equations, DOP853", run(folder, "dop853", "capture", "numerics.method=dop853")),
        ("right equations, leapfrog, dt 1e-5 yr",
         run(folder, "leapfrog", "capture", "numerics.method=leapfrog")),
        ("printed equations (5.28, 5.29), dt 1e-5 yr", printed),
        ("GM 0.1 % larger", run(folder, "gm", "capture", "planet.gm=4.287119837e13")),
        ("density 0.1 % larger", run(folder, "rho", "capture", "atmosphere.rho_ref=4.9049e-3")),
        ("full three-body problem", run(folder, "full", "capture", "planet.mode=cr3bp")),
        ("gas at rest among the stars", run(folder, "inertial", "capture",
                                             "atmosphere.gas=inertial")),
        ("elements from inertial velocities", run(folder, "elements", "capture",
                                                  "stop.elements=inertial")),
    ]
    lines = ["| what | outcomes | other than the first | published pairs captured |",
             "|:--|:--|--:|--:|"]
    for name, result in rows:
        other = int(np.sum(result.outcome != right.outcome))
        lines.append(f"| {name} | {result.counts()} | {other} | "
                     f"{len(published & pairs(result))} of 16 |")
    return lines


def main(argv: list[str]) -> None:
    """Measure, then print or write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        right = run(folder, "capture", "capture", "output.trajectories=.true.")
        printed = run(folder, "printed", "capture", "numerics.method=leapfrog_printed")
        made = {
            "captures": captures(right),
            "published": comparison(right, printed),
            "control": control(folder, right, printed),
        }
        if "--write" in argv:
            FIGURES.mkdir(exist_ok=True)
            for result, what in ((right, "map"), (printed, "map"), (right, "trajectory"),
                                 (right, "history")):
                file, = plot(result.path, [what], folder, "png")
                shutil.copyfile(file, FIGURES / f"capture_{file.name.removeprefix('capture_')}")
            for base, what in (("capture_3d", "inclination"), ("capture_ablation", "ablation"),
                               ("capture_gas_loss", "gas_loss"),
                               ("capture_tides", "tides")):
                file, = plot(run(folder, base, base).path, [what], folder, "png")
                shutil.copyfile(file, FIGURES / file.name)
    if "--write" not in argv:
        for name, lines in made.items():
            print(f"\n### {name}\n", *lines, sep="\n")
        return
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in made.items():
        body = "\n".join(lines)
        text, count = re.subn(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)",
                              lambda m, body=body: f"{m[1]}\n{body}\n\n{m[2]}", text,
                              flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: no place for the table {name}")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
