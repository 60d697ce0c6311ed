# SPDX-License-Identifier: BSD-3-Clause
"""Run of kind 'disk': mass lost from Mars' inner debris disk before moons form."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from marsdisk import core
from marsdisk.config.read import Config
from marsdisk.core import DiskCore, DiskState
from marsdisk.errors import InputError, InternalError, Problem, StoppedEarly
from marsdisk.output.disk_schema import VARIABLES as DISK
from marsdisk.output.files import make_ready, plain
from marsdisk.output.handover_schema import GROUP as HANDOVER
from marsdisk.output.handover_schema import VARIABLES as HANDED
from marsdisk.output.provenance import run_attributes
from marsdisk.output.recorder import CHECKPOINT, Recorder
from marsdisk.runs.angular_momentum import angular_momentum
from marsdisk.runs.disk_handover import handover, handover_times, with_times
from marsdisk.runs.interrupt import StopRequest, stop_request
from marsdisk.runs.progress import Progress
from marsdisk.runs.saved import opened

CHUNK = 0.5
"""Wall time that the core computes before Python looks up [s]."""

FIRST_OUTPUT = 1.0e-6
"""First of log-spaced output times, as a share of the length of the run [1]."""

EMPTY = 1.0e-9
"""A disk with less than this share of its initial mass is empty [1]."""

OPEN = 1.0e-6
"""A run whose mass_residual gets larger has failed [1]."""


@dataclass
class DiskRun:
    """A run between two chunks.

    Parameters
    ----------
    config, disk, state
        Configuration, the core's fixed part, and all that evolves.
    initial
        State at t0 (n_state, ring) [kg m-2].
    times
        Output times, the start included [s].
    recorder
        Records so far; as many output times are done.
    handed
        States at the times of the hand-over that are done.
    spent
        Wall time until the run was resumed [s].
    """

    config: Config
    disk: DiskCore
    state: DiskState
    initial: np.ndarray
    times: np.ndarray
    recorder: Recorder
    handed: list[np.ndarray] = field(default_factory=list)
    spent: float = 0.0

    @classmethod
    def begin(cls, config: Config) -> DiskRun:
        """A run at its start, with the first record taken."""
        disk = DiskCore(config)
        state = disk.start()
        times = output_times(config, disk.t_stop)
        initial = state.y.copy(order="F")  # as it is restored: sums depend on the order in memory
        new = cls(config, disk, state, initial, times, Recorder(DISK, static_values(disk)))
        new.recorder.static["m_removed0"] = disk.area @ state.y[disk.rows["removed"]]
        new.record()
        return new

    @classmethod
    def restore(cls, path: Path) -> DiskRun:
        """The run that a file with a checkpoint holds.

        Raises
        ------
        InputError
            The file is no such file, or an input file has changed since.
        """
        with opened(path) as (data, config):
            arrays = {k: np.ma.getdata(v[...])
                      for k, v in data.groups[CHECKPOINT].variables.items()}
            names = [v.name for v in DISK if v.dimensions[:1] == ("time",)]
            found = {n: plain(data[n][...]) for n in names if n in data.variables}
            spent = float(data.wall_time_s)
        disk = DiskCore(config)
        state = DiskState(
            np.asfortranarray(arrays["y"], dtype=float),
            np.asfortranarray(arrays["control"], dtype=float),
            np.asfortranarray(arrays["flag"], dtype=np.intc),
        )
        recorder = Recorder(DISK, static_values(disk))
        initial = np.asfortranarray(arrays["initial"])
        recorder.static["m_removed0"] = disk.area @ initial[disk.rows["removed"]]
        for k in range(len(found["time"])):
            recorder.add({name: values[k] for name, values in found.items()})
        if not float(recorder.records[-1]["mass_residual"]) < OPEN:
            raise InputError([Problem(str(path), "", "the ledger of this run is open; it has "
                                      "failed, and going on would not mend it")])
        handed = [y.copy(order="F") for y in arrays.get(HANDOVER, ())]
        times = output_times(config, disk.t_stop)
        return cls(config, disk, state, initial, times, recorder, handed, spent)

    def checkpoint(self) -> dict[str, np.ndarray]:
        """Everything the next step depends on."""
        arrays = {"y": self.state.y, "control": self.state.control, "flag": self.state.flag,
                  "initial": self.initial}
        return {**arrays, HANDOVER: np.array(self.handed)} if self.handed else arrays

    def reached(self) -> float:
        """Time that all rings have reached [s]."""
        return float(np.min(self.state.control[0]))

    def loss(self) -> float:
        """Mass lost at the last record [M_Mars]."""
        return float(self.recorder.records[-1]["m_loss"]) / core.constants()["m_mars"].value

    def advance_to_end(self, after_chunk: Callable[[], None]) -> str:
        """Advance chunk by chunk, record at output times, and return why the run ended.

        Parameters
        ----------
        after_chunk
            Called between two chunks; may raise to stop.
        """
        while True:
            target = float(self.times[len(self.recorder.records)])
            if self.disk.advance(self.state, target, CHUNK):
                self.record()
                end = self.early_end()
                if len(self.recorder.records) == len(self.times):
                    end = end or last_reason(self)
                if end:
                    return end
            after_chunk()

    def record(self) -> None:
        """Take the record of the output time that was reached."""
        t = float(self.times[len(self.recorder.records)])
        self.recorder.add(record(self.disk, self.state, self.initial, t, self.config))
        gap = float(self.recorder.records[-1]["mass_residual"])
        if not gap < OPEN:
            raise InternalError(f"the ledger is open at t = {t:.6g} s: {gap:.1e} of the mass is "
                                "unaccounted for, so no number of this run means anything")
        if t in handover_times(self.config, self.disk.t_stop):
            self.handed.append(self.state.y.copy(order="F"))

    def handover(self) -> dict[str, object]:
        """What is handed over at the times of `handover.t_end` and now, at the end of the run."""
        times = handover_times(self.config, self.disk.t_stop)
        snapshots = [*zip(map(float, times), self.handed, strict=False)]  # a run can end early
        last = float(self.recorder.records[-1]["time"])
        if not snapshots or snapshots[-1][0] < last:
            snapshots.append((last, self.state.y))
        return handover(self.disk, self.initial, snapshots)

    def early_end(self) -> str:
        """Why the run ends before its last output time; empty when it goes on."""
        last = self.recorder.records[-1]
        if last["m_disk"] < EMPTY * mass(self.disk, self.initial, *self.disk.LAYERS):
            return "surface and deep reservoir are empty"
        if self.state.flag[self.disk.FLAGS.index("frozen")].all():
            return "all rings were stopped by tau_stop"
        stop = self.config["stop"]
        const = core.constants()
        threshold = stop["mdot_min"] * const["m_mars"].value
        late = last["time"] >= stop["t_min"] * const["year"].value
        rate = last["mdot_blow"] + last["mdot_escape"] + last["mdot_below"]
        if stop["mdot_min"] > 0.0 and late and rate < threshold:
            return "the loss rate fell below mdot_min"
        return ""


def output_times(config: Config, t_stop: float) -> np.ndarray:
    """Output times [s], from 0 to the end `t_stop` [s], those of the hand-over among them."""
    count = config["output"]["n_out"]
    if config["output"]["spacing"] == "linear":
        times = np.linspace(0.0, t_stop, count + 1)
    else:
        inner = np.geomspace(FIRST_OUTPUT * t_stop, t_stop, count)[:-1] if count > 1 else []
        times = np.concatenate([[0.0], inner, [t_stop]])
    return with_times(times, handover_times(config, t_stop))


def static_values(disk: DiskCore) -> dict[str, object]:
    """Variables without a time dimension."""
    return {
        "r": disk.r, "r_edges": disk.r_edges, "ring_area": disk.area, "eccentricity": disk.e,
        "v_collision": disk.speed, "size": disk.size, "size_edges": disk.size_edges,
        "grain_mass": disk.mass, "t_drag": transport_times(disk, np.zeros(disk.n_ring))[0],
        "kappa0": disk.kappa0, "sigma_ref": disk.sigma_ref,
        "m_surface0": disk.sigma0 * disk.area.sum(), "au": core.constants()["au"].value,
        "julian_year": core.constants()["year"].value,
    }


def transport_times(disk: DiskCore, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How long drag and viscosity take to move mass by the radius of its ring.

    Parameters
    ----------
    disk
        Fixed part of the run.
    sigma
        Surface density of the deep reservoir of every ring [kg m-2].

    Returns
    -------
    tuple of numpy.ndarray
        r/|da/dt| of grains with beta = 1/2 in full light, and r^2/nu by the law of the run, by
        'disk' if it has none; NaN where nothing is [s].
    """
    speed, _, nu = disk.formula("transport", disk.r, np.maximum(sigma, 0.0), 0.5)
    return disk.r / speed, np.divide(disk.r**2, nu, out=np.full_like(nu, np.nan),
                                      where=nu > 1.0e-300 * disk.r**2)


