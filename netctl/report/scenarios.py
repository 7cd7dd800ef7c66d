"""The plan's three scenarios, statement by statement: which of them this run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from netctl.judge.criterion import Criterion
from netctl.judge.registry import METRICS
from netctl.judge.target import target_of
from netctl.report.answers import (
    Answer,
    Findings,
    competes_everywhere,
    duplicates_are_caught,
    few_fail,
    gaps_are_known,
    load_is_borne,
    load_is_known,
    premium_leads,
    uneven_listings,
)
from netctl.report.facts import Facts
from netctl.report.ruling import Ruling, ruling_of, together
from netctl.report.told import Unknown

Number = Literal[1, 2, 3]


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric of `netctl check` that a statement rests on, and what it has to come to."""

    metric: str
    target: str

    @property
    def name(self) -> str:
        """What its criterion is called."""
        return f"{self.metric} {self.target}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One of the plan's: it holds where every metric and the finding do."""

    says: str
    asked: tuple[Asked, ...] = ()
    finding: Callable[[Findings], Answer] | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of the plan's three."""

    number: Number
    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A statement and whether it holds, None where that cannot be told: `answers` and `rulings` say why."""

    says: str
    ok: bool | None
    answers: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Match:
    """A scenario against the run: it matches where every statement holds; None: none is false, and one is open."""

    number: Number
    title: str
    ok: bool | None
    statements: tuple[Held, ...]

    @property
    def holding(self) -> int:
        """How many statements hold."""
        return sum(each.ok is True for each in self.statements)


SCENARIOS = (
    Scenario(
        1,
        "Perfect geographic coverage network",
        (
            Statement(
                "All miners respond consistently to 5 to 10 minute evaluation cycles",
                (Asked("miners_responding", "all"), Asked("evaluation_cadence", ">= 90%")),
            ),
            Statement(
                "The premium-focused miner has the highest scores, due to its zipcodes' weight",
                (Asked("premium_advantage", "> 1x"),),
                premium_leads,
            ),
            Statement(
                "Geographic diversity creates balanced competition across all US regions",
                (Asked("regions_covered", "all"),),
                competes_everywhere,
            ),
            Statement(
                "API validation consistently samples 10 or more entities per miner and cycle",
                (Asked("samples_per_evaluation", ">= 10"),),
            ),
            Statement(
                "All miners pass the 60 % threshold with unique, verified data",
                (Asked("miners_verified", "all"), Asked("miners_with_duplicates", "none")),
            ),
        ),
    ),
    Scenario(
        2,
        "Realistic coverage network",
        (
            Statement("One or two miners may have intermittent API validation failures", (), few_fail),
            Statement("Some zipcodes may have lower listing volumes, which affects scores", (), uneven_listings),
            Statement(
                "Accelerated evaluation may cause higher resource use, and is borne",
                (Asked("evaluation_duration", "< 1x"),),
                load_is_borne,
            ),
            Statement("The system rewards comprehensive zipcode coverage", (Asked("breadth_reward", "> 1x"),)),
            Statement(
                "Duplicate detection prevents gaming and cheating",
                (Asked("duplicates_paid", "none"),),
                duplicates_are_caught,
            ),
        ),
    ),
    Scenario(
        3,
        "Comprehensive coverage analysis",
        (
            Statement("It is known which zipcodes the miners leave out", (), gaps_are_known),
            Statement("API validation is measured across regions", (Asked("regions_validated", "all"),)),
            Statement(
                "The balance between evaluation frequency and resource use is known",
                (Asked("evaluation_interval", "0.9x to 2x"),),
                load_is_known,
            ),
            Statement(
                "Volume rewards are an incentive for comprehensive coverage",
                (Asked("volume_reward", ">= 0.5"), Asked("breadth_reward", "> 1x")),
            ),
            Statement("The uniqueness bonus works for diverse strategies", (Asked("uniqueness_bonus", "> 1x"),)),
        ),
    ),
)


def criteria() -> tuple[Criterion, ...]:
    """What `netctl check`'s metrics are asked for the scenarios, each once."""
    asked = {each.name: each for scenario in SCENARIOS for statement in scenario.statements for each in statement.asked}
    return tuple(_criterion(each) for each in asked.values())


def _criterion(asked: Asked) -> Criterion:
    metric = METRICS[asked.metric]
    aim = target_of(asked.target, metric.unit, has_whole=metric.out_of is not None)
    return Criterion(asked.name, "optimal", asked.metric, aim)


def matches_of(findings: Findings) -> tuple[Match, ...]:
    """Each scenario against what was found."""
    found = []
    for scenario in SCENARIOS:
        held = tuple(_held(findings, statement) for statement in scenario.statements)
        found.append(Match(scenario.number, scenario.title, together([each.ok for each in held]), held))
    return tuple(found)


def _held(findings: Findings, statement: Statement) -> Held:
    rulings = tuple(_rulings(findings.facts, statement))
    oks, answers = [ruling.ok for ruling in rulings], []
    if isinstance(findings.facts.scenarios, Unknown) and statement.asked:
        oks.append(None)
        answers.append(findings.facts.scenarios.why)
    if statement.finding is not None:
        answer = statement.finding(findings)
        oks.append(answer.ok)
        answers.append(answer.why)
    return Held(statement.says, together(oks), tuple(answers), rulings)


def _rulings(facts: Facts, statement: Statement) -> Iterator[Ruling]:
    if not isinstance(facts.scenarios, Unknown):
        for each in statement.asked:
            yield ruling_of(facts, facts.scenarios[each.name])


def best(matches: tuple[Match, ...]) -> Match | None:
    """The first that matches, else the one of which most holds and nothing is false; None where each has a fault."""
    whole = [match for match in matches if match.ok is True]
    if whole:
        return whole[0]
    open_ = [match for match in matches if match.ok is None]
    return max(open_, key=lambda match: match.holding / len(match.statements), default=None)
