# SPDX-License-Identifier: BSD-3-Clause
"""Independent solution of the disk model for one ring: dense, slow, written apart from the core.

Everything here is written from the equations, with its own constants, loops over pairs of bodies
and a dense tensor of outcomes, and is solved by SciPy's Radau at a tight tolerance. The compiled
core is not used. What is shared with it is the discretisation in size (nodes, edges, how a mass is
shared among nodes): without that, a comparison to better than the error of the grid would mean
nothing.

All quantities are in SI units; surface densities are masses per disk area [kg m-2].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

import netCDF4
import numpy as np
from marsdisk.config.read import Config
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

GM_MARS = 4.282837e13
"""G M of Mars [m3 s-2]."""

G = 6.67430e-11
"""Constant of gravitation [m3 kg-1 s-2]."""

R_MARS = 3.3895e6
"""Radius of Mars [m]."""

LIGHT = 2.99792458e8
"""Speed of light [m s-1]."""

SIGMA_SB = 5.670374419e-8
"""Stefan-Boltzmann constant [W m-2 K-4]."""

GAS = 8.314462618
"""Molar gas constant [J mol-1 K-1]."""

YEAR = 365.25 * 86400.0
"""Julian year [s]."""

EXTRA = ("deep", "vapour", "blown", "escaped", "below", "external", "supplied", "settled",
         "evaporated")
"""Rows of the state behind the bins."""

# log10(P/Pa) = A - B/T of the solid and of the liquid; molar masses [kg mol-1] in the flux from
# the surface and of the vapour.
FORSTERITE = ((13.809441833, 28362.904024), (11.08, 22409.0), 0.140694, 0.0313)

# Strength [erg g-1] and gravity [erg cm3 g-2] coefficients at 1, 2, ... 7 km/s.
STRENGTH = (1.9509e8, 1.9509e8, 1.9509e8, 2.92635e8, 3.9018e8, 3.9018e8, 3.9018e8)
GRAVITY = (0.8187652527, 1.2847803944, 1.6722, 2.2296, 2.787, 3.1376520343, 3.4683282388)


def power_integral(low: np.ndarray | float, high: np.ndarray | float, power: float) -> np.ndarray:
    """Integral of s^power ds from `low` to `high`, 0 where high <= low."""
    low = np.minimum(low, high)
    if abs(power + 1.0) < 1e-12:
        return np.log(high / low)
    return (high ** (power + 1.0) - low ** (power + 1.0)) / (power + 1.0)


def edge_factor(g: np.ndarray, ahead: int) -> np.ndarray:
    """Limited ratio (bin, column) of a density at the edge ahead to that in the bin [1].

    `ahead` is -1 or +1, the direction in which bodies move along the grid.
    """
    g = np.maximum(g, 0.0)
    none = np.zeros_like(g[:1])
    below, above = np.concatenate([none, g[:-1]]), np.concatenate([g[1:], none])
    rise = 0.5 * (above - below) * ahead
    psi = 1.0 + 0.5 * np.divide(rise, np.hypot(g, rise), out=np.zeros_like(g), where=g > 0.0)
    psi[0 if ahead < 0 else -1] = 1.0
    return psi


@dataclass(frozen=True)
class Solution:
    """Solution of one ring.

    Parameters
    ----------
    bins
        Surface density per bin at the end [kg m-2].
    lines
        Deep layer, vapour, ledger and memo lines at the end [kg m-2].
    scale
        Largest of initial surface, supplied, vapour present and mass turned to vapour [kg m-2].
    steps
        Steps that Radau took.
    """

    bins: np.ndarray
    lines: dict[str, float]
    scale: float
    steps: int

    @property
    def loss(self) -> float:
        """Mass lost per area [kg m-2]."""
        return self.lines["blown"] + self.lines["escaped"] + self.lines["below"]


class Lamp:
    """Temperature of Mars [K] against time [s]."""

    def __init__(self, config: Config) -> None:
        mars = config["mars"]
        self.driver, self.limit = mars["driver"], mars["f_lim"] or np.inf
        self.floor = mars["t_floor"]
        self.heat = mars["layer_depth"] * mars["layer_rho"] * mars["layer_cp"]
        self.start = mars["t0"]
        self.knots: np.ndarray = np.empty(0)
        if self.driver == "hotspot":
            f = mars["f_hot"]
            self.start = (f * mars["t_hot"] ** 4 + (1.0 - f) * mars["t_bg"] ** 4) ** 0.25
        if self.driver == "table":
            table = config.tables["mars.table"]
            self.knots, self.curve = table.x, PchipInterpolator(table.x, table.z)

    def flux(self, temperature: float) -> float:
        """Flux that leaves Mars [W m-2]."""
        return min(SIGMA_SB * temperature**4, self.limit)

    def __call__(self, t: float) -> float:
        if self.driver == "constant":
            return self.start
        if self.driver == "table":
            return float(self.curve(t))
        if self.driver == "linear":
            return max(self.floor, self.start - self.flux(self.start) * t / self.heat)
        free = min(self.start, (self.limit / SIGMA_SB) ** 0.25)
        until = 0.0 if free == self.start else (self.start - free) * self.heat / self.limit
        if t < until:
            return max(self.floor, self.start - self.limit * t / self.heat)
        return max(self.floor, (free**-3 + 3.0 * SIGMA_SB * (t - until) / self.heat) ** (-1 / 3))


class Ring:
    """One ring of a configuration: all that does not change, and the rates.

    Parameters
    ----------
    config
        Configuration of kind 'disk' with one ring.
    """

    def __init__(self, config: Config) -> None:
        self.config, self.lamp = config, Lamp(config)
        rings = config["rings"]
        if rings["n_ring"] != 1 or config["surface"]["tau_stop"]:
            raise ValueError("the independent solution is for one ring without tau_stop")
        low, high = rings["r_in"] * R_MARS, rings["r_out"] * R_MARS
        self.r = np.sqrt(low * high) if rings["spacing"] == "log" else 0.5 * (low + high)
        self.area = np.pi * (high**2 - low**2)
        self.kepler = np.sqrt(GM_MARS / self.r)
        self.omega = self.kepler / self.r
        self.orbit = 2.0 * np.pi / self.omega
        self._make_grid()
        self._make_optics()
        self._make_start()
        self.weights = self.supply_weights()
        if config["collisions"]["fragmentation"]:
            self._make_collisions()

    # ---- size grid -------------------------------------------------------------------------

    def _make_grid(self) -> None:
        grains = self.config["grains"]
        self.n = n = grains["n_bin"]
        self.s = np.geomspace(grains["s_min"], grains["s_max"], n)
        self.rho = grains["rho"]
        self.m = 4.0 / 3.0 * np.pi * self.rho * self.s**3
        self.edge = np.concatenate([self.s[:1], np.sqrt(self.s[1:] * self.s[:-1]), self.s[-1:]])
        self.dx = np.log(self.s[-1] / self.s[0]) / (n - 1)
        self.width = np.full(n, self.dx)
        self.width[[0, -1]] *= 0.5

    def share(self, size: float) -> np.ndarray:
        """Shares of the nodes [1] in a mass of one `size` [m]: mass and cross-section are kept."""
        k = int(np.clip(np.searchsorted(self.s, size, side="right") - 1, 0, self.n - 2))
        near = (1 / size - 1 / self.s[k + 1]) / (1 / self.s[k] - 1 / self.s[k + 1])
        shares = np.zeros(self.n)
        shares[k], shares[k + 1] = near, 1.0 - near
        return shares

    def spread(self, density: Callable[[np.ndarray], np.ndarray],
               knots: Sequence[float] = ()) -> np.ndarray:
        """Mass per node [1] of a mass per ln s, normalised to 1 on the grid."""
        inside = [knot for knot in knots if self.s[0] < knot < self.s[-1]]
        cells = np.unique([*self.s, *inside])
        x, weight = np.polynomial.legendre.leggauss(24)
        total = np.zeros(self.n)
        for a, b in zip(np.log(cells[:-1]), np.log(cells[1:]), strict=True):
            for at, w in zip(0.5 * (a + b) + 0.5 * (b - a) * x, 0.5 * (b - a) * weight,
                             strict=True):
                total += w * density(np.exp(at)) * self.share(np.exp(at))
        return total / total.sum()

    def initial_psd(self) -> np.ndarray:
        """Full initial mass distribution over the nodes [1]."""
        grains = self.config["grains"]
        if grains["psd"] == "mono":
            return self.share(grains["s_meter"])
        if grains["psd"] == "power_law":
            return self.spread(lambda s: s ** (4.0 - grains["psd_slope"]))
        if grains["psd"] == "table":
            table = self.config.tables["grains.psd_table"]
            return self.spread(lambda s: np.interp(np.log(s), np.log(table.x), table.z, 0.0, 0.0),
                               table.x)
        width, fine = grains["width_dex"] * np.log(10.0), grains["f_fine"]

        def bump(s: float, centre: float) -> float:
            return np.exp(-0.5 * (np.log(s / centre) / width) ** 2)

        return self.spread(lambda s: (1 - fine) * bump(s, grains["s_meter"])
                           + fine * bump(s, grains["s_fine"]))

    # ---- light -----------------------------------------------------------------------------

    def _make_optics(self) -> None:
        radiation = self.config["radiation"]
        self.grey = radiation["qpr_mode"] == "constant"
        # eight parts per bin, at whose ends beta is taken
        steps = np.linspace(0.0, 1.0, 9)
        low, high = np.log(self.edge[:-1, None]), np.log(self.edge[1:, None])
        self.ends = np.exp(low + (high - low) * steps)
        if self.grey:
            return
        path = self.config.files.get("radiation.qpr_table")
        if path is None:
            path = Path(str(resources.files("marsdisk") / "data" / "qpr_forsterite.nc"))
        with netCDF4.Dataset(path) as data:
            self.q_t = np.asarray(data["temperature"][:])
            self.q_ln_s = np.log(np.asarray(data["size"][:]))
            self.q_table = {name: np.asarray(data[name][:]) for name in ("q_pr", "q_abs")}
        self.q_nodes, self.q_ends = self._at("q_pr", self.s), self._at("q_pr", self.ends)
        self.q_absorb = self._at("q_abs", self.s)

    def _at(self, name: str, sizes: np.ndarray | float) -> np.ndarray:
        """Efficiency (table temperature, *sizes) [1], linear in ln s."""
        return np.array([np.interp(np.log(sizes), self.q_ln_s, column)
                         for column in self.q_table[name].T])

    def _by_temperature(self, table: np.ndarray, temperature: float) -> np.ndarray:
        """Interpolate (table temperature, ...) linearly."""
        j = int(np.clip(np.searchsorted(self.q_t, temperature, side="right") - 1, 0,
                        self.q_t.size - 2))
        part = (temperature - self.q_t[j]) / (self.q_t[j + 1] - self.q_t[j])
        return (1.0 - part) * table[j] + part * table[j + 1]

    def q_pr(self, temperature: float, where: str = "nodes") -> np.ndarray | float:
        """Efficiency of radiation pressure [1] at the nodes or at the ends of the sub-bins."""
        if self.grey:
            return self.config["radiation"]["qpr"]
        return self._by_temperature(self.q_nodes if where == "nodes" else self.q_ends, temperature)

    def beta(self, t: float, where: str = "nodes") -> np.ndarray:
        """Radiation pressure over gravity [1]."""
        temperature = self.lamp(t)
        luminosity = 4.0 * np.pi * R_MARS**2 * self.lamp.flux(temperature)
        s = self.s if where == "nodes" else self.ends
        mass = GM_MARS / G
        return (3.0 * luminosity * self.q_pr(temperature, where)
                / (16.0 * np.pi * G * mass * LIGHT * self.rho * s))

    def opacity(self, t: float) -> np.ndarray:
        """Opacity per bin [m2 kg-1]."""
        radiation = self.config["radiation"]
        q = 1.0 if radiation["opacity"] == "geometric" else self.q_pr(self.lamp(t))
        return 3.0 * q / (4.0 * self.rho * self.s)

    def unbound(self, t: float, smallest: bool | None = None) -> np.ndarray:
        """Share of the mass of each bin with beta >= 1/2 [1].

        `smallest` holds what the grains of the first bin are while a step lies beside a jump.
        """
        if not self.config["radiation"]["blowout"]:
            return np.zeros(self.n)
        power = 3.0 - self.config["collisions"]["q_frag"]
        excess = self.beta(t, "ends") - 0.5
        left, right = excess[:, :-1], excess[:, 1:]
        # part of each sub-bin, in ln s, on the unbound side of the straight line between its ends
        part = np.divide(left, left - right, out=np.zeros_like(left), where=left != right)
        part = np.clip(part, 0.0, 1.0)
        inside = np.where(left >= 0.0, np.where(right >= 0.0, 1.0, part),
                          np.where(right >= 0.0, 1.0 - part, 0.0))
        mass = power_integral(self.ends[:, :-1], self.ends[:, 1:], power)
        shares = (mass * inside).sum(axis=1) / mass.sum(axis=1)
        shares[0] = (self.beta(t)[0] >= 0.5) if smallest is None else smallest
        return shares

    def chi(self, t: float) -> float:
        """Blow-out time in units of 1/Omega [1]."""
        radiation = self.config["radiation"]
        if radiation["chi_mode"] == "const":
            return radiation["chi"]
        # the size above the band at which beta falls through 1/2; there only Q_pr is left of chi
        sizes = self.ends.ravel()
        above = np.flatnonzero(self.beta(t, "ends").ravel() >= 0.5)
        if not above.size or above[-1] == sizes.size - 1:
            return 1.0
        temperature = self.lamp(t)
        scale = 3.0 * self.lamp.flux(temperature) * R_MARS**2 / (4.0 * GM_MARS * LIGHT * self.rho)
        if self.grey:
            return float(np.clip(radiation["qpr"], 0.5, 1.5))
        column = self._by_temperature(self.q_table["q_pr"].T, temperature)

        def q(size: float) -> float:
            return float(np.interp(np.log(size), self.q_ln_s, column))

        last = above[-1]
        size = brentq(lambda s: scale * q(s) / s - 0.5, sizes[last], sizes[last + 1], rtol=1e-14,
                      xtol=1e-20)
        return float(np.clip(q(size), 0.5, 1.5))

    def exposure(self, tau: np.ndarray) -> np.ndarray:
        """Share of the grains that see Mars [1]."""
        how = self.config["radiation"]["exposure"]
        if how == "thin":
            return np.ones_like(tau)
        if how == "table":
            table = self.config.tables["radiation.phi_table"]
            return np.interp(tau, table.x, table.z)
        safe = np.where(np.abs(tau) > 1e-12, tau, 1.0)
        return np.where(np.abs(tau) > 1e-12, -np.expm1(-safe) / safe, 1.0)

    # ---- start -----------------------------------------------------------------------------

    def _make_start(self) -> None:
        surface, deep = self.config["surface"], self.config["deep"]
        psd = self.initial_psd()
        kappa = float(psd @ self.opacity(0.0))
        self.sigma_ref = self.config["supply"]["tau_ref"] / (surface["f_los"] * kappa)
        self.sigma0 = surface["sigma0"] or surface["tau0"] / (surface["f_los"] * kappa)
        if deep["table"]:
            table = self.config.tables["deep.table"]
            total = float(np.interp(self.r / R_MARS, table.x, table.z))
        else:
            total = deep["m_in"] * GM_MARS / G / self.area
        drop = self.unbound(0.0) if self.config["grains"]["drop_unbound"] else np.zeros(self.n)
        self.y0 = np.zeros(self.n + len(EXTRA))
        self.y0[: self.n] = self.sigma0 * psd * (1.0 - drop)
        self.removed = self.sigma0 * float(psd @ drop)
        vapour = 0.0
        self.subliming = self.config["sublimation"]["active"]
        self.reservoir = self.subliming and self.config["sublimation"]["vapour"] == "reservoir"
        if self.reservoir and self.config["sublimation"]["vapour0"] == "saturated":
            warm = self.ring_temperature(0.0)
            liquid = warm >= self.config["sublimation"]["t_liquidus"]
            # over the largest grains: colder or hotter than grey ones when Q_abs depends on size
            largest = self.grain_temperatures(0.0)[-1]
            vapour = self.saturation(largest, liquid) / self.pressure_factor(warm)
        self.y0[self.n + 1] = vapour
        self.y0[self.n] = self.deep0 = total - self.sigma0 - vapour
        self.psd = psd

    # ---- collisions ------------------------------------------------------------------------

    def collision_speed(self) -> float:
        """Relative speed of all collisions [m s-1]."""
        c = self.config["collisions"]
        if c["v_fixed"]:
            return c["v_fixed"]
        if c["e_profile"] == "const":
            e = c["e"]
        elif c["e_profile"] == "table":
            table = self.config.tables["collisions.e_table"]
            e = float(np.interp(self.r / R_MARS, table.x, table.z))
        else:
            e = 1.0 - R_MARS / self.r
        if c["velocity"] == "pericenter":
            return self.kepler * np.sqrt((1.0 + e) / (1.0 - e))
        return self.kepler * np.sqrt(1.25 * e**2 + c["i"] ** 2)

    def strength(self, v: float) -> np.ndarray:
        """Q_D* of every node [J kg-1] at speed `v` [m s-1]."""
        c = self.config["collisions"]
        custom = c["qd_set"] == "custom"
        q_s, b_g = (c["q_s"], c["b_g"]) if custom else (STRENGTH, GRAVITY)
        a, b = (c["a_s"], c["a_g"]) if custom else (0.38, 1.36)
        km = v / 1000.0
        nodes = np.arange(1.0, 8.0)
        strong, heavy = np.interp(km, nodes, q_s), np.interp(km, nodes, b_g)
        scaled = (km / np.clip(km, 1.0, 7.0)) ** (2.0 - 3.0 * 0.45)
        heavy = heavy * scaled
        if c["qd_velocity"] == "both":
            strong = strong * scaled
        cm = 100.0 * self.s
        return 1e-4 * (strong * cm**-a + heavy * self.rho / 1000.0 * cm**b)

    @staticmethod
    def ejected(phi: float) -> float:
        """Share of a body that an impact of relative energy `phi` turns to debris [1]."""
        return 0.5 * phi if phi < 1.8 else 1.0 - 0.1 * (phi / 1.8) ** -1.5

    def _debris(self, top: float, parent: float, v: float) -> np.ndarray | None:
        """Shares of the bins, and below the grid, in debris up to `top` [m]; None: no debris."""
        c = self.config["collisions"]
        q, floor = c["q_frag"], c["bottom"] == "floor"
        low = self.s[0] if floor else 0.0
        if c["s_floor"] == "surface_energy":
            paid = 1.0 / parent + c["eta"] * self.rho * v**2 / (24.0 * c["gamma"])
            low = (paid * (q - 3.0) / (4.0 - q) * top ** (4.0 - q)) ** (-1.0 / (q - 3.0))
            low = max(1e-9, low)
            if low >= top:
                return None
        shares = np.zeros(self.n + 1)
        if top <= self.s[0]:
            shares[0 if floor else self.n] = 1.0
            return shares
        power = 3.0 - q if c["fragment_weights"] == "number" else -q
        whole = power_integral(low, top, power)
        shares[: self.n] = power_integral(np.maximum(self.edge[:-1], low),
                                          np.minimum(self.edge[1:], top), power) / whole
        rest = power_integral(min(low, self.s[0]), self.s[0], power) / whole
        shares[0 if floor else self.n] += rest
        return shares

    def _remnant(self, mass: float) -> np.ndarray:
        """Mass [kg] that one body of `mass` brings to every bin, and below the grid."""
        gained = np.zeros(self.n + 1)
        if mass <= self.m[0]:
            gained[0 if self.config["collisions"]["bottom"] == "floor" else self.n] = mass
        elif mass >= self.m[-1]:
            gained[self.n - 1] = mass
        else:
            j = int(np.searchsorted(self.m, mass, side="right")) - 1
            a = (self.m[j + 1] - mass) / (self.m[j + 1] - self.m[j])
            gained[j], gained[j + 1] = a * self.m[j], (1.0 - a) * self.m[j + 1]
        return gained

    def _make_collisions(self) -> None:
        c = self.config["collisions"]
        v = self.collision_speed()
        self.q_d = self.strength(v)
        height = np.sqrt(2.0) * c["h_factor"] * c["i"] * self.r
        meets = np.pi * (self.s[:, None] + self.s) ** 2 * v / (np.sqrt(2.0 * np.pi) * height)
        self.outcome = np.zeros((self.n, self.n, self.n + 1))
        self.slide = np.zeros((self.n, self.n))
        # mass of bin b that meets a body of bin p per time [kg m-2 s-1], over sigma_b sigma_p
        self.kernel = meets / self.m[None, :]
        outcome = self._two_body if c["law"] == "two_body" else self._merged
        for b in range(self.n):
            for p in range(self.n):
                outcome(b, p, v)

    def _two_body(self, b: int, p: int, v: float) -> None:
        """Where a unit of mass of bin b goes in a collision with a body of bin p."""
        c, m = self.config["collisions"], self.m
        if b == 0 and c["bottom"] == "floor":
            return
        energy = 0.5 * m[b] * m[p] / (m[b] + m[p]) * v**2
        eps = self.ejected(energy / ((m[b] + min(m[b], m[p])) * self.q_d[b]))
        top = self.s[b] * min((1.0 - eps) ** (1 / 3), (0.5 * eps) ** (1 / 3))
        debris = self._debris(top, self.s[b], v)
        if debris is not None:
            self._erode(b, p, eps, debris)

    def _erode(self, b: int, p: int, eps: float, debris: np.ndarray) -> None:
        """Body b gives the share `eps` of itself to `debris` and keeps the rest."""
        m = self.m
        moved = eps * debris
        under = m[b - 1] if b else 0.0
        slide = eps * m[b] / (m[b] - under)
        if slide <= 1.0:
            moved[b] -= slide
            if b:
                moved[b - 1] += slide * under / m[b]
                self.slide[b, p] = 1.0 - slide
        else:
            moved[b] -= 1.0
            moved += self._remnant((1.0 - eps) * m[b]) / m[b]
        self.outcome[b, p] = moved

    def _merged(self, b: int, p: int, v: float) -> None:
        """Part of body b in a collision with p that leaves one remnant of both ('ls12')."""
        m, large = self.m, max(b, p)
        if large == 0 and self.config["collisions"]["bottom"] == "floor":
            return
        whole = m[b] + m[p]
        energy = 0.5 * m[b] * m[p] / whole * v**2
        eps = self.ejected(energy / whole / self.q_d[large])
        radius = (whole / (4.0 / 3.0 * np.pi * self.rho)) ** (1 / 3)
        top = radius * min((1.0 - eps) ** (1 / 3), (0.5 * eps) ** (1 / 3))
        debris = self._debris(top, self.s[large], v)
        if debris is None:
            return
        # what the larger body becomes differs from it by far less than itself
        growth = m[min(b, p)] - eps * whole
        if b == p:
            self.outcome[b, p] = eps * debris + 0.5 * self._remnant((1.0 - eps) * whole) / m[b]
            self.outcome[b, p, b] -= 1.0
        elif b == large and growth < 0.0:
            self._erode(b, p, -growth / m[b], debris)
        elif b < large:
            moved = (m[b] - max(growth, 0.0)) * debris
            moved[b] -= m[b]
            if growth > 0.0:
                moved += self._grown(large, growth)
            self.outcome[b, p] = moved / m[b]

    def _grown(self, k: int, growth: float) -> np.ndarray:
        """Change [kg] of the bins when one body of bin k grows by a mass `growth` [kg]."""
        moved = np.zeros(self.n + 1)
        if k == self.n - 1:
            moved[k] = growth
            return moved
        step = self.m[k + 1] - self.m[k]
        if growth >= step:
            moved = self._remnant(self.m[k] + growth)
            moved[k] -= self.m[k]
            return moved
        moved[k + 1] = growth / step * self.m[k + 1]
        moved[k] = -growth / step * self.m[k]
        return moved

    def collide(self, sigma: np.ndarray) -> np.ndarray:
        """Rates of the bins and of the mass below the grid [kg m-2 s-1], (n + 1, column)."""
        rate = sigma[:, None, :] * sigma[None, :, :] * self.kernel[:, :, None]
        freed = sigma / (self.width * self.s * self.q_d)[:, None]
        steeper = edge_factor(freed, -1) - 1.0
        steeper[-1] = 0.0
        rate = rate * (1.0 + steeper[:, None, :] * self.slide[:, :, None])
        flat = self.outcome.reshape(self.n * self.n, self.n + 1)
        return flat.T @ rate.reshape(self.n * self.n, -1)

    # ---- supply ----------------------------------------------------------------------------

    def supply_rate(self, t: float, deep: np.ndarray) -> np.ndarray:
        """Supply [kg m-2 s-1] per column."""
        supply = self.config["supply"]
        mode = supply["mode"]
        if mode == "none":
            return np.zeros_like(deep)
        if mode == "const":
            rate = supply["mu"] * supply["f_orb"] * self.sigma_ref / self.orbit
        elif mode == "powerlaw":
            rate = supply["amplitude"] * (t / YEAR) ** supply["index"]
        elif mode == "table":
            table = self.config.tables["supply.table"]
            z = table.z
            if table.y.size:
                z = np.array([np.interp(self.r / R_MARS, table.y, row) for row in z])
            rate = np.interp(t, table.x, z)
        else:
            rate = deep / (supply["t_mix"] * self.orbit)
        rate = rate * supply["eps_mix"] * np.ones_like(deep)
        if supply["source"] == "deep":
            left = np.maximum(deep, 0.0)
            rate = rate * left / (left + 1e-6 * self.deep0)
        return rate

    def supply_weights(self) -> np.ndarray:
        """Shares of the bins in the supply [1]."""
        supply = self.config["supply"]
        if supply["weights"] == "initial":
            return self.psd
        if supply["weights"] == "smallest":
            return np.eye(self.n)[0]
        return self.spread(lambda s: s ** (4.0 - supply["slope"]))

    # ---- vapour ----------------------------------------------------------------------------

    def ring_temperature(self, t: float) -> float:
        """Temperature of grey grains [K]."""
        if self.config["sublimation"]["t_grain"] == "point":
            dilution = self.config["sublimation"]["q_abs"] * (R_MARS / (2.0 * self.r)) ** 2
        else:
            dilution = 0.5 * (1.0 - np.sqrt(1.0 - (R_MARS / self.r) ** 2))
        return (dilution * self.lamp.flux(self.lamp(t)) / SIGMA_SB) ** 0.25

    def grain_temperatures(self, t: float) -> np.ndarray:
        """Temperature of the grains of every node [K]."""
        grey = self.ring_temperature(t)
        if self.config["sublimation"]["t_grain"] != "balance":
            return np.full(self.n, grey)
        absorbed = grey**4 * self._by_temperature(self.q_absorb, self.lamp(t))
        emitted = self.q_t[:, None] ** 4 * self.q_absorb
        return np.array([
            np.exp(np.interp(np.log(absorbed[k]), np.log(emitted[:, k]), np.log(self.q_t)))
            for k in range(self.n)
        ])

    def saturation(self, temperature: np.ndarray | float, liquid: bool) -> np.ndarray | float:
        """Saturation pressure [Pa]."""
        a, b = self._material()[1 if liquid else 0]
        return 10.0 ** (a - b / temperature)

    def _material(self) -> tuple:
        given = self.config["sublimation"]
        if given["material"] == "custom":
            line = (given["psat_a"], given["psat_b"])
            return line, line, given["mu"], given["mu_vapour"]
        if given["material"] != "forsterite":
            raise ValueError(f"{given['material']} is not in the independent solution")
        return FORSTERITE

    def sound(self, temperature: float) -> float:
        """Isothermal speed of sound of the vapour [m s-1]."""
        return np.sqrt(GAS * temperature / self._material()[3])

    def pressure_factor(self, temperature: float) -> float:
        """Pressure in the midplane over vapour surface density [Pa m2 kg-1]."""
        return self.omega * self.sound(temperature) / np.sqrt(2.0 * np.pi)

    def wind(self, temperature: float, vapour: np.ndarray) -> np.ndarray:
        """Escape in an isothermal rotating wind, limited by the energy there is."""
        c = self.sound(temperature)
        lam = (self.kepler / c) ** 2
        mach = 1.0
        if lam > 8.0:
            x = 0.25 * lam * (1.0 + np.sqrt(1.0 - 8.0 / lam))
            mach = x**2 * np.exp(-0.5 - lam * (0.5 - 1.0 / x + 0.5 / x**2))
        free = 2.0 * self.pressure_factor(temperature) * vapour * mach / c
        cap = 2.0 * SIGMA_SB * temperature**4 / (17e6 + 0.5 * self.kepler**2)
        return np.minimum(free, cap)

    def sublime(self, t: float, liquid: bool, sigma: np.ndarray, vapour: np.ndarray) -> np.ndarray:
        """Rates of the bins [kg m-2 s-1]; what they lose becomes vapour."""
        given = self.config["sublimation"]
        warm, grains = self.ring_temperature(t), self.grain_temperatures(t)
        gas = self.pressure_factor(warm) * vapour if self.reservoir else given["p_gas"]
        p_sat = self.saturation(grains, liquid)[:, None]
        molar = self._material()[2]
        speed = given["alpha"] * np.sqrt(molar / (2.0 * np.pi * GAS * grains))[:, None]
        flux = speed * (p_sat - gas * np.ones((1, sigma.shape[1])))
        if not self.reservoir:
            flux = np.maximum(flux, 0.0)
        m = self.m[:, None]
        crowd = sigma / (m * (self.rho * self.s * self.width)[:, None])
        shrink, grow = np.maximum(flux, 0.0), np.maximum(-flux, 0.0)
        down, up = shrink * crowd, grow * crowd
        # the grains of the first node are all of that size: each exchanges 4 pi s^2 |J|
        point = 4.0 * np.pi * self.s[0] ** 2 * sigma[0] / self.m[0]
        down[0] = point * shrink[0] / self.m[0]
        up[0] = point * grow[0] / (self.m[1] - self.m[0])
        up[-1] = 0.0
        down, up = down * edge_factor(down, -1), up * edge_factor(up, +1)
        rate = -m * (down + up)
        rate[:-1] += m[:-1] * down[1:]
        rate[1:] += m[1:] * up[:-1]
        if self.reservoir:
            enough = p_sat[-1] / self.pressure_factor(warm)
            area = (3.0 * np.maximum(sigma, 0.0) / (self.rho * self.s[:, None])).sum(axis=0)
            born = self.omega * np.maximum(vapour - enough, 0.0) * 1e-3 / (area + 1e-3)
            rate += self.share(given["s_nuc"])[:, None] * born
        return rate

    # ---- all together ----------------------------------------------------------------------

    def rates(self, t: float, y: np.ndarray, liquid: bool = False,
              smallest: bool | None = None) -> np.ndarray:
        """Rates [kg m-2 s-1] of the state `y` (bins and `EXTRA`), one column or many."""
        columns = y.reshape(len(y), -1)
        n = self.n
        sigma, deep, vapour = columns[:n], columns[n], columns[n + 1]
        out = np.zeros_like(columns)
        line = {name: n + k for k, name in enumerate(EXTRA)}
        c, sub, supply = (self.config[g] for g in ("collisions", "sublimation", "supply"))
        # masses are never negative; iterates of the solver may be, and must not run away
        there = np.maximum(sigma, 0.0)
        tau = self.config["surface"]["f_los"] * (self.opacity(t) @ there)

        if self.config["radiation"]["blowout"]:
            share = self.unbound(t, smallest)[:, None]
            rate = share * sigma * self.exposure(tau) * self.omega / self.chi(t)
            if self.reservoir and sub["gas_drag"]:
                stokes_vapour = 0.5 * np.pi * self.rho * self.s[:, None]
                rate = rate / (1.0 + np.maximum(vapour, 0.0) / stokes_vapour)
            out[:n] -= rate
            out[line["blown"]] += rate.sum(axis=0)
        if c["fragmentation"] and (sub["liquid_breaks"] or not (self.subliming and liquid)):
            rate = self.collide(there)
            out[:n] += rate[:n]
            out[line["below"]] += rate[n]
        rate = self.supply_rate(t, deep)
        if supply["mode"] != "none":
            out[:n] += self.weights[:, None] * rate
            out[line["supplied"]] += rate
            out[line["deep"] if supply["source"] == "deep" else line["external"]] -= rate
        if supply["t_settle"]:
            excess = np.maximum(1.0 - supply["tau_ref"] / np.maximum(tau, 1e-300), 0.0)
            rate = sigma * excess / (supply["t_settle"] * self.orbit)
            out[:n] -= rate
            for name in ("deep", "settled"):
                out[line[name]] += rate.sum(axis=0)
        if self.subliming:
            rate = self.sublime(t, liquid, sigma, vapour)
            out[:n] += rate
            lost = -rate.sum(axis=0)
            out[line["evaporated"]] += lost
            out[line["vapour" if self.reservoir else "escaped"]] += lost
            if self.reservoir and sub["escape"] != "none":
                gone = vapour / sub["t_escape"] if sub["escape"] == "time" else self.wind(
                    self.ring_temperature(t), vapour)
                out[line["vapour"]] -= gone
                out[line["escaped"]] += gone
        return out.reshape(y.shape)

    def jacobian(self, t: float, y: np.ndarray, scale: float, *held: bool) -> np.ndarray:
        """Jacobian of `rates` by differences [s-1]; the ledger has no say in the rates.

        It only has to be good enough for Newton's method: the solution does not depend on it.
        """
        step = 1e-7 * np.maximum(np.abs(y[: self.n + 2]), 1e-6 * scale)
        columns = np.repeat(y[:, None], self.n + 3, axis=1)
        columns[np.arange(self.n + 2), np.arange(self.n + 2)] += step
        f = self.rates(t, columns, *held)
        out = np.zeros((y.size, y.size))
        out[:, : self.n + 2] = (f[:, :-1] - f[:, -1:]) / step
        return out

    def boundaries(self, t_end: float) -> list[float]:
        """Times [s] at which rates jump, both ends of the run included."""
        found = [0.0, t_end]
        knots = [self.lamp.knots]
        if self.config["supply"]["mode"] == "table":
            knots.append(self.config.tables["supply.table"].x)
        found += [x for x in np.concatenate(knots) if 0.0 < x < t_end]
        watch = [lambda t: self.beta(t)[0] - 0.5]
        if self.subliming:
            watch += [lambda t, at=self.config["sublimation"][key]: self.ring_temperature(t) - at
                      for key in ("t_solidus", "t_liquidus")]
        times = np.linspace(0.0, t_end, 501)
        for function in watch:
            values = np.array([function(t) for t in times])
            for k in np.flatnonzero(values[:-1] * values[1:] < 0.0):
                found.append(brentq(function, times[k], times[k + 1], xtol=1e-6))
        return sorted(found)

    def solve(self, t_end: float, rtol: float = 1e-9) -> Solution:
        """Solve from 0 to `t_end` [s]."""
        y, steps = self.y0.copy(), 0
        scale = max(self.sigma0, self.sigma_ref if self.config["supply"]["mode"] != "none" else 0)
        sub = self.config["sublimation"]
        liquid = self.subliming and self.ring_temperature(0.0) >= sub["t_liquidus"]
        times = self.boundaries(t_end)
        for a, b in pairwise(times):
            middle = 0.5 * (a + b)
            if self.subliming:
                warm = self.ring_temperature(middle)
                liquid = warm >= (sub["t_solidus"] if liquid else sub["t_liquidus"])
            smallest = bool(self.beta(middle)[0] >= 0.5)
            found = solve_ivp(
                self.rates, (a, b), y, method="Radau", rtol=rtol,
                atol=1e-9 * scale, first_step=min(1.0, 1e-3 * (b - a)), args=(liquid, smallest),
                jac=lambda t, y, *held: self.jacobian(t, y, scale, *held))
            if not found.success:
                raise RuntimeError(found.message)
            y, steps = found.y[:, -1], steps + len(found.t)
        lines = dict(zip(EXTRA, map(float, y[self.n:]), strict=True))
        lines["removed"] = self.removed
        scale = max(float(self.y0[: self.n].sum()), lines["supplied"], abs(lines["evaporated"]),
                    lines["escaped"], lines["vapour"] if self.reservoir else 0.0)
        return Solution(y[: self.n], lines, scale, steps)
