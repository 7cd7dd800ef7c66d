"""Money: whatever is called, and whatever is emitted, no rao comes from nowhere or goes nowhere."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import bittensor as bt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.devchain.lab import ALICE, BOB, CHARLIE, Signer, make_chain
from tests.devchain.laws import check, check_growth
from tests.devchain.live_chain import ST, TAO, Live

ROUNDS = 200
COUNTED = ("StakeAdded", "StakeRemoved", "NeuronRegistered")


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
    check(live.view)
    outcomes = {True: 0, False: 0}
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        signer = rng.choice(people)
        result = await live.submit(some_call(rng, people, signer), signer)
        outcomes[result.success] += 1
        told.update(live.event_names())
        check(live.view)
    assert min(outcomes.values()) > ROUNDS // 6, outcomes
    assert min(told[f"SubtensorModule.{name}"] for name in COUNTED) >= 3, told
    assert live.chain.status()["unsupported"] == {}


PEOPLE = (ALICE, BOB, CHARLIE)
WHO, NETUID = st.sampled_from(range(len(PEOPLE))), st.sampled_from([0, 1, 1, 2])
AMOUNT = st.one_of(st.integers(1, 10**12), st.sampled_from([1, 2_000_000, 10**9, 10**13, 10**15]))
ACTS = st.one_of(
    st.tuples(st.just("mine"), st.integers(1, 30)),
    st.tuples(st.just("register"), WHO, NETUID),
    st.tuples(st.just("stake"), WHO, WHO, NETUID, AMOUNT),
    st.tuples(st.just("unstake"), WHO, WHO, NETUID, AMOUNT),
    st.tuples(st.just("empty"), WHO, WHO),
    st.tuples(st.just("weigh"), WHO, NETUID, st.lists(st.integers(1, 65_535), min_size=3, max_size=3)),
    st.tuples(st.just("mode"), st.sampled_from(["Burn", "Recycle"])),
)


def act(signers: list[Signer], what: tuple[Any, ...]) -> None:
    """Do one thing and seal it; refusals are as good as successes."""
    kind, *given_ = what
    if kind == "mine":
        unowned = check(signers[0].chain.view())
        for _ in range(given_[0]):
            signers[0].chain.seal()
            before, unowned = unowned, check(signers[0].chain.view())
            check_growth(before, unowned, signers[0].chain.view())
        return
    if kind == "mode":
        call = ("AdminUtils", "sudo_set_recycle_or_burn", {"netuid": 1, "recycle_or_burn": given_[0]})
        signers[0].run(*call)
        return
    signer, rest = signers[given_[0]], given_[1:]
    own = signer.key.ss58_address
    if kind == "register":
        fields = {"hotkey": own} if rest[0] == 0 else {"netuid": rest[0], "hotkey": own}
        signer.run("SubtensorModule", "root_register" if rest[0] == 0 else "burned_register", fields)
    elif kind == "weigh":
        fields = {"netuid": rest[0], "dests": [0, 1, 2], "weights": rest[1], "version_key": 0}
        signer.run("SubtensorModule", "set_weights", fields)
    else:
        hotkey = PEOPLE[rest[0]].ss58_address
        calls = {
            "stake": ("add_stake", "amount_staked"),
            "unstake": ("remove_stake", "amount_unstaked"),
            "empty": ("unstake_all", None),
        }
        name, amount = calls[kind]
        extra = {"netuid": rest[1], amount: rest[2]} if amount else {}
        signer.run("SubtensorModule", name, {"hotkey": hotkey, **extra})


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTS, min_size=5, max_size=40))
def test_emission_and_stake_add_up_to_the_rao_after_every_block(acts: list[tuple[Any, ...]]) -> None:
    chain = make_chain()
    signers = [Signer(chain, key) for key in PEOPLE]
    for at in range(len(signers)):
        act(signers, ("register", at, 1))
        act(signers, ("stake", at, at, 1, 10**13 + 7 * at))
    act(signers, ("stake", 2, 2, 0, 10**13))
    for each in acts:
        act(signers, each)
        check(chain.view())
    act(signers, ("mine", 120))
    assert chain.status()["unsupported"] == {}
    chain.close()
