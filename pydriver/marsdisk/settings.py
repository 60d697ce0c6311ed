# SPDX-License-Identifier: BSD-3-Clause
"""Namelist keys given from Python, and errors about them in words that fit there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath

from marsdisk.config.read import COMMAND_LINE
from marsdisk.config.schema import KINDS, Value, run_kind, show
from marsdisk.errors import InputError, Problem

Setting = Value | Sequence[float] | PathLike[str]
"""What a key can be set to; NumPy numbers and arrays are welcome too."""

PLACES = {COMMAND_LINE: "set", "--output": "output"}
"""Places of problems, and what stands for them in a call from Python."""

EXPECTED = {"use --force to overwrite it or --output PATH":
            "pass force=True to overwrite it, or another output",
            "choose another place with --output PATH": "choose another output",
            "choose another place with --output DIR, or replace it with --force":
            "choose another output, or pass force=True to replace it"}
"""The same for what is expected."""


def overrides(settings: Mapping[str, Setting]) -> list[str]:
    """Settings as the command line gives them, ``group.key=value`` each.

    Parameters
    ----------
    settings
        Values by ``group.key``: texts and paths, logicals, numbers, lists of numbers. A text is
        taken as the command line takes it, so that "5000" is a number for a key that is one.
    """
    found = []
    for key, value in settings.items():
        plain = _plain(value)
        found.append(f"{key}={plain if isinstance(plain, str) else namelist_value(key, plain)}")
    return found


def axes(settings: Mapping[str, Setting | Sequence[Setting]]) -> list[str]:
    """Settings of a sweep as the command line gives them, ``group.key=a;b;c;`` each.

    Parameters
    ----------
    settings
        One value or a list of values by ``group.key``. For a key that is a list of numbers, a
        list of lists.
    """
    found = []
    for key, value in settings.items():
        plain = _plain(value)
        many = isinstance(plain, list | tuple) and not _is_one(key, plain)
        values = list(plain) if many else [plain]
        texts = [namelist_value(key, one) if isinstance(_plain(one), str) and ";" in _plain(one)
                 else overrides({key: one})[0].partition("=")[2] for one in values]
        found.append(f"{key}={';'.join(texts)};")
    return found


def _is_one(key: str, values: Sequence[object]) -> bool:
    """Whether a list is one value: of a key that is a list of numbers."""
    numbers = all(isinstance(x, int | float) for x in values)
    return numbers and any(key in kind.names() and kind.key(key).type == "reals"
                           for kind in map(run_kind, KINDS))


def namelist_value(key: str, value: object) -> str:
    """A value as a namelist has it.

    Parameters
    ----------
    key
        What it is a value of, for the message.
    value
        A text or path, a logical, a number or a list of numbers, also of NumPy.

    Raises
    ------
    InputError
        It is something else.
    """
    match _plain(value):
        case str() | bool() | int() | float() as one:
            return show(one)
        case list() | tuple() as many if all(isinstance(x, int | float) for x in many):
            return show(tuple(many))
    odd = _plain(value)
    if isinstance(odd, list | tuple):
        odd = next(x for x in odd if not isinstance(x, int | float))
    what = f"{type(odd).__name__!r} is no type of a value"
    raise InputError([Problem("", str(key), what, "expected a text, a logical, a number or a "
                              "list of numbers")])


def _plain(value: object) -> object:
    """A value without the types of NumPy and of paths."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return fspath(value) if isinstance(value, PathLike) else value


@contextlib.contextmanager
def words_of_python() -> Iterator[None]:
    """Errors in the block name arguments of Python, not options of the command line."""
    try:
        yield
    except InputError as error:
        raise InputError([
            replace(problem, place=PLACES.get(problem.place, problem.place),
                    expected=EXPECTED.get(problem.expected, problem.expected))
            for problem in error.problems
        ]) from None
