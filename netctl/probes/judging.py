"""What the answers mean: a verdict for each probe, and the health that follows for a neuron. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netctl.ports import MetagraphRow
from netctl.probes.logfiles import Reading
from netctl.probes.memory import Answer, Run
from netctl.probes.model import Failing, Health, ProbeSpec, Watched
from netctl.probes.sockets import Owner


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` is None where it cannot be said. `waits_for` completes "waits for", `why` says what is wrong."""

    ok: bool | None
    waits_for: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """A neuron on the chain as somebody read it at `block`; `row` is None where it is not registered."""

    block: int
    tempo: int | None
    row: MetagraphRow | None


OK = Verdict(True)
UNKNOWN = "the chain, which was not read"


def judge_line(probe: ProbeSpec, readings: Mapping[str, Reading], *, now: float) -> Verdict:
    """Whether the line was said in this run, and with `within_s` not too long ago."""
    where = _where(probe)
    seen = _last_seen(probe, readings)
    if seen is None and probe.within_s is None and any(reading.is_cut for reading in readings.values()):
        return OK
    if seen is None:
        why = f"no line {probe.match!r} in its {where} since its start"
        return Verdict(False, f"the line {probe.match!r} in its {where}", why)
    if probe.within_s is not None and now - seen > probe.within_s:
        why = f"no line {probe.match!r} in its {where} for {span(now - seen)}"
        return Verdict(False, f"another line {probe.match!r} in its {where}", why)
    return OK


def judge_no_line(probe: ProbeSpec, readings: Mapping[str, Reading], *, now: float) -> Verdict:
    """Whether a line that must not be has not been said in this run, or was so long ago that it is forgotten."""
    seen = _last_seen(probe, readings)
    if seen is None or (probe.within_s is not None and now - seen > probe.within_s):
        return OK
    why = f"the line {probe.match!r} is in its {_where(probe)}"
    return Verdict(False, f"a start without the line {probe.match!r} in its {_where(probe)}", why)


def judge_output(probe: ProbeSpec, readings: Mapping[str, Reading], *, started_at: float, now: float) -> Verdict:
    """Whether it has said anything lately, on either stream; its start counts as a word."""
    spoke = max([started_at, *(r.spoke_at for r in readings.values() if r.spoke_at is not None)])
    if probe.within_s is None or now - spoke <= probe.within_s:
        return OK
    return Verdict(False, "a line in its logs", f"nothing in its logs for {span(now - spoke)}")


def judge_port(probe: ProbeSpec, owner: Owner | None) -> Verdict:
    """Whether the port is held by the neuron's own processes."""
    if owner is None:
        return Verdict(False, f"its port {probe.port}", f"nobody listens on its port {probe.port}")
    if owner.mine:
        return OK
    who = f"pid {owner.pid}" if owner.pid else "a process of another user"
    return Verdict(False, f"its port {probe.port}, which {who} holds", f"its port {probe.port} is held by {who}")


def judge_chain(watched: Watched, probe: ProbeSpec, seen: ChainSeen | None) -> Verdict:
    """What the chain has of it; unknown where the chain was not read."""
    if seen is None:
        return Verdict(None, UNKNOWN)
    row = seen.row
    if probe.kind == "axon_served":
        if row is not None and is_served(watched, row.axon):
            return OK
        found = "not registered" if row is None else (row.axon or "none yet")
        return Verdict(False, f"its axon on the chain ({found})", f"its axon on the chain is not its own ({found})")
    if row is None:
        return Verdict(False, "its registration", "not registered on the chain")
    if probe.kind == "registered":
        return OK
    return _judge_update(probe, seen, row)


def _judge_update(probe: ProbeSpec, seen: ChainSeen, row: MetagraphRow) -> Verdict:
    most = probe.within_blocks
    if most is None and probe.within_tempos is not None:
        if seen.tempo is None:
            return Verdict(None, "the subnet's tempo, which was not read")
        most = probe.within_tempos * (seen.tempo + 1)
    age = seen.block - row.last_update
    if most is None or age <= most:
        return OK
    why = f"its last update on the chain is {age} blocks old ({most} at the most)"
    return Verdict(False, f"an update on the chain (the last one is {age} blocks old)", why)


def is_served(watched: Watched, axon: str | None) -> bool:
    """Whether the chain announces this neuron where it listens; `axon` is "ip:port" or None."""
    if axon is None:
        return False
    ip, _, port = axon.rpartition(":")
    return port == str(watched.axon_port) and (watched.any_ip or ip.strip("[]") == watched.axon_ip)


def health_of(watched: Watched, run: Run, *, now: float, at_once: bool = False) -> Health:
    """Ready, or the first thing still waited for, and the liveness probes that have failed often enough.

    With `at_once` one failure is enough: for whoever looks only once.
    """
    waits_for: str | None = None
    failing = []
    for probe in watched.probes:
        answer = run.answers.get(probe.name)
        if probe.readiness and waits_for is None and (answer is None or not answer.ok):
            waits_for = answer.waits_for if answer is not None else f"its probe {probe.name}"
        if answer is not None and _fails(probe, answer, at_once=at_once):
            failing.append(Failing(probe.name, answer.why, answer.since or now, probe.action))
    return Health(waits_for is None, waits_for, tuple(failing))


def _fails(probe: ProbeSpec, answer: Answer, *, at_once: bool) -> bool:
    return probe.liveness and answer.failures >= (1 if at_once else probe.failures)


def is_lenient(probe: ProbeSpec, *, started_at: float, now: float) -> bool:
    """Whether the neuron is still so young that this probe's failures do not count against it."""
    return now - started_at < max(probe.after_s, probe.within_s or 0.0 if probe.kind == "line" else 0.0)


def span(seconds: float) -> str:
    """How long, in a word or two: 45 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _last_seen(probe: ProbeSpec, readings: Mapping[str, Reading]) -> float | None:
    return max((r.seen[probe.match] for r in readings.values() if probe.match in r.seen), default=None)


def _where(probe: ProbeSpec) -> str:
    return {"stdout": "log", "stderr": "standard error", "both": "logs"}[probe.stream]
