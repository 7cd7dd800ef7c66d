"""The API: when it did not answer, and what a count of lines makes of that; samples that nobody could look up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netctl.durations import short
from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, count, of_each, pointed, times
from netctl.report.standings import all_samples, samples_of

RESULT, VERDICT = ("validator", "api_result"), ("validator", "s3_verdict")
OF_MINERS = (("miner", "api_error"), ("miner", "scrape_failed"), ("miner", "rate_limited"))
MOST_ASSUMED = 0.5
FEWEST = 5


def of_api(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Errors and limits that validators met, those that miners met alone, and uploads that cannot be verified."""
    whole = all_samples(samples_of(recorded).values())
    miners = [(signal, telling) for signal in OF_MINERS for telling in recorded.tellings.get(signal, ())]
    lost = count(telling for _, telling in miners)
    pages = f" Miners lost {times(lost, 'page')} to it." if lost else ""
    if whole.assumed >= FEWEST and whole.naive is not None:
        assumed = [telling for telling in recorded.tellings.get(RESULT, ()) if telling.said == "assumed"]
        honest = (
            "none was looked up" if whole.passed is None else f"of those answered {_percent(whole.passed)} are good"
        )
        yield Problem(
            "API errors",
            "",
            f"The API did not answer {times(whole.assumed, 'sample')}{_when(facts, recorded)}. They are logged as"
            f" valid: a count of lines says {_percent(whole.naive)} are good, while {_percent(whole.answered or 0.0)}"
            f" were looked up at all, and {honest}.{pages}",
            (
                *pointed(facts, recorded, RESULT, assumed, 1),
                *(each for signal, telling in miners[:1] for each in pointed(facts, recorded, signal, [telling], 1)),
            ),
            next="netctl budget",
        )
    elif lost >= FEWEST:
        evidence = [each for signal, telling in miners for each in pointed(facts, recorded, signal, [telling], 1)]
        told = f"Miners lost {times(lost, 'page')} to errors or limits of the API; no validator met them."
        yield Problem("API errors", "", told, tuple(evidence[:2]), next="netctl budget")
    yield from _unverifiable(facts, recorded)


def _unverifiable(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Where not one look-up of anybody's uploads was confirmed it is the validator that cannot."""
    unseen = of_each(facts, recorded, VERDICT, "unverifiable")
    passed = of_each(facts, recorded, VERDICT, "passed")
    if not unseen or passed:
        return
    lines = [telling for each in unseen.values() for telling in each]
    yield Problem(
        "not validated",
        "",
        f"{times(count(lines), 'look')} through uploads ended with not one look-up confirmed, of"
        f" {times(len(unseen), 'miner')}, and none passed: it is the validator that cannot look them up, and no miner"
        " that is bad.",
        pointed(facts, recorded, VERDICT, lines),
    )


def _when(facts: Facts, recorded: Recorded) -> str:
    """The stretches in which most samples went unanswered, in hours of the run."""
    slots: dict[int, list[int]] = {}
    for one in recorded.samples:
        whole = slots.setdefault(one.slot, [0, 0])
        whole[0] += one.count
        whole[1] += one.count * (one.outcome == "assumed")
    bad = sorted(slot for slot, (every, assumed) in slots.items() if assumed > MOST_ASSUMED * every)
    if not bad:
        return ""
    begins = [bad[0], *(later for before, later in pairwise(bad) if later > before + 1)]
    ends = [*(before for before, later in pairwise(bad) if later > before + 1), bad[-1]]
    slicing = recorded.slicing
    spans = [
        f"from {_clock(facts, slicing.begin_of(begin))} for {short((end + 1 - begin) * slicing.length_s * facts.scale)}"
        for begin, end in zip(begins, ends, strict=True)
    ]
    told = f"{', '.join(spans[:3])}{' and later' if len(spans) > 3 else ''}"
    return f", most of them {told}, counted from the beginning of the run"


def _clock(facts: Facts, time: float) -> str:
    return short(facts.hours(time) * 3600) if facts.hours(time) > 0 else "0s"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
