"""Reading into the store, killed at any moment: each event is there once, as if one clean pass had read it all."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.store.dying import forked, write
from tests.store.signals import PACK, rows

ROOT = Path(__file__).parents[2]


def deaths(folder: Path, *words: str, timeout_s: float = 240) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.dying", str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 7, 20261128])
def test_killed_two_hundred_times_over_a_log_that_grows_and_is_rotated(tmp_path: Path, seed: int) -> None:
    found = deaths(tmp_path, "--kills", "200", "--seed", str(seed))
    assert found["problems"] == []
    assert found["deaths"] >= 200
    assert found["pairs"] >= 20
    assert found["archives"] >= 10
    assert found["read_by_the_dead"] >= 1000


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_over_a_log_from_elsewhere(tmp_path: Path) -> None:
    found = deaths(tmp_path, "--kills", "100", "--seed", "3", "--foreign")
    assert found["problems"] == []
    assert found["read_by_the_dead"] >= 1000


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_before_each_statement_of_sql(tmp_path: Path) -> None:
    found = deaths(tmp_path, "--every-statement")
    assert found["problems"] == []
    assert found["deaths"] >= 60
    assert found["events"] >= 40


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_command_killed_over_a_log_that_grows(tmp_path: Path) -> None:
    chance = random.Random(5)
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "pack.yaml").write_text(PACK)
    log = tmp_path / "validator.log"
    log.touch()

    def reading(store: str) -> subprocess.Popen[bytes]:
        words = ["ingest", str(log), "--role", "validator", "--pack", "./trial", "--store", store]
        return subprocess.Popen(
            [sys.executable, "-m", "netctl", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    writer, deaths, begun, had = forked(lambda: write(log, 5)), 0, 0, 0
    deadline = time.monotonic() + 120
    try:
        while deaths < 10 or begun < 3:
            assert time.monotonic() < deadline, f"{deaths} deaths, {begun} of them while it read"
            reader = reading("killed.db")
            with suppress(subprocess.TimeoutExpired):
                reader.wait(0.2 + 0.6 * chance.random())
            reader.kill()
            died = reader.wait() == -signal.SIGKILL
            deaths += died
            before, had = had, len(rows(tmp_path / "killed.db"))
            begun += died and had > before
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    time.sleep(0.1)
    assert reading("killed.db").wait(60) == 0
    assert reading("clean.db").wait(60) == 0
    assert len(rows(tmp_path / "clean.db")) > 1000
    assert rows(tmp_path / "killed.db") == rows(tmp_path / "clean.db")
