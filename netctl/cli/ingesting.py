"""From the words of `netctl ingest` to logs and the store that they go to."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netctl import packs
from netctl.cli.output import say
from netctl.cli.selection import Words, fleet_meant
from netctl.errors import NetctlError, UnreadableLog, UsageError
from netctl.fleet import Fleet, Role
from netctl.layout import error_log_of, log_of
from netctl.signals.spec import StreamName
from netctl.store.database import FILE, empty, looked_into, opened
from netctl.store.feeding import Feeder
from netctl.store.ingesting import Ingested, ingest
from netctl.store.sources import LogSource

_BEHIND_THE_NAME = re.compile(r"(?:\.err)?\.(?:log|txt|out)\b.*|\.gz$")
ROLES: tuple[Role, ...] = ("miner", "validator")
TOLD_EVERY = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was told; paths are absolute."""

    files: tuple[Path, ...]
    role: Role | None
    pack: str | None
    name: str | None
    stream: StreamName | None
    store: Path | None
    again: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of it, file by file."""

    store: Path
    dry_run: bool
    files: tuple[Ingested, ...]
    faults: tuple[tuple[Path, NetctlError], ...]


def bring(wanted: Wanted, words: Words) -> Brought:
    """Read each of the files into the store; a fault of one is told, and the others are read."""
    fleet = None if wanted.store is not None and words.profile is None else fleet_meant(words)
    pack, beside = _pack_of(wanted, fleet)
    loaded = packs.load(pack, beside)
    sources = [_source_of(path, wanted, loaded.name, fleet) for path in wanted.files]
    store = wanted.store or _store_of(fleet)
    files: list[Ingested] = []
    faults: list[tuple[Path, NetctlError]] = []
    with _opened(store, dry_run=wanted.dry_run) as connection:
        feeder = Feeder(connection, {role: loaded.spec.signals_of(role) for role in ROLES})
        for source in sources:
            try:
                files.append(
                    ingest(
                        feeder,
                        source,
                        now=time.time(),
                        named=wanted.name is not None,
                        again=wanted.again,
                        dry_run=wanted.dry_run,
                        progress=_progress(source.path),
                    )
                )
            except (UnreadableLog, UsageError) as fault:
                faults.append((source.path, fault))
    return Brought(store, wanted.dry_run, tuple(files), tuple(faults))


def _store_of(fleet: Fleet | None) -> Path:
    if fleet is None:
        raise UsageError("no store to write to", hint="name a fleet with --profile, or a file with --store")
    return fleet.state / FILE


def _pack_of(wanted: Wanted, fleet: Fleet | None) -> tuple[str, Path | None]:
    if wanted.pack is not None:
        return wanted.pack, None
    if fleet is None:
        hint = f"name it with --pack: {', '.join(packs.pack_names())}"
        raise UsageError("without a fleet there is no pack, whose signals are looked for", hint=hint)
    return fleet.code.pack, fleet.profile_path.parent


def _source_of(path: Path, wanted: Wanted, pack: str, fleet: Fleet | None) -> LogSource:
    own = None if fleet is None or wanted.store is not None else _own(path, fleet)
    if own is not None:
        if wanted.again or wanted.name not in {None, own.name} or wanted.role not in {None, own.role}:
            raise UsageError(
                f"{path} is the log of {own.name}, a {own.role} of this fleet, whose supervisor reads it",
                hint="leave out --again, --name and --role, or read it into a store of its own: --store",
            )
        return own
    name = wanted.name or _BEHIND_THE_NAME.sub("", path.name) or path.name
    named = None if fleet is None else fleet.neuron(name)
    role = wanted.role or (None if named is None else named.role)
    if role is None:
        raise UsageError(f"{path}: whose log it is cannot be told", hint="add --role miner or --role validator")
    stream = wanted.stream or ("stderr" if ".err.log" in path.name else "stdout")
    return LogSource(name, role, pack, stream, path, foreign=True)


def _own(path: Path, fleet: Fleet) -> LogSource | None:
    """The source that the supervisor reads there, if it is one of this fleet's logs."""
    real = path.resolve()
    for neuron in fleet.neurons:
        for log, stream in ((log_of(fleet, neuron.name), "stdout"), (error_log_of(fleet, neuron.name), "stderr")):
            if real == log.resolve():
                return LogSource(neuron.name, neuron.role, fleet.code.pack, stream, log)  # type: ignore[arg-type]
    return None


@contextmanager
def _opened(store: Path, *, dry_run: bool) -> Iterator[sqlite3.Connection]:
    if not dry_run:
        store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with opened(store) as connection:
            yield connection
        return
    with looked_into(store) if store.exists() else empty() as connection:
        yield connection


def _progress(path: Path) -> Callable[[int], None]:
    told = 0

    def tell(read: int) -> None:
        nonlocal told
        if read - told >= TOLD_EVERY:
            told = read
            say(f"{path.name}: {read / 1e9:.1f} GB read")

    return tell
