# SPDX-License-Identifier: BSD-3-Clause
"""What a file of a run says about itself: namelist, results, provenance."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import netCDF4
import numpy as np

from marsdisk.config.read import missing
from marsdisk.config.schema import KINDS, Value, run_kind
from marsdisk.errors import InputError, Problem

Attribute = str | int | float


@dataclass(frozen=True)
class Contents:
    """A file of a run without its arrays.

    Parameters
    ----------
    path
        The file.
    kind
        Kind of the run.
    config
        Namelist of the run, as it is in the file: every group with every key.
    attributes
        Global attributes.
    """

    path: Path
    kind: str
    config: Mapping[str, Mapping[str, Value]]
    attributes: Mapping[str, Attribute]

    @property
    def name(self) -> str:
        """Name of the run."""
        return str(self.config["run"].get("name", self.path.stem))

    @property
    def complete(self) -> bool:
        """Whether the run reached its end."""
        return bool(self.attributes.get("complete", 1))

    @property
    def failed(self) -> bool:
        """Whether the computation failed: going on would come to the same point again."""
        return not self.complete and self.text("stop_reason").startswith("failed:")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of the numbers should know."""
        return tuple(str(self.attributes.get("warnings", "")).splitlines())

    def text(self, attribute: str) -> str:
        """A global attribute as text; empty when the file has none."""
        return str(self.attributes.get(attribute, ""))

    def values(self) -> dict[str, Value]:
        """Values by ``group.key``, in the order of the file."""
        return {f"{group}.{key}": value for group, keys in self.config.items()
                for key, value in keys.items()}


@contextlib.contextmanager
def opened(path: Path | str) -> Iterator[tuple[netCDF4.Dataset, Contents]]:
    """Open the file of a run for reading.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        There is no such file, it is no output of marsdisk, or what is read from it in the block
        is damaged or missing.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError([Problem(str(path), "", "is a directory", "expected the output of a run")])
    if not path.is_file():
        raise missing(path, "*.nc", "expected the output of a run")
    try:
        with netCDF4.Dataset(path) as data:
            yield data, _contents(path, data)
    except (OSError, RuntimeError, IndexError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputError([Problem(str(path), "", what, "expected the output of a run")]) from error


def read_contents(path: Path | str) -> Contents:
    """What the file of a run says about itself; errors are those of `opened`."""
    with opened(path) as (_, contents):
        return contents


def sweep_table(path: Path) -> Path | None:
    """Table of the sweep that a path means, by its folder or the table itself; None for others."""
    from marsdisk.sweep.manifest import TABLE_NC, is_sweep

    if path.is_dir():
        return path / TABLE_NC if is_sweep(path) or (path / TABLE_NC).is_file() else None
    if not path.is_file():
        return None
    try:
        with netCDF4.Dataset(path) as data:
            return path if "sweep_axes" in data.ncattrs() else None
    except OSError:
        return None


def column(data: netCDF4.Dataset, name: str) -> np.ndarray:
    """All values of a variable as numbers, NaN where missing."""
    return np.ma.filled(data[name][...].astype(float), np.nan)


def _contents(path: Path, data: netCDF4.Dataset) -> Contents:
    import f90nml

    try:
        parsed = f90nml.Parser().reads(data.getncattr("namelist"))
        config = {group: {key: _value(value) for key, value in keys.items()}
                  for group, keys in parsed.items()}
        kind = str(config["run"]["kind"])
    except Exception as error:  # f90nml raises what it happens to trip over
        what = "is no output of marsdisk"
        raise InputError([Problem(str(path), "", what, "it holds no namelist of a run")]) from error
    if kind not in KINDS:
        raise InputError([Problem(str(path), "", f"is the output of a run of kind '{kind}', which "
                                  "this version does not know")])
    for name in run_kind(kind).names():
        group, _, key = name.partition(".")
        value = config.get(group, {}).get(key)
        if run_kind(kind).key(name).type == "reals" and isinstance(value, float):
            config[group][key] = (value,)  # f90nml: one number is no list
    attributes = {name: _plain(data.getncattr(name)) for name in data.ncattrs()}
    frozen = {group: MappingProxyType(keys) for group, keys in config.items()}
    return Contents(path, kind, MappingProxyType(frozen), MappingProxyType(attributes))


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(float(number) for number in value)
    return "" if value is None else value


def _plain(value: object) -> Attribute:
    """Attributes without the types of NumPy."""
    return value.item() if isinstance(value, np.generic) else value
