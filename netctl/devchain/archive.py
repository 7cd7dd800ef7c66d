"""Snapshots of one running chain: taken, gone back to, written to files and read from them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netctl.devchain import snapshots
from netctl.devchain.chain import Chain, check_same
from netctl.devchain.errors import ChainDataError, Refused
from netctl.devchain.snapshots import Facts, Shelf


class Archive:
    """Copies are made between two blocks; packing and unpacking is done beside the chain, which goes on."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._shelf = Shelf(chain.directory)
        self._writing: set[Path] = set()

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
        with self._scratch() as database:
            try:
                await asyncio.to_thread(snapshots.unpack, file, database)
            except OSError as exc:
                raise Refused(f"{file} cannot be unpacked: {exc.strerror}", "make room beside the chain") from exc
            try:
                self._chain.become(database)
            except ChainDataError as exc:
                raise Refused(f"{file} is damaged: {exc}", "export it again") from exc
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
        except (ChainDataError, json.JSONDecodeError) as exc:
            what = str(exc).replace("the data directory", str(file))
            raise Refused(what, "start a chain of the same options, or of the same profile") from exc

    async def _write(self, target: Path) -> Facts:
        facts = facts_of(self._chain)
        with self._scratch() as database:
            self._writing.add(target)
            try:
                self._chain.store.copy_to(database)
                await asyncio.to_thread(snapshots.write, target, facts, database)
            except (OSError, sqlite3.Error) as exc:
                why = exc.strerror if isinstance(exc, OSError) else exc
                raise Refused(f"{target} cannot be written: {why}", "give a path with room") from exc
            finally:
                self._writing.discard(target)
        return facts

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        path = self._shelf.scratch()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def facts_of(chain: Chain) -> Facts:
    """What a snapshot of the chain as it is says of itself."""
    identity = chain.identity()
    return Facts(
        block=chain.head.number,
        hash="0x" + chain.head_hash.hex(),
        finalized=chain.finalized,
        genesis="0x" + chain.genesis_hash.hex(),
        metadata="0x" + identity["metadata"].hex(),
        options=identity["options"].decode(),
    )
