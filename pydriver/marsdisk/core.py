# SPDX-License-Identifier: BSD-3-Clause
"""The compiled core: the only module that calls `marsdisk._core` and its variants."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from marsdisk.config.causes import placed
from marsdisk.config.read import Config
from marsdisk.config.write import write_namelist
from marsdisk.errors import InputError, InternalError, OutputError, Problem

CPU_LEVEL = "MARSDISK_CPU_LEVEL"
"""Environment variable with the highest x86-64 level to use: 1 gives the same bits everywhere."""


def _load() -> tuple[Any, int]:
    """Routines of the core for this processor, and the x86-64 level they were compiled for."""
    # OpenMP looks at it once, when it is loaded. Threads that spin while they wait take the
    # processor from those they wait for wherever it is shared: runs got five times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    plain = importlib.import_module("marsdisk._core").api
    highest = os.environ.get(CPU_LEVEL, "")
    level = min(plain.cpu_level(), int(highest) if highest.isdecimal() else 4)
    for variant in (4, 3):
        if level >= variant:
            try:
                return importlib.import_module(f"marsdisk._core_v{variant}").api, variant
            except ImportError:  # not built: another compiler
                continue
    return plain, min(level, 1)


_api, cpu_level = _load()

MOST_THREADS = 1024
"""Most threads that anybody may ask for [1]."""
# The system refuses very many with a crash.
_api.set_threads(min(int(_api.threads()), MOST_THREADS))

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


@contextlib.contextmanager
def _refused(config: Config) -> Iterator[None]:
    """What the core refuses in the block gets the place where the user gave it."""
    try:
        yield
    except InputError as error:
        raise placed(error, config) from None


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


def _formula(
    routine: Callable[..., Any], handle: int, codes: Mapping[str, tuple[int, int]], name: str,
    arguments: tuple[ArrayLike, ...],
) -> tuple[np.ndarray, ...]:
    """Values of formula `name` (`codes`: number and count of values), arguments broadcast."""
    what, count = codes[name]
    arrays = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in arguments))
    columns = np.asfortranarray([x.ravel() for x in arrays])
    values = _raises(routine)(handle, what, count, columns)
    return tuple(row.reshape(arrays[0].shape)[()] for row in values)


def _create(config: Config, create: Callable[..., Any]) -> int:
    """Handle of the object that `create` makes of a configuration."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="marsdisk-",
                                         suffix=".nml") as file:
            file.write(write_namelist(config))
            file.flush()
            return _raises(create)(file.name)
    except OSError as error:
        raise OutputError(f"{tempfile.gettempdir()}: {error.strerror}: the core reads a namelist "
                          "from there (TMPDIR)") from error


