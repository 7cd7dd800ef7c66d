"""`netctl chain mine`, `warp`, `pause`, `resume`, `speed` and `finality`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from netctl.cli.options import ProfilePath
from netctl.cli.verbs.chain.group import app


@app.command("mine", examples=("netctl chain mine 10",))
def mine(
    blocks: Annotated[int, typer.Argument(metavar="[BLOCKS]", min=1, max=10_000_000, help="How many.")] = 1,
    profile: ProfilePath = None,
) -> None:
    """Make blocks at once, without waiting for their time."""
    _warp(profile, {"by_blocks": blocks})


@app.command(
    "warp",
    examples=("netctl chain warp +2h", "netctl chain warp next-epoch --netuid 428", "netctl chain warp block 5000"),
)
def warp(
    target: Annotated[list[str], typer.Argument(metavar="+TIME|block N|next-epoch|DATE", help="Where to.")],
    netuid: Annotated[
        int | None, typer.Option("--netuid", min=1, help="Whose epoch, where several subnets are.")
    ] = None,
    profile: ProfilePath = None,
) -> None:
    """Make the blocks that bring the chain to a time (+90s, +2h, 2026-03-01T12:00), a block or an epoch.

    Chain time is counted in blocks: an hour is as many blocks as an hour of the chain holds.
    """
    from netctl.cli.warp_target import read_target

    _warp(profile, read_target(target, netuid))


@app.command("pause", examples=("netctl chain pause",))
def pause(profile: ProfilePath = None) -> None:
    """Let no block come by the clock; those that are asked for still do."""
    from netctl.adapters import devnode
    from netctl.cli.output import say

    endpoint = _endpoint(profile)
    asyncio.run(devnode.pause(endpoint))
    say(f"the chain at {endpoint} is paused until netctl chain resume, or a restart")


@app.command("resume", examples=("netctl chain resume",))
def resume(profile: ProfilePath = None) -> None:
    """Let blocks come by the clock again."""
    from netctl.adapters import devnode
    from netctl.cli.output import say

    endpoint = _endpoint(profile)
    asyncio.run(devnode.resume(endpoint))
    say(f"the chain at {endpoint} goes on")


@app.command("speed", examples=("netctl chain speed 10x",))
def speed(
    factor: Annotated[str, typer.Argument(metavar="FACTOR", help="10x, 0.5x; 1x is the pace it was started with.")],
    profile: ProfilePath = None,
) -> None:
    """Make blocks come faster or slower, until a restart. Chain time per block stays what it is."""
    from netctl.adapters import devnode
    from netctl.cli.output import say
    from netctl.cli.warp_target import read_factor

    times = read_factor(factor)
    interval_s = asyncio.run(devnode.set_speed(_endpoint(profile), times))
    say(f"a block every {interval_s:g} s, until a restart")


@app.command("finality", examples=("netctl chain finality 3",))
def finality(
    lag: Annotated[int, typer.Argument(metavar="BLOCKS", min=0, help="0: blocks are final at once.")],
    profile: ProfilePath = None,
) -> None:
    """Say how many blocks behind the head finality stays, until a restart."""
    from netctl.adapters import devnode
    from netctl.cli.output import say

    final = asyncio.run(devnode.set_finality_lag(_endpoint(profile), lag))
    say(f"blocks are final when {lag} are above them; block {final} is the last that is")


def _endpoint(profile: Path | None) -> str:
    from netctl.cli.chains import chain_meant

    return chain_meant(profile).network.endpoint


def _warp(profile: Path | None, target: dict[str, Any]) -> None:
    from netctl.adapters import devnode
    from netctl.cli.output import progress_of, say

    endpoint = _endpoint(profile)
    with progress_of(["chain"]) as talk:
        told = asyncio.run(
            devnode.warp(
                endpoint, target, lambda made, wanted: talk.progress("chain", "time", f"{made} of {wanted} blocks")
            )
        )
    say(f"the chain is at block {told}")
