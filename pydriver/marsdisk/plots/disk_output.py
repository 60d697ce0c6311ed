# SPDX-License-Identifier: BSD-3-Clause
"""What the figures of a disk run need from its file, read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.errors import InputError, Problem
from marsdisk.plots import style

PSD_TIMES = 8
"""Times at which the size distribution is drawn."""

SEEN = 10.0
"""Masses that stay this many powers of ten below the largest are not drawn [1]."""

LOST = ("blow", "escape", "below")
"""Routes by which mass leaves for good."""


@dataclass(frozen=True)
class SizeDistribution:
    """Size distribution at some times, averaged over the rings by area.

    Parameters
    ----------
    times
        Times (time) [yr].
    size, size_edges
        Grain radii of the nodes (bin) and of the edges between the bins (bin_edge) [m].
    density
        Mass per disk area and power of ten in size (time, bin) [kg m-2].
    """

    times: np.ndarray
    size: np.ndarray
    size_edges: np.ndarray
    density: np.ndarray


@dataclass(frozen=True)
class DiskOutput:
    """What the figures need of an output file.

    Parameters
    ----------
    name
        Name of the run.
    complete
        Whether the run has reached its end.
    n_bin
        Number of size bins.
    m_mars, year
        Mass of Mars [kg], Julian year [s].
    sublimation
        Whether grains evaporate: otherwise it does not matter whether they have melted.
    t_solidus, t_liquidus
        Temperatures at which grains begin to melt and are liquid [K].
    t99
        Time at which 99 % of the loss so far was lost [yr]; NaN without loss.
    time
        Output times (time) [yr].
    log_time
        Whether they are spaced in log.
    r_edges, r
        Edges (ring_edge) and radii (ring) of the rings [R_Mars].
    t_mars, s_blow, s_blow_min
        Surface temperature of Mars [K], largest and smallest radius of unbound grains [m], NaN
        when there is none (time).
    rates
        Rates of loss by route (time) [kg s-1].
    masses
        Masses in layers and gone by routes (time) [kg]; 'drag' is what it carried past r_in,
        'spread' what viscosity did.
    sigma
        Surface densities of layers and of what has gone by routes (time, ring) [kg m-2].
    residuals
        Residuals of the mass balances by name (time) [1].
    mdot_area, tau_los, t_grain
        Outflow [kg m-2 s-1], optical depth towards Mars [1], temperature of grains [K]
        (time, ring).
    sizes
        Size distribution; None when the run did not keep it.
    """

    name: str
    complete: bool
    n_bin: int
    m_mars: float
    year: float
    sublimation: bool
    t_solidus: float
    t_liquidus: float
    t99: float
    time: np.ndarray
    log_time: bool
    r_edges: np.ndarray
    r: np.ndarray
    t_mars: np.ndarray
    s_blow: np.ndarray
    s_blow_min: np.ndarray
    rates: Mapping[str, np.ndarray]
    masses: Mapping[str, np.ndarray]
    sigma: Mapping[str, np.ndarray]
    residuals: Mapping[str, np.ndarray]
    mdot_area: np.ndarray
    tau_los: np.ndarray
    t_grain: np.ndarray
    sizes: SizeDistribution | None

    @property
    def title(self) -> str:
        """Name, temperature at the start, resolution; whether the run is incomplete."""
        rings = "1 ring" if len(self.r) == 1 else f"{len(self.r)} rings"
        name = self.name if len(self.name) <= 40 else f"{self.name[:37]}..."
        text = f"{name}: $T_0$ = {self.t_mars[0]:.0f} K, {rings} \N{MULTIPLICATION SIGN} " \
               f"{self.n_bin} bins"
        return text if self.complete else f"{text} (incomplete: {style.number(self.time[-1])} yr)"

    @property
    def shown(self) -> slice:
        """Output times that the time axis can show: a logarithmic one has no t = 0."""
        return slice(1, None) if self.log_time else slice(None)

    @property
    def available(self) -> np.ndarray:
        """Surface and vapour at the start + what was supplied (time) [kg]: bounds the loss."""
        start = self.masses["surface"][0] + self.masses["vapour"][0]
        return start + self.masses["supply"]

    def routes(self, values: Mapping[str, np.ndarray], decades: float = SEEN) -> list[str]:
        """Routes of loss that have taken anything that can be seen beside the others."""
        return seen(values, [name for name in LOST if name in values], decades)


def seen(
    values: Mapping[str, np.ndarray], names: Iterable[str], decades: float = SEEN
) -> list[str]:
    """Those names whose largest value is within some powers of ten of the largest of all [1]."""
    largest = {name: float(np.nanmax(values[name], initial=0.0)) for name in names}
    least = max(largest.values(), default=0.0) * 10.0**-decades
    return [name for name, value in largest.items() if value > least]


NUMBERS = ("m_surface", "m_vapour", "m_supply", "m_settled", "m_loss", "m_blow", "m_escape",
           "m_below", "m_fallen", "m_in", "m_out")
DENSITIES = ("sigma_surf", "sigma_vapour", "sigma_supply", "sigma_blow", "sigma_escape",
             "sigma_below", "sigma_drag")
RESIDUALS = ("mass_residual", "surface_residual")
OTHERS = ("time", "r", "r_edges", "ring_area", "size", "size_edges", "grain_mass", "t_mars",
          "s_blow", "s_blow_min", "mdot_blow", "mdot_escape", "mdot_below", "mdot_area", "tau_los",
          "t_grain", "const_r_mars", "const_m_mars", "julian_year")
NEEDED = (*OTHERS, *NUMBERS, *DENSITIES, *RESIDUALS)
"""Variables without which a file is not drawn."""


def read(path: Path, data: netCDF4.Dataset, namelist: Mapping[str, Mapping]) -> DiskOutput:
    """What the figures need of an open file.

    Parameters
    ----------
    path
        Its path, for messages.
    data
        The file.
    namelist
        The namelist in it.

    Raises
    ------
    InputError
        Variables are missing, or there is no output time in it.
    """
    missing = [name for name in NEEDED if name not in data.variables]
    if missing:
        what = f"lacks the variables {', '.join(missing)}"
        raise InputError([Problem(str(path), "", what, "expected the output of a disk run")])
    if not data["time"].size:
        raise InputError([Problem(str(path), "", "holds no output time")])

    def get(name: str) -> np.ndarray:
        return np.ma.filled(data[name][...].astype(float), np.nan)

    year = float(get("julian_year"))
    r_mars = float(get("const_r_mars"))
    time = get("time") / year
    log_time = _is_log(time)
    melting = namelist["sublimation"]
    masses = {name[2:]: get(name) for name in NUMBERS}
    # between rings it is carried from surface to surface; what is left has passed r_in
    masses["drag"] = get("sigma_drag") @ get("ring_area")
    spread = masses["in"] - masses["fallen"] - masses["drag"]
    masses["spread"] = np.where(spread > 1.0e-12 * masses["in"], spread, 0.0)  # not its round-off
    return DiskOutput(
        name=namelist["run"]["name"],
        complete=bool(getattr(data, "complete", 1)),
        n_bin=data["size"].size,
        m_mars=float(get("const_m_mars")),
        year=year,
        sublimation=bool(melting["active"]),
        t_solidus=float(melting["t_solidus"]),
        t_liquidus=float(melting["t_liquidus"]),
        t99=float(getattr(data, "t99_yr", np.nan)),
        time=time,
        log_time=log_time,
        r_edges=get("r_edges") / r_mars,
        r=get("r") / r_mars,
        t_mars=get("t_mars"),
        s_blow=get("s_blow"),
        s_blow_min=get("s_blow_min"),
        rates={name: get(f"mdot_{name}") for name in LOST},
        masses=masses,
        sigma={name[6:].replace("surf", "surface"): get(name) for name in DENSITIES},
        residuals={name: get(name) for name in RESIDUALS},
        mdot_area=get("mdot_area"),
        tau_los=get("tau_los"),
        t_grain=get("t_grain"),
        sizes=_sizes(data, time, log_time) if "number" in data.variables else None,
    )


def _is_log(time: np.ndarray) -> bool:
    """Whether output times are spaced in log; two or fewer are not."""
    steps = np.diff(time)
    return len(steps) > 1 and not np.allclose(steps, steps[0], rtol=1e-6)


def _sizes(data: netCDF4.Dataset, time: np.ndarray, log_time: bool) -> SizeDistribution:
    """Size distribution at the start, at the end, and at times evenly spaced in between."""
    count = min(PSD_TIMES, len(time))
    if log_time:  # the first third of the decades is still much like the start
        first = max(1, len(time) // 3)
        picks = np.unique(np.concatenate([[0], np.linspace(first, len(time) - 1, count - 1)]))
    else:
        picks = np.linspace(0, len(time) - 1, count)
    picks = np.unique(picks.round().astype(int))
    area = np.asarray(data["ring_area"][:])
    edges = np.asarray(data["size_edges"][:])
    mass = np.asarray(data["grain_mass"][:]) / np.diff(np.log10(edges))
    number = [np.average(data["number"][int(k)], axis=0, weights=area) for k in picks]
    return SizeDistribution(time[picks], np.asarray(data["size"][:]), edges,
                            np.array(number) * mass)
