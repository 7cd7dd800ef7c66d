"""How a field's text becomes a value: whole numbers, numbers, shares, flags, lists of uids."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

Kind = Literal["text", "int", "number", "percent", "flag", "uid", "hotkey", "uids", "zipcode", "bytes", "seconds"]
Value = str | int | float | bool | None | list[int]

_TRUE = frozenset({"true", "yes", "1", "on"})
_FALSE = frozenset({"false", "no", "0", "off"})


def _number(text: str) -> float | None:
    """A number as Python and numpy print it, `2.26e-38` too; None for nan and infinity, which no sum survives."""
    value = float(text)
    return value if math.isfinite(value) else None


def _percent(text: str) -> float | None:
    """`60%` or `60.0` as a share of 1."""
    value = _number(text.rstrip("%"))
    return None if value is None else value / 100


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _uids(text: str) -> list[int]:
    return sorted(int(part) for part in text.replace(",", " ").split())


READERS: Mapping[Kind, Callable[[str], Value]] = {
    "text": str,
    "hotkey": str,
    "zipcode": str,
    "int": _whole,
    "uid": _whole,
    "bytes": _whole,
    "number": _number,
    "seconds": _number,
    "percent": _percent,
    "flag": _flag,
    "uids": _uids,
}
"""Each raises ValueError for a text that is none of its kind."""

AS_IT_IS: frozenset[Kind] = frozenset({"text", "hotkey", "zipcode"})
"""Kinds whose value is the text."""
