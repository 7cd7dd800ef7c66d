"""Making disturbances and ending them: first the journal, then who ends it in any case, then the disturbance itself.

The supervisor and every command that takes the fleet's lock call `undo_overdue`; it costs one read of the journal.
"""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl.chaos import disturbance, guard, signals, wire
from netctl.chaos.disturbance import BEGAN, BY_PROXY, ENDED, Disturbance, What, iso
from netctl.chaos.record import holding, overdue
from netctl.chaos.session import SESSION
from netctl.chaos.turn import turn
from netctl.errors import SessionError, UsageError
from netctl.fleet import Fleet
from netctl.layout import files_of
from netctl.ports import Clock, Journal, SessionFacts
from netctl.render.behind import AXON_LABEL, RPC_LABEL

OBEYS_S = 5.0
PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done to each of some neurons; `lasts_s` is ignored by a kill. See `Disturbance` for the rest."""

    what: What
    lasts_s: float = 60.0
    signal: str | None = None
    delay_s: float = 0.0
    jitter_s: float = 0.0
    hang: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """The fleet that is disturbed, and where that is written down. Sessions as they are now."""

    fleet: Fleet
    sessions: Mapping[str, SessionFacts]
    journal: Journal
    clock: Clock

    @property
    def place(self) -> Path:
        """Where the proxy's files lie."""
        return files_of(self.fleet, SESSION)


def disturb(scene: Scene, wish: Wish, names: Sequence[str]) -> tuple[Disturbance, ...]:
    """Do it to all of these neurons, or to none where one of them cannot be; returns what holds now.

    UsageError where a neuron does not run, is not behind the proxy, or is disturbed that way already; SessionError
    where the proxy or a process does not do what it should. Interrupted on the way, it undoes what it has made.
    """
    check(scene, wish.what, names)
    with turn(scene.fleet.state):
        _insist_on_undisturbed(scene, wish.what, names)
        made = [_planned(scene, wish, name) for name in names]
        try:
            for each in made:
                facts = {**each.facts(), "ends": iso(each.until)} if each.until is not None else each.facts()
                scene.journal.append(BEGAN, **facts)
            _make(scene, wish.what, made)
        except BaseException:
            _end(scene.place, scene.journal, made, scene.clock.now(), by="failure")
            raise
    return tuple(made)


def check(scene: Scene, what: What, names: Sequence[str]) -> None:
    """UsageError that says why it cannot be done to one of these neurons."""
    for name in names:
        session = scene.sessions.get(name)
        if session is None or session.pid is None:
            raise UsageError(f"{name} does not run, {what} has nothing to act on", hint="netctl status")
        if session.node:
            # Its pid is another machine's: here it would be somebody else's.
            why = f"{name} runs on {session.node}, and netctl chaos acts on processes of this machine"
            raise UsageError(f"{what} {name}: {why}", hint="host: tmux is for a fleet to disturb")
        if what in BY_PROXY:
            _insist_on_proxy(scene, what, name, session)
    proxy = scene.sessions.get(SESSION)
    if what in BY_PROXY and (proxy is None or proxy.pid is None):
        raise SessionError(f"the proxy of {scene.fleet.name} does not run", hint="netctl fleet up starts it again")


def _insist_on_proxy(scene: Scene, what: What, name: str, session: SessionFacts) -> None:
    label, way = (AXON_LABEL, "its axon is") if what == "drop-axon" else (RPC_LABEL, "it reaches the chain")
    if label in session.labels:
        return
    if not scene.fleet.has_proxy:
        hint = f"write `chaos: true` into {scene.fleet.profile_path.name}, then netctl fleet up"
        raise UsageError(f"{what} {name}: {way} not behind a proxy", hint=hint)
    if RPC_LABEL in session.labels or AXON_LABEL in session.labels:
        hint = "its pack must use " + ("neuron.bind_port" if what == "drop-axon" else "network.endpoint")
        raise UsageError(f"{what} {name}: {way} not behind the proxy, as its pack starts it", hint=hint)
    raise UsageError(f"{what} {name}: it was started before the proxy was there", hint="netctl fleet up restarts it")


def _insist_on_undisturbed(scene: Scene, what: What, names: Collection[str]) -> None:
    for each in holding(scene.journal, scene.clock.now()):
        if each.what == what and each.neuron in names:
            raise UsageError(f"{each.neuron}: {each.told()} holds already", hint=f"netctl chaos undo {each.neuron}")


