"""What `netctl ingest` has read, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from netctl.cli.ingesting import Brought
from netctl.cli.output import Cell, say, show, show_json, show_table
from netctl.errors import NetctlError
from netctl.store.ingesting import Ingested


def show_ingested(brought: Brought, *, as_json: bool) -> None:
    """Each file with what it has brought; faults on stderr too, as two lines each."""
    for _, fault in brought.faults:
        say(f"error: {fault.message}")
        say(f"hint: {fault.hint}")
    if as_json:
        show_json(_document(brought))
        return
    for file in brought.files:
        show(f"{file.source.path}: {_sentence(file, dry_run=brought.dry_run)}")
    signals = _signals(brought)
    if signals:
        show_table(("signal", "events"), [(Cell(name), Cell(str(count))) for name, count in signals.most_common()])
    if any(file.lines for file in brought.files) and not signals:
        say("no line was a signal: are role and pack the right ones?")
    if not brought.dry_run and brought.files:
        show(f"in {brought.store}")


def _signals(brought: Brought) -> Counter[str]:
    total: Counter[str] = Counter()
    for file in brought.files:
        total.update(file.signals)
    return total


def _sentence(file: Ingested, *, dry_run: bool) -> str:
    source = file.source
    parts = []
    if file.is_other:
        parts.append("another log than was here before")
    if file.same_as is not None:
        parts.append(f"the same log as {file.same_as}, read before")
    if file.new:
        verb = "would be read" if dry_run else "read"
        parts.append(
            f"{_count(file.lines, 'line')} {verb}, {_count(file.events, 'event')} of {source.role} {source.name}"
        )
    else:
        parts.append("nothing new")
    if file.lost:
        parts.append(f"{_count(file.lost, 'byte')} were gone before")
    if file.is_torn:
        parts.append("its last line has no end yet and is left for the next time")
    return "; ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _document(brought: Brought) -> dict[str, Any]:
    return {
        "ok": not brought.faults,
        "store": str(brought.store),
        "dry_run": brought.dry_run,
        "events": sum(file.events for file in brought.files),
        "files": [_file(file) for file in brought.files] + [_fault(path, fault) for path, fault in brought.faults],
    }


def _file(file: Ingested) -> dict[str, Any]:
    source = file.source
    return {
        "path": str(source.path),
        "name": source.name,
        "role": source.role,
        "pack": source.pack,
        "stream": source.stream,
        "events": file.events,
        "lines": file.lines,
        "bytes": file.read,
        "lost_bytes": file.lost,
        "signals": dict(file.signals),
        "other_than_before": file.is_other,
        "same_as": None if file.same_as is None else str(file.same_as),
        "last_line_open": file.is_torn,
        "error": None,
    }


def _fault(path: Path, fault: NetctlError) -> dict[str, Any]:
    return {"path": str(path), "error": {"message": fault.message, "hint": fault.hint}}
