"""What a validator finds in a miner's answers: lies, duplicates, and the honest ones."""

from __future__ import annotations

import json
from random import Random

import pytest

from netctl.rehearsal import inspection
from netctl.rehearsal.protocol import Bucket, BucketId, Claim, Entity
from netctl.rehearsal.world import World

pytestmark = pytest.mark.fast
HOUR = 29_922_656
WORLD = World(428)


def honest(zipcode: str = "77494") -> Bucket:
    page = sorted(WORLD.page(zipcode, HOUR), key=lambda listing: listing.uri)
    return Bucket(BucketId(zipcode, HOUR), tuple(Entity(item.uri, item.content.decode()) for item in page))


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
    results = inspection.validate_samples(buckets, WORLD, Random(1))
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
    altered = inspection.validate_samples([with_content(honest(), price_usd=1)], WORLD, Random(1))
    assert inspection.share_valid(altered) == 0.0
    invented = Bucket(BucketId("77494", HOUR), (Entity("https://homes.example/77494/7-1", "{}"),))
    assert inspection.validate_samples([invented], WORLD, Random(1))[0].reason == "Property not found"
    relabelled = Bucket(BucketId("10001", HOUR), honest().entities)
    assert inspection.share_valid(inspection.validate_samples([relabelled], WORLD, Random(1))) == 0.0
    assert inspection.share_valid([]) == 0.0


def test_buckets_are_chosen_once_each_and_only_while_they_pay() -> None:
    fresh = [claim_of(honest(code)) for code in ("77494", "10001", "59301", "98115")]
    stale = Claim(BucketId("77084", HOUR - 2), 40, 10**9, "")
    chosen = inspection.choose_buckets([*fresh, stale], HOUR, Random(1))
    assert len({claim.key for claim in chosen}) == 3
    assert stale not in chosen
    assert inspection.choose_buckets([stale], HOUR, Random(1)) == []
