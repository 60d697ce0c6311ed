# SPDX-License-Identifier: BSD-3-Clause
"""netCDF file of independent cases, which grows by slices.

Slices are appended to a file aside, which then takes the place of the present one: however a run
dies, the file is complete. The one that was replaced stays aside; it lacks only the last slices,
and is the next to be appended to. So no file is copied but once, every slice is written twice, and
what is in memory is only the slices that are not in it yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.output.files import (
    Spare,
    define,
    filled,
    plain,
    put_constants,
    replaced,
    set_attributes,
)
from marsdisk.output.schema import Variable, coordinates_of

CHUNK = 16384
"""Numbers of a variable that are stored together [1]."""

SLICE = 131072
"""Cases that are read together [1]."""


class CaseFile:
    """The file of a run over cases.

    Parameters
    ----------
    path
        The file.
    variables
        Schema of the file.
    static
        Values of the variables without a case dimension.
    lengths
        Number of all cases, and lengths of the other dimensions.
    written
        Cases that the file holds already.
    """

    def __init__(
        self,
        path: Path,
        variables: Sequence[Variable],
        static: Mapping[str, float],
        lengths: Mapping[str, int],
        written: int = 0,
    ) -> None:
        self.path = path
        self.written = written
        self._variables = variables
        self._static = static
        self._lengths = lengths
        self._spare = Spare()

    def append(
        self,
        slices: Sequence[Mapping[str, np.ndarray]],
        attributes: Mapping[str, str | int | float],
        new: bool,
    ) -> None:
        """Add cases, and bring the global attributes up to date.

        Parameters
        ----------
        slices
            Values of every variable with a case dimension.
        attributes
            Global attributes.
        new
            Refuse to replace a file that this run has not written.

        Raises
        ------
        OutputError
            The file cannot be written; what was there is untouched.
        """
        known = self.written > 0
        at = self.written
        with (
            replaced(self.path, new and not known, copied=known,
                     spare=self._spare if known else None) as aside,
            netCDF4.Dataset(aside, "a" if known else "w") as data,
        ):
            if known:
                self._catch_up(data)
            else:
                self._define(data)
            set_attributes(data, attributes)
            for values in slices:
                end = at + len(next(iter(values.values())))
                for variable in self._variables:
                    if "case" in variable.dimensions:
                        data[variable.name][at:end] = filled(variable, values[variable.name])
                at = end
        self.written = at

    def close(self) -> None:
        """Remove what is aside."""
        self._spare.remove()

    def read(self) -> Iterator[dict[str, np.ndarray]]:
        """Values of the variables over cases alone, slice by slice; NaN where missing."""
        with netCDF4.Dataset(self.path) as data:
            for at in range(0, self.written, SLICE):
                yield {
                    variable.name: plain(data[variable.name][at : at + SLICE])
                    for variable in self._variables if variable.dimensions == ("case",)
                }

    def _catch_up(self, data: netCDF4.Dataset) -> None:
        """Add the cases that the present file has and the one aside lacks, as they are stored."""
        first = len(data.dimensions["case"])
        if first == self.written:
            return
        with netCDF4.Dataset(self.path) as present:
            for variable in self._variables:
                if "case" in variable.dimensions:
                    source, target = present[variable.name], data[variable.name]
                    source.set_auto_maskandscale(False)
                    target.set_auto_maskandscale(False)
                    target[first : self.written] = source[first : self.written]
                    target.set_auto_maskandscale(True)

    def _define(self, data: netCDF4.Dataset) -> None:
        data.createDimension("case", None)
        for name, length in self._lengths.items():
            if name != "case":
                data.createDimension(name, length)
        for variable in self._variables:
            if variable.dimensions:
                coordinates = coordinates_of(variable, self._variables)
                define(data, variable, coordinates, **self._storage(variable))
            else:
                define(data, variable).assignValue(self._static[variable.name])
        put_constants(data)

    def _storage(self, variable: Variable) -> dict[str, object]:
        """Chunks of about `CHUNK` numbers, with checksums; what is long is packed."""
        inner = [self._lengths[name] for name in variable.dimensions[1:]]
        rows = max(1, min(self._lengths["case"], CHUNK // int(np.prod(inner, dtype=int))))
        packed = {"zlib": True, "complevel": 1} if inner else {}
        return {"chunksizes": (rows, *inner), "fletcher32": True, **packed}
