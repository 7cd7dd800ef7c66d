"""How miners stand: what validators scored them, what the chain paid them, where they looked, how good that was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isfinite
from statistics import mean

from netctl.agreement.scores import shares_of
from netctl.judge.facts import Facts, Signal
from netctl.store.histories import Heard

LOOKED, SCORED, CLAIMED, SAMPLED = "page_found", "evaluated", "index_received", "api_result"
OF_LOOKS: Signal = ("miner", LOOKED)
OF_SCORES: Signal = ("validator", SCORED)
OF_CLAIMS: Signal = ("validator", CLAIMED)
OF_SAMPLES: Signal = ("validator", SAMPLED)
CONFIRMED, REFUTED, ASSUMED = "confirmed", "refuted", "assumed"
ANSWERED = (CONFIRMED, REFUTED)


def scores_of(facts: Facts) -> dict[str, list[Heard]]:
    """By miner, its verdicts with a score that is a number, oldest first."""
    return {
        miner: [event for event in events if number_of(event, "score") is not None]
        for miner, events in facts.about_each(SCORED).items()
    }


def rewards_of(facts: Facts, by: str) -> dict[str, float]:
    """What each miner got, as shares of 1 among the fleet's miners; empty where nobody got anything.

    By `score`: the mean of its scores by each validator, as a share of that validator's, averaged over validators. By
    `incentive`: what the chain's metagraph gave it, each value for as long as it stood.
    """
    if by == "incentive":
        return shares_of(_paid(facts))
    sums: dict[str, dict[str, list[float]]] = {}
    for miner, events in scores_of(facts).items():
        for event in events:
            sums.setdefault(event.neuron, {}).setdefault(miner, []).append(number_of(event, "score") or 0.0)
    each = [shares_of({miner: mean(scores) for miner, scores in of.items()}) for of in sums.values()]
    known = [shares for shares in each if shares]
    if not known:
        return {}
    return {miner: mean(shares.get(miner, 0.0) for shares in known) for miner in facts.miners}


def _paid(facts: Facts) -> dict[str, float]:
    held: dict[int, tuple[str | None, float, float]] = {}
    totals = dict.fromkeys(facts.miners, 0.0)

    def close(uid: int, until: float) -> None:
        name, incentive, since = held[uid]
        if name in totals:
            totals[name] += incentive * max(0.0, until - max(since, facts.window.since))

    for row in facts.pay:
        if row.uid in held:
            close(row.uid, row.time)
        held[row.uid] = facts.named(row.hotkey), row.incentive, row.time
    for uid in held:
        close(uid, facts.window.until)
    return totals


def looks_of(facts: Facts) -> dict[str, Counter[str]]:
    """By miner, how many pages of each zipcode it found anything on."""
    found: dict[str, Counter[str]] = {}
    for miner, events in facts.of_miners(LOOKED).items():
        found[miner] = Counter(
            str(event.fields["zipcode"])
            for event in events
            if event.fields.get("zipcode") and (number_of(event, "properties") or 0) > 0
        )
    return found


def shares_in(looks: Counter[str], among: Mapping[str, object] | frozenset[str]) -> float | None:
    """Which part of the looks went to these zipcodes; None for no look."""
    total = looks.total()
    return sum(count for zipcode, count in looks.items() if zipcode in among) / total if total else None


def samples_of(facts: Facts) -> dict[str, Counter[str]]:
    """By miner, what its samples came to at the API: how many were confirmed, refuted, assumed."""
    return {
        miner: Counter(str(event.fields.get("outcome")) for event in events)
        for miner, events in facts.about_each(SAMPLED).items()
    }


def success_of(samples: Counter[str]) -> float | None:
    """Confirmed over answered; None where nothing was answered."""
    answered = sum(samples[outcome] for outcome in ANSWERED)
    return samples[CONFIRMED] / answered if answered else None


def volumes_of(facts: Facts) -> dict[str, float]:
    """By miner, the mean of the bytes that it claimed to hold, evaluation by evaluation; without who never did."""
    claimed = facts.about_each(CLAIMED)
    each = {miner: [number_of(event, "bytes") or 0.0 for event in events] for miner, events in claimed.items()}
    return {miner: mean(amounts) for miner, amounts in each.items() if amounts}


def number_of(event: Heard, field: str) -> float | None:
    """A field that is a number."""
    value = event.fields.get(field)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if isinstance(value, int | float) and is_number else None
