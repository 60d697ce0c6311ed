# SPDX-License-Identifier: BSD-3-Clause
"""Light scan of namelist text: which group and key stands on which line, with which tokens.

It takes what Fortran takes (``!`` comments, ``$group ... $end``, several keys on a line, values
on the next line) and reports what f90nml or gfortran would misread without a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<blank>[ \t]+)
    | (?P<comment>![^\n]*)
    | (?P<string>'(?:[^'\n]|'')*'|"(?:[^"\n]|"")*")
    | (?P<unclosed>['"][^\n]*)
    | (?P<group>[&$][A-Za-z][A-Za-z0-9_]*)
    | (?P<end>/)
    | (?P<word>[A-Za-z0-9_.+\-]+)
    | (?P<mark>[=,()%*])
    | (?P<bad>[^\n])
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_LOGICAL = {
    **dict.fromkeys((".true.", ".t.", "true", "t"), True),
    **dict.fromkeys((".false.", ".f.", "false", "f"), False),
}
_NOT_FINITE = re.compile(r"[+-]?(inf|infinity|nan)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A piece of text with its line; `kind` is a group name of the token pattern."""

    kind: str
    text: str
    line: int

    @property
    def is_logical(self) -> bool:
        """Whether it is a Fortran logical."""
        return self.kind == "word" and self.text.lower() in _LOGICAL

    @property
    def is_name(self) -> bool:
        """Whether it can only be a name, not a value."""
        plain = self.kind == "word" and _NAME.match(self.text) is not None
        return plain and not self.is_logical and not _NOT_FINITE.match(self.text)


@dataclass(frozen=True)
class Assignment:
    """``key = tokens`` in `group`; both names in lower case."""

    group: str
    key: str
    line: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Fault:
    """Something that is not namelist syntax; `key` as in `marsdisk.errors.Problem`."""

    line: int
    key: str
    what: str
    expected: str


@dataclass(frozen=True)
class Scan:
    """Result of a scan: group headers (name, line), assignments, and syntax faults."""

    groups: tuple[tuple[str, int], ...]
    assignments: tuple[Assignment, ...]
    faults: tuple[Fault, ...]


def logical(text: str) -> bool:
    """Value of a Fortran logical."""
    return _LOGICAL[text.lower()]


def tokens_of(text: str) -> list[Token]:
    """All tokens of a text but blanks, comments and line ends."""
    line, tokens = 1, []
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "newline":
            line += 1
        elif match.lastgroup not in ("blank", "comment"):
            tokens.append(Token(match.lastgroup or "bad", match.group(), line))
    return tokens


def scan(text: str) -> Scan:
    """Scan namelist text."""
    return _Scanner(tokens_of(text)).run()


def _describe(character: str) -> str:
    if character.isascii() and character.isprintable():
        return f"unexpected '{character}'"
    name = unicodedata.name(character, "control character").lower()
    return f"unexpected character U+{ord(character):04X} ({name})"


class _Scanner:
    """One pass over the tokens; `at` is the next one."""

    def __init__(self, tokens: list[Token]) -> None:
        self.faults: list[Fault] = []
        self.tokens = self._without_bad(tokens)
        self.at = 0
        self.groups: list[tuple[str, int]] = []
        self.assignments: list[Assignment] = []

    def run(self) -> Scan:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "group" and token.text[1:].lower() != "end":
                self.at += 1
                self._group(token)
            else:
                self._outside(token)
        return Scan(tuple(self.groups), tuple(self.assignments), tuple(self.faults))

    def _without_bad(self, tokens: list[Token]) -> list[Token]:
        """Report characters that have no meaning, once per line, and drop them.

        After a stray ``#`` the rest of the line is meant as a comment.
        """
        kept: list[Token] = []
        reported = hashed = 0
        for token in tokens:
            if token.line == hashed:
                continue
            if token.kind != "bad":
                kept.append(token)
                continue
            if token.text == "#":
                hashed = token.line
            if token.line != reported:
                reported = token.line
                expected = {
                    "#": "comments start with '!'",
                    ";": "keys are separated by commas or line ends",
                    "&": "a group starts with & and its name; lines need no continuation sign",
                }.get(token.text, "only plain ASCII is used outside comments")
                self.faults.append(Fault(token.line, "", _describe(token.text), expected))
        return kept

    def _outside(self, token: Token) -> None:
        """Report a stretch of text between groups once."""
        self.faults.append(
            Fault(
                token.line,
                "",
                f"'{token.text[:40]}' stands outside a group",
                "expected &group first; comments start with '!', text with '/' needs quotes",
            )
        )
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "group" and token.text[1:].lower() != "end":
                return
            self.at += 1

    def _group(self, header: Token) -> None:
        name = header.text[1:].lower()
        self.groups.append((name, header.line))
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "end" or token.text.lower() in ("&end", "$end"):
                self.at += 1
                return
            if token.kind == "group":
                break
            width = self._target(self.at)
            if width:
                self._assignment(name, width)
            else:
                self._stray(name)
        self.faults.append(
            Fault(header.line, f"&{name}", "the group is not closed", "expected '/' at its end")
        )

    def _target(self, at: int) -> int:
        """Number of tokens from `at` to '=' if an assignment starts there, else 0."""
        if self.tokens[at].kind != "word":
            return 0
        for ahead in range(at + 1, min(at + 8, len(self.tokens))):
            token = self.tokens[ahead]
            if token.text == "=":
                return ahead - at + 1
            opened = self.tokens[at + 1].text in ("(", "%")
            if not opened or not (token.kind == "word" or token.text in ("(", ")", "%", ",")):
                return 0
        return 0

    def _assignment(self, group: str, width: int) -> None:
        target = self.tokens[self.at : self.at + width]
        key, line = target[0].text.lower(), target[0].line
        self.at += width
        values: list[Token] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind in ("end", "group") or self._target(self.at):
                break
            before = values[-1] if values else None
            # A name after a complete value is the next key with its '=' forgotten.
            if before and token.is_name and (token.line > before.line or not before.is_name):
                break
            values.append(token)
            self.at += 1
        if width == 2:
            self.assignments.append(Assignment(group, key, line, tuple(values)))
            return
        written = "".join(token.text for token in target[:-1])
        self.faults.append(
            Fault(
                line,
                f"{group}.{key}",
                f"'{written}' is an array element or a component of a derived type",
                f"expected {key} = value",
            )
        )

    def _stray(self, group: str) -> None:
        """Report tokens up to the next assignment as one fault."""
        first = self.tokens[self.at]
        if first.text == ",":  # a comma between assignments means nothing
            self.at += 1
            return
        key = f"{group}.{first.text.lower()}" if first.is_name else f"&{group}"
        self.faults.append(
            Fault(first.line, key, f"'{first.text[:40]}' is not followed by '='",
                  "expected key = value")
        )
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind in ("end", "group") or self._target(self.at):
                return
            self.at += 1
