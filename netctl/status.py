"""What `netctl status` says of a fleet: the report of one observation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from netctl import deregistered
from netctl.chaos.disturbance import Disturbance, iso
from netctl.fleet import Fleet, NeuronSpec
from netctl.identity import clashes
from netctl.identity.clashes import Clash
from netctl.money import Rao, tao_text
from netctl.observation import Observation
from netctl.ports import STOPPED, Account, KeyFacts, SessionFacts
from netctl.probes.model import Failing, Health
from netctl.render.behind import RPC_LABEL
from netctl.supervisor import restarts
from netctl.supervisor.fates import (
    SupervisorStatus,
    ending_text,
    fate_text,
    quoted,
    supervisor_status,
    uptime_s_of,
)
from netctl.supervisor.restarts import Verdict
from netctl.truth import drift
from netctl.truth.drift import Drift

State = Literal["missing", "starting", "running", "exited", "killed", "stopped", "backoff", "unknown"]

START_GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class NeuronStatus:
    """One neuron as it stands; the field names are those of ``netctl status --json``.

    `failing` are the liveness probes that have failed often enough. `stake_tao` is S[uid], as the metagraph has it;
    `unheard` what a validator lacks to be answered by the miners.
    `clashes` are processes that have what it must have to itself, `drift` is how its own differs from its rendering.
    `chaos` is what disturbs it on purpose, each with `what` and `until`. `node` is the machine that it runs on,
    null for this one; `pid` is a process there.
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
    failing: tuple[Failing, ...]
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
    chaos: tuple[dict[str, str | None], ...] = ()
    node: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The whole fleet at one moment; `ok` is true when neither a neuron nor the supervisor has a problem.

    `sampled_at` is when the supervisor asked the chain for what is told of it; None where it was asked just now.
    """

    fleet: str
    rehearsal: bool
    network: str
    netuid: int
    block: int | None
    at: float
    sampled_at: float | None
    supervisor: SupervisorStatus
    neurons: tuple[NeuronStatus, ...]

    @property
    def ok(self) -> bool:
        return self.supervisor.problem is None and all(neuron.problem is None for neuron in self.neurons)

    @property
    def sample_age_s(self) -> float | None:
        """How old the supervisor's sample is, None where there is none in this report."""
        return None if self.sampled_at is None else round(max(0.0, self.at - self.sampled_at), 1)

    def document(self, *, below: Path) -> dict[str, Any]:
        """The JSON document of the contract; log paths are relative to `below` where they lie under it."""
        return {
            "fleet": self.fleet,
            "rehearsal": self.rehearsal,
            "network": self.network,
            "netuid": self.netuid,
            "block": self.block,
            "observed_at": _utc(self.at),
            "sampled_at": None if self.sampled_at is None else _utc(self.sampled_at),
            "sample_age_s": self.sample_age_s,
            "ok": self.ok,
            "supervisor": _plain(self.supervisor),
            "neurons": [{**_plain(neuron), "log": shorten(neuron.log, below)} for neuron in self.neurons],
        }


def _plain(value: Any) -> dict[str, Any]:
    """As JSON has it: tuples are lists."""
    return dict(msgspec.json.decode(msgspec.json.encode(value, enc_hook=str)))


def shorten(path: Path, below: Path) -> str:
    """The path from `below` where it lies under it, else whole."""
    return str(path.relative_to(below)) if path.is_relative_to(below) else str(path)


def report_of(fleet: Fleet, seen: Observation, *, now: float | None = None) -> StatusReport:
    """The report of one observation; pure. With `now` it was made earlier, by the supervisor."""
    supervisor = supervisor_status(fleet, seen, seen.at if now is None else now)
    return StatusReport(
        fleet=fleet.name,
        rehearsal=fleet.rehearsal,
        network=fleet.network.endpoint,
        netuid=seen.netuid,
        block=seen.block,
        at=seen.at if now is None else now,
        sampled_at=None if now is None else seen.asked_at,
        supervisor=supervisor,
        neurons=tuple(
            _neuron_status(fleet, neuron, seen, supervisor, seen.at if now is None else now) for neuron in fleet.neurons
        ),
    )


