"""Nothing is paid twice: one test for every way a payment can go wrong, made by the embedded chain's own faults.

What must hold in each: at most one transfer reaches the end, whoever looks or tries again and however often; what is
open is said to be open; and once it is decided, the next payment to the end goes through or is not needed. That a
process may die between any two effects of a whole `fleet up` is tests/campaign/test_kills.py; at random moments of
transfers, stakes and registrations, among five hundred runs with faults: tests/campaign/test_faults.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import bittensor as bt
import pytest
from bittensor.executor import Executor

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import KeySigner
from netctl.errors import ChainError, EndTaken, NotIncluded, OutcomeUnknown
from netctl.paying import payment, settling
from netctl.paying.intents import INTENT, OUTCOME, open_intents
from netctl.ports import Call
from tests.chains import TAO, RunningChain
from tests.fakes import Killed, SilentTalk
from tests.money.conftest import MakeTill, Till
from tests.sdk import connected

ERA = 16


@pytest.fixture(autouse=True)
def clear(devchain: RunningChain, still_chain: RunningChain) -> Any:
    yield
    for node in (devchain, still_chain):
        node.rpc("dev_clearFault", None)


async def fault(node: RunningChain, kind: str, **options: Any) -> int:
    """Let the chain fail so from now on; gives the fault's number."""
    return int((await asyncio.to_thread(node.rpc, "dev_fault", kind, options))["id"])


async def mended(node: RunningChain, number: int | None = None) -> None:
    await asyncio.to_thread(node.rpc, "dev_clearFault", number)


def transfer(dest: str, rao: int = TAO) -> Call:
    return Call("Balances", "transfer_keep_alive", {"dest": dest, "value": rao})


async def pay(till: Till, dest: str, **how: Any) -> None:
    """What a careful caller does: pay an end that has nothing yet."""
    given: dict[str, Any] = {"purpose": "fund", "neuron": "miner_1", "amount_rao": TAO, "timeout_s": 20.0, **how}
    await payment.pay(till.world, call=transfer(dest), signer=till.payer, **given)


async def arrived(till: Till, node: RunningChain, dest: str) -> int:
    """How many transfers to that end the chain has in all its blocks, by its events."""
    head = await asyncio.to_thread(node.height)
    count = 0
    async with connected(node.url) as client:
        for number in range(1, head + 1):
            for record in await client.query(bt.storage.System.Events, block=number):
                count += record["event_id"] == "Transfer" and record["attributes"]["to"] == dest
    assert (await till.world.chain.accounts([dest]))[dest].free_rao == count * TAO
    return count


# One for each fault


