"""Lines over time, each named where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from xml.sax.saxutils import escape

from netctl.report.pictures.palette import FAINT, GRID, INK, STROKES, stroke
from netctl.report.pictures.scale import Scale, short, ticks

WIDTH, HEIGHT = 860, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 14, 46
MOST_POINTS = 400
_APART = 14.0
_NAME = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A name and its points, the earliest first; a value that is no number breaks the line."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one axis of time. `stepped`: a value holds until the next. `label` says what it is for who sees none.

    The first lines are drawn strongest, up to eight; the others are thin and grey.
    """

    label: str
    x_name: str
    y_name: str
    lines: tuple[Line, ...]
    stepped: bool = False
    y_text: Callable[[float], str] = short


def line_chart(chart: Chart) -> str | None:
    """The picture; None where no line has a point."""
    points = [point for line in chart.lines for point in line.points if isfinite(point[1])]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    across = ticks(min(0.0, *xs), max(xs), 8)
    upward = ticks(min(0.0, *ys), max(ys) or 1.0, 5)
    x = Scale(across[0], max(max(xs), across[0] + 1e-9), LEFT, WIDTH - RIGHT)
    y = Scale(upward[0], upward[-1], HEIGHT - BOTTOM, TOP)
    body = [
        *_grid(chart, [tick for tick in across if tick <= x.high], upward, x, y),
        *(_path(line, place, x, y, chart.stepped) for place, line in reversed(list(enumerate(chart.lines)))),
        *_names(chart.lines, y),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"><title>{escape(chart.label)}</title>'
        + "".join(body)
        + "</svg>"
    )


def _grid(chart: Chart, across: Sequence[float], upward: Sequence[float], x: Scale, y: Scale) -> Iterator[str]:
    for tick in upward:
        at = y(tick)
        yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>'
        yield f'<text x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{escape(chart.y_text(tick))}</text>'
    floor = HEIGHT - BOTTOM
    yield f'<path d="M{LEFT} {floor}H{WIDTH - RIGHT}" stroke="{FAINT}"/>'
    for tick in across:
        at = x(tick)
        yield f'<path d="M{at:.1f} {floor}v5" stroke="{FAINT}"/>'
        yield f'<text x="{at:.1f}" y="{floor + 18}" text-anchor="middle">{escape(short(tick))}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:.1f}" y="{HEIGHT - 8}" text-anchor="middle" fill="{FAINT}">{escape(chart.x_name)}</text>'
    yield (
        f'<text transform="translate(13 {(TOP + floor) / 2:.1f}) rotate(-90)" text-anchor="middle" fill="{FAINT}">'
        f"{escape(chart.y_name)}</text>"
    )


def _path(line: Line, place: int, x: Scale, y: Scale, stepped: bool) -> str:
    look = stroke(place)
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    return (
        f'<path d="{_drawn(thinned(line.points), x, y, stepped)}" fill="none" stroke="{look.colour}"'
        f' stroke-width="{look.width:g}" stroke-linejoin="round"{dash}><title>{escape(line.name)}</title></path>'
    )


def _drawn(points: Sequence[tuple[float, float]], x: Scale, y: Scale, stepped: bool) -> str:
    parts: list[str] = []
    drawing = False
    for at, value in points:
        if not isfinite(value):
            drawing = False
            continue
        if drawing and stepped:
            parts.append(f"H{x(at):.1f}V{y(value):.1f}")
        else:
            parts.append(f"{'L' if drawing else 'M'}{x(at):.1f} {y(value):.1f}")
        drawing = True
    if drawing and stepped:
        parts.append(f"H{x.end:.1f}")
    return "".join(parts)


def thinned(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> Sequence[tuple[float, float]]:
    """No more points than a picture shows: of each slot of time the last one."""
    if len(points) <= most:
        return points
    first, last = points[0][0], points[-1][0]
    width = (last - first) / most or 1.0
    kept: dict[int, tuple[float, float]] = {}
    for point in points:
        kept[min(most - 1, int((point[0] - first) / width))] = point
    return list(kept.values())


def _names(lines: Sequence[Line], y: Scale) -> Iterator[str]:
    """Beside the end of each line, pushed apart where they would lie on each other."""
    ends = [
        (y(last), place, line.name)
        for place, line in enumerate(lines[: len(STROKES)])
        if (last := next((value for _, value in reversed(line.points) if isfinite(value)), None)) is not None
    ]
    for (wanted, place, name), at in zip(sorted(ends), _apart([end[0] for end in sorted(ends)]), strict=True):
        look = stroke(place)
        begin = WIDTH - RIGHT
        yield f'<path d="M{begin + 2} {wanted:.1f}L{begin + 12} {at:.1f}h10" stroke="{look.colour}" fill="none"/>'
        yield f'<text x="{begin + 27}" y="{at + 4:.1f}" fill="{look.colour}">{escape(_cut(name))}</text>'
    rest = len(lines) - len(STROKES)
    if rest > 0:
        yield f'<text x="{WIDTH - RIGHT + 27}" y="{HEIGHT - 8}" fill="{FAINT}">and {rest} more, in grey</text>'


def _apart(places: Sequence[float]) -> list[float]:
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + _APART) if found else place)
    over = found[-1] - (HEIGHT - BOTTOM) if found else 0.0
    if over > 0:
        # What was pushed below the picture goes up again, from the last one on.
        limit = float(HEIGHT - BOTTOM)
        for at in range(len(found) - 1, -1, -1):
            found[at] = min(found[at], limit)
            limit = found[at] - _APART
    return found


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
