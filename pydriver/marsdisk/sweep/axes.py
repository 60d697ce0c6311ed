# SPDX-License-Identifier: BSD-3-Clause
"""What is varied in a sweep, and the values it takes: lists, equal steps, random samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marsdisk.config.schema import Key, real_text, show
from marsdisk.errors import Problem

MAX_MEMBERS = 100_000
"""A sweep has no more members than this; a larger one is a mistake of a list [1]."""

SPACINGS = ("linear", "log")

_DIGITS = 12
"""Digits of computed values, so that 0.3 does not become 0.30000000000000004 [1]."""


@dataclass(frozen=True)
class Axis:
    """Keys that vary together; the members of a sweep are all combinations of its axes.

    Parameters
    ----------
    keys
        Names, ``group.key``.
    rows
        Values of the keys, one row after another, as they stand after ``--set group.key=``.
    places
        Where each key was given, for messages.
    sampled
        Whether the rows are random samples.
    """

    keys: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    sampled: bool = False


def split_values(text: str, key: Key | None) -> list[str]:
    """Values of a key in a list on the command line.

    They are separated by commas; by semicolons where there is one, for values that have commas
    themselves: lists of numbers, and texts without quotes. ``a,b;`` is the one value ``a,b``.

    Parameters
    ----------
    text
        What stands after ``group.key=``.
    key
        The key; None if there is no such key.
    """
    pieces = _split(text, ";")
    if len(pieces) > 1:
        return pieces if pieces[-1] else pieces[:-1]
    return pieces if key is not None and key.type == "reals" else _split(text, ",")


def _split(text: str, mark: str) -> list[str]:
    """Pieces of a text between marks that do not stand in quotes."""
    pieces, quote = [""], ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == mark:
            pieces.append("")
            continue
        pieces[-1] += character
    return [piece.strip() for piece in pieces]


class BadSpread(ValueError):
    """A list, range or sample of a sweep file cannot be understood; says why."""

    def __init__(self, what: str, expected: str = "") -> None:
        self.what, self.expected = what, expected
        super().__init__(what)


def value_text(value: object) -> str:
    """A value of a sweep file as it stands after ``--set group.key=``.

    Raises
    ------
    BadSpread
        It is nothing that a namelist can hold.
    """
    match value:
        case bool() | int() | float() | str():
            return show(value)
        case [_, *_] if all(isinstance(part, int | float) for part in value):
            return ", ".join(show(part) for part in value)
    raise BadSpread(f"{value!r} cannot be a value", "expected a number, text, true, false or a "
                    "list of numbers")


def grid_values(value: object, key: Key | None) -> list[str]:
    """Values of a key in [grid]: a list, or ``{first, last, count, spacing}``.

    Raises
    ------
    BadSpread
        It is neither.
    """
    if isinstance(value, list):
        return _listed(value, key)
    if not isinstance(value, Mapping):
        raise BadSpread(f"{value!r} is one value", "expected a list or { first, last, count }; "
                        "what does not vary stands in [set]")
    low, high = _limits(value, "first", "last", {"count"}, ordered=False)
    count = _whole(value.get("count"), "count")
    if value.get("spacing", "linear") == "log":
        numbers = np.geomspace(low, high, count)
    else:
        numbers = np.linspace(low, high, count)
    return [_number_text(float(number), key) for number in numbers]


def zip_values(value: object, key: Key | None) -> list[str]:
    """Values of a key in [zip]: a list.

    Raises
    ------
    BadSpread
        It is no list.
    """
    if not isinstance(value, list):
        raise BadSpread(f"{value!r} is no list", "expected one value for each member")
    return _listed(value, key)


def sampled_values(value: object, key: Key | None, shares: np.ndarray) -> list[str]:
    """Samples of a key from ``{low, high, spacing}`` or a list of choices.

    Parameters
    ----------
    value
        What the sweep file says.
    key
        The key; None if there is no such key.
    shares
        Where each sample lies, between 0 and 1 (n) [1].

    Raises
    ------
    BadSpread
        It is neither.
    """
    if isinstance(value, list):
        choices = _listed(value, key)
        return [choices[int(share * len(choices))] for share in shares]
    if not isinstance(value, Mapping):
        raise BadSpread(f"{value!r} is one value", "expected { low, high } or a list of choices")
    low, high = _limits(value, "low", "high", set(), ordered=True)
    whole = key is not None and key.type == "integer"
    end = high + 1.0 if whole else high  # the last whole number has a share like the others
    if value.get("spacing", "linear") == "log":
        numbers = low * (end / low) ** shares
    else:
        numbers = low + shares * (end - low)
    if whole:
        numbers = np.minimum(np.floor(numbers), high)
    return [_number_text(float(number), key) for number in numbers]


def random_shares(count: int, keys: int, seed: int) -> np.ndarray:
    """Independent uniform samples (count, keys) [1]; the first ones do not depend on `count`."""
    return np.array([
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k,))).random(keys)
        for k in range(count)
    ])


def latin_shares(count: int, keys: int, seed: int) -> np.ndarray:
    """Latin-hypercube samples (count, keys) [1]: a key has one in each of `count` equal parts."""
    generator = np.random.default_rng(seed)
    columns = [(generator.permutation(count) + generator.random(count)) / count
               for _ in range(keys)]
    return np.stack(columns, axis=1)


def member_count(axes: Sequence[Axis]) -> int:
    """Number of combinations."""
    return math.prod(len(axis.rows) for axis in axes)


def axis_problems(axes: Sequence[Axis], fixed: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the axes as a whole; `fixed` has the place of each fixed key."""
    seen: dict[str, str] = {}
    for axis in axes:
        for key, place in zip(axis.keys, axis.places, strict=True):
            if key in seen or key in fixed:
                other = seen.get(key) or fixed[key]
                where = "" if other == place else f", also at {other}"
                yield Problem(place, key, f"is set twice{where}", "expected one list")
            seen[key] = place
            if key in ("run.name", "run.kind"):
                yield Problem(place, key, "cannot be varied", "expected another key")
    count = member_count(axes)
    if count > MAX_MEMBERS:
        yield Problem(axes[0].places[0], "", f"the sweep has {count} members",
                      f"expected at most {MAX_MEMBERS}")


