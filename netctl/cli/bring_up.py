"""What `fleet up` and the commands of single phases share: lock, chain, world, the loop, the table, the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace

from netctl import reconcile
from netctl.cli.funding_prompt import offer_funding
from netctl.cli.output import Progress, can_ask, paused, progress_of, say, show_json
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
    world_of,
)
from netctl.errors import ReconcileFailed
from netctl.fleet import Fleet
from netctl.intents import spent_for
from netctl.money import Rao, tao_short
from netctl.observation import observe
from netctl.plan import Plan
from netctl.probes import probe_of
from netctl.standing import Outcome
from netctl.status import report_of
from netctl.step import PhaseName


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
    offers_funding: bool = True


def announce(fleet: Fleet) -> None:
    """Say on stderr which fleet and which network is meant, before anything is done."""
    where = "a rehearsal on its own chain" if fleet.rehearsal else f"{fleet.network.kind} ({fleet.network.endpoint})"
    say(f"fleet {fleet.name}, subnet {fleet.netuid} on {where}")


def plan(fleet: Fleet, order: Order) -> None:
    """Print what `up` would do; changes nothing and needs no confirmation."""
    only_named(fleet, list(order.neurons or ()))
    found = asyncio.run(_planned(fleet, order))
    if order.as_json:
        show_json(found.document())
    else:
        announce(fleet)
        show_plan(found)


def carry_out(fleet: Fleet, order: Order, *, reveal: Reveal = keep_mnemonic) -> int:
    """Bring the fleet to what the profile says, as far as the order goes; ReconcileFailed names who failed."""
    only_named(fleet, list(order.neurons or ()))
    if order.dry_run:
        plan(fleet, order)
        return 0
    announce(fleet)
    with locked(fleet):
        result = asyncio.run(_brought_up(fleet, order, reveal))
    if order.as_json:
        show_json(result.document())
    else:
        show_result(result)
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


async def _planned(fleet: Fleet, order: Order) -> Plan:
    async with planning_for(fleet) as (fleet, world):
        return await reconcile.plan(fleet, world, order.only, order.neurons)


async def _brought_up(fleet: Fleet, order: Order, reveal: Reveal) -> Result:
    with progress_of(_names(fleet, order.neurons)) as talk:
        fleet = await standing_on_its_chain(fleet, talk)
        if order.only is None or set(order.only) & set(reconcile.MONEY):
            fleet = await on_recognised_network(fleet, talk)
        remember_fleet(fleet, order.words)
        result = await _once(fleet, order, talk, reveal)
        while order.offers_funding and can_ask() and not order.yes and not fleet.network.has_dev_accounts:
            with paused(talk):
                funded = await offer_funding(result.outcome, talk)
            if funded is None:
                break
            fleet = funded
            result = await _once(fleet, order, talk, reveal)
    return result


async def _once(fleet: Fleet, order: Order, talk: Progress, reveal: Reveal) -> Result:
    def confirm(whole: Plan, cost_rao: Rao) -> None:
        with paused(talk):
            if can_ask() and not order.yes:
                tell_plan(whole)
            just_moves = all(step.phase == "funding" for step in whole.steps)
            what = "this makes the transfers, for fees of" if just_moves else "this spends"
            consent(fleet, f"{what} up to {tao_short(cost_rao)} TAO", pays=cost_rao > 0, yes=order.yes)

    async with world_of(fleet, talk, reveal=reveal) as world:
        outcome = await reconcile.up(
            fleet, world, confirm=confirm, only=order.only, neurons=order.neurons, probe=probe_of(world)
        )
        report = report_of(outcome.fleet, await observe(outcome.fleet, world, probe=probe_of(world)))
        entries = world.journal.entries()
    names = [neuron.name for neuron in outcome.neurons]
    return Result(outcome, report, {name: spent_for(entries, run=run_of(world), neuron=name) for name in names})


def _names(fleet: Fleet, neurons: Collection[str] | None) -> list[str]:
    return [neuron.name for neuron in fleet.neurons if neurons is None or neuron.name in neurons]


def with_stagger(fleet: Fleet, stagger: str | None) -> Fleet:
    """The fleet registering at the pace of ``--stagger``; UsageError for a word that is none."""
    from netctl.durations import stagger_of
    from netctl.errors import UsageError

    if stagger is None:
        return fleet
    try:
        pace = stagger_of(stagger)
    except ValueError:
        hint = "write --stagger=auto, all, 30s or 1block"
        raise UsageError(f"--stagger={stagger}: no pace", hint=hint) from None
    return replace(fleet, registration=replace(fleet.registration, stagger=pace))
