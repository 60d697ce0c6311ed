# SPDX-License-Identifier: BSD-3-Clause
"""Reading and checking a namelist: every problem at once, each with its place."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from marsdisk.config.common import key_of_kind
from marsdisk.config.scan import Assignment, Scan, scan
from marsdisk.config.schema import KINDS, Key, RunKind, Value, Values, When, run_kind
from marsdisk.config.values import (
    BadValue,
    Written,
    check_value,
    check_written,
    command_line_tokens,
)
from marsdisk.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from marsdisk.config.tables import Table

MAX_BYTES = 1_000_000
"""A larger file is not a namelist [bytes]."""

COMMAND_LINE = "command line"
_OVERRIDE = re.compile(r"\s*(\w+)\.(\w+)\s*=(.*)\Z", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class Config:
    """A namelist that was read, checked and completed with the defaults.

    Parameters
    ----------
    kind
        Kind of run.
    path
        The namelist file.
    groups
        Every group of the kind with every key.
    files
        Input files by ``group.key``, found and absolute.
    tables
        User tables in use by ``group.key``, read and checked.
    warnings
        What is allowed but probably not meant.
    places
        Where the keys stand that were given, by ``group.key``: ``file:line`` or command line.
    overrides
        ``group.key=value`` each: what the command line says.
    history
        What the file of a run says about its past, if the configuration is read from one.
    """

    kind: str
    path: Path
    groups: Mapping[str, Mapping[str, Value]]
    files: Mapping[str, Path]
    tables: Mapping[str, Table]
    warnings: tuple[Problem, ...]
    places: Mapping[str, str]
    overrides: tuple[str, ...] = ()
    history: str = ""

    def __getitem__(self, group: str) -> Mapping[str, Value]:
        return self.groups[group]


def read_namelist(
    path: Path | str, overrides: Sequence[str] = (), here: Collection[str] | None = None
) -> Config:
    """Read and check a namelist file.

    Parameters
    ----------
    path
        The file. Relative input files are looked for in its folder, then in the current one.
    overrides
        ``group.key=value`` each, going before what the file says. Relative input files that they
        name are looked for in the current folder first.
    here
        Keys to which the latter applies; None = all of the overrides.

    Returns
    -------
    Config
        Complete and checked values.

    Raises
    ------
    InputError
        With every problem found.
    """
    path = Path(path)
    return _Reader(path, overrides, here=here).read(_load(path))


def read_text(
    text: str, path: Path, overrides: Sequence[str] = (), *,
    name: str = "", files: Mapping[str, Path] = MappingProxyType({}),
) -> Config:
    """Read and check namelist text as if it stood in the file `path`.

    Parameters
    ----------
    text, path
        The text, and where relative input files are looked for: beside that.
    overrides
        As in `read_namelist`.
    name
        What the text is called in messages; empty = `path`.
    files
        Input files that have been found before, by ``group.key``.

    Raises
    ------
    InputError
        With every problem found.
    """
    return _Reader(path, overrides, name=name, files=files).read(text)


def default_config(kind: str) -> Config:
    """Configuration of a run of `kind` with all defaults."""
    return read_text(f"&run kind='{kind}' /\n", Path(f"{kind}.nml"))


def _load(path: Path) -> str:
    """Text of the file with ``\\n`` line ends."""
    expected = "expected a namelist file"

    def refuse(what: str, hint: str = expected, line: int = 0) -> InputError:
        return InputError([Problem(f"{path}:{line}" if line else str(path), "", what, hint)])

    try:
        if path.is_dir():
            raise refuse("is a directory")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise missing(path, "*.nml") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise refuse(f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise refuse(f"is larger than {MAX_BYTES} bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("is UTF-16 text", "save it as UTF-8")
    if b"\0" in data:
        raise refuse("is a binary file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse("is not UTF-8 text", "save it as UTF-8", line) from None
    if not text.strip():
        raise refuse("is empty", "see `marsdisk prep namelist` for a complete namelist")
    return text


def missing(path: Path, pattern: str, expected: str = "") -> InputError:
    """There is no such file; files beside it that fit the pattern may have been meant."""
    guess = ""
    if path.parent.is_dir():
        guess = nearest(path.name, (other.name for other in path.parent.glob(pattern)))
    return InputError([
        Problem(str(path), "", "there is no such file", "" if guess else expected, guess)])


@dataclass
class _Reader:
    """State of one reading; `lines` says where a key was given, as in `_add`."""

    path: Path
    overrides: Sequence[str]
    here: Collection[str] | None = None
    name: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    written: dict[str, Written] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def read(self, text: str) -> Config:
        scanned = scan(text.replace("\r\n", "\n").replace("\r", "\n"))
        for fault in scanned.faults:
            self._add(fault.line, fault.key, fault.what, fault.expected)
        if not scanned.groups and not scanned.faults:
            self._add(0, "", "no namelist group", "see `marsdisk prep namelist`")
        overrides = self._split_overrides()
        kind = self._kind(scanned, overrides)
        if kind is None:
            raise self._error()
        self._groups(kind, scanned)
        self._assignments(kind, scanned.assignments, {name for name, _ in overrides})
        self._override(kind, overrides)
        groups = self._convert(kind)
        files, tables = self._files(kind, groups)
        warnings = self._cross_check(kind, groups, tables)
        if self.problems:
            raise self._error()
        return Config(
            kind.name,
            self.path,
            MappingProxyType({name: MappingProxyType(keys) for name, keys in groups.items()}),
            MappingProxyType(files),
            MappingProxyType(tables),
            tuple(warnings),
            {name: self._place(line) for name, line in self.lines.items()},
            tuple(self.overrides),
        )

    def _error(self) -> InputError:
        # Line 0 is the file as a whole; the command line comes last.
        ordered = sorted(self.problems, key=lambda item: item[0] if item[0] >= 0 else 1 << 60)
        return InputError([problem for _, problem in ordered])

    def _add(self, line: int, key: str, what: str, expected: str = "", guess: str = "") -> None:
        """Note a problem at a line: 0 is the whole file, -1 the command line."""
        self.problems.append((line, Problem(self._place(line), key, what, expected, guess)))

    def _place(self, line: int) -> str:
        if line < 0:
            return COMMAND_LINE
        name = self.name or str(self.path)
        return f"{name}:{line}" if line else name

    def _split_overrides(self) -> list[tuple[str, str]]:
        """``group.key`` and value of each override."""
        split: list[tuple[str, str]] = []
        for text in self.overrides:
            match = _OVERRIDE.match(text)
            if match is None:
                self._add(-1, text, "is not an override", "expected group.key=value")
                continue
            name = f"{match[1]}.{match[2]}".lower()
            if name in dict(split):
                self._add(-1, name, "is set twice", "expected one value")
            split.append((name, match[3].strip()))
        return split

    def _kind(self, scanned: Scan, overrides: Iterable[tuple[str, str]]) -> RunKind | None:
        """Kind of run; None if it cannot even be guessed."""
        key = key_of_kind()
        given = [a.tokens for a in scanned.assignments if (a.group, a.key) == ("run", "kind")]
        given += [command_line_tokens(key, value) for name, value in overrides
                  if name == "run.kind"]
        name = str(key.default)
        if given:
            name = "".join(token.text for token in given[-1]).strip("'\"")
        if name not in KINDS and not nearest(name, KINDS):
            line = next((a.line for a in scanned.assignments
                         if (a.group, a.key) == ("run", "kind")), -1)
            line = -1 if any(name == "run.kind" for name, _ in overrides) else line
            self._add(line, "run.kind", f"'{name}' is not a choice", key.expected)
            return None
        return run_kind(name if name in KINDS else nearest(name, KINDS, 1))

    def _groups(self, kind: RunKind, scanned: Scan) -> None:
        """Report unknown and repeated groups."""
        first: dict[str, int] = {}
        known = [group.name for group in kind.groups]
        for name, line in scanned.groups:
            if name in first:
                self._add(line, f"&{name}", f"the group is there twice, first in line "
                          f"{first[name]}", "expected one group with all its keys")
            elif name not in known:
                guess = nearest(name, known, 1)
                self._add(line, f"&{name}", f"kind = '{kind.name}' has no such group",
                          "" if guess else "expected " + " ".join(f"&{n}" for n in known),
                          guess and f"&{guess}")
            first.setdefault(name, line)

    def _find(self, kind: RunKind, line: int, name: str) -> Key | None:
        """The key called ``group.key``, or None with a problem noted."""
        group_name, _, key_name = name.partition(".")
        group = kind.group(group_name)
        if group is None:
            if line < 0:
                guess = nearest(group_name, (group.name for group in kind.groups))
                owners = kind.owners(key_name)
                self._add(line, name, f"there is no group &{group_name}", "",
                          " or ".join(owners) or (guess and f"{guess}.{key_name}"))
            return None  # in a file the group itself was reported
        key = group.key(key_name)
        if key is None:
            owners = kind.owners(key_name)
            guess = nearest(key_name, (key.name for key in group.keys))
            expected = ""
            if not owners and not guess:
                expected = "expected " + ", ".join(key.name for key in group.keys)
            self._add(line, name, f"&{group_name} has no such key", expected,
                      guess or " or ".join(owners))
        return key

    def _take(self, kind: RunKind, line: int, name: str, assignment: Assignment | str) -> None:
        """Check a value as written and keep it for conversion."""
        key = self._find(kind, line, name)
        if key is None:
            return
        tokens = (command_line_tokens(key, assignment) if isinstance(assignment, str)
                  else assignment.tokens)
        self.lines[name] = line
        try:
            self.written[name] = check_written(key, tokens)
        except BadValue as bad:
            self.wrong.add(name)
            self._add(line, name, bad.what, bad.expected, bad.suggestion)

    def _assignments(
        self, kind: RunKind, assignments: Iterable[Assignment], overridden: Collection[str]
    ) -> None:
        """Take what the file says; of a key that is overridden its name alone is looked at."""
        first: dict[str, int] = {}
        for assignment in assignments:
            name = f"{assignment.group}.{assignment.key}"
            if name in first:
                self._add(assignment.line, name, f"is given twice, first in line {first[name]}",
                          "expected one value")
                self.wrong.add(name)
            else:
                first[name] = assignment.line
                if name in overridden:
                    self._find(kind, assignment.line, name)
                else:
                    self._take(kind, assignment.line, name, assignment)

    def _override(self, kind: RunKind, overrides: Iterable[tuple[str, str]]) -> None:
        for name, value in overrides:
            self._take(kind, -1, name, value)

    def _convert(self, kind: RunKind) -> dict[str, dict[str, Value]]:
        """Values of all keys; f90nml does the conversion of what is known to be well formed."""
        import f90nml

        lines = []
        for group in kind.groups:
            names = [f"{group.name}.{key.name}" for key in group.keys]
            given = [self.written[name] for name in names if name in self.written]
            lines += [f"&{group.name}", *(f"{w.key.name} = {w.text}" for w in given), "/"]
        parsed = f90nml.Parser().reads("\n".join(lines) + "\n")
        groups: dict[str, dict[str, Value]] = {}
        for group in kind.groups:
            values = groups.setdefault(group.name, {})
            for key in group.keys:
                name = f"{group.name}.{key.name}"
                values[key.name] = key.default
                if name not in self.written:
                    continue
                try:
                    values[key.name] = check_value(key, parsed[group.name][key.name])
                except BadValue as bad:
                    self.wrong.add(name)
                    self._add(self.lines[name], name, bad.what, bad.expected, bad.suggestion)
        return groups

    def _files(
        self, kind: RunKind, groups: Mapping[str, Mapping[str, Value]]
    ) -> tuple[dict[str, Path], dict[str, Table]]:
        """Find the input files, and read the tables that are in use."""
        files: dict[str, Path] = {}
        tables: dict[str, Table] = {}
        for name in kind.names():
            key = kind.key(name)
            group, _, short = name.partition(".")
            given = groups[group][short]
            if key.type != "file" or not given or name in self.wrong:
                continue
            found = self._locate(name, str(given))
            if found is None:
                continue
            files[name] = found
            if key.table and all(holds(groups, when) for when in key.when):
                from marsdisk.config.tables import read_table  # numpy only when it is needed

                try:
                    tables[name] = read_table(key.table, found)
                except InputError as error:
                    self.wrong.add(name)
                    for problem in error.problems:
                        where = Problem(problem.place, name, problem.what, problem.expected,
                                        problem.suggestion)
                        self.problems.append((self.lines[name], where))
        return files, tables

    def _locate(self, name: str, given: str) -> Path | None:
        """Absolute path of an input file, or None with a problem noted."""
        overridden = self.lines[name] < 0
        if not overridden and name in self.files and os.path.isfile(self.files[name]):
            return self.files[name]
        folders = [self.path.parent.resolve(), Path.cwd()]
        if overridden and (self.here is None or name in self.here):
            folders.reverse()  # who types a path means it from where he is
        folders = list(dict.fromkeys(folders))
        for folder in folders:
            # not Path.is_file, which fails for a name that is too long and for a closed folder
            if os.path.isfile(folder / given):
                return (folder / given).resolve()
        self.wrong.add(name)
        directory = any(os.path.isdir(folder / given) for folder in folders)
        what = f"'{given}' is a directory" if directory else f"there is no file '{given}'"
        looked = " and ".join(str(folder) for folder in folders)
        expected = "" if Path(given).is_absolute() else f"looked in {looked}"
        self._add(self.lines[name], name, what, expected)
        return None

    def _cross_check(
        self,
        kind: RunKind,
        groups: Mapping[str, Mapping[str, Value]],
        tables: Mapping[str, Table],
    ) -> list[Problem]:
        """Run the checks between keys; returns the warnings."""
        values = Values(groups, tables, frozenset(self.lines))
        warnings: list[Problem] = []
        for check in kind.checks:
            if self.wrong.intersection(check.keys):
                continue
            for finding in check.find(values):
                near = (finding.key, *check.keys)
                line = next((self.lines[name] for name in near if name in self.lines), 0)
                if check.fatal:
                    self._add(line, finding.key, finding.what, finding.expected)
                else:
                    warnings.append(
                        Problem(self._place(line), finding.key, finding.what, finding.expected)
                    )
        for name, line in self.lines.items():
            key = kind.key(name)
            group, _, short = name.partition(".")
            idle = [when for when in key.when if not holds(groups, when)]
            if idle and groups[group][short] != key.default and name not in self.wrong:
                warnings.append(
                    Problem(self._place(line), name,
                            f"has no effect: it matters only with {idle[0]}")
                )
        return warnings


def holds(groups: Mapping[str, Mapping[str, Value]], when: When) -> bool:
    """Whether a condition under which a key matters is met by the values of all keys."""
    group, _, key = when.key.partition(".")
    return groups[group][key] in when.values
