"""Integers in the state, read and written as the little-endian bytes that SCALE makes of them.

What every block touches goes through these: a codec call for each of thirty numbers is what an empty block would cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netctl.devchain.storage import Frame, View
from netctl.devchain.widths import misfit


@dataclass(frozen=True, slots=True)
class Cell:
    """A storage item that is one unsigned integer of `width` bytes, or a fixed-point number told by its bits."""

    pallet: str
    name: str
    width: int = 8

    def get(self, view: View, *keys: Any) -> int:
        """The value, or the metadata's default where absent; 0 for an optional item that is absent."""
        entry = view.codec.entry(self.pallet, self.name)
        raw = view.get_raw(entry.key(keys))
        return int.from_bytes(raw if raw is not None else entry.default or b"", "little")

    def put(self, frame: Frame, value: int, *keys: Any) -> None:
        """Write a value, unless it is there already; ArithmeticError, as a DispatchError, for one that does not fit."""
        key = frame.codec.entry(self.pallet, self.name).key(keys)
        try:
            raw = value.to_bytes(self.width, "little")
        except OverflowError as exc:
            raise misfit(exc) or exc from exc
        if frame.get_raw(key) != raw:
            frame.put_raw(key, raw)

    def add(self, frame: Frame, delta: int, *keys: Any) -> None:
        """Change a value, as `put`."""
        if delta:
            self.put(frame, self.get(frame, *keys) + delta, *keys)

    def take(self, frame: Frame, *keys: Any) -> int:
        """Leave zero behind, and give what was there."""
        value = self.get(frame, *keys)
        self.put(frame, 0, *keys)
        return value

    def exists(self, view: View, *keys: Any) -> bool:
        """Whether something was written there."""
        return view.get_raw(view.codec.entry(self.pallet, self.name).key(keys)) is not None
