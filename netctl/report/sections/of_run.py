"""How miners behaved over time, what ran, and what is not known."""

from __future__ import annotations

from collections.abc import Iterable

from netctl.behaviour.strategies import Course
from netctl.durations import short
from netctl.report.facts import Facts
from netctl.report.page import Block, Cell, Part, Section, Table, Text
from netctl.report.report import Report
from netctl.report.sections.words import moment, number, percent, right
from netctl.runs.record import Run


def strategies_section(facts: Facts, report: Report) -> Section:
    """First premium zipcodes, shares, and changes."""
    if not report.courses:
        return Section("Strategies", (Part("", (Text("How miners behaved over time is not known.", "open"),)),))
    parts = [Part("", (_courses(facts, report.courses), *(Text(each) for each in _partings(report))))]
    changes = tuple(_changes(report.courses))
    if changes:
        parts.append(Part("When it changed", (Table(("miner", "what", "block", "before", "after", "moved"), changes),)))
    return Section("Strategies", tuple(parts))


def _courses(facts: Facts, courses: Iterable[Course]) -> Table:
    rows = []
    for course in courses:
        found = course.discovery
        rows.append(
            (
                Cell(course.miner),
                Cell(found.zipcode or "never"),
                right("-" if found.block is None else f"{found.block:,}"),
                right("-" if found.after_s is None else short(found.after_s * facts.scale)),
                right(str(found.found)),
                right(percent(found.early)),
                right(percent(found.late)),
                right(_from_to(*found.incentive)),
            )
        )
    headers = (
        "miner",
        "first premium zipcode",
        "at block",
        "after",
        "found",
        "premium looks, early",
        "late",
        "incentive, early to late",
    )
    return Table(headers, tuple(rows))


def _from_to(early: float | None, late: float | None) -> str:
    return "-" if early is None and late is None else f"{percent(early)} to {percent(late)}"


def _partings(report: Report) -> Iterable[str]:
    for each in report.partings:
        way = "went ways of their own" if each.parted else "did not part"
        early, late = number(each.early), number(each.late)
        yield f"By {each.by}, miners {way}: their mixes lie {early} apart early and {late} late."


def _changes(courses: Iterable[Course]) -> Iterable[tuple[Cell, ...]]:
    for course in courses:
        for moved in course.changes:
            change = moved.change
            yield (
                Cell(course.miner),
                Cell(str(change.what)),
                right("-" if moved.block is None else f"{moved.block:,}"),
                right(_text(change.before)),
                right(_text(change.after)),
                right(_text(change.moved)),
            )


def _text(value: object) -> str:
    return number(float(value)) if isinstance(value, int | float) else str(value or "-")


def run_section(facts: Facts) -> Section:
    """What ran: everything that another would need to do it again."""
    run = facts.kept.run
    rows = tuple((Cell(name), Cell(value)) for name, value in _ran(facts, run) if value)
    neurons = tuple(
        (
            Cell(each.name),
            Cell(each.role),
            right("-" if each.uid is None else str(each.uid)),
            Cell(each.strategy or "-"),
            Cell(each.hotkey_ss58 or "-"),
        )
        for each in run.neurons
    )
    return Section(
        "What ran",
        (
            Part("", (Table(("", ""), rows),)),
            Part("Neurons", (Table(("name", "role", "uid", "strategy", "hotkey"), neurons),)),
        ),
        own_page=True,
    )


def _ran(facts: Facts, run: Run) -> Iterable[tuple[str, str]]:
    kept = facts.kept
    blocks = "" if run.block is None and kept.last_block is None else f"{run.block or '?'} to {kept.last_block or '?'}"
    code = run.code
    yield "run", f"{run.id} of {run.fleet}"
    yield "began", moment(run.began)
    yield "ended", "it still runs; told is what was by " + moment(kept.until) if kept.running else moment(kept.until)
    yield (
        "took",
        short(kept.seconds)
        + (
            f", {short(kept.seconds * run.time_scale)} of the subnet's time, which ran {run.time_scale:g} times as fast"
            if run.time_scale != 1
            else ""
        ),
    )
    yield "blocks", blocks
    yield "chain", f"{run.chain.kind}, subnet {run.chain.netuid}, genesis {run.chain.genesis or 'not known'}"
    yield "profile", f"SHA-256 {', then '.join(each.sha256 for each in run.profiles)}"
    yield "code", "stand-in neurons of netctl" if code is None else f"{code.mark or code.commit or 'not known'}"
    yield "pack", f"{run.pack.name} {run.pack.sha256}"
    versions = run.versions
    sdk, runtime = versions.sdk or "not known", versions.runtime or "not known"
    yield "versions", f"netctl {versions.netctl}, Python {versions.python}, bittensor {sdk}, runtime {runtime}"
    yield (
        "host",
        f"{run.host.system}, {run.host.architecture}, {run.host.cores} cores, {run.host.memory_bytes / 2**30:.1f} GiB",
    )
    seeds = sorted({f"{name} {value}" for own in run.seeds.values() for name, value in own.items()})
    yield "seeds", ", ".join(seeds[:12]) + (f" and {len(seeds) - 12} more" if len(seeds) > 12 else "")


def unknown_section(report: Report) -> Section:
    """What nobody knows."""
    blocks: tuple[Block, ...] = tuple(
        Text(f"{each[0].upper()}{each[1:].rstrip('.')}.", "open") for each in report.unknown
    )
    return Section("What is not known", (Part("", blocks or (Text("Nothing that this report tells of."),)),))
