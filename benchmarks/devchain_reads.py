"""How many metagraph reads a second the embedded chain answers, and how much memory it needs for it.

    python benchmarks/devchain_reads.py [--seconds 10] [--clients 50] [--history 4096]

A chain of its own gets 256 neurons and some thousand blocks of history; then clients, each on a connection of its
own, ask for the whole metagraph of the subnet, one request after the other, while blocks go on coming four times a
second. The clients are two further processes on the same machine. They look at an answer's length only: decoding
50 kB of SCALE and JSON is the reader's cost, not the chain's. Each first answer is compared with the one that a
decoding client gets.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from bittensor_core import Keypair
from devchain_throughput import ENDOWMENT_RAO, NETUID, PAYER, Call, Client, resident_mb, run
from websockets.asyncio.client import connect

from netctl.devchain.options import ChainOptions
from netctl.devchain.runtime import packed_runtime

NEURONS = 256
READERS = 2
SMALLEST_ANSWER = 20_000
"""Bytes; a metagraph of 256 neurons is longer than that as hex."""
_HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: {0}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(text: str) -> bytes:
    """A masked text frame with a mask of zeros."""
    payload = text.encode()
    return bytes([0x81, 0x80 | 126]) + len(payload).to_bytes(2, "big") + bytes(4) + payload


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One frame's payload."""
    head = await reader.readexactly(2)
    length = head[1] & 0x7F
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    return await reader.readexactly(length)


async def one_client(port: int, request: bytes, until: float, took: list[float]) -> None:
    """Ask until the time is over; seconds of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(_HANDSHAKE.format(f"127.0.0.1:{port}").encode())
    await reader.readuntil(b"\r\n\r\n")
    while time.monotonic() < until:
        began = time.perf_counter()
        writer.write(request)
        answer = await read_frame(reader)
        if len(answer) < SMALLEST_ANSWER:
            raise SystemExit(f"error: no metagraph but {answer[:200]!r}")
        took.append(time.perf_counter() - began)
    writer.close()


async def read(port: int, clients: int, seconds: float, request: str) -> None:
    """One process's clients; prints how long each answer took, as JSON."""
    took: list[float] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(one_client(port, frame(request), until, took) for _ in range(clients)))
    print(json.dumps([round(each, 6) for each in took]))


async def prepare(url: str, history: int) -> None:
    """Register the neurons, and make the blocks."""
    async with connect(url, max_size=None, compression=None) as socket:
        client = Client(socket)
        codec = packed_runtime(ChainOptions()).codec
        genesis = bytes.fromhex((await client.ask("chain_getBlockHash", 0))[2:])
        hotkeys = [Keypair.create_from_uri(f"//Reads//{number}").ss58_address for number in range(NEURONS)]
        calls: list[Call] = [
            ("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": key}) for key in hotkeys
        ]
        _, done = await run(client, codec, genesis, calls, "NeuronRegistered")
        if done != NEURONS:
            raise SystemExit(f"error: {done} of {NEURONS} registered")
        while history > 0:
            await client.ask("dev_mine", min(history, 500))
            history -= 500


async def check(url: str, call: dict[str, Any]) -> int:
    """Decode one answer; gives its length in bytes. It must have all neurons."""
    async with connect(url, max_size=None, compression=None) as socket:
        client = Client(socket)
        told = bytes.fromhex((await client.ask(call["method"], *call["params"]))[2:])
    codec = packed_runtime(ChainOptions()).codec
    decoded = codec.decode(codec.apis[call["params"][0]].output, told)
    if len(decoded["hotkeys"]) != NEURONS:
        raise SystemExit(f"error: {len(decoded['hotkeys'])} neurons in the metagraph")
    return len(told)


def measure(url: str, pid: int, clients: int, seconds: float) -> None:
    """The load, and the table."""
    params = ["SubnetInfoRuntimeApi_get_metagraph", NETUID.to_bytes(2, "little").hex()]
    call = {"jsonrpc": "2.0", "id": 1, "method": "state_call", "params": params}
    size = asyncio.run(check(url, call))
    port = url.rpartition(":")[2]
    command = [sys.executable, __file__, "--reader", port, "--seconds", str(seconds), "--request", json.dumps(call)]
    shares = [clients // READERS + (at < clients % READERS) for at in range(READERS)]
    running = [
        subprocess.Popen([*command, "--clients", str(share)], stdout=subprocess.PIPE, text=True) for share in shares
    ]
    cpu = _cpu_s(pid)
    took = sorted(each for reader in running for each in json.loads(reader.communicate()[0]))
    cpu = _cpu_s(pid) - cpu
    print(f"metagraph             {size:8d} bytes, {NEURONS} neurons")
    print(f"reads                 {len(took) / seconds:8.0f} /s from {clients} clients in {seconds:g} s")
    print(f"answer, p50 and p99   {took[len(took) // 2] * 1e3:8.1f} ms, {took[len(took) * 99 // 100] * 1e3:.1f} ms")
    print(f"chain's CPU           {cpu / len(took) * 1e3:8.2f} ms a read")
    print(f"memory after that     {resident_mb(pid):8.1f} MB")


def _cpu_s(pid: int) -> float:
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()  # noqa: PTH123, SIM115
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Start a chain of its own in a temporary directory, load it, end it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--history", type=int, default=4096)
    parser.add_argument("--reader", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--request", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reader:
        asyncio.run(read(options.reader, options.clients, options.seconds, options.request))
        return 0
    with tempfile.TemporaryDirectory() as data:
        endow = f"{PAYER.ss58_address}={ENDOWMENT_RAO}"
        command = [sys.executable, "-m", "netctl.devchain", "--data", data, "--port", "0", "--endow", endow]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as chain:
            assert chain.stdout is not None
            url = chain.stdout.readline().split()[1]
            try:
                asyncio.run(prepare(url, options.history))
                print(f"memory with history   {resident_mb(chain.pid):8.1f} MB after {options.history} blocks")
                measure(url, chain.pid, options.clients, options.seconds)
            finally:
                chain.terminate()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
