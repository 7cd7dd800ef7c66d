"""What a miner shows of its store to validators."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from netctl.rehearsal.protocol import GET_DATA_ENTITY_BUCKET, GET_MINER_INDEX, Bucket, BucketId
from netctl.rehearsal.store import Store

OFFERED_HOURS = 6  # how far back the index goes, from the hour of the last scrape: beyond what pays
_log = logging.getLogger("rehearsal")


class Shelf:
    """Each validator gets its buckets as they stood when it asked for the index.

    `pause_s` is how long an answer is held back, in wall time.
    """

    def __init__(self, store: Store, pause_s: float) -> None:
        self._store = store
        self._pause_s = pause_s
        self._shown: dict[str, dict[BucketId, Bucket]] = {}

    async def get_index(self, caller: str, _: Any) -> dict[str, Any]:
        _log.info("Got to a %s request from %s.", GET_MINER_INDEX, caller)
        buckets = self._store.buckets(since_hour=self._store.last_hour() - OFFERED_HOURS)
        self._shown[caller] = buckets
        await asyncio.sleep(self._pause_s)
        size = sum(bucket.size_bytes for bucket in buckets.values())
        _log.info("Returning compressed miner index of %d bytes across %d buckets to %s.", size, len(buckets), caller)
        rows = [(*key, len(bucket.entities), bucket.size_bytes, bucket.digest) for key, bucket in buckets.items()]
        return {"buckets": rows}

    async def get_bucket(self, caller: str, document: Any) -> dict[str, Any]:
        key = BucketId(str(document["zipcode"]), int(document["hour"]))
        _log.info("Got to a %s request from %s for Bucket ID: %s.", GET_DATA_ENTITY_BUCKET, caller, key)
        bucket = self._shown.get(caller, {}).get(key, Bucket(key, ()))
        await asyncio.sleep(self._pause_s)
        _log.debug("Returning Bucket ID: %s with %d entities to %s.", key, len(bucket.entities), caller)
        return {"entities": bucket.entities}
