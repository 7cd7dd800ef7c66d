"""Uploads: whether they get through, under whose hotkey, without a stop, and what validators find in them."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.judge.facts import Facts
from netctl.judge.measured import MOST_EVIDENCE, Evidence, Figures, Measured, unknown
from netctl.judge.metric import Metric, Parameter, Value
from netctl.judge.standing import number_of
from netctl.roll import SERVING
from netctl.store.histories import Heard

UPLOADED = ("miner", "uploaded")
FAILED = (("miner", "upload_failed"), ("miner", "credentials_failed"))
FINISHED = ("miner", "upload_finished")
SCRAPED = ("miner", "scraped")
VERDICT = ("validator", "s3_verdict")


def foreign_of(facts: Facts) -> dict[str, list[Heard]]:
    """By miner, its uploads under a hotkey that is not its own; nothing is known of a miner without one."""
    return {
        miner: [
            event
            for event in events
            if event.hotkey is not None and facts.hotkey_of(miner) is not None and facts.named(event.hotkey) != miner
        ]
        for miner, events in facts.of_miners(UPLOADED[1]).items()
    }


def _upload_success(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    uploads, foreign = facts.of_miners(UPLOADED[1]), foreign_of(facts)
    failed = {name: [e for _, signal in FAILED for e in facts.of_miners(signal)[name]] for name in facts.miners}
    figures: Figures = {}
    for name in facts.miners:
        tries = len(uploads[name]) + len(failed[name])
        figures[name] = (len(uploads[name]) - len(foreign[name])) / tries if tries else None
    tries = sum(map(len, uploads.values())) + sum(map(len, failed.values()))
    if tries < least:
        return unknown(f"{tries} uploads tried so far, {least:.0f} are needed", **figures)
    lost = sorted((e for name in facts.miners for e in (*failed[name], *foreign[name])), key=lambda e: e.time)
    rounds = facts.heard(*FINISHED)
    naive = sum(event.fields.get("outcome") == "no_failure" for event in rounds) / len(rounds) if rounds else None
    good = sum(map(len, uploads.values())) - sum(map(len, foreign.values()))
    evidence = tuple(Evidence.of(event) for event in lost[-MOST_EVIDENCE:])
    return Measured(good / tries, figures=figures, evidence=evidence, naive=naive)


def _foreign_uploads(facts: Facts, given: Mapping[str, Value]) -> Measured:
    least = float(given["times"])
    foreign = foreign_of(facts)
    count = len(facts.heard(*UPLOADED))
    figures: Figures = {name: len(events) for name, events in foreign.items()}
    unnamed = [name for name in facts.miners if facts.hotkey_of(name) is None]
    if unnamed:
        return unknown(f"the hotkey is not known of {', '.join(unnamed)}", **figures)
    if count < least:
        return unknown(f"{count} uploads so far, {least:.0f} are needed", **figures)
    lost = [event for events in foreign.values() for event in events]
    who = [name for name, events in foreign.items() if events]
    why = f"under another's hotkey: {', '.join(who)}" if who else None
    # What it did right is evidence as well: one upload of each miner.
    right = [events[-1] for events in facts.of_miners(UPLOADED[1]).values() if events]
    evidence = tuple(Evidence.of(event) for event in (lost or right)[:MOST_EVIDENCE])
    return Measured(len(lost), why=why, figures=figures, evidence=evidence)


def _miners_uploading(facts: Facts, given: Mapping[str, Value]) -> Measured:
    longest_s = float(given["gap"]) / facts.time_scale
    uploads, foreign, rounds = facts.of_miners(UPLOADED[1]), foreign_of(facts), facts.of_miners(SCRAPED[1])
    figures: Figures = {}
    good, open_, stopped = 0, [], []
    wrong: list[Evidence] = []
    right: list[Evidence] = []
    for name in facts.miners:
        strange = set(map(id, foreign[name]))
        own = [event for event in uploads[name] if id(event) not in strange]
        brought = [event.time for event in rounds[name] if (number_of(event, "entities") or 0) > 0]
        gap_s = _longest(own, brought, facts.window.until)
        figures[name] = None if gap_s is None else facts.subnet_s(gap_s)
        if gap_s is not None and gap_s > longest_s:
            stopped.append(name)
            wrong += [Evidence.of(event) for event in own[-1:] or rounds[name][-1:]]
        elif own and facts.window.length_s > longest_s:
            good += 1
            right += [Evidence.of(own[-1])]
        else:
            open_.append(name)
    why = f"brought entities in and uploaded none for too long: {', '.join(stopped)}" if stopped else None
    if open_ and not stopped:
        why = f"not seen long enough: {', '.join(open_)}"
    naive = sum(bool(events) for events in facts.of_miners(FINISHED[1]).values())
    return Measured(
        good, good + len(open_), len(facts.miners), why, figures, tuple((wrong or right)[-MOST_EVIDENCE:]), naive=naive
    )


def _longest(uploads: list[Heard], brought: list[float], until: float) -> float | None:
    """The longest from a round that brought entities in to the next upload, or to the end; None without a round."""
    longest = 0.0
    for begin, end in zip(
        [float("-inf"), *(u.time for u in uploads)], [*(u.time for u in uploads), until], strict=True
    ):
        first = next((at for at in brought if begin <= at < end), None)
        if first is not None:
            longest = max(longest, end - first)
    return longest if brought else None


def _uploads_verified(facts: Facts, given: Mapping[str, Value]) -> Measured:
    del given
    verdicts = facts.about_each(VERDICT[1])
    last = {name: events[-1] for name, events in verdicts.items() if events}
    outcomes = {name: str(event.fields.get("outcome")) for name, event in last.items()}
    figures: Figures = {name: outcomes.get(name) for name in facts.miners}
    good = [name for name, outcome in outcomes.items() if outcome == "passed"]
    cannot = [name for name, outcome in outcomes.items() if outcome == "unverifiable"]
    open_ = [name for name in facts.miners if name not in last or name in cannot]
    bad = [f"{name} ({outcome})" for name, outcome in outcomes.items() if name not in (*good, *cannot)]
    why = f"not passed: {', '.join(bad)}" if bad else None
    if cannot and not bad:
        why = f"the validator confirmed not one look-up, which says that it cannot check: {', '.join(cannot)}"
    elif open_ and not bad:
        why = f"no verdict yet: {', '.join(open_)}"
    shown = [event for name, event in last.items() if name not in good] or list(last.values())
    evidence = tuple(Evidence.of(event) for event in shown[-MOST_EVIDENCE:])
    return Measured(len(good), len(good) + len(open_), len(facts.miners), why, figures, evidence)


METRICS = (
    Metric(
        name="upload_success",
        theme="network health",
        unit="share",
        means="Which part of the uploads that the fleet's miners tried got through under the neuron's own hotkey:"
        " `uploaded` with its hotkey over `uploaded`, `upload_failed` and `credentials_failed`.",
        needs="`times` uploads tried.",
        naive="`S3 partitioned upload completed successfully`, which is logged also when nothing was uploaded.",
        function=_upload_success,
        signals=(UPLOADED, *FAILED, FINISHED, ("miner", SERVING)),
        needed=(UPLOADED,),
        parameters=(Parameter("times", "count", 5.0, "How many uploads there have to be."),),
    ),
    Metric(
        name="foreign_uploads",
        theme="network health",
        unit="count",
        means="How many uploads of the fleet's miners lie under a hotkey that is not the neuron's own: the folder that"
        " `uploaded` names, against the hotkey of the neuron whose log it is.",
        needs="`times` uploads, and each miner's hotkey.",
        naive="That the folders have different names.",
        function=_foreign_uploads,
        signals=(UPLOADED, ("miner", SERVING)),
        needed=(UPLOADED,),
        parameters=(Parameter("times", "count", 5.0, "How many uploads there have to be."),),
    ),
    Metric(
        name="miners_uploading",
        theme="network health",
        unit="count",
        out_of="miners of the fleet",
        means="How many miners keep uploading: from a round that brought entities in (`scraped`, more than 0) to the"
        " next upload under its own hotkey (`uploaded`), or to the window's end, it was never longer than `gap` of the"
        " subnet's own time. Figures are the longest of each, in seconds of it.",
        needs="The window is longer than `gap`, and each miner has uploaded.",
        naive="`S3 partitioned upload completed successfully`: a miner that uploads nothing may say so, or nothing.",
        function=_miners_uploading,
        signals=(UPLOADED, SCRAPED, FINISHED, ("miner", SERVING)),
        needed=(UPLOADED, SCRAPED),
        parameters=(Parameter("gap", "seconds", 3600.0, "For how long a miner may upload nothing."),),
    ),
    Metric(
        name="uploads_verified",
        theme="api validation",
        unit="count",
        out_of="miners of the fleet",
        means="Of how many miners the last look of a validator through their uploads (`s3_verdict`) ended with outcome"
        " `passed`.",
        needs="A verdict on each miner; one of outcome `unverifiable` is none.",
        naive="The share of the summary: exactly 50 % with `Scraper: 0.0%` says that it cannot check at all.",
        function=_uploads_verified,
        signals=(VERDICT,),
        needed=(VERDICT,),
    ),
)
