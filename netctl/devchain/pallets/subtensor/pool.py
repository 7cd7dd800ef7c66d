"""A subnet's pool of TAO and alpha: constant product, a fee of FeeRate/65535 that stays in the pool.

Root and stable subnets (mechanism 0) exchange one for one. Amounts are rao of TAO and of alpha. Approximation: the
runtime gives the fee to the block's author; here it is nobody's, and lifts the price by that little.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.subtensor.cells import Cell
from netctl.devchain.storage import Frame, Item, View

FEE_RATE = Item("Swap", "FeeRate")
PRICE_ROOT_Q64 = Cell("Swap", "AlphaSqrtPrice", 16)
RAO = 10**9
U64_MAX = (1 << 64) - 1
MOST_RESERVES = 1_000
_U16_MAX = 65_535


@dataclass(frozen=True)
class Swap:
    """What an exchange takes, gives, and keeps as its fee (in what was paid)."""

    paid: int
    received: int
    fee: int


def is_dynamic(view: View, netuid: int) -> bool:
    """Whether the subnet has a price of its own."""
    return netuid != 0 and items.SUBNET_MECHANISM.get(view, netuid) == 1


def reserves(view: View, netuid: int) -> tuple[int, int]:
    """(TAO, alpha) in the pool."""
    return int(items.SUBNET_TAO.get(view, netuid)), int(items.SUBNET_ALPHA_IN.get(view, netuid))


def price_rao(view: View, netuid: int) -> int:
    """Rao of TAO for one whole alpha; 0 for a pool without alpha."""
    if not is_dynamic(view, netuid):
        return RAO
    tao, alpha = reserves(view, netuid)
    return tao * RAO // alpha if alpha else 0


def _fee(view: View, netuid: int, amount: int, *, free: bool) -> int:
    return 0 if free else amount * int(FEE_RATE.get(view, netuid)) // _U16_MAX


def quote_buy(view: View, netuid: int, tao_rao: int, *, free: bool = False) -> Swap:
    """What this much TAO would buy; `free` of the fee in the second half of a move."""
    if not is_dynamic(view, netuid):
        return Swap(tao_rao, tao_rao, 0)
    tao, alpha = reserves(view, netuid)
    fee = _fee(view, netuid, tao_rao, free=free)
    net = tao_rao - fee
    return Swap(tao_rao, alpha * net // (tao + net) if net else 0, fee)


def quote_sell(view: View, netuid: int, alpha_rao: int, *, free: bool = False) -> Swap:
    """What this much alpha would bring."""
    if not is_dynamic(view, netuid):
        return Swap(alpha_rao, alpha_rao, 0)
    tao, alpha = reserves(view, netuid)
    fee = _fee(view, netuid, alpha_rao, free=free)
    net = alpha_rao - fee
    return Swap(alpha_rao, tao * net // (alpha + net) if net else 0, fee)


def buy(frame: Frame, netuid: int, tao_rao: int, *, free: bool = False) -> Swap:
    """Exchange TAO that already lies in the subnet's account for alpha that the caller puts somewhere."""
    swap = quote_buy(frame, netuid, tao_rao, free=free)
    _shift(frame, netuid, tao_rao, -swap.received, swap.received, volume=tao_rao)
    return swap


def sell(frame: Frame, netuid: int, alpha_rao: int) -> Swap:
    """Exchange alpha that the caller took from somewhere for TAO to be paid out of the subnet's account."""
    swap = quote_sell(frame, netuid, alpha_rao)
    _shift(frame, netuid, -swap.received, alpha_rao, -alpha_rao, volume=swap.received)
    return swap


def _shift(frame: Frame, netuid: int, tao: int, alpha_in: int, alpha_out: int, *, volume: int) -> None:
    items.SUBNET_TAO.put(frame, items.SUBNET_TAO.get(frame, netuid) + tao, netuid)
    if is_dynamic(frame, netuid):
        items.SUBNET_ALPHA_IN.put(frame, items.SUBNET_ALPHA_IN.get(frame, netuid) + alpha_in, netuid)
        note_price(frame, netuid, *reserves(frame, netuid))
    change_alpha_out(frame, netuid, alpha_out)
    items.SUBNET_VOLUME.put(frame, items.SUBNET_VOLUME.get(frame, netuid) + volume, netuid)
    items.TOTAL_STAKE.put(frame, items.TOTAL_STAKE.get(frame) + tao)


def note_price(frame: Frame, netuid: int, tao: int, alpha_in: int) -> None:
    """Keep the root of the pool's price, by which SDKs before 10 know it; to be called wherever a pool changes."""
    PRICE_ROOT_Q64.put(frame, isqrt((tao << 128) // alpha_in) if alpha_in else 0, netuid)


def change_alpha_out(frame: Frame, netuid: int, delta: int) -> None:
    """Alpha outside the pool grows or shrinks."""
    items.SUBNET_ALPHA_OUT.put(frame, max(0, items.SUBNET_ALPHA_OUT.get(frame, netuid) + delta), netuid)


def ensure_sane(view: View, netuid: int, amount: int, *, selling: bool) -> None:
    """InsufficientLiquidity for more than a thousand times what lies in the pool."""
    if is_dynamic(view, netuid) and amount > MOST_RESERVES * reserves(view, netuid)[selling]:
        raise DispatchError("InsufficientLiquidity")


def max_buy_rao(view: View, netuid: int, limit_price_rao: int) -> int:
    """How much TAO may be put in before the price passes the limit (rao of TAO per alpha)."""
    if not is_dynamic(view, netuid):
        return U64_MAX if limit_price_rao >= RAO else 0
    tao, alpha = reserves(view, netuid)
    return max(0, min(U64_MAX, isqrt(limit_price_rao * tao * alpha // RAO) - tao))


def max_sell_alpha(view: View, netuid: int, limit_price_rao: int) -> int:
    """How much alpha may be put in before the price falls below the limit."""
    if not is_dynamic(view, netuid):
        return U64_MAX if limit_price_rao <= RAO else 0
    if limit_price_rao == 0:
        return U64_MAX
    tao, alpha = reserves(view, netuid)
    return max(0, min(U64_MAX, isqrt(tao * alpha * RAO // limit_price_rao) - alpha))
