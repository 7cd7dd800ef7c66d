"""A backup of keys as a value: what it holds, the archive it travels in, and how it compares with what is here. Pure.

Inside its encryption a backup is a tar of the wallet directory, file by file as the SDK wrote them: coldkeys with a
password stay encrypted with it. Whoever has the passphrase can unpack it without netctl (docs/keys.md).
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from netctl.errors import WalletError

COLDKEY = "coldkey"
PUBLIC = "pub.txt"
LARGEST_KEYFILE = 65_536
"""Bytes; a keyfile has some hundreds."""

_MEMBER = re.compile(r"(?P<wallet>[^/\0]+)/(?:(?P<cold>coldkey|coldkeypub\.txt)|hotkeys/(?P<hot>[^/\0]+))")

Doing = Literal["restore", "complete", "same", "kept", "refuse"]
"""`complete`: one half is here and the other is put beside it; `kept`: the same key in a file that differs."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """One key with its two files as they are, None for a half that is not there; `hotkey` is None for a coldkey.

    `address` is None where the public half is missing and the secret is locked.
    """

    wallet: str
    hotkey: str | None
    address: str | None
    secret: bytes | None = field(default=None, repr=False)
    public: bytes | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The key as people write it: ``wallet/hotkey``, or the wallet for its coldkey."""
        return f"{self.wallet}/{self.hotkey}" if self.hotkey is not None else f"coldkey of {self.wallet}"

    @property
    def files(self) -> Mapping[str, bytes]:
        """What there is of it by file name, secret first."""
        stem = self.hotkey if self.hotkey is not None else COLDKEY
        both = {stem: self.secret, f"{stem}{PUBLIC}": self.public}
        return {name: content for name, content in both.items() if content is not None}


@dataclass(frozen=True, slots=True)
class Restoring:
    """What is done with one key of a backup: the files that are put there, and why nothing is where nothing is."""

    key: KeptKey
    doing: Doing
    files: tuple[str, ...] = ()
    why: str = ""


def packed(keys: Sequence[KeptKey]) -> bytes:
    """The archive of these keys; the same keys give the same bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for key in keys:
            folder = f"{key.wallet}/hotkeys" if key.hotkey is not None else key.wallet
            for name, content in key.files.items():
                member = tarfile.TarInfo(f"{folder}/{name}")
                member.size, member.mode = len(content), 0o600
                archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def unpacked(archive: bytes) -> Mapping[tuple[str, str | None], Mapping[str, bytes]]:
    """The files of every key, by (wallet, hotkey or None for the coldkey) and file name; WalletError.

    Anything but keyfiles in their places is refused, so that no name leads out of the wallet directory.
    """
    found: dict[tuple[str, str | None], dict[str, bytes]] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as content:
            for member in content:
                key, name = _placed(member)
                stream = content.extractfile(member)
                if stream is None or name in found.setdefault(key, {}):
                    raise _foreign(member.name)
                found[key][name] = stream.read()
    except (tarfile.TarError, UnicodeError, OSError) as error:
        raise WalletError(f"the backup cannot be unpacked: {error}", hint="use another copy of it") from error
    return found


def _placed(member: tarfile.TarInfo) -> tuple[tuple[str, str | None], str]:
    parts = _MEMBER.fullmatch(member.name)
    if parts is None or not member.isreg() or member.size > LARGEST_KEYFILE:
        raise _foreign(member.name)
    if parts["wallet"].startswith(".") or (parts["hot"] or "").startswith("."):
        raise _foreign(member.name)
    if parts["cold"]:
        return (parts["wallet"], None), parts["cold"]
    return (parts["wallet"], parts["hot"].removesuffix(PUBLIC)), parts["hot"]


def _foreign(name: str) -> WalletError:
    return WalletError(
        f"the backup holds {name!r}, which is no keyfile", hint="it was not made by netctl wallet backup"
    )


def compared(key: KeptKey, here: KeptKey | None) -> Restoring:
    """What restoring the key means where the wallet directory has `here` of it. No file is ever replaced."""
    if here is None or not here.files:
        return Restoring(key, "restore", tuple(key.files))
    if None not in (key.address, here.address) and key.address != here.address:
        return Restoring(key, "refuse", why=f"{here.address} is here, the backup has {key.address}")
    differing = [name for name, content in key.files.items() if here.files.get(name, content) != content]
    lacking = tuple(name for name in key.files if name not in here.files)
    if None in (key.address, here.address) and (differing or not here.files.keys() & key.files.keys()):
        return Restoring(key, "refuse", why="nobody can say whether it is the key that is here: one has no public half")
    if lacking:
        return Restoring(key, "complete", lacking)
    if differing:
        return Restoring(key, "kept", why=f"{' and '.join(differing)} here differs, and is of the same key")
    return Restoring(key, "same")


def refused(restorings: Iterable[Restoring]) -> tuple[str, ...]:
    """What stands in the way of a restore, a line for each key."""
    return tuple(f"{each.key.label}: {each.why}" for each in restorings if each.doing == "refuse")


def without_secret(key: KeptKey) -> KeptKey:
    """The same key without its secret, for a box that never signs with it."""
    return replace(key, secret=None)


def lacking(keys: Sequence[KeptKey], *, no_coldkey: bool) -> list[str]:
    """What a backup of these keys would lack, in words: secrets, or coldkeys' public halves."""
    words = []
    for key in keys:
        if key.hotkey is not None and key.secret is None:
            words.append(f"hotkey {key.label}")
        elif key.hotkey is None and no_coldkey and key.public is None:
            words.append(f"the public half of {key.label}")
        elif key.hotkey is None and not no_coldkey and key.secret is None:
            words.append(f"the secret of {key.label}" if key.public is not None else key.label)
    return words
