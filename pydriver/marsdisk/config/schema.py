# SPDX-License-Identifier: BSD-3-Clause
"""What a namelist may contain: keys, groups, and the registry of the kinds of run."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from marsdisk.config.tables import Table

Value = str | bool | int | float | tuple[float, ...]
Type = Literal["text", "file", "logical", "integer", "real", "reals"]

MAX_TEXT = 512
"""Longest text value [characters]; the Fortran side declares its strings this long."""


@dataclass(frozen=True)
class Range:
    """Interval of allowed numbers, each end open or closed, infinite ends always open."""

    low: float
    high: float
    low_open: bool
    high_open: bool

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read interval notation such as ``(0, 1]`` or ``[1, inf)``."""
        low, high = text[1:-1].split(",")
        return cls(float(low), float(high), text[0] == "(", text[-1] == ")")

    def __contains__(self, number: float) -> bool:
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above and below

    def __str__(self) -> str:
        parts = []
        if not math.isinf(self.low):
            parts.append(f"{'>' if self.low_open else '>='} {self.low:g}")
        if not math.isinf(self.high):
            parts.append(f"{'<' if self.high_open else '<='} {self.high:g}")
        return " and ".join(parts)


ANY = Range(-math.inf, math.inf, True, True)


@dataclass(frozen=True)
class Hint:
    """What a number outside its range looks like, usually a unit mistaken for another."""

    low: float
    high: float
    text: str


@dataclass(frozen=True)
class When:
    """The key matters only if `key` (``group.key``) has one of `values`."""

    key: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.key} = {' or '.join(show(value) for value in self.values)}"


def only(key: str, *values: Value) -> When:
    """Short form of `When` for the data files."""
    return When(key, values)


@dataclass(frozen=True)
class Key:
    """One namelist key.

    Parameters
    ----------
    name
        Lower-case name, the same in Fortran.
    type
        ``file`` is the path of an input file ('' = none); ``reals`` a list as long as its default,
        or of any length up to `most`.
    default
        Value if the key is not given; its Python type follows `type`.
    unit
        Unit of the value, ``1`` for a pure number, ``-`` for what has no unit (text, switches).
    help
        Meaning, in one or two sentences.
    within
        Allowed interval of numbers, in interval notation.
    choices
        Allowed values of a text.
    later
        Values that are planned but refused by this version.
    source
        Where the default comes from.
    when
        Conditions, all needed, under which the key matters.
    hints
        What numbers outside `within` look like.
    table
        For ``file``: kind of user table (`marsdisk.config.tables`) it must hold; '' = not text.
    most
        For ``reals``: longest list; 0 = all are as long as the default.
    """

    name: str
    type: Type
    default: Value
    unit: str
    help: str
    within: str = ""
    choices: tuple[str, ...] = ()
    later: tuple[Value, ...] = ()
    source: str = ""
    when: tuple[When, ...] = ()
    hints: tuple[Hint, ...] = ()
    table: str = ""
    most: int = 0

    @property
    def count(self) -> str:
        """How many numbers a list of reals has."""
        return f"1 to {self.most}" if self.most else str(len(self.default))

    @property
    def range(self) -> Range:
        """Allowed interval; everything if none is set."""
        return Range.parse(self.within) if self.within else ANY

    @property
    def expected(self) -> str:
        """What a valid value looks like, for messages: type, unit, range or choices."""
        if self.choices:
            return "expected " + " or ".join(f"'{choice}'" for choice in self.choices)
        if self.type == "logical":
            return "expected .true. or .false."
        if self.type == "text":
            return "expected a text in quotes"
        if self.type == "file":
            return "expected a file name in quotes"
        noun = {"integer": "a whole number", "real": "a number"}.get(self.type)
        if noun is None:
            noun = f"{self.count} numbers"
        limits = str(self.range)
        unit = "" if self.unit == "1" else f" [{self.unit}]"
        return f"expected {noun}{' ' + limits if limits else ''}{unit}"


@dataclass(frozen=True)
class Group:
    """One namelist group."""

    name: str
    help: str
    keys: tuple[Key, ...]

    def key(self, name: str) -> Key | None:
        """The key called `name`, or None."""
        return next((key for key in self.keys if key.name == name), None)


class Values:
    """Resolved values of a namelist as the cross-key checks see them."""

    def __init__(
        self,
        groups: Mapping[str, Mapping[str, Value]],
        tables: Mapping[str, Table],
        given: frozenset[str],
    ) -> None:
        self._groups = groups
        self._tables = tables
        self._given = given

    def __call__(self, name: str) -> Value:
        """Value of ``group.key``."""
        group, key = name.split(".")
        return self._groups[group][key]

    def table(self, name: str) -> Table | None:
        """Table read for ``group.key``, or None if it is not used."""
        return self._tables.get(name)

    def given(self, name: str) -> bool:
        """Whether the user gave ``group.key``."""
        return name in self._given

    def changed(self, name: str, default: Value) -> bool:
        """Whether ``group.key`` was given and differs from `default`."""
        return self.given(name) and self(name) != default


@dataclass(frozen=True)
class Finding:
    """Outcome of a cross-key check: the key to look at, what is wrong, what would be right."""

    key: str
    what: str
    expected: str = ""


@dataclass(frozen=True)
class Check:
    """Cross-key check; skipped while one of its `keys` is itself wrong.

    `fatal` findings refuse the namelist, others are warnings.
    """

    keys: tuple[str, ...]
    find: Callable[[Values], Iterator[Finding]]
    fatal: bool


@dataclass(frozen=True)
class RunKind:
    """A kind of run: its namelist groups in canonical order and its cross-key checks."""

    name: str
    help: str
    groups: tuple[Group, ...]
    checks: tuple[Check, ...]

    def group(self, name: str) -> Group | None:
        """The group called `name`, or None."""
        return next((group for group in self.groups if group.name == name), None)

    def names(self) -> tuple[str, ...]:
        """All keys as ``group.key``, in canonical order."""
        return tuple(f"{group.name}.{key.name}" for group in self.groups for key in group.keys)

    def key(self, name: str) -> Key:
        """The key called ``group.key``; it must exist."""
        group, _, key = name.partition(".")
        found = self.group(group)
        entry = found.key(key) if found else None
        if entry is None:
            raise KeyError(name)
        return entry

    def owners(self, key: str) -> tuple[str, ...]:
        """``group.key`` of every group that has a key called `key`."""
        return tuple(f"{group.name}.{key}" for group in self.groups if group.key(key))


KINDS: Mapping[str, str] = {
    "disk": "marsdisk.config.disk",
    "capture": "marsdisk.config.capture",
}
"""Kind of run -> module that defines its `KIND`."""


def run_kind(name: str) -> RunKind:
    """Definition of a kind of run."""
    return importlib.import_module(KINDS[name]).KIND


def real_text(number: float) -> str:
    """A real as Fortran reads it, with all its digits: ``1.0e-7``, ``4000.0``."""
    mantissa, _, exponent = repr(float(number)).partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def show(value: Value) -> str:
    """A value as it is written in a namelist."""
    match value:
        case bool():
            return ".true." if value else ".false."
        case int():
            return str(value)
        case float():
            return real_text(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return ", ".join(real_text(number) for number in value)
