"""Brings a log's events into the store: what was read and what it said change together, or not at all."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

import msgspec

from netctl.fleet import Role
from netctl.logs.heads import head_of
from netctl.logs.lines import LONGEST_LINE
from netctl.signals.matching import LOOKED_BACK, Carried, Event, Matcher
from netctl.signals.spec import Signal, StreamName
from netctl.store.database import change
from netctl.store.sources import TAIL_LENGTH, Log, LogSource, Place, digest_of_bytes, log_at, place_of

BLOCK = 2 * 1024 * 1024
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NAME = itemgetter(Event._fields.index("signal"))
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Fed:
    """What one go has brought: events, lines and bytes that were read, bytes that were gone before."""

    events: int = 0
    lines: int = 0
    read: int = 0
    lost: int = 0

    def __add__(self, other: Fed) -> Fed:
        return Fed(self.events + other.events, self.lines + other.lines, self.read + other.read, self.lost + other.lost)


class Block(NamedTuple):
    """The next whole lines of a log, read: what is in them, where they end, and the last bytes of them."""

    events: list[Event]
    carried: Carried
    end: int
    fed: Fed
    tail: bytes


class _Kept(NamedTuple):
    id: int
    uid: str | None
    hotkey: str | None


@dataclass(slots=True)
class Feeder:
    """The signals of one pack's roles, and the store that their events go to.

    `tally` counts what it has brought, by signal.
    """

    connection: sqlite3.Connection
    signals: Mapping[Role, Sequence[Signal]]
    tally: Counter[str] = field(default_factory=Counter)
    _matchers: dict[tuple[Role, StreamName], Matcher] = field(default_factory=dict)
    _kept: dict[tuple[Role, str], _Kept] = field(default_factory=dict)

    def feed(
        self,
        source: LogSource,
        *,
        now: float,
        to_end: bool = False,
        most: int | None = None,
        log: Log | None = None,
        alone: bool = False,
    ) -> Fed:
        """Read what the log has beyond what was read before, at most about `most` bytes.

        The last line is left until it is whole, or taken as it is with `to_end`. Killed at any moment, or beside
        another that does the same, each event is there once. `log` is what `log_at` has opened before; `alone` reads a
        log from elsewhere though the store has it from another path.
        """
        log = log or log_at(source)
        fed = Fed()
        while most is None or fed.read < most:
            place = place_of(self.connection, source, log, alone=alone)
            block = None if place is None else self._next(source, log, place, to_end=to_end)
            if place is None or block is None:
                break
            fed += self._take(source, place, block, now)
        return fed

    def blocks(self, source: LogSource, log: Log, place: Place, *, to_end: bool = False) -> Iterator[Block]:
        """What is there beyond a place, read but not brought into the store."""
        while (block := self._next(source, log, place, to_end=to_end)) is not None:
            yield block
            place = Place(place.id, block.end, block.carried)

    def _next(self, source: LogSource, log: Log, place: Place, *, to_end: bool) -> Block | None:
        begin, content = _whole_lines(log, place.offset, to_end=to_end)
        if not content:
            return None
        if begin > place.offset:
            skipped = _torn_off(content)
            begin, content = begin + skipped, content[skipped:]
        lost = begin - place.offset

        def before() -> bytes:
            first = max(0, begin - LOOKED_BACK)
            return log.read(first, begin - first)

        carried = Carried() if lost else place.carried
        events, carried = self._matcher(source).events(content, begin, carried, before)
        lines = content.count(b"\n") + bool(content and not content.endswith(b"\n"))
        tail = content[-TAIL_LENGTH:]
        return Block(events, carried, begin + len(content), Fed(len(events), lines, len(content), lost), tail)

    def _take(self, source: LogSource, place: Place, block: Block, now: float) -> Fed:
        tail = digest_of_bytes(block.tail) if source.foreign else None
        try:
            with change(self.connection):
                moved = self.connection.execute(
                    "UPDATE sources SET offset = ?, lines = lines + ?, lost = lost + ?, time = ?, level = ?, tail = ?,"
                    " tail_length = ? WHERE id = ? AND offset = ?",
                    (
                        *(block.end, block.fed.lines, block.fed.lost, block.carried.time, block.carried.level),
                        *(tail, len(block.tail) if source.foreign else 0, place.id, place.offset),
                    ),
                ).rowcount
                if moved:
                    self.connection.executemany(_INSERT, self._rows(place.id, source.role, block.events, now))
        except BaseException:
            self._kept.clear()
            raise
        if not moved:
            return Fed()
        self.tally.update(map(_NAME, block.events))
        return block.fed

    def _matcher(self, source: LogSource) -> Matcher:
        key = (source.role, source.stream)
        if key not in self._matchers:
            self._matchers[key] = Matcher(self.signals.get(source.role, ()), source.stream)
        return self._matchers[key]

    def _rows(self, source: int, role: Role, events: Sequence[Event], now: float) -> Iterator[tuple[object, ...]]:
        kept = self._kept
        for offset, number, name, time, fields in events:
            known = kept.get((role, name)) or self._keep(role, name)
            yield (
                source,
                offset,
                number,
                known.id,
                time,
                now if time is None else None,
                None if known.uid is None else fields[known.uid],
                None if known.hotkey is None else fields[known.hotkey],
                _ENCODE(fields).decode(),
            )

    def _keep(self, role: Role, name: str) -> _Kept:
        """What the store knows the signal by, within the change that needs it."""
        signal = next(signal for signal in self.signals[role] if signal.name == name)
        digest = digest_of(signal)
        self.connection.execute(
            "INSERT OR IGNORE INTO signals (role, name, digest) VALUES (?, ?, ?)", (role, name, digest)
        )
        (found,) = self.connection.execute(
            "SELECT id FROM signals WHERE role = ? AND name = ? AND digest = ?", (role, name, digest)
        ).fetchone()
        self._kept[role, name] = _Kept(found, _first(signal, "uid"), _first(signal, "hotkey"))
        return self._kept[role, name]


def digest_of(signal: Signal) -> str:
    """What tells apart two patterns of one name: events read by an earlier one keep its name and digest."""
    kept = signal.model_dump(
        mode="json", include={"match", "fields", "each", "sort", "streams", "level", "whole", "rest"}
    )
    return blake2b(msgspec.json.encode(kept), digest_size=8).hexdigest()


def _first(signal: Signal, kind: str) -> str | None:
    return next((name for name in signal.groups if signal.kind_of(name) == kind), None)


def _torn_off(content: bytes) -> int:
    """How much of what follows a gap is the rest of a line whose beginning is gone; none of a line with a stamp."""
    first = content[: content.find(b"\n") + 1 or len(content)]
    return 0 if head_of(first).time is not None else len(first)


def _whole_lines(log: Log, offset: int, *, to_end: bool) -> tuple[int, bytes]:
    """The next bytes up to a line's end, and where they begin: behind `offset` where what was there is gone."""
    begin = offset
    parts: list[bytes] = []
    for at, content in log.chunks(offset, offset + BLOCK):
        if not parts:
            begin = end = at
        elif at != end:
            break
        parts.append(content)
        end += len(content)
    block = b"".join(parts)
    cut = block.rfind(b"\n") + 1
    if cut or not block:
        return begin, block[:cut]
    # Longer than a block: as long as it takes, and beyond all measure in pieces.
    for at, content in log.chunks(begin + len(block), begin + LONGEST_LINE):
        if at != begin + len(block):
            break
        block += content
        if (cut := block.rfind(b"\n") + 1) > 0:
            return begin, block[:cut]
    return (begin, block) if to_end or len(block) >= LONGEST_LINE else (begin, b"")
