"""Finality that lags, and blocks that are replaced by others."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from netctl.devchain.chain import Chain
from netctl.devchain.errors import Refused
from netctl.devchain.pallets import ledger
from netctl.devchain.reorganise import reorganise
from netctl.devchain.replay import replay
from netctl.devchain.rpc.server import RpcServer
from tests.devchain.lab import ALICE, BOB, CHARLIE, Signer, free_rao, make_chain, rpc, transfer

pytestmark = pytest.mark.fast


@pytest.fixture
def lagging() -> Any:
    made = make_chain(finality_lag=5)
    yield made
    made.close()


def names(told: list[Any]) -> list[str]:
    return [each if isinstance(each, str) else next(iter(each)) for each in told]


def test_finality_follows_the_head_at_its_lag(lagging: Chain) -> None:
    final: list[int] = []
    lagging.finality_listeners.append(lambda header: final.append(header.number))
    told: list[Any] = []
    lagging.submit(Signer(lagging, ALICE).bytes(transfer(BOB, 5)), told.append)
    lagging.seal_many(5)
    assert (lagging.finalized, final, names(told)) == (0, [], ["ready", "inBlock"])
    lagging.seal_many(2)
    assert (lagging.finalized, final, names(told)) == (2, [1, 2], ["ready", "inBlock", "finalized"])
    assert told[1]["inBlock"] == told[2]["finalized"]
    lagging.set_finality_lag(1)
    assert (lagging.finalized, final) == (6, [1, 2, 3, 4, 5, 6])
    lagging.set_finality_lag(4)
    lagging.seal()
    assert (lagging.finalized, final[-1]) == (6, 6)
    for bad in (-1, 1001):
        with pytest.raises(Refused):
            lagging.set_finality_lag(bad)


def test_final_blocks_stay_final_after_reopening(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    chain.seal_many(10)
    chain.set_finality_lag(5)
    chain.seal_many(2)
    assert chain.finalized == 10
    chain.close()
    again = make_chain(tmp_path, finality_lag=8)
    assert (again.head.number, again.finalized) == (12, 10)
    with pytest.raises(Refused, match="2 of the head are not final"):
        reorganise(again, 3)
    again.close()


async def test_finalized_head_and_its_subscription_lag_on_the_wire(lagging: Chain) -> None:
    served = RpcServer(lagging)
    server = await served.listen(0)
    async with rpc(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as client:
        await client.call("dev_mine", 7)
        final = await client.call("chain_getFinalizedHead")
        assert int((await client.call("chain_getHeader", final))["number"], 16) == 2
        assert await client.call("chain_getHead") != final
        await client.call("chain_subscribeFinalizedHeads")
        await client.call("dev_mine", 2)
        assert [int((await client.push())["number"], 16) for _ in range(3)] == [2, 3, 4]
        assert await client.call("dev_setFinalityLag", 0) == {"block": 9, "finalized": 9, "lag": 0}
    await served.end(server)


def test_replaced_blocks_are_others_and_their_extrinsics_come_again(lagging: Chain) -> None:
    alice = Signer(lagging, ALICE)
    lagging.seal_many(3)
    told: list[Any] = []
    lagging.submit(alice.bytes(transfer(BOB, 7)), told.append)
    lagging.seal_many(2)
    balance, old = free_rao(lagging, BOB), [lagging.block_hash(number) for number in range(6)]
    heads: list[bytes] = []
    lagging.listeners.append(lambda sealed: heads.append(sealed.hash))
    sealed = reorganise(lagging, 3)
    new = [lagging.block_hash(number) for number in range(6)]
    assert new[:3] == old[:3]
    assert set(new[3:]).isdisjoint(old[3:])
    assert heads == new[3:] == [each.hash for each in sealed]
    assert free_rao(lagging, BOB) == balance
    assert told == [
        "ready",
        {"inBlock": "0x" + (old[4] or b"").hex()},
        {"retracted": "0x" + (old[4] or b"").hex()},
        {"inBlock": "0x" + (new[3] or b"").hex()},
    ]
    assert [lagging.number_of(each or b"") for each in old[3:]] == [None] * 3
    lagging.seal_many(5)
    assert names(told)[-1] == "finalized"


def test_empty_blocks_are_replaced_by_others_too(lagging: Chain) -> None:
    lagging.seal_many(4)
    heads = {lagging.head_hash}
    for _ in range(3):
        reorganise(lagging, 2)
        heads.add(lagging.head_hash)
    assert len(heads) == 4


def test_dropped_extrinsics_never_happened(lagging: Chain) -> None:
    before = free_rao(lagging, BOB)
    told: list[Any] = []
    lagging.submit(Signer(lagging, ALICE).bytes(transfer(BOB, 7)), told.append)
    lagging.seal_many(2)
    reorganise(lagging, 2, readmit=False)
    assert (free_rao(lagging, BOB), lagging.next_nonce(ALICE.ss58_address)) == (before, 0)
    assert names(told) == ["ready", "inBlock", "retracted", "dropped"]
    assert len(lagging.pool) == 0


def test_answers_by_number_are_the_new_fork_s(lagging: Chain) -> None:
    lagging.seal()
    data = ALICE.public_key
    Signer(lagging, ALICE).run(*transfer(BOB, 5))
    number = lagging.head.number
    asked = ("AccountNonceApi_account_nonce", data, number)
    assert lagging.queries.call(*asked) == (1).to_bytes(4, "little")
    reorganise(lagging, 1, readmit=False)
    assert lagging.queries.call(*asked) == bytes(4)


def test_storage_listeners_hear_what_going_back_undid(lagging: Chain) -> None:
    key = lagging.world.codec.storage_key("System", "Account", BOB.ss58_address)
    before = lagging.world.state.get(key)
    Signer(lagging, ALICE).run(*transfer(BOB, 5))
    lagging.seal()
    changes: list[bytes | None] = []
    lagging.listeners.append(lambda sealed: changes.append(sealed.changes.get(key, b"silent")))
    reorganise(lagging, 2, readmit=False)
    assert changes == [before, b"silent"]


def test_mortal_extrinsics_born_on_the_old_fork_are_invalid_on_the_new(lagging: Chain) -> None:
    alice = Signer(lagging, ALICE)
    lagging.seal_many(3)
    told: list[Any] = []
    birth = lagging.block_hash(3)
    lagging.submit(alice.bytes(transfer(BOB, 5), era={"period": 64, "current": 3}, birth=birth), told.append)
    reorganise(lagging, 1)
    assert names(told) == ["ready", "invalid"]


def test_a_reorganisation_that_cannot_be_stored_changes_nothing(
    lagging: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    Signer(lagging, ALICE).run(*transfer(BOB, 5))
    lagging.seal_many(2)
    before = (lagging.head_hash, dict(lagging.world.state._values), len(lagging.pool), lagging.block_hash(1))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(lagging.store, "write", full)
        with pytest.raises(sqlite3.OperationalError):
            reorganise(lagging, 3)
    after = (lagging.head_hash, dict(lagging.world.state._values), len(lagging.pool), lagging.block_hash(1))
    assert after == before
    reorganise(lagging, 3)
    lagging.seal()


def test_final_blocks_are_not_replaced(chain: Chain) -> None:
    chain.seal_many(4)
    with pytest.raises(Refused, match="4 blocks cannot be replaced: 0 of the head are not final"):
        reorganise(chain, 4)
    with pytest.raises(Refused):
        reorganise(chain, 0)


def test_a_chain_of_grants_forks_and_extrinsics_comes_out_the_same_when_executed_again(tmp_path: Path) -> None:
    chain = make_chain(tmp_path, finality_lag=5)
    alice = Signer(chain, ALICE)
    with pytest.raises(ZeroDivisionError):
        chain.seal(lambda frame: ledger.mint(frame, CHARLIE.ss58_address, 12_345), lambda frame: 1 / 0)
    alice.run(*transfer(BOB, 5))
    chain.seal_many(3)
    reorganise(chain, 4)
    chain.seal(lambda frame: frame.remove_raw(frame.codec.storage_key("System", "Account", BOB.ss58_address)))
    alice.run(*transfer(CHARLIE, 10**18))
    twin = make_chain()
    assert replay(chain.store, twin) == chain.head.number == twin.head.number
    assert twin.head_hash == chain.head_hash
    assert dict(twin.world.state._values) == dict(chain.world.state._values)
    chain.close()
    again = make_chain(tmp_path)
    assert again.head_hash == twin.head_hash
    again.close()
    twin.close()


def test_a_grant_that_is_not_recorded_would_be_found_out() -> None:
    from netctl.devchain.errors import ChainDataError

    chain, twin = make_chain(), make_chain()
    chain.seal(lambda frame: ledger.mint(frame, CHARLIE.ss58_address, 12_345))
    chain.store._sql.execute("DELETE FROM grants")
    with pytest.raises(ChainDataError, match="block 1 differs"):
        replay(chain.store, twin)
