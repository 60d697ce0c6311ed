# SPDX-License-Identifier: BSD-3-Clause
"""Records of a run in memory, and the netCDF file made of them.

The file is always written aside and renamed, so that whoever looks at it, at any moment, finds a
complete file: the finished run, or the last checkpoint.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import netCDF4
import numpy as np

from marsdisk.core import constants
from marsdisk.errors import OutputError
from marsdisk.output.schema import Variable

CHECKPOINT = "checkpoint"
"""Group of a file that can be resumed: everything the next step depends on."""


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

        Raises
        ------
        OutputError
            The file cannot be written (disk full, no permission); what was there is untouched.
        """
        try:
            handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.",
                                             suffix=".part")
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error}") from error
        os.close(handle)
        try:
            with netCDF4.Dataset(aside, "w") as data:
                self._fill(data, attributes)
                for name, array in (checkpoint or {}).items():
                    _put_checkpoint(data, name, array)
            _flush(aside)
            os.chmod(aside, 0o666 & ~_umask())
            if new and path.exists():
                raise OutputError(f"{path} was made by someone else while this run was under way")
            os.replace(aside, path)
        except (OSError, RuntimeError) as error:
            # netCDF4 reports a full disk as RuntimeError ("NetCDF: HDF error")
            raise OutputError(f"{path} cannot be written ({error}); is the disk full?") from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)

    def _fill(self, data: netCDF4.Dataset, attributes: Mapping[str, str | int | float]) -> None:
        data.setncatts(dict(attributes))
        columns = {name: self.series(name) for name in self.records[0]}
        values = {**self.static, **columns}
        for variable in self.variables:
            if variable.name not in values:
                continue
            value = np.asarray(values[variable.name])
            for dimension, length in zip(variable.dimensions, value.shape, strict=True):
                if dimension not in data.dimensions:
                    data.createDimension(dimension, length)
            _put(data, variable, value)
        for constant in constants().values():
            entry = data.createVariable(f"const_{constant.name}", "f8", ())
            entry.assignValue(constant.value)
            entry.setncatts({"units": constant.unit, "long_name": f"constant: {constant.name}",
                             "uncertainty": constant.uncertainty, "source": constant.source})


def _put(data: netCDF4.Dataset, variable: Variable, value: np.ndarray) -> None:
    kind = "i1" if value.dtype.kind in "bi" else "f8"
    fill = netCDF4.default_fillvals[kind] if variable.missing else None
    packed = {"zlib": True, "complevel": 1} if value.ndim > 1 else {}
    entry = data.createVariable(variable.name, kind, variable.dimensions, fill_value=fill, **packed)
    entry.long_name = variable.long_name
    entry.units = variable.units
    if variable.standard_name:
        entry.standard_name = variable.standard_name
    if variable.name == "time":
        entry.axis = "T"
    entry[...] = np.ma.masked_invalid(value) if variable.missing else value


def _put_checkpoint(data: netCDF4.Dataset, name: str, array: np.ndarray) -> None:
    group = data.groups.get(CHECKPOINT) or data.createGroup(CHECKPOINT)
    array = np.asarray(array)
    names = []
    for k, length in enumerate(array.shape):
        names.append(f"{name}_{k}")
        group.createDimension(names[-1], length)
    group.createVariable(name, "i4" if array.dtype.kind in "bi" else "f8", names)[...] = array


def _flush(path: str) -> None:
    """Bring the bytes to the disk before the rename makes them the file."""
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
