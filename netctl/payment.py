"""Paying once: an intent on the disk, then the extrinsic, then its outcome; when nobody knows, look until it is known.

Rules, whatever dies and whenever. One extrinsic in flight per account. Nothing of an account is sent while an intent
of it is open or something of it waits in the node's pool, and nothing to an end, whoever pays it, while an intent to
that end is open. An intent is decided by finalized blocks only: it is in one; or its nonce was used, or its last block
has passed, and it is in none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from netctl.ends import ends_of
from netctl.errors import (
    ChainError,
    ChainUnreachable,
    EndTaken,
    ExtrinsicRejected,
    NotIncluded,
    OutcomeUnknown,
    PolicyError,
)
from netctl.intents import INTENT, OUTCOME, Intent, Result, in_the_way, moved_rao, open_intents, outcomes
from netctl.money import Rao, tao_short
from netctl.networks import NAMES
from netctl.ports import Account, Bounds, Call, Receipt, Signed, Signer, World

FEE_CAP_RAO: Rao = 10_000_000
"""A hundredth of a TAO: some sixty times the fee of any single call here."""

LIFETIMES_BLOCKS = (16, 32, 64)
LIFETIME_S = 10.0
SETTLE_S = 900.0
"""Far longer than any lifetime: sixteen blocks of twelve seconds, and the blocks until they are final."""


async def pay(
    world: World,
    *,
    call: Call,
    signer: Signer,
    purpose: str,
    neuron: str | None,
    amount_rao: Rao,
    fee_cap_rao: Rao = FEE_CAP_RAO,
    lifetime_blocks: int | None = None,
    timeout_s: float = SETTLE_S,
) -> Receipt:
    """Send one extrinsic, surely once, and return it finalized.

    It may be included in `lifetime_blocks`, see `lifetime`: so long the next run waits if this one dies now.
    `amount_rao` is the most it takes from the signer, its fee apart; with purpose "fund" it stays the operator's.
    ExtrinsicRejected: refused. NotIncluded: it never will be, sending again is safe. ChainUnreachable: nothing was
    sent. EndTaken: an earlier extrinsic to the same end came in, nothing was sent. OutcomeUnknown: still open after
    `timeout_s`; the journal keeps it and `settle` goes on. PolicyError: the fee is above its cap, a budget is used up,
    or finney was not consented to; nothing was signed.
    """
    genesis = await world.chain.genesis_hash()
    _check_consent(world, genesis, call)
    ends, allowance = ends_of(call), world.allowance
    asked: dict[str, Any] = {"signer": signer.ss58, "purpose": purpose, "amount_rao": amount_rao}
    asked["what"] = f"{call.pallet}.{call.function}" if neuron is None else f"{neuron}: {call.pallet}.{call.function}"
    async with world.turns.of(signer.ss58):
        lifetime_blocks = lifetime_blocks or lifetime(await world.chain.block_time_s())
        while True:
            account = await _settled(world, signer.ss58, timeout_s, ends)
            if allowance is not None:
                allowance.check(**asked, fee_rao=0)
            signed = await world.chain.sign(
                call,
                signer,
                nonce=account.next_nonce,
                lifetime_blocks=lifetime_blocks,
                bounds=Bounds(amount_rao, fee_cap_rao),
            )
            # Nothing is awaited from here to the journal's line: two lanes cannot both find the way free.
            if not in_the_way(world.journal.entries(), genesis=genesis, signer=signer.ss58, ends=ends):
                break
        intent = Intent(
            hash=signed.hash,
            signer=signer.ss58,
            nonce=signed.nonce,
            first_block=signed.last_block - lifetime_blocks + 1,
            last_block=signed.last_block,
            genesis=genesis,
            call=f"{call.pallet}.{call.function}",
            purpose=purpose,
            neuron=neuron,
            amount_rao=amount_rao,
            fee_rao=signed.fee_rao,
            ends=ends,
        )
        _check_fee(call, signed.fee_rao, fee_cap_rao)
        if allowance is not None:
            allowance.check(**asked, fee_rao=signed.fee_rao)
            allowance.give_back(signer.ss58)
        world.journal.append(INTENT, **intent.facts())
        return await _sent(world, intent, signed, timeout_s)


def _check_consent(world: World, genesis: str, call: Call) -> None:
    """PolicyError where TAO is real and nobody agreed to pay: the last guard, by the chain's own genesis."""
    consented = world.allowance is not None and world.allowance.is_consented
    if NAMES.get(genesis) == "finney" and not consented:
        message = f"{call.pallet}.{call.function} on finney without caps, journal and the network's name typed"
        raise PolicyError(message, hint="nothing was signed; set registration.max_burn and registration.budget")


