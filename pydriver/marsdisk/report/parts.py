# SPDX-License-Identifier: BSD-3-Clause
"""Parts of a page that every kind of run has: parameters, inputs, provenance, citation."""

from __future__ import annotations

import re
from collections.abc import Iterable

import netCDF4

from marsdisk.config.schema import Group, Key, run_kind, show
from marsdisk.output.contents import Contents
from marsdisk.output.results import Result, number
from marsdisk.report.html import Child, Markup, code, definitions, element, listing, section, table

PROVENANCE = {
    "marsdisk_version": "version", "git_hash": "revision of the source", "compiler": "compiler",
    "flags": "compiler flags", "host": "machine", "threads": "threads",
    "wall_time_s": "wall time [s]", "history": "history", "namelist_path": "namelist",
    "Conventions": "conventions",
}
"""Global attributes that say where the numbers come from, and what they are called."""

INPUT = re.compile(r"(?P<key>[^:]+): (?P<path>.*) sha256 (?P<hash>[0-9a-f]+)\Z")
"""A line of the attribute `input_files`."""

SOURCE_ENDS = re.compile(r";\s+(?![^(]*\))")
"""What stands between two sources of the attribute `references`, outside parentheses."""


def value_of(value: float) -> Markup:
    """A number for people that carries all its digits."""
    return element("data", number(value), value=repr(value))


def result_table(results: list[Result]) -> Markup:
    """Results one below the other, with units."""
    rows = [(r.label, value_of(r.value), "" if r.unit == "1" else r.unit) for r in results]
    return table(("", "value", "unit"), rows, numeric=(1,))


def changed_keys(contents: Contents) -> list[str]:
    """Keys, ``group.key``, whose value is not the default of this version."""
    found = []
    for name, value in contents.values().items():
        key = _key(contents, name)
        if key is None or value != key.default:
            found.append(name)
    return found


def _key(contents: Contents, name: str) -> Key | None:
    """What the schema says about a key of the file; None for one that it does not have."""
    group, _, key = name.partition(".")
    found = run_kind(contents.kind).group(group)
    return found.key(key) if found else None


def parameters(contents: Contents, note: Child = None) -> Markup:
    """All keys by group, behind a note; those that differ from the defaults are marked."""
    kind = run_kind(contents.kind)
    changed = set(changed_keys(contents))
    values = contents.values()
    idle = "; grey ones have no effect in this run."
    parts: list[Child] = [element("p", f"All {len(values)} keys have their defaults{idle}")]
    if changed:
        parts = [element(
            "p", f"{len(changed)} of {len(values)} keys differ from the defaults and are ",
            element("span", "marked", class_="legend"), idle)]
        parts.append(table(("key", "value", "default", "unit"), (
            _row_of_changed(contents, name) for name in values if name in changed)))
    groups = [group.name for group in kind.groups if group.name in contents.config]
    groups += [name for name in contents.config if name not in groups]
    for name in groups:
        group = kind.group(name) or Group(name, "Not a group of this version.", ())
        parts += [element("h3", code(f"&{name}"), f" {group.help}"),
                  _group_table(contents, group, changed)]
    missing = [name for name in kind.names() if name not in values]
    if missing:
        parts.append(element("p", "Keys of this version that the file does not have: ",
                             ", ".join(missing), "."))
    return section("parameters", "Parameters", note, parts)


def _row_of_changed(contents: Contents, name: str) -> tuple[Child, ...]:
    key = _key(contents, name)
    default = code(show(key.default)) if key else "not a key of this version"
    return code(name), code(show(contents.values()[name])), default, _unit(key)


