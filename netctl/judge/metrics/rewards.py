"""What the incentives did: who is paid for premium zipcodes, for volume, for breadth, for what nobody else has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf
from statistics import mean

from netctl.agreement.ranks import spearman
from netctl.judge.facts import Facts, Signal
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknowable, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import (
    OF_CLAIMS,
    OF_LOOKS,
    OF_SAMPLES,
    OF_SCORES,
    looks_of,
    rewards_of,
    samples_of,
    scores_of,
    shares_in,
    success_of,
    volumes_of,
)

BY = Parameter(
    "by",
    "word",
    "score",
    "What counts as reward: validators' scores, or the chain's incentive.",
    ("score", "incentive"),
)
TIMES = Parameter("times", "count", 10.0, "How many verdicts each miner has to have.")
QUALITY = Parameter("quality", "share", 0.6, "A miner of whose samples less is confirmed is left out.")
FOCUS = Parameter("focus", "share", 0.5, "A miner with that share of its pages in premium zipcodes is after them.")


def _few(facts: Facts, given: Mapping[str, Value]) -> Measured | None:
    """Why nothing can be said yet, if so."""
    least = float(given["times"])
    missing = [name for name, events in scores_of(facts).items() if len(events) < least]
    if missing or not facts.miners:
        return unknown(f"fewer than {least:.0f} verdicts yet: {', '.join(missing) or 'no miner'}")
    if not rewards_of(facts, str(given["by"])):
        return unknown("nobody got anything yet")
    return None


def _good(facts: Facts, given: Mapping[str, Value]) -> list[str]:
    """The miners whose data is good enough; who was never sampled is, too."""
    rates = {name: success_of(samples) for name, samples in samples_of(facts).items()}
    return [name for name, rate in rates.items() if rate is None or rate >= float(given["quality"])]


def premium_of(facts: Facts) -> dict[str, float] | str:
    """By miner, the share of its pages that premium zipcodes have; or why that cannot be told."""
    if isinstance(facts.universe, str):
        return facts.universe
    premium = frozenset(facts.universe.premium)
    return {name: shares_in(looks, premium) or 0.0 for name, looks in looks_of(facts).items()}


def _verdicts(facts: Facts, names: list[str]) -> tuple[Evidence, ...]:
    last = [scores_of(facts)[name][-1] for name in names if scores_of(facts)[name]]
    return tuple(Evidence.of(event) for event in last[:MOST_EVIDENCE])


def _score_differentiation(facts: Facts, given: Mapping[str, Value]) -> Measured:
    few = _few(facts, given)
    if few is not None:
        return few
    rewards = rewards_of(facts, str(given["by"]))
    good = _good(facts, given)
    if len(good) < 2:
        return unknown("fewer than two miners with data that is good enough")
    figures: Figures = {name: rewards[name] for name in facts.miners}
    ordered = sorted(good, key=lambda name: -rewards[name])
    first, last = ordered[0], ordered[-1]
    value = rewards[first] / rewards[last] if rewards[last] > 0 else inf
    return Measured(value, why=f"{first} over {last}", figures=figures, evidence=_verdicts(facts, [first, last]))


def _premium_advantage(facts: Facts, given: Mapping[str, Value]) -> Measured:
    premium = premium_of(facts)
    if isinstance(premium, str):
        return unknowable(premium)
    few = _few(facts, given)
    if few is not None:
        return few
    rewards = rewards_of(facts, str(given["by"]))
    after = [name for name, share in premium.items() if share >= float(given["focus"])]
    others = [name for name in facts.miners if name not in after]
    if not after or not others:
        what = "no miner" if not after else "every miner"
        return unknown(f"{what} has {float(given['focus']):.0%} of its pages in premium zipcodes", **premium)
    best, rival = (max(names, key=lambda name: rewards[name]) for names in (after, others))
    figures: Figures = {}
    for name in facts.miners:
        figures[name], figures[f"{name}, premium"] = rewards[name], premium[name]
    value = rewards[best] / rewards[rival] if rewards[rival] > 0 else inf
    return Measured(value, why=f"{best} over {rival}", figures=figures, evidence=_verdicts(facts, [best, rival]))


def _premium_correlation(facts: Facts, given: Mapping[str, Value]) -> Measured:
    premium = premium_of(facts)
    if isinstance(premium, str):
        return unknowable(premium)
    few = _few(facts, given)
    if few is not None:
        return few
    rewards, good = rewards_of(facts, str(given["by"])), _good(facts, given)
    return _correlated({name: premium[name] for name in good}, rewards, "premium", facts)


def _correlated(values: Mapping[str, float], rewards: Mapping[str, float], what: str, facts: Facts) -> Measured:
    names = list(values)
    figures: Figures = {}
    for name in names:
        figures[name], figures[f"{name}, {what}"] = rewards[name], values[name]
    found = spearman([values[name] for name in names], [rewards[name] for name in names])
    if len(names) < 3 or found is None:
        return unknown("fewer than three miners to compare, or all of them are equal", **figures)
    return Measured(found, figures=figures, evidence=_verdicts(facts, names))


def _plain(facts: Facts, given: Mapping[str, Value]) -> list[str] | str:
    """The miners with good data that are not after premium zipcodes; or why that cannot be told."""
    premium = premium_of(facts)
    if isinstance(premium, str):
        return premium
    return [name for name in _good(facts, given) if premium[name] < float(given["focus"])]


def _volume_reward(facts: Facts, given: Mapping[str, Value]) -> Measured:
    few, plain, volumes = _few(facts, given), _plain(facts, given), volumes_of(facts)
    if few is not None or isinstance(plain, str):
        return few or unknowable(str(plain))
    rewards = rewards_of(facts, str(given["by"]))
    return _correlated({name: volumes[name] for name in plain if name in volumes}, rewards, "bytes", facts)


def _rural_reward(facts: Facts, given: Mapping[str, Value]) -> Measured:
    few, plain, volumes = _few(facts, given), _plain(facts, given), volumes_of(facts)
    if few is not None or isinstance(plain, str):
        return few or unknowable(str(plain))
    meant = [member.name for member in facts.members if member.strategy == given["strategy"]]
    names = [name for name in plain if volumes.get(name)]
    after = [name for name in meant if name in names]
    figures: Figures = {}
    if not after or len(names) < 2:
        if not meant:
            return unknowable(f"no miner's strategy is {given['strategy']}")
        what = f"no good data of {', '.join(meant)}" if len(names) >= 2 else "fewer than two miners to compare"
        return unknown(what, **figures)
    rewards = rewards_of(facts, str(given["by"]))
    paid, held = sum(rewards[name] for name in names), sum(volumes[name] for name in names)
    ratios = {name: (rewards[name] / paid) / (volumes[name] / held) for name in names} if paid > 0 else {}
    if not ratios:
        return unknown("nobody but premium miners got anything", **figures)
    figures |= ratios
    best = max(after, key=lambda name: ratios[name])
    return Measured(ratios[best], why=best, figures=figures, evidence=_verdicts(facts, [best]))


def _breadth_reward(facts: Facts, given: Mapping[str, Value]) -> Measured:
    few, plain = _few(facts, given), _plain(facts, given)
    if few is not None or isinstance(plain, str):
        return few or unknowable(str(plain))
    rewards, breadth = rewards_of(facts, str(given["by"])), {n: len(looks) for n, looks in looks_of(facts).items()}
    figures: Figures = {}
    for name in plain:
        figures[name], figures[f"{name}, zipcodes"] = rewards[name], breadth[name]
    if len(plain) < 2:
        return unknown("fewer than two miners to compare", **figures)
    broadest = max(plain, key=lambda name: breadth[name])
    rest = [name for name in plain if name != broadest]
    if breadth[broadest] < float(given["wider"]) * mean(breadth[name] for name in rest):
        return unknown("all cover about as many zipcodes", **figures)
    usual = mean(rewards[name] for name in rest)
    value = rewards[broadest] / usual if usual > 0 else inf
    return Measured(value, why=f"{broadest} over the others", figures=figures, evidence=_verdicts(facts, [broadest]))


def _uniqueness_bonus(facts: Facts, given: Mapping[str, Value]) -> Measured:
    few, plain, volumes = _few(facts, given), _plain(facts, given), volumes_of(facts)
    if few is not None or isinstance(plain, str):
        return few or unknowable(str(plain))
    unique, rewards = unique_of(facts), rewards_of(facts, str(given["by"]))
    names = [name for name in plain if volumes.get(name) and name in unique]
    figures: Figures = {}
    each = {name: rewards[name] / volumes[name] for name in names}
    usual = mean(each.values()) if each else 0.0
    for name in names:
        figures[name], figures[f"{name}, unique"] = (each[name] / usual if usual else None), unique[name]
    if len(names) < 2 or not usual:
        return unknown("fewer than two miners to compare", **figures)
    most, least = (find(names, key=lambda name: unique[name]) for find in (max, min))
    if unique[most] - unique[least] < float(given["apart"]):
        return unknown("no two miners differ enough in how much they share with others", **figures)
    value = each[most] / each[least] if each[least] > 0 else inf
    return Measured(value, why=f"{most} over {least}", figures=figures, evidence=_verdicts(facts, [most, least]))


def unique_of(facts: Facts) -> dict[str, float]:
    """By miner, how much of what it looks at is its own: the mean over its pages of its part of all miners' there."""
    looks = looks_of(facts)
    whole: Counter[str] = sum(looks.values(), Counter())
    return {
        name: sum(count * count / whole[code] for code, count in found.items()) / found.total()
        for name, found in looks.items()
        if found
    }


