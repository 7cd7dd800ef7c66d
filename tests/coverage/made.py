"""A small universe that can be counted on one's fingers, and miners' databases to go with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from netctl.coverage.held import Held, Label, Reading, held_of
from netctl.coverage.universe import Universe, universe_of
from netctl.pack_model import Holdings, Premium, Tier, TimeColumn, ZipcodeList

LISTED = ZipcodeList(
    path="zipcodes.csv",
    zipcode="zip",
    rank="rank",
    city="city",
    state="state",
    tiers=(Tier(name="t1", last_rank=2), Tier(name="t2", last_rank=4), Tier(name="t3")),
    premium=Premium(zipcodes=("08701", "77494", "99999"), weight=4.0),
)
ROWS = (
    {"zip": "10001", "rank": "4", "city": "New York", "state": "NY"},
    {"zip": "77494", "rank": "1", "city": "Katy", "state": "TX"},
    {"zip": "08701", "rank": "2", "city": "Lakewood", "state": "NJ"},
    {"zip": "77449", "rank": "3", "city": "Katy", "state": "TX"},
    {"zip": "99501", "rank": "5", "city": "Anchorage", "state": "AK"},
    {"zip": "58501", "rank": "6", "city": "Bismarck", "state": "ND"},
)
HELD = Holdings(
    owned="database",
    table="DataEntity",
    label="label",
    prefix="zip:",
    bytes="contentSizeBytes",
    time=TimeColumn(column="timeBucketId"),
)
SCHEMA = """
CREATE TABLE DataEntity (
    uri TEXT PRIMARY KEY, datetime TEXT, timeBucketId INTEGER NOT NULL, source INTEGER NOT NULL,
    label CHAR(32), content BLOB NOT NULL, contentSizeBytes INTEGER NOT NULL
) WITHOUT ROWID
"""


def universe() -> Universe:
    return universe_of(LISTED, ROWS)


def holding(miner: str, entities: Mapping[str, int]) -> Held:
    """A miner that holds so many entities of ten bytes under each label."""
    labels = tuple(Label(f"zip:{code}", count, 10 * count) for code, count in entities.items())
    return held_of(miner, f"/work/{miner}.sqlite", Reading(labels), HELD, universe())


def database(path: Path, labels: Iterable[str | None], *, journal: str = "wal", hour: int = 100) -> Path:
    """An entity of ten bytes for each label, in a database that nobody has open any more."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(SCHEMA)
        rows = [(f"u{at}", "", hour + at, 4, label, b"0123456789", 10) for at, label in enumerate(labels)]
        connection.executemany("INSERT INTO DataEntity VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    return path
