"""`netctl chain faucet`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import ProfilePath
from netctl.cli.verbs.chain.group import app

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.money import Rao


@app.command("faucet", examples=("netctl chain faucet 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --amount 50",))
def faucet(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The account, as ss58.")],
    amount: Annotated[str, typer.Option("--amount", metavar="TAO", help="How much.")] = "100",
    profile: ProfilePath = None,
) -> None:
    """Give an account new TAO, in a block of its own; in a localnet the dev account //Alice pays it."""
    from netctl.adapters.addresses import is_address
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say
    from netctl.errors import UsageError
    from netctl.money import rao_from_tao, tao_short

    try:
        amount_rao = rao_from_tao(amount)
    except ValueError as error:
        raise UsageError(f"--amount: {error}", hint="write it in TAO: --amount 12.5") from None
    if not is_address(address):
        raise UsageError(f"{address!r} is no ss58 address", hint="a wallet's: netctl wallet list, or btcli wallet list")
    if amount_rao == 0:
        raise UsageError("--amount: 0 TAO is nothing to give", hint="write it in TAO: --amount 12.5")
    asyncio.run(_give(chain_meant(profile), address, amount_rao))
    say(f"{address} got {tao_short(amount_rao)} TAO")


async def _give(fleet: Fleet, address: str, amount_rao: Rao) -> None:
    from netctl.adapters import devnode
    from netctl.cli.world import world_of
    from netctl.paying.payers import DEV_ACCOUNT
    from netctl.paying.payment import lifetime
    from netctl.ports import Call

    if fleet.rehearsal:
        await devnode.faucet(fleet.network.endpoint, address, amount_rao)
        return
    async with world_of(fleet) as world:
        alice = world.keys.dev_signer(DEV_ACCOUNT)
        nonce = (await world.chain.accounts([alice.ss58]))[alice.ss58].next_nonce
        call = Call("Balances", "transfer_keep_alive", {"dest": address, "value": amount_rao})
        lasts = lifetime(await world.chain.block_time_s())
        signed = await world.chain.sign(call, alice, nonce=nonce, lifetime_blocks=lasts)
        await world.chain.submit(signed)
