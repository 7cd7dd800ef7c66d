"""The Keystore port on the SDK's own keyfiles: `<path>/<wallet>/{coldkey,coldkeypub.txt,hotkeys/<hotkey>}`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from netctl.adapters import key_reading, keyfiles, keylock
from netctl.errors import WalletError
from netctl.ports import KeyFacts

if TYPE_CHECKING:
    from bittensor_core import Keypair

Password = Callable[[str], "str | None"]
"""Asks for the password of a wallet by name; None where nobody can say."""

WORDS = 12
ATTEMPTS = 3


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
        encrypted = coldkey.is_file() and key_reading.is_locked(coldkey)
        missing = tuple(
            name
            for name, secret in (("coldkeypub", coldkey), ("hotkeypub", hotkey_file))
            if secret.is_file() and not key_reading.public_half(secret).is_file()
        )
        return KeyFacts(
            coldkey_ss58=self.coldkey_ss58(wallet),
            hotkey_ss58=key_reading.address_of(hotkey_file),
            has_coldkey_secret=coldkey.is_file(),
            coldkey_encrypted=encrypted,
            missing=missing,
            unfinished=bool(keyfiles.abandoned(coldkey.parent)),
        )

    def coldkey_ss58(self, wallet: str) -> str | None:
        """The coldkey's address, None where there is no coldkey or it is encrypted and its public half is gone."""
        return key_reading.address_of(self._coldkey(wallet))

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
        keyfiles.place(home, home, _pair("coldkey", keypair, password))
        self._reveal(wallet, mnemonic)
        return str(keypair.ss58_address)

    def create_hotkey(self, wallet: str, hotkey: str) -> str:
        """Make an unencrypted hotkey and return its address; WalletError if there is one, whole or half."""
        secret = self._hotkey(wallet, hotkey)
        home = self._prepare(wallet)
        self._refuse_existing(secret, f"wallet {wallet} has a hotkey {hotkey} already")
        keypair, _ = _new_keypair()
        keyfiles.place(home, secret.parent, _pair(hotkey, keypair, None))
        return str(keypair.ss58_address)

    def repair(self, wallet: str, hotkey: str) -> None:
        """Write public halves that are missing, clear away what interrupted runs left.

        Opens a secret only where no stage has its public half, asking for a password where it has one.
        """
        home = self._prepare(wallet)
        for secret in (self._coldkey(wallet), self._hotkey(wallet, hotkey)):
            public = key_reading.public_half(secret)
            if secret.is_file() and not public.is_file():
                keypair = _opened(secret, wallet, self._password_for)
                keyfiles.place(home, secret.parent, {public.name: _public_bytes(keypair)})

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
        locked = key_reading.is_locked(coldkey)
        signer = KeySigner(
            await self._unlock(coldkey, wallet) if locked else key_reading.parsed(coldkey, key_reading.read(coldkey))
        )
        named = key_reading.address_of(coldkey)
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
        return self.path / key_reading.safe_name(wallet) / "coldkey"

    def _hotkey(self, wallet: str, hotkey: str) -> Path:
        return self.path / key_reading.safe_name(wallet) / "hotkeys" / key_reading.safe_name(hotkey)

    def _prepare(self, wallet: str) -> Path:
        home = self._coldkey(wallet).parent
        keyfiles.prepare(home)
        return home

    @staticmethod
    def _refuse_existing(secret: Path, message: str) -> None:
        for path in (secret, key_reading.public_half(secret)):
            if path.exists() or path.is_symlink():
                raise WalletError(f"{message}: {path}", hint="nothing was changed; existing keys are used as they are")


def _opened(secret: Path, wallet: str, password_for: Password) -> Keypair:
    if not key_reading.is_locked(secret):
        return key_reading.parsed(secret, key_reading.read(secret))
    return _decrypted(secret, wallet, _given(password_for, wallet, secret))


def _given(password_for: Password, wallet: str, secret: Path) -> str:
    password = password_for(wallet)
    if not password:
        hint = "run on a terminal, or set NETCTL_COLDKEY_PASSWORD"
        raise WalletError(f"wallet {wallet}: {secret.name} is locked and no password was given", hint=hint)
    return password


def _decrypted(secret: Path, wallet: str, password: str) -> Keypair:
    """The key, after seconds of work; WrongPassword."""
    plain = keylock.unlocked(key_reading.read(secret), password)
    if plain is None:
        raise WrongPassword(f"wallet {wallet}: the password does not open {secret.name}", hint="try again")
    return key_reading.parsed(secret, plain)


def _new_keypair() -> tuple[Keypair, str]:
    from bittensor_core import CRYPTO_SR25519, Keypair

    mnemonic = Keypair.generate_mnemonic(WORDS)
    return Keypair.create_from_mnemonic(mnemonic, CRYPTO_SR25519), mnemonic


def _secret_bytes(keypair: Keypair, password: str | None) -> bytes:
    plain = _written(keypair)
    return plain if password is None else keylock.locked(plain, password)


def _public_bytes(keypair: Keypair) -> bytes:
    from bittensor_core import Keypair

    public = Keypair(
        ss58_address=keypair.ss58_address,
        public_key=bytes(keypair.public_key),
        crypto_type=keypair.crypto_type,
        ss58_format=keypair.ss58_format,
    )
    return _written(public)


def _written(keypair: Keypair) -> bytes:
    """The keyfile's plain bytes, as every SDK reads them since there are wallets.

    bittensor-wallet before 4.1 ends on a value that is no text, and the kind of key is a number. sr25519 goes unsaid.
    """
    from bittensor_core import CRYPTO_SR25519, serialized_keypair_to_keyfile_data

    fields = json.loads(bytes(serialized_keypair_to_keyfile_data(keypair)))
    if fields.get("cryptoType") == CRYPTO_SR25519:
        del fields["cryptoType"]
    return json.dumps(fields, separators=(",", ":")).encode()


def _pair(name: str, keypair: Keypair, password: str | None) -> dict[str, bytes]:
    """The two files of a key, in the order in which they must appear: secret first."""
    return {name: _secret_bytes(keypair, password), f"{name}pub.txt": _public_bytes(keypair)}
