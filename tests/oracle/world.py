"""Several subnets on one chain, each with people of its own, and blocks of which everything is predicted."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction

from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.frame import BlockFrame
from netctl.devchain.storage import Item, View
from tests.devchain import laws
from tests.devchain.lab import ALICE, make_chain
from tests.oracle import market, reading
from tests.oracle.coinbase import averaged_price, emission_rao, emit
from tests.oracle.compare import assert_epoch, expected
from tests.oracle.stage import Stage, founded

NEAR_RAO = 4


@dataclass
class Subnet:
    """Two validators, two miners, and one of the owner's by their uids."""

    stage: Stage
    validators: list[int]
    miners: list[int]
    owned: int

    @property
    def netuid(self) -> int:
        return self.stage.netuid


@dataclass
class World:
    """A chain with some subnets, where all blocks that are mined are predicted."""

    chain: Chain
    rng: random.Random
    subnets: list[Subnet] = field(default_factory=list)
    epochs: int = 0
    shares: set[tuple[Fraction, ...]] = field(default_factory=set)

    def add(self, stage: Stage, owner: Keypair) -> None:
        stage.root("sudo_set_tempo", netuid=stage.netuid, tempo=self.rng.randint(18, 40))
        validators = [stage.neuron(stake_tao=self.rng.randint(1, 3_000)) for _ in range(2)]
        miners = [stage.neuron() for _ in range(2)]
        self.subnets.append(Subnet(stage, validators, miners, stage.neuron(owner)))

    @property
    def netuids(self) -> list[int]:
        return [subnet.netuid for subnet in self.subnets]

    def mine(self, blocks: int) -> None:
        """Empty blocks, each of them predicted."""
        for _ in range(blocks):
            self.mine_one()

    def mine_one(self) -> None:
        before = self.chain.view()
        traded, block = reading.market(before), before.block + 1
        pools = {netuid: reading.pool(before, netuid) for netuid in self.netuids}
        averages = {n: reading.fixed(reading.read(before, "SubnetMovingPrice", n), 32) for n in self.netuids}
        due = [netuid for netuid in self.netuids if reading.is_due(before, netuid)]
        due = due[: reading.read(before, "MaxEpochsPerBlock")]
        epochs = [expected(before, netuid, block) for netuid in due]
        lost = laws.check(before)
        self.chain.seal()
        after = self.chain.view()
        for told in epochs:
            assert_epoch(after, told)
        assert sorted(due) == [n for n in self.netuids if reading.read(after, "LastEpochBlock", n) == block]
        laws.check_growth(lost, laws.check(after), after)
        gate = reading.fixed(reading.read(after, "EmissionGateBar"), 64)
        assert abs(gate - market.bar(traded)) <= Fraction(1, 2**48), (float(gate), float(market.bar(traded)))
        for netuid in traded.claims:
            emission = emit(pools[netuid])
            for name, amount in (
                ("SubnetTaoInEmission", emission.tao_in),
                ("SubnetExcessTao", emission.excess_tao),
                ("SubnetAlphaInEmission", emission.alpha_in),
                ("SubnetAlphaOutEmission", emission.alpha_out),
            ):
                found = reading.read(after, name, netuid)
                assert abs(found - amount) <= NEAR_RAO, (name, netuid, found, float(amount))
            moved = averaged_price(averages[netuid], reading.price(after, netuid), **reading.averaging(after, netuid))
            average = reading.fixed(reading.read(after, "SubnetMovingPrice", netuid), 32)
            assert abs(average - moved) <= Fraction(4, 2**32)
        assert_issued(before, after, traded)
        self.epochs += len(due)
        self.shares.add(tuple(sorted(market.shares(traded).values())))


def assert_issued(before: View, after: View, traded: market.Market) -> None:
    """As much TAO came as a block has, but for two roundings in each subnet; none if nobody may have any."""
    stood, stands = (Item("Balances", "TotalIssuance").get(view) for view in (before, after))
    most = emission_rao(stood) if any(claim.has_tao for claim in traded.claims.values()) else 0
    assert max(0, most - 2 * len(traded.claims)) <= stands - stood <= most


def set_up(seed: int, subnets: int) -> World:
    world = World(make_chain(), random.Random(seed))
    world.add(Stage(world.chain), ALICE)
    for number in range(2, subnets + 1):
        stage = founded(world.chain, f"Founder{number}")
        world.add(stage, stage.coldkeys[0])
    return world


def collide(world: World) -> int:
    """Have the next epochs of all subnets fall into one block; gives its number."""
    for subnet in world.subnets:
        subnet.stage.root("sudo_set_tempo", netuid=subnet.netuid, tempo=12)

    def now(frame: BlockFrame) -> None:
        for netuid in world.netuids:
            for name, value in (("BlocksSinceLastStep", 0), ("LastEpochBlock", frame.block)):
                Item("SubtensorModule", name).put(frame, value, netuid)

    world.chain.seal(now)
    return world.chain.head.number + 12


def put_by_force(world: World, name: str, value: object, *keys: int) -> None:
    world.chain.seal(lambda frame: Item("SubtensorModule", name).put(frame, value, *keys))
