"""Faults on demand: each kind does what it says, for as long as it says, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from netctl.devchain.chain import Chain
from netctl.devchain.errors import PoolRejection
from netctl.devchain.faults import acts
from netctl.devchain.faults.active import Faults
from netctl.devchain.faults.fault import BadFault, make_fault
from netctl.devchain.faults.kinds import KINDS
from netctl.devchain.rpc.server import RpcServer
from tests.devchain.lab import ALICE, BOB, Rpc, Signer, rpc, transfer

QUIET_S = 0.15
"""How long nothing must come before it counts as nothing."""


class Clock:
    """Time by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clocked(chain: Chain) -> tuple[Chain, Clock]:
    clock = Clock()
    chain.faults.clock = clock
    return chain, clock


@pytest.fixture
async def url(chain: Chain) -> AsyncIterator[str]:
    """The chain behind its server, in this loop; it seals when told."""
    rpc_server = RpcServer(chain)
    server = await rpc_server.listen(0)
    yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
    await rpc_server.end(server)


@pytest.fixture
async def client(url: str) -> AsyncIterator[Rpc]:
    async with rpc(url) as connected:
        yield connected


async def is_silent(asking: Any) -> bool:
    """Whether a request stays unanswered."""
    task = asyncio.ensure_future(asking)
    done, _ = await asyncio.wait({task}, timeout=QUIET_S)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
        await task
    return not done


# Messages


async def test_a_dropped_request_is_neither_carried_out_nor_answered(chain: Chain, client: Rpc, alice: Signer) -> None:
    acts.add(chain, "drop", method="author_*", count=1)
    raw = "0x" + alice.bytes(transfer(BOB, 5)).hex()
    assert await is_silent(client.ask("author_submitExtrinsic", raw))
    assert len(chain.pool) == 0
    assert await client.call("chain_getBlockHash", 0)
    assert await client.call("author_submitExtrinsic", raw)
    assert len(chain.pool) == 1


async def test_a_lost_answer_means_that_the_request_was_carried_out(chain: Chain, client: Rpc, alice: Signer) -> None:
    acts.add(chain, "lose-answer", method="author_submitExtrinsic", count=1)
    assert await is_silent(client.ask("author_submitExtrinsic", "0x" + alice.bytes(transfer(BOB, 5)).hex()))
    assert len(chain.pool) == 1


async def test_a_cut_after_submitting_leaves_the_extrinsic_in_the_pool(chain: Chain, url: str, alice: Signer) -> None:
    acts.add(chain, "disconnect", count=1)
    raw = "0x" + alice.bytes(transfer(BOB, 5)).hex()
    async with connect(url) as socket:
        await socket.send(f'{{"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":["{raw}"]}}')
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
    assert len(chain.pool) == 1
    async with rpc(url) as again:
        assert await again.call("chain_getHeader")


async def test_delay_makes_answers_late_and_in_order(chain: Chain, client: Rpc) -> None:
    acts.add(chain, "delay", method="chain_getBlockHash", ms=300, count=1)
    late = asyncio.create_task(client.call("chain_getBlockHash", 0))
    behind = asyncio.create_task(client.call("chain_getHeader"))
    done, _ = await asyncio.wait({late, behind}, timeout=QUIET_S)
    assert not done
    assert await late == "0x" + chain.genesis_hash.hex()
    assert await behind


async def test_refused_requests_get_the_code_and_text_asked_for(chain: Chain, client: Rpc) -> None:
    acts.add(chain, "refuse", method="chain_*", code=-32005, text="slow down", count=2)
    for _ in range(2):
        assert (await client.ask("chain_getHeader"))["error"] == {"code": -32005, "message": "slow down"}
    assert await client.call("chain_getHeader")


async def test_duplicated_answers_and_pushes_come_twice(chain: Chain, url: str) -> None:
    acts.add(chain, "duplicate", method="system_name", count=1)
    async with connect(url) as socket:
        await socket.send('{"jsonrpc":"2.0","id":7,"method":"system_name"}')
        first, second = [await asyncio.wait_for(socket.recv(), 5) for _ in range(2)]
        assert first == second
        acts.add(chain, "duplicate", method="chain_newHead")
        await socket.send('{"jsonrpc":"2.0","id":8,"method":"chain_subscribeNewHeads"}')
        told = [await asyncio.wait_for(socket.recv(), 5) for _ in range(3)]
        assert told[1] == told[2]


async def test_dropped_pushes_leave_requests_alone(chain: Chain, client: Rpc) -> None:
    await client.call("chain_subscribeNewHeads")
    await client.push()
    acts.add(chain, "drop", method="chain_newHead", count=1)
    chain.seal()
    assert await client.call("chain_getHeader")
    chain.seal()
    assert int((await client.push())["number"], 16) == chain.head.number, "the one before was dropped"
    assert client.pushed.empty()


