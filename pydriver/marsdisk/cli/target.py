# SPDX-License-Identifier: BSD-3-Clause
"""What commands that write a file ask of the place where it goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from marsdisk.errors import Problem
from marsdisk.output.places import why_not_writable

LONGEST_NAME = 255
"""What file systems allow for one name of a path [bytes]."""


def target_problems(path: Path, force: bool, *inputs: Path) -> Iterator[Problem]:
    """Why `path`, given with --to, cannot be written.

    An existing file only goes with --force, one of the `inputs` of the command never.
    """
    # os.path: the methods of Path fail for a name that is too long
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        yield Problem("--to", "", f"'{path.name[:40]}...' is too long",
                      f"expected {LONGEST_NAME} bytes at most")
    elif os.path.isdir(path):
        yield Problem("--to", "", f"'{path}' is a directory")
    elif is_one_of(path, *inputs):
        yield Problem("--to", "", f"'{path}' is what is read", "expected another file")
    elif os.path.exists(path) and not os.path.isfile(path):
        yield Problem("--to", "", f"'{path}' is not a regular file")
    elif os.path.exists(path) and not force:
        yield Problem("--to", "", f"'{path}' exists already", "use --force to overwrite it")
    elif not os.path.isdir(path.parent):
        yield Problem("--to", "", f"there is no directory '{path.parent}'", "create it first")
    elif why := why_not_writable(path.parent):
        yield Problem("--to", "", f"'{path.parent}' is not writable: {why}")


def write_text(path: Path, text: str, force: bool) -> None:
    """Write what a command has made to `path`, whole or not at all.

    Parameters
    ----------
    path
        File for which `target_problems` has none.
    text
        What it is to hold.
    force
        Replace what is there.

    Raises
    ------
    OutputError
        It cannot be written (disk full); what was there is untouched.
    """
    from marsdisk.output.files import remove_leftovers, replaced  # slow to import: the core

    remove_leftovers(path)
    with replaced(path, new=not force) as aside:
        Path(aside).write_text(text, encoding="utf-8")


def is_one_of(path: Path, *inputs: Path) -> bool:
    """Is `path` one of the files `inputs`, by whatever name or link?"""
    if not os.path.exists(path):
        return False
    return any(os.path.exists(one) and path.samefile(one) for one in inputs)
