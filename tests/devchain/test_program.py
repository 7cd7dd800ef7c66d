"""The program: its one line, its exit codes, its size, and what is there after kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from bittensor_core import Keypair
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from netctl.devchain.codec import Codec
from netctl.devchain.header import Header
from netctl.devchain.options import ChainOptions
from netctl.devchain.runtime import packed_runtime
from tests.devchain.lab import ALICE, BOB, Program, Rpc, make_chain, rpc, sign, transfer

Start = Callable[..., Program]
KILLS = 5


def codec_for(slot_ms: int) -> Codec:
    return packed_runtime(ChainOptions(slot_ms=slot_ms)).codec


def test_program_is_ready_small_with_little_read_and_ends_well(start_program: Start) -> None:
    program = start_program()
    running = psutil.Process(program.process.pid)
    assert program.url.startswith("ws://127.0.0.1:")
    assert len(program.genesis) == 66
    assert running.memory_info().rss < 100_000_000
    # 5.4 to 5.9 MB of compiled code and metadata; with the SDK it would be 13.
    assert running.io_counters().read_chars < 10_000_000
    assert program.stop() == (0, "")


def test_interrupt_ends_it_well(start_program: Start) -> None:
    assert start_program().stop(signal.SIGINT)[0] == 0


async def test_program_ends_with_clients_connected_who_do_not_read(start_program: Start) -> None:
    program = start_program("--block-time", "0.05")
    async with rpc(program.url) as client, connect(program.url, max_queue=1, compression=None) as lazy:
        await client.call("chain_subscribeNewHeads")
        for _ in range(200):
            await lazy.send(json.dumps({"id": 1, "jsonrpc": "2.0", "method": "state_getMetadata", "params": []}))
        code, _ = await asyncio.to_thread(program.stop)
        lazy.transport.abort()
    assert code == 0


def test_neither_the_sdk_nor_what_few_chains_need_nor_anything_else_of_netctl_is_imported() -> None:
    code = (
        "import sys, netctl.devchain.__main__; "
        "print([n for n in sys.modules if n.split('.')[0] in ('bittensor', 'Crypto', 'cffi')]); "
        "print([n for n in sys.modules if n.startswith('netctl.') and not n.startswith('netctl.devchain')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n[]\n"


def run_program(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "netctl.devchain", "--data", str(tmp_path / "data"), *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_taken_port_is_said_in_two_lines(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_program(tmp_path, "--port", str(port))
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.splitlines()[0].startswith(f"error: port {port} on 127.0.0.1")
    assert ended.stderr.splitlines()[1].startswith("hint: ")
    assert len(ended.stderr.splitlines()) == 2


def test_data_of_another_chain_is_said_in_two_lines(tmp_path: Path, start_program: Start) -> None:
    start_program(data=tmp_path / "data").stop()
    ended = run_program(tmp_path, "--first-netuid", "428", "--port", "0")
    assert ended.returncode == 4
    assert "first_netuid None there, 428 here" in ended.stderr
    assert len(ended.stderr.splitlines()) == 2


def test_second_chain_on_the_same_data_is_refused_while_the_first_runs(tmp_path: Path, start_program: Start) -> None:
    start_program(data=tmp_path / "data")
    ended = run_program(tmp_path, "--port", "0")
    assert (ended.returncode, "in use by another chain" in ended.stderr) == (4, True)


def spoil(sql: str) -> Callable[[Path], object]:
    """A change of the database by somebody else."""

    def change(file: Path) -> None:
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as opened:
            opened.execute(sql)

    return change


def spoil_pages(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[3 * 4096 : 7 * 4096] = b"\xa5" * (4 * 4096)
    file.write_bytes(raw)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: os.truncate(file, file.stat().st_size // 2),
        spoil_pages,
        spoil("DROP TABLE blocks"),
        spoil("UPDATE blocks SET header = x'00'"),
        spoil("DELETE FROM blocks"),
    ],
    ids=["truncated", "pages", "table", "header", "blocks"],
)
def test_damaged_data_is_said_in_two_lines(damage: Callable[[Path], object], tmp_path: Path) -> None:
    make_chain(tmp_path / "data").close()
    damage(tmp_path / "data" / "chain.sqlite")
    ended = run_program(tmp_path, "--port", "0")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert [line.split(": ")[0] for line in ended.stderr.splitlines()] == ["error", "hint"], ended.stderr


def test_a_file_in_the_place_of_the_data_is_said_in_two_lines(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    ended = run_program(tmp_path, "--port", "0")
    assert ended.returncode == 4
    assert ended.stderr.startswith(f"error: {tmp_path / 'data'} cannot be a data directory")
    assert len(ended.stderr.splitlines()) == 2


def test_a_disk_too_small_for_block_0_is_said_in_two_lines(tmp_path: Path) -> None:
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
    code += "from netctl.devchain.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "--data", str(tmp_path / "data"), "--port", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (4, 2), ended.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("--port", "x"),
        ("--host", "localhost"),
        ("--port", "0", "--host", "127.0.0.1", "--host", "127.0.0.2"),
        ("--block-time", "0"),
        ("--endow", "5Garbage=1"),
        ("--endow", f"{ALICE.ss58_address}=499"),
        ("--endow", f"{ALICE.ss58_address}={10**24}"),
        ("--port", "99999"),
        ("--slot-ms", "0"),
        ("--first-netuid", "0"),
        ("--first-netuid", "70000"),
        ("--endow", ALICE.ss58_address),
        ("--seal", "never"),
    ],
)
def test_bad_arguments_exit_2(args: tuple[str, ...], tmp_path: Path) -> None:
    ended = run_program(tmp_path, *args)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


async def test_first_netuid_seal_and_endowment_reach_the_chain(start_program: Start) -> None:
    rao = 77 * 10**9
    fresh = Keypair.create_from_uri("//Endowed").ss58_address
    program = start_program("--seal", "instant", "--first-netuid", "428", "--endow", f"{fresh}={rao}")
    codec = codec_for(250)
    async with rpc(program.url) as client:
        account = codec.entry("System", "Account")
        raw = await client.call("state_getStorage", "0x" + account.key((fresh,)).hex())
        assert account.decode(bytes.fromhex(raw[2:]))["data"]["free"] == rao
        genesis = bytes.fromhex(program.genesis[2:])
        call = ("SubtensorModule", "register_network", {"hotkey": BOB.ss58_address})
        await client.call("author_submitExtrinsic", "0x" + sign(codec, genesis, BOB, call, 0).hex())
        added = codec.storage_key("SubtensorModule", "NetworksAdded", 428)
        assert await client.call("state_getStorage", "0x" + added.hex()) == "0x01"
        assert (await client.call("dev_status"))["block"] == 1


@pytest.mark.slow
async def test_every_block_told_final_survives_kill_9(tmp_path: Path, start_program: Start) -> None:
    """Killed again and again under load, the chain never loses or changes a block that a client heard of."""
    seeded, codec, data = random.Random(3), codec_for(20), tmp_path / "data"
    final: dict[int, str] = {}
    transfers: dict[str, str] = {}
    for _ in range(KILLS):
        program = start_program("--block-time", "0.02", data=data)
        async with rpc(program.url) as client:
            await check_kept(client.call, final, transfers)
            await client.call("chain_subscribeFinalizedHeads")
            with contextlib.suppress(ConnectionClosed):
                await load(client, codec, program, seeded.uniform(0.0, 0.4), final, transfers)
        program.kill()
    program = start_program("--block-time", "0.02", data=data)
    async with rpc(program.url) as client:
        await check_kept(client.call, final, transfers)
    assert len(final) > KILLS
    assert len(transfers) > KILLS


async def load(
    client: Rpc, codec: Codec, program: Program, lead_s: float, final: dict[int, str], transfers: dict[str, str]
) -> None:
    """Transfers until the program is killed, `lead_s` after the second one; records what it says of them and of heads.

    Counted from a transfer, so that a busy machine gets as far as a quiet one.
    """
    genesis, before = program.genesis, len(transfers)
    nonce = await client.call("account_nextIndex", ALICE.ss58_address)
    while True:
        raw = "0x" + sign(codec, bytes.fromhex(genesis[2:]), ALICE, transfer(BOB, nonce + 1), nonce).hex()
        await client.call("author_submitAndWatchExtrinsic", raw)
        nonce += 1
        told = None
        while not (isinstance(told, dict) and "finalized" in told):
            told = await client.push()
            if isinstance(told, dict) and "number" in told:
                final[int(told["number"], 16)] = hash_of(told)
        transfers[raw] = told["finalized"]
        if len(transfers) == before + 2:
            asyncio.get_running_loop().call_later(lead_s, program.process.kill)


def hash_of(header: dict[str, Any]) -> str:
    """The hash of a header as clients are told it."""
    roots = (bytes.fromhex(header[name][2:]) for name in ("stateRoot", "extrinsicsRoot"))
    digest = tuple(bytes.fromhex(log[2:]) for log in header["digest"]["logs"])
    number = int(header["number"], 16)
    return "0x" + Header(bytes.fromhex(header["parentHash"][2:]), number, *roots, digest).hash().hex()


async def check_kept(call: Callable[..., object], final: dict[int, str], transfers: dict[str, str]) -> None:
    """Every recorded head has its number still, and every recorded transfer is in its block."""
    for number, block_hash in final.items():
        assert await call("chain_getBlockHash", number) == block_hash  # type: ignore[misc]
    for raw, block_hash in transfers.items():
        block = await call("chain_getBlock", block_hash)  # type: ignore[misc]
        assert raw in block["block"]["extrinsics"]
