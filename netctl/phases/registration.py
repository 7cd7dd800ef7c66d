"""Every neuron has a uid: registered by its own coldkey, at most at the profile's price, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from netctl.errors import ChainError, ExtrinsicRejected, WalletError
from netctl.fleet import Fleet, NeuronSpec
from netctl.money import Rao, tao_about, tao_short
from netctl.paying import allowance, dues, insist, payment
from netctl.paying.dues import Dues
from netctl.ports import BurnRule, Call, Receipt, World
from netctl.pricing import curve, doors, pace, quote
from netctl.pricing.pace import Impossible
from netctl.pricing.quote import Quote
from netctl.pricing.schedule import Schedule
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "registration"


@dataclass(frozen=True, slots=True)
class RegisterHotkey:
    """Get a uid for one hotkey. It starts when block `not_before_block` is the head; the next one may then hold it.

    `others` are the registrations of this fleet that may come before it and raise the price. Without a cap of the
    profile, the chain is told to refuse what is dearer than `explained_rao`: the dearest of the fleet's turns as
    planned, and one registration more; so a price that jumps later is not followed. Patience counts from its turn.
    """

    phase: ClassVar[PhaseName] = NAME
    action: ClassVar[str] = "register"
    neuron: str
    wallet: str
    hotkey: str
    netuid: int
    price_rao: Rao
    max_burn_rao: Rao | None
    others: int = 0
    not_before_block: int | None = None
    patience: insist.Patience = insist.USUAL
    explained_rao: Rao | None = None

    @property
    def lane(self) -> str:
        return f"wallet:{self.wallet}"

    @property
    def opens(self) -> str:
        return self.wallet

    def summary(self) -> str:
        """What is registered where, about what price, when."""
        text = f"register {self.wallet}/{self.hotkey} in subnet {self.netuid} for about {tao_about(self.price_rao)} TAO"
        if self.max_burn_rao is not None:
            text += f", at most {tao_short(self.max_burn_rao)}"
        return f"{text}, from block {self.not_before_block}" if self.not_before_block is not None else text

    def spend(self) -> Rao:
        """The price of its turn and the fee."""
        return self.price_rao + dues.FEE_BOUND_RAO

    async def apply(self, world: World) -> None:
        """Wait for its turn, look, register, look; ChainError or WalletError. Registered already is done."""
        key = world.keys.facts(self.wallet, self.hotkey)
        if key.coldkey_ss58 is None or key.hotkey_ss58 is None:
            raise WalletError(f"wallet {self.wallet}: the keys of {self.neuron} are not here")
        hotkey = key.hotkey_ss58
        await self._wait_for_turn(world)
        started = world.clock.now()

        async def is_done() -> bool:
            return await world.chain.uid(self.netuid, hotkey) is not None

        async def act() -> None:
            rule = await self._affordable(world, started)
            await self._funded(world, key.coldkey_ss58 or "", rule.burn_rao)
            signer = await world.keys.coldkey_signer(self.wallet)
            async with allowance.room(world, **self._bounds(rule), signer=signer.ss58) as limit:
                call = await self._call(world, hotkey, limit)
                self._say(world, f"registering at {tao_short(rule.burn_rao)} TAO")
                await doors.enter(world, self.netuid, rule.windows)
                try:
                    receipt = await payment.pay(
                        world,
                        call=call,
                        signer=signer,
                        purpose="register",
                        neuron=self.neuron,
                        amount_rao=max(limit, rule.burn_rao),
                    )
                except ExtrinsicRejected as refusal:
                    await doors.learn(world, self.netuid, refusal)
                    raise
            self._say(
                world, f"in block {receipt.block.number}, fee {tao_short(receipt.fee_rao)} TAO{_uid_text(receipt)}"
            )

        await insist.until_done(
            world,
            is_done=is_done,
            act=act,
            signer_ss58=key.coldkey_ss58,
            patience=self.patience,
            say=lambda text: self._say(world, text),
        )

    @property
    def _cap_rao(self) -> Rao | None:
        return self.explained_rao if self.max_burn_rao is None else self.max_burn_rao

    def _bounds(self, rule: BurnRule) -> dict[str, int]:
        """What the chain may be told to charge at most: the cap, or less where the budgets do not bear it for all."""
        explained = curve.highest_soon(rule, self.others + 1)
        most = explained if self._cap_rao is None else self._cap_rao
        return {
            "least_rao": min(rule.burn_rao, most),
            "usual_rao": min(explained, most),
            "most_rao": most,
            "sharers": self.others + 1,
        }

    async def _wait_for_turn(self, world: World) -> None:
        if self.not_before_block is not None:
            blocks = self.not_before_block - (await world.chain.head()).number
            own_s = max(0, blocks) * await world.chain.block_time_s()
            self._say(world, f"waiting for block {self.not_before_block}")
            # Twice the time that the blocks should take, then patience: a slow chain is not a failed one.
            await world.chain.wait_for_block(self.not_before_block, timeout_s=2 * own_s + self.patience.deadline_s)

    async def _affordable(self, world: World, started: float) -> BurnRule:
        """The rule once its price is at or under the cap; ChainError when that is not to be within the deadline."""
        while True:
            rule = await world.chain.burn_rule(self.netuid)
            if rule is None:
                raise ChainError(f"subnet {self.netuid} does not exist", hint="check netuid and network in the profile")
            cap_rao = self._cap_rao
            if cap_rao is None or rule.burn_rao <= cap_rao:
                return rule
            blocks = curve.blocks_until(rule, rule.burn_rao, cap_rao)
            cap = "what was planned, at most" if self.max_burn_rao is None else "the cap of"
            found = f"price {tao_short(rule.burn_rao)} TAO is above {cap} {tao_short(cap_rao)}"
            if blocks is None:
                floor = tao_short(rule.min_burn_rao)
                raise ChainError(f"{found}, and the subnet's floor is {floor}", hint="raise registration.max_burn")
            left_s = started + self.patience.deadline_s - world.clock.now()
            if blocks * await world.chain.block_time_s() > left_s:
                raise ChainError(
                    f"{found}; it falls there in {blocks} blocks", hint="come back then, or raise registration.max_burn"
                )
            self._say(world, f"{found}: waiting {blocks} blocks")
            head = await world.chain.head()
            await world.chain.wait_for_block(head.number + blocks, timeout_s=left_s)

    async def _funded(self, world: World, coldkey: str, price_rao: Rao) -> None:
        """ChainError where the coldkey surely cannot pay: the chain would refuse it, and keep the fee."""
        free_rao = (await world.chain.accounts([coldkey]))[coldkey].free_rao
        if free_rao < price_rao:
            raise ChainError(
                f"wallet {self.wallet} holds {tao_short(free_rao)} TAO, and the price is {tao_short(price_rao)} TAO",
                hint=f"netctl fund, or send TAO to {coldkey}",
            )

    async def _call(self, world: World, hotkey: str, limit: Rao) -> Call:
        args: dict[str, Any] = {"netuid": self.netuid, "hotkey": hotkey}
        if await world.chain.has_call("SubtensorModule", "register_limit"):
            return Call("SubtensorModule", "register_limit", {**args, "limit_price": limit})
        return Call("SubtensorModule", "burned_register", args)

    def _say(self, world: World, text: str) -> None:
        world.talk.progress(self.neuron, NAME, text)


async def observe(fleet: Fleet, world: World) -> Dues:
    """Read one metagraph, the price's rule and the keys."""
    return await dues.observe(fleet, world)


