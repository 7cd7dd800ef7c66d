"""Colours that also the colour-blind tell apart, each with a dash of its own for paper without colours."""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1f2933"
FAINT = "#8a94a0"
GRID = "#e3e7ec"


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn."""

    colour: str
    dash: str = ""
    width: float = 2.0


STROKES = (
    Stroke("#0b5fa5"),
    Stroke("#c2410c", "7 3"),
    Stroke("#047857", "2 3"),
    Stroke("#7c3aed", "9 3 2 3"),
    Stroke("#b45309", "4 2"),
    Stroke("#be185d", "12 3"),
    Stroke("#0e7490", "1 2"),
    Stroke("#4b5563", "6 2 1 2 1 2"),
)
REST = Stroke("#b6bec8", width=1.0)


def stroke(place: int) -> Stroke:
    """That of the line in this place; those beyond the palette are all alike, and thin."""
    return STROKES[place] if place < len(STROKES) else REST
