"""Samples in the store: what holds on is written once, and what changes once more."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.errors import StoreError
from netctl.ports import Metagraph, MetagraphRow, Usage, Weights
from netctl.store.database import change, looked_into, opened
from netctl.store.recording import record_balances, record_metagraph, record_usage

pytestmark = pytest.mark.fast

ROWS = tuple(
    MetagraphRow(uid, f"5H{uid}", "5C", 10 * uid, uid == 2, True, None, 7, 0.5, 0.0, 3, 0.25, 11 * uid)
    for uid in range(3)
)
GRAPH = Metagraph(428, 100, ROWS, last_epoch=99, burn_rao=5, tao_in_rao=6, alpha_in_rao=7)
GIVEN = Weights({2: {0: 0.25, 1: 0.75}}, (0.0, 0.0, 1.0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with opened(tmp_path / "metrics.db") as connection:
        yield connection


def looked(store: sqlite3.Connection, graph: Metagraph, weights: Weights, time: float) -> None:
    with change(store):
        record_metagraph(store, graph, weights, time)


def of_uids(store: sqlite3.Connection) -> list[tuple[int, float]]:
    return store.execute("SELECT uid, time FROM uids ORDER BY time, uid").fetchall()


def test_a_uid_is_written_again_only_when_it_is_no_longer_what_it_was(store: sqlite3.Connection) -> None:
    looked(store, GRAPH, GIVEN, 1.0)
    looked(store, replace(GRAPH, block=101), GIVEN, 2.0)
    assert of_uids(store) == [(0, 1.0), (1, 1.0), (2, 1.0)]
    changed = replace(GRAPH, block=102, rows=(ROWS[0], replace(ROWS[1], incentive=0.6), ROWS[2]))
    looked(store, changed, GIVEN, 3.0)
    assert of_uids(store)[3:] == [(1, 3.0)]
    assert store.execute("SELECT block, burn_rao FROM looks ORDER BY time").fetchall() == [(100, 5), (101, 5), (102, 5)]
    row = store.execute("SELECT hotkey, stake_rao, trust, incentive, permit FROM uids WHERE uid = 2").fetchone()
    assert row == ("5H2", 22, 1.0, 0.5, 1)


def test_a_uid_that_is_gone_is_nobodys_until_it_is_somebodys_again(store: sqlite3.Connection) -> None:
    looked(store, GRAPH, GIVEN, 1.0)
    looked(store, replace(GRAPH, rows=ROWS[:2]), GIVEN, 2.0)
    looked(store, replace(GRAPH, rows=ROWS[:2]), GIVEN, 3.0)
    looked(store, GRAPH, GIVEN, 4.0)
    found = store.execute("SELECT time, hotkey FROM uids WHERE uid = 2 ORDER BY time").fetchall()
    assert found == [(1.0, "5H2"), (2.0, None), (4.0, "5H2")]


def test_weights_are_written_when_they_change_or_their_giver_does(store: sqlite3.Connection) -> None:
    looked(store, GRAPH, Weights({2: {}}, ()), 1.0)
    looked(store, GRAPH, GIVEN, 2.0)
    looked(store, GRAPH, Weights({2: {1: 0.75, 0: 0.25}}, ()), 3.0)
    looked(store, replace(GRAPH, rows=(*ROWS[:2], replace(ROWS[2], hotkey="5New"))), GIVEN, 4.0)
    looked(store, GRAPH, Weights({2: {}}, ()), 5.0)
    found = store.execute("SELECT time, hotkey, targets FROM weights ORDER BY time").fetchall()
    assert [(time, hotkey) for time, hotkey, _ in found] == [(2.0, "5H2"), (4.0, "5New"), (5.0, "5H2")]
    assert [json.loads(targets) for *_, targets in found] == [{"0": 0.25, "1": 0.75}, {"0": 0.25, "1": 0.75}, {}]


def test_a_balance_is_written_when_it_changes(store: sqlite3.Connection) -> None:
    for time, rao in ((1.0, 5), (2.0, 5), (3.0, 6), (4.0, 5)):
        with change(store):
            record_balances(store, {"5C": rao}, 100, time)
    assert store.execute("SELECT time, free_rao FROM balances").fetchall() == [(1.0, 5), (3.0, 6), (4.0, 5)]


def test_usage_keeps_what_the_system_does_not_tell_as_unknown(store: sqlite3.Connection) -> None:
    with change(store):
        record_usage(store, {"miner_1": Usage(7, 1.0, 2.5, 1000, 1, 3)}, 9.0)
    found = store.execute("SELECT pid, cpu_s, memory_bytes, threads, descriptors FROM processes").fetchone()
    assert found == (7, 2.5, 1000, 3, None)


def test_a_change_that_fails_leaves_nothing(store: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError), change(store):
        record_balances(store, {"5C": 5}, 100, 1.0) or store.execute("no statement")
    assert store.execute("SELECT count(*) FROM balances").fetchone() == (0,)


def test_the_store_is_the_owners_alone_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    for _ in range(2):
        with opened(path) as store, change(store):
            record_balances(store, {"5C": 5}, 100, 1.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with looked_into(path) as store:
        assert store.execute("SELECT count(*) FROM balances").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError):
            store.execute("DELETE FROM balances")


def test_a_file_that_is_no_store_or_a_later_ones_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "metrics.db"
    path.write_bytes(b"not a database, though it is long enough to look like one" * 9)
    with pytest.raises(StoreError, match="not a database"), opened(path):
        pass
    assert path.read_bytes().startswith(b"not a database")
    path.unlink()
    with opened(path) as store:
        store.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="version 99"), opened(path):
        pass
    path.unlink()
    with pytest.raises(StoreError, match="not there"), looked_into(path):
        pass
    assert not path.exists()
