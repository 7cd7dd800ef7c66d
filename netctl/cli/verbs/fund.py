"""`netctl fund`"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import AsJson, Budget, DryRun, NetworkName, ProfilePath, Rehearse, Yes, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.paying.sheet import Sheet

app = verb()


@app.command(
    examples=("netctl fund -p profiles/day2.yaml", "netctl fund --from my_wallet --dry-run", "netctl fund --watch --qr")
)
def fund(
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    from_wallet: Annotated[
        str | None, typer.Option("--from", metavar="WALLET", help="Pay from this wallet instead of the profile's.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until every coldkey has what it needs.")] = False,
    qr: Annotated[bool, typer.Option("--qr", help="Show the addresses that lack TAO as QR codes.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The sheet as CSV on stdout and nothing else.")] = False,
    budget: Budget = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Show which coldkeys need TAO, and how much; pay it or wait for it.

    Counts what is due: registrations, stake and their fees; a coldkey that is short is asked for one step of the price
    and the profile's reserve as well. Where the profile (funding.from) or --from names a wallet, it pays all of them in
    one extrinsic after a confirmation; else they are shown, with --watch until all is there. Exit code 1 while
    something is missing.
    """
    from netctl.cli.bring_up import Order, announce, capped, carry_out_quietly, cost_of
    from netctl.cli.bring_up import plan as show_plan
    from netctl.cli.fund_sheet import show_csv, show_qr_codes, show_sheet
    from netctl.cli.output import show_json
    from netctl.cli.selection import Words, fleet_meant
    from netctl.errors import UsageError
    from netctl.money import tao_text

    if as_csv and (as_json or watch):
        raise UsageError("--csv with --json or --watch", hint="a sheet is CSV or JSON, and is watched as lines or JSON")
    words = Words(profile, rehearse, network)
    fleet = capped(fleet_meant(words), budget)
    if from_wallet is not None:
        fleet = replace(fleet, funding=replace(fleet.funding, from_wallet=from_wallet))
    announce(fleet)
    sheet = asyncio.run(_read(fleet))
    pays = bool(sheet.payer is not None and sheet.short and not as_csv and (from_wallet is not None or not watch))
    if as_csv:
        show_csv(sheet)
    elif not as_json:
        show_sheet(sheet)
    if qr:
        show_qr_codes(sheet)
    order = Order(words, ("funding",), None, yes, as_json, dry_run, offers_funding=False)
    if pays:
        if not dry_run:
            outcome = carry_out_quietly(fleet, order)
            sheet = asyncio.run(_read(outcome.fleet))
        if not as_json:
            show_plan(fleet, order) if dry_run else show_sheet(sheet)
    if as_json:
        cost = {"cost_tao": tao_text(cost_of(fleet, order) if pays else 0)} if dry_run else {}
        show_json({**sheet.document(), **cost}, lines=watch)
    if sheet.short and watch and not dry_run:
        sheet = asyncio.run(_watched(fleet, as_json=as_json))
    return 1 if sheet.short else 0


async def _read(fleet: Fleet) -> Sheet:
    from netctl.cli.fund_sheet import read_sheet
    from netctl.cli.world import planning_for

    async with planning_for(fleet) as (fleet, world):
        return await read_sheet(fleet, world)


async def _watched(fleet: Fleet, *, as_json: bool) -> Sheet:
    from netctl.cli.fund_sheet import wait_for_funds
    from netctl.cli.output import PlainTalk, show_json
    from netctl.cli.world import looking_at

    async with looking_at(fleet) as (fleet, world):
        if not as_json:
            return await wait_for_funds(fleet, world, PlainTalk())
        return await wait_for_funds(
            fleet, world, PlainTalk(), told=lambda sheet: show_json(sheet.document(), lines=True)
        )
