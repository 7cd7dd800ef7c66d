"""The older registration regime: caps per block and interval, and one adjustment of price or difficulty at its end."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Any

import bittensor as bt
import pytest
from bittensor_core import Keypair
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, windows
from netctl.devchain.pallets.subtensor.pow import difficulty, seal
from netctl.devchain.storage import Item
from tests.devchain.lab import Signer, events, make_chain
from tests.devchain.live_chain import ADMIN, ST, TAO, Live, wallet

API = bt.runtime_api.SubnetInfoRuntimeApi
PRICE_RAO = 100_000_000
NETUID = 1


def storage(chain: Chain, name: str) -> Any:
    return Item("SubtensorModule", name).get(chain.view(), NETUID)


class Crowd:
    """Coldkeys with TAO, each registering one hotkey after the other."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.made = 0

    def submit(self, count: int) -> None:
        """Registrations of distinct coldkeys into the pool."""
        keys = [Keypair.create_from_uri(f"//Crowd{self.made + at}") for at in range(count)]
        self.made += count
        for key in keys:
            self.chain.seal(lambda frame, key=key: ledger.mint(frame, key.ss58_address, 1000 * TAO))
        for key in keys:
            hotkey = Keypair.create_from_uri(f"//Crowd//{key.ss58_address}").ss58_address
            call = ("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": hotkey})
            self.chain.submit(Signer(self.chain, key).bytes(call))


def failures(chain: Chain) -> list[str | None]:
    """What became of the head block's extrinsics after the inherent: None for success, else the failure."""
    found: list[str | None] = []
    for event in events(chain):
        if event["event_id"] == "ExtrinsicSuccess" and event["extrinsic_idx"]:
            found.append(None)
        elif event["event_id"] == "ExtrinsicFailed":
            found.append(str(event["attributes"]))
    return found


def chain_of(**options: Any) -> Chain:
    return make_chain(registration="windows", **options)


def test_a_block_takes_only_its_cap() -> None:
    chain = chain_of()
    Crowd(chain).submit(3)
    chain.seal()
    assert storage(chain, "SubnetworkN") == 1 == storage(chain, "RegistrationsThisBlock")
    assert [each is None for each in failures(chain)] == [True, False, False]


def test_an_interval_takes_three_times_its_target_and_the_next_one_as_many_again() -> None:
    chain = chain_of(regs_per_block=100, target_regs_per_interval=1, adjustment_interval=20)
    crowd = Crowd(chain)
    crowd.submit(5)
    chain.seal()
    assert storage(chain, "SubnetworkN") == 3 == storage(chain, "BurnRegistrationsThisInterval")
    while chain.head.number % 20:
        chain.seal()
    assert storage(chain, "RegistrationsThisInterval") == 0 == storage(chain, "BurnRegistrationsThisInterval")
    crowd.submit(5)
    chain.seal()
    assert storage(chain, "SubnetworkN") == 6


def test_the_price_stands_still_within_an_interval_and_moves_at_its_end() -> None:
    chain = chain_of(regs_per_block=100, adjustment_interval=30, target_regs_per_interval=2)
    Crowd(chain).submit(6)
    chain.seal()
    assert storage(chain, "Burn") == PRICE_RAO
    while chain.head.number < 29:
        chain.seal()
    assert storage(chain, "Burn") == PRICE_RAO
    chain.seal()
    assert storage(chain, "LastAdjustmentBlock") == 30
    assert storage(chain, "Burn") == PRICE_RAO * (6 + 2) // 4
    difficulty = storage(chain, "Difficulty")
    for _ in range(30):
        chain.seal()
    assert storage(chain, "Burn") == PRICE_RAO * (6 + 2) // 4 // 2, "nobody came by either way: both fall"
    assert storage(chain, "Difficulty") == difficulty // 2


CASES = [
    # burned, proved, target -> which way's price moves, and up or down
    pytest.param(5, 1, 2, {"Burn": 1}, id="many, mostly burned: the burn rises"),
    pytest.param(1, 5, 2, {"Difficulty": 1}, id="many, mostly proved: the difficulty rises"),
    pytest.param(3, 3, 2, {"Burn": 1, "Difficulty": 1}, id="many, evenly: both rise"),
    pytest.param(1, 0, 2, {"Difficulty": -1}, id="few, mostly burned: the difficulty falls"),
    pytest.param(0, 1, 2, {"Burn": -1}, id="few, mostly proved: the burn falls"),
    pytest.param(0, 0, 2, {"Burn": -1, "Difficulty": -1}, id="none: both fall"),
    pytest.param(1, 1, 2, {}, id="on target: neither moves"),
]


@pytest.mark.parametrize(("burned", "proved", "target", "moves"), CASES)
def test_what_moves_at_an_intervals_end(burned: int, proved: int, target: int, moves: dict[str, int]) -> None:
    chain = chain_of(adjustment_interval=10, target_regs_per_interval=target)
    before = {name: storage(chain, name) for name in ("Burn", "Difficulty")}

    def counted(frame: Any) -> None:
        items.REGISTRATIONS_THIS_INTERVAL.put(frame, burned + proved, NETUID)
        items.BURN_REGISTRATIONS.put(frame, burned, NETUID)
        items.POW_REGISTRATIONS.put(frame, proved, NETUID)

    chain.seal(counted)
    while chain.head.number < 10:
        chain.seal()
    for name, was in before.items():
        now = storage(chain, name)
        assert (now > was) - (now < was) == moves.get(name, 0), name
        if name in moves:
            assert now == was * (burned + proved + target) // (2 * target)


