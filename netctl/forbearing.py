"""Looking at keys some of which may be broken: one bad file is no reason to see nothing of the fleet."""

from __future__ import annotations

from typing import Any

from netctl.errors import WalletError
from netctl.ports import KeyFacts, Keystore


class Forbearing:
    """A keystore whose keys may be broken: one that cannot be read counts as missing, and `faults` says why."""

    def __init__(self, keys: Keystore) -> None:
        self._keys = keys
        self.faults: dict[str, str] = {}

    def facts(self, wallet: str, hotkey: str) -> KeyFacts:
        """What there is of a key, nothing where it cannot be read."""
        try:
            return self._keys.facts(wallet, hotkey)
        except WalletError as error:
            self.faults[f"{wallet}/{hotkey}"] = error.message
            return KeyFacts(None, None, has_coldkey_secret=False, coldkey_encrypted=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)
