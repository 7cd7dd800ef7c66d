"""Copies of a chain that goes on meanwhile: whole blocks only, nobody kept waiting, and no way to have two at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from netctl.devchain import database
from netctl.devchain.archive import Archive
from netctl.devchain.chain import Chain
from netctl.devchain.errors import ChainDataError, Refused
from netctl.devchain.replay import replay
from netctl.devchain.store import Store
from tests.devchain.lab import ALICE, BOB, Signer, make_chain, transfer

BLOCKS = 600


@pytest.fixture(params=["disk", "memory"])
def long_chain(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """A chain whose copying takes a while: it stops for longer between its steps."""
    monkeypatch.setattr(database, "STEP_PAGES", 8)
    monkeypatch.setattr(database, "BREATH_S", 0.01)
    chain = make_chain(tmp_path / "chain" if request.param == "disk" else None)
    chain.seal_many(BLOCKS)
    yield chain
    chain.close()


def fail_to_write(chain: Chain) -> None:
    """What begins to be written is taken back; the copy begins anew."""
    with suppress(sqlite3.IntegrityError), chain.store._transaction():
        for value in (1, 2):
            chain.store._sql.execute("INSERT INTO marks VALUES ('never', ?)", (value,))


async def going_on(chain: Chain, work: Any) -> tuple[Any, int]:
    """What the work gives, and how many blocks, each with a transfer, were made while it was at it."""
    alice, made = Signer(chain, ALICE), 0
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    while not task.done():
        alice.run(*transfer(BOB, 5))
        if made < 2:
            fail_to_write(chain)
        made += 1
        await asyncio.sleep(0.002)
    return await task, made


def assert_same_way(chain: Chain, other: Chain) -> None:
    """The other chain is this one at an earlier block, and can be executed again to the same state."""
    assert other.head_hash == chain.block_hash(other.head.number)
    assert other.store._sql.execute("SELECT name FROM marks").fetchall() == [("finalized",)]
    twin = make_chain()
    replay(other.store, twin)
    assert dict(twin.world.state._values) == dict(other.world.state._values)
    twin.close()


async def test_a_copy_is_whole_though_blocks_are_made_meanwhile(long_chain: Chain, tmp_path: Path) -> None:
    archive = Archive(long_chain)
    before = long_chain.head.number
    facts, made = await going_on(long_chain, archive.export(tmp_path / "file"))
    assert made >= 5
    assert before <= facts.block <= long_chain.head.number
    if long_chain.directory is not None:
        assert facts.block >= before + 3, "the chain goes on between the steps of copying"
    assert (facts.hash, facts.finalized) == (f"0x{(long_chain.block_hash(facts.block) or b'').hex()}", facts.block)
    other = make_chain(tmp_path / "other")
    await Archive(other).restore(tmp_path / "file")
    assert other.head.number == facts.block
    assert_same_way(long_chain, other)
    other.close()


async def test_a_revert_while_blocks_are_made_ends_at_the_snapshot_and_stays_there(
    long_chain: Chain, tmp_path: Path
) -> None:
    archive = Archive(long_chain)
    await archive.take("base")
    head = long_chain.head_hash
    facts, made = await going_on(long_chain, archive.revert("base"))
    assert made >= 1
    assert (facts.block, long_chain.head.number, long_chain.head_hash) == (BLOCKS, BLOCKS, head)
    long_chain.seal()
    assert_same_way(long_chain, long_chain)
    if long_chain.directory is not None:
        told = long_chain.head_hash
        long_chain.close()
        again = make_chain(tmp_path / "chain")
        assert again.head_hash == told
        again.close()


@pytest.mark.slow
async def test_several_at_once_wait_for_each_other(long_chain: Chain, tmp_path: Path) -> None:
    archive = Archive(long_chain)
    await archive.take("base")
    works = (archive.export(tmp_path / "one"), archive.revert("base"), archive.take("two"), archive.revert("base"))
    await going_on(long_chain, asyncio.gather(*works))
    assert [each["name"] for each in archive.list()] == ["base", "two"]
    other = make_chain(tmp_path / "other")
    for name in ("one", "chain/snapshots/two.snapshot"):
        if (tmp_path / name).exists():
            await Archive(other).restore(tmp_path / name)
    other.close()


async def test_a_database_that_cannot_be_put_in_place_leaves_the_chain_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = make_chain(tmp_path)
    archive = Archive(chain)
    await archive.take("base")
    chain.seal_many(5)

    def no_room(old: sqlite3.Connection, *_: Path) -> None:
        old.close()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(database, "exchange", no_room)
        with pytest.raises(Refused, match="No space left"):
            await archive.revert("base")
    assert not (tmp_path / database.INCOMING).exists()
    assert chain.head.number == 5
    chain.seal()
    chain.close()
    again = make_chain(tmp_path)
    assert again.head.number == 6
    again.close()


def test_a_directory_has_one_chain_also_while_its_database_is_exchanged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store._sql.close()
    with pytest.raises(ChainDataError, match="in use by another chain"):
        Store(tmp_path)
    store.close()
    Store(tmp_path).close()


@pytest.mark.parametrize("damage", ["DROP TABLE state", "DELETE FROM blocks WHERE number = 1", "DELETE FROM blocks"])
async def test_a_copy_that_misses_something_is_not_become(damage: str, tmp_path: Path) -> None:
    from netctl.devchain import snapshots

    chain = make_chain(tmp_path / "chain")
    chain.seal_many(3)
    facts = await Archive(chain).export(tmp_path / "whole")
    snapshots.unpack(tmp_path / "whole", tmp_path / "database")
    with sqlite3.connect(tmp_path / "database") as opened:
        opened.execute(damage)
    opened.close()
    snapshots.write(tmp_path / "damaged", facts, tmp_path / "database")
    with pytest.raises(Refused, match="cannot be read in"):
        await Archive(chain).restore(tmp_path / "damaged")
    chain.seal()
    assert chain.head.number == 4
    chain.close()
