"""What the doctor's tests look at: a real chain, real keyfiles, real sockets and tmux, and fleets made for them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import SdkKeystore
from netctl.adapters.machine import ThisMachine
from netctl.adapters.tmux import TmuxHost
from netctl.devchain import DevChain
from netctl.doctor import observe
from netctl.doctor.finding import Finding
from netctl.doctor.registry import examine
from netctl.doctor.seen import Seen
from netctl.fleet import Fleet, Network, NetworkKind, NeuronsCode, NeuronSpec
from netctl.journal import FileJournal
from netctl.ports import World
from tests.clocks import ClockAhead
from tests.fakes import SilentTalk
from tests.phases import fleets
from tests.ports import free_ports

TAO = 10**9
PLAIN_PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
"""A Python without an SDK: quick to ask."""


@dataclass
class Ward:
    """A directory with wallets, and a chain; `fleet` makes fleets on it, `row` has one row of them examined."""

    place: Path
    chain: DevChain
    environ: Mapping[str, str] = field(default_factory=dict)
    machine: ThisMachine = field(default_factory=ThisMachine)

    @property
    def keys(self) -> SdkKeystore:
        return SdkKeystore(self.place / "wallets")

    def fleet(self, *neurons: NeuronSpec, kind: NetworkKind = "custom", **changes: Any) -> Fleet:
        """A fleet on the ward's chain, on free ports, on a network that is not its own unless `kind` says so."""
        ports = free_ports(len(neurons))
        placed = [replace(n, axon_port=port) for n, port in zip(neurons, ports, strict=True)]
        fields: dict[str, Any] = {
            "network": Network(kind, self.chain.url, self.chain.genesis),
            "state": self.place / "state",
            "wallet_path": self.place / "wallets",
            "code": NeuronsCode(None, PLAIN_PYTHON, "rehearsal"),
        }
        return fleets.fleet(*placed, kind=kind, **{**fields, **changes})

    def with_keys(self, neuron: NeuronSpec, tao: int = 100) -> tuple[str, str]:
        """Make a neuron's keys, give its coldkey TAO, and say (hotkey, coldkey)."""
        coldkey = self.keys.create_coldkey(neuron.wallet, password=None)
        if tao:
            self.chain.faucet(coldkey, tao)
        return self.keys.create_hotkey(neuron.wallet, neuron.hotkey), coldkey

    def registered(self, neuron: NeuronSpec, netuid: int) -> tuple[str, str]:
        """The same, with a uid."""
        hotkey, coldkey = self.with_keys(neuron)
        self.chain.register(netuid, hotkey=hotkey, coldkey=coldkey)
        return hotkey, coldkey

    async def seen(self, fleet: Fleet, *, ahead_s: float = 0.0) -> Seen:
        """Look at everything, for real."""
        async with self.world(fleet, ahead_s) as world:
            return await observe.observe(fleet, world, self.machine)

    async def row(self, name: str, fleet: Fleet, *, ahead_s: float = 0.0) -> Finding:
        """One row's finding."""
        return finding_of(name, await self.seen(fleet, ahead_s=ahead_s))

    @asynccontextmanager
    async def world(self, fleet: Fleet, ahead_s: float = 0.0) -> Any:
        """The real edges, but for a clock that may go wrong."""
        clock = ClockAhead(ahead_s)
        chain = SdkChain(fleet.network.endpoint, genesis=fleet.network.genesis, deadline_s=10)
        try:
            yield World(
                chain=chain,
                keys=self.keys,
                host=TmuxHost(fleet.state, fleet.name),
                clock=clock,
                journal=FileJournal(fleet.state / "journal.jsonl", clock=clock),
                talk=SilentTalk(),
                environ=self.environ,
            )
        finally:
            await chain.close()


def finding_of(name: str, seen: Seen) -> Finding:
    """What the row of that name says."""
    return next(finding for finding in examine(seen).findings if finding.name == name)
