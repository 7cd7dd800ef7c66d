"""Money: whatever is called, no rao comes from nowhere or goes nowhere."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import bittensor as bt

from netctl.devchain.pallets.ledger import ACCOUNT, TOTAL_ISSUANCE
from netctl.devchain.pallets.subtensor.ownership import netuids, subnet_account
from netctl.devchain.storage import Item
from tests.devchain.live_chain import ST, TAO, Live

ROUNDS = 200
COUNTED = ("StakeAdded", "StakeRemoved", "NeuronRegistered")


def balances(live: Live) -> int:
    return sum(account["data"]["free"] for _, account in ACCOUNT.entries(live.view))


def check(live: Live) -> None:
    """The laws that hold after every block."""
    assert balances(live) == TOTAL_ISSUANCE.get(live.view)
    alpha = Item("SubtensorModule", "TotalHotkeyAlpha")
    shares = Item("SubtensorModule", "TotalHotkeySharesV2")
    for netuid in netuids(live.view):
        assert live.free(subnet_account(netuid)) == live.storage("SubnetTAO", netuid)
        staked = [(keys[0], amount) for keys, amount in alpha.entries(live.view) if keys[1] == netuid]
        assert sum(amount for _, amount in staked) == live.storage("SubnetAlphaOut", netuid)
        for hotkey, amount in staked:
            assert shares.get(live.view, hotkey, netuid)["mantissa"] == amount
    pools = sum(live.storage("SubnetTAO", netuid) for netuid in netuids(live.view))
    assert live.storage("TotalStake") == pools


def some_call(rng: random.Random, people: list[Any], signer: Any) -> Any:
    """Any call of any worth, often one that must fail."""
    other, amount = (
        rng.choice(people),
        rng.choice([1, 499, 10**7, rng.randrange(10**10), rng.randrange(10**12), 10**16]),
    )
    netuid, target = rng.choice([0, 1, 1, 2, 9]), rng.choice([0, 1, 2])
    hotkey = rng.choice([signer, signer, other]).hotkey_address
    return rng.choice(
        [
            bt.calls.Balances.transfer_keep_alive(dest=other.address, value=amount),
            bt.calls.Balances.transfer_allow_death(dest=other.address, value=amount),
            bt.calls.Balances.burn(value=amount % 10**9, keep_alive=True),
            ST.register_limit(netuid=netuid, hotkey=hotkey, limit_price=2**63),
            ST.root_register(hotkey=hotkey),
            ST.register_network(hotkey=hotkey),
            ST.start_call(netuid=netuid),
            ST.try_associate_hotkey(hotkey=hotkey),
            ST.add_stake(hotkey=hotkey, netuid=netuid, amount_staked=amount),
            ST.add_stake_limit(
                hotkey=hotkey, netuid=netuid, amount_staked=amount, limit_price=TAO + 10**6, allow_partial=True
            ),
            ST.remove_stake(hotkey=hotkey, netuid=netuid, amount_unstaked=amount),
            ST.unstake_all(hotkey=hotkey),
            ST.swap_stake(hotkey=hotkey, origin_netuid=netuid, destination_netuid=target, alpha_amount=amount),
            ST.transfer_stake(
                destination_coldkey=other.address,
                hotkey=hotkey,
                origin_netuid=netuid,
                destination_netuid=target,
                alpha_amount=amount,
            ),
        ]
    )


async def test_no_rao_is_lost_in_a_random_sequence_of_calls(live: Live) -> None:
    rng = random.Random(20_261_122)
    people = [live.funded(f"//Person{at}", tao=5_000) for at in range(5)]
    check(live)
    outcomes = {True: 0, False: 0}
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        signer = rng.choice(people)
        result = await live.submit(some_call(rng, people, signer), signer)
        outcomes[result.success] += 1
        told.update(live.event_names())
        check(live)
    assert min(outcomes.values()) > ROUNDS // 6, outcomes
    assert min(told[f"SubtensorModule.{name}"] for name in COUNTED) >= 3, told
    assert live.chain.status()["unsupported"] == {}
