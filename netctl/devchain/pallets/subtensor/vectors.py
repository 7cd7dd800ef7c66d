"""Per-uid vectors, changed in place as bytes: one registration touches eight of them, and decoding 256 elements of
each is what would cost. Their layout is SCALE's: a compact length, then elements of one fixed width.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from netctl.devchain.pallets.subtensor import items
from netctl.devchain.scale import Cursor, compact
from netctl.devchain.storage import Frame, Item, View


@dataclass(frozen=True)
class UidVector:
    """A storage item that is a vector of `width`-byte unsigned elements, one per uid."""

    item: Item
    width: int

    def _load(self, view: View, index: int) -> tuple[bytes, int, bytes]:
        key = view.codec.entry(self.item.pallet, self.item.name).key((index,))
        raw = view.get_raw(key)
        if raw is None:
            return key, 0, b""
        cursor = Cursor(raw)
        return key, cursor.compact(), cursor.rest()

    def read(self, view: View, index: int) -> list[int]:
        """All elements of a subnet (or of a mechanism's storage index)."""
        _, count, body = self._load(view, index)
        if self.width == 1:
            return list(body)
        return [int.from_bytes(body[at : at + self.width], "little") for at in range(0, count * self.width, self.width)]

    def get(self, view: View, index: int, uid: int) -> int:
        """One element; 0 past the end."""
        _, count, body = self._load(view, index)
        return int.from_bytes(body[uid * self.width : (uid + 1) * self.width], "little") if uid < count else 0

    def set(self, frame: Frame, index: int, uid: int, value: int) -> None:
        """Write one element, filling up with zeros to it."""
        key, count, body = self._load(frame, index)
        if uid >= count:
            body += bytes((uid + 1 - count) * self.width)
            count = uid + 1
        start = uid * self.width
        changed = body[:start] + value.to_bytes(self.width, "little") + body[start + self.width :]
        frame.put_raw(key, compact(count) + changed)

    def clear(self, frame: Frame, index: int, uid: int) -> None:
        """Make one element zero, if the vector goes so far."""
        if self.get(frame, index, uid):
            self.set(frame, index, uid, 0)

    def write(self, frame: Frame, index: int, values: list[int]) -> None:
        """Replace all elements."""
        key = frame.codec.entry(self.item.pallet, self.item.name).key((index,))
        frame.put_raw(key, compact(len(values)) + b"".join(v.to_bytes(self.width, "little") for v in values))


@dataclass(frozen=True)
class UidRows:
    """A map from (storage index, uid) to pairs of u16: weights, bonds."""

    item: Item

    def _key(self, view: View, index: int, uid: int) -> bytes:
        # Both hashers are Identity, so that keys are plain concatenations.
        return view.codec.entry(self.item.pallet, self.item.name).key((index,)) + uid.to_bytes(2, "little")

    def read(self, view: View, index: int, uid: int) -> list[tuple[int, int]]:
        """One uid's pairs, in the order in which they were written."""
        raw = view.get_raw(self._key(view, index, uid))
        if raw is None:
            return []
        cursor = Cursor(raw)
        count = cursor.compact()
        return list(struct.iter_unpack("<HH", cursor.rest()[: 4 * count]))

    def write(self, frame: Frame, index: int, uid: int, row: list[tuple[int, int]]) -> None:
        """Replace one uid's pairs, if they are others than those written there."""
        key = self._key(frame, index, uid)
        raw = compact(len(row)) + b"".join([struct.pack("<HH", *pair) for pair in row])
        if frame.get_raw(key) != raw:
            frame.put_raw(key, raw)


WEIGHTS = UidRows(items.WEIGHTS)
BONDS = UidRows(items.BONDS)

ACTIVE = UidVector(items.ACTIVE, 1)
VALIDATOR_PERMIT = UidVector(items.VALIDATOR_PERMIT, 1)
CONSENSUS = UidVector(items.CONSENSUS, 2)
INCENTIVE = UidVector(items.INCENTIVE, 2)
DIVIDENDS = UidVector(items.DIVIDENDS, 2)
VALIDATOR_TRUST = UidVector(items.VALIDATOR_TRUST, 2)
EMISSION = UidVector(items.EMISSION, 8)
LAST_UPDATE = UidVector(items.LAST_UPDATE, 8)
STAKE_WEIGHT = UidVector(items.STAKE_WEIGHT, 2)
CONSENSUS_BY_MECHANISM = UidVector(items.CONSENSUS_BY_MECHANISM, 2)

RESET_ON_REGISTRATION = (VALIDATOR_PERMIT, CONSENSUS, DIVIDENDS, VALIDATOR_TRUST, EMISSION)
