"""How values are written in a report."""

from __future__ import annotations

from datetime import UTC, datetime

from netctl.money import RAO_PER_TAO
from netctl.report.page import MARKS, Cell

NONE = "-"
_BARS = "▁▂▃▄▅▆▇█"


def percent(share: float | None, digits: int = 1) -> str:
    """``61.2 %``; ``-`` for what is not known."""
    return NONE if share is None else f"{100 * share:.{digits}f} %"


def number(value: float | None) -> str:
    """Four digits or so, thousands apart; ``-`` for what is not known."""
    if value is None:
        return NONE
    size = abs(value)
    if size == 0 or size >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def alpha(rao: float | None) -> str:
    """An amount of the subnet's alpha."""
    return NONE if rao is None else f"{rao / RAO_PER_TAO:.4f}"


def moment(time: float | None) -> str:
    """A moment in UTC, to the second."""
    return NONE if time is None else f"{datetime.fromtimestamp(int(time), UTC):%Y-%m-%d %H:%M:%S} UTC"


def right(text: str, tone: str = "") -> Cell:
    """A number in a table."""
    return Cell(text, tone, number=True)  # type: ignore[arg-type]


def marked(ok: bool | None) -> Cell:
    """A verdict in a table."""
    mark, tone = MARKS[ok]
    return Cell(mark, tone)


def counted(count: int, one: str, several: str = "") -> str:
    """``1 miner``, ``3 miners``."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def spark(values: list[float], width: int = 40, top: float | None = None) -> str:
    """A line of little bars, from nothing to `top`, or to the highest."""
    if not values:
        return ""
    step = max(1.0, len(values) / width)
    picked = [values[int(at * step)] for at in range(min(width, len(values)))]
    picked[-1] = values[-1]
    most = top or max(max(values), 0.0) or 1.0
    return "".join(_BARS[max(0, min(7, round(7 * value / most)))] for value in picked)
