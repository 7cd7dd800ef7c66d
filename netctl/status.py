"""What `netctl status` says of a fleet: the report of one observation. Pure."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from netctl import deregistered
from netctl.fleet import Fleet, NeuronSpec
from netctl.identity import clashes
from netctl.identity.clashes import Clash
from netctl.money import Rao, tao_text
from netctl.observation import Observation
from netctl.ports import Account, KeyFacts, SessionFacts
from netctl.readiness import Readiness
from netctl.truth import drift
from netctl.truth.drift import Drift

State = Literal["missing", "starting", "running", "exited", "killed", "stopped", "backoff", "unknown"]

START_GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class NeuronStatus:
    """One neuron as it stands; the field names are those of ``netctl status --json``.

    `stake_tao` is S[uid], as the metagraph has it; `unheard` what a validator lacks to be answered by the miners.
    `clashes` are processes that have what it must have to itself, `drift` is how its own differs from its rendering.
    """

    name: str
    role: str
    wallet: str
    hotkey: str
    coldkey_ss58: str | None
    hotkey_ss58: str | None
    uid: int | None
    expected_uid: int | None
    registered: bool | None
    deregistered: bool | None
    balance_tao: str | None
    stake_tao: str | None
    validator_permit: bool | None
    unheard: str | None
    state: State
    ready: bool | None
    pid: int | None
    uptime_s: float | None
    restarts: int
    exit_code: int | None
    exit_signal: int | None
    axon: str | None
    log: Path
    problem: str | None
    clashes: tuple[Clash, ...] = ()
    drift: tuple[Drift, ...] = ()

    def document(self, below: Path) -> dict[str, Any]:
        """The same as JSON; the log's path is relative to `below` where it lies under it."""
        clashes = [{**asdict(clash), "argv": list(clash.argv)} for clash in self.clashes]
        drift = [asdict(one) for one in self.drift]
        return {**asdict(self), "log": shorten(self.log, below), "clashes": clashes, "drift": drift}


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The whole fleet at one moment; `ok` is true when no neuron has a problem."""

    fleet: str
    rehearsal: bool
    network: str
    netuid: int
    block: int | None
    observed_at: str
    neurons: tuple[NeuronStatus, ...]

    @property
    def ok(self) -> bool:
        return all(neuron.problem is None for neuron in self.neurons)

    def document(self, *, below: Path) -> dict[str, Any]:
        """The JSON document of the contract; log paths are relative to `below` where they lie under it."""
        return {
            "fleet": self.fleet,
            "rehearsal": self.rehearsal,
            "network": self.network,
            "netuid": self.netuid,
            "block": self.block,
            "observed_at": self.observed_at,
            "ok": self.ok,
            "neurons": [neuron.document(below) for neuron in self.neurons],
        }


def shorten(path: Path, below: Path) -> str:
    """The path from `below` where it lies under it, else whole."""
    return str(path.relative_to(below)) if path.is_relative_to(below) else str(path)


def report_of(fleet: Fleet, seen: Observation) -> StatusReport:
    """The report of one observation; pure."""
    return StatusReport(
        fleet=fleet.name,
        rehearsal=fleet.rehearsal,
        network=fleet.network.endpoint,
        netuid=seen.netuid,
        block=seen.block,
        observed_at=datetime.fromtimestamp(int(seen.at), UTC).isoformat().replace("+00:00", "Z"),
        neurons=tuple(_neuron_status(fleet, neuron, seen) for neuron in fleet.neurons),
    )


def _neuron_status(fleet: Fleet, neuron: NeuronSpec, seen: Observation) -> NeuronStatus:
    keys = seen.keys[neuron.name]
    row = seen.metagraph.of_hotkey(keys.hotkey_ss58) if seen.metagraph and keys.hotkey_ss58 else None
    session = seen.sessions.get(neuron.name) if seen.sessions is not None else None
    readiness = seen.ready.get(neuron.name)
    ready = readiness.ready if readiness is not None else None
    uptime_s = _uptime_s(session, seen.at)
    state = _state_of(session, known=seen.sessions is not None, ready=ready, uptime_s=uptime_s)
    registered = None if seen.metagraph is None else row is not None
    return NeuronStatus(
        name=neuron.name,
        role=neuron.role,
        wallet=neuron.wallet,
        hotkey=neuron.hotkey,
        coldkey_ss58=keys.coldkey_ss58,
        hotkey_ss58=keys.hotkey_ss58,
        uid=row.uid if row is not None else None,
        expected_uid=neuron.expected_uid,
        registered=registered,
        deregistered=None if registered is None else neuron.name in seen.lost,
        balance_tao=_balance_tao(seen.accounts, keys.coldkey_ss58),
        stake_tao=None if seen.metagraph is None else tao_text(row.total_stake_rao if row is not None else 0),
        validator_permit=row.validator_permit if row is not None else None,
        unheard=seen.unheard.get(neuron.name),
        state=state,
        ready=ready,
        pid=session.pid if session is not None else None,
        uptime_s=uptime_s,
        restarts=session.restarts if session is not None else 0,
        exit_code=session.exit_code if session is not None else None,
        exit_signal=session.exit_signal if session is not None else None,
        axon=row.axon if row is not None else None,
        log=fleet.state / "logs" / f"{neuron.name}.log",
        problem=_problem_of(neuron.name, state, session, keys, seen, readiness, registered=registered),
        clashes=seen.clashes.get(neuron.name, ()),
        drift=seen.drift.get(neuron.name, ()),
    )


def _balance_tao(accounts: Mapping[str, Account] | None, coldkey: str | None) -> str | None:
    if accounts is None or coldkey is None:
        return None
    account = accounts.get(coldkey)
    free_rao: Rao = account.free_rao if account is not None else 0
    return tao_text(free_rao)


def _uptime_s(session: SessionFacts | None, now: float) -> float | None:
    if session is None or session.pid is None or session.started_at is None:
        return None
    return round(max(0.0, now - session.started_at), 1)


def _state_of(session: SessionFacts | None, *, known: bool, ready: bool | None, uptime_s: float | None) -> State:
    if not known:
        return "unknown"
    if session is None:
        return "missing"
    if session.pid is not None:
        return "starting" if ready is False and (uptime_s or 0.0) < START_GRACE_S else "running"
    if session.exit_signal is not None:
        return "killed"
    return "exited" if session.exit_code is not None else "starting"


def _problem_of(
    name: str,
    state: State,
    session: SessionFacts | None,
    keys: KeyFacts,
    seen: Observation,
    readiness: Readiness | None,
    *,
    registered: bool | None,
) -> str | None:
    """The first thing to see to, from the process outwards to the chain."""
    if seen.host_problem is not None and seen.sessions is None:
        return seen.host_problem
    ended = _process_problem(state, session, seen, seen.clashes.get(name, ()))
    if ended is not None:
        return ended
    if keys.hotkey_ss58 is None:
        return "no hotkey in the wallet directory"
    if seen.chain_problem is not None:
        return seen.chain_problem
    if registered is False:
        if name not in seen.lost:
            return "not registered"
        return f"deregistered: {seen.lost[name]}; {deregistered.remedy(name)}"
    if readiness is None:
        return seen.host_problem or "its readiness could not be judged"
    if not readiness.ready:
        return f"waits for {readiness.waits_for}" if readiness.waits_for else "not ready"
    if name in seen.unheard:
        return f"not heard by the miners: {seen.unheard[name]}"
    different = seen.drift.get(name, ())
    if different:
        return f"not as rendered: {drift.told(different)}; netctl fleet restart --neuron {name}"
    return None


def _process_problem(
    state: State, session: SessionFacts | None, seen: Observation, others: Sequence[Clash]
) -> str | None:
    """What keeps the process from being the one that there should be: it is not there, or another is there as well."""
    if session is None or state == "missing":
        return f"no session; {clashes.told(others)}" if others else "no session"
    if state == "killed":
        return f"killed by {_signal_name(session.exit_signal)}{_quoted(session, seen)}"
    if state == "exited":
        return f"exited with {session.exit_code}{_quoted(session, seen)}"
    if session.pid is None:
        return "waits for its process"
    return clashes.told(others) if others else None


def _quoted(session: SessionFacts, seen: Observation) -> str:
    words = seen.last_words.get(session.name)
    return f": {words}" if words else ""


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"
