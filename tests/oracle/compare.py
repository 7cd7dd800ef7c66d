"""The oracle's prediction against the state after the block, with what rounding allows.

The chain counts in 32-bit binary fractions and stores u16s rounded down. A sum of n products is off by up to n units
of 2**-32 at each of the few normalisations: a u16 differs by one where the exact value lies just beside a whole one,
and a share of E rao by some multiple of n * E * 2**-32. What is a sum on the chain is compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from netctl.devchain.storage import View
from tests.devchain import laws
from tests.oracle import coinbase, reading
from tests.oracle.stage import Stage
from tests.oracle.yuma import U16, Outcome, Subnet

UNITS = 2
OPERATIONS = 16
ROUNDINGS = 4
"""Of a product of a voter's share and a weight: stake, its share, the weight, and the product itself."""
PENDING = ("PendingServerEmission", "PendingValidatorEmission", "PendingRootAlphaDivs", "PendingOwnerCut")


def rao_tolerance(size: int, emission: int) -> int:
    """What fixed point may lose of an emission by dividing it into shares, summed or not."""
    return 4 + OPERATIONS * size * emission // 2**32


def lost_of_share(size: int, divisor: Fraction) -> Fraction:
    """What fixed point may lose of a quotient of ranks, or of bonds, whose exact sum is `divisor`."""
    # A rank r is a sum of <= n products, off by d <= ROUNDINGS * n units, and the sum R of n ranks by <= n * d:
    # |(r + d) / (R + n * d) - r / R| <= (d + (r / R) * n * d) / R <= ROUNDINGS * n * (n + 1) / R units of 2**-32.
    return Fraction(ROUNDINGS * size * (size + 1), 2**32) / min(divisor or 1, Fraction(1))


def u16(value: Fraction) -> int:
    """As the runtime stores a proportion: rounded down."""
    return min(U16, int(value * U16))


def assert_near(
    told: dict[int, int] | list[int], expected: list[Fraction], what: str, lost: list[Fraction] | None = None
) -> None:
    """Alike but for UNITS, and for what of each value may be `lost`."""
    found = told if isinstance(told, list) else [told.get(uid, 0) for uid in range(len(expected))]
    wanted = [u16(value) for value in expected]
    assert len(found) == len(wanted), f"{what}: {found}, by the rules {wanted}"
    near = [UNITS + int(each * U16) for each in lost or [Fraction(0)] * len(wanted)]
    off = [uid for uid in range(len(wanted)) if abs(found[uid] - wanted[uid]) > near[uid]]
    assert not off, f"{what} of uids {off}: {found}, by the rules {wanted}"


def assert_consensus(view: View, netuid: int, before: Subnet, outcome: Outcome) -> None:
    """Every vector and the bonds that the epoch wrote."""
    size = before.size
    assert reading.read(view, "Active", netuid) == outcome.active
    assert reading.read(view, "ValidatorPermit", netuid) == outcome.permits
    for name, expected in (
        ("StakeWeight", outcome.stake),
        ("Consensus", outcome.consensus),
        ("ValidatorTrust", outcome.validator_trust),
    ):
        assert_near(reading.read(view, name, netuid), expected, name)
    lost = [lost_of_share(size, sum(outcome.ranks, Fraction(0)))] * size
    assert_near(reading.read(view, "Incentive", netuid), outcome.incentive, "Incentive", lost)
    assert_near(reading.read(view, "Dividends", netuid), outcome.dividends, "Dividends", lost)
    in_bonds = None if before.yuma3 else [lost_of_share(size, column) for column in outcome.bought]
    stored = reading.rows(view, "Bonds", netuid, size)
    for uid in range(size):
        if outcome.permits[uid]:
            assert_near(stored[uid], outcome.bonds[uid], f"Bonds of {uid}", in_bonds)
        else:
            assert stored[uid] == ({} if before.permits[uid] else before.bonds[uid])


