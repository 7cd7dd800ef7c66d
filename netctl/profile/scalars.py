"""What a plain YAML word stands for: text, a whole number, a decimal, true, false or nothing.

YAML 1.1 and 1.2 disagree about words such as ``no``, ``08701``, ``1_000`` and ``1:30``; such a word is refused with
a hint to quote it, so that a profile means one thing to every reader. Decimals keep their digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

Scalar = str | int | Decimal | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_OLD_BOOLEAN = re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)?\.[0-9]+|-?(?:0|[1-9][0-9]*)\.[0-9]*")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9]*(?:_+[0-9]*)+(?:\.[0-9_]*)?|[-+]?[0-9]*\.[0-9]*_[0-9_]*")
_OTHER_BASE = re.compile(r"[-+]?0[xob][0-9a-fA-F_]+")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

LONGEST_NUMBER = 32


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A word that YAML readers disagree about."""

    message: str
    hint: str


def resolve_plain(word: str) -> Scalar | Ambiguous:
    """The value of an unquoted word, or why it is refused."""
    if word in _NULL:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if _INTEGER.fullmatch(word) or _DECIMAL.fullmatch(word):
        return _number(word)
    return _trap(word) or word


def _number(word: str) -> int | Decimal | Ambiguous:
    if len(word) > LONGEST_NUMBER:
        return Ambiguous(f"a number of {len(word)} characters", "write a shorter number, or quote the text")
    return int(word) if _INTEGER.fullmatch(word) else Decimal(word)


def _trap(word: str) -> Ambiguous | None:
    shown = word if len(word) <= LONGEST_NUMBER else word[:LONGEST_NUMBER] + "..."
    quote = f'quote it: "{shown}"'
    if _OLD_BOOLEAN.fullmatch(word):
        meant = "true" if word.lower() in ("y", "yes", "on") else "false"
        return Ambiguous(
            f"`{word}` is a truth value to some YAML readers and text to others",
            f'write {meant}, or quote the word: "{word}"',
        )
    if _LEADING_ZERO.fullmatch(word):
        return Ambiguous(
            f"`{shown}` starts with a zero: some YAML readers take it for an octal number and drop the zero",
            f'quote it to keep the zero: "{shown}"',
        )
    if _SEXAGESIMAL.fullmatch(word):
        return Ambiguous(f"`{shown}` is a number in base sixty to some YAML readers", quote)
    if _UNDERSCORES.fullmatch(word):
        return Ambiguous(f"`{shown}` is a number to some YAML readers and text to others", "leave out the underscores")
    if _OTHER_BASE.fullmatch(word):
        return Ambiguous(f"`{shown}` is not a decimal number", f"write it in decimal, or {quote}")
    if _EXPONENT.fullmatch(word):
        return Ambiguous(
            f"`{shown}` is a number to some YAML readers and text to others",
            f"write it without an exponent, or {quote}",
        )
    if _NOT_FINITE.fullmatch(word):
        return Ambiguous(f"`{shown}` is not a finite number", f"write a number, or {quote}")
    return None
