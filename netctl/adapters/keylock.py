"""Locking and unlocking keyfiles in a process of its own.

The SDK stretches a password for seconds and keeps the interpreter to itself all the while, threads or not. Password and
key go through pipes only; the process belongs to no terminal, so that a Ctrl-C does not cut it off halfway.
"""

from __future__ import annotations

import struct
import subprocess
import sys

from netctl.errors import WalletError

WRONG = 3
_CODE = """
import struct, sys
from bittensor_core import KeyfileError, decrypt_keyfile_data, encrypt_keyfile_data
given = sys.stdin.buffer.read()
(length,) = struct.unpack("<I", given[:4])
password, content = given[4 : 4 + length].decode(), given[4 + length :]
try:
    made = {"lock": encrypt_keyfile_data, "unlock": decrypt_keyfile_data}[sys.argv[1]](content, password)
except KeyfileError:
    raise SystemExit(3)
sys.stdout.buffer.write(bytes(made))
"""


def locked(content: bytes, password: str) -> bytes:
    """The key encrypted with the password; takes seconds, in which other threads go on."""
    made = _ran("lock", content, password)
    if made is None:
        raise WalletError("the SDK would not encrypt a new key", hint="choose another password")
    return made


def unlocked(content: bytes, password: str) -> bytes | None:
    """The key decrypted, None where the password is wrong; takes seconds, in which other threads go on."""
    return _ran("unlock", content, password)


def _ran(what: str, content: bytes, password: str) -> bytes | None:
    word = password.encode()
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CODE, what],
        input=struct.pack("<I", len(word)) + word + content,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode == WRONG:
        return None
    if done.returncode != 0:
        raise WalletError(f"the process that should {what} a key ended with {done.returncode}", hint="try again")
    return done.stdout
