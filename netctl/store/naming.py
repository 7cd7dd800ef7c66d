"""Which labels validators' lines have named, and of which miner: a sum over the events of metrics.db."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from netctl.coverage.validated import Naming

_DECODE = msgspec.json.Decoder().decode


def labels_named(connection: sqlite3.Connection, prefix: str) -> tuple[Naming, ...]:
    """Every label behind `prefix` in any field of validators' events, by validator, signal and miner.

    Nothing for an empty prefix: then any word could be a label.
    """
    if not prefix:
        return ()
    label = re.compile(re.escape(prefix) + r"[0-9A-Za-z_-]+")
    rows = connection.execute(
        "SELECT sources.name, signals.name, events.hotkey, events.uid, events.data, COUNT(*),"
        " MAX(COALESCE(events.time, events.seen))"
        " FROM events JOIN sources ON sources.id = events.source JOIN signals ON signals.id = events.signal"
        " WHERE sources.role = 'validator' AND instr(events.data, ?) > 0"
        " GROUP BY sources.name, signals.name, events.hotkey, events.uid, events.data",
        (prefix,),
    )
    found: dict[tuple[str, str, str, str | None, int | None], tuple[int, float | None]] = {}
    for validator, signal, hotkey, uid, data, count, last in rows:
        named = {word for text in _texts(_DECODE(data)) for word in label.findall(text)}
        for word in named:
            key = (validator, signal, word, hotkey, uid)
            before, latest = found.get(key, (0, None))
            times = [time for time in (latest, last) if time is not None]
            found[key] = (before + count, max(times, default=None))
    return tuple(Naming(*key, count, last) for key, (count, last) in found.items())


def uids_of(connection: sqlite3.Connection, hotkey: str) -> tuple[int, ...]:
    """The uids that a hotkey holds by the last sample of each."""
    rows = connection.execute(
        "SELECT uid FROM (SELECT uid, hotkey, MAX(time) FROM uids GROUP BY uid) WHERE hotkey = ? ORDER BY uid",
        (hotkey,),
    )
    return tuple(uid for (uid,) in rows)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
