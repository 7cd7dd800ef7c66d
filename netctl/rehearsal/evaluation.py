"""One evaluation of one miner: its index, a few of its buckets, and what the samples in them were worth."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from random import Random

from netctl.rehearsal.api import Api
from netctl.rehearsal.client import MinerClient, MinerSilent
from netctl.rehearsal.inspection import (
    check_bucket,
    check_index,
    choose_buckets,
    choose_samples,
    find_duplicate,
    share_valid,
    validate,
)
from netctl.rehearsal.memory import Memory
from netctl.rehearsal.protocol import Bucket, BucketId, Claim
from netctl.rehearsal.zipcodes import all_zipcodes

_log = logging.getLogger("rehearsal")


@dataclass(frozen=True)
class Occasion:
    """One evaluation of one miner: when in the day, in which hour, and whose draws decide what is looked at."""

    moment_s: float
    hour: int
    rng: Random


async def evaluate(client: MinerClient, hotkey: str, memory: Memory, api: Api, at: Occasion) -> None:
    """Ask a miner, check what it shows, and note index and credibility. The score comes when all were asked.

    A miner that keeps silent is held to what it claimed last, and its silence to its discredit. Raises AssertionError
    for an index that offers nothing to look at, which as in RESI ends this miner's evaluation without a verdict.
    """
    _log.info("%s: Evaluating miner.", hotkey)
    try:
        claims, size = await client.get_index()
    except MinerSilent as exc:
        _log.debug("%s: %s", hotkey, exc)
        _log.info("%s: Miner failed to respond with an index. Using last known index if present.", hotkey)
        if not memory.of(hotkey).holdings:
            _log.info("%s: Failed to get an index for miner. Counting as a failed validation.", hotkey)
            return
        memory.note_result(hotkey, 0.0)
        return
    _log.debug("%s: Index answer of %d bytes.", hotkey, size)
    held = sum(claim.size_bytes for claim in claims)
    _log.info("%s: Got new compressed miner index of %d bytes across %d buckets.", hotkey, held, len(claims))
    fault = check_index(claims, all_zipcodes(), at.hour)
    if fault is not None:
        _log.info("%s: Failed basic index validation with reason: %s", hotkey, fault)
        memory.note_index(hotkey, {})
        memory.note_result(hotkey, 0.0)
        return
    memory.note_index(hotkey, {claim.key: claim.size_bytes for claim in claims})
    chosen = choose_buckets(claims, at.hour, at.rng)
    assert chosen, "Failed to choose a DataEntityBucket to query"  # noqa: S101 - the real one's own words
    memory.note_result(hotkey, await _look(client, hotkey, chosen, api, at))


async def _look(client: MinerClient, hotkey: str, chosen: list[Claim], api: Api, at: Occasion) -> float:
    buckets: list[Bucket] = []
    for claim in chosen:
        where = _bucket_text(claim.key)
        _log.info("%s: Querying miner for Bucket ID: %s.", hotkey, where)
        try:
            bucket = await client.get_bucket(claim.key)
        except MinerSilent as exc:
            _log.debug("%s: %s", hotkey, exc)
            _log.info("%s: Miner returned an invalid/failed response for Bucket ID: %s.", hotkey, where)
            return 0.0
        _log.info(
            "%s: Performing basic validation on Bucket ID: %s containing %d bytes across %d entities.",
            hotkey,
            where,
            bucket.size_bytes,
            len(bucket.entities),
        )
        fault = check_bucket(bucket, claim)
        if fault is not None:
            _log.info("%s: Failed basic entity validation on Bucket ID: %s with reason: %s", hotkey, where, fault)
            return 0.0
        buckets.append(bucket)
    duplicate = find_duplicate(buckets)
    if duplicate is not None:
        where = _bucket_text(chosen[0].key)
        _log.info("%s: Failed enitity uniqueness checks on Bucket ID: %s: %s is there twice", hotkey, where, duplicate)
        return 0.0
    for bucket in buckets:
        _log.info("%s: Basic validation on Bucket ID: %s passed.", hotkey, _bucket_text(bucket.key))
    results = validate(choose_samples(buckets, at.rng), api, at.moment_s)
    _log.info("%s: Data validation on selected entities finished with results: %s", hotkey, results)
    return share_valid(results)


def _bucket_text(key: BucketId) -> str:
    return f"time_bucket=TimeBucket(id={key.hour}) source=4 label=DataLabel(value='zip:{key.zipcode}')"
