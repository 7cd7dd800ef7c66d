"""`netctl chain up`, `down`, `status` and `modelled`."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netctl.cli.options import AsJson, ProfilePath
from netctl.cli.verbs.chain.group import app

if TYPE_CHECKING:
    from pathlib import Path

    from netctl.chain_asked import ChainAsked
    from netctl.fleet import Fleet


class Engine(StrEnum):
    """What runs the chain."""

    embedded = "embedded"
    docker = "docker"


class Registration(StrEnum):
    """The rule of registration."""

    price = "price"
    windows = "windows"


@app.command(
    "up",
    examples=(
        "netctl chain up",
        "netctl chain up --block-time 12 --first-netuid 428",
        "netctl chain up -p profiles/day2.yaml  # that rehearsal's",
    ),
)
def up(
    profile: ProfilePath = None,
    block_time: Annotated[
        float | None,
        typer.Option("--block-time", metavar="SECONDS", min=0.01, max=3600, help="Wall time per block (0.25)."),
    ] = None,
    first_netuid: Annotated[
        int | None,
        typer.Option("--first-netuid", min=1, max=65535, help="The netuid that the first new subnet gets (1)."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option("--engine", help="The chain of this package, or the official localnet in Docker.")
    ] = Engine.embedded,
    image: Annotated[
        str | None, typer.Option("--image", metavar="NAME", help="The localnet image, where Docker has several.")
    ] = None,
    fast_blocks: Annotated[
        bool | None,
        typer.Option("--fast-blocks/--no-fast-blocks", help="The localnet's quarter of a second, or 12 s."),
    ] = None,
    registration: Annotated[
        Registration | None,
        typer.Option("--registration", help="Today's rule, or the older one: caps per block and interval."),
    ] = None,
    compat: Annotated[
        bool | None,
        typer.Option("--compat/--no-compat", help="Metadata for bittensor before 11 too, or the runtime's own types."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start an embedded chain for any Bittensor client; with a profile, that rehearsal's own.

    It listens on loopback only, at 9944 or the next free port, and keeps its blocks until it is purged. What a
    rehearsal's chain is made with stands in its profile.
    """
    from netctl.chain_asked import ChainAsked, check_nothing_asked
    from netctl.cli.chain_status import chain_facts, show_chain
    from netctl.cli.chains import bare_chain
    from netctl.errors import UsageError

    rule: Literal["price", "windows"] | None = None if registration is None else registration.value
    asked = ChainAsked(first_netuid, block_time, rule, compat)
    if engine is Engine.embedded:
        if image is not None or fast_blocks is not None:
            option = "--image" if image is not None else "--fast-blocks" if fast_blocks else "--no-fast-blocks"
            raise UsageError(f"{option} is the localnet's, and the embedded chain has none", hint="add --engine docker")
        fleet = _embedded(asked, profile)
    else:
        if profile is not None:
            hint = "bring the fleet up on it: netctl fleet up PROFILE --network ws://127.0.0.1:PORT"
            raise UsageError("a localnet in Docker belongs to no profile, and -p was given", hint=hint)
        check_nothing_asked(asked, "a localnet in Docker", "leave them out, or leave --engine docker out")
        fleet = _in_docker(bare_chain(), image, fast_blocks is not False)
    show_chain(asyncio.run(chain_facts(fleet)), as_json=as_json)


def _embedded(asked: ChainAsked, profile: Path | None) -> Fleet:
    import sys
    from pathlib import Path

    from netctl.chain_asked import check_profile_agrees
    from netctl.cli.chains import bare_chain
    from netctl.cli.localnets import running_localnet
    from netctl.cli.output import say
    from netctl.cli.selection import Words, load_fleet, remember_fleet
    from netctl.cli.world import host_of, locked
    from netctl.embedded import ensure_chain, running_endpoint
    from netctl.errors import UsageError
    from netctl.resolve import on_endpoint

    words = Words(profile, rehearse=True)
    fleet = load_fleet(profile, words) if profile is not None else bare_chain(asked)
    if profile is not None:
        check_profile_agrees(fleet, asked)
    container = running_localnet(fleet.state) if profile is None else None
    if container is not None:
        raise UsageError(f"a localnet runs from here, at {container.endpoint}", hint="netctl chain down")
    with locked(fleet):
        host = host_of(fleet)
        if running_endpoint(host) is not None:
            say("the embedded chain runs already: nothing was started, and it keeps its options")
        endpoint = ensure_chain(fleet, host, Path(sys.executable))
        if profile is not None:
            remember_fleet(fleet, words)
    return on_endpoint(fleet, endpoint)


def _in_docker(bare: Fleet, image: str | None, fast_blocks: bool) -> Fleet:
    from netctl.cli.chains import on_localnet
    from netctl.cli.localnets import ensure_localnet
    from netctl.cli.world import host_of, locked
    from netctl.embedded import running_endpoint
    from netctl.errors import UsageError

    with locked(bare):
        host = host_of(bare)
        endpoint = running_endpoint(host)
        if endpoint is not None:
            raise UsageError(f"an embedded chain runs from here, at {endpoint}", hint="netctl chain down")
        return on_localnet(bare, ensure_localnet(bare.state, host, image=image, fast_blocks=fast_blocks))


@app.command("down", examples=("netctl chain down", "netctl chain down -p profiles/day2.yaml"))
def down(profile: ProfilePath = None) -> None:
    """Stop the embedded chain; what it has finalized is kept. A localnet in Docker keeps nothing."""
    from netctl.cli.chains import chain_meant, fleet_named
    from netctl.cli.localnets import running_localnet, stop_localnet
    from netctl.cli.output import say
    from netctl.cli.world import host_of, locked
    from netctl.embedded import take_down
    from netctl.errors import ChainUnreachable, SessionError

    try:
        fleet = chain_meant(profile)
    except ChainUnreachable as error:
        fleet = fleet_named(profile)
        if host_of(fleet).is_alive():  # the tmux of a chain that was killed, or never came up
            with locked(fleet):
                take_down(host_of(fleet))
        say(error.message)
        return
    if not fleet.rehearsal:
        container = running_localnet(fleet.state)
        if container is not None:
            stop_localnet(container)
        say(f"the localnet at {fleet.network.endpoint} stopped, and its chain is gone")
        return
    host = host_of(fleet)
    with locked(fleet):
        gone = take_down(host)
    if not gone:
        raise SessionError("the embedded chain is still there after SIGKILL", hint="look at it with ps")
    say(f"the embedded chain at {fleet.network.endpoint} stopped")


@app.command("status", examples=("netctl chain status --json",))
def status(profile: ProfilePath = None, as_json: AsJson = False) -> None:
    """Show where the chain listens, its block and pace, its faults, and what it was asked and does not model."""
    from netctl.cli.chain_status import chain_facts, show_chain
    from netctl.cli.chains import chain_meant

    show_chain(asyncio.run(chain_facts(chain_meant(profile))), as_json=as_json)


@app.command("modelled", examples=("netctl chain modelled",))
def modelled(as_json: AsJson = False) -> None:
    """Print which calls and reads the embedded chain models, approximates and refuses."""
    import subprocess
    import sys

    from netctl.cli.output import show

    command = [sys.executable, "-P", "-m", "netctl.devchain.modelled", *(["--json"] if as_json else [])]
    show(subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip("\n"))
