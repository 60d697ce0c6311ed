# SPDX-License-Identifier: BSD-3-Clause
"""What an output file holds: variables and global attributes, and the registry by kind of run."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["f8", "i1", "i4"]


@dataclass(frozen=True)
class Variable:
    """A variable of an output file.

    Parameters
    ----------
    name
        Name in the file.
    dimensions
        Names of its dimensions, slowest first.
    units
        UDUNITS text.
    long_name
        What it is, in one line.
    standard_name
        CF standard name, if there is one.
    missing
        Entries may be missing (NaN is written as the fill value).
    type
        Type of its numbers in the file.
    flags
        Meanings of the values 0, 1, 2, ... of a flag.
    coordinate
        It says where the others are along its dimensions (CF: auxiliary coordinate).
    """

    name: str
    dimensions: tuple[str, ...]
    units: str
    long_name: str
    standard_name: str = ""
    missing: bool = False
    type: Type = "f8"
    flags: tuple[str, ...] = ()
    coordinate: bool = False


RUN_ATTRIBUTES = {
    "stop_reason": "why the run ended",
    "complete": "1 when the run reached its end, 0 in a checkpoint",
    "namelist": "complete resolved namelist",
    "input_files": "files the run has read, with their SHA-256",
    "warnings": "what the reader of the numbers should know",
    "wall_time_s": "wall time of the computation in s, before a resume as well",
    "threads": "threads used",
    "host": "name of the machine",
    "marsdisk_version": "version of marsdisk",
    "git_hash": "revision of the source",
    "compiler": "Fortran compiler",
    "flags": "compiler flags",
}
"""Global attributes of every kind of run, besides those of the conventions."""

KINDS: Mapping[str, str] = {
    "disk": "marsdisk.output.disk_schema",
    "capture": "marsdisk.output.capture_schema",
}
"""Kind of run -> module that defines its `VARIABLES` and `ATTRIBUTES`, and `GROUPS` if any."""


def coordinates_of(variable: Variable, variables: Iterable[Variable]) -> str:
    """Value of the CF attribute `coordinates` of one of the variables of a file; may be empty."""
    if variable.coordinate:
        return ""
    return " ".join(other.name for other in variables
                    if other.coordinate and set(other.dimensions) <= set(variable.dimensions))


def output_schema(kind: str) -> tuple[tuple[Variable, ...], Mapping[str, str]]:
    """Variables and global attributes of the output of a kind of run."""
    module = importlib.import_module(KINDS[kind])
    return module.VARIABLES, module.ATTRIBUTES


def output_groups(kind: str) -> Mapping[str, tuple[Variable, ...]]:
    """Variables of the groups of the output of a kind of run, by the name of the group."""
    return getattr(importlib.import_module(KINDS[kind]), "GROUPS", {})
