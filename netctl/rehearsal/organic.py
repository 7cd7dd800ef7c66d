"""How an `organic` miner finds its own way: an even mix at first, then a hill-climb on its own incentive.

It groups its zipcodes by what everybody knows (region and size tier), leans a little more on one group at a time, and
keeps the lean if its incentive rose since. It knows no scores, no weights and no formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from netctl.rehearsal.zipcodes import Zipcode

LEAN = 2.5
SHY = 0.7  # a group that did not pay is looked at a little less
LEAST_SHARE = 0.005  # no group is ever forgotten
RISE = 1.02  # incentives jitter by a per cent or two without any cause


class OrganicMix:
    """The mix of one miner; deterministic for its seed and the incentives it is shown."""

    def __init__(self, zipcodes: Sequence[str], places: Mapping[str, Zipcode], rng: Random) -> None:
        self._rng = rng
        self._groups: dict[str, list[str]] = {}
        for code in zipcodes:
            place = places[code]
            self._groups.setdefault(f"{place.region}/tier{place.tier}", []).append(code)
        self._shares = {name: len(codes) / len(zipcodes) for name, codes in self._groups.items()}
        self._before: dict[str, float] | None = None
        self._tried: str | None = None
        self._incentive = 0.0

    @property
    def shares(self) -> dict[str, float]:
        """The part of the scrapes that goes to each group; sums to 1."""
        return dict(self._shares)

    def draw(self, pages: int) -> list[str]:
        """The zipcodes to look at next, one per page, each at most once."""
        names = list(self._shares)
        drawn: dict[str, None] = {}
        for name in self._rng.choices(names, [self._shares[name] for name in names], k=pages):
            left = [code for code in self._groups[name] if code not in drawn]
            if left:
                drawn[self._rng.choice(left)] = None
        return list(drawn)

    def learn(self, incentive: float) -> str | None:
        """Take the incentive as the chain now has it, and try the next lean; returns the group tried.

        An incentive of zero teaches nothing: nobody was paid yet.
        """
        if incentive <= 0 or len(self._groups) < 2:
            return None
        if self._before is not None and self._tried is not None and incentive < self._incentive * RISE:
            self._shares = self._before
            self._scale(self._tried, SHY)
        self._incentive = incentive
        self._before = self.shares
        self._tried = self._rng.choice(list(self._shares))
        self._scale(self._tried, LEAN)
        return self._tried

    def _scale(self, name: str, factor: float) -> None:
        scaled = self._shares | {name: self._shares[name] * factor}
        raised = {key: max(share, LEAST_SHARE) for key, share in scaled.items()}
        total = sum(raised.values())
        self._shares = {key: share / total for key, share in raised.items()}
