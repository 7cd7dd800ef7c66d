"""`netctl logs` as it is typed, on logs that neurons of every kind have written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from netctl.cli import main
from netctl.logs import LogPolicy, rotate_due
from netctl.logs.heads import machine_zone
from tests.cli.program import Ended, call, small_profile
from tests.logs.test_rotation import a_writer
from tests.logs.writing import lines
from tests.sessions.conftest import wait_until

ROOT = Path(__file__).parents[2]


def resi(ago: timedelta, level: str, text: str) -> str:
    """A line as RESI's neurons write it, so long ago."""
    moment = f"{datetime.now(machine_zone()) - ago:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    return f"\x1b[34m{moment}\x1b[39m | \x1b[1m{level:^16}\x1b[0m | bittensor:miner.py:1 | {text}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a profile of a miner and a validator, and their logs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(small_profile())
    logs = tmp_path / ".netctl" / "small" / "logs"
    logs.mkdir(parents=True)
    minutes = [timedelta(minutes=minute) for minute in (90, 30, 20, 5, 1)]
    (logs / "miner_1.log").write_text(
        resi(minutes[0], "INFO", "Miner starting")
        + resi(minutes[1], "DEBUG", "Scraping 77449")
        + resi(minutes[2], "ERROR", "Error scraping 77449")
        + "Traceback (most recent call last):\n  KeyError: 4\n"
        + resi(minutes[4], "SUCCESS", "Successfully scraped 24 \0\x1b[2J")
    )
    (logs / "validator_1.log").write_text(resi(minutes[3], "WARNING", "Skipping weight setting"))
    (logs / "miner_1.err.log").write_bytes(b"bad bytes \xff\xfe\n")
    (logs / "validator_1.err.log").touch()
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], words: str) -> Ended:
    return call(capsys, "logs", *words.split(), "-p", "small.yaml")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["Miner starting", "Scraping 77449", "Error scraping 77449", "Traceback (most", "  KeyError: 4"]),
        ("miner_1 -n 2", ["  KeyError: 4", "Successfully scraped 24 "]),
        ("miner_1 --level error", ["Error scraping 77449", "Traceback (most", "  KeyError: 4"]),
        ("--level WARNING", ["Error scraping 77449", "Traceback (most", "  KeyError: 4", "Skipping weight setting"]),
        (
            "miner_1 --since 40m",
            ["Scraping 77449", "Error scraping 77449", "Traceback (most", "  KeyError: 4", "Succe"],
        ),
        ("miner_1 --since 40m --until 25m", ["Scraping 77449"]),
        ("miner_1 --since 40m -n 1", ["Successfully scraped"]),
        ("miner_1 --until 25m", ["Miner starting", "Scraping 77449"]),
        ("miner_1 --grep 77449 --grep starting", ["Miner starting", "Scraping 77449", "Error scraping 77449"]),
        ("miner_1 --grep SCRAPING -i", ["Scraping 77449", "Error scraping 77449"]),
        ("miner_1 --grep SCRAPING", []),
        ("--since 10m", ["Skipping weight setting", "Successfully scraped"]),
    ],
)
def test_lines_are_chosen(place: Path, capsys: pytest.CaptureFixture[str], words: str, expected: list[str]) -> None:
    ended = shown(capsys, words)
    assert ended.code == 0
    found = ended.out.splitlines()
    assert len(found) == len(expected) or (words == "" and len(found) == 7)
    assert all(wanted in line for wanted, line in zip(expected, found, strict=False)), found


