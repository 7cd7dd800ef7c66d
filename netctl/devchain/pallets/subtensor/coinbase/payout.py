"""An epoch's end: what waited is handed out to the owner, the miners, the validators and those who stake with them.

No rao is lost: what divisions leave over waits for the next epoch, and what nobody can have is burned, which leaves it
in SubnetAlphaOut without an owner, and counts it (subtensor, run_coinbase). Child keys and collateral are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netctl.devchain.pallets.subtensor import items, ownership, shares
from netctl.devchain.pallets.subtensor.coinbase import accounts, dividends
from netctl.devchain.storage import Frame


@dataclass(frozen=True, slots=True)
class Pending:
    """Rao of alpha that waited for an epoch."""

    owner: int
    server: int
    validator: int
    root: int

    @classmethod
    def take(cls, frame: Frame, netuid: int) -> Pending:
        """Everything that waits, leaving nothing."""
        return cls(
            accounts.PENDING_OWNER_CUT.take(frame, netuid),
            accounts.PENDING_SERVER.take(frame, netuid),
            accounts.PENDING_VALIDATOR.take(frame, netuid),
            accounts.PENDING_ROOT.take(frame, netuid),
        )


Epoch = Callable[[Frame, int, Pending], list[tuple[str, int, int]]]
"""(frame, netuid, what to give) -> (hotkey, for serving, for validating), rao of alpha."""


def burn(frame: Frame, netuid: int, alpha: int) -> None:
    """Alpha stays issued and belongs to nobody."""
    accounts.ALPHA_BURNED.add(frame, alpha, netuid)


def recycle(frame: Frame, netuid: int, alpha: int) -> None:
    """Alpha was never issued."""
    accounts.ALPHA_OUT.add(frame, -alpha, netuid)
    accounts.ALPHA_RECYCLED.add(frame, alpha, netuid)


def distribute(frame: Frame, netuid: int, epoch: Epoch) -> None:
    """Run an epoch over what waits, and hand it out."""
    pending = Pending.take(frame, netuid)
    earned = epoch(frame, netuid, pending)
    serving = sum(server for _, server, _ in earned)
    if serving:
        validators = min(pending.validator, max(0, pending.server + pending.validator - serving))
        accounts.PENDING_SERVER.add(frame, pending.server + pending.validator - serving - validators, netuid)
    else:
        validators = pending.server + pending.validator
    given = dividends.split(frame, netuid, [(hotkey, amount) for hotkey, _, amount in earned], validators, pending.root)
    _pay_owner(frame, netuid, pending.owner)
    _pay_miners(frame, netuid, [(hotkey, server) for hotkey, server, _ in earned])
    _pay_validators(frame, netuid, given.alpha, validators)
    _pay_root(frame, netuid, given.root, pending.root)
    for hotkey, server, _ in earned:
        total = server + given.alpha.get(hotkey, 0) + given.root.get(hotkey, 0)
        accounts.LAST_HOTKEY_EMISSION.put(frame, total, hotkey, netuid)


def _pay_owner(frame: Frame, netuid: int, cut: int) -> None:
    if cut:
        hotkey, coldkey = items.SUBNET_OWNER_HOTKEY.get(frame, netuid), items.SUBNET_OWNER.get(frame, netuid)
        shares.add(frame, hotkey, coldkey, netuid, cut)


def _pay_miners(frame: Frame, netuid: int, incentives: list[tuple[str, int]]) -> None:
    """To the owner of each hotkey, where it has its emission staked; what the subnet's own owner mined is withheld."""
    owner, owner_hotkey = items.SUBNET_OWNER.get(frame, netuid), items.SUBNET_OWNER_HOTKEY.get(frame, netuid)
    usual = owner_hotkey if frame.options.miner_stake == "owner" else None
    withheld = 0
    for hotkey, incentive in incentives:
        if not incentive:
            continue
        coldkey = ownership.owner_of(frame, hotkey)
        if coldkey == owner or hotkey == owner_hotkey:
            withheld += incentive
            continue
        destination = accounts.AUTO_STAKE_DESTINATION.get(frame, coldkey, netuid) or usual
        if destination is not None:
            told = {"netuid": netuid, "destination": destination, "hotkey": hotkey, "owner": coldkey}
            frame.emit(items.PALLET, "AutoStakeAdded", {**told, "incentive": incentive})
        shares.add(frame, destination or hotkey, coldkey, netuid, incentive)
    (recycle if accounts.RECYCLE_OR_BURN.get(frame, netuid) == "Recycle" else burn)(frame, netuid, withheld)
    total = sum(incentive for _, incentive in incentives)
    accounts.MINER_BURNED_Q32.put(frame, (withheld << 32) // total if total else 0, netuid)


def _pay_validators(frame: Frame, netuid: int, given: dict[str, int], pot: int) -> None:
    _forget(frame, netuid, accounts.ALPHA_DIVIDENDS.name, given)
    for hotkey, amount in given.items():
        take = dividends.take_of(frame, hotkey, amount)
        coldkey = ownership.owner_of(frame, hotkey)
        if take:
            shares.add(frame, hotkey, coldkey, netuid, take)
        shares.reward(frame, hotkey, coldkey, netuid, amount - take)
        accounts.ALPHA_DIVIDENDS.put(frame, amount - take, netuid, hotkey)
        accounts.HOTKEY_ALPHA_LAST_EPOCH.put(frame, shares.hotkey_alpha(frame, hotkey, netuid), hotkey, netuid)
    if given:
        accounts.PENDING_VALIDATOR.add(frame, pot - sum(given.values()), netuid)
    else:
        burn(frame, netuid, pot)


def _pay_root(frame: Frame, netuid: int, given: dict[str, int], pot: int) -> None:
    """The take is staked; the rest is owed to those who stake on root with the validator.

    Approximation: it waits as PendingBasketDeposits, and stays there: the runtime turns it into parts of a basket.
    """
    _forget(frame, netuid, accounts.ROOT_DIVIDENDS.name, given)
    for hotkey, amount in given.items():
        take = dividends.take_of(frame, hotkey, amount)
        if take:
            shares.add(frame, hotkey, ownership.owner_of(frame, hotkey), netuid, take)
        accounts.BASKET_DEPOSITS.add(frame, amount - take, hotkey, netuid)
        accounts.ROOT_DIVIDENDS.put(frame, amount - take, netuid, hotkey)
    if given:
        accounts.PENDING_ROOT.add(frame, pot - sum(given.values()), netuid)
    else:
        recycle(frame, netuid, pot)


def _forget(frame: Frame, netuid: int, name: str, given: dict[str, int]) -> None:
    """Who has no dividends this time is not listed with those of the last."""
    entry = frame.codec.entry(items.PALLET, name)
    for key in frame.page(entry.key((netuid,))):
        if entry.free_keys(key, 1)[0] not in given:
            frame.remove_raw(key)
