"""The budget of a run: what it has paid by the journals, what is left, and whether a line may go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from netctl.errors import PolicyError
from netctl.journal import FileJournal
from netctl.money import Rao, tao_short
from netctl.paying.intents import INTENT, intents, spent_rao
from netctl.ports import Clock
from netctl.runbook.setting import Account


def payments_in(account: Account, clock: Clock) -> frozenset[str]:
    """The payments that the fleet's journal knows, by their hashes."""
    return frozenset(intent.hash for intent in intents(_entries(str(account.journal), clock)))


def paid_rao(paid_before: Mapping[str, Collection[str]], clock: Clock) -> Rao:
    """What was paid since, by all these journals, whoever paid it; PolicyError where one has lost payments."""
    total = 0
    for journal, before in paid_before.items():
        entries = _entries(journal, clock)
        lost = set(before) - {intent.hash for intent in intents(entries)}
        if lost:
            message = (
                f"{journal} has lost {len(lost)} of the payments that it held: what this run has paid is not known"
            )
            raise PolicyError(message, hint="nothing was signed; put it back, or begin another run with --new")
        total += spent_rao([each for each in entries if each["kind"] != INTENT or each["hash"] not in before])
    return total


def check_known(account: Account | None, what: str) -> None:
    """PolicyError for a line of which nobody can say whose journal would hold its payments."""
    if account is None:
        message = f"`{what}`: which fleet it would pay for cannot be told, and so not what is left of the budget"
        raise PolicyError(message, hint="name its profile: -p, or profile: in the runbook")


def check_cost(what: str, *, cost_rao: Rao, paid: Rao, budget_rao: Rao) -> Rao:
    """What is left for a line that would cost so much; PolicyError where that is not enough."""
    left = budget_rao - paid
    if cost_rao > left:
        message = (
            f"`{what}` would spend {tao_short(cost_rao)} TAO; of its budget of {tao_short(budget_rao)} "
            f"this run has paid {tao_short(paid)}"
        )
        raise PolicyError(message, hint="nothing was signed for it; run the same command again with a larger --budget")
    return left


def _entries(journal: str, clock: Clock) -> Sequence[Mapping[str, Any]]:
    return FileJournal(Path(journal), clock=clock).entries()
