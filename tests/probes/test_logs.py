"""What neurons write is read once, from where the run began, colours aside."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from netctl.probes.logfiles import HEAD, TAIL, Reading, Sought, look_at

pytestmark = pytest.mark.fast
ONCE, AGAIN = Sought("Miner starting at", once=True), Sought("Miner starting at", once=False)


def seen(log: Path, reading: Reading, sought: Sought = ONCE) -> bool:
    look_at(str(log), reading, (sought,), started_at=None, now=time.time())
    return sought.pattern in reading.seen


def test_a_line_counts_only_if_this_run_wrote_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"\x1b[1mMiner\x1b[0m starting at 1\n")
    end = log.stat().st_size
    assert seen(log, Reading(0))
    this_run = Reading(end)
    assert not seen(log, this_run)
    with log.open("ab") as file:
        file.write(b"x" * 300_000 + b"\nMiner starting at 2\n")
    assert seen(log, this_run)


def test_a_line_across_two_reads_is_found(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * (256 * 1024 - 5) + b"Miner starting at 2\n")
    assert seen(log, Reading(0))


def test_a_line_that_was_written_in_two_goes_is_found(tmp_path: Path) -> None:
    log, reading = tmp_path / "a.log", Reading(0)
    log.write_bytes(b"\x1b[34m2026\x1b[39m Miner star")
    assert not seen(log, reading)
    with log.open("ab") as file:
        file.write(b"ting at 2\n")
    assert seen(log, reading)


def test_a_log_that_was_cut_off_is_read_from_its_start(tmp_path: Path) -> None:
    log, reading = tmp_path / "a.log", Reading(1_000)
    log.write_text("Miner starting at 3\n")
    assert seen(log, reading)
    assert reading.is_cut
    assert not seen(tmp_path / "none.log", Reading(0))


def test_a_log_that_was_replaced_is_read_from_its_start(tmp_path: Path) -> None:
    log, reading = tmp_path / "a.log", Reading(0)
    log.write_text("nothing yet\n")
    assert not seen(log, reading)
    log.rename(tmp_path / "a.log.1")
    log.write_text("Miner starting at 3, in a file that is longer than the one before\n")
    assert seen(log, reading)
    assert reading.is_cut


def test_a_line_is_not_found_again_in_what_was_read_before(tmp_path: Path) -> None:
    log, reading = tmp_path / "a.log", Reading(0)
    log.write_text("Miner starting at 1\n")
    os.utime(log, (1_000, 1_000))
    assert seen(log, reading, AGAIN)
    with log.open("a") as file:
        file.write("something else\n")
    os.utime(log, (2_000, 2_000))
    assert seen(log, reading, AGAIN)
    assert (reading.seen["Miner starting at"], reading.spoke_at) == (1_000, 2_000)


def test_of_a_log_longer_than_anybody_reads_the_beginning_and_the_end_are_searched(tmp_path: Path) -> None:
    log, middle = tmp_path / "a.log", HEAD + 1024
    with log.open("wb") as file:
        for place, word in ((5, b"early"), (middle, b"middle"), (HEAD + 3 * TAIL, b"late")):
            file.seek(place)
            file.write(b"\n" + word + b"\n")
    reading = Reading(0)
    sought = tuple(Sought(word, once=False) for word in ("early", "middle", "late"))
    look_at(str(log), reading, sought, started_at=None, now=time.time())
    assert sorted(reading.seen) == ["early", "late"]


def test_a_pattern_may_name_the_ends_of_a_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a\nTraceback (most recent call last):\n")
    assert seen(log, Reading(0), Sought("^Traceback", once=True))
    assert not seen(log, Reading(0), Sought("^most", once=True))
