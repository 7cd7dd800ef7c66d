"""Time on demand: blocks in bulk, warps to a time, block or epoch, and the pace of the clock."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable

import pytest

from netctl.devchain.chain import Chain
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.rpc.server import RpcServer
from tests.devchain.lab import ALICE, BOB, Program, Rpc, Signer, make_chain, rpc, transfer

HOUR_MS = 3_600_000


@pytest.fixture
async def client(chain: Chain) -> AsyncIterator[Rpc]:
    """A client of the in-process chain."""
    served = RpcServer(chain)
    server = await served.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as connected:
        yield connected
    await served.end(server)


@pytest.mark.fast
def test_blocks_in_bulk_are_the_blocks_one_by_one() -> None:
    raws = [Signer(make_chain(), ALICE).bytes(transfer(BOB, 5), nonce=nonce) for nonce in range(2)]
    bulk, single = make_chain(), make_chain()
    for chain in (bulk, single):
        for raw in raws:
            chain.submit(raw)
    bulk.seal_many(70)
    for _ in range(70):
        single.seal()
    assert [bulk.block_hash(n) for n in range(71)] == [single.block_hash(n) for n in range(71)]
    key = bulk.world.codec.storage_key("System", "Number")
    assert [bulk.world.state.get_at(key, n) for n in (0, 30, 69)] == [n.to_bytes(4, "little") for n in (0, 30, 69)]


@pytest.mark.fast
def test_nobody_hears_of_a_batch_that_could_not_be_stored(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    chain.listeners.append(told.append)
    chain.submit(Signer(chain, ALICE).bytes(transfer(BOB, 5)), told.append)
    before = (chain.head_hash, dict(chain.world.state._values), chain.world.state.page(b""))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(chain.store, "write", full)
        with pytest.raises(sqlite3.OperationalError):
            chain.seal_many(5)
    assert (chain.head_hash, dict(chain.world.state._values), chain.world.state.page(b"")) == before
    assert (told, len(chain.pool), chain.block_hash(1)) == (["ready"], 1, None)
    chain.seal_many(5)
    assert (chain.head.number, len(chain.pool), len(told)) == (5, 0, 8)


@pytest.mark.fast
def test_undo_rows_stay_within_the_window() -> None:
    chain = make_chain(keep_blocks=10)
    for _ in range(5):
        chain.seal_many(32)
    oldest = chain.store._sql.execute("SELECT min(number) FROM undo").fetchone()[0]
    assert oldest == chain.head.number - 9
    chain.close()


@pytest.mark.parametrize(
    ("target", "blocks"),
    [
        ({"block": 500}, 500),
        ({"by_blocks": 7}, 7),
        ({"by_ms": 2 * HOUR_MS}, 28_800),
        ({"by_ms": 251}, 2),
        ({"until_ms": 1_767_225_600_000 + 60_000}, 240),
    ],
)
async def test_warp_makes_as_many_blocks_as_it_takes(target: dict[str, int], blocks: int, client: Rpc) -> None:
    told = await client.call("dev_warp", target, 500)
    assert told == {"block": min(blocks, 500), "target": blocks}


async def test_warp_to_the_next_epoch_ends_at_the_block_that_has_it(chain: Chain, client: Rpc) -> None:
    chain.seal_many(3)
    told = await client.call("dev_warp", {"epoch": None})
    assert told["block"] == told["target"]
    assert items.LAST_EPOCH_BLOCK.get(chain.view(), 1) == told["block"]
    again = await client.call("dev_warp", {"epoch": 1})
    assert again["block"] == told["block"] + items.TEMPO.get(chain.view(), 1)


@pytest.mark.parametrize(
    ("target", "said"),
    [({"block": 1}, "beyond block 1"), ({"epoch": 9}, "no subnet 9"), ({"until_ms": 0}, "beyond block")],
)
async def test_a_target_that_cannot_be_reached_is_refused_with_a_hint(
    target: dict[str, int], said: str, chain: Chain, client: Rpc
) -> None:
    chain.seal_many(5)
    error = (await client.ask("dev_warp", target))["error"]
    assert error["code"] == -32000
    assert said in error["message"]
    assert error["data"]["hint"]
    assert chain.head.number == 5


@pytest.mark.parametrize("target", [{}, {"block": -1}, {"block": 1, "epoch": 1}, {"far": 1}, 5, None, {"epoch": "x"}])
async def test_a_target_that_is_none_is_a_bad_parameter(target: object, client: Rpc) -> None:
    assert (await client.ask("dev_warp", target))["error"]["code"] == -32602


async def test_others_are_served_while_blocks_are_mined_in_bulk(chain: Chain, client: Rpc) -> None:
    begun = asyncio.Event()
    chain.listeners.append(lambda sealed: begun.set())
    mining = asyncio.create_task(client.call("dev_mine", 2000))
    await begun.wait()
    seen = chain.head.number
    assert 0 < seen < 2000
    assert await mining == 2000


async def test_pause_stops_the_clock_and_resume_starts_it(start_program: Callable[..., Program]) -> None:
    program = start_program("--block-time", "0.02")
    async with rpc(program.url) as client:
        assert (await client.call("dev_pause"))["paused"] is True
        await client.call("chain_subscribeNewHeads")
        paused_at = int((await client.push())["number"], 16)
        assert await client.call("dev_mine", 1) == paused_at + 1
        await client.push()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.pushed.get(), 0.3)
        status = await client.call("dev_status")
        assert (status["paused"], status["block"]) == (True, paused_at + 1)
        await client.call("dev_resume")
        assert int((await client.push())["number"], 16) == paused_at + 2


async def test_speed_changes_the_interval_at_once_and_a_restart_forgets_it(
    start_program: Callable[..., Program],
) -> None:
    program = start_program("--block-time", "3600")
    async with rpc(program.url) as client:
        await client.call("chain_subscribeNewHeads")
        assert (await client.push())["number"] == "0x0"
        told = await client.call("dev_setSpeed", 360_000)
        assert told == {"paused": False, "speed": 360_000.0, "interval_s": 0.01}
        assert (await client.push())["number"] == "0x1"
        assert (await client.call("dev_status"))["speed"] == 360_000.0
        for bad, code in ((0, -32000), (-1, -32000), (1e12, -32000), (0.5, -32000), ("10x", -32602), (True, -32602)):
            assert (await client.ask("dev_setSpeed", bad))["error"]["code"] == code
    program.stop()
    async with rpc(program.start().url) as client:
        assert (await client.call("dev_status"))["speed"] == 1.0


async def test_paused_instant_chain_holds_its_blocks_until_resumed() -> None:
    chain = make_chain(seal="instant")
    served = RpcServer(chain)
    server = await served.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as client:
        await client.call("dev_pause")
        await client.call("author_submitExtrinsic", "0x" + Signer(chain, ALICE).bytes(transfer(BOB, 5)).hex())
        assert chain.head.number == 0
        await client.call("dev_resume")
        assert (chain.head.number, len(chain.pool)) == (1, 0)
        assert (await client.ask("dev_setSpeed", 2))["error"]["code"] == -32000
    await served.end(server)
    chain.close()
