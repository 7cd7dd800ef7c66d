"""A status from what the supervisor has left: quick, for it loads neither the profile's reader nor packs nor SDK."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from netctl.adapters.clock import SystemClock
from netctl.cli.onlookers import host_of
from netctl.cli.places import is_running, state_home
from netctl.cli.status_report import show_report
from netctl.cli.words import Words
from netctl.errors import UsageError
from netctl.fleet import Fleet
from netctl.fleets import Remembered, choose, remembered
from netctl.journal import FileJournal
from netctl.observation import Observation, brought_up_to_date
from netctl.status import StatusReport, report_of
from netctl.supervisor import orders, samples


def quick_status(words: Sequence[str], environ: Mapping[str, str]) -> int | None:
    """The whole answer to `netctl status` and `netctl status --json`, and its exit code.

    None where more was said, or there is no fresh sample: that is for the verb. Two words need no parser, and typer's
    loads pydantic, which takes longer than to look at 256 neurons.
    """
    if "NETCTL_PROFILE" in environ or list(words) not in ([], ["--json"]):
        return None
    report = sampled_report(Words())
    return None if report is None else show_report(report, as_json=bool(words))


def sampled_report(words: Words) -> StatusReport | None:
    """The status by the supervisor's fresh sample and the sessions as they are now.

    None where there is no such sample, or the profile is no longer what the fleet was brought up with.
    """
    now = time.time()
    found = sampled(words, now)
    return None if found is None else report_of(*found, now=now)


def sampled(words: Words, now: float) -> tuple[Fleet, Observation] | None:
    """The fleet and the supervisor's fresh sample of it, with the sessions as they are now; None where none is."""
    sample = fresh_sample(words, now)
    if sample is None:
        return None
    fleet, found = sample
    journal = FileJournal(fleet.state / "journal.jsonl", clock=SystemClock())
    return fleet, brought_up_to_date(found.seen, fleet, host_of(fleet), journal, now)


def fresh_sample(words: Words, now: float) -> tuple[Fleet, samples.Samples] | None:
    """The fleet of these words as it was brought up, and the supervisor's sample of it; None where none is fresh."""
    note = _note(words)
    fleet = None if note is None else orders.still_valid(orders.path_in(note.state))
    if note is None or fleet is None or fleet.state != note.state:
        return None
    found = samples.fresh(fleet, now)
    return None if found is None else (fleet, found)


def _note(words: Words) -> Remembered | None:
    """The one fleet that the words can mean by what is remembered; None where the slow way has to tell."""
    known = [note for note in remembered(state_home()) if note.rehearse or not words.rehearse]
    if words.profile is not None:
        path = words.profile.absolute()
        known = [note for note in known if note.profile == path and note.rehearse == words.rehearse]
    if words.network is not None:
        known = [note for note in known if note.network == words.network]
    elif words.profile is not None:
        known = [note for note in known if note.network is None]
    try:
        return choose(known, is_running)
    except UsageError:
        return None
