# SPDX-License-Identifier: BSD-3-Clause
"""Measure the tables of docs/numerics.md and docs/model.md (about two minutes).

    python docs/measure.py                                  run everything, print the tables
    python docs/measure.py rtol n_bin                       only these cases
    python docs/measure.py --print                          print the tables again, no runs
    python docs/measure.py --print --write docs/numerics.md put them between the markers

Raw output goes to output/measure.json. A page marks the place of a table with
<!-- measured: NAME --> and <!-- end -->.
"""

import json
import math
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import netCDF4
import numpy as np

ROOT = Path(__file__).parents[1]
RAW = ROOT / "output" / "measure.json"
NML = ROOT / "namelists" / "standard.nml"
RUN = Path(sys.executable).parent / "marsdisk-run"
ONE = {"rings.n_ring": 1, "rings.r_in": 1.8, "rings.r_out": 1.9}
GREY = {"radiation.qpr_mode": "constant", "radiation.opacity": "geometric"}
FINE = {"numerics.rtol": 1e-6}
BINS = [20, 40, 80, 160]
ALLBINS = [20, 40, 80, 160, 320]

PUB = {
    "radiation.opacity": "geometric",
    "collisions.law": "ls12",
    "collisions.velocity": "pericenter",
    "collisions.h_factor": 1.0,
    "collisions.fragment_weights": "mass",
    "surface.tau_stop": 2.302585,
}


def sweep(base, key, values):
    return [{**base, key: v} for v in values]


CASES = {
    "rtol": sweep({}, "numerics.rtol", [1e-3, 1e-4, 1e-5, 1e-6]),
    "n_bin": sweep({}, "grains.n_bin", BINS),
    "n_ring": sweep({}, "rings.n_ring", [4, 8, 16, 32, 64]),
    "n_out": sweep({}, "output.n_out", [20, 50, 100, 200, 400]) + [{"output.spacing": "linear"}],
    "ring_grey_column": sweep({**ONE, **GREY, **FINE}, "grains.n_bin", ALLBINS),
    "ring_grey_thin": sweep(
        {**ONE, **GREY, **FINE, "radiation.exposure": "thin"}, "grains.n_bin", ALLBINS
    ),
    "ring_table_column": sweep({**ONE, **FINE}, "grains.n_bin", ALLBINS),
    "ring_table_thin": sweep(
        {**ONE, **FINE, "radiation.exposure": "thin"}, "grains.n_bin", ALLBINS
    ),
    "ring_erosion": sweep(
        {
            **GREY,
            **FINE,
            "rings.n_ring": 1,
            "rings.r_in": 1.09,
            "rings.r_out": 1.11,
            "supply.eps_mix": 3.0,
            "output.spacing": "linear",
            "output.n_out": 1000,
        },
        "grains.n_bin",
        ALLBINS,
    ),
    "ring_erosion_thin": sweep(
        {
            **GREY,
            **FINE,
            "rings.n_ring": 1,
            "rings.r_in": 1.09,
            "rings.r_out": 1.11,
            "supply.eps_mix": 3.0,
            "radiation.exposure": "thin",
        },
        "grains.n_bin",
        ALLBINS,
    ),
    "ring_saturated": sweep(
        {**ONE, **GREY, **FINE, "supply.eps_mix": 100.0, "supply.source": "external"},
        "grains.n_bin",
        BINS,
    ),
    "bistable": [
        {
            **GREY,
            **FINE,
            "rings.n_ring": 1,
            "rings.r_in": 1.09,
            "rings.r_out": 1.11,
            "supply.eps_mix": 3.0,
            "mars.driver": "constant",
            "stop.t_end": 1.0,
            "mars.t0": t,
            "grains.n_bin": n,
        }
        for t in (3000.0, 3300.0, 3375.0, 3450.0)
        for n in (40, 320)
    ],
    "published": [{**PUB, "mars.t0": t} for t in (3000.0, 4000.0, 5000.0)],
    "published_tau05": [
        {**PUB, "mars.t0": t, "surface.tau0": 0.5} for t in (3000.0, 4000.0, 5000.0)
    ],
    "blowout": [
        {**mode, **case}
        for case in (
            {},
            {"mars.t0": 3000.0},
            {"mars.t0": 5000.0},
            {"collisions.e_profile": "const", "collisions.e": 0.0},
            {"collisions.e_profile": "const", "collisions.e": 0.5},
        )
        for mode in ({}, {"radiation.chi_mode": "orbits"})
    ],
    "choices": [
        {},
        {"collisions.bottom": "lost"},
        {"collisions.s_floor": "surface_energy", "grains.s_min": 1e-8},
        {"grains.s_min": 5e-8},
        {"grains.s_min": 2e-8},
        {"supply.mode": "none"},
        {"radiation.opacity": "geometric"},
        {"radiation.exposure": "thin"},
        {"collisions.law": "ls12"},
        {"collisions.fragment_weights": "mass"},
        {"collisions.h_factor": 1.0},
        {"collisions.i": 0.1},
        {"supply.eps_mix": 0.1},
        {"supply.eps_mix": 10.0},
        {"mars.t0": 3000.0},
        {"mars.t0": 5000.0},
    ],
}


