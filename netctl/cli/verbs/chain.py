"""`netctl chain`"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, ProfilePath, verb_group

if TYPE_CHECKING:
    from netctl.fleet import Fleet

app = verb_group("Run the embedded chain and act on it.")


@app.command("up")
def up(
    profile: ProfilePath = None,
    block_time: Annotated[
        float, typer.Option("--block-time", metavar="SECONDS", min=0.01, max=3600, help="Wall time per block.")
    ] = 0.25,
    first_netuid: Annotated[
        int, typer.Option("--first-netuid", min=1, help="The netuid that the first new subnet gets.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Start an embedded chain for any Bittensor client; with a profile, that rehearsal's own.

    It listens on loopback only, at 9944 or the next free port, and keeps its blocks until it is purged.
    """
    import sys
    from pathlib import Path

    from netctl.cli.chains import bare_chain
    from netctl.cli.selection import Words, load_fleet, remember_fleet
    from netctl.cli.world import host_of, locked
    from netctl.embedded import ensure_chain
    from netctl.resolve import on_endpoint

    words = Words(profile, rehearse=True)
    bare = bare_chain(first_netuid=first_netuid, block_time_s=block_time)
    fleet = load_fleet(profile, words) if profile is not None else bare
    with locked(fleet):
        endpoint = ensure_chain(fleet, host_of(fleet), Path(sys.executable))
        if profile is not None:
            remember_fleet(fleet, words)
    _show(asyncio.run(_facts(on_endpoint(fleet, endpoint))), as_json=as_json)


@app.command("down")
def down(profile: ProfilePath = None) -> None:
    """Stop the embedded chain; what it has finalized is kept."""
    from netctl.cli.chains import chain_meant
    from netctl.cli.output import say
    from netctl.cli.world import host_of, locked
    from netctl.embedded import STOP_GRACE_S, stop_chain
    from netctl.errors import ChainUnreachable, SessionError

    try:
        fleet = chain_meant(profile)
    except ChainUnreachable as error:
        say(error.message)
        return
    host = host_of(fleet)
    with locked(fleet):
        gone = stop_chain(host) if fleet.neurons else not host.shut_down(grace_s=STOP_GRACE_S)
    if not gone:
        raise SessionError("the embedded chain is still there after SIGKILL", hint="look at it with ps")
    say(f"the embedded chain at {fleet.network.endpoint} stopped")


@app.command("status")
def status(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """Show where the embedded chain listens, its block, its pace and its runtime."""
    from netctl.cli.chains import chain_meant

    _show(asyncio.run(_facts(chain_meant(profile))), as_json=as_json)


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


async def _facts(fleet: Fleet) -> dict[str, Any]:
    from netctl.cli.world import host_of, world_of
    from netctl.embedded import SESSION

    session = host_of(fleet).sessions().get(SESSION)
    async with world_of(fleet) as world:
        head = await world.chain.head()
        return {
            "endpoint": fleet.network.endpoint,
            "block": head.number,
            "block_time_s": await world.chain.block_time_s(),
            "spec_version": await world.chain.spec_version(),
            "pid": session.pid if session is not None else None,
            "genesis": await world.chain.genesis_hash(),
        }


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    from netctl.cli.output import show, show_json

    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        show(f"{name:<13} {value}")
