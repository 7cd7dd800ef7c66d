"""Miners whose data is not what it seems: shown twice, or not so by the API."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, count, of_each, pointed, times
from netctl.report.standings import samples_of

DUPLICATE, UPLOADED_TWICE = ("validator", "duplicate"), ("validator", "s3_duplicates")
RESULT, VERDICT = ("validator", "api_result"), ("validator", "s3_verdict")
REFUTED_SHARE, FEWEST_REFUTED = 0.1, 5
"""A listing that was sold meanwhile is refuted too: one in ten, and five at the least, is more than that."""


def of_data(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Duplicates first, then lies."""
    shown, sent = of_each(facts, recorded, DUPLICATE), of_each(facts, recorded, UPLOADED_TWICE)
    for miner in facts.miners:
        seen, uploaded = shown.get(miner, []), sent.get(miner, [])
        if not seen and not uploaded:
            continue
        parts = [
            f"{times(count(seen), 'evaluation')} found a listing twice" if seen else "",
            f"{times(count(uploaded), 'look', 'looks')} through its uploads found some twice" if uploaded else "",
        ]
        lines = (*pointed(facts, recorded, DUPLICATE, seen), *pointed(facts, recorded, UPLOADED_TWICE, uploaded, 1))
        told = f"It shows the same listings more than once: {' and '.join(filter(None, parts))}"
        yield Problem("duplicates", miner, f"{told}. Zero tolerance is enforced.", lines)
    failed, looked = of_each(facts, recorded, VERDICT, "failed"), samples_of(recorded)
    wrong = of_each(facts, recorded, RESULT, "refuted")
    for miner in facts.miners:
        samples = looked.get(miner)
        if samples is None or samples.passed is None:
            continue
        if samples.refuted < FEWEST_REFUTED or 1 - samples.passed < REFUTED_SHARE:
            continue
        answered = samples.confirmed + samples.refuted
        uploads = failed.get(miner, [])
        also = f" {times(count(uploads), 'look')} through its uploads failed, too." if uploads else ""
        yield Problem(
            "lies",
            miner,
            f"What it holds is not so by the API: {samples.refuted} of {answered} samples that were answered were"
            f" refuted ({100 * (1 - samples.passed):.0f} %).{also}",
            pointed(facts, recorded, RESULT, wrong.get(miner, [])),
        )
