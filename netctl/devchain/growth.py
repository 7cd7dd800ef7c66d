"""How a chain grows: blocks built one upon the other in memory, stored in one transaction, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from netctl.devchain.author import Author, Built, Draft
from netctl.devchain.faults.active import Faults
from netctl.devchain.fees import ACCOUNT
from netctl.devchain.frame import BlockView, World
from netctl.devchain.heads import Heads
from netctl.devchain.pool import Pool
from netctl.devchain.store import Cut, Store, StoredBlock, Written
from netctl.devchain.validity import Candidate


@dataclass(frozen=True)
class Fork:
    """The cut that a reorganisation begins with, and the extrinsics that go back into the pool."""

    cut: Cut
    readmitted: tuple[Candidate, ...]


class Growth:
    """Adds blocks to one chain's state, heads, pool and store. Tells nobody."""

    def __init__(self, world: World, heads: Heads, pool: Pool, store: Store, author: Author, faults: Faults) -> None:
        self._world = world
        self._heads = heads
        self._pool = pool
        self._store = store
        self._author = author
        self._faults = faults

    def nonce(self, account: str) -> int:
        """An account's nonce at the head, that of an unfinished growth too."""
        world = self._world
        return int(ACCOUNT.get(BlockView(world, world.state.number), account)["nonce"])

    def extend(self, drafts: Iterable[Draft], fork: Fork | None = None) -> list[Built]:
        """A block for each draft, stored. If building or storing fails, all is as it was."""
        heads, state = self._heads, self._world.state
        blocks: list[Written] = []
        built: list[Built] = []
        with self._undone_if_it_fails() as undo:
            if fork is not None:
                self._go_back(fork, undo)
            for draft in drafts:
                ready = self._pool.ready(self.nonce) if draft.ready is None else draft.ready
                if self._faults:
                    ready = self._faults.let_through(ready)
                made = self._author.build(heads.head, heads.head_hash, ready, draft)
                written = _written(made, state.undo_of(made.changes))
                self._take_in(made, written, undo)
                blocks.append(written)
                built.append(made)
            if blocks:
                final = heads.final_at(heads.head.number)
                cut = None if fork is None else fork.cut
                self._store.write(blocks, self._world.options.keep_blocks, final, cut)
        return built

    @contextmanager
    def _undone_if_it_fails(self) -> Iterator[list[Callable[[], object]]]:
        heads = self._heads
        head, head_hash = heads.head, heads.head_hash
        undo: list[Callable[[], object]] = []
        try:
            yield undo
        except BaseException:
            for step in reversed(undo):
                step()
            if heads.head_hash != head_hash:
                heads.reset(head, head_hash)
            raise

    def _go_back(self, fork: Fork, undo: list[Callable[[], object]]) -> None:
        state, heads, cut = self._world.state, self._heads, fork.cut
        base = heads.header(cut.above)
        if base is None:
            raise AssertionError(f"BUG: no block {cut.above} to go back to")
        before, number = dict(state.undo_of(cut.changes)), state.number
        undo.append(lambda: state.apply(number, before))
        state.apply(cut.above, cut.changes)
        heads.reset(base, base.hash())
        self._pool.forget_births(cut.above)
        for candidate in fork.readmitted:
            undo.append(partial(self._pool.remove, candidate.extrinsic.hash))
            self._pool.add(candidate)

    def _take_in(self, made: Built, written: Written, undo: list[Callable[[], object]]) -> None:
        state, number = self._world.state, made.header.number
        undo.append(lambda: state.apply(number - 1, dict(written.undo)))
        state.apply(number, made.changes)
        self._heads.push(made.header, made.hash)
        for extrinsic in (*made.included, *made.invalid):
            taken = self._pool.remove(extrinsic.hash)
            if taken is not None:
                undo.append(partial(self._pool.put_back, taken))


def _written(made: Built, undo: list[tuple[bytes, bytes | None]]) -> Written:
    block = StoredBlock(made.header.number, made.hash, made.header.encode(), made.body, made.grants)
    return Written(block, made.changes, undo)
