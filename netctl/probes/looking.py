"""One look at many neurons: the probes that are due are asked, side by side, and what they say is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netctl.ports import Clock, Metagraph, SessionFacts
from netctl.probes import asking, judging, logfiles, sockets
from netctl.probes.judging import ChainSeen, Verdict
from netctl.probes.logfiles import Reading, Sought
from netctl.probes.memory import Answer, Memory, Run
from netctl.probes.model import IN_LOGS, ON_CHAIN, OUTSIDE, Health, ProbeSpec, Watched

HURRY_S = 1.0
"""How often a command or a request is repeated for a neuron that is waited for."""
STREAMS = {"stdout": ("stdout",), "stderr": ("stderr",), "both": ("stdout", "stderr")}
OFFSETS = {"stdout": "log_offset", "stderr": "err_offset"}


@dataclass(frozen=True, slots=True)
class _Due:
    """A neuron with a live process, and which of its probes are to be asked now."""

    watched: Watched
    run: Run
    started_at: float
    labels: Mapping[str, str]
    probes: tuple[ProbeSpec, ...]
    node: str

    def outside(self) -> Iterator[ProbeSpec]:
        """Those that ask by themselves; who holds a port of another machine can only be asked by connecting to it."""
        return (p for p in self.probes if p.kind in OUTSIDE or (p.kind == "port" and self.watched.addresses))

    def inside(self) -> Iterator[ProbeSpec]:
        """Those whose answer this machine and the metagraph show."""
        return (p for p in self.probes if p.kind not in OUTSIDE and (p.kind != "port" or not self.watched.addresses))


async def look(
    watched: Sequence[Watched],
    sessions: Mapping[str, SessionFacts],
    memory: Memory,
    *,
    clock: Clock,
    metagraph: Metagraph | None = None,
    tempo: int | None = None,
    at_once: bool = False,
) -> Mapping[str, Health]:
    """The health of each of these neurons, by name; only probes that are due are asked, each within its deadline.

    `sessions` and `metagraph` are what the caller has read; without a metagraph what the chain has stays unknown.
    `memory` is the caller's to keep for the next look. Takes as long as the slowest command or request that is due,
    and some milliseconds where none is. With `at_once` every probe is asked, and one failure counts.
    """
    now = clock.now()
    memory.forget_others({one.name for one in watched})
    due = list(_due(watched, sessions, memory, now, at_once=at_once))
    if due:
        await asyncio.to_thread(_look_around, due, memory, metagraph, tempo, now)
        await _ask_outside(due, clock)
    for one in due:
        one.run.health = judging.health_of(one.watched, one.run, now=clock.now(), at_once=at_once)
        one.run.due_at = min((_due_at(p, one.run.answers[p.name]) for p in one.watched.probes), default=float("inf"))
    return {one.name: _health(memory.runs.get(one.name), sessions.get(one.name)) for one in watched}


def _health(run: Run | None, session: SessionFacts | None) -> Health:
    if run is None or run.health is None:
        return Health(ready=False, waits_for="its session" if session is None else "its process")
    return run.health


def _due(
    watched: Sequence[Watched], sessions: Mapping[str, SessionFacts], memory: Memory, now: float, *, at_once: bool
) -> Iterator[_Due]:
    for one in watched:
        session = sessions.get(one.name)
        if session is None or session.pid is None:
            memory.runs.pop(one.name, None)
            continue
        run = memory.run_of(one.name, session.pid, session.started_at)
        is_known = run.watched is one and run.asked_at <= now
        if is_known and now < run.due_at and not at_once:
            continue
        answers = run.answers if run.asked_at <= now and not at_once else {}
        probes = tuple(p for p in one.probes if p.name not in answers or _due_at(p, answers[p.name]) <= now)
        run.watched, run.asked_at = one, now
        yield _Due(one, run, session.started_at or now, session.labels, probes, session.node)


def _due_at(probe: ProbeSpec, answer: Answer) -> float:
    """When it is asked again. What a neuron waits for is asked at every look, where that costs next to nothing."""
    if probe.readiness and not answer.ok and answer.failures == 0:
        return answer.at + (min(probe.every_s, HURRY_S) if probe.kind in OUTSIDE else 0.0)
    return answer.at + probe.every_s


def _look_around(
    due: Sequence[_Due], memory: Memory, metagraph: Metagraph | None, tempo: int | None, now: float
) -> None:
    """What this machine and the caller's metagraph show by themselves."""
    asked = [(one, probe.port) for one in due for probe in one.inside() if probe.kind == "port"]
    owners = {(one.run.pid, port): sockets.still_held(port, one.run, now) for one, port in asked}
    sought = {port for (_, port), owner in owners.items() if owner is None}
    held = sockets.listening(sought) if sought else {}
    on_chain = any(probe.kind in ON_CHAIN for one in due for probe in one.probes)
    rows = {row.hotkey: row for row in metagraph.rows} if metagraph is not None and on_chain else {}
    for one in due:
        readings = _readings(one, now) if any(probe.kind in IN_LOGS for probe in one.probes) else {}
        seen = ChainSeen(metagraph.block, tempo, rows.get(one.watched.hotkey or "")) if metagraph is not None else None
        for probe in one.inside():
            if probe.kind in ON_CHAIN:
                verdict = judging.judge_chain(one.watched, probe, seen)
            elif probe.kind == "port":
                owner = owners[one.run.pid, probe.port] or sockets.owner_of(probe.port, one.run, held, memory, now)
                verdict = judging.judge_port(probe, owner)
            else:
                verdict = _judge_log(one, probe, readings, now)
            _note(one, probe, verdict, now)


