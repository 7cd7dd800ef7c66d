"""The page: verdict first, then why."""

from __future__ import annotations

from netctl.durations import short
from netctl.report.facts import Facts
from netctl.report.page import Page, Section, Tone
from netctl.report.report import Report
from netctl.report.sections.of_ground import coverage_section
from netctl.report.sections.of_miners import miners_section, told_ahead
from netctl.report.sections.of_run import run_section, strategies_section, unknown_section
from netctl.report.sections.of_scaling import budget_section, scaling_section, told_scaling
from netctl.report.sections.of_troubles import problems_section, validators_section
from netctl.report.sections.of_verdict import evidence_section, scenario_section, told_match, verdict_section
from netctl.report.sections.words import counted, moment
from netctl.report.told import Unknown
from netctl.runs.document import neurons_text

MOST_NAMED = 8


def page_of(facts: Facts, report: Report) -> Page:
    """The report as sections of text, tables and pictures."""
    run = facts.kept.run
    own = f", {short(facts.kept.seconds * facts.scale)} of the subnet's time" if facts.scale != 1 else ""
    kind = "a rehearsal" if run.rehearsal else run.chain.kind
    subtitle = (
        f"Run {run.id}, {kind}, subnet {run.chain.netuid}: {neurons_text(run)}, {short(facts.kept.seconds)}{own}, begun"
        f" {moment(run.began)}"
    )
    verdict, tone = _verdict(report)
    return Page(
        title=f"Report on {run.fleet}",
        subtitle=subtitle,
        verdict=verdict,
        tone=tone,
        summary=tuple(_summary(report)),
        sections=_sections(facts, report),
        footer=f"netctl {run.versions.netctl}, run {run.id}. Made of what was recorded; what is not known is said so.",
    )


def _sections(facts: Facts, report: Report) -> tuple[Section, ...]:
    return (
        verdict_section(report),
        scenario_section(report),
        problems_section(report),
        miners_section(facts, report),
        coverage_section(facts),
        strategies_section(facts, report),
        validators_section(facts),
        scaling_section(report),
        budget_section(facts),
        evidence_section(report),
        run_section(facts),
        unknown_section(report),
    )


def _verdict(report: Report) -> tuple[str, Tone]:
    outcome = report.outcome
    if isinstance(outcome, Unknown):
        return f"No verdict: {outcome.why}", "open"
    groups = [(group, outcome.of(group)) for group in outcome.groups]
    told = ", ".join(
        f"{group} {sum(ruling.ok is True for ruling in rulings)} of {len(rulings)}" for group, rulings in groups
    )
    failed = sum(ruling.ok is False for ruling in outcome.rulings)
    still = sum(ruling.ok is None for ruling in outcome.rulings)
    if outcome.ok is True:
        return f"Success: every criterion is met ({told})", "good"
    if outcome.ok is False:
        rest = f", {still} not decided" if still else ""
        return f"Not met: {counted(failed, 'criterion', 'criteria')} failed{rest} (met: {told})", "bad"
    return f"Not decided: none failed, {still} open (met: {told})", "open"


def _summary(report: Report) -> list[str]:
    found = [told_match(report)]
    if not isinstance(report.ahead, Unknown):
        found.append(told_ahead(report.ahead))
    found.extend(_told_problems(report))
    if not isinstance(report.scaling, Unknown):
        found.append(told_scaling(report.scaling))
    if report.unknown:
        found.append(f"{counted(len(report.unknown), 'thing')} to know of these figures: see the end.")
    return found


def _told_problems(report: Report) -> list[str]:
    if isinstance(report.problems, Unknown):
        return []
    if not report.problems:
        return ["No problem was found."]
    named = list(dict.fromkeys(f"{each.neuron or 'the fleet'} ({each.kind})" for each in report.problems))
    more = " and more" if len(named) > MOST_NAMED else ""
    return [f"{counted(len(report.problems), 'problem')} found: {', '.join(named[:MOST_NAMED])}{more}."]