def diff(fleet: Fleet, facts: Dues) -> Diff:
    """A step for each neuron without a uid, in the fleet's order, paced as the profile says."""
    steps: list[Step] = []
    blocked: list[Blocked] = []
    due = []
    for neuron in dues.unregistered(fleet, facts):
        reason = _why_blocked(fleet, facts, neuron)
        if reason is not None:
            blocked.append(reason)
        else:
            due.append(neuron)
    wanted = fleet.registration
    found = _schedule(fleet, facts, len(due))
    if isinstance(found, Impossible):
        blocked += [Blocked(neuron.name, found.why, found.hint) for neuron in due]
        return Diff((), tuple(blocked), _notes(fleet, facts), _quote(fleet, facts, due, None))
    patience = insist.Patience(wanted.attempts, wanted.deadline_s, facts.block_time_s)
    starts = pace.starts(wanted, found, facts.block_time_s)
    explained_rao = None
    if facts.rule is not None and due:
        dearest = replace(facts.rule, burn_rao=max(facts.rule.burn_rao, found.dearest_rao))
        explained_rao = curve.highest_soon(dearest, 1)
    for neuron, turn, start in zip(due, found.turns, starts, strict=True):
        steps.append(
            RegisterHotkey(
                neuron=neuron.name,
                wallet=neuron.wallet,
                hotkey=neuron.hotkey,
                netuid=fleet.netuid,
                price_rao=turn.price_rao,
                max_burn_rao=wanted.max_burn_rao,
                others=len(due) - 1,
                not_before_block=facts.head.number + start - 1 if start > 1 else None,
                patience=patience,
                explained_rao=explained_rao,
            )
        )
    return Diff(tuple(steps), tuple(blocked), _notes(fleet, facts), _quote(fleet, facts, due, found))