_REWARD: tuple[Signal, ...] = (OF_SCORES, OF_SAMPLES, OF_LOOKS)
_IS_REWARD = (
    "Reward is the mean of the scores of each validator (`evaluated`), as shares of 1; `by: incentive` takes what the"
    " chain's metagraph gave, each value for as long as it stood."
)
_IS_PLAIN = (
    "Left out are miners after premium zipcodes (`focus` of their pages, `page_found`) and those with bad data"
    " (`quality`)."
)

METRICS = (
    Metric(
        name="score_differentiation",
        theme="geography",
        unit="ratio",
        means="How many times as much the best paid miner got as the worst paid one, of those whose samples the API"
        f" confirmed (`quality`), so that lies are no difference of strategy. {_IS_REWARD}",
        needs="`times` verdicts on each miner, and two miners with good data.",
        naive="Scores of one moment: credibility starts at nothing, and all scores with it.",
        function=_score_differentiation,
        signals=(OF_SCORES, OF_SAMPLES),
        needed=(OF_SCORES,),
        parameters=(BY, QUALITY, TIMES),
    ),
    Metric(
        name="premium_advantage",
        theme="geography",
        unit="ratio",
        means="How many times as much the best paid miner of those that are after premium zipcodes (`focus` of the"
        f" pages on which it found anything, `page_found`) got as the best paid other one. {_IS_REWARD}",
        needs="`times` verdicts on each miner, and at least one miner of either kind.",
        naive="The score of the miner that is called premium; RESI's boost for uploads drowns what zipcodes are worth.",
        function=_premium_advantage,
        signals=_REWARD,
        needed=(OF_SCORES, OF_LOOKS),
        parameters=(BY, FOCUS, TIMES),
        by_place=True,
    ),
    Metric(
        name="premium_correlation",
        theme="geography",
        unit="correlation",
        means="Whether miners are paid in the order of how much they look at premium zipcodes: Spearman's rank"
        " correlation of the share of pages (`page_found`) and reward, over miners with good data (`quality`)."
        f" {_IS_REWARD}",
        needs="`times` verdicts on each miner, and three miners that are not all alike.",
        naive="That the best one has a premium zipcode: by and by every miner has.",
        function=_premium_correlation,
        signals=_REWARD,
        needed=(OF_SCORES, OF_LOOKS),
        parameters=(BY, QUALITY, TIMES),
        by_place=True,
    ),
    Metric(
        name="volume_reward",
        theme="geography",
        unit="correlation",
        means="Whether more data is paid more: Spearman's rank correlation of the bytes that miners claim to hold (the"
        f" mean of `index_received`) and reward. {_IS_PLAIN} {_IS_REWARD}",
        needs="`times` verdicts on each miner, and three miners to compare.",
        naive="Entities by `Successfully scraped`, which counts again what the miner had before.",
        function=_volume_reward,
        signals=(*_REWARD, OF_CLAIMS),
        needed=(OF_SCORES, OF_LOOKS, OF_CLAIMS),
        parameters=(BY, FOCUS, QUALITY, TIMES),
        by_place=True,
    ),
    Metric(
        name="rural_reward",
        theme="geography",
        unit="ratio",
        means="Whether a rural miner's volume pays: its share of the reward over its share of the bytes that are"
        " claimed (`index_received`), among the miners compared; 1x is paid as the others are for as much. Rural is"
        f" whose strategy in the profile is `strategy`; the best of several counts. {_IS_PLAIN}"
        f" {_IS_REWARD}",
        needs="`times` verdicts on each miner, a rural one and another to compare.",
        naive="Its score beside a miner's that holds ten times as much.",
        function=_rural_reward,
        signals=(*_REWARD, OF_CLAIMS),
        needed=(OF_SCORES, OF_LOOKS, OF_CLAIMS),
        parameters=(
            BY,
            FOCUS,
            QUALITY,
            Parameter("strategy", "name", "rural", "The name of the strategy that is meant."),
            TIMES,
        ),
        by_place=True,
    ),
    Metric(
        name="breadth_reward",
        theme="geography",
        unit="ratio",
        means="Whether covering more zipcodes pays: what the miner that covers most of them (`page_found`, more than 0)"
        f" got, over the mean of the others. {_IS_PLAIN} {_IS_REWARD}",
        needs="`times` verdicts on each miner, two to compare, and the broadest covers `wider` as many as the others.",
        naive="That all zipcodes are covered by somebody, paid for it or not.",
        function=_breadth_reward,
        signals=_REWARD,
        needed=(OF_SCORES, OF_LOOKS),
        parameters=(
            BY,
            FOCUS,
            QUALITY,
            Parameter("wider", "ratio", 2.0, "How many times as many zipcodes as the others' mean."),
            TIMES,
        ),
        by_place=True,
    ),
    Metric(
        name="uniqueness_bonus",
        theme="geography",
        unit="ratio",
        means="Whether what few hold is worth more: the reward for a byte that is claimed (`index_received`) of the"
        " miner that shares least with others over that of the one that shares most. A miner's uniqueness is the mean,"
        " over the pages on which it found anything (`page_found`), of its part of all miners' pages of that zipcode."
        f" {_IS_PLAIN} {_IS_REWARD}",
        needs="`times` verdicts on each miner, and two whose uniqueness is `apart`. How fresh data is plays a part too:"
        " a zipcode that is looked at every round is worth more.",
        naive="Duplicates that validators find, which are of one miner with itself.",
        function=_uniqueness_bonus,
        signals=(*_REWARD, OF_CLAIMS),
        needed=(OF_SCORES, OF_LOOKS, OF_CLAIMS),
        parameters=(
            BY,
            FOCUS,
            QUALITY,
            Parameter("apart", "share", 0.2, "How far apart two miners' uniqueness has to be."),
            TIMES,
        ),
        by_place=True,
    ),
)
