"""Whatever bytes come: an answer that is JSON-RPC, no bug in the log, and a chain that goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.errors import PoolRejection
from netctl.devchain.faults.active import Faults
from netctl.devchain.rpc.server import RpcServer
from netctl.devchain.rpc.session import Session
from tests.devchain.lab import ALICE, BOB, Signer, make_chain, transfer

SLOW_TO_STOP = {"dev_mine", "dev_warp", "dev_export", "dev_import", "dev_snapshot", "dev_reorg", "dev_revert"}
"""Methods that do a lot, or write files, when they are asked rightly."""
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=40)
HEX = st.binary(max_size=80).map(lambda raw: "0x" + raw.hex())
JSON = st.recursive(
    SCALARS | HEX,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class NoSocket:
    """Where a session would write to."""

    class transport:  # noqa: N801  as websockets has it
        @staticmethod
        def abort() -> None:
            """Nothing to cut."""


class Asked:
    """A server without a network: text in, texts out."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.server = RpcServer(chain)
        self.methods = sorted(name for name in self.server._methods if name not in SLOW_TO_STOP)
        self._loop = asyncio.new_event_loop()

    def send(self, message: str | bytes) -> list[Any]:
        """All that is said to one message, decoded."""
        session = Session(NoSocket(), Faults())  # type: ignore[arg-type]
        self._loop.run_until_complete(self.server._answer_message(session, message))
        told = [json.loads(each, parse_constant=pytest.fail) for each in session._backlog]
        session.close()
        return told

    def close(self) -> None:
        self._loop.close()
        self.chain.close()


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    made = Asked(make_chain())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_bugs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No exception that nobody foresaw was logged."""
    caplog.set_level(logging.ERROR)
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def check_answer(answer: Any) -> None:
    assert answer["jsonrpc"] == "2.0"
    if "method" in answer:
        assert "subscription" in answer["params"]
    elif "error" in answer:
        assert isinstance(answer["error"]["code"], int)
        assert answer["error"]["code"] != -32603, answer
        assert isinstance(answer["error"]["message"], str)
    else:
        assert "result" in answer


@MANY
@given(st.binary(max_size=200) | st.text(max_size=200) | JSON.map(json.dumps))
@example("[" * 100_000)
@example('{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":' + "[" * 50_000 + "]" * 50_000 + "}")
@example('{"id":' + "9" * 5000 + ',"method":"system_name"}')
@example('{"id":1,"method":"system_name","params":{"\\ud800":1}}')
@example('{"id":"\\ud800","method":"system_name"}')
@example("NaN")
@example('{"id":1e999,"method":"system_name"}')
@example(b"\xff\xfe")
def test_any_message_gets_a_json_rpc_answer_or_none(asked: Asked, message: str | bytes) -> None:
    for answer in asked.send(message):
        for each in answer if isinstance(answer, list) else [answer]:
            check_answer(each)


@MANY
@given(st.data())
def test_any_parameters_of_any_method_get_a_result_or_an_error(asked: Asked, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(asked.methods))
    params = data.draw(st.lists(JSON, max_size=4) | JSON)
    answers = asked.send(json.dumps({"jsonrpc": "2.0", "id": 5, "method": method, "params": params}))
    mine = [each for each in answers if "id" in each]
    assert [each["id"] for each in mine] == [5]
    for each in answers:
        check_answer(each)


@MANY
@given(st.binary(max_size=200), st.sampled_from(["state_getStorage", "state_getKeys", "state_getStorageHash"]))
@example(b"\xff" * 64, "state_getKeys")
def test_any_storage_key_can_be_read(asked: Asked, key: bytes, method: str) -> None:
    (answer,) = asked.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": ["0x" + key.hex()]}))
    assert "result" in answer


@MANY
@given(st.data())
def test_any_arguments_of_any_runtime_api_get_an_answer_or_are_refused_as_bad(
    asked: Asked, data: st.DataObject
) -> None:
    apis = asked.chain.world.codec.apis
    name = data.draw(st.sampled_from(sorted(apis)))
    raw = data.draw(st.binary(max_size=120) | st.just(bytes(2)) | st.just(b"\xff" * 40))
    (answer,) = asked.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "state_call", "params": [name, raw.hex()]}))
    check_answer(answer)
    if "error" in answer:
        assert "Bad input data" in answer["error"]["message"]


@pytest.fixture(scope="module")
def signed(asked: Asked) -> bytes:
    return Signer(asked.chain, ALICE).bytes(transfer(BOB, 7))


@MANY
@given(st.data())
def test_a_changed_extrinsic_is_never_taken(asked: Asked, signed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(signed) - 1))
    bit = data.draw(st.integers(0, 7))
    forged = bytearray(signed)
    forged[at] ^= 1 << bit
    with pytest.raises(PoolRejection):
        asked.chain.submit(bytes(forged))
    assert len(asked.chain.pool) == 0


@MANY
@given(st.binary(max_size=400), st.integers(0, 150))
@example(b"\xff" * 300, 0)
@example(b"\x03\xff\xff\xff\xff\x84", 0)
def test_any_bytes_as_an_extrinsic_are_refused(asked: Asked, signed: bytes, tail: bytes, kept: int) -> None:
    raw = signed[: min(kept, len(signed) - 1)] + tail
    if raw == signed:
        return
    (answer,) = asked.send(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "author_submitExtrinsic", "params": ["0x" + raw.hex()]})
    )
    check_answer(answer)
    assert "error" in answer
    (quote,) = asked.send(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "payment_queryInfo", "params": ["0x" + raw.hex()]})
    )
    check_answer(quote)
    assert len(asked.chain.pool) == 0


def test_after_all_that_the_chain_takes_what_is_right(asked: Asked) -> None:
    number = asked.chain.head.number
    asked.chain.submit(Signer(asked.chain, ALICE).bytes(transfer(BOB, 7)))
    asked.chain.seal()
    assert asked.chain.head.number == number + 1
    assert len(asked.chain.pool) == 0
