"""How fast the embedded chain is, end to end over one websocket, with its blocks on disk.

    python benchmarks/devchain_throughput.py [--registrations 2000] [--transfers 4000]

Prints a small table: start time, memory, empty blocks in bulk with the wait of another client meanwhile, a snapshot
of them and the way back, transfers and registrations a second. Extrinsics are signed beforehand;
the clock runs from the first submission until the last one is in a sealed block, and each is checked to have
succeeded. Registrations are of distinct hotkeys by one endowed coldkey on one subnet, which fills and then prunes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bittensor_core import Keypair
from websockets.asyncio.client import ClientConnection, connect

from netctl.devchain.codec import Codec, StorageEntry
from netctl.devchain.options import ChainOptions
from netctl.devchain.runtime import packed_runtime

PAYER = Keypair.create_from_uri("//Throughput")
ENDOWMENT_RAO = 10**16
WINDOW = 512
NETUID = 1

Call = tuple[str, str, dict[str, Any]]


class Client:
    """A pipelined JSON-RPC client."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._sent = 0

    async def ask(self, method: str, *params: Any) -> Any:
        """One request, one answer."""
        return (await self.ask_all([(method, params)]))[0]

    async def ask_all(self, requests: Iterable[tuple[str, Any]]) -> list[Any]:
        """Many requests with a window of them in flight; results in order."""
        results: list[Any] = []
        waiting = 0
        for method, params in requests:
            self._sent += 1
            request = {"jsonrpc": "2.0", "id": self._sent, "method": method, "params": params}
            await self._socket.send(json.dumps(request))
            waiting += 1
            if waiting >= WINDOW:
                results.append(await self._result())
                waiting -= 1
        results.extend([await self._result() for _ in range(waiting)])
        return results

    async def _result(self) -> Any:
        answer = json.loads(await self._socket.recv())
        if "error" in answer:
            raise SystemExit(f"error: {answer['error']}")
        return answer["result"]


def sign_all(codec: Codec, genesis: bytes, first_nonce: int, calls: list[Call]) -> list[str]:
    """Signed extrinsics as hex, nonces counting up."""
    signed = []
    for nonce, call in enumerate(calls, first_nonce):
        data = bytes(codec.runtime.compose_call(*call))
        fields: dict[str, Any] = {"era": "00", "nonce": nonce, "tip": 0, "tip_asset_id": None}
        payload = codec.runtime.signature_payload(data, genesis_hash=genesis, era_block_hash=genesis, **fields)
        raw, _ = codec.runtime.encode_signed_extrinsic(
            data, public_key=PAYER.public_key, signature=PAYER.sign(bytes(payload)), signature_version=1, **fields
        )
        signed.append("0x" + bytes(raw).hex())
    return signed


async def run(client: Client, codec: Codec, genesis: bytes, calls: list[Call], event: str) -> tuple[float, int]:
    """Seconds from the first submission to the last inclusion, and how many of the calls' events were deposited."""
    first_nonce = await client.ask("account_nextIndex", PAYER.ss58_address)
    signed = sign_all(codec, genesis, first_nonce, calls)
    account = codec.entry("System", "Account")
    key = "0x" + account.key((PAYER.ss58_address,)).hex()
    first = int((await client.ask("chain_getHeader"))["number"], 16)
    began = time.perf_counter()
    await client.ask_all(("author_submitExtrinsic", [raw]) for raw in signed)
    await nonce_reached(client, account, key, first_nonce + len(calls))
    elapsed = time.perf_counter() - began
    last = int((await client.ask("chain_getHeader"))["number"], 16)
    return elapsed, await count_events(client, codec, range(first + 1, last + 1), event)


async def nonce_reached(client: Client, account: StorageEntry, key: str, nonce: int) -> None:
    """Ask for the account, one time after the other, until its nonce is there."""
    seen = -1
    while seen < nonce:
        seen = account.decode(bytes.fromhex((await client.ask("state_getStorage", key))[2:]))["nonce"]


