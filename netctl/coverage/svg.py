"""The map as a picture: one SVG document, complete in itself, for a browser, a report or a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from netctl.coverage.drawn import Drawing, Spot
from netctl.coverage.projection import ASPECT

WIDTH = 960
MARGIN = 16
HEAD = 44
FOOT = 40
_GRID = 6.0
_MANY = 1500
"""More zipcodes than this are drawn small, or the east would be one blot."""
_LAND = "#dfe3e8"
_INK = "#1f2933"
_GAP = "#c2410c"
_PREMIUM = "#111827"
_BLUES = ("#7fb8e6", "#2f7fc1", "#0b3d73")
"""Held by one miner, by some, by all of them."""


def svg_of(drawing: Drawing, title: str) -> str:
    """The document. Zipcodes that nobody holds are rings, the others discs, the darker the more miners hold them.

    Each has a tooltip; a premium one has a square around it. Gaps and premium ones are drawn last, to stay visible.
    """
    high = WIDTH / ASPECT
    total = HEAD + high + FOOT
    return "\n".join(
        [
            _opening(WIDTH + 2 * MARGIN, total),
            f"<title>{escape(title)}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="{MARGIN}" y="26" font-size="17" font-weight="600">{escape(title)}</text>',
            f'<g transform="translate({MARGIN} {HEAD})">',
            _land(drawing, high),
            *(_spot(spot, drawing, high) for spot in _layered(drawing.spots)),
            "</g>",
            *_legend(drawing, total - FOOT / 2),
            "</svg>\n",
        ]
    )


def _opening(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:.0f}" width="{width:g}" '
        f'height="{height:.0f}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">'
    )


def _land(drawing: Drawing, high: float) -> str:
    """Dots on a grid wherever some zipcode is: the country's shape, without a border of anybody's."""
    dots = {(int(p.x * WIDTH / _GRID), int(p.y * high / _GRID)) for p in drawing.land}
    path = "".join(f"M{column * _GRID + 1:g} {row * _GRID + 1:g}h4v4h-4z" for column, row in sorted(dots))
    return f'<path d="{path}" fill="{_LAND}"/>'


def _layered(spots: Sequence[Spot]) -> list[Spot]:
    """In the order of drawing: what is looked for lies on top, gaps and above all premium ones, then the largest."""
    upward = list(reversed(spots))
    return sorted(upward, key=lambda spot: 2 * spot.place.premium + (not spot.holders))


def _spot(spot: Spot, drawing: Drawing, high: float) -> str:
    x, y = spot.point.x * WIDTH, spot.point.y * high
    place = spot.place
    where = f"{place.zipcode} {place.city}, {place.state}".rstrip(" ,")
    told = f"{where} ({place.tier}{', premium' if place.premium else ''}): {_held_by(spot.holders)}"
    square = (
        f'<rect x="{x - 5.5:.1f}" y="{y - 5.5:.1f}" width="11" height="11" fill="none" stroke="{_PREMIUM}"/>'
        if place.premium
        else ""
    )
    return f'<g><title>{escape(told)}</title>{square}<circle cx="{x:.1f}" cy="{y:.1f}" {_look(spot, drawing)}/></g>'


def _look(spot: Spot, drawing: Drawing) -> str:
    radius = 3.0 if len(drawing.spots) <= _MANY else 1.7
    if not spot.holders:
        return f'r="2.4" fill="#ffffff" fill-opacity="0.6" stroke={quoteattr(_GAP)}'
    return f'r="{radius:g}" fill={quoteattr(_colour(len(spot.holders), drawing.miners))}'


def _colour(holders: int, miners: int) -> str:
    if holders == 1:
        return _BLUES[0]
    return _BLUES[2] if holders == miners else _BLUES[1]


def _held_by(holders: tuple[str, ...]) -> str:
    if not holders:
        return "nobody"
    return ", ".join(holders[:6]) + (f" and {len(holders) - 6} more" if len(holders) > 6 else "")


def _legend(drawing: Drawing, y: float) -> Iterator[str]:
    marks = [
        (f'r="4" fill="#ffffff" stroke="{_GAP}"', "nobody holds it"),
        (f'r="4" fill="{_BLUES[0]}"', "one miner"),
        (f'r="4" fill="{_BLUES[1]}"', "several"),
        (f'r="4" fill="{_BLUES[2]}"', f"all {drawing.miners}"),
    ]
    if drawing.miners < 3:
        del marks[2]
    if drawing.miners < 2:
        del marks[-1]
    x = float(MARGIN + 6)
    for look, text in marks:
        yield f'<circle cx="{x:g}" cy="{y:g}" {look}/><text x="{x + 10:g}" y="{y + 4.5:g}">{escape(text)}</text>'
        x += 36 + 7.2 * len(text)
    yield f'<rect x="{x - 5:g}" y="{y - 5.5:g}" width="11" height="11" fill="none" stroke="{_PREMIUM}"/>'
    yield f'<text x="{x + 12:g}" y="{y + 4.5:g}">premium</text>'
    x += 36 + 7.2 * len("premium")
    yield f'<rect x="{x - 4:g}" y="{y - 4:g}" width="8" height="8" fill="{_LAND}"/>'
    yield f'<text x="{x + 10:g}" y="{y + 4.5:g}">a zipcode that the list lacks</text>'
