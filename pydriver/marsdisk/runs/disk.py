# SPDX-License-Identifier: BSD-3-Clause
"""Run of kind 'disk': mass lost from Mars' inner debris disk before moons form."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marsdisk import core
from marsdisk.config.read import Config
from marsdisk.core import DiskCore, DiskState
from marsdisk.errors import InputError, InternalError, Problem, StoppedEarly
from marsdisk.output.disk_schema import VARIABLES as DISK
from marsdisk.output.files import make_ready, plain
from marsdisk.output.provenance import run_attributes
from marsdisk.output.recorder import CHECKPOINT, Recorder
from marsdisk.runs.interrupt import StopRequest, stop_request
from marsdisk.runs.progress import Progress
from marsdisk.runs.saved import opened

CHUNK = 0.5
"""Wall time that the core computes before Python looks up [s]."""

FIRST_OUTPUT = 1.0e-6
"""First of log-spaced output times, as a share of the length of the run [1]."""

EMPTY = 1.0e-9
"""A disk with less than this share of its initial mass is empty [1]."""


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
    """

    config: Config
    disk: DiskCore
    state: DiskState
    initial: np.ndarray
    times: np.ndarray
    recorder: Recorder

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
        return cls(config, disk, state, initial, output_times(config, disk.t_stop), recorder)

    def checkpoint(self) -> dict[str, np.ndarray]:
        """Everything the next step depends on."""
        return {"y": self.state.y, "control": self.state.control, "flag": self.state.flag,
                "initial": self.initial}

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
    """Output times [s], from 0 to the end `t_stop` [s]."""
    count = config["output"]["n_out"]
    if config["output"]["spacing"] == "linear":
        return np.linspace(0.0, t_stop, count + 1)
    times = np.geomspace(FIRST_OUTPUT * t_stop, t_stop, count) if count > 1 else [t_stop]
    return np.concatenate([[0.0], times[:-1], [t_stop]])


def static_values(disk: DiskCore) -> dict[str, object]:
    """Variables without a time dimension."""
    return {
        "r": disk.r, "r_edges": disk.r_edges, "ring_area": disk.area, "eccentricity": disk.e,
        "v_collision": disk.speed, "size": disk.size, "size_edges": disk.size_edges,
        "grain_mass": disk.mass, "kappa0": disk.kappa0, "sigma_ref": disk.sigma_ref,
        "m_surface0": disk.sigma0 * disk.area.sum(), "au": 1.495978707e11,
        "julian_year": core.constants()["year"].value,
    }


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
    gm = core.constants()["gm_mars"].value
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
        "m_in": mass(disk, y, "inward"),
        "m_out": mass(disk, y, "outward"),
        "l_loss": float((area * lost) @ np.sqrt(gm * disk.r)),
        "mass_residual": mass_residual(disk, y, initial),
        "surface_residual": surface_residual(disk, y, initial),
        "sigma_surf": disk.row(y, "surface"),
        "sigma_deep": disk.row(y, "deep"),
        "sigma_vapour": disk.row(y, "vapour"),
        "sigma_blow": disk.row(y, "blown"),
        "sigma_escape": disk.row(y, "escaped"),
        "sigma_below": disk.row(y, "below"),
        "sigma_supply": disk.row(y, "supplied"),
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
    return float(np.max(np.abs(now - before) / (before + disk.row(y, "supplied"))))


def surface_residual(disk: DiskCore, y: np.ndarray, initial: np.ndarray) -> float:
    """Largest residual of the surface layer of a ring, relative to its own throughput [1]."""
    gained = disk.row(initial, "surface") + disk.row(y, "supplied")
    left = ("surface", "blown", "below", "evaporated", "settled")
    now = sum(disk.row(y, name) for name in left)
    # vapour that condenses passes through the surface as well
    throughput = gained + np.maximum(-disk.row(y, "evaporated"), 0.0)
    residual = np.abs(now - gained)
    return float(np.max(residual / np.maximum(throughput, np.finfo(float).tiny)))


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
        return _complete(DiskRun.begin(config), output, request, quiet, new=not force)


def resume(path: Path, *, threads: int | None, quiet: bool, wall: float | None) -> str:
    """Go on from the checkpoint in `path`, bit for bit as if the run had not been stopped."""
    if threads:
        core.set_threads(threads)
    with stop_request(wall) as request:
        return _complete(DiskRun.restore(path), path, request, quiet, new=False)


def _complete(
    this: DiskRun, output: Path, request: StopRequest, quiet: bool, new: bool
) -> str:
    """Advance until the run ends or is stopped; `new`: nobody else may have made the file."""
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
        nonlocal new
        attributes.update(results(this, stop_reason))
        attributes["warnings"] = "\n".join(notes(this))
        attributes["complete"] = int(complete)
        attributes["wall_time_s"] = time.monotonic() - started
        this.recorder.write(output, attributes, None if complete else this.checkpoint(), new)
        new = False

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


def results(this: DiskRun, stop_reason: str) -> Mapping[str, str | int | float]:
    """Global attributes that say what came out."""
    const = core.constants()
    loss = this.recorder.series("m_loss")
    t99 = np.nan
    if loss[-1] > 0.0:
        t99 = float(np.interp(0.99 * loss[-1], loss, this.recorder.series("time")))
    flags = dict(zip(this.disk.FLAGS, this.state.flag, strict=True))
    return {
        "m_loss_mars": float(loss[-1]) / const["m_mars"].value,
        "t99_yr": t99 / const["year"].value,
        "stop_reason": stop_reason,
        "n_step": int(flags["accepted"].sum()),
        "n_reject": int(flags["rejected"].sum()),
    }
