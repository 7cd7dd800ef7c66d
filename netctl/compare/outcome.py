"""The figures that metrics.db has of a run: chain, scores, events, lives, resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from netctl.compare.figure import Figure, Value
from netctl.errors import StoreError
from netctl.money import RAO_PER_TAO
from netctl.runs.finding import Kept
from netctl.store import lives, outcomes
from netctl.store.database import looked_into
from netctl.store.histories import Window
from netctl.store.outcomes import Held, Told

SCORED = ("score", "credibility")
"""Fields of validators' events that judge a miner. A pack that names them so has them compared."""

SHARE = "0 to 1"


def of_chain(kept: Kept) -> Iterator[Figure]:
    """Blocks and epochs; for each neuron the means of what the metagraph says, and miners' ranks by incentive."""
    with looked_into(kept.store) as store:
        seen = outcomes.looks(store, kept.run.began, kept.until)
        held = outcomes.held(store, kept.run.began, kept.until)
    yield Figure("run", "", "duration", round(kept.seconds, 1), "seconds")
    if seen is None:
        return
    yield Figure("run", "", "blocks", seen.last_block - (kept.run.block or seen.first_block), "blocks")
    yield Figure("run", "", "epochs", max(0, seen.epochs), "epochs")
    if seen.burn_rao is not None:
        yield Figure("run", "", "price at the end", seen.burn_rao / RAO_PER_TAO, "TAO")
    found = {each.name: held[each.hotkey_ss58] for each in kept.run.neurons if each.hotkey_ss58 in held}
    for member in kept.run.neurons:
        if member.name in found:
            validates = member.role == "validator"
            yield from _on_chain(member.name, found[member.name], kept.seconds, validates=validates)
    miners = [each.name for each in kept.run.neurons if each.role == "miner" and each.name in found]
    yield from _ranks("chain", "rank by incentive", {name: found[name].incentive for name in miners})


def _on_chain(name: str, held: Held, seconds: float, *, validates: bool) -> Iterator[Figure]:
    yield Figure("chain", name, "uid", held.uid)
    words = ("dividends", "trust") if validates else ("incentive", "consensus")
    for word in words:
        yield Figure("chain", name, word, attrgetter(word)(held), SHARE)
    earned = None if held.emission_rao is None else held.emission_rao / RAO_PER_TAO
    yield Figure("chain", name, "emission", earned, "alpha an epoch")
    if validates:
        hours = seconds / 3600
        yield Figure("chain", name, "weights on chain", held.updates, "times", held.updates / hours if hours else None)


def of_scores(kept: Kept) -> Iterator[Figure]:
    """The mean of each score that validators logged of a miner, by each of them where there are several; ranks."""
    with looked_into(kept.store) as store:
        told = outcomes.told(store, SCORED, kept.run.began, kept.until)
    names = {each.hotkey_ss58: each.name for each in kept.run.neurons}
    tellers = {one.teller for one in told}
    for field in SCORED:
        means: dict[str, Value] = {}
        of_field = [one for one in told if one.field == field and one.hotkey in names]
        for hotkey in dict.fromkeys(one.hotkey for one in of_field):
            by = [one for one in of_field if one.hotkey == hotkey]
            means[names[hotkey]] = _mean(by)
            yield Figure("score", names[hotkey], field, _mean(by), "mean")
            for one in by if len(tellers) > 1 else ():
                yield Figure("score", names[hotkey], f"{field} by {one.teller}", one.mean, "mean")
        if field == SCORED[0]:
            yield from _ranks("score", f"rank by {field}", means)


def _mean(told: Iterable[Told]) -> float:
    whole = [(one.mean, one.count) for one in told]
    return sum(mean * count for mean, count in whole) / sum(count for _, count in whole)


def _ranks(group: str, name: str, values: Mapping[str, Value]) -> Iterator[Figure]:
    """1 for the highest; equal ones share the better rank."""
    numbers = {who: value for who, value in values.items() if isinstance(value, int | float)}
    for who, value in numbers.items():
        rank = 1 + sum(other > value for other in numbers.values())
        yield Figure(group, who, name, rank, f"of {len(numbers)}")


def of_events(kept: Kept) -> Iterator[Figure]:
    """How often each neuron's logs had each signal."""
    with looked_into(kept.store) as store:
        counts = outcomes.counts(store, kept.run.began, kept.until)
    hours = kept.seconds / 3600
    for one in counts:
        yield Figure("events", one.neuron, one.signal, one.count, "events", one.count / hours if hours else None)


def of_lives(kept: Kept) -> Iterator[Figure]:
    """Restarts, and for which share of the time each neuron was running."""
    with looked_into(kept.store) as store:
        lives = outcomes.lived(store, kept.run.began, kept.until)
    for one in lives:
        if kept.run.member(one.neuron) is not None:
            yield Figure("life", one.neuron, "restarts", one.restarts, "times")
            yield Figure("life", one.neuron, "running", one.running_share, SHARE)


def of_resources(kept: Kept) -> Iterator[Figure]:
    """What each neuron used."""
    with looked_into(kept.store) as store:
        used = outcomes.used(store, kept.run.began, kept.until)
    for one in used:
        yield Figure("resources", one.neuron, "processor", one.cpu_share, "cores")
        yield Figure("resources", one.neuron, "memory, mean", round(one.memory_mean_bytes), "bytes")
        yield Figure("resources", one.neuron, "memory, most", one.memory_max_bytes, "bytes")
        yield Figure("resources", one.neuron, "descriptors, most", one.descriptors_max)
        yield Figure("resources", one.neuron, "written", one.written_bytes, "bytes")


def sampled(kept: Kept) -> str | None:
    """Why nothing is known of what came out of a run; None where something may be."""
    if not kept.store.exists():
        return f"{kept.store} is not there: only what ran can be compared"
    try:
        with looked_into(kept.store) as store:
            seen = lives.sampled(store, Window(kept.run.began, kept.until))
    except StoreError as error:
        return error.message
    return None if seen is not None else "nothing was sampled of it: it had no supervisor, or was too short"
