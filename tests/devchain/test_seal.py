"""When blocks are made."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress

import pytest

from netctl.devchain.chain import Chain, Sealed
from netctl.devchain.seal import seal_by_clock, seal_if_instant
from tests.devchain.lab import ALICE, BOB, Signer, make_chain, transfer

pytestmark = pytest.mark.fast


async def run_until(chain: Chain, number: int) -> list[float]:
    """Seal by the clock up to a block; gives the times."""
    loop, done, times = asyncio.get_running_loop(), asyncio.Event(), []

    def heard(sealed: Sealed) -> None:
        times.append(loop.time())
        if sealed.header.number >= number:
            done.set()

    chain.listeners.append(heard)
    task = asyncio.create_task(seal_by_clock(chain))
    try:
        await asyncio.wait_for(done.wait(), 20)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return times


async def test_interval_sealing_keeps_its_pace() -> None:
    chain = make_chain(seal="interval", block_time_s=0.05)
    began = asyncio.get_running_loop().time()
    times = await run_until(chain, 10)
    assert times[-1] - began >= 0.44  # late ones are caught up with, none comes early
    chain.close()


async def test_interval_sealing_goes_on_after_a_block_that_could_not_be_stored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chain = make_chain(seal="interval", block_time_s=0.01)
    write, failures = chain.store.write, iter([True, True])

    def failing(*args: object) -> None:
        if next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(chain.store, "write", failing)
    await run_until(chain, 2)
    assert caplog.text.count("block 1 could not be stored") == 1
    assert caplog.text.count("block 1 is stored") == 1
    chain.close()


def test_instant_sealing_makes_a_block_for_what_is_ready_only() -> None:
    chain = make_chain(seal="instant")
    alice = Signer(chain, ALICE)
    seal_if_instant(chain)
    chain.submit(alice.bytes(transfer(BOB, 5), nonce=1))
    seal_if_instant(chain)
    assert chain.head.number == 0
    chain.submit(alice.bytes(transfer(BOB, 5), nonce=0))
    seal_if_instant(chain)
    assert (chain.head.number, len(chain.store.body(1) or [])) == (1, 3)
    chain.close()


def test_manual_sealing_waits(chain: Chain, alice: Signer) -> None:
    chain.submit(alice.bytes(transfer(BOB, 5)))
    seal_if_instant(chain)
    assert chain.head.number == 0


def test_slow_listener_list_may_change_while_it_is_told(chain: Chain) -> None:
    told: list[int] = []

    def once(sealed: Sealed) -> None:
        told.append(sealed.header.number)
        chain.listeners.remove(once)

    chain.listeners.append(once)
    chain.seal()
    chain.seal()
    assert told == [1]
