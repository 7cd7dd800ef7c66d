"""What is drawn over time: read once, in slots that double, and told whole or by what has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netctl.behaviour.spec import Quality
from netctl.board.board import AHEAD_S, CHANGES_KEPT, Board
from netctl.board.reading import Reading
from netctl.board.slots import MOST, Slotted, added, width_for
from netctl.board.spec import Drawn
from netctl.runs.record import compact
from netctl.store.database import change, empty, opened
from netctl.store.runs import write_run
from tests.runs.made import run
from tests.store.written import chain_row, event, look, process, state_row

pytestmark = pytest.mark.fast

NOW = 100_000.0
QUALITY = Quality(signal="api_result", outcome="outcome", good=("confirmed",), bad=("refuted",))
DRAWN = Drawn(
    quality=QUALITY,
    calls={("miner", "scrape_started"): (1, 0), ("miner", "limited"): (1, 1), ("validator", "api_result"): (2, 0)},
)


class ClockAt:
    """A clock that stands still."""

    def now(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    with empty() as connection:
        yield connection


def board() -> Board:
    return Board(DRAWN, 86_400.0, {"5H1": "miner_1", "5H2": "miner_2"})


def plain(document: Any) -> Any:
    """As the page gets it."""
    return msgspec.json.decode(msgspec.json.encode(document))


def series(document: Any, name: str) -> dict[tuple[str, ...], dict[int, tuple[Any, ...]]]:
    """By key and slot, as plain values."""
    return {
        tuple(row["key"]): dict(zip(row["slots"], zip(*row["values"], strict=True), strict=True))
        for row in plain(document)["series"][name]
    }


def judged(store: sqlite3.Connection, time: float, uid: int, score: float, by: str = "validator_1") -> None:
    event(store, by, "evaluated", time, uid=uid, score=score, credibility=0.5)


def test_a_day_has_at_most_so_many_slots_and_a_short_time_has_narrow_ones() -> None:
    assert [width_for(seconds) for seconds in (0, 60, 1440, 1441, 86_400, 7 * 86_400)] == [4, 4, 4, 8, 256, 2048]
    assert all(seconds / width_for(seconds) <= MOST for seconds in range(1, 100_000, 777))


def test_folded_slots_hold_together_what_the_two_held() -> None:
    counts = Slotted(added)
    for slot, count in ((4, 1), (5, 2), (5, 4), (9, 8)):
        counts.add(("m",), slot, (count,))
    assert plain(counts.whole()) == [{"key": ["m"], "slots": [4, 5, 9], "values": [[1, 6, 8]]}]
    counts.fold()
    assert counts.rows == {("m",): {2: (7,), 4: (8,)}}
    assert plain(counts.whole()) == [{"key": ["m"], "slots": [2, 4], "values": [[7, 8]]}]
    counts.forget(3)
    assert plain(counts.whole()) == [{"key": ["m"], "slots": [4], "values": [[8]]}]
    assert [row["slots"] for row in counts.changes()] == [[4]]
    counts.forget(9)
    assert (counts.whole(), counts.changes()) == ([], [])


def _lived(store: sqlite3.Connection, since: int, until: int) -> None:
    """A stretch of a fleet's life."""
    for at in range(since, until, 20):
        look(store, at, block=at)
        for uid in (1, 2):
            judged(store, at + uid, uid, at * uid)
            event(store, "validator_1", "api_result", at, uid=uid, outcome=("confirmed", "refuted", "assumed")[at % 3])
        event(store, "miner_1", "scrape_started", at, role="miner")
        process(store, "miner_1", at, pid=7, started=50, cpu_s=at / 4, memory=at, written=0)
    state_row(store, "miner_1", since, "running", since)


def test_what_was_read_bit_by_bit_is_what_is_read_at_once(store: sqlite3.Connection) -> None:
    chain_row(store, 1, 5, "5H1")
    chain_row(store, 2, 5, "5H2")
    bits = board()
    for since in range(1000, 4000, 260):
        _lived(store, since, since + 260)
        bits.take(store, NOW)
        bits.changes()
    whole = board()
    whole.take(store, NOW)
    found, expected = plain(bits.whole()), plain(whole.whole())
    assert found["width"] > 4  # it has doubled on the way
    assert found == expected
    assert sum(row[0] for row in series(found, "checked")[("miner_1",)].values()) > 10


