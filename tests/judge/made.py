"""Facts made for a test: a few neurons, what they said, and a small list of zipcodes. A period takes 100 seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from netctl.coverage.universe import Place, Universe
from netctl.judge.facts import Facts, Member, Signal
from netctl.judge.measured import Measured
from netctl.judge.registry import METRICS
from netctl.roll import Roll, roll_of
from netctl.store.histories import Given, Heard, Look, Pay, Seat, Window
from netctl.store.lives import Use, Was

PERIOD_S = 100.0
MINERS = ("miner_1", "miner_2", "miner_3")
UIDS = {name: number for number, name in enumerate((*MINERS, "validator_1", "validator_2"), start=1)}
RATES = {"confirmed": "True", "assumed": "True", "refuted": "False"}


def hotkey(name: str) -> str:
    return f"5{name}"


def place(zipcode: str, *, tier: str = "t1", region: str = "South", premium: bool = False) -> Place:
    return Place(zipcode, "city", "TX", region, tier, 1, premium)


PLACES = [
    place("77494", premium=True),
    place("08701", region="Northeast", premium=True),
    place("10001", region="Northeast"),
    place("10002", region="Northeast"),
    place("94110", region="West", tier="t2"),
    place("59901", region="West", tier="t2"),
]
UNIVERSE = Universe("list.csv", {p.zipcode: p for p in PLACES}, ("t1", "t2"), ("77494", "08701"), 4.0)


@dataclass
class Scene:
    """What is said in a window that begins at 0; every signal that a metric asks for is one that programs tell of."""

    miners: tuple[str, ...] = MINERS
    validators: tuple[str, ...] = ("validator_1",)
    until: float = 1000.0
    scale: float = 1.0
    strategies: dict[str, str] = field(default_factory=dict)
    events: dict[Signal, list[Heard]] = field(default_factory=dict)
    states: list[Was] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    weights: list[Given] = field(default_factory=list)
    pay: list[Pay] = field(default_factory=list)
    universe: Universe | str = UNIVERSE
    offset: int = 0

    def say(self, neuron: str, signal: str, at: float, about: str | None = None, **fields: Any) -> None:
        """A line of a neuron's; of a validator's `about` is the miner, told by its uid in lines that have no hotkey."""
        role = "miner" if neuron in self.miners else "validator"
        self.offset += 1
        by_uid = about is not None and signal in ("evaluated", "s3_verdict")
        self.events.setdefault((role, signal), []).append(
            Heard(
                neuron,
                signal,
                at,
                UIDS[about] if about is not None and by_uid else None,
                fields.pop("hotkey", None) or (None if about is None or by_uid else hotkey(about)),
                fields,
                f"/logs/{neuron}.log",
                self.offset,
            )
        )

    def turn(
        self,
        miner: str,
        at: float,
        *,
        validator: str = "validator_1",
        answers: bool = True,
        after: float = 1.0,
        outcomes: str | None = "cc",
        score: float | None = 10.0,
        credibility: float = 0.5,
        lines: tuple[str, ...] = (),
        took: float = 5.0,
        size: int = 1000,
    ) -> None:
        """An evaluation as a whole: `outcomes` are c, r or a for each sample; no verdict without a score."""
        self.say(validator, "evaluation_started", at, miner)
        if answers:
            self.say(validator, "index_received", at + after, miner, bytes=size, buckets=2)
        else:
            self.say(validator, "no_response", at + after, miner)
        for line in lines:
            self.say(validator, line, at + after, miner, zipcode="77494")
        if outcomes is not None:
            self.say(validator, "validated", at + after, miner)
            for letter in outcomes:
                outcome = {"c": "confirmed", "r": "refuted", "a": "assumed"}[letter]
                self.say(validator, "api_result", at + after, miner, outcome=outcome, valid=outcome != "refuted")
        if score is not None:
            self.say(validator, "evaluated", at + took, miner, score=score, credibility=credibility)

    def rounds(self, count: int = 10, **of_each: Any) -> None:
        """So many turns of every miner, a period apart."""
        for number in range(count):
            for miner in self.miners:
                self.turn(miner, PERIOD_S * number, **of_each)

    def looked(self, miner: str, *zipcodes: str, found: int = 10, at: float = 1.0) -> None:
        """Pages, a second apart."""
        for number, zipcode in enumerate(zipcodes):
            self.say(miner, "page_found", at + number, zipcode=zipcode, properties=found)

    def facts(self) -> Facts:
        names = [*((name, "miner") for name in self.miners), *((name, "validator") for name in self.validators)]
        members = tuple(
            Member(name, role, hotkey(name), PERIOD_S / self.scale, self.strategies.get(name)) for name, role in names
        )
        signals = {signal for metric in METRICS.values() for signal in (*metric.signals, *metric.needed)}
        return Facts(
            members=members,
            window=Window(0.0, self.until),
            roll=self.roll(),
            events={
                key: tuple(sorted(events, key=lambda event: (event.time, event.offset)))
                for key, events in self.events.items()
            },
            pay=tuple(self.pay),
            weights=tuple(self.weights),
            looks=tuple(self.looks),
            uses=tuple(self.uses),
            states=tuple(self.states),
            tells={role: frozenset(name for of, name in signals if of == role) for role in ("miner", "validator")},
            time_scale=self.scale,
            universe=self.universe,
        )

    def roll(self) -> Roll:
        return roll_of({hotkey(name): name for name in UIDS}, [Seat(uid, 0.0, hotkey(n)) for n, uid in UIDS.items()])

    def measured(self, metric: str, **given: float | str) -> Measured:
        return METRICS[metric].measure(self.facts(), given)


def without(scene: Scene, role: str, signal: str) -> Facts:
    """The scene's facts where programs of that role do not tell of that signal."""
    facts = scene.facts()
    return replace(facts, tells={**facts.tells, role: facts.tells[role] - {signal}})
