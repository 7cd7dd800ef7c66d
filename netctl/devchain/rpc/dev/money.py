"""dev_faucet: money on demand."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.pallets import ledger
from netctl.devchain.rpc.lookup import account_of
from netctl.devchain.rpc.protocol import method, natural, to_hex
from netctl.devchain.storage import Frame

MAX_GRANT_RAO = 21_000_000 * 10**9


class MoneyMethods:
    """TAO on demand."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_faucet")
    def faucet(self, account: Any, rao: Any) -> str:
        """New TAO for an account, in a block sealed now; gives that block's hash."""
        who, amount = account_of(account), natural(rao, "rao", MAX_GRANT_RAO)

        def grant(frame: Frame) -> None:
            ledger.mint(frame, who, amount)

        return to_hex(self._chain.seal(grant).hash)
