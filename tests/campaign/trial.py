"""One `up` of a small fleet's wallets and money on a chain of faults, as the process that may be killed in it.

The fleet is a public one: its TAO is a wallet's, budgets and the SDK's policy bind, and the subnet is there already.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

from netctl import reconcile
from netctl.adapters.chain import SdkChain
from netctl.adapters.chain_wall import Wall
from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import SdkKeystore
from netctl.errors import NetctlError
from netctl.fleet import Fleet, Network
from netctl.journal import FileJournal
from netctl.lock import fleet_lock
from netctl.phases import funding, registration, stake, wallets
from netctl.ports import Receipt, Signed, World
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import Listener, NoSessions

NETUID = 1
PAYER = "payer"
MAX_BURN_RAO = 20 * TAO
STAKE_RAO = 2 * TAO
PHASES = (wallets, funding, registration, stake)
DEADLINE_S = 1.5
"""For an answer: lost ones are found out soon."""


@dataclass(frozen=True)
class Order:
    """Where, on which chain, and which fault (kind and options) begins right before the `at`-th submission."""

    home: str
    url: str
    genesis: str
    at: int = 0
    fault: tuple[str, dict[str, Any]] | None = None

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


def fleet_on(order: Order) -> Fleet:
    """Two miners and a validator with a wallet each, and one that pays."""
    neurons = (fleets.neuron("miner_1"), fleets.neuron("miner_2"), fleets.neuron("validator_1", stake_rao=STAKE_RAO))
    found = fleets.fleet(
        *neurons,
        kind="test",
        netuid=NETUID,
        from_wallet=PAYER,
        max_burn_rao=MAX_BURN_RAO,
        budget_rao=100 * TAO,
        budget_total_rao=100 * TAO,
        attempts=3,
        deadline_s=15.0,
    )
    return replace(found, network=Network("test", order.url, order.genesis), state=Path(order.home) / "state")


class Striking:
    """The real chain; right before one of its submissions a fault begins."""

    def __init__(self, chain: SdkChain, order: Order) -> None:
        self._chain, self._order, self._left = chain, order, order.at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def submit(self, signed: Signed) -> Receipt:
        if self._left == 0 and self._order.fault is not None:
            kind, options = self._order.fault
            asked = {"jsonrpc": "2.0", "id": 1, "method": "dev_fault", "params": [kind, options]}
            with connect(self._order.url) as socket:
                socket.send(json.dumps(asked))
                assert "error" not in json.loads(socket.recv(timeout=20))
        self._left -= 1
        return await self._chain.submit(signed)


def main(document: dict[str, Any]) -> int:
    """Bring it up and leave what came of it in ``result.json``; 0 when everybody is where the profile wants."""
    order = Order.of(document)
    result = Path(order.home) / "result.json"
    result.unlink(missing_ok=True)
    try:
        told = asyncio.run(_up(order))
    except* NetctlError as group:
        told = {"ok": False, "why": [str(error) for error in group.exceptions], "steps": -1, "spent_rao": -1}
    result.write_text(json.dumps(told), encoding="utf-8")
    return 0 if told["ok"] else 1


async def _up(order: Order) -> dict[str, Any]:
    fleet, clock, host = fleet_on(order), SystemClock(), NoSessions()
    wall = Wall(netuids=(NETUID,), raw=False)
    chain = SdkChain(order.url, genesis=order.genesis, deadline_s=DEADLINE_S, wall=wall)
    striking: Any = Striking(chain, order)
    world = World(
        chain=striking,
        keys=SdkKeystore(Path(order.home) / "wallets"),
        host=host,  # type: ignore[arg-type]
        clock=clock,
        journal=FileJournal(fleet.state / "journal.jsonl", clock=clock),
        talk=Listener(),
        environ={},
    )
    try:
        with fleet_lock(fleet.state, command="trial", clock=clock):
            outcome = await reconcile.up(fleet, world, confirm=lambda _plan, _cost: None, phases=PHASES)
    finally:
        await chain.close()
    why = [f"{name}: {text}" for name, text in outcome.failures]
    return {"ok": outcome.ok, "why": why, "steps": len(outcome.done), "spent_rao": outcome.spent_rao}
