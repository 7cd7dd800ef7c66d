"""Which subnets a block emits to, and how its TAO is split among them.

By price, not by TAO flow: runtime 461 has the items of both, and its own shares come from the moving average of the
price, less what a subnet withheld from miners, through the emission gate (subtensor, subnet_emissions at 440 and
later). The flow items stay untouched.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.storage import Frame, View

ONE_Q64 = 1 << 64
ONE_Q32 = 1 << 32
GATE_INTERVAL_BLOCKS = 360
"""The gate's bar is found anew so often, and keeps its place between."""


def takes_part(view: View, netuid: int) -> bool:
    """Whether alpha flows: not root, started, traded, and open to registrations."""
    return (
        netuid != 0
        and accounts.FIRST_EMISSION_BLOCK.exists(view, netuid)
        and bool(accounts.SUBTOKEN_ENABLED.get(view, netuid))
        and bool(accounts.REGISTRATION_ALLOWED.get(view, netuid))
    )


def moving_price_q32(view: View, netuid: int) -> int:
    """The moving average of TAO per alpha, 32 fractional bits; 1 on stable subnets."""
    return accounts.MOVING_PRICE_Q32.get(view, netuid) if accounts.MECHANISM.get(view, netuid) else ONE_Q32


def _normal(parts: dict[int, int]) -> dict[int, int]:
    total = sum(parts.values())
    return {netuid: part * ONE_Q64 // total if total else 0 for netuid, part in parts.items()}


def demand_q64(view: View, netuids: list[int]) -> dict[int, int]:
    """Each subnet's part of all moving prices, each lowered by what it withheld from its miners at its last epoch."""
    prices = {netuid: moving_price_q32(view, netuid) for netuid in netuids}
    kept = {
        netuid: price * (ONE_Q32 - min(ONE_Q32, accounts.MINER_BURNED_Q32.get(view, netuid))) >> 32
        for netuid, price in prices.items()
    }
    return _normal(kept if any(kept.values()) else prices)


def bar_q64(shares_q64: list[int], rank: int, quantile_q64: int) -> int:
    """The share at which the gate halves: the `rank`-th greatest, or with rank 0 where the sum reaches the quantile.

    0, no gate, where fewer subnets than `rank` have a share.
    """
    ordered = sorted((share for share in shares_q64 if share), reverse=True)
    if rank:
        return ordered[rank - 1] if len(ordered) >= rank else 0
    reached = 0
    for share in ordered:
        reached += share
        if reached >= quantile_q64:
            return share
    return 0


def gated_q64(shares_q64: dict[int, int], bar: int, exponent_q64: int) -> dict[int, int]:
    """Shares times s^h / (s^h + bar^h), made to sum up to one again; as they were if nothing is left."""
    if bar == 0:
        return shares_q64
    with localcontext() as context:
        context.prec = 50
        exponent = Decimal(exponent_q64) / ONE_Q64
        passed = {
            netuid: int(share / (1 + (Decimal(bar) / share) ** exponent)) if share else 0
            for netuid, share in shares_q64.items()
        }
    return _normal(passed) if any(passed.values()) else shares_q64


def _move_bar(frame: Frame, shares_q64: dict[int, int]) -> int:
    if frame.block % GATE_INTERVAL_BLOCKS:
        return accounts.GATE_BAR_Q64.get(frame)
    rank, quantile = accounts.BAR_RANK.get(frame), accounts.BAR_QUANTILE_Q64.get(frame)
    bar = bar_q64(list(shares_q64.values()), rank, quantile)
    accounts.GATE_BAR_Q64.put(frame, bar)
    return bar


def tao_q32(frame: Frame, netuids: list[int], emission_rao: int) -> dict[int, int]:
    """TAO for each subnet in rao with 32 fractional bits. The parts of subnets whose emission is off go to the rest."""
    shares = demand_q64(frame, netuids)
    bar = _move_bar(frame, shares)
    if bar:
        shares = gated_q64(shares, bar, accounts.GATE_EXPONENT_Q64.get(frame))
    enabled = {netuid for netuid in netuids if accounts.EMISSION_ENABLED.get(frame, netuid)}
    if len(enabled) < len(netuids):
        shares = _normal({netuid: share if netuid in enabled else 0 for netuid, share in shares.items()})
    return {netuid: emission_rao * share >> 32 for netuid, share in shares.items()}
