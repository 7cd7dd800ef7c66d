"""Whether an extrinsic may enter the pool or the next block, refused in a node's own words."""

from __future__ import annotations

from dataclasses import dataclass

from netctl.devchain.dispatch import arguments
from netctl.devchain.errors import PoolRejection
from netctl.devchain.extrinsic import Extrinsic
from netctl.devchain.fees import ACCOUNT, can_pay, fee_rao, payer_of
from netctl.devchain.frame import World
from netctl.devchain.pallet import NOBODY, CallRule, Origin
from netctl.devchain.storage import View

ANCIENT = "Transaction has an ancient birth block"
BAD_SIGNATURE = "Transaction has a bad signature"
OUTDATED = "Transaction is outdated"
CANNOT_PAY = "Inability to pay some fees (e.g. account balance too low)"
HASHES_KEPT = 2400
"""How far back the runtime remembers block hashes: System.BlockHashCount."""


@dataclass(slots=True, eq=False)
class Candidate:
    """An extrinsic with what is known of it: the birth that its signature was checked for."""

    extrinsic: Extrinsic
    birth: int | None = None

    def death(self, current: int) -> int | None:
        """The first block that it cannot be in any more; None if it is immortal."""
        era = self.extrinsic.era
        return None if era is None else era.death(current if self.birth is None else self.birth)


def origin_of(extrinsic: Extrinsic) -> Origin:
    """The signer's origin, or nobody's."""
    return NOBODY if extrinsic.signer is None else Origin.of(extrinsic.signer)


class Validity:
    """The checks, in the runtime's order, on the state before the extrinsic's block or within it."""

    def __init__(self, world: World, genesis: bytes) -> None:
        self._world = world
        self._genesis = genesis

    def check(self, candidate: Candidate, view: View, current: int) -> None:
        """PoolRejection if it can be neither in block `current` nor later; a nonce still to come passes."""
        extrinsic = candidate.extrinsic
        rule = self._world.runtime.rule(*extrinsic.name)
        if extrinsic.signer is None:
            if not rule.unsigned:
                raise PoolRejection(1011, "Unknown Transaction Validity", "NoUnsignedValidator")
        else:
            self._check_signature(candidate, current)
            if extrinsic.nonce < int(ACCOUNT.get(view, extrinsic.signer)["nonce"]):
                raise PoolRejection.invalid(OUTDATED)
            self._check_payment(extrinsic, extrinsic.signer, rule, view)
        if rule.precheck is not None:
            rule.precheck(view, origin_of(extrinsic), **arguments(extrinsic.call))

    def _check_signature(self, candidate: Candidate, current: int) -> None:
        extrinsic = candidate.extrinsic
        birth = 0 if extrinsic.era is None else extrinsic.era.birth(current)
        if candidate.birth == birth:
            return
        known = self._genesis if extrinsic.era is None else self._world.block_hash(birth)
        if known is None or (extrinsic.era is not None and birth < current - HASHES_KEPT):
            raise PoolRejection.invalid(ANCIENT)
        if not extrinsic.is_signed_for(self._world.codec, self._genesis, known):
            raise PoolRejection.invalid(BAD_SIGNATURE)
        candidate.birth = birth

    def _check_payment(self, extrinsic: Extrinsic, signer: str, rule: CallRule, view: View) -> None:
        if not can_pay(view, payer_of(view, signer, rule), fee_rao(extrinsic, rule)):
            raise PoolRejection.invalid(CANNOT_PAY)
