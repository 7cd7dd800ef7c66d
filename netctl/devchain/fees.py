"""What an extrinsic costs and who pays: weight at half a rao per thousand picoseconds, one rao per byte, and the tip.

Weights are not metered: every ordinary call counts as the transfer that the SDK's recorded block holds.
"""

from __future__ import annotations

from typing import Any

from netctl.devchain.extrinsic import Extrinsic
from netctl.devchain.pallet import CallRule
from netctl.devchain.storage import Frame, Item, View

ACCOUNT = Item("System", "Account")
TOTAL_ISSUANCE = Item("Balances", "TotalIssuance")
OWNER = Item("SubtensorModule", "Owner")

REF_TIME, PROOF_SIZE = 332_206_000, 7791
REF_TIME_PER_RAO = 2000
NO_AUTHOR = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"


def dispatch_info(dispatch_class: str = "Normal", *, pays: bool = True) -> dict[str, Any]:
    """The DispatchInfo that success and failure events carry."""
    weight = {"ref_time": REF_TIME, "proof_size": PROOF_SIZE}
    return {"weight": weight, "class": dispatch_class, "pays_fee": "Yes" if pays else "No"}


def fee_rao(extrinsic: Extrinsic, rule: CallRule) -> int:
    """What it costs, tip included."""
    if rule.fee == "free" or extrinsic.signer is None:
        return 0
    return REF_TIME // REF_TIME_PER_RAO + len(extrinsic.raw) + extrinsic.tip


def payer_of(view: View, signer: str, rule: CallRule) -> str:
    """The signer, or for calls that hotkeys make the coldkey that owns the signer, if one does."""
    if rule.fee == "owner_coldkey" and OWNER.exists(view, signer):
        return str(OWNER.get(view, signer))
    return signer


def can_pay(view: View, payer: str, amount_rao: int) -> bool:
    """Whether the payer's free balance covers it."""
    return amount_rao == 0 or int(ACCOUNT.get(view, payer)["data"]["free"]) >= amount_rao


def withdraw(frame: Frame, payer: str, amount_rao: int) -> None:
    """Take the fee out of the world before the call runs."""
    account = ACCOUNT.get(frame, payer)
    account["data"]["free"] -= amount_rao
    ACCOUNT.put(frame, account, payer)
    TOTAL_ISSUANCE.put(frame, max(0, TOTAL_ISSUANCE.get(frame) - amount_rao))
    frame.emit("Balances", "Withdraw", {"who": payer, "amount": amount_rao})


def tell_paid(frame: Frame, payer: str, amount_rao: int, tip_rao: int) -> None:
    """The events that clients read the fee from, after the call."""
    frame.emit("Balances", "Deposit", {"who": NO_AUTHOR, "amount": 0})
    paid = {"who": payer, "actual_fee": amount_rao, "tip": tip_rao}
    frame.emit("TransactionPayment", "TransactionFeePaid", paid)
