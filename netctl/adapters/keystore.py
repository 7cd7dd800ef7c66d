"""The Keystore port on the SDK's own keyfiles: `<path>/<wallet>/{coldkey,coldkeypub.txt,hotkeys/<hotkey>}`."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from netctl.adapters import keyfiles, keylock
from netctl.errors import WalletError
from netctl.ports import KeyFacts

if TYPE_CHECKING:
    from bittensor_core import Keypair

Password = Callable[[str], "str | None"]
"""Asks for the password of a wallet by name; None where nobody can say."""

WORDS = 12
ATTEMPTS = 3
MARK_BYTES = 16
"""An encrypted keyfile begins with the name of its method; no more of a secret is read to look at it."""


class WrongPassword(WalletError):
    """A password that does not open a coldkey."""


class KeySigner:
    """Signs for one account. The secret is neither in its repr nor in its attributes' reprs."""

    __slots__ = ("_keypair",)

    def __init__(self, keypair: Keypair) -> None:
        self._keypair = keypair

    @property
    def ss58(self) -> str:
        return str(self._keypair.ss58_address)

    @property
    def public_key(self) -> bytes:
        return bytes(self._keypair.public_key)

    @property
    def crypto_type(self) -> int:
        return int(self._keypair.crypto_type)

    def sign(self, payload: bytes) -> bytes:
        """The signature over these bytes."""
        return bytes(self._keypair.sign(payload))

    def __repr__(self) -> str:
        return f"KeySigner({self.ss58})"

    def __reduce__(self) -> str:
        message = "a signer stays in its process"
        raise TypeError(message)


