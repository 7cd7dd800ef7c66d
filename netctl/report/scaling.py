"""How many more miners the box, the API's keys and the validators bear, by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from statistics import median
from typing import Literal

from netctl.budget.calls import DAY_S
from netctl.report.facts import Facts, Recorded
from netctl.report.told import Unknown
from netctl.store.outcomes import Used

SPARE = 0.2
"""That much is left free: for the system, and for what nobody measured."""

ROLES = ("miner", "validator")
PUBLIC = ("finney", "test")

What = Literal["processor", "memory", "API", "validators' cycle", "chain's endpoint"]


@dataclass(frozen=True, slots=True)
class Load:
    """What one neuron took: `cores` is the mean, memory in bytes. `calls_a_day` is of the subnet's own time."""

    neuron: str
    role: str
    cores: float | None
    memory_bytes: float
    memory_most_bytes: int
    descriptors: int | None
    calls_a_day: float | None


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing that runs out. `more` is how many more miners it bears; None where that cannot be told, see `why`."""

    what: What
    has: str
    taken: str
    each: str
    more: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Scaling:
    """`loads` by neuron, `bounds` the tightest first. `caution` says what the figures do not tell."""

    loads: tuple[Load, ...]
    bounds: tuple[Bound, ...]
    caution: tuple[str, ...]

    @property
    def tightest(self) -> Bound | None:
        """What runs out first, of what is known."""
        return min((bound for bound in self.bounds if bound.more is not None), key=lambda b: b.more or 0, default=None)


def scaling_of(facts: Facts) -> Scaling | Unknown:
    """Judge by means and peaks of the run; a miner more takes what the usual one did."""
    recorded = facts.recorded
    if not isinstance(recorded, Recorded):
        return recorded
    loads = _loads(facts, recorded)
    if not loads:
        return Unknown("no process was sampled in this run: load is measured by the supervisor")
    miners = [load for load in loads if load.role == "miner"]
    bounds = [_processor(facts, loads, miners), _memory(facts, loads, miners), _api(facts, miners), _validators(facts)]
    bounds.append(_endpoint(facts, recorded))
    ordered = sorted(bounds, key=lambda bound: (bound.more is None, bound.more or 0))
    return Scaling(tuple(loads), tuple(ordered), tuple(_cautions(facts)))


def _loads(facts: Facts, recorded: Recorded) -> list[Load]:
    used = {each.neuron: each for each in recorded.used}
    calls = {} if isinstance(facts.budget, Unknown) else {each.neuron: each.measured for each in facts.budget.calls}
    return [
        _load(member.name, member.role, used[member.name], calls.get(member.name))
        for member in facts.kept.run.neurons
        if member.name in used
    ]


def _load(name: str, role: str, used: Used, calls: float | None) -> Load:
    memory = used.memory_mean_bytes
    return Load(name, role, used.cpu_share, memory, used.memory_max_bytes, used.descriptors_max, calls)


def _processor(facts: Facts, loads: Sequence[Load], miners: Sequence[Load]) -> Bound:
    cores = facts.kept.run.host.cores
    taken = sum(load.cores or 0.0 for load in loads)
    known = [load.cores for load in miners if load.cores is not None]
    if not known or not median(known):
        return Bound(
            "processor", f"{cores} cores", f"{taken:.2f} cores", "-", None, "no miner's use was measured twice"
        )
    each = median(known)
    more = _fits(cores * (1 - SPARE) - taken, each)
    return Bound("processor", f"{cores} cores", f"{taken:.2f} cores", f"{each:.3f} cores", more)


def _memory(facts: Facts, loads: Sequence[Load], miners: Sequence[Load]) -> Bound:
    has, taken = facts.kept.run.host.memory_bytes, sum(load.memory_most_bytes for load in loads)
    if not miners:
        return Bound("memory", volume(has), volume(taken), "-", None, "no miner was measured")
    each = max(load.memory_most_bytes for load in miners)
    return Bound("memory", volume(has), volume(taken), volume(each), _fits(has * (1 - SPARE) - taken, each))


def _api(facts: Facts, miners: Sequence[Load]) -> Bound:
    if isinstance(facts.budget, Unknown):
        return Bound("API", "-", "-", "-", None, facts.budget.why)
    budget = facts.budget
    taken = f"{_calls(budget.total.a_day)} a day"
    known = [load.calls_a_day for load in miners if load.calls_a_day is not None]
    others = sum(
        each.a_day for each in budget.calls if facts.kept.run.member(each.neuron) and each.neuron not in facts.miners
    )
    # Validators look up samples of each miner: with one more miner they make more calls as well.
    each_miner = (median(known) if known else 0.0) + (others / len(facts.miners) if facts.miners else 0.0)
    each_text = f"{_calls(each_miner)} a day, with validators' look-ups of it"
    limits = [use.forecast.limit for use in budget.keys if use.forecast.limit is not None]
    if not limits and budget.total.limit is None:
        why = f"no limit of {budget.api} is known: write it under api_keys: in the profile, and netctl budget reckons"
        return Bound("API", "no limit known", taken, each_text, None, why)
    bears = [sum(limit.calls * DAY_S / limit.per_s for limit in limits)] if limits else []
    if budget.total.limit is not None:
        bears.append(budget.total.limit.calls * DAY_S / budget.total.limit.per_s)
    has = min(bears)
    more = _fits(has - budget.total.a_day, each_miner) if each_miner else None
    return Bound("API", f"{_calls(has)} a day", taken, each_text, more, "" if each_miner else "no miner called it")


def _validators(facts: Facts) -> Bound:
    """By how much of its period an evaluation takes, as `netctl check` measures it; if it grew with each miner."""
    verdicts = () if isinstance(facts.scenarios, Unknown) else tuple(facts.scenarios.values())
    found = next((each for each in verdicts if each.metric.name == "evaluation_duration"), None)
    if found is None or found.measured.value is None:
        why = "how long an evaluation takes is not known" if found is None else found.why or "not enough evaluations"
        return Bound("validators' cycle", "-", "-", "-", None, why)
    share, miners = found.measured.value, len(facts.miners)
    each = share / miners if miners else share
    why = "at the worst: as if evaluations, which run side by side, took their time one after the other"
    more = _fits(1 - SPARE - share, each) if each else None
    return Bound("validators' cycle", "its period", f"{100 * share:.1f} %", f"{100 * each:.1f} %", more, why)


def _endpoint(facts: Facts, recorded: Recorded) -> Bound:
    """What neurons' logs tell of it. A read is several requests, how many depends on the SDK: so no figure follows."""
    failed = sum(telling.count for role in ROLES for telling in recorded.tellings[role, "metagraph_failed"])
    reads = {
        role: sum(telling.count for telling in recorded.tellings[role, signal])
        for role, signal in (("miner", "resynced"), ("validator", "metagraph_synced"))
    }
    hours = recorded.window.length_s / 3600
    each = (
        f"{reads['miner'] / hours / len(facts.miners):.1f} reads an hour"
        if reads["miner"] and hours and facts.miners
        else "-"
    )
    told = f"{sum(reads.values()) / hours:.1f} reads an hour" if any(reads.values()) and hours else "no read told of"
    taken = f"{told}, {failed} that failed"
    public = facts.kept.run.chain.kind in PUBLIC
    has = "about a request a second from one address, all neurons together" if public else "not known"
    why = "each read is several requests, nobody tells how many: watch for failed ones as miners are added"
    return Bound("chain's endpoint", has, taken, each, None, why)


def _cautions(facts: Facts) -> list[str]:
    spare = f"{100 * SPARE:.0f} % of cores, memory and period are left free in these figures."
    found = [f"{spare} What other programs of the box take was not measured, nor was the network."]
    if facts.kept.run.code is None:
        found.append(
            "The neurons of this rehearsal are stand-ins: how much processor and memory they take says nothing of the"
            " subnet's own."
        )
    if facts.scale != 1:
        found.append(
            f"Time ran {facts.scale:g} times as fast: in a second of this run the neurons did what they would do in"
            f" {facts.scale:g}. Calls are by the day of the subnet's own time."
        )
    return found


def _fits(left: float, each: float) -> int:
    return max(0, floor(left / each + 1e-9))


def _calls(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def volume(size: float) -> str:
    """``1.2 GB``; in powers of 1000."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}" if size < 1000 * factor else f"{size / factor:.0f} {unit}"
    return f"{size:.0f} B"
