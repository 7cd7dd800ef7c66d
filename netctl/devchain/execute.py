"""Applying one extrinsic to the block being built: nonce, fee, dispatch, events."""

from __future__ import annotations

import logging

from netctl.devchain.errors import DispatchError
from netctl.devchain.extrinsic import Extrinsic
from netctl.devchain.fees import ACCOUNT, dispatch_info, fee_rao, payer_of, tell_paid, withdraw
from netctl.devchain.frame import BlockFrame, World
from netctl.devchain.validity import origin_of

log = logging.getLogger(__name__)


def apply_extrinsic(world: World, frame: BlockFrame, extrinsic: Extrinsic, index: int) -> DispatchError | None:
    """Apply a valid extrinsic; its failure is told in its events and given back, its nonce and fee are spent."""
    frame.phase = {"ApplyExtrinsic": index}
    rule = world.runtime.rule(*extrinsic.name)
    fee, payer = fee_rao(extrinsic, rule), None
    if extrinsic.signer is not None:
        account = ACCOUNT.get(frame, extrinsic.signer)
        account["nonce"] += 1
        ACCOUNT.put(frame, account, extrinsic.signer)
        payer = payer_of(frame, extrinsic.signer, rule)
        if fee:
            withdraw(frame, payer, fee)
    error = run_call(world, frame, extrinsic)
    if payer is not None and fee:
        tell_paid(frame, payer, fee, extrinsic.tip)
    info = dispatch_info(pays=bool(fee))
    if error is None:
        frame.emit("System", "ExtrinsicSuccess", {"dispatch_info": info})
    else:
        failed = {"dispatch_error": world.codec.dispatch_error(error), "dispatch_info": info}
        frame.emit("System", "ExtrinsicFailed", failed)
    return error


def run_call(world: World, frame: BlockFrame, extrinsic: Extrinsic) -> DispatchError | None:
    """Dispatch and roll back on failure. A bug in a pallet fails its extrinsic, loudly, and not the chain."""
    try:
        with frame.checkpoint():
            frame.dispatch(extrinsic.call, origin_of(extrinsic))
    except DispatchError as error:
        return _known(world, error)
    except Exception:
        log.exception("bug in %s.%s, extrinsic 0x%s", *extrinsic.name, extrinsic.hash.hex())
        world.count_unsupported(f"bug in {'.'.join(extrinsic.name)}")
        return DispatchError.other()
    return None


def _known(world: World, error: DispatchError) -> DispatchError:
    try:
        world.codec.dispatch_error(error)
    except KeyError:
        log.exception("the runtime has no error %s", error)
        world.count_unsupported(f"unknown error {error}")
        return DispatchError.other()
    return error
