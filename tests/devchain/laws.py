"""What holds after every block of the embedded chain: no rao comes from nowhere or goes nowhere."""

from __future__ import annotations

from collections import Counter
from typing import Any

from netctl.devchain.pallets.ledger import ACCOUNT, EXISTENTIAL_DEPOSIT_RAO
from netctl.devchain.pallets.subtensor.ownership import netuids, subnet_account
from netctl.devchain.storage import Item, View

PENDING = ("PendingServerEmission", "PendingValidatorEmission", "PendingRootAlphaDivs", "PendingOwnerCut")

LOST_IN_A_BLOCK = 3


def stored(view: View, name: str, *keys: Any, pallet: str = "SubtensorModule") -> Any:
    """A storage item's value."""
    return Item(pallet, name).get(view, *keys)


def sums(view: View, name: str, at: int) -> Counter[int]:
    """The sum of a double map by netuid, its key at this place."""
    found: Counter[int] = Counter()
    for keys, amount in Item("SubtensorModule", name).entries(view):
        found[int(keys[at])] += amount
    return found


def check(view: View) -> Counter[int]:
    """TAO and alpha are all accounted for, to the rao. Gives by netuid the alpha that the rules gave to nobody.

    How much that may be say `check_growth`, and the oracle at epochs.
    """
    accounts = [account["data"] for _, account in ACCOUNT.entries(view)]
    issued = stored(view, "TotalIssuance", pallet="Balances")
    assert sum(each["free"] + each["reserved"] for each in accounts) == issued
    subnets = netuids(view)
    pools = {netuid: stored(view, "SubnetTAO", netuid) for netuid in subnets}
    for netuid, tao in pools.items():
        left = EXISTENTIAL_DEPOSIT_RAO if stored(view, "RegisteredSubnetCounter", netuid) > 1 else 0
        assert ACCOUNT.get(view, subnet_account(netuid))["data"]["free"] == tao + left, (
            "the last one of the netuid leaves no more"
        )
    assert stored(view, "TotalStake") == sum(pools.values())
    staked, owed = sums(view, "TotalHotkeyAlpha", 1), sums(view, "PendingBasketDeposits", 1)
    unowned: Counter[int] = Counter()
    for netuid in subnets:
        waiting = sum(stored(view, name, netuid) for name in PENDING)
        nobodys = stored(view, "SubnetProtocolAlpha", netuid) + stored(
            view, "AlphaBurned", netuid, pallet="AlphaAssets"
        )
        everything = staked[netuid] + waiting + owed[netuid] + nobodys
        unowned[netuid] = stored(view, "SubnetAlphaOut", netuid) - everything
        assert unowned[netuid] >= 0, f"alpha of subnet {netuid} that was never emitted"
    check_positions(view)
    return unowned


def check_growth(before: Counter[int], after: Counter[int], view: View) -> None:
    """One block's emission loses at most a rao for each of its four parts; only an epoch may leave more unowned."""
    for netuid, unowned in after.items():
        grown = unowned - before[netuid]
        if stored(view, "LastEpochBlock", netuid) == view.block:
            assert grown >= 0
        else:
            assert 0 <= grown <= LOST_IN_A_BLOCK, f"{grown} rao of alpha of subnet {netuid} got lost"


def check_positions(view: View) -> None:
    """Every hotkey's alpha is the coldkeys' behind it, but for what rounding leaves in the pool."""
    shares: Counter[tuple[str, int]] = Counter()
    for (hotkey, _, netuid), share in Item("SubtensorModule", "AlphaV2").entries(view):
        shares[hotkey, netuid] += share["mantissa"]
    for (hotkey, netuid), amount in Item("SubtensorModule", "TotalHotkeyAlpha").entries(view):
        total = stored(view, "TotalHotkeySharesV2", hotkey, netuid)["mantissa"]
        assert total == shares[hotkey, netuid]
        assert (total == 0) == (amount == 0), f"alpha of {hotkey} on {netuid} that nobody holds"
