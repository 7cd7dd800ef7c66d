"""The checks that a validator makes on what a miner says and shows.

As in RESI, a sample that the API does not answer for counts as valid; only its reason tells.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from netctl.rehearsal.api import Api, ApiFailure, RateLimited
from netctl.rehearsal.protocol import REQUESTS_PER_EVALUATION, Bucket, BucketId, Claim, Entity
from netctl.rehearsal.scoring import FRESH_HOURS
from netctl.rehearsal.world import zpid_of

SAMPLES_PER_EVALUATION = 10
_log = logging.getLogger("rehearsal")


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


def choose_samples(buckets: Sequence[Bucket], rng: Random) -> list[tuple[BucketId, Entity]]:
    """The listings of one evaluation that are looked up."""
    entities = [(bucket.key, entity) for bucket in buckets for entity in bucket.entities]
    return rng.sample(entities, min(SAMPLES_PER_EVALUATION, len(entities)))


def validate(samples: Sequence[tuple[BucketId, Entity]], api: Api, moment_s: float) -> list[ValidationResult]:
    """Look listings up where everybody can, and compare to the last byte: two calls each, as RESI's validators make."""
    return [
        ValidationResult(is_valid, len(entity.content.encode()), reason)
        for key, entity in samples
        for is_valid, reason in (_judged(key, entity, api, moment_s),)
    ]


def _judged(key: BucketId, entity: Entity, api: Api, moment_s: float) -> tuple[bool, str]:
    zpid = zpid_of(entity.uri)
    try:
        found = api.find(entity.uri, key.hour, moment_s)
        if found is None or found.zipcode != key.zipcode:
            return False, "Property not found (may have been sold/removed)"
        page = api.find(entity.uri, key.hour, moment_s)
    except RateLimited:
        _log.warning("Rate limited during validation - assuming property is valid")
        return True, "Rate limited during validation - assumed valid"
    except ApiFailure as exc:
        return True, f"API error during validation ({exc.status}) - assumed valid"
    except ConnectionError as exc:
        _log.error("Property existence check failed for zpid %s: %s", zpid, exc)
        return True, f"Existence check error - assumed valid: {exc}"
    if page is None or page.content.decode() != entity.content:
        reason = f"Property content does not match: {_difference(page.content if page else b'', entity.content)}"
        _log.warning("Content validation failed for zpid %s: %s", zpid, reason)
        return False, reason
    return True, "Property exists and its content matches via Zillow API"


def _difference(real: bytes, told: str) -> str:
    try:
        pairs = json.loads(real).items()
        claimed = json.loads(told)
        return next((f"field {name} differs" for name, value in pairs if claimed.get(name) != value), "fields added")
    except (ValueError, AttributeError):
        return "no listing"


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
