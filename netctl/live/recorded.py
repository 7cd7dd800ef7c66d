"""What metrics.db holds of a fleet's neurons, read bit by bit: verdicts, what they use and earn, each over time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from netctl.agreement.evidence import EVALUATED, Verdict
from netctl.live.tracks import MOST, Point, Track
from netctl.roll import Roll
from netctl.store.earned import EarnedThen, earned_since
from netctl.store.fresh import Line, Marks, bounds, heard_since, seats_since, used_since
from netctl.store.histories import Seat
from netctl.store.lives import Use

Kind = Literal["score", "incentive", "cpu", "memory"]
KINDS: tuple[Kind, ...] = ("score", "incentive", "cpu", "memory")
"""What is kept over time: a share of a core and bytes are the last two."""

KEPT_S = 24 * 3600.0
AHEAD_S = 3600.0
"""A line dated so far in the future tells nothing of now."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a neuron's process `pid` used last: `cpu` is a share of one core, None before it was seen twice."""

    time: float
    pid: int
    cpu: float | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """All of it by neurons' names. `first` is when the sampling began; `problem` why there is nothing, or no more."""

    problem: str | None = None
    first: float | None = None
    verdicts: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    judged_at: Mapping[str, float] = field(default_factory=dict)
    used: Mapping[str, Used] = field(default_factory=dict)
    earned: Mapping[str, EarnedThen] = field(default_factory=dict)
    over_time: Mapping[tuple[Kind, str], tuple[Point, ...]] = field(default_factory=dict)


NOTHING = Recorded()


@dataclass(slots=True)
class Recording:
    """Grows by what is new in one store. `names` are the fleet's neurons by hotkey.

    `verdicts` are the last of each validator on each miner; `judged_at` when a validator gave its last one.
    """

    names: Mapping[str, str]
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    judged_at: dict[str, float] = field(default_factory=dict)
    used: dict[str, Used] = field(default_factory=dict)
    earned: dict[str, EarnedThen] = field(default_factory=dict)
    tracks: dict[tuple[Kind, str], Track] = field(default_factory=dict)
    first: float | None = None
    _marks: Marks | None = None
    _thin_s: int = 1
    _seats: dict[int, tuple[Seat, ...]] = field(default_factory=dict)
    _before: dict[str, Use] = field(default_factory=dict)
    _earned_at: dict[int, float] = field(default_factory=dict)

    def take(self, connection: sqlite3.Connection, now: float) -> None:
        """Read what is new in the store."""
        marks = self._marked(connection, now)
        for seat in seats_since(connection, marks):
            self._seats[seat.uid] = (*self._seats.get(seat.uid, ()), seat)
        neurons = set(self.names.values())
        for used in used_since(connection, marks, self._thin_s):
            if used.neuron in neurons:
                self._use(used)
        for uid in [uid for uid, held in self._seats.items() if held[-1].hotkey in self.names]:
            after = self._earned_at.get(uid)
            for earned in earned_since(connection, uid, after, marks.since, self._thin_s):
                self._earned_at[uid] = earned.time
                self._earn(earned)
        roll = Roll(self.names, self._seats)
        for line in heard_since(connection, marks, {("validator", EVALUATED)}):
            if line.time <= now + AHEAD_S:
                self._judge(line, roll)
        for track in self.tracks.values():
            track.forget(now - KEPT_S)

    def told(self, problem: str | None = None) -> Recorded:
        """What was read so far, as a value that does not change."""
        by_miner: dict[str, list[Verdict]] = {}
        for (_, miner), verdict in sorted(self.verdicts.items()):
            by_miner.setdefault(miner, []).append(verdict)
        return Recorded(
            problem,
            self.first,
            {miner: tuple(verdicts) for miner, verdicts in by_miner.items()},
            dict(self.judged_at),
            dict(self.used),
            dict(self.earned),
            {key: tuple(track.points) for key, track in self.tracks.items()},
        )

    def _marked(self, connection: sqlite3.Connection, now: float) -> Marks:
        if self._marks is None:
            found = bounds(connection)
            self._marks = Marks(now - KEPT_S)
            if found is not None:
                self.first = max(found.first, self._marks.since)
                self._thin_s = max(1, int((now - self.first) / MOST))
        elif self.first is None and (found := bounds(connection)) is not None:
            self.first = found.first
        return self._marks

    def _add(self, kind: Kind, name: str, time: float, value: float) -> None:
        self.tracks.setdefault((kind, name), Track()).add(time, value)

    def _use(self, used: Use) -> None:
        before = self._before.get(used.neuron)
        self._before[used.neuron] = used
        cpu = _share_of_a_core(before, used)
        self.used[used.neuron] = Used(used.time, used.pid, cpu, used.memory_bytes)
        self._add("memory", used.neuron, used.time, used.memory_bytes)
        if cpu is not None:
            self._add("cpu", used.neuron, used.time, cpu)

    def _earn(self, earned: EarnedThen) -> None:
        name = None if earned.hotkey is None else self.names.get(earned.hotkey)
        if name is not None:
            self.earned[name] = earned
            self._add("incentive", name, earned.time, earned.incentive or 0.0)

    def _judge(self, line: Line, roll: Roll) -> None:
        self.judged_at[line.neuron] = max(line.time, self.judged_at.get(line.neuron, line.time))
        miner = roll.called(uid=line.uid, hotkey=line.hotkey, time=line.time)
        if miner is None:
            return
        score, credibility = (_number(line.fields.get(name)) for name in ("score", "credibility"))
        if score is not None:
            self._add("score", miner, line.time, score)
        before = self.verdicts.get((line.neuron, miner))
        if before is None or before.time <= line.time:
            self.verdicts[line.neuron, miner] = Verdict(line.neuron, miner, line.time, score, credibility)


def _share_of_a_core(before: Use | None, used: Use) -> float | None:
    """Between two samples of one process, else since it was started."""
    since, spent = used.started, used.cpu_s
    if before is not None and (before.pid, before.started) == (used.pid, used.started):
        since, spent = before.time, used.cpu_s - before.cpu_s
    return max(0.0, spent) / (used.time - since) if used.time > since else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None
