"""The database: whole blocks only, one chain to a directory, no way to open somebody else's."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.devchain.chain import check_same
from netctl.devchain.errors import ChainDataError
from netctl.devchain.store import FILE, Store, StoredBlock, Written
from tests.devchain.lab import ALICE, BOB, Signer, free_rao, make_chain, transfer

pytestmark = pytest.mark.fast

BLOCK = StoredBlock(1, b"\1" * 32, b"header", (b"one", b"two"))


def test_reopened_chain_goes_on_where_it_was(tmp_path: Path) -> None:
    first = make_chain(tmp_path)
    signer = Signer(first, ALICE)
    signer.run(*transfer(BOB, 5))
    left, balance = first.head_hash, free_rao(first, BOB)
    first.close()
    again = make_chain(tmp_path)
    assert (again.head_hash, again.head.number) == (left, 1)
    assert free_rao(again, BOB) == balance
    assert again.header(1).hash() == left  # type: ignore[union-attr]
    again.seal()
    assert again.head.parent == left
    again.close()


def test_chain_reopened_halfway_seals_the_same_blocks_as_one_left_running(tmp_path: Path) -> None:
    scratch = make_chain()
    raws = [Signer(scratch, ALICE).bytes(transfer(BOB, number + 1), nonce=number) for number in range(4)]
    scratch.close()
    hashes = []
    for stops in (False, True):
        chain = make_chain(tmp_path / str(stops))
        for raw in raws:
            chain.submit(raw)
            chain.seal()
            if stops:
                chain.close()
                chain = make_chain(tmp_path / str(stops))
        hashes.append(chain.head_hash)
        chain.close()
    assert hashes[0] == hashes[1]


def test_old_state_is_there_after_reopening(tmp_path: Path) -> None:
    first = make_chain(tmp_path)
    Signer(first, ALICE).run(*transfer(BOB, 5))
    key = first.world.codec.storage_key("System", "Account", BOB.ss58_address)
    first.seal()
    first.close()
    again = make_chain(tmp_path)
    state = again.world.state
    assert state.get_at(key, 0) != state.get_at(key, 1) == state.get(key)
    again.close()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"first_netuid": 428}, "first_netuid None there, 428 here"),
        ({"slot_ms": 12000}, "slot_ms 250 there, 12000 here"),
        ({"compat": False}, "compat True there, False here"),
    ],
)
def test_other_options_on_the_same_data_are_refused(options: dict[str, int], named: str, tmp_path: Path) -> None:
    make_chain(tmp_path).close()
    with pytest.raises(ChainDataError, match=named):
        make_chain(tmp_path, **options)


def test_another_netctl_s_metadata_is_refused_where_the_options_are_the_same() -> None:
    chain = make_chain()
    check_same(chain.identity(), chain.identity())
    with pytest.raises(ChainDataError, match="other runtime metadata"):
        check_same(chain.identity(), {**chain.identity(), "metadata": bytes(32)})


def test_pace_may_change_on_the_same_data(tmp_path: Path) -> None:
    make_chain(tmp_path, seal="manual").close()
    make_chain(tmp_path, seal="instant", block_time_s=1.5).close()


def test_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    code = f"from pathlib import Path; from netctl.devchain.store import Store; Store(Path({str(tmp_path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "in use by another chain" in other.stderr
    chain.close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 9, b"SQLite format 3\0" * 99])
def test_foreign_file_is_refused_when_opened(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ChainDataError, match="unreadable"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_data_directory_is_the_user_s_alone(tmp_path: Path) -> None:
    make_chain(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_failed_write_leaves_no_half_block(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_genesis({"a": b"1"}, StoredBlock(0, bytes(32), b"genesis", ()), {b"k": b"0"})
    with pytest.raises(TypeError):
        store.write([Written(BLOCK, {b"k": b"1"}, [(b"k", b"0"), 7])], 10)  # type: ignore[list-item]
    assert (store.tip(), store.state()) == (0, {b"k": b"0"})
    store.write([Written(BLOCK, {b"k": b"1"}, [(b"k", b"0")])], 10)
    assert (store.tip(), store.body(1), store.number_of(b"\1" * 32)) == (1, [b"one", b"two"], 1)
    store.close()


def test_chain_stays_at_its_head_when_a_block_cannot_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = make_chain(tmp_path)
    signer = Signer(chain, ALICE)
    told: list[object] = []
    chain.submit(signer.bytes(transfer(BOB, 5)), told.append)
    genuine = chain.store.write

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(chain.store, "write", full)
    with pytest.raises(OSError, match="disk full"):
        chain.seal()
    assert (chain.head.number, told, len(chain.pool)) == (0, ["ready"], 1)
    monkeypatch.setattr(chain.store, "write", genuine)
    chain.seal()
    assert (chain.head.number, len(told), len(chain.pool)) == (1, 3, 0)
    chain.close()


FULL_DISK = """
import resource, sqlite3, sys
from pathlib import Path
from tests.devchain.lab import make_chain

chain = make_chain(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, resource.RLIM_INFINITY))
failures = 0
while failures < 3:
    try:
        chain.seal()
    except sqlite3.OperationalError:
        failures += 1
full = chain.head
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for _ in range(3):
    chain.seal()
head = chain.head_hash
chain.close()
again = make_chain(Path(sys.argv[1]))
assert again.head_hash == head and again.head.number == full.number + 3 > 3
print("goes on")
"""


def test_chain_goes_on_when_a_full_disk_has_room_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "data")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "goes on\n", ended.stderr


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write_genesis({"a": b"1"}, StoredBlock(0, bytes(32), b"genesis", ()), {b"k": b"0"})
    store._sql.execute(
        "CREATE TABLE pair (a INTEGER PRIMARY KEY, b INTEGER REFERENCES pair (a) DEFERRABLE INITIALLY DEFERRED)"
    )
    store._sql.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError), store._transaction():
        store._sql.execute("INSERT INTO pair VALUES (1, 2)")
    store.write([Written(BLOCK, {b"k": b"1"}, [(b"k", b"0")])], 10)
    assert store.tip() == 1
    store.close()
