"""dev_status: the chain's account of itself."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.rpc.protocol import method


class AccountMethods:
    """What the chain says of itself."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_status", "dev_stats")
    def status(self) -> dict[str, Any]:
        """Head, pool, clock, and what was asked for and is not modelled."""
        return self._chain.status()
