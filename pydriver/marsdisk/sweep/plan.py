# SPDX-License-Identifier: BSD-3-Clause
"""From what is to be varied to the members of a sweep, all of them checked before any is written.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from marsdisk import __version__, runs
from marsdisk.config.common import key_of_kind
from marsdisk.config.read import COMMAND_LINE, Config, read_namelist
from marsdisk.config.scan import scan
from marsdisk.config.schema import KINDS, Key, RunKind, Value, run_kind
from marsdisk.config.write import write_namelist
from marsdisk.errors import InputError, Problem
from marsdisk.output.provenance import file_hash
from marsdisk.sweep.axes import Axis, axis_problems, member_count, split_values
from marsdisk.sweep.manifest import INPUTS, AxisInfo, Member, Sweep, text_hash
from marsdisk.sweep.plan_file import SweepFile
from marsdisk.sweep.scalars import scalar_problems

MAX_SHORT = 100
"""Longest part of a file name that tells the values of a member [characters]."""

MAX_NAME = 230
"""Longest name of a member; with its ending it has to be a file name [characters]."""

MAX_TRIES = 1000
"""Most members that are looked at when it is clear that the sweep will not be planned [1]."""

_SET = re.compile(r"\s*(\w+)\.(\w+)\s*=(.*)\Z", re.DOTALL | re.ASCII)
_NAMED = 3


@dataclass(frozen=True)
class Plan:
    """A sweep that is checked and not yet written.

    Parameters
    ----------
    sweep
        The sweep, in no folder yet.
    texts
        Namelist of each member.
    sources
        Input files by the name they get in the folder.
    warnings
        What is allowed but probably not meant.
    """

    sweep: Sweep
    texts: tuple[str, ...]
    sources: Mapping[str, Path]
    warnings: tuple[Problem, ...]


@dataclass
class _Asked:
    """What was asked for: the base, what is fixed, what varies, and where each of it stands."""

    base: Path
    place: str
    fixed: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    axes: list[Axis] = field(default_factory=list)
    scalars: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def placed(self, problem: Problem) -> Problem:
        """A problem with the place where its key was given, which a member does not know."""
        if problem.place != COMMAND_LINE:
            return problem
        return dataclasses.replace(problem, place=self.places.get(problem.key, self.place))


def plan(source: Path, settings: Sequence[str], scalars: Sequence[str] = ()) -> Plan:
    """Plan a sweep and check all of its members.

    Parameters
    ----------
    source
        A namelist, or a sweep file (``.toml``) that names one.
    settings
        ``group.key=value`` each, or ``group.key=a,b,c`` for what varies.
    scalars
        Columns of the table; empty = those of the sweep file, else the default.

    Raises
    ------
    InputError
        With every problem of every member, each with its place.
    """
    asked, kind = _asked(source, settings)
    columns = tuple(scalars) or asked.scalars
    if kind is not None:
        place = "--scalars" if scalars else asked.place
        asked.problems += scalar_problems(kind.name, columns, place)
    if not asked.axes and not asked.problems:
        asked.problems.append(Problem(
            asked.place, "", "nothing is varied", "expected --set GROUP.KEY=A,B or a sweep file"))
    if asked.axes:
        asked.problems += axis_problems(asked.axes, {key: asked.places[key] for key in asked.fixed})
    if kind is None:
        raise InputError(asked.problems)
    if asked.problems:
        raise InputError([*asked.problems, *_further_problems(asked, kind)])
    return _members(asked, kind, columns)


def _asked(source: Path, settings: Sequence[str]) -> tuple[_Asked, RunKind | None]:
    """What the sweep file and the command line say; no kind of run without a base."""
    file = SweepFile.read(source) if source.suffix == ".toml" else None
    asked = _Asked(file.base if file else source, str(source) if file else COMMAND_LINE)
    if file:
        asked.fixed, asked.scalars = dict(file.fixed), file.scalars
    given: dict[str, str] = {}
    for text in settings:
        match = _SET.match(text)
        name = f"{match[1]}.{match[2]}".lower() if match else text
        if match is None:
            asked.problems.append(Problem(COMMAND_LINE, text, "is not a setting",
                                          "expected group.key=value or group.key=a,b,c"))
        elif name in given:
            asked.problems.append(Problem(COMMAND_LINE, name, "is set twice", "expected one list"))
        else:
            given[name] = match[3].strip()
    kind = None
    if asked.base.name:
        try:
            kind = _kind(asked, given)
        except InputError as error:
            asked.problems += error.problems

    def find(name: str) -> Key | None:
        return kind.key(name) if kind is not None and name in kind.names() else None

    if file:
        file.expand(find)
        asked.axes, asked.places = file.axes, file.places
        asked.problems = [*file.problems, *asked.problems]
    for name, text in given.items():
        values = split_values(text, find(name))
        asked.places[name] = COMMAND_LINE
        if len(values) > 1:
            rows = tuple((value,) for value in values)
            asked.axes.append(Axis((name,), rows, (COMMAND_LINE,)))
        else:
            asked.fixed[name] = values[0]
    for name in ({*given, *asked.fixed} & {"run.output"}):
        asked.problems.append(Problem(asked.places[name], name, "cannot be set for a sweep",
                                      "each member has its own file; see --output"))
    return asked, kind


def _kind(asked: _Asked, given: Mapping[str, str]) -> RunKind:
    """Kind of run, as far as it is clear; whether the base is right turns out with the members."""
    name = given.get("run.kind") or asked.fixed.get("run.kind", "")
    if not name:
        try:
            text = asked.base.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            read_namelist(asked.base)  # says what is wrong
            raise
        found = [a for a in scan(text).assignments if (a.group, a.key) == ("run", "kind")]
        name = "".join(token.text for a in found[:1] for token in a.tokens)
    name = name.strip("'\" ")
    return run_kind(name if name in KINDS else str(key_of_kind().default))


def _further_problems(asked: _Asked, kind: RunKind) -> list[Problem]:
    """What is wrong with keys and values, where the sweep as a whole has problems already.

    Every row of every axis is tried with the first rows of the others.
    """
    keys = [key for axis in asked.axes for key in axis.keys]
    if "run.kind" in keys:
        return []
    # A key without a value is looked up, and what is checked against it is not checked.
    unclear = asked.places.keys() - asked.fixed.keys() - set(keys)
    told = (unclear | {problem.key for problem in asked.problems}) & set(kind.names())
    base = asked.fixed | dict.fromkeys(sorted(unclear), "")
    for axis in asked.axes:
        base |= dict(zip(axis.keys, axis.rows[0], strict=True))
    tries = [base, *(base | dict(zip(axis.keys, row, strict=True))
                     for axis in asked.axes for row in axis.rows[1:])]
    found: dict[Problem, None] = {}
    for settings in tries[:MAX_TRIES]:
        try:
            runs.verify(read_namelist(asked.base, [f"{k}={v}" for k, v in settings.items()]))
        except InputError as error:
            found |= dict.fromkeys(asked.placed(p) for p in error.problems if p.key not in told)
    return list(found)


def _members(asked: _Asked, kind: RunKind, scalars: tuple[str, ...]) -> Plan:
    """Read and check every member."""
    keys = [key for axis in asked.axes for key in axis.keys]
    count = member_count(asked.axes)
    common = [f"{key}={text}" for key, text in asked.fixed.items()]
    typed = {key for key, place in asked.places.items() if place == COMMAND_LINE}
    faults, warnings = _Collected(asked, keys, count), _Collected(asked, keys, count)
    members: list[Member] = []
    texts: list[str] = []
    sources: dict[str, Path] = {}
    inputs = _InputNames()
    title = ""
    for index, rows in enumerate(itertools.product(*(axis.rows for axis in asked.axes))):
        varied = dict(zip(keys, itertools.chain.from_iterable(rows), strict=True))
        try:
            settings = [*common, *(f"{k}={v}" for k, v in varied.items())]
            config = read_namelist(asked.base, settings, typed)
            runs.verify(config)
        except InputError as error:
            faults.add(index, varied, error.problems)
            continue
        warnings.add(index, varied, config.warnings)
        values = {key: config[key.partition(".")[0]][key.partition(".")[2]] for key in keys}
        name = member_name(str(config["run"]["name"]), index, count, values)
        sources |= {inputs.name(path): path for path in config.files.values()}
        texts.append(write_namelist(_self_contained(config, name, inputs)))
        members.append(Member(index, name, values, text_hash(texts[-1])))
        title = str(config["run"]["name"])
    problems = faults.problems()
    if any(len(member.name) > MAX_NAME for member in members):
        problems.append(Problem(str(asked.base), "run.name", f"'{title[:40]}...' is too long for "
                                "the names of files", "expected a shorter name"))
    if not problems and not any(axis.sampled for axis in asked.axes):
        problems = list(_repeated(members, texts, asked))
    if problems:
        raise InputError(problems)
    axes = tuple(AxisInfo(axis.keys, len(axis.rows), axis.sampled) for axis in asked.axes)
    base = {"file": os.path.abspath(asked.base), "sha256": file_hash(asked.base)}
    files = {name: {"file": str(path), "sha256": file_hash(path)} for name, path in sources.items()}
    sweep = Sweep(Path(), kind.name, title, axes, scalars, tuple(members), base, files, __version__)
    return Plan(sweep, tuple(texts), sources, tuple(warnings.problems()))


def member_name(name: str, index: int, count: int, values: Mapping[str, Value]) -> str:
    """File name of a member without its ending: sweep, number, and the values in short.

    Parameters
    ----------
    name
        Name of the sweep.
    index, count
        Number of the member, and of all members.
    values
        What varies, by ``group.key``.
    """
    shorts = [key.partition(".")[2] for key in values]
    parts = []
    for (key, value), short in zip(values.items(), shorts, strict=True):
        parts.append(f"{short if shorts.count(short) == 1 else key}-{_short(value)}")
    tail = "_".join(parts)
    if len(tail) > MAX_SHORT:
        tail = tail[:MAX_SHORT].rpartition("_")[0] or tail[:MAX_SHORT]
    return f"{name}_{index:0{len(str(count - 1))}d}_{tail}"


def _short(value: Value) -> str:
    """A value as part of a file name."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}"
        case str():
            return re.sub(r"[^A-Za-z0-9.+-]+", "-", Path(value).stem) or "none"
        case _:
            return "_".join(f"{number:g}" for number in value)


