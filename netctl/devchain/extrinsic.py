"""Extrinsics off the wire: version 4, signed by an account or bare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bittensor_core import ss58_encode, verify

from netctl.devchain.codec import SS58_FORMAT, Codec
from netctl.devchain.errors import PoolRejection
from netctl.devchain.header import blake2_256
from netctl.devchain.scale import Cursor, Truncated, prefixed
from netctl.devchain.widths import TooWide

SIGNED, BARE_4, BARE_5 = 0x84, 0x04, 0x05
ED25519, SR25519 = 0, 1
MAX_SIGNED_PAYLOAD = 256
NONCE_BITS, TIP_BITS = 32, 64


@dataclass(frozen=True, slots=True)
class Era:
    """A mortal era: valid for `period` blocks from the last block whose number is `phase` modulo it."""

    period: int
    phase: int

    def birth(self, current: int) -> int:
        """The block it was born at, seen from `current`."""
        return (max(current, self.phase) - self.phase) // self.period * self.period + self.phase

    def death(self, current: int) -> int:
        """The first block at which it is dead, seen from `current`."""
        return self.birth(current) + self.period


def decode_era(cursor: Cursor) -> Era | None:
    """An era; None for the immortal one."""
    first = cursor.byte()
    if first == 0:
        return None
    number = first | cursor.byte() << 8
    period = 2 << (number % 16)
    phase = (number >> 4) * max(period >> 12, 1)
    if period < 4 or phase >= period:
        raise Truncated("no valid era")
    return Era(period, phase)


@dataclass(frozen=True, slots=True, eq=False)
class Extrinsic:
    """A parsed extrinsic. `signer` is None for a bare one, which has neither nonce nor tip nor era."""

    raw: bytes
    hash: bytes
    call: dict[str, Any]
    call_bytes: bytes
    signer: str | None = None
    scheme: int = SR25519
    signature: bytes = b""
    era: Era | None = None
    nonce: int = 0
    tip: int = 0
    extra: bytes = b""
    metadata_hash: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """(pallet, call)."""
        return self.call["call_module"], self.call["call_function"]

    def signed_payload(self, codec: Codec, genesis: bytes, birth: bytes) -> bytes:
        """What its signer signed, given the hash of the block that its era was born at."""
        versions = codec.spec.to_bytes(4, "little") + codec.transaction_version.to_bytes(4, "little")
        payload = self.call_bytes + self.extra + versions + genesis + birth + b"\0"
        return payload if len(payload) <= MAX_SIGNED_PAYLOAD else blake2_256(payload)

    def is_signed_for(self, codec: Codec, genesis: bytes, birth: bytes) -> bool:
        """Whether the signature holds. ECDSA and metadata hashes are not checked here and never hold."""
        if self.signer is None or self.scheme not in (ED25519, SR25519) or self.metadata_hash:
            return False
        payload = self.signed_payload(codec, genesis, birth)
        try:
            return bool(verify(payload, self.signature, self.signer, self.scheme))
        except ValueError:
            return False


def parse_extrinsic(raw: bytes, codec: Codec) -> Extrinsic:
    """An extrinsic of its full bytes; PoolRejection 1001 or 1002 for what is none, as a node says it."""
    cursor = Cursor(raw)
    try:
        cursor.skip_length()
    except Truncated as exc:
        raise PoolRejection(1001, f"Extrinsic has invalid format: {exc}") from exc
    try:
        return _parse_body(cursor, codec)
    except (Truncated, ValueError, KeyError, IndexError) as exc:
        message = f"Verification Error: Runtime error: Execution failed: {exc}"
        raise PoolRejection(1002, message, "RuntimeApi") from exc


def _parse_body(cursor: Cursor, codec: Codec) -> Extrinsic:
    raw = cursor.raw
    version = cursor.byte()
    if version in (BARE_4, BARE_5):
        call = cursor.rest()
        return Extrinsic(raw, blake2_256(raw), codec.decode_call(call), call)
    if version != SIGNED:
        raise Truncated(f"unknown extrinsic version {version}")
    if cursor.byte() != 0:
        raise Truncated("the signer's address is not an account id")
    signer = str(ss58_encode(cursor.take(32), SS58_FORMAT))
    scheme = cursor.byte()
    signature = cursor.take(65 if scheme == 2 else 64)
    start = cursor.at
    era = decode_era(cursor)
    nonce, tip, mode = cursor.compact(), cursor.compact(), cursor.byte()
    if nonce >> NONCE_BITS or tip >> TIP_BITS:
        raise TooWide(f"nonce {nonce} or tip {tip} is beyond its type")
    extra = raw[start : cursor.at]
    call = cursor.rest()
    decoded = codec.decode_call(call)
    return Extrinsic(
        raw, blake2_256(raw), decoded, call, signer, scheme, signature, era, nonce, tip, extra, metadata_hash=mode == 1
    )


def compose_inherent(codec: Codec, pallet: str, function: str, args: dict[str, Any]) -> bytes:
    """The bytes of a bare extrinsic that the author puts into a block itself."""
    return prefixed(bytes([BARE_5]) + bytes(codec.runtime.compose_call(pallet, function, args)))