def _read(read: Callable[[Path], Any], path: Path) -> Any:
    """What `read` makes of a file; a file that has not changed since is not read again."""
    return _known(read, path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _known(read: Callable[[Path], Any], path: Path, _modified: int) -> Any:
    return read(path)


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
             "removed", "supplied", "settled", "evaporated", "fallen", "moved", "dragged", "light")
    LEDGER = ("blown", "escaped", "below", "inward", "outward", "external", "removed",
              "fallen", "moved")
    LAYERS = ("surface", "deep", "vapour")
    DIAGNOSTICS = ("tau_los", "t_grain", "mdot_blow", "mdot_escape", "stokes", "energy",
                   "catastrophic", "cratering", "mdot_below")
    LAMP = ("t_mars", "flux", "s_blow", "s_blow_min", "smallest_bound")
    FLAGS = ("liquid", "frozen", "accepted", "rejected", "extrapolated")
    # Number and count of values, as in fortran/disk/disk_physics.f90.
    FORMULAS: ClassVar[Mapping[str, tuple[int, int]]] = {
        "mars": (1, 2), "grain": (2, 4), "band": (3, 2), "strength": (4, 1), "vapour": (5, 3),
        "heat": (6, 1), "orbit": (7, 3), "exposure": (8, 1), "blowout": (9, 2),
        "transport": (10, 3)}

    def __init__(self, config: Config) -> None:
        self.config = config
        with _refused(config):
            self._build(config)

    def _build(self, config: Config) -> None:
        self._handle = _create(config, _api.disk_create)
        for key, table in config.tables.items():
            y = table.y if np.size(table.y) else np.zeros(1)
            self._give(TABLES[key], table.x, y, np.reshape(table.z, (len(table.x), len(y))))
        if config["radiation"]["qpr_mode"] == "table":
            from marsdisk.prep.qpr import SHIPPED_TABLE, read_qpr_table

            q = _read(read_qpr_table, config.files.get("radiation.qpr_table", SHIPPED_TABLE))
            self._give(TABLE_Q_PR, q.size, q.temperature, q.q_pr)
            self._give(TABLE_Q_ABS, q.size, q.temperature, q.q_abs)
        if config["radiation"]["blowout"] and config["radiation"]["chi_mode"] == "orbits":
            from marsdisk.prep.blowout_table import SHIPPED_TABLE, read_blowout_table

            x = _read(read_blowout_table, config.files.get("radiation.chi_table", SHIPPED_TABLE))
            _raises(_api.disk_orbits)(
                self._handle, x.e, x.dive, x.exit, x.grade,
                *(np.asfortranarray(array.T) for array in (x.unbound, x.mars, x.chi)))
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
            _api.forget(self._handle)

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
        with _refused(self.config):
            _raises(_api.disk_start)(self._handle, state.y, state.control, state.flag)
        return state

    def advance(self, state: DiskState, t_target: float, budget: float) -> bool:
        """Advance `state` in place to `t_target` [s], or for about `budget` [s] of wall time.

        Returns
        -------
        bool
            All rings are at `t_target`.
        """
        with _refused(self.config):
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

    def formula(self, name: str, *arguments: ArrayLike) -> tuple[np.ndarray, ...]:
        """Values of a formula of `FORMULAS`, with the parameters of this disk; see the core."""
        return _formula(_api.disk_formula, self._handle, self.FORMULAS, name, arguments)


class Interrupted(Exception):
    """A sweep was given up because `CaptureCore.stop` was set; nothing of it is known."""


