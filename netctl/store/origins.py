"""Which logs count: a fleet's own, or those that `netctl ingest` brought, which are evidence of another experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Logs = Literal["own", "ingested", "counting"]
"""`counting`: own ones, and those from elsewhere whose name has no log of its own here."""

ONLY: Mapping[Logs, str] = {
    "own": "NOT sources.foreign_file",
    "ingested": "sources.foreign_file",
    "counting": "NOT (sources.foreign_file AND sources.name IN (SELECT name FROM sources WHERE NOT foreign_file))",
}
"""The condition in SQL, where the table `sources` is joined."""

COUNTING = ONLY["counting"]
