"""A wallet directory as files to be kept and put back: read whole, written only where there is nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from netctl.adapters import key_reading, keyfiles
from netctl.adapters.key_reading import public_half, safe_name
from netctl.backup import COLDKEY, PUBLIC, KeptKey, Restoring, compared, unpacked
from netctl.errors import WalletError
from netctl.holdings import KeySeen

PARTS = (COLDKEY, f"{COLDKEY}{PUBLIC}", "hotkeys")
SCRATCH = ".netctl-backup-"
WITHOUT_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links answer, those of memory sticks for one."""


def path_of(root: Path, wallet: str, hotkey: str | None) -> Path:
    """Where the secret of a key lies; WalletError for names that no file has."""
    home = root / safe_name(wallet)
    return home / COLDKEY if hotkey is None else home / "hotkeys" / safe_name(hotkey)


def kept_key(root: Path, wallet: str, hotkey: str | None) -> KeptKey:
    """The key as it lies there; both halves None where there is nothing. Opens no locked secret. WalletError."""
    secret = path_of(root, wallet, hotkey)
    public = public_half(secret)
    for path in (secret, public):
        if path.is_symlink() and not path.exists():
            raise WalletError(f"{path} is a link to nothing", hint="put the key back, or remove the link")
        if path.exists() and not path.is_file():
            raise WalletError(f"{path} is no file", hint="move it out of the way")
    return key_of(
        root,
        wallet,
        hotkey,
        key_reading.read(secret) if secret.is_file() else None,
        key_reading.read(public) if public.is_file() else None,
    )


def key_of(root: Path, wallet: str, hotkey: str | None, secret: bytes | None, public: bytes | None) -> KeptKey:
    """A key from what its files hold, wherever they come from; WalletError for bytes that are no key."""
    place = path_of(root, wallet, hotkey)
    address = None
    if public is not None:
        address = key_reading.address_in(public_half(place), public)
    elif secret is not None and not key_reading.has_lock(secret):
        address = str(key_reading.parsed(place, secret).ss58_address)
    return KeptKey(wallet, hotkey, address, secret, public)


def keys_of_archive(root: Path, archive: bytes) -> list[KeptKey]:
    """The keys of a backup, to be put into that wallet directory; WalletError."""
    found = []
    for (wallet, hotkey), files in unpacked(archive).items():
        stem = COLDKEY if hotkey is None else hotkey
        found.append(key_of(root, wallet, hotkey, files.get(stem), files.get(f"{stem}{PUBLIC}")))
    return found


def wallets_in(root: Path) -> list[str]:
    """The wallets of the directory: folders with a coldkey, whole or half, or with hotkeys."""
    if not root.is_dir():
        return []
    homes = [home for home in sorted(root.iterdir()) if home.is_dir() and not home.name.startswith(".")]
    return [home.name for home in homes if any((home / name).exists() for name in PARTS)]


def hotkeys_in(root: Path, wallet: str) -> list[str]:
    """The hotkeys of a wallet, those with only one half too."""
    home = root / safe_name(wallet) / "hotkeys"
    files = list(home.iterdir()) if home.is_dir() else []
    names = [path.name for path in files if path.is_file() and not path.name.startswith(".")]
    return sorted({name.removesuffix(PUBLIC) for name in names})


def planned(root: Path, keys: Sequence[KeptKey]) -> list[Restoring]:
    """What putting these keys back would mean now; looks only. WalletError for what cannot be looked at."""
    return [compared(key, kept_key(root, key.wallet, key.hotkey)) for key in keys]


def put_back(root: Path, keys: Sequence[KeptKey]) -> None:
    """Put these keys into the wallet directory, each file where nothing is; WalletError.

    What an interrupted run left is finished first, and each key compared again. Killed at any point it leaves whole
    files only, and of a pair at the least the secret; the next call goes on.
    """
    for key in keys:
        keyfiles.prepare(root / safe_name(key.wallet))
        now = compared(key, kept_key(root, key.wallet, key.hotkey))
        if now.doing == "refuse":
            raise WalletError(f"{key.label}: {now.why}", hint="somebody made it just now; run the command again")
        if now.files:
            home = path_of(root, key.wallet, key.hotkey).parent
            keyfiles.place(root / key.wallet, home, {name: key.files[name] for name in now.files})


def read_backup(file: Path) -> bytes:
    """The bytes of a backup; WalletError where there is none to read."""
    if not file.is_file():
        raise WalletError(f"{file}: no such file", hint="name a file that netctl wallet backup wrote")
    return key_reading.read(file)


def check_new(path: Path) -> None:
    """WalletError unless a new file can get this name: before anybody is asked for a passphrase."""
    if path.exists() or path.is_symlink():
        empty = path.is_file() and path.stat().st_size == 0
        hint = "it is empty, as a backup leaves it that was interrupted: remove it" if empty else "name another file"
        raise WalletError(f"{path} is there already", hint=hint)
    if not path.absolute().parent.is_dir():
        raise WalletError(f"{path.absolute().parent} is no directory", hint="make it, or name another file")


def write_new(path: Path, content: bytes) -> None:
    """A new file, 0600, there whole or not at all; WalletError when one has its name."""
    try:
        path = path.absolute()
        _sweep(path.parent)
        staged = path.parent / f"{SCRATCH}{keyfiles.own_mark()}"
        keyfiles.write(staged, content)
        try:
            _name(staged, path)
            keyfiles.sync_directory(path.parent)
        finally:
            staged.unlink(missing_ok=True)
    except FileExistsError as error:
        raise WalletError(f"{path} is there already", hint="nothing was written; name another file") from error
    except OSError as error:
        raise key_reading.unusable(path, error) from error


def _name(staged: Path, path: Path) -> None:
    try:
        keyfiles.link(staged, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        # The name is made ours first, so that what is replaced is nobody else's file.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        staged.replace(path)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{SCRATCH}*"):
        if not keyfiles.is_at_work(left.name.removeprefix(SCRATCH)):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()


def seen(root: Path, wallet: str, hotkey: str | None) -> KeySeen:
    """The key as a list shows it; a file that is no keyfile, or cannot be read, is one of the odd things."""
    secret = path_of(root, wallet, hotkey)
    here, address, locked = secret.is_file(), None, None
    odd = _odd(secret) if here else ()
    try:
        locked = key_reading.is_locked(secret) if here else None
        address = key_reading.address_of(secret)
    except WalletError as error:
        odd = (*odd, error.message)
    return KeySeen(wallet, hotkey, secret, address, here, locked, odd)


def _odd(secret: Path) -> tuple[str, ...]:
    """What lets others at the secret: its owner, its mode, and who may put another file in its place."""
    found, folder = secret.stat(), secret.parent.stat()
    name = f"{secret.parent.parent.name}/{secret.name}" if secret.parent.name == "hotkeys" else secret.name
    odd = []
    if found.st_uid != os.getuid():
        odd.append(f"{name} belongs to user {found.st_uid}")
    if found.st_mode & 0o077:
        odd.append(f"{name} is {stat.S_IMODE(found.st_mode):04o}: chmod 600 {secret}")
    if folder.st_mode & 0o022:
        odd.append(f"{secret.parent.name} is {stat.S_IMODE(folder.st_mode):04o}: chmod 700 {secret.parent}")
    return tuple(odd)
