"""How a fault speaks of what it found, and how a validator reports several faults of one value at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from netctl.profile.place import Place

LONGEST_SHOWN = 48
Sub = tuple[Place, str, str]
"""A fault inside a value: where under it, message, hint."""


def found(value: Any) -> str:
    """A short word for a value, as a person would name it in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"the number {number_text(value)}"
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 3] + "...")
    return "a mapping" if isinstance(value, Mapping) else "a list"


def number_text(value: int | Decimal) -> str:
    """The number as it was written: no exponent, no digit lost."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """The error of a value that is wrong as a whole."""
    return wrongs([((), message, hint)])


def wrongs(faults: Sequence[Sub]) -> PydanticCustomError:
    """The error of a value with several faults inside; `structure` takes them apart again."""
    return PydanticCustomError("netctl", "{first}", {"first": faults[0][1], "faults": tuple(faults)})


def expected(what: str, value: Any, hint: str = "") -> PydanticCustomError:
    """The error of a value of the wrong kind."""
    if not hint:
        is_nested = isinstance(value, Mapping | tuple)
        hint = f"write one value instead of {found(value)}" if is_nested else "put it in quotes"
    return wrong(f"expected {what}, found {found(value)}", hint)
