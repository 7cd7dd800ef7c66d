"""Rows about what it will cost, and whether it is there."""

from __future__ import annotations

from netctl.doctor.chain import subnet_of
from netctl.doctor.finding import Judged, Row, failed, good, listed, span, warning
from netctl.doctor.seen import Absent, Seen, there
from netctl.money import tao_short
from netctl.paying import dues
from netctl.phases import funding
from netctl.pricing import curve


def _price(seen: Seen) -> Judged:
    fleet, on_chain = there(seen.fleet), there(seen.on_chain)
    subnet_of(on_chain)
    owed = on_chain.money.dues
    rule = there(owed.rule if owed.rule is not None else Absent("the chain has no rule for the price"))
    now, cap = f"{tao_short(rule.burn_rao)} TAO now", fleet.registration.max_burn_rao
    if not dues.unregistered(fleet, owed):
        return good(f"{now}, and nobody is to be registered")
    if cap is None:
        if fleet.network.has_dev_accounts:
            return good(f"{now}, and the dev account pays")
        return warning(f"{now}, and the profile has no cap", "set max_burn under registration: in the profile")
    if rule.burn_rao <= cap:
        return good(f"{now}, the cap is {tao_short(cap)}")
    blocks = curve.blocks_until(rule, rule.burn_rao, cap)
    falls = "" if blocks is None else f"; it falls to that in {span(blocks, owed.block_time_s)} if nobody registers"
    return failed(
        f"{now}, above the cap of {tao_short(cap)}{falls}",
        "raise max_burn in the profile, or wait for the price: netctl register --stagger",
    )


def _balance(seen: Seen) -> Judged:
    fleet, on_chain = there(seen.fleet), there(seen.on_chain)
    facts = on_chain.money
    short = funding.shortfalls(fleet, facts)
    if short and fleet.network.has_dev_accounts:
        return good(f"{len(short)} coldkeys are short, and the dev account pays when the fleet comes up")
    if short:
        each = (f"{s.wallet} has {tao_short(s.has_rao)}, needs {tao_short(s.need_rao)}" for s in short)
        return failed(listed(each), "netctl fund --watch")
    dry = [wallet for wallet, free_rao in facts.free.items() if free_rao < dues.FEE_BOUND_RAO]
    if dry:
        bound = tao_short(dues.FEE_BOUND_RAO)
        return warning(
            f"less than {bound} TAO for fees: {listed(dry, between=', ')}", "send each a little: netctl status"
        )
    if not facts.free:
        return good("no coldkey is made yet")
    return good(f"{len(facts.free)} coldkeys hold what is due; the least is {tao_short(min(facts.free.values()))} TAO")


ROWS = (
    Row("price", "price against the cap", "above the cap the chain refuses the registration", _price),
    Row(
        "balance", "balances", "registration, stake and the fees of axons and weights are paid by the coldkey", _balance
    ),
)
