"""Putting keyfiles into a wallet directory so that nothing is overwritten and nothing half-made stays in the way.

A new pair is staged in a hidden directory of its wallet and linked into place, secret first: `os.link` never
replaces. A kill in between leaves a secret without its public half (repairable) and a stage, swept by the next call.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from netctl.adapters.key_reading import unusable
from netctl.errors import WalletError

STAGE = ".netctl-new-"
_OWN_TOKEN = secrets.token_hex(4)
"""Tells this process's stages from those of a dead one that had the same pid."""


def prepare(wallet: Path) -> None:
    """A wallet directory to put keys into: made where it is missing, cleared of what interrupted runs left."""
    try:
        make_private(wallet / "hotkeys")
        sweep(wallet)
    except OSError as error:
        raise unusable(wallet, error) from error


def place(wallet: Path, home: Path, files: Mapping[str, bytes]) -> None:
    """Put one key's files, secret first, into `home`: the wallet's directory or its hotkeys'.

    WalletError when one of them is there by now; nothing is replaced.
    """
    try:
        staged = stage(wallet, files)
        try:
            for name in files:
                link(staged / name, home / name)
            sync_directory(home)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except FileExistsError as error:
        message = f"{error.filename2 or home}: somebody else made this key just now"
        raise WalletError(message, hint="run the command again: it uses the key that is there") from error
    except OSError as error:
        raise unusable(home, error) from error


def make_private(directory: Path) -> None:
    """The directory, 0700 where it has to be made; missing parents likewise."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)


def abandoned(wallet: Path) -> list[Path]:
    """Stages in the wallet directory whose process is gone."""
    return [stage for stage in sorted(wallet.glob(f"{STAGE}*")) if not is_at_work(stage.name.removeprefix(STAGE))]


def sweep(wallet: Path) -> None:
    """Remove abandoned stages, finishing a pair whose secret was already linked.

    The public half is then in the stage, so not even an encrypted key must be opened.
    """
    for staged in abandoned(wallet):
        for public in staged.glob("*pub.txt"):
            secret = public.name.removesuffix("pub.txt")
            for home in (wallet, wallet / "hotkeys"):
                if _same(staged / secret, home / secret):
                    with contextlib.suppress(FileExistsError):
                        link(public, home / public.name)
        shutil.rmtree(staged, ignore_errors=True)


def own_mark() -> str:
    """The end of a name that this process gives to what it has not finished; never the same twice."""
    return f"{os.getpid()}-{_OWN_TOKEN}-{secrets.token_hex(4)}"


def is_at_work(mark: str) -> bool:
    """Whether the process that made this mark may still go on with what it names."""
    pid, token = mark.split("-")[:2]
    if int(pid) == os.getpid():
        return token == _OWN_TOKEN
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False


def stage(wallet: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files, 0600 and on the disk, to a new stage in the wallet directory; returns the stage."""
    staged = wallet / f"{STAGE}{own_mark()}"
    staged.mkdir(mode=0o700)
    for name, content in files.items():
        write(staged / name, content)
    return staged


def write(path: Path, content: bytes) -> None:
    """A new file, 0600, its bytes on the disk before it returns; FileExistsError when there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def link(source: Path, target: Path) -> None:
    """The file under its final name as well; FileExistsError when that is taken."""
    os.link(source, target)


def sync_directory(directory: Path) -> None:
    """The directory's entries on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
