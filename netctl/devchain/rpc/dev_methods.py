"""dev_*: what only an embedded chain can be asked."""

from __future__ import annotations

import asyncio
from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.pallets import ledger
from netctl.devchain.rpc.lookup import account_of
from netctl.devchain.rpc.protocol import method, natural, to_hex
from netctl.devchain.storage import Frame

MAX_MINED = 100_000
MAX_GRANT_RAO = 21_000_000 * 10**9
BREATH = 20
"""Blocks mined before other clients are served."""


class DevMethods:
    """Time and money on demand."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_mine")
    async def mine(self, count: Any = 1) -> int:
        """Seal that many blocks now; gives the head's number."""
        for mined in range(natural(count, "count", MAX_MINED + 1)):
            if mined % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            self._chain.seal()
        return self._chain.head.number

    @method("dev_faucet")
    def faucet(self, account: Any, rao: Any) -> str:
        """New TAO for an account, in a block sealed now; gives that block's hash."""
        who, amount = account_of(account), natural(rao, "rao", MAX_GRANT_RAO)

        def grant(frame: Frame) -> None:
            ledger.mint(frame, who, amount)

        return to_hex(self._chain.seal(grant).hash)

    @method("dev_status", "dev_stats")
    def status(self) -> dict[str, Any]:
        """Head, pool, clock, and what was asked for and is not modelled."""
        return self._chain.status()
