# SPDX-License-Identifier: BSD-3-Clause
"""Figures of docs/validation.md: arrays in, docs/figures/validation_*.png out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import marsdisk
import matplotlib
import numpy as np
from marsdisk.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RATES,
    SKY,
    VERMILLION,
    cell_edges,
    colour_map,
    new_figure,
    save,
    style,
)
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from validation import runs
from validation.page import FIGURES

COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (3, 1)), (0, (1, 1)))
LOST = r"$M_\mathrm{loss}$ [$M_\mathrm{Mars}$]"
RESOLUTION = 110
"""Resolution of the figures [dots per inch]: print-readable, and small in the repository."""


@contextmanager
def figure(name: str, title: str, height: float) -> Iterator[Figure]:
    """A figure that is written to its place."""
    with style():
        drawn = new_figure(title, height)
        drawn.set_dpi(RESOLUTION)
        yield drawn
        with matplotlib.rc_context({"savefig.dpi": RESOLUTION}):
            save(drawn, FIGURES / f"validation_{name}.png")


def published(cases: Sequence[tuple], ours: Sequence[marsdisk.Run],
              like: Sequence[marsdisk.Run]) -> None:
    """Totals of the twelve cases and their bounds."""
    with figure("published", "The twelve published cases (each pair of eps_mix is one point)",
                8.5) as drawn:
        axis = drawn.subplots()
        x = np.arange(len(cases))
        axis.plot(x, [c[2] for c in cases], "s", color=BLACK, label="published")
        axis.plot(x, [runs.bound(r) for r in ours], "_", ms=22, mew=2, color=BLUE,
                  label="bound: initial surface + supplied, standard settings")
        axis.plot(x, [runs.loss(r) for r in ours], "o", color=BLUE, label="standard settings")
        axis.plot(x, [runs.bound(r) for r in like], "_", ms=22, mew=2, color=ORANGE,
                  label="bound, published settings")
        axis.plot(x, [runs.loss(r) for r in like], "^", color=ORANGE,
                  label="published settings, here")
        axis.axhline(3e-5, color=GREY, ls=":", label=r"$M_\mathrm{in}$, the whole inner disk")
        axis.set_yscale("log")
        axis.set_ylim(3e-11, 1e-3)
        axis.set_ylabel(LOST)
        axis.set_xticks(x, [f"{c[0]} K\n" rf"$\tau_0$ = {c[1]:g}" for c in cases])
        drawn.legend(loc="outside lower center", ncols=2, frameon=False)


def convergence(
    found: Mapping[str, tuple[str, Sequence[float], list[float], list[float]]]
) -> None:
    """Error against the finest run, and against wall time."""
    labels = {"rtol": ("rtol [1]", 1e-4), "n_bin": ("bins [1]", 40), "n_ring": ("rings [1]", 32),
              "n_out": ("output times [1]", 200)}
    with figure("convergence", r"Change of $M_\mathrm{loss}$ of the standard run against the finest"
                " of each series", 13.0) as drawn:
        axes = drawn.subplots(2, 3)
        for axis, (name, (_, values, losses, _)) in zip(axes.flat, found.items()):
            error = np.maximum(np.abs(np.array(losses[:-1]) / losses[-1] - 1.0), 1e-15)
            axis.loglog(values[:-1], error, "o-", color=BLUE)
            axis.axvline(labels[name][1], color=GREY, ls=":", label="standard")
            axis.set_xlabel(labels[name][0])
            if name == "n_bin":
                x = np.array(values[:-1])
                axis.loglog(x, error[0] * (x[0] / x) ** 2, color=GREY, ls="--", label="order 2")
            if name != "rtol":
                axis.set_xticks(values[:-1:2], [f"{v:g}" for v in values[:-1:2]])
                axis.xaxis.set_minor_formatter(NullFormatter())
            axis.legend()
        axes[0, 2].set_ylim(1e-6, 1e-2)
        axes[1, 0].set_ylim(1e-11, 1e-7)
        for axis in axes[:, 0]:
            axis.set_ylabel("relative change [1]")
        axis = axes[1, 1]
        for (name, (_, _, losses, wall)), colour, mark in zip(found.items(), COLOURS, "os^D"):
            error = np.maximum(np.abs(np.array(losses[:-1]) / losses[-1] - 1.0), 1e-15)
            axis.loglog(wall[:-1], error, mark + "-", color=colour, label=labels[name][0][:-4])
        axis.set_xlabel("wall time on 1 thread [s]")
        axis.set_xlim(0.05, 5.0)
        axis.set_ylim(1e-11, 1e2)
        axis.legend(ncols=2, loc="upper left", columnspacing=0.8, handlelength=1.5)
        axes[1, 2].set_axis_off()
        axes[1, 2].text(0.0, 0.55, "standard: 40 bins, 32 rings,\nrtol = 1e-4, 200 output times\n\n"
                        "In each series the others\nare standard, but with 5\n(rtol) and 20 (bins, "
                        "rings)\noutput times, which limit\nthe step.", va="center")


def cascades(drawn_slopes: Sequence[tuple], waves: Sequence) -> None:
    """Steady cascades, compensated, and waves above a blow-out size."""
    with figure("cascades", "Steady cascades", 8.5) as drawn:
        left, right = drawn.subplots(1, 2)
        for (g, q, size, density), colour, dash in zip(drawn_slopes, COLOURS, DASHES):
            y = density * size**q
            left.loglog(size, y / np.interp(np.log(3e-3), np.log(size), y), color=colour, ls=dash,
                        label=f"g = {g:g}, theory q = {q:.3f}")
        left.set_xlabel("radius [m]")
        left.set_ylabel(r"$s^q\,dN/ds$, 1 at 3 mm")
        left.set_ylim(0.1, 30)
        left.set_title("fed at the top, lost at the bottom")
        left.legend(title=r"$Q_D^* \propto s^g$")
        for wave, colour, dash in zip(waves, COLOURS, DASHES):
            label = "Benz & Asphaug" if wave.q_d is None else f"{wave.q_d:g} J/kg"
            right.loglog(wave.size, wave.density, color=colour, ls=dash, label=label)
        right.axvline(1.0, color=GREY, ls=":")
        right.set_xlim(0.2, 2e4)
        right.set_ylim(3e-2, 30)
        right.set_xlabel(r"$s/s_\mathrm{blow}$")
        right.set_ylabel(r"$s^{3.5}dN/ds$, 1 at $300\,s_\mathrm{blow}$")
        right.set_title("grains below $s_\\mathrm{blow}$ are blown out")
        right.legend(title=r"$Q_D^*$, 1500 m s$^{-1}$")


def spreading(fine: np.ndarray, exact: Sequence[np.ndarray], profiles: Sequence[tuple],
              falls: Sequence[tuple]) -> None:
    """Spreading ring and infall by drag."""
    with figure("transport", "Transport against closed forms", 7.5) as drawn:
        left, right = drawn.subplots(1, 2)
        for y, text, dash in zip(exact, ("at the start", "exact at the end"), ("--", "-")):
            left.plot(fine, y, dash, color=GREY, label=text)
        for (n, r, y), colour, mark in zip(profiles[::3], COLOURS, "o+"):
            left.plot(r, y, mark, ms=4, color=colour, label=f"{n} rings")
        left.set_xlim(fine[0], fine[-1])
        left.set_xlabel(r"$r$ [$R_\mathrm{Mars}$]")
        left.set_ylabel("surface density [1]")
        left.set_title("constant viscosity")
        left.set_ylim(-0.2, 9.5)
        left.legend(ncols=2, loc="upper left")
        for size, colour, mark in ((1e-6, BLUE, "o"), (1e-5, VERMILLION, "^")):
            t, gone, inside = np.array([f[1:] for f in falls if f[0] == size]).T
            right.semilogx(t, inside, color=colour, label=f"exact, {1e6 * size:g} µm")
            right.semilogx(t, gone, mark, ms=4, color=colour, label="96 rings")
        right.set_xlabel("time [yr]")
        right.set_ylabel(r"share that has fallen to 1.2 $R_\mathrm{Mars}$ [1]")
        right.set_title("Poynting-Robertson drag, grey grains, 4000 K")
        right.set_ylim(-0.03, 1.5)
        right.legend(ncols=2, loc="upper left", columnspacing=1.0)


def boundaries(life: Callable, boundary: Callable) -> None:
    """t_sub over t_blow: with the size of grains, and with the ring."""
    t_mars = np.linspace(1500.0, 5000.0, 141)
    with figure("boundary", r"Where grains evaporate before they are blown out "
                r"(vacuum, $\alpha$ = 0.1, $\chi$ = 1)", 9.0) as drawn:
        left, right = drawn.subplots(1, 2)
        size, radius = np.geomspace(1e-8, 1e-3, 121), np.linspace(1.01, 2.7, 101)
        planes = (
            (left, size, life(size, t_mars[:, None], 1.85 * runs.R_MARS)
             / marsdisk.physics.blow_out_time(1.85 * runs.R_MARS), "grain radius [m]"),
            (right, radius, life(1e-6, t_mars[:, None], radius * runs.R_MARS)
             / marsdisk.physics.blow_out_time(radius * runs.R_MARS), r"$r$ [$R_\mathrm{Mars}$]"))
        for axis, y, ratio, label in planes:
            levels = np.arange(-6.0, 7.0, 1.0)
            image = axis.contourf(t_mars, y, np.log10(ratio).T, levels, cmap="cividis",
                                  extend="both")
            axis.contour(t_mars, y, np.log10(ratio).T, [0.0], colors="white", linewidths=2)
            axis.plot([], [], color="white", lw=2, label=r"$t_\mathrm{blow} = t_\mathrm{sub}$")
            axis.set_xlabel(r"$T_\mathrm{Mars}$ [K]")
            axis.set_ylabel(label)
        beta = marsdisk.physics.beta(size, t_mars[:, None])
        left.contour(t_mars, size, beta.T, [0.5], colors=VERMILLION, linestyles="--")
        left.plot([], [], "--", color=VERMILLION, label=r"$\beta$ = 0.5")
        left.set_yscale("log")
        left.set_title(r"1.85 $R_\mathrm{Mars}$")
        right.set_title("grains of 1 µm")
        for axis in (left, right):
            axis.legend(loc="upper right" if axis is left else "lower right", facecolor="0.6",
                        framealpha=1.0)
        drawn.colorbar(image, ax=[left, right],
                       label=r"$\log_{10}(t_\mathrm{sub}/t_\mathrm{blow})$")


def maps(starts: np.ndarray, taus: np.ndarray, supplies: np.ndarray, by_tau: np.ndarray,
         by_supply: np.ndarray, lost: np.ndarray, boundaries: Mapping[float, float]) -> None:
    """M_loss(T0, tau0) and M_loss(T0, supply), floor and lost; t_blow = t_sub at some radii."""
    with figure("maps", r"Mass lost until Mars has cooled to 2000 K", 8.0) as drawn:
        for axis, y, values, label, title in zip(
                drawn.subplots(1, 3), (taus, supplies, supplies), (by_tau, by_supply, lost),
                (r"$\tau_0$ [1]", "supply over standard [1]", ""),
                ("floor at 0.1 µm", "floor at 0.1 µm", "lost below 0.1 µm")):
            edges = (cell_edges(starts, False, True), cell_edges(y, True, True))
            colour_map(axis, edges, values, LOST, 4.0, RATES).ax.tick_params(labelsize=7)
            axis.set_yscale("log")
            axis.set_xlabel(r"$T_0$ [K]")
            axis.set_ylabel(label)
            axis.set_title(title)
            for (radius, t0), dash in zip(boundaries.items(), ("--", ":")):
                label = rf"$t_\mathrm{{blow}}=t_\mathrm{{sub}}$ of 1 µm at {radius:g} $R$"
                axis.axvline(t0, color=VERMILLION, ls=dash, lw=2, label=label)
        drawn.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2,
                     frameon=False)


def smallest(sizes: np.ndarray, eta: np.ndarray, found: Mapping[str, np.ndarray]) -> None:
    """M_loss against the smallest fragment."""
    with figure("smallest", "The smallest fragment decides (standard run, 80 bins)", 7.5) as drawn:
        left, right = drawn.subplots(1, 2, sharey=True)
        left.loglog(sizes, np.maximum(found["floor"], 1e-14), "o-", color=BLUE, label="floor")
        left.loglog(sizes, found["lost"], "s--", color=VERMILLION, label="lost")
        left.set_xlabel(r"$s_\mathrm{min}$ [m]")
        left.set_ylabel(LOST)
        left.set_title("grid ends at the smallest fragment; same supply")
        right.loglog(eta, found["energy, floor"], "o-", color=BLUE, label="floor at 10 nm")
        right.loglog(eta, found["energy, lost"], "s--", color=VERMILLION, label="lost below 10 nm")
        right.set_xlabel(r"share of the impact energy for new surface $\eta$ [1]")
        right.set_title(r"surface energy, $\gamma$ = 0.1 J m$^{-2}$")
        for axis in (left, right):
            axis.legend()


def history(curves: Sequence[tuple]) -> None:
    """M_loss against t_end."""
    with figure("history", r"What is lost by $t_\mathrm{end}$", 7.5) as drawn:
        axes = drawn.subplots(1, 2, sharey=True)
        for axis, wanted in zip(axes, ("floor", "lost")):
            chosen = [c for c in curves if c[1] == wanted]
            for (t0, _, t, y), colour, dash in zip(chosen, COLOURS, DASHES):
                axis.loglog(t[1:], y[1:], color=colour, ls=dash, label=f"{t0:.0f} K")
            axis.set_xlabel(r"$t_\mathrm{end}$ [yr]")
            axis.set_title("floor at 0.1 µm" if wanted == "floor" else "lost below 0.1 µm")
        axes[0].set_ylabel(LOST)
        axes[0].set_ylim(1e-11, 1e-7)
        axes[0].legend(title=r"$T_0$")
