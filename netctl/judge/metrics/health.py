"""Network health: who answers validators, and how soon."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.turns import TURN, turns_of
from netctl.store.histories import Heard

ANSWERED, SILENT = "index_received", ("no_response", "no_index", "index_error")
ASKED = (ANSWERED, *SILENT)
PATIENCE = 3.0
"""After so many periods of asking, who was never asked counts as silent."""


def answers_of(facts: Facts) -> dict[str, list[tuple[bool, Heard]]]:
    """By miner: each evaluation in which it was asked for its index, and whether it answered.

    Of a miner without an index two lines tell, no_response and no_index: the first counts.
    """
    found: dict[str, list[tuple[bool, Heard]]] = {name: [] for name in facts.miners}
    for turn in turns_of(facts, ASKED):
        said = turn.first(*ASKED)
        if said is not None:
            found[turn.miner].append((said.signal == ANSWERED, said))
    return found


def _miners_responding(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, share = float(given["times"]), float(given["share"])
    answers = answers_of(facts)
    first = min((event.time for each in answers.values() for _, event in each), default=None)
    if first is None:
        return unknown("no validator has asked a miner yet", **dict.fromkeys(facts.miners))
    figures: Figures = {}
    responding, open_, silent = 0, [], []
    for name, each in answers.items():
        rate = sum(ok for ok, _ in each) / len(each) if each else 0.0
        figures[name] = rate if each else None
        if len(each) < least and not _asked_long_enough(facts, first):
            open_.append(name)
        elif rate >= share and each:
            responding += 1
        else:
            silent.append(name)
    why = f"silent: {', '.join(silent)}" if silent else None
    if open_:
        why = f"asked fewer than {least:.0f} times yet: {', '.join(open_)}"
    wrong = [Evidence.of(event) for name in silent for ok, event in answers[name] if not ok]
    right = [Evidence.of(each[-1][1]) for name, each in answers.items() if each and name not in silent]
    return Measured(
        responding,
        responding + len(open_),
        len(facts.miners),
        why,
        figures,
        tuple((wrong or right)[-MOST_EVIDENCE:]),
        naive=len({name for name, _ in facts.about("evaluated")}),
    )


def _asked_long_enough(facts: Facts, first: float) -> bool:
    period_s = facts.period_s
    return period_s is not None and facts.window.until - first > PATIENCE * period_s


def _response_rate(facts: Facts, given: Mapping[str, Value]) -> Measured:
    answers = answers_of(facts)
    each = [answer for name in answers for answer in answers[name]]
    figures: Figures = {
        name: sum(ok for ok, _ in found) / len(found) if found else None for name, found in answers.items()
    }
    if len(each) < float(given["times"]):
        return unknown(f"{len(each)} requests for an index so far, {float(given['times']):.0f} are needed", **figures)
    lost = [Evidence.of(event) for ok, event in each if not ok]
    started = sum(1 for _ in facts.about("evaluation_started"))
    evaluated = sum(1 for _ in facts.about("evaluated"))
    return Measured(
        sum(ok for ok, _ in each) / len(each),
        figures=figures,
        evidence=tuple(lost[-MOST_EVIDENCE:]),
        naive=min(1.0, evaluated / started) if started else None,
    )


def _slow_miners(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, times, ratio = (float(given[key]) for key in ("least", "times", "ratio"))
    waits: dict[str, list[tuple[float, Heard]]] = {name: [] for name in facts.miners}
    for turn in turns_of(facts, ASKED):
        said = turn.first(*ASKED)
        if said is not None:
            waits[turn.miner].append((facts.subnet_s(said.time - turn.began.time), said))
    usual = {name: median(wait for wait, _ in each) for name, each in waits.items() if each}
    figures: Figures = {name: usual.get(name) for name in facts.miners}
    missing = [name for name, each in waits.items() if len(each) < times]
    slow = [name for name, wait in usual.items() if wait >= least and wait >= ratio * _others(usual, name)]
    slow = [name for name in slow if name not in missing]
    longest = [Evidence.of(max(waits[name], key=lambda pair: pair[0])[1]) for name in slow]
    why = f"slow: {', '.join(slow)}" if slow else None
    if missing:
        why = f"asked fewer than {times:.0f} times yet: {', '.join(missing)}"
    count = len(slow)
    return Measured(count, count + len(missing), len(facts.miners), why, figures, tuple(longest[:MOST_EVIDENCE]))


def _others(usual: Mapping[str, float], name: str) -> float:
    rest = [wait for other, wait in usual.items() if other != name]
    return median(rest) if rest else 0.0


_ABOUT_ANSWERS = (*TURN, *(("validator", name) for name in ASKED))

METRICS = (
    Metric(
        name="miners_responding",
        theme="network health",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners of the fleet answer validators: of the evaluations of a miner in the window, at least"
        " `share` began with its index (`index_received`; against `no_response`, `no_index` and `index_error`).",
        needs="Each miner was asked `times` times. After three periods since the first was asked, a miner that was"
        " asked less often is judged by what there is, and one that was never asked does not answer.",
        naive="`Evaluated Miner` is logged for a silent miner too, by the index that it showed last; a process that"
        " lives, and SUCCESS or ERROR in its last line, say nothing of it.",
        function=_miners_responding,
        signals=_ABOUT_ANSWERS,
        needed=(("validator", ANSWERED),),
        parameters=(
            Parameter("share", "share", 0.8, "Which part of the requests it has to answer."),
            Parameter("times", "count", 2.0, "How often it has to have been asked."),
        ),
    ),
    Metric(
        name="response_rate",
        theme="network health",
        unit="share",
        means="Which part of validators' requests for an index the fleet's miners answered, all together:"
        " `index_received` over that and `no_response`, `no_index` or `index_error`; an evaluation counts once.",
        needs="`times` requests.",
        naive="Evaluations begun over evaluations with a score: a silent miner is scored as well.",
        function=_response_rate,
        signals=_ABOUT_ANSWERS,
        needed=(("validator", ANSWERED),),
        parameters=(Parameter("times", "count", 5.0, "How many requests there have to be."),),
    ),
    Metric(
        name="slow_miners",
        theme="network health",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners keep validators waiting: the median time from `evaluation_started` to the answer"
        " (`index_received`, or that there was none) is at least `least` of the subnet's own time, and at least"
        " `ratio` times as long as the median of the other miners' medians, so that a busy machine accuses nobody.",
        needs="Each miner was asked `times` times.",
        naive="The response rate, in which a slow answer is an answer.",
        function=_slow_miners,
        signals=_ABOUT_ANSWERS,
        needed=(("validator", ANSWERED),),
        parameters=(
            Parameter("least", "seconds", 30.0, "From how long on an answer is slow."),
            Parameter("ratio", "ratio", 3.0, "How many times as long as others'."),
            Parameter("times", "count", 5.0, "How often each has to have been asked."),
        ),
    ),
)
