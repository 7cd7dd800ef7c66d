"""The cadence of evaluations: how often each miner has its turn, and how long that takes, by the neuron's period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.store.histories import Heard

STARTED, ENDED = "evaluation_started", "evaluated"


@dataclass(frozen=True, slots=True)
class Turn:
    """One evaluation of a miner by a validator: the line that began it, and its verdict if it came to one."""

    validator: str
    miner: str
    began: Heard
    ended: Heard | None


def turns_of(facts: Facts) -> list[Turn]:
    """Every evaluation of the fleet's miners, in the order in which they began.

    A verdict belongs to the last evaluation of that miner by that validator that had begun.
    """
    ends: dict[tuple[str, str], list[Heard]] = {}
    begins: dict[tuple[str, str], list[Heard]] = {}
    for name, said in facts.about(ENDED):
        ends.setdefault((said.neuron, name), []).append(said)
    for name, said in facts.about(STARTED):
        begins.setdefault((said.neuron, name), []).append(said)
    found = []
    for (validator, miner), each in begins.items():
        verdicts = ends.get((validator, miner), [])
        for number, began in enumerate(each):
            until = each[number + 1].time if number + 1 < len(each) else float("inf")
            ended = next((said for said in verdicts if began.time <= said.time < until), None)
            found.append(Turn(validator, miner, began, ended))
    return sorted(found, key=lambda turn: (turn.began.time, turn.began.offset))


def gaps_of(facts: Facts) -> dict[str, list[tuple[float, Heard]]]:
    """By miner: from one evaluation by a validator to the next by the same, in periods of that validator."""
    begins: dict[tuple[str, str], list[Heard]] = {}
    for name, said in facts.about(STARTED):
        begins.setdefault((said.neuron, name), []).append(said)
    found: dict[str, list[tuple[float, Heard]]] = {name: [] for name in facts.miners}
    for (validator, miner), each in begins.items():
        period_s = facts.periods.get(validator)
        if period_s is not None:
            found[miner] += [((later.time - before.time) / period_s, later) for before, later in pairwise(each)]
    return found


def _evaluation_interval(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknown("the validators' evaluation period is not known")
    least = float(given["times"])
    gaps = gaps_of(facts)
    figures: dict[str, float | str | None] = {
        name: median(gap for gap, _ in each) if each else None for name, each in gaps.items()
    }
    missing = [name for name, each in gaps.items() if len(each) < least]
    if missing:
        told = f"fewer than {least:.0f} intervals yet: {', '.join(missing)}"
        return unknown(told, **figures)
    every = sorted((gap, said) for each in gaps.values() for gap, said in each) if gaps else []
    worst = max(
        (value for value in figures.values() if isinstance(value, float)),
        key=lambda value: abs(value - 1),
        default=None,
    )
    figures["shortest"], figures["longest"] = every[0][0], every[-1][0]
    ended = sorted(said.time for _, said in facts.about(ENDED))
    naive = (ended[-1] - ended[0]) / (len(ended) - 1) * len(facts.miners) / facts.period_s if len(ended) > 1 else None
    return Measured(worst, figures=figures, evidence=(Evidence.of(every[0][1]), Evidence.of(every[-1][1])), naive=naive)


def _evaluation_cadence(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknown("the validators' evaluation period is not known")
    low, high, least = (float(given[key]) for key in ("from", "to", "times"))
    gaps = gaps_of(facts)
    every = [gap for each in gaps.values() for gap in each]
    figures: dict[str, float | str | None] = {
        name: sum(low <= gap <= high for gap, _ in each) / len(each) if each else None for name, each in gaps.items()
    }
    if len(every) < least:
        return unknown(f"{len(every)} intervals between evaluations so far, {least:.0f} are needed", **figures)
    out = [(gap, said) for gap, said in every if not low <= gap <= high]
    figures["too short"], figures["too long"] = (sum(g < low for g, _ in out)), (sum(g > high for g, _ in out))
    worst = sorted(out, key=lambda pair: -abs(pair[0] - 1))[:MOST_EVIDENCE]
    return Measured(1 - len(out) / len(every), figures=figures, evidence=tuple(Evidence.of(said) for _, said in worst))


def _evaluation_duration(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknown("the validators' evaluation period is not known")
    least, at = float(given["times"]), float(given["percentile"])
    turns = [turn for turn in turns_of(facts) if turn.validator in facts.periods]
    whole = sorted(
        (((turn.ended.time - turn.began.time) / facts.periods[turn.validator], turn) for turn in turns if turn.ended),
        key=lambda pair: pair[0],
    )
    lost = [turn for turn in turns if turn.ended is None and facts.window.until - turn.began.time > facts.period_s]
    figures: dict[str, float | str | None] = {"evaluations": len(whole), "without a verdict": len(lost)}
    if len(whole) < least:
        return unknown(f"{len(whole)} evaluations with a verdict so far, {least:.0f} are needed", **figures)
    figures["median"], figures["longest"] = whole[len(whole) // 2][0], whole[-1][0]
    value, _ = whole[min(len(whole) - 1, int(at * len(whole)))]
    said = [turn.began for turn in lost[-MOST_EVIDENCE:]] or [whole[-1][1].began]
    return Measured(value, figures=figures, evidence=tuple(map(Evidence.of, said)))


_PERIOD = (
    "The period is the validator's own (of the resi pack MINER_EVAL_PERIOD_MINUTES), shortened as the run's time is."
)
_READ = (("validator", STARTED), ("validator", ENDED))

METRICS = (
    Metric(
        name="evaluation_interval",
        theme="network health",
        unit="periods",
        means="How long it takes from one evaluation of a miner by a validator to the next by the same, in periods: the"
        f" median of each miner (`evaluation_started`), and of these the one that is furthest from 1. {_PERIOD}",
        needs="Each miner of the fleet has `times` intervals.",
        naive="`Evaluated Miner` lines per hour: evaluations that die log none, and a validator that is refused asks"
        " again several times a second, which looks like diligence.",
        function=_evaluation_interval,
        signals=_READ,
        needed=(("validator", STARTED),),
        parameters=(Parameter("times", "count", 3.0, "How many intervals each miner has to have."),),
    ),
    Metric(
        name="evaluation_cadence",
        theme="network health",
        unit="share",
        means="Which part of all intervals between two evaluations of a miner by the same validator is from `from` to"
        f" `to` periods long. {_PERIOD}",
        needs="`times` intervals.",
        naive="The mean interval, in which a stall and a hot loop cancel each other.",
        function=_evaluation_cadence,
        signals=_READ,
        needed=(("validator", STARTED),),
        parameters=(
            Parameter("from", "periods", 0.9, "The shortest that is good; just below 1, since a start may be late."),
            Parameter("to", "periods", 2.0, "The longest that is good."),
            Parameter("times", "count", 10.0, "How many intervals there have to be."),
        ),
    ),
    Metric(
        name="evaluation_duration",
        theme="network health",
        unit="periods",
        means="How long an evaluation takes from `evaluation_started` to its verdict (`evaluated`), in periods: so many"
        f" are exceeded by the slowest part only (`percentile` of the rest are quicker). {_PERIOD}",
        needs="`times` evaluations with a verdict. Those without one after a whole period are counted beside.",
        naive="The time between two `Validator running on step` lines, which is mostly waiting.",
        function=_evaluation_duration,
        signals=_READ,
        needed=_READ,
        parameters=(
            Parameter("percentile", "share", 0.9, "Which part has to be as quick."),
            Parameter("times", "count", 5.0, "How many there have to be."),
        ),
    ),
)
