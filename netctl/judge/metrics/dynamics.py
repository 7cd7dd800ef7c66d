"""Network dynamics: whom validators attend to, when scores come to rest, whether validators agree and act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf
from statistics import mean

from netctl.agreement.agreement import Agreement, agreement_of
from netctl.agreement.evidence import WEIGHTS_SET, evidence_of
from netctl.agreement.ranks import kendall
from netctl.agreement.scores import shares_of
from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknowable, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import OF_SCORES, SCORED, number_of, scores_of
from netctl.judge.turns import STARTED, TURN
from netctl.store.histories import Given

SET, FAILED, FINISHED = ("validator", WEIGHTS_SET), ("validator", "weights_failed"), ("validator", "weights_finished")


def _load_balance(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    counts = Counter(dict.fromkeys(facts.miners, 0))
    counts.update(name for name, _ in facts.about(STARTED))
    figures: Figures = dict(counts)
    if counts.total() < least * max(1, len(facts.miners)):
        return unknown(f"fewer than {least:.0f} evaluations of each miner on average yet", **figures)
    fewest, most = (find(counts, key=lambda name: counts[name]) for find in (min, max))
    evidence = tuple(Evidence.of(event) for name, event in list(facts.about(STARTED))[-200:] if name == fewest)
    why = f"fewest {fewest}, most {most}" if counts[fewest] < counts[most] else None
    return Measured(counts[fewest] / counts[most], why=why, figures=figures, evidence=evidence[-1:])


def _convergence_time(facts: Facts, given: Mapping[str, Value]) -> Measured:
    agreed, held = float(given["agreement"]), float(given["held"])
    slots = _slots(facts, float(given["every"]) / facts.time_scale)
    if len(slots) < float(given["times"]):
        return unknown(f"{len(slots)} stretches with a verdict on every miner so far, {given['times']:.0f} are needed")
    last = [each for _, _, each in slots[-max(1, round(held * len(slots))) :]]
    final = {name: mean(shares[name] for shares in last) for name in facts.miners}
    like = [kendall(list(final.values()), [shares[name] for name in facts.miners]) for _, _, shares in slots]
    rest = next((at for at in reversed(range(len(slots))) if (like[at] or 0.0) < agreed), -1) + 1
    begin = slots[0][0]
    figures: Figures = {"stretches": len(slots), "at rest from": rest + 1, **final}
    if len(slots) - rest < held * len(slots):
        past_s = facts.subnet_s(slots[-1][1] - begin)
        return Measured(past_s, inf, why="the order of the scores does not rest yet", figures=figures)
    at = slots[rest][0]
    said = next((event for _, event in facts.about(SCORED) if event.time >= at), None)
    evidence = () if said is None else (Evidence.of(said),)
    return Measured(facts.subnet_s(at - begin), figures=figures, evidence=evidence)


def _slots(facts: Facts, length_s: float) -> list[tuple[float, float, dict[str, float]]]:
    """Stretches of one length since the first verdict: begin, end, each miner's share of the scores within.

    Without those in which a miner has no verdict, and without the last, which is not over.
    """
    every = {name: [(e.time, number_of(e, "score") or 0.0) for e in each] for name, each in scores_of(facts).items()}
    begin = min((at for each in every.values() for at, _ in each), default=inf)
    found = []
    for number in range(int((facts.window.until - begin) // length_s) if begin < inf else 0):
        since, until = begin + number * length_s, begin + (number + 1) * length_s
        within = {name: [score for at, score in each if since <= at < until] for name, each in every.items()}
        if all(within.values()):
            shares = shares_of({name: mean(scores) for name, scores in within.items()})
            found.append((since, until, {name: shares.get(name, 0.0) for name in every}))
    return found


def agreement_in(facts: Facts) -> Agreement:
    """What `netctl validators` would tell of the window."""
    events = sorted((*facts.heard(*OF_SCORES), *facts.heard(*SET)), key=lambda event: event.time)
    return agreement_of(evidence_of(facts.window, events, facts.weights, facts.looks, facts.roll, reveal=facts.reveal))


def _validator_agreement(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    counts = Counter(event.neuron for _, event in facts.about(SCORED))
    figures: Figures = {name: counts[name] for name in facts.validators}
    if len(facts.validators) < 2:
        return unknowable("one validator only", **figures)
    missing = [name for name in facts.validators if counts[name] < least]
    if missing:
        return unknown(f"fewer than {least:.0f} verdicts yet: {', '.join(missing)}", **figures)
    found = agreement_in(facts)
    own = [order for order in found.orders if set(order.validators) <= set(facts.validators)]
    known = {" and ".join(order.validators): order.usual for order in own if order.usual is not None}
    if not known:
        return unknown("no two validators have judged the same miners", **figures)
    worst = min(known, key=lambda pair: known[pair])
    spreads = {f"spread of {one.miner}": one.usual for one in found.spreads if one.usual is not None}
    last = {event.neuron: event for _, event in facts.about(SCORED)}
    evidence = tuple(Evidence.of(event) for event in last.values())
    return Measured(known[worst], why=f"least of {worst}", figures={**known, **spreads}, evidence=evidence)


def _weights_copied(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    followings = [each for each in agreement_in(facts).followings if each.validator in facts.validators]
    figures: Figures = {f"{each.validator} after {each.source}": each.alike for each in followings}
    if not facts.looks:
        return unknown("the chain was never looked at")
    copies = [each for each in followings if each.verdict in ("copies", "follows")]
    others = {weights.hotkey for weights in facts.weights}
    if len(others) < 2:
        none_to_come = len(facts.validators) < 2
        missing = unknowable if none_to_come else unknown
        return missing("the chain has weights of fewer than two validators", **figures)
    open_ = {each.validator for each in followings if each.verdict == "too few"} - {each.validator for each in copies}
    why = ", ".join(f"{each.validator} sets the weights of {each.source}" for each in copies) or None
    if open_ and not copies:
        why = f"too few weights yet: {', '.join(sorted(open_))}"
    evidence = [
        Evidence(
            f"{facts.named(weights.hotkey) or weights.hotkey} has weights {_told(weights.shares)}",
            facts.named(weights.hotkey),
            weights.time,
            block=weights.block,
        )
        for each in copies
        for weights in _last_of(facts, (each.validator, each.source))
    ]
    guilty = {each.validator for each in copies}
    return Measured(
        len(guilty), len(guilty | open_), len(facts.validators), why, figures, tuple(evidence[:MOST_EVIDENCE])
    )


def _last_of(facts: Facts, names: tuple[str, ...]) -> list[Given]:
    last = {facts.named(weights.hotkey): weights for weights in facts.weights}
    return [last[name] for name in names if name in last]


def _told(shares: Mapping[int, float]) -> str:
    total = sum(shares.values()) or 1.0
    return ", ".join(f"uid {uid} {share / total:.3f}" for uid, share in sorted(shares.items()))


def _weights_success(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    good, bad = facts.heard(*SET), facts.heard(*FAILED)
    figures: Figures = {"set": len(good), "failed": len(bad)}
    if len(good) + len(bad) < least:
        return unknown(f"{len(good) + len(bad)} attempts to set weights so far, {least:.0f} are needed", **figures)
    finished = len(facts.heard(*FINISHED))
    evidence = tuple(Evidence.of(event) for event in (bad or good)[-MOST_EVIDENCE:])
    return Measured(
        len(good) / (len(good) + len(bad)), figures=figures, evidence=evidence, naive=1.0 if finished else None
    )


def _validators_weighing(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    if not facts.looks:
        return unknown("the chain was never looked at")
    seen: dict[str, set[int]] = {name: set() for name in facts.validators}
    rows = {}
    for weights in facts.weights:
        name = facts.named(weights.hotkey)
        if name in seen and weights.shares:
            seen[name].add(weights.last_update)
            rows[name] = weights
    figures: Figures = {name: len(updates) for name, updates in seen.items()}
    good = [name for name, updates in seen.items() if len(updates) >= least]
    open_ = [name for name in seen if name not in good]
    why = f"fewer than {least:.0f} times so far: {', '.join(open_)}" if open_ else None
    evidence = tuple(
        Evidence(f"{name} has weights {_told(row.shares)}", name, row.time, block=row.block)
        for name, row in rows.items()
    )
    # Weights take twenty minutes and fifteen loops to come: who has none may still set some.
    return Measured(len(good), len(seen), len(seen), why, figures, evidence[:MOST_EVIDENCE])


METRICS = (
    Metric(
        name="load_balance",
        theme="dynamics",
        unit="share",
        means="How evenly validators attend to miners: evaluations begun (`evaluation_started`) of the miner that had"
        " fewest, over those of the one that had most. How they are spread over zipcodes is `zipcodes_validated`.",
        needs="`times` evaluations of each miner on average.",
        naive="`Evaluated Miner` lines, which those have not whose evaluation died.",
        function=_load_balance,
        signals=TURN,
        needed=(("validator", STARTED),),
        parameters=(Parameter("times", "count", 3.0, "How many evaluations of each miner, on average."),),
    ),
    Metric(
        name="convergence_time",
        theme="dynamics",
        unit="seconds",
        means="How long it took, in the subnet's own time from the first verdict on, until the order of the scores came"
        " to rest: the time is cut into stretches of `every`, each with the miners' shares of the scores (`evaluated`)"
        " in it; from then on each one's order is like that of the last part (`held`) together, by Kendall's tau of at"
        " least `agreement`.",
        needs="`times` stretches with a verdict on every miner; and the order has been at rest for the part `held` of"
        " them, else it takes longer than it has lasted.",
        naive="When credibility is full, which says nothing of the order.",
        function=_convergence_time,
        signals=(OF_SCORES,),
        needed=(OF_SCORES,),
        parameters=(
            Parameter("every", "seconds", 900.0, "How long a stretch is."),
            Parameter("agreement", "correlation", 0.8, "From which Kendall's tau on two orders are alike."),
            Parameter("held", "share", 0.25, "For which part it has to be at rest."),
            Parameter("times", "count", 8.0, "How many stretches there have to be."),
        ),
    ),
    Metric(
        name="validator_agreement",
        theme="weights",
        unit="correlation",
        means="Whether validators put the miners into the same order: Spearman's rank correlation of the last scores"
        " (`evaluated`) of two validators, its median over twelve moments, and of all pairs the least. Figures have how"
        " far apart their shares of each miner are.",
        needs="Two validators of the fleet with `times` verdicts each.",
        naive="Absolute scores: each validator scales its own.",
        function=_validator_agreement,
        signals=(OF_SCORES, SET),
        needed=(OF_SCORES,),
        parameters=(Parameter("times", "count", 5.0, "How many verdicts each has to have."),),
    ),
    Metric(
        name="weights_copied",
        theme="weights",
        unit="count",
        out_of="validators of the fleet",
        means="How many of the fleet's validators set weights on the chain that another one had before, and that their"
        " own scores do not explain: the rule of `netctl validators` (docs/validators.md).",
        needs="Weights of two validators on the chain, three changes each.",
        naive="`Finished setting weights.` of both.",
        function=_weights_copied,
        signals=(OF_SCORES, SET),
        by_reveal=True,
    ),
    Metric(
        name="weights_success",
        theme="weights",
        unit="share",
        means="Which part of validators' attempts to set weights the chain took: `weights_set` over that and"
        " `weights_failed`.",
        needs="`times` attempts.",
        naive="`Finished setting weights.` over `Attempting to set weights.`: it is logged after a failure too.",
        function=_weights_success,
        signals=(SET, FAILED, FINISHED),
        needed=(SET, FAILED),
        parameters=(Parameter("times", "count", 1.0, "How many attempts there have to be."),),
    ),
    Metric(
        name="validators_weighing",
        theme="weights",
        unit="count",
        out_of="validators of the fleet",
        means="How many of the fleet's validators the chain was seen to have weights of, set at least `times` times:"
        " the samples of the metagraph, not their logs.",
        needs="One look at the chain. Who has set none may still.",
        naive="`Finished setting weights.`",
        function=_validators_weighing,
        parameters=(Parameter("times", "count", 1.0, "How often each has to have set them."),),
    ),
)
