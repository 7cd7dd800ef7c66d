"""Every exception of the SDK leaves the chain's edge as one of ours."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosedError, WebSocketException

from netctl.adapters import chain_errors
from netctl.adapters.chain import SdkChain
from netctl.adapters.chain_errors import after_sending, translated
from netctl.adapters.chain_link import close_bounded
from netctl.errors import ChainError, ChainUnreachable, ExtrinsicRejected, OutcomeUnknown
from netctl.paying.refusals import PASSING
from tests.chains import RunningChain

ENDPOINT = "ws://127.0.0.1:9944"
KNOWN = chain_errors.UNREACHABLE | chain_errors.ANSWERED | chain_errors.OF_PARTS_NOT_USED


def sdk_modules() -> Iterator[object]:
    """Every module of the SDK but its command line, and its compiled core."""
    import bittensor

    for found in pkgutil.walk_packages(bittensor.__path__, "bittensor."):
        if not found.name.startswith(("bittensor.cli", "bittensor._generated", "bittensor.basket_index_data")):
            yield importlib.import_module(found.name)
    yield importlib.import_module("bittensor_core")


def sdk_exceptions() -> set[type[Exception]]:
    return {
        member
        for module in sdk_modules()
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception)
        and member.__module__.startswith(("bittensor", "builtins"))
        and member.__module__ != "builtins"
    }


def test_every_exception_class_of_the_sdk_is_in_a_table() -> None:
    found = {cls.__name__ for cls in sdk_exceptions()}
    assert {"SubstrateRequestException", "RpcConnectionError", "WrongPasswordError"} <= found
    assert found - KNOWN == set()


def test_no_table_names_a_class_that_the_sdk_does_not_have() -> None:
    assert KNOWN - {cls.__name__ for cls in sdk_exceptions()} == set()


def test_every_exception_of_the_sdk_becomes_one_of_ours() -> None:
    for cls in sdk_exceptions():
        error = cls.__new__(cls)
        Exception.__init__(error, "found")
        ours = translated(error, endpoint=ENDPOINT, doing="reading the head")
        assert isinstance(ours, ChainError), cls
        assert isinstance(ours, ChainUnreachable) == (cls.__name__ in chain_errors.UNREACHABLE), cls
        assert ENDPOINT in ours.message
        assert "reading the head" in ours.message


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        OSError("no route"),
        ConnectionClosedError(None, None),
        WebSocketException("HTTP 429"),
    ],
)
def test_a_failing_wire_is_a_chain_that_cannot_be_reached(error: Exception) -> None:
    assert isinstance(translated(error, endpoint=ENDPOINT, doing="x"), ChainUnreachable)


@pytest.mark.parametrize("text", ["RPC session closed", "Connection lost while waiting for a subscription response"])
def test_a_lost_connection_is_not_taken_for_an_answer(text: str) -> None:
    from bittensor._transport.errors import SubstrateRequestException

    error = SubstrateRequestException(text)
    assert isinstance(translated(error, endpoint=ENDPOINT, doing="x"), ChainUnreachable)


def test_a_bug_of_ours_stays_what_it_is() -> None:
    assert translated(KeyError("free"), endpoint=ENDPOINT, doing="x") is None
    assert after_sending(KeyError("free"), extrinsic_hash="0x", endpoint=ENDPOINT) is None


def answer(code: int, message: str, data: object = None) -> Exception:
    from bittensor._transport.errors import SubstrateRequestException

    return SubstrateRequestException({"error": {"code": code, "message": message, "data": data}})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (answer(1010, "Invalid Transaction", "Transaction is outdated"), "Stale"),
        (answer(1010, "Invalid Transaction", "Transaction will be valid in the future"), "Future"),
        (answer(1010, "Invalid Transaction", "Inability to pay some fees"), "Payment"),
        (answer(1010, "Invalid Transaction", "Transaction has an ancient birth block"), "AncientBirthBlock"),
        (answer(1010, "Invalid Transaction", "Transaction has a bad signature"), "BadProof"),
        (answer(1010, "Invalid Transaction", "something new"), "InvalidTransaction"),
        (answer(1014, "Priority is too low: (1 vs 1)"), "PriorityTooLow"),
        (answer(1016, "Immediately Dropped"), "PoolFull"),
        (answer(-32005, "Rate limit"), "RateLimited"),
    ],
)
def test_an_answer_of_the_pool_is_a_refusal_by_name(error: Exception, code: str) -> None:
    ours = after_sending(error, extrinsic_hash="0xab", endpoint=ENDPOINT)
    assert isinstance(ours, ExtrinsicRejected)
    assert ours.code == code
    assert (code in PASSING) == (code not in ("Payment", "BadProof", "InvalidTransaction"))


@pytest.mark.parametrize(
    "error",
    [
        answer(1012, "Transaction is temporarily banned"),
        answer(1013, "Transaction Already Imported"),
        answer(-32603, "Internal error"),
        TimeoutError(),
        ConnectionResetError(),
    ],
)
def test_anything_less_than_a_clear_no_leaves_the_outcome_open(error: Exception) -> None:
    ours = after_sending(error, extrinsic_hash="0xab", endpoint=ENDPOINT)
    assert isinstance(ours, OutcomeUnknown)
    assert "0xab" in ours.message


class Stubborn:
    """A connection whose close swallows cancellations, as the SDK's can on Python 3.11."""

    def __init__(self, swallowed: int) -> None:
        self.swallowed = swallowed

    async def close(self) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if self.swallowed == 0:
                    raise
                self.swallowed -= 1


async def test_closing_gives_up_on_a_connection_that_swallows_cancellations() -> None:
    started = time.monotonic()
    await close_bounded(Stubborn(2))  # type: ignore[arg-type]
    assert time.monotonic() - started < 8


async def test_closing_after_a_failed_read_among_many_returns_soon(devchain: RunningChain) -> None:
    for _ in range(3):
        chain = SdkChain(devchain.url, deadline_s=10)

        async def broken(substrate: object) -> object:
            return await substrate.raw.rpc_request("no_such_method", [])  # type: ignore[attr-defined]

        reads = [chain.metagraph(1), chain.accounts([]), chain.head(), chain._link.ask("failing", broken)]
        results = await asyncio.gather(*(asyncio.ensure_future(read) for read in reads), return_exceptions=True)
        assert isinstance(results[-1], ChainError)
        started = time.monotonic()
        await chain.close()
        assert time.monotonic() - started < 8


async def test_a_slow_question_does_not_turn_the_others_into_refusals(devchain: RunningChain) -> None:
    chain = SdkChain(devchain.url, deadline_s=10)
    await chain.head()

    async def slow(_substrate: object) -> None:
        await asyncio.sleep(3600)

    async def late(substrate: object) -> object:
        await asyncio.sleep(0.4)
        return await substrate.query("System", "Number")  # type: ignore[attr-defined]

    asking = [chain._link.ask("slow", slow, deadline_s=0.2), chain._link.ask("late", late)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(result) for result in results] == [ChainUnreachable, ChainUnreachable]
    assert (await chain.head()).number >= 0
    await chain.close()
