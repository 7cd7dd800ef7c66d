"""DelegateInfoRuntimeApi: hotkeys that take stake of others; here those that have had a seat on root."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallet import Api, approximates, method
from netctl.devchain.pallets.subtensor import items, ownership, vectors
from netctl.devchain.pallets.subtensor.shares import hotkey_alpha, stake_of
from netctl.devchain.storage import View

Answer = dict[str, Any]
BLOCKS_A_DAY = 7_200
RETURN_ON_RAO = 1_000 * 10**9
U16_MAX = 65_535


def _nominators(view: View, hotkey: str) -> list[tuple[str, list[tuple[int, int]]]]:
    held: dict[str, list[tuple[int, int]]] = {}
    for (coldkey, netuid), _ in items.ALPHA.entries(view, hotkey):
        held.setdefault(coldkey, []).append((netuid, stake_of(view, hotkey, coldkey, netuid)))
    return list(held.items())


def _daily(view: View, netuid: int, hotkey: str) -> int:
    """What the last epoch's emission would make in a day of 7,200 blocks."""
    tempo = int(items.TEMPO.get(view, netuid))
    emission = vectors.EMISSION.get(view, netuid, items.UIDS.get(view, netuid, hotkey))
    return emission * BLOCKS_A_DAY // tempo if tempo else 0


def _delegate(view: View, hotkey: str) -> Answer:
    registrations = sorted(int(keys[0]) for keys, member in items.IS_NETWORK_MEMBER.entries(view, hotkey) if member)
    permits = [
        netuid
        for netuid in registrations
        if vectors.VALIDATOR_PERMIT.get(view, netuid, items.UIDS.get(view, netuid, hotkey))
    ]
    daily_rao = sum(_daily(view, netuid, hotkey) for netuid in registrations)
    take, staked_rao = int(items.DELEGATES.get(view, hotkey)), hotkey_alpha(view, hotkey, ownership.ROOT_NETUID)
    return view.codec.struct(
        "DelegateInfo",
        delegate_ss58=hotkey,
        take=take,
        total_daily_return=daily_rao,
        return_per_1000=daily_rao * (U16_MAX - take) * RETURN_ON_RAO // (U16_MAX * staked_rao) if staked_rao else 0,
        nominators=_nominators(view, hotkey),
        owner_ss58=ownership.owner_of(view, hotkey),
        registrations=registrations,
        validator_permits=permits,
    )


@approximates("only who came by root_register is listed")
class DelegateInfo(Api):
    """Returns per day add up the alpha of all subnets, and are told per 1,000 TAO on root, as the runtime does it."""

    name = "DelegateInfoRuntimeApi"

    @method
    def get_delegates(self, view: View) -> list[Answer]:
        """All of them."""
        return [_delegate(view, str(keys[0])) for keys, _ in items.DELEGATES.entries(view)]

    @method
    def get_delegate(self, view: View, *, delegate_account: str) -> Answer | None:
        """One of them."""
        return _delegate(view, delegate_account) if items.DELEGATES.exists(view, delegate_account) else None

    @method
    def get_delegated(self, view: View, *, delegatee_account: str) -> list[tuple[Answer, tuple[int, int]]]:
        """Where a coldkey has stake with delegates: (delegate, (netuid, alpha))."""
        answer = []
        for keys, _ in items.DELEGATES.entries(view):
            hotkey = str(keys[0])
            for netuid in ownership.netuids(view):
                alpha = stake_of(view, hotkey, delegatee_account, netuid)
                if alpha:
                    answer.append((_delegate(view, hotkey), (netuid, alpha)))
        return answer
