"""The passphrase of a backup: from a file, from NETCTL_BACKUP_PASSPHRASE, or typed and never echoed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from netctl.cli.output import can_ask, say
from netctl.cli.questions import secretly
from netctl.errors import UsageError, WalletError

VARIABLE = "NETCTL_BACKUP_PASSPHRASE"
SHORTEST = 12
ATTEMPTS = 3


def new_passphrase(file: Path | None) -> str:
    """A passphrase for a backup about to be made, typed twice where it is typed; WalletError, UsageError."""
    given = _given(file)
    if given is not None:
        return _long_enough(given)
    for _ in range(ATTEMPTS):
        first = secretly("Passphrase for the backup: ")
        if len(first) < SHORTEST:
            say(f"it has {len(first)} characters, at least {SHORTEST} are wanted")
        elif secretly("The same once more: ") == first:
            return first
        else:
            say("the two differ")
    raise WalletError("no passphrase was given", hint="run the command again")


def opened(open_with: Callable[[str], bytes], wrong: type[WalletError], file: Path | None) -> bytes:
    """What `open_with` makes of the passphrase, asked for up to three times while it is `wrong`."""
    given = _given(file)
    if given is not None:
        return open_with(given)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return open_with(secretly("Passphrase of the backup: "))
        except wrong as error:
            if attempt == ATTEMPTS:
                raise
            say(error.message)
    raise AssertionError("BUG: the last attempt raises")


def _given(file: Path | None) -> str | None:
    """What the file or the environment says; None where a person can be asked instead."""
    if file is not None:
        return _read(file)
    given = os.environ.get(VARIABLE)
    if given:
        return given
    if can_ask():
        return None
    raise WalletError("no passphrase was given", hint=f"run on a terminal, set {VARIABLE}, or --passphrase-file FILE")


def _read(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{file} cannot be read: {why}", hint="name a file whose first line it is") from error
    if not lines or not lines[0]:
        raise UsageError(f"{file}: its first line is empty", hint="write the passphrase there")
    return lines[0]


def _long_enough(passphrase: str) -> str:
    if len(passphrase) < SHORTEST:
        message = f"the passphrase has {len(passphrase)} characters, at least {SHORTEST} are wanted"
        raise WalletError(message, hint="five random words are better than twelve clever letters")
    return passphrase
