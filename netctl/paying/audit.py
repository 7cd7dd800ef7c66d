"""Whether the journal is right: each of its payments looked up on the chain, and both sums compared to the rao.

Reads only: the journal is not brought up to date here, the next run that pays does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from netctl.errors import ExtrinsicRejected
from netctl.money import Rao, tao_short, tao_text
from netctl.paying.intents import OWN_TRANSFERS, moved_rao
from netctl.paying.ledger import OPEN, Payment
from netctl.ports import BlockRef, Chain, Receipt

Verdict = Literal["agrees", "differs", "unreadable", "pending", "unknown", "never", "elsewhere"]
"""`unreadable`: the node does not keep that block any more. Of open payments: `pending` may still come, `unknown` is on
the chain and the journal does not know it yet, `never` cannot come any more. `elsewhere` is of another chain."""

ARCHIVE = "ask a node that keeps old blocks: --network ws://an-archive-node"


@dataclass(frozen=True, slots=True)
class Found:
    """What the chain has of one payment; None where it could not be read. `why` says in words what does not agree."""

    payment: Payment
    verdict: Verdict
    chain_rao: Rao | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """Every payment as the chain has it. Sums are what was spent: fees, and what did not stay the operator's."""

    head: BlockRef
    found: tuple[Found, ...]

    @property
    def journal_rao(self) -> Rao:
        """By the journal: payments of this chain that it takes for decided."""
        return sum(f.payment.spent_rao for f in self.found if f.verdict in ("agrees", "differs", "unreadable"))

    @property
    def chain_rao(self) -> Rao:
        """By the chain, as far as it could be read."""
        return sum(f.chain_rao or 0 for f in self.found)

    @property
    def ok(self) -> bool:
        """Whether both sums are equal and everything that the journal takes for decided was found as it says."""
        right = all(f.verdict in ("agrees", "pending", "never", "elsewhere") for f in self.found)
        return right and self.journal_rao == self.chain_rao

    def document(self) -> dict[str, Any]:
        """``netctl journal --check --json``, without the fleet."""
        return {
            "block": self.head.number,
            "ok": self.ok,
            "journal_tao": tao_text(self.journal_rao),
            "chain_tao": tao_text(self.chain_rao),
            "difference_rao": self.journal_rao - self.chain_rao,
            "payments": [
                {
                    **f.payment.document(),
                    "verdict": f.verdict,
                    "chain_tao": None if f.chain_rao is None else tao_text(f.chain_rao),
                    "why": f.why or None,
                }
                for f in self.found
            ],
        }


async def audit(payments: Sequence[Payment], chain: Chain) -> Audit:
    """Look every payment up, by its hash, in the blocks that may hold it; ChainError when the chain cannot be read."""
    genesis, final = await chain.genesis_hash(), await chain.finalized()
    return Audit(final, tuple([await _looked_up(each, chain, genesis, final) for each in payments]))


async def _looked_up(payment: Payment, chain: Chain, genesis: str, final: BlockRef) -> Found:
    if payment.intent.genesis != genesis:
        return Found(payment, "elsewhere", None, f"it is of another chain, whose genesis is {payment.intent.genesis}")
    try:
        receipt = await _found(payment, chain)
    except ExtrinsicRejected as refusal:
        return _judged(payment, "rejected", refusal.fee_rao, 0)
    if receipt is None:
        if payment.result == OPEN:
            return await _open(payment, chain, final)
        return _judged(payment, "in no block", 0, 0)
    moved = moved_rao(receipt, payment.intent.signer)
    if moved is None:
        why = f"it is in block {receipt.block.number}, whose events this node does not keep: {ARCHIVE}"
        return Found(payment, "unreadable", None, why)
    return _judged(payment, "included", receipt.fee_rao, moved, block=receipt.block)


async def _found(payment: Payment, chain: Chain) -> Receipt | None:
    """The extrinsic in the block that the journal names, else anywhere in the blocks that could take it."""
    intent = payment.intent
    ranges = [(intent.first_block, intent.last_block)]
    if payment.block is not None:
        ranges.insert(0, (payment.block, payment.block))
    for first, last in ranges:
        receipt = await chain.find(
            intent.hash, signer_ss58=intent.signer, nonce=intent.nonce, first_block=first, last_block=last
        )
        if receipt is not None:
            return receipt
    return None


async def _open(payment: Payment, chain: Chain, final: BlockRef) -> Found:
    intent = payment.intent
    account = (await chain.accounts([intent.signer], at=final))[intent.signer]
    if account.nonce > intent.nonce or final.number >= intent.last_block:
        why = "it is in no block and can be in none any more; the next run that pays notes it"
        return Found(payment, "never", 0, why)
    return Found(payment, "pending", 0, f"it may still come, until block {intent.last_block}; nobody knows yet")


def _judged(payment: Payment, result: str, fee_rao: Rao, moved: Rao, *, block: BlockRef | None = None) -> Found:
    """The payment against what the chain says of it."""
    chain_rao = fee_rao + (0 if payment.intent.purpose in OWN_TRANSFERS else moved)
    if payment.result == OPEN:
        where = f"block {block.number}" if block is not None else "a block, refused"
        why = f"it is in {where}, and the journal does not know yet; the next run that pays notes it"
        return Found(payment, "unknown", chain_rao, why)
    told = []
    if (payment.result == "included") != (result == "included"):
        told.append(f"the journal says {payment.result}, the chain {result}")
    elif block is not None and payment.block not in (None, block.number):
        told.append(f"the journal says block {payment.block}, the chain {block.number}")
    if (payment.amount_rao, payment.fee_rao) != (moved, fee_rao):
        ours, theirs = _amounts(payment.amount_rao, payment.fee_rao), _amounts(moved, fee_rao)
        told.append(f"the journal says {ours}, the chain {theirs}")
    return Found(payment, "differs" if told else "agrees", chain_rao, "; ".join(told))


def _amounts(amount_rao: Rao, fee_rao: Rao) -> str:
    return f"{tao_short(amount_rao)} TAO and a fee of {tao_short(fee_rao)}"
