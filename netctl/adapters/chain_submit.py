"""Signing, sending and finding extrinsics: the bytes are made once, and only those are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netctl.adapters.chain_errors import after_sending, is_state_discarded
from netctl.errors import ExtrinsicRejected, OutcomeUnknown
from netctl.money import Rao
from netctl.ports import BlockRef, Call, Receipt, Signed, Signer

if TYPE_CHECKING:
    from bittensor import RpcSubstrate
    from bittensor._transport.rpc import Subscription

SUBMIT, UNWATCH = "author_submitAndWatchExtrinsic", "author_unwatchExtrinsic"
LONGEST_LIFETIME = 4096
"""Up to here an era's birth is the very block it is anchored at; beyond, the chain rounds it."""


@dataclass(frozen=True, slots=True)
class _SdkSigner:
    """A Signer under the names that the SDK looks for."""

    signer: Signer

    @property
    def ss58_address(self) -> str:
        return self.signer.ss58

    @property
    def public_key(self) -> bytes:
        return self.signer.public_key

    @property
    def crypto_type(self) -> int:
        return self.signer.crypto_type

    def sign(self, payload: bytes) -> bytes:
        return self.signer.sign(payload)


@dataclass(frozen=True, slots=True)
class _PublicSide:
    """What a fee quote needs of an account: no secret, and a signature of zeros, as long as any."""

    ss58_address: str
    public_key: bytes
    crypto_type: int = 1

    def sign(self, payload: bytes) -> bytes:  # noqa: ARG002  -- the SDK hands it over
        return bytes(64)


async def composed(substrate: RpcSubstrate, call: Call) -> Any:
    """The call in SCALE; calls among its arguments (batches, sudo) are composed first."""
    arguments = {name: await _argument(substrate, value) for name, value in call.args.items()}
    backend: Any = substrate
    return await backend.compose((call.pallet, call.function, arguments))


async def _argument(substrate: RpcSubstrate, value: Any) -> Any:
    if isinstance(value, Call):
        return await composed(substrate, value)
    if isinstance(value, list | tuple):
        return [await _argument(substrate, item) for item in value]
    return value


async def fee(substrate: RpcSubstrate, call: Call, ss58: str) -> Rao:
    """What the node would charge for the call now, give or take a byte of the extrinsic's length."""
    account: Any = _PublicSide(ss58, bytes.fromhex(substrate.raw.ss58_decode(ss58)))
    info = await substrate.raw.get_payment_info(await composed(substrate, call), account)
    return int(info["partial_fee"])


async def _exact_fee(substrate: RpcSubstrate, raw: bytes) -> Rao:
    """What the node would charge for these very bytes."""
    question = raw + len(raw).to_bytes(4, "little")
    answer = await substrate.raw.rpc_request(
        "state_call", ["TransactionPaymentApi_query_info", "0x" + question.hex(), None]
    )
    return _partial_fee(bytes.fromhex(str(answer).removeprefix("0x")))


def _partial_fee(info: bytes) -> Rao:
    """The fee out of a RuntimeDispatchInfo: two compact numbers of weight, the class, then the fee to the end."""
    offset = 0
    for _ in range(2):
        mode = info[offset] & 0b11
        offset += (info[offset] >> 2) + 5 if mode == 0b11 else 1 << mode
    return int.from_bytes(info[offset + 1 :], "little")


