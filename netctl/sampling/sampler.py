"""Writes what is seen of a fleet into its metrics.db, bit by bit; whatever happens to that, the fleet runs on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from netctl import packs
from netctl.errors import ChainError, StoreError
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.observation import Observation
from netctl.ports import BlockRef, Metagraph, Weights, World
from netctl.status import report_of
from netctl.store.database import FILE, change, opened
from netctl.store.feeding import Feeder
from netctl.store.recording import record_balances, record_metagraph, record_states, record_usage
from netctl.store.sources import LogSource

AT_ONCE = 16 * 1024 * 1024
"""So many bytes of one log are read before the next has its turn."""

CHAIN_PATIENCE_S = 12.0


@dataclass(slots=True)
class Sampler:
    """One fleet's: each of its methods is a duty of the supervisor, and waits for the others' turns."""

    fleet: Fleet
    world: World
    _store: _Store | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _recorded: float = 0.0
    """When the chain was asked for what was written down last."""

    _sizes: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    """What each log was when it was read to its end: its inode, size and time."""

    @property
    def path(self) -> Path:
        """Where the store is."""
        return self.fleet.state / FILE

    async def look(self, seen: Observation | None) -> None:
        """Write an observation down: states, and what the chain was asked for anew."""
        if seen is None:
            return
        metagraph = seen.metagraph if seen.asked_at > self._recorded else None
        weights = None if metagraph is None else await self._weights(metagraph)

        def write(store: _Store) -> None:
            with change(store.connection):
                record_states(store.connection, report_of(self.fleet, seen).neurons, seen.at)
                if metagraph is not None and weights is not None:
                    record_metagraph(store.connection, metagraph, weights, seen.asked_at)
                    free_rao = {coldkey: account.free_rao for coldkey, account in (seen.accounts or {}).items()}
                    record_balances(store.connection, free_rao, metagraph.block, seen.asked_at)

        await self._in_turn(write)
        if weights is not None:
            self._recorded = seen.asked_at

    async def _weights(self, metagraph: Metagraph) -> Weights | None:
        """Those of its own block; None where the chain does not say now: the next look has another chance."""
        givers = [row.uid for row in metagraph.rows if row.validator_permit or row.dividends]
        chain = self.world.chain
        try:
            async with asyncio.timeout(CHAIN_PATIENCE_S):
                found = await chain.block_hash(metagraph.block)
                if found is None:  # another chain by now: its weights are not that block's
                    return None
                return await chain.weights(metagraph.netuid, givers, at=BlockRef(metagraph.block, found))
        except (ChainError, TimeoutError):
            return None

    async def usage(self, seen: Observation | None) -> None:
        """Write down what each running neuron uses."""
        sessions = {} if seen is None else seen.sessions or {}
        running = {n.name: s for n in self.fleet.neurons if (s := sessions.get(n.name)) and s.pid is not None}
        pids = {name: s.pid for name, s in running.items() if s.pid is not None and not s.node}
        elsewhere = [name for name, s in running.items() if s.node]
        found = await asyncio.to_thread(self.world.host.usage, pids.values())
        named = {name: found[pid] for name, pid in pids.items() if pid in found}
        if elsewhere:
            named |= await asyncio.to_thread(self.world.host.usage_elsewhere, elsewhere)
        now = self.world.clock.now()

        def write(store: _Store) -> None:
            with change(store.connection):
                record_usage(store.connection, named, now)

        await self._in_turn(write)

    async def logs(self) -> None:
        """Bring what neurons have logged since the last time into the store."""
        await self._in_turn(self._feed)

    def _feed(self, store: _Store) -> None:
        for source in self._sources():
            size = _size_of(source.path)
            if size is None or self._sizes.get(source.path) == size:
                continue
            fed = store.feeder.feed(source, now=self.world.clock.now(), most=AT_ONCE)
            if fed.read < AT_ONCE:
                self._sizes[source.path] = size

    def _sources(self) -> Iterator[LogSource]:
        pack = self.fleet.code.pack
        for neuron in self.fleet.neurons:
            yield LogSource(neuron.name, neuron.role, pack, "stdout", log_of(self.fleet, neuron.name))
            yield LogSource(neuron.name, neuron.role, pack, "stderr", error_log_of(self.fleet, neuron.name))

    async def _in_turn(self, write: Callable[[_Store], None]) -> None:
        async with self._turn:
            await asyncio.to_thread(lambda: write(self._opened()))

    def _opened(self) -> _Store:
        """The store as it lies there now: it may be moved away, or deleted with the state directory, at any time."""
        if self._store is not None and _size_of(self.path, length=False) == self._store.place:
            return self._store
        self.close()
        if not self.fleet.state.is_dir():
            raise StoreError(f"{self.fleet.state} is gone", hint="netctl fleet up makes it anew")
        self._sizes.clear()
        self._recorded = 0.0
        self._store = _Store.at(self.path, self.fleet)
        return self._store

    def close(self) -> None:
        """Leave the store to others."""
        if self._store is not None:
            self._store.open.close()
            self._store = None


@dataclass(frozen=True, slots=True)
class _Store:
    open: ExitStack
    connection: sqlite3.Connection
    feeder: Feeder
    place: tuple[int, int, int] | None

    @classmethod
    def at(cls, path: Path, fleet: Fleet) -> _Store:
        spec = packs.load(fleet.code.pack, fleet.profile_path.parent).spec
        stack = ExitStack()
        connection = stack.enter_context(opened(path))
        feeder = Feeder(connection, {role: spec.signals_of(role) for role in spec.roles})
        return cls(stack, connection, feeder, _size_of(path, length=False))


def _size_of(path: Path, *, length: bool = True) -> tuple[int, int, int] | None:
    """What a file is, None where there is none; without its `length` only which one."""
    try:
        found = os.stat(path)  # noqa: PTH116 - two for each neuron, every few seconds
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if length else (found.st_ino, found.st_dev, 0)
