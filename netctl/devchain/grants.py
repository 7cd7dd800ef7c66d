"""What operators did to a block without an extrinsic, written down so that the block can be executed again.

A grant is a function over the block being built. Its record holds the storage that it wrote and the events that it
deposited; the record lies beside the block's body and the header commits to it.
"""

from __future__ import annotations

from collections.abc import Callable

from netctl.devchain.frame import BlockFrame
from netctl.devchain.scale import BLOB, Cursor, Vector
from netctl.devchain.state import Changes
from netctl.devchain.storage import Frame

Grant = Callable[[Frame], None]
_BLOBS = Vector(BLOB)
_ABSENT = object()


class Recorder:
    """Notes what a frame holds now; `record` tells what came after."""

    def __init__(self, frame: BlockFrame) -> None:
        self._frame = frame
        self._writes = dict(frame.writes)
        self._events = len(frame.events)

    def record(self) -> bytes:
        """The storage written and the events deposited since, encoded; never empty."""
        writes: Changes = {
            key: value for key, value in self._frame.writes.items() if self._writes.get(key, _ABSENT) != value
        }
        put = [blob for key in sorted(writes) if (value := writes[key]) is not None for blob in (key, value)]
        gone = [key for key in sorted(writes) if writes[key] is None]
        return b"".join(bytes(_BLOBS.write(part)) for part in (put, gone, self._frame.events[self._events :]))


def from_record(record: bytes) -> Grant:
    """The grant that does again what a record says. Truncated for bytes that are no record."""
    cursor = Cursor(record)
    put, gone, events = (_BLOBS.read(cursor) for _ in range(3))
    cursor.finish()

    def again(frame: Frame) -> None:
        if not isinstance(frame, BlockFrame):
            raise TypeError("grants are made in the block being built")
        for key, value in zip(put[::2], put[1::2], strict=True):
            frame.put_raw(key, value)
        for key in gone:
            frame.remove_raw(key)
        frame.events.extend(events)

    return again
