"""What a phase is and what it yields: observe the world, diff it with the fleet, get Steps that change it.

A Step is a frozen dataclass: values that compare with ``==``, so that a plan can be tested in one line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from netctl.fleet import Fleet, Role
from netctl.money import Rao
from netctl.ports import World
from netctl.pricing.quote import Quote

PhaseName = Literal["wallets", "funding", "subnet", "registration", "stake", "files", "elsewhere", "sessions"]


@runtime_checkable
class Step(Protocol):
    """One change of the world. `neuron` is None where it serves the whole fleet.

    Steps of one `lane` run one after the other in the order of the plan; lanes run side by side.
    """

    @property
    def phase(self) -> PhaseName: ...
    @property
    def neuron(self) -> str | None: ...
    @property
    def action(self) -> str: ...
    @property
    def lane(self) -> str: ...

    def summary(self) -> str:
        """One line for the plan: a verb, the object, no full stop."""

    def spend(self) -> Rao:
        """The most that leaves the operator's accounts for good (burn, stake, fees); own transfers count 0."""

    async def apply(self, world: World) -> None:
        """Make the change; safe to repeat after any interruption. Raises NetctlError."""


@runtime_checkable
class Explains(Protocol):
    """A step that says what it is done for, one line each."""

    @property
    def why(self) -> tuple[str, ...]: ...


@runtime_checkable
class Restarts(Protocol):
    """A step of one role that takes its turn where `rolls`: it ends what runs, see `netctl.rolling`."""

    @property
    def rolls(self) -> bool: ...
    @property
    def role(self) -> Role: ...
    @property
    def stagger_s(self) -> float: ...


@runtime_checkable
class Drifts(Protocol):
    """A step whose price moves by itself: `spend` allows for that, `takes` is what it would cost right now."""

    def takes(self) -> Rao: ...


def takes(step: Step) -> Rao:
    """What a step would take now from the operator's accounts for good."""
    return step.takes() if isinstance(step, Drifts) else step.spend()


@runtime_checkable
class Signs(Protocol):
    """A step that a wallet's coldkey signs; None where a dev account does."""

    @property
    def opens(self) -> str | None: ...


@runtime_checkable
class Locks(Protocol):
    """A step that makes a coldkey; `locks` is its wallet where the coldkey gets a password, else None."""

    @property
    def locks(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Blocked:
    """A neuron (or, with None, the fleet) that cannot go on, and why."""

    neuron: str | None
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What one phase would do now; `notes` are facts worth saying that need no step.

    `quote` is what registrations cost at one pace and another, where there are any.
    """

    steps: tuple[Step, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = field(default=())
    quote: Quote | None = None


class Phase(Protocol):
    """A module of netctl.phases. `observe` reads the world once; `diff` is pure."""

    NAME: PhaseName

    async def observe(self, fleet: Fleet, world: World) -> Any: ...
    def diff(self, fleet: Fleet, facts: Any) -> Diff: ...
