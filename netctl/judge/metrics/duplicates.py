"""Duplicates: who shows the same thing twice, and whether anybody is paid for it."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import number_of
from netctl.judge.turns import TURN, Turn, turns_of
from netctl.store.histories import Heard

FOUND = ("duplicate", "s3_duplicates")
PASSED, VERDICT = "bucket_passed", "s3_verdict"
LOOKED = (PASSED, VERDICT, *FOUND)


def _found(turn: Turn) -> list[Heard]:
    """Every line of an evaluation that tells of a duplicate."""
    verdicts = [event for event in turn.all(VERDICT) if event.fields.get("outcome") == "duplicates"]
    return [*turn.all(*FOUND), *verdicts]


def _miners_with_duplicates(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    told: dict[str, list[Heard]] = {name: [] for name in facts.miners}
    looks = 0
    for name, events in facts.about_each(*LOOKED).items():
        looks += len(events)
        told[name] = [e for e in events if e.signal in FOUND or e.fields.get("outcome") == "duplicates"]
    figures: Figures = {name: len(events) for name, events in told.items()}
    if looks < least:
        return unknown(f"{looks} looks for duplicates so far, {least:.0f} are needed", **figures)
    guilty = [name for name, events in told.items() if events]
    why = f"duplicates of {', '.join(guilty)}" if guilty else None
    evidence = tuple(Evidence.of(told[name][0]) for name in guilty[:MOST_EVIDENCE])
    return Measured(len(guilty), whole=len(facts.miners), why=why, figures=figures, evidence=evidence)


def _duplicates_paid(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    turns = turns_of(facts, LOOKED)
    looks = sum(len(turn.all(*LOOKED)) for turn in turns)
    caught, paid = [], []
    last: dict[tuple[str, str], float] = {}
    for turn in turns:
        pair, ended = (turn.validator, turn.miner), turn.ended
        credibility = None if ended is None else number_of(ended, "credibility")
        if turn.first("duplicate") is not None:
            caught.append(turn)
            if credibility is not None and credibility > last.get(pair, 0.0):
                paid.append(turn.ended or turn.began)
        # A look through uploads that finds one and passes it all the same contradicts itself.
        elif _found(turn):
            caught.append(turn)
            paid += [event for event in turn.all(VERDICT) if event.fields.get("outcome") == "passed"]
        if credibility is not None:
            last[pair] = credibility
    figures: Figures = {"looks": looks, "evaluations with duplicates": len(caught), "paid all the same": len(paid)}
    if looks < least:
        return unknown(f"{looks} looks for duplicates so far, {least:.0f} are needed", **figures)
    why = None if caught else f"none was found in {looks} looks for them"
    found = [event for turn in caught for event in _found(turn)[:1]]
    return Measured(
        len(paid), why=why, figures=figures, evidence=tuple(map(Evidence.of, (paid or found)[:MOST_EVIDENCE]))
    )


_SIGNALS = (*TURN, *(("validator", name) for name in LOOKED))
_TIMES = Parameter("times", "count", 10.0, "How many looks there have to be.")

METRICS = (
    Metric(
        name="miners_with_duplicates",
        theme="geography",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners a validator has found to show the same thing twice: in a bucket (`duplicate`) or among"
        " their uploads (`s3_duplicates`, `s3_verdict` of outcome `duplicates`).",
        needs="`times` looks for them: those, and `bucket_passed` and every `s3_verdict`.",
        naive="Lines with the word duplicate: every verdict on uploads has it, `Duplicates: 0.0%` too.",
        function=_miners_with_duplicates,
        signals=_SIGNALS,
        needed=(("validator", PASSED),),
        parameters=(_TIMES,),
    ),
    Metric(
        name="duplicates_paid",
        theme="geography",
        unit="count",
        means="How often zero tolerance failed: evaluations in which a validator found a duplicate in a bucket"
        " (`duplicate`) and the miner's credibility rose all the same (`evaluated`), or found one among uploads and"
        " passed them (`s3_verdict`).",
        needs="`times` looks for duplicates in evaluations (`evaluation_started`): `bucket_passed`, every `s3_verdict`"
        " and those that found one. Where none is found, nothing was paid: it is true, and says so.",
        naive="That a duplicate was logged.",
        function=_duplicates_paid,
        signals=_SIGNALS,
        needed=(*TURN, ("validator", PASSED)),
        parameters=(_TIMES,),
    ),
)
