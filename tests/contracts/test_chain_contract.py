"""What every Chain promises, on the real SDK against the embedded chain."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import KeySigner, SdkKeystore
from netctl.errors import ChainError, ChainUnreachable, ExtrinsicRejected
from netctl.ports import Call, Chain, Staked
from tests.chains import ALICE, TAO, RunningChain

NETUID = 428


@pytest.fixture
async def chain(devchain: RunningChain) -> AsyncIterator[SdkChain]:
    chain = SdkChain(devchain.url, genesis=devchain.genesis, deadline_s=10)
    yield chain
    await chain.close()


@pytest.fixture
def keys(tmp_path: object) -> SdkKeystore:
    from pathlib import Path

    return SdkKeystore(Path(str(tmp_path)) / "wallets")


def signer(keys: SdkKeystore, name: str = "//Alice") -> KeySigner:
    return keys.dev_signer(name)


def stranger(keys: SdkKeystore) -> KeySigner:
    """An account that nobody has used."""
    return keys.dev_signer(f"//{secrets.token_hex(8)}")


def transfer(to: str, rao: int) -> Call:
    return Call("Balances", "transfer_keep_alive", {"dest": to, "value": rao})


async def send(chain: Chain, call: Call, by: KeySigner) -> object:
    account = (await chain.accounts([by.ss58]))[by.ss58]
    return await chain.submit(await chain.sign(call, by, nonce=account.next_nonce, lifetime_blocks=64))


async def with_subnet(chain: Chain, keys: SdkKeystore) -> KeySigner:
    """The owner's hotkey of subnet 428, which is made if this is the first test to need it."""
    owner = signer(keys, "//Owner")
    if await chain.subnet(NETUID) is None:
        await send(chain, Call("SubtensorModule", "register_network", {"hotkey": owner.ss58}), signer(keys))
        await send(chain, Call("SubtensorModule", "start_call", {"netuid": NETUID}), signer(keys))
    return owner


async def test_identity_of_the_chain_is_what_it_says(chain: SdkChain, devchain: RunningChain) -> None:
    assert await chain.genesis_hash() == devchain.genesis
    assert await chain.block_time_s() == 0.25
    assert await chain.spec_version() == 461
    head, final = await chain.head(), await chain.finalized()
    assert final.number <= head.number
    assert head.hash == devchain.rpc("chain_getBlockHash", head.number)


async def test_a_block_tells_when_it_was_made_and_the_node_that_it_is_not_behind(
    chain: SdkChain, devchain: RunningChain
) -> None:
    head = await chain.head()
    assert await chain.made_at(head) == devchain.rpc("dev_status")["now_ms"] / 1000
    devchain.mine(4)
    assert await chain.made_at(await chain.head()) - await chain.made_at(head) == pytest.approx(4 * 0.25)
    assert not await chain.is_syncing()


async def test_accounts_come_in_one_answer_and_unknown_ones_are_empty(chain: SdkChain, keys: SdkKeystore) -> None:
    unknown = stranger(keys).ss58
    found = await chain.accounts([ALICE, unknown, ALICE])
    assert set(found) == {ALICE, unknown}
    assert found[ALICE].free_rao > 1000 * TAO
    assert (found[unknown].free_rao, found[unknown].nonce, found[unknown].has_pending) == (0, 0, False)
    assert await chain.accounts([]) == {}


async def test_a_transfer_arrives_and_costs_its_fee(chain: SdkChain, keys: SdkKeystore) -> None:
    alice, to = signer(keys), stranger(keys).ss58
    before = (await chain.accounts([ALICE]))[ALICE]
    signed = await chain.sign(transfer(to, 3 * TAO), alice, nonce=before.next_nonce, lifetime_blocks=64)
    receipt = await chain.submit(signed)
    after = await chain.accounts([ALICE, to])
    assert receipt.extrinsic_hash == signed.hash
    assert receipt.fee_rao == signed.fee_rao > 0
    assert after[to].free_rao == 3 * TAO
    assert after[ALICE].free_rao == before.free_rao - 3 * TAO - receipt.fee_rao
    assert after[ALICE].nonce == before.nonce + 1
    assert ("System", "ExtrinsicSuccess") in [event[:2] for event in receipt.events]