class CaptureCore:
    """A capture problem of the core, built from a configuration; its handle is freed with it.

    Parameters
    ----------
    config
        Checked configuration of kind 'capture'.

    Raises
    ------
    InputError
        The configuration cannot be run.
    """

    # Rows of starts, results and samples, in the order of fortran/orbit/orbit_course.f90.
    START = ("x", "y", "z", "u", "v", "w", "tau_gas", "t_gas")
    RESULT = ("outcome", "lifetime", "e_end", "tau_half", "tau_1", "tau_2", "delta_energy", "r_min",
              "revolutions", "n_step", "x", "y", "z", "vx", "vy", "vz", "t_end", "t_escape",
              "a_end", "i_end", "radius_end")
    SAMPLE = ("t", "x", "y", "z", "vx", "vy", "vz", "e", "energy")
    NUMBERS = ("omega", "gm", "r_hill", "x_l1", "x_l2", "radius", "k_drag")
    OUTCOMES = ("escaped", "captured", "fell_before_capture", "undecided", "ablated", "failed")
    EVENTS = ("impact", "pericentre", "escape", "node", "e_0.99", "e_half", "e_1", "e_2")
    # Number and count of values, as in fortran/orbit/orbit_physics.f90.
    FORMULAS: ClassVar[Mapping[str, tuple[int, int]]] = {"density": (1, 1), "points": (2, 4)}

    def __init__(self, config: Config) -> None:
        self.config = config
        self.stop = np.zeros(1, dtype=np.intc)  # another thread sets it to 1: give up
        self._handle = _create(config, _api.orbit_create)
        self._n_start, self._n_result, self._n_sample, n_number = _api.orbit_rows()
        numbers = _raises(_api.orbit_numbers)(self._handle, n_number)
        self.constants = dict(zip(self.NUMBERS, map(float, numbers), strict=False))
        au = constants()["au"].value
        self.start_point = tuple(float(x) * au / 1.0e3 for x in numbers[len(self.NUMBERS):])

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            _api.forget(self._handle)

    def sweep(self, entries: np.ndarray, threads: int | None = None) -> dict[str, np.ndarray]:
        """Integrate cases to their ends.

        Parameters
        ----------
        entries
            Starts (8, n): x, y, z [km], u, v, w [AU yr-1], tau_gas, t_gas [yr], the last two 0 for
            gas that lasts.
        threads
            OpenMP threads; None = as set before.

        Returns
        -------
        dict of numpy.ndarray
            By the names of `RESULT`, each (n): outcome (index into `OUTCOMES`), times [yr], e_end
            [1], delta_energy [J kg-1], r_min, x, y, z, a_end, radius_end [km], vx, vy, vz [km s-1],
            i_end [deg], revolutions and n_step [1]. NaN = does not apply.
        """
        return self._by_name(self._run(entries, threads))

    def _run(self, entries: np.ndarray, threads: int | None) -> np.ndarray:
        if threads:
            set_threads(threads)
        result = _raises(_api.orbit_run)(
            self._handle, self._n_result, np.asfortranarray(entries), self.stop)
        if self.stop[0]:
            raise Interrupted
        return result

    def _by_name(self, result: np.ndarray) -> dict[str, np.ndarray]:
        found = dict(zip(self.RESULT, result, strict=True))
        found["outcome"] = found["outcome"].astype(np.int8)
        return found

    def trajectories(
        self, entries: np.ndarray, n_sample: int, threads: int | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Integrate cases and sample them on the way.

        Parameters
        ----------
        entries, threads
            As in `sweep`.
        n_sample
            Samples per case, spaced evenly in steps of the integrator (close together near the
            planet); the first is the start, the last the end.

        Returns
        -------
        results
            As from `sweep`.
        samples
            By the names of `SAMPLE`, each (n, n_sample): t [yr], x, y, z [km], vx, vy, vz
            [km s-1], e [1], energy [J kg-1].
        """
        result = self._run(entries, threads)
        samples = _raises(_api.orbit_sample)(
            self._handle, n_sample, self._n_sample, np.asfortranarray(entries), result, self.stop)
        if self.stop[0]:
            raise Interrupted
        return self._by_name(result), {name: samples[k].T for k, name in enumerate(self.SAMPLE)}

    def trajectory(self, entry: np.ndarray, n_sample: int) -> dict[str, np.ndarray]:
        """Samples of one case as in `trajectories`, each (n_sample)."""
        _, samples = self.trajectories(np.reshape(entry, (-1, 1)), n_sample)
        return {name: values[0] for name, values in samples.items()}

    def events(self, entry: np.ndarray, most: int = 100_000) -> list[tuple[str, float]]:
        """Events of one case in the order of time: name (of `EVENTS`) and time [yr].

        Passages of e-levels are those downward; `node` is a passage of the gas's equator.
        """
        kinds, times, count = _raises(_api.orbit_events)(self._handle, most, np.ravel(entry))
        if count > most:
            return self.events(entry, count)
        found = [(self.EVENTS[k - 1], float(t))
                 for k, t in zip(kinds[:count], times[:count], strict=True)]
        return sorted(found, key=lambda event: event[1])

    def tides(
        self, a: np.ndarray, e: np.ndarray, radius: np.ndarray | None = None,
        retrograde: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Orbits after `tides.age` of tidal evolution.

        Parameters
        ----------
        a, e
            Semi-major axes [km] and eccentricities [1] among the stars at the start (n).
        radius
            Radii of the bodies (n) [km]; None = `body.radius`.
        retrograde
            Whether they go round against the rotation of the planet (n); None = none does.

        Returns
        -------
        dict of numpy.ndarray
            a_now [km] and e_now [1], fell (bool: reached the surface within the age) and valid
            (bool: e stayed where the expansion in e holds), each (n).
        """
        if radius is None:
            radius = np.full(np.shape(a), self.config["body"]["radius"])
        if retrograde is None:
            retrograde = np.zeros(np.shape(a))
        a_now, e_now, fell, valid = _raises(_api.orbit_tides)(
            self._handle, a, e, radius, np.asarray(retrograde, dtype=np.intc))
        return {"a_now": a_now, "e_now": e_now, "fell": fell == 1, "valid": valid == 1}

    def formula(self, name: str, *arguments: ArrayLike) -> tuple[np.ndarray, ...]:
        """Values of a formula of `FORMULAS`, with the parameters of this run; see the core."""
        return _formula(_api.orbit_formula, self._handle, self.FORMULAS, name, arguments)
