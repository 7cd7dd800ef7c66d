"""What miners upload, and what a validator finds when it looks through it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from netctl.rehearsal.api import Api, CallCounter
from netctl.rehearsal.day import OPENING_S, Day
from netctl.rehearsal.inspection import ValidationResult, validate
from netctl.rehearsal.mischief import Copier, Liar
from netctl.rehearsal.protocol import BucketId, Entity
from netctl.rehearsal.rounds import Rounds
from netctl.rehearsal.scraper import Scraper
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import Strategy
from netctl.rehearsal.trouble import ApiTrouble, Trouble
from netctl.rehearsal.uploader import Uploader
from netctl.rehearsal.uploads import Bucket, Roster
from netctl.rehearsal.uploads_check import UploadsVerdict, check_uploads
from netctl.rehearsal.world import World

pytestmark = pytest.mark.fast
WORLD = World(428)
DAY = Day(75.0, 0.0)
RURAL = ("59901", "83843", "57701", "58501", "82001")
PREMIUM = ("77494", "08701")
OUTAGE = ApiTrouble(errors=(3_600.0, 4_200.0))


def mined(
    place: Path, name: str, zipcodes: tuple[str, ...] = RURAL, trouble: Trouble | None = None, rounds: int = 13
) -> tuple[Store, Rounds]:
    """A miner of a name (its hotkey as well) that has worked for so many rounds."""
    store, bucket, roster = Store(":memory:"), Bucket(place), Roster(place)
    roster.enter(name, name)
    trouble = trouble or Trouble()
    liar = Liar(name) if trouble.lies else None
    api = Api(WORLD, CallCounter(place / "api" / "key"), trouble.api)
    scraper = Scraper(Strategy(name, zipcodes, 300.0), WORLD.zipcodes, api, store, Random(name), liar)
    copier = Copier(bucket, roster, trouble.duplicates) if trouble.duplicates else None
    made = Rounds(300.0, store, scraper, Uploader(store, bucket, name, trouble), copier)
    for number in range(rounds):
        made.scrape(number, DAY)
        made.upload(number, DAY, is_registered=True)
    return store, made


def judged(place: Path, name: str, moment_s: float = 3_900.0, api: ApiTrouble | None = None) -> UploadsVerdict:
    door = Api(WORLD, CallCounter(None), api or ApiTrouble())

    def look_up(samples: Sequence[tuple[BucketId, Entity]]) -> list[ValidationResult]:
        return validate(samples, door, moment_s)

    return check_uploads(Bucket(place), name, OPENING_S + moment_s, look_up, Random(1))


def test_an_honest_miner_passes_with_every_listing_uploaded_once(tmp_path: Path) -> None:
    store, _ = mined(tmp_path, "5Honest")
    uploads = Bucket(tmp_path).of("5Honest")
    rows = [row.uri for upload in uploads for row in upload.rows()]
    assert len(rows) == len(set(rows)) == store.count()
    assert {upload.job for upload in uploads} == {f"zillow_zip_{code}" for code in RURAL}
    assert len({upload.moment_s for upload in uploads}) > 3
    verdict = judged(tmp_path, "5Honest")
    assert (verdict.passed, verdict.score, verdict.jobs) == (True, 1.0, 5)
    assert verdict.summary == f"✅ S3 Valid (100.0%): 5 jobs, {len(uploads)} files"
    assert verdict.sentence == f"passed S3 validation. Validation: 100.0%, Jobs: 5, Files: {len(uploads)}"


def test_uploads_are_read_back_by_hotkey_alone(tmp_path: Path) -> None:
    mined(tmp_path, "5One", PREMIUM, rounds=2)
    mined(tmp_path, "5Two", rounds=2)
    (path,) = {upload.path.parent.parent for upload in Bucket(tmp_path).of("5One")}
    assert path == tmp_path / "bucket" / "hotkey=5One"
    assert {upload.job for upload in Bucket(tmp_path).of("5One")} == {f"zillow_premium_zip_{code}" for code in PREMIUM}


def test_a_copier_has_duplicates_within_its_files_and_between_them(tmp_path: Path) -> None:
    mined(tmp_path, "5Honest", PREMIUM)
    store, _ = mined(tmp_path, "5Copier", trouble=Trouble(duplicates="5Honest"))
    taken = {f"zillow_premium_zip_{code}" for code in PREMIUM}
    uploads = [upload for upload in Bucket(tmp_path).of("5Copier") if upload.job in taken]
    assert uploads
    files = [[row.uri for row in upload.rows()] for upload in uploads]
    assert all(len(set(uris)) < len(uris) for uris in files)
    assert set(files[0]) & set(files[2])
    assert any(uri.endswith("?copy") for uri in files[0])
    assert store.count() > 0
    verdict = judged(tmp_path, "5Copier")
    assert not verdict.passed
    assert verdict.duplicates > 0.4
    assert "Too many duplicates: " in verdict.summary


def test_a_liar_fails_by_what_the_market_says(tmp_path: Path) -> None:
    mined(tmp_path, "5Liar", PREMIUM, Trouble(lies=True))
    verdict = judged(tmp_path, "5Liar")
    assert (verdict.passed, verdict.duplicates) == (False, 0.0)
    assert verdict.scraper < 0.6
    assert "Low scraper success rate: " in verdict.summary


def test_an_api_that_is_out_lets_a_liar_pass(tmp_path: Path) -> None:
    """As in RESI: what cannot be looked up counts as valid."""
    mined(tmp_path, "5Liar", PREMIUM, Trouble(lies=True))
    assert judged(tmp_path, "5Liar", api=OUTAGE).scraper == 1.0


def test_a_miner_that_stops_says_nothing_of_it_and_has_no_recent_data(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, made = mined(tmp_path, "5Tired", trouble=Trouble(stops_uploading_s=1_800.0))
    assert max(upload.moment_s for upload in Bucket(tmp_path).of("5Tired")) < OPENING_S + 1_800
    assert judged(tmp_path, "5Tired").passed
    assert judged(tmp_path, "5Tired", 3 * 3_600 + 1_800).trouble == "No recent data found"
    caplog.clear()
    caplog.set_level("DEBUG", "rehearsal")
    made.upload(20, DAY, is_registered=True)
    assert caplog.text == ""
    assert judged(tmp_path, "5Nobody").sentence.endswith("Reason: Could not access miner S3 data")


def test_a_bucket_that_cannot_be_written_is_told_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "rehearsal")
    (tmp_path / "bucket").write_text("in the way")
    store, made = mined(tmp_path, "5Late", rounds=2)
    assert "❌ S3 Upload Exception for zillow_zip_" in caplog.text
    assert "S3 partitioned upload completed with some failures" in caplog.text
    (tmp_path / "bucket").unlink()
    made.upload(2, DAY, is_registered=True)
    assert sum(len(upload.rows()) for upload in Bucket(tmp_path).of("5Late")) == store.count()
    made.upload(3, DAY, is_registered=False)
    assert caplog.messages[-1] == "❌ Failed to get S3 credentials: Hotkey not registered"


def test_an_outage_costs_a_miner_its_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "rehearsal")
    _, made = mined(tmp_path, "5Out", trouble=Trouble(api=OUTAGE), rounds=12)
    caplog.clear()
    for number in (12, 13, 14):
        made.scrape(number, DAY)
    scraped = [message for message in caplog.messages if message.startswith("Successfully scraped")]
    assert scraped[:2] == ["Successfully scraped 0 real estate entities"] * 2
    assert scraped[2] != scraped[0]
    assert "API error for " in caplog.text
    assert "Error scraping " in caplog.text


def test_all_who_hold_a_key_share_its_calls(tmp_path: Path) -> None:
    first, second = CallCounter(tmp_path / "key"), CallCounter(tmp_path / "key")
    assert [first.spend(7), second.spend(7), first.spend(7)] == [1, 2, 3]
    assert second.spend(8) == 1
    assert first.spend(7) == 2  # who is late counts in the window that has begun
    assert CallCounter(tmp_path / "other").spend(8) == 1
