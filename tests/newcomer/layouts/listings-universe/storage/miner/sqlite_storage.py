"""Listings in a database of the miner's own."""

from __future__ import annotations

import sqlite3
import time


class Storage:
    """One table, one row for each listing."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.execute("CREATE TABLE IF NOT EXISTS DataEntity (uri TEXT PRIMARY KEY, seen REAL, label TEXT)")

    def store(self, label: str) -> int:
        """One more listing of that place; how many there are."""
        now = time.time()
        with self.connection:
            self.connection.execute("INSERT INTO DataEntity VALUES (?, ?, ?)", (f"{label}/{now}", now, label))
        return int(self.connection.execute("SELECT COUNT(*) FROM DataEntity").fetchone()[0])
