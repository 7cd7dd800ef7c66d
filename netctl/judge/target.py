"""What a criterion asks of a figure: ``>= 3``, ``< 1x``, ``0.9x to 2x``, ``all``, ``none``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from netctl.judge.units import Unit, number_of

_COMPARED = re.compile(r"(>=|<=|==|>|<)\s*(\S.*)")
_BETWEEN = re.compile(r"(\S+)\s+to\s+(\S+)")
EXAMPLES = "`>= 3`, `< 10%`, `== 0`, `0.9x to 2x`, `all` or `none`"


@dataclass(frozen=True, slots=True)
class Target:
    """An interval, without an end where it is None; `open_low` and `open_high` leave its ends out.

    `of_whole`: its ends are shares of what there is.
    """

    text: str
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    of_whole: bool = False

    def met(self, least: float, most: float, whole: float | None = None) -> bool | None:
        """Whether a value is in it that lies somewhere from `least` to `most`; None where both can be.

        None too where it asks for a share and nobody knows of how many, or there are none.
        """
        factor = 1.0
        if self.of_whole:
            if not whole:
                return None
            factor = whole
        inside = [self._holds(value, factor) for value in (least, most)]
        if all(inside):
            return True
        if any(inside):
            return None
        # Both lie outside: surely not in it, unless one is below and the other above.
        low, high = self._ends(factor)
        return None if least < low and most > high else False

    def _ends(self, factor: float) -> tuple[float, float]:
        return -inf if self.low is None else self.low * factor, inf if self.high is None else self.high * factor

    def _holds(self, value: float, factor: float) -> bool:
        low, high = self._ends(factor)
        above = value > low if self.open_low else value >= low - _SLACK
        return above and (value < high if self.open_high else value <= high + _SLACK)


_SLACK = 1e-9
"""So that 60 % of five is three."""


def target_of(text: str, unit: Unit, *, has_whole: bool) -> Target:
    """The target that a text means for a metric of that unit; ValueError for what means none, and says why.

    `has_whole`: the metric counts out of a known number, so that `all` and percentages of it have a meaning.
    """
    words = " ".join(text.split())
    if words == "none" and unit == "count":
        return Target(text, 0, 0)
    if words == "all":
        if not has_whole:
            raise ValueError("`all` needs a metric that counts out of a known number")
        return Target(text, 1, 1, of_whole=True)
    if compared := _COMPARED.fullmatch(words):
        value, of_whole = _figure(compared[2], unit, has_whole=has_whole)
        match compared[1]:
            case ">=":
                return Target(text, low=value, of_whole=of_whole)
            case ">":
                return Target(text, low=value, open_low=True, of_whole=of_whole)
            case "<=":
                return Target(text, high=value, of_whole=of_whole)
            case "<":
                return Target(text, high=value, open_high=True, of_whole=of_whole)
            case _:
                return Target(text, value, value, of_whole=of_whole)
    if between := _BETWEEN.fullmatch(words):
        (low, of_whole), (high, other) = (_figure(part, unit, has_whole=has_whole) for part in between.groups())
        if of_whole != other:
            raise ValueError("one end is a percentage and the other is none")
        if low > high:
            raise ValueError(f"{between[1]} is more than {between[2]}")
        return Target(text, low, high, of_whole=of_whole)
    raise ValueError(f"{text[:40]!r} asks for nothing")


def _figure(text: str, unit: Unit, *, has_whole: bool) -> tuple[float, bool]:
    value, of_whole = number_of(text, unit)
    if of_whole and not has_whole:
        raise ValueError(f"{text} needs a metric that counts out of a known number")
    return value, of_whole