def _group_table(contents: Contents, group: Group, changed: set[str]) -> Markup:
    rows = []
    for name, value in contents.config[group.name].items():
        key = group.key(name)
        full = f"{group.name}.{name}"
        classes = []
        if full in changed:
            classes.append("changed")
        if key is not None and not _has_effect(contents, key):
            classes.append("idle")
        rows.append(element(
            "tr",
            element("th", code(name), element("small", key.help if key else "unknown"),
                    scope="row"),
            element("td", code(show(value)), " ", _unit(key), _default(key, full in changed)),
            class_=" ".join(classes) or None))
    head = element("thead", element("tr", (
        element("th", text, scope="col") for text in ("key", "value"))))
    body = element("table", head, element("tbody", rows), class_="keys")
    return element("div", body, class_="scroll", tabindex="0", role="region",
                   aria_label=f"keys of {group.name}")


def _default(key: Key | None, changed: bool) -> Markup:
    """The default of a key that does not have it."""
    if not changed:
        return Markup("")
    text = ("default ", code(show(key.default))) if key else "not a key of this version"
    return element("small", text)


def _unit(key: Key | None) -> str:
    return "" if key is None or key.unit in ("-", "1") else key.unit


def _has_effect(contents: Contents, key: Key) -> bool:
    """Whether the conditions under which a key matters are met."""
    values = contents.values()
    return all(values.get(when.key) in when.values for when in key.when)


def warnings(contents: Contents) -> Markup:
    """What the reader of the numbers should know."""
    notes = contents.warnings
    body = listing(notes) if notes else element("p", "The run has no warnings.")
    return section("warnings", "What the reader should know", body)


def inputs(contents: Contents) -> Markup:
    """Files that the run has read, with their hashes."""
    rows = []
    for line in contents.text("input_files").splitlines():
        match = INPUT.match(line)
        if match:
            rows.append((code(match["key"]), code(match["path"]),
                         element("span", match["hash"], class_="hash")))
        else:
            rows.append((line, "", ""))
    body = table(("key", "file", "SHA-256"), rows) if rows else element(
        "p", "The run has read no file besides its namelist.")
    return section("inputs", "Input files", body)


def provenance(data: netCDF4.Dataset, contents: Contents, digest: str) -> Markup:
    """Version, build, machine, and the constants that were used."""
    rows: list[tuple[str, Child]] = [
        (label, number(contents.attributes[name]) if name == "wall_time_s"
         else str(contents.attributes[name]))
        for name, label in PROVENANCE.items() if name in contents.attributes]
    rows += [("file", code(contents.path.name)),
             ("SHA-256 of the file", element("span", digest, class_="hash"))]
    constants = [
        (name.removeprefix("const_"), value_of(float(entry[...])),
         number(float(entry.uncertainty)) if entry.uncertainty else "exact",
         "" if entry.units == "1" else entry.units, entry.source)
        for name, entry in data.variables.items() if name.startswith("const_")]
    heads = ("constant", "value", "uncertainty", "unit", "source")
    return section("provenance", "Provenance", definitions(rows),
                   element("h3", "Constants"), table(heads, constants, numeric=(1, 2)))


def citation(contents: Contents) -> Markup:
    """What to cite."""
    version = f"marsdisk {contents.text('marsdisk_version')} ({contents.text('git_hash')})"
    sources = [part for part in SOURCE_ENDS.split(contents.text("references")) if part]
    return section(
        "cite", "How to cite",
        element("p", f"Cite {version} and the sources of what this run used:"),
        listing(sources))


def namelist(contents: Contents) -> Markup:
    """The complete namelist, to run it again."""
    return section("namelist", "Namelist", element(
        "details", element("summary", "The complete resolved namelist, to run it again"),
        element("pre", contents.text("namelist"))))


def unbroken(text: str) -> Markup:
    """Text that stays on one line."""
    return element("span", text, class_="whole")


def tiles(results: Iterable[tuple[Child, str, str]]) -> Markup:
    """The few numbers that a reader looks for first: number, unit, what it is."""
    return element("div", (
        element("div", element("b", unbroken(value) if type(value) is str else value,
                               element("small", f" {unit}") if unit else ""),
                element("span", label), class_="tile")
        for value, unit, label in results), class_="tiles")
