"""dev_faucet: money on demand."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.pallets import ledger
from netctl.devchain.rpc.lookup import account_of
from netctl.devchain.rpc.protocol import INVALID_PARAMS, RpcError, method, natural, to_hex
from netctl.devchain.storage import Frame

RAO = 10**9
MAX_GRANT_RAO = 21_000_000 * RAO
"""All the TAO that there will ever be."""


class MoneyMethods:
    """TAO on demand."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_faucet")
    def faucet(self, account: Any, rao: Any) -> str:
        """New TAO for an account, in a block sealed now; gives that block's hash."""
        who, amount = account_of(account), natural(rao, "rao", 1 << 64)
        if not 0 < amount <= MAX_GRANT_RAO:
            message = f"Invalid params: more than 0 and at most 21,000,000 TAO wanted, not {amount / RAO:,.9g}"
            raise RpcError(INVALID_PARAMS, message, {"hint": "give another amount"})

        def grant(frame: Frame) -> None:
            ledger.mint(frame, who, amount)

        return to_hex(self._chain.seal(grant).hash)
