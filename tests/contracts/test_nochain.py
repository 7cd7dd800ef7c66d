"""The chain of a plan made before its chain runs."""

from __future__ import annotations

import pytest

from netctl.adapters.keystore import KeySigner
from netctl.adapters.nochain import DEV_ACCOUNT, NoChain
from netctl.errors import ChainUnreachable
from netctl.ports import Call, Chain, Signed, Trace, Weights

pytestmark = pytest.mark.fast

CALL = Call("Balances", "transfer_keep_alive", {"dest": DEV_ACCOUNT, "value": 1})


@pytest.fixture
def chain() -> Chain:
    return NoChain("ws://127.0.0.1:9944")


async def test_the_dev_account_is_rich_and_the_rest_of_the_world_empty(chain: Chain) -> None:
    found = await chain.accounts([DEV_ACCOUNT, "5F"])
    assert found[DEV_ACCOUNT].free_rao == 10**15
    assert (found["5F"].free_rao, found["5F"].has_pending) == (0, False)
    assert await chain.subnet(428) is None
    assert await chain.metagraph(428) is None
    assert await chain.subnet_of_owner("5F") is None
    assert (await chain.made_at(await chain.head()), await chain.is_syncing()) == (0.0, False)
    assert await chain.traces(428, [("5H", "5F")]) == {"5H": Trace(0, 0, None)}
    assert await chain.next_epoch(428) is None
    assert await chain.weights(428, [3]) == Weights({3: {}})
    assert (await chain.block_hash(0), await chain.block_hash(1)) == ("0x" + "0" * 64, None)


async def test_prices_are_those_of_a_subnets_first_day(chain: Chain) -> None:
    rule = await chain.burn_rule(428)
    assert rule is not None
    assert (rule.burn_rao, rule.increase_mult, rule.half_life_blocks) == (100_000_000, 1.26, 360)
    assert await chain.has_call("SubtensorModule", "register_limit")
    assert await chain.subnet_cost() > 0
    assert await chain.fee(CALL, DEV_ACCOUNT) > 0


async def test_nothing_can_be_signed_or_sent(chain: Chain) -> None:
    from bittensor_core import Keypair

    alice = KeySigner(Keypair.create_from_uri("//Alice"))
    with pytest.raises(ChainUnreachable, match="not running"):
        await chain.sign(CALL, alice, nonce=0, lifetime_blocks=64)
    with pytest.raises(ChainUnreachable, match="not running"):
        await chain.submit(Signed("0x", b"", alice.ss58, 0, 64, 0))
    with pytest.raises(ChainUnreachable):
        await chain.wait_for_block(1, timeout_s=0)
    assert await chain.find("0x", signer_ss58="5F", nonce=0, first_block=0, last_block=9) is None
    assert await chain.uid(428, "5H") is None


async def test_the_dev_account_is_the_keystores_alice(chain: Chain) -> None:
    from pathlib import Path

    from netctl.adapters.keystore import SdkKeystore

    assert SdkKeystore(Path("nowhere")).dev_signer("//Alice").ss58 == DEV_ACCOUNT
