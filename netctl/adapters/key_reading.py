"""Looking at keyfiles: addresses from public halves, marks of encryption; no secret is opened that need not be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from netctl.errors import WalletError

if TYPE_CHECKING:
    from bittensor_core import Keypair

MARK_BYTES = 16
"""An encrypted keyfile begins with the name of its method; no more of a secret is read to look at it."""


def safe_name(name: str) -> str:
    """The name, fit to be a file's; WalletError for one that is not."""
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise WalletError(f"{name!r} cannot name a wallet or a hotkey", hint="use letters, digits, _ and -")
    return name


def public_half(secret: Path) -> Path:
    """Where the public half of a secret lies."""
    return secret.with_name(f"{secret.name}pub.txt")


def is_locked(path: Path) -> bool:
    """Whether the key's first bytes say that it is encrypted, or cannot even be read by us."""
    try:
        with path.open("rb") as stream:
            return has_lock(stream.read(MARK_BYTES))
    except PermissionError:
        return True
    except OSError as error:
        raise unusable(path, error) from error


def has_lock(content: bytes) -> bool:
    """Whether these are the bytes of an encrypted keyfile."""
    from bittensor_core import keyfile_data_is_encrypted

    return bool(keyfile_data_is_encrypted(content[:MARK_BYTES]))


def address_of(secret: Path) -> str | None:
    """The address from the public half, else from the secret if that lies open, else None."""
    public = public_half(secret)
    if public.is_file():
        return address_in(public, read(public))
    if secret.is_file() and not is_locked(secret):
        return str(parsed(secret, read(secret)).ss58_address)
    return None


def address_in(public: Path, content: bytes) -> str:
    """The address that the content of a public half names; WalletError where it names none."""
    try:
        address = json.loads(content).get("ss58Address")
    except (ValueError, AttributeError):
        address = None
    return address if isinstance(address, str) else str(parsed(public, content).ss58_address)


def read(path: Path) -> bytes:
    """The file's bytes; WalletError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> WalletError:
    """The error to raise for a file that the system would not give."""
    return WalletError(f"{path}: {error.strerror or error}", hint="look at its owner and permissions")


def parsed(path: Path, content: bytes) -> Keypair:
    """The key in a keyfile's plain bytes; WalletError where they hold none."""
    from bittensor_core import KeyfileError, deserialize_keypair_from_keyfile_data

    try:
        return deserialize_keypair_from_keyfile_data(content)
    except (KeyfileError, ValueError) as error:
        raise WalletError(f"{path} is not a keyfile", hint="restore it from a backup") from error
