"""The state: the head's keys and values in memory, older ones within the window from the store."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from netctl.devchain.header import blake2_256
from netctl.devchain.scale import prefixed
from netctl.devchain.store import Store

Changes = dict[bytes, bytes | None]


class StateDiscarded(LookupError):
    """The state at that block has left the window."""


def after_prefix(prefix: bytes) -> bytes:
    """The smallest key above all that begin with `prefix`."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else b"\xff" * 64


def slice_page(keys: list[bytes], prefix: bytes, start: bytes | None, limit: int | None) -> list[bytes]:
    """Of sorted keys, those that begin with `prefix`, after `start`, at most `limit`."""
    first = bisect_left(keys, prefix)
    if start is not None:
        first = max(first, bisect_right(keys, start))
    last = bisect_left(keys, after_prefix(prefix))
    return keys[first : last if limit is None else min(last, first + limit)]


class State:
    """Key -> bytes at the head, and at any of the last `keep` blocks."""

    def __init__(self, store: Store, keep: int) -> None:
        self._store = store
        self._keep = keep
        self._values: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []
        self.number = 0
        self.reload()

    def reload(self) -> Changes:
        """Read the head's state from the store anew; gives how it differs from what was here."""
        old = self._values
        self._values = self._store.state()
        self._keys = sorted(self._values)
        self.number = self._store.tip() or 0
        changes: Changes = {key: value for key, value in self._values.items() if old.get(key) != value}
        changes.update((key, None) for key in old.keys() - self._values.keys())
        return changes

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes) -> bytes | None:
        """The value at the head."""
        return self._values.get(key)

    def page(self, prefix: bytes, start: bytes | None = None, limit: int | None = None) -> list[bytes]:
        """Keys at the head, in order."""
        return slice_page(self._keys, prefix, start, limit)

    def check_kept(self, number: int) -> None:
        """StateDiscarded if the state at this block is no longer readable."""
        if number <= self.number - self._keep:
            raise StateDiscarded(number)

    def get_at(self, key: bytes, number: int) -> bytes | None:
        """The value at a block in the window."""
        if number < self.number:
            overwritten = self._store.overwritten(key, number)
            if overwritten is not None:
                return overwritten[0]
        return self._values.get(key)

    def page_at(self, prefix: bytes, start: bytes | None, limit: int | None, number: int) -> list[bytes]:
        """Keys at a block in the window, in order."""
        if number >= self.number:
            return self.page(prefix, start, limit)
        since = set(self._store.written_after(prefix, after_prefix(prefix), number))
        then = [key for key in self.page(prefix) if key not in since]
        then += [key for key in since if self.get_at(key, number) is not None]
        return slice_page(sorted(then), prefix, start, limit)

    def effective(self, writes: Changes) -> Changes:
        """Those writes that change anything, in key order."""
        return {key: writes[key] for key in sorted(writes) if self._values.get(key) != writes[key]}

    def back_to(self, number: int) -> Changes:
        """The changes that lead from the head back to a block in the window. StateDiscarded if it is not."""
        self.check_kept(number)
        return self.effective(self._store.before(number))

    def undo_of(self, changes: Changes) -> list[tuple[bytes, bytes | None]]:
        """What these changes overwrite."""
        return [(key, self._values.get(key)) for key in changes]

    def apply(self, number: int, changes: Changes) -> None:
        """Make these changes visible: block `number` is the head from here on."""
        for key, value in changes.items():
            if value is None:
                del self._values[key]
                del self._keys[bisect_left(self._keys, key)]
            else:
                if key not in self._values:
                    insort(self._keys, key)
                self._values[key] = value
        self.number = number


def next_root(previous: bytes, changes: Changes) -> bytes:
    """The state root: a hash chain over what each block changed. There is no trie, hence no proofs."""
    told = (prefixed(key) + (b"\0" if value is None else b"\1" + prefixed(value)) for key, value in changes.items())
    return blake2_256(previous + b"".join(told))
