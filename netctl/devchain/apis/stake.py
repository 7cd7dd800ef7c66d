"""StakeInfoRuntimeApi: who has what behind whom."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallet import Api, method
from netctl.devchain.pallets.subtensor import items, ownership, pool
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.shares import stake_of
from netctl.devchain.storage import View

Answer = dict[str, Any]


def _info(view: View, hotkey: str, coldkey: str, netuid: int, stake: int) -> Answer:
    registered = ownership.is_registered(view, netuid, hotkey)
    return view.codec.struct(
        "StakeInfo",
        hotkey=hotkey,
        coldkey=coldkey,
        netuid=netuid,
        stake=stake,
        emission=accounts.ALPHA_DIVIDENDS.get(view, netuid, hotkey),
        is_registered=registered,
    )


def _positions(view: View, coldkey: str) -> list[tuple[str, int, int]]:
    """(hotkey, netuid, alpha) of everything that a coldkey has staked."""
    subnets = ownership.netuids(view)
    found = (
        (hotkey, netuid, stake_of(view, hotkey, coldkey, netuid))
        for hotkey in items.STAKING_HOTKEYS.get(view, coldkey)
        for netuid in subnets
    )
    return [position for position in found if position[2]]


class StakeInfo(Api):
    """Locks and conviction are not modelled: nothing is ever locked."""

    name = "StakeInfoRuntimeApi"

    @method
    def get_stake_info_for_coldkey(self, view: View, *, coldkey_account: str) -> list[Answer]:
        """Every position of a coldkey."""
        positions = _positions(view, coldkey_account)
        return [_info(view, hotkey, coldkey_account, netuid, alpha) for hotkey, netuid, alpha in positions]

    @method
    def get_stake_info_for_coldkeys(self, view: View, *, coldkey_accounts: list[str]) -> list[tuple[str, list[Answer]]]:
        """Of several."""
        return [
            (coldkey, self.get_stake_info_for_coldkey(view, coldkey_account=coldkey)) for coldkey in coldkey_accounts
        ]

    @method
    def get_stake_info_for_hotkey_coldkey_netuid(
        self, view: View, *, hotkey_account: str, coldkey_account: str, netuid: int
    ) -> Answer:
        """One position, zero if there is none."""
        alpha = stake_of(view, hotkey_account, coldkey_account, netuid)
        return _info(view, hotkey_account, coldkey_account, netuid, alpha)

    @method
    def get_stake_availability_for_coldkeys(
        self, view: View, *, coldkey_accounts: list[str], netuids: list[int] | None
    ) -> dict[str, dict[int, Answer]]:
        """How much of each coldkey's alpha may be moved, by subnet."""
        answer: dict[str, dict[int, Answer]] = {}
        for coldkey in coldkey_accounts:
            sums: dict[int, int] = {}
            for _, netuid, alpha in _positions(view, coldkey):
                if netuids is None or netuid in netuids:
                    sums[netuid] = sums.get(netuid, 0) + alpha
            answer[coldkey] = {
                netuid: {"total": alpha, "locked": 0, "available": alpha} for netuid, alpha in sums.items()
            }
        return answer

    @method
    def get_stake_fee(
        self,
        view: View,
        *,
        origin: tuple[str, int] | None,
        destination: tuple[str, int] | None,
        amount: int,
        **_coldkeys: str,
    ) -> int:
        """What an exchange of this amount costs, in what is paid: both pools' fees if it passes through two."""
        if origin is not None and destination is not None and origin[1] == destination[1]:
            return 0
        fee = pool.quote_sell(view, origin[1], amount).fee if origin is not None else 0
        return fee + (pool.quote_buy(view, destination[1], amount).fee if destination is not None else 0)
