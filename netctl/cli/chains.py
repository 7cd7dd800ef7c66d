"""Which embedded chain a `netctl chain` command means: a rehearsal's, or the bare one that belongs to no fleet."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from netctl.chain_asked import NOTHING, ChainAsked
from netctl.cli.localnets import running_localnet
from netctl.cli.selection import Words, is_running, load_fleet, state_home
from netctl.cli.world import host_of, on_its_chain
from netctl.embedded import BLOCK_TIME_S
from netctl.errors import ChainUnreachable, UsageError
from netctl.fleet import Fleet, FundingSpec, Network, NeuronsCode, RegistrationSpec
from netctl.fleets import remembered
from netctl.localnet import Container
from netctl.networks import REHEARSAL

BARE = ".chain"
"""Its directory under the state root: no fleet can have that name."""
NAME = Path("chain")
"""What it is called beside fleets'."""


def bare_chain(asked: ChainAsked = NOTHING) -> Fleet:
    """The chain without a fleet, as a fleet without neurons."""
    state = state_home() / BARE
    return Fleet(
        name=str(NAME),
        title=str(NAME),
        profile_path=state / "none",
        network=REHEARSAL,
        netuid=1 if asked.first_netuid is None else asked.first_netuid,
        state=state,
        wallet_path=state / "wallets",
        encrypt=False,
        code=NeuronsCode(None, Path(sys.executable), "rehearsal"),
        neurons=(),
        registration=RegistrationSpec(None, None, None, "auto", 1, 60.0),
        funding=FundingSpec(None, 0),
        subnet={},
        block_time_s=BLOCK_TIME_S if asked.block_time_s is None else asked.block_time_s,
        time_scale=1.0,
        chain_registration=asked.registration or "price",
        chain_compat=asked.compat is not False,
    )


def on_localnet(bare: Fleet, container: Container) -> Fleet:
    """The chain without a fleet where it is a localnet in Docker: any node of this machine, on which //Alice pays."""
    return replace(bare, network=Network("local", container.endpoint))


def is_bare(profile: Path | None) -> bool:
    """Whether no fleet's chain is named: by nothing, or by what this one is called, unless that is a file."""
    return profile is None or (profile == NAME and not NAME.exists())


def fleet_named(profile: Path | None) -> Fleet:
    """The rehearsal of a profile, or the chain without a fleet."""
    return bare_chain() if profile is None or is_bare(profile) else load_fleet(profile, Words(profile, rehearse=True))


def chain_meant(profile: Path | None) -> Fleet:
    """The fleet whose embedded chain runs and is meant, else the localnet in Docker that runs from here.

    UsageError where several run, ChainUnreachable where none does.
    """
    if profile is not None:
        candidates = [fleet_named(profile)]
    else:
        noted = [fleet for fleet in remembered(state_home()) if fleet.rehearse and is_running(fleet)]
        candidates = [load_fleet(fleet.profile, Words(fleet.profile, rehearse=True)) for fleet in noted]
        if host_of(bare_chain()).is_alive():
            candidates.append(bare_chain())
    running = [fleet for fleet in map(on_its_chain, candidates) if fleet.network.endpoint]
    if not running:
        container = running_localnet(bare_chain().state) if is_bare(profile) else None
        if container is not None:
            return on_localnet(bare_chain(), container)
        raise ChainUnreachable("no embedded chain runs from here", hint="netctl chain up")
    if len(running) > 1:
        names = ", ".join(f"{fleet.name} at {fleet.network.endpoint}" for fleet in running)
        alone = f", or -p {NAME}" if any(not fleet.neurons for fleet in running) else ""
        raise UsageError(f"{len(running)} embedded chains run: {names}", hint=f"say which with -p: a profile{alone}")
    return running[0]


def import_into(profile: Path | None, file: Path) -> str:
    """Make a profile's rehearsal, or the bare chain, what a file holds, whether it runs or not; says what was done."""
    import asyncio

    from netctl.adapters import devnode
    from netctl.cli.world import locked
    from netctl.embedded import import_chain

    fleet = fleet_named(profile)
    running = on_its_chain(fleet)
    if running.network.endpoint:
        block = asyncio.run(devnode.import_file(running.network.endpoint, file))
        return f"the chain at {running.network.endpoint} is at block {block}"
    with locked(fleet):
        return import_chain(fleet, file)
