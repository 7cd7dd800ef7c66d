"""A world with a real chain, real keys and a real journal, and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from netctl.adapters.chain import SdkChain
from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import KeySigner, SdkKeystore
from netctl.journal import FileJournal
from netctl.paying import payment
from netctl.paying.intents import OUTCOME
from netctl.ports import Call, Host, Receipt, World
from tests.chains import TAO, RunningChain
from tests.fakes import FaultyChain, SilentTalk


@dataclass
class Till:
    """A rich account, the world that it pays in, and what came of it."""

    world: World
    faults: FaultyChain
    payer: KeySigner
    keys: SdkKeystore

    async def pay(self, rao: int = TAO, **options: Any) -> Receipt:
        """Send that much to a new account, which `paid` then looks at."""
        self.to = self.stranger().ss58
        call = Call("Balances", "transfer_keep_alive", {"dest": self.to, "value": rao})
        given: dict[str, Any] = {"purpose": "stake", "neuron": "miner_1", "amount_rao": rao, "timeout_s": 20.0}
        return await payment.pay(self.world, call=call, signer=self.payer, **{**given, **options})

    async def paid(self) -> int:
        """What the last payment's receiver has now."""
        return (await self.world.chain.accounts([self.to]))[self.to].free_rao

    def results(self) -> list[str]:
        """The outcomes that the journal has, oldest first."""
        return [entry["result"] for entry in self.world.journal.entries() if entry["kind"] == OUTCOME]

    def stranger(self) -> KeySigner:
        """An account that nobody has used."""
        return self.keys.dev_signer(f"//{secrets.token_hex(8)}")


MakeTill = Callable[..., Awaitable[Till]]


@pytest.fixture
async def open_till(tmp_path: Path) -> AsyncIterator[MakeTill]:
    """Makes tills; `journal` tells whether a second one goes on with what the first one knew."""
    chains: list[SdkChain] = []

    async def make(
        node: RunningChain,
        *,
        url: str = "",
        payer: KeySigner | None = None,
        journal: str = "a",
        deadline_s: float = 10.0,
    ) -> Till:
        keys = SdkKeystore(tmp_path / "wallets")
        if payer is None:
            payer = keys.dev_signer(f"//{secrets.token_hex(8)}")
            node.faucet(payer.ss58, 100 * TAO)
        chains.append(SdkChain(url or node.url, deadline_s=deadline_s))
        faults = FaultyChain(chains[-1])
        clock = SystemClock()
        book = FileJournal(tmp_path / journal / "journal.jsonl", clock=clock)
        world = World(cast("Any", faults), keys, cast("Host", None), clock, book, SilentTalk(), {})
        return Till(world, faults, payer, keys)

    yield make
    for chain in chains:
        await chain.close()
