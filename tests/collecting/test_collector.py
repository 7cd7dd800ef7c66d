"""Logs of other machines come into the operator's files: each line once, whatever is killed in between."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from netctl.collecting import collector as collecting
from netctl.collecting import record
from netctl.collecting.collector import Collector
from netctl.collecting.gatherer import Gatherer
from netctl.ports.gathering import Piece, Stream, Task
from tests.collecting.waiting import eventually
from tests.collecting.written import Written


def _logs(state: Path, neuron: str = "miner_1") -> Mapping[Stream, Path]:
    return {"stdout": state / "logs" / f"{neuron}.log", "stderr": state / "logs" / f"{neuron}.err.log"}


def _collector(source: Written, state: Path, told: list[tuple[str, str | None]] | None = None) -> Collector:
    heard = [] if told is None else told
    return Collector(source, state, lambda neuron: _logs(state, neuron), lambda n, p: heard.append((n, p)))


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_what_a_task_writes_comes_as_it_is_written(tmp_path: Path) -> None:
    source = Written()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    collector = _collector(source, tmp_path)
    collector.tend()
    source.write("t1", 10, "first\n")
    source.write("t1", 11, "trouble\n", "stderr")
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "first\n")
    eventually(lambda: _text(_logs(tmp_path)["stderr"]) == "trouble\n")
    source.write("t1", 12, "second\n")
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "first\nsecond\n")
    collector.close()


def test_the_logs_of_a_task_that_says_nothing_are_there(tmp_path: Path) -> None:
    source = Written()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    collector = _collector(source, tmp_path)
    collector.tend()
    eventually(lambda: all(path.exists() for path in _logs(tmp_path).values()))
    collector.close()


def test_the_next_collector_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    source = Written()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    for at in (5, 5, 7):
        source.write("t1", at, f"at {at}\n")
    first = _collector(source, tmp_path)
    first.tend()
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "at 5\nat 5\nat 7\n")
    first.close()
    source.write("t1", 7, "also at 7\n")
    second = _collector(source, tmp_path)
    second.tend()
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "at 5\nat 5\nat 7\nalso at 7\n")
    second.close()


def test_a_later_task_follows_the_one_before_and_its_beginning_is_on_record(tmp_path: Path) -> None:
    source = Written()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    source.write("t1", 100, "old\n")
    source.end("t1")
    # The other node's clock is behind.
    source.begin(Task("t2", "miner_1", 1, "nd2"))
    source.write("t2", 3, "new\n")
    collector = _collector(source, tmp_path)
    collector.tend()
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "old\nnew\n")
    collector.close()
    found = record.read(tmp_path, "miner_1")
    first, second = found.of("t1"), found.of("t2")
    assert first is not None
    assert second is not None
    assert first.is_done
    assert second.begins["stdout"] == 4


def test_a_log_that_cannot_be_read_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "AGAIN_S", 0.0)
    source, told = Written(), list[tuple[str, str | None]]()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    source.write("t1", 1, "line\n")
    source.end("t1")
    source.broken.add("t1")
    collector = _collector(source, tmp_path, told)
    collector.tend()
    eventually(lambda: bool(told))
    assert told == [("miner_1", "the engine does not answer")]
    source.broken.clear()
    eventually(lambda: collector.tend() is None and _text(_logs(tmp_path)["stdout"]) == "line\n")
    eventually(lambda: told[-1] == ("miner_1", None))
    collector.close()


def test_a_stream_that_never_ends_does_not_keep_the_next_task_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "SILENT_S", 0.05)
    source = Written()
    source.begin(Task("t1", "miner_1", 0, "nd1"))
    source.stuck.add("t1")
    source.write("t1", 1, "old\n")
    collector = _collector(source, tmp_path)
    collector.tend()
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "old\n")
    source.lose("t1")
    source.begin(Task("t2", "miner_1", 1, "nd2"))
    source.write("t2", 2, "new\n")
    eventually(lambda: collector.tend() is None and _text(_logs(tmp_path)["stdout"]) == "old\nnew\n")
    # What the one that was left to itself still hears is not for it to append.
    source.write("t1", 3, "late\n")
    source.write("t2", 4, "newer\n")
    eventually(lambda: _text(_logs(tmp_path)["stdout"]) == "old\nnew\nnewer\n")
    collector.close()


class _Killed(BaseException):
    """The process is gone at this point."""


@pytest.mark.parametrize("seed", range(40))
def test_killed_anywhere_each_piece_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [
        Piece(
            10 + number // 2, chance.choice(("stdout", "stderr")), f"{number} {'x' * chance.randrange(20)}\n".encode()
        )
        for number in range(30)
    ]
    real = record.write

    def dying(state: Path, neuron: str, kept: record.Record) -> None:
        if chance.random() < 0.3:
            raise _Killed
        real(state, neuron, kept)
        if chance.random() < 0.2:
            raise _Killed

    monkeypatch.setattr("netctl.collecting.gatherer.record.write", dying)
    logs = _logs(tmp_path)
    for _ in range(500):
        try:
            gatherer = Gatherer(tmp_path, "miner_1", logs, "t1")
            left = [piece for piece in pieces if piece.at_ns >= gatherer.since_ns]
            while left:
                count = chance.randrange(1, 6)
                gatherer.append(left[:count])
                left = left[count:]
            break
        except _Killed:
            continue
    for stream, path in logs.items():
        assert path.read_bytes() == b"".join(piece.content for piece in pieces if piece.stream == stream)
