"""The cadence of evaluations: how often each miner has its turn, and how long that takes, by the validator's period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import inf
from statistics import median

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknowable, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import ANSWERED, OF_SAMPLES, SAMPLED
from netctl.judge.turns import ENDED, STARTED, TURN, Turn, is_lost, over, turns_of
from netctl.store.histories import Heard

NO_PERIOD = "the validators' evaluation period is not known"


def gaps_of(facts: Facts) -> dict[str, list[tuple[float, Heard]]]:
    """By miner: from one evaluation by a validator to the next by the same, in periods of that validator."""
    begins: dict[tuple[str, str], list[Heard]] = {}
    for miner, event in facts.about(STARTED):
        begins.setdefault((event.neuron, miner), []).append(event)
    found: dict[str, list[tuple[float, Heard]]] = {name: [] for name in facts.miners}
    for (validator, miner), each in begins.items():
        period_s = facts.periods.get(validator)
        if period_s is not None:
            found[miner] += [((later.time - before.time) / period_s, later) for before, later in pairwise(each)]
    return found


def open_gaps_of(facts: Facts, longest: float) -> list[tuple[float, str, Heard]]:
    """Of each validator and miner whose last evaluation is longer ago than that: periods, miner, its line."""
    last = {(event.neuron, miner): event for miner, event in facts.about(STARTED)}
    since = [
        ((facts.window.until - event.time) / facts.periods[validator], miner, event)
        for (validator, miner), event in last.items()
        if validator in facts.periods
    ]
    return [each for each in since if each[0] > longest]


def _evaluation_interval(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknowable(NO_PERIOD)
    least = float(given["times"])
    gaps = gaps_of(facts)
    figures: Figures = {name: median(gap for gap, _ in each) if each else None for name, each in gaps.items()}
    missing = [name for name, each in gaps.items() if len(each) < least]
    if missing or not gaps:
        return unknown(f"fewer than {least:.0f} intervals yet: {', '.join(missing) or 'no miner'}", **figures)
    every = sorted((pair for each in gaps.values() for pair in each), key=lambda pair: pair[0])
    worst = max((value for value in figures.values() if isinstance(value, float)), key=lambda value: abs(value - 1))
    figures["shortest"], figures["longest"] = every[0][0], every[-1][0]
    ended = sorted(event.time for _, event in facts.about(ENDED))
    naive = (ended[-1] - ended[0]) / (len(ended) - 1) * len(facts.miners) / facts.period_s if len(ended) > 1 else None
    return Measured(worst, figures=figures, evidence=(Evidence.of(every[0][1]), Evidence.of(every[-1][1])), naive=naive)


def _evaluation_cadence(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknowable(NO_PERIOD)
    low, high, least = (float(given[key]) for key in ("from", "to", "times"))
    gaps = gaps_of(facts)
    for gap, miner, event in open_gaps_of(facts, high):
        gaps[miner].append((gap, event))
    every = [gap for each in gaps.values() for gap in each]
    figures: Figures = {
        name: sum(low <= gap <= high for gap, _ in each) / len(each) if each else None for name, each in gaps.items()
    }
    if len(every) < least:
        return unknown(f"{len(every)} intervals between evaluations so far, {least:.0f} are needed", **figures)
    out = [(gap, event) for gap, event in every if not low <= gap <= high]
    figures["too short"], figures["too long"] = (sum(g < low for g, _ in out)), (sum(g > high for g, _ in out))
    worst = sorted(out, key=lambda pair: -abs(pair[0] - 1))[:MOST_EVIDENCE]
    return Measured(
        1 - len(out) / len(every), figures=figures, evidence=tuple(Evidence.of(event) for _, event in worst)
    )


def _evaluation_duration(facts: Facts, given: Mapping[str, Value]) -> Measured:
    if facts.period_s is None:
        return unknowable(NO_PERIOD)
    least, at = float(given["times"]), float(given["percentile"])
    turns = [turn for turn in turns_of(facts) if turn.validator in facts.periods]
    whole = sorted(
        (((turn.ended.time - turn.began.time) / facts.periods[turn.validator], turn) for turn in turns if turn.ended),
        key=lambda pair: pair[0],
    )
    lost = [turn for turn in turns if is_lost(facts, turn)]
    figures: Figures = {"evaluations": len(whole), "without a verdict": len(lost)}
    if len(whole) < least:
        return unknown(f"{len(whole)} evaluations with a verdict so far, {least:.0f} are needed", **figures)
    figures["median"], figures["longest"] = whole[len(whole) // 2][0], whole[-1][0]
    value, _ = whole[min(len(whole) - 1, int(at * len(whole)))]
    return Measured(value, figures=figures, evidence=(Evidence.of(whole[-1][1].began),))


def _evaluations_finished(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    turns = over(facts, turns_of(facts))
    figures: Figures = {}
    for name in facts.miners:
        own = [turn for turn in turns if turn.miner == name]
        figures[name] = sum(turn.ended is not None for turn in own) / len(own) if own else None
    if len(turns) < least:
        return unknown(f"{len(turns)} evaluations so far, {least:.0f} are needed", **figures)
    lost = [turn for turn in turns if turn.ended is None]
    by_miner = Counter(turn.miner for turn in lost)
    why = f"without a verdict: {', '.join(f'{n} of {name}' for name, n in by_miner.items())}" if lost else None
    evidence = tuple(Evidence.of(turn.began) for turn in lost[-MOST_EVIDENCE:])
    return Measured(1 - len(lost) / len(turns), why=why, figures=figures, evidence=evidence, naive=1.0)


def _validators_evaluating(facts: Facts, given: Mapping[str, Value]) -> Measured:
    """A validator that is quiet is false only when it has had time enough."""
    least = float(given["times"])
    turns = turns_of(facts, (SAMPLED,))
    done = {name: [turn for turn in turns if turn.validator == name and _is_whole(turn)] for name in facts.validators}
    figures: Figures = {name: len(each) for name, each in done.items()}
    short = [name for name, each in done.items() if len(each) < least]
    open_ = [name for name in short if not _had_time(facts, name, least)]
    idle = [name for name in short if name not in open_]
    why = f"too few of {', '.join(idle)}" if idle else f"so far too few of {', '.join(open_)}" if open_ else None
    evidence = tuple(Evidence.of(each[-1].ended) for each in done.values() if each and each[-1].ended)
    count = len(facts.validators) - len(short)
    return Measured(count, count + len(open_), len(facts.validators), why, figures, evidence[:MOST_EVIDENCE])


def _is_whole(turn: Turn) -> bool:
    return turn.ended is not None and any(event.fields.get("outcome") in ANSWERED for event in turn.all(SAMPLED))


def _had_time(facts: Facts, validator: str, times: float) -> bool:
    """Whether the window is so long that every miner could have been judged twice as often as is asked for."""
    period_s = facts.periods.get(validator, facts.period_s or inf)
    rounds = times / max(1, len(facts.miners))
    return facts.window.length_s > 2 * (rounds + 1) * period_s


_PERIOD = (
    "The period is the validator's own (of the resi pack MINER_EVAL_PERIOD_MINUTES), shortened as the run's time is."
)

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
        signals=TURN,
        needed=(("validator", STARTED),),
        parameters=(Parameter("times", "count", 3.0, "How many intervals each miner has to have."),),
    ),
    Metric(
        name="evaluation_cadence",
        theme="network health",
        unit="share",
        means="Which part of all intervals between two evaluations of a miner by the same validator is from `from` to"
        " `to` periods long (`evaluation_started`). One that is still open at the window's end counts once it is"
        f" longer than `to`. {_PERIOD}",
        needs="`times` intervals.",
        naive="The mean interval, in which a stall and a hot loop cancel each other.",
        function=_evaluation_cadence,
        signals=TURN,
        needed=(("validator", STARTED),),
        parameters=(
            Parameter("from", "periods", 0.5, "The shortest that is good: after a late one the next may come early."),
            Parameter("to", "periods", 2.0, "The longest that is good."),
            Parameter("times", "count", 10.0, "How many intervals there have to be."),
        ),
    ),
    Metric(
        name="evaluation_duration",
        theme="network health",
        unit="periods",
        means="How long an evaluation takes from `evaluation_started` to its verdict (`evaluated`), in periods: that"
        f" part of them which `percentile` says is no slower. {_PERIOD}",
        needs="`times` evaluations with a verdict. Those without one after a whole period are counted beside.",
        naive="The time between two `Validator running on step` lines, which is mostly waiting.",
        function=_evaluation_duration,
        signals=TURN,
        needed=TURN,
        parameters=(
            Parameter("percentile", "share", 0.9, "Which part has to be as quick."),
            Parameter("times", "count", 5.0, "How many there have to be."),
        ),
    ),
    Metric(
        name="evaluations_finished",
        theme="network health",
        unit="share",
        means="Which part of the evaluations that a validator began (`evaluation_started`) came to a verdict"
        " (`evaluated`) before it began the next one of the same miner, and within a period.",
        needs="`times` evaluations that are over.",
        naive="Verdicts over verdicts: an evaluation whose thread dies, as of a miner with an empty index, leaves none"
        " behind.",
        function=_evaluations_finished,
        signals=TURN,
        needed=TURN,
        parameters=(Parameter("times", "count", 5.0, "How many evaluations there have to be."),),
    ),
    Metric(
        name="validators_evaluating",
        theme="network health",
        unit="count",
        out_of="validators of the fleet",
        means="How many validators of the fleet went through at least `times` evaluations as a whole: begun"
        " (`evaluation_started`), a sample"
        " of the miner's looked up with an answer of the API (`api_result`, outcome `confirmed` or `refuted`), and a"
        " verdict (`evaluated`).",
        needs="`times` each; a validator with fewer is judged when twice the time that they take is over.",
        naive="Lines of `Validator running on step`: a loop in which nobody was due counts too.",
        function=_validators_evaluating,
        signals=(*TURN, OF_SAMPLES),
        needed=(*TURN, OF_SAMPLES),
        parameters=(Parameter("times", "count", 5.0, "How many evaluations each has to have finished."),),
    ),
)
