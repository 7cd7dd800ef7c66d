"""The last of everything that was sampled: what a fleet is now, if it is sampled now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from netctl.store.tally import EventCount, Tally

SCORED_WITHIN_S = 86400.0
"""A score that no later one has followed for so long is no longer told."""


@dataclass(frozen=True, slots=True)
class ChainNow:
    """The last look at the chain."""

    time: float
    block: int
    last_epoch: int
    burn_rao: int | None
    tao_in_rao: int | None
    alpha_in_rao: int | None


@dataclass(frozen=True, slots=True)
class UidNow:
    """A uid of the subnet as it was last seen; shares are from 0 to 1, amounts in rao of alpha."""

    uid: int
    hotkey: str
    coldkey: str | None
    alpha_rao: int | None
    stake_rao: int | None
    trust: float | None
    consensus: float | None
    incentive: float | None
    dividends: float | None
    emission_rao: int | None
    last_update: int | None
    permit: int | None


@dataclass(frozen=True, slots=True)
class ProcessNow:
    """What a neuron used when it was last sampled."""

    neuron: str
    time: float
    started: float
    cpu_s: float
    memory_bytes: int
    processes: int
    threads: int
    descriptors: int | None
    connections: int | None
    read_bytes: int | None
    written_bytes: int | None


@dataclass(frozen=True, slots=True)
class StateNow:
    """What a neuron was last."""

    neuron: str
    state: str
    ready: int | None
    restarts: int


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """What a validator last logged of a uid within a day."""

    validator: str
    uid: int
    score: float | None
    credibility: float | None


@dataclass(frozen=True, slots=True)
class RunNow:
    """The last run that was written down: when it began, and its run.json."""

    id: str
    began: float
    facts: str


@dataclass(frozen=True, slots=True)
class Now:
    """All of it, read at once. `sampled` is when something was last written (epoch seconds), None for never."""

    sampled: float | None
    chain: ChainNow | None
    uids: tuple[UidNow, ...]
    processes: tuple[ProcessNow, ...]
    states: tuple[StateNow, ...]
    balances_rao: Mapping[str, int]
    weights: Mapping[int, Mapping[int, float]]
    events: tuple[EventCount, ...]
    scores: tuple[ScoreNow, ...]
    run: RunNow | None


NOTHING = Now(None, None, (), (), (), {}, {}, (), (), None)
"""What is in a store before anything was sampled."""


def now(connection: sqlite3.Connection, tally: Tally | None = None) -> Now:
    """The last of everything, as it was at one moment. `tally` is kept by who asks again and again."""
    connection.execute("BEGIN")
    try:
        chain = _chain(connection)
        processes = _processes(connection)
        times = [each.time for each in processes] + ([chain.time] if chain is not None else [])
        return Now(
            max(times, default=None),
            chain,
            _uids(connection),
            processes,
            states_now(connection),
            dict(connection.execute(_LAST.format(columns="coldkey, free_rao", table="balances", key="coldkey"))),
            _weights(connection),
            (tally or Tally()).counted(connection),
            _scores(connection, max(times, default=0.0) - SCORED_WITHIN_S),
            run_now(connection),
        )
    finally:
        connection.execute("COMMIT")


_LAST = (
    "SELECT {columns} FROM {table} AS latest"
    " WHERE time = (SELECT max(time) FROM {table} WHERE {key} = latest.{key}) ORDER BY {key}"
)


def _chain(connection: sqlite3.Connection) -> ChainNow | None:
    found = connection.execute("SELECT * FROM looks ORDER BY time DESC LIMIT 1").fetchone()
    return None if found is None else ChainNow(*found)


def _uids(connection: sqlite3.Connection) -> tuple[UidNow, ...]:
    columns = (
        "uid, hotkey, coldkey, alpha_rao, stake_rao, trust, consensus, incentive, dividends, emission_rao, last_update,"
        " permit"
    )
    rows = connection.execute(_LAST.format(columns=columns, table="uids", key="uid"))
    return tuple(UidNow(*row) for row in rows if row[1] is not None)


def _processes(connection: sqlite3.Connection) -> tuple[ProcessNow, ...]:
    columns = (
        "name, time, started, cpu_s, memory_bytes, processes, threads, descriptors, connections, read_bytes,"
        " written_bytes"
    )
    return tuple(
        ProcessNow(*row) for row in connection.execute(_LAST.format(columns=columns, table="processes", key="name"))
    )


def states_now(connection: sqlite3.Connection) -> tuple[StateNow, ...]:
    """What each neuron was last, by name."""
    columns = "name, state, ready, restarts"
    return tuple(
        StateNow(*row) for row in connection.execute(_LAST.format(columns=columns, table="states", key="name"))
    )


def _weights(connection: sqlite3.Connection) -> dict[int, dict[int, float]]:
    rows = connection.execute(_LAST.format(columns="uid, targets", table="weights", key="uid"))
    return {uid: {int(target): share for target, share in json.loads(targets).items()} for uid, targets in rows}


_SCORED = """
SELECT id FROM signals WHERE role = 'validator'
    AND (SELECT json_type(data, '$.score') FROM events WHERE signal = signals.id LIMIT 1) IS NOT NULL
"""

_SCORES = """
SELECT name, uid, json_extract(data, '$.score'), json_extract(data, '$.credibility') FROM (
    SELECT sources.name, events.uid, data,
        row_number() OVER (
            PARTITION BY sources.name, events.uid
            ORDER BY coalesce(events.time, events.seen) DESC, events.offset DESC
        ) AS number
    FROM events JOIN sources ON sources.id = events.source
    WHERE events.signal = ? AND (events.time >= ? OR (events.time IS NULL AND events.seen >= ?))
        AND NOT sources.foreign_file AND events.uid IS NOT NULL
        AND json_type(data, '$.score') IN ('integer', 'real')
) WHERE number = 1 ORDER BY name, uid
"""


def _scores(connection: sqlite3.Connection, since: float) -> tuple[ScoreNow, ...]:
    """The last score since then of each validator and uid, from the signals that have one."""
    return tuple(
        ScoreNow(*row)
        for (signal,) in connection.execute(_SCORED).fetchall()
        for row in connection.execute(_SCORES, (signal, since, since))
    )


def run_now(connection: sqlite3.Connection) -> RunNow | None:
    """The run that began last, None where none was written down."""
    found = connection.execute("SELECT id, began, facts FROM runs ORDER BY began DESC LIMIT 1").fetchone()
    return None if found is None else RunNow(*found)