async def test_the_connection_is_lost_after_the_submission(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    dest = till.stranger().ss58
    await fault(devchain, "disconnect", count=1)
    await pay(till, dest)
    assert till.results() == ["included"]
    assert await arrived(till, devchain, dest) == 1


@pytest.mark.parametrize(
    "kind",
    [
        "lose-answer",
        "unheard",
        pytest.param("drop", marks=pytest.mark.slow),
        pytest.param("hang", marks=pytest.mark.slow),
    ],
)
async def test_rule_6_the_answer_to_the_submission_is_lost_and_the_chain_is_asked_before_any_retry(
    open_till: MakeTill, devchain: RunningChain, kind: str
) -> None:
    till = await open_till(devchain, deadline_s=1.0)
    dest = till.stranger().ss58
    await fault(devchain, kind, method="author_submit*", count=1)
    paying = asyncio.create_task(pay(till, dest, lifetime_blocks=4))
    if kind in ("drop", "hang"):  # not heard: its blocks must pass first
        await until(lambda: bool(open_intents(till.world.journal.entries())))
        while not paying.done():
            await asyncio.to_thread(devchain.mine, 2)
            await asyncio.sleep(0.05)
        with pytest.raises(NotIncluded, match="has passed"):
            await paying
        await pay(till, dest)
        assert till.results() == ["not_included", "included"]
    else:
        await paying
        assert till.results() == ["included"]
    assert await arrived(till, devchain, dest) == 1


@pytest.mark.parametrize("code", [-32005, -32601, 1014])
@pytest.mark.parametrize("method", ["chain_getBlock", "state_getStorageAt"])
async def test_a_question_after_the_submission_is_refused_as_if_it_were_it(
    open_till: MakeTill, devchain: RunningChain, method: str, code: int
) -> None:
    till = await open_till(devchain)
    dest = till.stranger().ss58

    async def refuse(_signed: Any) -> None:
        await till.world.chain.head()
        await fault(devchain, "refuse", method=method, code=code, text="no", count=1)

    till.faults.before = refuse
    await pay(till, dest)
    entries = [entry for entry in till.world.journal.entries() if entry["kind"] == OUTCOME]
    assert [(entry["result"], entry["fee_rao"] > 0) for entry in entries] == [("included", True)]
    assert await arrived(till, devchain, dest) == 1


async def test_a_node_takes_it_and_never_includes_it(open_till: MakeTill, still_chain: RunningChain) -> None:
    till, other = await open_till(still_chain, deadline_s=1.0), await open_till(still_chain)
    dest = till.stranger().ss58
    number = await fault(still_chain, "withhold", signer=till.payer.ss58)
    paying = asyncio.create_task(pay(till, dest, lifetime_blocks=ERA))
    await until(lambda: still_chain.rpc("dev_status")["pool"] == 1)
    await asyncio.to_thread(still_chain.mine, ERA - 2)
    with pytest.raises(OutcomeUnknown, match="still open"):
        await pay(other, dest, timeout_s=0.3)
    assert not paying.done()
    await asyncio.to_thread(still_chain.mine, 2)
    with pytest.raises(NotIncluded, match="has passed"):
        await paying
    await mended(still_chain, number)
    await asyncio.to_thread(still_chain.mine)
    assert await arrived(till, still_chain, dest) == 0, "past its era, it cannot come any more"
    again = asyncio.create_task(pay(till, dest))
    await until(lambda: still_chain.rpc("dev_status")["pool"] == 1)
    await asyncio.to_thread(still_chain.mine)
    await again
    assert await arrived(till, still_chain, dest) == 1


async def test_finality_does_not_come(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain, deadline_s=1.0)
    dest = till.stranger().ss58
    number = await fault(devchain, "finality-lag", blocks=20)
    paying = asyncio.create_task(pay(till, dest, lifetime_blocks=4))
    await until(lambda: bool(till.world.journal.entries()))
    await arriving(till, dest)
    with pytest.raises(OutcomeUnknown, match="still open"):
        await pay(await open_till(devchain), dest, timeout_s=0.3)
    assert not paying.done()
    assert till.results() == [], "in a block that can be undone: open"
    await mended(devchain, number)
    await asyncio.to_thread(devchain.mine)
    await paying
    assert till.results() == ["included"]
    assert await arrived(till, devchain, dest) == 1


LINES = ["before the intent", "after the intent", "after sending", "before the outcome", "after the outcome"]


@pytest.mark.parametrize("line", LINES)
async def test_the_process_dies_between_two_lines(open_till: MakeTill, devchain: RunningChain, line: str) -> None:
    till = await open_till(devchain)
    dest = till.stranger().ss58
    dying = replace(till, world=replace(till.world, journal=DyingJournal(till.world.journal, line)))
    if line == "after sending":
        dying.faults.after = dies
    with pytest.raises(Killed):
        await pay(dying, dest, lifetime_blocks=ERA)
    again = await open_till(devchain, payer=till.payer)
    paying = asyncio.create_task(once(again, dest))
    if line == "after the intent":
        await until(lambda: bool(again.world.talk.lines))  # type: ignore[attr-defined]
        await asyncio.to_thread(devchain.mine, ERA)
    await paying
    assert await arrived(till, devchain, dest) == 1
    assert open_intents(again.world.journal.entries()) == ()


async def test_another_program_takes_the_nonce(open_till: MakeTill, devchain: RunningChain) -> None:
    till = await open_till(devchain)
    dest, elsewhere = till.stranger().ss58, till.stranger().ss58

    async def other_program(_signed: Any) -> None:
        async with connected(devchain.url) as client:
            done = await client.execute(bt.Transfer(elsewhere, 1), wallet_of(till.payer))
            assert done.success

    till.faults.before = other_program
    with pytest.raises(ChainError) as refused:
        await pay(till, dest)
    assert getattr(refused.value, "code", "") == "Stale"
    assert await arrived(till, devchain, dest) == 0
    await pay(till, dest)
    assert till.results() == ["rejected", "included"]
    assert (await arrived(till, devchain, dest), await arrived(till, devchain, elsewhere)) == (1, 1)


async def test_another_programs_extrinsic_waits_in_the_pool(open_till: MakeTill, still_chain: RunningChain) -> None:
    till = await open_till(still_chain)
    other = await open_till(still_chain, payer=till.payer, journal="of the other program")
    dest, elsewhere = till.stranger().ss58, till.stranger().ss58
    others = asyncio.create_task(pay(other, elsewhere))
    await until(lambda: still_chain.rpc("dev_status")["pool"] == 1)
    ours = asyncio.create_task(pay(till, dest))
    await until(lambda: bool(till.world.talk.lines))  # type: ignore[attr-defined]
    assert till.faults.submitted == 0
    assert open_intents(till.world.journal.entries()) == ()
    await asyncio.to_thread(still_chain.mine)
    await others
    await until(lambda: still_chain.rpc("dev_status")["pool"] == 1)
    await asyncio.to_thread(still_chain.mine)
    await ours
    assert (await arrived(till, still_chain, dest), await arrived(till, still_chain, elsewhere)) == (1, 1)


async def test_a_shielded_submission_leaves_the_sdks_nonce_wrong(open_till: MakeTill, devchain: RunningChain) -> None:
    """On the very connection that we pay over: the SDK's next extrinsic is stale there, ours is not."""
    till = await open_till(devchain)
    dest, hotkey = till.stranger().ss58, till.stranger().ss58
    chain = till.faults._chain
    assert isinstance(chain, SdkChain)
    executor, wallet = Executor(await chain._link.ready()), wallet_of(till.payer)
    registered = await executor.execute(bt.BurnedRegister(netuid=1, hotkey_ss58=hotkey), wallet)
    assert registered.data["shielded"] is True
    await pay(till, dest)
    refused = await executor.execute(bt.Transfer(dest, 1), wallet)
    assert (refused.success, "already used" in refused.message) == (False, True)
    await pay(till, till.stranger().ss58)
    assert till.results() == ["included", "included"]
    assert await arrived(till, devchain, dest) == 1


@pytest.mark.slow
async def test_the_sdk_hangs_when_it_is_closed(devchain: RunningChain) -> None:
    """Python 3.11 loses a cancellation when a frame is there: one of many reads fails, and the rest still arrive."""
    await fault(devchain, "refuse", method="system_health", code=-32000, text="no")
    before = asyncio.all_tasks()
    for _ in range(20):
        chain = SdkChain(devchain.url, deadline_s=10)
        substrate = await chain._link.ready()
        ask = substrate.raw.rpc_request
        asked = [ask("system_health", []), *(ask("chain_getHeader", []) for _ in range(30))]
        with pytest.raises(Exception, match="no"):
            await asyncio.gather(*asked)
        sockets = [made._session._ws for made in chain._link._opened]
        async with asyncio.timeout(15):
            await chain.close()
        assert all(socket is not None and socket.transport.is_closing() for socket in sockets)
    async with asyncio.timeout(15):
        while left := asyncio.all_tasks() - before:
            await asyncio.wait(left, timeout=0.1)


# One end, whoever pays it


async def test_another_wallet_does_not_pay_what_may_still_come(open_till: MakeTill, devchain: RunningChain) -> None:
    till, other = await open_till(devchain), await open_till(devchain)
    dest = till.stranger().ss58
    till.faults.before = dies
    with pytest.raises(Killed):
        await pay(till, dest, lifetime_blocks=ERA)
    with pytest.raises(OutcomeUnknown, match=f"{till.payer.ss58}: .* is still open"):
        await pay(other, dest, neuron="miner_2", timeout_s=0.3)
    await pay(other, till.stranger().ss58)
    assert await arrived(till, devchain, dest) == 0
    await asyncio.to_thread(devchain.mine, ERA)
    await pay(other, dest, neuron="miner_2")
    assert await arrived(till, devchain, dest) == 1


async def test_another_wallet_looks_again_when_it_has_come_in(open_till: MakeTill, devchain: RunningChain) -> None:
    till, other = await open_till(devchain), await open_till(devchain)
    dest = till.stranger().ss58
    till.faults.after = dies
    with pytest.raises(Killed):
        await pay(till, dest)
    with pytest.raises(EndTaken, match=f"transfer {dest}"):
        await pay(other, dest, neuron="miner_2")
    assert other.faults.submitted == 0
    assert await arrived(till, devchain, dest) == 1


async def test_two_wallets_that_pay_one_end_at_once_pay_it_once(open_till: MakeTill, still_chain: RunningChain) -> None:
    till, other = await open_till(still_chain), await open_till(still_chain)
    shared = replace(other, world=replace(till.world, talk=SilentTalk()))
    dest = till.stranger().ss58
    both = asyncio.gather(pay(till, dest), pay(shared, dest), return_exceptions=True)
    await until(lambda: still_chain.rpc("dev_status")["pool"] >= 1)
    while not both.done():
        await asyncio.to_thread(still_chain.mine)
        await asyncio.sleep(0.05)
    ended = [type(each) for each in await both]
    assert sorted(ended, key=str) == sorted([type(None), EndTaken], key=str)
    assert await arrived(till, still_chain, dest) == 1


async def test_a_registration_that_may_still_come_is_not_paid_by_another_coldkey(
    open_till: MakeTill, devchain: RunningChain
) -> None:
    till, other = await open_till(devchain), await open_till(devchain)
    arguments = {"netuid": 1, "hotkey": till.stranger().ss58}
    ways = [
        Call("SubtensorModule", "register_limit", {**arguments, "limit_price": 50 * TAO}),
        Call("SubtensorModule", "burned_register", arguments),
    ]
    how: dict[str, Any] = {"purpose": "register", "neuron": "miner_1", "amount_rao": 50 * TAO}
    till.faults.after = dies
    with pytest.raises(Killed):
        await payment.pay(till.world, call=ways[0], signer=till.payer, **how)
    with pytest.raises(EndTaken, match="register 1 "):
        await payment.pay(other.world, call=ways[1], signer=other.payer, **how)
    assert other.faults.submitted == 0


# What the tests stand on


async def once(till: Till, dest: str) -> None:
    """Look, and pay only if nothing is there; again when something came in meanwhile."""
    for _ in range(2):
        await settling.settle(till.world, [till.payer.ss58], timeout_s=20)
        if (await till.world.chain.accounts([dest]))[dest].free_rao:
            return
        try:
            await pay(till, dest)
        except EndTaken:
            continue
        return
    raise AssertionError("it came in twice")


class DyingJournal:
    """The journal of a process that dies around one of its lines."""

    def __init__(self, journal: Any, line: str) -> None:
        self._journal, self._line = journal, line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def append(self, kind: str, **facts: Any) -> None:
        word = {INTENT: "the intent", OUTCOME: "the outcome"}[kind]
        if self._line == f"before {word}":
            raise Killed
        self._journal.append(kind, **facts)
        if self._line == f"after {word}":
            raise Killed


async def dies(_signed: Any) -> None:
    raise Killed


def wallet_of(signer: KeySigner) -> Any:
    """The same account for the SDK's own way of signing."""
    return SimpleNamespace(coldkey=signer._keypair, coldkeypub=signer._keypair, hotkey=signer._keypair)


async def arriving(till: Till, dest: str) -> None:
    """Until the best block has it."""
    for _ in range(500):
        if (await till.world.chain.accounts([dest]))[dest].free_rao:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not arrive within ten seconds")


async def until(happened: Callable[[], Any]) -> None:
    """Poll until it is so, ten seconds at most."""
    for _ in range(500):
        if await asyncio.to_thread(happened):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within ten seconds")
