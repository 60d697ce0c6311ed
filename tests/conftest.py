# SPDX-License-Identifier: BSD-3-Clause
"""MARSDISK_TRAPS=1: a floating-point exception in the core ends the process (`make checked`)."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from typing import Any

import pytest

TRAPS = bool(os.environ.get("MARSDISK_TRAPS"))

# fenv.h of x86-64: invalid operation, division by zero, overflow.
EXCEPTIONS = 0x01 | 0x04 | 0x08


class Trapping:
    """The routines of the core, each with the exceptions trapped while it runs, and only then.

    Its OpenMP threads inherit the traps, being made in such a call.
    """

    def __init__(self, routines: Any) -> None:
        self._routines = routines
        self._libm = ctypes.CDLL("libm.so.6")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        routine = getattr(self._routines, name)

        @functools.wraps(routine)
        def call(*arguments: Any) -> Any:
            self._libm.feclearexcept(EXCEPTIONS)
            self._libm.feenableexcept(EXCEPTIONS)
            try:
                return routine(*arguments)
            finally:
                self._libm.fedisableexcept(EXCEPTIONS)

        return call


if TRAPS:
    from marsdisk import core

    core._api = Trapping(core._api)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "untrapped: gives the core what is no number")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if not (TRAPS and item.get_closest_marker("untrapped"))]
