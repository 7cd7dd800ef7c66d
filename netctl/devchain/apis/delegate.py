"""DelegateInfoRuntimeApi: hotkeys that take stake of others; here those that have had a seat on root."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallet import Api, approximates, method
from netctl.devchain.pallets.subtensor import items, ownership, vectors
from netctl.devchain.pallets.subtensor.shares import stake_of
from netctl.devchain.storage import View

Answer = dict[str, Any]


def _nominators(view: View, hotkey: str) -> list[tuple[str, list[tuple[int, int]]]]:
    held: dict[str, list[tuple[int, int]]] = {}
    for (coldkey, netuid), _ in items.ALPHA.entries(view, hotkey):
        held.setdefault(coldkey, []).append((netuid, stake_of(view, hotkey, coldkey, netuid)))
    return list(held.items())


def _delegate(view: View, hotkey: str) -> Answer:
    registrations = sorted(int(keys[0]) for keys, member in items.IS_NETWORK_MEMBER.entries(view, hotkey) if member)
    permits = [
        netuid
        for netuid in registrations
        if vectors.VALIDATOR_PERMIT.get(view, netuid, items.UIDS.get(view, netuid, hotkey))
    ]
    return view.codec.struct(
        "DelegateInfo",
        delegate_ss58=hotkey,
        take=items.DELEGATES.get(view, hotkey),
        nominators=_nominators(view, hotkey),
        owner_ss58=ownership.owner_of(view, hotkey),
        registrations=registrations,
        validator_permits=permits,
    )


@approximates("only who came by root_register is listed")
class DelegateInfo(Api):
    """Returns per day are zero: emission is not modelled."""

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
