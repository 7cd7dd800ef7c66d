"""The subnet itself: made and tuned on chains with dev accounts, only compared on public ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from netctl import hyperparameters
from netctl.errors import ChainError, ExtrinsicRejected
from netctl.fleet import Fleet, HyperparameterValue
from netctl.money import Rao, tao_short
from netctl.paying import insist, payers, payment
from netctl.ports import Call, Subnet, World
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "subnet"


@dataclass(frozen=True, slots=True)
class SubnetFacts:
    """The subnet as it is, None where there is none; `cost_rao` is what making one locks; the dev account's address."""

    subnet: Subnet | None
    cost_rao: Rao
    dev_ss58: str | None


@dataclass(frozen=True, slots=True)
class _SubnetStep:
    phase: ClassVar[PhaseName] = NAME
    neuron: ClassVar[None] = None
    lane: ClassVar[str] = "subnet"
    netuid: int
    owner: str

    def spend(self) -> Rao:
        """The dev account pays: nothing of the operator's."""
        return 0

    async def _found(self, world: World) -> Subnet | None:
        netuid = await _netuid_there(world, self.netuid, self.owner)
        return None if netuid is None else await world.chain.subnet(netuid)

    async def _pay(self, world: World, call: Call, purpose: str, *, amount_rao: Rao = 0) -> None:
        signer = await payers.signer_of(world, payers.DEV_ACCOUNT)
        await payment.pay(world, call=call, signer=signer, purpose=purpose, neuron=None, amount_rao=amount_rao)


@dataclass(frozen=True, slots=True)
class MakeSubnet(_SubnetStep):
    """Register a network whose owner hotkey is derived from the fleet, so that it is found again."""

    action: ClassVar[str] = "make_subnet"
    cost_rao: Rao

    def summary(self) -> str:
        """What it costs the dev account."""
        return f"make a subnet for netuid {self.netuid}, {tao_short(self.cost_rao)} TAO of the dev account"

    async def apply(self, world: World) -> None:
        """Make it unless it is there; ChainError."""
        hotkey = payers.address_of(world, self.owner)

        async def is_done() -> bool:
            return await _netuid_there(world, self.netuid, self.owner) is not None

        async def act() -> None:
            call = Call("SubtensorModule", "register_network", {"hotkey": hotkey})
            await self._pay(world, call, "make_subnet", amount_rao=await world.chain.subnet_cost())

        await _insist(world, is_done, act)
        made = await _netuid_there(world, self.netuid, self.owner)
        if made is None:
            raise ChainError(f"the subnet of {hotkey} is not on the chain that took it")
        if made != self.netuid:
            world.talk.note(f"the chain gave netuid {made}, not {self.netuid}; {made} is used")


@dataclass(frozen=True, slots=True)
class StartSubnet(_SubnetStep):
    """Let its alpha be traded and its epochs run."""

    action: ClassVar[str] = "start_subnet"

    def summary(self) -> str:
        """Which one."""
        return f"start subnet {self.netuid}"

    async def apply(self, world: World) -> None:
        """Start it unless it runs; some chains want a few blocks to pass first. ChainError."""

        async def is_done() -> bool:
            found = await self._found(world)
            return found is not None and found.started

        async def act() -> None:
            netuid = await _netuid_there(world, self.netuid, self.owner)
            await self._pay(world, Call("SubtensorModule", "start_call", {"netuid": netuid}), "start_subnet")

        await _insist(world, is_done, act)


@dataclass(frozen=True, slots=True)
class SetHyperparameters(_SubnetStep):
    """Set what differs, as the chain's sudo, in one batch; `fresh` also sets what the chain does not show."""

    action: ClassVar[str] = "set_hyperparameters"
    wanted: Mapping[str, HyperparameterValue] = field(hash=False)
    fresh: bool = False

    def summary(self) -> str:
        """All of them with their values."""
        pairs = ", ".join(f"{name} {_shown(name, value)}" for name, value in sorted(self.wanted.items()))
        return f"set on subnet {self.netuid}: {pairs}"

    async def apply(self, world: World) -> None:
        """Set what still differs and read it back; ChainError names what did not take."""

        async def changes() -> tuple[Subnet, Mapping[str, HyperparameterValue]]:
            found = await self._found(world)
            if found is None:
                raise ChainError(f"subnet {self.netuid} does not exist", hint="netctl fleet up --only subnet")
            return found, hyperparameters.differing(self.wanted, found.hyperparameters)

        tried = False

        async def is_done() -> bool:
            found, different = await changes()
            blind = self.fresh and not tried and bool(hyperparameters.hidden(self.wanted, found.hyperparameters))
            return not different and not blind

        async def act() -> None:
            nonlocal tried
            found, different = await changes()
            unseen = hyperparameters.hidden(self.wanted, found.hyperparameters) if self.fresh else {}
            setters = hyperparameters.setters(found.netuid, {**different, **unseen}, found.hyperparameters)
            calls = [Call("Sudo", "sudo", {"call": call}) for call in setters]
            call = calls[0] if len(calls) == 1 else Call("Utility", "batch_all", {"calls": calls})
            try:
                await self._pay(world, call, "set_hyperparameters")
            except ExtrinsicRejected as refusal:
                names = ", ".join(sorted({**different, **unseen}))
                message = f"subnet {found.netuid}: the chain refused new values of {names}: {refusal.code}"
                hint = "is each of them in the chain's range, and the dev account its sudo?"
                raise ExtrinsicRejected(message, code=refusal.code, fee_rao=refusal.fee_rao, hint=hint) from refusal
            tried = True
            _, left = await changes()
            if left:
                raise ChainError(
                    f"subnet {found.netuid}: {', '.join(sorted(left))} did not take the profile's value",
                    hint="is the value in the chain's range, and the dev account its sudo?",
                )

        await _insist(world, is_done, act)


