"""Evaluations: each turn that a miner had with a validator, with all that was said in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from netctl.judge.facts import Facts, Signal
from netctl.store.histories import Heard

STARTED, ENDED = "evaluation_started", "evaluated"
TURN: tuple[Signal, ...] = (("validator", STARTED), ("validator", ENDED))
"""The signals that every reader of turns reads."""

PATIENCE = 1.0
"""A turn without a verdict is lost when another has begun, or when it is so many periods old."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One evaluation of a miner by a validator: the line that began it, and all until the next one of the same two.

    `until` is when that one began, infinity for the last.
    """

    validator: str
    miner: str
    began: Heard
    until: float
    events: tuple[Heard, ...]

    @property
    def ended(self) -> Heard | None:
        """The verdict that it came to."""
        return self.first(ENDED)

    def first(self, *signals: str) -> Heard | None:
        """The first event of these signals."""
        return next((event for event in self.events if event.signal in signals), None)

    def all(self, *signals: str) -> tuple[Heard, ...]:
        """Every event of these signals."""
        return tuple(event for event in self.events if event.signal in signals)


def turns_of(facts: Facts, signals: Iterable[str] = ()) -> list[Turn]:
    """Every evaluation of the fleet's miners, in the order in which they began, with its verdict and these signals."""
    begins: dict[tuple[str, str], list[Heard]] = {}
    for miner, event in facts.about(STARTED):
        begins.setdefault((event.neuron, miner), []).append(event)
    within: dict[tuple[str, str], list[list[Heard]]] = {pair: [[] for _ in each] for pair, each in begins.items()}
    keys = {pair: [_place(event) for event in each] for pair, each in begins.items()}
    for signal in dict.fromkeys((ENDED, *signals)):
        for miner, event in facts.about(signal):
            pair = event.neuron, miner
            at = bisect_right(keys.get(pair, ()), _place(event)) - 1
            if at >= 0:
                within[pair][at].append(event)
    found = []
    for pair, each in begins.items():
        for number, began in enumerate(each):
            until = each[number + 1].time if number + 1 < len(each) else inf
            found.append(Turn(*pair, began, until, tuple(sorted(within[pair][number], key=_place))))
    return sorted(found, key=lambda turn: _place(turn.began))


def over(facts: Facts, turns: Iterable[Turn]) -> list[Turn]:
    """Those that are over: with a verdict, or so old that none comes any more."""
    return [turn for turn in turns if turn.ended is not None or is_lost(facts, turn)]


def is_lost(facts: Facts, turn: Turn) -> bool:
    """Whether it ended without a verdict."""
    if turn.ended is not None:
        return False
    period_s = facts.periods.get(turn.validator)
    old = period_s is not None and facts.window.until - turn.began.time > PATIENCE * period_s
    return turn.until < inf or old


def _place(event: Heard) -> tuple[float, int]:
    return event.time, event.offset
