"""What a metric is given to judge by: who is in the fleet, and what was recorded in a stretch of time. Plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from netctl.agreement.evidence import NOBODY_ASKED, Reveal
from netctl.roll import OWN_UID, SERVING, Roll
from netctl.store.histories import Given, Heard, Look, Pay, Window
from netctl.store.lives import Use, Was

if TYPE_CHECKING:
    # It reads packs, which read profiles, which read metrics' names.
    from netctl.coverage.universe import Universe

Signal = tuple[str, str]
"""A role and the name of a signal that its neurons have."""

IDENTITY: tuple[Signal, ...] = (("miner", SERVING), ("miner", OWN_UID))
"""Signals by which a miner says who it is; facts have them whatever their window."""


@dataclass(frozen=True, slots=True)
class Member:
    """A neuron of what is judged. `period_s` is its own evaluation period in seconds of wall time, None if unknown.

    `strategy` is the name that the profile gives a miner's.
    """

    name: str
    role: str
    hotkey: str | None = None
    period_s: float | None = None
    strategy: str | None = None


@dataclass(frozen=True)
class Facts:
    """One stretch of an experiment. `tells` has, by role, the signals that the pack knows.

    `time_scale` is how fast the subnet's own time ran. `universe` are the subnet's zipcodes, or why there are none.
    What holds on (pay, weights, states) begins with what held when the window began.
    """

    members: tuple[Member, ...]
    window: Window
    roll: Roll = field(default_factory=lambda: Roll({}, {}))
    events: Mapping[Signal, tuple[Heard, ...]] = field(default_factory=dict)
    pay: tuple[Pay, ...] = ()
    weights: tuple[Given, ...] = ()
    looks: tuple[Look, ...] = ()
    uses: tuple[Use, ...] = ()
    states: tuple[Was, ...] = ()
    tells: Mapping[str, frozenset[str]] = field(default_factory=dict)
    time_scale: float = 1.0
    universe: Universe | str = "nobody has looked for the list of zipcodes"
    reveal: Reveal = NOBODY_ASKED

    @cached_property
    def miners(self) -> tuple[str, ...]:
        """Their names, in the order of the profile."""
        return tuple(member.name for member in self.members if member.role == "miner")

    @cached_property
    def validators(self) -> tuple[str, ...]:
        """Their names, in the order of the profile."""
        return tuple(member.name for member in self.members if member.role == "validator")

    @cached_property
    def periods(self) -> Mapping[str, float]:
        """The evaluation period of each neuron that has one, in seconds of wall time."""
        return {member.name: member.period_s for member in self.members if member.period_s}

    @property
    def period_s(self) -> float | None:
        """The longest of the validators' periods, in seconds of wall time."""
        return max((self.periods[name] for name in self.validators if name in self.periods), default=None)

    def can_tell(self, role: str, signal: str) -> bool:
        """Whether this pack's programs tell of it at all."""
        return signal in self.tells.get(role, frozenset())

    def heard(self, role: str, signal: str) -> tuple[Heard, ...]:
        """The events of that signal in the logs of the fleet's neurons of that role, oldest first."""
        names = self.miners if role == "miner" else self.validators
        return tuple(event for event in self.events.get((role, signal), ()) if event.neuron in names)

    def of_miners(self, signal: str) -> dict[str, list[Heard]]:
        """What each miner of the fleet says itself, oldest first; none for a silent one."""
        found: dict[str, list[Heard]] = {name: [] for name in self.miners}
        for event in self.heard("miner", signal):
            found[event.neuron].append(event)
        return found

    def about(self, signal: str) -> Iterator[tuple[str, Heard]]:
        """What the fleet's validators said of its miners: each event with the miner's name; strangers are left out."""
        for event in self.heard("validator", signal):
            name = self.whom(event)
            if name is not None:
                yield name, event

    def about_each(self, *signals: str) -> dict[str, list[Heard]]:
        """The same by miner, several signals together, oldest first."""
        found: dict[str, list[Heard]] = {name: [] for name in self.miners}
        for signal in signals:
            for name, event in self.about(signal):
                found[name].append(event)
        for events in found.values() if len(signals) > 1 else ():
            events.sort(key=lambda event: (event.time, event.path, event.offset))
        return found

    def whom(self, event: Heard) -> str | None:
        """The miner of the fleet that an event is about; None for a stranger, and where nothing tells."""
        name = self.roll.of(event)
        return name if name in self._mining else None

    def named(self, hotkey: str) -> str | None:
        """The member with that hotkey."""
        return self.roll.names.get(hotkey)

    def hotkey_of(self, miner: str) -> str | None:
        """A miner's own hotkey."""
        return next((hotkey for hotkey, name in self.roll.names.items() if name == miner), None)

    def subnet_s(self, wall_s: float) -> float:
        """So many seconds of wall time in the subnet's own."""
        return wall_s * self.time_scale

    @cached_property
    def _mining(self) -> frozenset[str]:
        return frozenset(self.miners)
