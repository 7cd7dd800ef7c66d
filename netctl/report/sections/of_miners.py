"""The miners: who is ahead and why, scores and incentives over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netctl.report.ahead import Ahead
from netctl.report.facts import Facts, Recorded
from netctl.report.page import Block, Cell, Part, Picture, Section, Table, Text
from netctl.report.pictures.bars import Bar, Bars, bar_chart
from netctl.report.pictures.lines import Chart, Line, line_chart
from netctl.report.report import Report
from netctl.report.scaling import volume
from netctl.report.sections.words import alpha, number, percent, right, spark
from netctl.report.standings import Standing, scores_of
from netctl.report.told import Unknown

MOST_BARS = 24
HOURS = "hours of the subnet's time since the run began"


def miners_section(facts: Facts, report: Report) -> Section:
    """Standings, pictures, and the reason for who leads."""
    parts = [
        Part("", (_standings(report.standings), Text(_legend(), "faint"))),
        Part("Score of each miner", tuple(_scores(facts, report.standings))),
        Part("Incentive on the chain", tuple(_incentives(facts, report.standings))),
        Part("Who is ahead, and why by the rules", tuple(_ahead(report.ahead))),
    ]
    return Section("Miners", tuple(parts), own_page=True)


def _standings(standings: Sequence[Standing]) -> Block:
    if not standings:
        return Text("Nothing is known of the miners.", "open")
    headers = (
        "rank",
        "miner",
        "uid",
        "strategy",
        "verdicts",
        "score, mean",
        "credibility",
        "incentive",
        "alpha an epoch",
    )
    more = ("samples good", "looked up", "by a naive count", "uploads")
    return Table((*headers, *more), tuple(tuple(_row(each)) for each in standings))


def _row(each: Standing) -> Iterable[Cell]:
    samples = each.samples
    fooled = samples.naive is not None and samples.naive - (samples.passed or 0.0) * (samples.answered or 0.0) > 0.05
    yield right(str(each.rank or "-"))
    yield Cell(each.miner)
    yield right(str(each.uid if each.uid is not None else "-"))
    yield Cell(each.strategy or "-")
    yield right(str(each.verdicts))
    yield right(number(each.score))
    yield right(number(each.credibility))
    yield right(percent(each.incentive))
    yield right(alpha(each.emission_rao))
    yield right(percent(samples.passed), "bad" if (samples.passed or 1.0) < 0.6 else "")
    yield right(percent(samples.answered), "bad" if (samples.answered or 1.0) < 0.9 else "")
    yield right(percent(samples.naive), "faint" if not fooled else "bad")
    yield right("-" if each.uploads is None else str(each.uploads))


def _legend() -> str:
    return (
        "Rank is by the mean score of all validators' verdicts; incentive and alpha are means over the run. Of the"
        " samples that were looked up at the API, so many were good; a naive count takes those that the API did not"
        " answer for good, too."
    )


def _scores(facts: Facts, standings: Sequence[Standing]) -> Iterable[Block]:
    scored = scores_of(facts)
    lines = tuple(
        Line(each.miner, tuple((facts.hours(time), score) for time, score in scored.get(each.miner, ())))
        for each in standings
        if scored.get(each.miner)
    )
    yield from _chart(
        Chart("Score of each miner over time", HOURS, "score", lines),
        "Each verdict of a validator; the miners in the order of their mean score.",
        "No validator has logged a verdict.",
    )


def _incentives(facts: Facts, standings: Sequence[Standing]) -> Iterable[Block]:
    recorded = facts.recorded
    points: dict[str, list[tuple[float, float]]] = {}
    for pay in recorded.pay if isinstance(recorded, Recorded) else ():
        name = recorded.roll.names.get(pay.hotkey) if isinstance(recorded, Recorded) else None
        if name is not None:
            points.setdefault(name, []).append((facts.hours(pay.time), 100 * pay.incentive))
    lines = tuple(Line(each.miner, _until(points[each.miner], facts)) for each in standings if points.get(each.miner))
    yield from _chart(
        Chart("Incentive of each miner over time", HOURS, "share of all, %", lines, stepped=True),
        "As the metagraph had it: it changes when an epoch ends, and only after validators have set weights.",
        "The chain was not sampled.",
    )


def _until(points: Sequence[tuple[float, float]], facts: Facts) -> tuple[tuple[float, float], ...]:
    """A last point at the end: what the chain has holds on."""
    end = facts.hours(facts.kept.until)
    return (*points, (end, points[-1][1])) if points[-1][0] < end else tuple(points)


def _chart(chart: Chart, caption: str, missing: str) -> Iterable[Block]:
    svg = line_chart(chart)
    if svg is None:
        yield Text(missing, "open")
        return
    top = max((value for line in chart.lines for _, value in line.points), default=0.0)
    width = max(len(line.name) for line in chart.lines)
    lines = [
        f"{line.name:<{width}}  {spark([value for _, value in line.points], top=top)}  {number(line.points[-1][1])}"
        for line in chart.lines
    ]
    yield Picture(svg, caption, tuple(lines))


def _ahead(ahead: Ahead | Unknown) -> Iterable[Block]:
    if isinstance(ahead, Unknown):
        yield Text(f"Not known: {ahead.why}.", "open")
        return
    yield Text(told_ahead(ahead), "good" if ahead.by_weight else "")
    yield from _weighed(ahead)
    headers = (
        "miner",
        "score, mean",
        "premium part of its data",
        "boost for uploads",
        "data claimed, mean",
        "score for a kB",
        "score if all weighed alike",
    )
    rows = tuple(
        (
            Cell(each.miner),
            right(number(each.score), "good" if each.miner == ahead.leader else ""),
            right(percent(each.premium)),
            right(percent(each.boost)),
            right("-" if each.claimed_bytes is None else volume(each.claimed_bytes)),
            right(number(each.for_a_kilobyte)),
            right(number(each.without), "good" if each.miner == ahead.without else ""),
        )
        for each in ahead.grounds
    )
    yield Table(headers, rows)
    if ahead.weight is not None and ahead.others is not None:
        yield Text(_rule(ahead, ahead.weight, ahead.others))
        yield Text(
            "The premium part is of what each miner uploaded; where no upload names a zipcode, of the pages that it"
            " looked at. The boost is the part of its score that is for having uploaded, whatever that weighs. The last"
            " column takes the weights out of the rest of each miner's mean score.",
            "faint",
        )


def _weighed(ahead: Ahead) -> Iterable[Block]:
    """Each score, and what of it the weights make up."""
    known = [(each, each.without) for each in ahead.grounds if each.without is not None]
    bars = tuple(
        Bar(each.miner, (without, max(0.0, each.score - without)), f"{number(without)} of {number(each.score)}")
        for each, without in known[:MOST_BARS]
    )
    svg = bar_chart(
        Bars("Score with and without the weights", ("with one weight for all", "what the weights add"), bars)
    )
    if svg is not None:
        lines = tuple(f"{bar.name:<16} {bar.told}" for bar in bars)
        yield Picture(
            svg, "Mean score of each miner: what it would be with one weight for all zipcodes, and as it is.", lines
        )


def _rule(ahead: Ahead, weight: float, others: float) -> str:
    rule = (
        "The rule: weight times own bytes squared over everybody's, times credibility. A premium zipcode weighs"
        f" {weight:g}, any other {others:g}: {weight / others:.1f} to 1."
    )
    if ahead.paid is None:
        return rule
    return (
        f"{rule} Measured, a claimed byte of {ahead.specialist} got {ahead.paid:.1f} times what one of the usual other"
        " miner got; what several hold is shared among them."
    )


def told_ahead(ahead: Ahead) -> str:
    """One or two sentences."""
    lead = "" if ahead.lead is None else f" by {ahead.lead:.1f} to 1 over the next"
    if ahead.specialist is None:
        return f"{ahead.leader} is ahead{lead}."
    if not ahead.is_premium:
        return f"{ahead.leader} is ahead{lead}; {ahead.specialist}, which has the largest premium part, is not."
    begin = f"The premium miner, {ahead.leader}, is ahead{lead}"
    if ahead.by_weight is None:
        return f"{begin}. Whether the weight does it cannot be told: the pack does not say what zipcodes weigh."
    if ahead.by_weight:
        return (
            f"{begin}, and it is the weight that does it: with one weight for all zipcodes {ahead.without} would lead."
        )
    drowned = ": most of its score is the boost for uploads, which drowns what zipcodes weigh" if ahead.drowned else ""
    return f"{begin}, and would be with one weight for all zipcodes, too{drowned}."
