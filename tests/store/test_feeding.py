"""Reading logs into the store, as it goes every day: each event once, whatever becomes of the file."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from netctl.errors import StoreError
from netctl.logs import LogPolicy, rotate_due
from netctl.logs import packed as packed_logs
from netctl.store import feeding
from netctl.store.database import change, looked_into, opened
from tests.store.signals import EVERY, a_source, feed, lines, rows, stamped

SOURCES = "SELECT generation, offset, lines, lost FROM sources ORDER BY id"


def scored(*uids: int) -> str:
    return "".join(stamped(uid, "SUCCESS", f"Evaluated Miner {uid}. Score=2.26e-38. Credibility=0.5.") for uid in uids)


def uids(store: Path) -> list[int]:
    return [uid for (uid,) in rows(store, "SELECT uid FROM events ORDER BY source, offset, number")]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "validator_1.log"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "metrics.db"


def test_an_event_has_what_the_line_says(log: Path, store: Path) -> None:
    log.write_text(scored(7))
    feed(store, a_source(log))
    ((_, _, offset, number, name, time, uid, hotkey, fields),) = rows(store)
    assert (offset, number, name, uid, hotkey) == (0, 0, "evaluated", 7, None)
    assert fields == '{"uid":7,"score":2.26e-38,"credibility":0.5}'
    assert time == pytest.approx(time // 1 + 0.5)
    assert rows(store, "SELECT seen FROM events") == [(None,)]


def test_what_was_read_is_not_read_again(log: Path, store: Path) -> None:
    log.write_text(scored(1, 2))
    assert feed(store, a_source(log)) == 2
    assert feed(store, a_source(log)) == 0
    with log.open("a") as file:
        file.write(scored(3))
    assert feed(store, a_source(log)) == 1
    assert uids(store) == [1, 2, 3]


@pytest.mark.parametrize("cut", [1, 40, 100, len(scored(2)) - 1])
def test_a_line_waits_until_it_is_whole(log: Path, store: Path, cut: int) -> None:
    log.write_text(scored(1) + scored(2)[:cut])
    assert feed(store, a_source(log)) == 1
    with log.open("a") as file:
        file.write(scored(2)[cut:])
    assert feed(store, a_source(log)) == 1
    assert uids(store) == [1, 2]


def test_the_last_line_of_a_dead_neuron_is_taken_as_it_is(log: Path, store: Path) -> None:
    log.write_text(scored(1, 2).rstrip("\n"))
    assert feed(store, a_source(log), to_end=True) == 2
    assert rows(store, SOURCES) == [(0, log.stat().st_size, 2, 0)]


@pytest.mark.parametrize("block", [64, 4096])
def test_lines_longer_than_a_block_are_one_line(
    log: Path, store: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(feeding, "BLOCK", block)
    long = stamped(0, "DEBUG", "Loaded scraping config: " + "zip " * 60_000)
    log.write_text(scored(1) + long + scored(2))
    assert feed(store, a_source(log)) == 2
    assert rows(store, SOURCES) == [(0, log.stat().st_size, 3, 0)]


def test_blocks_of_any_size_give_the_same_events(
    tmp_path: Path, log: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records of several lines, and stamps and levels that hold on, cross the ends of blocks."""
    log.write_text("".join(islice(lines(11), 300)))
    feed(store, a_source(log))
    wanted = rows(store)
    assert {name for *_, name, _, _, _, _ in wanted} == {"evaluated", "validated", "failed", "lookup", "error"}
    for size in (50, 700, 5000):
        monkeypatch.setattr(feeding, "BLOCK", size)
        feed(tmp_path / f"{size}.db", a_source(log))
        assert rows(tmp_path / f"{size}.db") == wanted


