"""From what is seen to the steps: who stops, who starts, who starts again and why, and who cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from netctl.chaos.session import SESSION as PROXY
from netctl.fleet import RESERVED_SESSIONS, Fleet, NeuronSpec, Role
from netctl.identity.claims import Claims
from netctl.identity.nodes import others_with
from netctl.identity.rivals import rivals
from netctl.phases.sessions.facts import SessionsFacts, is_due, other_code, reasons
from netctl.phases.sessions.steps import LaunchSessions, StopSession
from netctl.ports import SessionSpec
from netctl.provenance import label_of
from netctl.runs.label import label_of as in_run
from netctl.step import Blocked, Diff, Step

GIVES_UP = "which holds a port or hotkey that another one gets"


def diff(fleet: Fleet, facts: SessionsFacts) -> Diff:
    """Stop strangers, then per role: launch what is not there, restart what has changed. Rivals block a neuron."""
    strangers = sorted(set(facts.sessions) - {neuron.name for neuron in fleet.neurons} - set(RESERVED_SESSIONS))
    due = [neuron for neuron in fleet.neurons if is_due(neuron.name, facts)]
    alive = [n.name for n in due if n.name in facts.sessions and not facts.sessions[n.name].is_dead]
    refused = {n.name: tuple(_rivals(n, facts, (*strangers, *alive))) for n in due}
    free = {name for name, whys in refused.items() if not whys}
    giving_up = _in_the_way(due, alive, facts, strangers)
    steps: list[Step] = [StopSession(name) for name in strangers]
    if PROXY in facts.sessions and not fleet.has_proxy:
        steps.append(StopSession(PROXY, "which no neuron is behind any more"))
    steps += [] if facts.proxy is None else [facts.proxy]
    steps += [StopSession(name, GIVES_UP, reasons(name, facts)) for name in giving_up]
    steps += _launches(fleet, facts, free, rolling=set(alive) - set(giving_up))
    blocked = (
        *facts.wanted.blocked,
        *(why for whys in refused.values() for why in whys),
        *_out_of_sight(fleet, facts),
    )
    return Diff(tuple(steps), blocked, tuple(_notes(fleet, facts, {n.name for n in due})))


def _rivals(neuron: NeuronSpec, facts: SessionsFacts, leaving: Collection[str]) -> Iterator[Blocked]:
    """The fleet's own proxy is none: where a neuron wants its port, it is ended or led elsewhere before."""
    rendered = facts.wanted.of(neuron.name)
    if rendered is None:
        return iter(())
    if neuron.placing is not None:
        return _rivals_elsewhere(neuron, rendered.claims, facts)
    here = rivals(rendered.claims, facts.listeners, facts.holders, (*leaving, PROXY))
    return chain(here, _users_elsewhere(neuron, facts))


def _rivals_elsewhere(neuron: NeuronSpec, claims: Claims, facts: SessionsFacts) -> Iterator[Blocked]:
    """Of one that runs on another machine: its hotkey wherever it is in use, and its ports on its node alone."""
    using = [replace(h, uses=tuple(use for use in h.uses if use.kind == "hotkey")) for h in facts.holders]
    yield from rivals(claims, {}, using)
    yield from _users_elsewhere(neuron, facts)


def _users_elsewhere(neuron: NeuronSpec, facts: SessionsFacts) -> Iterator[Blocked]:
    nodes = () if neuron.placing is None or neuron.placing.node is None else (neuron.placing.node,)
    for why in others_with(facts.placed, neuron.name, facts.hotkeys.get(neuron.name, ""), nodes, neuron.ports):
        yield Blocked(neuron.name, why, "stop that one first, or give this one another hotkey or port")


def _out_of_sight(fleet: Fleet, facts: SessionsFacts) -> Iterator[Blocked]:
    """Those of which nobody knows whether they run: started elsewhere now, one hotkey might sign twice."""
    for neuron in fleet.neurons:
        session = facts.sessions.get(neuron.name)
        if session is not None and session.unknown:
            hint = f"bring the node back; or, once it is surely off: netctl fleet move {neuron.name} --node OTHER"
            yield Blocked(neuron.name, session.unknown, hint)


def _in_the_way(
    due: Sequence[NeuronSpec], alive: Sequence[str], facts: SessionsFacts, strangers: Sequence[str]
) -> list[str]:
    """Sessions that will be started again, and hold what another neuron needs for its start."""
    short = [neuron for neuron in due if any(_rivals(neuron, facts, strangers))]

    def is_what_blocks(name: str, neuron: NeuronSpec) -> bool:
        others = (*(other for other in alive if other != name), *strangers)
        return neuron.name != name and any(_rivals(neuron, facts, others))

    blocked = {n.name for n in short if any(_rivals(n, facts, (*strangers, *alive)))}
    return [name for name in alive if any(is_what_blocks(name, n) for n in short if n.name not in blocked)]


def _launches(
    fleet: Fleet, facts: SessionsFacts, names: Collection[str], *, rolling: Collection[str]
) -> Iterator[Step]:
    """Role by role: those that are not there in one wave, then those in `rolling`, each a step of its own."""
    for role in facts.wanted.pack.spec.launch.order:
        due = [n.name for n in fleet.neurons if n.role == role and n.name in names]
        first = tuple(name for name in due if name not in rolling)
        if first:
            yield _launch(fleet, facts, role, first)
        for name in due:
            if name in rolling:
                yield replace(
                    _launch(fleet, facts, role, (name,)), running=True, why=reasons(name, facts), by=fleet.rolling.by
                )


def _launch(fleet: Fleet, facts: SessionsFacts, role: Role, names: Sequence[str]) -> LaunchSessions:
    pack = facts.wanted.pack
    permits = tuple((v.name, v.wallet, v.hotkey) for v in fleet.validators if v.stake_rao > 0)
    earlier = pack.spec.launch.order[: pack.spec.launch.order.index(role)]
    return LaunchSessions(
        specs=tuple(
            _labelled(one.session, facts, fleet.run) for name in names if (one := facts.wanted.of(name)) is not None
        ),
        role=role,
        netuid=fleet.netuid,
        permits=permits if pack.role(role).after_permits else (),
        stagger_s=pack.spec.launch.stagger,
        grace_s=pack.role(role).stop.grace + 2.0,
        running=False,
        awaits=tuple(one for one in facts.watched if one.role in earlier),
        own_chain=fleet.rehearsal,
    )


def _labelled(spec: SessionSpec, facts: SessionsFacts, run: str) -> SessionSpec:
    """With what a later run must know of this one and its launcher does not say."""
    address = facts.hotkeys.get(spec.name)
    known = {**({} if address is None else {"hotkey": address}), **label_of(facts.code), **in_run(run)}
    return replace(spec, labels=(*spec.labels, *known.items()))


def _notes(fleet: Fleet, facts: SessionsFacts, due: Collection[str]) -> Iterator[str]:
    """That what runs is not what the checkout holds, for those that run on; and that it holds what no commit does."""
    for neuron in fleet.neurons:
        session = facts.sessions.get(neuron.name)
        if neuron.name in due or session is None or session.is_dead:
            continue
        code = other_code(neuron.name, facts)
        if code is not None:
            yield f"{neuron.name}: {code}; restarted for it only with --code"
    if facts.code is not None and facts.code.dirty:
        yield f"the checkout {fleet.code.path} is dirty: {facts.code}"
