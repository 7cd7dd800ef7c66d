"""All that is drawn over time, kept in slots: grows by what is new, and tells the whole or only what has changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from netctl.behaviour.spec import Quality
from netctl.board.slots import MOST, NARROWEST_S, Slotted, Values, added, short, width_for
from netctl.board.spec import Drawn
from netctl.roll import Roll
from netctl.store.fresh import Line, Marks, bounds, heard_since, seats_since, used_since, was_since
from netctl.store.histories import Seat
from netctl.store.lives import Use, Was

AHEAD_S = 3600.0
"""A line that is dated so far in the future is not drawn: it would push all others out of the picture."""

CHANGES_KEPT = 500
"""Of each neuron's states; one that dies all the time must not fill the page."""


def _latest(_earlier: Values, later: Values) -> Values:
    """What was said last."""
    return later


def _gaps(a: Values, b: Values) -> Values:
    """How many, seconds in all, the longest."""
    return a[0] + b[0], a[1] + b[1], max(a[2], b[2])


def _used(a: Values, b: Values) -> Values:
    """Processor seconds, in how many seconds, and the last memory."""
    return a[0] + b[0], a[1] + b[1], b[2]


@dataclass(slots=True)
class Board:
    """One fleet's, over the last `keep_s` seconds of what was sampled. `names` are neurons by hotkey.

    Series and their columns: `judged` (validator, miner): the last score and credibility. `gaps` (validator): gaps
    between verdicts on one miner, their sum and the longest, seconds. `checked` (miner): good, bad and other samples.
    `calls` (role): calls, refused. `used` (neuron): processor seconds, in how many seconds, memory in bytes.
    """

    drawn: Drawn
    keep_s: float
    names: dict[str, str] = field(default_factory=dict)
    width: int = NARROWEST_S
    begin: float | None = None
    until: float | None = None
    series: dict[str, Slotted] = field(
        default_factory=lambda: {
            "judged": Slotted(_latest),
            "gaps": Slotted(_gaps),
            "checked": Slotted(added),
            "calls": Slotted(added),
            "used": Slotted(_used),
        }
    )
    lives: dict[str, list[Was]] = field(default_factory=dict)
    _lived: set[str] = field(default_factory=set)
    _seats: dict[int, tuple[Seat, ...]] = field(default_factory=dict)
    _marks: Marks | None = None
    _used: dict[str, Use] = field(default_factory=dict)
    _judged_at: dict[tuple[str, str], float] = field(default_factory=dict)
    _told: tuple[int, int, int] | None = None
    """Width, first and last slot as they were told last."""

    def take(self, connection: sqlite3.Connection, now: float) -> None:
        """Read what is new in the store; the caller's transaction holds it still."""
        marks = self._marked(connection)
        for seat in seats_since(connection, marks):
            self._seats[seat.uid] = (*self._seats.get(seat.uid, ()), seat)
        roll = Roll(self.names, self._seats)
        for was in was_since(connection, marks):
            self._live(was, marks.since)
        for used in used_since(connection, marks, self.width):
            self._use(used)
        for line in heard_since(connection, marks, self.drawn.wanted):
            if line.time <= now + AHEAD_S:
                self._hear(line, roll)
        self._fit()

    def _marked(self, connection: sqlite3.Connection) -> Marks:
        if self._marks is None:
            found = bounds(connection)
            last = 0.0 if found is None else found.last
            self._marks = Marks(max(0.0, last - self.keep_s))
            if found is not None:
                self.width = width_for(last - max(found.first, self._marks.since))
        return self._marks

    def _slot(self, time: float) -> int:
        self.begin = time if self.begin is None else min(self.begin, time)
        self.until = time if self.until is None else max(self.until, time)
        return int(time // self.width)

    def _live(self, was: Was, since: float) -> None:
        self.lives.setdefault(was.neuron, []).append(was)
        self._lived.add(was.neuron)
        self._slot(max(was.time, since))

    def _use(self, used: Use) -> None:
        before = self._used.get(used.neuron)
        self._used[used.neuron] = used
        cpu_s, seconds = map(short, _spent(before, used))
        self.series["used"].add((used.neuron,), self._slot(used.time), (cpu_s, seconds, used.memory_bytes))

    def _hear(self, line: Line, roll: Roll) -> None:
        drawn = self.drawn
        if line.role == "validator":
            if line.signal in drawn.judged:
                self._judge(line, roll)
            elif drawn.quality is not None and line.signal == drawn.quality.signal:
                self._check(line, roll, drawn.quality)
        call = drawn.calls.get((line.role, line.signal))
        if call is not None:
            self.series["calls"].add((line.role,), self._slot(line.time), call)

    def _check(self, line: Line, roll: Roll, quality: Quality) -> None:
        miner = _about(line, roll)
        if miner is not None:
            outcome = line.fields.get(quality.outcome)
            counts = (1, 0, 0) if outcome in quality.good else (0, 1, 0) if outcome in quality.bad else (0, 0, 1)
            self.series["checked"].add((miner,), self._slot(line.time), counts)

    def _judge(self, line: Line, roll: Roll) -> None:
        miner = _about(line, roll)
        if miner is None:
            return
        slot, pair = self._slot(line.time), (line.neuron, miner)
        score, credibility = (_number(line.fields.get(name)) for name in ("score", "credibility"))
        self.series["judged"].add(pair, slot, (score, credibility))
        before = self._judged_at.get(pair)
        if before is not None and line.time > before:
            gap = line.time - before
            self.series["gaps"].add((line.neuron,), slot, (1, short(gap), short(gap)))
        self._judged_at[pair] = max(line.time, before or line.time)

    def _fit(self) -> None:
        if self.begin is None or self.until is None:
            return
        self.begin = max(self.begin, self.until - self.keep_s)
        while (self.until - self.begin) / self.width > MOST:
            self.width *= 2
            for series in self.series.values():
                series.fold()
        for series in self.series.values():
            series.forget(int(self.begin // self.width))
        for name, rows in self.lives.items():
            held = [row for row in rows if row.time > self.begin]
            self.lives[name] = [*rows[: len(rows) - len(held)][-1:], *held][-CHANGES_KEPT:]

    def whole(self) -> dict[str, Any]:
        """Everything."""
        return {"whole": True, **self._frame(), **self._document(whole=True, lived=set(self.lives))}

    def changes(self) -> dict[str, Any] | None:
        """What has changed since the last time that this was asked; the whole after a fold, None for nothing."""
        frame = self._frame()
        told, self._told = self._told, (self.width, frame["first"], frame["last"])
        if told is None or told[0] != self.width:
            found = self.whole()
            for series in self.series.values():
                series.touched.clear()
            self._lived.clear()
            return found
        document = self._document(whole=False, lived=self._lived)
        self._lived = set()
        if self._told == told and not any(document["series"].values()) and not document["lives"]:
            return None
        return {"whole": False, **frame, **document}

    def _frame(self) -> dict[str, Any]:
        begin, until = self.begin or self.until or 0.0, self.until or 0.0
        return {
            "width": self.width,
            "first": int(begin // self.width),
            "last": int(until // self.width),
            "until": round(until, 3),
        }

    def _document(self, *, whole: bool, lived: set[str]) -> dict[str, Any]:
        return {
            "series": {name: series.whole() if whole else series.changes() for name, series in self.series.items()},
            "lives": {name: [_life(row) for row in self.lives[name]] for name in sorted(lived)},
        }


def _spent(before: Use | None, used: Use) -> tuple[float, float]:
    """Processor time since the sample before, or since the process was started if that was after it; and how long."""
    if before is None:
        return 0.0, 0.0
    if (before.pid, before.started) == (used.pid, used.started):
        return max(0.0, used.cpu_s - before.cpu_s), used.time - before.time
    return used.cpu_s, max(0.0, used.time - used.started)


def _about(line: Line, roll: Roll) -> str | None:
    return roll.called(uid=line.uid, hotkey=line.hotkey, time=line.time)


def _life(row: Was) -> tuple[float, str, int | None, int]:
    return round(row.time, 3), row.state, row.ready, row.restarts


def _number(value: object) -> float | None:
    return short(value) if isinstance(value, int | float) and isfinite(value) else None