async def count_events(client: Client, codec: Codec, blocks: range, event: str) -> int:
    """How often an event was deposited in these blocks."""
    events = codec.entry("System", "Events")
    counted = 0
    for number in blocks:
        block_hash = await client.ask("chain_getBlockHash", number)
        raw = await client.ask("state_getStorage", "0x" + events.prefix.hex(), block_hash)
        counted += sum(each["event_id"] == event for each in events.decode(bytes.fromhex(raw[2:])))
    return counted


async def mine(url: str, client: Client, blocks: int) -> None:
    """Empty blocks in bulk, while another client asks for the head again and again; then a snapshot and back."""
    waits: list[float] = []

    async def look(other: Client) -> None:
        while True:
            asked = time.perf_counter()
            await other.ask("chain_getHeader")
            waits.append(time.perf_counter() - asked)

    async with connect(url, max_size=None, compression=None) as socket:
        looking = asyncio.create_task(look(Client(socket)))
        began = time.perf_counter()
        left = blocks
        while left:
            chunk = min(left, 1000)
            await client.ask("dev_mine", chunk)
            left -= chunk
        elapsed = time.perf_counter() - began
        looking.cancel()
    waits.sort()
    print(f"empty blocks          {blocks / elapsed:8.0f} /s   ({blocks} in {elapsed:.1f} s)")
    print(f"another client's wait {waits[len(waits) // 2] * 1000:8.1f} ms  (worst {waits[-1] * 1000:.0f} ms)")
    for method in ("dev_snapshot", "dev_revert"):
        began = time.perf_counter()
        await client.ask(method, "bench")
        print(f"{method:<21} {time.perf_counter() - began:8.2f} s")
    (kept,) = await client.ask("dev_snapshots")
    print(f"snapshot file         {kept['bytes'] / 1e6:8.1f} MB")


def resident_mb(pid: int) -> float:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"error: process {pid} is gone")


async def measure(url: str, pid: int, registrations: int, transfers: int, blocks: int) -> None:
    """All loads, one after the other, and the table."""
    async with connect(url, max_size=None, compression=None) as socket:
        client = Client(socket)
        if blocks:
            await mine(url, client, blocks)
            print(f"memory after that     {resident_mb(pid):8.1f} MB")
        genesis = bytes.fromhex((await client.ask("chain_getBlockHash", 0))[2:])
        codec = packed_runtime(ChainOptions()).codec
        dest = Keypair.create_from_uri("//Throughput//dest").ss58_address
        transfer: Call = ("Balances", "transfer_keep_alive", {"dest": dest, "value": 10**6})
        elapsed, done = await run(client, codec, genesis, [transfer] * transfers, "Transfer")
        print(f"transfers             {transfers / elapsed:8.0f} /s   ({done} of {transfers} in {elapsed:.2f} s)")
        hotkeys = [Keypair.create_from_uri(f"//Throughput//{number}").ss58_address for number in range(registrations)]
        calls: list[Call] = [
            ("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": hotkey}) for hotkey in hotkeys
        ]
        elapsed, done = await run(client, codec, genesis, calls, "NeuronRegistered")
        print(
            f"registrations         {registrations / elapsed:8.0f} /s   ({done} of {registrations} in {elapsed:.2f} s)"
        )
        print(f"memory after that     {resident_mb(pid):8.1f} MB")


def main() -> int:
    """Start a chain of its own in a temporary directory, load it, end it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--registrations", type=int, default=2000)
    parser.add_argument("--transfers", type=int, default=4000)
    parser.add_argument("--blocks", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        endow = f"{PAYER.ss58_address}={ENDOWMENT_RAO}"
        command = [sys.executable, "-m", "netctl.devchain", "--data", data, "--port", "0", "--endow", endow]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as chain:
            assert chain.stdout is not None
            url = chain.stdout.readline().split()[1]
            print(f"start                 {time.perf_counter() - began:8.2f} s")
            print(f"memory at start       {resident_mb(chain.pid):8.1f} MB")
            try:
                asyncio.run(measure(url, chain.pid, options.registrations, options.transfers, options.blocks))
            finally:
                chain.terminate()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
