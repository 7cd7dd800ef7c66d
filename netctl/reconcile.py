"""The loop: each phase observes the world, says what differs from the fleet, and its steps are applied.

Nothing is remembered between phases but who is still standing: keys, chain and sessions are read again each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from netctl.errors import NetctlError, UsageError, WalletError
from netctl.fleet import Fleet
from netctl.glance import at_a_glance
from netctl.money import Rao
from netctl.paying import payers, policy, settling
from netctl.paying.allowance import Budgets
from netctl.paying.intents import Purse, open_intents
from netctl.phases import PHASES
from netctl.phases.subnet import actual_netuid
from netctl.placing import as_found
from netctl.plan import Plan, PlannedStep, planned, served_by, with_waits
from netctl.ports import SessionFacts, World
from netctl.readiness import Probe, wait_until_ready
from netctl.rolling import Roll, Shelf, in_turns
from netctl.standing import Outcome, Standing
from netctl.step import Diff, Locks, Phase, PhaseName, Signs, Step, takes
from netctl.whereabouts import homeless, moves_to_make, places_of

Confirm = Callable[[Plan, Rao], None]
"""Asked before the first step of a run that may pay, with all that is left to do; PolicyError to refuse.

Asked again only when prices have moved so far that more would be spent than was agreed.
"""

LONGEST_SILENCE_S = 10.0
"""How long a node surely bears with a client that does not answer its pings."""

MONEY: tuple[PhaseName, ...] = ("funding", "subnet", "registration", "stake")


async def plan(
    fleet: Fleet,
    world: World,
    only: Collection[PhaseName] | None = None,
    neurons: Collection[str] | None = None,
    *,
    phases: Sequence[Phase] = PHASES,
) -> Plan:
    """What `up` would do now and cost; reads only. Steps that wait on an earlier phase are forecasts and say so.

    A neuron that lacks TAO is blocked, and its later steps are shown all the same: they wait on the phase funding.
    UsageError for a neuron that the fleet does not have.
    """
    found, sessions = await _as_found(fleet, world)
    standing = _standing(found, neurons)
    standing.block("sessions", homeless(found, sessions))
    whole = await _plan(found, world, standing, _chosen(phases, only), funded=True)
    notes = (*whole.notes, *moves_to_make(fleet, sessions))
    return replace(whole, notes=notes, placement=places_of(fleet, found, sessions))


async def up(
    fleet: Fleet,
    world: World,
    *,
    confirm: Confirm,
    only: Collection[PhaseName] | None = None,
    neurons: Collection[str] | None = None,
    probe: Probe | None = None,
    ready_within_s: Mapping[str, float] | None = None,
    phases: Sequence[Phase] = PHASES,
    purse: Purse | None = None,
) -> Outcome:
    """Bring the fleet to what the profile says, phase by phase; neurons that fail do not hold the others up.

    Safe to repeat after any interruption. With a `probe`, waits until the sessions are ready, each as long as
    `ready_within_s` lets it take. `purse` counts what the command has spent where it has come here before. Raises
    UsageError for an unknown neuron, PolicyError when a budget or the operator refuses, ChainError when the chain
    cannot be read.
    """
    fleet, sessions = await _as_found(fleet, world)
    standing = _standing(fleet, neurons)
    standing.block("sessions", homeless(fleet, sessions))
    chosen = _chosen(phases, only)
    done: list[PlannedStep] = []
    notes: dict[str, None] = {}
    purse = purse or purse_of(fleet, world)
    budgets = Budgets(purse, fleet)
    world = replace(world, allowance=budgets)
    agreed_rao, settled = -1, False
    shelf, launched = Shelf(), False
    for number, phase in enumerate(chosen):
        if not standing.names and not launched:
            break
        fleet = await _settled(fleet, world, phase)
        found = await _diff(phase, fleet, world, standing)
        if phase.NAME in MONEY and standing.taken(found.steps) and not settled:
            settled = True
            await settling.settle(world, _addresses(fleet, world))
            found = await _diff(phase, fleet, world, standing)
        taken = standing.taken(found.steps)
        cost_rao = sum(takes(step) for step in taken)
        first = agreed_rao < 0 and taken and any(later.NAME in MONEY for later in chosen[number:])
        if first and phase.NAME not in MONEY:
            await settling.settle(world, _addresses(fleet, world))
        if first or (cost_rao and purse.spent_rao() + cost_rao > agreed_rao):
            agreed_rao = await _agreed(fleet, world, standing, chosen[number:], purse, confirm)
            budgets.agreed = True
            found = await _diff(phase, fleet, world, standing)
        notes.update(dict.fromkeys(found.notes))
        standing.block(phase.NAME, found.blocked)
        steps = standing.taken(found.steps)
        await _unlock(steps, world, standing)
        gate = _at_once if probe is None else partial(_ready, fleet, world, probe, ready_within_s or {})
        steps = standing.taken(steps)
        launched = launched or phase.NAME == "sessions"
        if phase.NAME == "files" and any(later.NAME == "sessions" for later in chosen[number:]):
            steps = shelf.lay(steps, await _running(world))
        laid_by = shelf.not_rolled(steps) if launched else ()
        roll = partial(Roll, fleet.rolling, world, standing, gate, shelf=shelf)
        for each in (laid_by, steps):
            done += [planned(step) for step in await _apply(standing.taken(each), world, standing, roll)]
    if launched:
        await asyncio.to_thread(world.host.tidy)
    fleet = await _on_actual_netuid(fleet, world)
    if probe is not None and standing.names and any(phase.NAME == "sessions" for phase in chosen):
        late = await _ready(fleet, world, probe, ready_within_s or {}, standing.names)
        for name, why in late.items():
            standing.stop("sessions", (name,), why, f"netctl why {name}")
    return Outcome(fleet, standing.outcomes(), tuple(done), purse.spent_rao(), tuple(notes))


async def _as_found(fleet: Fleet, world: World) -> tuple[Fleet, Mapping[str, SessionFacts]]:
    """The fleet with its neurons on the nodes where they run, and their sessions; as it is on a single machine."""
    if fleet.swarm is None:
        return fleet, {}
    sessions = await asyncio.to_thread(world.host.sessions)
    return as_found(fleet, sessions), sessions


async def _ready(
    fleet: Fleet, world: World, probe: Probe, within_s: Mapping[str, float], names: Collection[str]
) -> Mapping[str, str]:
    return await wait_until_ready(fleet, world, names, probe=probe, within_s=within_s)


async def _at_once(_names: Collection[str]) -> Mapping[str, str]:
    """The gate where nothing says when a neuron is ready."""
    return {}


async def _plan(
    fleet: Fleet, world: World, standing: Standing, chosen: Sequence[Phase], *, funded: bool = False
) -> Plan:
    """The phases' steps; with `funded` as if the TAO that is lacking were there."""
    world = at_a_glance(world)
    fleet = await _on_actual_netuid(fleet, world)
    lines: list[PlannedStep] = []
    notes: dict[str, None] = {}
    served: dict[str, PhaseName] = {}
    blocked = []
    quote = None
    for phase in chosen:
        found = await _diff(phase, fleet, world, standing)
        quote = quote or found.quote
        blocked += [item for item in found.blocked if item.neuron is None or item.neuron in standing.names]
        if funded and phase.NAME == "funding":
            served.update({item.neuron: phase.NAME for item in found.blocked if item.neuron is not None})
        else:
            standing.block(phase.NAME, found.blocked)
        lines += with_waits(standing.taken(found.steps), lines, served)
        notes.update(dict.fromkeys(found.notes))
        if not standing.names:
            break
    return Plan(fleet.name, fleet.netuid, tuple(lines), tuple(blocked), tuple(notes), quote)