def _utc(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def _neuron_status(
    fleet: Fleet, neuron: NeuronSpec, seen: Observation, supervisor: SupervisorStatus, now: float
) -> NeuronStatus:
    keys = seen.keys[neuron.name]
    row = seen.metagraph.of_hotkey(keys.hotkey_ss58) if seen.metagraph and keys.hotkey_ss58 else None
    session = seen.sessions.get(neuron.name) if seen.sessions is not None else None
    readiness = seen.ready.get(neuron.name)
    ready = readiness.ready if readiness is not None else None
    uptime_s = uptime_s_of(session, now)
    fate = None
    if session is not None and session.is_dead and (supervisor.state == "running" or STOPPED in session.labels):
        fate = restarts.verdict(neuron.restart, session)
    state = _state_of(session, fate, known=seen.sessions is not None, ready=ready, uptime_s=uptime_s)
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
        failing=readiness.failing if readiness is not None else (),
        pid=session.pid if session is not None else None,
        uptime_s=uptime_s,
        restarts=session.restarts if session is not None else 0,
        exit_code=session.exit_code if session is not None else None,
        exit_signal=session.exit_signal if session is not None else None,
        axon=row.axon if row is not None else None,
        log=fleet.state / "logs" / f"{neuron.name}.log",
        problem=_with_chaos(
            seen.chaos.get(neuron.name, ()),
            _problem_of(neuron.name, state, session, keys, seen, readiness, registered=registered)
            if fate is None or session is None
            else _and_others(fate_text(fate, session, seen, now), seen.clashes.get(neuron.name, ())),
        ),
        clashes=seen.clashes.get(neuron.name, ()),
        drift=seen.drift.get(neuron.name, ()),
        chaos=tuple({"what": each.what, "until": iso(each.until)} for each in seen.chaos.get(neuron.name, ())),
        node=_node_of(neuron, session),
    )


def _node_of(neuron: NeuronSpec, session: SessionFacts | None) -> str | None:
    """Where it runs; where it is wanted, while it does not."""
    if session is not None and session.node:
        return session.node
    return None if neuron.placing is None else neuron.placing.node


def _with_chaos(disturbances: Sequence[Disturbance], problem: str | None) -> str | None:
    """What is done to the neuron on purpose comes first: it may be why all else is as it is."""
    told = ", ".join(each.told() for each in disturbances)
    return f"chaos: {told}{f'; {problem}' if problem else ''}" if told else problem


def _balance_tao(accounts: Mapping[str, Account] | None, coldkey: str | None) -> str | None:
    if accounts is None or coldkey is None:
        return None
    account = accounts.get(coldkey)
    free_rao: Rao = account.free_rao if account is not None else 0
    return tao_text(free_rao)


def _state_of(
    session: SessionFacts | None, fate: Verdict | None, *, known: bool, ready: bool | None, uptime_s: float | None
) -> State:
    if not known:
        return "unknown"
    if session is None:
        return "missing"
    if session.unknown:
        return "unknown"
    if session.pid is not None:
        return "starting" if ready is False and (uptime_s or 0.0) < START_GRACE_S else "running"
    if fate is not None and STOPPED in session.labels:
        return "stopped"
    if fate is not None and fate.at is not None:
        return "backoff"
    if session.exit_signal is not None:
        return "killed"
    return "exited" if session.exit_code is not None else "starting"


def _problem_of(
    name: str,
    state: State,
    session: SessionFacts | None,
    keys: KeyFacts,
    seen: Observation,
    readiness: Health | None,
    *,
    registered: bool | None,
) -> str | None:
    """The first thing to see to, from the process outwards to the chain."""
    if seen.host_problem is not None and seen.sessions is None:
        return seen.host_problem
    if session is not None and session.unknown:
        return f"{session.unknown}; netctl fleet move {name} --node OTHER, once that machine is surely off"
    if name in seen.nodes:
        return seen.nodes[name]
    ended = _process_problem(state, session, seen, seen.clashes.get(name, ()))
    if ended is not None:
        return ended
    if session is not None and _is_cut_off(session, seen):
        return "the proxy between it and the chain does not run; netctl fleet up"
    return _beyond_the_process(name, keys, seen, readiness, registered=registered)


def _beyond_the_process(
    name: str, keys: KeyFacts, seen: Observation, readiness: Health | None, *, registered: bool | None
) -> str | None:
    """What is amiss with a neuron whose process runs."""
    if keys.hotkey_ss58 is None:
        return seen.key_faults.get(name, "no hotkey in the wallet directory")
    if readiness is not None and readiness.failing and registered is not False:
        return "; ".join(f"{probe.why} (probe {probe.name})" for probe in readiness.failing)
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
        return _and_others("no session", others)
    if session.is_dead:
        return _and_others(f"{ending_text(session)}{quoted(session, seen)}", others)
    if session.pid is None:
        return session.waits or "waits for its process"
    return clashes.told(others) if others else None


def _and_others(text: str, others: Sequence[Clash]) -> str:
    """What became of the process, and who keeps it from being started again."""
    return f"{text}; {clashes.told(others)}" if others else text


def _is_cut_off(session: SessionFacts, seen: Observation) -> bool:
    proxy = (seen.sessions or {}).get("proxy")
    return RPC_LABEL in session.labels and (proxy is None or proxy.pid is None)
