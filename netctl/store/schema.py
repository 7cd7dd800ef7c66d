"""The tables of metrics.db. Times are seconds since the epoch, amounts are rao, shares are between 0 and 1."""

from __future__ import annotations

import sqlite3

VERSION = 1

TABLES = """
CREATE TABLE sources (
    -- One stream of one neuron, or a file from elsewhere. `offset` is logical, as netctl.logs has it: how many of its
    -- bytes have been read; `lost` of these were gone from the archives before. `time` and `level` are what they carry
    -- on to the next line. Of a file from elsewhere `head` is the digest of its first `head_length` bytes, and `tail`
    -- that of the `tail_length` before the offset: by them another file at the same path is told, and the same log at
    -- another path. Such a one has a row of its own, which begins at the offset where the row `continues` stood then.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    pack TEXT NOT NULL,
    stream TEXT NOT NULL,
    path TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    foreign_file INTEGER NOT NULL DEFAULT 0,
    offset INTEGER NOT NULL DEFAULT 0,
    lines INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    time REAL,
    level TEXT,
    head BLOB,
    head_length INTEGER NOT NULL DEFAULT 0,
    tail BLOB,
    tail_length INTEGER NOT NULL DEFAULT 0,
    begin INTEGER NOT NULL DEFAULT 0,
    continues INTEGER REFERENCES sources,
    UNIQUE (path, stream, generation)
);
CREATE TABLE signals (
    -- The names that events have; `digest` is of the pattern that they were read with.
    id INTEGER PRIMARY KEY,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    UNIQUE (role, name, digest)
);
CREATE TABLE events (
    -- `time` is what the log says; `seen` when netctl read it, kept only where the log says nothing. `uid` and
    -- `hotkey` are whom the line is about; `data` is every field as JSON.
    source INTEGER NOT NULL REFERENCES sources,
    offset INTEGER NOT NULL,
    number INTEGER NOT NULL,
    signal INTEGER NOT NULL REFERENCES signals,
    time REAL,
    seen REAL,
    uid INTEGER,
    hotkey TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (source, offset, number)
) WITHOUT ROWID;
CREATE INDEX events_by_signal ON events (signal, time);
CREATE TABLE looks (
    -- One look at the chain each.
    time REAL PRIMARY KEY,
    block INTEGER NOT NULL,
    last_epoch INTEGER NOT NULL,
    burn_rao INTEGER,
    tao_in_rao INTEGER,
    alpha_in_rao INTEGER
) WITHOUT ROWID;
CREATE TABLE uids (
    -- A row of the metagraph as it was from this time on, until there is another of the same uid. Without a hotkey the
    -- uid is nobody's.
    uid INTEGER NOT NULL,
    time REAL NOT NULL,
    block INTEGER NOT NULL,
    hotkey TEXT,
    coldkey TEXT,
    alpha_rao INTEGER,
    stake_rao INTEGER,
    trust REAL,
    consensus REAL,
    incentive REAL,
    dividends REAL,
    emission_rao INTEGER,
    last_update INTEGER,
    permit INTEGER,
    active INTEGER,
    axon TEXT,
    PRIMARY KEY (uid, time)
) WITHOUT ROWID;
CREATE TABLE weights (
    -- A validator's weights as they were from this time on: `targets` is {"uid": share of all it gave} as JSON.
    uid INTEGER NOT NULL,
    time REAL NOT NULL,
    block INTEGER NOT NULL,
    hotkey TEXT NOT NULL,
    last_update INTEGER NOT NULL,
    targets TEXT NOT NULL,
    PRIMARY KEY (uid, time)
) WITHOUT ROWID;
CREATE TABLE balances (
    coldkey TEXT NOT NULL,
    time REAL NOT NULL,
    block INTEGER NOT NULL,
    free_rao INTEGER NOT NULL,
    PRIMARY KEY (coldkey, time)
) WITHOUT ROWID;
CREATE TABLE processes (
    -- A running neuron with all processes of its session. `cpu_s`, `read_bytes` and `written_bytes` count from the
    -- start of the process. Bytes over the network cannot be told of one process without privileges: its sockets are
    -- counted.
    name TEXT NOT NULL,
    time REAL NOT NULL,
    pid INTEGER NOT NULL,
    started REAL NOT NULL,
    cpu_s REAL NOT NULL,
    memory_bytes INTEGER NOT NULL,
    processes INTEGER NOT NULL,
    threads INTEGER NOT NULL,
    descriptors INTEGER,
    connections INTEGER,
    read_bytes INTEGER,
    written_bytes INTEGER,
    PRIMARY KEY (name, time)
) WITHOUT ROWID;
CREATE TABLE states (
    -- What a neuron was, from this time on: its state as `netctl status` has it, ready or not, restarts, problem.
    name TEXT NOT NULL,
    time REAL NOT NULL,
    state TEXT NOT NULL,
    ready INTEGER,
    restarts INTEGER NOT NULL,
    problem TEXT,
    PRIMARY KEY (name, time)
) WITHOUT ROWID;
CREATE TABLE runs (
    -- One `fleet up` each, for the reader: `facts` is its run.json.
    id TEXT PRIMARY KEY,
    began REAL NOT NULL,
    facts TEXT NOT NULL
) WITHOUT ROWID;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none; the caller holds a transaction. ValueError for a later version's file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise ValueError(f"it has version {version} of the tables, and this netctl knows {VERSION}")
    if version == 0:
        for statement in _statements(TABLES):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> list[str]:
    found: list[str] = []
    part = ""
    for piece in script.split(";"):
        part += piece + ";"
        if sqlite3.complete_statement(part):
            if part.strip(" \n;"):
                found.append(part)
            part = ""
    return found
