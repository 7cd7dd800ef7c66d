"""kill -9 at random moments under load: no final block is lost, and a twin that was never killed agrees."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bittensor_core import Keypair
from websockets.exceptions import ConnectionClosed

from netctl.devchain.chain import Chain
from netctl.devchain.codec import Codec
from netctl.devchain.frame import BlockView
from netctl.devchain.options import ChainOptions
from netctl.devchain.replay import replay
from netctl.devchain.runtime import packed_runtime
from tests.devchain.lab import ALICE, BOB, CHARLIE, EVENTS, TAO, Program, Rpc, make_chain, rpc, sign, transfer
from tests.devchain.test_program import hash_of

KILLS = 5
SLOT_MS = 20
NETUID = 1
STAKED = Keypair.create_from_uri("//Killed//0").ss58_address
"""The first hotkey that is registered."""

Call = tuple[str, str, dict[str, Any]]


class Load:
    """Transfers, registrations, stakes, faucets and mining by clients of their own, and what one was told is final."""

    def __init__(self, codec: Codec, program: Program, seed: int) -> None:
        self.codec = codec
        self.program = program
        self.final: dict[int, str] = {}
        self.seeded = random.Random(seed)
        self.hotkeys = (Keypair.create_from_uri(f"//Killed//{number}").ss58_address for number in itertools.count())

    def calls(self) -> dict[str, tuple[Keypair, Callable[[], Call]]]:
        """What each account keeps submitting."""
        stake = {"hotkey": STAKED, "netuid": NETUID, "amount_staked": TAO}
        return {
            "transfer": (ALICE, lambda: transfer(BOB, 5)),
            "register": (
                BOB,
                lambda: ("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": next(self.hotkeys)}),
            ),
            "stake": (CHARLIE, lambda: ("SubtensorModule", "add_stake", stake)),
        }

    async def until_killed(self) -> None:
        """Load the chain, kill it at a random moment after the first block with load in it, and wait until all know."""
        lead_s = self.seeded.uniform(0.0, 0.6)
        jobs: list[Callable[[Rpc], Any]] = [
            lambda client, key=key, call=call: self.submit(client, key, call) for key, call in self.calls().values()
        ]
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(rpc(self.program.url)) for _ in range(len(jobs) + 2)]
            await self.check(clients[0])
            running = [asyncio.create_task(job(client)) for job, client in zip(jobs, clients, strict=False)]
            running.append(asyncio.create_task(self.operate(clients[-2])))
            await self.listen(clients[-1], lead_s)
            await asyncio.gather(*running)

    async def submit(self, client: Rpc, key: Keypair, call: Callable[[], Call]) -> None:
        """Extrinsics one after the other, several to a block."""
        with contextlib.suppress(ConnectionClosed):
            genesis = bytes.fromhex(self.program.genesis[2:])
            for nonce in itertools.count(await client.call("account_nextIndex", key.ss58_address)):
                raw = sign(self.codec, genesis, key, call(), nonce)
                await client.call("author_submitExtrinsic", "0x" + raw.hex())

    async def operate(self, client: Rpc) -> None:
        """What has no extrinsic: grants, blocks in bulk, and forks of what is not final."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await client.call("dev_faucet", CHARLIE.ss58_address, 7)
                await client.call("dev_mine", 3)
                if self.seeded.random() < 0.5:
                    await client.ask("dev_reorg", 2)
                await asyncio.sleep(0.01)

    async def listen(self, client: Rpc, lead_s: float) -> None:
        """Note every block that is told final, and pull the plug."""
        with contextlib.suppress(ConnectionClosed):
            await client.call("chain_subscribeFinalizedHeads")
            first = None
            while True:
                told = await client.push()
                number = int(told["number"], 16)
                self.final[number] = hash_of(told)
                if first is None:
                    first = number
                elif number == first + 3:
                    asyncio.get_running_loop().call_later(lead_s, self.program.process.kill)

    async def check(self, client: Rpc) -> None:
        """All that was final is there, and final."""
        head = await client.call("chain_getHeader", await client.call("chain_getFinalizedHead"))
        assert int(head["number"], 16) >= max(self.final, default=0)
        for number, block_hash in self.final.items():
            assert await client.call("chain_getBlockHash", number) == block_hash


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
async def test_killed_under_load_it_loses_no_final_block_and_its_twin_agrees(
    seed: int, tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    lag = 6 * (seed % 2)
    sys.stdout.write(f"seed {seed}, finality lag {lag}\n")
    codec = packed_runtime(ChainOptions(slot_ms=SLOT_MS)).codec
    how = ("--block-time", f"{SLOT_MS / 1000}", "--finality-lag", str(lag))
    program = start_program(*how, data=tmp_path / "data")
    load = Load(codec, program, seed)
    for kill in range(KILLS):
        if kill:
            program.start()
        await load.until_killed()
        program.kill()
    chain, twin = make_chain(tmp_path / "data", slot_ms=SLOT_MS), make_chain(slot_ms=SLOT_MS)
    assert {number: "0x" + (chain.block_hash(number) or b"").hex() for number in load.final} == load.final
    assert replay(chain.store, twin) == chain.head.number
    assert (twin.head_hash, twin.head.state_root) == (chain.head_hash, chain.head.state_root)
    assert dict(twin.world.state._values) == dict(chain.world.state._values)
    assert dict(chain.store.state()) == dict(chain.world.state._values)
    _assert_the_load_was_one(chain)
    chain.close()
    twin.close()


def _assert_the_load_was_one(chain: Chain) -> None:
    found: Counter[str] = Counter()
    for number in range(1, chain.head.number + 1):
        found.update(event["event_id"] for event in EVENTS.get(BlockView(chain.world, number)))
    assert all(found[name] >= KILLS for name in ("Transfer", "NeuronRegistered", "StakeAdded", "Minted")), found
