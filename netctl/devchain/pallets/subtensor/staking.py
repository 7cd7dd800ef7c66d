"""Moving stake: in, out, and between hotkeys, coldkeys and subnets.

Checks come in the runtime's order. TAO goes to and from the subnet's account by transfers that have their own
Balances.Transfer events; StakeAdded and StakeRemoved follow them.
"""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, ownership, pool, shares
from netctl.devchain.storage import Frame, View

MIN_STAKE_RAO = 2_000_000
MIN_TRANSFER_RAO = 100_000

Position = tuple[str, str, int]
"""Whose stake, behind which hotkey, on which subnet."""


def ensure_tradable(view: View, netuid: int) -> None:
    """The subnet must be there, and started."""
    ownership.ensure_subnet(view, netuid)
    if not items.SUBTOKEN_ENABLED.get(view, netuid):
        raise DispatchError("SubtokenDisabled")


def _within(amount: int, limit: int, *, partial: bool) -> int:
    if amount <= limit:
        return amount
    if not partial or limit == 0:
        raise DispatchError("SlippageTooHigh")
    return limit


def stake(
    frame: Frame,
    coldkey: str,
    hotkey: str,
    netuid: int,
    amount_rao: int,
    *,
    limit_price_rao: int | None = None,
    partial: bool = False,
) -> int:
    """Put TAO behind a hotkey, and say how much alpha it became. With `partial` only what the limit allows is spent.

    The least amount is MIN_STAKE_RAO and the fee on it. Of a whole balance the existential deposit stays behind.
    """
    pool.ensure_sane(frame, netuid, amount_rao, selling=False)
    ensure_tradable(frame, netuid)
    if amount_rao < MIN_STAKE_RAO + pool.quote_buy(frame, netuid, MIN_STAKE_RAO).fee:
        raise DispatchError("AmountTooLow")
    if limit_price_rao is not None:
        amount_rao = _within(amount_rao, pool.max_buy_rao(frame, netuid, limit_price_rao), partial=partial)
    if ledger.reducible_rao(frame, coldkey, keep_alive=False) < amount_rao:
        raise DispatchError("NotEnoughBalanceToStake")
    if not ownership.has_owner(frame, hotkey):
        raise DispatchError("HotKeyAccountNotExists")
    if amount_rao - pool.quote_buy(frame, netuid, amount_rao).fee < MIN_STAKE_RAO:
        raise DispatchError("AmountTooLow")
    return _deposit(frame, coldkey, hotkey, netuid, amount_rao)


def _deposit(frame: Frame, coldkey: str, hotkey: str, netuid: int, amount_rao: int, *, free: bool = False) -> int:
    amount_rao = min(amount_rao, ledger.reducible_rao(frame, coldkey, keep_alive=True))
    if amount_rao == 0:
        raise DispatchError("InsufficientTaoBalance")
    ledger.transfer(frame, coldkey, ownership.subnet_account(netuid), amount_rao, keep_alive=True)
    swap = pool.buy(frame, netuid, amount_rao, free=free)
    if swap.received == 0:
        raise DispatchError("AmountTooLow")
    shares.add(frame, hotkey, coldkey, netuid, swap.received)
    items.LAST_STAKE_BLOCK.put(frame, frame.block, coldkey, hotkey)
    _tell(frame, "StakeAdded", coldkey, hotkey, amount_rao, swap.received, netuid, swap.fee)
    return swap.received


def unstake(frame: Frame, coldkey: str, hotkey: str, netuid: int, alpha: int) -> int:
    """Take alpha from behind a hotkey at any price, and say how many rao of TAO it became. More than all is all."""
    if not items.SUBTOKEN_ENABLED.get(frame, netuid):
        raise DispatchError("SubtokenDisabled")
    alpha = min(alpha, shares.stake_of(frame, hotkey, coldkey, netuid))
    pool.ensure_sane(frame, netuid, alpha, selling=True)
    _check_unstake(frame, coldkey, hotkey, netuid, alpha, most=alpha, partial=False)
    return _withdraw(frame, coldkey, hotkey, netuid, alpha)


def unstake_limit(
    frame: Frame, coldkey: str, hotkey: str, netuid: int, alpha: int, limit_price_rao: int, *, partial: bool
) -> int:
    """The same until the price falls to a limit; here more than there is is refused."""
    pool.ensure_sane(frame, netuid, alpha, selling=True)
    most = pool.max_sell_alpha(frame, netuid, limit_price_rao)
    _check_unstake(frame, coldkey, hotkey, netuid, alpha, most=most, partial=partial)
    return _withdraw(frame, coldkey, hotkey, netuid, min(alpha, most))


def _check_unstake(
    frame: Frame, coldkey: str, hotkey: str, netuid: int, alpha: int, *, most: int, partial: bool
) -> None:
    """In the runtime's order; the least amount does not bind who takes all that there is."""
    ownership.ensure_subnet(frame, netuid)
    if alpha == 0:
        raise DispatchError("AmountTooLow")
    held = shares.stake_of(frame, hotkey, coldkey, netuid)
    if alpha > held:
        raise DispatchError("NotEnoughStakeToWithdraw")
    if alpha < held and pool.quote_sell(frame, netuid, alpha).received < MIN_STAKE_RAO:
        raise DispatchError("AmountTooLow")
    _within(alpha, most, partial=partial)
    if not ownership.has_owner(frame, hotkey):
        raise DispatchError("HotKeyAccountNotExists")


