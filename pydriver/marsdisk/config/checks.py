# SPDX-License-Identifier: BSD-3-Clause
"""Collecting the cross-key checks of a kind of run, and those that every kind has."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator

from marsdisk.config.schema import Check, Finding, Values

Find = Callable[[Values], Iterator[Finding]]


class CheckList:
    """The checks of one kind of run, in the order in which they are defined.

    Its two methods decorate a function that yields a `Finding` for everything wrong, and name the
    keys that it looks at.
    """

    def __init__(self) -> None:
        self._found = [Check(("run.name",), name_is_a_file_name, fatal=True)]

    def refuses(self, *keys: str) -> Callable[[Find], Find]:
        """Register a check on `keys` that refuses the namelist."""
        return self._register(keys, fatal=True)

    def advises(self, *keys: str) -> Callable[[Find], Find]:
        """Register a check on `keys` that only warns."""
        return self._register(keys, fatal=False)

    def checks(self) -> tuple[Check, ...]:
        """All checks so far."""
        return tuple(self._found)

    def _register(self, keys: tuple[str, ...], fatal: bool) -> Callable[[Find], Find]:
        def register(find: Find) -> Find:
            self._found.append(Check(keys, find, fatal))
            return find

        return register


def name_is_a_file_name(values: Values) -> Iterator[Finding]:
    """run.name becomes part of file names."""
    name = values("run.name")
    if not name or not all(c.isascii() and (c.isalnum() or c in "._+-") for c in name):
        yield Finding(
            "run.name",
            f"'{name}' cannot be part of a file name",
            "expected letters, digits, '.', '_', '+' or '-'",
        )


def memory_here() -> float:
    """Memory of this machine [bytes]; infinite where it cannot be asked."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return math.inf
