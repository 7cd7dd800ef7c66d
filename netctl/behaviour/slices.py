"""A miner's behaviour as series over slices of time, and what it earned in each."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.behaviour.kinds import Kinds
from netctl.behaviour.spec import Activity
from netctl.roll import Roll
from netctl.store.activity import Judged, Looked, Slicing, Summed
from netctl.store.histories import Pay


@dataclass(frozen=True, slots=True)
class Slice:
    """What a miner did in one slice: `kinds`, `regions` and `zipcodes` are how often it looked at each.

    `every_s` is the time from one round to the next, None without any. `quality` is good over good and bad, None where
    nothing was sampled. `incentive` is the mean over the slice, a share of 1; None where the chain was not looked at.
    """

    begin_s: float
    kinds: Counter[str]
    regions: Counter[str]
    zipcodes: int
    rounds: int
    brought: float
    sent: float | None
    every_s: float | None
    good: int
    bad: int
    incentive: float | None

    @property
    def looks(self) -> int:
        return self.kinds.total()

    @property
    def quality(self) -> float | None:
        sampled = self.good + self.bad
        return self.good / sampled if sampled else None


FEWEST, MOST = 8, 24
ROUNDS_EACH = 3


def slices_for(rounds: int) -> int:
    """Into how many slices so many rounds of one miner are cut: three rounds or more in each, 8 slices to 24."""
    return max(FEWEST, min(MOST, rounds // ROUNDS_EACH))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store has of all miners, slice by slice."""

    slicing: Slicing
    looked: Sequence[Looked] = ()
    rounds: Sequence[Summed] = ()
    sent: Sequence[Summed] | None = None
    judged: Sequence[Judged] = ()
    pay: Sequence[Pay] = ()


def slices_of(
    miners: Sequence[str], told: Recorded, activity: Activity, kinds: Kinds, roll: Roll
) -> Mapping[str, tuple[Slice, ...]]:
    """Each miner's, from the slice in which it first did anything to the last one."""
    slicing = told.slicing
    looks: dict[tuple[str, int], list[Looked]] = {}
    for each in told.looked:
        looks.setdefault((each.neuron, each.slot), []).append(each)
    rounds = {(each.neuron, each.slot): each for each in told.rounds}
    sent = None if told.sent is None else {(each.neuron, each.slot): each.amount for each in told.sent}
    good, bad = _sampled(told.judged, activity, slicing, roll)
    paid = {miner: _Paid(miner, told.pay, roll) for miner in miners}

    def of(miner: str, slot: int) -> Slice:
        here = (miner, slot)
        begin = slicing.begin_of(slot)
        done = rounds.get(here)
        seen = looks.get(here, [])
        return Slice(
            begin_s=begin,
            kinds=_counted([(kinds.kind(each.zipcode), each.times) for each in seen]),
            regions=_counted([(kinds.region(each.zipcode), each.times) for each in seen]),
            zipcodes=len(seen),
            rounds=0 if done is None else done.count,
            brought=0.0 if done is None else done.amount,
            sent=None if sent is None else sent.get(here, 0.0),
            every_s=None if done is None or not done.count else slicing.length_s / done.count,
            good=good[here],
            bad=bad[here],
            incentive=paid[miner].mean(begin, begin + slicing.length_s),
        )

    first: dict[str, int] = {}
    for name, slot in (*looks, *rounds):
        first[name] = min(slot, first.get(name, slot))
    return {m: tuple(of(m, slot) for slot in range(first[m], slicing.count)) if m in first else () for m in miners}


def _counted(pairs: Sequence[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, times in pairs:
        found[name] += times
    return found


def _sampled(
    judged: Sequence[Judged], activity: Activity, slicing: Slicing, roll: Roll
) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    good: Counter[tuple[str, int]] = Counter()
    bad: Counter[tuple[str, int]] = Counter()
    for each in judged if activity.quality is not None else ():
        miner = roll.called(uid=each.uid, hotkey=each.hotkey, time=slicing.begin_of(each.slot))
        if miner is None or activity.quality is None:
            continue
        if each.outcome in activity.quality.good:
            good[miner, each.slot] += each.count
        elif each.outcome in activity.quality.bad:
            bad[miner, each.slot] += each.count
    return good, bad


class _Paid:
    """One miner's incentive as steps in time."""

    def __init__(self, miner: str, pay: Sequence[Pay], roll: Roll) -> None:
        own = [each for each in pay if roll.called(uid=each.uid, hotkey=each.hotkey, time=each.time) == miner]
        self._times = [each.time for each in own]
        self._values = [each.incentive for each in own]

    def mean(self, begin: float, end: float) -> float | None:
        """Over a stretch of time; of the part of it that is known."""
        total = known = 0.0
        at = max(0, bisect_right(self._times, begin) - 1)
        while at < len(self._times) and self._times[at] < end:
            until = self._times[at + 1] if at + 1 < len(self._times) else end
            part = min(until, end) - max(self._times[at], begin)
            if part > 0:
                total += part * self._values[at]
                known += part
            at += 1
        return total / known if known else None
