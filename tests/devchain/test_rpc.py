"""The JSON-RPC over the websocket, to the running program."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from bittensor_core import Keypair
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from netctl.devchain.codec import Codec
from netctl.devchain.options import ChainOptions
from netctl.devchain.rpc.protocol import Method
from netctl.devchain.rpc.server import MAX_BATCH, RpcServer
from netctl.devchain.runtime import packed_runtime
from tests.devchain.lab import ALICE, BOB, TAO, Program, Rpc, make_chain, rpc, sign, transfer

EVENTS = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
NUMBER = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"


@pytest.fixture
def codec() -> Codec:
    return packed_runtime(ChainOptions(slot_ms=50)).codec


@pytest.fixture
async def client(chain_program: Program) -> Any:
    async with rpc(chain_program.url) as connected:
        yield connected


async def signed(client: Rpc, codec: Codec, key: Keypair, rao: int = 5) -> str:
    genesis = bytes.fromhex((await client.call("chain_getBlockHash", 0))[2:])
    nonce = await client.call("account_nextIndex", key.ss58_address)
    return "0x" + sign(codec, genesis, key, transfer(BOB, rao), nonce).hex()


async def test_head_header_hash_and_block_agree(client: Rpc) -> None:
    head = await client.call("chain_getFinalizedHead")
    header = await client.call("chain_getHeader", head)
    number = int(header["number"], 16)
    assert await client.call("chain_getBlockHash", number) == head
    assert await client.call("chain_getBlockHash", [0, number]) == [await client.call("chain_getBlockHash", 0), head]
    assert (await client.call("chain_getBlock", head))["block"]["header"] == header
    assert await client.call("state_getStorageAt", NUMBER, head) == "0x" + number.to_bytes(4, "little").hex()
    assert await client.call("chain_getBlockHash", 2**31) is None
    assert await client.call("chain_getHeader", "0x" + "00" * 32) is None


async def test_watched_extrinsic_is_ready_in_a_block_and_final(client: Rpc, codec: Codec) -> None:
    raw = await signed(client, codec, ALICE)
    subscription = await client.call("author_submitAndWatchExtrinsic", raw)
    statuses = [await client.push() for _ in range(3)]
    assert await client.call("author_unwatchExtrinsic", subscription) is False, "it ends with its last word"
    assert statuses[0] == "ready"
    assert [list(status) for status in statuses[1:]] == [["inBlock"], ["finalized"]]
    block = await client.call("chain_getBlock", statuses[2]["finalized"])
    index = block["block"]["extrinsics"].index(raw)
    events = await client.call("state_getStorageAt", EVENTS, statuses[2]["finalized"])
    decoded = codec.entry("System", "Events").decode(bytes.fromhex(events[2:]))
    assert any(each["event_id"] == "Transfer" and each["extrinsic_idx"] == index for each in decoded)


async def test_rejected_extrinsic_gets_the_node_s_error(client: Rpc, codec: Codec) -> None:
    raw = await signed(client, codec, Keypair.create_from_uri("//Nobody"))
    for method in ("author_submitExtrinsic", "author_submitAndWatchExtrinsic"):
        error = (await client.ask(method, raw))["error"]
        assert error["code"] == 1010
        assert error["message"] == "Invalid Transaction"
        assert error["data"].startswith("Inability to pay")
    assert client.pushed.empty()


@pytest.mark.parametrize("kind", ["NewHeads", "FinalizedHeads", "AllHeads"])
async def test_head_subscription_tells_every_block_until_it_ends(kind: str, client: Rpc) -> None:
    subscription = await client.call(f"chain_subscribe{kind}")
    numbers = [int((await client.push())["number"], 16) for _ in range(4)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert await client.call(f"chain_unsubscribe{kind}", subscription) is True
    assert await client.call(f"chain_unsubscribe{kind}", subscription) is False
    while not client.pushed.empty():
        client.pushed.get_nowait()
    seen = await client.call("dev_mine", 2)
    assert seen
    assert client.pushed.empty()


async def test_storage_subscription_tells_changes(client: Rpc) -> None:
    await client.call("state_subscribeStorage", [NUMBER])
    first, second = await client.push(), await client.push()
    numbers = [int.from_bytes(bytes.fromhex(each["changes"][0][1][2:]), "little") for each in (first, second)]
    assert numbers[1] == numbers[0] + 1


async def test_map_is_paged_in_order_and_queried_as_asked(client: Rpc, codec: Codec) -> None:
    prefix = "0x" + codec.entry("System", "Account").prefix.hex()
    head = await client.call("chain_getHead")
    keys, start = [], prefix
    while page := await client.call("state_getKeysPaged", prefix, 2, start, head):
        keys += page
        start = page[-1]
    assert keys == sorted(keys) == await client.call("state_getKeys", prefix, head)
    (answer,) = await client.call("state_queryStorageAt", keys, head)
    assert answer["block"] == head
    assert [key for key, _ in answer["changes"]] == keys
    pairs = await client.call("state_getPairs", prefix, head)
    assert pairs == answer["changes"]
    too_many = await client.ask("state_getKeysPaged", prefix, 1001, None, head)
    assert too_many["error"]["code"] == -32602


async def test_unknown_blocks_are_errors_for_state_as_on_a_node(client: Rpc) -> None:
    error = (await client.ask("state_getStorageAt", NUMBER, "0x" + "12" * 32))["error"]
    assert error["code"] == 4003
    assert "UnknownBlock" in error["message"]


async def test_every_runtime_api_in_the_metadata_answers(client: Rpc, codec: Codec) -> None:
    for name, method in codec.apis.items():
        args = b"".join(codec.encode(kind, codec.zero(kind)) for _, kind in method.inputs if "Block" not in name)
        if name.startswith(
            ("TransactionPayment", "BlockBuilder", "Core_", "TaggedTransactionQueue", "EthereumRuntime")
        ):
            continue
        answer = await client.ask("state_call", name, "0x" + args.hex(), None)
        assert "result" in answer, (name, answer)
        codec.decode(method.output, bytes.fromhex(answer["result"][2:]))
    unsupported = (await client.call("dev_status"))["unsupported"]
    assert [name for name in unsupported if name.startswith("bug")] == []


async def test_unknown_runtime_api_and_bad_arguments_are_errors(client: Rpc) -> None:
    for name, data in (("No_such", ""), ("AccountNonceApi_account_nonce", "0x01")):
        error = (await client.ask("state_call", name, data, None))["error"]
        assert error["code"] == 4003


async def test_faucet_and_mine_do_what_they_say(client: Rpc, codec: Codec) -> None:
    lucky = Keypair.create_from_uri("//Lucky").ss58_address
    at = await client.call("dev_faucet", lucky, 3 * TAO)
    account = codec.entry("System", "Account")
    raw = await client.call("state_getStorageAt", "0x" + account.key((lucky,)).hex(), at)
    assert account.decode(bytes.fromhex(raw[2:]))["data"]["free"] == 3 * TAO
    before = int((await client.call("chain_getHeader"))["number"], 16)
    assert await client.call("dev_mine", 30) >= before + 30


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("no_such_method", [], -32601),
        ("chain_getHeader", ["0xzz"], -32602),
        ("chain_getHeader", [5], -32602),
        ("chain_getBlockHash", ["x"], -32602),
        ("chain_getBlockHash", [-1], -32602),
        ("chain_getBlockHash", [1, 2, 3], -32602),
        ("state_getStorageAt", [], -32602),
        ("state_queryStorageAt", ["0x00"], -32602),
        ("state_call", [5], -32602),
        ("account_nextIndex", ["5Garbage"], -32602),
        ("account_nextIndex", [None], -32602),
        ("dev_mine", [10**9], -32602),
        ("dev_faucet", ["5Garbage", 1], -32602),
        ("dev_faucet", [ALICE.ss58_address, -1], -32602),
        ("author_submitExtrinsic", ["0x"], 1001),
        ("author_submitExtrinsic", [7], -32602),
        ("state_subscribeStorage", [["zz"]], -32602),
    ],
)
async def test_bad_request_gets_its_code(method: str, params: list[Any], code: int, client: Rpc) -> None:
    assert (await client.ask(method, *params))["error"]["code"] == code


async def test_batches_are_answered_in_order(chain_program: Program) -> None:
    async with connect(chain_program.url, compression=None) as socket:
        calls = [{"jsonrpc": "2.0", "id": at, "method": "chain_getBlockHash", "params": [0]} for at in range(3)]
        notification = {"jsonrpc": "2.0", "method": "system_chain"}
        await socket.send(json.dumps([*calls, notification, 5]))
        answers = json.loads(await socket.recv())
        assert [answer["id"] for answer in answers] == [0, 1, 2, None]
        assert answers[3]["error"]["code"] == -32600
        for bad in ([], calls[:1] * (MAX_BATCH + 1)):
            await socket.send(json.dumps(bad))
            assert json.loads(await socket.recv())["error"]["code"] == -32600


async def test_garbage_never_takes_the_server_down(chain_program: Program) -> None:
    seeded = random.Random(11)
    pieces: list[str | bytes] = [
        "",
        "{",
        "[]",
        "null",
        "5",
        '"x"',
        "[" * 5000,
        '{"method":5}',
        '{"id":NaN,"method":"chain_getHead"}',
        '{"id":1,"method":"chain_getHead","params":{}}',
    ]
    pieces += [seeded.randbytes(seeded.randrange(200)) for _ in range(60)]
    names = [*(await _methods(chain_program)), "", "x" * 5000]
    values = [None, 0, -1, 1e308, True, "", "0x", "0xff", "zz", [], {}, [[]], "0x" + "00" * 32, "9" * 500]
    for _ in range(400):
        name = seeded.choice([each for each in names if not each.startswith("dev_")])
        params = [seeded.choice(values) for _ in range(seeded.randrange(4))]
        pieces.append(json.dumps({"jsonrpc": "2.0", "id": 1, "method": name, "params": params}))
    async with connect(chain_program.url, compression=None) as socket:
        for piece in pieces:
            await socket.send(piece)
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": "last", "method": "system_health", "params": []}))
        internal = []
        while True:
            answer = json.loads(await asyncio.wait_for(socket.recv(), 20), parse_constant=pytest.fail)
            if isinstance(answer, dict) and answer.get("id") == "last":
                break
            if isinstance(answer, dict) and answer.get("error", {}).get("code") == -32603:
                internal.append(answer)
        socket.transport.abort()
    assert internal == []
    assert chain_program.is_running()


async def _methods(program: Program) -> list[str]:
    async with rpc(program.url) as client:
        listed: list[str] = (await client.call("rpc_methods"))["methods"]
    assert len(listed) > 50
    return listed


async def test_client_who_does_not_read_delays_nobody(chain_program: Program, client: Rpc) -> None:
    async with connect(chain_program.url, compression=None, max_queue=1) as lazy:
        request = {"jsonrpc": "2.0", "id": 1, "method": "state_getMetadata", "params": []}
        for _ in range(100):
            await lazy.send(json.dumps(request))
        for _ in range(20):
            await asyncio.wait_for(client.call("chain_getHead"), 20)
        lazy.transport.abort()


async def send_for_ever(socket: ClientConnection, message: str) -> None:
    while True:
        await socket.send(message)


async def test_client_who_is_owed_too_much_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netctl.devchain.rpc.session.MAX_BACKLOG_BYTES", 300_000)
    chain = make_chain()
    served = RpcServer(chain)
    server = await served.listen(0)
    url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "state_getMetadata", "params": []})
    async with rpc(url) as other, connect(url, compression=None, max_queue=1) as lazy:
        with pytest.raises(ConnectionClosed):
            await send_for_ever(lazy, request)
        assert await other.call("system_health") == {"peers": 0, "isSyncing": False, "shouldHavePeers": False}
    await served.end(server)
    chain.close()


async def test_pages_in_a_browser_are_turned_away(chain_program: Program) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(chain_program.url, origin="https://example.org"):  # type: ignore[arg-type]
            raise AssertionError("it was let in")


async def test_bug_in_a_method_is_an_internal_error_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    chain = make_chain()
    served = RpcServer(chain)
    served._methods["system_name"] = Method(lambda: 1 / 0, wants_session=False)
    server = await served.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as client:
        assert (await client.ask("system_name"))["error"] == {"code": -32603, "message": "Internal error"}
        assert (await client.call("dev_status"))["unsupported"] == {"bug in rpc system_name": 1}
    assert "bug in system_name" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    await served.end(server)
    chain.close()
