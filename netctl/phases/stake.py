"""Every validator has the stake S[uid] that the profile asks for, bought with TAO of its own coldkey.

S is alpha (and TAO on root by its weight) and does not move with the price of alpha: what is missing is bought once,
for what the pool asks then. On public networks `up` buys once and leaves it at that; `netctl stake` adds what is
missing later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from netctl import heard
from netctl.errors import ChainError, WalletError
from netctl.fleet import Fleet, NeuronSpec
from netctl.heard import Miners
from netctl.money import Rao, tao_short
from netctl.paying import dues, insist, payment, positions
from netctl.paying.dues import Dues
from netctl.paying.positions import Position
from netctl.paying.purchase import tao_for
from netctl.ports import Account, Call, MetagraphRow, World
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "stake"
LANE = "stake"


@dataclass(frozen=True, slots=True)
class StakeFacts:
    """What is due, which validators the miners answer, and the block of the next epoch where one lacks its permit."""

    dues: Dues
    miners: Miners
    next_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class AddStake:
    """Stake TAO of the wallet's coldkey on its hotkey, until S is `wanted_rao`.

    Done once S is `enough_rao`. Never more than `amount_rao` is paid, and less where the price has fallen meanwhile.
    `slippage` is the share by which the price of alpha may rise; with `any_impact` the purchase's own part in that is
    not counted: on a dev chain the pool may be small.
    """

    phase: ClassVar[PhaseName] = NAME
    action: ClassVar[str] = "add_stake"
    lane: ClassVar[str] = LANE
    neuron: str
    wallet: str
    hotkey: str
    netuid: int
    wanted_rao: Rao
    alpha_rao: Rao
    amount_rao: Rao
    enough_rao: Rao
    slippage: float
    any_impact: bool
    patience: insist.Patience = insist.USUAL

    @property
    def opens(self) -> str:
        return self.wallet

    def summary(self) -> str:
        """How much, on what, for which stake."""
        what = f"stake {tao_short(self.amount_rao)} TAO on {self.wallet}/{self.hotkey} in subnet {self.netuid}"
        return f"{what}, for a stake of {tao_short(self.wanted_rao)}"

    def spend(self) -> Rao:
        """The stake at the dearest it is bought at unasked, and its fee: staked TAO has left the free balance."""
        return self.amount_rao + positions.room_rao(self.amount_rao) + dues.FEE_BOUND_RAO

    def takes(self) -> Rao:
        """What it takes at the price of now."""
        return self.amount_rao + dues.FEE_BOUND_RAO

    async def apply(self, world: World) -> None:
        """Look at S, then pay for what is missing, once; ChainError or WalletError."""
        key = world.keys.facts(self.wallet, self.hotkey)
        if key.coldkey_ss58 is None or key.hotkey_ss58 is None:
            raise WalletError(f"wallet {self.wallet}: the keys of {self.neuron} are not here")
        hotkey, coldkey = key.hotkey_ss58, key.coldkey_ss58

        async def is_done() -> bool:
            return (await self._row(world, hotkey)).total_stake_rao >= self.enough_rao

        async def act() -> None:
            account = (await world.chain.accounts([coldkey]))[coldkey]
            amount_rao = await self._amount(world, account, await self._row(world, hotkey))
            call = await self._call(world, hotkey, amount_rao)
            signer = await world.keys.coldkey_signer(self.wallet)
            await payment.pay(
                world, call=call, signer=signer, purpose="stake", neuron=self.neuron, amount_rao=amount_rao
            )
            self._say(world, f"staked {tao_short(amount_rao)} TAO")

        await insist.until_done(
            world,
            is_done=is_done,
            act=act,
            signer_ss58=coldkey,
            patience=self.patience,
            say=lambda text: self._say(world, text),
        )
        await self._tell(world, hotkey)

    async def _row(self, world: World, hotkey: str) -> MetagraphRow:
        metagraph = await world.chain.metagraph(self.netuid)
        row = metagraph.of_hotkey(hotkey) if metagraph is not None else None
        if row is None:
            raise ChainError(f"{self.neuron}: its hotkey has no uid in subnet {self.netuid}", hint="netctl register")
        return row

    async def _amount(self, world: World, account: Account, row: MetagraphRow) -> Rao:
        """The TAO that the missing alpha costs now: no more than was agreed, no more than there is."""
        alpha_rao = min(self.alpha_rao, positions.missing_rao(self.wanted_rao, row.total_stake_rao))
        subnet = await world.chain.subnet(self.netuid)
        if subnet is None or not subnet.started:
            raise ChainError(f"subnet {self.netuid} has not been started: its alpha cannot be bought")
        pool = {"tao_in_rao": subnet.tao_in_rao, "alpha_in_rao": subnet.alpha_in_rao}
        now_rao = await tao_for(alpha_rao, lambda tao: world.chain.quote_stake(self.netuid, tao), **pool)
        spare_rao = account.free_rao - dues.EXISTENTIAL_DEPOSIT_RAO - dues.FEE_BOUND_RAO
        agreed_rao = self.amount_rao if now_rao is None else min(self.amount_rao, max(now_rao, positions.LEAST_RAO))
        # A price that rose since the funding must not end in a refusal: short by that little is short of nothing.
        return spare_rao if agreed_rao > spare_rao >= agreed_rao - positions.room_rao(agreed_rao) else agreed_rao

    async def _call(self, world: World, hotkey: str, amount_rao: Rao) -> Call:
        args: dict[str, Any] = {"hotkey": hotkey, "netuid": self.netuid, "amount_staked": amount_rao}
        if not await world.chain.has_call("SubtensorModule", "add_stake_limit"):
            return Call("SubtensorModule", "add_stake", args)
        bought = await world.chain.quote_stake(self.netuid, amount_rao)
        self._check_price(amount_rao, bought)
        probe = await world.chain.quote_stake(self.netuid, dues.PROBE_RAO)
        limit = limit_price(amount_rao, bought, probe, slippage=self.slippage, any_impact=self.any_impact)
        return Call("SubtensorModule", "add_stake_limit", {**args, "limit_price": limit, "allow_partial": False})

    def _check_price(self, amount_rao: Rao, bought_rao: Rao) -> None:
        """ChainError when alpha is dearer than it was agreed to be, by more than may slip.

        The limit that goes to the chain holds from now to the block; a new quote after a refusal must not move it.
        """
        agreed_rao = self.alpha_rao * amount_rao // max(1, self.amount_rao)
        if bought_rao * (1 + self.slippage) < agreed_rao:
            risen = agreed_rao / max(1, bought_rao) - 1
            message = (
                f"the price of alpha has risen by {risen:.0%} since {tao_short(self.amount_rao)} TAO were agreed to"
            )
            raise ChainError(message, hint="nothing was signed for it; run the command again, it shows the new price")

    async def _tell(self, world: World, hotkey: str) -> None:
        row = await self._row(world, hotkey)
        text = f"its stake is {tao_short(row.total_stake_rao)}"
        if not row.validator_permit:
            epoch = await world.chain.next_epoch(self.netuid)
            if epoch is not None:
                blocks = max(0, epoch - (await world.chain.head()).number)
                text += f"; its permit comes with an epoch, the next one in {blocks} blocks"
        self._say(world, text)

    def _say(self, world: World, text: str) -> None:
        world.talk.progress(self.neuron, NAME, text)


def limit_price(amount_rao: Rao, bought_rao: Rao, probe_rao: Rao, *, slippage: float, any_impact: bool) -> Rao:
    """The highest price (rao of TAO for one alpha) that the pool may reach; ChainError where the pool is too thin.

    In a constant-product pool the price after a purchase is its average price squared over the price before.
    """
    if bought_rao <= 0 or probe_rao <= 0:
        raise ChainError(
            f"the pool gives no alpha for {tao_short(amount_rao)} TAO", hint="check that the subnet has been started"
        )
    before = dues.PROBE_RAO / probe_rao
    after = (amount_rao / bought_rao) ** 2 / before
    highest = max(before, after) * (1 + slippage) if any_impact else before * (1 + slippage)
    if after > highest:
        raise ChainError(
            f"staking {tao_short(amount_rao)} TAO would move the price of alpha by {after / before - 1:.1%}",
            hint="raise staking.slippage in the profile, or stake in several parts",
        )
    return int(highest * 1_000_000_000)


async def observe(fleet: Fleet, world: World) -> StakeFacts:
    """Read stakes, what the missing part costs, and what the miners ask of a validator."""
    facts = await dues.observe(fleet, world)
    rows = [row for neuron in fleet.validators if (row := facts.registered.get(neuron.name)) is not None]
    lacks_permit = any(not row.validator_permit for row in rows)
    epoch = await world.chain.next_epoch(fleet.netuid) if lacks_permit else None
    return StakeFacts(facts, heard.miners_of(fleet), epoch)


def diff(fleet: Fleet, facts: StakeFacts) -> Diff:
    """A step for each validator whose stake is less than wanted, one after the other; notes on who is not heard."""
    steps: list[Step] = []
    blocked: list[Blocked] = []
    notes: list[str] = []
    for neuron in fleet.validators:
        position = dues.position_of(fleet, neuron, facts.dues)
        notes += _notes(fleet, neuron, position, facts)
        if not position.alpha_rao or dues.held_back(fleet, facts.dues, neuron.name) is not None:
            continue
        reason = _why_blocked(fleet, facts.dues, neuron, position)
        if reason is not None:
            blocked.append(reason)
        else:
            steps.append(_step(fleet, facts.dues, neuron, position))
    return Diff(tuple(steps), tuple(blocked), tuple(notes))


def _step(fleet: Fleet, facts: Dues, neuron: NeuronSpec, position: Position) -> AddStake:
    # What came in at a risen price is no less a purchase: after an unknown outcome it must be seen as one.
    risen = position.have_rao + position.alpha_rao * 9 // 10
    enough = min(int(neuron.stake_rao * positions.enough_share(fleet)), risen)
    return AddStake(
        neuron=neuron.name,
        wallet=neuron.wallet,
        hotkey=neuron.hotkey,
        netuid=fleet.netuid,
        wanted_rao=neuron.stake_rao,
        alpha_rao=position.alpha_rao,
        amount_rao=position.cost_rao,
        enough_rao=max(1, enough),
        slippage=fleet.stake_slippage,
        any_impact=fleet.network.has_dev_accounts,
        patience=insist.Patience(fleet.registration.attempts, fleet.registration.deadline_s, facts.block_time_s),
    )


def _notes(fleet: Fleet, neuron: NeuronSpec, position: Position, facts: StakeFacts) -> list[str]:
    """What keeps the validator from being heard, and stake that the profile asks for and nobody buys."""
    row = facts.dues.registered.get(neuron.name)
    wanted, limit_rao = tao_short(neuron.stake_rao), facts.miners.limit_rao
    said = []
    if 0 < neuron.stake_rao < limit_rao:
        said.append(f"the profile's stake of {wanted} is below the miners' limit of {tao_short(limit_rao)}")
    if position.alpha_rao and position.short_of is not None and fleet.network.has_dev_accounts:
        said.append(f"its stake will be {tao_short(position.short_of)} of {wanted}: the pool holds no more alpha")
    if row is not None and not position.alpha_rao:
        if row.total_stake_rao < neuron.stake_rao:
            rest = "the pool holds no more alpha" if position.short_of is not None else "netctl stake adds the rest"
            said.append(f"its stake is {tao_short(row.total_stake_rao)}, the profile asks for {wanted}; {rest}")
        lack = heard.lack_of(row, facts.miners)
        if lack is not None:
            blocks = None if facts.next_epoch is None else max(0, facts.next_epoch - facts.dues.head.number)
            when = f", an epoch gives it, the next one in {blocks} blocks" if blocks is not None else ""
            said.append(f"the miners do not hear it: {lack}{'' if row.validator_permit else when}")
    return [f"{neuron.name}: {text}" for text in said]


def _why_blocked(fleet: Fleet, facts: Dues, neuron: NeuronSpec, position: Position) -> Blocked | None:
    key = facts.keys[neuron.name]
    if not fleet.network.has_dev_accounts:
        if facts.subnet is None:
            return Blocked(
                neuron.name, f"subnet {fleet.netuid} does not exist", "check netuid and network in the profile"
            )
        if not facts.subnet.started:
            return Blocked(
                neuron.name,
                f"subnet {fleet.netuid} has not been started: its alpha cannot be bought",
                "ask the subnet's owner",
            )
    if key.coldkey_ss58 is not None and not key.has_coldkey_secret:
        why = f"staking must be signed by coldkey {key.coldkey_ss58}, whose secret is not here"
        return Blocked(neuron.name, why, "stake it where that is: netctl fleet plan --no-coldkey prints the command")
    if dues.is_out_of_bounds(fleet, position):
        return _too_much(fleet, neuron, position)
    return None


def _too_much(fleet: Fleet, neuron: NeuronSpec, position: Position) -> Blocked:
    """A purchase that the pool cannot give, or not at a price that the profile allows."""
    if position.short_of is not None:
        why = (
            f"its stake lacks {tao_short(position.alpha_rao)} alpha, and the pool holds {tao_short(position.short_of)}"
        )
        return Blocked(neuron.name, why, "lower its stake in the profile")
    cost = f"buying {tao_short(position.alpha_rao)} alpha for {tao_short(position.cost_rao)} TAO"
    bound = f"more than the {fleet.stake_slippage:.1%} of staking.slippage"
    hint = "raise staking.slippage in the profile, or stake in several parts"
    return Blocked(neuron.name, f"{cost} would move its price by {position.impact:.1%}, {bound}", hint)
