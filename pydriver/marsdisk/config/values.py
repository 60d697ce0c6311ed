# SPDX-License-Identifier: BSD-3-Clause
"""Checks of one value against its key: first as written, then as converted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from marsdisk.config.scan import Token, tokens_of
from marsdisk.config.schema import MAX_TEXT, Key, Value, show
from marsdisk.errors import nearest

_INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d{1,4})?\Z")
_NOT_FINITE = re.compile(r"[+-]?(inf|infinity|nan)\Z", re.IGNORECASE)
_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")\Z""")


class BadValue(ValueError):
    """A value does not fit its key."""

    def __init__(self, what: str, expected: str = "", suggestion: str = "") -> None:
        self.what, self.expected, self.suggestion = what, expected, suggestion
        super().__init__(what)


@dataclass(frozen=True)
class Written:
    """A value as written, known to be of the right type and ready for f90nml."""

    key: Key
    text: str


def command_line_tokens(key: Key, text: str) -> tuple[Token, ...]:
    """Tokens of a value given on the command line, where texts need no quotes."""
    if key.type in ("text", "file"):
        quoted = text if _QUOTED.match(text) else show(text)
        return (Token("string", quoted, 1),)
    return tuple(tokens_of(text))


def check_written(key: Key, tokens: Sequence[Token]) -> Written:
    """Check the tokens of a value against the type of its key.

    Raises
    ------
    BadValue
        If the value is missing, not a scalar, or of another type.
    """
    commas = [at for at, token in enumerate(tokens) if _is_comma(token)]
    values = [token for token in tokens if not _is_comma(token)]
    if not values:
        raise BadValue("has no value", key.expected)
    if any(token.kind == "unclosed" for token in values):
        raise BadValue("the quote is not closed on its line", "expected the same quote at the end")
    if 0 in commas or any(later - at == 1 for at, later in pairwise(commas)):
        raise BadValue("has an empty value between commas", key.expected)
    if any(token.kind == "mark" and token.text == "*" for token in values):
        raise BadValue("repeat counts (n*value) are not used here", key.expected)
    marks = [token for token in values if token.kind not in ("word", "string")]
    if marks:
        written = "".join(token.text for token in values)
        raise BadValue(f"cannot read {written[:40]}", key.expected)
    least = 1 if key.most or not isinstance(key.default, tuple) else len(key.default)
    if not least <= len(values) <= max(least, key.most):
        wanted = key.count if key.most else least
        raise BadValue(f"{len(values)} values, but {wanted} needed", key.expected)
    return Written(key, ", ".join(_check_token(key, token) for token in values))


def _is_comma(token: Token) -> bool:
    return token.kind == "mark" and token.text == ","


def _check_token(key: Key, token: Token) -> str:
    """The token as f90nml is to read it."""
    text, is_word = token.text, token.kind == "word"
    if key.type in ("text", "file"):
        if is_word and token.is_name and not key.choices:
            raise BadValue(f"{text} is not in quotes", f"expected '{text}'")
        if is_word:
            guess = nearest(text, key.choices) if token.is_name else ""
            raise BadValue(f"{text} is not in quotes", key.expected, _in_quotes(guess))
        return _check_text(text, any_letters=key.type == "file")
    if key.type == "logical":
        if not token.is_logical:
            guess = {"yes": ".true.", "on": ".true.", "1": ".true.", "no": ".false.",
                     "off": ".false.", "0": ".false."}.get(text.strip("'\"").lower(), "")
            raise BadValue(f"{text} is not a logical", key.expected, guess)
        return text
    if token.kind == "string":
        raise BadValue(f"{text} is a text, not a number", key.expected)
    if key.type == "integer":
        if not _INTEGER.match(text):
            raise BadValue(f"{text} is not a whole number", key.expected)
    elif _NOT_FINITE.match(text):
        raise BadValue(f"{text} is not a finite number", key.expected)
    elif not _REAL.match(text):
        raise BadValue(f"{text} is not a number", key.expected)
    return text


def _in_quotes(guess: str) -> str:
    """Nearest choices, ``a or b``, as they are written in a namelist."""
    return guess and "'" + guess.replace(" or ", "' or '") + "'"


def _check_text(quoted: str, any_letters: bool) -> str:
    """A text as it is; the core takes bytes, and paths may have letters of any language."""
    content = quoted[1:-1]
    if not content.isprintable() or not (content.isascii() or any_letters):
        raise BadValue(
            f"{content[:40]!r} has characters other than plain ASCII",
            "expected letters, digits and signs of the English keyboard",
        )
    length = len(content.encode())
    if length > MAX_TEXT:
        raise BadValue(f"{length} bytes", f"expected at most {MAX_TEXT}")
    return quoted


def check_value(key: Key, value: object) -> Value:
    """Check a converted value against range and choices, and give it the type of its key.

    Raises
    ------
    BadValue
        If the value is not allowed, or not available in this version.
    """
    match key.type:
        case "real":
            value = _check_number(key, _real(value))
        case "reals":
            # f90nml: one number is no list
            numbers = value if isinstance(value, list | tuple) else [value]
            value = tuple(_check_number(key, _real(number)) for number in numbers)
        case "integer":
            value = _check_number(key, int(value))
    if value in key.later and type(value) in {type(planned) for planned in key.later}:
        raise BadValue(f"{show(value)} is not available in this version", key.expected
                       if key.choices else f"expected {show(key.default)}")
    if key.choices and value not in key.choices:
        guess = nearest(str(value), key.choices)
        raise BadValue(f"'{value}' is not a choice", key.expected, _in_quotes(guess))
    return value


def _real(number: float) -> float:
    """A number as a real; infinite if it is a whole one of more digits than a real can have."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _check_number(key: Key, number: float) -> float | int:
    if not math.isfinite(number):
        raise BadValue("is too large to be a number", key.expected)
    if number in key.range:
        return number
    shown = show(number)
    hint = next((hint for hint in key.hints if hint.low <= number < hint.high), None)
    looks = ""
    if hint:
        unit = "" if key.unit == "1" else f"{key.name} is in {key.unit}, and "
        looks = f"; {unit}{number:g} looks like {hint.text}"
    raise BadValue(f"{shown} is out of range{looks}", key.expected)
