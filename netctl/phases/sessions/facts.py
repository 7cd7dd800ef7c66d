"""What is seen before sessions change: what was rendered, what runs, and who else is about."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from netctl import packs
from netctl.fleet import Fleet
from netctl.logs import has_log
from netctl.ports import ProcessFacts, SessionFacts, World
from netctl.render.fleet import RenderedFleet, render_fleet

LOG_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class SessionsFacts:
    """What was rendered, which sessions there are, who listens on the ports, and who uses which hotkey.

    `hotkeys` are the addresses of the neurons' keys as they are now; a key that is not made yet is left out.
    `unlogged` names those that run and whose log was deleted under them: nobody can read what they write.
    """

    wanted: RenderedFleet
    sessions: Mapping[str, SessionFacts]
    listeners: Mapping[int, ProcessFacts]
    processes: Sequence[ProcessFacts]
    hotkeys: Mapping[str, str]
    unlogged: Collection[str] = ()


async def observe(fleet: Fleet, world: World) -> SessionsFacts:
    """Render in memory, list the sessions, and see who holds the ports and hotkeys."""
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), world.environ)
    sessions = await asyncio.to_thread(world.host.sessions)
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
    hotkeys = {name: address for name, address in keys.items() if address is not None}
    began = world.clock.now() - LOG_GRACE_S
    old = [name for name, found in sessions.items() if found.started_at is not None and found.started_at < began]
    unlogged = [name for name in old if not has_log(fleet, name)]
    facts = SessionsFacts(wanted, sessions, {}, (), hotkeys, unlogged)
    due = {neuron.name for neuron in fleet.neurons if is_due(neuron.name, facts)}
    if not due:
        return facts
    ports = [neuron.axon_port for neuron in fleet.neurons if neuron.name in due]
    listeners = await asyncio.to_thread(world.host.listeners, ports)
    return replace(facts, listeners=listeners, processes=await asyncio.to_thread(world.host.neuron_processes))


def is_due(name: str, facts: SessionsFacts) -> bool:
    """Whether a neuron must be started, or started again."""
    rendered, session = facts.wanted.of(name), facts.sessions.get(name)
    if rendered is None:
        return False
    if session is None or is_dead(session) or session.spec_hash != rendered.session.spec_hash:
        return True
    if name in facts.unlogged:
        return True
    # A process keeps the key that it read at its start, also when another one lies there under its name.
    loaded = session.labels.get("hotkey")
    return loaded is not None and loaded != facts.hotkeys.get(name, loaded)


def is_dead(session: SessionFacts) -> bool:
    """Whether a session is there and its process is not."""
    return session.exit_code is not None or session.exit_signal is not None
