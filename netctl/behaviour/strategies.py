"""The whole of it: what each miner does, when that changed, what it earned, and who found premium zipcodes first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from netctl.behaviour.changes import Change, changes_of
from netctl.behaviour.discovery import Discovery, Parting, discoveries, partings
from netctl.behaviour.kinds import Kinds
from netctl.behaviour.slices import Recorded, Slice, slices_of
from netctl.behaviour.spec import Activity
from netctl.chain_time import ChainTime
from netctl.roll import Roll
from netctl.store.activity import First, Looked, Slicing

UNSEEN = ChainTime(())


@dataclass(frozen=True, slots=True)
class Moved:
    """A change, and the block it was at."""

    change: Change
    block: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """One miner's: its slices, its changes, and its first premium zipcode.

    `sent` and `held` are what it uploaded in the window and holds now, as shares of 1 by kind; empty where nothing is
    known of that.
    """

    miner: str
    slices: tuple[Slice, ...]
    changes: tuple[Moved, ...]
    discovery: Discovery
    sent: Mapping[str, float]
    held: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Strategies:
    """All miners'. `first` found a premium zipcode before the others; None where nobody did."""

    slicing: Slicing
    kinds: Kinds
    courses: tuple[Course, ...]
    partings: tuple[Parting, ...]

    @property
    def first(self) -> Discovery | None:
        found = [c.discovery for c in self.courses if c.discovery.time is not None]
        return min(found, key=lambda each: each.time or 0.0, default=None)


def strategies_of(
    miners: Sequence[str],
    told: Recorded,
    activity: Activity,
    kinds: Kinds,
    roll: Roll,
    time: ChainTime,
    firsts: Sequence[First],
    begins: Mapping[str, float],
    uploads: Sequence[Looked] = (),
    holdings: Mapping[str, Mapping[str, int]] | None = None,
    elsewhere: Collection[str] = (),
) -> Strategies:
    """Judge what was recorded of these miners; `begins` is when each first looked anywhere, ever.

    `uploads` are those that name a zipcode, `holdings` each miner's entities by zipcode. `elsewhere` are miners whose
    blocks nobody knows: their logs are of another time, or another chain.
    """
    slices = slices_of(miners, told, activity, kinds, roll)
    times = {miner: UNSEEN if miner in elsewhere else time for miner in miners}
    found = discoveries(slices, firsts, begins, kinds, times)
    courses = tuple(
        Course(
            each.miner,
            slices[each.miner],
            tuple(Moved(change, times[each.miner].block_at(change.time)) for change in changes_of(slices[each.miner])),
            each,
            _shares(((u.zipcode, u.found) for u in uploads if u.neuron == each.miner), kinds),
            _shares((holdings or {}).get(each.miner, {}).items(), kinds),
        )
        for each in found
    )
    return Strategies(told.slicing, kinds, courses, partings(slices))


def _shares(amounts: Iterable[tuple[str, float]], kinds: Kinds) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for zipcode, amount in amounts:
        kind = kinds.kind(zipcode)
        found[kind] = found.get(kind, 0.0) + amount
    total = sum(found.values())
    return {kind: amount / total for kind, amount in found.items()} if total else {}
