"""Encrypting a backup with a passphrase, by the library `cryptography`: scrypt makes the key, AES-256-GCM seals.

A sealed file is one line of JSON that says how, and the ciphertext; the line is authenticated with it.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from netctl.errors import WalletError

FORMAT = "netctl-backup-1"
N, R, P = 2**18, 8, 1
"""A quarter of a GiB and about a second for each guess; what age takes too. A small box must be able to open it."""

MOST_MEMORY = 2**30
"""Bytes that a file may ask for: scrypt takes 128 times N times r."""

MOST_ROUNDS = 16
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
LONGEST_HEAD = 1024


class WrongPassphrase(WalletError):
    """A passphrase that does not open a backup, or a file that was changed: the two cannot be told apart."""


def sealed(content: bytes, passphrase: str) -> bytes:
    """The content encrypted; takes about a second."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    facts = {"format": FORMAT, "kdf": "scrypt", "n": N, "r": R, "p": P, "cipher": "aes-256-gcm"}
    head = json.dumps({**facts, "salt": _text(salt), "nonce": _text(nonce)}).encode() + b"\n"
    return head + AESGCM(_key(passphrase, salt, N, R, P)).encrypt(nonce, content, head)


def unsealed(sealed_content: bytes, passphrase: str) -> bytes:
    """The content again; WrongPassphrase, or WalletError for what is no backup at all."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    line, newline, body = sealed_content.partition(b"\n")
    facts = _facts(line)
    try:
        salt, nonce = base64.b64decode(facts["salt"]), base64.b64decode(facts["nonce"])
        if (facts["kdf"], facts["cipher"]) != ("scrypt", "aes-256-gcm"):
            raise WalletError("the backup is encrypted in a way that this netctl does not know", hint="use a newer one")
        n, r, p = _cost(facts)
        return AESGCM(_key(passphrase, salt, n, r, p)).decrypt(nonce, body, line + newline)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_backup() from error
    except InvalidTag:
        message = "the passphrase does not open the backup, or the file was changed"
        raise WrongPassphrase(message, hint="try again; else use another copy of the file") from None


def _cost(facts: dict[str, Any]) -> tuple[int, int, int]:
    """What the file asks scrypt for, within what a machine can give; ValueError."""
    n, r, p = (int(facts[name]) for name in "nrp")
    if n < 2 or r < 1 or not 1 <= p <= MOST_ROUNDS or 128 * n * r > MOST_MEMORY:
        raise ValueError("scrypt cannot be asked for that")
    return n, r, p


def _facts(line: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(line) if len(line) <= LONGEST_HEAD else None
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or not str(facts.get("format", "")).startswith("netctl-backup-"):
        raise _no_backup()
    if facts["format"] != FORMAT:
        raise WalletError(f"the backup is of format {facts['format']}", hint="use a newer netctl")
    return facts


def _no_backup() -> WalletError:
    return WalletError("the file is no backup of netctl wallet backup", hint="name another file")


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(passphrase.encode())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
