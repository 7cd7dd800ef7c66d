"""A miner's store: every listing it ever scraped, in SQLite, with the table that RESI's miners have.

A row is keyed by its uri; scraping a listing again moves it into the current hour.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from netctl.rehearsal.protocol import Bucket, BucketId, Entity
from netctl.rehearsal.world import Listing

SOURCE_ZILLOW = 4
_SCHEMA = """
CREATE TABLE IF NOT EXISTS DataEntity (
    uri TEXT PRIMARY KEY, datetime TIMESTAMP(6) NOT NULL, timeBucketId INTEGER NOT NULL, source INTEGER NOT NULL,
    label CHAR(32), content BLOB NOT NULL, contentSizeBytes INTEGER NOT NULL
) WITHOUT ROWID
"""
_UPLOADED = "CREATE TABLE IF NOT EXISTS Uploaded (uri TEXT PRIMARY KEY) WITHOUT ROWID"
_INDEX = "CREATE INDEX IF NOT EXISTS data_entity_hour ON DataEntity (timeBucketId)"
_UPSERT = """
INSERT INTO DataEntity VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uri) DO UPDATE SET datetime = excluded.datetime, timeBucketId = excluded.timeBucketId
"""


class Store:
    """The database of one miner. Not for two threads; other processes may read it at any time (WAL)."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._db:
            self._db.execute(_SCHEMA)
            self._db.execute(_UPLOADED)
            self._db.execute(_INDEX)

    def add(self, listings: Iterable[Listing], *, hour: int, now_s: float) -> None:
        """Hold listings as seen in `hour`, in one transaction."""
        moment = datetime.fromtimestamp(now_s, UTC).isoformat()
        rows = [
            (item.uri, moment, hour, SOURCE_ZILLOW, f"zip:{item.zipcode}", item.content, len(item.content))
            for item in listings
        ]
        with self._db:
            self._db.executemany(_UPSERT, rows)

    def count(self) -> int:
        found: tuple[int] = self._db.execute("SELECT COUNT(*) FROM DataEntity").fetchone()
        return found[0]

    def last_hour(self) -> int:
        """The hour of what was seen last; 0 for an empty store."""
        found: tuple[int | None] = self._db.execute("SELECT MAX(timeBucketId) FROM DataEntity").fetchone()
        return found[0] or 0

    def buckets(self, *, since_hour: int) -> dict[BucketId, Bucket]:
        """Everything seen since an hour, bucket by bucket, as it stands now."""
        held: dict[BucketId, list[Entity]] = {}
        rows = self._db.execute(
            "SELECT label, timeBucketId, uri, content FROM DataEntity WHERE timeBucketId >= ? ORDER BY uri",
            (since_hour,),
        )
        for label, hour, uri, content in rows:
            key = BucketId(label.removeprefix("zip:"), hour)
            held.setdefault(key, []).append(Entity(uri, content.decode()))
        return {key: Bucket(key, tuple(entities)) for key, entities in held.items()}

    def not_uploaded(self) -> dict[str, list[Entity]]:
        """What was never uploaded, by zipcode."""
        return self._by_zipcode("NOT EXISTS (SELECT 1 FROM Uploaded WHERE Uploaded.uri = DataEntity.uri)")

    def held_in(self, hour: int) -> dict[str, list[Entity]]:
        """What was last seen in an hour, by zipcode."""
        return self._by_zipcode("timeBucketId = ?", hour)

    def note_uploaded(self, uris: Iterable[str]) -> None:
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO Uploaded VALUES (?)", [(uri,) for uri in uris])

    def _by_zipcode(self, condition: str, *values: int) -> dict[str, list[Entity]]:
        held: dict[str, list[Entity]] = {}
        query = f"SELECT label, uri, content FROM DataEntity WHERE {condition} ORDER BY label, uri"  # noqa: S608
        for label, uri, content in self._db.execute(query, values):
            held.setdefault(label.removeprefix("zip:"), []).append(Entity(uri, content.decode()))
        return held

    def close(self) -> None:
        self._db.close()
