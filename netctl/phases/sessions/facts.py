"""What is seen before sessions change: what was rendered, what runs, and who else is about."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netctl import packs, spread
from netctl.chaos.session import StartProxy, step_for
from netctl.checkout import CodeVersion
from netctl.fleet import Fleet, Rolling
from netctl.logs import has_log
from netctl.phases.sessions.reasons import changed_code, changed_key, changed_parts
from netctl.ports import STOPPED, Holder, Placed, ProcessFacts, SessionFacts, World
from netctl.probes.expand import watched_of
from netctl.probes.model import Watched
from netctl.provenance import code_now
from netctl.render.fleet import RenderedFleet, render_fleet

LOG_GRACE_S = 5.0
ASKED_FOR = "asked for"
UNLOGGED = "its log was deleted"


@dataclass(frozen=True, slots=True)
class SessionsFacts:
    """What was rendered, which sessions there are, who listens on the ports, and who uses which hotkey and file.

    `hotkeys` are the addresses of the neurons' keys as they are now; a key that is not made yet is left out.
    `unlogged` names those that run here and whose log was deleted under them: nobody can read what they write.
    `started_with` are the parts of those that run otherwise than rendered, `code` is what their checkout holds now.
    `proxy` is what is to be done before about the fleet's proxy, `placed` what runs on other machines.
    """

    wanted: RenderedFleet
    sessions: Mapping[str, SessionFacts]
    listeners: Mapping[int, ProcessFacts]
    holders: Sequence[Holder]
    hotkeys: Mapping[str, str]
    unlogged: Collection[str] = ()
    started_with: Mapping[str, str] = field(default_factory=dict)
    code: CodeVersion | None = None
    rolling: Rolling = field(default_factory=Rolling)
    watched: tuple[Watched, ...] = ()
    proxy: StartProxy | None = None
    placed: Sequence[Placed] = ()


async def observe(fleet: Fleet, world: World) -> SessionsFacts:
    """Render in memory, list the sessions, and see who holds the ports and hotkeys."""
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), world.environ)
    sessions = await asyncio.to_thread(world.host.sessions)
    keys = {n.name: world.keys.facts(n.wallet, n.hotkey).hotkey_ss58 for n in fleet.neurons}
    hotkeys = {name: address for name, address in keys.items() if address is not None}
    began = world.clock.now() - LOG_GRACE_S
    here = {name: found for name, found in sessions.items() if not found.node}
    old = [name for name, found in here.items() if found.started_at is not None and found.started_at < began]
    unlogged = [name for name in old if not has_log(fleet, name)]
    code = await asyncio.to_thread(code_now, fleet)
    watched = watched_of(fleet, wanted.pack, hotkeys)
    facts = SessionsFacts(wanted, sessions, {}, (), hotkeys, unlogged, {}, code, fleet.rolling, watched)
    facts = replace(facts, proxy=step_for(fleet, wanted, sessions))
    facts = replace(facts, placed=await asyncio.to_thread(world.host.placed))
    seen = {one.hotkey for one in facts.placed}
    others = [one for one in await asyncio.to_thread(spread.of_others, fleet.state) if one.hotkey not in seen]
    facts = replace(facts, placed=(*facts.placed, *others))
    due = {neuron.name for neuron in fleet.neurons if is_due(neuron.name, facts)}
    if not due:
        return facts
    claims = [one.claims for one in wanted.rendered if one.neuron in due]
    ports = [port for one in claims for port in one.ports()]
    paths = {path for one in claims for path in one.paths()}
    changed = [name for name in due if name in sessions and not sessions[name].is_dead]
    return replace(
        facts,
        listeners=await asyncio.to_thread(world.host.listeners, ports),
        holders=await asyncio.to_thread(world.host.holders, wanted.exclusives, paths=paths),
        started_with=await asyncio.to_thread(world.host.started_with, changed) if changed else {},
    )


def is_due(name: str, facts: SessionsFacts) -> bool:
    """Whether a neuron must be started, or started again."""
    session = facts.sessions.get(name)
    if facts.wanted.of(name) is None or (session is not None and session.unknown):
        return False
    return session is None or session.is_dead or bool(reasons(name, facts))


def reasons(name: str, facts: SessionsFacts) -> tuple[str, ...]:
    """Why a neuron that runs must be started again, one line each; empty where it need not."""
    session, rendered = facts.sessions[name], facts.wanted.of(name)
    if rendered is None:
        return ()
    found = [*changed_parts(session, rendered, facts.started_with), *changed_key(session, facts.hotkeys.get(name))]
    if STOPPED in session.labels:
        found.append(f"{session.labels[STOPPED]} was about to end it, and was interrupted")
    if name in facts.unlogged:
        found.append(UNLOGGED)
    if name in facts.rolling.anew and not found:
        found.append(ASKED_FOR)
    code = other_code(name, facts)
    return (*found, code) if code is not None and (found or facts.rolling.code) else tuple(found)


def other_code(name: str, facts: SessionsFacts) -> str | None:
    """How the checkout has changed since a session started, None where it has not or that is not known."""
    return None if facts.code is None else changed_code(facts.sessions[name], facts.code.mark)
