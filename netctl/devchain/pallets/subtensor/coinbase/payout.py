"""An epoch's end: what waited is handed out to the owner, the miners, the validators and those who stake with them.

What the rules give to nobody stays in SubnetAlphaOut without an owner: what rounding leaves over, half of the alpha
that was recycled instead of being root's, and the validators' part where nobody earns dividends (subtensor,
run_coinbase). Child keys and collateral are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netctl.devchain.pallets.subtensor import items, ownership, shares
from netctl.devchain.pallets.subtensor.coinbase import accounts, dividends
from netctl.devchain.pallets.subtensor.coinbase.supply import burn, recycle
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


ONE_Q32 = 1 << 32

Epoch = Callable[[Frame, int, Pending], list[tuple[str, int, int]]]
"""(frame, netuid, what to give) -> (hotkey, for serving, for validating), rao of alpha."""


def distribute(frame: Frame, netuid: int, epoch: Epoch) -> None:
    """Run an epoch over what waits, and hand it out."""
    pending = Pending.take(frame, netuid)
    earned = epoch(frame, netuid, pending)
    validators, root = _pots(pending, sum(server for _, server, _ in earned))
    given = dividends.split(frame, netuid, [(hotkey, amount) for hotkey, _, amount in earned], validators, root)
    if all(amount < ONE_Q32 for amount in given.root_q32.values()):
        recycle(frame, netuid, root)
    _pay_owner(frame, netuid, pending.owner)
    _pay_miners(frame, netuid, [(hotkey, server) for hotkey, server, _ in earned])
    _pay_validators(frame, netuid, given.alpha_q32)
    _pay_root(frame, netuid, given.root_q32)


def _pots(pending: Pending, serving: int) -> tuple[int, int]:
    """What validators and root divide: what waited for them, and the miners' part too if no miner earned.

    Where some mechanism finds incentives and no dividends, its miners have all of its emission. The runtime pays the
    validators in full nevertheless, with alpha that was never emitted; here they have what is left.
    """
    if not serving:
        return pending.server + pending.validator, pending.root
    left = pending.server + pending.validator + pending.root - serving
    root = min(pending.root, left)
    return min(pending.validator, left - root), root


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


def _pay_validators(frame: Frame, netuid: int, given_q32: dict[str, int]) -> None:
    told = set()
    for hotkey, amount_q32 in given_q32.items():
        take, rest = dividends.shared(frame, hotkey, amount_q32)
        coldkey = ownership.owner_of(frame, hotkey)
        if take:
            shares.add(frame, hotkey, coldkey, netuid, take)
        if rest:
            shares.reward(frame, hotkey, coldkey, netuid, rest)
            accounts.ALPHA_DIVIDENDS.put(frame, rest, netuid, hotkey)
            told.add(hotkey)
        accounts.HOTKEY_ALPHA_LAST_EPOCH.put(frame, shares.hotkey_alpha(frame, hotkey, netuid), hotkey, netuid)
    _forget(frame, netuid, accounts.ALPHA_DIVIDENDS.name, told)


def _pay_root(frame: Frame, netuid: int, given_q32: dict[str, int]) -> None:
    """The take is staked; the rest is owed to those who stake on root with the validator.

    Approximation: it waits as PendingBasketDeposits, and stays there: the runtime turns it into parts of a basket.
    """
    told = set()
    for hotkey, amount_q32 in given_q32.items():
        take, rest = dividends.shared(frame, hotkey, amount_q32)
        if take:
            shares.add(frame, hotkey, ownership.owner_of(frame, hotkey), netuid, take)
        if rest:
            accounts.BASKET_DEPOSITS.add(frame, rest, hotkey, netuid)
            accounts.ROOT_DIVIDENDS.put(frame, rest, netuid, hotkey)
            told.add(hotkey)
    _forget(frame, netuid, accounts.ROOT_DIVIDENDS.name, told)


def _forget(frame: Frame, netuid: int, name: str, told: set[str]) -> None:
    """Who has no dividends this time is not listed with those of the last."""
    entry = frame.codec.entry(items.PALLET, name)
    for key in frame.page(entry.key((netuid,))):
        if entry.free_keys(key, 1)[0] not in told:
            frame.remove_raw(key)
