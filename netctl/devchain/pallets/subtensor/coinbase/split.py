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
GREATEST_POWER = 2**31 - 1


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
    prices = _normal({netuid: moving_price_q32(view, netuid) for netuid in netuids})
    kept = {
        netuid: price * (ONE_Q32 - min(ONE_Q32, accounts.MINER_BURNED_Q32.get(view, netuid))) >> 32
        for netuid, price in prices.items()
    }
    return _normal(kept) if any(kept.values()) else prices


def bar_q64(shares_q64: list[int], rank: int, quantile_q64: int) -> int:
    """The share at which the gate halves: the `rank`-th greatest, or with rank 0 where the sum reaches the quantile.

    The least share there is, where fewer subnets than `rank` have one; 0, no gate, where none has.
    """
    ordered = sorted((share for share in shares_q64 if share), reverse=True)
    if rank:
        return ordered[min(rank, len(ordered)) - 1] if ordered else 0
    reached = crossing = 0
    for crossing in ordered:
        reached += crossing
        if reached >= quantile_q64:
            break
    return crossing


def gated_q64(shares_q64: dict[int, int], bar: int, exponent_q64: int) -> dict[int, int]:
    """Shares times s^h / (s^h + bar^h), made to sum up to one again; as they were if nothing is left."""
    if bar == 0:
        return shares_q64
    passed = {
        netuid: share * (ONE_Q64 << 64) // (ONE_Q64 + _power_q64(bar, share, exponent_q64)) >> 64 if share else 0
        for netuid, share in shares_q64.items()
    }
    return _normal(passed) if any(passed.values()) else shares_q64


def _power_q64(bar: int, share: int, exponent_q64: int) -> int:
    """(bar / share)^h. What I32F32 cannot hold, or its inverse, is the greatest number of that kind, as in the runtime:
    a share some thousand times the bar fails at the gate as one far below it does.
    """
    whole, fraction = divmod(exponent_q64, ONE_Q64)
    with localcontext() as context:
        context.prec = 40
        ratio = Decimal(bar) / share
        power = ratio**whole if not fraction else ratio ** (Decimal(exponent_q64) / ONE_Q64)
        if ratio * ONE_Q32 < 1:
            return 0
        if power >= GREATEST_POWER or power * GREATEST_POWER <= 1:
            return GREATEST_POWER * ONE_Q64
        return int(power * ONE_Q64)


def _bar(frame: Frame, shares_q64: dict[int, int]) -> int:
    """The bar that holds, found anew where there is none yet and once an interval; one of 0 is never written."""
    held = accounts.GATE_BAR_Q64.get(frame)
    if held and frame.block % GATE_INTERVAL_BLOCKS:
        return held
    rank, quantile = accounts.BAR_RANK.get(frame), accounts.BAR_QUANTILE_Q64.get(frame)
    found = bar_q64(list(shares_q64.values()), rank, quantile)
    if found:
        accounts.GATE_BAR_Q64.put(frame, found)
    return found or held


def tao_q32(frame: Frame, netuids: list[int], emission_rao: int) -> dict[int, int]:
    """TAO for each subnet in rao with 32 fractional bits. The parts of subnets whose emission is off go to the rest."""
    shares = demand_q64(frame, netuids)
    bar = _bar(frame, shares)
    if len(shares) > 1:
        shares = gated_q64(shares, bar, accounts.GATE_EXPONENT_Q64.get(frame))
    enabled = {netuid for netuid in netuids if accounts.EMISSION_ENABLED.get(frame, netuid)}
    if len(enabled) < len(netuids):
        shares = _normal({netuid: share if netuid in enabled else 0 for netuid, share in shares.items()})
    return {netuid: emission_rao * share >> 32 for netuid, share in shares.items()}
