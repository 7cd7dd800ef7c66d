"""What the chain's tests work with: a chain in this process, the program, a bare JSON-RPC client, signed bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bittensor_core import Keypair
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from netctl.devchain.apis import APIS
from netctl.devchain.chain import Chain
from netctl.devchain.codec import Codec
from netctl.devchain.dispatch import Runtime
from netctl.devchain.genesis import build
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets import PALLETS
from netctl.devchain.storage import Item

TAO = 10**9
ALICE, BOB, CHARLIE = (Keypair.create_from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie"))
EVENTS = Item("System", "Events")
ACCOUNT = Item("System", "Account")


def make_chain(directory: Path | None = None, runtime: Runtime | None = None, **options: Any) -> Chain:
    """A chain in this process: manual sealing, in memory, unless told otherwise."""
    chosen = ChainOptions(**{"seal": "manual", **options})
    return Chain(chosen, runtime or Runtime(PALLETS, APIS), build, directory)


def sign(
    codec: Codec,
    genesis: bytes,
    key: Keypair,
    call: tuple[str, str, dict[str, Any]],
    nonce: int,
    *,
    era: Any = "00",
    birth: bytes | None = None,
    tip: int = 0,
) -> bytes:
    """A signed extrinsic's bytes."""
    runtime = codec.runtime
    data = bytes(runtime.compose_call(*call))
    fields = {"era": era, "nonce": nonce, "tip": tip, "tip_asset_id": None}
    payload = runtime.signature_payload(data, genesis_hash=genesis, era_block_hash=birth or genesis, **fields)
    signed, _ = runtime.encode_signed_extrinsic(
        data,
        public_key=key.public_key,
        signature=key.sign(bytes(payload)),
        signature_version=key.crypto_type,
        **fields,
    )
    return bytes(signed)


def transfer(dest: Keypair, rao: int) -> tuple[str, str, dict[str, Any]]:
    """A keep-alive transfer."""
    return "Balances", "transfer_keep_alive", {"dest": dest.ss58_address, "value": rao}


class Signer:
    """One key on one chain, counting its nonces."""

    def __init__(self, chain: Chain, key: Keypair) -> None:
        self.chain = chain
        self.key = key

    def bytes(self, call: tuple[str, str, dict[str, Any]], *, nonce: int | None = None, **how: Any) -> bytes:
        """The call, signed with the next nonce."""
        chosen = self.chain.next_nonce(self.key.ss58_address) if nonce is None else nonce
        return sign(self.chain.world.codec, self.chain.genesis_hash, self.key, call, chosen, **how)

    def run(self, *call: Any) -> list[dict[str, Any]]:
        """Submit `pallet, function, args`, seal, and give the events of this extrinsic."""
        self.chain.submit(self.bytes(call))
        self.chain.seal()
        return [event for event in events(self.chain) if event["extrinsic_idx"] == 1]


def events(chain: Chain) -> list[dict[str, Any]]:
    """The head's events."""
    found: list[dict[str, Any]] = EVENTS.get(chain.view())
    return found


def event_names(told: list[dict[str, Any]]) -> list[str]:
    """Events as `Pallet.Event`."""
    return [f"{event['module_id']}.{event['event_id']}" for event in told]


def free_rao(chain: Chain, key: Keypair) -> int:
    """An account's free balance at the head."""
    return int(ACCOUNT.get(chain.view(), key.ss58_address)["data"]["free"])


class Program:
    """`python -m netctl.devchain` with a home of its own."""

    def __init__(self, data: Path, home: Path, *args: str) -> None:
        self.data = data
        self._home = home
        self._args = args
        self._process: subprocess.Popen[str] | None = None
        self.url = self.genesis = ""

    def start(self, *more: str) -> Program:
        """Start, and wait for the ready line."""
        command = [sys.executable, "-m", "netctl.devchain", "--data", str(self.data), "--port", "0", *self._args, *more]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._home)}
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if not select.select([self.output], [], [], 20)[0]:
            self.kill()
            raise AssertionError("the chain did not get ready in 20 s")
        line = self.output.readline()
        if not line.startswith("ready "):
            raise AssertionError(f"no ready line but {line!r}: {self._process.communicate(timeout=30)[1]}")
        _, self.url, _, self.genesis, _, _ = line.split()
        return self

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    @property
    def output(self) -> Any:
        assert self.process.stdout is not None
        return self.process.stdout

    def kill(self) -> None:
        """SIGKILL."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signal and wait; gives exit code and stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors

    def end(self) -> None:
        """Whatever became of it, leave neither process nor pipe behind."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=30)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None


class Rpc:
    """A bare JSON-RPC client."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._next = 0
        self.pushed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            await self._sort_messages()
        finally:
            for answer in self._answers.values():
                answer.cancel()

    async def _sort_messages(self) -> None:
        async for message in self._socket:
            told = json.loads(message)
            if isinstance(told, dict) and "params" in told:
                self.pushed.put_nowait(told["params"])
            elif isinstance(told, dict) and told.get("id") in self._answers:
                self._answers.pop(told["id"]).set_result(told)

    async def ask(self, method: str, *params: Any) -> dict[str, Any]:
        """The whole answer, error or not."""
        self._next += 1
        answer = self._answers[self._next] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}))
        try:
            return await asyncio.wait_for(answer, 30)
        except asyncio.CancelledError:
            if self._reader.done():
                raise ConnectionClosedError(None, None) from None
            raise

    async def call(self, method: str, *params: Any) -> Any:
        """The result; AssertionError for an error."""
        answer = await self.ask(method, *params)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    async def push(self) -> Any:
        """The next pushed result; ConnectionClosed when none can come any more."""
        waiting = asyncio.ensure_future(self.pushed.get())
        done, _ = await asyncio.wait({waiting, self._reader}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        if waiting in done:
            return waiting.result()["result"]
        waiting.cancel()
        raise ConnectionClosedError(None, None) if done else TimeoutError("nothing was pushed for 30 s")

    async def close(self) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
            await self._reader
        await self._socket.close()


@contextlib.asynccontextmanager
async def rpc(url: str) -> AsyncIterator[Rpc]:
    """A connected client."""
    client = Rpc(await connect(url, max_size=None, compression=None))
    try:
        yield client
    finally:
        await client.close()
