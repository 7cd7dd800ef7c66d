"""dev_mine: blocks on demand."""

from __future__ import annotations

import asyncio
from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.rpc.protocol import method, natural

MAX_MINED = 100_000
BREATH = 20
"""Blocks mined before other clients are served."""


class ClockMethods:
    """Time on demand."""

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