def test_changes_are_the_slots_that_are_new_and_put_together_they_are_the_whole(store: sqlite3.Connection) -> None:
    _lived(store, 1000, 1400)
    one = board()
    one.take(store, NOW)
    held = series(one.changes(), "judged")
    assert one.changes() is None
    for since in (1400, 1440, 1480):
        _lived(store, since, since + 40)
        one.take(store, NOW)
        told = one.changes()
        assert told is not None
        assert not told["whole"]
        for key, rows in series(told, "judged").items():
            assert min(rows) >= since // 4
            held[key].update(rows)
    assert held == series(one.whole(), "judged")


def test_a_verdict_is_about_whoever_held_the_uid_then(store: sqlite3.Connection) -> None:
    chain_row(store, 1, 1000, "5H1")
    judged(store, 1100, 1, 5.0)
    chain_row(store, 1, 1200, "5H2")
    one = board()
    one.take(store, NOW)
    judged(store, 1300, 1, 7.0)
    judged(store, 1304, 9, 9.0)
    one.take(store, NOW)
    whole = series(one.whole(), "judged")
    assert {key[1]: [row[0] for row in rows.values()] for key, rows in whole.items()} == {
        "miner_1": [5.0],
        "miner_2": [7.0],
        "uid 9": [9.0],
    }


def test_answers_that_never_came_count_neither_as_good_nor_as_bad(store: sqlite3.Connection) -> None:
    for outcome in ("confirmed", "confirmed", "refuted", "assumed", "assumed", "assumed"):
        event(store, "validator_1", "api_result", 1000, uid=3, outcome=outcome)
    event(store, "miner_1", "limited", 1001, role="miner")
    one = board()
    one.take(store, NOW)
    whole = one.whole()
    assert series(whole, "checked") == {("uid 3",): {250: (2, 1, 3)}}
    assert series(whole, "calls") == {("miner",): {250: (1, 1)}, ("validator",): {250: (12, 0)}}


def test_the_time_between_verdicts_is_of_one_validator_on_one_miner(store: sqlite3.Connection) -> None:
    for at, uid, by in ((1000, 1, "v1"), (1002, 2, "v1"), (1030, 1, "v1"), (1035, 1, "v2"), (1130, 2, "v1")):
        judged(store, at, uid, 1.0, by=by)
    one = board()
    one.take(store, NOW)
    assert series(one.whole(), "gaps") == {("v1",): {257: (1, 30.0, 30.0), 282: (1, 128.0, 128.0)}}


def test_processor_time_is_that_between_samples_and_begins_anew_with_another_process(store: sqlite3.Connection) -> None:
    for at, pid, started, cpu in ((1000, 7, 900, 50.0), (1020, 7, 900, 60.0), (1060, 8, 1050, 4.0)):
        process(store, "m", at, pid=pid, started=started, cpu_s=cpu, memory=at, written=0)
    one = board()
    one.take(store, NOW)
    assert series(one.whole(), "used") == {
        ("m",): {250: (0.0, 0.0, 1000), 255: (10.0, 20.0, 1020), 265: (4.0, 10.0, 1060)}
    }


def test_of_many_samples_at_once_a_few_are_read_and_no_processor_time_is_lost(store: sqlite3.Connection) -> None:
    look(store, 1000, block=1)
    look(store, 60_000, block=2)
    for number in range(200):
        at, pid = 1000 + 15 * number, 7 + (number >= 100)
        started = 900 if pid == 7 else 2495
        process(store, "m", at, pid=pid, started=started, cpu_s=(at - started) / 4, memory=at, written=0)
    one = board()
    one.take(store, NOW)
    rows = series(one.whole(), "used")[("m",)]
    assert one.width == 256
    assert len(rows) == 13
    # The first sample says nothing of its time; the last one of the first process is at 2485.
    assert sum(seconds for _, seconds, _ in rows.values()) == (2485 - rows_first(store)) + (3985 - 2495)
    assert all(cpu == seconds / 4 for cpu, seconds, _ in rows.values())


