# SPDX-License-Identifier: BSD-3-Clause
"""Records of a run in memory, and the netCDF file made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.output.files import define, filled, put_constants, replaced
from marsdisk.output.schema import Variable, coordinates_of

CHECKPOINT = "checkpoint"
"""Group of a file that can be resumed: everything the next step depends on."""

Part = tuple[tuple[Variable, ...], Mapping[str, object]]
"""Variables and their values by name; a variable without a value is left out."""


class Recorder:
    """Collects one record per output time.

    Parameters
    ----------
    variables
        Schema of the file.
    static
        Values of the variables without a time dimension.
    """

    def __init__(self, variables: tuple[Variable, ...], static: Mapping[str, object]) -> None:
        self.variables = variables
        self.static = dict(static)
        self.records: list[dict[str, np.ndarray]] = []

    def add(self, record: Mapping[str, object]) -> None:
        """Append the values of all variables with a time dimension."""
        self.records.append({name: np.array(value) for name, value in record.items()})

    def series(self, name: str) -> np.ndarray:
        """All records of a variable, time first."""
        return np.array([record[name] for record in self.records])

    def write(
        self,
        path: Path,
        attributes: Mapping[str, str | int | float],
        checkpoint: Mapping[str, np.ndarray] | None = None,
        new: bool = False,
        groups: Mapping[str, Part] | None = None,
    ) -> None:
        """Write the file aside and rename it.

        Parameters
        ----------
        path
            The file.
        attributes
            Global attributes.
        checkpoint
            What a resumed run needs; None = the run is complete.
        new
            Refuse to replace a file that has appeared since the run began.
        groups
            Further groups of the file by name.

        Raises
        ------
        OutputError
            The file cannot be written (disk full, no permission); what was there is untouched.
        """
        with replaced(path, new) as aside, netCDF4.Dataset(aside, "w") as data:
            data.setncatts(dict(attributes))
            columns = {name: self.series(name) for name in self.records[0]}
            _put(data, (self.variables, {**self.static, **columns}))
            put_constants(data)
            for name, part in (groups or {}).items():
                _put(data.createGroup(name), part)
            for name, array in (checkpoint or {}).items():
                _put_checkpoint(data, name, array)


def _put(data: netCDF4.Dataset, part: Part) -> None:
    """Write variables and the dimensions they need into a file or a group of it."""
    variables, values = part
    for variable in variables:
        if variable.name not in values:
            continue
        value = np.asarray(values[variable.name])
        for dimension, length in zip(variable.dimensions, value.shape, strict=True):
            if dimension not in data.dimensions:
                data.createDimension(dimension, length)
        packed = {"zlib": True, "complevel": 1} if value.ndim > 1 else {}
        coordinates = coordinates_of(variable, variables)
        define(data, variable, coordinates, **packed)[...] = filled(variable, value)


def _put_checkpoint(data: netCDF4.Dataset, name: str, array: np.ndarray) -> None:
    group = data.groups.get(CHECKPOINT) or data.createGroup(CHECKPOINT)
    array = np.asarray(array)
    names = []
    for k, length in enumerate(array.shape):
        names.append(f"{name}_{k}")
        group.createDimension(names[-1], length)
    group.createVariable(name, "i4" if array.dtype.kind in "bi" else "f8", names)[...] = array
