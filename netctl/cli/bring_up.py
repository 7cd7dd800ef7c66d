"""What `fleet up` and the commands of single phases share: lock, chain, world, the loop, the table, the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from netctl import elsewhere, reconcile
from netctl.cli.budget_found import budget_notes
from netctl.cli.funding_prompt import offer_funding
from netctl.cli.output import Progress, can_ask, paused, progress_of, say, show, show_json
from netctl.cli.questions import consent, keep_mnemonic
from netctl.cli.reports import Result, show_plan, show_result, tell_plan
from netctl.cli.selection import Words, only_named, remember_fleet
from netctl.cli.world import (
    Reveal,
    locked,
    on_recognised_network,
    planning_for,
    run_of,
    standing_on_its_chain,
    surroundings,
    world_of,
)
from netctl.errors import ReconcileFailed
from netctl.fleet import Fleet
from netctl.money import Rao, tao_short
from netctl.observing import observe
from netctl.paying.bills import Bill, document, script
from netctl.paying.intents import Purse, spent_for
from netctl.phases import PHASES
from netctl.plan import Plan
from netctl.ports import World
from netctl.probes.whole import allowances, probe_of
from netctl.runs import keeping
from netctl.standing import Outcome
from netctl.status import report_of
from netctl.step import Phase, PhaseName


@dataclass(frozen=True, slots=True)
class Order:
    """What one command asks of the loop. `only` None means every phase, `neurons` None every neuron.

    `offers_funding`: a person is asked how neurons that lack TAO get it.
    """

    words: Words
    only: tuple[PhaseName, ...] | None = None
    neurons: tuple[str, ...] | None = None
    yes: bool = False
    as_json: bool = False
    dry_run: bool = False
    no_coldkey: bool = False
    offers_funding: bool = True


def announce(fleet: Fleet) -> None:
    """Say on stderr which fleet and which network is meant, before anything is done."""
    where = "a rehearsal on its own chain" if fleet.rehearsal else f"{fleet.network.kind} ({fleet.network.endpoint})"
    unpaid = "; no coldkeys here, nothing is paid" if fleet.no_coldkey else ""
    say(f"fleet {fleet.name}, subnet {fleet.netuid} on {where}{unpaid}")


def plan(fleet: Fleet, order: Order) -> None:
    """Print what `up` would do; changes nothing and needs no confirmation."""
    only_named(fleet, list(order.neurons or ()))
    fleet = replace(fleet, no_coldkey=order.no_coldkey)
    found, bills = asyncio.run(_planned(fleet, order))
    found = replace(found, notes=(*found.notes, *budget_notes(fleet)))
    if order.as_json:
        show_json({**found.document(), **_bills_document(bills, fleet, order)})
    else:
        announce(fleet)
        show_plan(found)
        _show_bills(bills, fleet, order)


def cost_of(fleet: Fleet, order: Order) -> Rao:
    """The most that the order would spend now; changes nothing."""
    found, _ = asyncio.run(_planned(fleet, order))
    return found.cost_rao


def carry_out(fleet: Fleet, order: Order, *, reveal: Reveal = keep_mnemonic) -> int:
    """Bring the fleet to what the profile says, as far as the order goes; ReconcileFailed names who failed."""
    only_named(fleet, list(order.neurons or ()))
    if order.dry_run:
        plan(fleet, order)
        return 0
    fleet = replace(fleet, no_coldkey=order.no_coldkey)
    announce(fleet)
    if order.only is None or "sessions" in order.only:
        allowances(fleet)
    with locked(fleet):
        result = asyncio.run(_brought_up(fleet, order, reveal))
    if order.as_json:
        show_json({**result.document(), **_bills_document(result.bills, result.outcome.fleet, order)})
    else:
        show_result(result)
        _show_bills(result.bills, result.outcome.fleet, order)
    check_outcome(result.outcome)
    return 0


def carry_out_quietly(fleet: Fleet, order: Order) -> Outcome:
    """The same for a command that shows what came of it in its own way; ReconcileFailed names who failed."""
    with locked(fleet):
        outcome = asyncio.run(_brought_up(fleet, order, keep_mnemonic)).outcome
    check_outcome(outcome)
    return outcome


def check_outcome(outcome: Outcome) -> None:
    """ReconcileFailed for one that did not end well, with the first hint that there is."""
    if not outcome.ok:
        hints = [neuron.hint for neuron in outcome.neurons if neuron.hint]
        raise ReconcileFailed(outcome.failures, hint=hints[0] if hints else "")


async def _planned(fleet: Fleet, order: Order) -> tuple[Plan, tuple[Bill, ...]]:
    async with planning_for(fleet) as (fleet, world):
        found = await reconcile.plan(fleet, world, order.only, order.neurons, phases=_phases(fleet))
        return found, await _bills(replace(fleet, netuid=found.netuid), world, order)


def _phases(fleet: Fleet) -> tuple[Phase, ...]:
    return elsewhere.PHASES if fleet.no_coldkey else PHASES


async def _bills(fleet: Fleet, world: World, order: Order) -> tuple[Bill, ...]:
    """What is owed for the neurons of the order where this machine pays nothing; else nothing."""
    if not fleet.no_coldkey:
        return ()
    owed = await elsewhere.observe(fleet, world)
    return tuple(bill for bill in owed.bills if order.neurons is None or set(bill.neurons) & set(order.neurons))


def _bills_document(bills: Sequence[Bill], fleet: Fleet, order: Order) -> dict[str, Any]:
    if not order.no_coldkey:
        return {}
    return {"elsewhere": [document(bill, fleet, network=order.words.network) for bill in bills]}


def _show_bills(bills: Sequence[Bill], fleet: Fleet, order: Order) -> None:
    for line in script(bills, fleet, network=order.words.network):
        show(line)


async def _brought_up(fleet: Fleet, order: Order, reveal: Reveal) -> Result:
    with progress_of(_names(fleet, order.neurons)) as talk:
        fleet = await standing_on_its_chain(fleet, talk)
        if order.only is None or set(order.only) & set(reconcile.MONEY):
            fleet = await on_recognised_network(fleet, talk)
        remember_fleet(fleet, order.words)
        async with world_of(fleet, talk) as world:
            purse = reconcile.purse_of(fleet, world)
        result = await _once(fleet, order, talk, reveal, purse)
        while order.offers_funding and can_ask() and not order.yes and not fleet.network.has_dev_accounts:
            with paused(talk):
                funded = await offer_funding(result.outcome, talk)
            if funded is None:
                break
            fleet = funded
            result = await _once(fleet, order, talk, reveal, purse)
    return result


async def _once(fleet: Fleet, order: Order, talk: Progress, reveal: Reveal, purse: Purse) -> Result:
    """One go at it; `purse` is the command's, whose budget all goes share."""

    def confirm(whole: Plan, cost_rao: Rao) -> None:
        with paused(talk):
            if can_ask() and not order.yes:
                tell_plan(whole)
            just_moves = all(step.phase == "funding" for step in whole.steps)
            what = "this makes the transfers, for fees of" if just_moves else "this spends"
            whose = " of the rehearsal's own chain" if fleet.rehearsal else ""
            consent(fleet, f"{what} up to {tao_short(cost_rao)} TAO{whose}", pays=cost_rao > 0, yes=order.yes)

    async with world_of(fleet, talk, reveal=reveal) as world, _in_its_run(fleet, world, order) as fleet:
        outcome = await reconcile.up(
            fleet,
            world,
            confirm=confirm,
            only=order.only,
            neurons=order.neurons,
            probe=probe_of(world),
            ready_within_s=allowances(fleet),
            phases=_phases(fleet),
            purse=purse,
        )
        bills = await _bills(outcome.fleet, world, order)
        report = report_of(outcome.fleet, await observe(outcome.fleet, world, probe=probe_of(world, at_once=True)))
        entries = world.journal.entries()
    names = [neuron.name for neuron in outcome.neurons]
    costs = {name: spent_for(entries, run=run_of(world), neuron=name) for name in names}
    return Result(outcome, report, costs, bills)


