"""Network health: who answers, and what broke."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from operator import itemgetter

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.store.histories import Heard

ANSWERED, SILENT = "index_received", ("no_response", "no_index", "index_error")
ASKED = (ANSWERED, *SILENT)
PATIENCE = 3.0
"""After so many periods of asking, who was never asked counts as silent."""


def answers_of(facts: Facts) -> dict[str, list[tuple[bool, Heard]]]:
    """By miner: each time that a validator asked it for its index, and whether it answered.

    A miner without an index is told of twice, by no_response and no_index: of one evaluation the first counts.
    """
    found: dict[str, list[tuple[bool, Heard]]] = {name: [] for name in facts.miners}
    begins: dict[tuple[str, str], list[float]] = {}
    for name, said in facts.about("evaluation_started"):
        begins.setdefault((said.neuron, name), []).append(said.time)
    last: dict[tuple[str, str], int] = {}
    events = [(said.time, said.offset, name, said) for kind in ASKED for name, said in facts.about(kind)]
    for time, _, name, said in sorted(events, key=itemgetter(0, 1)):
        key = said.neuron, name
        turn = bisect_right(begins.get(key, ()), time)
        if turn and last.get(key) == turn:
            continue
        last[key] = turn
        found[name].append((said.signal == ANSWERED, said))
    return found


def _miners_responding(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, share = float(given["times"]), float(given["share"])
    answers = answers_of(facts)
    first = min((said.time for each in answers.values() for _, said in each), default=None)
    if first is None:
        return unknown("no validator has asked a miner yet", **dict.fromkeys(facts.miners))
    figures: dict[str, float | str | None] = {}
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
    wrong = [Evidence.of(said) for name in silent for ok, said in answers[name] if not ok]
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
    figures: dict[str, float | str | None] = {
        name: sum(ok for ok, _ in found) / len(found) if found else None for name, found in answers.items()
    }
    if len(each) < float(given["times"]):
        return unknown(f"{len(each)} requests for an index so far, {float(given['times']):.0f} are needed", **figures)
    lost = [Evidence.of(said) for ok, said in each if not ok]
    started = sum(1 for _ in facts.about("evaluation_started"))
    evaluated = sum(1 for _ in facts.about("evaluated"))
    return Measured(
        sum(ok for ok, _ in each) / len(each),
        figures=figures,
        evidence=tuple(lost[-MOST_EVIDENCE:]),
        naive=min(1.0, evaluated / started) if started else None,
    )


_ABOUT_ANSWERS = tuple(("validator", name) for name in (*ASKED, "evaluation_started", "evaluated"))

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
)
