"""What is seen of a fleet at one moment, as a value; and an earlier one with the sessions as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netctl.chaos.disturbance import Disturbance
from netctl.chaos.record import disturbed
from netctl.errors import SessionError
from netctl.fleet import Fleet
from netctl.identity.clashes import Clash
from netctl.logs import last_words
from netctl.ports import Account, Host, Journal, KeyFacts, Metagraph, SessionFacts
from netctl.probes.model import Health
from netctl.truth.drift import Drift

UNSEEN = Health(False, "the supervisor's next look")
"""Of a process that started after the last observation."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found, at `at` (epoch seconds). None stands for: could not be asked, and a problem says why.

    `key_faults` says why a neuron's key files cannot be read, `asked_at` when the chain was asked.
    `lost` says of neurons without a uid how it is known that they had one, `unheard` of validators what they lack to
    be answered by the miners. `clashes` are the processes that have what a neuron must have to itself, `drift` how its
    own differs from its launcher on disk. `chaos` is what disturbs a neuron on purpose, `nodes` says what is
    wrong with it across the fleet's machines.
    """

    at: float
    netuid: int
    block: int | None
    metagraph: Metagraph | None
    accounts: Mapping[str, Account] | None
    keys: Mapping[str, KeyFacts]
    sessions: Mapping[str, SessionFacts] | None
    ready: Mapping[str, Health]
    chain_problem: str | None = None
    host_problem: str | None = None
    last_words: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)
    clashes: Mapping[str, tuple[Clash, ...]] = field(default_factory=dict)
    drift: Mapping[str, tuple[Drift, ...]] = field(default_factory=dict)
    chaos: Mapping[str, tuple[Disturbance, ...]] = field(default_factory=dict)
    asked_at: float = 0.0
    key_faults: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)


def brought_up_to_date(seen: Observation, fleet: Fleet, host: Host, journal: Journal, now: float) -> Observation:
    """An earlier observation with sessions and disturbances as they are now; what it says of other processes goes."""
    seen = replace(seen, chaos=disturbed(journal, now))
    try:
        sessions = host.sessions()
    except SessionError as error:
        return replace(seen, sessions=None, ready={}, host_problem=error.message)
    before = {name: session.pid for name, session in (seen.sessions or {}).items()}
    ready = {
        name: seen.ready[name] if name in seen.ready and before.get(name) == session.pid else UNSEEN
        for name, session in sessions.items()
        if session.pid is not None
    }
    words = words_of_the_dead(fleet, sessions)
    return replace(seen, sessions=sessions, ready=ready, last_words=words, host_problem=None)


def words_of_the_dead(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Mapping[str, str]:
    """What each neuron that is no more said last; "" where it said nothing."""
    return {
        name: last_words(fleet, session)
        for name, session in sessions.items()
        if session.exit_code is not None or session.exit_signal is not None
    }
