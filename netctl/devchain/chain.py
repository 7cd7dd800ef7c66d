"""The chain: submitting, sealing, looking up. Synchronous and single-threaded; blocks are final when sealed."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl.devchain.author import Author, Built, Grant, build_genesis
from netctl.devchain.dispatch import Runtime
from netctl.devchain.errors import ChainDataError
from netctl.devchain.extrinsic import Extrinsic, parse_extrinsic
from netctl.devchain.fees import ACCOUNT
from netctl.devchain.frame import BlockFrame, BlockView, World
from netctl.devchain.header import Header, blake2_256, decode_header
from netctl.devchain.options import ChainOptions
from netctl.devchain.pool import Pool
from netctl.devchain.queries import Queries
from netctl.devchain.runtime import packed_runtime
from netctl.devchain.scale import Truncated
from netctl.devchain.shield import Shield
from netctl.devchain.state import Changes, State
from netctl.devchain.store import Store, StoredBlock
from netctl.devchain.validity import Candidate, Validity

log = logging.getLogger(__name__)

Status = str | dict[str, str]
Watcher = Callable[[Status], None]
Genesis = Callable[[BlockFrame, ChainOptions], None]
RECENT = 4096


@dataclass(frozen=True)
class Sealed:
    """What is told to those who listen for blocks."""

    header: Header
    hash: bytes
    changes: Changes


class Chain:
    """One chain on one store."""

    def __init__(
        self, options: ChainOptions, runtime: Runtime, genesis: Genesis, directory: Path | None = None
    ) -> None:
        """Open the chain in `directory`, or make it there; in memory without one. ChainDataError if it is another."""
        packed = packed_runtime(options)
        self.options = options
        self._packed = packed
        self.store = Store(directory)
        self._hashes: dict[int, bytes] = {}
        self._numbers: dict[bytes, int] = {}
        self.pool = Pool()
        self.listeners: list[Callable[[Sealed], None]] = []
        self._watchers: dict[bytes, list[Watcher]] = {}
        with self._saying_what_is_wrong():
            state = State(self.store, options.keep_blocks)
            self.world = World(options, packed.codec, runtime, state, Shield(options.seed), self.block_hash)
            self._open(genesis)
        self.validity = Validity(self.world, self.genesis_hash)
        self.queries = Queries(self.world, lambda: packed.v14)
        self._author = Author(self.world, self.validity)

    @contextmanager
    def _saying_what_is_wrong(self) -> Iterator[None]:
        try:
            yield
        except (ChainDataError, Truncated, sqlite3.Error) as exc:
            self.store.close()
            if isinstance(exc, ChainDataError):
                raise
            raise ChainDataError(f"the chain's database cannot be used: {exc}") from exc

    def _open(self, genesis: Genesis) -> None:
        mine = {"options": self.options.identity(), "metadata": blake2_256(self.world.codec.v15)}
        theirs = self.store.identity()
        if theirs:
            _check_same(mine, theirs)
            header = decode_header(self._must(self.store.header(self.world.state.number)))
        else:
            header, changes = build_genesis(self.world, lambda frame: genesis(frame, self.options))
            block = StoredBlock(0, header.hash(), header.encode(), ())
            state = {key: value for key, value in changes.items() if value is not None}
            self.store.write_genesis(mine, block, state)
            self.world.state.apply(0, changes)
        self.head = header
        self.head_hash = header.hash()
        self._remember(header.number, self.head_hash)
        self.genesis_hash = self._must(self.block_hash(0))

    @staticmethod
    def _must(found: bytes | None) -> bytes:
        if found is None:
            raise ChainDataError("the chain's database misses blocks")
        return found

    @property
    def v14(self) -> bytes:
        """Metadata version 14."""
        return self._packed.v14

    # Looking up

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a sealed block; None for blocks not there yet."""
        return self._hashes.get(number) or (self.store.hash_of(number) if number >= 0 else None)

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the block with this hash."""
        number = self._numbers.get(block_hash)
        return self.store.number_of(block_hash) if number is None else number

    def header(self, number: int) -> Header | None:
        """The header of a block."""
        if number == self.head.number:
            return self.head
        raw = self.store.header(number)
        return None if raw is None else decode_header(raw)

    def view(self) -> BlockView:
        """Read access at the head."""
        return BlockView(self.world, self.head.number)

    def next_nonce(self, account: str) -> int:
        """The nonce that the account's next extrinsic should have, the pool's counted in."""
        return self.pool.next_nonce(account, int(ACCOUNT.get(self.view(), account)["nonce"]))

    # Submitting

    def submit(self, raw: bytes, watcher: Watcher | None = None) -> bytes:
        """Take an extrinsic into the pool and give its hash; PoolRejection if it can never be in a block."""
        candidate = Candidate(parse_extrinsic(raw, self.world.codec))
        extrinsic = candidate.extrinsic
        self.pool.check_free(candidate)
        self.validity.check(candidate, self.view(), self.head.number + 1)
        replaced = self.pool.add(candidate)
        if replaced is not None:
            self._tell(replaced.extrinsic, {"usurped": "0x" + extrinsic.hash.hex()}, last=True)
        if watcher is not None:
            self._watchers.setdefault(extrinsic.hash, []).append(watcher)
        self._tell(extrinsic, "ready" if self._is_ready(extrinsic) else "future")
        return extrinsic.hash

    def _is_ready(self, extrinsic: Extrinsic) -> bool:
        if extrinsic.signer is None:
            return True
        nonce = int(ACCOUNT.get(self.view(), extrinsic.signer)["nonce"])
        return extrinsic.nonce < self.pool.next_nonce(extrinsic.signer, nonce)

    def has_ready(self) -> bool:
        """Whether the next block would hold anything."""
        return next(self.pool.ready(self._nonce), None) is not None

    def unwatch(self, extrinsic_hash: bytes, watcher: Watcher) -> None:
        """Tell this watcher no more."""
        watchers = self._watchers.get(extrinsic_hash, [])
        if watcher in watchers:
            watchers.remove(watcher)

    def _nonce(self, account: str) -> int:
        return int(ACCOUNT.get(self.view(), account)["nonce"])

    def _tell(self, extrinsic: Extrinsic, status: Status, *, last: bool = False) -> None:
        for watcher in tuple(self._watchers.get(extrinsic.hash, ())):
            watcher(status)
        if last:
            self._watchers.pop(extrinsic.hash, None)

    # Sealing

    def seal(self, *grants: Grant) -> Sealed:
        """Build, store and announce the next block. If storing fails nothing has happened."""
        built = self._author.build(self.head, self.head_hash, self.pool.ready(self._nonce), grants)
        number = built.header.number
        block = StoredBlock(number, built.hash, built.header.encode(), built.body)
        state = self.world.state
        self.store.write(block, built.changes, state.undo_of(built.changes), self.options.keep_blocks)
        state.apply(number, built.changes)
        self.head, self.head_hash = built.header, built.hash
        self._remember(number, built.hash)
        sealed = Sealed(built.header, built.hash, built.changes)
        self._settle_pool(built)
        for listener in tuple(self.listeners):
            listener(sealed)
        return sealed

    def _remember(self, number: int, block_hash: bytes) -> None:
        self._hashes[number] = block_hash
        self._numbers[block_hash] = number
        old = self._hashes.pop(number - RECENT, None)
        if old is not None:
            del self._numbers[old]

    def _settle_pool(self, built: Built) -> None:
        at = "0x" + built.hash.hex()
        for extrinsic in (*built.included, *built.invalid):
            self.pool.remove(extrinsic.hash)
        for extrinsic in built.included:
            self._tell(extrinsic, {"inBlock": at})
        for extrinsic in built.included:
            self._tell(extrinsic, {"finalized": at}, last=True)
        for extrinsic in built.invalid:
            self._tell(extrinsic, "invalid", last=True)
        for candidate in self.pool.over(self._nonce, self.head.number):
            self.pool.remove(candidate.extrinsic.hash)
            self._tell(candidate.extrinsic, "invalid", last=True)

    def status(self) -> dict[str, Any]:
        """Figures for operators."""
        return {
            "block": self.head.number,
            "hash": "0x" + self.head_hash.hex(),
            "genesis": "0x" + self.genesis_hash.hex(),
            "seal": self.options.seal,
            "block_time_s": self.options.block_time_s,
            "slot_ms": self.options.slot_ms,
            "spec": self.options.spec,
            "now_ms": self.options.genesis_time_ms + self.head.number * self.options.slot_ms,
            "pool": len(self.pool),
            "keys": len(self.world.state),
            "unsupported": dict(self.world.unsupported),
        }

    def close(self) -> None:
        """Let go of the store; nothing is lost, every block is there already."""
        self.store.close()


def _check_same(mine: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    if mine == theirs:
        return
    if mine["metadata"] != theirs["metadata"]:
        raise ChainDataError("the data directory holds a chain made with other runtime metadata")
    ours, stored = json.loads(mine["options"]), json.loads(theirs["options"])
    names = sorted(set(ours) | set(stored))
    changed = [
        f"{name} {stored.get(name)!r} there, {ours.get(name)!r} here"
        for name in names
        if ours.get(name) != stored.get(name)
    ]
    raise ChainDataError(f"the data directory holds a chain made with other options: {'; '.join(changed)}")
