"""Budgets held before every payment, however many lanes pay at once: what is open or set aside counts in full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from netctl.errors import OutcomeUnknown, PolicyError
from netctl.fleet import Fleet
from netctl.money import Rao, tao_short
from netctl.paying.dues import FEE_BOUND_RAO
from netctl.paying.intents import OWN_TRANSFERS, Purse
from netctl.paying.policy import remembers
from netctl.paying.settling import SETTLE_S
from netctl.ports import World

PAUSE_BLOCKS = 0.5
LATER = "nothing was signed for it; run the command again later"


@dataclass(slots=True)
class Budgets:
    """The `Allowance` of one command: `budget_rao` for itself, `total_rao` for all runs of the journal."""

    purse: Purse
    fleet: Fleet
    agreed: bool = False
    _aside: dict[str, Rao] = field(default_factory=dict)

    @property
    def is_consented(self) -> bool:
        """Whether finney may be paid on: its name typed, both caps set, and a journal that remembers."""
        rules, network = self.fleet.registration, self.fleet.network
        has_caps = rules.max_burn_rao is not None and rules.budget_rao is not None
        return self.agreed and has_caps and network.kind == "finney" and remembers(network, self.purse.entries())

    def left_rao(self) -> Mapping[str, Rao]:
        """What each budget still has, by its name; empty where there is none."""
        return self._left_for(None)

    def _left_for(self, signer: str | None) -> dict[str, Rao]:
        rules = self.fleet.registration
        aside = sum(rao for whose, rao in self._aside.items() if whose != signer)
        spent = {"registration.budget": (rules.budget_rao, self.purse.spent_rao)}
        spent["--budget"] = (rules.given_budget_rao, self.purse.spent_rao)
        spent["registration.budget_total"] = (rules.budget_total_rao, self.purse.ever_spent_rao)
        return {name: limit - count() - aside for name, (limit, count) in spent.items() if limit is not None}

    def check(self, *, signer: str, purpose: str, amount_rao: Rao, fee_rao: Rao, what: str) -> None:
        """PolicyError when amount and fee are more than a budget has left; own transfers cost their fee."""
        cost_rao = fee_rao + (0 if purpose in OWN_TRANSFERS else amount_rao)
        if not self.purse.is_own(signer):
            return
        for name, left in self._left_for(signer).items():
            if cost_rao > left:
                raise _spent(name, what, cost_rao, left)

    def most_rao(self, *, signer: str, least_rao: Rao, usual_rao: Rao, most_rao: Rao, sharers: int) -> Rao | None:
        """The most that a payment whose price is the chain's to say may cost, from `least_rao` to `most_rao`.

        All of `most_rao` where the budgets bear that for every one of `sharers`; else `usual_rao`, which its own
        fleet explains; else what is left, down to `least_rao`. None while others of this command hold what it needs.
        """
        self.give_back(signer)
        tightest = min(self._left_for(signer).items(), key=lambda item: item[1], default=None)
        if tightest is None or not self.purse.is_own(signer):
            return most_rao
        name, left = tightest[0], tightest[1] - FEE_BOUND_RAO
        if left >= sharers * (most_rao + FEE_BOUND_RAO) - FEE_BOUND_RAO:
            granted = most_rao
        else:
            granted = min(left, usual_rao, most_rao)
        if granted < least_rao:
            if self._aside or self.purse.open_signers() - {signer}:
                return None
            raise _spent(name, "a registration", least_rao + FEE_BOUND_RAO, tightest[1])
        self._aside[signer] = granted + FEE_BOUND_RAO
        return granted

    def give_back(self, signer: str) -> None:
        """End what was set aside for the signer."""
        self._aside.pop(signer, None)


def _spent(name: str, what: str, cost_rao: Rao, left_rao: Rao) -> PolicyError:
    message = f"{what} may cost {tao_short(cost_rao)} TAO, {name} has {tao_short(max(0, left_rao))} left"
    return PolicyError(message, hint=f"nothing was signed for it; raise {name}, see netctl journal")


@asynccontextmanager
async def room(
    world: World, *, signer: str, least_rao: Rao, usual_rao: Rao, most_rao: Rao, sharers: int = 1
) -> AsyncIterator[Rao]:
    """The price limit that the budgets allow, held for this account inside the block; see `Budgets.most_rao`.

    Waits while payments of other accounts hold what it needs: they may turn out cheaper. PolicyError where waiting
    cannot help, OutcomeUnknown where it took too long.
    """
    allowance = world.allowance
    if allowance is None:
        yield most_rao
        return
    deadline = world.clock.now() + SETTLE_S
    while True:
        granted = allowance.most_rao(
            signer=signer, least_rao=least_rao, usual_rao=usual_rao, most_rao=most_rao, sharers=sharers
        )
        if granted is not None:
            break
        if world.clock.now() >= deadline:
            raise OutcomeUnknown("payments of this command hold the budget, and stay undecided", hint=LATER)
        await world.clock.sleep(PAUSE_BLOCKS * await world.chain.block_time_s())
    try:
        yield granted
    finally:
        allowance.give_back(signer)
