"""A block's emission and an epoch's payments, in exact fractions and whole rao (subtensor: coinbase/*).

How much of the TAO a subnet has is `market`'s to say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.yuma import HALF, U16, ZERO, Outcome, Subnet, epoch

SUPPLY_RAO = 21_000_000 * 10**9
FULL_EMISSION_RAO = 10**9
U64 = 2**64 - 1


def emission_rao(issuance_rao: int) -> int:
    """A block's emission at an issuance: 1 TAO (or alpha), halved at 1/2, 3/4, 7/8 ... of the supply."""
    if issuance_rao >= SUPPLY_RAO:
        return 0
    halvings, left = 0, Fraction(SUPPLY_RAO - issuance_rao, SUPPLY_RAO)
    while left <= Fraction(1, 2 ** (halvings + 1)):
        halvings += 1
    return FULL_EMISSION_RAO >> halvings


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A subnet's pool and what is due to whom, before a block. Amounts in rao; `price` in TAO per alpha.

    `tao` is what the block has for this subnet, None if nothing is emitted to it at all, not even alpha.
    """

    tao: Fraction | None
    alpha_in: int
    alpha_out: int
    price: Fraction
    root_tao: int
    tao_weight: Fraction
    owner_cut_share: Fraction
    is_root_paid: bool
    pending_server: int
    pending_validator: int
    pending_root: int
    pending_owner: int


@dataclass(frozen=True, kw_only=True)
class Emission:
    """What one block emits into a subnet, in rao."""

    tao_in: Fraction
    excess_tao: Fraction
    alpha_in: Fraction
    alpha_out: int
    owner: int
    server: int
    validator: int
    root: int
    recycled: int


NOTHING = Emission(
    tao_in=ZERO, excess_tao=ZERO, alpha_in=ZERO, alpha_out=0, owner=0, server=0, validator=0, root=0, recycled=0
)


def root_share(pool: Pool, made: Fraction = ZERO) -> Fraction:
    """The part of a subnet that root's TAO, weighted, stands for against all alpha, what was just `made` included."""
    weighted = pool.root_tao * pool.tao_weight
    return weighted / (weighted + pool.alpha_in + pool.alpha_out + made) if weighted else ZERO


def emit(pool: Pool) -> Emission:
    """One block: TAO into the pool as far as root's share lets alpha in beside it, the rest buys alpha; alpha out."""
    if pool.tao is None:
        return NOTHING
    tao, alpha = pool.tao, emission_rao(pool.alpha_in + pool.alpha_out)
    share = root_share(pool)
    alpha_in = min(tao / pool.price, share * alpha) if pool.price else ZERO
    tao_in = min(tao, alpha_in * pool.price)
    owner = alpha * pool.owner_cut_share
    rest = alpha - owner
    root = root_share(pool, int(alpha_in) + Fraction(alpha)) * rest * HALF
    return Emission(
        tao_in=tao_in,
        excess_tao=tao - tao_in,
        alpha_in=alpha_in,
        alpha_out=alpha,
        owner=int(owner),
        server=int(rest * HALF),
        validator=int(rest * HALF - root),
        root=int(root) if pool.is_root_paid else 0,
        recycled=0 if pool.is_root_paid else int(root),
    )


def averaged_price(average: Fraction, price: Fraction, *, pace: Fraction, age: int, halving: int) -> Fraction:
    """The moving price after a block: towards the price, at most 1, the slower the younger the subnet is."""
    step = pace * Fraction(age, age + halving)
    return step * min(price, Fraction(1)) + (1 - step) * average


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A hotkey on the subnet: its neuron's uid, its coldkey, its pools in rao and the take it asks."""

    uid: int
    hotkey: str
    coldkey: str
    alpha: int
    root_tao: int
    take: Fraction
    coldkeys: dict[str, Fraction]
    auto_stake: str | None = None
    is_on_root: bool = True

    @property
    def paid_at(self) -> str:
        """The hotkey behind which its coldkey has mining incentives staked."""
        return self.auto_stake or self.hotkey


@dataclass(kw_only=True)
class Payments:
    """Who gets what at an epoch, in rao before rounding down."""

    outcome: Outcome
    incentive: dict[str, Fraction] = field(default_factory=dict)
    withheld: dict[str, Fraction] = field(default_factory=dict)
    take: dict[str, Fraction] = field(default_factory=dict)
    nominators: dict[str, Fraction] = field(default_factory=dict)
    root: dict[str, Fraction] = field(default_factory=dict)
    owner_cut: int = 0
    budget: int = 0
    recycled: int = 0

    def unpaid(self) -> Fraction:
        """What the rules give to nobody: it counts as issued, and has no owner."""
        shares = (self.incentive, self.withheld, self.take, self.nominators, self.root)
        given = sum((sum(share.values(), ZERO) for share in shares), ZERO)
        return self.budget - self.owner_cut - self.recycled - given

    def withheld_share(self) -> Fraction:
        """The part of the miners' emission that was theirs only on paper."""
        total = sum(self.incentive.values(), ZERO) + sum(self.withheld.values(), ZERO)
        return sum(self.withheld.values(), ZERO) / total if total else ZERO


