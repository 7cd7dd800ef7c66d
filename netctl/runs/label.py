"""To which run a fleet's sessions belong: a label of each, which outlives the start of its process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netctl.capsules.labels import LAUNCHED
from netctl.fleet import RESERVED_SESSIONS
from netctl.ports import SessionFacts
from netctl.runs.shelf import new_id
from netctl.supervisor.restarts import STARTED

RUN = "run"
"""The label of a neuron's session: the id of its run."""


def label_of(run: str) -> Mapping[str, str]:
    """The label of a session that is started in that run; none for no run."""
    return {RUN: run} if run else {}


def passed_on(session: SessionFacts) -> Mapping[str, str]:
    """The same for one that is started again: it stays in its run."""
    return label_of(session.labels.get(RUN, ""))


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
    """Whom a command has started: launched since `before`, and not by the supervisor."""
    return tuple(
        name
        for name, session in sorted(neurons_of(after).items())
        if STARTED not in session.labels
        and session.labels.get(LAUNCHED) != (before[name].labels.get(LAUNCHED) if name in before else None)
    )


def began_at(run: str, sessions: Mapping[str, SessionFacts]) -> float | None:
    """When the first of the run's sessions was launched, None where none says so."""
    times = [session.labels.get(LAUNCHED, "") for session in sessions.values() if session.labels.get(RUN) == run]
    return min((float(text) for text in times if text.replace(".", "", 1).isdigit()), default=None)
