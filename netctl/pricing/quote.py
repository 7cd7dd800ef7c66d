"""What the registrations of a plan cost, now and paced, and when they are done: a value for people and for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from netctl.money import Rao, tao_text
from netctl.ports import BlockRef, BurnRule
from netctl.pricing import curve, schedule
from netctl.pricing.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Quote:
    """`count` registrations at one block: all at once, as the plan has them, and at the cheapest pace there is.

    `planned` and `cheapest` are None where no schedule keeps what the profile asks. `now` is the local clock then, in
    seconds since the epoch; `has_limit` whether the chain itself refuses a price above the one that was signed.
    `in_turn` is how many of one coldkey there are at most: those go one after the other.
    """

    count: int
    rule: BurnRule
    head: BlockRef
    now: float
    block_time_s: float
    has_limit: bool
    at_once: Schedule
    planned: Schedule | None
    cheapest: Schedule | None
    in_turn: int = 1

    @property
    def regime(self) -> str:
        """``price`` where the price alone says who may register, ``windows`` where caps per block and interval do."""
        return "price" if self.rule.windows is None else "windows"

    def offers(self) -> tuple[tuple[str, Schedule], ...]:
        """Each schedule that there is, once: equal ones under all of their names ("all at once, as planned")."""
        named = (("all at once", self.at_once), ("as planned", self.planned), ("cheapest", self.cheapest))
        names: dict[Schedule, list[str]] = {}
        for name, found in named:
            if found is not None:
                names.setdefault(found, []).append(name)
        return tuple((", ".join(of), found) for found, of in names.items())

    def locked_rao(self, found: Schedule) -> Rao:
        """What of a schedule's total is locked as collateral instead of burned."""
        return sum(curve.locked_rao(self.rule, turn.price_rao) for turn in found.turns)

    def ends(self, found: Schedule) -> float:
        """When its last registration is in, in seconds since the epoch, by the chain's block time."""
        return self.now + found.blocks * self.block_time_s

    def document(self) -> dict[str, Any]:
        """``registration`` of ``netctl fleet plan --json``."""
        rule = self.rule
        named = (("all_at_once", self.at_once), ("planned", self.planned), ("cheapest", self.cheapest))
        document: dict[str, Any] = {
            "count": self.count,
            "block": self.head.number,
            "regime": self.regime,
            "price_tao": tao_text(rule.burn_rao),
            "min_burn_tao": tao_text(rule.min_burn_rao),
            "max_burn_tao": tao_text(rule.max_burn_rao),
            "increase_mult": None if rule.windows else float(rule.increase_mult),
            "half_life_blocks": None if rule.windows else rule.half_life_blocks,
            "per_block": rule.windows.per_block if rule.windows else None,
            "per_interval": rule.windows.per_interval if rule.windows else None,
            "interval_blocks": rule.windows.interval_blocks if rule.windows else None,
            "collateral_share": float(rule.lock_share),
            "limit_on_chain": self.has_limit,
            "in_turn": self.in_turn,
        }
        return document | {name: None if found is None else self._offer(found) for name, found in named}

    def _offer(self, found: Schedule) -> dict[str, Any]:
        return {
            "total_tao": tao_text(found.total_rao),
            "locked_tao": tao_text(self.locked_rao(found)),
            "dearest_tao": tao_text(found.dearest_rao),
            "blocks": found.blocks,
            "seconds": round(found.blocks * self.block_time_s, 3),
            "ends_at": datetime.fromtimestamp(self.ends(found), UTC)
            .isoformat(timespec="seconds")
            .replace("+00:00", "Z"),
            "turns": [{"block": turn.block, "price_tao": tao_text(turn.price_rao)} for turn in found.turns],
        }


def prices_over_time(rule: BurnRule, found: Schedule, blocks: int) -> list[Rao]:
    """The price at the end of each block from now to `blocks`, registrations of the schedule included."""
    if rule.windows is not None:
        return _stepwise(rule, found, blocks)
    by_block: dict[int, int] = {}
    for turn in found.turns:
        by_block[turn.block] = by_block.get(turn.block, 0) + 1
    price, prices = rule.burn_rao, [rule.burn_rao]
    for block in range(1, blocks + 1):
        price = curve.after_registrations(rule, curve.after_block(rule, price), by_block.get(block, 0))
        prices.append(price)
    return prices


def _stepwise(rule: BurnRule, found: Schedule, blocks: int) -> list[Rao]:
    """Where the price moves between intervals only: each turn's price from its block on."""
    prices = [rule.burn_rao] * (blocks + 1)
    for turn in found.turns:
        prices[turn.block :] = [turn.price_rao] * max(0, blocks + 1 - turn.block)
    return prices


def quote(
    rule: BurnRule,
    count: int,
    found: Schedule | None,
    *,
    head: BlockRef,
    now: float,
    block_time_s: float,
    has_limit: bool,
    cap_rao: Rao | None,
    in_turn: int = 1,
) -> Quote:
    """The quote of `count` registrations that follow `found`."""
    return Quote(
        count=count,
        rule=rule,
        head=head,
        now=now,
        block_time_s=block_time_s,
        has_limit=has_limit,
        at_once=schedule.at_once(rule, count),
        planned=found,
        cheapest=schedule.cheapest(rule, count, cap_rao),
        in_turn=in_turn,
    )
