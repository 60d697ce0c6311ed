# SPDX-License-Identifier: BSD-3-Clause
"""Writing namelists: the canonical text that Fortran reads, and the commented template."""

from __future__ import annotations

import textwrap

from marsdisk.config.read import Config
from marsdisk.config.schema import Key, run_kind, show

_WIDTH = 96


def write_namelist(config: Config) -> str:
    """Canonical text of a configuration.

    Every group of the kind in schema order with every key, lower case, ASCII, reals with all
    their digits, ending with a newline: what gfortran reads natively, and what reads back to
    identical values.
    """
    lines: list[str] = []
    for group in run_kind(config.kind).groups:
        lines.append(f"&{group.name}")
        lines += [f"  {key.name} = {show(config[group.name][key.name])}" for key in group.keys]
        lines.append("/")
    return "\n".join(lines) + "\n"


def allowed(key: Key) -> str:
    """Choices or range of a key as a text; empty if everything of its type is allowed."""
    if key.choices:
        return " | ".join(f"'{choice}'" for choice in key.choices)
    return str(key.range)


def write_template(kind: str) -> str:
    """A complete commented namelist with the defaults of `kind`."""
    definition = run_kind(kind)
    lines = [
        f"! {definition.help}",
        "! Every key with its default; leave out what you do not change.",
        "! [unit]; numbers and texts after it are the range or the choices. "
        "See `marsdisk describe`.",
    ]
    for group in definition.groups:
        lines += ["", f"! {group.help}", f"&{group.name}"]
        for key in group.keys:
            notes = " ".join(part for part in (_unit(key), key.help) if part)
            if allowed(key):
                notes += f" {{{allowed(key)}}}"
            if key.when:
                notes += f" Only with {', '.join(str(when) for when in key.when)}"
                notes += "" if notes.endswith(".") else "."
            lines += textwrap.wrap(
                notes, _WIDTH, initial_indent="  ! ", subsequent_indent="  !   ",
                break_long_words=False, break_on_hyphens=False,
            )
            lines.append(f"  {key.name} = {show(key.default)}")
        lines.append("/")
    return "\n".join(lines) + "\n"


def _unit(key: Key) -> str:
    return "" if key.unit == "-" else f"[{key.unit}]"
