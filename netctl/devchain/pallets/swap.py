"""Swap: the pools' fee."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets.subtensor import items, ownership
from netctl.devchain.pallets.subtensor.pool import FEE_RATE
from netctl.devchain.storage import Frame

MAX_FEE_RATE = 10_000


class Swap(Pallet):
    """Liquidity of users has gone from the runtime, and its calls are refused."""

    name = "Swap"

    @call()
    def set_fee_rate(self, frame: Frame, origin: Origin, *, netuid: int, rate: int) -> None:
        """Root's or the owner's fee, in 65535ths of what is exchanged."""
        if origin.kind != "root" and origin.signed() != items.SUBNET_OWNER.get(frame, netuid):
            raise DispatchError.bad_origin()
        ownership.ensure_subnet(frame, netuid, "SubnetNotExists")
        if rate > MAX_FEE_RATE:
            raise DispatchError("FeeRateTooHigh", "Swap")
        FEE_RATE.put(frame, rate, netuid)
        frame.emit("Swap", "FeeRateSet", {"netuid": netuid, "rate": rate})