def _planned(scene: Scene, wish: Wish, name: str) -> Disturbance:
    session = scene.sessions[name]
    birth = signals.birth_of(session.pid or 0)
    if session.pid is None or birth is None:
        raise UsageError(f"{name} has just ended", hint="netctl status")
    now = scene.clock.now()
    return Disturbance(
        id=secrets.token_hex(4),
        what=wish.what,
        neuron=name,
        since=now,
        until=None if wish.what == "kill" else now + wish.lasts_s,
        process=session.pid,
        birth=birth,
        signal=wish.signal if wish.what == "kill" else None,
        delay_s=wish.delay_s,
        jitter_s=wish.jitter_s,
        hang=wish.hang,
    )


def _make(scene: Scene, what: What, made: Sequence[Disturbance]) -> None:
    if what in BY_PROXY:
        _order(scene.place, scene.journal, scene.clock.now())
        _until_obeyed(scene.place, scene.sessions[SESSION].pid)
        return
    if what == "kill":
        _signal(made, signal.Signals[f"SIG{made[0].signal or 'KILL'}"])
        return
    until = max(each.until or 0.0 for each in made)
    targets = [(each.process or 0, each.birth or "") for each in made]
    seconds = until - scene.clock.now()
    with guard.standing_by(scene.fleet.state, seconds=seconds, until=until, targets=targets):
        _signal(made, signal.SIGSTOP)


def _signal(made: Sequence[Disturbance], number: signal.Signals) -> None:
    for each in made:
        if not signals.send(each.process or 0, each.birth or "", number):
            raise SessionError(f"{each.neuron} ended before {number.name} reached it", hint="netctl status")


def _order(place: Path, journal: Journal, now: float) -> None:
    """Have the proxy's orders be what the journal says that holds."""
    entries = journal.entries()
    mine = [each for each in disturbance.open_in(entries) if each.what in BY_PROXY and (each.until or 0.0) > now]
    orders = [
        wire.Order(each.id, each.what, each.neuron, each.until or 0.0, each.delay_s, each.jitter_s, each.hang)
        for each in mine
    ]
    content = wire.orders_text(orders)
    if place.exists() and wire.content_of(place / wire.ORDERS) != content:
        wire.put(place / wire.ORDERS, content)


def _until_obeyed(place: Path, pid: int | None) -> None:
    wanted = wire.digest_of(wire.content_of(place / wire.ORDERS))
    deadline = time.monotonic() + OBEYS_S
    while True:
        report = wire.report_at(place)
        if report is not None and report.pid == pid and report.orders == wanted:
            return
        if time.monotonic() >= deadline:
            raise SessionError(f"the proxy has not taken the order within {OBEYS_S:g} s", hint=f"netctl logs {SESSION}")
        time.sleep(PAUSE_S)


def struck(scene: Scene, made: Iterable[Disturbance]) -> Mapping[str, int]:
    """By neuron, how many open connections the proxy found when it took the order."""
    report = wire.report_at(scene.place)
    found = {} if report is None else report.struck
    return {each.neuron: found[each.id] for each in made if each.id in found}


def continue_neuron(session: SessionFacts) -> bool:
    """SIGCONT to the group of a session's process, whoever stopped it; False where it does not run."""
    birth = signals.birth_of(session.pid or 0)
    return session.pid is not None and birth is not None and signals.send(session.pid, birth, signal.SIGCONT)


def undo(
    fleet: Fleet, journal: Journal, clock: Clock, chosen: Callable[[Disturbance], bool], *, by: str = "undo"
) -> tuple[Disturbance, ...]:
    """End every disturbance that is chosen and still open; returns them. Safe to repeat."""
    if not disturbance.open_in(journal.entries()):
        return ()
    with turn(fleet.state):
        ended = tuple(each for each in disturbance.open_in(journal.entries()) if chosen(each))
        _end(files_of(fleet, SESSION), journal, ended, clock.now(), by=by)
    return ended


def undo_overdue(fleet: Fleet, journal: Journal, clock: Clock) -> tuple[Disturbance, ...]:
    """End what should have ended by itself, and close it in the journal; returns it."""
    late = {each.id for each in overdue(journal, clock.now())}
    return undo(fleet, journal, clock, lambda each: each.id in late, by="time") if late else ()


def _end(place: Path, journal: Journal, ended: Sequence[Disturbance], now: float, *, by: str) -> None:
    """Undo each, then write that it is over: killed in between, it is undone once more, which does no harm."""
    for each in ended:
        if each.what == "stop" and each.process is not None and each.birth is not None:
            signals.send(each.process, each.birth, signal.SIGCONT)
    if any(each.what in BY_PROXY for each in ended):
        gone = {each.id for each in ended}
        kept = [order for order in wire.orders_of(wire.content_of(place / wire.ORDERS)) if order.id not in gone]
        if place.exists():
            wire.put(place / wire.ORDERS, wire.orders_text([order for order in kept if order.until > now]))
    for each in ended:
        if each.until is not None:
            journal.append(ENDED, id=each.id, what=each.what, neuron=each.neuron, by=by)
