"""`netctl ingest` as it is typed: logs made elsewhere, of every kind and condition."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from tests.cli.program import Ended, call, small_profile
from tests.store.signals import PACK, rows, stamped

UIDS = "SELECT name, uid FROM events JOIN sources ON sources.id = source ORDER BY source, events.offset"


def scored(*uids: int) -> str:
    return "".join(stamped(uid, "SUCCESS", f"Evaluated Miner {uid}. Score=1.5. Credibility=0.5.") for uid in uids)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "pack.yaml").write_text(PACK)
    (tmp_path / "validator.log").write_text(scored(1, 2))
    return tmp_path


@pytest.fixture
def fleet(place: Path) -> Path:
    """A profile of a miner and a validator with the pack of the tests, and the fleet's state directory."""
    (place / "small.yaml").write_text(small_profile().replace("pack: resi", "pack: ./trial"))
    return place / ".netctl" / "small"


def ingest(capsys: pytest.CaptureFixture[str], words: str) -> Ended:
    return call(capsys, "ingest", *words.split(), "--pack", "./trial", "--store", "own.db")


def test_a_log_is_read_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ingest(capsys, "validator.log --role validator")
    assert first.code == 0
    assert f"{place}/validator.log: 2 lines read, 2 events of validator validator\n" in first.out
    assert "evaluated  2" in first.out
    again = ingest(capsys, "validator.log --role validator")
    assert (again.code, again.out.splitlines()[0]) == (0, f"{place}/validator.log: nothing new")
    assert rows(place / "own.db", UIDS) == [("validator", 1), ("validator", 2)]
    assert (place / "own.db").stat().st_mode & 0o777 == 0o600


def test_the_document_has_what_the_sentences_say(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "validator.log").write_text(scored(1) + scored(2)[:-1])
    found = ingest(capsys, "validator.log --role validator --json").document
    assert (found["ok"], found["events"], found["store"]) == (True, 1, str(place / "own.db"))
    (file,) = found["files"]
    assert file["path"] == str(place / "validator.log")
    assert (file["name"], file["role"], file["pack"], file["stream"]) == ("validator", "validator", "trial", "stdout")
    assert (file["lines"], file["signals"], file["last_line_open"]) == (1, {"evaluated": 1}, True)


def test_a_dry_run_counts_and_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(place.rglob("*"))
    told = ingest(capsys, "validator.log --role validator --dry-run")
    assert "2 lines would be read, 2 events" in told.out
    assert sorted(place.rglob("*")) == before
    ingest(capsys, "validator.log --role validator")
    (place / "validator.log").write_text(scored(1, 2, 3))
    assert "1 line would be read, 1 event " in ingest(capsys, "validator.log --role validator --dry-run").out
    assert len(rows(place / "own.db", UIDS)) == 2


def test_files_that_cannot_be_read_are_told_and_the_others_are_read(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "picture.log").write_bytes(bytes(range(256)) * 40)
    (place / "cut.log.gz").write_bytes(gzip.compress(os.urandom(1000).hex().encode() * 100)[:-900])
    os.mkfifo(place / "pipe.log")
    (place / "locked.log").write_text("x\n")
    (place / "locked.log").chmod(0)
    names = "nowhere.log trial picture.log cut.log.gz pipe.log validator.log --role validator"
    told = ingest(capsys, names)
    assert told.code == 1
    for said in ("nowhere.log is not there", "trial is a directory", "picture.log is no text", "pipe.log is no file"):
        assert f"error: {place}/{said}\nhint: " in told.err
    assert f"error: {place}/cut.log.gz " in told.err
    assert "2 lines read, 2 events" in told.out
    found = ingest(capsys, f"{names} --json").document
    assert found["ok"] is False
    assert [bool(file["error"]) for file in found["files"]] == [False, True, True, True, True, True]
    if os.geteuid():
        assert "locked.log cannot be read" in ingest(capsys, "locked.log --role validator").err