async def test_a_hung_socket_stays_hung_and_a_new_one_is_served(chain: Chain, url: str, client: Rpc) -> None:
    await client.call("chain_subscribeNewHeads")
    await client.push()
    acts.add(chain, "hang", count=1)
    assert await is_silent(client.ask("chain_getHeader"))
    assert acts.listed(chain) == []
    chain.seal()
    assert await is_silent(client.ask("chain_getHeader"))
    assert client.pushed.empty()
    assert chain.listeners == [], "its subscriptions cost nothing any more"
    async with rpc(url) as fresh:
        assert await fresh.call("chain_getHeader")


async def test_what_was_late_is_not_said_by_a_socket_that_hung_meanwhile(chain: Chain, client: Rpc) -> None:
    await client.call("chain_subscribeNewHeads")
    await client.push()
    acts.add(chain, "delay", method="chain_newHead", ms=50, count=1)
    chain.seal()
    acts.add(chain, "hang", count=1)
    assert await is_silent(client.ask("chain_getHeader"))
    assert client.pushed.empty()


async def test_an_unheard_submission_gets_into_a_block(chain: Chain, client: Rpc, alice: Signer) -> None:
    acts.add(chain, "unheard", count=1)
    raw = alice.bytes(transfer(BOB, 5))
    assert await is_silent(client.ask("author_submitAndWatchExtrinsic", "0x" + raw.hex()))
    chain.seal()
    assert raw in (chain.store.body(chain.head.number) or ())
    assert await client.call("chain_getHeader"), "the connection itself is well"
    assert client.pushed.empty()


async def test_dev_methods_are_never_touched(chain: Chain, client: Rpc) -> None:
    for kind in ("drop", "refuse", "hang", "disconnect"):
        acts.add(chain, kind, method="*")
    acts.add(chain, "rate-limit", rate=0.01)
    held = await client.call("dev_faults")
    assert [each["kind"] for each in held] == ["drop", "refuse", "hang", "disconnect", "rate-limit"]
    assert len(await client.call("dev_clearFault")) == 5
    assert await client.call("chain_getHeader")


async def test_each_call_of_a_batch_is_struck_by_itself(chain: Chain, url: str) -> None:
    acts.add(chain, "drop", method="system_name")
    async with connect(url) as socket:
        await socket.send(
            '[{"jsonrpc":"2.0","id":1,"method":"system_name"},{"jsonrpc":"2.0","id":2,"method":"system_chain"}]'
        )
        assert await asyncio.wait_for(socket.recv(), 5) == '[{"jsonrpc":"2.0","id":2,"result":"Bittensor"}]'


# Sources


async def test_handshakes_are_answered_429_but_for_the_operators_own(chain: Chain, url: str) -> None:
    acts.add(chain, "handshake-429", count=2)
    for _ in range(2):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 429
        async with rpc(f"{url}/dev") as operator:
            assert await operator.call("dev_faults") is not None
    async with rpc(url) as client:
        assert await client.call("chain_getHeader")


async def test_a_rate_limit_counts_all_connections_of_one_address(clocked: tuple[Chain, Clock], url: str) -> None:
    chain, clock = clocked
    async with rpc(url) as one, rpc(url) as other:
        acts.add(chain, "rate-limit", rate=3)
        answers = [await each.ask("system_name") for each in (one, other, one, other)]
        assert ["error" in each for each in answers] == [False, False, False, True]
        assert answers[3]["error"]["code"] == -32005
        with pytest.raises(InvalidStatus):
            await connect(url)
        clock.now += 0.34
        assert "result" in await other.ask("system_name")
        assert "error" in await other.ask("system_name")


def test_addresses_have_rate_limits_of_their_own(clocked: tuple[Chain, Clock]) -> None:
    chain, _ = clocked
    acts.add(chain, "rate-limit", rate=1)
    assert not chain.faults.is_too_much("127.0.0.1")
    assert chain.faults.is_too_much("127.0.0.1")
    assert not chain.faults.is_too_much("127.0.0.2")


# Pool and blocks


def test_the_pool_refuses_the_next_submissions_of_one_account(chain: Chain, alice: Signer) -> None:
    bob = Signer(chain, BOB)
    acts.add(chain, "pool-1010", count=2, signer=ALICE.ss58_address)
    for _ in range(2):
        chain.submit(bob.bytes(transfer(ALICE, 1)))
        with pytest.raises(PoolRejection) as refused:
            chain.submit(alice.bytes(transfer(BOB, 1)))
        assert (refused.value.code, refused.value.data) == (1010, "Transaction is outdated")
    chain.submit(alice.bytes(transfer(BOB, 1)))
    acts.add(chain, "pool-1014")
    with pytest.raises(PoolRejection) as refused:
        chain.submit(bob.bytes(transfer(ALICE, 1)))
    assert refused.value.code == 1014


def test_withheld_extrinsics_wait_and_are_included_when_it_is_over(chain: Chain, alice: Signer) -> None:
    number = acts.add(chain, "withhold", signer=ALICE.ss58_address)["id"]
    statuses: list[Any] = []
    chain.submit(alice.bytes(transfer(BOB, 1)), statuses.append)
    chain.submit(Signer(chain, BOB).bytes(transfer(ALICE, 1)))
    chain.seal()
    assert statuses == ["ready"]
    assert len(chain.pool) == 1
    acts.clear(chain, number)
    chain.seal()
    assert len(chain.pool) == 0
    assert "inBlock" in statuses[1]


