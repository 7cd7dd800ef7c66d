"""Miners that upload no more while they go on, or whose uploads fail."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netctl.durations import short
from netctl.report.facts import Facts, Recorded
from netctl.report.problems.problem import Problem, count, of_each, pointed, times

UPLOADED, FAILED, REFUSED = ("miner", "uploaded"), ("miner", "upload_failed"), ("miner", "credentials_failed")
VERDICT = ("validator", "s3_verdict")
LONGER = 3.0
"""So many times its longest pause before, and it has stopped."""


def of_uploads(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    """Those that stopped, then those that fail."""
    last = {telling.neuron: telling.last_s for telling in recorded.tellings.get(UPLOADED, ())}
    missed = of_each(facts, recorded, VERDICT, "no_data")
    for miner in facts.miners:
        if miner not in last:
            if last and (recorded.tells is None or "uploaded" in recorded.tells.get("miner", ())):
                yield Problem("stopped uploading", miner, "It has uploaded nothing, while others have.", sure=False)
            continue
        pause, silence = _longest_pause(recorded, miner), recorded.window.until - last[miner]
        if silence <= LONGER * pause or not any(time > last[miner] for name, time in last.items() if name != miner):
            continue
        unseen = [telling for telling in missed.get(miner, []) if telling.last_s > last[miner]]
        also = f" {times(count(unseen), 'look')} of a validator found no recent upload." if unseen else ""
        yield Problem(
            "stopped uploading",
            miner,
            f"Its last upload was {short(silence * facts.scale)} of the subnet's time before the end, while others went"
            f" on; before that it paused for {short(pause * facts.scale)} at the most. It says nothing of it.{also}",
            pointed(facts, recorded, VERDICT, unseen),
        )
    yield from _failing(facts, recorded)


def _longest_pause(recorded: Recorded, miner: str) -> float:
    """From the store's slices of time: a slice at the least."""
    slots = sorted(one.slot for one in recorded.uploads if one.neuron == miner and one.count)
    gaps = [later - before for before, later in pairwise(slots)]
    return max([1, *gaps]) * recorded.slicing.length_s


def _failing(facts: Facts, recorded: Recorded) -> Iterator[Problem]:
    for signal, what in ((FAILED, "did not get through"), (REFUSED, "began without credentials")):
        for telling in recorded.tellings.get(signal, ()):
            yield Problem(
                "uploads fail",
                telling.neuron,
                f"{times(telling.count, 'upload')} {what}.",
                pointed(facts, recorded, signal, [telling]),
                next=f"netctl logs {telling.neuron}",
            )
