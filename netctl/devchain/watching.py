"""Who waits for which extrinsic, and what they are told: a node's statuses in a node's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netctl.devchain.extrinsic import Extrinsic

Status = str | dict[str, str]
Watcher = Callable[[Status], None]


class Watching:
    """Watchers by extrinsic hash, and the blocks that hold watched extrinsics and are not final yet."""

    def __init__(self) -> None:
        self._watchers: dict[bytes, list[Watcher]] = {}
        self._unfinal: dict[int, tuple[bytes, list[bytes]]] = {}

    def add(self, extrinsic_hash: bytes, watcher: Watcher) -> None:
        """Tell this watcher from now on."""
        self._watchers.setdefault(extrinsic_hash, []).append(watcher)

    def remove(self, extrinsic_hash: bytes, watcher: Watcher) -> None:
        """Tell this watcher no more; no error if it was not there."""
        watchers = self._watchers.get(extrinsic_hash, [])
        if watcher in watchers:
            watchers.remove(watcher)

    def tell(self, extrinsic_hash: bytes, status: Status, *, last: bool = False) -> None:
        """Tell all who watch an extrinsic; after the last word they are forgotten."""
        for watcher in tuple(self._watchers.get(extrinsic_hash, ())):
            watcher(status)
        if last:
            self._watchers.pop(extrinsic_hash, None)

    def include(self, number: int, block_hash: bytes, extrinsics: Iterable[Extrinsic]) -> None:
        """These are in a block."""
        watched = [each.hash for each in extrinsics if each.hash in self._watchers]
        if watched:
            self._unfinal[number] = (block_hash, watched)
        for each in watched:
            self.tell(each, {"inBlock": "0x" + block_hash.hex()})

    def finalize(self, upto: int) -> None:
        """Blocks up to this one are final."""
        for number in sorted(number for number in self._unfinal if number <= upto):
            block_hash, watched = self._unfinal.pop(number)
            for each in watched:
                self.tell(each, {"finalized": "0x" + block_hash.hex()}, last=True)

    def retract(self, above: int) -> None:
        """Blocks above this one are no longer of the chain."""
        for number in sorted((number for number in self._unfinal if number > above), reverse=True):
            block_hash, watched = self._unfinal.pop(number)
            for each in watched:
                self.tell(each, {"retracted": "0x" + block_hash.hex()})

    def drop_all(self) -> None:
        """None of what is watched will be in a block."""
        for each in tuple(self._watchers):
            self.tell(each, "dropped", last=True)
