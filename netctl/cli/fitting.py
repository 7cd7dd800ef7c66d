"""Tables on terminals that are too narrow for them: long columns are shortened, then the least of them left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netctl.cli.output import Cell, terminal_width

GAP = 2


def fitted(
    headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, shorten: Mapping[str, int], drop: Sequence[str] = ()
) -> tuple[list[str], list[list[Cell]]]:
    """The table as far as the terminal is wide; whole where there is none.

    `shorten` gives columns, the first one first, the width that they are cut to; `drop` those that may be left out.
    """
    wide = terminal_width()
    names, table = list(headers), [list(row) for row in rows]
    for name, width in shorten.items():
        if _width(names, table) > wide:
            at = names.index(name)
            for row in table:
                row[at] = _cut(row[at], width)
    for name in drop:
        if _width(names, table) > wide:
            at = names.index(name)
            del names[at]
            for row in table:
                del row[at]
    return names, table


def _width(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    widths = [
        max(len(header), *(len(row[at].text) for row in rows)) if rows else len(header)
        for at, header in enumerate(headers)
    ]
    return sum(widths) + GAP * (len(widths) - 1)


def _cut(cell: Cell, width: int) -> Cell:
    return cell if len(cell.text) <= width else Cell(f"{cell.text[: width - 1]}…", cell.style)
