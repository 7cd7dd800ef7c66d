"""Subnets on a real chain in this process, made with signed calls, and the blocks that lead to their epochs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bittensor_core import Keypair

from netctl.devchain.chain import Chain
from netctl.devchain.pallets import ledger
from tests.devchain.lab import ALICE, TAO, Signer, event_names, events, make_chain
from tests.oracle import reading

NETUID = 1
FUNDS = 150_000 * TAO
"""Little enough that two dozen neurons stay below half of the supply, where emission halves."""


@dataclass
class Stage:
    """A subnet of a chain; neurons by uid, each with a hotkey that signs and a coldkey that pays.

    `people` names those whom `neuron` makes; each subnet of a chain needs its own.
    """

    chain: Chain
    netuid: int = NETUID
    people: str = "Oracle"
    hotkeys: list[Keypair] = field(default_factory=list)
    coldkeys: list[Keypair] = field(default_factory=list)

    def root(self, function: str, **args: Any) -> None:
        """Set a hyperparameter as root; it must succeed inside too."""
        call = self.chain.world.codec.runtime.compose_call("AdminUtils", function, args)
        told = Signer(self.chain, ALICE).run("Sudo", "sudo", {"call": call})
        outcome = [event["attributes"]["sudo_result"] for event in told if event["event_id"] == "Sudid"]
        if not outcome or "Err" in str(outcome[0]):
            raise AssertionError(f"{function}: {outcome}")

    def call(self, key: Keypair, function: str, **args: Any) -> None:
        """A SubtensorModule call in a block of its own; AssertionError if it fails."""
        told = event_names(Signer(self.chain, key).run("SubtensorModule", function, args))
        if "System.ExtrinsicSuccess" not in told:
            raise AssertionError(f"{function} failed: {events(self.chain)}")

    def fund(self, key: Keypair, rao: int = FUNDS) -> None:
        self.chain.seal(lambda frame: ledger.mint(frame, key.ss58_address, rao))

    def neuron(self, coldkey: Keypair | None = None, stake_tao: float = 0, root_tao: float = 0) -> int:
        """Register the next neuron, and stake behind it; gives its uid."""
        number = len(self.hotkeys)
        cold = coldkey or Keypair.create_from_uri(f"//{self.people}{number}")
        hot = Keypair.create_from_uri(f"//{self.people}{number}//hot")
        self.fund(cold)
        self.call(cold, "register_limit", netuid=self.netuid, hotkey=hot.ss58_address, limit_price=2**63)
        uid = int(reading.read(self.chain.view(), "Uids", self.netuid, hot.ss58_address))
        for keys, key in ((self.hotkeys, hot), (self.coldkeys, cold)):
            if uid == len(keys):
                keys.append(key)
            else:
                keys[uid] = key
        if stake_tao:
            self.stake(cold, hot, stake_tao)
        if root_tao:
            self.stake(cold, hot, root_tao, netuid=0)
        return uid

    def stake(self, coldkey: Keypair, hotkey: Keypair, tao: float, netuid: int | None = None) -> None:
        where = self.netuid if netuid is None else netuid
        self.call(coldkey, "add_stake", hotkey=hotkey.ss58_address, netuid=where, amount_staked=int(tao * TAO))

    def weights(self, uid: int, row: dict[int, int]) -> None:
        self.call(
            self.hotkeys[uid],
            "set_weights",
            netuid=self.netuid,
            dests=list(row),
            weights=list(row.values()),
            version_key=0,
        )

    def read(self, name: str, *keys: Any) -> Any:
        """A value of the subnet's."""
        return reading.read(self.chain.view(), name, self.netuid, *keys)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.chain.seal()

    def blocks_to_epoch(self) -> int:
        """How many blocks to seal until the epoch's has been sealed."""
        due = self.read("LastEpochBlock") + self.read("Tempo")
        return int(due) - self.chain.head.number

    def mine_to_eve(self) -> None:
        """Seal until only the epoch's own block is missing."""
        while self.blocks_to_epoch() < 1:
            self.mine()
        self.mine(self.blocks_to_epoch() - 1)

    def mine_epoch(self) -> None:
        """Seal until the next epoch's block has been sealed."""
        self.mine_to_eve()
        self.mine()


def founded(chain: Chain, founder: str) -> Stage:
    """The next subnet, started, of a coldkey of this name, whose own hotkey is its uid 0."""
    cold, hot = Keypair.create_from_uri(f"//{founder}"), Keypair.create_from_uri(f"//{founder}//own")
    any_subnet = Stage(chain)
    any_subnet.fund(cold)
    any_subnet.call(cold, "register_network", hotkey=hot.ss58_address)
    (netuid,) = (event["attributes"][0] for event in events(chain) if event["event_id"] == "NetworkAdded")
    any_subnet.call(cold, "start_call", netuid=netuid)
    return Stage(chain, int(netuid), people=founder, hotkeys=[hot], coldkeys=[cold])


def staged(
    stakes_tao: Sequence[float],
    *,
    tempo: int = 20,
    directory: Path | None = None,
    chain: Chain | None = None,
    **options: Any,
) -> Stage:
    """A subnet with one neuron per stake, and validator permits given out by a first epoch."""
    stage = Stage(chain or make_chain(directory, **options))
    stage.root("sudo_set_tempo", netuid=stage.netuid, tempo=tempo)
    for stake in stakes_tao:
        stage.neuron(stake_tao=stake)
    stage.mine_epoch()
    return stage


@contextmanager
def a_stage(stakes_tao: Sequence[float], **how: Any) -> Iterator[Stage]:
    """`staged`, closed at the end."""
    stage = staged(stakes_tao, **how)
    try:
        yield stage
    finally:
        stage.chain.close()
