"""The chain: submitting, sealing, looking up. Synchronous and single-threaded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

from netctl.devchain.author import Author, Built, Draft, build_genesis
from netctl.devchain.database import Incoming
from netctl.devchain.dispatch import Runtime
from netctl.devchain.errors import ChainDataError, DispatchError, Refused
from netctl.devchain.extrinsic import Extrinsic, parse_extrinsic
from netctl.devchain.faults.active import Faults
from netctl.devchain.frame import BlockFrame, BlockView, World
from netctl.devchain.grants import Grant
from netctl.devchain.growth import Fork, Growth
from netctl.devchain.header import Header, blake2_256
from netctl.devchain.heads import LONGEST_LAG, Heads
from netctl.devchain.options import ChainOptions
from netctl.devchain.pace import Pace
from netctl.devchain.pool import Pool
from netctl.devchain.queries import Queries
from netctl.devchain.runtime import packed_runtime
from netctl.devchain.scale import Truncated
from netctl.devchain.shield import Shield
from netctl.devchain.state import Changes, State
from netctl.devchain.storage import Frame
from netctl.devchain.store import Store, StoredBlock
from netctl.devchain.validity import Candidate, Validity
from netctl.devchain.watching import Status, Watcher, Watching

__all__ = ["Chain", "Sealed", "Status", "Watcher"]

Genesis = Callable[[BlockFrame, ChainOptions], None]


@dataclass(frozen=True)
class Sealed:
    """What is told to those who listen for blocks; `changes` are those since the head that was told before."""

    header: Header
    hash: bytes
    changes: Changes


class Chain:
    """One chain on one store. `listeners` hear of every new head, `finality_listeners` of every block made final."""

    def __init__(
        self, options: ChainOptions, runtime: Runtime, genesis: Genesis, directory: Path | None = None
    ) -> None:
        """Open the chain in `directory`, or make it there; in memory without one. ChainDataError if it is another."""
        packed = packed_runtime(options)
        self.options = options
        self.directory = directory
        self.pace = Pace(options)
        self._packed = packed
        self.store = Store(directory)
        self.heads = Heads(self.store, options.finality_lag)
        self.pool = Pool()
        self.faults = Faults()
        self.listeners: list[Callable[[Sealed], None]] = []
        self.finality_listeners: list[Callable[[Header], None]] = []
        self.watching = Watching()
        with self._saying_what_is_wrong():
            state = State(self.store, options.keep_blocks)
            self.world = World(options, packed.codec, runtime, state, Shield(options.seed), self.heads.hash_of)
            self._open(genesis)
        self.validity = Validity(self.world, self.genesis_hash)
        self.queries = Queries(self.world, lambda: packed.v14)
        self._growth = Growth(
            self.world, self.heads, self.pool, self.store, Author(self.world, self.validity), self.faults
        )

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
        theirs = self.store.identity()
        if theirs:
            check_same(self.identity(), theirs)
        else:
            header, changes = build_genesis(self.world, lambda frame: genesis(frame, self.options))
            block = StoredBlock(0, header.hash(), header.encode(), ())
            state = {key: value for key, value in changes.items() if value is not None}
            self.store.write_genesis(self.identity(), block, state)
            self.world.state.apply(0, changes)
        self.heads.open(self.world.state.number)
        genesis_hash = self.block_hash(0)
        if genesis_hash is None:
            raise ChainDataError("the chain's database misses blocks")
        self.genesis_hash = genesis_hash

    def identity(self) -> dict[str, bytes]:
        """What two chains must have in common for the one's data to be the other's."""
        return {"options": self.options.identity(), "metadata": blake2_256(self.world.codec.v15)}

    @property
    def v14(self) -> bytes:
        """Metadata version 14."""
        return self._packed.v14

    # Looking up

    @property
    def head(self) -> Header:
        """The header of the highest block."""
        return self.heads.head

    @property
    def head_hash(self) -> bytes:
        """The hash of the highest block."""
        return self.heads.head_hash

    @property
    def finalized(self) -> int:
        """The number of the highest block that will never be taken back, short of a revert."""
        return self.heads.finalized

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a sealed block; None for blocks not there yet."""
        return self.heads.hash_of(number)

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the block with this hash."""
        return self.heads.number_of(block_hash)

    def header(self, number: int) -> Header | None:
        """The header of a block."""
        return self.heads.header(number)

    def view(self) -> BlockView:
        """Read access at the head."""
        return BlockView(self.world, self.head.number)

    def next_nonce(self, account: str) -> int:
        """The nonce that the account's next extrinsic should have, the pool's counted in."""
        return self.pool.next_nonce(account, self._growth.nonce(account))

    # Submitting

    def submit(self, raw: bytes, watcher: Watcher | None = None) -> bytes:
        """Take an extrinsic into the pool and give its hash; PoolRejection if it can never be in a block."""
        candidate = Candidate(parse_extrinsic(raw, self.world.codec))
        extrinsic = candidate.extrinsic
        if self.faults:
            self.faults.check_submission(extrinsic.signer)
        self.pool.check_free(candidate)
        self.validity.check(candidate, self.view(), self.head.number + 1)
        replaced = self.pool.add(candidate)
        if replaced is not None:
            self.watching.tell(replaced.extrinsic.hash, {"usurped": "0x" + extrinsic.hash.hex()}, last=True)
        if watcher is not None:
            self.watching.add(extrinsic.hash, watcher)
        self.watching.tell(extrinsic.hash, "ready" if self._is_ready(extrinsic) else "future")
        return extrinsic.hash

    def _is_ready(self, extrinsic: Extrinsic) -> bool:
        return extrinsic.signer is None or extrinsic.nonce < self.next_nonce(extrinsic.signer)

    def has_ready(self) -> bool:
        """Whether the next block would hold anything."""
        return next(self.pool.ready(self._growth.nonce), None) is not None

    def unwatch(self, extrinsic_hash: bytes, watcher: Watcher) -> None:
        """Tell this watcher no more."""
        self.watching.remove(extrinsic_hash, watcher)

    # Sealing

    def seal(self, *grants: Grant) -> Sealed:
        """Build, store and announce the next block. If storing fails nothing has happened.

        What a grant raises undoes that grant, and is raised when the block is sealed.
        """
        failures: list[Exception] = []
        sealed = self.seal_drafts([Draft([partial(_noting, grant, failures) for grant in grants])])[0]
        if failures:
            raise failures[0]
        return sealed

    def seal_many(self, count: int) -> list[Sealed]:
        """Several blocks in one transaction, announced after it: cheaper by the block, all of them or none."""
        return self.seal_drafts(repeat(Draft(), count))

    def seal_drafts(self, drafts: Iterable[Draft], fork: Fork | None = None) -> list[Sealed]:
        """A block for each draft, from where `fork` goes back to; stored in one transaction, then announced."""
        built = self._growth.extend(drafts, fork)
        back: Changes = {}
        if fork is not None:
            self.queries.forget()
            self.watching.retract(fork.cut.above)
            back = fork.cut.changes
        return [self._announce(each, back if each is built[0] else {}) for each in built]

    def _announce(self, built: Built, back: Changes) -> Sealed:
        sealed = Sealed(built.header, built.hash, {**back, **built.changes})
        self.watching.include(built.header.number, built.hash, built.included)
        for extrinsic in built.invalid:
            self.watching.tell(extrinsic.hash, "invalid", last=True)
        final = self.heads.final_at(built.header.number)
        self.watching.finalize(final)
        for candidate in self.pool.over(self._growth.nonce, built.header.number):
            self.pool.remove(candidate.extrinsic.hash)
            self.watching.tell(candidate.extrinsic.hash, "invalid", last=True)
        for listener in tuple(self.listeners):
            listener(sealed)
        self._tell_final(final)
        return sealed

    # Finality

    def set_finality_lag(self, blocks: int) -> None:
        """Blocks are final when so many are above them; what is final stays it. Refused beyond LONGEST_LAG."""
        longest = min(LONGEST_LAG, self.options.keep_blocks - 1)
        if not 0 <= blocks <= longest:
            raise Refused(f"finality cannot lag {blocks} blocks behind", f"give a number from 0 to {longest}")
        self.heads.lag = blocks
        final = self.heads.final_at(self.head.number)
        if final > self.finalized:
            self.store.mark_finalized(final)
            self.watching.finalize(final)
            self._tell_final(final)

    def _tell_final(self, final: int) -> None:
        first, self.heads.finalized = self.heads.finalized + 1, final
        if self.finality_listeners:
            for header in filter(None, map(self.header, range(first, final + 1))):
                for listener in tuple(self.finality_listeners):
                    listener(header)

    # Becoming another

    def become(self, incoming: Incoming) -> None:
        """Be what a database holds, in one step; the pool is emptied. OSError if it cannot be put in place.

        Listeners hear of the new head and of the final one, which may be lower than what they heard before.
        """
        self.store.become(incoming)
        changes = self.world.state.reload()
        self.heads.open(self.world.state.number)
        self.queries.forget()
        self.watching.retract(-1)
        for candidate in tuple(self.pool):
            self.pool.remove(candidate.extrinsic.hash)
        self.watching.drop_all()
        sealed = Sealed(self.head, self.head_hash, changes)
        for listener in tuple(self.listeners):
            listener(sealed)
        self.heads.finalized -= 1
        self._tell_final(self.heads.finalized + 1)

    def status(self) -> dict[str, Any]:
        """Figures for operators."""
        return {
            "block": self.head.number,
            "hash": "0x" + self.head_hash.hex(),
            "genesis": "0x" + self.genesis_hash.hex(),
            "seal": self.options.seal,
            "block_time_s": self.options.block_time_s,
            "speed": self.pace.speed,
            "paused": self.pace.is_paused,
            "slot_ms": self.options.slot_ms,
            "finalized": self.finalized,
            "finality_lag": self.heads.lag,
            "spec": self.options.spec,
            "compat": self.options.compat,
            "now_ms": self.options.genesis_time_ms + self.head.number * self.options.slot_ms,
            "pool": len(self.pool),
            "keys": len(self.world.state),
            "unsupported": dict(self.world.unsupported),
        }

    def close(self) -> None:
        """Let go of the store; nothing is lost, every block is there already."""
        self.store.close()


def _noting(grant: Grant, failures: list[Exception], frame: Frame) -> None:
    try:
        with frame.checkpoint():
            grant(frame)
    except DispatchError as exc:
        failures.append(exc)
    except Exception as exc:
        failures.append(exc)
        raise


def check_same(mine: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    """ChainDataError that names the options, or the metadata, in which two chains' identities differ."""
    if mine == theirs:
        return
    ours, stored = json.loads(mine["options"]), json.loads(theirs["options"])
    names = sorted(set(ours) | set(stored))
    changed = [
        f"{name} {stored.get(name)!r} there, {ours.get(name)!r} here"
        for name in names
        if ours.get(name) != stored.get(name)
    ]
    if not changed:
        raise ChainDataError("the data directory holds a chain made with other runtime metadata")
    raise ChainDataError(f"the data directory holds a chain made with other options: {'; '.join(changed)}")
