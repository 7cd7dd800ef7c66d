"""Reading a miner's database beside the miner: as it is, whatever state it is in, and without a trace."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from netctl.adapters import miner_database
from netctl.adapters.miner_database import Terms, read_labels
from netctl.coverage.held import Label, Reading
from netctl.pack_model import TimeColumn
from tests.coverage.made import HELD, SCHEMA, database

WRITER = f"""
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=0)
connection.execute("PRAGMA journal_mode = wal")
connection.execute("PRAGMA wal_autocheckpoint = 20")
connection.execute('''{SCHEMA}''')
written = 0
while True:
    rows = [(f"{{written}}/{{n}}", "", written, 4, f"zip:{{n:05}}", b"x" * 300, 300) for n in range(10)]
    with connection:
        connection.executemany("INSERT INTO DataEntity VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    written += 1
    print(written, flush=True)
"""


def counts(reading: Reading) -> dict[str, int]:
    assert reading.problem is None
    return {label.label: label.entities for label in reading.labels}


def trace(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file there: its bytes, and when it was last written."""
    return {p.name: (sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in folder.iterdir()}


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes ten rows a transaction, without end, and gives up at the first lock it meets."""
    words = [sys.executable, "-c", WRITER, str(tmp_path / "live.sqlite")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def _written(process: subprocess.Popen[str]) -> int:
    """How many transactions the writer has told of, from the next one on."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_live_writer_is_read_whole_transactions_at_a_time_and_never_waits(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    before = _written(writer)
    deadline, seen = time.monotonic() + 20, [counts(read_labels(tmp_path / "live.sqlite", HELD))]
    while seen[-1]["zip:00000"] < before + 20:
        assert time.monotonic() < deadline, "the writer came no further"
        seen.append(counts(read_labels(tmp_path / "live.sqlite", HELD)))
    assert writer.poll() is None, "with no patience at all it would have died of any lock"
    assert all(len(found) == 10 and len(set(found.values())) == 1 for found in seen)
    totals = [found["zip:00000"] for found in seen]
    assert totals == sorted(totals)
    assert totals[0] >= before


def test_what_a_killed_miner_left_in_its_log_is_read(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    told = 0
    while told < 30:
        told = _written(writer)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert (tmp_path / "live.sqlite-wal").stat().st_size > 0
    before = {name: digest for name, digest in trace(tmp_path).items() if not name.endswith("-shm")}
    assert counts(read_labels(tmp_path / "live.sqlite", HELD))["zip:00000"] >= told
    assert {name: digest for name, digest in trace(tmp_path).items() if not name.endswith("-shm")} == before


@pytest.mark.parametrize("journal", ["wal", "delete", "truncate", "persist"])
def test_a_database_at_rest_is_read_without_a_trace(tmp_path: Path, journal: str) -> None:
    path = database(tmp_path / "a.sqlite", ["zip:08701", "zip:08701", "zip:10001"], journal=journal)
    before = trace(tmp_path)
    assert read_labels(path, HELD).labels == (
        Label("zip:08701", 2, 20, 100 * 3600, 101 * 3600),
        Label("zip:10001", 1, 10, 102 * 3600, 102 * 3600),
    )
    assert trace(tmp_path) == before


def test_a_clock_that_runs_faster_is_told_by_the_wall_clock(tmp_path: Path) -> None:
    path = database(tmp_path / "a.sqlite", ["zip:08701"], hour=600)
    scaled = HELD.model_copy(update={"time": TimeColumn(column="timeBucketId", scaled=True)})
    assert read_labels(path, scaled, Terms(time_scale=60)).labels[0].last_s == 10 * 3600
    assert read_labels(path, HELD, Terms(time_scale=60)).labels[0].last_s == 600 * 3600


def test_columns_that_the_pack_does_not_name_are_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bare.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE DataEntity (label TEXT)")
        connection.execute("INSERT INTO DataEntity VALUES ('zip:08701')")
    bare = HELD.model_copy(update={"bytes": None, "time": None})
    assert read_labels(path, bare).labels == (Label("zip:08701", 1),)


def test_labels_of_any_kind_are_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE DataEntity (label, contentSizeBytes, timeBucketId)")
        odd = [(None, 1, 1), (7, 1, 1), (b"\xff\xfe", 1, 1), ("zip:unknown", "many", "now"), ("zip:00501", None, None)]
        connection.executemany("INSERT INTO DataEntity VALUES (?, ?, ?)", odd)
        connection.execute("INSERT INTO DataEntity VALUES (CAST(x'ff' AS TEXT), 1, 1)")
    found = {label.label: label for label in read_labels(path, HELD).labels}
    assert {"", "7", "zip:unknown", "zip:00501", "\ufffd"} <= set(found)
    assert (found["zip:unknown"].bytes, found["zip:unknown"].last_s) == (0, None)
    assert (found["zip:00501"].bytes, found["zip:00501"].last_s) == (0, None)


def _torn(path: Path) -> None:
    database(path, [f"zip:{n:05}" for n in range(3000)])
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xab" * 8192)


def _cut(path: Path) -> None:
    database(path, [f"zip:{n:05}" for n in range(3000)])
    os.truncate(path, 4096 * 3)


def _other_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE Other (label)")


def _other_column(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE DataEntity (name, contentSizeBytes, timeBucketId)")
        connection.execute("INSERT INTO DataEntity VALUES ('zip:08701', 1, 1)")


def _hot(path: Path) -> None:
    database(path, ["zip:08701"], journal="delete")
    Path(f"{path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 504)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "is not there"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.mkdir(), "is no file"),
        (os.mkfifo, "is no file"),
        (lambda path: path.symlink_to(path.with_name("gone")), "is not there"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "is no SQLite database"),
        (lambda path: path.write_text("not a database, whatever its name says"), "is no SQLite database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\x10\x00\x02\x02" + b"z" * 4000), "is torn"),
        (_torn, "is torn: database disk image is malformed"),
        (_cut, "is torn: database disk image is malformed"),
        (_other_table, "has another shape: no such table: DataEntity"),
        (_other_column, "has another shape: no such column: label"),
        (_hot, "is in the middle of a change"),
    ],
)
def test_a_database_that_is_broken_is_said_to_be_so(tmp_path: Path, make, problem: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "broken.sqlite"
    make(path)
    before = sorted(child.name for child in tmp_path.iterdir())
    found = read_labels(path, HELD)
    assert found.labels == ()
    assert (found.problem or "").startswith(problem)
    assert sorted(child.name for child in tmp_path.iterdir()) == before


def test_a_database_that_another_holds_for_itself_is_said_to_be_locked(tmp_path: Path) -> None:
    path = database(tmp_path / "a.sqlite", ["zip:08701"])
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("PRAGMA locking_mode = exclusive")
        holder.execute("UPDATE DataEntity SET source = 5")
        holder.commit()
        assert read_labels(path, HELD, Terms(patience_s=0)).problem == "is locked by another process"


def test_a_count_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = database(tmp_path / "a.sqlite", ["zip:08701"] * 5000)
    monkeypatch.setattr(miner_database, "_STEPS", 100)
    assert read_labels(path, HELD, Terms(longest_s=0)).problem == "was not counted within 0 s"


def test_one_that_changes_while_it_is_read_at_rest_is_read_again_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(tmp_path / "a.sqlite", ["zip:08701"], journal="delete")
    whole, times = miner_database._counted, []

    def meddling(uri: str, *rest: object) -> Reading:
        found = whole(uri, *rest)  # type: ignore[arg-type]
        times.append(uri)
        if len(times) <= meddled:
            os.utime(path, (time.time(), time.time() + len(times)))
        return found

    monkeypatch.setattr(miner_database, "_counted", meddling)
    meddled = 1
    assert counts(read_labels(path, HELD)) == {"zip:08701": 1}
    assert len(times) == 2
    times, meddled = [], 99
    assert read_labels(path, HELD).problem == "was changed while it was read, each time"