class SdkKeystore:
    """A wallet directory as the SDK and btcli know it. Nothing is ever overwritten; secrets are opened only to sign.

    `password_for` unlocks a coldkey; `forget` hears that what it gave was wrong, and says whether to ask again.
    `choose_password` is asked when one is made, `reveal` is handed a new coldkey's mnemonic once; what it does with it
    is its business: it is never written outside the keyfile, nor logged. A coldkey that had to be unlocked stays open
    as long as this object lives.
    """

    def __init__(
        self,
        path: Path,
        *,
        password_for: Password = lambda _wallet: None,
        forget: Callable[[str], bool] = lambda _wallet: False,
        choose_password: Password = lambda _wallet: None,
        reveal: Callable[[str, str], None] = lambda _wallet, _mnemonic: None,
    ) -> None:
        self.path = path
        self._password_for = password_for
        self._forget = forget
        self._choose_password = choose_password
        self._reveal = reveal
        self._unlocked: dict[str, KeySigner] = {}

    def __repr__(self) -> str:
        return f"SdkKeystore({str(self.path)!r})"

    # -- looking ---------------------------------------------------------------------------------------------------

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        """What is there. Opens no secret but an unencrypted one whose public half is missing."""
        coldkey, hotkey_file = self._coldkey(wallet), self._hotkey(wallet, hotkey)
        encrypted = coldkey.is_file() and _is_locked(coldkey)
        missing = tuple(
            name
            for name, secret in (("coldkeypub", coldkey), ("hotkeypub", hotkey_file))
            if secret.is_file() and not _public_half(secret).is_file()
        )
        return KeyFacts(
            coldkey_ss58=self.coldkey_ss58(wallet),
            hotkey_ss58=_address(hotkey_file),
            has_coldkey_secret=coldkey.is_file(),
            coldkey_encrypted=encrypted,
            missing=missing,
            unfinished=bool(keyfiles.abandoned(coldkey.parent)),
        )

    def coldkey_ss58(self, wallet: str) -> str | None:
        """The coldkey's address, None where there is no coldkey or it is encrypted and its public half is gone."""
        return _address(self._coldkey(wallet))

    # -- making ----------------------------------------------------------------------------------------------------

    def new_password(self, wallet: str) -> str:
        """The password for a coldkey about to be made; WalletError when nobody gives one."""
        password = self._choose_password(wallet)
        if not password:
            hint = "set NETCTL_COLDKEY_PASSWORD, or encrypt: false in the profile for a throw-away testnet wallet"
            raise WalletError(f"wallet {wallet}: a new coldkey needs a password and none was given", hint=hint)
        return password

    def create_coldkey(self, wallet: str, *, password: str | None) -> str:
        """Make a coldkey, encrypted when there is a password, and return its address.

        WalletError if there is one, whole or half. Killed at any point it leaves no key, a whole one, or a secret
        whose public half `repair` writes again.
        """
        home = self._prepare(wallet)
        self._refuse_existing(self._coldkey(wallet), f"wallet {wallet} has a coldkey already")
        keypair, mnemonic = _new_keypair()
        _place(home, home, _pair("coldkey", keypair, password))
        self._reveal(wallet, mnemonic)
        return str(keypair.ss58_address)

    def create_hotkey(self, wallet: str, hotkey: str) -> str:
        """Make an unencrypted hotkey and return its address; WalletError if there is one, whole or half."""
        secret = self._hotkey(wallet, hotkey)
        home = self._prepare(wallet)
        self._refuse_existing(secret, f"wallet {wallet} has a hotkey {hotkey} already")
        keypair, _ = _new_keypair()
        _place(home, secret.parent, _pair(hotkey, keypair, None))
        return str(keypair.ss58_address)

    def repair(self, wallet: str, hotkey: str) -> None:
        """Write public halves that are missing, clear away what interrupted runs left.

        Opens a secret only where no stage has its public half, asking for a password where it has one.
        """
        home = self._prepare(wallet)
        for secret in (self._coldkey(wallet), self._hotkey(wallet, hotkey)):
            public = _public_half(secret)
            if secret.is_file() and not public.is_file():
                keypair = _opened(secret, wallet, self._password_for)
                _place(home, secret.parent, {public.name: _public_bytes(keypair)})

    # -- signing ---------------------------------------------------------------------------------------------------

    async def coldkey_signer(self, wallet: str) -> KeySigner:
        """Opens the coldkey, asking for its password where it has one, up to three times where a person answers.

        WalletError when it is missing, stays locked, or is not the key that coldkeypub.txt names. The question is put
        here, in the thread of the terminal; the seconds of decryption hold nobody up.
        """
        if wallet in self._unlocked:
            return self._unlocked[wallet]
        coldkey = self._coldkey(wallet)
        if not coldkey.is_file():
            raise WalletError(f"wallet {wallet} has no coldkey in {self.path}", hint="try: netctl wallet create")
        locked = _is_locked(coldkey)
        signer = KeySigner(await self._unlock(coldkey, wallet) if locked else _parsed(coldkey, _read(coldkey)))
        named = _address(coldkey)
        if named is not None and named != signer.ss58:
            message = f"wallet {wallet}: coldkeypub.txt names {named}, its coldkey is {signer.ss58}"
            raise WalletError(message, hint="one of the two files is of another wallet: put the right one back")
        if locked:
            self._unlocked[wallet] = signer
        return signer

    async def _unlock(self, coldkey: Path, wallet: str) -> Keypair:
        for attempt in range(1, ATTEMPTS + 1):
            password = _given(self._password_for, wallet, coldkey)
            try:
                return await asyncio.to_thread(_decrypted, coldkey, wallet, password)
            except WrongPassword:
                if not self._forget(wallet) or attempt == ATTEMPTS:
                    raise
        raise AssertionError("BUG: the last attempt raises")

    def dev_signer(self, uri: str) -> KeySigner:
        """A well-known dev account such as ``//Alice``: everybody has its secret."""
        from bittensor_core import Keypair

        return KeySigner(Keypair.create_from_uri(uri))

    # -- files -----------------------------------------------------------------------------------------------------

    def _coldkey(self, wallet: str) -> Path:
        return self.path / _safe(wallet) / "coldkey"

    def _hotkey(self, wallet: str, hotkey: str) -> Path:
        return self.path / _safe(wallet) / "hotkeys" / _safe(hotkey)

    def _prepare(self, wallet: str) -> Path:
        home = self._coldkey(wallet).parent
        try:
            keyfiles.make_private(home / "hotkeys")
            keyfiles.sweep(home)
        except OSError as error:
            raise _unusable(home, error) from error
        return home

    @staticmethod
    def _refuse_existing(secret: Path, message: str) -> None:
        for path in (secret, _public_half(secret)):
            if path.exists() or path.is_symlink():
                raise WalletError(f"{message}: {path}", hint="nothing was changed; existing keys are used as they are")


