"""Reads what a report needs of a run's metrics.db, in one pass."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from netctl.chain_time import ChainTime
from netctl.report.facts import Recorded, Signal
from netctl.roll import OWN_UID, roll_of
from netctl.runs.finding import Kept
from netctl.store import activity, histories, lives, outcomes, tellings
from netctl.store.activity import Slicing
from netctl.store.histories import Window

SLICES = 288
"""Five minutes of a day: into so many parts a run is cut to see when something went wrong."""

SCORED, BOOSTED = "evaluated", "s3_boost"
ASKED = ("evaluation_started", "index_received")

WATCHED: Mapping[Signal, str | None] = {
    ("validator", "duplicate"): None,
    ("validator", "s3_duplicates"): None,
    ("validator", "api_result"): "outcome",
    ("validator", "s3_verdict"): "outcome",
    ("validator", "no_response"): None,
    ("validator", "no_index"): None,
    ("validator", "api_error"): None,
    ("validator", "rate_limited"): None,
    ("validator", "weights_failed"): None,
    ("validator", "weights_set"): None,
    ("validator", "unhealthy"): None,
    ("miner", "api_error"): "status",
    ("miner", "rate_limited"): None,
    ("miner", "resynced"): None,
    ("validator", "metagraph_synced"): None,
    ("miner", "scrape_failed"): None,
    ("miner", "uploaded"): None,
    ("miner", "upload_failed"): None,
    ("miner", "credentials_failed"): None,
    **{(role, name): None for role in ("miner", "validator") for name in ("traceback", "thread_died")},
    **{(role, name): None for role in ("miner", "validator") for name in ("metagraph_failed", "not_registered")},
}
"""The signals whose lines are counted, and the field that says what they say."""


def read(store: sqlite3.Connection, kept: Kept, tells: Mapping[str, frozenset[str]] | None) -> Recorded:
    """What was recorded of the run."""
    window = Window(kept.run.began, kept.until)
    names = {member.hotkey_ss58: member.name for member in kept.run.neurons if member.hotkey_ss58 is not None}
    own = histories.heard(store, "miner", [OWN_UID], window, "own")
    slicing = Slicing(window, SLICES)
    return Recorded(
        window=window,
        roll=roll_of(names, histories.seats(store), own),
        time=ChainTime(histories.looks(store, window)),
        scores=histories.heard(store, "validator", [SCORED], window, "own"),
        asked=histories.heard(store, "validator", ASKED, window, "own"),
        boosts=histories.heard(store, "validator", [BOOSTED], window, "own"),
        pay=histories.pay(store, window),
        held=outcomes.held(store, window.since, window.until),
        used=outcomes.used(store, window.since, window.until),
        lived=outcomes.lived(store, window.since, window.until),
        states=lives.states(store, window),
        tellings={signal: tellings.tellings(store, *signal, window, field) for signal, field in WATCHED.items()},
        slicing=slicing,
        samples=activity.judged(store, "api_result", "outcome", slicing),
        uploads=activity.summed(store, "uploaded", None, slicing),
        tells=tells,
        spots=lambda telling, signal: tellings.spots(store, telling, *signal, WATCHED[signal]),
    )