async def actual_netuid(fleet: Fleet, world: World) -> int | None:
    """The netuid to use: the profile's if there is one, else on dev chains that of our owner key, else None."""
    if not fleet.network.has_dev_accounts:
        return fleet.netuid
    return await _netuid_there(world, fleet.netuid, payers.owner_uri(fleet))


async def observe(fleet: Fleet, world: World) -> SubnetFacts:
    """Read the subnet, and what one would cost where it is missing."""
    dev = fleet.network.has_dev_accounts
    subnet = await world.chain.subnet(fleet.netuid)
    cost = await world.chain.subnet_cost() if subnet is None and dev else 0
    return SubnetFacts(subnet, cost, payers.address_of(world, payers.DEV_ACCOUNT) if dev else None)


def diff(fleet: Fleet, facts: SubnetFacts) -> Diff:
    """Steps on dev chains; notes elsewhere."""
    notes = [f"netctl does not know how to set {name}" for name in hyperparameters.unknown(fleet.subnet)]
    wanted = {
        name: value
        for given, value in fleet.subnet.items()
        if (name := hyperparameters.canonical(given)) in hyperparameters.SETTABLE
    }
    if not fleet.network.has_dev_accounts:
        return _compared(fleet, facts, wanted, notes)
    owner = payers.owner_uri(fleet)
    subnet = facts.subnet
    if subnet is None:
        fresh: list[Step] = [MakeSubnet(fleet.netuid, owner, facts.cost_rao), StartSubnet(fleet.netuid, owner)]
        if wanted:
            fresh.append(SetHyperparameters(fleet.netuid, owner, wanted, fresh=True))
        return Diff(tuple(fresh), notes=tuple(notes))
    steps: list[Step] = []
    blocked: list[Blocked] = []
    if not subnet.started and subnet.owner_coldkey == facts.dev_ss58:
        steps.append(StartSubnet(fleet.netuid, owner))
    elif not subnet.started:
        why = f"subnet {fleet.netuid} is not started, and {subnet.owner_coldkey} owns it"
        blocked.append(Blocked(None, why, "its owner must start it, or name another netuid"))
    changes = hyperparameters.differing(wanted, subnet.hyperparameters)
    if changes:
        steps.append(SetHyperparameters(fleet.netuid, owner, changes))
    return Diff(tuple(steps), tuple(blocked), tuple(notes))


def _compared(fleet: Fleet, facts: SubnetFacts, wanted: Mapping[str, HyperparameterValue], notes: list[str]) -> Diff:
    if facts.subnet is None:
        return Diff(notes=tuple(notes))
    found = {hyperparameters.canonical(name): value for name, value in facts.subnet.hyperparameters.items()}
    for name, value in hyperparameters.differing(wanted, found).items():
        notes.append(
            f"subnet {fleet.netuid}: {name} is {_shown(name, found[name])} on the chain, "
            f"the profile says {_shown(name, value)}"
        )
    return Diff(notes=tuple(notes))


async def _netuid_there(world: World, netuid: int, owner: str) -> int | None:
    if await world.chain.subnet(netuid) is not None:
        return netuid
    return await world.chain.subnet_of_owner(payers.address_of(world, owner))


async def _insist(world: World, is_done: insist.Look, act: insist.Act) -> None:
    wait_s = await world.chain.block_time_s()

    def say(text: str) -> None:
        world.talk.progress(None, NAME, text)

    await insist.until_done(
        world,
        is_done=is_done,
        act=act,
        signer_ss58=payers.address_of(world, payers.DEV_ACCOUNT),
        patience=insist.Patience(attempts=8, first_wait_s=wait_s),
        say=say,
    )


def _shown(name: str, value: HyperparameterValue) -> str:
    """The value in people's units: TAO for amounts, a number for multipliers."""
    kind = hyperparameters.SETTABLE[name].kind
    if kind == "rao":
        return f"{tao_short(int(value))} TAO"
    return f"{float(hyperparameters.real_multiplier(value)):g}" if kind == "multiplier" else str(value)
