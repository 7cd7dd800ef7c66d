"""`netctl chain mine`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from netctl.cli.options import ProfilePath
from netctl.cli.verbs.chain.group import app


@app.command("mine")
def mine(
    blocks: Annotated[int, typer.Argument(metavar="[BLOCKS]", min=1, max=100_000, help="How many.")] = 1,
    profile: ProfilePath = None,
) -> None:
    """Make blocks at once, without waiting for their time."""
    from netctl.adapters import devnode
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say

    head = asyncio.run(devnode.mine(chain_meant(profile).network.endpoint, blocks))
    say(f"the chain is at block {head}")
