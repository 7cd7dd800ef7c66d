"""To which run a fleet's sessions belong: a label of each, which outlives the start of its process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from netctl.errors import ChainError
from netctl.fleet import RESERVED_SESSIONS
from netctl.ports import SessionFacts, SessionSpec, World
from netctl.runs.shelf import new_id

RUN = "run"
"""The label of a neuron's session: the id of its run."""

START = "run_start"
"""When and at which block a command started it in its run: ``1795897901.682 93``."""


@dataclass(frozen=True, slots=True)
class Start:
    """A moment in seconds since the epoch, and the chain's head then; None where it did not answer."""

    at: float
    block: int | None


def label_of(run: str) -> Mapping[str, str]:
    """The label of a session that is started in that run; none for no run."""
    return {RUN: run} if run else {}


async def starting_now(specs: Sequence[SessionSpec], world: World) -> tuple[SessionSpec, ...]:
    """The sessions that are launched now, labelled with when that is; as they are where they are in no run."""
    if not any(name == RUN for spec in specs for name, _ in spec.labels):
        return tuple(specs)
    try:
        block = str((await world.chain.head()).number)
    except ChainError:
        block = ""
    start = (START, f"{world.clock.now():.3f} {block}")
    return tuple(replace(spec, labels=(*spec.labels, start)) for spec in specs)


def passed_on(session: SessionFacts) -> Mapping[str, str]:
    """The labels of one that is started again by itself: it stays in its run, since when it was."""
    return {name: value for name in (RUN, START) if (value := session.labels.get(name))}


def neurons_of(sessions: Mapping[str, SessionFacts]) -> Mapping[str, SessionFacts]:
    """The sessions that are neurons', dead ones too."""
    return {name: session for name, session in sessions.items() if name not in RESERVED_SESSIONS}


def open_run(sessions: Mapping[str, SessionFacts]) -> str | None:
    """The run that a fleet is in: the latest that one of its neurons' sessions belongs to. None where none does."""
    return max((run for session in neurons_of(sessions).values() if (run := session.labels.get(RUN))), default=None)


def run_for(sessions: Mapping[str, SessionFacts], state: Path, now: float) -> str:
    """The run that sessions started now belong to: the open one, else a new one.

    As long as one neuron has a session, living or dead, its run goes on.
    """
    return open_run(sessions) or new_id(state, now)


def started_between(before: Mapping[str, SessionFacts], after: Mapping[str, SessionFacts]) -> tuple[str, ...]:
    """Whom a command has started since `before`; the supervisor's own starts are none of it."""
    return tuple(
        name
        for name, session in sorted(neurons_of(after).items())
        if START in session.labels and (name not in before or session.labels[START] != before[name].labels.get(START))
    )


def start_of(run: str, sessions: Mapping[str, SessionFacts]) -> Start | None:
    """When the first of the run's sessions was started, None where none says so."""
    labels = [session.labels for session in sessions.values() if session.labels.get(RUN) == run]
    return min((_start(text) for each in labels if (text := each.get(START))), key=lambda one: one.at, default=None)


def _start(text: str) -> Start:
    at, _, block = text.partition(" ")
    return Start(float(at), int(block) if block else None)
