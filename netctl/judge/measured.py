"""What a metric comes to: a value with what it does not know of it, the figures behind it, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netctl.judge.units import Unit, written
from netctl.store.histories import Heard

MOST_EVIDENCE = 5
Figures = dict[str, float | str | None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that can be looked up: a line that begins at byte `offset` of a log, or what a block has."""

    what: str
    neuron: str | None = None
    time: float | None = None
    path: str | None = None
    offset: int | None = None
    block: int | None = None

    @classmethod
    def of(cls, event: Heard) -> Evidence:
        """The line that an event was read from."""
        told = " ".join(f"{name}={value}" for name, value in event.fields.items() if value is not None)
        return cls(f"{event.signal} {told}".strip(), event.neuron, event.time, event.path or None, event.offset)


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` is None where there is not enough data; `why` says what is missing, or what else there is to know.

    The true value lies from `value` to `most`: they differ where something is still open, such as a miner that nobody
    has asked yet. `whole` is out of how many it counts. `naive` is what a count of lines would have made of it.
    `final`: no value, and more data would bring none.
    """

    value: float | None
    most: float | None = None
    whole: float | None = None
    why: str | None = None
    figures: Mapping[str, float | str | None] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    naive: float | None = None
    final: bool = False

    @property
    def highest(self) -> float | None:
        """The most that the value can be."""
        return self.value if self.most is None else self.most

    def text(self, unit: Unit) -> str:
        """The value for people; `-` where there is none."""
        if self.value is None:
            return "-"
        text = written(self.value, unit)
        if self.most is not None and self.most != self.value:
            text = f"{text} to {written(self.most, unit)}" if self.most < float("inf") else f"{text} or more"
        return text if self.whole is None else f"{text} of {written(self.whole, unit)}"


def unknown(why: str, **figures: float | str | None) -> Measured:
    """Not enough data, and what is missing."""
    return Measured(None, why=why, figures=figures)


def unknowable(why: str, **figures: float | str | None) -> Measured:
    """What no more data would bring: what is missing is of the fleet, the pack or the subnet's list."""
    return Measured(None, why=why, figures=figures, final=True)
