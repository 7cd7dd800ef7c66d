"""`netctl budget`, and what a plan says of limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.cli.budget_found import budget_notes
from netctl.cli.selection import Words, load_fleet
from netctl.store.database import FILE
from tests.cli.program import Ended, call
from tests.recorded import Book

PROFILE = """\
name: keyed
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
defaults:
  env: {MINER_EVAL_PERIOD_MINUTES: 5}
  strategy: {strategy: premium, target_zipcodes: ["77494"], scrape_frequency: 600}
miners:
  - {name: "miner_{i}", count: 3, wallet: "w{i}", hotkey: "h{i}"}
  - {name: miner_4, wallet: w4, hotkey: h4, env: {RAPIDAPI_KEY: $OWN_KEY}}
validators:
  - {name: validator_1, wallet: v, hotkey: v, stake: 310}
api_keys:
  - variable: RAPIDAPI_KEY
    keys: [$KEY_1, $KEY_2]
    limit: 100000
    per: 30d
"""
SECRETS = {"KEY_1": "first-secret-value", "KEY_2": "second-secret-value", "OWN_KEY": "third-secret-value"}


@pytest.fixture
def netctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    Path("keyed.yaml").write_text(PROFILE)
    return lambda *words: call(capsys, *words, "-p", "keyed.yaml")


def test_keys_are_dealt_out_in_turn_but_not_to_who_has_one(netctl: Callable[..., Ended]) -> None:
    found = netctl("budget", "--json")
    keys = found.document["keys"]
    assert [(key["reference"], key["neurons"]) for key in keys] == [
        ("$KEY_1", ["miner_1", "miner_3"]),
        ("$KEY_2", ["miner_2", "validator_1"]),
        ("$OWN_KEY", ["miner_4"]),
    ]
    # 4 miners x 4 calls x 288 and 2 x 144 a day are 4896, of 100000 in 30 days.
    assert (found.code, keys[1]["verdict"], keys[1]["a_day"]) == (1, "runs out", 4896)
    assert keys[1]["runs_out_in_s"] == pytest.approx(100_000 / 4896 * 86_400)


def test_it_reads_as_reviewed_and_shows_no_key(
    netctl: Callable[..., Ended], golden: Callable[[str, str], None]
) -> None:
    ended = netctl("budget")
    golden("budget.txt", ended.out)
    everything = ended.out + ended.err + netctl("budget", "--json").out
    assert [value for value in SECRETS.values() if value in everything] == []


def test_what_was_recorded_comes_over_what_is_expected(netctl: Callable[..., Ended], tmp_path: Path) -> None:
    """A rehearsal's own time runs 60 times as fast: six pages in the last 50 seconds are 172.8 a day of it."""
    state = tmp_path / "home" / "keyed-rehearsal"
    state.mkdir(parents=True)
    book = Book(state / FILE, pack="rehearsal")
    for at in (0, *range(50, 100, 10), 100):
        book.said("miner_1", at, "Scraping 77449 for ForSale properties: Houses", "DEBUG")
    book.fed()
    ended = netctl("budget", "--rehearse", "--json")
    first = ended.document["neurons"][0]
    assert (first["name"], first["used"]) == ("miner_1", 0), "the last thirty days of its own time are half of a day"
    assert first["measured_a_day"] == pytest.approx(6 * 86_400 / (50 * 60))
    assert (ended.document["real"], ended.document["time_scale"]) == (False, 60)


def test_a_plan_warns_of_limits_that_do_not_last(netctl: Callable[..., Ended]) -> None:
    (note,) = budget_notes(load_fleet(Path("keyed.yaml"), Words(network="local")))
    assert "RapidAPI runs out in 20d10h at 4896 calls a day, of 100000 in 30d" in note


def test_a_plan_is_not_held_up_by_a_store_that_is_none(netctl: Callable[..., Ended], tmp_path: Path) -> None:
    state = tmp_path / "home" / "keyed-local"
    state.mkdir(parents=True)
    (state / FILE).write_text("no database, but longer than the head of one" * 9)
    (note,) = budget_notes(load_fleet(Path("keyed.yaml"), Words(network="local")))
    assert "how long RapidAPI lasts is not told" in note


def test_a_plan_of_a_rehearsal_warns_of_nothing_since_nothing_is_called(netctl: Callable[..., Ended]) -> None:
    assert budget_notes(load_fleet(Path("keyed.yaml"), Words(rehearse=True))) == ()
    assert netctl("budget", "--rehearse").code == 1
