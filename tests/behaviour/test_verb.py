"""`netctl strategies`, on a store as the supervisor leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.store.database import FILE
from tests.cli.program import Ended, call
from tests.recorded import ADDRESSES, Book

PROFILE = """\
name: ways
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
miners:
  - {name: "miner_{i}", count: 3, wallet: "w{i}", hotkey: h}
validators:
  - {name: validator_1, wallet: v, hotkey: h, stake: 310}
"""
EVERYWHERE = ("10001", "59901", "83843", "57701", "94110", "98052", "77494", "90250", "58501", "82001")
Netctl = Callable[..., Ended]


@pytest.fixture
def netctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Netctl:
    """On a rehearsal of eighty rounds: miner_1 turns to premium zipcodes and is paid more, miner_2 stops."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    Path("ways.yaml").write_text(PROFILE)
    state = tmp_path / "home" / "ways-rehearsal"
    for number in (1, 2, 3):
        public = state / "wallets" / f"w{number}" / "hotkeys" / "hpub.txt"
        public.parent.mkdir(parents=True)
        public.write_text(json.dumps({"ss58Address": ADDRESSES[f"miner_{number}"]}))
    book = Book(state / FILE, pack="rehearsal")
    book.seen(0, block=100, incentives={"miner_1": 0.3, "miner_2": 0.7})
    book.seen(450, block=1900, incentives={"miner_1": 0.6, "miner_2": 0.4})
    book.seen(800, block=3300, incentives={"miner_1": 0.9, "miner_2": 0.1})
    for number in range(80):
        at = 10.0 * number
        for page in range(3):
            place = EVERYWHERE[(3 * number + page) % 10]
            turned = ("77494", "08701", "77449")[page] if number >= 40 else place
            book.said("miner_1", at + 1, f"Found {20 + page} properties in {turned}", "DEBUG")
            if number < 60:
                book.said("miner_2", at + 1, f"Found 20 properties in {place}", "DEBUG")
        book.said("miner_1", at + 2, "Successfully scraped 63 real estate entities", "SUCCESS")
        if number < 60:
            book.said("miner_2", at + 2, "Successfully scraped 60 real estate entities", "SUCCESS")
    book.fed()
    return lambda *words: call(capsys, "strategies", "-p", "ways.yaml", "--rehearse", *words)


def test_it_reads_as_reviewed(netctl: Netctl, golden: Callable[[str, str], None]) -> None:
    ended = netctl()
    assert ended.code == 0
    golden("strategies.txt", ended.out)


def test_the_document_tells_changes_next_to_pay_and_every_slice(netctl: Netctl) -> None:
    found = netctl("--json", "--slices", "16").document
    by_name = {miner["name"]: miner for miner in found["miners"]}
    (turn,) = by_name["miner_1"]["changes"]
    assert (turn["what"], turn["after"]) == ("mix", {"premium": 1.0})
    assert turn["before"]["premium"] == pytest.approx(0.1, abs=0.02)
    assert turn["incentive"]["before"] < turn["incentive"]["after"]
    assert {change["what"] for change in by_name["miner_2"]["changes"]} == {"cadence", "volume"}
    assert all(change["after"] == 0 for change in by_name["miner_2"]["changes"])
    assert [len(miner["slices"]) for miner in found["miners"]] == [16, 16, 0]
    # The third round looks at the place of the list that is premium.
    assert (found["first_to_find_premium"], by_name["miner_1"]["first_premium"]["after_s"]) == ("miner_1", 20)
    assert by_name["miner_1"]["first_premium"]["block"] == 184
    assert by_name["miner_3"]["first_premium"]["zipcode"] is None


def test_without_the_subnets_list_tiers_are_not_told_and_the_rest_is(
    netctl: Netctl, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "home" / "ways-rehearsal").rename(tmp_path / "home" / "ways")
    ended = call(capsys, "strategies", "-p", "ways.yaml", "--json")
    assert ended.code == 0
    assert "tiers and regions are not told" in ended.err
    assert ended.document["premium"]["share_of_list"] is None
    assert set(ended.document["miners"][0]["slices"][-1]["kinds"]) == {"premium"}


def test_of_a_miner_from_elsewhere_its_lines_are_told_and_no_block(
    tmp_path: Path, netctl: Netctl, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Book(tmp_path / "old" / FILE, pack="rehearsal")
    old.path.parent.mkdir()
    for number in range(9):
        old.said("old_1", 10.0 * number, "Found 20 properties in 77494", "DEBUG")
        old.said("old_1", 10.0 * number + 2, "Successfully scraped 60 real estate entities", "SUCCESS")
    old.fed()
    log = str(old.path.with_name("old_1.log"))
    assert call(capsys, "ingest", log, "--role", "miner", "-p", "ways.yaml", "--rehearse").code == 0
    by_name = {miner["name"]: miner for miner in netctl("--json").document["miners"]}
    first = by_name["old_1"]["first_premium"]
    assert (first["zipcode"], first["block"]) == ("77494", None)
    assert sum(each["rounds"] for each in by_name["old_1"]["slices"]) == 9
    assert by_name["miner_1"]["first_premium"]["block"] is not None
