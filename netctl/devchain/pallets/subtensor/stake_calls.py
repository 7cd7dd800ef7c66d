"""The calls around stake."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets.subtensor import items, ownership, shares, staking
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.storage import Frame


@approximates("prices are those of a plain constant product, without the chain's weighted pools")
class StakeCalls:
    """What a coldkey does with its stake. Amounts in rao of TAO or of alpha, prices in rao of TAO per alpha."""

    @call()
    def add_stake(self, frame: Frame, origin: Origin, *, hotkey: str, netuid: int, amount_staked: int) -> None:
        """Stake at any price."""
        staking.stake(frame, origin.signed(), hotkey, netuid, amount_staked)

    @call()
    def add_stake_limit(
        self,
        frame: Frame,
        origin: Origin,
        *,
        hotkey: str,
        netuid: int,
        amount_staked: int,
        limit_price: int,
        allow_partial: bool,
    ) -> None:
        """Stake until the price reaches a limit: all or nothing, or what goes."""
        coldkey = origin.signed()
        staking.stake(frame, coldkey, hotkey, netuid, amount_staked, limit_price_rao=limit_price, partial=allow_partial)

    @call()
    def remove_stake(self, frame: Frame, origin: Origin, *, hotkey: str, netuid: int, amount_unstaked: int) -> None:
        """Unstake at any price."""
        staking.unstake(frame, origin.signed(), hotkey, netuid, amount_unstaked)

    @call()
    def remove_stake_limit(
        self,
        frame: Frame,
        origin: Origin,
        *,
        hotkey: str,
        netuid: int,
        amount_unstaked: int,
        limit_price: int,
        allow_partial: bool,
    ) -> None:
        """Unstake until the price falls to a limit."""
        coldkey = origin.signed()
        staking.unstake_limit(frame, coldkey, hotkey, netuid, amount_unstaked, limit_price, partial=allow_partial)

    @call()
    def remove_stake_full_limit(
        self, frame: Frame, origin: Origin, *, hotkey: str, netuid: int, limit_price: int | None
    ) -> None:
        """Unstake everything that lies behind one hotkey on one subnet."""
        ownership.ensure_subnet(frame, netuid)
        coldkey = origin.signed()
        held = shares.stake_of(frame, hotkey, coldkey, netuid)
        if limit_price is None:
            staking.unstake(frame, coldkey, hotkey, netuid, held)
        else:
            staking.unstake_limit(frame, coldkey, hotkey, netuid, held, limit_price, partial=False)

    @call()
    def unstake_all(self, frame: Frame, origin: Origin, *, hotkey: str) -> None:
        """Unstake from a hotkey on every subnet; what cannot be sold stays."""
        coldkey = origin.signed()
        if not ownership.has_owner(frame, hotkey):
            raise DispatchError("HotKeyAccountNotExists")
        for netuid in ownership.netuids(frame):
            held = shares.stake_of(frame, hotkey, coldkey, netuid)
            if held:
                _unstake_if_possible(frame, coldkey, hotkey, netuid, held)

    @call()
    def move_stake(
        self,
        frame: Frame,
        origin: Origin,
        *,
        origin_hotkey: str,
        destination_hotkey: str,
        origin_netuid: int,
        destination_netuid: int,
        alpha_amount: int,
    ) -> None:
        """Move stake to another hotkey, and maybe subnet."""
        who = origin.signed()
        source, target = (who, origin_hotkey, origin_netuid), (who, destination_hotkey, destination_netuid)
        tao_rao = staking.reassign(frame, source, target, alpha_amount)
        told = (who, origin_hotkey, origin_netuid, destination_hotkey, destination_netuid, tao_rao)
        frame.emit(items.PALLET, "StakeMoved", told)

    @call()
    def transfer_stake(
        self,
        frame: Frame,
        origin: Origin,
        *,
        destination_coldkey: str,
        hotkey: str,
        origin_netuid: int,
        destination_netuid: int,
        alpha_amount: int,
    ) -> None:
        """Give stake to another coldkey, where both subnets allow it."""
        who = origin.signed()
        source, target = (who, hotkey, origin_netuid), (destination_coldkey, hotkey, destination_netuid)
        tao_rao = staking.reassign(frame, source, target, alpha_amount, is_transfer=True)
        told = (who, destination_coldkey, hotkey, origin_netuid, destination_netuid, tao_rao)
        frame.emit(items.PALLET, "StakeTransferred", told)

    @call()
    def swap_stake(
        self,
        frame: Frame,
        origin: Origin,
        *,
        hotkey: str,
        origin_netuid: int,
        destination_netuid: int,
        alpha_amount: int,
    ) -> None:
        """Move stake behind one hotkey from subnet to subnet."""
        _swap(frame, origin.signed(), hotkey, origin_netuid, destination_netuid, alpha_amount)

    @call()
    def swap_stake_limit(
        self,
        frame: Frame,
        origin: Origin,
        *,
        hotkey: str,
        origin_netuid: int,
        destination_netuid: int,
        alpha_amount: int,
        limit_price: int,
        allow_partial: bool,
    ) -> None:
        """The same while the relative price stays above a limit."""
        _swap(
            frame,
            origin.signed(),
            hotkey,
            origin_netuid,
            destination_netuid,
            alpha_amount,
            limit_price_rao=limit_price,
            partial=allow_partial,
        )

    @call()
    def set_coldkey_auto_stake_hotkey(self, frame: Frame, origin: Origin, *, netuid: int, hotkey: str) -> None:
        """Have what the coldkey's miners earn on a subnet staked with one hotkey instead of with each its own."""
        coldkey = origin.signed()
        ownership.ensure_subnet(frame, netuid)
        ownership.uid_of(frame, netuid, hotkey)
        before = accounts.AUTO_STAKE_DESTINATION.get(frame, coldkey, netuid)
        if before == hotkey:
            raise DispatchError("SameAutoStakeHotkeyAlreadySet")
        listed = accounts.AUTO_STAKE_COLDKEYS
        if before is not None:
            kept = [who for who in listed.get(frame, before, netuid) if who != coldkey]
            listed.put(frame, kept, before, netuid)
        accounts.AUTO_STAKE_DESTINATION.put(frame, hotkey, coldkey, netuid)
        listed.append(frame, coldkey, hotkey, netuid)
        told = {"coldkey": coldkey, "netuid": netuid, "hotkey": hotkey}
        frame.emit(items.PALLET, "AutoStakeDestinationSet", told)


def _swap(
    frame: Frame,
    who: str,
    hotkey: str,
    origin_netuid: int,
    destination_netuid: int,
    alpha: int,
    *,
    limit_price_rao: int | None = None,
    partial: bool = False,
) -> None:
    source, target = (who, hotkey, origin_netuid), (who, hotkey, destination_netuid)
    tao_rao = staking.reassign(frame, source, target, alpha, limit_price_rao=limit_price_rao, partial=partial)
    frame.emit(items.PALLET, "StakeSwapped", (who, hotkey, origin_netuid, destination_netuid, tao_rao))


def _unstake_if_possible(frame: Frame, coldkey: str, hotkey: str, netuid: int, held: int) -> None:
    try:
        with frame.checkpoint():
            staking.unstake(frame, coldkey, hotkey, netuid, held)
    except DispatchError:
        return