def _check_fee(call: Call, fee_rao: Rao, fee_cap_rao: Rao) -> None:
    if fee_rao > fee_cap_rao:
        message = f"{call.pallet}.{call.function} would cost a fee of {tao_short(fee_rao)} TAO"
        raise PolicyError(f"{message}, above {tao_short(fee_cap_rao)}", hint="nothing was sent; ask the node why")


def lifetime(block_time_s: float) -> int:
    """In how many blocks an extrinsic may be included: 16 where those take ten seconds or more, else 32 or 64."""
    return next((blocks for blocks in LIFETIMES_BLOCKS if blocks * block_time_s >= LIFETIME_S), LIFETIMES_BLOCKS[-1])


async def settle(world: World, ss58s: Sequence[str], *, timeout_s: float = SETTLE_S) -> None:
    """Wait until nothing of these accounts is open: neither in the journal nor in the node's pool.

    Safe to repeat; cheap when there is nothing. OutcomeUnknown when something stays open past the time.
    """
    unsettled = {intent.signer for intent in open_intents(world.journal.entries())}
    accounts = await world.chain.accounts(ss58s)
    for ss58, account in accounts.items():
        if ss58 in unsettled or account.has_pending:
            async with world.turns.of(ss58):
                await _settled(world, ss58, timeout_s)


async def _sent(world: World, intent: Intent, signed: Signed, timeout_s: float) -> Receipt:
    try:
        receipt = await world.chain.submit(signed)
    except ExtrinsicRejected as refusal:
        _record(world, intent, "rejected", code=refusal.code, fee_rao=refusal.fee_rao)
        raise
    except ChainUnreachable:
        _record(world, intent, "unsent")
        raise
    except OutcomeUnknown as unknown:
        world.talk.progress(intent.neuron, intent.purpose, f"outcome of {intent.call} unknown, looking for it")
        return await _decided(world, intent, timeout_s, unknown)
    _record_receipt(world, intent, receipt)
    return receipt


async def _decided(world: World, intent: Intent, timeout_s: float, unknown: OutcomeUnknown) -> Receipt:
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


async def _settled(world: World, ss58: str, timeout_s: float, ends: Collection[str] = ()) -> Account:
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
        _record(world, intent, "rejected", code=refusal.code, fee_rao=refusal.fee_rao)
        raise
    if receipt is not None:
        _record_receipt(world, intent, receipt)
        return receipt
    _record(world, intent, "not_included")
    why = "another extrinsic used its nonce" if nonce_used else f"block {intent.last_block} has passed"
    raise NotIncluded(f"{intent.call} ({intent.hash}) never entered the chain: {why}", hint="run the command again")


def _record_receipt(world: World, intent: Intent, receipt: Receipt) -> None:
    facts = {"block": receipt.block.number, "block_hash": receipt.block.hash, "fee_rao": receipt.fee_rao}
    facts |= {} if receipt.index is None else {"index": receipt.index}
    moved = moved_rao(receipt, intent.signer)
    _record(world, intent, "included", **facts, **({} if moved is None else {"moved_rao": moved}))


def _record(world: World, intent: Intent, result: Result, **facts: Any) -> None:
    world.journal.append(OUTCOME, hash=intent.hash, result=result, **facts)


async def _pause(world: World) -> None:
    await world.clock.sleep(min(max(await _block_time_s(world), 0.1), 6.0))


async def _block_time_s(world: World) -> float:
    try:
        return await world.chain.block_time_s()
    except ChainUnreachable:
        return 1.0