async def test_signing_sends_nothing_and_says_when_it_ends(chain: SdkChain, keys: SdkKeystore) -> None:
    alice, to = signer(keys), stranger(keys).ss58
    before = (await chain.accounts([ALICE]))[ALICE]
    final = await chain.finalized()
    signed = await chain.sign(transfer(to, TAO), alice, nonce=before.next_nonce, lifetime_blocks=16)
    assert signed.last_block == final.number + 15
    assert (await chain.accounts([ALICE]))[ALICE] == before
    assert (
        await chain.find(
            signed.hash, signer_ss58=ALICE, nonce=signed.nonce, first_block=final.number, last_block=signed.last_block
        )
        is None
    )


@pytest.mark.parametrize("lifetime", [0, 3, 63, 100, 8192])
async def test_a_lifetime_that_is_no_power_of_two_is_refused(chain: SdkChain, keys: SdkKeystore, lifetime: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        await chain.sign(transfer(ALICE, 1), signer(keys), nonce=0, lifetime_blocks=lifetime)


async def test_the_last_block_of_an_era_takes_the_extrinsic_and_the_next_does_not(
    still_chain: RunningChain, keys: SdkKeystore
) -> None:
    chain = SdkChain(still_chain.url, deadline_s=10)
    outcomes = []
    for blocks_before in (15, 16):
        nonce = (await chain.accounts([ALICE]))[ALICE].nonce
        call = transfer(stranger(keys).ss58, TAO)
        signed = await chain.sign(call, signer(keys), nonce=nonce, lifetime_blocks=16)
        still_chain.mine(blocks_before - 1)
        still_chain.rpc("author_submitExtrinsic", "0x" + signed.raw.hex()) if blocks_before == 15 else None
        still_chain.mine()
        outcomes.append((await chain.accounts([ALICE]))[ALICE].nonce - nonce)
        if blocks_before == 16:
            with pytest.raises(ExtrinsicRejected):
                await chain.submit(signed)
    await chain.close()
    assert outcomes == [1, 0]


async def test_a_refusal_in_a_block_has_the_runtimes_name_and_its_fee(chain: SdkChain, keys: SdkKeystore) -> None:
    await with_subnet(chain, keys)
    with pytest.raises(ExtrinsicRejected) as refused:
        await send(chain, Call("SubtensorModule", "start_call", {"netuid": NETUID}), signer(keys))
    assert refused.value.code == "FirstEmissionBlockNumberAlreadySet"
    assert refused.value.fee_rao > 0


async def test_a_refusal_of_the_pool_costs_nothing_and_has_a_name(chain: SdkChain, keys: SdkKeystore) -> None:
    poor = stranger(keys)
    signed = await chain.sign(transfer(ALICE, 1), poor, nonce=0, lifetime_blocks=64)
    with pytest.raises(ExtrinsicRejected) as refused:
        await chain.submit(signed)
    assert (refused.value.code, refused.value.fee_rao) == ("Payment", 0)


async def test_a_nonce_used_before_is_refused_as_stale(chain: SdkChain, keys: SdkKeystore) -> None:
    await send(chain, transfer(stranger(keys).ss58, TAO), signer(keys))
    with pytest.raises(ExtrinsicRejected) as refused:
        await chain.submit(await chain.sign(transfer(ALICE, 1), signer(keys), nonce=0, lifetime_blocks=64))
    assert refused.value.code == "Stale"


async def test_find_gives_what_submit_gave(chain: SdkChain, keys: SdkKeystore) -> None:
    nonce = (await chain.accounts([ALICE]))[ALICE].next_nonce
    first = (await chain.head()).number
    signed = await chain.sign(transfer(stranger(keys).ss58, TAO), signer(keys), nonce=nonce, lifetime_blocks=64)
    receipt = await chain.submit(signed)
    assert (
        await chain.find(
            signed.hash, signer_ss58=ALICE, nonce=signed.nonce, first_block=first, last_block=signed.last_block
        )
        == receipt
    )
    assert (
        await chain.find(
            signed.hash,
            signer_ss58=ALICE,
            nonce=signed.nonce,
            first_block=receipt.block.number + 1,
            last_block=signed.last_block,
        )
        is None
    )


async def test_find_raises_for_one_that_failed_in_its_block(chain: SdkChain, keys: SdkKeystore) -> None:
    call = Call("SubtensorModule", "start_call", {"netuid": 9999})
    nonce = (await chain.accounts([ALICE]))[ALICE].next_nonce
    first = (await chain.head()).number
    signed = await chain.sign(call, signer(keys), nonce=nonce, lifetime_blocks=64)
    with pytest.raises(ExtrinsicRejected) as at_once:
        await chain.submit(signed)
    with pytest.raises(ExtrinsicRejected) as found:
        await chain.find(
            signed.hash, signer_ss58=ALICE, nonce=signed.nonce, first_block=first, last_block=signed.last_block
        )
    assert (found.value.code, found.value.fee_rao) == (at_once.value.code, at_once.value.fee_rao)


async def test_a_batch_pays_many_in_one_extrinsic(chain: SdkChain, keys: SdkKeystore) -> None:
    many = [stranger(keys).ss58 for _ in range(5)]
    await send(chain, Call("Utility", "batch_all", {"calls": [transfer(ss58, TAO) for ss58 in many]}), signer(keys))
    assert [account.free_rao for account in (await chain.accounts(many)).values()] == [TAO] * 5


async def test_a_registered_hotkey_shows_in_every_read(
    chain: SdkChain, keys: SdkKeystore, devchain: RunningChain
) -> None:
    owner = await with_subnet(chain, keys)
    cold, hot = stranger(keys), stranger(keys)
    devchain.faucet(cold.ss58, 50 * TAO)
    price = await chain.burn_rule(NETUID)
    assert price is not None
    arguments = {"netuid": NETUID, "hotkey": hot.ss58, "limit_price": price.burn_rao}
    await send(chain, Call("SubtensorModule", "register_limit", arguments), cold)
    graph = await chain.metagraph(NETUID)
    subnet = await chain.subnet(NETUID)
    assert graph is not None
    assert subnet is not None
    row = graph.of_hotkey(hot.ss58)
    assert row is not None
    assert (row.coldkey, row.axon, row.stake_rao) == (cold.ss58, None, 0)
    assert [row.uid for row in graph.rows] == list(range(subnet.neurons))
    assert (graph.tao_in_rao, graph.alpha_in_rao) == (subnet.tao_in_rao, subnet.alpha_in_rao)
    assert graph.burn_rao is not None
    assert (subnet.owner_hotkey, subnet.owner_coldkey, subnet.started) == (owner.ss58, ALICE, True)
    assert await chain.subnet_of_owner(owner.ss58) == NETUID
    risen = await chain.burn_rule(NETUID)
    assert risen is not None
    assert price.increase_mult == pytest.approx(1.26)
    assert price.burn_rao < risen.burn_rao <= price.burn_rao * 1.27


async def test_weights_are_shares_of_what_a_uid_gave(chain: SdkChain, keys: SdkKeystore) -> None:
    owner = await with_subnet(chain, keys)
    graph = await chain.metagraph(NETUID)
    assert graph is not None
    own = graph.of_hotkey(owner.ss58)
    assert own is not None
    assert (await chain.weights(NETUID, [own.uid])).given == {own.uid: {}}
    sudo = signer(keys)
    free = Call("AdminUtils", "sudo_set_commit_reveal_weights_enabled", {"netuid": NETUID, "enabled": False})
    await send(chain, free, sudo)
    given = {"netuid": NETUID, "dests": [own.uid], "weights": [65535], "version_key": 0}
    await send(chain, Call("SubtensorModule", "set_weights", given), owner)
    found = await chain.weights(NETUID, [own.uid, own.uid + 1000])
    assert found.given == {own.uid: {own.uid: 1.0}, own.uid + 1000: {}}
    assert all(0 <= trust <= 1 for trust in found.trust)


async def test_a_price_above_the_limit_is_refused_by_name(
    chain: SdkChain, keys: SdkKeystore, devchain: RunningChain
) -> None:
    await with_subnet(chain, keys)
    cold = stranger(keys)
    devchain.faucet(cold.ss58, 50 * TAO)
    arguments = {"netuid": NETUID, "hotkey": stranger(keys).ss58, "limit_price": 1}
    with pytest.raises(ExtrinsicRejected) as refused:
        await send(chain, Call("SubtensorModule", "register_limit", arguments), cold)
    assert refused.value.code == "RegistrationPriceLimitExceeded"


async def test_stake_is_what_the_quote_promised(chain: SdkChain, keys: SdkKeystore, devchain: RunningChain) -> None:
    await with_subnet(chain, keys)
    cold, hot = stranger(keys), stranger(keys)
    devchain.faucet(cold.ss58, 50 * TAO)
    await send(chain, Call("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": hot.ss58}), cold)
    promised = await chain.quote_stake(NETUID, TAO)
    arguments = {"hotkey": hot.ss58, "netuid": NETUID, "amount_staked": TAO}
    await send(chain, Call("SubtensorModule", "add_stake", arguments), cold)
    graph = await chain.metagraph(NETUID)
    row = graph.of_hotkey(hot.ss58) if graph is not None else None
    assert row is not None
    assert row.stake_rao == row.total_stake_rao == pytest.approx(promised, rel=0.001)
    again = await chain.quote_stake(NETUID, TAO, at=await chain.head())
    assert again == pytest.approx(promised, rel=0.001)
    everything = await chain.staked([cold.ss58, ALICE])
    assert everything == {cold.ss58: (Staked(hot.ss58, NETUID, row.stake_rao),), ALICE: everything[ALICE]}
    assert await chain.staked([]) == {}


