"""Block headers: their SCALE bytes, whose blake2b-256 is the block's hash, and the shape that clients read."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from netctl.devchain.scale import BLOB, Cursor, compact, prefixed

AURA = b"aura"
OWN = b"dvch"
"""The consensus engine id under which this chain says what a node's header has no word for."""
_PRE_RUNTIME, _CONSENSUS, _SEAL, _OTHER, _UPDATED = 6, 4, 5, 0, 8


def blake2_256(raw: bytes) -> bytes:
    """blake2b with a 32-byte digest."""
    return blake2b(raw, digest_size=32).digest()


def aura_digest(slot: int) -> bytes:
    """The pre-runtime digest item that names the slot of a block's author."""
    return bytes([_PRE_RUNTIME]) + AURA + prefixed(slot.to_bytes(8, "little"))


def grants_digest(record: bytes) -> bytes:
    """The digest item that commits to what operators' grants wrote in a block."""
    return bytes([_CONSENSUS]) + OWN + prefixed(b"g" + blake2_256(record))


def fork_digest(replaced: bytes) -> bytes:
    """The digest item that makes a block another one than that of the same number, which it replaces."""
    return bytes([_CONSENSUS]) + OWN + prefixed(b"f" + replaced)


@dataclass(frozen=True, slots=True)
class Header:
    """A header; hashes are 32 bytes, digest items are encoded."""

    parent: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    digest: tuple[bytes, ...]

    def encode(self) -> bytes:
        """SCALE bytes."""
        logs = compact(len(self.digest)) + b"".join(self.digest)
        return self.parent + compact(self.number) + self.state_root + self.extrinsics_root + logs

    def hash(self) -> bytes:
        """The block's hash."""
        return blake2_256(self.encode())

    def for_clients(self) -> dict[str, Any]:
        """The JSON form: hex numbers and hashes."""
        return {
            "parentHash": "0x" + self.parent.hex(),
            "number": hex(self.number),
            "stateRoot": "0x" + self.state_root.hex(),
            "extrinsicsRoot": "0x" + self.extrinsics_root.hex(),
            "digest": {"logs": ["0x" + item.hex() for item in self.digest]},
        }


def replaced_by(header: Header) -> bytes:
    """The hash of the head that a reorganisation replaced with this block first; empty for any other block."""
    mark = fork_digest(bytes(32))[:-32]
    return next((item[len(mark) :] for item in header.digest if item.startswith(mark)), b"")


def decode_header(raw: bytes) -> Header:
    """The header of its bytes."""
    cursor = Cursor(raw)
    parent, number, state_root, extrinsics_root = cursor.take(32), cursor.compact(), cursor.take(32), cursor.take(32)
    digest = tuple(_digest_item(cursor) for _ in range(cursor.compact()))
    cursor.finish()
    return Header(parent, number, state_root, extrinsics_root, digest)


def _digest_item(cursor: Cursor) -> bytes:
    start = cursor.at
    kind = cursor.byte()
    if kind in (_PRE_RUNTIME, _CONSENSUS, _SEAL):
        cursor.take(4)
    if kind != _UPDATED:
        BLOB.read(cursor)
    return cursor.raw[start : cursor.at]
