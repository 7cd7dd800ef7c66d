"""The keys' edge: what a wallet directory shows, and what signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Signer(Protocol):
    """Something that signs for one account; the secret stays inside, also in its repr.

    `crypto_type` is the chain's number of the signature scheme: 0 ed25519, 1 sr25519.
    """

    @property
    def ss58(self) -> str: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def crypto_type(self) -> int: ...
    def sign(self, payload: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the wallet directory shows of one wallet/hotkey without opening a secret; None where there is no key.

    `missing` names public halves ("coldkeypub", "hotkeypub") whose secret is there: `Keystore.repair` writes them.
    With an encrypted coldkey and no coldkeypub, `coldkey_ss58` is None until then. `unfinished` tells of files that
    an interrupted creation left in the wallet: `repair` clears them away too.
    """

    coldkey_ss58: str | None
    hotkey_ss58: str | None
    has_coldkey_secret: bool
    coldkey_encrypted: bool
    missing: tuple[str, ...] = ()
    unfinished: bool = False


class Keystore(Protocol):
    """The SDK's wallet directory. Nothing here ever overwrites a key."""

    def facts(self, wallet: str, hotkey: str) -> KeyFacts: ...
    def coldkey_ss58(self, wallet: str) -> str | None: ...
    def create_coldkey(self, wallet: str, *, password: str | None) -> str:
        """Make a coldkey and return its address; WalletError if there is one, whole or half."""

    def new_password(self, wallet: str) -> str:
        """The password for a coldkey about to be made, asked for or the environment's; WalletError if neither."""

    def create_hotkey(self, wallet: str, hotkey: str) -> str:
        """Make an unencrypted hotkey and return its address; WalletError if there is one, whole or half."""

    def repair(self, wallet: str, hotkey: str) -> None:
        """Write the public halves that `KeyFacts.missing` names, asking for a password where one is needed."""

    async def coldkey_signer(self, wallet: str) -> Signer:
        """Opens the coldkey, asking for its password where it has one, once a run; WalletError.

        Nothing else of this process goes on while somebody types; the seconds of decryption hold nobody up.
        """

    def dev_signer(self, uri: str) -> Signer:
        """A signer for a well-known dev account such as ``//Alice``."""
