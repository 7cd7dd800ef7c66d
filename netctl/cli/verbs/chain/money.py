"""`netctl chain faucet`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from netctl.cli.options import ProfilePath
from netctl.cli.verbs.chain.group import app


@app.command("faucet")
def faucet(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The account, as ss58.")],
    amount: Annotated[str, typer.Option("--amount", metavar="TAO", help="How much.")] = "100",
    profile: ProfilePath = None,
) -> None:
    """Give an account new TAO, in a block of its own."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say
    from netctl.errors import UsageError
    from netctl.money import rao_from_tao, tao_short

    try:
        amount_rao = rao_from_tao(amount)
    except ValueError as error:
        raise UsageError(f"--amount: {error}", hint="write it in TAO: --amount 12.5") from None
    endpoint = chain_meant(profile).network.endpoint
    block = asyncio.run(devnode.faucet(endpoint, address, amount_rao))
    say(f"{address} got {tao_short(amount_rao)} TAO in block {block}")
