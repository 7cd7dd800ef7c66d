"""Typed storage handles over raw SCALE bytes, and the two views they read and write through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from netctl.devchain.options import ChainOptions
from netctl.devchain.scale import Cursor, compact

if TYPE_CHECKING:
    from netctl.devchain.codec import Codec
    from netctl.devchain.pallet import Origin


class View(Protocol):
    """Read access to the state: at a sealed block, or in the block being built."""

    @property
    def codec(self) -> Codec:
        """Encodes and decodes by the chain's metadata."""

    @property
    def options(self) -> ChainOptions:
        """What the chain was made with."""

    @property
    def block(self) -> int:
        """The number of the block that is read or built."""

    def get_raw(self, key: bytes) -> bytes | None:
        """The bytes at a storage key; None when absent."""

    def page(self, prefix: bytes, start: bytes | None = None, limit: int | None = None) -> list[bytes]:
        """Keys that begin with `prefix`, in order, after `start` (exclusive), at most `limit`."""

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a sealed block; None for blocks not there yet."""


class Frame(View, Protocol):
    """The writable view inside a block."""

    @property
    def now_ms(self) -> int:
        """The virtual clock: genesis time plus block number times slot."""

    @property
    def shield_key(self) -> bytes:
        """The ML-KEM-768 encapsulation key that this chain's author opens with."""

    def put_raw(self, key: bytes, value: bytes) -> None:
        """Write bytes."""

    def remove_raw(self, key: bytes) -> None:
        """Delete a key; no error when absent."""

    def emit(self, pallet: str, event: str, attributes: Any = None) -> None:
        """Deposit an event in the current phase; a dict for named fields, a tuple or the bare value else."""

    def dispatch(self, call: dict[str, Any], origin: Origin) -> None:
        """Run a decoded call inside this one (Sudo, Utility); its DispatchError passes through, not rolled back."""

    def checkpoint(self) -> AbstractContextManager[None]:
        """Roll state and events back if the block of code raises DispatchError, which passes on."""

    def unsupported(self, name: str) -> None:
        """Count and log something that clients asked for and that is not modelled."""

    def unshield(self, ciphertext: bytes) -> bytes | None:
        """The raw inner extrinsic of a shielded envelope; None when it cannot be opened."""

    def include_next(self, raw: bytes) -> None:
        """Have the author put this raw extrinsic right behind the current one, in the same block."""


@dataclass(frozen=True)
class Item:
    """A storage item of the runtime: `Burn = Item("SubtensorModule", "Burn")`.

    Values have bittensor_core's shapes: ss58 strings, dicts, {"bits": n} for fixed point, a variant's name or
    {name: fields} for enums. Byte strings are written as 0x hex, and read as str when they are valid UTF-8.
    """

    pallet: str
    name: str

    def get(self, view: View, *keys: Any) -> Any:
        """The value; where absent a fresh copy of the metadata's default, or None for optional items."""
        entry = view.codec.entry(self.pallet, self.name)
        raw = view.get_raw(entry.key(keys))
        if raw is None:
            raw = entry.default
        return None if raw is None else entry.decode(raw)

    def put(self, frame: Frame, value: Any, *keys: Any) -> None:
        """Write a value."""
        entry = frame.codec.entry(self.pallet, self.name)
        frame.put_raw(entry.key(keys), entry.encode(value))

    def remove(self, frame: Frame, *keys: Any) -> None:
        """Delete; no error when absent."""
        frame.remove_raw(frame.codec.entry(self.pallet, self.name).key(keys))

    def exists(self, view: View, *keys: Any) -> bool:
        """Whether something was written there, whatever the default."""
        return view.get_raw(view.codec.entry(self.pallet, self.name).key(keys)) is not None

    def entries(self, view: View, *prefix_keys: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """(remaining keys, value) in key order; only for maps whose remaining hashers keep the key."""
        entry = view.codec.entry(self.pallet, self.name)
        for key in view.page(entry.key(prefix_keys)):
            raw = view.get_raw(key)
            if raw is not None:
                yield entry.free_keys(key, len(prefix_keys)), entry.decode(raw)

    def holds(self, view: View, element: Any, *keys: Any) -> bool:
        """Whether a vector of fixed-width elements holds this one; found as bytes, without decoding the vector."""
        entry = view.codec.entry(self.pallet, self.name)
        wanted = entry.encode_element(element)
        _, body = self._split(view, entry.key(keys))
        at = body.find(wanted)
        while at % len(wanted) and at != -1:
            at = body.find(wanted, at + 1)
        return at != -1

    def append(self, frame: Frame, element: Any, *keys: Any) -> None:
        """Add an element to the end of a vector, without decoding it."""
        entry = frame.codec.entry(self.pallet, self.name)
        key = entry.key(keys)
        count, body = self._split(frame, key)
        frame.put_raw(key, compact(count + 1) + body + entry.encode_element(element))

    @staticmethod
    def _split(view: View, key: bytes) -> tuple[int, bytes]:
        cursor = Cursor(view.get_raw(key) or b"\0")
        return cursor.compact(), cursor.rest()

    def set_at(self, frame: Frame, index: int, value: Any, *keys: Any) -> None:
        """Set one element of a vector, growing it with zeros of the element's type."""
        values = self.get(frame, *keys)
        if len(values) <= index:
            zero = frame.codec.element_zero(self.pallet, self.name)
            values.extend(zero for _ in range(index + 1 - len(values)))
        values[index] = value
        self.put(frame, values, *keys)
