"""Which embedded chain a `netctl chain` command means: a rehearsal's, or the bare one that belongs to no fleet."""

from __future__ import annotations

import sys
from pathlib import Path

from netctl.cli.selection import Words, is_running, load_fleet, state_home
from netctl.cli.world import host_of, on_its_chain
from netctl.embedded import BLOCK_TIME_S
from netctl.errors import ChainUnreachable, UsageError
from netctl.fleet import Fleet, FundingSpec, NeuronsCode, RegistrationSpec
from netctl.fleets import remembered
from netctl.networks import REHEARSAL

BARE = ".chain"
"""Its directory under the state root: no fleet can have that name."""


def bare_chain(*, first_netuid: int = 1, block_time_s: float = BLOCK_TIME_S) -> Fleet:
    """The chain without a fleet, as a fleet without neurons."""
    state = state_home() / BARE
    return Fleet(
        name="chain",
        title="chain",
        profile_path=state / "none",
        network=REHEARSAL,
        netuid=first_netuid,
        state=state,
        wallet_path=state / "wallets",
        encrypt=False,
        code=NeuronsCode(None, Path(sys.executable), "rehearsal"),
        neurons=(),
        registration=RegistrationSpec(None, None, None, "auto", 1, 60.0),
        funding=FundingSpec(None, 0),
        subnet={},
        block_time_s=block_time_s,
        time_scale=1.0,
    )


def chain_meant(profile: Path | None) -> Fleet:
    """The fleet whose embedded chain runs and is meant; UsageError where several run, ChainUnreachable where none."""
    if profile is not None:
        candidates = [load_fleet(profile, Words(profile, rehearse=True))]
    else:
        noted = [fleet for fleet in remembered(state_home()) if fleet.rehearse and is_running(fleet)]
        candidates = [load_fleet(fleet.profile, Words(fleet.profile, rehearse=True)) for fleet in noted]
        if host_of(bare_chain()).is_alive():
            candidates.append(bare_chain())
    running = [fleet for fleet in map(on_its_chain, candidates) if fleet.network.endpoint]
    if not running:
        raise ChainUnreachable("no embedded chain runs from here", hint="netctl chain up")
    if len(running) > 1:
        names = ", ".join(f"{fleet.name} at {fleet.network.endpoint}" for fleet in running)
        raise UsageError(f"{len(running)} embedded chains run: {names}", hint="say which fleet's, with -p")
    return running[0]
