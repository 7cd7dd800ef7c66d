"""A fleet on a machine without coldkeys: everything but paying is done here, and what must be paid elsewhere is listed.

The money phases say what they would pay if the coldkeys' secrets were here; nothing of it is applied. Neurons without
a uid wait for their registration with their files written; a validator whose stake is due runs meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from netctl import heard
from netctl.fleet import Fleet
from netctl.money import tao_about, tao_short
from netctl.paying.bills import Bill, Kind
from netctl.paying.dues import Dues
from netctl.phases import files, funding, registration, sessions, stake, supervision, wallets
from netctl.phases.registration import RegisterHotkey
from netctl.phases.stake import AddStake, StakeFacts
from netctl.ports import World
from netctl.step import Blocked, Diff, Phase, PhaseName

HINT = "netctl fleet plan --no-coldkey prints the commands for the machine that holds the coldkeys"


@dataclass(frozen=True, slots=True)
class Owed:
    """What must be paid elsewhere, in the order in which it can be; `blocked` cannot even be paid there."""

    bills: tuple[Bill, ...]
    blocked: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()


async def observe(fleet: Fleet, world: World) -> Owed:
    """Read what is due and who is short; opens no key."""
    facts = await funding.observe(fleet, world)
    due = _as_if_secrets_were_here(facts.dues)
    if due.subnet is None:
        why = f"subnet {fleet.netuid} does not exist on {fleet.network.endpoint}"
        return Owed((), (Blocked(None, why, "check netuid and network, or make it: netctl fleet up --only subnet"),))
    registered = registration.diff(fleet, due)
    staked = stake.diff(fleet, StakeFacts(due, heard.miners_of(fleet)))
    bills = [
        Bill("transfer", item.neurons, item.wallet, item.ss58, item.missing_rao, fleet.netuid)
        for item in funding.shortfalls(fleet, facts)
        if item.ss58 is not None
    ]
    bills += [
        _signed(step, "register", step.price_rao, due, step.max_burn_rao)
        for step in registered.steps
        if isinstance(step, RegisterHotkey)
    ]
    bills += [_signed(step, "stake", step.amount_rao, due) for step in staked.steps if isinstance(step, AddStake)]
    return Owed(tuple(bills), (*registered.blocked, *staked.blocked), (*registered.notes, *staked.notes))


def _as_if_secrets_were_here(due: Dues) -> Dues:
    return replace(due, keys={name: replace(key, has_coldkey_secret=True) for name, key in due.keys.items()})


def _signed(
    step: RegisterHotkey | AddStake, kind: Kind, amount_rao: int, due: Dues, max_rao: int | None = None
) -> Bill:
    key = due.keys[step.neuron]
    return Bill(
        kind=kind,
        neurons=(step.neuron,),
        wallet=step.wallet,
        coldkey_ss58=key.coldkey_ss58 or "",
        amount_rao=amount_rao,
        netuid=step.netuid,
        hotkey=step.hotkey,
        hotkey_ss58=key.hotkey_ss58,
        max_rao=max_rao,
    )


class Gate:
    """A phase that does nothing: it stops the neurons for which bills of these kinds are open."""

    NAME: PhaseName = "elsewhere"

    def __init__(self, kinds: Collection[Kind]) -> None:
        self._kinds = frozenset(kinds)

    async def observe(self, fleet: Fleet, world: World) -> Owed:
        """What is owed now."""
        return await observe(fleet, world)

    def diff(self, fleet: Fleet, facts: Owed) -> Diff:
        """No steps; a reason for each neuron that must wait."""
        waiting = [
            Blocked(name, _why(bill), HINT)
            for bill in facts.bills
            if bill.kind in self._kinds
            for name in bill.neurons
            if fleet.neuron(name) is not None
        ]
        return Diff(blocked=(*facts.blocked, *waiting), notes=facts.notes)


def _why(bill: Bill) -> str:
    if bill.kind == "register":
        return f"not registered: coldkey {bill.coldkey_ss58} must pay about {tao_about(bill.amount_rao)} TAO elsewhere"
    return f"runs, and coldkey {bill.coldkey_ss58} must stake {tao_short(bill.amount_rao)} TAO elsewhere"


PHASES: tuple[Phase, ...] = (wallets, files, Gate({"register"}), sessions, supervision, Gate({"stake"}))
"""Files before the gate: they need no uid. A validator whose stake is due is stopped last, when it runs."""