def test_finality_stays_behind_and_catches_up(chain: Chain) -> None:
    number = acts.add(chain, "finality-lag", blocks=5)["id"]
    final = chain.finalized
    for _ in range(3):
        chain.seal()
    assert chain.finalized == final
    with pytest.raises(BadFault, match="already"):
        acts.add(chain, "finality-lag", blocks=6)
    acts.clear(chain, number)
    assert chain.finalized == chain.head.number
    with pytest.raises(BadFault, match="cannot lag"):
        acts.add(chain, "finality-lag", blocks=99_999)
    assert acts.listed(chain) == []


def test_the_docs_table_has_every_kind_as_the_code_has_it() -> None:
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert f"| `{name}` | {kind.layer} | {kind.summary} | {', '.join(kind.takes) or '-'} |" in text, name


@pytest.mark.parametrize(
    ("kind", "options", "what"),
    [
        ("delay", {"ms": 250}, "an answer or a push comes late by 250 ms"),
        ("delay", {"ms": 2500.0}, "an answer or a push comes late by 2.5 s"),
        ("refuse", {}, "a request is answered with an error -32603 and 'Internal error'"),
        ("pool-1010", {}, "the pool refuses: 1010 Invalid Transaction, because of 'Transaction is outdated'"),
        (
            "rate-limit",
            {"rate": 5.0},
            "more than 5 requests a second from one address are refused, and 429 at the handshake",
        ),
        ("finality-lag", {"blocks": 8}, "finality stays 8 blocks behind the head"),
        ("price-jump", {"factor": 1.5}, "registration costs 1.5 times as much"),
    ],
)
def test_a_fault_says_what_happens_with_its_own_values(kind: str, options: dict[str, Any], what: str) -> None:
    assert make_fault(1, kind, options, 0).told(0)["what"] == what


# How long, how often


def test_time_and_count_end_a_fault(clocked: tuple[Chain, Clock]) -> None:
    chain, clock = clocked
    acts.add(chain, "drop", for_s=30)
    acts.add(chain, "refuse", count=2)
    clock.now += 29.9
    assert set(chain.faults.at_message("chain_getHead")) == {"drop", "refuse"}
    clock.now += 0.1
    assert set(chain.faults.at_message("chain_getHead")) == {"refuse"}
    assert chain.faults.at_message("chain_getHead") == {}
    assert not chain.faults
    assert acts.listed(chain) == []


@given(st.integers(0, 2**32), st.floats(0.05, 0.95))
def test_a_seed_gives_the_same_strikes_again(seed: int, probability: float) -> None:
    def run() -> list[bool]:
        fault = make_fault(1, "drop", {"probability": probability, "seed": seed}, 0)
        return [fault.strikes(0) for _ in range(200)]

    strikes = run()
    assert run() == strikes
    assert 0 < sum(strikes) < 200


def test_no_fault_is_false_and_any_is_true() -> None:
    faults = Faults()
    assert not faults
    faults.put(make_fault(1, "drop", {}, 0))
    assert faults


@pytest.mark.parametrize(
    ("kind", "options", "why"),
    [
        ("earthquake", {}, "no fault 'earthquake'; there are drop"),
        ("delay", {}, "ms is missing"),
        ("drop", {"ms": 5}, "ms is none of its options"),
        ("pool-1010", {"method": "*"}, "method is none"),
        ("drop", {"probability": 2}, "a number from 0 to 1 wanted"),
        ("drop", {"count": 0, "for_s": "soon"}, "count is 0.*for_s is 'soon'"),
        ("price-jump", {"factor": float("nan")}, "factor"),
        ("drop", {"count": True}, "count is True"),
    ],
)
def test_what_makes_no_sense_is_refused_with_every_reason(kind: str, options: dict[str, Any], why: str) -> None:
    with pytest.raises(BadFault, match=why):
        make_fault(1, kind, options, 0)


async def test_bad_faults_are_invalid_params_over_the_wire(client: Rpc) -> None:
    for params in (["earthquake"], [5], ["drop", []], ["drop", {"ms": 5}], ["drop", {"chain": 1}]):
        assert (await client.ask("dev_fault", *params))["error"]["code"] == -32602
    assert (await client.ask("dev_clearFault", 99))["error"]["code"] == -32602
    assert set(await client.call("dev_faultKinds")) == set(KINDS)


async def test_status_lists_faults_while_they_hold(chain: Chain, client: Rpc) -> None:
    assert (await client.call("dev_status"))["faults"] == []
    number = (await client.call("dev_fault", "withhold", {"count": 3}))["id"]
    assert [each["kind"] for each in (await client.call("dev_status"))["faults"]] == ["withhold"]
    assert await client.call("dev_clearFault", number) == [number]
    assert (await client.call("dev_status"))["faults"] == []
