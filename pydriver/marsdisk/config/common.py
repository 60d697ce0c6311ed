# SPDX-License-Identifier: BSD-3-Clause
"""Namelist groups that every kind of run has."""

from __future__ import annotations

from marsdisk.config.schema import KINDS, Group, Key

DEFAULT_KIND = "disk"
"""Kind of a namelist that does not say its kind."""


def run_group(kind: str, name: str) -> Group:
    """The group &run of a kind of run whose default name is `name`."""
    return Group(
        "run",
        "What to run and where the result goes.",
        (
            Key(
                "kind",
                "text",
                kind,
                "-",
                "Kind of run; it decides which other groups the namelist may have. "
                f"A namelist without it is of kind '{DEFAULT_KIND}'.",
                choices=tuple(KINDS),
            ),
            Key(
                "name",
                "text",
                name,
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


def key_of_kind() -> Key:
    """The key run.kind."""
    return next(key for key in run_group(DEFAULT_KIND, "").keys if key.name == "kind")
