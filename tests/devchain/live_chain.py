"""A chain with instant sealing inside the test's own event loop, and the real SDK connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bittensor as bt
import pytest
from bittensor_core import Keypair

from netctl.devchain.apis import APIS
from netctl.devchain.chain import Chain
from netctl.devchain.dispatch import Runtime
from netctl.devchain.genesis import build
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets import PALLETS, ledger
from netctl.devchain.rpc.server import RpcServer
from netctl.devchain.storage import Item, View
from tests.sdk import connected

TAO = 10**9
ST = bt.calls.SubtensorModule
ADMIN = bt.calls.AdminUtils
SM = bt.storage.SubtensorModule


def wallet(uri: str, hotkey: str = "default") -> Any:
    """A wallet of development keys: a coldkey by its URI, and one of its hotkeys."""
    coldkey = Keypair.create_from_uri(uri)
    public = Keypair(ss58_address=coldkey.ss58_address)
    return SimpleNamespace(
        coldkey=coldkey,
        coldkeypub=public,
        hotkey=Keypair.create_from_uri(f"{uri}//{hotkey}"),
        address=coldkey.ss58_address,
        hotkey_address=Keypair.create_from_uri(f"{uri}//{hotkey}").ss58_address,
    )


@dataclass
class Live:
    """The chain, and a client of it."""

    chain: Chain
    url: str
    client: bt.Client
    alice: Any

    @property
    def view(self) -> View:
        """The state at the head."""
        return self.chain.view()

    def mine(self, blocks: int = 1) -> None:
        """Seal empty blocks."""
        for _ in range(blocks):
            self.chain.seal()

    def fund(self, account: str, tao: float) -> None:
        """New TAO for an account."""
        self.chain.seal(lambda frame: ledger.mint(frame, account, int(tao * TAO)))

    def funded(self, uri: str, tao: float = 100, hotkey: str = "default") -> Any:
        """A wallet with TAO in it."""
        made = wallet(uri, hotkey)
        self.fund(made.address, tao)
        return made

    async def submit(self, call: Any, signer: Any, *, hotkey: bool = False) -> Any:
        """Submit a call in the clear, and give the result whatever it is."""
        return await self.client.submit_call(call, signer, signer="hotkey" if hotkey else "coldkey")

    async def done(self, call: Any, signer: Any, *, hotkey: bool = False) -> Any:
        """Submit a call that must succeed."""
        result = await self.submit(call, signer, hotkey=hotkey)
        assert result.success, result.message
        return result

    async def included(self, call: Any, signer: Any) -> None:
        """Submit a call that succeeds itself, though the SDK counts a failure inside it as its own."""
        result = await self.submit(call, signer)
        assert not result.success
        assert "System.ExtrinsicSuccess" in dict(self.events())

    async def refused(self, call: Any, signer: Any, *, hotkey: bool = False) -> str:
        """Submit a call that must fail in its block, and give the chain's name for the error."""
        result = await self.submit(call, signer, hotkey=hotkey)
        assert not result.success
        return str(result.error.name if result.error is not None else result.message)

    async def sudo(self, call: Any) -> None:
        """Make a call as root; it must succeed inside too."""
        await self.done(bt.calls.Sudo.sudo(call=await self.client.compose(call)), self.alice)
        outcome = next(told for name, told in self.events() if name == "Sudo.Sudid")
        assert outcome["sudo_result"] in ({"Ok": ()}, {"Ok": None}, "Ok"), outcome

    async def register(self, signer: Any, netuid: int = 1) -> int:
        """Register a wallet's hotkey, and give its uid."""
        await self.done(ST.register_limit(netuid=netuid, hotkey=signer.hotkey_address, limit_price=2**63), signer)
        return int(Item("SubtensorModule", "Uids").get(self.view, netuid, signer.hotkey_address))

    def events(self) -> list[tuple[str, Any]]:
        """(Pallet.Event, attributes) of the head block."""
        records = (record["event"] for record in Item("System", "Events").get(self.view))
        return [(f"{each['module_id']}.{each['event_id']}", each["attributes"]) for each in records]

    def event_names(self) -> list[str]:
        """Names of the head block's events, without those that every block and every fee has."""
        dull = {"System.ExtrinsicSuccess", "Balances.Withdraw", "Balances.Deposit"}
        return [name for name, _ in self.events() if name not in dull and not name.startswith("TransactionPayment")]

    def storage(self, name: str, *keys: Any) -> Any:
        """A value of SubtensorModule's storage at the head."""
        return Item("SubtensorModule", name).get(self.view, *keys)

    def free(self, account: str) -> int:
        """A free balance, in rao."""
        return ledger.free_rao(self.view, account)


@pytest.fixture
def chain_options() -> ChainOptions:
    """The options of the live chain; modules override it where they need others."""
    return ChainOptions(seal="instant")


@pytest.fixture
async def live(chain_options: ChainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    """A fresh chain in memory with a connected client."""
    monkeypatch.setenv("BITTENSOR_RUNTIME_CACHE_DIR", str(tmp_path / "sdk-cache"))
    chain = Chain(chain_options, Runtime(PALLETS, APIS), build)
    server = await RpcServer(chain).listen(0)
    url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
    chain.seal()
    async with connected(url) as client:
        yield Live(chain, url, client, wallet("//Alice"))
    server.close()
    await server.wait_closed()
    chain.close()
