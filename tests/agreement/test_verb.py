"""`netctl validators`, on a store as the supervisor leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.cli import agreement_report
from netctl.store.database import FILE
from tests.cli.program import Ended, call
from tests.recorded import ADDRESSES, BEGIN, Book

PROFILE = """\
name: two
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
miners:
  - {name: "miner_{i}", count: 3, wallet: "w{i}", hotkey: h}
validators:
  - {name: "validator_{i}", count: 2, wallet: "v{i}", hotkey: h, stake: 310}
"""
WALLETS = {"miner_1": "w1", "miner_2": "w2", "miner_3": "w3", "validator_1": "v1", "validator_2": "v2"}
Netctl = Callable[..., Ended]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The store of a rehearsal with wallets, nothing in it yet; times are told in UTC."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    Path("two.yaml").write_text(PROFILE)
    state = tmp_path / "home" / "two-rehearsal"
    for name, wallet in WALLETS.items():
        public = state / "wallets" / wallet / "hotkeys" / "hpub.txt"
        public.parent.mkdir(parents=True)
        public.write_text(json.dumps({"ss58Address": ADDRESSES[name]}))
    return Book(state / FILE, pack="rehearsal")


@pytest.fixture
def netctl(book: Book, capsys: pytest.CaptureFixture[str]) -> Netctl:
    return lambda *words: call(capsys, "validators", "-p", "two.yaml", "--rehearse", *words)


def recorded(book: Book, *, copied: bool) -> None:
    """Five rounds; the second validator finds other scores, and sets what it found or what the first had set before."""
    book.seen(0, block=100)
    for number in range(5):
        at = 20.0 * number
        ones = {"miner_1": 10 + number, "miner_2": 30 - 2 * number, "miner_3": 60}
        others = {"miner_1": 20, "miner_2": 30, "miner_3": 50 + number}
        book.judged("validator_1", at + 1, ones)
        book.judged("validator_2", at + 2, others)
        book.asked("validator_1", at + 1, "miner_1", "77494", number)
        book.asked("validator_2", at + 2, "miner_1", "77494", number // 2)
        first = {miner: score / sum(ones.values()) for miner, score in ones.items()}
        found = {miner: score / sum(others.values()) for miner, score in others.items()}
        book.weights_set("validator_1", at + 3)
        book.weights_set("validator_2", at + 13)
        book.seen(at + 5, block=105 + 20 * number, weights={"validator_1": first})
        second = first if copied else found
        book.seen(at + 15, block=115 + 20 * number, weights={"validator_1": first, "validator_2": second})
    book.fed()


def test_it_reads_as_reviewed(book: Book, netctl: Netctl, golden: Callable[[str, str], None]) -> None:
    recorded(book, copied=False)
    ended = netctl()
    assert ended.code == 0
    golden("validators.txt", ended.out)


def test_a_copier_is_named_and_ends_it_with_one(book: Book, netctl: Netctl, golden: Callable[[str, str], None]) -> None:
    recorded(book, copied=True)
    ended = netctl()
    assert ended.code == 1
    golden("validators-copied.txt", ended.out)
    found = netctl("--json")
    assert (found.code, found.err, found.document["ok"]) == (1, "", False)
    (first, *_) = found.document["copying"]
    assert (first["validator"], first["source"], first["verdict"]) == ("validator_2", "validator_1", "copies")
    assert (first["rows"], first["lag_s"]) == (5, 10.0)


def test_of_many_validators_the_table_has_the_extremes(
    book: Book, netctl: Netctl, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement_report, "MOST_COLUMNS", 1)
    recorded(book, copied=False)
    golden("validators-many.txt", netctl().out)


def test_the_document_holds_what_the_text_says(book: Book, netctl: Netctl) -> None:
    recorded(book, copied=False)
    found = netctl("--json").document
    assert (found["fleet"], found["validators"]) == ("two-rehearsal", ["validator_1", "validator_2"])
    assert found["miners"][0]["scores"] == {"validator_1": 14.0, "validator_2": 20.0}
    assert found["commit_reveal"]["enabled"] is None, "the chain does not run"
    whole = found["samples"][0]
    # Five hours at the first, three at the second, which are among those.
    assert (whole["looked_at"], whole["common"], whole["jaccard"]) == ([5, 3], 3, 0.6)


def test_only_what_came_since_then_counts(book: Book, netctl: Netctl) -> None:
    from datetime import UTC, datetime

    recorded(book, copied=False)
    later = datetime.fromtimestamp(BEGIN + 60, UTC).isoformat()
    found = netctl("--json", "--since", later).document
    assert {each["count"] for each in found["verdicts"]} == {2}
    assert netctl("--since", "soon").code == 2
    too_late = netctl("--since", "1s")
    assert (too_late.code, too_late.out) == (2, "")
    assert "nothing was recorded after that" in too_late.err


def test_before_anything_was_recorded_it_says_so(book: Book, netctl: Netctl) -> None:
    assert netctl().code != 0
    book.fed()
    ended = netctl()
    assert (ended.code, ended.out) == (4, "")
    assert "nothing is recorded yet" in ended.err


def test_logs_from_elsewhere_name_miners_by_what_these_say_of_themselves(
    tmp_path: Path, netctl: Netctl, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Book(tmp_path / "old" / FILE, pack="rehearsal")
    old.path.parent.mkdir()
    old.said("old_miner", 0, "Running neuron on subnet: 428 with uid 1 using network: ws://127.0.0.1:9944.")
    old.judged("old_validator", 5, {"miner_1": 10, "miner_2": 30})
    for at in (10, 20):
        old.weights_set("old_validator", at)
    old.fed()
    logs = [str(old.path.with_name(f"{name}.log")) for name in ("old_miner", "old_validator")]
    for log, role in zip(logs, ("miner", "validator"), strict=True):
        assert call(capsys, "ingest", log, "--role", role, "-p", "two.yaml", "--rehearse").code == 0
    assert "set weights 2 times; nobody looked at the chain" in netctl().out
    assert [miner["name"] for miner in netctl("--json").document["miners"]] == ["old_miner", "uid 2"]
