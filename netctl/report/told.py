"""What a report does not know, and what it can point at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that nobody can tell, and why: it stands in the place of what is not known."""

    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a reader can look up: a line that begins at byte `offset` of a log, or what a block has.

    `time` is in seconds since the epoch; `line` is the text, None where it is gone or was never there.
    """

    what: str
    neuron: str | None = None
    time: float | None = None
    block: int | None = None
    log: str | None = None
    offset: int | None = None
    line: str | None = None
