"""A figure of a run: what every source of outcomes gives, and what two runs are compared by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netctl.runs.finding import Kept

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one run, of a neuron or, with "", of the run as a whole.

    `group` and `name` say what it is, the same in every run. `per_hour` is there where the value is a count, so that
    runs of different lengths can be compared. A value that is no number is only told, not subtracted.
    """

    group: str
    neuron: str
    name: str
    value: Value
    unit: str = ""
    per_hour: float | None = None


Source = Callable[[Kept], Iterable[Figure]]
"""Gives figures of a run, none where it knows nothing of it: `netctl.compare.sources.SOURCES` lists them."""
