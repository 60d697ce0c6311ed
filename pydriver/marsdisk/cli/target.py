# SPDX-License-Identifier: BSD-3-Clause
"""What commands that write a file ask of the place where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from marsdisk.errors import Problem


def target_problems(path: Path, force: bool) -> Iterator[Problem]:
    """Why `path`, given with --to, cannot be written; an existing file only goes with --force."""
    if path.is_dir():
        yield Problem("--to", "", f"'{path}' is a directory")
    elif path.exists() and not force:
        yield Problem("--to", "", f"'{path}' exists already", "use --force to overwrite it")
    elif not path.parent.is_dir():
        yield Problem("--to", "", f"there is no directory '{path.parent}'", "create it first")