def test_only_lines_as_loud_as_the_signal_wants_are_its_events(log: Path, store: Path) -> None:
    """One without a level of its own has its forerunner's, and `rest` leaves alone what another signal has taken."""
    log.write_text(
        stamped(1, "INFO", "an ERROR is named")
        + stamped(2, "ERROR", "boom")
        + "KeyError: 3\n"
        + "and more of it, CRITICAL perhaps\n"
        + stamped(4, "DEBUG", "ERROR")
    )
    feed(store, a_source(log))
    assert [name for *_, name, _, _, _, _ in rows(store)] == ["error", "lookup"]


def test_a_rotation_moves_nothing(log: Path, store: Path) -> None:
    log.write_text(scored(*range(3000)))
    feed(store, a_source(log), most=1)
    rotate_due([log], LogPolicy(rotate_bytes=100_000, keep=100))
    with log.open("a") as file:
        file.write(scored(3000))
    feed(store, a_source(log))
    assert uids(store) == list(range(3001))


def test_what_was_pruned_before_it_was_read_is_counted_as_lost(log: Path, store: Path) -> None:
    log.write_text(scored(1))
    feed(store, a_source(log))
    for first in (1000, 2000, 3000):
        with log.open("a") as file:
            file.write(scored(*range(first, first + 600)))
        rotate_due([log], LogPolicy(rotate_bytes=50_000, keep=1))
    kept = len(list((log.parent / "archives" / log.name).iterdir()))
    assert kept == 1
    feed(store, a_source(log))
    found = uids(store)
    ((generation, offset, count, lost),) = rows(store, SOURCES)
    assert found[0] == 1
    assert found[-1] == 3599
    assert 1000 not in found
    assert (generation, count) == (0, len(found))
    assert lost == offset - sum(len(scored(uid)) for uid in found)


def test_a_log_that_was_emptied_by_hand_is_read_from_its_new_start(log: Path, store: Path) -> None:
    log.write_text(scored(1, 2, 3))
    feed(store, a_source(log))
    log.write_text(scored(4))
    feed(store, a_source(log))
    assert uids(store) == [1, 2, 3, 4]
    assert [generation for generation, *_ in rows(store, SOURCES)] == [0, 1]


def test_two_neurons_and_their_streams_are_kept_apart(tmp_path: Path, store: Path) -> None:
    paths = [tmp_path / name for name in ("validator_1.log", "validator_2.log")]
    for number, path in enumerate(paths):
        path.write_text(scored(number))
    feed(store, *(a_source(path, name=path.stem) for path in paths))
    found = "SELECT name, uid FROM events JOIN sources ON sources.id = source ORDER BY 1"
    assert rows(store, found) == [("validator_1", 0), ("validator_2", 1)]


def test_standard_error_has_no_stamps_so_the_moment_of_reading_is_kept(log: Path, store: Path) -> None:
    log.write_text("Traceback (most recent call last):\n  File x\nKeyError: 12\n")
    feed(store, a_source(log), now=77.0)
    assert ("lookup", None, 77.0, 12) in rows(
        store, "SELECT name, time, seen, uid FROM events JOIN signals ON signals.id = signal"
    )


def test_a_line_without_a_stamp_has_its_forerunners(log: Path, store: Path) -> None:
    log.write_text(stamped(3, "ERROR", "boom") + "KeyError: 12\n")
    feed(store, a_source(log), most=1)
    times = rows(store, "SELECT DISTINCT time FROM events WHERE seen IS NULL")
    assert len(times) == 1
    assert len(rows(store)) == 2


def test_a_copy_that_was_packed_adds_nothing_and_its_longer_sister_what_is_new(tmp_path: Path, store: Path) -> None:
    monday, tuesday, packed = (tmp_path / name for name in ("monday.log", "tuesday.log", "monday.log.gz"))
    monday.write_text(scored(1, 2))
    packed.write_bytes(gzip.compress(monday.read_bytes()))
    tuesday.write_text(scored(1, 2, 3))
    feed(store, *(a_source(path, foreign=True) for path in (packed, monday, tuesday, monday, packed)))
    assert uids(store) == [1, 2, 3]