def _readings(one: _Due, now: float) -> Mapping[str, Reading]:
    """Both logs, read on from where they were read to, for all that any probe of the neuron seeks."""
    for stream in ("stdout", "stderr"):
        sought = tuple(
            Sought(probe.match, probe.within_s is None)
            for probe in one.watched.probes
            if probe.match and stream in STREAMS[probe.stream]
        )
        reading = one.run.logs.get(stream)
        if reading is None:
            reading = one.run.logs[stream] = Reading(int(one.labels.get(OFFSETS[stream], "0")))
        path = one.watched.stdout if stream == "stdout" else one.watched.stderr
        logfiles.look_at(path, reading, sought, started_at=one.run.started_at, now=now)
    return one.run.logs


def _judge_log(one: _Due, probe: ProbeSpec, readings: Mapping[str, Reading], now: float) -> Verdict:
    if probe.kind == "output":
        return judging.judge_output(probe, readings, started_at=one.started_at, now=now)
    of_stream = {stream: readings[stream] for stream in STREAMS[probe.stream]}
    if probe.kind == "no_line":
        return judging.judge_no_line(probe, of_stream, now=now)
    return judging.judge_line(probe, of_stream, now=now)


async def _ask_outside(due: Sequence[_Due], clock: Clock) -> None:
    asked = [(one, probe) for one in due for probe in one.outside()]
    if not asked:
        return
    turns = asyncio.Semaphore(asking.AT_ONCE)

    async def ask(one: _Due, probe: ProbeSpec) -> None:
        if probe.kind == "port":
            _note(one, probe, await _connected(one, probe, turns), clock.now())
            return
        async with turns:
            asks = asking.run_command if probe.kind == "exec" else asking.get
            ok, why = await asks(one.watched, probe)
        _note(one, probe, Verdict(ok, f"its probe {probe.name} ({why})", why), clock.now())

    async with asyncio.TaskGroup() as group:
        for one, probe in asked:
            group.create_task(ask(one, probe))


async def _connected(one: _Due, probe: ProbeSpec, turns: asyncio.Semaphore) -> Verdict:
    address = dict(one.watched.addresses).get(one.node)
    if address is None:
        return Verdict(None, f"its port {probe.port} on {one.node or 'a node'}, whose address is not known")
    async with turns:
        is_there = await asking.listens(address, probe)
    return judging.OK if is_there else judging.judge_port(probe, None)


def _note(one: _Due, probe: ProbeSpec, verdict: Verdict, now: float) -> None:
    counts = probe.liveness and not judging.is_lenient(probe, started_at=one.started_at, now=now)
    answer = one.run.answers.setdefault(probe.name, Answer(now, None))
    answer.note(now, verdict.ok, verdict.waits_for, verdict.why, counts=counts)
