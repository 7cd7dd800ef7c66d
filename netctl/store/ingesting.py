"""Brings one log made elsewhere into the store, or says what that would bring."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from netctl.errors import UnreadableLog, UsageError
from netctl.store.feeding import Feeder
from netctl.store.sources import Log, LogSource, Place, Standing, forget, log_at, standing, start_of

AT_ONCE = 64 * 1024 * 1024
SAMPLE = 64 * 1024
NO_TEXT = 0.1
"""From this share on of bytes that no text has, a file is none."""

_CONTROL = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one log has brought, or would.

    `new` is false where the store had it all; `is_other` where another file was at this path before; `same_as` is the
    path of the same log that was read before; `is_torn`: its last line has no end yet and was left.
    """

    source: LogSource
    events: int = 0
    lines: int = 0
    read: int = 0
    lost: int = 0
    signals: Mapping[str, int] = field(default_factory=dict)
    is_other: bool = False
    same_as: Path | None = None
    is_torn: bool = False

    @property
    def new(self) -> bool:
        return self.read > 0


def ingest(
    feeder: Feeder,
    source: LogSource,
    *,
    now: float,
    named: bool = False,
    again: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Ingested:
    """Read what a log has beyond what the store has of it; `progress` is told how many bytes were read so far.

    `named`: it was given its name, so that a copy by another name is a log of its own. `again` reads it from its start,
    and takes what it had brought away first. UnreadableLog, with what was read before the fault in the store;
    UsageError where it was read as something else.
    """
    log = _opened(source)
    try:
        found = standing(feeder.connection, source, log)
        if named and found.continues is not None and found.read_as is not None and found.read_as[0] != source.name:
            found = standing(feeder.connection, source, log, alone=True)
        place = found.place or found.continues or Place(0)
        if again and found.place is not None:
            place = start_of(feeder.connection, source, log, found.place)
            if not dry_run:
                forget(feeder.connection, source, place)
        elif found.read_as is not None:
            source = _as_before(source, found, named=named)
        if dry_run:
            return _counted(feeder, source, log, found, place, progress)
        return _fed(feeder, source, log, found, now=now, progress=progress)
    except (EOFError, zlib.error, OSError) as exc:
        why = f"is damaged: {exc}" if isinstance(exc, (EOFError, zlib.error)) else f"cannot be read: {exc}"
        raise UnreadableLog(f"{source.path} {why}", hint="what came before is in the store; mend it and go on") from exc


def _opened(source: LogSource) -> Log:
    path = source.path
    if path.is_dir():
        raise UnreadableLog(f"{path} is a directory", hint="name the logs in it")
    if not path.exists():
        raise UnreadableLog(f"{path} is not there", hint="check its name")
    if not path.is_file():
        raise UnreadableLog(
            f"{path} is no file", hint="write to a file what comes out of it: it is read more than once"
        )
    try:
        log = log_at(source)
        sample = log.read(log.first(), SAMPLE).lstrip(b"\0")
    except (OSError, EOFError, zlib.error) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
        raise UnreadableLog(
            f"{path} cannot be read: {why}", hint="check its owner and mode, and that it is whole"
        ) from exc
    strange = len(sample) - len(sample.translate(None, _CONTROL))
    strange += sample.decode("utf-8", errors="replace").count("\N{REPLACEMENT CHARACTER}")
    if strange > NO_TEXT * len(sample):
        raise UnreadableLog(f"{path} is no text", hint="name logs as neurons write them, or packed by gzip")
    return log


def _as_before(source: LogSource, found: Standing, *, named: bool) -> LogSource:
    """The source under the name that it has in the store; UsageError where it was read as something else."""
    name, role, pack = found.read_as or (source.name, source.role, source.pack)
    if (role, pack) != (source.role, source.pack) or (named and name != source.name):
        raise UsageError(
            f"{source.path} was read before as {name}, a {role} of pack {pack}",
            hint=f"name it so, or read it anew as {source.name}, a {source.role} of {source.pack}: --again",
        )
    return replace(source, name=name)


def _fed(
    feeder: Feeder,
    source: LogSource,
    log: Log,
    found: Standing,
    *,
    now: float,
    progress: Callable[[int], None],
) -> Ingested:
    feeder.tally.clear()
    alone = found.place is None and found.continues is None
    total = feeder.feed(source, now=now, most=AT_ONCE, log=log, alone=alone)
    step = total
    while step.read >= AT_ONCE:
        progress(total.read)
        step = feeder.feed(source, now=now, most=AT_ONCE, log=log, alone=alone)
        total += step
    then = standing(feeder.connection, source, log, alone=alone)
    return Ingested(
        source,
        total.events,
        total.lines,
        total.read,
        total.lost,
        dict(feeder.tally.most_common()),
        found.is_other,
        found.same_as,
        then.place is not None and log.reaches(then.place.offset + 1),
    )


def _counted(
    feeder: Feeder, source: LogSource, log: Log, found: Standing, place: Place, progress: Callable[[int], None]
) -> Ingested:
    if not log.reaches(place.offset):
        return Ingested(source, same_as=found.same_as)
    counts: Counter[str] = Counter()
    lines = read = lost = told = 0
    for block in feeder.blocks(source, log, place):
        counts.update(event.signal for event in block.events)
        lines, read, lost = lines + block.fed.lines, read + block.fed.read, lost + block.fed.lost
        if read - told >= AT_ONCE:
            told = read
            progress(read)
        place = Place(place.id, block.end)
    is_torn = log.reaches(place.offset + 1)
    signals = dict(counts.most_common())
    return Ingested(source, counts.total(), lines, read, lost, signals, found.is_other, found.same_as, is_torn)
