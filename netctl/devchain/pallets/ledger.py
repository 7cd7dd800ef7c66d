"""The TAO ledger: balances under System.Account, moved with the events and errors of pallet-balances.

Every amount is rao. What leaves one account reaches another or the total issuance, so that the sum of all accounts
equals Balances.TotalIssuance after every call.
"""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallets.wire import bytes_of, hexed
from netctl.devchain.storage import Frame, Item, View

EXISTENTIAL_DEPOSIT_RAO = 500

ACCOUNT = Item("System", "Account")
TOTAL_ISSUANCE = Item("Balances", "TotalIssuance")
LOCKS = Item("Balances", "Locks")


def free_rao(view: View, who: str) -> int:
    """The free balance."""
    return int(ACCOUNT.get(view, who)["data"]["free"])


def reducible_rao(view: View, who: str, *, keep_alive: bool) -> int:
    """What may leave the account: not what is frozen, and not the existential deposit if it is to live."""
    data = ACCOUNT.get(view, who)["data"]
    untouchable = max(0, data["frozen"] - data["reserved"])
    if keep_alive:
        untouchable = max(untouchable, EXISTENTIAL_DEPOSIT_RAO - data["reserved"])
    return max(0, int(data["free"]) - int(untouchable))


def _issue(frame: Frame, delta_rao: int) -> None:
    TOTAL_ISSUANCE.put(frame, TOTAL_ISSUANCE.get(frame) + delta_rao)


def credit(frame: Frame, who: str, amount_rao: int) -> None:
    """Add to an account, making it where it is not; says nothing but NewAccount and Endowed."""
    if amount_rao == 0:
        return
    account = ACCOUNT.get(frame, who)
    is_new = account["providers"] == 0
    if is_new:
        if amount_rao < EXISTENTIAL_DEPOSIT_RAO:
            raise DispatchError.token("BelowMinimum")
        account["providers"] = 1
    account["data"]["free"] += amount_rao
    ACCOUNT.put(frame, account, who)
    if is_new:
        frame.emit("System", "NewAccount", {"account": who})
        frame.emit("Balances", "Endowed", {"account": who, "free_balance": amount_rao})


def debit(frame: Frame, who: str, amount_rao: int, *, keep_alive: bool) -> None:
    """Take from an account; one left below the existential deposit is reaped and its dust destroyed.

    TokenError FundsUnavailable if it has too little, Frozen if that is locked, NotExpendable if it must live.
    """
    account = ACCOUNT.get(frame, who)
    data = account["data"]
    if data["free"] < amount_rao:
        raise DispatchError.token("FundsUnavailable")
    left = data["free"] - amount_rao
    if left < max(0, data["frozen"] - data["reserved"]):
        raise DispatchError.token("Frozen")
    dies = left + data["reserved"] < EXISTENTIAL_DEPOSIT_RAO
    if dies and keep_alive:
        raise DispatchError.token("NotExpendable")
    data["free"] = left
    if not dies:
        ACCOUNT.put(frame, account, who)
        return
    _reap(frame, who, account, left)


def _reap(frame: Frame, who: str, account: dict[str, Any], dust_rao: int) -> None:
    account["data"]["free"] = 0
    account["providers"] = max(0, account["providers"] - 1)
    if account["providers"] or account["consumers"] or account["sufficients"]:
        ACCOUNT.put(frame, account, who)
    else:
        ACCOUNT.remove(frame, who)
        frame.emit("System", "KilledAccount", {"account": who})
    if dust_rao:
        _issue(frame, -dust_rao)
        frame.emit("Balances", "DustLost", {"account": who, "amount": dust_rao})


def transfer(frame: Frame, source: str, dest: str, amount_rao: int, *, keep_alive: bool) -> None:
    """Move TAO between accounts and say so with Balances.Transfer."""
    if source != dest:
        if ACCOUNT.get(frame, dest)["providers"] == 0 and 0 < amount_rao < EXISTENTIAL_DEPOSIT_RAO:
            _check_funds(frame, source, amount_rao)
            raise DispatchError.token("BelowMinimum")
        debit(frame, source, amount_rao, keep_alive=keep_alive)
        credit(frame, dest, amount_rao)
    else:
        _check_funds(frame, source, amount_rao)
    frame.emit("Balances", "Transfer", {"from": source, "to": dest, "amount": amount_rao})


def _check_funds(view: View, who: str, amount_rao: int) -> None:
    if free_rao(view, who) < amount_rao:
        raise DispatchError.token("FundsUnavailable")


def mint(frame: Frame, who: str, amount_rao: int) -> None:
    """New TAO for an account."""
    _issue(frame, amount_rao)
    credit(frame, who, amount_rao)
    frame.emit("Balances", "Minted", {"who": who, "amount": amount_rao})


def destroy(frame: Frame, who: str, amount_rao: int, *, keep_alive: bool) -> None:
    """Take TAO out of the world."""
    debit(frame, who, amount_rao, keep_alive=keep_alive)
    _issue(frame, -amount_rao)
    frame.emit("Balances", "Burned", {"who": who, "amount": amount_rao})


def set_free(frame: Frame, who: str, free_rao_wanted: int) -> None:
    """Make a balance what root says, and the total issuance follow it; below the existential deposit it is 0."""
    wanted = free_rao_wanted if free_rao_wanted >= EXISTENTIAL_DEPOSIT_RAO else 0
    delta = wanted - free_rao(frame, who)
    _issue(frame, delta)
    if delta > 0:
        credit(frame, who, delta)
    elif delta < 0:
        debit(frame, who, -delta, keep_alive=False)
    frame.emit("Balances", "BalanceSet", {"who": who, "free": wanted})


def lock(frame: Frame, who: str, identifier: bytes, amount_rao: int) -> None:
    """Keep so much in an account; locks lie over each other, so that the greatest binds."""
    _set_locks(frame, who, [*LOCKS.get(frame, who), {"id": hexed(identifier), "amount": amount_rao, "reasons": "All"}])


def unlock(frame: Frame, who: str, identifier: bytes) -> None:
    """Let it go again."""
    _set_locks(frame, who, [each for each in LOCKS.get(frame, who) if bytes_of(each["id"]) != identifier])


def _set_locks(frame: Frame, who: str, locks: list[dict[str, Any]]) -> None:
    account = ACCOUNT.get(frame, who)
    before, frozen = account["data"]["frozen"], max((each["amount"] for each in locks), default=0)
    account["data"]["frozen"] = frozen
    account["consumers"] += bool(locks) - LOCKS.exists(frame, who)
    ACCOUNT.put(frame, account, who)
    if locks:
        LOCKS.put(frame, [{**each, "id": hexed(bytes_of(each["id"]))} for each in locks], who)
    else:
        LOCKS.remove(frame, who)
    if frozen != before:
        name = "Locked" if frozen > before else "Unlocked"
        frame.emit("Balances", name, {"who": who, "amount": abs(frozen - before)})
