# SPDX-License-Identifier: BSD-3-Clause
"""Entries of a capture run: the state at the start of every case, made slice by slice."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from marsdisk.config.read import Config

ROWS = ("x", "y", "z", "u", "v", "w", "tau_gas", "t_gas")
"""Rows of a slice of entries [km, AU yr-1, yr], in the order of the core."""

AXES = ROWS[3:]
"""What may differ between cases, slowest first."""

GAS = ("tau_gas", "t_gas")

BLOCK = 4096
"""Random entries that are drawn together; part of what a seed means [1]."""


class Entries:
    """All entries of a run, of which only slices are ever in memory.

    Parameters
    ----------
    config
        Checked configuration of kind 'capture'.
    place
        Position at the start (x, y, z) [km].
    """

    def __init__(self, config: Config, place: tuple[float, float, float]) -> None:
        start, atmosphere = config["start"], config["atmosphere"]
        self._place = place
        self._constant = {"w": 0.0, **{name: float(atmosphere[name]) for name in GAS}}
        self._table: Mapping[str, np.ndarray] = {}
        self._axes = {}
        self._random = 0
        if "start.table" in config.tables:
            self._table = config.tables["start.table"].columns
            self.count = len(self._table["u"])
        else:
            log = start["gas_spacing"] == "log"
            self._axes = {
                name: (*start[name], log and name in GAS)
                for name in AXES if name not in GAS or start[name][2] > 0.0
            }
            self._random, self._seed = int(start["n_random"]), int(start["seed"])
            self._grid = {name: axis(*values) for name, values in self._axes.items()}
            shape = [len(values) for values in self._grid.values()]
            self.count = self._random or math.prod(shape)
        self.gas_differs = any(name in self._table or name in self._axes for name in GAS)
        """Whether tau_gas or t_gas differ between cases."""

    def block(self, first: int, last: int) -> np.ndarray:
        """Entries `first` to `last` (not included) as (8, n) in Fortran order, rows as `ROWS`."""
        block = np.empty((len(ROWS), last - first), order="F")
        block[:3] = np.reshape(self._place, (3, 1))
        found = self._drawn(first, last) if self._random else self._listed(first, last)
        for row, name in enumerate(AXES, start=3):
            block[row] = found.get(name, self._constant.get(name))
        return block

    def _listed(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Entries of the table or of the grid."""
        if self._table:
            return {name: values[first:last] for name, values in self._table.items()}
        shape = [len(values) for values in self._grid.values()]
        at = np.unravel_index(np.arange(first, last), shape)
        return {name: values[k] for (name, values), k in zip(self._grid.items(), at, strict=True)}

    def _drawn(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Random entries; number n is the same whatever the slice and the number of entries."""
        shares = np.concatenate([
            np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(block,)))
            .random((BLOCK, len(AXES)))
            for block in range(first // BLOCK, (last - 1) // BLOCK + 1)
        ])
        shares = shares[first % BLOCK :][: last - first].T
        return {
            name: _between(*self._axes[name], share)
            for name, share in zip(AXES, shares, strict=True) if name in self._axes
        }


def axis(first: float, last: float, count: float, log: bool) -> np.ndarray:
    """Values of an axis; steps that are decimal numbers give values that are.

    Parameters
    ----------
    first, last
        Ends, both included.
    count
        Number of values [1].
    log
        Steps are equal in the logarithm.
    """
    n = int(count)
    if first == last or n == 1:
        return np.full(n, first)
    if log:
        values = np.geomspace(first, last, n)
    else:
        # 0.01, 0.02, ..., 0.10: what the user means is 0.07, not 0.06999999999999999
        digits = 15 - math.ceil(math.log10(max(abs(first), abs(last))))
        values = np.round(np.linspace(first, last, n), digits)
    values[[0, -1]] = first, last
    return values


def _between(first: float, last: float, _count: float, log: bool, share: np.ndarray) -> np.ndarray:
    """Values at `share` [0, 1) of the way from one end of an axis to the other."""
    if log:
        return first * (last / first) ** share
    return first + (last - first) * share
