"""Every coldkey holds what the fleet will ask of it, and is topped up only when something is due.

A coldkey must have `need_rao`; one that has less gets all of `target_rao`, which is one step of the price and the
profile's reserve above. So an interrupted run, and fees that neurons spend meanwhile, never cause a second transfer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from netctl.errors import WalletError
from netctl.fleet import Fleet
from netctl.money import Rao, tao_short
from netctl.paying import dues, insist, payers, payment, positions
from netctl.paying.dues import EXISTENTIAL_DEPOSIT_RAO, FEE_BOUND_RAO, Dues
from netctl.ports import Call, World
from netctl.pricing import curve
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "funding"
BATCH = 100
THIN_POOL = 2
"""A pool not made yet may turn out to be thin: for stake in it a dev account gives so many times more."""


@dataclass(frozen=True, slots=True)
class FundingFacts:
    """What is due, what each wallet's coldkey holds (0 for one not made yet), and who would pay."""

    dues: Dues
    free: Mapping[str, Rao]
    payer: str | None
    payer_free_rao: Rao


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A wallet whose coldkey holds less than it needs; `ss58` is None while the coldkey is not made yet."""

    wallet: str
    ss58: str | None
    neurons: tuple[str, ...]
    has_rao: Rao
    need_rao: Rao
    missing_rao: Rao


@dataclass(frozen=True, slots=True)
class Gift:
    """One transfer of a batch: made only while the wallet's coldkey holds less than `need_rao`."""

    wallet: str
    need_rao: Rao
    amount_rao: Rao


@dataclass(frozen=True, slots=True)
class Transfers:
    """Fund several coldkeys from one account in one extrinsic: all of it or nothing."""

    phase: ClassVar[PhaseName] = NAME
    action: ClassVar[str] = "transfer"
    lane: ClassVar[str] = "payer"
    neuron: ClassVar[None] = None
    payer: str
    gifts: tuple[Gift, ...]
    serves: tuple[str, ...]
    patience: insist.Patience = insist.USUAL

    @property
    def opens(self) -> str | None:
        return None if payers.is_dev(self.payer) else self.payer

    @property
    def total_rao(self) -> Rao:
        return sum(gift.amount_rao for gift in self.gifts)

    def summary(self) -> str:
        """From whom, how much, to how many."""
        wallets = ", ".join(gift.wallet for gift in self.gifts[:3]) + (", ..." if len(self.gifts) > 3 else "")
        count = "1 coldkey" if len(self.gifts) == 1 else f"{len(self.gifts)} coldkeys"
        return f"transfer {tao_short(self.total_rao)} TAO from {self.payer} to {count}: {wallets}"

    def spend(self) -> Rao:
        """Fees only, since what is transferred stays the operator's; nothing where a dev account pays."""
        return 0 if payers.is_dev(self.payer) else FEE_BOUND_RAO * len(self.gifts)

    async def apply(self, world: World) -> None:
        """Look who is still short, then pay just them; ChainError or WalletError."""
        addresses = {gift: _address(world, gift.wallet) for gift in self.gifts}
        payer_ss58 = payers.address_of(world, self.payer)

        async def short() -> list[Gift]:
            accounts = await world.chain.accounts(list(addresses.values()))
            return [gift for gift, ss58 in addresses.items() if accounts[ss58].free_rao < gift.need_rao]

        async def is_done() -> bool:
            return not await short()

        async def act() -> None:
            gifts = await short()
            call = batch([(addresses[gift], gift.amount_rao) for gift in gifts])
            total = sum(gift.amount_rao for gift in gifts)
            signer = await payers.signer_of(world, self.payer)
            await payment.pay(world, call=call, signer=signer, purpose="fund", neuron=None, amount_rao=total)

        def say(text: str) -> None:
            world.talk.progress(None, NAME, text)

        await insist.until_done(
            world, is_done=is_done, act=act, signer_ss58=payer_ss58, patience=self.patience, say=say
        )
        say(f"{', '.join(gift.wallet for gift in self.gifts)} funded")


def batch(transfers: list[tuple[str, Rao]]) -> Call:
    """One call that makes them all: a plain transfer for one, ``Utility.batch_all`` for more."""
    calls = [
        Call("Balances", "transfer_keep_alive", {"dest": ss58, "value": amount_rao}) for ss58, amount_rao in transfers
    ]
    return calls[0] if len(calls) == 1 else Call("Utility", "batch_all", {"calls": calls})


def shortfalls(fleet: Fleet, facts: FundingFacts) -> tuple[Shortfall, ...]:
    """Which coldkeys hold less than they need, in the fleet's order; empty when nothing is due."""
    return tuple(item for item in needs(fleet, facts) if item.has_rao < item.need_rao)