def _safe(name: str) -> str:
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise WalletError(f"{name!r} cannot name a wallet or a hotkey", hint="use letters, digits, _ and -")
    return name


def _public_half(secret: Path) -> Path:
    return secret.with_name(f"{secret.name}pub.txt")


def _is_locked(path: Path) -> bool:
    """Whether the key's first bytes say that it is encrypted, or cannot even be read by us."""
    from bittensor_core import keyfile_data_is_encrypted

    try:
        with path.open("rb") as stream:
            return bool(keyfile_data_is_encrypted(stream.read(MARK_BYTES)))
    except PermissionError:
        return True
    except OSError as error:
        raise _unusable(path, error) from error


def _address(secret: Path) -> str | None:
    """The address from the public half, else from the secret if that lies open, else None."""
    public = _public_half(secret)
    if public.is_file():
        return _address_in(public)
    if secret.is_file() and not _is_locked(secret):
        return str(_parsed(secret, _read(secret)).ss58_address)
    return None


def _address_in(public: Path) -> str:
    try:
        address = json.loads(_read(public)).get("ss58Address")
    except (ValueError, AttributeError):
        address = None
    if not isinstance(address, str):
        return str(_parsed(public, _read(public)).ss58_address)
    return address


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> WalletError:
    return WalletError(f"{path}: {error.strerror or error}", hint="look at its owner and permissions")


def _parsed(path: Path, content: bytes) -> Keypair:
    from bittensor_core import KeyfileError, deserialize_keypair_from_keyfile_data

    try:
        return deserialize_keypair_from_keyfile_data(content)
    except (KeyfileError, ValueError) as error:
        raise WalletError(f"{path} is not a keyfile", hint="restore it from a backup") from error


def _opened(secret: Path, wallet: str, password_for: Password) -> Keypair:
    if not _is_locked(secret):
        return _parsed(secret, _read(secret))
    return _decrypted(secret, wallet, _given(password_for, wallet, secret))


def _given(password_for: Password, wallet: str, secret: Path) -> str:
    password = password_for(wallet)
    if not password:
        hint = "run on a terminal, or set NETCTL_COLDKEY_PASSWORD"
        raise WalletError(f"wallet {wallet}: {secret.name} is locked and no password was given", hint=hint)
    return password


def _decrypted(secret: Path, wallet: str, password: str) -> Keypair:
    """The key, after seconds of work; WrongPassword."""
    plain = keylock.unlocked(_read(secret), password)
    if plain is None:
        raise WrongPassword(f"wallet {wallet}: the password does not open {secret.name}", hint="try again")
    return _parsed(secret, plain)


def _new_keypair() -> tuple[Keypair, str]:
    from bittensor_core import CRYPTO_SR25519, Keypair

    mnemonic = Keypair.generate_mnemonic(WORDS)
    return Keypair.create_from_mnemonic(mnemonic, CRYPTO_SR25519), mnemonic


def _secret_bytes(keypair: Keypair, password: str | None) -> bytes:
    from bittensor_core import serialized_keypair_to_keyfile_data

    plain = bytes(serialized_keypair_to_keyfile_data(keypair))
    return plain if password is None else keylock.locked(plain, password)


def _public_bytes(keypair: Keypair) -> bytes:
    from bittensor_core import Keypair, serialized_keypair_to_keyfile_data

    public = Keypair(
        ss58_address=keypair.ss58_address,
        public_key=bytes(keypair.public_key),
        crypto_type=keypair.crypto_type,
        ss58_format=keypair.ss58_format,
    )
    return bytes(serialized_keypair_to_keyfile_data(public))


def _pair(name: str, keypair: Keypair, password: str | None) -> dict[str, bytes]:
    """The two files of a key, in the order in which they must appear: secret first."""
    return {name: _secret_bytes(keypair, password), f"{name}pub.txt": _public_bytes(keypair)}


def _place(wallet: Path, home: Path, files: dict[str, bytes]) -> None:
    try:
        staged = keyfiles.stage(wallet, files)
        try:
            for name in files:
                keyfiles.link(staged / name, home / name)
            keyfiles.sync_directory(home)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except FileExistsError as error:
        message = f"{error.filename2 or home}: somebody else made this key just now"
        raise WalletError(message, hint="run the command again: it uses the key that is there") from error
    except OSError as error:
        raise _unusable(home, error) from error
