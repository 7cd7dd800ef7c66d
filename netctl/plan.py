"""A plan as a value: the steps that `up` would take, what they cost, and who cannot go on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from netctl.money import Rao, tao_text
from netctl.pricing.quote import Quote
from netctl.step import Blocked, Explains, PhaseName, Step
from netctl.whereabouts import Place

_NUMBERED = re.compile(r"(.*?)(0|[1-9]\d*)")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One line of a plan. `cost_rao` is None where a step costs nothing.

    `waits_on` names the earlier phase whose steps must be done first; its numbers are then a forecast. `serves` names
    the neurons it is for: one, several, or none where it serves the fleet. `why` is what a neuron is restarted for,
    `path` the file or directory that it changes, as it stands in the summary; "" for other steps.
    """

    phase: PhaseName
    neuron: str | None
    action: str
    summary: str
    cost_rao: Rao | None
    waits_on: PhaseName | None = None
    serves: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    path: str = ""

    def document(self) -> dict[str, Any]:
        """The JSON of the contract."""
        return {
            "phase": self.phase,
            "neuron": self.neuron,
            "action": self.action,
            "summary": self.summary,
            "cost_tao": None if self.cost_rao is None else tao_text(self.cost_rao),
            "waits_on": self.waits_on,
            "neurons": list(self.serves),
            "why": list(self.why),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order of the phases. `notes` are facts worth saying that need no step.

    `placement` is where neurons run, in a fleet of many machines.
    """

    fleet: str
    netuid: int
    steps: tuple[PlannedStep, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()
    quote: Quote | None = None
    placement: tuple[Place, ...] = ()

    @property
    def cost_rao(self) -> Rao:
        """The most that would leave the operator's accounts for good."""
        return sum(step.cost_rao or 0 for step in self.steps)

    @property
    def is_empty(self) -> bool:
        """Whether `up` would find nothing to do and nobody held up."""
        return not self.steps and not self.blocked

    def document(self) -> dict[str, Any]:
        """``netctl fleet plan --json``."""
        return {
            "fleet": self.fleet,
            "netuid": self.netuid,
            "steps": [step.document() for step in self.steps],
            "cost_tao": tao_text(self.cost_rao),
            "blocked": [{"neuron": item.neuron, "why": item.why, "hint": item.hint} for item in self.blocked],
            "notes": gathered(self.notes),
            "registration": None if self.quote is None else self.quote.document(),
            "placement": [place.document() for place in self.placement],
        }


def gathered(notes: Sequence[str]) -> list[str]:
    """Notes that say the same of several neurons, as one: ``miner_1, miner_2: ...``."""
    subjects: dict[str, list[str]] = {}
    for note in notes:
        subject, colon, text = note.partition(": ")
        subjects.setdefault(text if colon else note, []).extend([subject] if colon else [])
    return [f"{ranged(names)}: {text}" if names else text for text, names in subjects.items()]


def ranged(names: Sequence[str]) -> str:
    """Names with those that count on as one: ``miner_1 to miner_64, validator_1``."""
    runs: list[list[str]] = []
    for name in names:
        if runs and name == _next(runs[-1][-1]):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _next(name: str) -> str | None:
    found = _NUMBERED.fullmatch(name)
    return None if found is None else f"{found[1]}{int(found[2]) + 1}"


def planned(step: Step, *, waits_on: PhaseName | None = None) -> PlannedStep:
    """The line that a step makes in a plan."""
    return PlannedStep(
        step.phase,
        step.neuron,
        step.action,
        step.summary(),
        step.spend() or None,
        waits_on,
        served_by(step),
        step.why if isinstance(step, Explains) else (),
        step.shown if isinstance(step, OnDisk) else "",
    )


@runtime_checkable
class OnDisk(Protocol):
    """A step that changes one file or directory; `shown` is its path as the summary has it."""

    @property
    def shown(self) -> str: ...


@runtime_checkable
class Wave(Protocol):
    """A step for several neurons that can do without some of them."""

    @property
    def serves(self) -> tuple[str, ...]: ...
    def only(self, names: Collection[str]) -> Step: ...


def served_by(step: Step) -> tuple[str, ...]:
    """The neurons that a step works for; empty for one that serves the whole fleet."""
    if step.neuron is not None:
        return (step.neuron,)
    return tuple(getattr(step, "serves", ()))


def with_waits(
    steps: Sequence[Step], earlier: Iterable[PlannedStep], served: dict[str, PhaseName]
) -> list[PlannedStep]:
    """The lines of one phase; each waits on the last earlier phase that has a step for its neuron or for the fleet.

    `served` maps each neuron to that phase and is brought up to date for the next one.
    """
    fleet_wide = next((line.phase for line in reversed(list(earlier)) if line.neuron is None), None)
    lines = []
    for step in steps:
        names = served_by(step)
        own = next((served[name] for name in names if name in served), None)
        lines.append(planned(step, waits_on=_later(own, fleet_wide)))
    for step in steps:
        served.update(dict.fromkeys(served_by(step), step.phase))
    return lines


ORDER: tuple[PhaseName, ...] = ("wallets", "funding", "subnet", "registration", "stake", "files", "sessions")


def _later(one: PhaseName | None, other: PhaseName | None) -> PhaseName | None:
    known = [phase for phase in (one, other) if phase is not None]
    return max(known, key=ORDER.index) if known else None
