"""Who is still standing while a fleet comes up, and how it ended for each neuron."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from netctl.fleet import Fleet
from netctl.money import Rao
from netctl.plan import PlannedStep, Wave, served_by
from netctl.step import Blocked, PhaseName, Step

Ending = Literal["ok", "failed", "blocked"]
WHOLE_FLEET: tuple[PhaseName, ...] = ("files", "sessions")
"""Phases that must see every neuron to know what is superfluous; their steps are picked afterwards."""


@dataclass(frozen=True, slots=True)
class NeuronOutcome:
    """How it ended for one neuron: what stopped it in which phase, if anything did. Blocked: nothing was tried."""

    name: str
    ending: Ending = "ok"
    phase: PhaseName | None = None
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `up` did. `spent_rao` is what left the free balances of the fleet's coldkeys and of the paying wallet."""

    fleet: Fleet
    neurons: tuple[NeuronOutcome, ...]
    done: tuple[PlannedStep, ...]
    spent_rao: Rao
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return all(neuron.ending == "ok" for neuron in self.neurons)

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """Name and reason of every neuron that did not get there, for `ReconcileFailed`."""
        return tuple((neuron.name, neuron.why) for neuron in self.neurons if neuron.ending != "ok")


@dataclass(slots=True)
class Standing:
    """Which neurons go on. The first thing that stops a neuron is the one that is told."""

    fleet: Fleet
    wanted: tuple[str, ...]
    picked: bool
    stopped: dict[str, NeuronOutcome] = field(default_factory=dict)

    @classmethod
    def of(cls, fleet: Fleet, neurons: Collection[str] | None) -> Standing:
        """All neurons, or those picked by name."""
        wanted = tuple(n.name for n in fleet.neurons if neurons is None or n.name in neurons)
        return cls(fleet, wanted, picked=neurons is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """Who goes on, in the fleet's order."""
        return tuple(name for name in self.wanted if name not in self.stopped)

    def view(self, fleet: Fleet, phase: PhaseName) -> Fleet:
        """The fleet as a phase should see it: without those who do not go on, or all, and who of them does not."""
        if phase in WHOLE_FLEET:
            left_out = frozenset(neuron.name for neuron in fleet.neurons) - frozenset(self.names)
            return replace(fleet, rolling=replace(fleet.rolling, left_out=left_out))
        return replace(fleet, neurons=tuple(n for n in fleet.neurons if n.name in self.names))

    def taken(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """The steps for those who go on, waves without the others; steps for the whole fleet always are.

        A step for a neuron that the profile no longer has is taken unless neurons were picked.
        """
        return tuple(self.narrowed(step) for step in steps if self._takes(step))

    def narrowed(self, step: Step) -> Step:
        """A wave without those who do not go on."""
        if not isinstance(step, Wave) or all(name in self.names for name in step.serves):
            return step
        return step.only(self.names)

    def _takes(self, step: Step) -> bool:
        names = served_by(step)
        if not names:
            return True
        strangers = not self.picked and any(self.fleet.neuron(name) is None for name in names)
        return strangers or any(name in self.names for name in names)

    def block(self, phase: PhaseName, blocked: Iterable[Blocked]) -> None:
        """Stop those who cannot go on; a block without a neuron stops all."""
        for item in blocked:
            self.stop(phase, (item.neuron,) if item.neuron else (), item.why, item.hint, ending="blocked")

    def stop(
        self, phase: PhaseName, names: Sequence[str], why: str, hint: str = "", *, ending: Ending = "failed"
    ) -> None:
        """Stop these neurons, or with no name all that still stand."""
        for name in names or self.names:
            if name in self.wanted:
                self.stopped.setdefault(name, NeuronOutcome(name, ending, phase, why, hint))

    def outcomes(self) -> tuple[NeuronOutcome, ...]:
        """One for each neuron, in the fleet's order."""
        return tuple(self.stopped.get(name, NeuronOutcome(name)) for name in self.wanted)
