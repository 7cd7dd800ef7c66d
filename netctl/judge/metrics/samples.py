"""API validation: whether samples are looked up, how many, whether the API answers, and what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf
from statistics import median

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import (
    ANSWERED,
    ASSUMED,
    CONFIRMED,
    OF_SAMPLES,
    REFUTED,
    SAMPLED,
    samples_of,
    success_of,
)
from netctl.judge.turns import TURN, Turn, over, turns_of
from netctl.store.histories import Heard

LOOKED_UP = ("validator", "validated")
SLOTS = 24


def _api_coverage(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, samples = float(given["times"]), float(given["samples"])
    turns = over(facts, turns_of(facts, (SAMPLED, LOOKED_UP[1])))
    good = {id(turn): len(_answered(turn)) >= samples for turn in turns}
    figures: Figures = {}
    for name in facts.miners:
        own = [turn for turn in turns if turn.miner == name]
        figures[name] = sum(good[id(turn)] for turn in own) / len(own) if own else None
    if len(turns) < least:
        return unknown(f"{len(turns)} evaluations so far, {least:.0f} are needed", **figures)
    lost = [turn for turn in turns if not good[id(turn)]]
    evidence = tuple(Evidence.of(turn.first(SAMPLED) or turn.began) for turn in lost[-MOST_EVIDENCE:])
    naive = sum(turn.first(LOOKED_UP[1]) is not None for turn in turns) / len(turns)
    by_miner = Counter(turn.miner for turn in lost)
    why = f"not in {', '.join(f'{n} of {name}' for name, n in by_miner.most_common())}" if lost else None
    return Measured(1 - len(lost) / len(turns), why=why, figures=figures, evidence=evidence, naive=naive)


def _answered(turn: Turn) -> list[Heard]:
    return [event for event in turn.all(SAMPLED) if event.fields.get("outcome") in ANSWERED]


def _samples_per_evaluation(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    turns = [turn for turn in turns_of(facts, (SAMPLED,)) if turn.first(SAMPLED) is not None]
    counts = {name: [len(turn.all(SAMPLED)) for turn in turns if turn.miner == name] for name in facts.miners}
    figures: Figures = {name: median(each) if each else None for name, each in counts.items()}
    missing = [name for name, each in counts.items() if len(each) < least]
    if missing or not counts:
        told = ", ".join(missing) or "no miner"
        return unknown(f"fewer than {least:.0f} evaluations with samples yet: {told}", **figures)
    worst = min(counts, key=lambda name: median(counts[name]))
    one = next(turn for turn in turns if turn.miner == worst)
    evidence = Evidence.of(one.all(SAMPLED)[0])
    return Measured(float(median(counts[worst])), why=f"fewest of {worst}", figures=figures, evidence=(evidence,))


def _api_success(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    by_miner = samples_of(facts)
    figures: Figures = {name: success_of(samples) for name, samples in by_miner.items()}
    whole: Counter[str] = sum(by_miner.values(), Counter())
    answered = whole[CONFIRMED] + whole[REFUTED]
    if answered < least:
        return unknown(f"{answered} samples answered so far, {least:.0f} are needed", **figures)
    figures |= {"confirmed": whole[CONFIRMED], "refuted": whole[REFUTED], "assumed": whole[ASSUMED]}
    return Measured(
        whole[CONFIRMED] / answered,
        figures=figures,
        evidence=_evidence(facts, REFUTED),
        naive=_naive(facts),
    )


def _naive(facts: Facts) -> float | None:
    valid = [bool(event.fields.get("valid")) for _, event in facts.about(SAMPLED)]
    return sum(valid) / len(valid) if valid else None


def _evidence(facts: Facts, outcome: str) -> tuple[Evidence, ...]:
    found = [event for _, event in facts.about(SAMPLED) if event.fields.get("outcome") == outcome]
    # Many are told in one line: one of each is enough.
    lines = {(event.path, event.offset): event for event in found}
    return tuple(Evidence.of(event) for event in list(lines.values())[:MOST_EVIDENCE])


def _miners_verified(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least, share = float(given["times"]), float(given["share"])
    by_miner = samples_of(facts)
    figures: Figures = {name: success_of(samples) for name, samples in by_miner.items()}
    open_ = [name for name, samples in by_miner.items() if sum(samples[o] for o in ANSWERED) < least]
    good = [name for name, rate in figures.items() if name not in open_ and isinstance(rate, float) and rate >= share]
    bad = [name for name in facts.miners if name not in open_ and name not in good]
    why = f"below: {', '.join(bad)}" if bad else None
    if open_:
        why = f"fewer than {least:.0f} samples answered yet: {', '.join(open_)}"
    wrong = [event for name, event in facts.about(SAMPLED) if name in bad and event.fields["outcome"] == REFUTED]
    return Measured(
        len(good),
        len(good) + len(open_),
        len(facts.miners),
        why,
        figures,
        tuple(Evidence.of(event) for event in wrong[-MOST_EVIDENCE:]),
        naive=sum(_valid_share(facts, name) >= share for name in facts.miners),
    )


def _valid_share(facts: Facts, miner: str) -> float:
    valid = [bool(event.fields.get("valid")) for name, event in facts.about(SAMPLED) if name == miner]
    return sum(valid) / len(valid) if valid else 0.0


def _api_answered(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    whole: Counter[str] = sum(samples_of(facts).values(), Counter())
    figures: Figures = {outcome: whole[outcome] for outcome in (*ANSWERED, ASSUMED)}
    if whole.total() < least:
        return unknown(f"{whole.total()} samples so far, {least:.0f} are needed", **figures)
    answered = sum(whole[outcome] for outcome in ANSWERED)
    return Measured(answered / whole.total(), figures=figures, evidence=_evidence(facts, ASSUMED), naive=_naive(facts))


def _api_outage(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    events = [event for _, event in facts.about(SAMPLED)]
    if len(events) < least:
        return unknown(f"{len(events)} samples so far, {least:.0f} are needed")
    worst, first, last = 0.0, None, None
    for stretch in _unanswered(events, facts.window.until):
        length_s = facts.subnet_s(stretch[1] - stretch[0].time)
        if length_s > worst:
            worst, first, last = length_s, stretch[0], stretch[1]
    figures: Figures = {"unanswered": sum(event.fields.get("outcome") == ASSUMED for event in events)}
    if first is None or last is None:
        return Measured(0.0, figures=figures)
    why = f"{figures['unanswered']} samples were taken for valid without an answer"
    return Measured(worst, why=why, figures=figures, evidence=(Evidence.of(first),), naive=0.0)


def _unanswered(events: Sequence[Heard], until: float) -> list[tuple[Heard, float]]:
    """Stretches without an answer: from the first sample that had none to the next one that had."""
    found: list[tuple[Heard, float]] = []
    first: Heard | None = None
    for event in events:
        if event.fields.get("outcome") == ASSUMED:
            first = first or event
        elif first is not None:
            found.append((first, event.time))
            first = None
    return [*found, (first, until)] if first is not None else found


def _sampled_cells(facts: Facts, given: Mapping[str, Value]) -> Measured:
    length_s = float(given["every"]) / facts.time_scale
    begin = min((event.time for _, event in facts.about(SAMPLED)), default=inf)
    count = int((facts.window.until - begin) // length_s) if begin < inf else 0
    if count < float(given["times"]):
        return unknown(f"{count} such stretches are over since the first sample, {given['times']:.0f} are needed")
    cells: dict[str, set[int]] = {name: set() for name in facts.miners}
    for name, event in facts.about(SAMPLED):
        if event.fields.get("outcome") in ANSWERED:
            cells[name].add(int((event.time - begin) // length_s))
    figures: Figures = {name: sum(at < count for at in of) / count for name, of in cells.items()}
    empty = [name for name, share in figures.items() if isinstance(share, float) and share < 1]
    why = f"not in every stretch: {', '.join(empty)}" if empty else None
    whole = sum(share for share in figures.values() if isinstance(share, float)) / max(1, len(cells))
    return Measured(whole, why=why, figures=figures)


CALLS = (("miner", "scrape_started"), OF_SAMPLES)
LIMITED = (("miner", "rate_limited"), ("validator", "rate_limited"))


def _rate_limited(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    calls = sum(len(facts.heard(*key)) for key in CALLS)
    refused = sorted((event for key in LIMITED for event in facts.heard(*key)), key=lambda event: event.time)
    counts = Counter(event.neuron for event in refused)
    figures: Figures = {"calls": calls, "refused": len(refused), **counts}
    if calls < least:
        return unknown(f"{calls} calls so far, {least:.0f} are needed", **figures)
    why = f"most of {counts.most_common(1)[0][0]}" if counts else None
    evidence = tuple(Evidence.of(event) for event in refused[:MOST_EVIDENCE])
    return Measured(min(1.0, len(refused) / calls), why=why, figures=figures, evidence=evidence, naive=0.0)


_TIMES = Parameter("times", "count", 10.0, "How many samples there have to be.")
_ASSUMED_VALID = (
    "`is_valid=True` over all results: what the API does not answer, by an error or a rate limit, is taken for valid."
)

METRICS = (
    Metric(
        name="api_coverage",
        theme="api validation",
        unit="share",
        means="Which part of the evaluations (`evaluation_started`) had at least `samples` of the miner's entities"
        " looked up with an answer of the API: `api_result` of outcome `confirmed` or `refuted`, not `assumed`.",
        needs="`times` evaluations that are over: with a verdict (`evaluated`), or a period old.",
        naive="Evaluations with a line of results: it is there also when every single one was only assumed.",
        function=_api_coverage,
        signals=(*TURN, OF_SAMPLES, LOOKED_UP),
        needed=(*TURN, OF_SAMPLES),
        parameters=(
            Parameter("samples", "count", 1.0, "How many answered samples an evaluation needs."),
            Parameter("times", "count", 5.0, "How many evaluations there have to be."),
        ),
    ),
    Metric(
        name="samples_per_evaluation",
        theme="api validation",
        unit="count",
        means="How many entities of a miner are looked up in one evaluation (`api_result` from one"
        " `evaluation_started` to"
        " the next, whether `evaluated` or not): the median of each miner's"
        " evaluations with any, and of these the least. How many rows of an upload are looked at (RESI: 3 files of 20"
        " rows) no line tells.",
        needs="Each miner has `times` evaluations with samples.",
        naive="`S3_VALIDATION_SAMPLES` in the code, which is of uploads: RESI looks up two entities in an evaluation.",
        function=_samples_per_evaluation,
        signals=(*TURN, OF_SAMPLES),
        needed=(*TURN, OF_SAMPLES),
        parameters=(Parameter("times", "count", 3.0, "How many evaluations of each miner there have to be."),),
    ),
    Metric(
        name="api_success",
        theme="api validation",
        unit="share",
        means="Which part of the samples that the API answered it confirmed: `api_result` of outcome `confirmed` over"
        " `confirmed` and `refuted`, of all miners together; figures have each.",
        needs="`times` answered samples.",
        naive=_ASSUMED_VALID,
        function=_api_success,
        signals=(OF_SAMPLES,),
        needed=(OF_SAMPLES,),
        parameters=(_TIMES,),
    ),
    Metric(
        name="miners_verified",
        theme="api validation",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners have at least `share` of their answered samples confirmed by the API (`api_result`).",
        needs="Each miner has `times` answered samples.",
        naive=_ASSUMED_VALID,
        function=_miners_verified,
        signals=(OF_SAMPLES,),
        needed=(OF_SAMPLES,),
        parameters=(
            Parameter("share", "share", 0.6, "Which part has to be confirmed."),
            Parameter("times", "count", 10.0, "How many answered samples each miner has to have."),
        ),
    ),
    Metric(
        name="api_answered",
        theme="api validation",
        unit="share",
        means="Which part of the samples the API answered at all: `api_result` of another outcome than `assumed`.",
        needs="`times` samples.",
        naive=_ASSUMED_VALID,
        function=_api_answered,
        signals=(OF_SAMPLES,),
        needed=(OF_SAMPLES,),
        parameters=(_TIMES,),
    ),
    Metric(
        name="api_outage",
        theme="api validation",
        unit="seconds",
        means="The longest stretch of the subnet's own time in which the API answered no sample: from the first"
        " `api_result` of outcome `assumed` to the next of another, over all validators.",
        needs="`times` samples.",
        naive="A success rate, which an outage raises.",
        function=_api_outage,
        signals=(OF_SAMPLES,),
        needed=(OF_SAMPLES,),
        parameters=(_TIMES,),
    ),
    Metric(
        name="sampled_cells",
        theme="api validation",
        unit="share",
        means="How evenly samples are spread over miners and time: the time since the first sample is cut into whole"
        " stretches of `every`, and this part of the cells of miner and stretch has an answered sample"
        " (`api_result`).",
        needs="`times` stretches are over.",
        naive="The number of samples, which may all be of one hour or one miner.",
        function=_sampled_cells,
        signals=(OF_SAMPLES,),
        needed=(OF_SAMPLES,),
        parameters=(
            Parameter("every", "seconds", 1800.0, "How long a stretch is."),
            Parameter("times", "count", 3.0, "How many stretches there have to be."),
        ),
    ),
    Metric(
        name="rate_limited",
        theme="api validation",
        unit="share",
        means="Which part of the calls to the API it refused since there were too many: `rate_limited` of miners and"
        " validators over `scrape_started` and `api_result`. `netctl budget` counts calls against limits.",
        needs="`times` calls.",
        naive="Lines with `RapidAPI`: validators' logs never have that word.",
        function=_rate_limited,
        signals=(*CALLS, *LIMITED),
        needed=CALLS,
        parameters=(Parameter("times", "count", 10.0, "How many calls there have to be."),),
    ),
)