def mass(disk: DiskCore, y: np.ndarray, *rows: str) -> float:
    """Mass in bins ('surface') and other rows of the state, all rings [kg]."""
    return float(sum(disk.area @ disk.row(y, name) for name in rows))


def record(
    disk: DiskCore, state: DiskState, initial: np.ndarray, t: float, config: Config
) -> dict[str, object]:
    """All variables of one output time `t` [s], from the state alone."""
    y = state.y
    area = disk.area
    lamp = disk.lamp(t)
    ring = disk.diagnose(state, t)
    lost = disk.row(y, "blown") + disk.row(y, "escaped") + disk.row(y, "below")
    momentum = angular_momentum(disk, y, initial)
    values: dict[str, object] = {
        "time": t,
        "t_mars": lamp["t_mars"],
        "s_blow": lamp["s_blow"] or np.nan,
        "s_blow_min": lamp["s_blow_min"] or np.nan,
        "mdot_blow": area @ ring["mdot_blow"],
        "mdot_escape": area @ ring["mdot_escape"],
        "mdot_below": area @ ring["mdot_below"],
        "m_blow": mass(disk, y, "blown"),
        "m_escape": mass(disk, y, "escaped"),
        "m_below": mass(disk, y, "below"),
        "m_loss": area @ lost,
        "m_supply": mass(disk, y, "supplied"),
        "m_settled": mass(disk, y, "settled"),
        "m_external": -mass(disk, y, "external"),
        "m_surface": mass(disk, y, "surface"),
        "m_deep": mass(disk, y, "deep"),
        "m_vapour": mass(disk, y, "vapour"),
        "m_disk": mass(disk, y, *disk.LAYERS),
        "m_in": mass(disk, y, "inward", "fallen"),
        "m_fallen": mass(disk, y, "fallen"),
        "m_out": mass(disk, y, "outward"),
        "l_disk": momentum.disk,
        "l_loss": momentum.loss,
        "l_in": momentum.inward,
        "l_out": momentum.outward,
        "l_light": momentum.light,
        "mass_residual": mass_residual(disk, y, initial),
        "surface_residual": surface_residual(disk, y, initial),
        "l_residual": momentum.residual,
        "sigma_surf": disk.row(y, "surface"),
        "sigma_deep": disk.row(y, "deep"),
        "sigma_vapour": disk.row(y, "vapour"),
        "sigma_blow": disk.row(y, "blown"),
        "sigma_escape": disk.row(y, "escaped"),
        "sigma_below": disk.row(y, "below"),
        "sigma_supply": disk.row(y, "supplied"),
        "sigma_moved": disk.row(y, "moved"),
        "sigma_drag": disk.row(y, "dragged"),
        "t_viscous": transport_times(disk, disk.row(y, "deep"))[1],
        "mdot_area": ring["mdot_blow"] + ring["mdot_escape"] + ring["mdot_below"],
        "tau_los": ring["tau_los"],
        "t_grain": ring["t_grain"],
        "stokes_blow": np.where(ring["stokes"] > 0.0, ring["stokes"], np.nan),
        "collision_power": ring["energy"],
        "sigma_catastrophic": ring["catastrophic"],
        "sigma_cratering": ring["cratering"],
        "liquid": state.flag[disk.FLAGS.index("liquid")].astype(np.int8),
        "frozen": state.flag[disk.FLAGS.index("frozen")].astype(np.int8),
    }
    if config["output"]["psd"]:
        values["number"] = (y[: disk.n_bin] / disk.mass[:, None]).T
    return values


