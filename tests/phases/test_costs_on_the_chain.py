"""What registration is said to cost, and when it is said to be done, against what the embedded chain then charges.

The clock of the chain stands still and blocks are sealed by hand: up to where the plan expects a registration, and one
more as soon as those that are due wait in the pool. A netctl that came late would be waited for in vain.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from netctl import reconcile
from netctl.fleet import Fleet
from netctl.phases import funding, registration, subnet, wallets
from netctl.ports import World
from netctl.pricing.quote import Quote
from netctl.pricing.schedule import Schedule
from netctl.standing import Outcome
from tests.chains import RunningChain, start_chain
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.worlds import world_on

FIRST_PRICE = TAO // 10
SLACK_BLOCKS = 2


@dataclass
class Site:
    """A subnet with the default curve whose fleet is funded and not registered, on a chain that stands still."""

    node: RunningChain
    world: World
    fleet: Fleet

    async def quote(self, fleet: Fleet) -> Quote:
        found = (await reconcile.plan(fleet, self.world, phases=[registration])).quote
        assert found is not None
        return found

    async def register(self, fleet: Fleet, found: Schedule) -> Outcome:
        """Run the phase and seal the blocks that the schedule names, each once what is due in it has come."""
        head = self.node.height()
        run = asyncio.create_task(up(fleet, self.world, registration))
        for block, due in sorted(Counter(turn.block for turn in found.turns).items()):
            gap = head + block - 1 - self.node.height()
            if gap:
                told = f"waiting for block {head + block - 1}"
                await self._until(lambda told=told, due=due: self._said(told) >= due, run)
                await asyncio.to_thread(self.node.mine, gap)
            await self._until(lambda due=due: len(self.node.rpc("author_pendingExtrinsics")) >= due, run)
            await asyncio.to_thread(self.node.mine, 1)
        while not run.done():  # finality and the last look need blocks too
            await asyncio.wait([run], timeout=0.2)
            await asyncio.to_thread(self.node.mine, 1)
        return run.result()

    async def _until(self, holds: Callable[[], bool], run: asyncio.Task[Outcome]) -> None:
        deadline = time.monotonic() + 60
        while not await asyncio.to_thread(holds):
            assert not run.done(), run.result().failures
            assert time.monotonic() < deadline, "the registrations that were due did not come"
            await asyncio.sleep(0.02)

    def _said(self, text: str) -> int:
        talk: Any = self.world.talk
        return sum(1 for line in talk.said if line.endswith(text))

    async def charged(self, netuid: int) -> list[tuple[int, int]]:
        """(block, price) of every registration, from the journal's included ones and the accounts' losses."""
        entries = self.world.journal.entries()
        mine = {e["hash"] for e in entries if e["kind"] == "intent" and e["purpose"] == "register"}
        outcomes = [e for e in entries if e["kind"] == "outcome" and e["hash"] in mine and e["result"] == "included"]
        return sorted((int(e["block"]), int(e["fee_rao"])) for e in outcomes)


async def up(fleet: Fleet, world: World, *phases: Any) -> Outcome:
    return await reconcile.up(fleet, world, confirm=lambda plan, cost: None, phases=phases)


async def site_of(node: RunningChain, home: Path, count: int, **hyperparameters: int) -> Site:
    world = world_on(node, home)
    crowd = tuple(fleets.neuron(f"miner_{i}", index=i) for i in range(1, count + 1))
    fleet = fleets.fleet(*crowd, subnet={"tempo": 360, **hyperparameters}, netuid=428, stagger="auto")
    # Enough for all at once, so that the price is all that the paces differ by.
    outcome = await up(fleet, world, wallets, subnet, funding)
    assert outcome.failures == ()
    node.rpc("dev_pause")
    return Site(node, world, outcome.fleet)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[RunningChain]:
    chain = start_chain(tmp_path / "chain", seal="interval")
    yield chain
    chain.stop()


async def spent(site: Site, outcome: Outcome) -> int:
    """What the chain charged for registrations: what the coldkeys lost without the fees of the journal."""
    return outcome.spent_rao - sum(fee for _, fee in await site.charged(site.fleet.netuid))


@pytest.mark.parametrize("count", [4, 16, pytest.param(64, marks=pytest.mark.slow)])
async def test_all_at_once_costs_to_the_rao_what_was_said(node: RunningChain, tmp_path: Path, count: int) -> None:
    site = await site_of(node, tmp_path, count)
    fleet = replace(site.fleet, registration=replace(site.fleet.registration, stagger="all"))
    quote = await site.quote(fleet)
    head = node.height()
    outcome = await site.register(fleet, quote.at_once)
    assert outcome.failures == ()
    assert await spent(site, outcome) == quote.at_once.total_rao
    assert {block for block, _ in await site.charged(fleet.netuid)} == {head + 1}
    if count == 4:
        assert quote.at_once.total_rao / quote.at_once.turns[0].price_rao == pytest.approx(5.85, abs=0.01)
    await site.world.chain.close()


@pytest.mark.parametrize("count", [4, *(pytest.param(count, marks=pytest.mark.slow) for count in (16, 64))])
async def test_paced_costs_to_the_rao_what_was_said_and_ends_when_it_was_said(
    node: RunningChain, tmp_path: Path, count: int
) -> None:
    site = await site_of(node, tmp_path, count)
    cap = FIRST_PRICE
    fleet = replace(site.fleet, registration=replace(site.fleet.registration, max_burn_rao=cap))
    quote = await site.quote(fleet)
    planned, head = quote.planned, node.height()
    assert planned is not None
    outcome = await site.register(fleet, planned)
    assert outcome.failures == ()
    assert await spent(site, outcome) == planned.total_rao
    assert planned.dearest_rao <= cap
    last = max(block for block, _ in await site.charged(fleet.netuid))
    assert abs(last - (head + planned.blocks)) <= SLACK_BLOCKS
    assert planned.blocks == pytest.approx(120 * (count - 1), rel=0.02)
    assert planned.total_rao < quote.at_once.total_rao * 0.51
    await site.world.chain.close()


async def test_the_cheapest_within_a_deadline_is_what_is_paid(node: RunningChain, tmp_path: Path) -> None:
    site = await site_of(node, tmp_path, 4)
    block_time = await site.world.chain.block_time_s()
    fleet = replace(site.fleet, registration=replace(site.fleet.registration, within_s=720 * block_time))
    quote = await site.quote(fleet)
    planned, head = quote.planned, node.height()
    assert planned is not None
    outcome = await site.register(fleet, planned)
    assert outcome.failures == ()
    assert await spent(site, outcome) == planned.total_rao
    assert planned.total_rao == pytest.approx(quote.at_once.total_rao / 4, rel=0.01)  # two half-lives
    assert max(block for block, _ in await site.charged(fleet.netuid)) == head + 720
    await site.world.chain.close()


async def test_at_the_floor_each_registration_costs_the_floor_120_blocks_after_the_last(
    node: RunningChain, tmp_path: Path
) -> None:
    site = await site_of(node, tmp_path, 4, min_burn=FIRST_PRICE)
    fleet = replace(site.fleet, registration=replace(site.fleet.registration, budget_rao=4 * FIRST_PRICE + 2_100_000))
    planned, head = (await site.quote(fleet)).planned, node.height()
    assert planned is not None
    outcome = await site.register(fleet, planned)
    assert outcome.failures == ()
    assert await spent(site, outcome) == planned.total_rao == pytest.approx(4 * FIRST_PRICE, rel=0.002)
    blocks = [block - head for block, _ in await site.charged(fleet.netuid)]
    assert blocks == [turn.block for turn in planned.turns]
    assert [later - block for block, later in pairwise(blocks)] == pytest.approx([120, 120, 120], abs=2)
    await site.world.chain.close()


async def test_the_older_rule_is_seen_on_the_chain_and_its_windows_are_kept_to(tmp_path: Path) -> None:
    windows = ("--registration", "windows", "--regs-per-block", "2", "--target-regs-per-interval", "2")
    node = start_chain(tmp_path / "chain", *windows, "--adjustment-interval", "40", seal="interval")
    site = await site_of(node, tmp_path, 9)
    quote = await site.quote(site.fleet)
    assert quote.regime == "windows"
    assert quote.rule.windows is not None
    assert (quote.rule.windows.per_block, quote.rule.windows.per_interval) == (2, 6)
    planned, head = quote.planned, node.height()
    assert planned is not None
    outcome = await site.register(site.fleet, planned)
    assert outcome.failures == ()
    assert await spent(site, outcome) == planned.total_rao
    assert [block - head for block, _ in await site.charged(428)] == [turn.block for turn in planned.turns]
    await site.world.chain.close()
    node.stop()


@pytest.mark.slow
async def test_a_chain_whose_clock_runs_has_the_last_one_in_when_it_was_said(tmp_path: Path) -> None:
    node = start_chain(tmp_path / "chain", "--block-time", "0.25", seal="interval")
    site = await site_of(node, tmp_path, 4, burn_half_life=10)
    fleet = replace(site.fleet, registration=replace(site.fleet.registration, max_burn_rao=FIRST_PRICE // 3))
    node.rpc("dev_resume")
    quote = await site.quote(fleet)
    assert quote.planned is not None
    assert quote.planned.blocks > 4
    outcome = await up(fleet, site.world, registration)
    assert outcome.failures == ()
    last = max(block for block, _ in await site.charged(428))
    assert abs(last - (quote.head.number + quote.planned.blocks)) <= SLACK_BLOCKS
    assert await spent(site, outcome) <= 4 * FIRST_PRICE // 3
    await site.world.chain.close()
    node.stop()
