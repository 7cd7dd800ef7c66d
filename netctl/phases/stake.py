"""Every validator has the stake that the profile asks for, paid from its own coldkey.

The profile asks in TAO, the chain keeps alpha, and its price moves: on public networks what was staked stays staked,
and is not bought again because it is worth less. What the profile asks for beyond that is noted, and `netctl stake`
adds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from netctl import dues, insist, payment
from netctl.dues import Dues
from netctl.errors import ChainError, WalletError
from netctl.fleet import Fleet, NeuronSpec
from netctl.money import Rao, tao_short
from netctl.ports import Call, World
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "stake"
SLIPPAGE = 0.05
"""How far the price may move between the quote and the block, the SDK's own bound."""


@dataclass(frozen=True, slots=True)
class AddStake:
    """Stake TAO of the wallet's coldkey on its hotkey, until the alpha there is enough.

    Enough is `enough_share` of what `wanted_rao` would buy (see `dues.enough_share`), and more than none.
    `any_impact`: on a dev chain the pool may be small; elsewhere an amount that moves the price too far is refused.
    """

    phase: ClassVar[PhaseName] = NAME
    action: ClassVar[str] = "add_stake"
    neuron: str
    wallet: str
    hotkey: str
    netuid: int
    wanted_rao: Rao
    amount_rao: Rao
    any_impact: bool
    enough_share: float
    patience: insist.Patience = insist.USUAL

    @property
    def lane(self) -> str:
        return f"wallet:{self.wallet}"

    @property
    def opens(self) -> str:
        return self.wallet

    def summary(self) -> str:
        """How much, on what."""
        return f"stake {tao_short(self.amount_rao)} TAO on {self.wallet}/{self.hotkey} in subnet {self.netuid}"

    def spend(self) -> Rao:
        """The stake and its fee: staked TAO has left the free balance."""
        return self.amount_rao + dues.FEE_BOUND_RAO

    async def apply(self, world: World) -> None:
        """Look at the alpha, then pay what is missing, once; ChainError or WalletError."""
        key = world.keys.facts(self.wallet, self.hotkey)
        if key.coldkey_ss58 is None or key.hotkey_ss58 is None:
            raise WalletError(f"wallet {self.wallet}: the keys of {self.neuron} are not here")
        hotkey, coldkey = key.hotkey_ss58, key.coldkey_ss58

        async def is_done() -> bool:
            have = (await world.chain.stakes(self.netuid, [(hotkey, coldkey)]))[hotkey, coldkey]
            return have > 0 and have >= await world.chain.quote_stake(self.netuid, self.wanted_rao) * self.enough_share

        async def act() -> None:
            call = await self._call(world, hotkey)
            signer = await world.keys.coldkey_signer(self.wallet)
            await payment.pay(
                world, call=call, signer=signer, purpose="stake", neuron=self.neuron, amount_rao=self.amount_rao
            )

        def say(text: str) -> None:
            world.talk.progress(self.neuron, NAME, text)

        await insist.until_done(world, is_done=is_done, act=act, signer_ss58=coldkey, patience=self.patience, say=say)
        say(f"staked {tao_short(self.amount_rao)} TAO")

    async def _call(self, world: World, hotkey: str) -> Call:
        args: dict[str, Any] = {"hotkey": hotkey, "netuid": self.netuid, "amount_staked": self.amount_rao}
        if not await world.chain.has_call("SubtensorModule", "add_stake_limit"):
            return Call("SubtensorModule", "add_stake", args)
        bought = await world.chain.quote_stake(self.netuid, self.amount_rao)
        probe = await world.chain.quote_stake(self.netuid, dues.PROBE_RAO)
        limit = limit_price(self.amount_rao, bought, probe, any_impact=self.any_impact)
        return Call("SubtensorModule", "add_stake_limit", {**args, "limit_price": limit, "allow_partial": False})


def limit_price(amount_rao: Rao, bought_rao: Rao, probe_rao: Rao, *, any_impact: bool) -> Rao:
    """The highest price (rao of TAO for one alpha) that the pool may reach; ChainError where the pool is too thin.

    In a constant-product pool the price after a purchase is its average price squared over the price before.
    """
    if bought_rao <= 0 or probe_rao <= 0:
        raise ChainError(
            f"the pool gives no alpha for {tao_short(amount_rao)} TAO", hint="check that the subnet has been started"
        )
    before = dues.PROBE_RAO / probe_rao
    after = (amount_rao / bought_rao) ** 2 / before
    if after > before * (1 + SLIPPAGE) and not any_impact:
        raise ChainError(
            f"staking {tao_short(amount_rao)} TAO would move the price of alpha by {after / before - 1:.0%}",
            hint="stake less, or in several parts",
        )
    return int(max(before, after) * (1 + SLIPPAGE) * 1_000_000_000)


async def observe(fleet: Fleet, world: World) -> Dues:
    """Read alpha and quotes."""
    return await dues.observe(fleet, world)


def diff(fleet: Fleet, facts: Dues) -> Diff:
    """A step for each validator whose stake is clearly less than wanted."""
    steps: list[Step] = []
    blocked: list[Blocked] = []
    notes: list[str] = []
    for neuron in fleet.validators:
        amount = dues.stake_due(fleet, neuron, facts)
        if amount == 0:
            notes += _note(neuron, facts)
            continue
        reason = _why_blocked(fleet, facts, neuron)
        if reason is not None:
            blocked.append(reason)
            continue
        steps.append(
            AddStake(
                neuron=neuron.name,
                wallet=neuron.wallet,
                hotkey=neuron.hotkey,
                netuid=fleet.netuid,
                wanted_rao=neuron.stake_rao,
                amount_rao=amount,
                any_impact=fleet.network.has_dev_accounts,
                enough_share=dues.enough_share(fleet),
                patience=insist.Patience(
                    fleet.registration.attempts, fleet.registration.deadline_s, facts.block_time_s
                ),
            )
        )
    return Diff(tuple(steps), tuple(blocked), tuple(notes))


def _note(neuron: NeuronSpec, facts: Dues) -> list[str]:
    """That the stake is clearly less than the profile asks for now, where nothing is done about it."""
    position = facts.positions.get(neuron.name)
    if position is None or not 0 < position.have_rao < position.quote_rao * dues.STAKE_SLACK:
        return []
    worth = neuron.stake_rao * position.have_rao // position.quote_rao
    wanted = f"the profile asks for {tao_short(neuron.stake_rao)}; netctl stake adds the rest"
    return [f"{neuron.name}: its stake is worth about {tao_short(worth)} TAO, {wanted}"]


def _why_blocked(fleet: Fleet, facts: Dues, neuron: NeuronSpec) -> Blocked | None:
    key = facts.keys[neuron.name]
    if facts.subnet is None and not fleet.network.has_dev_accounts:
        return Blocked(neuron.name, f"subnet {fleet.netuid} does not exist", "check netuid and network in the profile")
    if key.coldkey_ss58 is not None and not key.has_coldkey_secret:
        why = f"staking must be signed by coldkey {key.coldkey_ss58}, whose secret is not here"
        return Blocked(neuron.name, why, "stake it where that is: netctl fleet plan --no-coldkey prints the command")
    return None
