"""Snapshots of one running chain: taken, gone back to, written to files and read from them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netctl.devchain import snapshots
from netctl.devchain.chain import Chain, check_same
from netctl.devchain.database import Tip, remove
from netctl.devchain.errors import ChainDataError, Refused
from netctl.devchain.snapshots import Facts, Shelf


class Archive:
    """Copying, packing and reading in is done in a thread beside the chain, which goes on, one after the other.

    A copy is of the chain between two blocks, not before it was asked for nor after it is told.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._shelf = Shelf(chain.directory)
        self._writing: set[Path] = set()
        self._turn = asyncio.Lock()

    async def take(self, name: object) -> Facts:
        """Keep the chain as it is under a name; Refused if the name is taken."""
        target = self._shelf.path(name)
        if target.exists() or target in self._writing:
            raise Refused(f"there is a snapshot {name} already", f"netctl chain snapshot {name}-2")
        return await self._write(target)

    async def export(self, target: Path) -> Facts:
        """Write the chain as it is to a file of its own; Refused if it is there or cannot be written."""
        if target.exists() or target in self._writing:  # noqa: ASYNC240
            raise Refused(f"{target} is there already", "give another path, or remove it")
        return await self._write(target)

    async def revert(self, name: object) -> Facts:
        """Make the chain what it was when the snapshot was taken. Later blocks are gone, final ones too."""
        return await self.restore(self._shelf.existing(name))

    async def restore(self, file: Path) -> Facts:
        """Make the chain what a file holds; Refused if that is a chain of other options or metadata, or damaged."""
        facts = snapshots.read_facts(file)
        self._check(file, facts)
        async with self._turn:
            with self._scratch() as database:
                try:
                    await asyncio.to_thread(snapshots.unpack, file, database)
                    incoming = await asyncio.to_thread(self._chain.store.read_in, database)
                except OSError as exc:
                    raise Refused(f"{file} cannot be unpacked: {exc.strerror}", "make room beside the chain") from exc
                except (sqlite3.Error, ChainDataError) as exc:
                    raise Refused(f"{file} cannot be read in: {exc}", "export it again, or make room") from exc
            try:
                self._chain.become(incoming)
            except BaseException as exc:
                incoming.discard()
                if isinstance(exc, OSError):
                    message = f"{file} cannot be put in the chain's place: {exc.strerror}"
                    raise Refused(message, "make room beside the chain") from exc
                raise
        return facts

    def list(self) -> list[dict[str, Any]]:
        """Name, block, hash and size of each snapshot; block and hash null, and `problem` said, for a damaged one."""
        return [
            {
                "name": kept.name,
                "block": kept.facts and kept.facts.block,
                "hash": kept.facts and kept.facts.hash,
                "bytes": kept.bytes,
                "problem": kept.problem,
            }
            for kept in self._shelf.list()
        ]

    def remove(self, name: object) -> None:
        """Forget a snapshot; Refused if there is none, or if it is something else that cannot be removed."""
        path = self._shelf.existing(name)
        try:
            path.unlink()
        except OSError as exc:
            raise Refused(f"{path} cannot be removed: {exc.strerror}", "look at it with ls -l") from exc

    def _check(self, file: Path, facts: Facts) -> None:
        theirs = {"options": facts.options.encode(), "metadata": bytes.fromhex(facts.metadata[2:])}
        try:
            check_same(self._chain.identity(), theirs)
        except ChainDataError as exc:
            what = str(exc).replace("the data directory", str(file))
            raise Refused(what, "start a chain of the same options, or of the same profile") from exc

    async def _write(self, target: Path) -> Facts:
        self._writing.add(target)
        try:
            async with self._turn:
                with self._scratch() as database:
                    return await asyncio.to_thread(self._copy, database, target)
        except (OSError, sqlite3.Error) as exc:
            why = exc.strerror if isinstance(exc, OSError) else exc
            raise Refused(f"{target} cannot be written: {why}", "give a path with room") from exc
        finally:
            self._writing.discard(target)

    def _copy(self, database: Path, target: Path) -> Facts:
        facts = facts_of(self._chain, self._chain.store.copy_to(database))
        snapshots.write(target, facts, database)
        return facts

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        path = self._shelf.scratch()
        try:
            yield path
        finally:
            remove(path)


def facts_of(chain: Chain, tip: Tip) -> Facts:
    """What a copy of the chain says of itself."""
    identity = chain.identity()
    return Facts(
        block=tip.number,
        hash="0x" + tip.hash.hex(),
        finalized=min(tip.number, max(tip.finalized or 0, tip.number - chain.heads.lag)),
        genesis="0x" + chain.genesis_hash.hex(),
        metadata="0x" + identity["metadata"].hex(),
        options=identity["options"].decode(),
    )