@asynccontextmanager
async def _in_its_run(fleet: Fleet, world: World, order: Order) -> AsyncIterator[Fleet]:
    """The fleet in the run that it is in, or begins now; what came of that is written down, however the block ends."""
    if order.only is not None and "sessions" not in order.only:
        yield fleet
        return
    came = await keeping.entered(fleet, world)
    try:
        yield came.fleet
    finally:
        await keeping.keep(came, world, surroundings())


def _names(fleet: Fleet, neurons: Collection[str] | None) -> list[str]:
    return [neuron.name for neuron in fleet.neurons if neurons is None or neuron.name in neurons]


def capped(fleet: Fleet, budget: str | None) -> Fleet:
    """The fleet held to ``--budget`` in this command, beside what its profile says; UsageError for no amount."""
    from netctl.errors import UsageError
    from netctl.money import rao_from_tao

    if budget is None:
        return fleet
    try:
        given_rao = rao_from_tao(budget)
    except ValueError as exc:
        raise UsageError(f"--budget={budget}: {exc}", hint="write TAO, for example --budget 2.5") from None
    return replace(fleet, registration=replace(fleet.registration, given_budget_rao=given_rao))


def with_pace(fleet: Fleet, stagger: str | None, within: str | None = None) -> Fleet:
    """The fleet registering at the pace of ``--stagger``, done ``--within``; UsageError for words that are none.

    A stagger other than auto leaves no room for a deadline: the profile's is dropped, the command line's refused.
    """
    from netctl.durations import seconds_of, stagger_of
    from netctl.errors import UsageError

    spec = fleet.registration
    if stagger is not None:
        try:
            pace = stagger_of(stagger)
        except ValueError:
            hint = "write --stagger=auto, all, 30s or 1block"
            raise UsageError(f"--stagger={stagger}: no pace", hint=hint) from None
        spec = replace(spec, stagger=pace, within_s=spec.within_s if pace == "auto" else None)
    if within is not None:
        if stagger is not None and spec.stagger != "auto":
            raise UsageError(f"--within={within} and --stagger={stagger} are two paces", hint="leave one of them out")
        try:
            spec = replace(spec, stagger="auto", within_s=seconds_of(within))
        except ValueError as exc:
            raise UsageError(f"--within={within}: {exc}", hint="write for example --within 4h") from None
    return replace(fleet, registration=spec)
