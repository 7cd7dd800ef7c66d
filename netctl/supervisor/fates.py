"""How sessions and their supervisor are, in words: what a dead one died of, and what follows. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

from netctl.durations import short
from netctl.fleet import Fleet
from netctl.observation import Observation
from netctl.ports import FAULT, STOPPED, SessionFacts
from netctl.supervisor.restarts import SESSION as SUPERVISOR
from netctl.supervisor.restarts import Verdict


@dataclass(frozen=True, slots=True)
class SupervisorStatus:
    """How the fleet's supervisor is: "off" where the profile wants none, "idle" where nothing runs that needs one."""

    state: Literal["running", "starting", "dead", "missing", "idle", "off", "unknown"]
    pid: int | None
    uptime_s: float | None
    problem: str | None


def supervisor_status(fleet: Fleet, seen: Observation, now: float) -> SupervisorStatus:
    """How it is; a fleet that runs without one has a problem."""
    if seen.sessions is None:
        return SupervisorStatus("unknown", None, None, None)
    session = seen.sessions.get(SUPERVISOR)
    if session is not None and session.pid is not None:
        return SupervisorStatus("running", session.pid, uptime_s_of(session, now), None)
    if not fleet.supervision.enabled:
        return SupervisorStatus("off", None, None, None)
    if not any(fleet.neuron(name) is not None for name in seen.sessions):
        return SupervisorStatus("idle", None, None, None)
    if session is None:
        return SupervisorStatus("missing", None, None, "there is no supervisor: netctl fleet up starts one")
    if not session.is_dead:
        return SupervisorStatus("starting", None, None, None)
    how = f"killed by {signal_name(session.exit_signal)}" if session.exit_signal else f"exited with {session.exit_code}"
    why = f"the supervisor is dead, {how}{quoted(session, seen)}: netctl fleet up starts it"
    return SupervisorStatus("dead", None, None, why)


def fate_text(fate: Verdict, session: SessionFacts, seen: Observation, now: float) -> str:
    """What it died of, and what follows."""
    if STOPPED in session.labels:
        return f"{fate.why_not}; netctl fleet up starts it"
    ended = ending_text(session)
    if fault := session.labels.get(FAULT):
        ended = f"ended by the supervisor: {fault}"
    follows = f"starts again in {short(max(0.0, fate.at - now))}" if fate.at is not None else fate.why_not
    return f"{ended}{quoted(session, seen)}; {follows}"


def uptime_s_of(session: SessionFacts | None, now: float) -> float | None:
    """For how long its process runs, None where it does not."""
    if session is None or session.pid is None or session.started_at is None:
        return None
    return round(max(0.0, now - session.started_at), 1)


def ending_text(session: SessionFacts) -> str:
    """How a dead session ended: by which signal, or with which code; or why its node never started it."""
    if session.waits:
        return f"its node could not start it: {session.waits}"
    if session.exit_signal is not None:
        return f"killed by {signal_name(session.exit_signal)}"
    return f"exited with {session.exit_code}"


def quoted(session: SessionFacts, seen: Observation) -> str:
    """What it said last, behind a colon."""
    words = seen.last_words.get(session.name)
    return f": {words}" if words else ""


def signal_name(number: int | None) -> str:
    """As kill knows it: ``SIGKILL``."""
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"