async def _diff(phase: Phase, fleet: Fleet, world: World, standing: Standing) -> Diff:
    view = standing.view(fleet, phase.NAME)
    return phase.diff(view, await phase.observe(view, world))


async def _agreed(
    fleet: Fleet, world: World, standing: Standing, rest: Sequence[Phase], purse: Purse, confirm: Confirm
) -> Rao:
    """Hold all that is left to do against the budgets, then ask; returns what may have been spent at its end."""
    whole = await _plan(fleet, world, replace(standing, stopped=dict(standing.stopped)), rest)
    spent_rao = purse.spent_rao()
    policy.check_network(fleet, pays=True)
    policy.check_journal(fleet, entries=world.journal.entries())
    policy.check_budget(fleet, planned_rao=spent_rao + whole.cost_rao, entries=())
    policy.check_budget(fleet, planned_rao=whole.cost_rao, entries=world.journal.entries())
    asked = world.clock.now()
    if whole.cost_rao:
        confirm(whole, whole.cost_rao)
    await _after_a_question(world, asked)
    return spent_rao + whole.cost_rao


async def _after_a_question(world: World, asked: float) -> None:
    """Drop the connection after a long one: nothing ran meanwhile, so the node may have hung up unnoticed."""
    if world.clock.now() - asked > LONGEST_SILENCE_S:
        await world.chain.close()