async def test_a_hotkey_s_uids_come_from_every_subnet(chain: SdkChain, keys: SdkKeystore) -> None:
    await with_subnet(chain, keys)
    cold, hot, nobody = signer(keys), stranger(keys), stranger(keys)
    await send(chain, Call("SubtensorModule", "register_network", {"hotkey": hot.ss58}), cold)
    await send(chain, Call("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": hot.ss58}), cold)
    own = await chain.subnet_of_owner(hot.ss58)
    assert own is not None
    found = await chain.uids([hot.ss58, nobody.ss58])
    assert found == {hot.ss58: {own: 0, NETUID: await chain.uid(NETUID, hot.ss58)}, nobody.ss58: {}}
    assert list(found[hot.ss58]) == sorted(found[hot.ss58])
    assert await chain.uids([]) == {}


async def test_what_is_not_there_is_none(chain: SdkChain, keys: SdkKeystore) -> None:
    assert await chain.subnet(9999) is None
    assert await chain.metagraph(9999) is None
    assert await chain.burn_rule(9999) is None
    assert await chain.subnet_of_owner(stranger(keys).ss58) is None
    assert await chain.has_call("SubtensorModule", "register_limit")
    assert not await chain.has_call("SubtensorModule", "faucet_of_wonders")
    assert await chain.subnet_cost() > 0


async def test_waiting_for_a_block_ends_when_it_comes_or_with_the_time(still_chain: RunningChain) -> None:
    chain = SdkChain(still_chain.url, deadline_s=10)
    now = (await chain.head()).number
    waiting = asyncio.create_task(chain.wait_for_block(now + 2, timeout_s=10))
    await asyncio.to_thread(still_chain.mine, 2)
    assert (await waiting).number >= now + 2
    with pytest.raises(ChainUnreachable, match="did not come"):
        await chain.wait_for_block(now + 99, timeout_s=0.2)
    await chain.close()


async def test_an_answer_of_another_shape_is_the_nodes_fault(chain: SdkChain, monkeypatch: pytest.MonkeyPatch) -> None:
    substrate = await chain._link.ready()

    async def garbage(_method: str, _params: object) -> list[dict[str, int]]:
        return [{"oops": 1}]

    monkeypatch.setattr(substrate.raw, "rpc_request", garbage)
    with pytest.raises(ChainError, match="gave an answer that cannot be read"):
        await chain.subnet(1)
