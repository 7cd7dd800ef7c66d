"""Files, replaced whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from netctl.ports import FileFacts

TEMPORARY = ".netctl-"


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put `content` at `path` at once: a reader, also after a crash, sees the old file or the new one.

    Missing parents are made 0700. What an interrupted replacement left beside it is swept away.
    """
    make_directory(path.parent)
    for left_over in path.parent.glob(f"{TEMPORARY}{path.name}.*"):
        left_over.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{TEMPORARY}{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def create(path: Path, content: bytes) -> None:
    """Put a file where there is none, whole or not at all; FileExistsError where there is something.

    It and missing parents are anybody's to read, as the operator's umask has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{TEMPORARY}{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), 0o666 & ~_umask())
            stream.flush()
            os.fsync(stream.fileno())
        path.hardlink_to(name)
    finally:
        Path(name).unlink(missing_ok=True)
    _sync_directory(path.parent)


def _umask() -> int:
    """Asking means setting it; nothing else of netctl's makes files meanwhile."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def remove(path: Path) -> None:
    """Remove a file, and its directory where that leaves it empty; nothing happens where there is none."""
    path.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        return


def make_directory(path: Path) -> None:
    """Make a directory and its missing parents, 0700."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for directory in reversed(missing):
        directory.mkdir(mode=0o700, exist_ok=True)


def facts_of(path: Path) -> FileFacts | None:
    """A file's SHA-256 and mode, a directory's mode; None where there is nothing."""
    try:
        mode = path.stat().st_mode
        digest = None if S_ISDIR(mode) else hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    return FileFacts(digest, S_IMODE(mode))


def listing(root: Path) -> Mapping[Path, FileFacts]:
    """Every file and directory below `root`, itself included; empty where it is missing."""
    found: dict[Path, FileFacts] = {}
    for directory, _, names in os.walk(root):
        place = Path(directory)
        for path in (place, *(place / name for name in names)):
            facts = facts_of(path)
            if facts is not None:
                found[path] = facts
    return found


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
