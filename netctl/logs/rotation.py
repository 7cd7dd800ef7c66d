"""Moving the older part of logs into archives while their neurons go on writing.

A log is rotated in steps, each of which can be the last: what a killed rotation left is finished by the next one, and
read rightly until then. See docs/logs.md for what each file system can do.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from netctl.fleet import LogPolicy
from netctl.logs import cutting
from netctl.logs.archives import Archive, Layout, State, folder_of, layout, listing
from netctl.logs.cutting import ALIGNED

TEMPORARY = ".netctl-"
CHUNK = 1024 * 1024
LEVEL = 4
LOCK_PATIENCE_S = 1.0
CATCHING_UP = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of one log: how many bytes went into archives, or why none did. All of it is in its place then."""

    path: Path
    archived: int
    problem: str | None = None


class _Busy(Exception):
    """Somebody reads just now, or another netctl rotates this log: the next time will do."""


def rotate_due(paths: Iterable[Path], policy: LogPolicy, *, idle: Collection[Path] = ()) -> list[Rotated]:
    """Rotate the logs that have grown beyond the policy, finish what was broken off, and forget the oldest archives.

    `idle` are logs that nobody writes to. Nothing is raised for a full disk or a file that cannot be written: the log
    stays as it is, and the result says why. To be run in a thread: compressing 50 MB takes a second.
    """
    done = []
    for path in paths:
        try:
            if not _is_due(path, policy):
                continue
            with _alone(path) as live:
                done.append(Rotated(path, _rotate(path, live, policy, is_idle=path in idle)))
        except (_Busy, FileNotFoundError):
            continue
        except OSError as error:
            done.append(Rotated(path, 0, f"{error.strerror or error}"))
    return [each for each in done if each.archived or each.problem]


def _is_due(path: Path, policy: LogPolicy) -> bool:
    """Two looks at the file system for a log at rest."""
    try:
        size = os.stat(path).st_size  # noqa: PTH116 - as cheap as it gets
    except FileNotFoundError:
        return False
    archives = listing(folder_of(path))
    if not archives:
        return size >= policy.rotate_bytes
    newest = archives[-1]
    there_yet = newest.end - newest.origin if newest.state is State.KEPT else 0
    if size - there_yet >= policy.rotate_bytes or len(archives) > policy.keep:
        return True
    return size < there_yet or any(_is_unfinished(each, path) for each in archives)


def _is_unfinished(archive: Archive, path: Path) -> bool:
    """Whether a rotation was broken off here; one that is kept as a hole has come as far as it can."""
    if archive.state is not State.KEPT:
        return archive.state is not State.WHOLE
    live = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return not cutting.begins_with_hole(live, archive.end - archive.origin)
    finally:
        os.close(live)


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The live file, opened to be changed, while no other netctl rotates this log."""
    folder = folder_of(path)
    for directory in (folder.parent, folder):
        with suppress(FileExistsError):
            os.mkdir(directory, 0o700)  # noqa: PTH102 - a step that tests can die at
    guard = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _Busy from error
        except OSError:
            pass  # no locks on this file system: whoever has the fleet's lock is alone
        live = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            yield live
        finally:
            os.close(live)
    finally:
        os.close(guard)


def _rotate(path: Path, live: int, policy: LogPolicy, *, is_idle: bool) -> int:
    _sweep(folder_of(path))
    _finish(path, live)
    found = layout(path, live)
    archived = 0
    if found.end - found.fresh >= policy.rotate_bytes:
        if is_idle:
            archived = found.end - found.fresh
            _rename(path, live, found)
        else:
            archived = _archive(path, live, found)
    _prune(folder_of(path), policy.keep)
    return archived


def _finish(path: Path, live: int) -> None:
    """Bring what an earlier rotation left into its last state."""
    for archive in listing(folder_of(path)):
        if archive.state is State.RENAMED:
            _compress(archive)
    archives = listing(folder_of(path))
    if not archives or archives[-1].state is State.WHOLE:
        return
    newest = archives[-1]
    with _unread(live):
        is_there_yet = layout(path, live).base < newest.end
        if not is_there_yet:
            _become(newest, State.WHOLE)
        elif newest.state is State.TRUNCATED:
            _empty(live, newest)
        else:
            _cut(live, newest)


def _archive(path: Path, live: int, found: Layout) -> int:
    """Copy all whole blocks, then take them out. At least one byte stays: a file cannot lose its end so."""
    length = (found.end - found.base - 1) // ALIGNED * ALIGNED
    end = found.base + length
    if end <= found.fresh:
        return 0
    archive = Archive(folder_of(path), found.fresh, end, found.base, State.KEPT)
    _write(archive, live)
    with _unread(live):
        _cut(live, archive)
    return end - found.fresh


def _cut(live: int, archive: Archive) -> None:
    """Take an archive's range out of the live file, or as much of its weight as the file system allows."""
    length = archive.end - archive.origin
    if not cutting.punch(live, length):
        _empty(live, archive)
    elif cutting.begins_with_hole(live, length):
        # What is a hole can be told from what was taken out: a rotation that is killed here is finished rightly.
        cut = _become(archive, State.CUT)
        _become(cut, State.WHOLE if cutting.collapse(live, length) else State.KEPT)


