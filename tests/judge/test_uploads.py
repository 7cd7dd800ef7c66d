"""Metrics of uploads."""

from __future__ import annotations

import pytest

from tests.judge.made import MINERS, Scene, hotkey

pytestmark = pytest.mark.fast


def uploading(*, until: float = 1000.0, stops: str = "", strange: str = "") -> Scene:
    """Each miner brings entities in and uploads them every 100 s; one stops at 300, one uses another's hotkey."""
    scene = Scene(until=until)
    for at in range(0, int(until), 100):
        for miner in MINERS:
            scene.say(miner, "scraped", float(at), entities=12)
            if miner == stops and at >= 300:
                continue
            owner = "miner_1" if miner == strange else miner
            scene.say(miner, "uploaded", at + 10.0, hotkey=hotkey(owner), records=12)
            scene.say(miner, "upload_finished", at + 11.0, outcome="no_failure")
    return scene


def test_a_miner_that_stops_uploading_without_a_word_is_named() -> None:
    found = uploading(stops="miner_3").measured("miners_uploading", gap=200.0)
    assert (found.value, found.most, found.whole) == (2, 2, 3)
    assert found.why == "brought entities in and uploaded none for too long: miner_3"
    assert found.figures == {"miner_1": 10.0, "miner_2": 10.0, "miner_3": 700.0}
    assert found.naive == 3
    assert uploading().measured("miners_uploading", gap=200.0).value == 3


def test_a_miner_that_brings_nothing_in_has_nothing_to_upload() -> None:
    scene = uploading(until=500.0)
    scene.until = 2000.0
    for at in range(500, 2000, 100):
        for miner in MINERS:
            scene.say(miner, "scraped", float(at), entities=0)
    assert scene.measured("miners_uploading", gap=200.0).value == 3


def test_uploads_are_not_decided_before_the_gap_could_have_passed() -> None:
    found = uploading(until=150.0).measured("miners_uploading", gap=200.0)
    assert (found.value, found.most) == (0, 3)


def test_an_upload_under_another_hotkey_is_no_success() -> None:
    scene = uploading(strange="miner_2")
    found = scene.measured("foreign_uploads")
    assert (found.value, found.why) == (10, "under another's hotkey: miner_2")
    rate = scene.measured("upload_success")
    assert (rate.value, rate.figures["miner_2"], rate.naive) == (pytest.approx(2 / 3), 0.0, 1.0)
    assert uploading().measured("foreign_uploads").value == 0


def test_failed_uploads_and_refused_credentials_are_failures() -> None:
    scene = uploading()
    for at in range(10):
        scene.say("miner_1", "upload_failed", 500.0 + at, status=403)
        scene.say("miner_1", "credentials_failed", 600.0 + at, what="refused")
    found = scene.measured("upload_success")
    assert (found.value, found.figures["miner_1"]) == (30 / 50, 10 / 30)


def test_what_a_validator_cannot_check_is_neither_good_nor_bad() -> None:
    scene = Scene()
    for miner, outcome in zip(MINERS, ("passed", "unverifiable", "duplicates"), strict=True):
        scene.say("validator_1", "s3_verdict", 10.0, miner, outcome="passed")
        scene.say("validator_1", "s3_verdict", 20.0, miner, outcome=outcome)
    found = scene.measured("uploads_verified")
    assert (found.value, found.most, found.whole) == (1, 2, 3)
    assert found.why == "not passed: miner_3 (duplicates)"
