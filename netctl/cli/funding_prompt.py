"""Asking a person for TAO: whose coldkey, how much exactly, a QR code to scan, and what to do meanwhile."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import replace

from netctl.cli.output import Progress, is_terminal, say
from netctl.cli.questions import ask
from netctl.fleet import Fleet
from netctl.money import tao_short
from netctl.phases import funding
from netctl.phases.funding import Shortfall
from netctl.ports import World
from netctl.standing import Outcome

POLL_S = 2.0
LONGEST_POLL_S = 12.0


def tell_shortfalls(fleet: Fleet, short: Sequence[Shortfall]) -> None:
    """Say on stderr what each coldkey lacks and where to send it; with QR codes on a terminal."""
    for item in short:
        names = ", ".join(item.neurons)
        say(f"{names}: {tao_short(item.missing_rao)} TAO are missing on {fleet.network.kind}")
        say(f"  send them to {item.ss58 or f'the coldkey of {item.wallet}, once it is made'}")
        if item.ss58 is not None and is_terminal(sys.stderr):
            say(qr_code(item.ss58))


def qr_code(address: str) -> str:
    """The address as a QR code of block characters, for a terminal."""
    import qrcode

    code = qrcode.QRCode(border=1)
    code.add_data(address)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue()


async def shortfalls_of(fleet: Fleet, world: World) -> tuple[Shortfall, ...]:
    """Which coldkeys hold too little for what is due, as the chain has them now."""
    return funding.shortfalls(fleet, await funding.observe(fleet, world))


async def wait_for_funds(fleet: Fleet, world: World, talk: Progress) -> None:
    """Look every few seconds until nobody is short; Ctrl-C ends it.

    Only the balances are read again and again; what is needed is counted anew once they seem to be enough.
    """
    while short := await shortfalls_of(fleet, world):
        for item in short:
            talk.note(f"{item.neurons[0]}: waiting for {tao_short(item.missing_rao)} TAO on {item.ss58}")
        needed = {item.ss58: item.need_rao for item in short if item.ss58 is not None}
        while True:
            await world.clock.sleep(max(POLL_S, min(await world.chain.block_time_s(), LONGEST_POLL_S)))
            accounts = await world.chain.accounts(list(needed), at=await world.chain.head())
            if all(account.free_rao >= needed[ss58] for ss58, account in accounts.items()):
                break


async def offer_funding(outcome: Outcome, talk: Progress) -> Fleet | None:
    """Ask how the neurons that lack TAO get it: wait for it, or pay from a wallet.

    Returns the fleet to bring up again, or None to leave things as they are. Call it with live progress paused.
    """
    from netctl.cli.world import world_of

    fleet = outcome.fleet
    if not any(neuron.phase == "funding" for neuron in outcome.neurons):
        return None
    async with world_of(fleet, talk) as world:
        tell_shortfalls(fleet, await shortfalls_of(fleet, world))
    # Asked with no connection open: people take their time, and Ctrl-C must end it at once.
    answer = ask("wait for it (w), pay from a wallet (its name), go on without (enter)?")
    if not answer:
        return None
    if answer != "w":
        return replace(fleet, funding=replace(fleet.funding, from_wallet=answer))
    async with world_of(fleet, talk) as world:
        await wait_for_funds(fleet, world, talk)
    return fleet
