"""One task's log, appended piece by piece to the operator's two log files, each piece once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from netctl.collecting import record
from netctl.collecting.record import Progress, Record
from netctl.logs.logfile import LogFile
from netctl.ports.gathering import Piece, Stream

STREAMS: tuple[Stream, ...] = get_args(Stream)


@dataclass(slots=True)
class Gatherer:
    """Appends what one task wrote. `state` is the fleet's state directory, `logs` the neuron's log of each stream.

    Only one at a time may append to a neuron's logs.
    """

    state: Path
    neuron: str
    logs: Mapping[Stream, Path]
    task: str
    _record: Record = field(init=False)
    _progress: Progress = field(init=False)
    _surplus: dict[Stream, int] = field(init=False)
    _passed: int = field(init=False)

    def __post_init__(self) -> None:
        for path in self.logs.values():
            _append(path, b"")  # there from the start, as on one machine, for whoever follows it
        self._record = record.read(self.state, self.neuron)
        ends = {stream: _end(path) for stream, path in self.logs.items()}
        found = self._record.of(self.task)
        if found is None:
            # A collector that was killed with a later task's first piece written and not noted begins here again.
            begins = self._record.tasks[-1].sizes if self._record.tasks else ends
            begins = {stream: begins.get(stream, ends[stream]) for stream in ends}
            found = Progress(self.task, begins=begins, sizes=dict(begins))
            self._record.tasks.append(found)
            record.write(self.state, self.neuron, self._record)
        self._progress = found
        # Beyond what was noted last there can only be pieces of the task collected last.
        is_last = self._record.tasks[-1] is found
        self._surplus = {s: max(0, ends[s] - found.sizes.get(s, ends[s])) if is_last else 0 for s in ends}
        self._passed = found.same

    @property
    def since_ns(self) -> int:
        """From when on the log is to be read: pieces of that very moment come again, and are passed over."""
        return self._progress.at_ns

    def append(self, pieces: Iterable[Piece]) -> int:
        """Append what is new of these, in one go, and note how far it came; how many bytes that were. OSError."""
        progress, before = self._progress, self._progress.at_ns
        new: dict[Stream, bytearray] = {}
        for piece in self._unseen(pieces, before):
            progress.same = progress.same + 1 if piece.at_ns == progress.at_ns else 1
            progress.at_ns = piece.at_ns
            content = piece.content
            there = min(self._surplus[piece.stream], len(content))
            self._surplus[piece.stream] -= there
            progress.sizes[piece.stream] = progress.sizes.get(piece.stream, 0) + there
            if there < len(content):
                new.setdefault(piece.stream, bytearray()).extend(content[there:])
        for stream, content_ in new.items():
            _append(self.logs[stream], bytes(content_))
            progress.sizes[stream] = _end(self.logs[stream])
        if progress.at_ns != before or new:
            record.write(self.state, self.neuron, self._record)
        return sum(map(len, new.values()))

    def done(self) -> None:
        """Note that nothing more comes of it. OSError."""
        self._progress.is_done = True
        record.write(self.state, self.neuron, self._record)

    def _unseen(self, pieces: Iterable[Piece], before: int) -> Iterator[Piece]:
        for piece in pieces:
            if piece.at_ns < before:
                continue
            if piece.at_ns == before and self._passed > 0:
                self._passed -= 1
                continue
            yield piece


def _append(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while content:
            content = content[os.write(handle, content) :]
    finally:
        os.close(handle)


def _end(path: Path) -> int:
    try:
        return LogFile(path).end()
    except OSError:
        return 0
