"""The report's document: everything that is told, as plain values, made of the facts alone."""

from __future__ import annotations

from dataclasses import dataclass

from netctl.behaviour.discovery import Parting
from netctl.behaviour.strategies import Course
from netctl.report.ahead import Ahead, ahead_of
from netctl.report.answers import Findings
from netctl.report.facts import Facts
from netctl.report.problems.found import problems_of
from netctl.report.problems.problem import Problem
from netctl.report.ruling import Outcome, outcome_of
from netctl.report.scaling import Scaling, scaling_of
from netctl.report.scenarios import Match, best, matches_of
from netctl.report.standings import Standing, standings_of
from netctl.report.told import Unknown


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. `match` is the plan's scenario that the run is, None where it is none; `unknown` what nobody knows."""

    outcome: Outcome | Unknown
    matches: tuple[Match, ...]
    match: Match | None
    standings: tuple[Standing, ...]
    ahead: Ahead | Unknown
    problems: tuple[Problem, ...] | Unknown
    scaling: Scaling | Unknown
    courses: tuple[Course, ...]
    partings: tuple[Parting, ...]
    unknown: tuple[str, ...]


def report_of(facts: Facts) -> Report:
    """Judge the facts."""
    outcome = outcome_of(facts)
    standings = standings_of(facts)
    ahead = ahead_of(facts, standings)
    problems = problems_of(facts)
    scaling = scaling_of(facts)
    matches = matches_of(Findings(facts, standings, ahead, problems, scaling))
    return Report(
        outcome=outcome,
        matches=matches,
        match=best(matches),
        standings=standings,
        ahead=ahead,
        problems=problems,
        scaling=scaling,
        courses=() if isinstance(facts.strategies, Unknown) else facts.strategies.courses,
        partings=() if isinstance(facts.strategies, Unknown) else facts.strategies.partings,
        unknown=tuple(_unknown(facts, outcome)),
    )


def _unknown(facts: Facts, outcome: Outcome | Unknown) -> list[str]:
    """What is not told, each with its reason, and what the reader has to know of what is."""
    parts = {
        "what came out": facts.recorded,
        "the verdict": facts.judgement,
        "what miners hold": facts.coverage,
        "whether validators agree": facts.agreement,
        "how miners behaved": facts.strategies,
        "API calls": facts.budget,
    }
    told = [f"{what}: {part.why}" for what, part in parts.items() if isinstance(part, Unknown)]
    unread = () if isinstance(facts.coverage, Unknown) else facts.coverage.miners
    told += [f"what {miner.name} holds: {miner.problem}" for miner in unread if miner.problem is not None]
    rulings = () if isinstance(outcome, Unknown) else outcome.rulings
    told += [f"whether {each.name} is met: {each.why or 'not enough data'}" for each in rulings if each.ok is None]
    return [*told, *facts.notes]