def _empty(live: int, archive: Archive) -> None:
    """Where a file can only lose all: archive the rest of it, and empty it in a moment in which nothing came."""
    for _ in range(CATCHING_UP):
        if archive.state is State.TRUNCATED and os.fstat(live).st_size <= archive.end - archive.origin:
            break
        archive = _lengthen(archive, live)
    os.ftruncate(live, 0)
    _become(archive, State.WHOLE)


def _lengthen(archive: Archive, live: int) -> Archive:
    """The archive with what has come since, in its place."""
    temporary = archive.folder / f"{TEMPORARY}{archive.path.name}"
    shutil.copy2(archive.path, temporary)
    content = os.pread(live, os.fstat(live).st_size, archive.end - archive.origin)
    with temporary.open("ab") as file:
        file.write(gzip.compress(content, LEVEL, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    longer = replace(archive, end=archive.end + len(content), state=State.TRUNCATED)
    os.replace(temporary, longer.path)  # noqa: PTH105 - a step that tests can die at
    if longer != archive:
        os.unlink(archive.path)  # noqa: PTH108 - a step that tests can die at
    return longer


def _rename(path: Path, live: int, found: Layout) -> None:
    """What nobody writes to is put aside whole."""
    renamed = Archive(folder_of(path), found.fresh, found.end, found.base, State.RENAMED)
    with _unread(live):
        os.replace(path, renamed.path)  # noqa: PTH105 - a step that tests can die at
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    _compress(renamed)


def _compress(renamed: Archive) -> None:
    with renamed.path.open("rb") as raw:
        _write(replace(renamed, state=State.WHOLE), raw.fileno())
    os.unlink(renamed.path)  # noqa: PTH108 - a step that tests can die at


def _write(archive: Archive, source: int) -> None:
    """An archive of its range of the open file, there whole or not at all."""
    temporary = archive.folder / f"{TEMPORARY}{archive.path.name}"
    begun = time.time_ns()
    with temporary.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
            for at in range(archive.begin, archive.end, CHUNK):
                packed.write(os.pread(source, min(CHUNK, archive.end - at), at - archive.origin))
        file.flush()
        # Whatever is in it was written before this: --since passes older archives over.
        os.utime(file.fileno(), ns=(begun, begun))
        os.fsync(file.fileno())
    os.replace(temporary, archive.path)  # noqa: PTH105 - a step that tests can die at
    _sync(archive.folder)


def _become(archive: Archive, state: State) -> Archive:
    became = replace(archive, state=state)
    os.replace(archive.path, became.path)  # noqa: PTH105 - a step that tests can die at
    _sync(archive.folder)
    return became


@contextmanager
def _unread(live: int) -> Iterator[None]:
    """No reader is between looking where things lie and reading there. Waits a second for those that are."""
    give_up = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(live, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > give_up:
                raise _Busy from error
            time.sleep(0.002)
        except OSError:
            break
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(live, fcntl.LOCK_UN)


def _prune(folder: Path, keep: int) -> None:
    for archive in listing(folder)[: -max(keep, 1)]:
        os.unlink(archive.path)  # noqa: PTH108 - a step that tests can die at


def _sweep(folder: Path) -> None:
    """Remove what a killed rotation left unfinished, and archives that a longer one has replaced."""
    wanted = {archive.path for archive in listing(folder)}
    for left_over in folder.iterdir():
        if left_over not in wanted:
            left_over.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
