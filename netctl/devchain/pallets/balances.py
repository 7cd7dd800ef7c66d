"""Balances: transfers of TAO, and root's corrections."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.wire import lookup
from netctl.devchain.storage import Frame


class Balances(Pallet):
    """pallet-balances' calls; reserves and freezes have no callers here."""

    name = "Balances"

    @call()
    def transfer_allow_death(self, frame: Frame, origin: Origin, *, dest: Any, value: int) -> None:
        """Pay, even if the payer's account ends with it."""
        ledger.transfer(frame, origin.signed(), lookup(dest), value, keep_alive=False)

    @call()
    def transfer_keep_alive(self, frame: Frame, origin: Origin, *, dest: Any, value: int) -> None:
        """Pay, but never below the existential deposit."""
        ledger.transfer(frame, origin.signed(), lookup(dest), value, keep_alive=True)

    @call()
    def transfer_all(self, frame: Frame, origin: Origin, *, dest: Any, keep_alive: bool) -> None:
        """Pay everything that may leave the account."""
        source = origin.signed()
        amount = ledger.reducible_rao(frame, source, keep_alive=keep_alive)
        ledger.transfer(frame, source, lookup(dest), amount, keep_alive=keep_alive)

    @call()
    def force_transfer(self, frame: Frame, origin: Origin, *, source: Any, dest: Any, value: int) -> None:
        """Root moves somebody's TAO."""
        origin.root()
        ledger.transfer(frame, lookup(source), lookup(dest), value, keep_alive=False)

    @call()
    def force_set_balance(self, frame: Frame, origin: Origin, *, who: Any, new_free: int) -> None:
        """Root sets a balance; the total issuance follows."""
        origin.root()
        ledger.set_free(frame, lookup(who), new_free)

    @call()
    def burn(self, frame: Frame, origin: Origin, *, value: int, keep_alive: bool) -> None:
        """Destroy one's own TAO."""
        ledger.destroy(frame, origin.signed(), value, keep_alive=keep_alive)
