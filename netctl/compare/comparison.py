"""Two runs held against each other, figure by figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from netctl.compare.figure import Figure, Source, Value
from netctl.compare.outcome import sampled
from netctl.compare.ran import Ran, ran
from netctl.compare.sources import SOURCES
from netctl.runs.document import short_document
from netctl.runs.finding import Kept
from netctl.runs.record import plain


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure in both runs; None in the one that does not have it."""

    group: str
    neuron: str
    name: str
    unit: str
    a: Figure | None
    b: Figure | None

    @property
    def differs(self) -> bool:
        """Whether it is not the same in both."""
        return _value(self.a) != _value(self.b)

    @property
    def difference(self) -> float | None:
        """B less A where both are numbers: of what comes in an hour where they are counts."""
        a, b = (_number(figure) for figure in (self.a, self.b))
        return None if a is None or b is None else b - a

    @property
    def ratio(self) -> float | None:
        """B in parts of A, less 1: 0.1 is a tenth more. None where A is nothing, or they are no numbers."""
        a, difference = _number(self.a), self.difference
        return None if not a or difference is None else difference / abs(a)


def _value(figure: Figure | None) -> Value:
    return None if figure is None else figure.value


def _number(figure: Figure | None) -> float | None:
    if figure is None or isinstance(figure.value, bool | str) or figure.value is None:
        return None
    return float(figure.value) if figure.per_hour is None else figure.per_hour


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both runs, what differs in what ran, every figure of either, and what is not known of one and why."""

    a: Kept
    b: Kept
    ran: Ran
    pairs: tuple[Pair, ...]
    unknown: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        """``netctl compare --json``."""
        return {
            "a": short_document(self.a),
            "b": short_document(self.b),
            "ran": plain(self.ran),
            "came_out": [_document(pair) for pair in self.pairs],
            "unknown": [{"run": run, "why": why} for run, why in self.unknown],
        }


def _document(pair: Pair) -> dict[str, Any]:
    rates = {"a_per_hour": _rate(pair.a), "b_per_hour": _rate(pair.b)}
    return {
        "group": pair.group,
        "neuron": pair.neuron or None,
        "figure": pair.name,
        "unit": pair.unit or None,
        "a": _value(pair.a),
        "b": _value(pair.b),
        **(rates if any(rate is not None for rate in rates.values()) else {}),
        "difference": pair.difference,
        "ratio": pair.ratio,
    }


def _rate(figure: Figure | None) -> float | None:
    return None if figure is None else figure.per_hour


def compared(a: Kept, b: Kept, sources: Sequence[Source] = SOURCES) -> Comparison:
    """Hold B against A. What one run does not have is told as missing, not as nothing."""
    unknown = [(kept.run.id, why) for kept in (a, b) if (why := sampled(kept)) is not None]
    of_a, of_b = (_figures(kept, sources) for kept in (a, b))
    return Comparison(a, b, ran(a.run, b.run), tuple(_pairs(of_a, of_b)), tuple(unknown))


def _figures(kept: Kept, sources: Sequence[Source]) -> tuple[Figure, ...]:
    return tuple(figure for source in sources for figure in source(kept)) if sampled(kept) is None else ()


def _pairs(of_a: Iterable[Figure], of_b: Iterable[Figure]) -> Iterable[Pair]:
    a, b = ({(figure.group, figure.neuron, figure.name): figure for figure in of} for of in (of_a, of_b))
    for key in dict.fromkeys((*a, *b)):
        x, y = a.get(key), b.get(key)
        unit = (x or y or Figure(*key, None)).unit
        yield Pair(*key, unit, x, y)