async def sign(
    substrate: RpcSubstrate,
    call: Call,
    signer: Signer,
    *,
    nonce: int,
    lifetime_blocks: int,
    allow: Callable[[Rao], None],
) -> Signed:
    """A complete extrinsic with its hash, mortal from the finalized head on; nothing is sent.

    `allow` is asked with the fee before there is a signature, and raises to refuse it. ValueError unless the lifetime
    is a power of two from 4 to 4096.
    """
    if lifetime_blocks & (lifetime_blocks - 1) or not 4 <= lifetime_blocks <= LONGEST_LIFETIME:
        message = f"an extrinsic cannot live for {lifetime_blocks} blocks: a power of two from 4 to 4096 is needed"
        raise ValueError(message)
    ready = await composed(substrate, call)
    birth = int(await substrate.raw.get_finalized_block_number())
    era = {"period": lifetime_blocks, "current": birth}
    unsigned: Any = _PublicSide(signer.ss58, signer.public_key, signer.crypto_type)
    draft = await substrate.raw.sign_without_nonce_tracking(ready, unsigned, nonce=nonce, era=era)
    fee_rao = await _exact_fee(substrate, bytes(draft.data))
    allow(fee_rao)
    keypair: Any = _SdkSigner(signer)
    extrinsic = await substrate.raw.sign_without_nonce_tracking(ready, keypair, nonce=nonce, era=era)
    return Signed(
        hash=extrinsic.extrinsic_hash,
        raw=bytes(extrinsic.data),
        signer_ss58=signer.ss58,
        nonce=nonce,
        last_block=birth + lifetime_blocks - 1,
        fee_rao=fee_rao,
    )


async def submit(substrate: RpcSubstrate, signed: Signed, *, patience_s: float) -> Receipt:
    """Send exactly these bytes and wait for finality; ExtrinsicRejected or OutcomeUnknown, never a second sending.

    The SDK's own submission raises the same errors for a no to the extrinsic and a no to a question about it later:
    taken once, it is not refused any more, whatever fails then.
    """
    taken = False
    try:
        async with asyncio.timeout(patience_s):
            watched = await substrate.raw._session.subscribe(SUBMIT, ["0x" + signed.raw.hex()], UNWATCH)  # noqa: SLF001
            taken = True
            block_hash = await _final_block(watched, signed.hash)
            report = await substrate.raw.resolve_extrinsic(signed.hash, block_hash, finalized=True)
    except Exception as error:
        ours = after_sending(error, extrinsic_hash=signed.hash, endpoint=substrate.endpoint, taken=taken)
        if ours is None:
            raise
        raise ours from error
    return _receipt(report)


async def _final_block(watched: Subscription, extrinsic_hash: str) -> str:
    """The hash of the finalized block that holds it; OutcomeUnknown when the node stops telling."""
    from bittensor._transport.extrinsics import watch_status_block

    try:
        async for update in watched:
            landed = watch_status_block(update["result"], wait_for_inclusion=True, wait_for_finalization=True)
            if landed is not None:
                return landed[0]
    finally:
        await watched.unsubscribe()
    message = f"the node stopped telling of extrinsic {extrinsic_hash} before it was final"
    raise OutcomeUnknown(message, hint="run the command again and it looks first")


async def resolved(substrate: RpcSubstrate, signed_hash: str, block: BlockRef) -> Receipt:
    """What the finalized block that holds the extrinsic says of it; see `Chain.find`."""
    try:
        report = await substrate.raw.resolve_extrinsic(signed_hash, block.hash, finalized=True)
    except Exception as error:
        if not is_state_discarded(error):
            raise
        return Receipt(extrinsic_hash=signed_hash, block=block, fee_rao=0, events=())
    return _receipt(report)


def _receipt(report: Any) -> Receipt:
    fee_rao = int(report.total_fee_amount or 0)
    if not report.is_success:
        refusal: Mapping[str, Any] = report.error_message or {}
        code = str(refusal.get("name") or "Unknown")
        where = f"block {report.block_number}"
        message = f"the chain refused extrinsic {report.extrinsic_hash} in {where}: {code}"
        raise ExtrinsicRejected(message, code=code, fee_rao=fee_rao)
    events = tuple(_event(entry["event"]) for entry in report.triggered_events)
    return Receipt(
        extrinsic_hash=report.extrinsic_hash,
        block=BlockRef(int(report.block_number), str(report.block_hash)),
        fee_rao=fee_rao,
        events=events,
        index=None if report.extrinsic_idx is None else int(report.extrinsic_idx),
    )


def _event(event: Mapping[str, Any]) -> tuple[str, str, Any]:
    return str(event["module_id"]), str(event["event_id"]), event["attributes"]
