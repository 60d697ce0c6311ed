# SPDX-License-Identifier: BSD-3-Clause
"""When the smallest grain becomes bound, and where grains evaporate before they leave."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from marsdisk import physics
from scipy.optimize import brentq

from validation import figures, runs
from validation.page import Lines, table

STARTS = (3000.0, 4000.0, 5000.0)
"""Temperatures of Mars at the start [K]."""

HEAT = 1.0e5 * 3000.0 * 1000.0
"""Heat of the default slab per area and kelvin [J m-2 K-1]."""

ALPHA = (0.03, 0.1, 0.2)
"""Evaporation coefficients of forsterite [1]."""


def slab_time(temperature: float, start: float) -> float:
    """Time at which the default slab has cooled to `temperature` [yr]; NaN when it never has."""
    if temperature > start:
        return float("nan")
    cooled = HEAT / (3.0 * physics.constants()["sigma_sb"].value)
    return (temperature**-3 - start**-3) * cooled / runs.YEAR


def unbound_range(size: float) -> tuple[float, float] | None:
    """Temperatures of Mars between which a grain is unbound [K], of those in the table."""
    grid = np.linspace(1000.0, 6500.0, 1101)
    above = physics.beta(size, grid) >= 0.5
    if not above.any():
        return None
    first, last = np.flatnonzero(above)[[0, -1]]

    def edge(low: int, high: int) -> float:
        return float(brentq(lambda t: float(physics.beta(size, t)) - 0.5, grid[low], grid[high],
                            xtol=1e-6))

    return edge(first - 1, first), (edge(last, last + 1) if last + 1 < len(grid) else np.inf)


def when_bound() -> Lines:
    """Temperature and time at which grains of a size become bound."""
    rows = []
    for size in (1e-8, 2e-8, 3e-8, 5e-8, 7e-8, 1e-7, 2e-7, 3e-7, 5e-7, 1e-6, 3e-6):
        found = unbound_range(size)
        name = f"{1e9 * size:.0f} nm" if size < 1e-6 else f"{1e6 * size:.0f} µm"
        if found is None:
            rows.append([name, "bound up to 6500", "", "", ""])
            continue
        cells = [f"{t:.3f}" if np.isfinite(t) else "bound from the start"
                 for t in (slab_time(found[0], start) for start in STARTS)]
        rows.append([name, f"{found[0]:.0f}", *cells])
    return table(["grain radius", "bound below $T_M$ [K]", *(f"at [yr], $T_0$ = {t:.0f} K"
                                                             for t in STARTS)], rows)


def evaporation_time(size: np.ndarray | float, t_mars: np.ndarray | float, r: np.ndarray | float,
                     alpha: float = 0.1) -> np.ndarray:
    """Life of a grey grain in vacuum, s/|ds/dt| [s], at `r` [m]; solid below 2163 K."""
    temperature = physics.grain_temperature(r, t_mars, size)
    with warnings.catch_warnings():  # colder than the fit: such grains live for years
        warnings.simplefilter("ignore")
        return size / physics.sublimation_rate(temperature, 0.0, temperature >= 2163.0, alpha=alpha)


def crossing(f: Callable[[float], float]) -> float:
    """Temperature of Mars at which t_sub = t_blow [K]."""
    return float(brentq(f, 1200.0, 6400.0, xtol=1e-4))


def boundary(size: float, r: float, alpha: float = 0.1) -> float:
    """Temperature of Mars above which a grain evaporates before it leaves, t_sub < t_blow [K]."""
    leave = float(physics.blow_out_time(r))
    return crossing(lambda t: float(np.log(evaporation_time(size, t, r, alpha) / leave)))


def evaporates() -> Lines:
    """t_blow = t_sub for grains of several sizes and rings, with the time it is passed."""
    rows = []
    for size in (1e-7, 1e-6, 1e-5):
        for radius in (1.05, 1.85, 2.7):
            r = radius * runs.R_MARS
            found = [boundary(size, r, alpha) for alpha in ALPHA]
            cells = [f"{t:.2f}" if np.isfinite(t) else "-"
                     for t in (slab_time(found[1], start) for start in STARTS)]
            warm = float(physics.grain_temperature(r, found[1], size))
            rows.append([f"{1e6 * size:g} µm", f"{radius:g}", *(f"{t:.0f}" for t in found),
                         f"{warm:.0f}", *cells])
    return table(["grain", "$r$ [R]", *(f"$T_M$ [K], $\\alpha$ = {a:g}" for a in ALPHA),
                  "grain [K]", *(f"passed at [yr], {t:.0f} K" for t in STARTS)], rows)


def tables() -> dict[str, Lines]:
    """All tables of this section."""
    figures.boundaries(evaporation_time, boundary)
    return {"when_bound": when_bound(), "evaporates": evaporates()}