def pay(
    subnet: Subnet,
    holders: list[Holder],
    *,
    owner: str,
    owner_hotkey: str,
    tao_weight: Fraction,
    server: int,
    validator: int,
    root: int,
    owner_cut: int,
) -> Payments:
    """An epoch's emission, split; root's part is recycled where nobody has one.

    `server`, `validator`, `root` and `owner_cut` is what was pending, in rao.
    """
    outcome = epoch(subnet)
    total = server + validator + root
    paid = Payments(outcome=outcome, owner_cut=owner_cut, budget=total + owner_cut)
    by_uid = {holder.uid: holder for holder in holders}
    for uid, part in enumerate(outcome.server):
        holder = by_uid[uid]
        is_owners = holder.coldkey == owner or holder.hotkey == owner_hotkey
        (paid.withheld if is_owners else paid.incentive)[holder.hotkey] = part * total
    served = sum(int(part * total) for part in outcome.server)
    if not served:
        validator += server
    else:
        # Miners may have it all (no dividends): the others share what is left, root before validators.
        root = min(root, total - served)
        validator = min(validator, total - served - root)
    for_alpha, for_root = _split_by_stake(outcome, by_uid, tao_weight, total)
    for holder in holders:
        alpha = _part(for_alpha, holder.hotkey) * validator
        claimable = _part(for_root, holder.hotkey) * root
        paid.take[holder.hotkey] = (alpha + claimable) * holder.take
        paid.nominators[holder.hotkey] = alpha * (1 - holder.take)
        paid.root[holder.hotkey] = claimable * (1 - holder.take)
    if not any(int(_part(for_root, holder.hotkey) * root) for holder in holders):
        paid.recycled = root
    return paid


def _part(parts: Counter[str], hotkey: str) -> Fraction:
    """A hotkey's part of the whole."""
    total = sum(parts.values(), ZERO)
    return Fraction(parts[hotkey]) / total if total else ZERO


def _split_by_stake(
    outcome: Outcome, by_uid: dict[int, Holder], tao_weight: Fraction, total: int
) -> tuple[Counter[str], Counter[str]]:
    """Dividends as earned by alpha and as earned by root's TAO: in proportion to the stakes behind the hotkey.

    What a hotkey earns by root's TAO without having a uid on root is nobody's: others on root share it.
    """
    for_alpha: Counter[str] = Counter()
    for_root: Counter[str] = Counter()
    for uid, part in enumerate(outcome.validator):
        holder = by_uid[uid]
        weighted = holder.root_tao * tao_weight
        from_root = weighted / (holder.alpha + weighted) if weighted else ZERO
        for_alpha[holder.hotkey] += part * total * (1 - from_root)  # type: ignore[assignment]
        for_root[holder.hotkey] += part * total * from_root * holder.is_on_root  # type: ignore[assignment]
    return for_alpha, for_root


def alpha_after(
    payments: Payments, holders: list[Holder], owner_hotkey: str, owner_alpha: int = 0
) -> dict[str, Fraction]:
    """Each hotkey's alpha after the epoch; the owner's hotkey, with what it had, need not be a neuron."""
    after: dict[str, Fraction] = {holder.hotkey: Fraction(holder.alpha) for holder in holders}
    for holder in holders:
        after[holder.paid_at] = after.get(holder.paid_at, ZERO) + payments.incentive.get(holder.hotkey, ZERO)
        after[holder.hotkey] += payments.take[holder.hotkey] + payments.nominators[holder.hotkey]
    after[owner_hotkey] = after.get(owner_hotkey, Fraction(owner_alpha)) + payments.owner_cut
    return after


def stakes_after(
    payments: Payments, holder: Holder, holders: list[Holder], owner: str, owner_hotkey: str
) -> dict[str, Fraction]:
    """Each coldkey's alpha behind one hotkey after the epoch.

    What goes to a coldkey by name (cut, incentive, take) comes first; dividends then raise all of them alike.
    """
    held = dict(holder.coldkeys)
    named = [
        (each.coldkey, payments.incentive.get(each.hotkey, ZERO)) for each in holders if each.paid_at == holder.hotkey
    ]
    named.append((holder.coldkey, payments.take[holder.hotkey]))
    if holder.hotkey == owner_hotkey:
        named.append((owner, Fraction(payments.owner_cut)))
    for coldkey, amount in named:
        held[coldkey] = held.get(coldkey, ZERO) + amount
    total = sum(held.values(), ZERO)
    grown = payments.nominators[holder.hotkey]
    return {coldkey: stake + (grown * stake / total if total else ZERO) for coldkey, stake in held.items()}


__all__ = ["U16", "U64", "Emission", "Holder", "Payments", "Pool", "alpha_after", "emission_rao", "emit", "pay"]