def assert_payments(
    view: View, netuid: int, paid: coinbase.Payments, holders: list[coinbase.Holder], owner_had: int
) -> None:
    """Every hotkey's and every coldkey's alpha, and what was noted of it."""
    lost = lost_of_share(len(holders), sum(paid.outcome.ranks, Fraction(0)))
    near = rao_tolerance(len(holders), paid.budget) + int(lost * paid.budget)
    owner, owner_hotkey = (reading.read(view, name, netuid) for name in ("SubnetOwner", "SubnetOwnerHotkey"))
    emission = reading.read(view, "Emission", netuid)
    for uid, part in enumerate(paid.outcome.combined):
        assert abs(emission[uid] - part * (paid.budget - paid.owner_cut)) <= near, ("Emission", uid)
    for hotkey, expected in coinbase.alpha_after(paid, holders, owner_hotkey, owner_had).items():
        found = reading.read(view, "TotalHotkeyAlpha", hotkey, netuid)
        assert abs(found - expected) <= near, f"{hotkey} has {found}, by the rules {float(expected)}, near {near}"
    for holder in holders:
        expected_divs = paid.nominators[holder.hotkey]
        assert abs(reading.read(view, "AlphaDividendsPerSubnet", netuid, holder.hotkey) - expected_divs) <= near
        root_divs = paid.root[holder.hotkey]
        assert abs(reading.read(view, "RootAlphaDividendsPerSubnet", netuid, holder.hotkey) - root_divs) <= near
        found_stakes = reading.coldkey_stakes(view, holder.hotkey, netuid)
        for coldkey, stake in coinbase.stakes_after(paid, holder, holders, owner, owner_hotkey).items():
            assert abs(found_stakes.get(coldkey, 0) - stake) <= near, (holder.uid, coldkey)
    burned = reading.fixed(reading.read(view, "MinerBurned", netuid), 32)
    assert abs(burned - paid.withheld_share()) <= Fraction(1, 2**24)


@dataclass(frozen=True)
class Expected:
    """What an epoch will do to a subnet, and what it is told by: alpha behind hotkeys, and what was nobody's before."""

    netuid: int
    subnet: Subnet
    holders: list[coinbase.Holder]
    paid: coinbase.Payments
    owner_had: int
    unowned: int


def expected(view: View, netuid: int, block: int) -> Expected:
    """What the epoch at `block` does, from the state just before it."""
    subnet, holders, pool = (
        reading.subnet(view, netuid, block),
        reading.holders(view, netuid),
        reading.pool(view, netuid),
    )
    owner_hotkey, emission = reading.read(view, "SubnetOwnerHotkey", netuid), coinbase.emit(pool)
    paid = coinbase.pay(
        subnet,
        holders,
        owner=reading.read(view, "SubnetOwner", netuid),
        owner_hotkey=owner_hotkey,
        tao_weight=pool.tao_weight,
        server=pool.pending_server + emission.server,
        validator=pool.pending_validator + emission.validator,
        root=pool.pending_root + emission.root,
        owner_cut=pool.pending_owner + emission.owner,
    )
    had = reading.read(view, "TotalHotkeyAlpha", owner_hotkey, netuid)
    return Expected(netuid, subnet, holders, paid, had, laws.check(view)[netuid])


def assert_epoch(view: View, told: Expected) -> None:
    """The state behind the epoch's block is as expected, and as much was left to nobody as the rules say."""
    netuid, paid = told.netuid, told.paid
    assert reading.read(view, "LastEpochBlock", netuid) == view.block, "no epoch at this block"
    assert_consensus(view, netuid, told.subnet, paid.outcome)
    assert_payments(view, netuid, paid, told.holders, told.owner_had)
    assert not any(reading.read(view, name, netuid) for name in PENDING), "an epoch leaves nothing that waits"
    unowned = laws.check(view)[netuid] - told.unowned
    near = laws.LOST_IN_A_BLOCK + (told.subnet.size + 1) * rao_tolerance(told.subnet.size, paid.budget)
    assert abs(unowned - paid.unpaid()) <= near, f"{unowned} left to nobody, by the rules {float(paid.unpaid())}"


def assert_next_epoch(stage: Stage) -> coinbase.Payments:
    """Predict the next epoch, let the chain have it, and compare everything."""
    stage.mine_to_eve()
    before = stage.chain.view()
    told = expected(before, stage.netuid, before.block + 1)
    stage.mine()
    assert_epoch(stage.chain.view(), told)
    return told.paid
