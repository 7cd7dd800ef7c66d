"""At which pace a fleet registers: its profile's stagger, cap, budget and deadline, held against the chain's rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netctl.fleet import RegistrationSpec
from netctl.money import Rao, tao_short
from netctl.ports import BurnRule
from netctl.pricing import schedule
from netctl.pricing.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Impossible:
    """No schedule keeps what the profile asks: why, and what would do."""

    why: str
    hint: str


def planned(
    spec: RegistrationSpec, rule: BurnRule, count: int, *, block_time_s: float, allowance_rao: Rao | None
) -> Schedule | Impossible:
    """The schedule that `count` registrations follow.

    `allowance_rao` is what of the budget is left for prices. With stagger ``auto``: the cheapest that ends `within_s`;
    without that deadline the one that ends first within the cap and the allowance.
    """
    cap = spec.max_burn_rao
    if cap is not None and rule.min_burn_rao > cap:
        floor = tao_short(rule.min_burn_rao)
        return Impossible(
            f"the price never falls under {floor} TAO, the cap is {tao_short(cap)}", "raise registration.max_burn"
        )
    if spec.stagger == "auto":
        if spec.within_s is not None:
            return _within(spec, rule, count, spec.within_s, block_time_s, allowance_rao)
        found = schedule.earliest(rule, count, cap, allowance_rao)
    else:
        found = schedule.following(rule, _waits(spec, count, block_time_s), cap)
    return found if found is not None else _never(cap)


def _within(
    spec: RegistrationSpec,
    rule: BurnRule,
    count: int,
    within_s: float,
    block_time_s: float,
    allowance_rao: Rao | None,
) -> Schedule | Impossible:
    blocks = max(1, int(within_s / block_time_s))
    found = schedule.cheapest(rule, count, spec.max_burn_rao, blocks)
    if found is None:
        soonest = schedule.earliest(rule, count, spec.max_burn_rao, None)
        if soonest is None:
            return _never(spec.max_burn_rao)
        uncapped = schedule.cheapest(rule, count, None, blocks)
        raised = f"raise registration.max_burn to {tao_short(uncapped.dearest_rao)}, or " if uncapped else ""
        cap = "" if spec.max_burn_rao is None else f" at {tao_short(spec.max_burn_rao)} TAO or less"
        return Impossible(
            f"{_registrations(count)}{cap} take {_span(soonest.blocks, block_time_s)}, "
            f"and within allows {_span(blocks, block_time_s)}",
            f"{raised}allow {_span(soonest.blocks, block_time_s)}",
        )
    if allowance_rao is not None and found.total_rao > allowance_rao:
        later = schedule.earliest(rule, count, spec.max_burn_rao, allowance_rao)
        patient = later is not None and later.total_rao <= allowance_rao
        allow = f", or allow {_span(later.blocks, block_time_s)}" if later is not None and patient else ""
        return Impossible(
            f"{_registrations(count)} within {_span(blocks, block_time_s)} cost {tao_short(found.total_rao)} TAO, "
            f"and the budget leaves {tao_short(max(0, allowance_rao))}",
            f"raise registration.budget by {tao_short(found.total_rao - max(0, allowance_rao))}{allow}",
        )
    return found


def starts(spec: RegistrationSpec, found: Schedule, block_time_s: float) -> list[int]:
    """In which block from now each turn begins: where ``auto`` says so, in its own; else when its pause is over.

    A price above the cap is then waited for, as long as the profile's patience lasts.
    """
    if spec.stagger == "auto":
        return [turn.block for turn in found.turns]
    return _waits(spec, len(found.turns), block_time_s)


def _waits(spec: RegistrationSpec, count: int, block_time_s: float) -> list[int]:
    if isinstance(spec.stagger, tuple):
        return [1 + turn * spec.stagger[1] for turn in range(count)]
    if isinstance(spec.stagger, (int, float)):
        return [1 + math.ceil(turn * spec.stagger / block_time_s) for turn in range(count)]
    return [1] * count


def _never(cap_rao: Rao | None) -> Impossible:
    cap = "" if cap_rao is None else f" at {tao_short(cap_rao)} TAO or less"
    return Impossible(
        f"this subnet takes no registration{cap} by its rule", "netctl metagraph, or ask the subnet's owner"
    )


def _registrations(count: int) -> str:
    return "1 registration" if count == 1 else f"{count} registrations"


def _span(blocks: int, block_time_s: float) -> str:
    return span_text(blocks * block_time_s)


def span_text(seconds: float) -> str:
    """A span in its two largest units, rounded up to whole seconds: ``4h 48m``."""
    whole = max(1, math.ceil(seconds))
    units = ((whole // 86_400, "d"), (whole // 3_600 % 24, "h"), (whole // 60 % 60, "m"), (whole % 60, "s"))
    first = next(place for place, (count, _) in enumerate(units) if count)
    return " ".join(f"{count}{unit}" for count, unit in units[first : first + 2] if count)
