"""The journal: whole lines, on the disk, readable after any crash, without secrets."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from netctl.journal import FileJournal
from netctl.paying.intents import Intent, open_intents, spent_rao

pytestmark = pytest.mark.fast


class Noon:
    """A clock that stands still."""

    def now(self) -> float:
        return 1_795_348_800.25

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s here")


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "state" / "journal.jsonl", clock=Noon(), command="fleet up")


def intent(name: str, **changes: Any) -> dict[str, Any]:
    facts = {
        "hash": name,
        "signer": "5F",
        "nonce": 0,
        "first_block": 1,
        "last_block": 64,
        "genesis": "0x00",
        "call": "SubtensorModule.register_limit",
        "purpose": "register",
        "neuron": "miner_1",
        "amount_rao": 100,
        "fee_rao": 10,
    }
    return {**facts, **changes}


def test_a_line_says_what_when_by_whom_and_in_which_run(journal: FileJournal) -> None:
    journal.append("intent", **intent("0x01"))
    (entry,) = journal.entries()
    assert entry["kind"] == "intent"
    assert entry["hash"] == "0x01"
    assert entry["time"] == "2026-11-22T12:00:00.250Z"
    assert (entry["run"], entry["command"], entry["pid"]) == (journal.run, "fleet up", os.getpid())
    assert entry["host"]


def test_a_journal_that_is_not_there_is_empty(journal: FileJournal) -> None:
    assert journal.entries() == ()
    assert not journal.exists()


def test_only_the_owner_reads_it(journal: FileJournal) -> None:
    journal.append("intent")
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_every_line_is_synced_before_append_returns(journal: FileJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (real(handle), synced.append(os.fstat(handle).st_size))[1])
    journal.append("intent", hash="0x01")
    assert journal.path.stat().st_size in synced


def test_a_torn_last_line_hides_nothing_but_itself_at_any_byte(journal: FileJournal) -> None:
    journal.append("intent", **intent("0x01"))
    whole = journal.path.read_bytes()
    journal.append("intent", **intent("0x02"))
    both = journal.path.read_bytes()
    for end in range(len(whole), len(both)):
        journal.path.write_bytes(both[:end])
        torn_away = 0 if end == len(both) - 1 else int(end > len(whole))
        assert [entry["hash"] for entry in journal.entries()][:1] == ["0x01"]
        assert journal.torn == torn_away, end
        journal.append("intent", **intent("0x03"))
        assert [entry["hash"] for entry in journal.entries()][-1] == "0x03"
        assert journal.torn == torn_away, end


@pytest.mark.parametrize("rubbish", [b"\x00\x00\x00", b"[]", b'"text"', b"{}", b"\xff\xfe", b"null"])
def test_a_line_of_rubbish_is_counted_and_passed_over(journal: FileJournal, rubbish: bytes) -> None:
    journal.append("intent", **intent("0x01"))
    with journal.path.open("ab") as stream:
        stream.write(rubbish + b"\n")
    journal.append("intent", **intent("0x02"))
    assert [entry["hash"] for entry in journal.entries()] == ["0x01", "0x02"]
    assert journal.torn == 1


@pytest.mark.parametrize("name", ["mnemonic", "password", "coldkey_password", "secret_seed", "private_key"])
def test_a_secret_does_not_get_in(journal: FileJournal, name: str) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        journal.append("intent", **{name: "abandon abandon"})
    assert not journal.exists()


def test_an_intent_comes_back_as_it_went_in(journal: FileJournal) -> None:
    journal.append("intent", **intent("0x01"))
    assert open_intents(journal.entries()) == (Intent(**intent("0x01")),)
    assert json.loads(journal.path.read_text())["amount_rao"] == 100


@pytest.mark.parametrize(
    ("outcome", "spent"),
    [
        (None, 110),
        ({"result": "included", "fee_rao": 7}, 107),
        ({"result": "included", "fee_rao": 7, "moved_rao": 60}, 67),
        ({"result": "rejected", "fee_rao": 7, "code": "X"}, 7),
        ({"result": "rejected", "fee_rao": 0, "code": "Stale"}, 0),
        ({"result": "not_included"}, 0),
        ({"result": "unsent"}, 0),
        ({"result": "void"}, 0),
    ],
)
def test_what_was_spent_follows_from_the_outcomes(
    journal: FileJournal, outcome: dict[str, Any] | None, spent: int
) -> None:
    journal.append("intent", **intent("0x01"))
    if outcome is not None:
        journal.append("outcome", hash="0x01", **outcome)
    assert spent_rao(journal.entries()) == spent
    assert len(open_intents(journal.entries())) == int(outcome is None)


def test_a_transfer_to_ones_own_keys_spends_its_fee_alone(journal: FileJournal) -> None:
    journal.append("intent", **intent("0x01", purpose="fund", amount_rao=10**12))
    assert spent_rao(journal.entries()) == 10
    journal.append("outcome", hash="0x01", result="included", fee_rao=9)
    assert spent_rao(journal.entries()) == 9
