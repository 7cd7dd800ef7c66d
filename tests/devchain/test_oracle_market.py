"""Several subnets over many blocks: how they share the TAO, and what their epochs pay, predicted block by block."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.frame import BlockFrame
from netctl.devchain.storage import Item, View
from tests.devchain import laws
from tests.devchain.lab import ALICE, events, make_chain
from tests.oracle import market, reading
from tests.oracle.coinbase import averaged_price, emission_rao, emit
from tests.oracle.compare import assert_epoch, expected
from tests.oracle.stage import Stage, founded

NEAR_RAO = 4
ONE_Q64 = 1 << 64


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


def set_prices_apart(world: World) -> None:
    """Pools of other depths, and averages that soon follow their prices."""
    put_by_force(world, "SubnetMovingAlpha", {"bits": 1 << 27})
    for subnet in world.subnets:
        subnet.stage.root("sudo_set_ema_price_halving_period", netuid=subnet.netuid, ema_halving=20)
        alpha = int(subnet.stage.read("SubnetAlphaIn") * (1 + 20 * world.rng.random()))
        put_by_force(world, "SubnetAlphaIn", alpha, subnet.netuid)
        reprice(world, subnet)


def vote(world: World, subnet: Subnet) -> None:
    stage, permits = subnet.stage, subnet.stage.read("ValidatorPermit")
    for uid in subnet.validators:
        if permits[uid]:
            whom = world.rng.sample([*subnet.miners, subnet.owned], world.rng.randint(1, 3))
            stage.weights(uid, {miner: world.rng.randint(1, 65_535) for miner in whom})


def trade(world: World, subnet: Subnet) -> None:
    stage, who = subnet.stage, world.rng.choice(subnet.validators)
    tao, netuid = world.rng.choice([5, 500, 5_000]), world.rng.choice([0, subnet.netuid])
    stage.stake(stage.coldkeys[who], stage.hotkeys[who], tao, netuid=netuid)


def take_seat(world: World, subnet: Subnet) -> None:
    stage, who = subnet.stage, subnet.validators[0]
    hotkey = stage.hotkeys[who].ss58_address
    if reading.read(stage.chain.view(), "Uids", 0, hotkey) is None:
        stage.call(stage.coldkeys[who], "root_register", hotkey=hotkey)
        stage.stake(stage.coldkeys[who], stage.hotkeys[who], world.rng.randint(1_000, 60_000), netuid=0)


def reprice(world: World, subnet: Subnet) -> None:
    put_by_force(world, "SubnetMovingPrice", {"bits": int(2 ** (32 - 6 * world.rng.random()))}, subnet.netuid)


def switch_tao(world: World, subnet: Subnet) -> None:
    subnet.stage.root("sudo_set_subnet_emission_enabled", netuid=subnet.netuid, enabled=world.rng.random() < 0.75)


def switch_open(world: World, subnet: Subnet) -> None:
    is_open = world.rng.random() < 0.75
    subnet.stage.root("sudo_set_network_registration_allowed", netuid=subnet.netuid, registration_allowed=is_open)


def switch_fate(world: World, subnet: Subnet) -> None:
    fate = world.rng.choice(["Burn", "Recycle"])
    subnet.stage.root("sudo_set_recycle_or_burn", netuid=subnet.netuid, recycle_or_burn=fate)


def move_gate(world: World, subnet: Subnet) -> None:
    what = world.rng.randrange(3)
    if what == 0:
        subnet.stage.root("sudo_set_emission_bar_rank", rank=world.rng.choice([0, 1, 2, 32]))
    elif what == 1:
        quantile = world.rng.randint(ONE_Q64 // 5, ONE_Q64 - 1)
        subnet.stage.root("sudo_set_emission_bar_quantile", quantile={"bits": quantile})
    else:
        exponent = world.rng.choice([1, 2, 3, 4.5])
        subnet.stage.root("sudo_set_emission_gate_exponent", exponent={"bits": int(exponent * ONE_Q64)})


ACTS: tuple[Callable[[World, Subnet], None], ...] = (
    vote,
    vote,
    trade,
    take_seat,
    reprice,
    switch_tao,
    switch_open,
    switch_fate,
    move_gate,
)


def play(seed: int, subnets: int, rounds: int) -> None:
    world = set_up(seed, subnets)
    set_prices_apart(world)
    try:
        for _ in range(rounds):
            for _ in range(world.rng.randint(1, 3)):
                world.rng.choice(ACTS)(world, world.rng.choice(world.subnets))
            world.mine(world.rng.randint(2, 14))
        assert world.epochs > rounds // 5
        assert len(world.shares) > rounds // 3, "the split has to move, or nothing was tried"
        assert world.chain.head.number > market.INTERVAL_BLOCKS or rounds < 40
    finally:
        world.chain.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_subnets_share_a_blocks_tao_as_predicted(seed: int) -> None:
    play(seed, subnets=3, rounds=25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 16))
def test_subnets_share_the_tao_of_many_blocks_as_predicted(seed: int) -> None:
    play(seed, subnets=5, rounds=90)


def test_subnet_whose_owner_mines_has_less_of_the_tao_from_its_next_epoch_on() -> None:
    """MinerBurned is found at an epoch and counts from the block after it."""
    world = set_up(seed=7, subnets=2)
    honest, greedy = world.subnets
    world.mine(max(subnet.stage.blocks_to_epoch() for subnet in world.subnets) + 1)
    for subnet, whom in ((honest, honest.miners[:1]), (greedy, [greedy.miners[0], greedy.owned])):
        for uid in subnet.validators:
            subnet.stage.weights(uid, dict.fromkeys(whom, 1))
    while greedy.stage.read("MinerBurned")["bits"] == 0:
        before = market.shares(reading.market(world.chain.view()))
        world.mine(1)
    assert reading.fixed(greedy.stage.read("MinerBurned"), 32) == pytest.approx(0.5, rel=1e-3)
    assert float(before[2]) == pytest.approx(0.5, rel=1e-2)
    world.mine(30)
    assert honest.stage.read("MinerBurned")["bits"] == 0
    tao = [
        sum(subnet.stage.read(name) for name in ("SubnetTaoInEmission", "SubnetExcessTao")) for subnet in world.subnets
    ]
    # Demand is two thirds to one third now, and the gate favours the greater.
    assert tao[0] > 2 * tao[1] > 0
    world.chain.close()


def test_epochs_that_collide_are_put_off_block_by_block_and_lose_nothing() -> None:
    """Two in a block; the rest are due again in the next, and pay what has come since too."""
    world = set_up(seed=3, subnets=5)
    world.subnets[0].stage.root("sudo_set_max_epochs_per_block", max_epochs_per_block=2)
    for subnet in world.subnets:
        vote(world, subnet)
    due = collide(world)
    while world.chain.head.number < due - 1:
        world.mine(1)
    deferred, ran = {}, {}
    for block in range(due, due + 4):
        world.mine(1)
        told = [each["attributes"] for each in events(world.chain) if each["event_id"] == "EpochDeferred"]
        deferred[block] = [(each["netuid"], each["from_block"], each["to_block"]) for each in told]
        ran[block] = [n for n in world.netuids if reading.read(world.chain.view(), "LastEpochBlock", n) == block]
    assert ran == {due: [1, 2], due + 1: [3, 4], due + 2: [5], due + 3: []}
    assert deferred == {
        due: [(netuid, due, due + 1) for netuid in (3, 4, 5)],
        due + 1: [(5, due + 1, due + 2)],
        due + 2: [],
        due + 3: [],
    }
    for netuid in world.netuids:
        assert reading.read(world.chain.view(), "PendingEpochAt", netuid) == 0
    world.mine(12)
    later = [reading.read(world.chain.view(), "LastEpochBlock", netuid) for netuid in world.netuids]
    assert later == [due + 12, due + 12, due + 13, due + 13, due + 14], "each has a tempo from when it ran"
    world.chain.close()


def test_commitment_while_an_epoch_is_put_off_belongs_to_that_epoch() -> None:
    world = set_up(seed=4, subnets=2)
    stage = world.subnets[1].stage
    stage.root("sudo_set_max_epochs_per_block", max_epochs_per_block=1)
    stage.root("sudo_set_commit_reveal_weights_enabled", netuid=2, enabled=True)
    due = collide(world)
    while world.chain.head.number < due - 1:
        world.mine(1)
    epoch, uid = stage.read("SubnetEpochIndex"), world.subnets[1].validators[0]
    sealed = {"commit": b"sealed", "reveal_round": 10, "commit_reveal_version": 4}
    stage.call(stage.hotkeys[uid], "commit_timelocked_weights", netuid=2, **sealed)
    assert (world.chain.head.number, stage.read("LastEpochBlock")) == (due, due - 12)
    assert list(reading.entries(world.chain.view(), "TimelockedWeightCommits", 2)) == [epoch + 1]
    world.mine(1)
    assert stage.read("SubnetEpochIndex") == epoch + 1
    while stage.read("SubnetEpochIndex") < epoch + 2:
        world.mine(1)
    assert list(reading.entries(world.chain.view(), "TimelockedWeightCommits", 2)) == [epoch + 1], (
        "it may be opened now"
    )
    while stage.read("SubnetEpochIndex") < epoch + 3:
        world.mine(1)
    assert list(reading.entries(world.chain.view(), "TimelockedWeightCommits", 2)) == [], "and now never"
    world.chain.close()
