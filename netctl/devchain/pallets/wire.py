"""The shapes in which bittensor_core gives bytes and addresses, and their ways back."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from bittensor_core import ss58_decode, ss58_encode

from netctl.devchain.errors import DispatchError

SS58_FORMAT = 42
NOBODY_SS58 = str(ss58_encode(bytes(32), SS58_FORMAT))
"""The address of 32 zero bytes: what the runtime's account defaults decode to."""


def bytes_of(value: Any) -> bytes:
    """The bytes of a decoded Vec<u8> or [u8; n]: 0x hex, text that happened to be UTF-8, or a list of numbers."""
    if isinstance(value, str):
        if value.startswith("0x"):
            try:
                return bytes.fromhex(value[2:])
            except ValueError:
                return value.encode()
        return value.encode()
    if isinstance(value, Iterable):
        return bytes(value)
    raise TypeError(f"not bytes: {type(value).__name__}")


def hexed(raw: bytes) -> str:
    """0x hex, the one form that encodes to exactly these bytes."""
    return "0x" + raw.hex()


def hashed(raw: bytes) -> str:
    """BLAKE2b-256, as 0x hex."""
    return hexed(blake2b(raw, digest_size=32).digest())


def public_key(account: str) -> bytes:
    """The 32 bytes behind an ss58 address."""
    return bytes(ss58_decode(account))


def address(public: bytes) -> str:
    """The ss58 address of 32 bytes."""
    return str(ss58_encode(public, SS58_FORMAT))


def lookup(target: Any) -> str:
    """The account that a MultiAddress names; CannotLookup for index and foreign forms."""
    if isinstance(target, str):
        return target
    if isinstance(target, dict) and isinstance(target.get("Id"), str):
        return str(target["Id"])
    raise DispatchError.cannot_lookup()
