"""What validators have asked for, from their own log lines by way of the store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from netctl.coverage.validated import Asked, Naming, validated_of
from netctl.pack_model import Validation
from netctl.signals.spec import Signal
from netctl.store.database import change, looked_into, opened
from netctl.store.feeding import Feeder, LogSource
from netctl.store.naming import uids_of, zipcodes_named
from tests.coverage.made import universe

pytestmark = pytest.mark.fast

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
BUCKET = "Bucket ID: time_bucket=TimeBucket(id=498708) source=4 label=DataLabel(value='zip:{}')"
BUCKET_MATCH = r"Bucket ID: .*label=DataLabel\(value='(?:zip:(?P<zipcode>\d{5})|[^']*)'\)"
FIELDS = {"hotkey": {"kind": "hotkey"}, "zipcode": {"kind": "zipcode"}}
STAMP = "2026-11-28 12:00:0{}.000 |       INFO       | bittensor:miner_evaluator.py:145 | "
SIGNALS = (
    Signal(
        name="bucket_query",
        match=rf"(?P<hotkey>5\w{{47}}): Querying {BUCKET_MATCH}",
        fields=FIELDS,  # type: ignore[arg-type]
        means="a bucket is asked for",
        examples=(f"{ALICE}: Querying {BUCKET.format('08701')}.",),
    ),
    Signal(
        name="bucket_passed",
        match=rf"(?P<hotkey>5\w{{47}}): Basic validation on {BUCKET_MATCH} passed",
        fields=FIELDS,  # type: ignore[arg-type]
        means="the answer was good",
        examples=(f"{ALICE}: Basic validation on {BUCKET.format('08701')} passed.",),
    ),
    Signal(
        name="bucket_bad",
        match=rf"(?P<hotkey>5\w{{47}}): Miner returned an invalid/failed response for {BUCKET_MATCH}",
        fields=FIELDS,  # type: ignore[arg-type]
        means="the answer was not good",
        examples=(f"{ALICE}: Miner returned an invalid/failed response for {BUCKET.format('08701')}.",),
    ),
)
LINES = [
    f"{ALICE}: Querying {BUCKET.format('08701')}.",
    f"{ALICE}: Miner returned an invalid/failed response for {BUCKET.format('08701')}.",
    f"{ALICE}: Basic validation on {BUCKET.format('08701')} passed.",
    f"{ALICE}: Querying {BUCKET.format('08701')}.",
    f"{BOB}: Querying {BUCKET.format('77494')}.",
    f"{ALICE}: Querying {BUCKET.format('unknown')}.",
]
SPEC = Validation(asked=("bucket_query",), passed=("bucket_passed",), refused=("bucket_bad",))
WHERE = {signal.name: "zipcode" for signal in SIGNALS}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that a validator's log and a miner's, which says the same words, were fed to."""
    path = tmp_path / "metrics.db"
    for role in ("validator", "miner"):
        log = tmp_path / f"{role}.log"
        log.write_text("".join(f"{STAMP.format(at)}{line}\n" for at, line in enumerate(LINES)))
        with opened(path) as connection:
            source = LogSource(f"{role}_1", role, "resi", "stdout", log)  # type: ignore[arg-type]
            Feeder(connection, {"validator": SIGNALS, "miner": SIGNALS}).feed(source, now=0.0)
    return path


def test_only_what_a_validator_says_counts_and_a_leading_zero_stays(store: Path) -> None:
    with looked_into(store) as connection:
        namings = zipcodes_named(connection, WHERE)
    assert {(n.validator, n.signal, n.zipcode, n.hotkey, n.count) for n in namings} == {
        ("validator_1", "bucket_query", "08701", ALICE, 2),
        ("validator_1", "bucket_passed", "08701", ALICE, 1),
        ("validator_1", "bucket_bad", "08701", ALICE, 1),
        ("validator_1", "bucket_query", "77494", BOB, 1),
    }


def test_a_miner_is_known_by_its_hotkey(store: Path) -> None:
    with looked_into(store) as connection:
        namings = zipcodes_named(connection, WHERE)
    found = validated_of(namings, {ALICE}, (), SPEC, universe())
    alice = found.zipcodes["08701"]
    assert (alice.asked, alice.passed, alice.refused, alice.validators) == (2, 1, 1, ("validator_1",))
    assert (found.asked, found.passed, found.refused) == (1, 1, 1)
    # A log's stamps are of the local clock; its last line of that zipcode is the fourth.
    assert alice.last_s == datetime(2026, 11, 28, 12, 0, 3).timestamp()  # noqa: DTZ001 - local is meant
    bob = validated_of(namings, {BOB}, (), SPEC, universe())
    assert (list(bob.zipcodes), bob.asked, bob.passed, bob.refused) == (["77494"], 1, 0, 0)


def test_a_pack_that_does_not_say_what_passed_tells_what_was_asked_for(store: Path) -> None:
    with looked_into(store) as connection:
        found = validated_of(zipcodes_named(connection, WHERE), {ALICE}, (), None, universe())
    assert (found.asked, found.passed, found.refused) == (1, None, 0)


def test_a_line_without_a_hotkey_is_of_the_uid_that_it_names() -> None:
    named = Naming("v1", "bucket_query", "08701", None, 3, 5, 9.0)
    assert validated_of([named], {ALICE}, (3,), SPEC, universe()).zipcodes == {
        "08701": Asked("08701", 5, 0, 0, ("v1",), 9.0)
    }
    assert validated_of([named], {ALICE}, (4,), SPEC, universe()).zipcodes == {}
    other = Naming("v1", "bucket_query", "08701", BOB, 3, 5, 9.0)
    assert validated_of([other], {ALICE}, (3,), SPEC, universe()).zipcodes == {}


def test_a_uid_is_whose_it_was_at_the_last_look(tmp_path: Path) -> None:
    with opened(tmp_path / "metrics.db") as connection:
        with change(connection):
            rows = [(3, 1.0, ALICE), (4, 1.0, BOB), (3, 2.0, BOB)]
            connection.executemany("INSERT INTO uids (uid, time, block, hotkey) VALUES (?, ?, 1, ?)", rows)
        assert (uids_of(connection, ALICE), uids_of(connection, BOB)) == ((), (3, 4))
