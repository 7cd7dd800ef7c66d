"""What became of each miner: how it was judged, what it earned, and what its samples came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

from netctl.report.facts import Facts, Recorded
from netctl.runs.record import Member
from netctl.store.histories import Heard
from netctl.store.outcomes import Held


@dataclass(frozen=True, slots=True)
class Samples:
    """What a validator's looks at the API came to: `assumed` counts as valid in the log, and was never looked up."""

    confirmed: int = 0
    refuted: int = 0
    assumed: int = 0

    @property
    def passed(self) -> float | None:
        """Which part of those that were answered is good; None where none was."""
        answered = self.confirmed + self.refuted
        return self.confirmed / answered if answered else None

    @property
    def answered(self) -> float | None:
        """Which part was looked up at all."""
        whole = self.confirmed + self.refuted + self.assumed
        return (self.confirmed + self.refuted) / whole if whole else None

    @property
    def naive(self) -> float | None:
        """Which part a count of lines takes for good."""
        whole = self.confirmed + self.refuted + self.assumed
        return (self.confirmed + self.assumed) / whole if whole else None


@dataclass(frozen=True, slots=True)
class Standing:
    """One miner. `rank` is by the mean score, 1 the highest, None without a score. Incentives are shares of 1.

    `emission_rao` is the mean of what it earned in an epoch. `uploads` is None where the pack's programs tell of none.
    """

    miner: str
    uid: int | None
    strategy: str | None
    verdicts: int
    rank: int | None
    score: float | None
    last_score: float | None
    credibility: float | None
    incentive: float | None
    emission_rao: float | None
    samples: Samples
    uploads: int | None


def standings_of(facts: Facts) -> tuple[Standing, ...]:
    """Every miner of the run: the highest score first, then those without one in the order of the profile."""
    recorded = facts.recorded
    if not isinstance(recorded, Recorded):
        return ()
    scored = scores_of(facts)
    means = {name: fmean(points) for name, each in scored.items() if (points := [value for _, value in each])}
    trusted, looked = _credibilities(recorded), samples_of(recorded)
    found = [
        _standing(member, recorded, scored.get(member.name, ()), means, trusted, looked.get(member.name, Samples()))
        for member in facts.kept.run.neurons
        if member.role == "miner"
    ]
    return tuple(sorted(found, key=lambda each: (each.rank is None, each.rank or 0)))


def scores_of(facts: Facts) -> Mapping[str, tuple[tuple[float, float], ...]]:
    """Each miner's scores by time, of all validators; those that are no numbers are left out."""
    recorded = facts.recorded
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in facts.miners}
    for event in recorded.scores if isinstance(recorded, Recorded) else ():
        name, score = recorded.roll.of(event) if isinstance(recorded, Recorded) else None, number(event, "score")
        if name in found and score is not None:
            found[name].append((event.time, score))
    return {name: tuple(points) for name, points in found.items()}


def number(event: Heard, field: str) -> float | None:
    """A field of an event that is a number, None for any other."""
    value = event.fields.get(field)
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def samples_of(recorded: Recorded) -> Mapping[str, Samples]:
    """What the samples of each miner came to."""
    found: dict[str, dict[str, int]] = {}
    for telling in recorded.tellings.get(("validator", "api_result"), ()):
        name = recorded.roll.called(uid=telling.uid, hotkey=telling.hotkey, time=telling.first_s)
        if name is not None and telling.said is not None:
            own = found.setdefault(name, {})
            own[telling.said] = own.get(telling.said, 0) + telling.count
    return {
        name: Samples(own.get("confirmed", 0), own.get("refuted", 0), own.get("assumed", 0))
        for name, own in found.items()
    }


def all_samples(each: Iterable[Samples]) -> Samples:
    """Those of several miners together."""
    each = tuple(each)
    return Samples(
        sum(one.confirmed for one in each), sum(one.refuted for one in each), sum(one.assumed for one in each)
    )


def _credibilities(recorded: Recorded) -> Mapping[str, float]:
    """The last that was logged of each miner."""
    found: dict[str, float] = {}
    for event in recorded.scores:
        name, value = recorded.roll.of(event), number(event, "credibility")
        if name is not None and value is not None:
            found[name] = value
    return found


def _standing(
    member: Member,
    recorded: Recorded,
    points: tuple[tuple[float, float], ...],
    means: Mapping[str, float],
    trusted: Mapping[str, float],
    samples: Samples,
) -> Standing:
    mean = means.get(member.name)
    held: Held | None = recorded.held.get(member.hotkey_ss58 or "")
    return Standing(
        miner=member.name,
        uid=member.uid if held is None else held.uid,
        strategy=member.strategy,
        verdicts=len(points),
        rank=None if mean is None else 1 + sum(other > mean for other in means.values()),
        score=mean,
        last_score=points[-1][1] if points else None,
        credibility=trusted.get(member.name),
        incentive=None if held is None else held.incentive,
        emission_rao=None if held is None else held.emission_rao,
        samples=samples,
        uploads=_uploads(member.name, recorded),
    )


def _uploads(miner: str, recorded: Recorded) -> int | None:
    if recorded.tells is not None and "uploaded" not in recorded.tells.get("miner", ()):
        return None
    return sum(one.count for one in recorded.uploads if one.neuron == miner)
