"""Snapshots: one file each, a line that says what it is, a line of facts, and the compressed database.

The same file is a snapshot of a chain under a name, and what is exported to and imported from elsewhere. It appears
under its name when it is whole and on disk; a process killed halfway leaves a file that nobody lists.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from netctl.devchain.database import COMPANIONS
from netctl.devchain.errors import Refused

MAGIC = b"netctl embedded chain, snapshot 1\n"
SUFFIX = ".snapshot"
HALF = ".half"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CHUNK = 1 << 20
MAX_FACTS = 1 << 20


@dataclass(frozen=True)
class Facts:
    """What a snapshot says of itself. Hashes are 0x hex; `options` is the chain's identity as JSON text."""

    block: int
    hash: str
    finalized: int
    genesis: str
    metadata: str
    options: str


@dataclass(frozen=True)
class Kept:
    """A snapshot on the shelf. `facts` is None for one that is damaged, and `problem` says what is wrong with it."""

    name: str
    bytes: int
    facts: Facts | None
    problem: str | None = None


def write(target: Path, facts: Facts, database: Path) -> None:
    """Make the snapshot file of a copied database; OSError if there is no room."""
    half = target.with_name(f"{target.name}.{os.getpid()}{HALF}")
    try:
        with database.open("rb") as source, half.open("xb") as out:
            half.chmod(0o600)
            digest = sha256()
            while chunk := source.read(CHUNK):
                digest.update(chunk)
            source.seek(0)
            out.write(MAGIC + json.dumps({**asdict(facts), "sha256": digest.hexdigest()}).encode() + b"\n")
            packer = zlib.compressobj(6)
            while chunk := source.read(CHUNK):
                out.write(packer.compress(chunk))
            out.write(packer.flush())
            out.flush()
            os.fsync(out.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _read_head(source: BinaryIO, name: str) -> tuple[Facts, str]:
    hint = "give a file that netctl chain export made"
    try:
        if source.read(len(MAGIC)) != MAGIC:
            raise Refused(f"{name} is no snapshot of an embedded chain", hint)
        told: dict[str, Any] = json.loads(source.readline(MAX_FACTS))
        digest = str(told.pop("sha256"))
        return _checked(Facts(**told)), digest
    except OSError as exc:
        raise Refused(f"{name} cannot be read: {exc.strerror}", hint) from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Refused(f"{name} is no snapshot of an embedded chain: {exc}", hint) from exc


def _checked(facts: Facts) -> Facts:
    numbers, texts = (facts.block, facts.finalized), (facts.hash, facts.genesis, facts.metadata)
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
        raise ValueError("its block is no number")
    for each in texts:
        bytes.fromhex(each.removeprefix("0x"))
    if not isinstance(json.loads(facts.options), dict):
        raise TypeError("its options are none")
    return facts


def read_facts(file: Path) -> Facts:
    """What a snapshot file says of itself; Refused if it is none or cannot be read."""
    with _opened(file) as source:
        return _read_head(source, str(file))[0]


def _opened(file: Path) -> BinaryIO:
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            raise Refused(f"{file} is no file", "give the path of a snapshot file")
        return file.open("rb")
    except OSError as exc:
        raise Refused(f"{file} cannot be read: {exc.strerror}", "give the path of a snapshot file") from exc


def unpack(file: Path, database: Path) -> Facts:
    """Write the database of a snapshot to a new file; Refused if it is damaged or no snapshot."""
    with _opened(file) as source, database.open("wb") as out:
        facts, wanted = _read_head(source, str(file))
        unpacker, digest = zlib.decompressobj(), sha256()
        try:
            while chunk := source.read(CHUNK):
                while chunk:
                    plain = unpacker.decompress(chunk, CHUNK)
                    digest.update(plain)
                    out.write(plain)
                    chunk = unpacker.unconsumed_tail
        except zlib.error as exc:
            raise Refused(f"{file} is damaged: {exc}", "export it again") from exc
    if digest.hexdigest() != wanted or not unpacker.eof:
        raise Refused(f"{file} is damaged: its contents are not what was written", "export it again")
    return facts


class Shelf:
    """The snapshots of one chain, by name; gone with the process for a chain in memory."""

    def __init__(self, home: Path | None) -> None:
        self._home = home
        if home is not None and self.directory.is_dir():
            for suffix in COMPANIONS:
                for left in self.directory.glob(f"*{HALF}{suffix}"):
                    left.unlink(missing_ok=True)

    @property
    def directory(self) -> Path:
        """Where the files are; it need not be there yet."""
        if self._home is None:
            self._home = Path(tempfile.mkdtemp(prefix="devchain-"))
            weakref.finalize(self, shutil.rmtree, self._home, ignore_errors=True)
        return self._home / "snapshots"

    def path(self, name: object) -> Path:
        """Where the snapshot of this name is or would be; Refused for what is no name."""
        if not isinstance(name, str) or NAME.fullmatch(name) is None:
            hint = "use letters, digits, dots, hyphens and underscores, 64 at most"
            raise Refused(f"{str(name)[:80]!r} is no name for a snapshot", hint)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.directory / f"{name}{SUFFIX}"

    def existing(self, name: object) -> Path:
        """The file of a snapshot; Refused, with the names there are, if there is none of this name."""
        path = self.path(name)
        if not os.path.lexists(path):
            names = ", ".join(each.name for each in self.list()) or "none"
            raise Refused(f"there is no snapshot {name}, there are: {names}", "netctl chain snapshots")
        return path

    def list(self) -> Iterator[Kept]:
        """Each snapshot, by name; one that cannot be read is told with what is wrong and keeps nobody from the rest."""
        for path in sorted(self.directory.glob(f"*{SUFFIX}")):
            facts, problem = None, None
            try:
                facts = read_facts(path)
            except Refused as exc:
                problem = exc.message
            yield Kept(path.name.removesuffix(SUFFIX), path.lstat().st_size, facts, problem)

    def scratch(self) -> Path:
        """A path for a database that is about to be packed or loaded; the caller removes the file."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=HALF, dir=self.directory)
        os.close(handle)
        path = Path(name)
        path.unlink()
        return path