def test_a_shorter_copy_of_a_long_log_adds_nothing(tmp_path: Path, store: Path) -> None:
    monday, tuesday = tmp_path / "monday.log", tmp_path / "tuesday.log"
    tuesday.write_text(scored(*range(100)))
    monday.write_text(scored(*range(60)))
    assert feed(store, a_source(tuesday, foreign=True), a_source(monday, foreign=True)) == 100


def test_two_logs_that_only_begin_alike_are_two(tmp_path: Path, store: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.write_text(scored(*range(100)))
    other.write_text(scored(*range(90)) + scored(*range(500, 600)))
    assert feed(store, a_source(one, foreign=True), a_source(other, foreign=True)) == 290


def test_a_pruned_log_from_elsewhere_is_no_copy_of_another(tmp_path: Path, log: Path, store: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text(scored(1, 2))
    log.write_text(scored(*range(1000, 1600)))
    for first in (2000, 3000):
        rotate_due([log], LogPolicy(rotate_bytes=50_000, keep=1))
        with log.open("a") as file:
            file.write(scored(*range(first, first + 600)))
    rotate_due([log], LogPolicy(rotate_bytes=50_000, keep=1))
    feed(store, a_source(other, foreign=True), a_source(log, foreign=True))
    assert rows(store, "SELECT continues FROM sources") == [(None,), (None,)]
    assert uids(store)[-1] == 3599
    assert feed(store, a_source(log, foreign=True)) == 0


def test_a_log_from_elsewhere_is_told_by_its_bytes_when_it_was_replaced(log: Path, store: Path) -> None:
    log.write_text(scored(*range(100)))
    feed(store, a_source(log, foreign=True))
    log.write_text(scored(*range(200, 400)))
    assert feed(store, a_source(log, foreign=True)) == 200
    assert [generation for generation, *_ in rows(store, SOURCES)] == [0, 1]


def test_a_packed_log_longer_than_what_is_kept_of_it(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_logs, "KEPT", 200_000)
    monkeypatch.setattr(packed_logs, "CHUNK", 10_000)
    monkeypatch.setattr(feeding, "BLOCK", 50_000)
    packed, plain = tmp_path / "long.log.gz", tmp_path / "long.log"
    plain.write_text("".join(islice(lines(2), 6000)))
    assert plain.stat().st_size > 3 * packed_logs.KEPT
    with plain.open("rb") as raw, gzip.open(packed, "wb", compresslevel=1) as file:
        shutil.copyfileobj(raw, file)
    feed(store, a_source(packed, foreign=True), most=1)
    feed(store, a_source(packed, foreign=True))
    feed(tmp_path / "plain.db", a_source(plain, foreign=True))
    both = [[row[1:] for row in rows(each)] for each in (store, tmp_path / "plain.db")]
    assert both[0] == both[1]


def test_a_change_that_fails_leaves_nothing_and_the_next_one_works(log: Path, store: Path) -> None:
    """Numbers of signals that were made in a change that was rolled back are not used any more."""
    log.write_text(scored(1))
    with opened(store) as connection:
        feeder = feeding.Feeder(connection, EVERY)
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(sqlite3.DatabaseError, match="disk full"):
            feeder.feed(a_source(log), now=1.0)
        connection.execute("DROP TRIGGER full")
        assert feeder.feed(a_source(log), now=1.0).events == 1
    assert [name for *_, name, _, _, _, _ in rows(store)] == ["evaluated"]


def test_what_goes_wrong_beside_the_store_is_not_laid_at_its_door(store: Path) -> None:
    with pytest.raises(BrokenPipeError), opened(store):
        raise BrokenPipeError
    with pytest.raises(StoreError, match="cannot be used"), opened(store) as connection, change(connection):
        connection.execute("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StoreError, match="is not there"), looked_into(store.with_name("none.db")):
        pass
