"""Which zipcodes validators' lines have named, and of which miner: a sum over the events of metrics.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from netctl.coverage.validated import Naming
from netctl.store.origins import COUNTING

_NAMED = f"""
SELECT sources.name, json_extract(events.data, ?) AS zipcode, events.hotkey, events.uid, COUNT(*),
    MAX(COALESCE(events.time, events.seen))
FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source
WHERE signals.role = 'validator' AND signals.name = ? AND zipcode IS NOT NULL AND {COUNTING}
GROUP BY sources.name, zipcode, events.hotkey, events.uid
"""  # noqa: S608 - a condition of ours
_UIDS = "SELECT uid FROM (SELECT uid, hotkey, MAX(time) FROM uids GROUP BY uid) WHERE hotkey = ? ORDER BY uid"


def zipcodes_named(connection: sqlite3.Connection, fields: Mapping[str, str]) -> tuple[Naming, ...]:
    """What validators' events of these signals say; `fields` is where each signal has its zipcode."""
    return tuple(
        Naming(validator, signal, str(zipcode), hotkey, uid, count, last)
        for signal, field in fields.items()
        for validator, zipcode, hotkey, uid, count, last in connection.execute(_NAMED, (f'$."{field}"', signal))
    )


def uids_of(connection: sqlite3.Connection, hotkey: str) -> tuple[int, ...]:
    """The uids that a hotkey holds by the last sample of each."""
    return tuple(uid for (uid,) in connection.execute(_UIDS, (hotkey,)))