def test_adjustments_stop_at_the_bounds() -> None:
    chain = chain_of(adjustment_interval=1)
    for _ in range(30):
        chain.seal()
    assert storage(chain, "Burn") == storage(chain, "MinBurn") == 500_000
    assert storage(chain, "Difficulty") == storage(chain, "MinDifficulty") == 1


@given(
    st.integers(0, 10**14),
    st.integers(0, 1000),
    st.integers(1, 1000),
    st.integers(0, (1 << 64) - 1),
)
def test_adjustment_is_the_smoothed_ratio(current: int, actual: int, target: int, alpha: int) -> None:
    share = Fraction(alpha, (1 << 64) - 1)
    exact = share * current + (1 - share) * current * Fraction(actual + target, 2 * target)
    # 18 fractional bits of a share of alpha are what the runtime has
    slack = Fraction(max(current, current * (actual + target) // (2 * target)), 1 << 17) + 2
    assert abs(windows.adjusted(current, actual, target, alpha) - exact) <= slack


def test_a_smoothing_of_one_half_keeps_half_of_the_old_value() -> None:
    assert windows.adjusted(1000, 6, 2, (1 << 63) - 1) in (1499, 1500)
    assert windows.adjusted(1000, 6, 2, 0) == 2000
    assert windows.adjusted(1000, 6, 2, (1 << 64) - 1) == 1000


def test_under_todays_rule_neither_cap_holds_and_every_registration_raises_the_price() -> None:
    chain = make_chain()
    Crowd(chain).submit(10)
    chain.seal()
    assert storage(chain, "SubnetworkN") == 10
    assert storage(chain, "Burn") > 9 * PRICE_RAO
    assert storage(chain, "LastAdjustmentBlock") == 0


def test_epochs_leave_the_intervals_count_alone() -> None:
    chain = chain_of(regs_per_block=10, adjustment_interval=1000)
    Crowd(chain).submit(4)
    chain.seal()
    for _ in range(220):
        chain.seal()
    assert storage(chain, "SubnetEpochIndex") >= 2
    assert storage(chain, "RegistrationsThisInterval") == 4


def test_proofs_of_work_count_against_the_same_caps() -> None:
    chain = chain_of(target_regs_per_interval=1, regs_per_block=10, adjustment_interval=1000)
    chain.seal(lambda frame: items.POW_REGISTRATION_ALLOWED.put(frame, True, NETUID))
    for at in range(4):
        chain.seal()
        key = Keypair.create_from_uri(f"//Prover{at}")
        work_block = chain.head.number
        proof = _prove(chain, work_block, key.ss58_address)
        call = ("SubtensorModule", "pow_register", {"netuid": NETUID, "work_block": work_block, **proof})
        if at == 3:
            with pytest.raises(Exception, match="Custom error"):
                chain.submit(Signer(chain, key).bytes(call))
        else:
            chain.submit(Signer(chain, key).bytes(call))
            chain.seal()
            assert storage(chain, "POWRegistrationsThisInterval") == at + 1


def _prove(chain: Chain, work_block: int, address: str) -> dict[str, Any]:
    block_hash = chain.block_hash(work_block)
    assert block_hash is not None
    for nonce in range(1_000_000):
        work = seal(NETUID, block_hash, address, address, nonce)
        if int.from_bytes(work, "little") * difficulty(chain.view(), NETUID) < 1 << 256:
            return {"nonce": nonce, "work": "0x" + work.hex(), "hotkey": address}
    raise AssertionError("no proof found")


class TestClients:
    """The SDK on a chain of the older regime."""

    @pytest.fixture
    def chain_options(self) -> ChainOptions:
        return ChainOptions(seal="manual", registration="windows")

    async def test_only_so_many_register_in_a_block_and_the_sdk_hears_why(self, live: Live) -> None:
        miners = [live.funded(f"//Miner{at}") for at in range(3)]
        waiting = [
            asyncio.create_task(
                live.submit(ST.register_limit(netuid=1, hotkey=each.hotkey_address, limit_price=2**63), each)
            )
            for each in miners
        ]
        while len(live.chain.pool) < len(miners):  # noqa: ASYNC110  the pool has no event to wait for
            await asyncio.sleep(0)
        live.mine()
        results = await asyncio.gather(*waiting)
        assert sorted(result.success for result in results) == [False, False, True]
        names = {result.error.name for result in results if not result.success}
        assert names == {"TooManyRegistrationsThisBlock"}


class TestCapsAsHyperparameters:
    """Set by root, read by clients."""

    @pytest.fixture
    def chain_options(self) -> ChainOptions:
        return ChainOptions(seal="instant", registration="windows")

    async def test_caps_are_set_and_read_back_and_hold(self, live: Live) -> None:
        await live.sudo(ADMIN.sudo_set_max_registrations_per_block(netuid=1, max_registrations_per_block=7))
        await live.sudo(ADMIN.sudo_set_target_registrations_per_interval(netuid=1, target_registrations_per_interval=1))
        await live.sudo(ADMIN.sudo_set_adjustment_interval(netuid=1, adjustment_interval=400))
        told = await live.client.runtime(API.get_subnet_hyperparams, [1])
        assert (told["max_regs_per_block"], told["target_regs_per_interval"]) == (7, 1)
        assert told["adjustment_interval"] == 400
        for at in range(3):
            await live.register(live.funded(f"//Miner{at}"))
        late = live.funded("//Late")
        call = ST.register_limit(netuid=1, hotkey=late.hotkey_address, limit_price=2**63)
        assert await live.refused(call, late) == "TooManyRegistrationsThisInterval"
        live.mine(400)
        assert await live.register(wallet("//Late")) == 3