def mass_residual(disk: DiskCore, y: np.ndarray, initial: np.ndarray) -> float:
    """Largest residual of surface + deep + vapour + ledger - initial of a ring [1]."""
    every = (*disk.LAYERS, *disk.LEDGER)
    before = sum(disk.row(initial, name) for name in every)
    now = sum(disk.row(y, name) for name in every)
    mass = before + disk.row(y, "supplied") + np.abs(disk.row(y, "moved"))
    mass = np.maximum(mass, np.finfo(float).tiny)  # a ring may be empty
    return float(np.max(np.abs(now - before) / mass))


def surface_residual(disk: DiskCore, y: np.ndarray, initial: np.ndarray) -> float:
    """Largest residual of the surface layer of a ring, relative to its own throughput [1]."""
    gained = disk.row(initial, "surface") + disk.row(y, "supplied")
    left = ("surface", "blown", "fallen", "below", "evaporated", "settled", "dragged")
    now = sum(disk.row(y, name) for name in left)
    # vapour that condenses and grains from the ring outside pass through the surface as well
    throughput = gained + sum(np.maximum(-disk.row(y, x), 0.0) for x in ("evaporated", "dragged"))
    residual = np.abs(now - gained)
    return float(np.max(residual / np.maximum(throughput, np.finfo(float).tiny)))


