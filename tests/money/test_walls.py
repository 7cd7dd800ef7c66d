"""The walls below netctl's arithmetic: the SDK's Policy reads what would be signed, and the chain is the one meant."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from netctl.adapters.chain import SdkChain
from netctl.adapters.chain_wall import Wall, intent_of
from netctl.adapters.keystore import KeySigner, SdkKeystore
from netctl.errors import ChainError, PolicyError
from netctl.phases.funding import batch
from netctl.ports import Bounds, Call
from tests.chains import TAO, RunningChain, start_chain
from tests.fakes import FaultyWire

PUBLIC = Wall(netuids=(428,), raw=False)
FEE_RAO = 200_000
STRANGER = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def registering(limit_rao: int, netuid: int = 428) -> Call:
    arguments = {"netuid": netuid, "hotkey": STRANGER, "limit_price": limit_rao}
    return Call("SubtensorModule", "register_limit", arguments)


def staking(rao: int, netuid: int = 428) -> Call:
    arguments = {"hotkey": STRANGER, "netuid": netuid, "amount_staked": rao}
    return Call("SubtensorModule", "add_stake_limit", {**arguments, "limit_price": 9 * TAO, "allow_partial": False})


def transferring(rao: int) -> Call:
    return Call("Balances", "transfer_keep_alive", {"dest": STRANGER, "value": rao})


CALLS = {
    "transfer": transferring,
    "batch": lambda rao: batch([(STRANGER, rao - 1), (STRANGER, 1)]),
    "stake": staking,
    "registration": registering,
}


@pytest.mark.parametrize("kind", CALLS)
def test_what_was_agreed_passes_and_a_rao_more_does_not(kind: str) -> None:
    bounds = Bounds(5 * TAO, FEE_RAO)
    PUBLIC.check(CALLS[kind](5 * TAO), bounds, FEE_RAO)
    with pytest.raises(PolicyError, match="exceeds max_spend_tao") as refused:
        PUBLIC.check(CALLS[kind](5 * TAO + 1), bounds, FEE_RAO)
    assert "nothing was signed" in refused.value.hint
    with pytest.raises(PolicyError, match="exceeds max_fee_tao"):
        PUBLIC.check(CALLS[kind](TAO), bounds, FEE_RAO + 1)


@pytest.mark.parametrize("call", [registering(TAO, 3), staking(TAO, 3)])
def test_another_subnet_than_the_profiles_does_not_pass(call: Call) -> None:
    with pytest.raises(PolicyError, match="netuid 3 not in allowed_netuids"):
        PUBLIC.check(call, Bounds(TAO, FEE_RAO), 1)


@pytest.mark.parametrize(
    "call",
    [
        Call("SubtensorModule", "burned_register", {"netuid": 428, "hotkey": STRANGER}),
        Call("SubtensorModule", "register_network", {"hotkey": STRANGER}),
        Call("Utility", "batch_all", {"calls": [transferring(1), Call("Sudo", "sudo", {"call": transferring(1)})]}),
        Call("Balances", "transfer_all", {"dest": STRANGER, "keep_alive": False}),
    ],
)
def test_what_nobody_can_bound_is_signed_on_dev_chains_only(call: Call) -> None:
    bounds = Bounds(TAO, FEE_RAO)
    with pytest.raises(PolicyError, match="the SDK's policy refuses it"):
        PUBLIC.check(call, bounds, 1)
    Wall().check(call, bounds, 1)
    with pytest.raises(PolicyError, match="fee"):
        Wall().check(call, bounds, FEE_RAO + 1)


def test_the_sdks_reading_of_a_call_is_the_calls_own() -> None:
    intent = intent_of(batch([(STRANGER, 3), (STRANGER, 4)]))
    assert intent is not None
    assert getattr(intent.spend(), "rao", None) == 7
    limited = intent_of(registering(11))
    assert limited is not None
    assert (getattr(limited.spend(), "rao", None), limited.touches_netuids()) == (11, [428])


class Watched:
    """A signer that counts."""

    def __init__(self, inner: KeySigner) -> None:
        self.inner = inner
        self.signed = 0

    ss58 = property(lambda self: self.inner.ss58)
    public_key = property(lambda self: self.inner.public_key)
    crypto_type = property(lambda self: self.inner.crypto_type)

    def sign(self, payload: bytes) -> bytes:
        self.signed += 1
        return self.inner.sign(payload)


@pytest.fixture
def payer(devchain: RunningChain, tmp_path: Path) -> Watched:
    inner = SdkKeystore(tmp_path).dev_signer(f"//{secrets.token_hex(8)}")
    devchain.faucet(inner.ss58, 10 * TAO)
    return Watched(inner)


async def test_no_key_signs_what_the_wall_refuses(devchain: RunningChain, payer: Watched) -> None:
    chain = SdkChain(devchain.url, wall=PUBLIC, deadline_s=10)
    how: dict[str, Any] = {"nonce": 0, "lifetime_blocks": 16}
    for bounds in (Bounds(TAO, 10_000_000), Bounds(2 * TAO, 1)):
        with pytest.raises(PolicyError, match="the SDK's policy refuses it"):
            await chain.sign(transferring(2 * TAO), payer, bounds=bounds, **how)
    assert payer.signed == 0
    signed = await chain.sign(transferring(2 * TAO), payer, bounds=Bounds(2 * TAO, 10_000_000), **how)
    receipt = await chain.submit(signed)
    assert (payer.signed, receipt.fee_rao) == (1, signed.fee_rao)
    await chain.close()


# Whose chain it is


@pytest.fixture
def other_chain(tmp_path: Path) -> Any:
    chain = start_chain(tmp_path / "other", first_netuid=9)
    yield chain
    chain.stop()


async def test_a_connection_that_comes_back_to_another_chain_is_left_before_anything_is_read_or_signed(
    devchain: RunningChain, other_chain: RunningChain, payer: Watched
) -> None:
    assert devchain.genesis != other_chain.genesis
    async with FaultyWire(devchain.url) as wire:
        chain = SdkChain(wire.url, genesis=devchain.genesis, deadline_s=10)
        assert (await chain.accounts([payer.ss58]))[payer.ss58].free_rao == 10 * TAO
        wire.target = other_chain.url
        wire.cut()
        how: dict[str, Any] = {"nonce": 0, "lifetime_blocks": 16}
        with pytest.raises(PolicyError, match="is another chain: genesis"):
            await chain.accounts([payer.ss58])
        with pytest.raises(PolicyError, match="is another chain: genesis"):
            await chain.sign(transferring(TAO), payer, **how)
        asked = wire.requests[-2:]
        wire.target = devchain.url
        assert (await chain.accounts([payer.ss58]))[payer.ss58].free_rao == 10 * TAO
        await chain.close()
    assert payer.signed == 0
    assert asked == ["chain_getBlockHash"] * 2


async def test_a_chain_whose_name_nobody_gave_must_stay_the_one_first_seen(
    devchain: RunningChain, other_chain: RunningChain
) -> None:
    async with FaultyWire(devchain.url) as wire:
        chain = SdkChain(wire.url, deadline_s=10)
        await chain.head()
        wire.target = other_chain.url
        wire.cut()
        with pytest.raises(PolicyError, match=f"expected {devchain.genesis}"):
            await chain.head()
        await chain.close()


async def test_every_address_that_the_sdk_may_fall_back_to_is_asked_whose_chain_it_is(
    devchain: RunningChain, other_chain: RunningChain
) -> None:
    chain = SdkChain(devchain.url, genesis=devchain.genesis, deadline_s=10)
    await chain.head()
    substrate = await chain._link.ready()
    elsewhere = substrate._interface(other_chain.url, [])
    with pytest.raises(Exception, match="is another chain: genesis"):
        await elsewhere.initialize()
    with pytest.raises(PolicyError, match="is another chain: genesis"):
        await chain.head()
    await chain.close()


async def test_a_node_that_says_no_genesis_is_not_trusted() -> None:
    async def answer(socket: ServerConnection) -> None:
        async for _ in socket:
            await socket.send('{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"no such method"}}')

    async with serve(answer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        chain = SdkChain(f"ws://127.0.0.1:{port}", deadline_s=5)
        with pytest.raises(ChainError, match="no genesis hash that can be read"):
            await chain.head()
        await asyncio.wait_for(chain.close(), 10)
