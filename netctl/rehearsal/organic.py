"""How an `organic` miner finds its own way: an even mix at first, then more of what it did before it was paid better.

A gradient bandit on its own incentive. When the incentive moves, the places looked at since it last moved (and, more
gently, the groups of region and size tier that they belong to) gain weight if it rose, and lose a little if it fell:
what one holds also loses worth by itself. It knows no scores, no weights and no formula.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp
from random import Random

from netctl.rehearsal.zipcodes import Zipcode

AVERAGE_GAIN = 0.15
ZIPCODE_RATE = 1.2
GROUP_RATE = 2.0
MOST_BLAME, MOST_CREDIT = -0.3, 1.0
LEAST, MOST = -2.0, 3.0  # bounds of a preference: nothing is ever forgotten, nothing takes all


class OrganicMix:
    """The mix of one miner; deterministic for its source of chance and the incentives it is shown."""

    def __init__(self, zipcodes: Sequence[str], places: Mapping[str, Zipcode], rng: Random) -> None:
        self._rng = rng
        self._group = {code: f"{places[code].region}/tier{places[code].tier}" for code in zipcodes}
        self._by_zipcode = dict.fromkeys(zipcodes, 0.0)
        self._by_group = dict.fromkeys(self._group.values(), 0.0)
        self._looked_at: Counter[str] = Counter()
        self._seen: tuple[int, set[str]] = (0, set())
        self._average: float | None = None
        self._last = 0.0

    @property
    def zipcode_shares(self) -> dict[str, float]:
        """The part of the scrapes that goes to each zipcode; sums to 1."""
        odds = {code: exp(own + self._by_group[self._group[code]]) for code, own in self._by_zipcode.items()}
        total = sum(odds.values())
        return {code: value / total for code, value in odds.items()}

    @property
    def shares(self) -> dict[str, float]:
        """The part of the scrapes that goes to each group; sums to 1."""
        summed = dict.fromkeys(self._by_group, 0.0)
        for code, share in self.zipcode_shares.items():
            summed[self._group[code]] += share
        return summed

    def draw(self, pages: int, hour: int) -> list[str]:
        """The zipcodes to look at next, one per page; none twice in an hour while there are others."""
        if self._seen[0] != hour or len(self._seen[1]) + pages > len(self._group):
            self._seen = (hour, set())
        odds = {code: share for code, share in self.zipcode_shares.items() if code not in self._seen[1]}
        drawn: list[str] = []
        while odds and len(drawn) < pages:
            code = self._rng.choices(list(odds), list(odds.values()))[0]
            del odds[code]
            drawn.append(code)
        self._seen[1].update(drawn)
        self._looked_at.update(drawn)
        return drawn

    def learn(self, incentive: float) -> float | None:
        """Take the incentive as the chain now has it; returns its move as a share of the own average, or None.

        None while nobody was paid, for the first incentive above zero (it only starts the average), and while the
        incentive stands still: weights are set now and then, and only a move tells anything.
        """
        if self._average is None:
            self._average, self._last = (incentive, incentive) if incentive > 0 else (None, 0.0)
            return None
        if incentive == self._last:
            return None
        move = max(MOST_BLAME, min(MOST_CREDIT, (incentive - self._last) / self._average))
        self._last = incentive
        self._average = max(1e-9, self._average + AVERAGE_GAIN * (incentive - self._average))
        pages = self._looked_at.total() or 1
        taken: Counter[str] = Counter()
        for code, times in self._looked_at.items():
            self._by_zipcode[code] = _bounded(self._by_zipcode[code] + ZIPCODE_RATE * move)
            taken[self._group[code]] += times
        for name, expected in self.shares.items():
            step = GROUP_RATE * move * (taken[name] / pages - expected)
            self._by_group[name] = _bounded(self._by_group[name] + step)
        self._looked_at.clear()
        return move


def _bounded(preference: float) -> float:
    return max(LEAST, min(MOST, preference))
