"""Series over time in slots of one width, which doubles when there would be too many: a day costs what an hour does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, log2
from operator import add
from typing import Any

import msgspec

Key = tuple[str, ...]
Values = tuple[Any, ...]
Merge = Callable[[Values, Values], Values]
"""What two of one slot make together, the earlier one first."""

MOST = 360
NARROWEST_S = 4


def width_for(seconds: float) -> int:
    """The width of a slot in seconds, a power of two, by which so long a time has at most MOST slots."""
    return int(max(NARROWEST_S, 2 ** ceil(log2(max(1.0, seconds / MOST)))))


def added(a: Values, b: Values) -> Values:
    """Sums, column by column."""
    return tuple(map(add, a, b))


@dataclass(slots=True)
class Slotted:
    """One kind of series: by key and slot a row of values. A slot is a time divided by the width, rounded down."""

    merge: Merge
    rows: dict[Key, dict[int, Values]] = field(default_factory=dict)
    touched: dict[Key, set[int]] = field(default_factory=dict)
    _stale: set[Key] = field(default_factory=set)
    _encoded: dict[Key, msgspec.Raw] = field(default_factory=dict)

    def add(self, key: Key, slot: int, values: Values) -> None:
        """Put values into a slot, with what is there."""
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = {}
        before = row.get(slot)
        row[slot] = values if before is None else self.merge(before, values)
        touched = self.touched.get(key)
        if touched is None:
            touched = self.touched[key] = set()
        touched.add(slot)
        self._stale.add(key)

    def fold(self) -> None:
        """Make every two slots one."""
        for key, row in self.rows.items():
            folded: dict[int, Values] = {}
            for slot in sorted(row):
                before = folded.get(slot // 2)
                folded[slot // 2] = row[slot] if before is None else self.merge(before, row[slot])
            self.rows[key] = folded
            self._stale.add(key)
        self.touched = {key: {slot // 2 for slot in slots} for key, slots in self.touched.items()}

    def forget(self, before: int) -> None:
        """Drop the slots before this one, and keys that have no other."""
        for key, row in list(self.rows.items()):
            gone = [slot for slot in row if slot < before]
            for slot in gone:
                del row[slot]
            if gone:
                self._stale.add(key)
            if not row:
                del self.rows[key]
                self._stale.discard(key)
                self._encoded.pop(key, None)
        for slots in self.touched.values():
            slots.difference_update([slot for slot in slots if slot < before])

    def whole(self) -> list[msgspec.Raw]:
        """All of it, in columns, as JSON: of what has not changed since the last time it is at hand."""
        for key in self._stale:
            row = self.rows[key]
            self._encoded[key] = msgspec.Raw(msgspec.json.encode(_columns(key, sorted(row), row)))
        self._stale.clear()
        return [self._encoded[key] for key in sorted(self._encoded)]

    def changes(self) -> list[dict[str, Any]]:
        """The slots that were touched since the last time that this was asked."""
        touched, self.touched = self.touched, {}
        return [_columns(key, sorted(slots), self.rows[key]) for key, slots in sorted(touched.items()) if slots]


def _columns(key: Key, slots: Sequence[int], row: Mapping[int, Values]) -> dict[str, Any]:
    return {"key": key, "slots": slots, "values": tuple(zip(*map(row.__getitem__, slots), strict=True))}


def short(value: float) -> float:
    """Six digits are more than a picture shows."""
    return float(f"{value:.6g}")