def _schedule(fleet: Fleet, facts: Dues, count: int) -> Schedule | Impossible:
    return dues.registrations(fleet, facts, count) if count and facts.rule is not None else Schedule(())


def _quote(fleet: Fleet, facts: Dues, due: Sequence[NeuronSpec], found: Schedule | None) -> Quote | None:
    if not due or facts.rule is None:
        return None
    return quote.quote(
        facts.rule,
        len(due),
        found,
        head=facts.head,
        now=facts.now,
        block_time_s=facts.block_time_s,
        has_limit=facts.has_limit,
        cap_rao=fleet.registration.max_burn_rao,
        in_turn=max(Counter(neuron.wallet for neuron in due).values()),
    )


def _why_blocked(fleet: Fleet, facts: Dues, neuron: NeuronSpec) -> Blocked | None:
    lost = dues.held_back(fleet, facts, neuron.name)
    if lost is not None:
        return lost
    key, rule = facts.keys[neuron.name], facts.rule
    if not fleet.network.has_dev_accounts:
        if facts.subnet is None or rule is None:
            return Blocked(
                neuron.name, f"subnet {fleet.netuid} does not exist", "check netuid and network in the profile"
            )
        if not facts.subnet.registration_allowed:
            return Blocked(neuron.name, f"subnet {fleet.netuid} has registration closed", "ask the subnet's owner")
    if key.coldkey_ss58 is not None and not key.has_coldkey_secret:
        why = f"registration must be signed by coldkey {key.coldkey_ss58}, whose secret is not here"
        return Blocked(neuron.name, why, "register it where that is: netctl fleet plan --no-coldkey prints the command")
    return None


def _notes(fleet: Fleet, facts: Dues) -> tuple[str, ...]:
    """Uids that are not the expected ones, and hotkeys that somebody else's coldkey holds."""
    again = [(name, why) for name, why in facts.lost.items() if dues.held_back(fleet, facts, name) is None]
    notes = [f"{name}: it registers again: {why}" for name, why in again]
    for neuron in fleet.neurons:
        row, key = facts.registered.get(neuron.name), facts.keys[neuron.name]
        if row is None:
            continue
        if key.coldkey_ss58 is not None and row.coldkey != key.coldkey_ss58:
            notes.append(f"{neuron.name}: its hotkey belongs to coldkey {row.coldkey}, not to wallet {neuron.wallet}")
        if neuron.expected_uid not in (None, row.uid) and not fleet.network.has_dev_accounts:
            notes.append(f"{neuron.name}: uid {row.uid}, the profile expects {neuron.expected_uid}")
    return tuple(notes)


def _uid_text(receipt: Receipt) -> str:
    """The uid that the chain's event names."""
    for pallet, name, attributes in receipt.events:
        if (pallet, name) == ("SubtensorModule", "NeuronRegistered") and isinstance(attributes, (list, tuple)):
            return f", uid {attributes[1]}"
    return ""