def test_a_log_that_was_renamed_packed_or_copied_is_known_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = place / "validator.log"
    ingest(capsys, "validator.log --role validator")
    with log.open("a") as file:
        file.write(scored(3))
    log.rename(place / "validator.log.1")
    log.write_text(scored(4, 5))
    (place / "copy.log.gz").write_bytes(gzip.compress(scored(1, 2, 3).encode()))
    told = ingest(capsys, "validator.log validator.log.1 copy.log.gz --role validator").out.splitlines()
    assert told[0] == f"{log}: another log than was here before; 2 lines read, 2 events of validator validator"
    assert told[1].endswith(f"the same log as {log}, read before; 1 line read, 1 event of validator validator")
    assert told[2].endswith(f"the same log as {log}.1, read before; nothing new")
    assert sorted(rows(place / "own.db", UIDS)) == [("validator", uid) for uid in (1, 2, 3, 4, 5)]


def test_a_copy_by_another_name_is_another_neurons(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "two.log").write_text(scored(1, 2))
    ingest(capsys, "validator.log --role validator")
    ingest(capsys, "two.log --role validator --name other")
    assert rows(place / "own.db", UIDS) == [(name, uid) for name in ("validator", "other") for uid in (1, 2)]


def test_again_reads_it_anew_and_as_something_else(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ingest(capsys, "validator.log --role validator")
    refused = ingest(capsys, "validator.log --role miner")
    assert refused.code == 1
    assert "was read before as validator, a validator of pack trial" in refused.err
    assert "--again" in refused.err
    assert ingest(capsys, "validator.log --role validator --name v2 --again").code == 0
    assert rows(place / "own.db", UIDS) == [("v2", 1), ("v2", 2)]


def test_again_of_a_longer_copy_doubles_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "longer.log").write_text(scored(1, 2, 3))
    for more in ("", " --again", " --again"):
        ingest(capsys, f"validator.log longer.log --role validator{more}")
        assert [uid for _, uid in rows(place / "own.db", UIDS)] == [1, 2, 3]


def test_without_options_it_goes_to_the_fleet_whose_neurons_it_knows(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("validator_1.log").write_text(scored(7))
    told = call(capsys, "ingest", "validator_1.log", "-p", "small.yaml")
    assert (told.code, told.err) == (0, "")
    assert rows(fleet / "metrics.db", UIDS) == [("validator_1", 7)]
    unknown = call(capsys, "ingest", "validator.log", "-p", "small.yaml")
    assert (unknown.code, "hint: add --role" in unknown.err) == (2, True)


def test_the_fleets_own_log_is_read_as_its_supervisor_reads_it(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = fleet / "logs" / "validator_1.log"
    own.parent.mkdir(parents=True)
    own.write_text(scored(7))
    for _ in range(2):
        assert call(capsys, "ingest", str(own), "-p", "small.yaml").code == 0
    assert rows(fleet / "metrics.db", "SELECT foreign_file, path FROM sources") == [(0, str(own))]
    assert rows(fleet / "metrics.db", UIDS) == [("validator_1", 7)]
    refused = call(capsys, "ingest", str(own), "-p", "small.yaml", "--again")
    assert (refused.code, "whose supervisor reads it" in refused.err) == (2, True)


def test_a_store_that_is_none_is_left_as_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "own.db").write_text("something else, and long enough to be looked at as a database of some kind " * 20)
    before = (place / "own.db").read_bytes()
    told = ingest(capsys, "validator.log --role validator")
    assert (told.code, "own.db cannot be used" in told.err) == (1, True)
    assert (place / "own.db").read_bytes() == before


def test_nothing_to_look_for_without_a_fleet_and_a_pack(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = call(capsys, "ingest", "validator.log", "--role", "validator", "--store", "own.db")
    assert (told.code, "hint: name it with --pack" in told.err) == (2, True)
    assert not (place / "own.db").exists()
