"""Registering by proof of work: the proof pays, there is no fee, and the coldkey may be empty.

Work is keccak(sha256(domain, netuid, block hash, hotkey, coldkey, nonce)), not more than 2^256/difficulty, over a
block that is at most five blocks old; a hotkey's next proof must be over a later block.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from netctl.devchain.errors import DispatchError, PoolRejection
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets.subtensor import items, ownership, windows
from netctl.devchain.pallets.subtensor.registration import announce, ensure_slot, seat
from netctl.devchain.pallets.wire import bytes_of, public_key
from netctl.devchain.storage import Frame, View

DOMAIN = b"subtensor-pow-register-v1"
MAX_WORK_AGE_BLOCKS = 5
BAD_REQUEST = 255
_POOL_NUMBERS = {"SubnetNotExists": 3, "NonAssociatedColdKey": 25}
"""The few refusals of a proof that have a custom transaction error of their own."""
_U256_LIMIT = 1 << 256


def seal(netuid: int, block_hash: bytes, hotkey: str, coldkey: str, nonce: int) -> bytes:
    """The hash that a nonce gives for one neuron at one block."""
    from Crypto.Hash import keccak  # with its cffi a tenth of a chain's start, and few need it

    challenge = DOMAIN + netuid.to_bytes(2, "little") + block_hash + public_key(hotkey) + public_key(coldkey)
    inner = sha256(challenge + nonce.to_bytes(8, "little")).digest()
    return keccak.new(digest_bits=256, data=inner).digest()


def difficulty(view: View, netuid: int) -> int:
    """The difficulty within its bounds, at least 1."""
    floor = max(1, items.MIN_DIFFICULTY.get(view, netuid))
    ceiling = max(floor, items.MAX_DIFFICULTY.get(view, netuid))
    return int(min(max(floor, items.DIFFICULTY.get(view, netuid)), ceiling))


def check(
    view: View, coldkey: str, now: int, *, netuid: int, work_block: int, nonce: int, work: Any, hotkey: str
) -> None:
    """Everything that a proof is refused for, in the runtime's order, as of block `now`."""
    if netuid == ownership.ROOT_NETUID:
        raise DispatchError("RegistrationNotPermittedOnRootSubnet")
    ownership.ensure_subnet(view, netuid)
    if not items.POW_REGISTRATION_ALLOWED.get(view, netuid):
        raise DispatchError("SubNetRegistrationDisabled")
    windows.check(view, netuid)
    if ownership.is_registered(view, netuid, hotkey):
        raise DispatchError("HotKeyAlreadyRegisteredInSubNet")
    if items.MAX_ALLOWED_UIDS.get(view, netuid) == 0:
        raise DispatchError("NoNeuronIdAvailable")
    if items.REGISTRATIONS_THIS_BLOCK.get(view, netuid) >= items.MAX_REGISTRATIONS_PER_BLOCK.get(view, netuid):
        raise DispatchError("TooManyRegistrationsThisBlock")
    last = items.LAST_POW_REGISTRATION_BLOCK.get(view, hotkey)
    block_hash = view.block_hash(work_block) if work_block < now <= work_block + MAX_WORK_AGE_BLOCKS else None
    if block_hash is None or (last is not None and work_block <= last):
        raise DispatchError("InvalidWorkBlock")
    proof = bytes_of(work)
    if proof != seal(netuid, block_hash, hotkey, coldkey, nonce):
        raise DispatchError("InvalidSeal")
    if int.from_bytes(proof, "little") * difficulty(view, netuid) >= _U256_LIMIT:
        raise DispatchError("InvalidDifficulty")
    if ownership.has_owner(view, hotkey) and ownership.owner_of(view, hotkey) != coldkey:
        raise DispatchError("NonAssociatedColdKey")


def precheck(view: View, origin: Origin, **proof: Any) -> None:
    """At the pool, which judges by the block to come: a bad proof never costs a block's space."""
    try:
        check(view, origin.signed(), view.block + 1, **proof)
    except DispatchError as error:
        raise PoolRejection.custom(_POOL_NUMBERS.get(error.name, BAD_REQUEST)) from error


class PowCalls:
    """The free way to a uid."""

    @call(fee="free", precheck=precheck)
    def pow_register(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        work_block: int,
        nonce: int,
        work: Any,
        hotkey: str,
    ) -> None:
        """Register for a proof of work."""
        coldkey = origin.signed()
        check(
            frame,
            coldkey,
            frame.block,
            netuid=netuid,
            work_block=work_block,
            nonce=nonce,
            work=work,
            hotkey=hotkey,
        )
        ensure_slot(frame, netuid)
        ownership.associate(frame, coldkey, hotkey)
        uid = seat(frame, netuid, hotkey)
        windows.count(frame, netuid, "pow")
        items.LAST_POW_REGISTRATION_BLOCK.put(frame, work_block, hotkey)
        announce(frame, netuid, uid, hotkey)
