"""The verdict: every criterion of the profile, and the plan's scenarios statement by statement."""

from __future__ import annotations

from netctl.report.page import MARKS, Cell, Part, Point, Points, Section, Table, Text
from netctl.report.report import Report
from netctl.report.ruling import Outcome, Ruling
from netctl.report.scenarios import Held, Match
from netctl.report.sections.words import counted, marked, right
from netctl.report.told import Unknown

MET, UNMET = 1, 4
"""So many pieces of evidence are shown; `netctl check --json` has all."""
NAMES = {"minimum": "Minimum viable success", "optimal": "Optimal success", "stretch": "Stretch goals"}


def verdict_section(report: Report) -> Section:
    """What `netctl check` says, group by group."""
    outcome = report.outcome
    if isinstance(outcome, Unknown):
        return Section("Verdict", (Part("", (Text(f"There is no verdict: {outcome.why}.", "open"),)),))
    parts = [_group(outcome, group) for group in outcome.groups]
    return Section("Verdict", tuple(parts))


def _group(outcome: Outcome, group: str) -> Part:
    rulings = outcome.of(group)
    met = sum(ruling.ok is True for ruling in rulings)
    title = f"{NAMES.get(group, group)}: {met} of {counted(len(rulings), 'criterion', 'criteria')}"
    rows = tuple(
        (
            marked(ruling.ok),
            Cell(ruling.says),
            right(ruling.measured),
            right(ruling.target),
            Cell(ruling.metric, "faint"),
            Cell(_note(ruling), "faint"),
        )
        for ruling in rulings
    )
    return Part(title, (Table(("", "criterion", "measured", "target", "metric", ""), rows),))


def _note(ruling: Ruling) -> str:
    naive = f"a count of lines says {ruling.naive}" if ruling.naive else ""
    return "; ".join(filter(None, (ruling.why, naive)))


def evidence_section(report: Report) -> Section:
    """What shows it, criterion by criterion, the ones that are not met first."""
    if isinstance(report.outcome, Unknown):
        return Section("Evidence", (Part("", (Text("There is no verdict to show evidence for.", "open"),)),))
    shown = [ruling for ruling in report.outcome.rulings if ruling.evidence]
    order = sorted(shown, key=lambda ruling: (ruling.ok is True, ruling.ok is None))
    points = tuple(_point(ruling) for ruling in order)
    told = "Each line can be looked up in its log; the definition of each metric is in docs/check-metrics.md of netctl."
    return Section("Evidence", (Part("", (Text(told, "faint"), Points(points))),), own_page=True)


def _point(ruling: Ruling) -> Point:
    mark, tone = MARKS[ruling.ok]
    most = MET if ruling.ok else UNMET
    return Point(ruling.says, tone, mark, tuple(_facts(ruling)), ruling.evidence[:most])


def _facts(ruling: Ruling) -> list[str]:
    note = _note(ruling)
    found = [f"{ruling.metric}: measured {ruling.measured}, target {ruling.target}"]
    return [*found, note] if note else found


def scenario_section(report: Report) -> Section:
    """The plan's three scenarios against the run."""
    parts = [Part("", (Text(told_match(report)),))]
    parts += [
        Part(_title(match), (Points(tuple(_statement(held) for held in match.statements)),)) for match in report.matches
    ]
    return Section("Which of the plan's scenarios it is", tuple(parts))


def told_match(report: Report) -> str:
    """One sentence."""
    match = report.match
    if match is None:
        return "It is none of the plan's three scenarios whole: each has a statement that does not hold."
    whole = f"scenario {match.number}, {match.title[0].lower()}{match.title[1:]}"
    if match.ok is True:
        return f"It matches {whole}: every statement holds."
    missing = sum(held.ok is None for held in match.statements)
    return (
        f"It is nearest to {whole}: {match.holding} of {counted(len(match.statements), 'statement')} hold, none is"
        f" false, and {missing} cannot be told."
    )


def _title(match: Match) -> str:
    holding = f"{match.holding} of {counted(len(match.statements), 'statement')} hold"
    return f"Scenario {match.number}: {match.title} ({holding})"


def _statement(held: Held) -> Point:
    mark, tone = MARKS[held.ok]
    facts = [fact for ruling in held.rulings for fact in _facts(ruling)]
    proof = tuple(each for ruling in held.rulings if ruling.ok is not True for each in ruling.evidence[:2])
    return Point(held.says, tone, mark, (*facts, *held.answers), proof)