def verify(config: Config) -> None:
    """Build the disk and its first state; see `marsdisk.runs.verify`.

    Collisions are left out: they take longest to prepare, and nothing about them is refused.
    """
    collisions = {**config["collisions"], "fragmentation": False}
    DiskCore(replace(config, groups={**config.groups, "collisions": collisions})).start()


def run(
    config: Config, output: Path, *, force: bool, threads: int | None, quiet: bool,
    wall: float | None,
) -> str:
    """Carry out a disk run; see `marsdisk.runs.run`."""
    if output.exists() and not force:
        raise InputError([Problem(str(output), "", "exists already", "use --force to overwrite")])
    if threads:
        core.set_threads(threads)
    with stop_request(wall) as request:
        return _complete(DiskRun.begin(config), output, request, quiet, new=not force, ours=False)


def resume(path: Path, *, threads: int | None, quiet: bool, wall: float | None) -> str:
    """Go on from the checkpoint in `path`, bit for bit as if the run had not been stopped."""
    if threads:
        core.set_threads(threads)
    with stop_request(wall) as request:
        return _complete(DiskRun.restore(path), path, request, quiet, new=False, ours=True)


def _complete(
    this: DiskRun, output: Path, request: StopRequest, quiet: bool, *, new: bool, ours: bool
) -> str:
    """Advance until the run ends or is stopped.

    `new`: nobody else may have made the file; `ours`: it holds this run already.
    """
    from marsdisk.runs.disk_results import results
    from marsdisk.runs.disk_summary import notes, summary

    make_ready(output)
    year = core.constants()["year"].value
    attributes: dict[str, str | int | float] = {
        **run_attributes(this.config, core.max_threads()),
        "namelist_path": str(this.config.path.resolve()),
    }
    started = saved = time.monotonic()
    progress = Progress(this.times[-1] / year, "yr", quiet)

    def save(stop_reason: str, complete: bool) -> None:
        nonlocal new, ours
        attributes.update(results(this, stop_reason))
        attributes["warnings"] = "\n".join(notes(this))
        attributes["complete"] = int(complete)
        attributes["wall_time_s"] = this.spent + time.monotonic() - started
        checkpoint = None if complete else this.checkpoint()
        groups = {HANDOVER: (HANDED, this.handover())} if complete else {}
        this.recorder.write(output, attributes, checkpoint, new, groups)
        new, ours = False, True

    def after_chunk() -> None:
        nonlocal saved
        progress.show(this.reached() / year, f"M_loss = {this.loss():.3e} M_Mars")
        if request.reason():
            save(request.reason(), complete=False)
            raise StoppedEarly(f"{request.reason()}; go on with: marsdisk resume {output}", output)
        if time.monotonic() - saved > this.config["output"]["checkpoint"]:
            save("running", complete=False)
            saved = time.monotonic()

    try:
        end = this.advance_to_end(after_chunk)
    except InternalError as error:
        save(f"failed: {error}", complete=False)
        raise
    except InputError as error:  # a table that ends too early: seen when the run gets there
        if not ours:
            raise
        save(f"failed: {error}", complete=False)
        raise InputError(error.problems, output) from error
    finally:
        progress.close()
    save(end, complete=True)
    return summary(this, attributes, output)


def last_reason(this: DiskRun) -> str:
    """Which of the two ends known beforehand was reached."""
    stop = this.config["stop"]
    if stop["t_end"] > 0.0 and this.disk.t_stop >= stop["t_end"] * core.constants()["year"].value:
        return "t_end reached"
    return f"Mars cooled to {stop['t_mars_end']:g} K"
