"""Problems that were found, and whether validators judge alike and by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from netctl.agreement.agreement import Agreement
from netctl.durations import short
from netctl.report.facts import Facts
from netctl.report.page import Block, Cell, Part, Point, Points, Section, Table, Text
from netctl.report.problems.problem import Problem
from netctl.report.report import Report
from netctl.report.sections.words import number, percent, right
from netctl.report.told import Unknown


def problems_section(report: Report) -> Section:
    """Each with what shows it."""
    blocks: tuple[Block, ...]
    if isinstance(report.problems, Unknown):
        blocks = (Text(f"Nobody could look: {report.problems.why}.", "open"),)
    elif report.problems:
        blocks = (Points(tuple(_point(problem) for problem in report.problems)),)
    else:
        blocks = (
            Text(
                "None was found. Looked for were duplicates, false data, uploads that stopped or failed, slow and"
                " silent miners, validators that copy or set no weights, errors of the API and the chain, restarts and"
                " exceptions.",
                "good",
            ),
        )
    return Section("Problems found", (Part("", blocks),))


def _point(problem: Problem) -> Point:
    head = f"{problem.neuron or 'the whole fleet'}: {problem.kind}"
    facts = (problem.what, *((f"next: {problem.next}",) if problem.next else ()))
    return Point(
        head, "bad" if problem.sure else "open", "found" if problem.sure else "likely", facts, problem.evidence
    )


def validators_section(facts: Facts) -> Section:
    """Agreement between validators."""
    found = facts.agreement
    if isinstance(found, Unknown):
        return Section("Validators", (Part("", (Text(f"Not known: {found.why}.", "open"),)),))
    return Section("Validators", (Part("", tuple(_attention(facts, found))), *_several(found)))


def _attention(facts: Facts, found: Agreement) -> Iterable[Block]:
    if not found.attention:
        yield Text("No validator has judged a miner.", "open")
        return
    rows = tuple(
        (
            Cell(each.validator),
            Cell(each.miner),
            right(str(each.count)),
            right(_own(each.usual_gap_s, facts.scale)),
            right(_own(each.longest_gap_s, facts.scale)),
        )
        for each in found.attention
    )
    yield Table(("validator", "miner", "verdicts", "usually every", "longest pause"), rows)
    yield Text("Times are of the subnet's own.", "faint")


def _own(seconds: float | None, scale: float) -> str:
    return "-" if seconds is None else short(seconds * scale)


def _several(found: Agreement) -> Iterable[Part]:
    if len(found.validators) < 2:
        told = "One validator judges: whether several come to the same scores cannot be told from this run."
        yield Part("Agreement", (Text(told, "open"),))
        return
    orders = tuple(
        (
            Cell(" and ".join(each.validators)),
            right(str(each.miners)),
            right(number(each.spearman)),
            right(number(each.kendall)),
        )
        for each in found.orders
    )
    spreads = tuple(
        (Cell(each.miner), right(percent(each.spread)), right(percent(each.usual))) for each in found.spreads
    )
    follows = tuple(
        (
            Cell(each.validator),
            Cell(each.source),
            Cell(each.verdict, "bad" if each.verdict == "copies" else "open" if each.verdict == "follows" else ""),
            right(f"{each.alike} of {each.rows}"),
            right(number(each.from_source)),
            right(number(each.from_own)),
        )
        for each in found.followings
    )
    if orders:
        yield Part("The same order?", (Table(("validators", "miners", "Spearman", "Kendall"), orders),))
        yield Part("Spread of the scores", (Table(("miner", "at the end", "usual"), spreads),))
    else:
        yield Part("The same order?", (Text("Fewer than two validators have judged the same miners.", "open"),))
    headers = ("validator", "held against", "copies", "rows alike", "distance from those", "from its own verdicts")
    yield Part("By itself?", (Table(headers, follows),))
