"""What a metric is given to judge by: who is in the fleet, and what was recorded in a stretch of time. Plain values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from netctl.store.records import Given, Records, Said, Span, Use, Was

if TYPE_CHECKING:
    from netctl.coverage.coverage import Coverage


IDENTITY = ("serving", "own_uid")
"""Signals by which a miner says who it is; facts have them whatever their span."""


@dataclass(frozen=True, slots=True)
class Member:
    """A neuron of the fleet. `period_s` is its own evaluation period in seconds of wall time, None where unknown."""

    name: str
    role: str
    hotkey: str | None = None
    period_s: float | None = None


@dataclass(frozen=True)
class Facts:
    """One stretch of a run. `tells` has, by role, the signals that the pack knows; `time_scale` is how fast it ran.

    `coverage` is what the miners hold now, or a sentence why that is not known.
    """

    members: tuple[Member, ...]
    records: Records
    tells: Mapping[str, frozenset[str]] = field(default_factory=dict)
    time_scale: float = 1.0
    coverage: Coverage | str = "nobody looked at what the miners hold"

    @property
    def span(self) -> Span:
        return self.records.span

    @cached_property
    def miners(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members if member.role == "miner")

    @cached_property
    def validators(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members if member.role == "validator")

    @cached_property
    def periods(self) -> Mapping[str, float]:
        """The evaluation period of each neuron that has one, in seconds of wall time."""
        return {member.name: member.period_s for member in self.members if member.period_s}

    @property
    def period_s(self) -> float | None:
        """The longest of the validators' periods, in seconds of wall time."""
        return max((self.periods[name] for name in self.validators if name in self.periods), default=None)

    def said(self, signal: str, role: str | None = None) -> tuple[Said, ...]:
        """Every event of that name, in the order of time; of one role only where it is named."""
        found = self.records.said.get(signal, ())
        return found if role is None else tuple(said for said in found if said.role == role)

    def can_tell(self, role: str, signal: str) -> bool:
        """Whether this pack's programs tell of it at all."""
        return signal in self.tells.get(role, frozenset())

    def about(self, signal: str) -> Iterator[tuple[str, Said]]:
        """What validators said of the fleet's miners: each event with the miner's name; strangers are left out."""
        for said in self.said(signal, "validator"):
            name = self.whom(said)
            if name is not None:
                yield name, said

    def whom(self, said: Said) -> str | None:
        """The miner of the fleet that an event is about: by its hotkey, or by its uid as that was held then."""
        if said.hotkey is not None:
            return self._by_hotkey.get(said.hotkey)
        return None if said.uid is None else self.holder(said.uid, said.time)

    def holder(self, uid: int, time: float) -> str | None:
        """Which miner of the fleet held a uid at a moment; None for a stranger's, and where nothing tells."""
        times, names = self._held.get(uid, ((), ()))
        at = bisect_right(times, time) - 1
        # What was seen first holds for before, too: the first look at the chain may come after the first line.
        return names[max(0, at)] if names else None

    @cached_property
    def _by_hotkey(self) -> Mapping[str, str]:
        found = {member.hotkey: member.name for member in self.members if member.hotkey and member.role == "miner"}
        for said in self.said("serving", "miner"):
            if said.hotkey is not None and said.neuron in self.miners:
                found.setdefault(said.hotkey, said.neuron)
        return found

    def hotkey_of(self, miner: str) -> str | None:
        """A miner's own hotkey."""
        return next((hotkey for hotkey, name in self._by_hotkey.items() if name == miner), None)

    @cached_property
    def _held(self) -> Mapping[int, tuple[Sequence[float], Sequence[str | None]]]:
        """By uid: from when on, and whose."""
        seen: dict[int, list[tuple[float, str | None]]] = {}
        for seat in self.records.seats:
            seen.setdefault(seat.uid, []).append((seat.time, self._by_hotkey.get(seat.hotkey or "")))
        for said in self.said("own_uid", "miner"):
            # Where nobody looked at the chain, a miner's own word; a log from elsewhere has no other.
            if said.uid is not None and said.uid not in {seat.uid for seat in self.records.seats}:
                seen.setdefault(said.uid, []).append((said.time, said.neuron if said.neuron in self.miners else None))
        return {uid: tuple(zip(*sorted(rows, key=lambda row: row[0]), strict=True)) for uid, rows in seen.items()}  # type: ignore[misc]

    def uses(self, neuron: str) -> tuple[Use, ...]:
        """What a neuron used, in the order of time."""
        return tuple(use for use in self.records.uses if use.neuron == neuron)

    def states(self, neuron: str) -> tuple[Was, ...]:
        """What a neuron was, in the order of time."""
        return tuple(was for was in self.records.states if was.neuron == neuron)

    @cached_property
    def given(self) -> Mapping[str, tuple[Given, ...]]:
        """The weights of each of the fleet's validators, oldest first."""
        names = {member.hotkey: member.name for member in self.members if member.role == "validator" and member.hotkey}
        found: dict[str, list[Given]] = {}
        for given in self.records.given:
            if given.hotkey in names:
                found.setdefault(names[given.hotkey], []).append(given)
        return {name: tuple(rows) for name, rows in found.items()}
