"""Whole rehearsals by the real program, judged: planted trouble is named, and one seed gives one verdict."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run
from tests.ports import free_ports
from tests.rehearsal.test_planted_fleet import playing, rehearsing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PROFILES = Path(__file__).parents[2] / "profiles"
NAMED = {
    "validators_evaluating": "validator_2",
    "weights_copied": "validator_2 sets the weights of validator_1",
    "miners_verified": "miner_3",
    "miners_with_duplicates": "miner_2",
    "miners_uploading": "miner_4",
    "slow_miners": "miner_5",
    "api_outage": "without an answer",
}
PLANTED = """
  trouble:
    miner_2: {duplicates: miner_4}
    miner_3: lies
    miner_4: {stops_uploading: after 10m}
    miner_5: {slow: 60s}
    validator_2: copies_weights
    api: {errors: {from: 30m, for: 1h}}
criteria:
  optimal:
    validators_evaluating: all
    weights_copied: none
    miners_verified: all
    miners_with_duplicates: none
    miners_uploading: {target: all, with: {gap: 1h}}
    slow_miners: none
    api_outage: "< 5m"
    duplicates_paid: none
    foreign_uploads: none
    naive_api: {metric: api_success, target: ">= 60%"}
"""


def checked(here: Path, *words: str) -> Any:
    """`netctl check --json`."""
    asked = ("check", "-p", "play.yaml", "--rehearse", "--json", *words)
    found = run(*asked, cwd=here, timeout_s=200, HOME=str(here / "home"))
    assert found.code in (0, 1), found.err
    return {check["name"]: check for check in found.document["checks"]}


def test_every_planted_trouble_is_found_and_named(tmp_path: Path) -> None:
    here = tmp_path / "here"
    with rehearsing(here, scale=100, validators=2, more=PLANTED):
        deadline = time.monotonic() + 240
        missing = set(NAMED)
        checks: dict[str, Any] = {}
        while missing:
            assert time.monotonic() < deadline, {name: checks[name] for name in missing}
            time.sleep(5)
            checks = checked(here)
            missing = {n for n, who in NAMED.items() if checks[n]["ok"] is not False or who not in checks[n]["why"]}
    for name in NAMED:
        assert checks[name]["evidence"], name
    assert [other for other in ("miner_1", "miner_4", "miner_5") if other in checks["miners_verified"]["why"]] == []
    assert checks["miners_with_duplicates"]["why"] == "duplicates of miner_2"
    assert checks["slow_miners"]["why"] == "slow: miner_5"
    assert checks["api_outage"]["naive"] == 0
    success = checks["naive_api"]
    assert success["naive"] > success["value"]
    assert checks["foreign_uploads"]["ok"] is True
    assert checks["duplicates_paid"]["ok"] is True
    assert checks["duplicates_paid"]["figures"]["evaluations with duplicates"] > 0


def at_first() -> str:
    """The minimum and optimal criteria of day2-geo, of the first 75 minutes of its day; none of how quick we are."""
    text = (PROFILES / "day2-geo.yaml").read_text(encoding="utf-8")
    asked = text[text.index("\ncriteria:") : text.index("\n  stretch:")]
    # A machine that is busy with other tests may be late; what is judged by the second is for one that is not.
    asked = re.sub(r"    evaluation_(?:cadence|duration):\n(?:      .*\n)+", "", asked)
    return re.sub(r"(      target: .*\n)", r"\1      window: first 75m\n", asked) + "\n"


def test_two_runs_of_one_seed_come_to_one_verdict_which_decides_everything(tmp_path: Path) -> None:
    """At 60 a busy machine misses no evaluation."""
    played = []
    for name in ("first", "second"):
        here = tmp_path / name
        with rehearsing(here, scale=60, validators=1, more="\n" + at_first()):
            played.append(checked(here, "--wait", "150s"))
    first, second = played
    assert {name: check["ok"] for name, check in first.items()} == {name: check["ok"] for name, check in second.items()}
    assert {name: check for name, check in first.items() if check["ok"] is None} == {}
    assert first["premium_scores"]["ok"] is True
    assert first["premium_scores"]["why"].startswith("miner_1 over")


def test_shared_ground_is_paid_less_by_the_byte_and_a_bare_check_of_it_ends_with_zero(tmp_path: Path) -> None:
    text = (PROFILES / "shared-ground.yaml").read_text(encoding="utf-8")
    ported = text.replace("defaults:\n", f"defaults:\n  first_port: {free_ports(1)[0]}\n", 1)
    here = tmp_path / "here"
    with playing(here, ported.replace("name: shared-ground", "name: play", 1)):
        asked = ("check", "-p", "play.yaml", "--rehearse", "--json", "--wait", "3m")
        found = run(*asked, cwd=here, timeout_s=240, HOME=str(here / "home"))
    assert found.code == 0, {check["name"]: check for check in found.document["checks"] if not check["ok"]}
    bonus = next(check for check in found.document["checks"] if check["name"] == "uniqueness_bonus")
    assert bonus["value"] > 1.3