def _listed(values: list[object], key: Key | None) -> list[str]:
    if not values:
        raise BadSpread("the list is empty", "expected at least one value")
    if key is not None and key.type == "reals":
        bad = [value for value in values if not isinstance(value, list)]
        if bad:
            raise BadSpread(f"{bad[0]!r} is no list of numbers",
                            f"expected [[{', '.join(f'{x:g}' for x in key.default)}], ...]")
    return [value_text(value) for value in values]


def _limits(
    table: Mapping[str, object], first: str, last: str, others: set[str], ordered: bool
) -> tuple[float, float]:
    """Both ends of a range, checked together with its spacing."""
    known = {first, last, "spacing", *others}
    form = ", ".join([first, last, *sorted(others), "spacing = 'linear' or 'log'"])
    unknown = sorted(set(table) - known)
    if unknown or not {first, last, *others} <= set(table):
        what = f"has an unknown part '{unknown[0]}'" if unknown else "is not complete"
        raise BadSpread(f"the range {what}", f"expected {{ {form} }}")
    ends = []
    for name in (first, last):
        value = table[name]
        if isinstance(value, bool) or not isinstance(value, int | float) \
                or not math.isfinite(value):
            raise BadSpread(f"{name} = {value!r} is not a number", f"expected {{ {form} }}")
        ends.append(float(value))
    spacing = table.get("spacing", "linear")
    if spacing not in SPACINGS:
        raise BadSpread(f"spacing = {spacing!r} is not a choice", "expected 'linear' or 'log'")
    if spacing == "log" and min(ends) <= 0.0:
        raise BadSpread(f"{first} = {ends[0]:g}, {last} = {ends[1]:g} cannot be spaced in log",
                        "expected both > 0")
    if ordered and ends[0] >= ends[1]:
        raise BadSpread(f"{first} = {ends[0]:g} is not below {last} = {ends[1]:g}")
    return ends[0], ends[1]


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_MEMBERS:
        raise BadSpread(f"{name} = {value!r}", f"expected a whole number from 1 to {MAX_MEMBERS}")
    return value


def sample_count(value: object) -> int:
    """The number of samples.

    Raises
    ------
    BadSpread
        It is no whole number.
    """
    return _whole(value, "n")


def _number_text(number: float, key: Key | None) -> str:
    """A computed number, as a whole one where the key wants that."""
    number = float(f"{number:.{_DIGITS}g}")
    if key is not None and key.type == "integer" and number == int(number):
        return str(int(number))
    return real_text(number)
