"""What the operator of a failing chain relies on: he is told the truth, nothing is stuck, nothing ends too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from threading import Barrier, Thread

import pytest

from netctl.devchain import DevChain
from netctl.devchain.chain import Chain
from netctl.devchain.faults import acts
from netctl.devchain.faults.fault import BadFault
from netctl.devchain.pallets.subtensor import ownership
from netctl.devchain.remote import DevChainError, Remote
from netctl.devchain.rpc.server import RpcServer
from netctl.devchain.storage import Frame
from tests.devchain.lab import ALICE, BOB, Rpc, Signer, make_chain, rpc, transfer


@pytest.fixture
async def client(chain: Chain) -> AsyncIterator[Rpc]:
    rpc_server = RpcServer(chain)
    server = await rpc_server.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as connected:
        yield connected
    await rpc_server.end(server)


async def until_empty(chain: Chain) -> None:
    async with asyncio.timeout(10):
        while len(chain.pool):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def test_what_a_grant_raises_reaches_the_one_who_granted(chain: Chain) -> None:
    def bad(frame: Frame) -> None:
        frame.put_raw(b"half", b"done")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        chain.seal(bad)
    assert chain.head.number == 1
    assert chain.world.state.get(b"half") is None


def test_an_alpha_price_falls_as_far_as_the_reserve_can_hold_and_comes_back(chain: Chain, alice: Signer) -> None:
    alice.run("SubtensorModule", "register_network", {"hotkey": BOB.ss58_address})
    netuid = max(ownership.netuids(chain.view()))
    number = acts.add(chain, "alpha-jump", netuid=netuid, factor=0.000_001)["id"]
    assert [each["id"] for each in acts.listed(chain)] == [number]
    assert acts.clear(chain) == [number]


def test_a_signer_that_is_no_address_is_refused(chain: Chain) -> None:
    with pytest.raises(BadFault, match="an ss58 address wanted"):
        acts.add(chain, "pool-1010", signer="foo")


async def test_a_refusal_meant_for_requests_is_not_used_up_by_pushes(chain: Chain, client: Rpc) -> None:
    await client.call("chain_subscribeNewHeads")
    acts.add(chain, "refuse", count=1)
    chain.seal_many(3)
    assert [each["left"] for each in acts.listed(chain)] == [1]


async def test_bad_faults_come_with_the_command_that_tells_the_good_ones(client: Rpc) -> None:
    for params, hint in ((["dev_fault", "earthquake"], "kinds"), (["dev_clearFault", 99], "list")):
        error = (await client.ask(*params))["error"]
        assert error["data"] == {"hint": f"netctl chain fault {hint}"}


async def test_what_was_withheld_is_sealed_at_once_under_instant_sealing_when_it_is_cleared() -> None:
    chain = make_chain(seal="instant")
    server = RpcServer(chain)
    listening = await server.listen(0)
    alice = Signer(chain, ALICE)
    async with rpc(f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}") as client:
        number = acts.add(chain, "withhold")["id"]
        await client.call("author_submitExtrinsic", "0x" + alice.bytes(transfer(BOB, 5)).hex())
        assert len(chain.pool) == 1
        await client.call("dev_clearFault", number)
        assert len(chain.pool) == 0
        acts.add(chain, "withhold", for_s=0.05)
        await client.call("author_submitExtrinsic", "0x" + alice.bytes(transfer(BOB, 5)).hex())
        await until_empty(chain)
    await server.end(listening)
    chain.close()


async def test_the_chain_ends_though_an_answer_is_still_delayed(chain: Chain) -> None:
    server = RpcServer(chain)
    listening = await server.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}") as client:
        acts.add(chain, "delay", ms=600_000)
        asking = asyncio.create_task(client.ask("system_name"))
        async with asyncio.timeout(10):
            while not acts.listed(chain)[0]["struck"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await server.end(listening)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.slow
def test_snapshots_of_one_name_at_the_same_time_leave_one_whole_file() -> None:
    told: list[str] = []
    with DevChain(seal="manual") as chain:
        chain.mine(2000)
        together = Barrier(4)

        def take() -> None:
            other = Remote(chain.url)
            other.connect()
            together.wait()
            try:
                told.append(other.snapshot("same"))
            except DevChainError as error:
                told.append(str(error))
            other.disconnect()

        threads = [Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [text for text in told if "there is a snapshot same already" not in text] == ["same"]
        chain.mine(1)
        chain.revert("same")
        assert chain.block == 2000
