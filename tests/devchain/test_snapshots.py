"""Snapshots: kept, gone back to, carried elsewhere, and refused where they do not belong."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netctl.devchain import snapshots
from netctl.devchain.archive import Archive
from netctl.devchain.chain import Chain
from netctl.devchain.errors import Refused
from netctl.devchain.replay import replay
from tests.devchain.lab import ALICE, BOB, Program, Signer, free_rao, make_chain, rpc, transfer
from tests.devchain.test_program import run_program


@pytest.fixture
def archive(chain: Chain) -> Archive:
    return Archive(chain)


async def test_reverted_chain_is_what_it_was_and_goes_the_same_way_again(chain: Chain, archive: Archive) -> None:
    alice = Signer(chain, ALICE)
    raw = alice.bytes(transfer(BOB, 5))
    chain.seal_many(3)
    before = (chain.head_hash, dict(chain.world.state._values), free_rao(chain, BOB))
    facts = await archive.take("base")
    assert (facts.block, facts.hash) == (3, "0x" + chain.head_hash.hex())
    after = []
    for _ in range(2):
        chain.submit(raw)
        chain.seal_many(4)
        after.append(chain.head_hash)
        await archive.revert("base")
        assert (chain.head_hash, dict(chain.world.state._values), free_rao(chain, BOB)) == before
        assert (chain.head.number, chain.finalized, chain.block_hash(4), chain.number_of(after[-1])) == (
            3,
            3,
            None,
            None,
        )
    assert after[0] == after[1]


async def test_nothing_of_the_way_that_was_left_is_told_after_a_revert(chain: Chain, archive: Archive) -> None:
    chain.seal()
    await archive.take("base")
    told: list[Any] = []
    waiting = Signer(chain, ALICE).bytes(transfer(BOB, 5), nonce=1)
    Signer(chain, ALICE).run(*transfer(BOB, 5))
    chain.submit(waiting, told.append)
    chain.pool.add(chain.pool.remove(next(iter(chain.pool)).extrinsic.hash)[0])  # type: ignore[index]
    asked = ("AccountNonceApi_account_nonce", ALICE.public_key, 2)
    assert chain.queries.call(*asked) == (1).to_bytes(4, "little")
    heads: list[tuple[int, bool]] = []
    final: list[int] = []
    key = chain.world.codec.storage_key("System", "Account", BOB.ss58_address)
    chain.listeners.append(lambda sealed: heads.append((sealed.header.number, key in sealed.changes)))
    chain.finality_listeners.append(lambda header: final.append(header.number))
    await archive.revert("base")
    assert (heads, final, told, len(chain.pool)) == ([(1, True)], [1], ["ready", "dropped"], 0)
    chain.seal()
    assert chain.queries.call(*asked) == bytes(4)


async def test_subscribers_see_the_head_that_was_gone_back_to(start_program: Callable[..., Program]) -> None:
    program = start_program("--seal", "manual")
    async with rpc(program.url) as client:
        await client.call("dev_mine", 2)
        await client.call("dev_snapshot", "two")
        await client.call("dev_mine", 3)
        await client.call("chain_subscribeNewHeads")
        assert (await client.push())["number"] == "0x5"
        told = await client.call("dev_revert", "two")
        pushed = await client.push()
        assert (pushed["number"], told["block"]) == ("0x2", 2)
        assert await client.call("chain_getHead") == told["hash"] == await client.call("chain_getFinalizedHead")
    program.kill()
    async with rpc(program.start().url) as client:
        assert await client.call("chain_getHead") == told["hash"]
        (listed,) = await client.call("dev_snapshots")
        assert (listed["name"], listed["block"], listed["hash"]) == ("two", 2, told["hash"])
        await client.call("dev_removeSnapshot", "two")
        assert await client.call("dev_snapshots") == []
        error = (await client.ask("dev_revert", "two"))["error"]
        assert (error["code"], error["message"]) == (-32000, "there is no snapshot two, there are: none")
        for bad in ("relative/path", 5, None):
            assert (await client.ask("dev_export", bad))["error"]["code"] == -32602


async def test_exported_chain_goes_on_elsewhere(chain: Chain, archive: Archive, tmp_path: Path) -> None:
    Signer(chain, ALICE).run(*transfer(BOB, 5))
    chain.seal_many(50)
    file = tmp_path / "chain.snapshot"
    await archive.export(file)
    other = make_chain(tmp_path / "other")
    other.seal_many(7)
    facts = await Archive(other).restore(file)
    assert (other.head_hash, facts.genesis) == (chain.head_hash, "0x" + chain.genesis_hash.hex())
    assert other.world.state.get_at(b":code", 20) == chain.world.state.get_at(b":code", 20)
    assert other.seal().hash == chain.seal().hash
    other.close()
    again = make_chain(tmp_path / "other")
    twin = make_chain()
    assert replay(again.store, twin) == 52
    again.close()
    with pytest.raises(Refused, match="is there already"):
        await archive.export(file)
    with pytest.raises(Refused, match="cannot be written"):
        await archive.export(tmp_path / "nowhere" / "x")


async def test_a_file_of_another_chain_is_refused_and_named(chain: Chain, archive: Archive, tmp_path: Path) -> None:
    await archive.export(tmp_path / "one")
    for options, said in (
        ({"seed": "x"}, "seed 'devchain' there, 'x' here"),
        ({"slot_ms": 500}, "slot_ms 250 there, 500 here"),
    ):
        other = make_chain(**options)
        with pytest.raises(Refused, match=said):
            await Archive(other).restore(tmp_path / "one")
        assert other.head.number == 0
        other.close()


@pytest.mark.parametrize("damage", ["flipped", "altered", "short", "empty", "facts", "foreign", "missing"])
async def test_damaged_file_is_refused_and_changes_nothing(
    damage: str, chain: Chain, archive: Archive, tmp_path: Path
) -> None:
    chain.seal_many(20)
    file = tmp_path / "file"
    await archive.export(file)
    chain.seal_many(5)
    raw = bytearray(file.read_bytes())
    match damage:
        case "flipped":
            raw[-2000] ^= 1
        case "altered":
            head_end = raw.index(b"\n", len(snapshots.MAGIC)) + 1
            plain = bytearray(zlib.decompress(raw[head_end:]))
            plain[-5000] ^= 1
            raw[head_end:] = zlib.compress(plain)
        case "short":
            raw = raw[:-100]
        case "empty":
            raw = bytearray()
        case "facts":
            raw = bytearray(snapshots.MAGIC + b'{"block": 1}\n')
        case "foreign":
            raw = bytearray(b"SQLite format 3\0" * 99)
    file.write_bytes(raw)
    if damage == "missing":
        file.unlink()
    head = chain.head_hash
    with pytest.raises(Refused) as refusal:
        await archive.restore(file)
    assert refusal.value.hint
    assert (chain.head_hash, chain.head.number) == (head, 25)
    chain.seal()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, 5, None, "a b"])
async def test_names_are_names(name: object, archive: Archive) -> None:
    with pytest.raises(Refused):
        await archive.take(name)


async def test_a_name_is_given_once(archive: Archive) -> None:
    await archive.take("a")
    with pytest.raises(Refused, match="there is a snapshot a already"):
        await archive.take("a")
    assert [each["name"] for each in archive.list()] == ["a"]


@pytest.mark.parametrize("damage", ["foreign", "facts", "types", "options", "hash", "directory", "dangling"])
async def test_a_damaged_file_is_named_beside_the_others_which_stay_of_use(damage: str, tmp_path: Path) -> None:
    chain = make_chain(tmp_path / "chain")
    archive = Archive(chain)
    chain.seal_many(3)
    for name in ("good", "bad", "later"):
        await archive.take(name)
    bad = tmp_path / "chain" / "snapshots" / "bad.snapshot"
    head, _, body = bad.read_bytes().removeprefix(snapshots.MAGIC).partition(b"\n")
    told = json.loads(head)
    altered = {"types": {"block": "3"}, "options": {"options": "[]"}, "hash": {"metadata": "0xzz"}}.get(damage)
    bad.unlink()
    match damage:
        case "foreign":
            bad.write_bytes(b"SQLite format 3\0" * 99)
        case "facts":
            bad.write_bytes(snapshots.MAGIC + b'{"block": 1}\n')
        case "directory":
            bad.mkdir()
        case "dangling":
            bad.symlink_to(tmp_path / "nowhere")
        case _:
            bad.write_bytes(snapshots.MAGIC + json.dumps({**told, **(altered or {})}).encode() + b"\n" + body)
    rows = {each["name"]: each for each in archive.list()}
    assert list(rows) == ["bad", "good", "later"]
    assert (rows["bad"]["block"], rows["bad"]["hash"]) == (None, None)
    assert str(bad) in rows["bad"]["problem"]
    assert [rows[name]["problem"] for name in ("good", "later")] == [None, None]
    with pytest.raises(Refused, match="there are: bad, good, later"):
        await archive.revert("none")
    with pytest.raises(Refused):
        await archive.revert("bad")
    chain.seal_many(4)
    assert (await archive.revert("good")).block == chain.head.number == 3
    assert (await archive.export(tmp_path / "exported")).block == 3
    archive.remove("later")
    chain.close()


async def test_program_imports_a_file_and_refuses_one_of_other_options(
    chain: Chain, archive: Archive, tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    chain.seal_many(9)
    await archive.export(tmp_path / "file")
    refused = run_program(tmp_path, "--seed", "other", "--import", str(tmp_path / "file"))
    assert (refused.returncode, [line.split(":")[0] for line in refused.stderr.splitlines()]) == (4, ["error", "hint"])
    done = run_program(tmp_path / "there", "--import", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (0, f"imported block 9 0x{chain.head_hash.hex()}\n")
    program = start_program("--seal", "manual", data=tmp_path / "there" / "data")
    async with rpc(program.url) as client:
        assert await client.call("chain_getHead") == "0x" + chain.head_hash.hex()
