"""`netctl chain up`, `down` and `status`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, ProfilePath
from netctl.cli.verbs.chain.group import app

if TYPE_CHECKING:
    from netctl.fleet import Fleet


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
