# SPDX-License-Identifier: BSD-3-Clause
"""Everything that marsdisk raises on purpose, each with the exit code it ends with."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in what the user gave.

    Parameters
    ----------
    place
        Where: ``file:line``, ``command line`` or a path; empty if there is no place.
    key
        What it is about: ``group.key``, ``&group``, an option, or empty.
    what
        What is wrong.
    expected
        What is expected instead; may be empty.
    suggestion
        Nearest valid names, already formatted; may be empty.
    """

    place: str
    key: str
    what: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        parts = [self.what]
        if self.expected:
            parts.append(self.expected)
        if self.suggestion:
            parts.append(f"did you mean {self.suggestion}?")
        return ": ".join([part for part in (self.place, self.key) if part] + ["; ".join(parts)])


def nearest(word: str, candidates: Iterable[str], count: int = 2) -> str:
    """Candidates spelt most like `word`, joined with 'or'; empty if none is near."""
    by_lower = {name.lower(): name for name in candidates}
    if word.lower() in by_lower:
        return by_lower[word.lower()]
    cutoff = 0.5 if len(word) < 4 else 0.6  # one letter of a short name weighs more
    found = difflib.get_close_matches(word.lower(), by_lower, n=count, cutoff=cutoff)
    return " or ".join(by_lower[name] for name in found)


class MarsdiskError(Exception):
    """Base of all errors that marsdisk raises on purpose."""

    exit_code = 1


class InternalError(MarsdiskError):
    """The program failed although the input was accepted."""


class InputError(MarsdiskError):
    """The input is wrong; carries every problem found, not only the first.

    Parameters
    ----------
    problems
        All of them.
    kept
        File with what was computed before a problem showed; None = nothing was written.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], kept: Path | None = None) -> None:
        self.problems = tuple(problems)
        self.kept = kept
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OutputError(MarsdiskError):
    """The output cannot be written: disk full, permissions, a folder that has gone."""


class StoppedEarly(MarsdiskError):
    """A run was stopped (signal, wall-clock limit) after writing what is needed to go on."""

    exit_code = 3

    def __init__(self, message: str, path: Path | None = None) -> None:
        self.path = path
        super().__init__(message)
