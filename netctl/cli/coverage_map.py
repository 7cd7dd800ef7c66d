"""The map of the coverage on a terminal, and as a file."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path

from netctl.cli.output import is_terminal, say, show, terminal_width
from netctl.coverage.cells import MARKS, MEANINGS, Kind, cells_of
from netctl.coverage.coverage import Coverage
from netctl.coverage.drawn import Drawing, drawing_of
from netctl.coverage.svg import svg_of
from netctl.errors import UsageError

WIDEST = 160
USUAL_WIDTH = 100
STYLES: dict[Kind, str] = {"sea": "", "land": "bright_black", "none": "red", "some": "yellow", "all": "bold green"}


def drawn(coverage: Coverage) -> Drawing:
    """What the map shows; the places come from the package `zipcodes`."""
    from netctl.adapters.positions import positions

    return drawing_of(coverage, positions())


def show_map(drawing: Drawing) -> None:
    """The map in characters, as wide as the terminal, with its legend."""
    import sys

    from rich.text import Text

    from netctl.cli.output import console

    width = min(terminal_width(), WIDEST) if is_terminal(sys.stdout) else USUAL_WIDTH
    for row in cells_of(drawing, width):
        line = "".join(MARKS[kind] for kind in row).rstrip()
        if not is_terminal(sys.stdout):
            show(line)
            continue
        text = Text(no_wrap=True)
        for kind, run in groupby(row):
            text.append(MARKS[kind] * len(list(run)), STYLES[kind])
        text.rstrip()
        console(sys.stdout).print(text)
    present = {kind for row in cells_of(drawing, width) for kind in row}
    show("  ".join(f"{MARKS[kind]} {meaning}" for kind, meaning in MEANINGS.items() if kind in present))
    if drawing.unplaced:
        show(f"not on the map, for nobody knows where they are: {_unplaced_text(drawing)}")


def write_svg(drawing: Drawing, title: str, path: Path) -> None:
    """The map as a picture, put in place whole; UsageError where that cannot be."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(svg_of(drawing, title), encoding="utf-8")
        beside.replace(path)
    except OSError as exc:
        beside.unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="name a file in a directory of yours"
        ) from exc
    say(f"wrote {path}")


def _unplaced_text(drawing: Drawing) -> str:
    codes = [place.zipcode for place in drawing.unplaced]
    return ", ".join(codes[:10]) + (f" and {len(codes) - 10} more" if len(codes) > 10 else "")
