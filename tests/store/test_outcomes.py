"""Sums over a stretch of time, on rows whose sums are plain to see."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.store import outcomes
from netctl.store.database import change, opened
from netctl.store.histories import Window
from netctl.store.lives import sampled
from netctl.store.runs import Look, last_look, write_run
from tests.store.written import chain_row, event, look, process, state_row

pytestmark = pytest.mark.fast


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with opened(tmp_path / "metrics.db") as connection, change(connection):
        yield connection


def test_what_held_on_is_weighted_by_how_long_it_did_and_begins_before_the_stretch(store: sqlite3.Connection) -> None:
    for time in (0, 100, 200, 300):
        look(store, time, block=time, epoch=time // 150)
    chain_row(store, 1, 0, "5A", incentive=0.1, last_update=5)
    chain_row(store, 1, 150, "5A", incentive=0.5, last_update=160)
    chain_row(store, 1, 250, "5B", incentive=0.9)
    found = outcomes.held(store, 50.0, 1000.0)
    # From the first look in the stretch, at 100, up to the last, at 300: 50 s of 0.1, 100 s of 0.5; then 50 s of 0.9.
    assert found["5A"].incentive == pytest.approx((50 * 0.1 + 100 * 0.5) / 150)
    assert (found["5A"].seconds, found["5A"].uid, found["5A"].updates) == (150, 1, 1)
    assert (found["5B"].incentive, found["5B"].seconds) == (0.9, 50)
    seen = outcomes.looks(store, 50.0, 1000.0)
    assert seen is not None
    assert (seen.count, seen.first_block, seen.last_block, seen.epochs) == (3, 100, 300, 2)
    assert outcomes.held(store, 400.0, 500.0) == {}


def test_a_single_look_says_what_it_saw(store: sqlite3.Connection) -> None:
    look(store, 100, block=7)
    chain_row(store, 1, 100, "5A", incentive=0.25)
    assert outcomes.held(store, 0.0, 200.0)["5A"].incentive == 0.25


def test_a_hotkey_that_moves_to_another_uid_is_one_and_nobodys_uid_is_nobody(store: sqlite3.Connection) -> None:
    for time in (0, 100, 200):
        look(store, time, block=time)
    chain_row(store, 1, 0, "5A", incentive=0.2)
    chain_row(store, 1, 100, None)
    chain_row(store, 2, 100, "5A", incentive=0.4)
    found = outcomes.held(store, 0.0, 200.0)
    assert set(found) == {"5A"}
    assert (found["5A"].incentive, found["5A"].uid) == (pytest.approx(0.3), 2)


def test_a_score_is_of_the_hotkey_that_had_the_uid_when_it_was_told(store: sqlite3.Connection) -> None:
    chain_row(store, 1, 100, "5A")
    chain_row(store, 1, 200, "5B")
    for time, score in ((50, 1), (150, 3), (250, 10), (260, None)):
        event(store, "validator_1", "evaluated", time, uid=1, score=score)
    event(store, "validator_2", "evaluated", 150, uid=1, score=7)
    event(store, "validator_1", "evaluated", 150, uid=1, score="nan")
    event(store, "miner_1", "own", 150, uid=1, score=99, role="miner")
    event(store, "elsewhere", "evaluated", 150, uid=1, score=99, foreign=True)
    told = {(one.hotkey, one.teller): (one.count, one.mean) for one in outcomes.told(store, ["score"], 0.0, 300.0)}
    assert told == {
        ("5A", "validator_1"): (2, 2.0),
        ("5A", "validator_2"): (1, 7.0),
        ("5B", "validator_1"): (1, 10.0),
    }
    assert outcomes.told(store, ["credibility"], 0.0, 300.0) == ()


def test_events_are_counted_by_who_logged_them_within_the_stretch(store: sqlite3.Connection) -> None:
    for time in (100, 150, 301):
        event(store, "miner_1", "scraped", time, role="miner")
    event(store, "miner_1", "scraped", None, seen=160, role="miner")
    event(store, "copy", "scraped", 150, role="miner", foreign=True)
    found = outcomes.counts(store, 100.0, 300.0)
    assert [(one.neuron, one.signal, one.count) for one in found] == [("miner_1", "scraped", 3)]


def test_use_is_told_by_each_life_of_a_process(store: sqlite3.Connection) -> None:
    for time, cpu, memory in ((100, 1.0, 10), (200, 6.0, 30)):
        process(store, "miner_1", time, pid=7, started=90, cpu_s=cpu, memory=memory, written=5)
    process(store, "miner_1", 300, pid=8, started=250, cpu_s=0.5, memory=20, written=2)
    process(store, "miner_1", 400, pid=8, started=250, cpu_s=5.5, memory=40, written=4)
    process(store, "miner_1", 900, pid=8, started=250, cpu_s=99.0, memory=990, written=99)
    (used,) = outcomes.used(store, 50.0, 500.0)
    assert used.cpu_share == pytest.approx(10.0 / 200)
    assert (used.memory_mean_bytes, used.memory_max_bytes, used.written_bytes) == (25, 40, 9)
    (once,) = outcomes.used(store, 850.0, 950.0)
    assert once.cpu_share is None


@pytest.mark.parametrize(
    ("rows", "restarts"),
    [
        ([(0, 0), (150, 1), (160, 2)], 2),  # the last run's row held on: it was the same
        ([(0, 3), (150, 0), (160, 1)], 1),  # the last run's is not this one's
        ([(0, 3), (150, 1)], 1),
        ([(150, 2)], 2),
        ([(0, 5), (50, 2)], 2),
        ([(150, 2), (160, 0), (170, 1)], 3),  # its session was made anew under way
        ([(150, 2), (160, 1)], 3),
        ([(150, 0), (160, 0)], 0),
    ],
)
def test_restarts_are_those_of_the_sessions_of_the_stretch(
    store: sqlite3.Connection, rows: list[tuple[int, int]], restarts: int
) -> None:
    for time, count in rows:
        state_row(store, "miner_1", time, "running", count)
    (lived,) = outcomes.lived(store, 100.0, 200.0)
    assert lived.restarts == restarts


def test_the_share_of_running_counts_from_the_first_look(store: sqlite3.Connection) -> None:
    look(store, 120, block=1)
    for time, state in ((0, "exited"), (125, "running"), (160, "killed"), (180, "running")):
        state_row(store, "miner_1", time, state, 0)
    (lived,) = outcomes.lived(store, 100.0, 200.0)
    assert lived.running_share == pytest.approx((35 + 20) / 80)


def test_looks_and_samples_are_found_within_the_stretch(tmp_path: Path) -> None:
    with opened(tmp_path / "metrics.db") as store:
        with change(store):
            look(store, 100, block=10)
            look(store, 200, block=20)
            process(store, "miner_1", 250, pid=1, started=1, cpu_s=1, memory=1, written=1)
        assert [last_look(store, 50, 300), last_look(store, 201, 300)] == [Look(200, 20), None]
        assert sampled(store, Window(50, 300)) == Window(100, 250)
        assert sampled(store, Window(201, 300)) == Window(250, 250)
        assert sampled(store, Window(251, 300)) is None
        write_run(store, "r", 5.0, json.dumps({"a": 1}))
        write_run(store, "r", 5.0, json.dumps({"a": 2}))
        assert store.execute("SELECT * FROM runs").fetchall() == [("r", 5.0, '{"a": 2}')]