def _withdraw(frame: Frame, coldkey: str, hotkey: str, netuid: int, alpha: int) -> int:
    shares.remove(frame, hotkey, coldkey, netuid, alpha)
    swap = pool.sell(frame, netuid, alpha)
    ledger.transfer(frame, ownership.subnet_account(netuid), coldkey, swap.received, keep_alive=False)
    items.LAST_STAKE_BLOCK.put(frame, frame.block, coldkey, hotkey)
    _tell(frame, "StakeRemoved", coldkey, hotkey, swap.received, alpha, netuid, swap.fee)
    return swap.received


def reassign(
    frame: Frame,
    source: Position,
    target: Position,
    alpha: int,
    *,
    limit_price_rao: int | None = None,
    partial: bool = False,
    is_transfer: bool = False,
) -> int:
    """Move alpha from one position to another, and say what it was worth in rao of TAO.

    Within a subnet it moves as it is; between two it is sold and bought, for one fee. The limit is a relative price,
    origin over destination. What is worth too little to be staked again stays TAO. Transfers, which both subnets must
    allow, have a lower least amount.
    """
    (from_coldkey, from_hotkey, from_netuid), (to_coldkey, to_hotkey, to_netuid) = source, target
    least_rao = MIN_TRANSFER_RAO if is_transfer else MIN_STAKE_RAO
    most = alpha
    if limit_price_rao is not None and from_netuid != to_netuid:
        most = _max_swap(frame, from_netuid, to_netuid, limit_price_rao)
    _check_transition(frame, source, target, alpha)
    if from_netuid != to_netuid:
        if pool.quote_sell(frame, from_netuid, alpha).received <= least_rao:
            raise DispatchError("AmountTooLow")
        alpha = _within(alpha, most, partial=partial)
    if is_transfer and not all(items.TRANSFER_TOGGLE.get(frame, netuid) for netuid in (from_netuid, to_netuid)):
        raise DispatchError("TransferDisallowed")
    if from_netuid == to_netuid:
        return _hand_over(frame, source, target, alpha)
    tao_rao = _withdraw(frame, from_coldkey, from_hotkey, from_netuid, alpha)
    if to_coldkey != from_coldkey:
        ledger.transfer(frame, from_coldkey, to_coldkey, tao_rao, keep_alive=False)
    if tao_rao >= least_rao:
        is_free = from_netuid != ownership.ROOT_NETUID
        _deposit(frame, to_coldkey, to_hotkey, to_netuid, tao_rao, free=is_free)
    return tao_rao


def _check_transition(view: View, source: Position, target: Position, alpha: int) -> None:
    if source == target:
        raise DispatchError("SameNetuid")
    netuids = (source[2], target[2])
    for netuid in netuids:
        ownership.ensure_subnet(view, netuid)
    if not all(items.SUBTOKEN_ENABLED.get(view, netuid) for netuid in netuids):
        raise DispatchError("SubtokenDisabled")
    if not (ownership.has_owner(view, source[1]) and ownership.has_owner(view, target[1])):
        raise DispatchError("HotKeyAccountNotExists")
    if alpha > shares.stake_of(view, source[1], source[0], source[2]):
        raise DispatchError("NotEnoughStakeToWithdraw")


def _max_swap(view: View, from_netuid: int, to_netuid: int, limit_price_rao: int) -> int:
    """The most alpha that keeps origin's price over destination's at or above the limit, by bisection."""

    def relative_price(alpha: int) -> int:
        tao_from, alpha_from = pool.reserves(view, from_netuid)
        tao_to, alpha_to = pool.reserves(view, to_netuid)
        moved = pool.quote_sell(view, from_netuid, alpha).received
        bought = pool.quote_buy(view, to_netuid, moved).received
        one_sold = not pool.is_dynamic(view, from_netuid)
        one_bought = not pool.is_dynamic(view, to_netuid)
        sold_at = pool.RAO if one_sold else (tao_from - moved) * pool.RAO // (alpha_from + alpha)
        bought_at = pool.RAO if one_bought else (tao_to + moved) * pool.RAO // max(1, alpha_to - bought)
        return sold_at * pool.RAO // max(1, bought_at)

    low, high = 0, 1 << 63
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if relative_price(middle) >= limit_price_rao else (low, middle - 1)
    return low


def _hand_over(frame: Frame, source: Position, target: Position, alpha: int) -> int:
    (from_coldkey, from_hotkey, netuid), (to_coldkey, to_hotkey, _) = source, target
    worth_rao = alpha * pool.price_rao(frame, netuid) // pool.RAO
    if worth_rao < MIN_TRANSFER_RAO:
        raise DispatchError("AmountTooLow")
    shares.remove(frame, from_hotkey, from_coldkey, netuid, alpha)
    shares.add(frame, to_hotkey, to_coldkey, netuid, alpha)
    items.LAST_STAKE_BLOCK.put(frame, frame.block, to_coldkey, to_hotkey)
    _tell(frame, "StakeRemoved", from_coldkey, from_hotkey, worth_rao, alpha, netuid, 0)
    _tell(frame, "StakeAdded", to_coldkey, to_hotkey, worth_rao, alpha, netuid, 0)
    return worth_rao


def _tell(frame: Frame, event: str, coldkey: str, hotkey: str, tao_rao: int, alpha: int, netuid: int, fee: int) -> None:
    frame.emit(items.PALLET, event, (coldkey, hotkey, tao_rao, alpha, netuid, fee))
