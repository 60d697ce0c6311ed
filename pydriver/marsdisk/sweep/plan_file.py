# SPDX-License-Identifier: BSD-3-Clause
"""Sweep files: what is varied, in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from marsdisk.config.schema import Key
from marsdisk.errors import InputError, Problem, nearest
from marsdisk.sweep.axes import (
    Axis,
    BadSpread,
    grid_values,
    latin_shares,
    random_shares,
    sample_count,
    sampled_values,
    value_text,
    zip_values,
)

_SAMPLERS: Mapping[str, Callable[[int, int, int], np.ndarray]] = {
    "random": random_shares,
    "latin_hypercube": latin_shares,
}
_PARTS = ("base", "scalars", "set", "grid", "zip", *_SAMPLERS)
_KEY = re.compile(r"\w+\.\w+\Z", re.ASCII)


@dataclass
class SweepFile:
    """A sweep file that was read.

    Parameters
    ----------
    path
        The file.
    base
        The namelist that is varied; without a name when the file does not say it.
    scalars
        Columns of the table; empty = the default of the kind of run.
    fixed
        Keys that are set for all members, and the text of their values.
    axes
        What varies.
    places
        Where each key is given.
    problems
        What is wrong.
    text, content
        The file, and what TOML makes of it.
    """

    path: Path
    base: Path = Path()
    scalars: tuple[str, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)
    axes: list[Axis] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    content: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> SweepFile:
        """Read the file as far as that is possible without knowing the kind of run.

        Raises
        ------
        InputError
            There is no such file, or it is not TOML.
        """
        text, content = _load(path)
        new = cls(path, text=text, content=content)
        for name in [name for name in content if name not in _PARTS]:
            guess = nearest(name, _PARTS, 1)
            new._problem("", f"[{name}]" if isinstance(content[name], dict) else name,
                         "there is no such part",
                         "" if guess else "expected " + ", ".join(_PARTS), guess)
        base = content.get("base")
        if isinstance(base, str) and base:
            new.base = path.parent / base
        else:
            new._problem("", "base", "the namelist to vary is not named",
                         'expected base = "FILE.nml" in the first lines')
        scalars = content.get("scalars", [])
        if isinstance(scalars, list) and all(isinstance(name, str) for name in scalars):
            new.scalars = tuple(scalars)
        else:
            new._problem("", "scalars", "is no list of texts")
        for name, value in new._keys("set"):
            text = new._note("set", name, value_text, value)
            if text is not None:
                new.fixed[name] = text
        return new

    def expand(self, find: Callable[[str], Key | None]) -> None:
        """Make the axes; `find` gives the key called ``group.key``, or None if it is not known."""
        for name, value in self._keys("grid"):
            texts = self._note("grid", name, grid_values, value, find(name))
            if texts:
                self._add({name: texts})
        self._zip(find)
        for section in _SAMPLERS:
            if isinstance(self.content.get(section), dict):
                self._sample(section, find)

    def _add(self, columns: Mapping[str, list[str]], sampled: bool = False) -> None:
        rows = tuple(zip(*columns.values(), strict=True))
        places = tuple(self.places[name] for name in columns)
        self.axes.append(Axis(tuple(columns), rows, places, sampled))

    def _zip(self, find: Callable[[str], Key | None]) -> None:
        columns: dict[str, list[str]] = {}
        for name, value in self._keys("zip"):
            texts = self._note("zip", name, zip_values, value, find(name))
            if texts:
                columns[name] = texts
        if len({len(texts) for texts in columns.values()}) > 1:
            listed = ", ".join(f"{name} has {len(texts)}" for name, texts in columns.items())
            self._problem("zip", "", f"the lists differ in length: {listed}",
                          "expected equal lengths; lists to be combined stand in [grid]")
        elif columns:
            self._add(columns)

    def _sample(self, section: str, find: Callable[[str], Key | None]) -> None:
        entries = list(self._keys(section, ("n", "seed")))
        seed = self.content[section].get("seed", 1)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            self._problem(section, "seed", f"{seed!r}", "expected a whole number >= 0")
            seed = 1
        count = self._note(section, "n", sample_count, self.content[section].get("n"))
        if not entries:
            self._problem(section, "", "no key is sampled", "expected mars.t0 = { low, high }")
            return
        shares = _SAMPLERS[section](count or 1, len(entries), seed)
        columns: dict[str, list[str]] = {}
        for k, (name, value) in enumerate(entries):
            texts = self._note(section, name, sampled_values, value, find(name), shares[:, k])
            if texts:
                columns[name] = texts
        if count and len(columns) == len(entries):
            self._add(columns, sampled=True)

    def _note(self, section: str, name: str, make: Callable[..., Any], *arguments: object) -> Any:
        """What `make` returns, or None with a problem noted."""
        try:
            return make(*arguments)
        except BadSpread as bad:
            self._problem(section, name, bad.what, bad.expected)
            return None

    def _keys(self, section: str, others: Sequence[str] = ()) -> Iterator[tuple[str, object]]:
        """Keys of a section and what is said of them: ``mars.t0 = ``, quoted or not."""
        table = self.content.get(section, {})
        if not isinstance(table, dict):
            self._problem("", section, "is one value", f"expected a section [{section}]")
            return
        for first, value in table.items():
            if first in others:
                continue
            inner = value if isinstance(value, dict) and "." not in first else None
            found = {f"{first}.{key}": part for key, part in inner.items()} if inner \
                else {first: value}
            for name, part in found.items():
                if not _KEY.match(name):
                    self._problem(section, name, "is no key", "expected group.key = ...")
                    continue
                self.places[name.lower()] = self._place(section, name)
                yield name.lower(), part

    def _problem(
        self, section: str, name: str, what: str, expected: str = "", guess: str = ""
    ) -> None:
        problem = Problem(self._place(section, name), name or (section and f"[{section}]"), what,
                          expected, guess)
        if problem not in self.problems:
            self.problems.append(problem)

    def _place(self, section: str, name: str) -> str:
        """``file:line`` of a key; tomllib does not say it, so the text is searched."""
        inside, line_of_section = not section, 0
        short = name.rpartition(".")[2]
        key = re.compile(rf"""\s*(["']?{re.escape(name)}["']?|{re.escape(short)})\s*=""")
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]", line)
            if header and "=" not in line.partition("[")[0]:
                inside = section in (header[1], header[1].partition(".")[0])
                line_of_section = number if inside and not line_of_section else line_of_section
            elif inside and name and key.match(line):
                return f"{self.path}:{number}"
        return f"{self.path}:{line_of_section}" if line_of_section else str(self.path)


def _load(path: Path) -> tuple[str, dict[str, Any]]:
    """Text of the file, and what it says."""
    expected = "expected a sweep file (TOML)"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        found = (other.name for other in path.parent.glob("*.toml")) if path.parent.is_dir() else ()
        raise InputError([Problem(str(path), "", "there is no such file", "",
                                  nearest(path.name, found))]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError([Problem(str(path), "", f"cannot be read: {reason}", expected)]) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", where)
        place = f"{path}:{line[1]}" if line else str(path)
        raise InputError([Problem(place, "", f"is not TOML: {what}", expected)]) from None
