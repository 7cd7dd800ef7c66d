"""What a fleet's metrics.db has recorded of a stretch of time, opened for the verbs that judge it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from netctl import packs
from netctl.durations import moment_of
from netctl.errors import PrerequisiteError, UsageError, WalletError
from netctl.fleet import Fleet
from netctl.packs import Pack
from netctl.roll import OWN_UID, SERVING, Roll, roll_of
from netctl.store.database import FILE, looked_into
from netctl.store.histories import Window, heard, seats, span


@dataclass(frozen=True, slots=True)
class Recorded:
    """The store, open to read from; the window that is asked for; who is who."""

    fleet: Fleet
    pack: Pack
    store: sqlite3.Connection
    window: Window
    whole: Window
    roll: Roll


@contextmanager
def recorded(fleet: Fleet, since: str | None = None, within: Window | None = None) -> Iterator[Recorded]:
    """From `since` (a duration ago, or a moment) to the last that was recorded; or what was recorded `within` a run.

    StoreError without a store, PrerequisiteError for an empty one, UsageError for a `since` that is none or too late.
    """
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    with looked_into(fleet.state / FILE) as store:
        whole = span(store)
        if whole is not None and within is not None:
            whole = _overlap(whole, within)
        if whole is None:
            raise PrerequisiteError(
                f"{fleet.state / FILE}: nothing is recorded yet", hint="netctl status; a first look takes seconds"
            )
        named = {address: neuron.name for neuron in fleet.neurons if (address := _address(fleet, neuron.name))}
        uids, servings = (
            [event for role in pack.spec.roles for event in heard(store, role, [signal])]
            for signal in (OWN_UID, SERVING)
        )
        roll = roll_of(named, seats(store), uids, servings)
        yield Recorded(fleet, pack, store, _window(whole, since), whole, roll)


def _overlap(whole: Window, within: Window) -> Window | None:
    since, until = max(whole.since, within.since), min(whole.until, within.until)
    return Window(since, until) if since < until else None


def _window(whole: Window, since: str | None) -> Window:
    if since is None:
        return whole
    try:
        begin = moment_of(since, now=time.time())
    except ValueError as exc:
        raise UsageError(f"--since {since}: no time", hint="write 2h, 3d or 2026-11-28T10:00") from exc
    if begin >= whole.until:
        raise UsageError(f"--since {since}: nothing was recorded after that", hint="leave --since out: all is taken")
    return Window(max(begin, whole.since), whole.until)


def _address(fleet: Fleet, name: str) -> str | None:
    from netctl.adapters.key_reading import address_of

    neuron = fleet.neuron(name)
    try:
        return None if neuron is None else address_of(fleet.wallet_path / neuron.wallet / "hotkeys" / neuron.hotkey)
    except WalletError:
        return None
