"""What may be spent, and what must be said before: caps from the profile, consent from a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from netctl.errors import PolicyError
from netctl.fleet import Fleet, Network
from netctl.money import Rao, tao_short
from netctl.paying.intents import INTENT, spent_rao

Consent = Literal["none", "confirm", "typed_name"]
"""What a person must give before anything is signed; --yes stands for `confirm`, never for `typed_name`."""

NOTHING_SIGNED = "nothing was signed"
JOURNAL = "journal.jsonl"
BEGUN = "begun"
"""The journal's line by which the operator says that nothing was paid on a network before."""


def check_budget(fleet: Fleet, *, planned_rao: Rao, entries: Sequence[Mapping[str, Any]]) -> None:
    """PolicyError when a command's plan, or all runs of the journal with it, would spend more than the profile allows.

    `planned_rao` is the sum of the steps' `spend()`: what leaves for good, own transfers not counted.
    """
    rules = fleet.registration
    if rules.budget_rao is not None and planned_rao > rules.budget_rao:
        message = (
            f"this would spend {tao_short(planned_rao)} TAO, the profile's budget is {tao_short(rules.budget_rao)}"
        )
        raise PolicyError(message, hint=f"{NOTHING_SIGNED}; raise registration.budget or bring up fewer neurons")
    given_rao = rules.given_budget_rao
    if given_rao is not None and planned_rao > given_rao:
        message = f"this would spend {tao_short(planned_rao)} TAO, --budget allows {tao_short(given_rao)}"
        raise PolicyError(message, hint=f"{NOTHING_SIGNED}; allow more, or bring up fewer neurons")
    if rules.budget_total_rao is None or planned_rao == 0:
        return
    before_rao = spent_rao(entries)
    if before_rao + planned_rao > rules.budget_total_rao:
        message = (
            f"earlier runs spent {tao_short(before_rao)} TAO, this would spend {tao_short(planned_rao)}: "
            f"together more than the profile's {tao_short(rules.budget_total_rao)}"
        )
        raise PolicyError(message, hint=f"{NOTHING_SIGNED}; see netctl journal, or raise registration.budget_total")


def check_burn(fleet: Fleet, *, neuron: str, burn_rao: Rao) -> None:
    """PolicyError when registering now costs more than the profile's cap."""
    cap_rao = fleet.registration.max_burn_rao
    if cap_rao is not None and burn_rao > cap_rao:
        message = f"{neuron}: registering costs {tao_short(burn_rao)} TAO, the cap is {tao_short(cap_rao)}"
        raise PolicyError(message, hint=f"{NOTHING_SIGNED}; wait for the price to fall, or raise registration.max_burn")


def check_network(fleet: Fleet, *, pays: bool) -> None:
    """PolicyError when something would be paid on finney without both caps in the profile."""
    rules = fleet.registration
    lacking = [
        name for name, value in (("max_burn", rules.max_burn_rao), ("budget", rules.budget_rao)) if value is None
    ]
    if pays and fleet.network.kind == "finney" and lacking:
        message = f"{fleet.name}: on finney nothing is paid without registration.{' and registration.'.join(lacking)}"
        raise PolicyError(message, hint=f"{NOTHING_SIGNED}; set it in {fleet.profile_path}")


def check_journal(fleet: Fleet, *, entries: Sequence[Mapping[str, Any]]) -> None:
    """PolicyError when something would be paid on finney and no journal says what was paid there before."""
    if fleet.network.kind == "finney" and not remembers(fleet.network, entries):
        path = fleet.state / JOURNAL
        found = f"{path} says nothing of finney" if entries else f"{path} is not there"
        hint = f"{NOTHING_SIGNED}; put it back, or, if this fleet never paid there: netctl journal --begin"
        raise PolicyError(f"{found}: what was paid there before is not known", hint=hint)


def remembers(network: Network, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the journal knows this network: it was begun for it, or holds a payment there."""
    return any(
        entry.get("network") == network.kind
        if entry["kind"] == BEGUN
        else entry["kind"] == INTENT and network.genesis is not None and entry.get("genesis") == network.genesis
        for entry in entries
    )


def needed_consent(network: Network, *, pays: bool) -> Consent:
    """What must be given before a command that pays: the typed name on finney, else a yes."""
    if not pays:
        return "none"
    return "typed_name" if network.kind == "finney" else "confirm"


def must_ask(consent: Consent, *, yes: bool, terminal: bool) -> bool:
    """Whether a question has to be put; PolicyError where it would have to be and nobody is there to answer."""
    if consent == "none" or (consent == "confirm" and yes):
        return False
    if terminal:
        return True
    if consent == "confirm":
        raise PolicyError("this would pay, and nobody can be asked", hint=f"{NOTHING_SIGNED}; add --yes")
    message = "this would pay on finney, and nobody can be asked to type the network's name"
    raise PolicyError(message, hint=f"{NOTHING_SIGNED}; run it on a terminal")


def check_answer(consent: Consent, answer: str, *, network: Network) -> None:
    """PolicyError unless the answer consents: y or yes, or the network's name where that is asked for."""
    said = answer.strip()
    agreed = said == network.kind if consent == "typed_name" else said.lower() in ("y", "yes")
    if not agreed:
        raise PolicyError("not confirmed", hint=f"{NOTHING_SIGNED}; the plan stands: run it again when you want it")
