"""The checks that a validator makes on what a miner says and shows, all of them pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from netctl.rehearsal.protocol import REQUESTS_PER_EVALUATION, Bucket, Claim
from netctl.rehearsal.scoring import FRESH_HOURS
from netctl.rehearsal.world import World

SAMPLES_PER_EVALUATION = 10


@dataclass(frozen=True)
class ValidationResult:
    """What became of one sampled listing; prints as RESI's does."""

    is_valid: bool
    content_size_bytes_validated: int
    reason: str


def check_index(claims: Sequence[Claim], zipcodes: Collection[str], hour: int) -> str | None:
    """Why an index cannot be right, or None."""
    seen = set()
    for claim in claims:
        if claim.key in seen:
            return f"Duplicate bucket in index: {claim.key}"
        seen.add(claim.key)
        if claim.key.zipcode not in zipcodes:
            return f"Unknown zipcode in index: {claim.key.zipcode}"
        if claim.key.hour > hour + 1:
            return f"Bucket from the future: {claim.key}"
        if claim.count < 1 or claim.size_bytes < 1:
            return f"Empty bucket in index: {claim.key}"
    return None


def choose_buckets(claims: Sequence[Claim], hour: int, rng: Random) -> list[Claim]:
    """The buckets to ask for: drawn by size among those that still pay, each at most once."""
    left = [claim for claim in claims if hour - claim.key.hour < FRESH_HOURS]
    chosen: list[Claim] = []
    while left and len(chosen) < REQUESTS_PER_EVALUATION["GetDataEntityBucket"]:
        chosen.append(rng.choices(left, [claim.size_bytes for claim in left])[0])
        left.remove(chosen[-1])
    return chosen


def check_bucket(bucket: Bucket, claim: Claim) -> str | None:
    """Why a bucket is not what its index claimed, or None."""
    if len(bucket.entities) != claim.count or bucket.size_bytes != claim.size_bytes:
        return (
            f"Size not as expected. Actual={bucket.size_bytes}. Claimed={len(bucket.entities)}. "
            f"Expected={claim.size_bytes}"
        )
    if bucket.digest != claim.digest:
        return "Digest of the entities does not match the index"
    return None


def find_duplicate(buckets: Iterable[Bucket]) -> str | None:
    """A uri or an address that a miner shows twice, under whatever guise; None when all are different."""
    seen: set[str] = set()
    for bucket in buckets:
        for entity in bucket.entities:
            for mark in filter(None, dict.fromkeys((entity.uri, _address(entity.content)))):
                if mark in seen:
                    return mark
                seen.add(mark)
    return None


def validate_samples(buckets: Sequence[Bucket], world: World, rng: Random) -> list[ValidationResult]:
    """Look a few listings up where everybody can, and compare to the last byte."""
    entities = [(bucket.key, entity) for bucket in buckets for entity in bucket.entities]
    results = []
    for key, entity in rng.sample(entities, min(SAMPLES_PER_EVALUATION, len(entities))):
        size = len(entity.content.encode())
        real = world.find(entity.uri, key.hour)
        if real is None or real.zipcode != key.zipcode:
            results.append(ValidationResult(False, size, "Property not found"))
        elif real.content.decode() != entity.content:
            results.append(ValidationResult(False, size, "Property content does not match"))
        else:
            results.append(ValidationResult(True, size, "Property exists"))
    return results


def share_valid(results: Sequence[ValidationResult]) -> float:
    """The share of the sampled bytes that were good; 0 for no sample at all."""
    total = sum(result.content_size_bytes_validated for result in results)
    good = sum(result.content_size_bytes_validated for result in results if result.is_valid)
    return good / total if total else 0.0


def _address(content: str) -> str:
    try:
        found = json.loads(content)
    except ValueError:
        return ""
    address = found.get("address") if isinstance(found, dict) else None
    return address.casefold().strip() if isinstance(address, str) else ""
