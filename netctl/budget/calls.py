"""How many calls each neuron made, makes in a day, and is expected to make by its cadence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.budget.spec import ApiUse, Expected
from netctl.fleet import Role
from netctl.store.counting import Tally

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a neuron does what it calls for: `setting` is what the profile calls it, `seconds` of its own time."""

    setting: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Caller:
    """A neuron as its profile has it. `cadence` is None where nothing is known of when it calls."""

    neuron: str
    role: Role
    cadence: Cadence | None
    expected_a_day: float | None


@dataclass(frozen=True, slots=True)
class Calls:
    """One neuron's: those of the period, refused ones among them, and by the day of its own time.

    `measured` is by what it did lately, None where that is not known; `expected` by its cadence.
    """

    neuron: str
    used: int
    refused: int
    measured: float | None
    expected: float | None
    cadence: Cadence | None

    @property
    def a_day(self) -> float:
        """What to reckon with: what was measured, else what is expected."""
        return self.measured if self.measured is not None else self.expected or 0.0


def caller_of(neuron: str, role: Role, use: ApiUse, *, cadence: Cadence | None, miners: int) -> Caller:
    """What the pack expects of a neuron with this cadence, in a fleet of so many miners."""
    found = expected_of(role, use)
    if found is None or cadence is None:
        return Caller(neuron, role, cadence, None)
    each = miners if found.of_each == "miner" else 1
    return Caller(neuron, role, cadence, found.calls * each * DAY_S / cadence.seconds)


def expected_of(role: Role, use: ApiUse) -> Expected | None:
    """What the pack says of a role."""
    return next((each for each in use.expected if each.role == role), None)


def calls_of(
    callers: Sequence[Caller], use: ApiUse, period: Sequence[Tally], recent: Sequence[Tally], recent_s: float
) -> tuple[Calls, ...]:
    """Of each neuron; `recent_s` is how long the recent stretch was, in the neurons' own time."""
    used, lately = counted(use, period), counted(use, recent)
    refused = counted(use, period, refused=True)
    is_long = recent_s > 0 and bool(lately)

    def of(caller: Caller) -> Calls:
        measured = lately.get(caller.neuron, 0) * DAY_S / recent_s if is_long else None
        return Calls(
            caller.neuron,
            used.get(caller.neuron, 0),
            refused.get(caller.neuron, 0),
            measured,
            caller.expected_a_day,
            caller.cadence,
        )

    return tuple(of(caller) for caller in callers)


def counted(use: ApiUse, tallies: Sequence[Tally], *, refused: bool = False) -> Mapping[str, int]:
    """Calls of each neuron, or the refused ones, by the events that tell of them."""
    worth = {(told.role, told.signal): told.calls for told in use.told if told.refused == refused}
    found: dict[str, int] = {}
    for tally in tallies:
        calls = worth.get((_role(tally), tally.signal))
        if calls is not None:
            found[tally.neuron] = found.get(tally.neuron, 0) + calls * tally.count
    return found


def _role(tally: Tally) -> Role:
    return "validator" if tally.role == "validator" else "miner"
