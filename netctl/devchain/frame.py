"""The views: the block being built, and sealed blocks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netctl.devchain.codec import Codec
from netctl.devchain.options import ChainOptions
from netctl.devchain.scale import compact
from netctl.devchain.shield import Shield
from netctl.devchain.state import Changes, State, after_prefix, slice_page

if TYPE_CHECKING:
    from netctl.devchain.dispatch import Runtime
    from netctl.devchain.pallet import Origin

log = logging.getLogger(__name__)

_UNWRITTEN = object()
COUNTED_NAMES = 1000
"""Clients choose these names: what comes after so many is not counted."""


@dataclass(frozen=True)
class World:
    """What every view of one chain shares."""

    options: ChainOptions
    codec: Codec
    runtime: Runtime
    state: State
    shield: Shield
    block_hash: Callable[[int], bytes | None]
    unsupported: Counter[str] = field(default_factory=Counter)

    def count_unsupported(self, name: str) -> None:
        """Count something asked for and not modelled; the first time it is also logged."""
        if name not in self.unsupported and len(self.unsupported) >= COUNTED_NAMES:
            return
        self.unsupported[name] += 1
        if self.unsupported[name] == 1:
            log.warning("not modelled: %s", name)


class BlockView:
    """Read access at a sealed block."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number

    @property
    def codec(self) -> Codec:
        """Encodes and decodes by the chain's metadata."""
        return self._world.codec

    @property
    def options(self) -> ChainOptions:
        """What the chain was made with."""
        return self._world.options

    @property
    def block(self) -> int:
        """The number of the block that is read."""
        return self._number

    def get_raw(self, key: bytes) -> bytes | None:
        """The bytes at a key."""
        return self._world.state.get_at(key, self._number)

    def page(self, prefix: bytes, start: bytes | None = None, limit: int | None = None) -> list[bytes]:
        """Keys that begin with `prefix`, in order, after `start`, at most `limit`."""
        return self._world.state.page_at(prefix, start, limit, self._number)

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a sealed block."""
        return self._world.block_hash(number)


class BlockFrame:
    """The block being built: writes stay here, with a journal to roll them back by, until it is sealed."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number
        self._journal: list[tuple[bytes, Any]] = []
        self._depth = 0
        self._event_type = world.codec.event_type
        self.writes: Changes = {}
        self.events: list[bytes] = []
        self.phase: Any = "Initialization"
        self.next_in_line: list[bytes] = []

    @property
    def codec(self) -> Codec:
        """Encodes and decodes by the chain's metadata."""
        return self._world.codec

    @property
    def options(self) -> ChainOptions:
        """What the chain was made with."""
        return self._world.options

    @property
    def block(self) -> int:
        """The number of the block that is built."""
        return self._number

    @property
    def now_ms(self) -> int:
        """The virtual clock."""
        return self.options.genesis_time_ms + self._number * self.options.slot_ms

    @property
    def shield_key(self) -> bytes:
        """The key that clients encrypt to."""
        return self._world.shield.public_key

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a sealed block."""
        return self._world.block_hash(number)

    def get_raw(self, key: bytes) -> bytes | None:
        """The bytes at a key, this block's writes included."""
        written = self.writes.get(key, _UNWRITTEN)
        return self._world.state.get(key) if written is _UNWRITTEN else written  # type: ignore[return-value]

    def page(self, prefix: bytes, start: bytes | None = None, limit: int | None = None) -> list[bytes]:
        """Keys that begin with `prefix`, this block's writes included."""
        end = after_prefix(prefix)
        written = {key: value for key, value in self.writes.items() if prefix <= key < end}
        if not written:
            return self._world.state.page(prefix, start, limit)
        keys = {key for key in self._world.state.page(prefix) if key not in written}
        keys.update(key for key, value in written.items() if value is not None)
        return slice_page(sorted(keys), prefix, start, limit)

    def put_raw(self, key: bytes, value: bytes) -> None:
        """Write bytes."""
        self._write(key, value)

    def remove_raw(self, key: bytes) -> None:
        """Delete a key."""
        self._write(key, None)

    def _write(self, key: bytes, value: bytes | None) -> None:
        if self._depth:
            self._journal.append((key, self.writes.get(key, _UNWRITTEN)))
        self.writes[key] = value

    def emit(self, pallet: str, event: str, attributes: Any = None) -> None:
        """Deposit an event in the current phase."""
        told = {pallet: {event: attributes} if attributes is not None else event}
        record = {"phase": self.phase, "event": told, "topics": []}
        self.events.append(self._world.codec.encode(self._event_type, record))

    def encoded_events(self) -> bytes:
        """System.Events as it is to be stored."""
        return compact(len(self.events)) + b"".join(self.events)

    def dispatch(self, call: dict[str, Any], origin: Origin) -> None:
        """Run a decoded call inside this block."""
        self._world.runtime.dispatch(self, call, origin)

    @contextmanager
    def checkpoint(self) -> Iterator[None]:
        """Roll state, events and what is next in line back if anything is raised."""
        journal, events, line = len(self._journal), len(self.events), len(self.next_in_line)
        self._depth += 1
        try:
            yield
        except BaseException:
            for key, before in reversed(self._journal[journal:]):
                if before is _UNWRITTEN:
                    del self.writes[key]
                else:
                    self.writes[key] = before
            del self._journal[journal:], self.events[events:], self.next_in_line[line:]
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._journal.clear()

    def unsupported(self, name: str) -> None:
        """Count and log something that is not modelled."""
        self._world.count_unsupported(name)

    def unshield(self, ciphertext: bytes) -> bytes | None:
        """The raw inner extrinsic of a shielded envelope."""
        return self._world.shield.open(ciphertext)

    def include_next(self, raw: bytes) -> None:
        """Put this raw extrinsic right behind the current one."""
        self.next_in_line.append(raw)
