"""Asking a person for TAO while a fleet comes up: whose coldkey, how much exactly, and what to do meanwhile."""

from __future__ import annotations

from dataclasses import replace

from netctl.cli.fund_sheet import read_sheet, show_sheet_lines, wait_for_funds
from netctl.cli.output import Progress, say
from netctl.cli.questions import ask
from netctl.fleet import Fleet
from netctl.standing import Outcome


async def offer_funding(outcome: Outcome, talk: Progress) -> Fleet | None:
    """Ask how the neurons that lack TAO get it: wait for it, or pay from a wallet.

    Returns the fleet to bring up again, or None to leave things as they are. Call it with live progress paused.
    """
    from netctl.cli.world import world_of

    fleet = outcome.fleet
    if not any(neuron.phase == "funding" for neuron in outcome.neurons):
        return None
    async with world_of(fleet, talk) as world:
        show_sheet_lines(await read_sheet(fleet, world))
    say("netctl fund --qr shows the addresses as QR codes")
    # Asked with no connection open: people take their time, and Ctrl-C must end it at once.
    answer = ask("wait for it (w), pay from a wallet (its name), go on without (enter)?")
    if not answer:
        return None
    if answer != "w":
        return replace(fleet, funding=replace(fleet.funding, from_wallet=answer))
    async with world_of(fleet, talk) as world:
        await wait_for_funds(fleet, world, talk)
    return fleet
