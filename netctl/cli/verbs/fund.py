"""`netctl fund`"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, DryRun, NetworkName, ProfilePath, Rehearse, Yes, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.phases.funding import Shortfall

app = verb()


@app.command()
def fund(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    from_wallet: Annotated[
        str | None, typer.Option("--from", metavar="WALLET", help="Pay from this wallet instead of the profile's.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until every coldkey has what it needs.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Show which coldkeys need TAO, and how much; pay it or wait for it.

    Counts what is due: registrations, stake and their fees. Where the profile (funding.from) or --from names a wallet,
    it pays; else the amounts are shown, with --watch until they have come. Exit code 1 while something is missing.
    """
    from netctl.cli.bring_up import Order, announce, carry_out
    from netctl.cli.output import show_json
    from netctl.cli.selection import Words, fleet_meant
    from netctl.payers import payer_of

    words = Words(profile, rehearse, network)
    fleet = fleet_meant(words)
    if from_wallet is not None:
        fleet = replace(fleet, funding=replace(fleet.funding, from_wallet=from_wallet))
    if payer_of(fleet) is not None and not watch:
        return carry_out(fleet, Order(words, ("funding",), None, yes, as_json, dry_run))
    announce(fleet)
    short = asyncio.run(_shortfalls(fleet, watch=watch and not dry_run, quiet=as_json))
    if as_json:
        show_json({"fleet": fleet.name, "needs": [_document(item) for item in short]})
    elif not short:
        from netctl.cli.output import show

        show("every coldkey has what it needs")
    return 1 if short else 0


async def _shortfalls(fleet: Fleet, *, watch: bool, quiet: bool) -> tuple[Shortfall, ...]:
    from netctl.cli.funding_prompt import shortfalls_of, tell_shortfalls, wait_for_funds
    from netctl.cli.output import progress_of
    from netctl.cli.world import looking_at

    async with looking_at(fleet) as (fleet, world):
        short = await shortfalls_of(fleet, world)
        if not quiet:
            tell_shortfalls(fleet, short)
        if not watch or not short:
            return short
        with progress_of([neuron.name for neuron in fleet.neurons]) as talk:
            await wait_for_funds(fleet, world, talk)
        return ()


def _document(item: Shortfall) -> dict[str, Any]:
    from netctl.money import tao_text

    return {
        "wallet": item.wallet,
        "coldkey_ss58": item.ss58,
        "neurons": list(item.neurons),
        "has_tao": tao_text(item.has_rao),
        "needs_tao": tao_text(item.need_rao),
        "missing_tao": tao_text(item.missing_rao),
    }