async def _unlock(steps: Sequence[Step], world: World, standing: Standing) -> None:
    """Ask for every password and open the coldkeys that sign, before any lane starts: a question holds everything up.

    A wallet that stays locked stops its neurons.
    """
    asked = world.clock.now()
    refused: dict[str, WalletError] = {}

    async def unlock(wallet: str) -> None:
        try:
            await world.keys.coldkey_signer(wallet)
        except WalletError as error:
            refused[wallet] = error

    for wallet in filter(None, [step.locks for step in steps if isinstance(step, Locks)]):
        try:
            world.keys.new_password(wallet)
        except WalletError as error:
            refused[wallet] = error
    signing = dict.fromkeys(filter(None, [step.opens for step in steps if isinstance(step, Signs)]))
    await asyncio.gather(*(unlock(wallet) for wallet in signing))
    for step in steps:
        named = step.opens if isinstance(step, Signs) else step.locks if isinstance(step, Locks) else None
        if named is not None and named in refused:
            standing.stop(step.phase, served_by(step), refused[named].message, refused[named].hint)
    await _after_a_question(world, asked)


async def _settled(fleet: Fleet, world: World, phase: Phase) -> Fleet:
    """Before money is looked at: no payment of the journal may be open. Returns the fleet on its real netuid.

    Also those of wallets that are no longer this fleet's: what they pay may be what would be paid again. What the
    journal does not know and only the node's pool shows is waited for once something is to be paid.
    """
    if phase.NAME in MONEY:
        await settling.settle(world, sorted({intent.signer for intent in open_intents(world.journal.entries())}))
    return await _on_actual_netuid(fleet, world)


async def _on_actual_netuid(fleet: Fleet, world: World) -> Fleet:
    netuid = await actual_netuid(fleet, world)
    return fleet if netuid is None or netuid == fleet.netuid else replace(fleet, netuid=netuid)


def _addresses(fleet: Fleet, world: World) -> list[str]:
    """Every account of the fleet that may have paid: its coldkeys that exist, and the payer."""
    coldkeys = {world.keys.coldkey_ss58(neuron.wallet) for neuron in fleet.neurons}
    payer = payers.payer_of(fleet)
    if payer is not None:
        coldkeys.add(payers.known_address(world, payer))
    return sorted(ss58 for ss58 in coldkeys if ss58 is not None)


def purse_of(fleet: Fleet, world: World) -> Purse:
    """A purse that counts from now on, for a command that brings the fleet up in several goes."""
    return Purse(world.journal, _outsiders(fleet, world))


def _outsiders(fleet: Fleet, world: World) -> frozenset[str]:
    """Signers whose money is not the operator's: the dev account."""
    payer = payers.payer_of(fleet)
    known = payers.known_address(world, payer) if payer is not None and payers.is_dev(payer) else None
    return frozenset() if known is None else frozenset({known})


async def _running(world: World) -> Collection[str]:
    sessions = await asyncio.to_thread(world.host.sessions)
    return {name for name, session in sessions.items() if not session.is_dead}


async def _apply(
    steps: Sequence[Step], world: World, standing: Standing, roll_of: Callable[[Sequence[Step], list[Step]], Roll]
) -> list[Step]:
    """Run the lanes side by side; a step that fails stops its neurons, or all when it serves the whole fleet.

    Those that end what runs take turns, see `netctl.rolling`.
    """
    lanes: dict[str, list[Step]] = {}
    for step in steps:
        lanes.setdefault(step.lane, []).append(step)
    done: list[Step] = []

    async def goes_on_after(step: Step) -> bool:
        if not standing.taken((step,)):
            return True
        step, names = standing.narrowed(step), served_by(step)
        try:
            await step.apply(world)
        except NetctlError as error:
            standing.stop(step.phase, names, error.message, error.hint)
            world.talk.progress(step.neuron, step.phase, f"failed: {error.message}")
            return bool(names)
        done.append(step)
        return True

    async def run(lane: Sequence[Step]) -> None:
        roll = roll_of(lane, done)
        for rolls, turn in in_turns(lane):
            if rolls:
                await roll.through(turn)
            elif not await goes_on_after(turn[0]):
                return

    async with asyncio.TaskGroup() as group:
        for lane in lanes.values():
            group.create_task(run(lane))
    return done


def _standing(fleet: Fleet, neurons: Collection[str] | None) -> Standing:
    unknown = [name for name in neurons or () if fleet.neuron(name) is None]
    if unknown:
        known = ", ".join(neuron.name for neuron in fleet.neurons)
        raise UsageError(f"fleet {fleet.name} has no neuron {', '.join(unknown)}", hint=f"it has {known}")
    return Standing.of(fleet, neurons)


def _chosen(phases: Sequence[Phase], only: Collection[PhaseName] | None) -> tuple[Phase, ...]:
    return tuple(phase for phase in phases if only is None or phase.NAME in only)
