"""The edge where the logs of other machines are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Stream = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a neuron on some node; `name` is the neuron's, `number` counts its runs, oldest first.

    `is_over` says that it writes no more, `is_lost` that its node does not answer: what it wrote cannot be had now.
    """

    id: str
    name: str
    number: int
    node: str
    is_over: bool = False
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What a task wrote, as the engine kept it: a line with its end, or a part of a long one.

    `at_ns` is its node's time in nanoseconds since the epoch; it never goes back within a task.
    """

    at_ns: int
    stream: Stream
    content: bytes


@runtime_checkable
class Gatherable(Protocol):
    """Where runs write that this machine does not see; unreachable raises SessionError."""

    def tasks(self) -> Sequence[Task]:
        """Every run that the engine still knows, by neuron and number."""

    def read_log(self, task: Task, *, since_ns: int, follow: bool) -> Iterator[Sequence[Piece]]:
        """What it wrote at that time or later, what came together together; with `follow` as it comes, to its end."""