def rows_first(store: sqlite3.Connection) -> float:
    """When the last sample of the first slot was, which is the first that is read."""
    (found,) = store.execute("SELECT max(time) FROM processes WHERE CAST(time / 256 AS INTEGER) = 3").fetchone()
    return float(found)


def test_only_the_last_hours_are_kept_and_a_line_from_the_future_is_left_out(store: sqlite3.Connection) -> None:
    one = Board(DRAWN, 600.0)
    judged(store, 1000, 1, 1.0)
    one.take(store, NOW)
    judged(store, 1500, 1, 2.0)
    judged(store, 1700, 1, 3.0)
    judged(store, NOW + AHEAD_S + 1, 1, 4.0)
    one.take(store, NOW)
    (rows,) = series(one.whole(), "judged").values()
    assert [row[0] for row in rows.values()] == [2.0, 3.0]
    state_row(store, "m", 900, "starting", 0)
    for number in range(CHANGES_KEPT + 9):
        state_row(store, "m", 1500 + number / 10, "killed", number)
    one.take(store, NOW)
    lives = plain(one.whole())["lives"]["m"]
    assert len(lives) == CHANGES_KEPT
    assert lives[-1][3] == CHANGES_KEPT + 8


def test_a_store_of_many_days_begins_with_what_held_when_the_time_began(store: sqlite3.Connection) -> None:
    state_row(store, "m", 1000, "starting", 0)
    state_row(store, "m", 2000, "running", 0)
    judged(store, 2500, 1, 1.0)
    state_row(store, "m", 9000, "killed", 1)
    judged(store, 9100, 1, 2.0)
    one = Board(DRAWN, 600.0)
    one.take(store, NOW)
    told = plain(one.whole())
    assert [row[:2] for row in told["lives"]["m"]] == [[2000, "running"], [9000, "killed"]]
    assert [row[0] for rows in series(told, "judged").values() for row in rows.values()] == [2.0]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "day2"
    state.mkdir()
    return state


def reading(state: Path) -> Reading:
    return Reading(state, lambda: DRAWN, 86_400.0, ClockAt())


def test_a_reader_says_that_there_is_no_store_and_finds_it_when_there_is(state: Path) -> None:
    reader = reading(state)
    told = reader.look()
    assert told is not None
    assert "nothing was sampled yet" in told["problem"]
    assert (reader.look(), reader.whole()) == (None, {"problem": told["problem"]})
    with opened(state / "metrics.db") as store:
        write_run(store, "r", 1.0, compact(run("r")))
        with change(store):
            chain_row(store, 2, 5, "5H2")
            judged(store, 1000, 2, 1.0)
        found = reader.look()
        assert found is not None
        assert (found["problem"], list(series(found, "judged"))) == (None, [("validator_1", "miner_2")])
        assert reader.look() is None
        with change(store):
            judged(store, 1010, 2, 2.0)
        again = reader.look()
        assert again is not None
        assert [list(rows) for rows in series(again, "judged").values()] == [[252]]
    reader.close()


def test_another_store_at_the_place_is_told_whole(state: Path) -> None:
    reader = reading(state)
    for score in (1.0, 2.0):
        with opened(state / "metrics.db") as store, change(store):
            judged(store, 1000, 1, score)
        told = reader.look()
        assert told is not None
        assert told["whole"]
        assert [row[0] for rows in series(told, "judged").values() for row in rows.values()] == [score]
        for path in state.glob("metrics.db*"):
            path.rename(path.with_name(f"old-{score}-{path.name}"))
        gone = reader.look()
        assert gone is not None
        assert "is not there" in gone["problem"]
    reader.close()


def test_a_file_that_is_no_store_is_told(state: Path) -> None:
    (state / "metrics.db").write_text("no database at all, but long enough to be looked at as one" * 9)
    told = reading(state).look()
    assert told is not None
    assert "cannot be used" in told["problem"]
