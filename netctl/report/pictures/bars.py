"""Bars, one below the other, of one part or of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from netctl.report.pictures.palette import FAINT, GRID, INK, STROKES
from netctl.report.pictures.scale import Scale, short

WIDTH = 860
LEFT, RIGHT, TOP = 150, 130, 26
ROW, THICK = 24, 15
_NAME = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, a value for each part, and what stands behind it."""

    name: str
    parts: tuple[float, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Bars:
    """`parts` names the parts of each bar; `limit` is drawn as a line with its text, if there is one."""

    label: str
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]
    limit: float | None = None
    limit_text: str = ""
    text: Callable[[float], str] = short


def bar_chart(bars: Bars) -> str | None:
    """The picture; None where there is no bar, or nothing in any."""
    longest = max((sum(bar.parts) for bar in bars.bars), default=0.0)
    if longest <= 0:
        return None
    # A limit far beyond every bar would make them all vanish; it is told in words then.
    shown = bars.limit is not None and bars.limit <= 4 * longest
    x = Scale(0.0, max(longest, bars.limit or 0.0) if shown else longest, LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(bars.bars) + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"><title>{escape(bars.label)}</title>'
        + "".join([*_legend(bars), *_rows(bars, x), *(_limit(bars, x, height) if shown else ())])
        + "</svg>"
    )


def _legend(bars: Bars) -> Iterator[str]:
    at = float(LEFT)
    for place, name in enumerate(bars.parts if len(bars.parts) > 1 else ()):
        yield f'<rect x="{at:.1f}" y="5" width="11" height="11" fill="{_colour(place)}"/>'
        yield f'<text x="{at + 16:.1f}" y="15">{escape(name)}</text>'
        at += 34 + 7.0 * len(name)


def _rows(bars: Bars, x: Scale) -> Iterator[str]:
    for row, bar in enumerate(bars.bars):
        y = TOP + ROW * row
        name = bar.name if len(bar.name) <= _NAME else f"{bar.name[: _NAME - 1]}…"
        yield f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
        yield f'<path d="M{LEFT} {y + THICK / 2:g}H{WIDTH - RIGHT}" stroke="{GRID}"/>'
        begin = 0.0
        for place, part in enumerate(bar.parts):
            if part > 0:
                left, right = x(begin), x(begin + part)
                yield (
                    f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{THICK}"'
                    f' fill="{_colour(place)}"/>'
                )
            begin += part
        yield f'<text x="{x(begin) + 6:.1f}" y="{y + 12}">{escape(bar.told)}</text>'


def _limit(bars: Bars, x: Scale, height: int) -> Sequence[str]:
    at = x(bars.limit or 0.0)
    line = f'<path d="M{at:.1f} {TOP - 6}V{height - 6}" stroke="{STROKES[1].colour}" stroke-dasharray="4 3"/>'
    place = f'x="{at:.1f}" y="{TOP - 11}" text-anchor="middle" fill="{STROKES[1].colour}"'
    return line, f"<text {place}>{escape(bars.limit_text)}</text>"


def _colour(place: int) -> str:
    return (STROKES[0].colour, STROKES[1].colour, FAINT, STROKES[2].colour)[place % 4]
