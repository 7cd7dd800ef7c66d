"""One thing that went wrong, whose it is, and what shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from netctl.report.facts import Facts, Recorded, Signal
from netctl.report.told import Evidence
from netctl.store.tellings import Telling

Kind = Literal[
    "duplicates",
    "lies",
    "stopped uploading",
    "uploads fail",
    "slow",
    "silent",
    "copies weights",
    "sets no weights",
    "weights refused",
    "API errors",
    "not validated",
    "restarts",
    "down",
    "exceptions",
    "chain errors",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """`neuron` is "" for one of the whole fleet. `next` is a command or a thing to do, "" where there is none.

    With `sure` it is what it says; without, it is only likely, and `what` tells why.
    """

    kind: Kind
    neuron: str
    what: str
    evidence: tuple[Evidence, ...] = ()
    sure: bool = True
    next: str = ""


def of_each(facts: Facts, recorded: Recorded, signal: Signal, said: str | None = None) -> Mapping[str, list[Telling]]:
    """A validator's tellings by the miner of the run that they are about; one outcome only where it is named."""
    found: dict[str, list[Telling]] = {}
    for telling in recorded.tellings.get(signal, ()):
        name = recorded.roll.called(uid=telling.uid, hotkey=telling.hotkey, time=telling.first_s)
        if name in facts.miners and (said is None or telling.said == said):
            found.setdefault(name or "", []).append(telling)
    return found


def pointed(
    facts: Facts, recorded: Recorded, signal: Signal, tellings: Iterable[Telling], most: int = 2
) -> tuple[Evidence, ...]:
    """The first lines of these tellings, to be looked up."""
    return tuple(islice(_pointed(facts, recorded, signal, tellings), most))


def _pointed(facts: Facts, recorded: Recorded, signal: Signal, tellings: Iterable[Telling]) -> Iterator[Evidence]:
    for telling in tellings:
        for spot in recorded.spots(telling, signal):
            said = f", outcome {telling.said}" if telling.said is not None else ""
            yield facts.pointed(f"{signal[1]}{said}", spot)


def count(tellings: Iterable[Telling]) -> int:
    """How many lines they are."""
    return sum(telling.count for telling in tellings)


def times(number: int, one: str, several: str = "") -> str:
    """``1 line``, ``3 lines``."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
