"""Scaling: what each neuron takes, how many more there fit; and the API's budget."""

from __future__ import annotations

from collections.abc import Iterable

from netctl.budget.budget import Budget
from netctl.budget.calls import DAY_S
from netctl.durations import short
from netctl.report.facts import Facts
from netctl.report.page import Block, Cell, Part, Picture, Section, Table, Text
from netctl.report.pictures.bars import Bar, Bars, bar_chart
from netctl.report.report import Report
from netctl.report.scaling import Scaling, volume
from netctl.report.sections.words import counted, right
from netctl.report.told import Unknown


def scaling_section(report: Report) -> Section:
    """Advice, and what it rests on."""
    scaling = report.scaling
    if isinstance(scaling, Unknown):
        return Section("Scaling", (Part("", (Text(f"Not known: {scaling.why}.", "open"),)),), own_page=True)
    parts = (
        Part("", (Text(told_scaling(scaling)), _bounds(scaling), *(Text(each, "faint") for each in scaling.caution))),
        Part("What each neuron took", (_loads(scaling),)),
    )
    return Section("Scaling", parts, own_page=True)


def told_scaling(scaling: Scaling) -> str:
    """One sentence."""
    tightest = scaling.tightest
    if tightest is None:
        return "How many more miners there is room for cannot be told: see why below."
    what = _the(tightest.what)
    worst = f" ({tightest.why})" if tightest.why else ""
    if tightest.more == 0:
        return f"No further miner fits: {what} would be full{worst}; {tightest.taken} of {tightest.has} is taken now."
    fits = counted(tightest.more or 0, "more miner fits", "more miners fit")
    return f"{fits}; what runs out first is {what}{worst}."


def _the(what: str) -> str:
    return f"the {what}" if what in ("API", "processor", "memory", "validators' cycle") else what


def _bounds(scaling: Scaling) -> Table:
    rows = tuple(
        (
            Cell(bound.what),
            Cell(bound.has),
            Cell(bound.taken),
            Cell(bound.each),
            right("not known" if bound.more is None else f"{bound.more:,}", "open" if bound.more is None else ""),
            Cell(bound.why, "faint"),
        )
        for bound in scaling.bounds
    )
    return Table(("", "there is", "taken", "a miner more takes", "so many more fit", ""), rows)


def _loads(scaling: Scaling) -> Table:
    rows = tuple(
        (
            Cell(load.neuron),
            Cell(load.role),
            right("-" if load.cores is None else f"{load.cores:.3f}"),
            right(volume(load.memory_bytes)),
            right(volume(load.memory_most_bytes)),
            right("-" if load.descriptors is None else str(load.descriptors)),
            right("-" if load.calls_a_day is None else f"{load.calls_a_day:,.0f}"),
        )
        for load in scaling.loads
    )
    headers = ("neuron", "role", "cores, mean", "memory, mean", "memory, most", "descriptors, most", "API calls a day")
    return Table(headers, rows)


def budget_section(facts: Facts) -> Section:
    """Calls by neuron and key against the limits."""
    found = facts.budget
    if isinstance(found, Unknown):
        return Section("API budget", (Part("", (Text(f"Not known: {found.why}.", "open"),)),))
    return Section("API budget", (Part("", tuple(_budget(found))),))


def _budget(found: Budget) -> Iterable[Block]:
    if not found.real:
        name = f"{found.api[:1].upper()}{found.api[1:]}"
        yield Text(f"{name} stands for the API: no call cost anything, and what would be called was counted.")
    bears = None
    if found.keys and found.keys[0].forecast.limit is not None:
        bears = found.keys[0].forecast.limit.calls * DAY_S / found.keys[0].forecast.limit.per_s
    bars = tuple(Bar(each.neuron, (each.a_day,), f"{each.a_day:,.0f} a day") for each in found.calls if each.a_day)
    picture = bar_chart(Bars("Calls a day by neuron", ("calls",), bars, bears, "a key's limit"))
    if picture is not None:
        lines = tuple(f"{bar.name:<16} {bar.told}" for bar in bars)
        yield Picture(
            picture, f"Calls to {found.api} in a day of the neurons' own time, at the pace of the run.", lines
        )
    rows = tuple(
        (
            Cell(f"key {use.key.place}{f' ({use.key.reference})' if use.key.reference else ''}"),
            Cell(", ".join(use.key.neurons)),
            right(f"{use.forecast.used:,}"),
            right(f"{use.forecast.a_day:,.0f}"),
            right(_limit(use.forecast.limit)),
            Cell(use.forecast.verdict, "bad" if use.forecast.verdict in ("runs out", "used up") else ""),
        )
        for use in found.keys
    )
    total = found.total
    whole = (
        Cell("all"),
        Cell(""),
        right(f"{total.used:,}"),
        right(f"{total.a_day:,.0f}"),
        right(_limit(total.limit)),
        Cell(total.verdict),
    )
    yield Table(("key", "neurons", "used", "a day", "limit", "so it"), (*rows, whole))
    if found.keys_needed is not None:
        yield Text(f"At this pace {counted(found.keys_needed, 'key is', 'keys are')} needed at the least.")
    for each in found.slower:
        now, then = short(each.cadence.seconds), short(each.seconds)
        yield Text(f"{each.neuron}: {each.cadence.setting} of {then} in place of {now} would last.", "open")


def _limit(limit: object) -> str:
    calls, per_s = getattr(limit, "calls", None), getattr(limit, "per_s", None)
    return "not known" if calls is None or per_s is None else f"{calls:,} in {short(per_s)}"
