# SPDX-License-Identifier: BSD-3-Clause
"""Namelist groups that every kind of run has."""

from __future__ import annotations

from marsdisk.config.schema import KINDS, Group, Key

RUN = Group(
    "run",
    "What to run and where the result goes.",
    (
        Key(
            "kind",
            "text",
            "disk",
            "-",
            "Kind of run; it decides which other groups the namelist may have.",
            choices=tuple(KINDS),
            later=("capture",),
        ),
        Key(
            "name",
            "text",
            "standard",
            "-",
            "Short name of the run, used in file names: letters, digits, '.', '_', '+', '-'.",
        ),
        Key(
            "output",
            "text",
            "",
            "-",
            "netCDF file to write, relative to the current directory; '' = output/<name>.nc. "
            "The option --output goes before it.",
        ),
    ),
)
