"""A terminal's text, colours included, as SVG: one screen, or several that play. It loads nothing from elsewhere."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

LARGEST_BYTES = 200_000
LAST_FRAME_S, LONGEST_STILL_S = 5.0, 2.0
Frame = tuple[float, str]
"""Seconds from the beginning, and the screen that was there from then on."""

THEME = TerminalTheme(
    (24, 28, 33),
    (220, 224, 228),
    [
        *((38, 43, 50), (224, 108, 117), (130, 190, 110), (224, 187, 105)),
        *((97, 160, 230), (190, 130, 215), (86, 182, 194), (200, 205, 210)),
    ],
    [
        *((110, 118, 128), (240, 130, 138), (150, 210, 130), (240, 205, 130)),
        *((125, 180, 245), (210, 155, 235), (110, 205, 215), (245, 248, 250)),
    ],
)
# rich's own, without its fonts from elsewhere and its buttons of a window.
FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 16px; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def svg_of(ansi: str, width: int, name: str, title: str, *, rows: int = 0) -> str:
    """A terminal's text with its colours as an SVG that loads nothing; `width` in columns, `rows` at the least."""
    ansi += "\x1b[0m" + "\n " * max(1, rows - ansi.count("\n"))
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(ansi, no_wrap=True, end=""), crop=True, soft_wrap=False)
    drawn = console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id=name)
    return re.sub(r"\n\s*<g transform=\"translate\(26,22\)\">.*?</g>", "", drawn, count=1, flags=re.DOTALL)


def _quickened(frames: Sequence[Frame]) -> list[Frame]:
    """The same screens, none of them for longer than LONGEST_STILL_S."""
    found, saved_s = [frames[0]], 0.0
    for (before, _), (at, screen) in itertools.pairwise(frames):
        saved_s += max(0.0, at - before - LONGEST_STILL_S)
        found.append((at - saved_s, screen))
    return found


def film_of(frames: Sequence[Frame], width: int, name: str, title: str) -> str:
    """Screens one after the other, as one SVG that plays them and begins again; the last stays a while.

    One that stood longer than two seconds is shown for two.
    """
    frames = _quickened(frames)
    rows = max(screen.count("\n") for _, screen in frames) + 1
    drawn = [svg_of(screen, width, f"{name}{n}", title, rows=rows) for n, (_, screen) in enumerate(frames)]
    whole_s = frames[-1][0] + LAST_FRAME_S
    rules = []
    for number, (at, _) in enumerate(frames):
        begins, ends = (100 * moment / whole_s for moment in (at, [*(f[0] for f in frames), whole_s][number + 1]))
        shown = f"0%, {begins:.2f}% {{ opacity: 0 }} {begins + 0.01:.2f}%, {ends:.2f}% {{ opacity: 1 }}"
        rules.append(f"@keyframes {name}{number} {{ {shown} {min(100.0, ends + 0.01):.2f}%, 100% {{ opacity: 0 }} }}")
        rules.append(f".{name}-frame{number} {{ animation: {name}{number} {whole_s:.1f}s linear infinite }}")
    still = f".{name}-frame {{ opacity: 0 }} .{name}-frame{len(frames) - 1} {{ opacity: 1 }}"
    moving = f"@media (prefers-reduced-motion: no-preference) {{ {' '.join(rules)} }}"
    view = re.search(r'viewBox="[^"]*"', drawn[0])
    groups = [f'<g class="{name}-frame {name}-frame{number}">\n{one}</g>' for number, one in enumerate(drawn)]
    head = f'<svg {view[0] if view else ""} xmlns="http://www.w3.org/2000/svg">\n<style>{still} {moving}</style>'
    return "\n".join([head, *groups, "</svg>"]) + "\n"
