# SPDX-License-Identifier: BSD-3-Clause
"""`marsdisk describe`: what a namelist may contain, from the schema."""

from __future__ import annotations

import textwrap

import click

from marsdisk.config.common import DEFAULT_KIND
from marsdisk.config.schema import KINDS, Group, Key, RunKind, run_kind, show
from marsdisk.config.write import allowed
from marsdisk.errors import InputError, Problem, nearest

_WIDTH = 96
_DEFAULT = 17
_TYPES = {
    "text": "text",
    "file": "name of an input file: in the folder of the namelist, else in the current one; "
            "given with --set in the current one first",
    "logical": "logical",
    "integer": "whole number",
    "real": "real",
    "reals": "list of reals",
}


def describe_key(group: Group, key: Key) -> str:
    """Everything the schema says about a key."""
    rows = {
        "type": _TYPES[key.type] + (f" ({key.count})" if key.type == "reals" else ""),
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
            default = show(key.default)
            if key.type == "reals" and len(default) > _DEFAULT:
                default = f"{len(key.default)} numbers"
            unit = "" if key.unit == "-" else f"[{key.unit}]"
            lines.append(f"  {key.name:<17}{default:<{_DEFAULT}} {unit}".rstrip())
    others = " ".join(f"`--kind {name}`" for name in KINDS if name != kind.name)
    lines += ["", ("`marsdisk describe GROUP` or `GROUP.KEY` says more; "
                   f"{others} shows another kind.")]
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


def kinds_with(name: str) -> list[str]:
    """Kinds of run that have the group or ``group.key`` `name`."""
    group_name, _, key_name = name.lower().lstrip("&").partition(".")
    kinds = [run_kind(kind) for kind in KINDS]
    groups = {kind.name: kind.group(group_name) for kind in kinds}
    return [kind for kind, group in groups.items()
            if group is not None and (not key_name or group.key(key_name))]


def kinds_near(name: str) -> list[str]:
    """Kinds of run that have something like `name`, which none has."""
    group_name, _, key_name = name.lower().lstrip("&").partition(".")
    kinds = [run_kind(kind) for kind in KINDS]
    return [
        kind.name for kind in kinds
        if kind.owners(key_name or group_name)
        or nearest(group_name, [*(group.name for group in kind.groups), *kind.names()])
    ]


def describe_output(kind: str, name: str) -> str:
    """Variables and global attributes of an output file, or the one called `name`.

    Raises
    ------
    InputError
        If there is no such variable or attribute.
    """
    from marsdisk.output.schema import output_groups, output_schema

    variables, attributes = output_schema(kind)
    named = [(v.name, v) for v in variables]
    named += [(f"{group}/{v.name}", v) for group, inside in output_groups(kind).items()
              for v in inside]
    rows = [
        (path, f"[{v.units.partition(' since')[0]}]", f"({', '.join(v.dimensions)})",
         v.long_name + (f": {' '.join(v.flags)}" if v.flags else ""))
        for path, v in named
    ]
    rows += [(key, "", "attribute", text) for key, text in attributes.items()]
    chosen = [row for row in rows if name in ("", row[0])]
    if not chosen:
        raise InputError([Problem("", name, "there is no such variable", "",
                                  nearest(name, [row[0] for row in rows]))])
    lines = []
    for row, unit, where, meaning in chosen:
        lines += textwrap.wrap(f"{row:<22}{unit:<20}{where:<18}{meaning}", _WIDTH,
                               subsequent_indent=" " * 60, break_on_hyphens=False)
    return "\n".join(lines)


@click.command("describe")
@click.argument("name", metavar="[GROUP[.KEY]]", default="")
@click.option("--kind", type=click.Choice(list(KINDS)),
              help="Kind of run [default: disk, or the one that has the name].")
@click.option("--output-variables", is_flag=True,
              help="Explain the variables and attributes of the output file instead.")
def command(name: str, kind: str | None, output_variables: bool) -> None:
    """Explain namelist groups and keys: unit, default, range, meaning, source."""
    if output_variables:
        click.echo(describe_output(kind or DEFAULT_KIND, name))
        return
    kinds = kinds_with(name) if name else []
    shown = kind or (kinds or kinds_near(name) or [DEFAULT_KIND])[0]
    click.echo(describe(run_kind(shown), name))
    if kind is None and len(kinds) > 1:
        others = " ".join(f"--kind {other}" for other in kinds if other != shown)
        click.echo(f"\nThis is {name} of kind = '{shown}'; {others} shows another.")