class _InputNames:
    """Names of input files in the folder of a sweep: equal names only for equal contents."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def name(self, path: Path) -> str:
        """Name of the copy of a file."""
        if path not in self._known:
            stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.stem)[:MAX_SHORT]
            self._known[path] = f"{stem}-{file_hash(path)[:12]}{path.suffix}"
        return self._known[path]


def _self_contained(config: Config, name: str, inputs: _InputNames) -> Config:
    """The configuration of a member that needs nothing from outside the folder of the sweep."""
    changed: dict[str, Value] = {"run.name": name, "run.output": ""}
    for key, path in config.files.items():
        changed[key] = f"../{INPUTS}/{inputs.name(path)}"
    groups = {
        group: MappingProxyType({key: changed.get(f"{group}.{key}", value)
                                 for key, value in keys.items()})
        for group, keys in config.groups.items()
    }
    return dataclasses.replace(config, groups=MappingProxyType(groups))


def _repeated(
    members: Sequence[Member], texts: Sequence[str], asked: _Asked
) -> Iterator[Problem]:
    """Members that are one and the same run; a list says something twice."""
    first: dict[str, Member] = {}
    for member, text in zip(members, texts, strict=True):
        other = first.setdefault(text.replace(f"'{member.name}'", "''"), member)
        if other is not member:
            yield Problem(asked.axes[0].places[0], "",
                          f"members {other.index} and {member.index} are the same run",
                          "expected each value once")
            return


class _Collected:
    """Problems of the members, each once, with the members that have it."""

    def __init__(self, asked: _Asked, keys: Sequence[str], count: int) -> None:
        self._asked, self._keys, self._count = asked, keys, count
        self._found: dict[Problem, list[tuple[int, str]]] = {}

    def add(self, index: int, varied: Mapping[str, str], problems: Sequence[Problem]) -> None:
        """Note the problems of a member."""
        values = ", ".join(f"{key}={text}" for key, text in varied.items())
        for problem in problems:
            self._found.setdefault(problem, []).append((index, values))

    def problems(self) -> list[Problem]:
        """All of them, with their places."""
        return [self._told(problem, where) for problem, where in self._found.items()]

    def _told(self, problem: Problem, where: Sequence[tuple[int, str]]) -> Problem:
        what = problem.what
        if len(where) == 1 and self._count > 1:
            what += f" (member {where[0][0]}: {where[0][1]})"
        elif len(where) < self._count:
            numbers = ", ".join(str(index) for index, _ in where[:_NAMED])
            more = ", ..." if len(where) > _NAMED else ""
            what += f" (members {numbers}{more}: {len(where)} of {self._count})"
        return dataclasses.replace(self._asked.placed(problem), what=what)

