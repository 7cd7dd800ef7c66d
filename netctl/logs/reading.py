"""Lines that are there: the last ones, or those of a time, of one log or of many in the order of time."""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from netctl.errors import NetctlError
from netctl.logs.choice import EVERYTHING, Choice
from netctl.logs.lines import LogLine, Record, Stream, split
from netctl.logs.logfile import LogFile
from netctl.logs.places import LOOKED_THROUGH, place_behind, place_of

WINDOW = 64 * 1024
GROWTH = 4
LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Source:
    """One log to read: whose, which of its streams, and where."""

    name: str
    path: Path
    stream: Stream = "stdout"


Sources = Mapping[str, Path] | Sequence[Source]


def sources_of(sources: Sources) -> Sequence[Source]:
    """Plain paths by name stand for standard output."""
    return [Source(*item) for item in sources.items()] if isinstance(sources, Mapping) else sources


def recent(sources: Sources, count: int, choice: Choice = EVERYTHING) -> list[LogLine]:
    """The last `count` wanted lines of each log, merged by time; one without a stamp stays behind its forerunner."""
    return list(in_order(keyed(last(each, count, choice), written_at(each.path)) for each in sources_of(sources)))


def between(sources: Sources, choice: Choice) -> Iterator[LogLine]:
    """Every wanted line, merged by time; read as they are asked for."""
    return in_order(keyed(between_until(each, choice), written_at(each.path)) for each in sources_of(sources))


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines, oldest first, a torn last one included; empty where there is no file."""
    return [line.text for line in last(Source(path.stem, path), count)]


def last(source: Source, count: int, choice: Choice = EVERYTHING, *, end: int | None = None) -> list[LogLine]:
    """The last `count` wanted lines of one log before an offset. Read backwards, as far as it takes."""
    log = LogFile(source.path)
    if count <= 0:
        return []
    with readable(source.path):
        found = log.layout()
        stop = found.end if end is None else end
        if choice.until is not None:
            stop = min(stop, place_behind(log, choice.until))
        first = found.begin if choice.since is None else place_of(log, choice.since)
        window = WINDOW
        while True:
            start = max(first, stop - window)
            lines = _lines(source, start, stop, choice, is_first=start == found.begin)
            kept = deque(lines, maxlen=count)
            if len(kept) == count or start <= first:
                return list(kept)
            window *= GROWTH


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """NetctlError in place of an OSError that reading a log brings up."""
    try:
        yield
    except OSError as exc:
        raise NetctlError(f"{path}: cannot be read: {exc.strerror}", hint="check its owner and mode") from exc


def in_order(logs: Iterable[Iterator[tuple[float, LogLine]]]) -> Iterator[LogLine]:
    """Lines of many logs by their keys; those of one log stay as they are."""
    return (line for _, line in heapq.merge(*logs, key=lambda item: item[0]))


def between_until(source: Source, choice: Choice, end: int | None = None) -> Iterator[LogLine]:
    """Every wanted line of one log, before an offset."""
    log = LogFile(source.path)
    with readable(source.path):
        found = log.layout()
        start = found.begin if choice.since is None else place_of(log, choice.since)
        stop = found.end if end is None else end
        if choice.until is not None:
            stop = min(stop, place_behind(log, choice.until))
        yield from _lines(source, start, stop, choice, is_first=start == found.begin)


def _lines(source: Source, start: int, stop: int, choice: Choice, *, is_first: bool) -> Iterator[LogLine]:
    """Wanted lines of a part of a log. Where it begins within a line or a record, that one is left out."""
    # From a byte earlier, so that what is left out is empty where a line begins just there.
    raw = split(content for _, content in LogFile(source.path).chunks(start if is_first else start - 1, stop))
    record = Record(source.name, source.stream)
    unstamped = written_at(source.path)
    is_known = is_first or not choice.asks_the_record
    unknown: list[LogLine] = []
    length = 0
    for line in map(record.line, raw if is_first else islice(raw, 1, None)):
        if not is_known and not record.is_known and length < LOOKED_THROUGH:
            length += len(line.raw)
            unknown.append(line)
            continue
        if not is_known:
            is_known = True
            # A log without stamps is nobody's continuation: its lines are what they are.
            yield from (each for each in unknown if not record.is_known and choice.takes(each, unstamped=unstamped))
        if choice.takes(line, unstamped=unstamped):
            yield line
    if not is_known:
        yield from (each for each in unknown if choice.takes(each, unstamped=unstamped))


def keyed(lines: Iterable[LogLine], written_at: float) -> Iterator[tuple[float, LogLine]]:
    """Each line with the time to sort it by, which never goes back. A log without any stamps is as old as its end."""
    lines = iter(lines)
    seen = list(islice(lines, LOOKED_AT))
    key = float("-inf") if any(line.time is not None for line in seen) else written_at
    for part in (seen, lines):
        for line in part:
            key = key if line.time is None else max(key, line.time)
            yield key, line


def written_at(path: Path) -> float:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - asked for every log
    except OSError:
        return 0.0
