# SPDX-License-Identifier: BSD-3-Clause
"""What commands that write a file ask of the place where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from marsdisk.errors import Problem


def target_problems(path: Path, force: bool, *inputs: Path) -> Iterator[Problem]:
    """Why `path`, given with --to, cannot be written.

    An existing file only goes with --force, one of the `inputs` of the command never.
    """
    if path.is_dir():
        yield Problem("--to", "", f"'{path}' is a directory")
    elif is_one_of(path, *inputs):
        yield Problem("--to", "", f"'{path}' is what is read", "expected another file")
    elif path.exists() and not force:
        yield Problem("--to", "", f"'{path}' exists already", "use --force to overwrite it")
    elif not path.parent.is_dir():
        yield Problem("--to", "", f"there is no directory '{path.parent}'", "create it first")


def is_one_of(path: Path, *inputs: Path) -> bool:
    """Is `path` one of the files `inputs`, by whatever name or link?"""
    return path.exists() and any(one.exists() and path.samefile(one) for one in inputs)