def test_each_line_is_one_json_object(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [json.loads(line) for line in shown(capsys, "miner_1 --level ERROR --json").out.splitlines()]
    assert [set(document) for document in documents] == [
        {"name", "stream", "time", "level", "continued", "text", "line"}
    ] * 3
    first, second, _ = documents
    moment = (datetime.now(machine_zone()) - timedelta(minutes=20)).timestamp()
    assert datetime.fromisoformat(first["time"]).timestamp() == pytest.approx(moment, abs=30)
    assert first["time"].endswith("Z")
    assert (first["name"], first["stream"], first["level"]) == ("miner_1", "stdout", "ERROR")
    assert (first["continued"], first["text"]) == (False, "Error scraping 77449")
    assert first["line"].endswith("| bittensor:miner.py:1 | Error scraping 77449")
    assert (second["continued"], second["level"], second["time"]) == (True, "ERROR", first["time"])
    assert second["text"] == second["line"] == "Traceback (most recent call last):"


def test_both_streams_are_told_apart(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "miner_1 --all").out.splitlines()
    assert [line.split("|")[0].strip() for line in found] == ["miner_1"] * 6 + ["miner_1 err"]
    assert found[-1].endswith("bad bytes \ufffd\ufffd")
    assert shown(capsys, "miner_1 --err").out == "bad bytes \ufffd\ufffd\n"


def test_nothing_in_a_log_moves_the_terminal(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "miner_1 -n 1").out.endswith("Successfully scraped 24 \u2400\u241b[2J\n")


def test_raw_is_what_was_written(place: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["logs", "miner_1", "--all", "--raw", "-p", "small.yaml"]) == 0
    logs = place / ".netctl" / "small" / "logs"
    assert (
        capsysbinary.readouterr().out == (logs / "miner_1.log").read_bytes() + (logs / "miner_1.err.log").read_bytes()
    )


def test_what_was_rotated_is_read_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = place / ".netctl" / "small" / "logs" / "miner_1.log"
    with log.open("a") as file:
        file.write(resi(timedelta(0), "INFO", "x" * 230_000))
    assert rotate_due([log], LogPolicy(100_000, 5))
    assert log.stat().st_size < 100_000
    assert "Miner starting" in shown(capsys, "miner_1").out
    assert len(shown(capsys, "miner_1 -n 1").out) > 230_000


def test_logs_that_are_not_there_are_named_at_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (place / ".netctl" / "small" / "logs").iterdir():
        path.unlink()
    assert "miner_1 has written no log yet" in shown(capsys, "").err
    assert shown(capsys, "").out == ""


@contextmanager
def following(place: Path, out: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real `netctl logs -f` whose output goes to a file."""
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "netctl", "logs", "-f", "-p", "small.yaml", *words],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.PIPE,
        )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[1] == b""
        assert process.returncode == 130
    finally:
        process.kill()
        process.wait()


def test_a_follower_sees_every_line_once_while_rotation_runs(place: Path) -> None:
    log = place / ".netctl" / "small" / "logs" / "miner_1.log"
    log.unlink()
    out = place / "followed"
    count = 30_000
    with following(place, out, "miner_1", "--raw", "--since", "1h") as follower:
        with a_writer(log, str(count), "300", "0.01") as writer:
            rotations = 0
            while writer.poll() is None:
                rotations += len(rotate_due([log], LogPolicy(500_000, 1000)))
                # Held still for a part of the time, it has to find in archives what it missed.
                follower.send_signal(signal.SIGSTOP if rotations in (2, 3) else signal.SIGCONT)
                time.sleep(0.02)
        follower.send_signal(signal.SIGCONT)
        size = sum(map(len, lines(count)))
        wait_until(lambda: out.stat().st_size >= size, "the follower has told all")
    assert rotations >= 3
    assert out.read_bytes() == b"".join(lines(count))


def test_many_followed_neurons_come_in_the_order_of_time(place: Path) -> None:
    """Two processes take turns, so that the order is certain; the third line of a record has no stamp."""
    logs = place / ".netctl" / "small" / "logs"
    out = place / "followed"
    with following(place, out, "--grep", "turn", "-n", "0"):
        wait_until(lambda: _follows(logs, out), "it follows")
        for turn in range(300):
            for name in ("validator_1", "miner_1"):
                moment = f"{datetime.now(machine_zone()):%Y-%m-%d %H:%M:%S.%f}"
                with (logs / f"{name}.log").open("a") as file:
                    file.write(f"{moment} | INFO | turn {turn:03}\n  turn {turn:03} goes on\n")
            time.sleep(0.001)
        wait_until(lambda: "turn 299 goes on" in out.read_text().splitlines()[-1:][0], "it has told all")
    found = [line.partition("turn ")[2][:3] for line in out.read_text().splitlines() if "first turn" not in line]
    names = [line.split()[0] for line in out.read_text().splitlines() if "first turn" not in line]
    assert found == [f"{turn:03}" for turn in range(300) for _ in range(4)]
    assert names == ["validator_1", "validator_1", "miner_1", "miner_1"] * 300


def _follows(logs: Path, out: Path) -> bool:
    with (logs / "miner_1.log").open("a") as file:
        file.write("first turn\n")
    time.sleep(0.1)
    return out.stat().st_size > 0


def test_a_follower_ends_when_nobody_reads_it_any_more_though_nothing_is_said(place: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "netctl", "logs", "-f", "-p", "small.yaml", "miner_1"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_head_is_no_error(place: Path) -> None:
    log = place / ".netctl" / "small" / "logs" / "miner_1.log"
    log.write_text("".join(resi(timedelta(0), "INFO", f"line {number}") for number in range(50_000)))
    command = f'"{sys.executable}" -m netctl logs miner_1 -p small.yaml --since 1h; echo $? >&2'
    done = subprocess.run(
        ["/bin/sh", "-c", f"({command}) | head -1"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("line 0\n")
    assert done.stderr == "0\n"
