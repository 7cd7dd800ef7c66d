"""What a miner has scraped. Each question opens the database anew, by the name that it was given."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator

TABLE = (
    "CREATE TABLE IF NOT EXISTS DataEntity (uri TEXT PRIMARY KEY, timeBucketId INTEGER, source INTEGER, label TEXT, "
    "content BLOB, contentSizeBytes INTEGER)"
)


class SqliteMinerStorage:
    def __init__(self, database: str) -> None:
        self.database = database
        with self._open() as connection:
            connection.execute(TABLE)
        self.index: dict[str, int] = {}

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=60.0)) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            yield connection

    def store(self, entities: list[dict[str, str]]) -> None:
        hour = int(time.time()) // 3600
        rows = [(e["uri"], hour, 4, e["label"], e["content"], len(e["content"])) for e in entities]
        with self._open() as connection:
            connection.executemany("REPLACE INTO DataEntity VALUES (?,?,?,?,?,?)", rows)

    def refresh_index(self) -> None:
        """Bytes by label; what is offered to validators until it is refreshed again."""
        with self._open() as connection:
            self.index = dict(
                connection.execute("SELECT label, SUM(contentSizeBytes) FROM DataEntity GROUP BY label").fetchall()
            )

    def bucket(self, label: str, offset: int = 0) -> list[dict[str, str]]:
        question = "SELECT uri, label, content FROM DataEntity WHERE label = ? ORDER BY uri LIMIT -1 OFFSET ?"
        with self._open() as connection:
            rows = connection.execute(question, (label, offset)).fetchall()
        return [{"uri": uri, "label": label, "content": content} for uri, label, content in rows]
