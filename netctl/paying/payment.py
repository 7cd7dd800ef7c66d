"""Paying once: an intent on the disk, then the extrinsic, then its outcome; when nobody knows, look until it is known.

Rules, whatever dies and whenever. One extrinsic in flight per account. Nothing of an account is sent while an intent
of it is open or something of it waits in the node's pool, and nothing to an end, whoever pays it, while an intent to
that end is open. An intent is decided by finalized blocks only: it is in one; or its nonce was used, or its last block
has passed, and it is in none.
"""

from __future__ import annotations

from typing import Any

from netctl.errors import ChainUnreachable, ExtrinsicRejected, OutcomeUnknown, PolicyError
from netctl.money import Rao, tao_short
from netctl.networks import NAMES
from netctl.paying import settling
from netctl.paying.ends import ends_of
from netctl.paying.intents import INTENT, Intent, in_the_way
from netctl.ports import Bounds, Call, Receipt, Signed, Signer, World

FEE_CAP_RAO: Rao = 10_000_000
"""A hundredth of a TAO: some sixty times the fee of any single call here."""

LIFETIMES_BLOCKS = (16, 32, 64)
LIFETIME_S = 10.0


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
    timeout_s: float = settling.SETTLE_S,
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
            account = await settling.settled(world, signer.ss58, timeout_s, ends)
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


async def _sent(world: World, intent: Intent, signed: Signed, timeout_s: float) -> Receipt:
    try:
        receipt = await world.chain.submit(signed)
    except ExtrinsicRejected as refusal:
        settling.record(world, intent, "rejected", code=refusal.code, fee_rao=refusal.fee_rao)
        raise
    except ChainUnreachable:
        settling.record(world, intent, "unsent")
        raise
    except OutcomeUnknown as unknown:
        world.talk.progress(intent.neuron, intent.purpose, f"outcome of {intent.call} unknown, looking for it")
        return await settling.decided(world, intent, timeout_s, unknown)
    settling.record_receipt(world, intent, receipt)
    return receipt
