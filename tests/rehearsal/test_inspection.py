"""What a validator finds in a miner's answers: lies, duplicates, and the honest ones."""

from __future__ import annotations

import json
from random import Random

import pytest

from netctl import packs
from netctl.rehearsal import inspection
from netctl.rehearsal.api import Api, CallCounter
from netctl.rehearsal.protocol import Bucket, BucketId, Claim, Entity
from netctl.rehearsal.trouble import ApiTrouble
from netctl.rehearsal.world import TICKS_PER_HOUR, World

pytestmark = pytest.mark.fast
HOUR = 488_193
WORLD = World(428)
NOON_S = 3 * 3_600.0


def honest(zipcode: str = "77494") -> Bucket:
    page = sorted(WORLD.page(zipcode, HOUR * TICKS_PER_HOUR), key=lambda listing: listing.uri)
    return Bucket(BucketId(zipcode, HOUR), tuple(Entity(item.uri, item.content.decode()) for item in page))


def looked_up(buckets: list[Bucket], trouble: ApiTrouble | None = None) -> list[inspection.ValidationResult]:
    api = Api(WORLD, CallCounter(None), trouble or ApiTrouble())
    return inspection.validate(inspection.choose_samples(buckets, Random(1)), api, NOON_S)


def claim_of(bucket: Bucket) -> Claim:
    return Claim(bucket.key, len(bucket.entities), bucket.size_bytes, bucket.digest)


def with_content(bucket: Bucket, **changes: object) -> Bucket:
    changed = tuple(
        Entity(item.uri, json.dumps(json.loads(item.content) | changes, separators=(",", ":")))
        for item in bucket.entities
    )
    return Bucket(bucket.key, changed)


def test_an_honest_miner_passes_every_check() -> None:
    buckets = [honest("77494"), honest("10001")]
    claims = [claim_of(bucket) for bucket in buckets]
    assert inspection.check_index(claims, WORLD.zipcodes, HOUR) is None
    assert [inspection.check_bucket(*pair) for pair in zip(buckets, claims, strict=True)] == [None, None]
    assert inspection.find_duplicate(buckets) is None
    results = looked_up(buckets)
    assert len(results) == inspection.SAMPLES_PER_EVALUATION
    assert inspection.share_valid(results) == 1.0


def test_an_index_that_cannot_be_right_is_named() -> None:
    claim = claim_of(honest())
    for claims, words in (
        ([claim, claim], "Duplicate bucket"),
        ([Claim(BucketId("33101", HOUR), 1, 1, "")], "Unknown zipcode"),
        ([Claim(BucketId("77494", HOUR + 2), 1, 1, "")], "future"),
        ([Claim(BucketId("77494", HOUR), 0, 0, "")], "Empty"),
    ):
        assert words in (inspection.check_index(claims, WORLD.zipcodes, HOUR) or "")


def test_a_bucket_that_differs_from_its_claim_is_found() -> None:
    bucket = honest()
    claim = claim_of(bucket)
    fewer = Bucket(bucket.key, bucket.entities[1:])
    turned = Bucket(bucket.key, bucket.entities[::-1])
    assert "Size not as expected" in (inspection.check_bucket(fewer, claim) or "")
    assert "Digest" in (inspection.check_bucket(turned, claim) or "")


def test_one_listing_twice_is_a_duplicate_under_any_uri_or_bucket() -> None:
    bucket = honest()
    first = bucket.entities[0]
    again = Entity(first.uri + "?copy", first.content)
    elsewhere = Bucket(BucketId("10001", HOUR), (first,))
    assert inspection.find_duplicate([Bucket(bucket.key, (first, again))])
    assert inspection.find_duplicate([bucket, elsewhere]) == first.uri


def test_made_up_and_altered_listings_do_not_count_as_valid() -> None:
    altered = looked_up([with_content(honest(), price_usd=1)])
    assert inspection.share_valid(altered) == 0.0
    assert altered[0].reason == "Property content does not match: field price_usd differs"
    invented = Bucket(BucketId("77494", HOUR), (Entity("https://homes.example/77494/7-1", "{}"),))
    assert looked_up([invented])[0].reason == "Property not found (may have been sold/removed)"
    relabelled = Bucket(BucketId("10001", HOUR), honest().entities)
    assert inspection.share_valid(looked_up([relabelled])) == 0.0
    assert inspection.share_valid([]) == 0.0


def test_buckets_are_chosen_once_each_and_only_while_they_pay() -> None:
    fresh = [claim_of(honest(code)) for code in ("77494", "10001", "59301", "98115")]
    stale = Claim(BucketId("77084", HOUR - 2), 40, 10**9, "")
    chosen = inspection.choose_buckets([*fresh, stale], HOUR, Random(1))
    assert len({claim.key for claim in chosen}) == 3
    assert stale not in chosen
    assert inspection.choose_buckets([stale], HOUR, Random(1)) == []


def test_what_the_api_does_not_answer_for_counts_as_valid_and_says_so() -> None:
    """As in RESI: a naive success rate stays at 100 % through an outage, and lies pass with the rest."""
    out = ApiTrouble(errors=(NOON_S, NOON_S + 600))
    for bucket in (honest(), with_content(honest(), price_usd=1)):
        results = looked_up([bucket], out)
        assert inspection.share_valid(results) == 1.0
        assert all("assumed valid" in result.reason for result in results)
        assert len({result.reason for result in results}) == 2


def test_a_key_without_calls_left_is_told_by_429_and_counts_as_valid(caplog: pytest.LogCaptureFixture) -> None:
    results = looked_up([honest()], ApiTrouble(limit=(7, 300.0)))
    reasons = [result.reason for result in results]
    assert reasons.count("Rate limited during validation - assumed valid") == 7
    assert all(result.is_valid for result in results)
    assert caplog.text.count("Rate limited during validation - assuming property is valid") == 7


def test_the_pack_counts_as_many_calls_as_a_look_up_makes() -> None:
    counter = CallCounter(None)
    results = inspection.validate(
        inspection.choose_samples([honest()], Random(1)), Api(WORLD, counter, ApiTrouble()), NOON_S
    )
    made = counter.spend(0) - 1
    api = packs.load("rehearsal").spec.api
    assert api is not None
    told = next(each for each in api.told if each.signal == "api_result")
    expected = next(each for each in api.expected if each.role == "validator")
    assert (told.calls * len(results), expected.calls) == (made, made)
