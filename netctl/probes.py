"""Whether neurons are ready, as their pack defines it: port owned, line logged in this run, axon on the chain."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from netctl import packs
from netctl.fleet import Fleet, NeuronSpec
from netctl.logs import LogFile
from netctl.pack_model import Ready
from netctl.ports import MetagraphRow, ProcessFacts, SessionFacts, World
from netctl.readiness import Probe, Readiness
from netctl.render.context import ANY_IP, log_of

MOST_SEARCHED = 16 * 1024 * 1024
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_OVERLAP = 4096


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one neuron when it is judged. `row` is None where it is not on the chain."""

    session: SessionFacts | None
    listener: ProcessFacts | None
    logged: bool
    row: MetagraphRow | None


def judge(fleet: Fleet, neuron: NeuronSpec, ready: Ready, signs: Signs) -> Readiness:
    """Ready, or the first thing that is still waited for. Pure."""
    session = signs.session
    if session is None:
        return Readiness(False, "its session")
    if session.pid is None:
        return Readiness(False, "its process")
    if ready.port:
        if signs.listener is None:
            return Readiness(False, f"its port {neuron.axon_port}")
        if signs.listener.marker != f"{fleet.state}/{neuron.name}" and signs.listener.pid != session.pid:
            return Readiness(False, f"its port {neuron.axon_port}, which pid {signs.listener.pid} holds")
    if ready.log is not None and not signs.logged:
        return Readiness(False, f"the line {ready.log!r} in its log")
    if ready.axon_served and not _is_served(neuron, signs.row):
        found = "not registered" if signs.row is None else (signs.row.axon or "none yet")
        return Readiness(False, f"its axon on the chain ({found})")
    return Readiness(True)


def probe_of(world: World) -> Probe:
    """The probe for `wait_until_ready` and `status`: a neuron whose log once said it is not searched again."""
    seen: set[tuple[str, int]] = set()

    async def probe(fleet: Fleet, sessions: Mapping[str, SessionFacts]) -> Mapping[str, Readiness]:
        pack = await asyncio.to_thread(packs.load, fleet.code.pack, fleet.profile_path.parent)
        live = [n for n in fleet.neurons if (found := sessions.get(n.name)) is not None and found.pid is not None]
        asked = {n.name: pack.role(n.role).ready for n in live}
        ports = [n.axon_port for n in live if asked[n.name].port]
        listeners = await asyncio.to_thread(world.host.listeners, ports) if ports else {}
        rows = await _rows(fleet, world, [n for n in live if asked[n.name].axon_served])
        logged = {n.name for n in live if await asyncio.to_thread(_has_logged, fleet, n, asked[n.name], sessions, seen)}
        return {
            n.name: judge(
                fleet,
                n,
                asked[n.name],
                Signs(sessions[n.name], listeners.get(n.axon_port), n.name in logged, rows.get(n.name)),
            )
            for n in live
        }

    return probe


async def _rows(fleet: Fleet, world: World, neurons: Collection[NeuronSpec]) -> Mapping[str, MetagraphRow]:
    metagraph = await world.chain.metagraph(fleet.netuid) if neurons else None
    if metagraph is None:
        return {}
    by_hotkey = {row.hotkey: row for row in metagraph.rows}
    found = {}
    for neuron in neurons:
        address = world.keys.facts(neuron.wallet, neuron.hotkey).hotkey_ss58
        if address is not None and address in by_hotkey:
            found[neuron.name] = by_hotkey[address]
    return found


def _is_served(neuron: NeuronSpec, row: MetagraphRow | None) -> bool:
    if row is None or row.axon is None:
        return False
    ip, _, port = row.axon.rpartition(":")
    return port == str(neuron.axon_port) and (neuron.axon_ip == ANY_IP or ip.strip("[]") == neuron.axon_ip)


def _has_logged(
    fleet: Fleet, neuron: NeuronSpec, ready: Ready, sessions: Mapping[str, SessionFacts], seen: set[tuple[str, int]]
) -> bool:
    session = sessions[neuron.name]
    run = (neuron.name, session.pid or 0)
    if ready.log is None or run in seen:
        return True
    offset = int(session.labels.get("log_offset", "0"))
    if has_line(log_of(fleet, neuron.name), ready.log, offset):
        seen.add(run)
        return True
    return False


def has_line(path: Path, pattern: str, offset: int) -> bool:
    """Whether a log has the pattern behind `offset`, colours aside; false where there is no file.

    Only the first 16 MiB of the run are searched: what shows readiness comes early.
    """
    wanted = re.compile(pattern.encode())
    log = LogFile(path)
    before = b""
    try:
        begin = log.begin_of(str(offset))
        for _, chunk in log.chunks(begin, begin + MOST_SEARCHED):
            text = _COLOUR.sub(b"", before + chunk)
            if wanted.search(text):
                return True
            before = text[-_OVERLAP:]
    except OSError:
        return False
    return False