def needs(fleet: Fleet, facts: FundingFacts) -> tuple[Shortfall, ...]:
    """What each coldkey needs for what is due on it, and what it lacks of that with headroom and reserve."""
    waiting = dues.to_register(fleet, facts.dues)
    prices = sorted(dues.prices(fleet, facts.dues, len(waiting)), reverse=True)
    found: list[Shortfall] = []
    for wallet in dict.fromkeys(neuron.wallet for neuron in fleet.neurons):
        own = [neuron for neuron in fleet.neurons if neuron.wallet == wallet]
        # Nobody orders the turns of different coldkeys: each must be able to pay the dearest it could get.
        turns = prices[: sum(1 for neuron in own if neuron in waiting)]
        stakes = [due for neuron in own if (due := dues.stake_due(fleet, neuron, facts.dues))]
        if not turns and not stakes:
            continue
        fixed = sum(stakes) + FEE_BOUND_RAO * (len(turns) + len(stakes)) + EXISTENTIAL_DEPOSIT_RAO
        room = sum(_stake_room(fleet, facts, stake_rao) for stake_rao in stakes)
        target = sum(_with_headroom(fleet, facts, price) for price in turns) + fixed + room + fleet.funding.reserve_rao
        found.append(
            Shortfall(
                wallet=wallet,
                ss58=facts.dues.keys[own[0].name].coldkey_ss58,
                neurons=tuple(neuron.name for neuron in own),
                has_rao=facts.free.get(wallet, 0),
                need_rao=sum(turns) + fixed,
                missing_rao=max(0, target - facts.free.get(wallet, 0)),
            )
        )
    return tuple(found)


async def observe(fleet: Fleet, world: World) -> FundingFacts:
    """Read what is due and every balance that matters, the payer's too."""
    owed = await dues.observe(fleet, world)
    wallets = {n.wallet: ss58 for n in fleet.neurons if (ss58 := owed.keys[n.name].coldkey_ss58) is not None}
    payer = payers.payer_of(fleet)
    payer_ss58 = payers.known_address(world, payer) if payer is not None else None
    asked = [*wallets.values(), *([payer_ss58] if payer_ss58 is not None else [])]
    accounts = await world.chain.accounts(asked, at=owed.head)
    return FundingFacts(
        dues=owed,
        free={wallet: accounts[ss58].free_rao for wallet, ss58 in wallets.items()},
        payer=payer,
        payer_free_rao=accounts[payer_ss58].free_rao if payer_ss58 is not None else 0,
    )


def diff(fleet: Fleet, facts: FundingFacts) -> Diff:
    """One batch from the payer for all who are short; without a payer they are blocked, each with its exact amount."""
    short = shortfalls(fleet, facts)
    if not short:
        return Diff()
    payer = facts.payer
    if payer is None:
        return Diff(blocked=tuple(_ask(item, name) for item in short for name in item.neurons))
    own = sum(item.need_rao for item in needs(fleet, facts) if item.wallet == payer)
    total = sum(item.missing_rao for item in short) + FEE_BOUND_RAO * len(short) + EXISTENTIAL_DEPOSIT_RAO + own
    if facts.payer_free_rao < total:
        found = f"{payer} holds {tao_short(facts.payer_free_rao)} TAO and {tao_short(total)} are needed"
        hint = f"fund {payer}, or each coldkey: netctl fund"
        return Diff(blocked=tuple(Blocked(name, found, hint) for item in short for name in item.neurons))
    gifts = [Gift(item.wallet, item.need_rao, item.missing_rao) for item in short]
    patience = insist.Patience(deadline_s=fleet.registration.deadline_s, first_wait_s=facts.dues.block_time_s)
    steps: list[Step] = []
    for start in range(0, len(gifts), BATCH):
        names = tuple(name for item in short[start : start + BATCH] for name in item.neurons)
        steps.append(Transfers(payer, tuple(gifts[start : start + BATCH]), names, patience))
    return Diff(tuple(steps))


def _with_headroom(fleet: Fleet, facts: FundingFacts, price_rao: Rao) -> Rao:
    """The price after one more registration by somebody else, at most the profile's cap."""
    if facts.dues.rule is None:
        return price_rao
    raised = curve.after_registrations(facts.dues.rule, price_rao, 1)
    cap = fleet.registration.max_burn_rao
    return max(price_rao, raised if cap is None else min(raised, cap))


def _stake_room(fleet: Fleet, facts: FundingFacts, stake_rao: Rao) -> Rao:
    """For a price of alpha that rises until the purchase; a pool still to be made, of a chain not ours, may be thin."""
    is_unknown = facts.dues.subnet is None and not fleet.rehearsal
    return stake_rao * THIN_POOL if is_unknown else positions.room_rao(stake_rao)


def _ask(item: Shortfall, neuron: str) -> Blocked:
    where = f"fund {item.ss58}" if item.ss58 is not None else f"fund the coldkey of {item.wallet} once it is made"
    return Blocked(neuron, f"needs {tao_short(item.missing_rao)} TAO: {where}", "netctl fund --watch")


def _address(world: World, wallet: str) -> str:
    address = world.keys.coldkey_ss58(wallet)
    if address is None:
        raise WalletError(f"wallet {wallet}: no coldkey found", hint="netctl fleet up --only wallets")
    return address
