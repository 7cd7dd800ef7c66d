"""System: remarks, and root's raw writes to storage."""

from __future__ import annotations

from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets.wire import bytes_of, hashed
from netctl.devchain.storage import Frame


class System(Pallet):
    """frame_system's calls, without runtime upgrades: this chain's code is not wasm."""

    name = "System"

    @call()
    def remark(self, frame: Frame, origin: Origin, *, remark: object) -> None:
        """Do nothing, for a fee."""

    @call()
    def remark_with_event(self, frame: Frame, origin: Origin, *, remark: object) -> None:
        """Put the remark's hash on record."""
        frame.emit("System", "Remarked", {"sender": origin.signed(), "hash": hashed(bytes_of(remark))})

    @call()
    def set_storage(self, frame: Frame, origin: Origin, *, items: list[tuple[object, object]]) -> None:
        """Root writes raw storage."""
        origin.root()
        for key, value in items:
            frame.put_raw(bytes_of(key), bytes_of(value))

    @call()
    def kill_storage(self, frame: Frame, origin: Origin, *, keys: list[object]) -> None:
        """Root deletes raw storage keys."""
        origin.root()
        for key in keys:
            frame.remove_raw(bytes_of(key))

    @call()
    def kill_prefix(self, frame: Frame, origin: Origin, *, prefix: object, subkeys: int) -> None:
        """Root deletes at most `subkeys` keys that begin with a prefix."""
        origin.root()
        for key in frame.page(bytes_of(prefix), limit=subkeys):
            frame.remove_raw(key)
