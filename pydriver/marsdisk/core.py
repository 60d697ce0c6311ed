# SPDX-License-Identifier: BSD-3-Clause
"""The compiled core: the only module that calls `marsdisk._core`."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from marsdisk._core import api as _api
from marsdisk.config.read import Config
from marsdisk.config.write import write_namelist
from marsdisk.errors import InputError, InternalError, Problem

BAD_INPUT = (2, 3)
"""Status codes of the core for input that cannot be run, and for a table that a run has left; the
others are failures of a run."""

# Kinds of table, as numbered in fortran/disk/disk_model.f90.
TABLES = {
    "mars.table": 1,
    "collisions.e_table": 2,
    "radiation.phi_table": 3,
    "grains.psd_table": 4,
    "supply.table": 5,
    "deep.table": 6,
    "sublimation.psat_table": 7,
}
TABLE_Q_PR, TABLE_Q_ABS = 8, 9


def _raises(routine: Callable[..., Any]) -> Callable[..., Any]:
    """Call a routine of the core and turn its (ierr, message) into an exception."""

    @functools.wraps(routine)
    def call(*arguments: Any) -> Any:
        *values, ierr, message = routine(*arguments)
        if ierr:
            text = message.decode("ascii", "replace").strip()
            if ierr in BAD_INPUT:
                key, _, what = text.partition(": ")
                raise InputError([Problem("", key, what)] if what else [Problem("", "", text)])
            raise InternalError(text)
        return values[0] if len(values) == 1 else tuple(values)

    return call


@dataclass(frozen=True)
class Constant:
    """A physical constant of the core's table.

    Parameters
    ----------
    name, unit, source
        Name in output files, UDUNITS unit, reference.
    value, uncertainty
        Value and one sigma [unit]; an uncertainty of 0 means exact or a convention.
    """

    name: str
    value: float
    uncertainty: float
    unit: str
    source: str


@functools.cache
def constants() -> dict[str, Constant]:
    """All physical constants by name."""
    found: dict[str, Constant] = {}
    while True:
        name, value, uncertainty, unit, source, ierr = _api.constant(len(found) + 1)
        if ierr:
            return found
        words = [text.decode("ascii").strip() for text in (name, unit, source)]
        found[words[0]] = Constant(words[0], value, uncertainty, words[1], words[2])


def max_threads() -> int:
    """Threads that the core uses [1]."""
    return int(_api.threads())


def set_threads(count: int) -> None:
    """Use `count` threads from now on."""
    _api.set_threads(count)


@dataclass
class DiskState:
    """All that changes in a disk run, as arrays that the core advances in place.

    Parameters
    ----------
    y
        State (n_state, ring) [kg m-2]: bins, deep reservoir, vapour, ledger; see `DiskCore.rows`.
    control
        Time [s], step [s], controller memory, rounding compensation of y (n_control, ring).
    flag
        Phase, stop flag and counters (n_flag, ring).
    """

    y: np.ndarray
    control: np.ndarray
    flag: np.ndarray


class DiskCore:
    """A disk of the core, built from a configuration; the handle is freed with the object.

    Parameters
    ----------
    config
        Checked configuration of kind 'disk'.

    Raises
    ------
    InputError
        The configuration cannot be run (a table too short, a surface heavier than its ring, ...).
    """

    # Rows of the state behind the bins, in the order of fortran/disk/disk_model.f90.
    EXTRA = ("deep", "vapour", "blown", "escaped", "below", "inward", "outward", "external",
             "removed", "supplied", "settled", "evaporated")
    LEDGER = ("blown", "escaped", "below", "inward", "outward", "external", "removed")
    LAYERS = ("surface", "deep", "vapour")
    DIAGNOSTICS = ("tau_los", "t_grain", "mdot_blow", "mdot_escape", "stokes", "energy",
                   "catastrophic", "cratering", "mdot_below")
    LAMP = ("t_mars", "flux", "s_blow", "s_blow_min", "smallest_bound")
    FLAGS = ("liquid", "frozen", "accepted", "rejected", "extrapolated")

    def __init__(self, config: Config) -> None:
        self.config = config
        with tempfile.TemporaryDirectory(prefix="marsdisk-") as folder:
            path = Path(folder) / "resolved.nml"
            path.write_text(write_namelist(config), encoding="ascii")
            self._handle = _raises(_api.disk_create)(str(path))
        for key, table in config.tables.items():
            y = table.y if np.size(table.y) else np.zeros(1)
            self._give(TABLES[key], table.x, y, np.reshape(table.z, (len(table.x), len(y))))
        if config["radiation"]["qpr_mode"] == "table":
            from marsdisk.prep.qpr import SHIPPED_TABLE, read_qpr_table

            q = read_qpr_table(config.files.get("radiation.qpr_table", SHIPPED_TABLE))
            self._give(TABLE_Q_PR, q.size, q.temperature, q.q_pr)
            self._give(TABLE_Q_ABS, q.size, q.temperature, q.q_abs)
        _raises(_api.disk_make)(self._handle)
        (self.n_bin, self.n_ring, self.n_state, self._n_control, self._n_flag,
         self._n_diagnostic, self._n_lamp) = _raises(_api.disk_sizes)(self._handle)
        (self.size, self.size_edges, self.mass, self.r, self.r_edges, self.area, self.e,
         self.speed, scalars) = _raises(_api.disk_grid)(self._handle, self.n_bin, self.n_ring)
        self.t_stop, self.kappa0, self.sigma_ref, self.sigma0 = (float(x) for x in scalars)
        self.rows = {name: self.n_bin + k for k, name in enumerate(self.EXTRA)}

    def _give(self, kind: int, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
        _raises(_api.disk_table)(self._handle, kind, x, y, np.asfortranarray(z))

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            _api.disk_free(self._handle)

    def row(self, y: np.ndarray, name: str) -> np.ndarray:
        """One layer or ledger line of state `y` per ring [kg m-2]; 'surface' sums the bins."""
        return y[: self.n_bin].sum(axis=0) if name == "surface" else y[self.rows[name]]

    def start(self) -> DiskState:
        """State of all rings at t0."""
        state = DiskState(
            np.zeros((self.n_state, self.n_ring), order="F"),
            np.zeros((self._n_control, self.n_ring), order="F"),
            np.zeros((self._n_flag, self.n_ring), dtype=np.intc, order="F"),
        )
        _raises(_api.disk_start)(self._handle, state.y, state.control, state.flag)
        return state

    def advance(self, state: DiskState, t_target: float, budget: float) -> bool:
        """Advance `state` in place to `t_target` [s], or for about `budget` [s] of wall time.

        Returns
        -------
        bool
            All rings are at `t_target`.
        """
        return bool(_raises(_api.disk_advance)(
            self._handle, t_target, budget, state.y, state.control, state.flag))

    def diagnose(self, state: DiskState, t: float) -> dict[str, np.ndarray]:
        """Diagnostics per ring at time `t` [s], by the names of `DIAGNOSTICS`."""
        x = _raises(_api.disk_diagnose)(
            self._handle, t, self._n_diagnostic, state.y, state.flag)
        return dict(zip(self.DIAGNOSTICS, x, strict=True))

    def lamp(self, t: float) -> dict[str, float]:
        """The lamp at time `t` [s], by the names of `LAMP`; sizes are 0 when there is none."""
        x = _raises(_api.disk_lamp)(self._handle, t, self._n_lamp)
        return dict(zip(self.LAMP, map(float, x), strict=True))

    def light(self, t: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Opacity [m2 kg-1] and unbound mass fraction [1] per bin, and chi [1], at `t` [s]."""
        return _raises(_api.disk_light)(self._handle, t, self.n_bin)

    def rates(self, ring: int, t: float, y: np.ndarray, was_liquid: bool = False) -> np.ndarray:
        """d y/dt [kg m-2 s-1] of one ring (counted from 0) with state `y` [kg m-2] at `t` [s]."""
        return _raises(_api.disk_rates)(self._handle, ring + 1, t, int(was_liquid), y)

    def jacobian(self, ring: int, t: float, y: np.ndarray, was_liquid: bool = False) -> np.ndarray:
        """Jacobian (n_state, n_bin + 2) [s-1] of `rates` by bins, deep reservoir and vapour."""
        return _raises(_api.disk_jacobian)(
            self._handle, ring + 1, t, int(was_liquid), self.n_bin + 2, y)
