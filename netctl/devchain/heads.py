"""Which blocks the chain is made of: its head, what is final, and hashes and numbers both ways."""

from __future__ import annotations

from netctl.devchain.errors import ChainDataError
from netctl.devchain.header import Header, decode_header
from netctl.devchain.store import Store

RECENT = 4096
LONGEST_LAG = 1000
"""Blocks that are not final must be in the window that they can be taken back from."""


class Heads:
    """The chain's blocks by number and hash, recent ones at hand. A block above the head is none, stored or not."""

    def __init__(self, store: Store, lag: int = 0) -> None:
        self._store = store
        self.lag = lag
        self.finalized = 0
        self._hashes: dict[int, bytes] = {}
        self._numbers: dict[bytes, int] = {}

    def open(self, number: int) -> None:
        """Take the stored block of this number for the head; ChainDataError if it is not there."""
        raw = self._store.header(number)
        if raw is None:
            raise ChainDataError("the chain's database misses blocks")
        header = decode_header(raw)
        self.reset(header, header.hash())
        marked = self._store.finalized()
        self.finalized = max(0, number - self.lag) if marked is None else min(number, max(marked, number - self.lag))

    def reset(self, head: Header, head_hash: bytes) -> None:
        """Go to this head, and forget what was remembered of others."""
        self._hashes.clear()
        self._numbers.clear()
        self.push(head, head_hash)

    def push(self, head: Header, head_hash: bytes) -> None:
        """A new head on top of the present one."""
        self.head, self.head_hash = head, head_hash
        self._hashes[head.number] = head_hash
        self._numbers[head_hash] = head.number
        old = self._hashes.pop(head.number - RECENT, None)
        if old is not None:
            del self._numbers[old]

    def final_at(self, number: int) -> int:
        """The highest final block when the head is at `number`: finality never goes back."""
        return max(self.finalized, number - self.lag)

    def hash_of(self, number: int) -> bytes | None:
        """The hash of a block; None for blocks that are not there."""
        if not 0 <= number <= self.head.number:
            return None
        return self._hashes.get(number) or self._store.hash_of(number)

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the block with this hash."""
        number = self._numbers.get(block_hash)
        if number is None:
            number = self._store.number_of(block_hash)
        return number if number is not None and number <= self.head.number else None

    def header(self, number: int) -> Header | None:
        """The header of a block."""
        if number == self.head.number:
            return self.head
        raw = self._store.header(number) if number < self.head.number else None
        return None if raw is None else decode_header(raw)
