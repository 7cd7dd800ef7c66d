"""From what is seen to the steps: who stops, who starts, who starts again, and who cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from netctl.fleet import RESERVED_SESSIONS, Fleet, NeuronSpec
from netctl.phases.sessions.facts import SessionsFacts, is_dead, is_due
from netctl.phases.sessions.steps import LaunchSessions, StopSession
from netctl.ports import SessionSpec
from netctl.rivals import rivals
from netctl.step import Blocked, Diff, Step

GIVES_UP = "which holds a port or hotkey that another one gets"


def diff(fleet: Fleet, facts: SessionsFacts) -> Diff:
    """Stop strangers, then per role: restart what has changed, launch what is not there. Rivals block a neuron."""
    strangers = sorted(set(facts.sessions) - {neuron.name for neuron in fleet.neurons} - set(RESERVED_SESSIONS))
    due = [neuron for neuron in fleet.neurons if is_due(neuron.name, facts)]
    alive = [n.name for n in due if n.name in facts.sessions and not is_dead(facts.sessions[n.name])]
    refused = {n.name: tuple(_rivals(fleet, n, facts, (*strangers, *alive))) for n in due}
    free = {name for name, whys in refused.items() if not whys}
    steps: list[Step] = [StopSession(name) for name in strangers]
    steps += [StopSession(name, GIVES_UP) for name in _in_the_way(fleet, due, alive, facts, strangers)]
    steps += _launches(fleet, facts, free)
    return Diff(tuple(steps), (*facts.wanted.blocked, *(why for whys in refused.values() for why in whys)))


def _rivals(fleet: Fleet, neuron: NeuronSpec, facts: SessionsFacts, leaving: Collection[str]) -> Iterator[Blocked]:
    return rivals(fleet, neuron, facts.listeners, facts.processes, leaving)


def _in_the_way(
    fleet: Fleet, due: Sequence[NeuronSpec], alive: Sequence[str], facts: SessionsFacts, strangers: Sequence[str]
) -> list[str]:
    """Sessions that will be started again, and hold what another neuron needs for its start."""
    short = [neuron for neuron in due if any(_rivals(fleet, neuron, facts, strangers))]

    def is_what_blocks(name: str, neuron: NeuronSpec) -> bool:
        others = (*(other for other in alive if other != name), *strangers)
        return neuron.name != name and any(_rivals(fleet, neuron, facts, others))

    blocked = {n.name for n in short if any(_rivals(fleet, n, facts, (*strangers, *alive)))}
    return [name for name in alive if any(is_what_blocks(name, n) for n in short if n.name not in blocked)]


def _launches(fleet: Fleet, facts: SessionsFacts, names: Collection[str]) -> Iterator[Step]:
    pack = facts.wanted.pack
    permits = tuple((v.name, v.wallet, v.hotkey) for v in fleet.validators if v.stake_rao > 0)
    for role in pack.spec.launch.order:
        due = [n.name for n in fleet.neurons if n.role == role and n.name in names]
        alive = {name for name in due if name in facts.sessions and not is_dead(facts.sessions[name])}
        for running in (True, False):
            specs = tuple(
                _with_hotkey(one.session, facts)
                for name in due
                if (name in alive) is running and (one := facts.wanted.of(name)) is not None
            )
            if specs:
                yield LaunchSessions(
                    specs=specs,
                    role=role,
                    netuid=fleet.netuid,
                    permits=permits if pack.role(role).after_permits else (),
                    stagger_s=pack.spec.launch.stagger,
                    grace_s=pack.role(role).stop.grace + 2.0,
                    running=running,
                )


def _with_hotkey(spec: SessionSpec, facts: SessionsFacts) -> SessionSpec:
    address = facts.hotkeys.get(spec.name)
    return spec if address is None else replace(spec, labels=(*spec.labels, ("hotkey", address)))
