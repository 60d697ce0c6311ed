# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk check` of a disk run: what moves with the tolerance, the bins and the rings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from marsdisk import core
from marsdisk.config.read import Config, read_text
from marsdisk.config.schema import run_kind
from marsdisk.config.write import write_namelist
from marsdisk.errors import InputError, InternalError
from marsdisk.runs.disk import DiskRun, verify
from marsdisk.runs.disk_results import results

LOST = ("m_loss", "m_blow", "m_escape", "m_below")
"""What is lost, and its routes [kg]."""

MOVED = ("m_in", "m_out")
"""What passed the edges or fell on Mars [kg]."""

NEGLIGIBLE = 1.0e-6
"""A route below this share of M_loss is not judged on its own [1]."""


@dataclass(frozen=True)
class Variant:
    """A finer version of a run.

    Parameters
    ----------
    name
        What is finer, for the table.
    overrides
        The changes, ``group.key=value``.
    tolerance
        Relative change of a mass above which the base run is not good enough [1].
    """

    name: str
    overrides: tuple[str, ...]
    tolerance: float


@dataclass(frozen=True)
class Moved:
    """A quantity in the base run and in a variant.

    Parameters
    ----------
    quantity, variant
        What, and in which finer run.
    base, finer
        Values [M_Mars or yr].
    change
        (finer - base) relative to the finer value [1].
    tolerance
        Stated limit of the change [1]; None = shown, not judged.
    """

    quantity: str
    variant: Variant
    base: float
    finer: float
    change: float
    tolerance: float | None

    @property
    def too_much(self) -> bool:
        """Does it move more than it may?"""
        return self.tolerance is not None and not abs(self.change) <= self.tolerance


def variants(config: Config) -> list[Variant]:
    """Ten times tighter tolerance, twice the bins, twice the rings; half the steps of transport.

    Those end at output times too, which may be closer than `transport.step` asks: half the steps
    are twice the output times as well.
    """
    step, most = config["transport"]["step"] / 2.0, run_kind("disk").key("output.n_out").range.high
    n_out = min(2 * config["output"]["n_out"], int(most))
    halved = Variant("step / 2", (f"transport.step={step!r}", f"output.n_out={n_out}"), 1.0e-3)
    return [
        *([halved] if moves(config) else []),
        Variant("rtol / 10", (f"numerics.rtol={config['numerics']['rtol'] / 10.0!r}",), 1.0e-4),
        Variant("bins x 2", (f"grains.n_bin={2 * config['grains']['n_bin']}",), 1.0e-2),
        Variant("rings x 2", (f"rings.n_ring={2 * config['rings']['n_ring']}",), 1.0e-2),
    ]


def moves(config: Config) -> bool:
    """Does mass move between the rings?"""
    transport = config["transport"]
    return transport["pr_drag"] or transport["viscosity"] != "none"


def quantities(run: DiskRun) -> dict[str, float]:
    """What is compared: masses [M_Mars], and the time of 99 % of the loss [yr]."""
    last = run.recorder.records[-1]
    m_mars = core.constants()["m_mars"].value
    names = (*LOST, *MOVED, "m_supply", "m_surface")
    if moves(run.config):
        names = (*names, "m_disk")
    found = {name: float(last[name]) / m_mars for name in names}
    return {**found, "t99_yr": float(results(run, "")["t99_yr"])}


def check(config: Config, after_chunk: Callable[[], None]) -> tuple[str, bool]:
    """Compare a disk run with its finer variants; see `marsdisk.runs.check`."""
    finer, missing = readable(config)
    moved = compare(config, finer, after_chunk)
    return "\n".join([table(moved), *missing]), any(m.too_much for m in moved)


def readable(config: Config) -> tuple[dict[Variant, Config], list[str]]:
    """The variants that can run, and a line on each that cannot: the run is as fine as it gets."""
    text = write_namelist(config)
    finer, missing = {}, []
    for variant in variants(config):
        try:
            finer[variant] = read_text(text, config.path, variant.overrides,
                                       files=config.files)
            verify(finer[variant])
        except InputError as error:
            finer.pop(variant, None)
            why = "; ".join(str(replace(problem, place="")) for problem in error.problems)
            missing.append(f"not compared: {variant.name} ({why})")
    return finer, missing


def compare(
    config: Config, variants: Mapping[Variant, Config], after_chunk: Callable[[], None]
) -> list[Moved]:
    """Run a configuration and its finer variants, and compare.

    Parameters
    ----------
    config
        Checked configuration of kind 'disk'.
    variants
        What it is compared with.
    after_chunk
        Called between two chunks of every run; may raise to stop.
    """

    def carried_out(these: Config) -> dict[str, float]:
        run = DiskRun.begin(these)
        run.advance_to_end(after_chunk)
        return quantities(run)

    base = carried_out(config)
    moved = []
    for variant, these in variants.items():
        try:
            finer = carried_out(these)
        except InternalError as error:
            raise InternalError(f"{variant.name}: {error}") from error
        for name, value in finer.items():
            if value == 0.0 and base[name] == 0.0:
                continue
            change = (value - base[name]) / value if value else float("inf")
            judged = name in (*LOST, *MOVED, "m_disk")
            judged = judged and abs(value) > NEGLIGIBLE * abs(finer["m_loss"])
            moved.append(Moved(name, variant, base[name], value, change,
                               variant.tolerance if judged else None))
    return moved


def table(moved: list[Moved]) -> str:
    """The comparison as text, a verdict in every judged row."""
    rows = [f"{'finer':<11}{'quantity':<11}{'base':>13}{'finer':>13}{'change':>11}{'limit':>10}"]
    for m in moved:
        limit, verdict = ("", "")
        if m.tolerance is not None:
            limit, verdict = f"{m.tolerance:.0e}", "  MOVES TOO MUCH" if m.too_much else "  ok"
        rows.append(f"{m.variant.name:<11}{m.quantity:<11}{m.base:13.5e}{m.finer:13.5e}"
                    f"{m.change:+11.1e}{limit:>10}{verdict}")
    rows.append("masses in M_Mars, t99 in yr; change relative to the finer run")
    if any(m.variant.name == "step / 2" for m in moved):
        rows.append("step / 2: of transport, with twice the output times, at which its steps end")
    return "\n".join(rows)