def one_run(setting):
    with tempfile.TemporaryDirectory(prefix="measure-") as folder:
        out = f"{folder}/x.nc"
        cmd = [RUN, str(NML), "--quiet", "--threads", "2", "--output", out]
        s = {"output.n_out": 200, **setting}
        if "rings.n_ring" in s and s["rings.n_ring"] == 1:
            s.setdefault("output.psd", ".false.")
        for k, v in s.items():
            cmd += ["--set", f"{k}={v}"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        p = subprocess.run(cmd, check=False, capture_output=True, text=True, cwd=folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if p.returncode:
            print(p.stdout, p.stderr, file=sys.stderr)
            raise SystemExit(f"failed: {setting}")
        with netCDF4.Dataset(out) as d:
            area = float(np.sum(d["ring_area"][:]))
            return {
                "setting": setting,
                "m_loss_mars": float(d.m_loss_mars),
                "m_loss_kg": float(d["m_loss"][-1]),
                "kg_m2": float(d["m_loss"][-1]) / area,
                "m_supply_kg": float(d["m_supply"][-1]),
                "m_surface0": float(d["m_surface0"][...]),
                "t_opaque_yr": opaque_time(d),
                "m_removed0": float(d["m_removed0"][...]),
                "kappa0": float(d["kappa0"][...]),
                "sigma_ref": float(d["sigma_ref"][...]),
                "t99_yr": float(d.t99_yr),
                "n_step": int(d.n_step),
                "n_reject": int(d.n_reject),
                "wall": float(d.wall_time_s),
                "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                "mass_residual": float(np.max(d["mass_residual"][:])),
                "surface_residual": float(np.max(d["surface_residual"][:])),
            }


def opaque_time(d):
    """Time at which tau_los of the first ring passes 10 [yr]; NaN when it does not."""
    t, tau = np.array(d["time"][:]), np.array(d["tau_los"][:, 0])
    k = np.argmax(tau > 10.0)
    if not tau[k] > 10.0 or k == 0:
        return float("nan")
    f = math.log(10.0 / tau[k - 1]) / math.log(tau[k] / tau[k - 1])
    return (t[k - 1] + f * (t[k] - t[k - 1])) / (365.25 * 86400.0)


def kappa_table():
    """kappa0 with the projection rule and with 'mass of a bin at its node' [m2 kg-1]."""
    from marsdisk.prep.qpr import SHIPPED_TABLE, read_qpr_table

    q = read_qpr_table(SHIPPED_TABLE)
    it = np.searchsorted(q.temperature, 4000.0, side="right") - 1
    f = (4000.0 - q.temperature[it]) / (q.temperature[it + 1] - q.temperature[it])
    row = q.q_pr[:, it] + f * (q.q_pr[:, it + 1] - q.q_pr[:, it])
    planck = lambda s: np.interp(np.log(s), np.log(q.size), row)
    rho, s0, s1 = 3270.0, 1e-7, 3.0
    sig = 0.3 * math.log(10)
    psd = lambda x: (
        0.97 * np.exp(-0.5 * ((x - math.log(1.5)) / sig) ** 2)
        + 0.03 * np.exp(-0.5 * ((x - math.log(1e-7)) / sig) ** 2)
    )
    m = 2_000_000
    x = math.log(s0) + (np.arange(m) + 0.5) * math.log(s1 / s0) / m
    s, y = np.exp(x), psd(x)
    y /= y.sum()
    exact = {
        n: float(np.sum(y * 0.75 * Q(s) / (rho * s)))
        for n, Q in (("grey", np.ones_like), ("planck", planck))
    }
    rows = []
    for n in (20, 40, 80, 160):
        node = s0 * (s1 / s0) ** (np.arange(n) / (n - 1))
        node[-1] = s1
        edge = np.concatenate([[s0], np.sqrt(node[1:] * node[:-1]), [s1]])
        k = np.clip(np.searchsorted(edge, s, side="right") - 1, 0, n - 1)
        plain = np.bincount(k, y, n)
        k = np.clip(np.searchsorted(node, s, side="right") - 1, 0, n - 2)
        w = (1 / s - 1 / node[k + 1]) / (1 / node[k] - 1 / node[k + 1])
        kept = np.bincount(k, y * w, n) + np.bincount(k + 1, y * (1 - w), n)
        res = {}
        for nm, Q in (("grey", np.ones_like), ("planck", planck)):
            kap = 0.75 * Q(node) / (rho * node)
            res[nm] = (float(plain @ kap), float(kept @ kap))
        rows.append((n, res))
    return exact, rows


def pct(a, b):
    return f"{100 * (a / b - 1):+.3f}"


def small(a, b):
    x = 100 * (a / b - 1)
    return "0" if x == 0 else (f"{x:+.3f}" if abs(x) >= 1e-3 else f"{x:+.1e}")


def label(v):
    return f"{v:g}" if isinstance(v, (int, float)) else str(v)


def table_standard(runs, key, ref):
    lines = [
        (
            f"| `{key}` "
            "| $M_\\mathrm{loss}$ [$M_\\mathrm{Mars}$] | change [%] | steps | rejected | wall [s] "
            "| `mass_residual` | `surface_residual` |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in runs:
        v = r["setting"].get(key)
        name = label(v) if v is not None else "200, linear spacing"
        lines.append(
            f"| {name} "
            f"| {r['m_loss_mars']:.7e} | {small(r['m_loss_mars'], ref)} "
            f"| {r['n_step']} | {r['n_reject']} | {r['wall']:.1f} "
            f"| {r['mass_residual']:.1e} | {r['surface_residual']:.1e} |"
        )
    return lines


def table_ring(runs):
    moment = runs[0]["setting"].get("output.spacing") == "linear"
    lines = [
        "| bins | $M_\\mathrm{loss}$ per area [kg m$^{-2}$] | difference to the row above [%] "
        "| order | to the last row [%] | steps |"
        + (" $\\tau_\\mathrm{los}$ passes 10 at [yr] |" if moment else ""),
        "|---|---|---|---|---|---|" + ("---|" if moment else ""),
    ]
    v = [r["kg_m2"] for r in runs]
    h = [1.0 / (r["setting"]["grains.n_bin"] - 1) for r in runs]
    for k, r in enumerate(runs):
        d = f"{100 * (v[k] - v[k - 1]) / v[-1]:+.3f}" if k else ""
        o = ""
        if k > 1:
            a, b = v[k - 1] - v[k - 2], v[k] - v[k - 1]
            o = (
                f"{math.log(abs(a / b)) / math.log(h[k - 1] / h[k]):.1f}"
                + ("" if a * b > 0 else " (sign)")
                if b
                else "-"
            )
        last = pct(v[k], v[-1]) if k < len(v) - 1 else ""
        lines.append(
            f"| {r['setting']['grains.n_bin']} | {v[k]:.6g} | {d} | {o} | {last} | {r['n_step']} |"
            + (f" {r['t_opaque_yr']:.4g} |" if moment else "")
        )
    return lines


def tables(raw):
    out = {}
    if "rtol" in raw:
        out["rtol"] = table_standard(raw["rtol"], "numerics.rtol", raw["rtol"][-1]["m_loss_mars"])
    for name, key in (
        ("n_bin", "grains.n_bin"),
        ("n_ring", "rings.n_ring"),
        ("n_out", "output.n_out"),
    ):
        if name in raw:
            ref = (
                raw[name][-1]["m_loss_mars"]
                if name != "n_out"
                else next(
                    r["m_loss_mars"] for r in raw[name] if r["setting"].get("output.n_out") == 400
                )
            )
            out[name] = table_standard(raw[name], key, ref)
    for name in raw:
        if name.startswith("ring_"):
            out[name] = table_ring(raw[name])
    if "bistable" in raw:
        lines = [
            "| $T_M$ [K] | 40 bins [kg m$^{-2}$] | 320 bins [kg m$^{-2}$] | difference [%] |",
            "|---|---|---|---|",
        ]
        runs = raw["bistable"]
        for a, b in zip(runs[::2], runs[1::2]):
            lines.append(
                f"| {a['setting']['mars.t0']:g} "
                f"| {a['kg_m2']:.4g} | {b['kg_m2']:.4g} | {pct(a['kg_m2'], b['kg_m2'])} |"
            )
        out["bistable"] = lines
    for case in ("choices", "blowout", "published", "published_tau05"):
        if case in raw:
            lines = [
                (
                    "| setting | $M_\\mathrm{loss}$ [$M_\\mathrm{Mars}$] "
                    "| initial surface + supplied [$M_\\mathrm{Mars}$] | 99 % lost by [yr] |"
                ),
                "|---|---|---|---|",
            ]
            for r in raw[case]:
                mm = r["m_loss_kg"] / r["m_loss_mars"]
                shown = {k: v for k, v in r["setting"].items() if case == "choices" or k not in PUB}
                name = ", ".join(f"`{k}={label(v)}`" for k, v in shown.items()) or "standard"
                lines.append(
                    f"| {name} | {r['m_loss_mars']:.3e} "
                    f"| {(r['m_surface0'] + r['m_supply_kg']) / mm:.3e} | {r['t99_yr']:.3g} |"
                )
            out[case] = lines
    if "kappa" in raw:
        exact, rows = raw["kappa"]
        lines = [
            (
                "| bins | grey, kept | grey, bin mass at node "
                "| Planck, kept | Planck, bin mass at node |"
            ),
            "|---|---|---|---|---|",
        ]
        for n, res in rows:
            c = [
                f"{res['grey'][1]:.4f}",
                f"{res['grey'][0]:.4f} ({pct(res['grey'][0], exact['grey'])} %)",
                f"{res['planck'][1]:.4f} ({pct(res['planck'][1], exact['planck'])} %)",
                f"{res['planck'][0]:.4f} ({pct(res['planck'][0], exact['planck'])} %)",
            ]
            lines.append(f"| {n} | " + " | ".join(c) + " |")
        lines.append(f"| exact integral | {exact['grey']:.4f} | | {exact['planck']:.4f} | |")
        out["kappa"] = lines
    return out


def main(argv):
    raw = json.loads(RAW.read_text()) if RAW.exists() else {}
    names = [a for a in argv if a in CASES or a == "kappa"]
    if "--print" not in argv:
        for name in names or [*CASES, "kappa"]:
            if name == "kappa":
                raw["kappa"] = kappa_table()
            else:
                raw[name] = []
                for setting in CASES[name]:
                    raw[name].append(one_run(setting))
                    r = raw[name][-1]
                    print(
                        name,
                        setting,
                        r["m_loss_mars"],
                        r["kg_m2"],
                        r["n_step"],
                        f"{r['cpu']:.1f}s",
                        flush=True,
                        file=sys.stderr,
                    )
            RAW.write_text(json.dumps(raw, indent=1))
        raw = json.loads(RAW.read_text())
    made = tables(raw)
    if "--write" in argv:
        page = Path(argv[argv.index("--write") + 1])
        text = page.read_text()
        for name, lines in made.items():
            text = re.sub(
                rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)",
                lambda m, body="\n".join(lines): f"{m[1]}\n{body}\n\n{m[2]}",
                text,
                flags=re.DOTALL,
            )
        page.write_text(text)
    else:
        for name, lines in made.items():
            print(f"\n### {name}\n")
            print("\n".join(lines))


main(sys.argv[1:])
