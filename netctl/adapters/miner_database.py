"""Reading what a miner has stored, beside the miner that writes it: nothing of the database is ever changed.

A database in WAL mode is read through its log, where a reader and the writer do not wait for each other. One that is
at rest, or in another mode, is read as it lies, without any lock, and counts only if it was still the same afterwards.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from netctl.coverage.held import Label, Reading
from netctl.pack_model import Holdings

PATIENCE_S = 2.0
"""How long a lock of the miner's is waited for."""
LONGEST_S = 30.0
"""A count that takes longer is given up: while it lasts, the miner's log grows."""
TRIES = 3
_STEPS = 10_000
_HEADER = b"SQLite format 3\0"
_WAL_MODE = 2

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a database is read: a lock is waited for `patience_s`, and a count given up after `longest_s`.

    `time_scale` is how much faster the miner's own clock runs.
    """

    time_scale: float = 1.0
    patience_s: float = PATIENCE_S
    longest_s: float = LONGEST_S


USUAL = Terms()


def read_labels(path: Path, spec: Holdings, terms: Terms = USUAL) -> Reading:
    """Count a database by label. Never raises: `problem` says what was in the way."""
    try:
        if not path.is_file():
            return Reading(problem="is no file" if path.exists() else "is not there: the miner has not stored anything")
        with path.open("rb") as stream:
            header = stream.read(20)
        if not header:
            return Reading(problem="is empty: the miner has not made its tables yet")
        if len(header) < 20 or not header.startswith(_HEADER):
            return Reading(problem="is no SQLite database")
        return _read(path, spec, header[19] == _WAL_MODE, terms)
    except OSError as exc:
        return Reading(problem=f"cannot be read: {exc.strerror}")
    except sqlite3.Error as exc:
        return Reading(problem=_told(exc, terms.longest_s))


def _read(path: Path, spec: Holdings, wal: bool, terms: Terms) -> Reading:
    for _ in range(TRIES):
        before = _stamp(path)
        if wal and before[1] is not None and before[1][1] > 0:
            return _counted(f"{_uri(path)}?mode=ro", spec, terms)
        if _has_journal(path):
            return Reading(problem="is in the middle of a change that was not finished, or is being changed")
        try:
            found = _counted(f"{_uri(path)}?mode=ro&immutable=1", spec, terms)
        except sqlite3.DatabaseError:
            # What is half written looks torn; it is so only if nobody has written meanwhile.
            if _stamp(path) == before:
                raise
            continue
        if _stamp(path) == before:
            return found
    return Reading(problem="was changed while it was read, each time")


def _counted(uri: str, spec: Holdings, terms: Terms) -> Reading:
    deadline = time.monotonic() + terms.longest_s
    with closing(sqlite3.connect(uri, uri=True, timeout=terms.patience_s, isolation_level=None)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        unit = _unit_s(spec, terms)
        connection.execute("PRAGMA query_only = ON")
        return Reading(tuple(_label(row, unit) for row in connection.execute(_query(spec))))


def _query(spec: Holdings) -> str:
    # In brackets, a column that is not there is an error; in double quotes it would be a text.
    size = f"SUM([{spec.bytes}])" if spec.bytes is not None else "0"
    when = f"MIN([{spec.time.column}]), MAX([{spec.time.column}])" if spec.time is not None else "NULL, NULL"
    return f"SELECT [{spec.label}], COUNT(*), {size}, {when} FROM [{spec.table}] GROUP BY 1"  # noqa: S608 - checked names


def _label(row: tuple[object, ...], unit: float) -> Label:
    label, count, size, first, last = row
    return Label(
        label="" if label is None else str(label),
        entities=int(str(count)),
        bytes=int(size) if isinstance(size, int | float) else 0,
        first_s=first * unit if isinstance(first, int | float) else None,
        last_s=last * unit if isinstance(last, int | float) else None,
    )


def _unit_s(spec: Holdings, terms: Terms) -> float:
    """Seconds of the wall clock in one of the time column's units."""
    if spec.time is None:
        return 1.0
    return spec.time.seconds / terms.time_scale if spec.time.scaled else float(spec.time.seconds)


def _stamp(path: Path) -> Stamp:
    return tuple(_mark(Path(f"{path}{end}")) for end in ("", "-wal", "-journal"))


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _has_journal(path: Path) -> bool:
    """Whether a change is under way or was cut off; a journal that is kept between changes begins with zeros."""
    try:
        with Path(f"{path}-journal").open("rb") as stream:
            return any(stream.read(8))
    except FileNotFoundError:
        return False


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}"


def _told(exc: sqlite3.Error, longest_s: float) -> str:
    name = exc.sqlite_errorname
    if name in {"SQLITE_BUSY", "SQLITE_LOCKED"} or name.startswith("SQLITE_BUSY"):
        return "is locked by another process"
    if name == "SQLITE_INTERRUPT":
        return f"was not counted within {longest_s:g} s"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"is torn: {exc}"
    if str(exc).startswith(("no such table", "no such column")):
        return f"has another shape: {exc}"
    return f"cannot be read: {exc}"
