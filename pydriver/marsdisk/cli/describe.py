# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk describe`: what a namelist may contain, from the schema."""

from __future__ import annotations

import textwrap

import click

from marsdisk.config.schema import KINDS, Group, Key, RunKind, run_kind, show
from marsdisk.config.write import allowed
from marsdisk.errors import InputError, Problem, nearest

_WIDTH = 96
_TYPES = {
    "text": "text",
    "file": "name of an input file",
    "logical": "logical",
    "integer": "whole number",
    "real": "real",
    "reals": "list of reals",
}


def describe_key(group: Group, key: Key) -> str:
    """Everything the schema says about a key."""
    rows = {
        "type": _TYPES[key.type] + (f" ({len(key.default)})" if key.type == "reals" else ""),
        "unit": "none" if key.unit == "-" else key.unit,
        "default": show(key.default),
        "choices" if key.choices else "range": allowed(key),
        "planned": " | ".join(show(value) for value in key.later),
        "only with": " and ".join(str(when) for when in key.when),
        "meaning": key.help,
        "source": key.source,
    }
    lines = [f"{group.name}.{key.name}"]
    for name, text in rows.items():
        if text:
            lines += textwrap.wrap(
                text, _WIDTH, initial_indent=f"  {name:<11}", subsequent_indent=" " * 13,
                break_long_words=False, break_on_hyphens=False,
            )
    return "\n".join(lines)


def describe_group(group: Group) -> str:
    """A group with all its keys in full."""
    head = f"&{group.name}  {group.help}"
    return "\n\n".join([head, *(describe_key(group, key) for key in group.keys)])


def describe_kind(kind: RunKind) -> str:
    """All groups of a kind, one line per key."""
    lines = [f"kind = '{kind.name}'  {kind.help}"]
    for group in kind.groups:
        lines += ["", f"&{group.name}  {group.help}"]
        for key in group.keys:
            default = show(key.default) if key.type != "reals" else f"{len(key.default)} numbers"
            unit = "" if key.unit == "-" else f"[{key.unit}]"
            lines.append(f"  {key.name:<17}{default:<18}{unit}".rstrip())
    lines += ["", "`marsdisk describe GROUP` or `GROUP.KEY` says more."]
    return "\n".join(lines)


def describe(kind: RunKind, name: str) -> str:
    """Description of `name`: a group, ``group.key``, or empty for all.

    Raises
    ------
    InputError
        If there is no such group or key.
    """
    group_name, _, key_name = name.lower().lstrip("&").partition(".")
    if not group_name:
        return describe_kind(kind)
    group = kind.group(group_name)
    if group is None:
        names = [group.name for group in kind.groups]
        owners = kind.owners(key_name or group_name)
        guess = " or ".join(owners) or nearest(group_name, [*names, *kind.names()])
        raise InputError(
            [Problem("", name, "there is no such group",
                     "" if guess else "expected one of " + ", ".join(names), guess)]
        )
    if not key_name:
        return describe_group(group)
    key = group.key(key_name)
    if key is None:
        names = [key.name for key in group.keys]
        guess = nearest(key_name, names) or " or ".join(kind.owners(key_name))
        raise InputError(
            [Problem("", name, f"&{group.name} has no such key",
                     "" if guess else "expected one of " + ", ".join(names), guess)]
        )
    return describe_key(group, key)


def describe_output(name: str) -> str:
    """Variables and global attributes of an output file, or the one called `name`.

    Raises
    ------
    InputError
        If there is no such variable or attribute.
    """
    from marsdisk.output.schema import ATTRIBUTES, DISK

    rows = {
        v.name: (f"[{v.units.partition(' since')[0]}]", f"({', '.join(v.dimensions)})", v.long_name)
        for v in DISK
    }
    rows |= {key: ("", "attribute", text) for key, text in ATTRIBUTES.items()}
    if name and name not in rows:
        raise InputError([Problem("", name, "there is no such variable", "", nearest(name, rows))])
    chosen = [name] if name else list(rows)
    lines = []
    for row in chosen:
        unit, where, meaning = rows[row]
        lines += textwrap.wrap(f"{row:<20}{unit:<14}{where:<18}{meaning}", _WIDTH,
                               subsequent_indent=" " * 52, break_on_hyphens=False)
    return "\n".join(lines)


@click.command("describe")
@click.argument("name", metavar="[GROUP[.KEY]]", default="")
@click.option("--kind", type=click.Choice(list(KINDS)), default="disk", show_default=True,
              help="Kind of run.")
@click.option("--output-variables", is_flag=True,
              help="Explain the variables and attributes of the output file instead.")
def command(name: str, kind: str, output_variables: bool) -> None:
    """Explain namelist groups and keys: unit, default, range, meaning, source."""
    click.echo(describe_output(name) if output_variables else describe(run_kind(kind), name))
