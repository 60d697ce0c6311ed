# SPDX-License-Identifier: BSD-3-Clause
"""Scalars of a run: what the table of a sweep has for each member.

A scalar is a global attribute, a scalar variable, an entry of a variable over one dimension
(``m_loss[-1]``), or a reduction of a variable (``max(mass_residual)``; missing entries do not
count).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import netCDF4
import numpy as np

from marsdisk.errors import Problem, nearest
from marsdisk.output.files import plain
from marsdisk.output.schema import Variable, output_schema

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "disk": (
        "m_loss_mars", "t99_yr", "m_loss[-1]", "m_blow[-1]", "m_escape[-1]", "m_below[-1]",
        "m_supply[-1]", "m_disk[-1]", "m_in[-1]", "m_out[-1]", "m_removed0", "mdot_blow[-1]",
        "mdot_escape[-1]", "mdot_below[-1]", "time[-1]", "t_mars[-1]", "max(mass_residual)",
        "max(surface_residual)", "n_step", "wall_time_s", "stop_reason",
    ),
    "capture": (
        "n_case", "n_escaped", "n_captured", "n_fell_before_capture", "n_undecided", "n_ablated",
        "n_failed", "n_bound", "n_phobos", "n_deimos", "min(lifetime)", "max(lifetime)",
        "max(heating)", "n_step", "wall_time_s", "stop_reason",
    ),
}
"""Scalars by kind of run; a kind that is not here gets all of its global attributes."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "disk": ("m_loss_mars", "t99_yr"),
    "capture": ("n_captured", "max_lifetime"),
}
"""Columns that are drawn when none is named, by kind of run."""

REDUCTIONS: Mapping[str, Callable[[np.ndarray], float]] = {
    "max": np.max, "min": np.min, "mean": np.mean, "sum": np.sum,
}

_TEXTS = frozenset({
    "stop_reason", "namelist", "input_files", "warnings", "host", "marsdisk_version", "git_hash",
    "compiler", "flags",
})
_UNITS = {"_yr": "yr", "_s": "s", "_mars": "M_Mars"}
_FORM = re.compile(r"(?:(\w+)\((\w+)\)|(\w+)\[(-?\d{1,9})\]|(\w+))\Z", re.ASCII)
_EXPECTED = ("expected an attribute, a scalar variable, name[-1], max(name), min(name), mean(name) "
             "or sum(name)")


@dataclass(frozen=True)
class Scalar:
    """A column of the table.

    Parameters
    ----------
    text
        As it was asked for.
    name
        Name of the column, and of the variable in the netCDF table.
    source
        Attribute or variable of the run that it is made of.
    unit, long_name
        Unit, and what it is; no unit for texts.
    reduction, index
        How it is made of a variable; both empty for attributes and scalar variables.
    """

    text: str
    name: str
    source: str
    unit: str | None
    long_name: str
    reduction: str = ""
    index: int | None = None

    def of(self, data: netCDF4.Dataset) -> float | str:
        """Its value in the output of a run; NaN where there is none."""
        whole = not self.reduction and self.index is None
        # an attribute and a variable may have the same name: the steps of all cases and of each
        if self.source in data.variables and not (whole and self.source in data.ncattrs()):
            values = np.ravel(plain(data[self.source][...])).astype(float)
            if self.index is not None:
                inside = -len(values) <= self.index < len(values)
                return float(values[self.index]) if inside else np.nan
            if self.reduction:
                finite = values[np.isfinite(values)]
                return float(REDUCTIONS[self.reduction](finite)) if finite.size else np.nan
            return float(values[0]) if values.size == 1 else np.nan
        missing = "" if self.unit is None else np.nan
        value = data.getncattr(self.source) if self.source in data.ncattrs() else missing
        return str(value) if self.unit is None else float(value)


def scalars_of(kind: str, texts: Sequence[str] = ()) -> tuple[Scalar, ...]:
    """Columns of the table of a sweep over runs of `kind`; without `texts` the default."""
    attributes = output_schema(kind)[1]
    return tuple(_scalar(kind, text) for text in texts or DEFAULTS.get(kind, tuple(attributes)))


def scalar_problems(kind: str, texts: Sequence[str], place: str) -> Iterator[Problem]:
    """What is wrong with the columns that were asked for."""
    variables, attributes = output_schema(kind)
    known = [*attributes, *(variable.name for variable in variables)]
    seen: dict[str, str] = {}
    for text in texts:
        try:
            scalar = _scalar(kind, text)
        except _NoScalar as error:
            guess = nearest(error.name, known) if error.name else ""
            yield Problem(place, text, error.what, "" if guess else _EXPECTED, guess)
            continue
        if scalar.name in seen:
            yield Problem(place, text, f"is there twice, as {seen[scalar.name]}")
        seen[scalar.name] = text


class _NoScalar(ValueError):
    def __init__(self, what: str, name: str = "") -> None:
        self.what, self.name = what, name
        super().__init__(what)


def _scalar(kind: str, text: str) -> Scalar:
    """The scalar that a text means."""
    match = _FORM.match(text.strip())
    if match is None:
        raise _NoScalar("is no scalar of a run")
    reduction, index = match[1] or "", None if match[4] is None else int(match[4])
    source = match[2] or match[3] or match[5]
    if reduction and reduction not in REDUCTIONS:
        raise _NoScalar(f"there is no reduction {reduction}()")
    variables, attributes = output_schema(kind)
    variable = next((v for v in variables if v.name == source), None)
    if source in attributes and not reduction and index is None:
        unit = None if source in _TEXTS else next(
            (unit for ending, unit in _UNITS.items() if source.endswith(ending)), "1")
        return Scalar(text, source, source, unit, attributes[source])
    if variable is None:
        raise _NoScalar("a run has no such attribute or variable", source)
    return _of_variable(text, variable, reduction, index)


def _of_variable(text: str, variable: Variable, reduction: str, index: int | None) -> Scalar:
    dimensions = len(variable.dimensions)
    if index is not None and dimensions != 1:
        raise _NoScalar(f"{variable.name} has {dimensions} dimensions, not one")
    if not reduction and index is None and dimensions:
        listed = ", ".join(variable.dimensions)
        raise _NoScalar(f"{variable.name}({listed}) is no scalar: {variable.name}[-1]?")
    name, long_name = variable.name, variable.long_name
    if reduction:
        name, long_name = f"{reduction}_{name}", f"{reduction} of: {long_name}"
    elif index is not None:
        place = {-1: "last", 0: "first"}.get(index, str(index).replace("-", "minus_"))
        name, long_name = f"{name}_{place}", f"{place} entry of: {long_name}"
    unit = variable.units.partition(" since")[0]
    return Scalar(text, name, variable.name, unit, long_name, reduction, index)
