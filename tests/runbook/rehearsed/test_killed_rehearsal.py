"""The plan's day in a rehearsal, its runner killed ten times at random and taken up again: it ends the same."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.runbook.rehearsed.here import netctl

DAY = Path(__file__).parents[3] / "runbooks" / "day2.md"
KILLS = 10
SEED = 20261129
LONGEST_S = 1500

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(1800)]


def one_go(here: Path, *, killed_after_s: float | None) -> int | None:
    """Begin or go on with the day; its exit code, or None where it was killed."""
    command = [sys.executable, "-m", "netctl", "runbook", "run", str(DAY), "--rehearse", "--yes"]
    with (here / "told.txt").open("ab") as told:
        runner = subprocess.Popen(
            command,
            cwd=here,
            env={**os.environ, "HOME": str(here / "home")},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        return runner.wait(LONGEST_S if killed_after_s is None else killed_after_s)
    except subprocess.TimeoutExpired:
        runner.kill()
        runner.wait()
        return None


def test_a_day_killed_ten_times_ends_as_one_that_nobody_killed(place: Path) -> None:
    chance, began = random.Random(SEED), time.monotonic()
    for _ in range(KILLS):
        code = one_go(place, killed_after_s=chance.uniform(2, 45))
        assert code is None, (place / "told.txt").read_text()[-4000:]
    assert one_go(place, killed_after_s=None) == 0, (place / "told.txt").read_text()[-4000:]
    assert time.monotonic() - began < LONGEST_S

    runs = netctl(place, "runbook", "status", "--json").document
    assert [each["run"] for each in runs] == ["day2/1"], "each go went on with the same run"
    assert {step["result"] for step in runs[0]["steps"]} == {"done", "elsewhere"}
    assert (place / "day2-report.html").stat().st_size > 10_000
    assert paid(place) == {"fund": 5, "register": 5, "stake": 1}


def paid(here: Path) -> dict[str, int]:
    """How often what was paid for came to be, by its purpose; nothing came to be twice."""
    text = (here / ".netctl" / "day2-rehearsal" / "journal.jsonl").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    included = {each["hash"] for each in entries if each["kind"] == "outcome" and each["result"] == "included"}
    ends = [(each["purpose"], end) for each in entries if each.get("hash") in included for end in each.get("ends", ())]
    assert [end for end, times in Counter(ends).items() if times > 1] == []
    return dict(Counter(purpose for purpose, _ in ends))
