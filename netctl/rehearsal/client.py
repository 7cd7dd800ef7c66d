"""A validator's side of the wire: signed requests to a miner's axon, and answers taken apart with care."""

from __future__ import annotations

import json
import time
from typing import Any

import aiohttp

from netctl.rehearsal.protocol import (
    GET_DATA_ENTITY_BUCKET,
    GET_MINER_INDEX,
    Bucket,
    BucketId,
    Claim,
    Entity,
    Keypair,
    sign_request,
)

MAX_ANSWER_BYTES = 8 * 1024 * 1024


class MinerSilent(Exception):
    """A miner that did not answer, refused, or answered what cannot be read."""


class NoMiner(Exception):
    """What listens at that axon knows no miner's requests: a validator's own, most often."""


class MinerClient:
    """Asks one miner at its published axon; `session` stays the caller's."""

    def __init__(
        self, session: aiohttp.ClientSession, keypair: Keypair, *, hotkey: str, axon: str, patience_s: float
    ) -> None:
        self._session = session
        self._keypair = keypair
        self._hotkey = hotkey
        self._axon = axon
        self._patience_s = patience_s

    async def get_index(self) -> tuple[list[Claim], int]:
        """What the miner claims to hold, bucket by bucket, and how many bytes that answer took."""
        body = await self._ask(GET_MINER_INDEX, {})
        return [_claim(item) for item in _rows(body, "buckets")], len(body)

    async def get_bucket(self, key: BucketId) -> Bucket:
        """All entities of one bucket of the index that was asked for last."""
        body = await self._ask(GET_DATA_ENTITY_BUCKET, {"zipcode": key.zipcode, "hour": key.hour})
        return Bucket(key, tuple(_entity(item) for item in _rows(body, "entities")))

    async def _ask(self, name: str, document: dict[str, Any]) -> bytes:
        body = json.dumps(document).encode()
        path = f"/{name}"
        headers = sign_request(
            self._keypair, receiver=self._hotkey, path=path, body=body, now_ms=time.time_ns() // 1_000_000
        )
        timeout = aiohttp.ClientTimeout(total=self._patience_s)
        try:
            async with self._session.post(
                f"http://{self._axon}{path}", data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                content = await answer.content.read(MAX_ANSWER_BYTES + 1)
                while not answer.content.at_eof() and len(content) <= MAX_ANSWER_BYTES:
                    content += await answer.content.read(MAX_ANSWER_BYTES + 1)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
            raise MinerSilent(f"{name}: {type(exc).__name__}: {exc}") from exc
        if answer.status == 404:
            raise NoMiner(f"{name}: {content[:200].decode(errors='replace')}")
        if answer.status != 200:
            raise MinerSilent(f"{name}: {answer.status} {content[:200].decode(errors='replace')}")
        if len(content) > MAX_ANSWER_BYTES:
            raise MinerSilent(f"{name}: answer is longer than {MAX_ANSWER_BYTES} bytes")
        return content


def _rows(body: bytes, key: str) -> list[Any]:
    try:
        rows = json.loads(body)[key]
    except (ValueError, KeyError, TypeError) as exc:
        raise MinerSilent(f"answer cannot be read: {exc}") from exc
    if not isinstance(rows, list):
        raise MinerSilent(f"answer cannot be read: {key} is not a list")
    return rows


def _claim(item: Any) -> Claim:
    match item:
        case [str(zipcode), int(hour), int(count), int(size), str(digest)]:
            return Claim(BucketId(zipcode, hour), count, size, digest)
        case _:
            raise MinerSilent("answer cannot be read: a bucket of the index is malformed")


def _entity(item: Any) -> Entity:
    match item:
        case [str(uri), str(content)]:
            return Entity(uri, content)
        case _:
            raise MinerSilent("answer cannot be read: an entity is malformed")
