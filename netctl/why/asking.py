"""Gathering what explains one neuron: its session, its capsules, the chain, and what the pack knows of its ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from netctl import packs, reconcile
from netctl.capsules.capsule import Capsule
from netctl.capsules.keeping import Ending, Keeping, capsule_of, lost
from netctl.capsules.machine import sdk_version, started_at
from netctl.capsules.orders import keepings_of
from netctl.capsules.shelf import capsules_of
from netctl.chaos.disturbance import EXPLAINED_S, explains
from netctl.errors import NetctlError
from netctl.fleet import Fleet, NeuronSpec
from netctl.forbearing import Forbearing
from netctl.observing import observe
from netctl.packs import Pack
from netctl.phases import PHASES
from netctl.ports import Keystore, Metagraph, SessionFacts, World
from netctl.probes.model import Health
from netctl.probes.whole import Unread, probe_of
from netctl.provenance import CODE, code_now, told_of
from netctl.render.context import context
from netctl.status import NeuronStatus, report_of
from netctl.step import Blocked
from netctl.why.explanation import Causes, Known
from netctl.why.generic import CAUSES


async def known_of(fleet: Fleet, world: World, neuron: NeuronSpec) -> Known:
    """Everything that is known of a neuron now; changes nothing, and answers also without chain or tmux."""
    pack = await asyncio.to_thread(packs.load, fleet.code.pack, fleet.profile_path.parent)
    every = probe_of(world, at_once=True)

    async def probe(
        fleet: Fleet, sessions: Mapping[str, SessionFacts], *, metagraph: Metagraph | Unread | None = "unread"
    ) -> Mapping[str, Health]:
        found = {name: session for name, session in sessions.items() if name == neuron.name}
        return await every(replace(fleet, neurons=(neuron,)), found, metagraph=metagraph)

    keys = Forbearing(world.keys)
    seen = await observe(fleet, replace(world, keys=cast("Keystore", keys)), probe=probe)
    status = next(one for one in report_of(fleet, seen).neurons if one.name == neuron.name)
    session = None if seen.sessions is None else seen.sessions.get(neuron.name)
    keeping = keepings_of(fleet, pack)[neuron.name]
    ends, run = await asyncio.to_thread(_ends_and_run, fleet, keeping, session, seen.at)
    entries = await asyncio.to_thread(world.journal.entries)
    blocked = await _blocked(fleet, world, neuron, status) if status.state == "missing" and not ends else ()
    return Known(
        status=status,
        ends=ends,
        run=run,
        causes=causes_of(pack, neuron),
        names=context(fleet, neuron, None),
        at=seen.at,
        blocked=blocked,
        booted_at=started_at(),
        misses=[*_misses(seen.ready.get(neuron.name)), *keys.faults.values()],
        chaos={end.run: by for end in ends if (by := _by_chaos(entries, end))},
    )


def _by_chaos(entries: Sequence[Mapping[str, Any]], end: Capsule) -> str | None:
    """What `netctl chaos` did in that run, if that ended it."""
    patience_s = EXPLAINED_S if end.ran_s is None else min(EXPLAINED_S, end.ran_s)
    return explains(entries, end.neuron, end.ended_at, patience_s=patience_s)


def _misses(health: Health | None) -> list[str]:
    """What a neuron waits for, and which of its liveness probes fail."""
    if health is None:
        return []
    waits = [] if health.waits_for is None else [health.waits_for]
    return [*waits, *(f"{probe.why} (probe {probe.name})" for probe in health.failing)]


def causes_of(pack: Pack, neuron: NeuronSpec) -> Causes:
    """The pack's causes for this neuron's role, then those of any program; each with who names it."""
    own = [(pack.name, cause) for cause in pack.spec.causes_of(neuron.role)]
    return (*own, *(("netctl", cause) for cause in CAUSES))


def _ends_and_run(
    fleet: Fleet, keeping: Keeping, session: SessionFacts | None, at: float
) -> tuple[tuple[Capsule, ...], Capsule | None]:
    """The ends, newest first, and the run that is there now; an end that nobody has kept yet is among them."""
    ends = capsules_of(fleet.state, keeping.neuron)
    if session is None:
        gone = lost(keeping)
        return ends if gone is None else (_capsule(fleet, keeping, gone, at, unseen=True), *ends), None
    now = _capsule(fleet, keeping, session, at)
    if not session.is_dead:
        return ends, now
    kept = next((end for end in ends if end.run == now.run), None)
    return (ends, kept) if kept is not None else ((now, *ends), now)


def _capsule(fleet: Fleet, keeping: Keeping, session: SessionFacts, at: float, *, unseen: bool = False) -> Capsule:
    code, since = told_of(session.labels.get(CODE), code_now(fleet))
    sdk = sdk_version(fleet.code.python)
    return capsule_of(keeping, Ending(session, at, code=code, code_since=since, sdk=sdk, unseen=unseen))


async def _blocked(fleet: Fleet, world: World, neuron: NeuronSpec, status: NeuronStatus) -> Sequence[Blocked]:
    """Why `fleet up` would not start it, by the plan for it alone."""
    if status.registered is None:
        return ()
    try:
        plan = await reconcile.plan(fleet, world, None, (neuron.name,), phases=PHASES)
    except NetctlError as error:
        return (Blocked(neuron.name, error.message, error.hint),)
    return [item for item in plan.blocked if item.neuron in (None, neuron.name)]
