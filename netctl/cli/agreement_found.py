"""Looks up what `netctl validators` tells: the store, and the chain's rule for revealing weights."""

from __future__ import annotations

import asyncio
from typing import Any

from netctl.agreement.agreement import Agreement, agreement_of
from netctl.agreement.evidence import EVALUATED, WEIGHTS_SET, Reveal, evidence_of
from netctl.cli.recorded import Recorded, recorded
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.packs import Pack
from netctl.store.histories import Window, given, heard, looks

PATIENCE_S = 8.0


def agreement_found(fleet: Fleet, since: str | None = None) -> Agreement:
    """What the validators of this fleet, and of the subnet, have done since then."""
    with recorded(fleet, since) as found:
        return _judged(found, reveal_of(fleet))


def agreement_within(fleet: Fleet, within: Window) -> Agreement:
    """What they did in a run. The chain is not asked: how it reveals weights now is not what it did then."""
    with recorded(fleet, within=within) as found:
        return _judged(found, Reveal())


def _judged(found: Recorded, reveal: Reveal) -> Agreement:
    asked = _asked(found.pack)
    events = heard(found.store, "validator", [EVALUATED, WEIGHTS_SET, *asked], found.window)
    return agreement_of(
        evidence_of(
            found.window,
            events,
            given(found.store, found.window),
            looks(found.store),
            found.roll,
            asked=asked,
            reveal=reveal,
        )
    )


def _asked(pack: Pack) -> tuple[str, ...]:
    holdings = pack.spec.holdings
    return () if holdings is None or holdings.validation is None else holdings.validation.asked


def reveal_of(fleet: Fleet) -> Reveal:
    """The subnet's rule as the chain has it now; nothing is known of a chain that does not answer soon."""
    try:
        return asyncio.run(_asked_chain(fleet))
    except (NetctlError, TimeoutError):
        return Reveal()


async def _asked_chain(fleet: Fleet) -> Reveal:
    from netctl.cli.world import looking_at
    from netctl.phases.subnet import actual_netuid

    async with asyncio.timeout(PATIENCE_S), looking_at(fleet) as (placed, world):
        if not placed.network.endpoint:
            return Reveal()
        netuid = await actual_netuid(placed, world)
        subnet = await world.chain.subnet(placed.netuid if netuid is None else netuid)
    if subnet is None:
        return Reveal()
    enabled: Any = subnet.hyperparameters.get("commit_reveal_weights_enabled")
    period: Any = subnet.hyperparameters.get("commit_reveal_period")
    return Reveal(None if enabled is None else bool(enabled), None if period is None else int(period), subnet.tempo)
