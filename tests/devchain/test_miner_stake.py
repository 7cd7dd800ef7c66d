"""Many epochs in which miners earn: whether that makes validators of them, by the chain's option."""

from __future__ import annotations

from typing import Literal

import pytest
from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.pallet import Origin
from netctl.devchain.pallets.subtensor import vectors
from netctl.devchain.pallets.subtensor.shares import hotkey_alpha
from netctl.devchain.storage import Frame
from tests.devchain.lab import ALICE, TAO, make_chain
from tests.devchain.laws import check

NETUID, TEMPO, EPOCHS = 1, 20, 200
RESI_LIMIT_RAO = 300 * TAO
STAKE_RAO = 310 * TAO
KEYS = [Keypair.create_from_uri(f"//{name}").ss58_address for name in ("V1", "V2", "V3", "M1", "M2")]
VALIDATORS, MINERS = range(3), range(3, 5)


def by_root(chain: Chain, *calls: tuple[str, str, str | None, dict[str, object]]) -> None:
    """Calls as anybody, in one block."""

    def act(frame: Frame) -> None:
        for pallet, function, who, arguments in calls:
            args = [{"name": name, "value": value} for name, value in arguments.items()]
            call = {"call_module": pallet, "call_function": function, "call_args": args}
            frame.dispatch(call, Origin("root") if who is None else Origin.of(who))

    chain.seal(act)


def a_subnet(miner_stake: Literal["own", "owner"]) -> Chain:
    """Three validators with the plan's stake and two miners."""
    chain = make_chain(miner_stake=miner_stake, endow=tuple((key, 1_000 * TAO) for key in KEYS))
    by_root(
        chain,
        ("AdminUtils", "sudo_set_tempo", None, {"netuid": NETUID, "tempo": TEMPO}),
        ("AdminUtils", "sudo_set_weights_set_rate_limit", None, {"netuid": NETUID, "weights_set_rate_limit": 0}),
        ("AdminUtils", "sudo_set_min_allowed_weights", None, {"netuid": NETUID, "min_allowed_weights": 1}),
    )
    for key in KEYS:
        by_root(chain, ("SubtensorModule", "burned_register", key, {"netuid": NETUID, "hotkey": key}))
    stake = {"netuid": NETUID, "amount_staked": STAKE_RAO}
    by_root(chain, *(("SubtensorModule", "add_stake", key, {**stake, "hotkey": key}) for key in KEYS[:3]))
    chain.seal_many(TEMPO)
    return chain


@pytest.mark.parametrize("miner_stake", ["own", "owner"])
@pytest.mark.slow
def test_what_miners_earn_gives_them_a_permit_or_not(miner_stake: Literal["own", "owner"]) -> None:
    chain = a_subnet(miner_stake)
    weights = {"netuid": NETUID, "dests": [*MINERS], "weights": [2, 1], "version_key": 0}
    ever: set[int] = set()
    for _ in range(EPOCHS):
        by_root(chain, *(("SubtensorModule", "set_weights", KEYS[at], weights) for at in VALIDATORS))
        chain.seal_many(TEMPO)
        permits = vectors.VALIDATOR_PERMIT.read(chain.view(), NETUID)
        ever |= {uid for uid in MINERS if permits[uid]}
        assert [permits[uid] for uid in VALIDATORS] == [1, 1, 1]
    view = chain.view()
    earned = [hotkey_alpha(view, KEYS[uid], NETUID) for uid in MINERS]
    if miner_stake == "own":
        assert ever == {*MINERS}
        assert max(earned) > RESI_LIMIT_RAO, "and enough stake to be taken for validators"
    else:
        assert ever == set()
        assert earned == [0, 0]
        assert hotkey_alpha(view, ALICE.ss58_address, NETUID) > RESI_LIMIT_RAO
    assert all(vectors.INCENTIVE.read(view, NETUID)[uid] for uid in MINERS)
    check(view)
    chain.close()
