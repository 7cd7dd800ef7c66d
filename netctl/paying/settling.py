"""Looking until it is known what became of a payment: an intent is decided by finalized blocks only.

It is in one; or its nonce was used, or its last block has passed, and it is in none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from netctl.errors import ChainError, ChainUnreachable, EndTaken, ExtrinsicRejected, NotIncluded, OutcomeUnknown
from netctl.paying.intents import OUTCOME, Intent, Result, in_the_way, moved_rao, open_intents, outcomes
from netctl.ports import Account, Receipt, World

SETTLE_S = 900.0
"""Far longer than any lifetime: sixteen blocks of twelve seconds, and the blocks until they are final."""


async def settle(world: World, ss58s: Sequence[str], *, timeout_s: float = SETTLE_S) -> None:
    """Wait until nothing of these accounts is open: neither in the journal nor in the node's pool.

    Safe to repeat; cheap when there is nothing. OutcomeUnknown when something stays open past the time.
    """
    unsettled = {intent.signer for intent in open_intents(world.journal.entries())}
    accounts = await world.chain.accounts(ss58s)
    for ss58, account in accounts.items():
        if ss58 in unsettled or account.has_pending:
            async with world.turns.of(ss58):
                await settled(world, ss58, timeout_s)


async def decided(world: World, intent: Intent, timeout_s: float, unknown: OutcomeUnknown) -> Receipt:
    """Look until it is known; the first OutcomeUnknown is raised again when the time is up."""
    deadline = world.clock.now() + timeout_s
    while True:
        try:
            receipt = await _looked_up(world, intent)
        except (ExtrinsicRejected, NotIncluded):
            raise
        except ChainError:
            receipt = None
        if receipt is not None:
            return receipt
        if world.clock.now() >= deadline:
            raise unknown
        await _pause(world)


async def settled(world: World, ss58: str, timeout_s: float, ends: Collection[str] = ()) -> Account:
    """The account once nothing of it, and nothing to these ends, is open; its turn must be held.

    EndTaken when one of the open ones came in and paid an end: whoever asked must look again before paying.
    """
    deadline = world.clock.now() + timeout_s
    genesis = await world.chain.genesis_hash()
    met: dict[str, Intent] = {}
    told = False
    while True:
        entries = world.journal.entries()
        found = in_the_way(entries, genesis=genesis, signer=ss58, ends=ends)
        met.update({intent.hash: intent for intent in found})
        waiting = [intent for intent in found if not await _closed(world, intent)]
        account = (await world.chain.accounts([ss58]))[ss58]
        if not waiting and not account.has_pending:
            _check_ends(world, met, ends)
            return account
        what = waiting[0].call if waiting else f"nonce {account.nonce} in the node's pool"
        whose = waiting[0].signer if waiting else ss58
        if world.clock.now() >= deadline:
            message = f"{whose}: {what} is still open after {timeout_s:g} s"
            raise OutcomeUnknown(message, hint="nothing new was sent; run the command again later")
        if not told:
            world.talk.note(f"waiting for an earlier payment of {whose}: {what}")
            told = True
        await _pause(world)


def _check_ends(world: World, met: Mapping[str, Intent], ends: Collection[str]) -> None:
    decided = outcomes(world.journal.entries())
    for intent in met.values():
        shared = sorted(set(intent.ends) & set(ends))
        if shared and decided.get(intent.hash, {}).get("result") == "included":
            message = f"an earlier payment has come in meanwhile: {shared[0]} ({intent.hash})"
            raise EndTaken(message, hint="nothing new was sent; run the command again, it looks first")


async def _closed(world: World, intent: Intent) -> bool:
    """Whether an open intent is decided now."""
    try:
        return await _looked_up(world, intent) is not None
    except (NotIncluded, ExtrinsicRejected):
        return True


async def _looked_up(world: World, intent: Intent) -> Receipt | None:
    """The receipt once it is in a finalized block; None while it may still come; else NotIncluded or the refusal."""
    final = await world.chain.finalized()
    account = (await world.chain.accounts([intent.signer], at=final))[intent.signer]
    nonce_used = account.nonce > intent.nonce
    too_late = final.number >= intent.last_block
    if not (nonce_used or too_late):
        return None
    try:
        receipt = await world.chain.find(
            intent.hash,
            signer_ss58=intent.signer,
            nonce=intent.nonce,
            first_block=intent.first_block,
            last_block=intent.last_block,
        )
    except ExtrinsicRejected as refusal:
        record(world, intent, "rejected", code=refusal.code, fee_rao=refusal.fee_rao)
        raise
    if receipt is not None:
        record_receipt(world, intent, receipt)
        return receipt
    record(world, intent, "not_included")
    why = "another extrinsic used its nonce" if nonce_used else f"block {intent.last_block} has passed"
    raise NotIncluded(f"{intent.call} ({intent.hash}) never entered the chain: {why}", hint="run the command again")


def record_receipt(world: World, intent: Intent, receipt: Receipt) -> None:
    """Write down that it is in a final block, and what it took."""
    facts = {"block": receipt.block.number, "block_hash": receipt.block.hash, "fee_rao": receipt.fee_rao}
    facts |= {} if receipt.index is None else {"index": receipt.index}
    moved = moved_rao(receipt, intent.signer)
    record(world, intent, "included", **facts, **({} if moved is None else {"moved_rao": moved}))


def record(world: World, intent: Intent, result: Result, **facts: Any) -> None:
    """Write down what became of it."""
    world.journal.append(OUTCOME, hash=intent.hash, result=result, **facts)


async def _pause(world: World) -> None:
    await world.clock.sleep(min(max(await _block_time_s(world), 0.1), 6.0))


async def _block_time_s(world: World) -> float:
    try:
        return await world.chain.block_time_s()
    except ChainUnreachable:
        return 1.0
