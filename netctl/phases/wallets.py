"""Every neuron has a coldkey and a hotkey: those that exist are adopted, those that may be made are made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from netctl.errors import WalletError
from netctl.fleet import Fleet, NeuronSpec
from netctl.money import Rao
from netctl.ports import KeyFacts, World
from netctl.step import Blocked, Diff, PhaseName, Step

NAME: PhaseName = "wallets"


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """What the wallet directory shows for each neuron, by its name."""

    keys: Mapping[str, KeyFacts]


@dataclass(frozen=True, slots=True)
class _WalletStep:
    phase: ClassVar[PhaseName] = NAME
    neuron: str
    wallet: str

    @property
    def lane(self) -> str:
        return f"wallet:{self.wallet}"

    def spend(self) -> Rao:
        """Keys cost nothing."""
        return 0


@dataclass(frozen=True, slots=True)
class CreateColdkey(_WalletStep):
    """A new coldkey, with a password where `encrypt` is true."""

    action: ClassVar[str] = "create_coldkey"
    encrypt: bool

    @property
    def locks(self) -> str | None:
        return self.wallet if self.encrypt else None

    def summary(self) -> str:
        """What is made, and whether it will have a password."""
        return f"create {'encrypted' if self.encrypt else 'unencrypted'} coldkey of wallet {self.wallet}"

    async def apply(self, world: World) -> None:
        """Make it unless it is there by now; one that exists is never touched."""
        if world.keys.coldkey_ss58(self.wallet) is not None:
            return
        password = world.keys.new_password(self.wallet) if self.encrypt else None
        if password is None:
            address = world.keys.create_coldkey(self.wallet, password=None)
        else:  # seconds of key stretching, during which the other lanes go on
            address = await asyncio.to_thread(world.keys.create_coldkey, self.wallet, password=password)
        world.talk.progress(self.neuron, NAME, f"made coldkey {address}")


@dataclass(frozen=True, slots=True)
class CreateHotkey(_WalletStep):
    """A new hotkey; hotkeys sign at every step and have no password."""

    action: ClassVar[str] = "create_hotkey"
    hotkey: str

    def summary(self) -> str:
        """Which hotkey in which wallet."""
        return f"create hotkey {self.hotkey} in wallet {self.wallet}"

    async def apply(self, world: World) -> None:
        """Make it unless it is there by now."""
        if world.keys.facts(self.wallet, self.hotkey).hotkey_ss58 is not None:
            return
        address = world.keys.create_hotkey(self.wallet, self.hotkey)
        world.talk.progress(self.neuron, NAME, f"made hotkey {address}")


@dataclass(frozen=True, slots=True)
class RepairKeys(_WalletStep):
    """Public halves that went missing, written again from their secrets."""

    action: ClassVar[str] = "repair_keys"
    hotkey: str
    missing: tuple[str, ...]

    def summary(self) -> str:
        """Which files are written."""
        if not self.missing:
            return f"clear away what an interrupted run left in wallet {self.wallet}"
        return f"write {' and '.join(self.missing)} of {self.wallet}/{self.hotkey} from the secret"

    async def apply(self, world: World) -> None:
        """Write what is still missing."""
        facts = world.keys.facts(self.wallet, self.hotkey)
        if facts.missing or facts.unfinished:
            world.keys.repair(self.wallet, self.hotkey)
        left = world.keys.facts(self.wallet, self.hotkey).missing
        if left:
            raise WalletError(f"wallet {self.wallet}: {' and '.join(left)} could not be written")


async def observe(fleet: Fleet, world: World) -> WalletFacts:
    """Read the public halves; no secret is opened."""
    return WalletFacts({neuron.name: world.keys.facts(neuron.wallet, neuron.hotkey) for neuron in fleet.neurons})


def diff(fleet: Fleet, facts: WalletFacts) -> Diff:
    """What must be made; on public networks a key said to exist and missing blocks its neuron instead."""
    steps: list[Step] = []
    blocked: list[Blocked] = []
    notes: list[str] = []
    kept = {n.wallet for n in fleet.neurons if n.existing and not fleet.network.has_dev_accounts}
    made: set[str] = set()
    halves: set[str] = set()
    for neuron in fleet.neurons:
        key = facts.keys[neuron.name]
        why = _why_unpaid(neuron, key) if fleet.no_coldkey and key.coldkey_ss58 is None else None
        why = why or _why_blocked(
            neuron, key, coldkey_kept=neuron.wallet in kept, hotkey_kept=neuron.wallet in kept and neuron.existing
        )
        if why is not None:
            blocked.append(why)
            continue
        if key.missing or key.unfinished:
            steps.append(RepairKeys(neuron.name, neuron.wallet, neuron.hotkey, key.missing))
        if key.coldkey_ss58 is None and "coldkeypub" not in key.missing and neuron.wallet not in made:
            made.add(neuron.wallet)
            steps.append(CreateColdkey(neuron.name, neuron.wallet, fleet.encrypt))
        elif key.coldkey_ss58 is not None and not key.has_coldkey_secret and neuron.wallet not in halves:
            halves.add(neuron.wallet)
            notes.append(
                f"wallet {neuron.wallet}: only coldkeypub is here; what its coldkey must sign is paid elsewhere"
            )
        if key.hotkey_ss58 is None and "hotkeypub" not in key.missing:
            steps.append(CreateHotkey(neuron.name, neuron.wallet, neuron.hotkey))
    return Diff(tuple(steps), tuple(blocked), tuple(notes))


def _why_unpaid(neuron: NeuronSpec, key: KeyFacts) -> Blocked:
    if "coldkeypub" in key.missing:
        why, hint = "its public half is missing, and no coldkey is opened here", "copy coldkeypub.txt from a backup"
    else:
        why, hint = "its public half is not here", "netctl wallet restore FILE, of wallet backup --no-coldkey"
    return Blocked(neuron.name, f"coldkey of wallet {neuron.wallet}: {why}", hint)


def _why_blocked(neuron: NeuronSpec, key: KeyFacts, *, coldkey_kept: bool, hotkey_kept: bool) -> Blocked | None:
    hint = "check wallet_path, or remove `existing: true` to have it made"
    if key.coldkey_ss58 is None and "coldkeypub" not in key.missing and coldkey_kept:
        return Blocked(neuron.name, f"wallet {neuron.wallet} is said to exist and has no coldkey", hint)
    if key.hotkey_ss58 is None and "hotkeypub" not in key.missing and hotkey_kept:
        return Blocked(
            neuron.name, f"wallet {neuron.wallet} has no hotkey {neuron.hotkey}, which is said to exist", hint
        )
    return None
