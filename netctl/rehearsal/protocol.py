"""What goes over the wire between a validator and a miner, and how a request is signed.

Requests are POSTs to `/<name>`; their headers carry the caller's hotkey, the hotkey that is meant, a nonce, the time
in milliseconds, and the caller's signature over all of these, the method, the path and the digest of the body.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple, Protocol

GET_MINER_INDEX = "GetMinerIndex"
GET_DATA_ENTITY_BUCKET = "GetDataEntityBucket"
# Requests that one evaluation makes; a miner answers a validator twice as many per evaluation period.
REQUESTS_PER_EVALUATION = {GET_MINER_INDEX: 1, GET_DATA_ENTITY_BUCKET: 3}
CLOCK_TOLERANCE_MS = 30_000

_SENDER, _RECEIVER, _NONCE, _TIME, _SIGNATURE = (
    f"X-Rehearsal-{part}" for part in ("Hotkey", "Receiver", "Nonce", "Timestamp", "Signature")
)


class BucketId(NamedTuple):
    """The unit of uniqueness: one zipcode in one hour."""

    zipcode: str
    hour: int


class Entity(NamedTuple):
    """One stored listing as it goes over the wire."""

    uri: str
    content: str


@dataclass(frozen=True)
class Bucket:
    """A bucket with its entities, in the order of their uris."""

    key: BucketId
    entities: tuple[Entity, ...]

    @cached_property
    def size_bytes(self) -> int:
        return sum(len(entity.content.encode()) for entity in self.entities)

    @cached_property
    def digest(self) -> str:
        return digest_entities(self.entities)


@dataclass(frozen=True)
class Claim:
    """What an index says of one bucket, before anybody looked."""

    key: BucketId
    count: int
    size_bytes: int
    digest: str


def digest_entities(entities: Sequence[Entity]) -> str:
    """The digest that a claim carries; it changes with any byte, and with the order."""
    state = sha256()
    for entity in entities:
        state.update(sha256(entity.uri.encode()).digest() + sha256(entity.content.encode()).digest())
    return state.hexdigest()


class Keypair(Protocol):
    """The part of a hotkey that signs."""

    @property
    def ss58_address(self) -> str: ...

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True)
class SignedRequest:
    """The signed part of a request as the receiver found it; nothing in it is checked yet."""

    sender: str
    receiver: str
    nonce: str
    time_ms: int
    signature: bytes
    message: bytes


def sign_request(keypair: Keypair, *, receiver: str, path: str, body: bytes, now_ms: int) -> dict[str, str]:
    """The headers of a request to the miner `receiver`."""
    nonce = secrets.token_hex(16)
    sender = keypair.ss58_address
    signature = keypair.sign(_message("POST", path, body, sender, receiver, nonce, now_ms))
    return {
        _SENDER: sender,
        _RECEIVER: receiver,
        _NONCE: nonce,
        _TIME: str(now_ms),
        _SIGNATURE: bytes(signature).hex(),
    }


def read_request(headers: Mapping[str, str], *, method: str, path: str, body: bytes) -> SignedRequest | None:
    """Take a request's signed part from its headers; None when a part is missing or malformed."""
    try:
        sender, receiver, nonce = headers[_SENDER], headers[_RECEIVER], headers[_NONCE]
        time_ms, signature = int(headers[_TIME]), bytes.fromhex(headers[_SIGNATURE])
    except (KeyError, ValueError):
        return None
    message = _message(method, path, body, sender, receiver, nonce, time_ms)
    return SignedRequest(sender, receiver, nonce, time_ms, signature, message)


def _message(method: str, path: str, body: bytes, sender: str, receiver: str, nonce: str, time_ms: int) -> bytes:
    parts = (method, path, sha256(body).hexdigest(), sender, receiver, nonce, str(time_ms))
    return "\n".join(parts).encode()
