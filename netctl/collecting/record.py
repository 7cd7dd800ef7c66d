"""How far each task's log has been collected: beside the logs, so that nothing is written twice or left out.

A record is written after what it tells of. Killed in between, the next collector finds the surplus in the files' sizes.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from netctl import whole_file
from netctl.ports.gathering import Stream

FOLDER = "collected"
KEPT = 8
"""So many tasks of a neuron are remembered: more than an engine keeps."""


class Progress(msgspec.Struct):
    """Of one task: the time of the last piece and how many pieces had that very time, and where its log begins.

    `sizes` are the log files' logical ends right after it, `begins` their ends before its first piece; bytes.
    """

    task: str
    at_ns: int = 0
    same: int = 0
    is_done: bool = False
    begins: dict[Stream, int] = {}
    sizes: dict[Stream, int] = {}


class Record(msgspec.Struct):
    """Of one neuron: its tasks, the one collected last at the end."""

    tasks: list[Progress] = []

    def of(self, task: str) -> Progress | None:
        """That task's progress, None where nothing of it has been collected."""
        return next((each for each in self.tasks if each.task == task), None)


_DECODER = msgspec.json.Decoder(Record)


def place(state: Path, neuron: str) -> Path:
    """Where a neuron's record lies."""
    return state / FOLDER / f"{neuron}.json"


def read(state: Path, neuron: str) -> Record:
    """The record; an empty one where none can be read."""
    try:
        return _DECODER.decode(place(state, neuron).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Record()


def write(state: Path, neuron: str, record: Record) -> None:
    """Put it in place of the last one, whole or not at all; OSError."""
    del record.tasks[:-KEPT]
    path = place(state, neuron)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole_file.put(path, msgspec.json.encode(record))
