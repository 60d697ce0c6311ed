# SPDX-License-Identifier: BSD-3-Clause
"""From keyword arguments to an object of the core that has these parameters."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marsdisk.config.read import Config, read_text
from marsdisk.config.schema import run_kind
from marsdisk.core import CaptureCore, DiskCore
from marsdisk.errors import InputError, Problem, nearest
from marsdisk.settings import PLACES, Setting, overrides, words_of_python

Array = NDArray[np.float64]

KEPT = 64
"""Sets of parameters whose objects are kept [1]."""

# A disk that costs nothing, and that no choice of the other keys can refuse: what it is built for
# is its formulas. It ends at once, because tables have to cover the run.
SMALL_DISK = (
    "rings.n_ring=1", "rings.r_in=1.8", "rings.r_out=1.9", "grains.n_bin=2", "supply.mode=none",
    "collisions.fragmentation=.false.", "stop.t_mars_end=0", "stop.t_end=1e-12",
)
GREY = ("radiation.qpr_mode=constant", "radiation.opacity=geometric")
"""Spares the reading of a table that the formula does not need."""


def disk(keys: Mapping[str, Setting], allowed: Mapping[str, str], *fixed: str) -> DiskCore:
    """A disk with some keys set.

    Parameters
    ----------
    keys
        Values by the short names of the keys.
    allowed
        Short name -> ``group.key`` of the keys that matter.
    *fixed
        Overrides besides these.

    Raises
    ------
    InputError
        A key that does not matter here, or a value that it cannot have.
    """
    return _made("disk", (*SMALL_DISK, *fixed), keys, allowed)


def capture(keys: Mapping[str, Setting], allowed: Mapping[str, str]) -> CaptureCore:
    """A capture problem with some keys set; parameters and errors as those of `disk`."""
    return _made("capture", (), keys, allowed)


def at_least(
    name: str, value: ArrayLike, unit: str, low: float = 0.0, *, above: bool = False
) -> Array:
    """An argument as an array.

    Parameters
    ----------
    name, unit
        For the message.
    value : array_like
        The argument.
    low
        The least that it may be; with `above`, it has to be more.

    Raises
    ------
    InputError
        A value is too small, infinite, or no number.
    """
    array = np.asarray(value, dtype=float)
    bad = array[~(((array > low) if above else (array >= low)) & np.isfinite(array))]
    if bad.size:
        unit = f" {unit}" if unit != "1" else ""
        limit = f"{'>' if above else '>='} {low:g}{unit}" if low > -np.inf else "a number"
        raise InputError([Problem("", name, f"{bad.flat[0]:g}{unit} is out of range",
                                  f"expected {limit}")])
    return array


def _made(
    kind: str, fixed: tuple[str, ...], keys: Mapping[str, Setting], allowed: Mapping[str, str]
) -> DiskCore | CaptureCore:
    unknown = [key for key in keys if key not in allowed]
    if unknown:
        listing = "expected " + ", ".join(allowed) if allowed else "expected none"
        raise InputError([Problem("", key, "is no parameter of this formula", listing,
                                  nearest(key, allowed)) for key in unknown])
    chosen = {allowed[key]: value for key, value in keys.items()}
    with _named(allowed), words_of_python():
        texts = (*fixed, *overrides(chosen))
        if any(run_kind(kind).key(key).type == "file" for key in chosen):
            return _create(kind, texts)  # a file can change
        return _kept(kind, texts)


@functools.lru_cache(maxsize=KEPT)
def _kept(kind: str, texts: tuple[str, ...]) -> DiskCore | CaptureCore:
    return _create(kind, texts)


def _create(kind: str, texts: tuple[str, ...]) -> DiskCore | CaptureCore:
    config: Config = read_text(f"&run kind='{kind}' /\n", Path("parameters.nml"), texts)
    return DiskCore(config) if kind == "disk" else CaptureCore(config)


@contextlib.contextmanager
def _named(allowed: Mapping[str, str]) -> Iterator[None]:
    """Problems in the block name the keyword arguments."""
    short = {long: name for name, long in allowed.items()}
    try:
        yield
    except InputError as error:
        raise InputError([
            replace(problem, place="" if problem.place in PLACES.values() else problem.place,
                    key=short.get(problem.key, problem.key))
            for problem in error.problems
        ]) from None
