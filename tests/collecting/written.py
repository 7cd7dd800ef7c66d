"""A source of logs in memory: it gives what was written, from any moment on, as an engine does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from netctl.errors import SessionError
from netctl.ports.gathering import Piece, Stream, Task

END_S = 10.0


@dataclass
class Written:
    """What tasks have written; a faulty engine on demand, which a real one is not."""

    known: dict[str, Task] = field(default_factory=dict)
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    together: int = 3
    changed: threading.Condition = field(default_factory=threading.Condition)
    stuck: set[str] = field(default_factory=set)

    def begin(self, task: Task) -> None:
        with self.changed:
            self.known[task.id] = task
            self.pieces.setdefault(task.id, [])
            self.changed.notify_all()

    def write(self, task: str, at_ns: int, text: str, stream: Stream = "stdout") -> None:
        with self.changed:
            self.pieces[task].append(Piece(at_ns, stream, text.encode()))
            self.changed.notify_all()

    def end(self, task: str) -> None:
        with self.changed:
            self.known[task] = replace(self.known[task], is_over=True)
            self.changed.notify_all()

    def lose(self, task: str) -> None:
        with self.changed:
            self.known[task] = replace(self.known[task], is_lost=True)
            self.changed.notify_all()

    def tasks(self) -> Sequence[Task]:
        with self.changed:
            return list(self.known.values())

    def read_log(self, task: Task, *, since_ns: int, follow: bool) -> Iterator[Sequence[Piece]]:
        given = 0
        while True:
            with self.changed:
                if task.id in self.broken:
                    raise SessionError("the engine does not answer", hint="look at it")
                fitting = [piece for piece in self.pieces[task.id] if piece.at_ns >= since_ns]
                new = fitting[given : given + self.together]
                is_over = self.known[task.id].is_over and task.id not in self.stuck
                if not new:
                    if not follow or (is_over and len(fitting) == given):
                        return
                    self.changed.wait(END_S)
                    continue
            given += len(new)
            yield new
