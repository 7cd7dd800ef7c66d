"""Many coldkeys register at once: a lane for each, and as many in a block as the chain lets in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from netctl import reconcile
from netctl.errors import ExtrinsicRejected
from netctl.phases import funding, registration, subnet, wallets
from netctl.ports import Receipt, Signed, Windows, World
from netctl.pricing import doors
from tests.chains import RunningChain, start_chain
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import Twin
from tests.phases.worlds import world_on

CROWD = 64
WANTED = {"tempo": 360, "min_burn": 500_000, "max_burn": TAO}
FLAT = {**WANTED, "burn_increase_mult": 1 << 64}
Start = Callable[..., RunningChain]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    nodes: list[RunningChain] = []

    def start(*arguments: str) -> RunningChain:
        nodes.append(start_chain(tmp_path / "chain", *arguments, seal="interval"))
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()


class Submissions:
    """The real chain, with the head noted at the first submission, and every refusal."""

    def __init__(self, world: World) -> None:
        self._chain = world.chain
        self.first: int | None = None
        self.refused = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def submit(self, signed: Signed) -> Receipt:
        if self.first is None:
            self.first = -1
            self.first = (await self._chain.head()).number
        try:
            return await self._chain.submit(signed)
        except ExtrinsicRejected:
            self.refused += 1
            raise


async def registered(node: RunningChain, home: Path, **changes: Any) -> tuple[Submissions, Counter[int]]:
    """A crowd of coldkeys, funded, then registered: what was submitted, and how many came in in each block."""
    world = world_on(node, home)
    crowd = tuple(fleets.neuron(f"miner_{number}") for number in range(CROWD))
    fleet = fleets.fleet(*crowd, **changes)
    try:
        assert (await up(fleet, world, [wallets, funding, subnet])).failures == ()
        watched: Any = Submissions(world)
        assert (await up(fleet, replace(world, chain=watched), [registration])).failures == ()
        entries = world.journal.entries()
        asked = {entry["hash"] for entry in entries if entry.get("purpose") == "register"}
        blocks = [e["block"] for e in entries if e.get("result") == "included" and e["hash"] in asked]
        assert len(blocks) == CROWD
        return watched, Counter(blocks)
    finally:
        await world.chain.close()


async def up(fleet: Any, world: World, phases: Sequence[Any]) -> Any:
    return await reconcile.up(fleet, world, confirm=lambda _plan, _cost: None, phases=phases)


@pytest.mark.slow
async def test_64_coldkeys_are_in_within_four_blocks_of_the_first_submission(started: Start, tmp_path: Path) -> None:
    node = started("--block-time", "0.5")
    submitted, blocks = await registered(node, tmp_path, subnet=FLAT)
    assert submitted.first is not None
    assert max(blocks) - submitted.first <= 4, blocks
    assert submitted.refused == 0


WINDOWS = ("--registration", "windows", "--regs-per-block", "4", "--target-regs-per-interval", "30")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_64_coldkeys_are_in_within_20_blocks_where_four_are_let_in_a_block(
    started: Start, tmp_path: Path
) -> None:
    node = started(*WINDOWS, "--adjustment-interval", "360", "--block-time", "1")
    submitted, blocks = await registered(node, tmp_path, subnet=WANTED, deadline_s=240.0)
    assert submitted.first is not None
    assert max(blocks) - submitted.first <= 20, blocks
    assert max(blocks.values()) == 4
    assert submitted.refused <= CROWD // 4, "one that comes a block late finds it full; hardly anybody is refused"


# The door


async def test_without_a_door_nobody_waits() -> None:
    world = Twin().world()
    before = (await world.chain.head()).number
    for _ in range(9):
        await doors.enter(world, 428)
    assert (await world.chain.head()).number == before


@pytest.mark.parametrize("windows", [None, Windows(4, 30, 360, 0, 360, Fraction(0))])
async def test_a_door_lets_so_many_through_a_block(windows: Windows | None) -> None:
    twin = Twin()
    world = twin.world()
    fleet = fleets.fleet(fleets.neuron("miner_1"), subnet={"tempo": 20})
    assert (await up(fleet, world, [wallets, subnet])).failures == ()
    twin.chain.state.subnets[428].hyperparameters["max_regs_per_block"] = 4
    await doors.learn(world, 428, ExtrinsicRejected("no", code="TooManyRegistrationsThisInterval"))
    assert world.turns.door(428).per_block is None
    if windows is None:  # then the first refusal tells
        await doors.learn(world, 428, ExtrinsicRejected("no", code="TooManyRegistrationsThisBlock"))
    entered: list[int] = []

    async def enter() -> None:
        await doors.enter(world, 428, windows)
        entered.append((await world.chain.head()).number)

    await asyncio.gather(*(enter() for _ in range(10)))
    first = min(entered)
    assert Counter(entered) == {first: 4, first + 1: 4, first + 2: 2}
