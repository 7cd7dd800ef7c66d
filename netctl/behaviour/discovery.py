"""When each miner first found a premium zipcode, what became of it, and whether miners went ways of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean

from netctl.behaviour.changes import apart, by_chance
from netctl.behaviour.kinds import PREMIUM, Kinds
from netctl.behaviour.slices import Slice
from netctl.chain_time import ChainTime
from netctl.store.activity import First

QUARTER = 4
PARTED = 0.1
CHANCES = 1.5


@dataclass(frozen=True, slots=True)
class Discovery:
    """A miner's first premium zipcode: when, at which block, how long after its own first look; None: never.

    `found` is how many it found at all. `early` and `late` are the premium share of its looks in the first and last
    quarter of its slices, `chance` that of one who looks anywhere. Incentives are means over the same quarters.
    """

    miner: str
    zipcode: str | None
    time: float | None
    block: int | None
    after_s: float | None
    found: int
    early: float | None
    late: float | None
    chance: float | None
    incentive: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Parting:
    """How far miners' mixes lie apart on average, early and late, by what; `chance` is what so many looks make late."""

    by: str
    early: float
    late: float
    chance: float

    @property
    def parted(self) -> bool:
        """Whether they went ways of their own: further apart by a tenth than they began, and than chance explains."""
        return self.late - self.early >= PARTED and self.late >= CHANCES * self.chance


def discoveries(
    slices: Mapping[str, Sequence[Slice]],
    firsts: Sequence[First],
    begins: Mapping[str, float],
    kinds: Kinds,
    times: Mapping[str, ChainTime],
) -> tuple[Discovery, ...]:
    """Of each miner; `firsts` are of premium zipcodes, oldest first, `begins` is when each first looked anywhere."""
    return tuple(
        _discovery(miner, own, firsts, begins.get(miner), kinds, times[miner]) for miner, own in slices.items()
    )


def _discovery(
    miner: str, own: Sequence[Slice], firsts: Sequence[First], begin: float | None, kinds: Kinds, time: ChainTime
) -> Discovery:
    found = [each for each in firsts if each.neuron == miner]
    first = found[0] if found else None
    early, late = quarters(own)
    return Discovery(
        miner=miner,
        zipcode=None if first is None else first.zipcode,
        time=None if first is None else first.time,
        block=None if first is None else time.block_at(first.time),
        after_s=None if first is None or begin is None else max(0.0, first.time - begin),
        found=len(found),
        early=_premium_share(early),
        late=_premium_share(late),
        chance=kinds.share,
        incentive=(_pay(early), _pay(late)),
    )


def quarters(own: Sequence[Slice]) -> tuple[Sequence[Slice], Sequence[Slice]]:
    """The first and the last quarter of a miner's slices, a slice at the least."""
    length = max(1, len(own) // QUARTER)
    return own[:length], own[-length:] if own else own


def _premium_share(own: Sequence[Slice]) -> float | None:
    looks = sum(one.looks for one in own)
    return sum(one.kinds[PREMIUM] for one in own) / looks if looks else None


def _pay(own: Sequence[Slice]) -> float | None:
    known = [one.incentive for one in own if one.incentive is not None]
    return mean(known) if known else None


def partings(slices: Mapping[str, Sequence[Slice]]) -> tuple[Parting, ...]:
    """By kind and by region; none for fewer than two miners that looked anywhere both early and late."""
    found = []
    for by in ("kind", "region"):
        mixes = [(_mix(early, by), _mix(late, by)) for early, late in map(quarters, slices.values())]
        mixes = [(early, late) for early, late in mixes if early and late]
        if len(mixes) < 2:
            continue
        pairs = list(combinations(mixes, 2))
        found.append(
            Parting(
                by,
                mean(apart(one[0], other[0]) for one, other in pairs),
                mean(apart(one[1], other[1]) for one, other in pairs),
                mean(by_chance(one[1], other[1]) for one, other in pairs),
            )
        )
    return tuple(found)


def _mix(own: Sequence[Slice], by: str) -> Counter[str]:
    return sum((one.kinds if by == "kind" else one.regions for one in own), Counter[str]())
