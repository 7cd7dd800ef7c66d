"""A simulated clock over the real mining and scoring code: no chain, no network, no waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from netctl.rehearsal import scoring
from netctl.rehearsal.api import Api, CallCounter
from netctl.rehearsal.day import Day
from netctl.rehearsal.rounds import Rounds
from netctl.rehearsal.scraper import Scraper
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import parse_strategy
from netctl.rehearsal.trouble import ApiTrouble
from netctl.rehearsal.world import World

EVALUATION_S = 300
PLAN_PREMIUM = ["77494", "08701", "77449", "77084", "79936"]
GEOGRAPHY: Mapping[str, list[str]] = {
    "premium": PLAN_PREMIUM,
    "east_coast": ["10001", "07086", "02139", "19104", "20002"],
    "west_coast": ["98115", "94110", "90026", "97206", "92101"],
    "rural": ["59301", "69301", "82801", "04609", "87571", "83467"],
    "everything": [],
}


@dataclass
class Market:
    """Miners by name, their scrapers, and their scores and the bytes that they held so far, one per evaluation."""

    premium_weight: float
    strategies: Mapping[str, Mapping[str, object]]
    seed: int = 1
    scores: dict[str, list[float]] = field(default_factory=dict)
    volumes: dict[str, list[int]] = field(default_factory=dict)
    scrapers: dict[str, Scraper] = field(default_factory=dict)

    def run(self, hours: int, *, learn_every_s: int = 1_200) -> Market:
        """Scrape every 5 minutes, evaluate as often with perfect samples, let miners see their incentive."""
        world, day = World(428), Day(1.0, 0.0)
        api = Api(world, CallCounter(None), ApiTrouble())
        stores = {name: Store(":memory:") for name in self.strategies}
        for name, document in self.strategies.items():
            strategy = parse_strategy(document, world.zipcodes)
            rng = Random(f"{self.seed} {name}")
            self.scrapers[name] = Scraper(strategy, world.zipcodes, api, stores[name], rng, None)
        self.scores = {name: [] for name in self.strategies}
        self.volumes = {name: [] for name in self.strategies}
        rounds = [Rounds(EVALUATION_S, stores[name], scraper, None, None) for name, scraper in self.scrapers.items()]
        for number in range(hours * 3_600 // EVALUATION_S):
            for miner in rounds:
                miner.scrape(number, day)
            self._evaluate(stores, day.hour(number * EVALUATION_S))
            if number * EVALUATION_S % learn_every_s == 0:
                self._learn()
        for store in stores.values():
            store.close()
        return self

    def leader(self) -> str:
        """Who has the most over the second half of the run."""
        return max(self.scores, key=self.income)

    def income(self, name: str) -> float:
        return sum(self.scores[name][len(self.scores[name]) // 2 :])

    def pay_for_a_byte(self, name: str) -> float:
        """Its scores over the bytes that it held."""
        return sum(self.scores[name]) / sum(self.volumes[name])

    def _evaluate(self, stores: Mapping[str, Store], hour: int) -> None:
        since = hour - scoring.FRESH_HOURS
        held = {
            name: {key: bucket.size_bytes for key, bucket in store.buckets(since_hour=since).items()}
            for name, store in stores.items()
        }
        totals = scoring.sum_holdings(held.values())
        for name, holdings in held.items():
            raw = scoring.worth(holdings, totals, hour=hour, premium_weight=self.premium_weight)
            self.scores[name].append(scoring.score(raw, 1.0))
            self.volumes[name].append(sum(holdings.values()))

    def _learn(self) -> None:
        total = sum(scores[-1] for scores in self.scores.values())
        for name, scraper in self.scrapers.items():
            if scraper.mix is not None:
                scraper.mix.learn(self.scores[name][-1] / total)


def by_geography(premium_weight: float, seed: int) -> Market:
    """The plan's five geographic miners, each with a strategy of its own."""
    plans = {name: {"strategy": name, "target_zipcodes": codes} for name, codes in GEOGRAPHY.items()}
    return Market(premium_weight, plans, seed)
