"""dev_status: the chain's account of itself."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.faults.acts import listed
from netctl.devchain.pallets.subtensor import ownership
from netctl.devchain.rpc.protocol import method


class AccountMethods:
    """What the chain says of itself."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_status", "dev_stats")
    def status(self) -> dict[str, Any]:
        """Head, pool, clock, subnets, faults that hold, and what was asked for and is not modelled."""
        subnets = ownership.netuids(self._chain.view())
        return {**self._chain.status(), "subnets": subnets, "faults": listed(self._chain)}

    @method("dev_forgetUnsupported")
    def forget_unsupported(self) -> None:
        """Begin to count anew what is asked for and is not modelled."""
        self._chain.world.unsupported.clear()
        self._chain.queries.forget()  # or what was asked before would be answered again without being counted
